"""Rows of tables counted by brute force: every row assessed by both packs, one after the other, and nothing remembered.

It uses `assess` and plain counting; no code of `triage.impact`, `triage.batch` or `triage.revisions` is asked.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

from triage import Intake, assess
from triage.batch.runs import open_tables
from triage.errors import IntakeError
from triage.impact.counting import Counting
from triage.impact.turns import Impact, find_impact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.pack import Pack

Row = dict[str, str | None]
FORMATS = ("csv", "jsonl", "parquet")
KINDS = ("safety_net", "outcome", "standing")


def draw_rows(pick: Random, packs: Sequence[Pack], number: int, odd: Sequence[str] = ()) -> list[Row]:
    """Rows with answers in the words of either pack, some of them unknown, some not there, and some `odd`."""
    values: dict[str, dict[str, None]] = {}
    for pack in packs:
        for name, question in pack.question.items():
            values.setdefault(name, {}).update(dict.fromkeys(question.values))
    rows = []
    for place in range(number):
        answers = {name: pick.choice((None, "unknown", *own, *own)) for name, own in values.items()}
        if odd and pick.random() < 0.1:
            answers[pick.choice(list(answers))] = pick.choice(odd)
        rows.append({"reference": f"c{place}", "ward": "w1", **answers})
    return rows


def write_rows(path: Path, rows: Sequence[Row], names: Sequence[str] = ()) -> Path:
    """Rows as a table of the format that the name says; `names` are its columns if there are no rows."""
    columns = list(names or rows[0])
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    else:
        parquet.write_table(pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns}), path)
    return path


def count(old: Pack, new: Pack, files: Iterable[Path], reading: str | None = None, **options: Any) -> Impact:
    """What the code under test finds."""
    return find_impact(go_through(Counting(old, new, reading, **options), files))


def go_through(counting: Counting, files: Iterable[Path]) -> Counting:
    """All rows of some files counted."""
    questions = {name for reader in counting.readers for name in reader.pack.question}
    tables = open_tables(list(map(str, files)), questions)
    try:
        for _ in counting.count(tables):
            pass
    finally:
        for table in tables:
            table.close()
    return counting


class Seen(NamedTuple):
    """What a pack says of one row: per aspect a value, whether it is settled, and what else there is to tell."""

    safety_net: tuple[str, bool, object]
    outcome: tuple[str, bool, object]
    standing: tuple[str, bool, object]


def look(pack: Pack, row: Row, reading: str | None) -> Seen | None:
    """None for a row that the pack refuses."""
    try:
        answers = {name: value for name, value in row.items() if name in pack.question and value is not None}
        found = assess(pack, Intake(answers, reference=row.get("reference")), reading=reading)
    except IntakeError:
        return None
    net, level = pack.header.safety_net, found.safety_net
    withholding = {each.level for each in net.levels if each.withholds} if net else set()
    return Seen(
        (level.level, level.level != "open", level.level in withholding) if level else ("none", True, False),
        (found.outcome, found.settled, frozenset(found.possible_outcomes)),
        ("none", True, None) if found.standing is None else (found.standing, found.standing != "open", None),
    )


def count_by_force(old: Pack, new: Pack, rows: Sequence[Row], reading: str | None = None) -> dict[str, object]:
    """The same counts as an `Impact` has, as plain data."""
    seen = [(look(old, row, reading), look(new, row, reading)) for row in rows]
    both = [(before, after) for before, after in seen if before is not None and after is not None]
    refused = Counter((before is None, after is None) for before, after in seen)
    turns: dict[str, Counter[tuple[str, bool, str, bool]]] = {kind: Counter() for kind in KINDS}
    values: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in KINDS}
    for before, after in both:
        for kind in KINDS:
            one, other = getattr(before, kind), getattr(after, kind)
            values[kind].update([("old", one[0]), ("new", other[0])])
            if one != other:
                turns[kind][one[:2] + other[:2]] += 1
    return {
        "rows": len(rows),
        "compared": len(both),
        "differing": sum(before != after for before, after in both) + refused[True, False] + refused[False, True],
        "refused": (refused[True, False], refused[False, True], refused[True, True]),
        "turns": turns,
        "values": values,
    }


def as_plain(impact: Impact) -> dict[str, object]:
    """An `Impact` as `count_by_force` would have it."""
    aspects = {aspect.kind: aspect for aspect in impact.aspects}
    turns: dict[str, Counter[tuple[str, bool, str, bool]]] = {kind: Counter() for kind in KINDS}
    values: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in KINDS}
    for kind in KINDS:
        if kind not in aspects:  # neither pack has it
            values[kind].update({("old", "none"): impact.compared, ("new", "none"): impact.compared} if impact.compared else {})
            continue
        for turn in aspects[kind].turns:
            turns[kind][turn[:4]] += turn.rows
        for value in aspects[kind].values:
            values[kind].update({("old", value.value): value.old, ("new", value.value): value.new})
    return {
        "rows": impact.rows,
        "compared": impact.compared,
        "differing": impact.differing,
        "refused": (impact.refused_by_old, impact.refused_by_new, impact.refused_by_both),
        "turns": turns,
        "values": {kind: +counts for kind, counts in values.items()},
    }
