"""Which parts of a pack were added, removed or changed from one version to the next, with the words before and after.

Of a statement that is repeated nowhere, be it so in one of the two versions, only the id and the names of keys are told. Whether
a change reaches any answer is for `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from triage.citations import is_repeated
from triage.conditions import Condition
from triage.explanation import say_condition
from triage.pack import Pack
from triage.parts import Part

Parts = dict[tuple[str, str], dict[str, Any]]

# What stands in these is listed part by part, so that it is not listed once more as the part around it.
_INSIDE = {"rules", "items", "levels"}
_LISTED = {"documents", "sources", "outcomes", "procedures", "have_ready", "tensions"}
# Keys that hold words for people and nothing that a rule, or the reading of an answer, rests on.
_TEXTS = {
    "version", "title", "text", "label", "labels", "help", "use", "headline", "headline_open", "headlines", "texts", "open",
    "text_known", "intended_use", "deferral", "words", "year",
}  # fmt: skip


# What is told of a part that only one of the packs has.
_SAID = {"text", "headline", "headline_open"}


class Reworded(NamedTuple):
    """What stood at one key of a part and what stands there now; None where nothing does. Keys inside a key follow a dot."""

    key: str
    old: str | None
    new: str | None


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
    wording: tuple[Reworded, ...] = ()

    @property
    def is_of_text(self) -> bool:
        """Whether nothing but words changed."""
        return self.change == "changed" and set(self.keys) <= _TEXTS


def find_changes(old: Pack, new: Pack) -> tuple[Change, ...]:
    """Every part that differs, readings and questions first, in pack order."""
    before, after = _parts(old), _parts(new)
    both = [part for part in after if part in before]
    found = [_compare((old, new), part, before.get(part), after.get(part)) for part in before if part not in after]
    found += [_compare((old, new), part, before.get(part), after.get(part)) for part in after if part not in before]
    found += [_compare((old, new), part, before[part], after[part]) for part in both if before[part] != after[part]]
    kinds = tuple(dict.fromkeys(kind for kind, _ in (*after, *before)))
    for kind in kinds:
        names = [[part for part in parts if part[0] == kind and part in both] for parts in (before, after)]
        found += [Change(kind, "", "reordered")] if names[0] != names[1] else []
    order = {part: position for position, part in enumerate((*after, *before))}
    return tuple(sorted(found, key=lambda change: (kinds.index(change.part), order.get((change.part, change.id), -1))))


def _compare(
    packs: tuple[Pack, Pack], part: tuple[str, str], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Change:
    if before is None or after is None:
        only = {key: value for key, value in (before or after or {}).items() if key in _SAID}
        wording = _reword(packs, part, only if before else {}, only if after else {})
        return Change(*part, "added" if after else "removed", wording=wording)
    keys = tuple(key for key in dict.fromkeys((*after, *before)) if before.get(key) != after.get(key))
    listed = [tuple(fields.get("values") or ()) for fields in (before, after)]
    added = tuple(value for value in listed[1] if value not in listed[0])
    removed = tuple(value for value in listed[0] if value not in listed[1])
    changed = ({key: fields.get(key) for key in keys} for fields in (before, after))
    return Change(*part, "changed", keys, added, removed, _reword(packs, part, *changed))


def _reword(
    packs: tuple[Pack, Pack], part: tuple[str, str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Reworded, ...]:
    """What is said otherwise, key by key."""
    kind, code = part
    silent = kind == "statement" and any(code in pack.statement and not is_repeated(pack, code) for pack in packs)
    old, new = (dict(_spell(pack, fields)) for pack, fields in zip(packs, (before, after), strict=True))
    told = (key for key in dict.fromkeys((*new, *old)) if old.get(key) != new.get(key) and not key.endswith("sha256"))
    return tuple(Reworded(key, old.get(key), new.get(key)) for key in told if not (silent and key in ("text", "use")))


def _spell(pack: Pack, value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a value, with the keys that lead to it; a condition, and a list of names, is one text."""
    if isinstance(value, Part):
        value = dict(value)
    if isinstance(value, tuple) and any(isinstance(item, Part) for item in value):
        value = dict(enumerate(value, 1))
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _spell(pack, inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, Condition):
        yield key, say_condition(pack, value)
    elif isinstance(value, bool):
        yield key, "yes" if value else "no"
    elif value is not None:
        yield key, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


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
