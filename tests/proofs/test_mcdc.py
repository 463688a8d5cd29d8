"""MC/DC: what a profile shows of a condition, against equalities forced by hand; what cases show of packs."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from changed_packs import conclude_all, to_tree
from hypothesis import given
from hypothesis import strategies as st
from random_packs import Tree, is_true, list_profiles, some_domains, trees
from small_pack import FILES, Edit, make_small_pack, write_pack

from triage import load_pack
from triage.conditions import leaves, parse_condition
from triage.library import read_cases
from triage.proofs.mcdc import Obligation, find_shown, measure_coverage
from triage.proofs.mutation import find_survivors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from triage.cases import Case
    from triage.pack import Pack

C, D, Q = "cases.yaml", "decisions.yaml", "questions.yaml"
ALWAYS: Tree = {}
NEVER: Tree = {"not": {}}


def force(tree: Tree, wanted: int, count: list[int], *, truth: bool) -> Tree:
    """A tree with one of its equalities, counted as written, always or never true."""
    parts: list[Tree] = []
    for key, value in tree.items():
        if key == "not":
            parts.append({"not": force(value, wanted, count, truth=truth)})
        elif key in ("any", "all"):
            parts.append({key: [force(item, wanted, count, truth=truth) for item in value]})
        else:
            here = count[0] == wanted
            count[0] += 1
            parts.append((ALWAYS if truth else NEVER) if here else {key: value})
    return {"all": parts} if parts else {}


def list_equalities(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, list):
        for item in tree:
            yield from list_equalities(item)
        return
    for key, value in tree.items():
        if key in ("not", "any", "all"):
            yield from list_equalities(value)
        else:
            yield {key: value}


def show(tree: Tree, profile: dict[str, str]) -> set[tuple[int, bool]]:
    """The equalities that decide, found by forcing each of them both ways."""
    found = set()
    for position, equality in enumerate(list_equalities(tree)):
        forced = [is_true(force(tree, position, [0], truth=truth), profile) for truth in (True, False)]
        if forced[0] != forced[1]:
            found.add((position, is_true(equality, profile)))
    return found


BY_HAND: tuple[tuple[Tree, dict[str, str], set[tuple[int, bool]]], ...] = (
    ({"a": "x"}, {"a": "x"}, {(0, True)}),
    ({"a": "x"}, {"a": "y"}, {(0, False)}),
    ({"a": "x", "b": "x"}, {"a": "x", "b": "x"}, {(0, True), (1, True)}),
    ({"a": "x", "b": "x"}, {"a": "x", "b": "y"}, {(1, False)}),
    ({"a": "x", "b": "x"}, {"a": "y", "b": "y"}, set()),
    ({"any": [{"a": "x"}, {"b": "x"}]}, {"a": "x", "b": "y"}, {(0, True)}),
    ({"any": [{"a": "x"}, {"b": "x"}]}, {"a": "x", "b": "x"}, set()),
    ({"not": {"a": ["x", "z"]}}, {"a": "y"}, {(0, False)}),
    ({}, {"a": "x"}, set()),
)


@pytest.mark.parametrize(("tree", "profile", "expected"), BY_HAND, ids=str)
def test_a_profile_shows_what_is_written_by_hand(tree: Tree, profile: dict[str, str], expected: set[tuple[int, bool]]) -> None:
    assert set(find_shown(parse_condition(tree), profile)) == show(tree, profile) == expected


@given(st.data())
def test_a_profile_shows_the_equalities_that_decide_when_forced(data: st.DataObject) -> None:
    domains = data.draw(some_domains())
    tree = data.draw(trees(domains))
    for profile in list_profiles(domains):
        assert set(find_shown(parse_condition(tree), profile)) == show(tree, profile)


def expect(pack: Pack, cases: tuple[Case, ...]) -> tuple[set[Obligation], set[Obligation]]:
    """What intakes could show, and what cases without a warning sign show, by going through all complete intakes."""
    questions = [question.question for question in pack.questions]
    feasible: set[Obligation] = set()
    shown: set[Obligation] = set()
    everything = conclude_all(pack)
    for reading, decision in product(pack.reading, pack.decisions):
        replaced = pack.reading[reading].replaces
        rules = [rule for rule in decision.rules if rule.rule not in replaced]
        rules += [rule for rule in pack.reading[reading].rules if rule.decision == decision.decision]
        at: dict[tuple[str, ...], dict[str, str]] = {}
        for (under, values), decided in everything.items():
            if under == reading and decided is not None:
                known = {**dict(zip(questions, values, strict=True)), **{name: str(value) for name, value in decided.items()}}
                at[values] = {name: known[name] for name in decision.reads}
        obligations = {
            values: {Obligation(decision.decision, r.rule, *one) for r in rules for one in show(to_tree(r.when), profile)}
            for values, profile in at.items()
        }
        feasible = feasible.union(*obligations.values())
        for case in cases:
            if (case.reading or pack.header.default_reading) == reading:
                agreeing = [
                    values
                    for values in at
                    if all(
                        case.answers.get(name) in (None, answer, "tarmac") for name, answer in zip(questions, values, strict=True)
                    )
                    and (case.answers.get("surface") != "tarmac" or values[questions.index("surface")] == "asphalt")
                ]
                if len({tuple(at[values].values()) for values in agreeing}) == 1:
                    shown |= obligations[agreeing[0]]
    return feasible, shown


def test_what_the_cases_of_the_small_pack_show_is_what_all_complete_intakes_say(bicycles: Pack) -> None:
    cases = read_cases(bicycles)[0]
    feasible, shown = expect(bicycles, cases)
    coverage = measure_coverage(bicycles, cases)
    everything = {
        Obligation(decision, rule.rule, position, truth)
        for decision, rules in [
            *((one.decision, one.rules) for one in bicycles.decisions),
            *((rule.decision, (rule,)) for reading in bicycles.readings for rule in reading.rules),
        ]
        for rule in rules
        for position, _ in enumerate(leaves(rule.when))
        for truth in (True, False)
    }
    assert coverage.total == len(everything)
    assert set(coverage.infeasible) == everything - feasible
    assert {missing.obligation for missing in coverage.missing} == feasible - shown
    assert coverage.covered == len(feasible & shown)


def test_ready_made_cases_show_all_that_a_pack_without_cases_does_not(bicycles: Pack, tmp_path: Path) -> None:
    coverage = measure_coverage(bicycles, ())
    assert coverage.covered == 0
    assert all(missing.case for missing in coverage.missing)
    assert len(coverage.drafts) < len(coverage.missing) / 2
    for file in FILES:
        (tmp_path / file).write_text(FILES[file], encoding="utf-8")
    (tmp_path / C).write_text("cases:\n" + "".join(coverage.drafts), encoding="utf-8")
    after = measure_coverage(bicycles, read_cases(load_pack(tmp_path))[0])
    assert (after.missing, after.covered) == ((), coverage.wanted)


def test_what_is_missing_says_which_equality_where_and_what_to_do(bicycles: Pack) -> None:
    first = measure_coverage(bicycles, ()).missing[0]
    assert first.obligation == Obligation("brakes", "B1", 0, True)
    assert first.place == bicycles.place("rule", "B1")
    told = "rule B1: no case has {brake_fault: yes} true where that alone decides if the rule holds; add one that does"
    assert first.message == told
    assert first.case is not None
    assert first.case.startswith("  - case: Draft to cover, brake_fault yes\n    answers: {brake_fault: yes}\n")


def test_cases_made_for_changes_and_for_coverage_can_be_added_together(tmp_path: Path) -> None:
    bicycles = make_small_pack(tmp_path / "bicycles")
    drafts = (*find_survivors(bicycles, ()).drafts, *measure_coverage(bicycles, ()).drafts)
    (tmp_path / "bicycles" / C).write_text("cases:\n" + "".join(drafts), encoding="utf-8")
    assert len(read_cases(bicycles)[0]) == len(drafts)


def test_a_case_that_leaves_a_profile_open_shows_nothing_of_it(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(C, "answers: {surface: tarmac, brake_fault: no}", "answers: {surface: unknown, brake_fault: no}"))
    pack = load_pack(tmp_path)
    shown = measure_coverage(pack, read_cases(pack)[0])
    assert Obligation("fit", "F1", 0, True) in {missing.obligation for missing in shown.missing}


def withheld(folder: Path, *edits: Edit) -> Pack:
    """The small pack with a case whose brakes are broken."""
    answers = "{surface: sand, tyres: narrow, brake_fault: yes}"
    broken = f"  - {{case: Broken, answers: {answers}, outcome: contact_clinician_now, settled: no, rules: [B1]}}\n"
    write_pack(folder, Edit(C, "  - case: Strict\n", broken + "  - case: Strict\n"), *edits)
    return load_pack(folder)


def test_a_withheld_case_shows_its_warning_sign_and_nothing_else(tmp_path: Path) -> None:
    pack = withheld(tmp_path)
    coverage = measure_coverage(pack, read_cases(pack)[0])
    missing = {one.obligation for one in coverage.missing}
    assert Obligation("brakes", "B1", 0, True) not in missing
    assert Obligation("fit", "F10", 0, True) in missing


def test_what_only_a_withheld_intake_could_show_is_infeasible(tmp_path: Path) -> None:
    asks = Edit(D, "when: {tyres: broad}, then: pump", "when: {tyres: broad, brake_fault: yes}, then: pump")
    pack = withheld(
        tmp_path, asks, Edit(D, "reads: [tyres]", "reads: [tyres, brake_fault]"), Edit(C, "notes: [pump]", "notes: []")
    )
    coverage = measure_coverage(pack, read_cases(pack)[0])
    assert set(coverage.infeasible) >= {
        Obligation("hints", "H1", 0, True),
        Obligation("hints", "H1", 0, False),
        Obligation("hints", "H1", 1, True),
    }
    assert Obligation("hints", "H1", 1, False) not in coverage.infeasible


@pytest.mark.parametrize(
    ("name", "total", "infeasible"),
    [
        # A height that needs restoring leaves no vertebra that has not collapsed.
        ("vertebral-fracture", 186, (Obligation("kyphoplasty", "K1", 1, truth=False),)),
        ("repair-cafe", 86, ()),
    ],
)
def test_the_cases_of_a_shipped_pack_show_every_equality_that_can_be_shown(
    name: str, total: int, infeasible: tuple[Obligation, ...]
) -> None:
    pack = load_pack(name)
    coverage = measure_coverage(pack, read_cases(pack)[0])
    assert [missing.message for missing in coverage.missing] == []
    assert (coverage.total, coverage.infeasible) == (total, infeasible)
    assert coverage.covered == coverage.wanted == total - len(infeasible)
