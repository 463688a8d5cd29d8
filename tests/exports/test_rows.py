"""A decision as rows that exclude each other: exact over every complete profile, possible or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from export_packs import NAMES, judge, listed, make_pack, profiles_of, readings_of, rules_of
from hypothesis import given
from random_packs import RandomPack, is_true, packs
from small_pack import Edit, write_pack

from triage.conditions import holds
from triage.errors import RequestError
from triage.exports.rows import tabulate, tabulate_listed
from triage.library import load_pack
from triage.pack import decisions_under

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from triage.exports.rows import Row, Table
    from triage.pack import Pack
    from triage.parts import Decision


def all_tables(pack: Pack, reading: str | None) -> Iterator[tuple[Decision, str | None, Table]]:
    for decision in decisions_under(pack, reading):
        for value in listed(pack, decision, reading):
            yield decision, value, tabulate(pack, decision) if value is None else tabulate_listed(pack, decision, value)


def covers(table: Table, row: Row, profile: Mapping[str, str]) -> bool:
    return all(cell in (None, profile[read]) for read, cell in zip(table.reads, row.cells, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_with_a_value_is_in_exactly_one_row_with_that_value_and_its_rules(name: str, tmp_path: Path) -> None:
    pack = make_pack(name, tmp_path)
    for reading in readings_of(pack):
        for decision, value, table in all_tables(pack, reading):
            rules = [rule for rule in rules_of(pack, decision, reading) if value in (None, rule.then)]
            for profile in profiles_of(pack, decision):
                fired = {rule.rule for rule in rules if holds(rule.when, profile)}
                found = [row for row in table.rows if covers(table, row, profile)]
                due = judge(pack, decision, value, profile, reading)
                assert [row.value for row in found] == ([] if due is None else [due])
                assert all(set(row.rules) <= fired <= {*row.rules, *row.some} for row in found)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_told_of_a_row_only_if_it_holds_somewhere_in_it(name: str, tmp_path: Path) -> None:
    pack = make_pack(name, tmp_path)
    for reading in readings_of(pack):
        for decision, _, table in all_tables(pack, reading):
            named = {rule.rule: rule for rule in rules_of(pack, decision, reading)}
            for row in table.rows:
                inside = [profile for profile in profiles_of(pack, decision) if covers(table, row, profile)]
                assert all(holds(named[rule].when, profile) for rule in row.rules for profile in inside)
                assert all({holds(named[rule].when, profile) for profile in inside} == {True, False} for rule in row.some)


def test_the_safety_net_of_the_shipped_pack_takes_eight_rows_and_not_one_hundred_and_twenty_eight(pack: Pack) -> None:
    rows = tabulate(pack, pack.decision["safety_net"]).rows
    assert [row.value for row in rows] == ["emergency"] * 4 + ["same_day"] * 3 + ["no_warning_sign"]
    assert rows[0].cells == ("yes", *[None] * 6)
    assert (rows[0].rules, rows[0].some) == (("E1",), ("E2", "E3", "E4"))


def test_a_value_of_a_list_reads_only_what_its_rules_speak_of(pack: Pack) -> None:
    table = tabulate_listed(pack, pack.decision["note_cancer"], "which_cancers")
    assert (table.reads, table.values) == (("cause",), ("yes", "no"))
    assert [row.value for row in table.rows] == ["no", "no", "yes", "no"]


def test_a_value_that_a_list_always_has_keeps_a_column(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit("decisions.yaml", "when: {tyres: broad}, then: pump", "when: {}, then: pump"))
    pack = load_pack(tmp_path)
    table = tabulate_listed(pack, pack.decision["hints"], "pump")
    assert (table.reads, [(row.cells, row.value) for row in table.rows]) == (("tyres",), [((None,), "yes")])


def test_a_decision_that_reads_too_much_is_refused_with_its_size(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.exports.rows.MAX_PROFILES", 127)
    with pytest.raises(RequestError, match="safety_net has 128 profiles; 127 are the most in a table; split the decision"):
        tabulate(pack, pack.decision["safety_net"])


@given(packs())
def test_random_rules_are_told_exactly(made: RandomPack) -> None:
    for decision in made.pack.decisions:
        for value in (None,) if decision.hit_policy == "unique" else made.pack.values_of(decision.decision):
            table = tabulate(made.pack, decision) if value is None else tabulate_listed(made.pack, decision, value)
            for profile in profiles_of(made.pack, decision):
                found = {rule.then for rule in decision.rules if is_true(made.trees[rule.rule], profile)}
                due = found if value is None else {"yes" if value in found else "no"}
                assert {row.value for row in table.rows if covers(table, row, profile)} == due
                assert len(due) == 1
