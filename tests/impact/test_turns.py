"""From what to what rows turn: largest first, each with its first rows and what stands behind those."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from counted import count, draw_rows, write_rows
from small_changes import EDITS
from small_pack import Edit, make_small_pack

from triage import Intake
from triage.revisions.saved import Saved, SavedComparison

if TYPE_CHECKING:
    from pathlib import Path

    from counted import Row

    from triage.impact.turns import Impact
    from triage.pack import Pack

SAFE = Edit("decisions.yaml", "{brake_fault: yes}, then: stop", "{brake_fault: yes}, then: go")


@pytest.mark.parametrize("name", [name for name in EDITS if "renamed" not in name])
def test_examples_are_the_first_rows_and_read_as_saved_intakes_do(tmp_path: Path, old: Pack, name: str) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS[name][0])
    rows = draw_rows(Random(name), (old,), 400)
    compared = SavedComparison(old, new)
    told: dict[tuple[object, ...], list[tuple[str | None, object, object, object]]] = {}
    for row in rows:
        answers = {key: value for key, value in row.items() if key in old.question and value is not None}
        for each in compared.compare(Saved("", Intake(answers), None)).differences:
            if each.aspect.kind != "decision":
                key = each.aspect.kind, *each.old[:2], *each.new[:2]
                told.setdefault(key, []).append((row["reference"], each.old, each.new, each.causes))
    found = count(old, new, [write_rows(tmp_path / "rows.csv", rows)])
    assert {
        (aspect.kind, *turn[:4]): [(example.place.reference, *example[1:4]) for example in turn.examples]
        for aspect in found.aspects
        for turn in aspect.turns
    } == {key: examples[:3] for key, examples in told.items()}


def test_turns_stand_largest_first_and_then_as_they_came(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS["two rules"][0])
    rows: list[Row] = [
        {"surface": "gravel", "tyres": "narrow"},
        {"surface": "sand", "tyres": "narrow"},
        {"surface": "sand", "tyres": "broad"},
        {"surface": "gravel", "tyres": None},
    ]
    (outcome,) = (aspect for aspect in count(old, new, [write_rows(tmp_path / "rows.csv", rows)]).aspects if aspect.turns)
    assert [(turn.old, turn.new, turn.rows) for turn in outcome.turns] == [
        ("nothing", "both", 2),
        ("nothing", "racer", 1),
        ("not_enough_information", "racer", 1),
    ]
    assert [turn.examples[0].place.row for turn in outcome.turns] == [3, 2, 5]
    assert [turn.examples[0].statements for turn in outcome.turns] == [("S01", "S02"), ("S01",), ("S01",)]
    assert [tuple(value) for value in outcome.values] == [
        ("both", 0, 2), ("racer", 0, 2), ("nothing", 3, 0), ("not_enough_information", 1, 0),
    ]  # fmt: skip


def levels(impact: Impact) -> list[tuple[str, str, int, bool]]:
    (net,) = (aspect for aspect in impact.aspects if aspect.kind == "safety_net")
    assert net.weaker == sum(turn.rows for turn in net.turns if turn.weaker)
    return [(turn.old, turn.new, turn.rows, turn.weaker) for turn in net.turns]


def test_a_weaker_safety_net_is_flagged_and_a_stronger_is_not(tmp_path: Path, old: Pack) -> None:
    rows: list[Row] = [{"brake_fault": "yes"}, {"brake_fault": "no"}, {"brake_fault": None}, {"brake_fault": "yes"}]
    file, soft = write_rows(tmp_path / "rows.jsonl", rows), make_small_pack(tmp_path / "soft", SAFE)
    assert levels(count(old, soft, [file])) == [("stop", "go", 2, True), ("open", "go", 1, True)]
    assert levels(count(soft, old, [file])) == [("go", "stop", 2, False), ("go", "open", 1, False)]
    freed = make_small_pack(tmp_path / "freed", Edit("pack.yaml", "withholds: yes", "withholds: no"))
    assert levels(count(old, freed, [file])) == [("stop", "stop", 2, True)]
    assert levels(count(freed, old, [file])) == [("stop", "stop", 2, False)]


def test_what_is_settled_is_told_from_what_is_not(tmp_path: Path, old: Pack) -> None:
    """Of both procedures or one alone, the common part is told before it is settled."""
    road = Edit("pack.yaml", "outcome: nothing, procedures: []", "outcome: nothing, procedures: [road]")
    part, new = make_small_pack(tmp_path / "part", road), make_small_pack(tmp_path / "new", road, *EDITS["a value of a rule"][0])
    rows: list[Row] = [{"surface": "gravel", "tyres": None}]
    for before, after in ((part, new), (new, part)):
        (outcome,) = (
            aspect for aspect in count(before, after, [write_rows(tmp_path / "rows.csv", rows)]).aspects if aspect.turns
        )
        (turn,) = outcome.turns
        assert (turn.old_settled, turn.new_settled) == ((False, True) if before is part else (True, False))
