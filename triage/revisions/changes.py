"""Which parts of a pack were added, removed or changed from one version to the next.

Told are ids and the names of keys; texts are not repeated here, since a part may be a claim that is repeated nowhere. Whether a
change reaches any answer is for `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from triage.pack import Pack, Part

Parts = dict[tuple[str, str], dict[str, Any]]

# What stands in these is listed part by part, so that it is not listed once more as the part around it.
_INSIDE = {"rules", "items", "levels"}
_LISTED = {"documents", "sources", "outcomes", "procedures", "have_ready", "tensions"}
# Keys that hold words for people and nothing that a rule, or the reading of an answer, rests on.
_TEXTS = {
    "version", "title", "text", "label", "labels", "help", "use", "headline", "headline_open", "headlines", "texts", "open",
    "text_known", "intended_use", "deferral", "words", "year",
}  # fmt: skip


class Change(NamedTuple):
    """A part that one pack has and the other has not, or has otherwise; `keys` are those that differ.

    `reordered` is said of all parts of a kind, and has no id. Values are given where a closed list of them differs.
    """

    part: str
    id: str
    change: Literal["added", "removed", "changed", "reordered"]
    keys: tuple[str, ...] = ()
    values_added: tuple[str, ...] = ()
    values_removed: tuple[str, ...] = ()

    @property
    def is_of_text(self) -> bool:
        """Whether nothing but words changed."""
        return self.change == "changed" and set(self.keys) <= _TEXTS


def find_changes(old: Pack, new: Pack) -> tuple[Change, ...]:
    """Every part that differs, readings and questions first, in pack order."""
    before, after = _parts(old), _parts(new)
    both = [part for part in after if part in before]
    found = [Change(*part, "removed") for part in before if part not in after]
    found += [Change(*part, "added") for part in after if part not in before]
    found += [_compare(part, before[part], after[part]) for part in both if before[part] != after[part]]
    kinds = tuple(dict.fromkeys(kind for kind, _ in (*after, *before)))
    for kind in kinds:
        names = [[part for part in parts if part[0] == kind and part in both] for parts in (before, after)]
        found += [Change(kind, "", "reordered")] if names[0] != names[1] else []
    order = {part: position for position, part in enumerate((*after, *before))}
    return tuple(sorted(found, key=lambda change: (kinds.index(change.part), order.get((change.part, change.id), -1))))


def _compare(part: tuple[str, str], before: dict[str, Any], after: dict[str, Any]) -> Change:
    keys = tuple(key for key in dict.fromkeys((*after, *before)) if before.get(key) != after.get(key))
    listed = [tuple(fields.get("values") or ()) for fields in (before, after)]
    added = tuple(value for value in listed[1] if value not in listed[0])
    removed = tuple(value for value in listed[0] if value not in listed[1])
    return Change(*part, "changed", keys, added, removed)


def _parts(pack: Pack) -> Parts:
    """Everything that a pack says, part by part: what kind of part it is and its id → its keys."""
    header = pack.header
    parts: Parts = {}
    parts |= _named("reading", pack.readings)
    parts |= _named("question", pack.questions)
    for decision in pack.decisions:
        words = {"values": tuple(sorted(pack.values_of(decision.decision))), "words": decision.values}
        parts |= _named("decision", (decision,), within=words)
        parts |= _named("rule", decision.rules, within={"decision": decision.decision})
    for reading in pack.readings:
        parts |= _named("rule", reading.rules, within={"reading": reading.reading})
    parts |= _named("constraint", pack.constraints)
    parts |= _named("statement", pack.statements)
    for kind in ("source", "document", "outcome", "procedure", "tension"):
        parts |= _named(kind, getattr(header, f"{kind}s"))
    parts |= _named("level", header.safety_net.levels if header.safety_net else ())
    parts |= _named("note", pack.notes)
    parts |= _named("group", pack.groups)
    parts |= {("to have ready", item.id): dict(item) for item in header.have_ready}
    parts |= _named("section", pack.sheet.sections)
    for section in pack.sheet.sections:
        within = {"section": section.section}
        parts |= {("line of the sheet", f"{section.section}/{item.id}"): {**dict(item), **within} for item in section.items}
    return parts | dict(_about(pack))


def _named(kind: str, items: Iterable[Part], *, within: Mapping[str, object] | None = None) -> Parts:
    return {(kind, getattr(item, kind)): {**_own(item), **(within or {})} for item in items}


def _own(part: Part) -> dict[str, Any]:
    """The keys of a part as they are called in its file. Mappings are compared with their keys in any order."""
    fields = type(part).model_fields
    return {fields[name].alias or name: value for name, value in part if name not in _INSIDE}


def _about(pack: Pack) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    header = {name: value for name, value in pack.header if name not in _LISTED}
    for role in ("safety_net", "standing"):
        fields = dict(header.pop(role) or {})
        header |= {role: fields.get("decision"), "open": fields.get("open", header.get("open")), "texts": fields.get("texts")}
    yield ("pack", ""), header
