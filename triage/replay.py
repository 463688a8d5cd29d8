"""Assess again from an assessment's own JSON, and say whether the result is the same, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from triage.assessment import SCHEMA, Assessment, assess
from triage.errors import IntakeError, Problem, quote, show_name
from triage.intake import Intake, raise_faults
from triage.pack import Pack
from triage.parts import State
from triage.report import render_json
from triage.syntax import Tree, read_json

MISSING = object()
MAX_RECORDED = 64 << 20
# Of an assessment of which the mapping is withheld.
SHOWN = ("schema", "assessment", "reference", "site", "pack", "reading", "safety_net", "answers", "typed", "sources")
NEEDED = ("schema", "pack", "reading", "answers", "typed", "sources", "reference", "site")


def read_records(data: bytes, origin: str) -> tuple[dict[str, Any], ...]:
    """The assessments in a JSON text. Raises IntakeError if it holds anything else."""
    source = read_json(data, origin, limit=MAX_RECORDED)
    raise_faults(source, origin, hint="; replay takes what `triage assess --format json` wrote")
    records = source.tree if isinstance(source.tree, list) else [source.tree]
    problems = [problem for number, record in enumerate(records, 1) for problem in _check(record, number)]
    if problems or not records:
        raise IntakeError(problems or [Problem("", "holds no assessment")], origin=origin)
    return tuple(record for record in records if isinstance(record, dict))


def _check(record: Tree, number: int) -> Iterator[Problem]:
    where = f"assessment {number}"
    if not isinstance(record, dict) or any(key not in record for key in NEEDED):
        yield Problem(where, "is not an assessment; replay takes what `triage assess --format json` wrote")
    elif record["schema"] != SCHEMA:
        yield Problem(where, f"has the schema {quote(record['schema'])}; this version replays {SCHEMA}")
    elif not (
        all(_is_flat(record[key]) for key in ("pack", "answers", "typed", "sources"))
        and all(isinstance(record[key], str | None) for key in ("reading", "reference", "site"))
        and all(key in (record["pack"] or ()) for key in ("id", "digest"))
    ):
        yield Problem(where, "has been changed: its pack, answers, sources, reading or labels are not as they were written")


def _is_flat(tree: Tree) -> bool:
    return isinstance(tree, dict) and all(isinstance(value, str) for value in tree.values())


def recorded_pack(records: tuple[dict[str, Any], ...], origin: str) -> str:
    """The name of the pack that all records come from. Raises IntakeError if they come from several."""
    names = sorted({str(record["pack"]["id"]) for record in records})
    if len(names) > 1:
        message = f"holds assessments of several packs ({', '.join(map(quote, names))}); replay each alone"
        raise IntakeError([Problem("", message)], origin=origin)
    return names[0]


def replay(pack: Pack, records: tuple[dict[str, Any], ...], data: bytes) -> tuple[str, ...]:
    """What differs between the recorded bytes and the same intakes assessed now; nothing if they are the same."""
    digests = {str(record["pack"]["digest"]) for record in records} - {pack.digest}
    other = [f"recorded with the pack digest {show_name(digest)}, this pack has {pack.digest}" for digest in sorted(digests)]
    now = tuple(_assess_again(pack, record, number) for number, record in enumerate(records, 1))
    text = render_json(now)
    if text.encode() == data:
        return tuple(other)
    fresh, recorded = _read_tree(text), _read_tree(data.decode("utf-8-sig"))
    pairs = zip(*(trees if isinstance(trees, list) else [trees] for trees in (recorded, fresh)), strict=True)
    changes = [
        f"assessment {number}: {change}" for number, (before, after) in enumerate(pairs, 1) for change in _differ(before, after)
    ]
    return (*other, *(changes or ["the content is the same, but not laid out as `triage assess --format json` writes it"]))


def _assess_again(pack: Pack, record: dict[str, Any], number: int) -> Assessment:
    answers = {name: record["typed"].get(name, value) for name, value in record["answers"].items()}
    intake = Intake(answers, record["sources"], record["reference"], record["site"])
    try:
        return assess(pack, intake, reading=record["reading"])
    except IntakeError as error:
        raise error.at(f"assessment {number}") from error


def _read_tree(text: str) -> Any:
    """JSON with numbers as they are written; there are none in an assessment, and a long one is no number to Python."""
    return json.loads(text, parse_int=str, parse_float=str)


def _differ(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What differs between two assessments; of a mapping that either withholds, only that it does."""
    withheld = State.CONTACT_CLINICIAN_NOW in (before.get("outcome"), after.get("outcome"))
    shown = SHOWN if withheld else (*before, *after)
    kept = [{key: value for key, value in tree.items() if key in shown} for tree in (before, after)]
    yield from _compare(kept[0], kept[1])
    if withheld and kept != [before, after] and before != after:
        yield "the rest is withheld: in one of the two a warning sign calls for a clinician now"


def _compare(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for each part that differs, of the smallest part that has a name."""
    if before == after:  # there are no numbers in it, of which Python takes some for truth values
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _compare(before.get(key, MISSING), after.get(key, MISSING), (*path, show_name(key)))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            yield from _compare(old, new, (*path, str(number)))
    else:
        yield f"{'.'.join(path)}: recorded {_short(before)}, now {_short(after)}"


def _short(value: object) -> str:
    if value is MISSING:
        return "nothing"
    return quote(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
