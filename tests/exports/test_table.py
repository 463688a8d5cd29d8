"""Decision tables: every complete intake is in exactly one row, which gives what `assess` gives."""

from __future__ import annotations

import shutil
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from export_packs import PLAIN, make_plain_packs
from small_pack import Edit, write_pack

from triage import Intake, RequestError, assess
from triage.exports.table import tabulate_decision, tabulate_outcome
from triage.library import load_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.exports.table import Row, Table
    from triage.pack import Pack


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pack]:
    return make_plain_packs(tmp_path_factory.mktemp("packs"))


def complete(pack: Pack, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every complete set of answers, those that exclude each other too."""
    intakes: list[dict[str, str]] = [{}]
    for name in names:
        intakes = [{**answers, name: value} for answers in intakes for value in pack.question[name].values]
    yield from intakes


def rows_for(table: Table, known: dict[str, str]) -> list[Row]:
    return [row for row in table.rows if row.holds(known, table.columns)]


@pytest.mark.parametrize("name", PLAIN)
def test_every_complete_intake_is_in_one_row_that_says_what_assess_says(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    for reading in pack.reading or (None,):
        table = tabulate_outcome(pack, reading)
        used = set()
        for answers in complete(pack, table.columns):
            found = assess(pack, Intake(answers), reading=reading)
            if found.contradictions:
                continue
            (row,) = rows_for(table, answers)
            used.add(row)
            chain = [rule for step in pack.chain(pack.header.outcome) for rule in found.decisions[step].rules]
            assert (row.value, row.rules) == (found.outcome, tuple(chain))
            assert row.procedures == tuple(found.decisions[decision].value for decision in table.procedures)
            assert row.statements == found.decisions[pack.header.outcome].statements
        assert used == set(table.rows)
        assert (table.reading, table.deferral) == (found.reading, found.deferral)
        assert table.pack == found.pack


@pytest.mark.parametrize("name", PLAIN)
def test_every_decision_has_a_table_over_what_it_reads(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    for reading in pack.reading or (None,):
        for decision in pack.decisions:
            table = tabulate_decision(pack, decision.decision, reading)
            behind = tabulate_questions(pack, decision.decision)
            used = set()
            for answers in complete(pack, behind):
                found = assess(pack, Intake(answers), reading=reading)
                if found.contradictions or decision.decision not in found.decisions:
                    continue
                known = {**answers, **{step: str(result.value) for step, result in found.decisions.items()}}
                (row,) = rows_for(table, known)
                used.add(row)
                result = found.decisions[decision.decision]
                value = set(row.value) if isinstance(row.value, tuple) else row.value
                assert value == (set(result.value) if isinstance(result.value, tuple) else result.value)
                assert row.rules == result.rules
            assert used == set(table.rows)


def tabulate_questions(pack: Pack, decision: str) -> tuple[str, ...]:
    """The questions behind a decision, and those that a constraint names with them."""
    names = {read for step in pack.chain(decision) for read in pack.decision[step].reads if read in pack.question}
    for constraint in pack.constraints:
        spoken = {name for name in pack.question if name in repr(constraint.never)}
        names |= spoken if spoken & names else set()
    return tuple(name for name in pack.question if name in names)


@pytest.mark.parametrize("name", PLAIN)
def test_no_two_rows_overlap_on_answers_that_occur_and_none_says_the_same_twice(packs: dict[str, Pack], name: str) -> None:
    table = tabulate_outcome(packs[name])
    for one, other in combinations(table.rows, 2):
        cells = zip(one.cells, other.cells, strict=True)
        assert any(a is not None and b is not None and not set(a) & set(b) for a, b in cells)


def test_a_procedure_that_the_outcome_does_not_rest_on_has_its_questions_in_the_table(tmp_path: Path) -> None:
    write_pack(tmp_path / "apart", Edit("pack.yaml", "A gravel bike, decision: fit", "A gravel bike, decision: workshop"))
    table = tabulate_outcome(load_pack(tmp_path / "apart"))
    assert (table.columns, table.procedures) == (("surface", "tyres", "booked"), ("fit", "workshop"))
    (row,) = rows_for(table, {"surface": "sand", "tyres": "broad", "booked": "no"})
    assert (row.value, row.procedures, row.rules) == ("nothing", ("badly", "waiting"), ("F10", "C3", "W2"))


def test_the_shipped_table_has_21_rows(pack: Pack) -> None:
    assert [len(tabulate_outcome(pack, reading).rows) for reading in pack.reading] == [21, 21]


def test_values_that_change_nothing_stand_together(pack: Pack) -> None:
    rows = tabulate_decision(pack, "note_vertebrae").rows
    assert [row.cells for row in rows] == [(("1",),), (tuple(str(number) for number in range(2, 18)),)]


def test_a_name_that_is_not_there_is_refused_with_the_nearest(pack: Pack) -> None:
    with pytest.raises(RequestError, match=r'no decision "kyphoplasti".*Did you mean "kyphoplasty"'):
        tabulate_decision(pack, "kyphoplasti")
    with pytest.raises(RequestError, match=r'no reading "narow"; it has broad, narrow.*Did you mean "narrow"'):
        tabulate_outcome(pack, "narow")


def test_a_gap_is_refused_with_the_profile(tmp_path: Path, pack: Pack) -> None:
    shutil.copytree(pack.folder, tmp_path / "gap")
    file = tmp_path / "gap" / "decisions.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("when: {fracture: yes, painful: no}", "when: {fracture: yes, painful: no, cause: other}"))
    with pytest.raises(RequestError, match="presentation has no one value on fracture: yes, painful: no, cause: osteoporosis"):
        tabulate_outcome(load_pack(tmp_path / "gap"))
