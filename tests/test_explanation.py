"""Why an assessment says what it says: every step has its rules, every rule its statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack
from small_pack import FILES, Edit, make_small_pack

from triage import Intake, assess
from triage.conditions import parse_condition
from triage.explanation import (
    Step,
    cited_text,
    explain,
    explain_against,
    explain_safety_net,
    names_procedure,
    say_condition,
    say_name,
    say_value,
)

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack
    from triage.syntax import Tree

BOTH = {"fracture": "yes", "painful": "yes", "cause": "cancer", "collapsed": "yes", "height_restoration": "no", "stable": "yes"}


def steps_of(pack: Pack, answers: dict[str, str], reading: str | None = None) -> dict[str, Step]:
    return {step.decision: step for step in explain(pack, assess(pack, Intake(answers), reading=reading))}


def test_the_chain_ends_in_the_outcome_and_each_step_stands_after_those_it_reads(pack: Pack) -> None:
    for answers in ({}, BOTH, {"fracture": "no"}):
        order = list(steps_of(pack, answers))
        assert order == ["presentation", "vertebroplasty", "kyphoplasty", "discussion"]
        for name in order:
            assert all(read in order[: order.index(name)] for read in pack.decision[name].reads if read in pack.decision)


def test_a_settled_step_gives_its_value_rule_condition_and_statements_in_words(pack: Pack) -> None:
    step = steps_of(pack, BOTH)["kyphoplasty"]
    assert (step.title, step.value, step.settled) == (
        "Kyphoplasty",
        "described in one place, while another asks for more",
        True,
    )
    [rule] = step.rules
    assert (rule.rule, rule.then) == ("K2", step.value)
    assert rule.condition == (
        "Presentation: described for some cancers, none of them named; Vertebra collapsed: yes; Height needs restoring: no"
    )
    assert [(cited.code, cited.text) for cited in rule.because] == [("S07", pack.statement["S07"].text)]


def test_an_open_step_gives_every_possible_value_and_the_rules_behind_each(pack: Pack) -> None:
    step = steps_of(pack, {**BOTH, "stable": "unknown"})["vertebroplasty"]
    assert (step.value, step.settled) == ("described, or not described", False)
    assert [(rule.rule, rule.then) for rule in step.rules] == [("V1", "described"), ("V2", "not described")]


def test_a_reading_explains_itself_by_its_own_rule(pack: Pack) -> None:
    assert [rule.rule for rule in steps_of(pack, BOTH, "narrow")["kyphoplasty"].rules] == ["K2n"]


def test_an_implied_answer_narrows_what_a_rule_asks_for(pack: Pack) -> None:
    steps = steps_of(pack, {"collapsed": "no", "fracture": "yes", "painful": "yes", "cause": "cancer"})
    assert [rule.rule for rule in steps["kyphoplasty"].rules] == ["K3"]


def test_where_the_mapping_is_withheld_the_safety_net_alone_is_explained(pack: Pack) -> None:
    signs = dict.fromkeys(["bladder_bowel", "leg_weakness", "major_injury"], "no")
    steps = steps_of(pack, {**BOTH, **signs, "chest_pain": "yes"})
    assert list(steps) == ["safety_net"]
    assert [rule.rule for rule in steps["safety_net"].rules] == ["E4"]


def test_where_answers_exclude_each_other_no_step_has_a_value(pack: Pack) -> None:
    steps = steps_of(pack, {"collapsed": "no", "height_restoration": "yes"})
    assert {(step.value, step.settled, step.rules) for step in steps.values()} == {("no value", False, ())}


@pytest.mark.parametrize(
    ("answers", "rules"),
    [
        ({}, None),
        ({"fever": "no"}, None),
        ({"fever": "yes"}, ["W1"]),
        ({"fever": "yes", "weight_loss": "yes"}, ["W1", "W3"]),
        ({"fever": "yes", "chest_pain": "yes"}, ["E4"]),
        ({"bladder_bowel": "yes", "chest_pain": "yes"}, ["E1", "E4"]),
    ],
)
def test_the_safety_net_is_explained_by_the_rules_of_the_signs_reported(
    pack: Pack, answers: dict[str, str], rules: list[str] | None
) -> None:
    step = explain_safety_net(pack, assess(pack, Intake(answers)))
    assert (None if step is None else [rule.rule for rule in step.rules]) == rules


def test_a_pack_without_a_safety_net_explains_none(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assert explain_safety_net(bare, assess(bare, Intake({}))) is None


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"stable": "yes"}, "Fracture called stable: yes"),
        ({"imaging": ["none", "ordered"]}, "Imaging so far: none yet or ordered, not yet done"),
        ({"stable": "yes", "painful": "no"}, "Fracture called stable: yes; Fracture hurts now: no"),
        ({"any": [{"stable": "yes"}, {"painful": "no"}]}, "one of (Fracture called stable: yes | Fracture hurts now: no)"),
        ({"not": {"vertebrae": "1"}}, "not (Fractured vertebrae: 1)"),
        ({"presentation": "described_for_some"}, "Presentation: described for some cancers, none of them named"),
        ({}, "always"),
    ],
)
def test_a_condition_is_said_in_words(pack: Pack, when: Tree, words: str) -> None:
    assert say_condition(pack, parse_condition(when)) == words


def test_names_values_and_citations_are_said_in_words(pack: Pack) -> None:
    assert (say_name(pack, "stable"), say_name(pack, "discussion")) == ("Fracture called stable", "What may be discussed")
    assert (say_value(pack, "cause", "trauma"), say_value(pack, "note_person", "person_shorter")) == ("injury", "person shorter")
    assert (cited_text(pack, "S23"), cited_text(pack, "NHS")) == (pack.statement["S23"].text, pack.source["NHS"].title)


DECISIONS = FILES["decisions.yaml"]
FIT = DECISIONS[DECISIONS.index("  - decision: fit\n") : DECISIONS.index("  - decision: choice\n")]
READINGS = DECISIONS[DECISIONS.index("readings:\n") : DECISIONS.index("notes:\n")]
IN_TWO_STEPS = """  - decision: ground
    reads: [surface]
    hit_policy: unique
    rules:
      - {rule: G1, when: {surface: asphalt}, then: firm, because: [S02]}
      - {rule: G2, when: {surface: [gravel, sand]}, then: soft, because: [S01]}
  - decision: tread_depth
    reads: [tyres]
    hit_policy: unique
    rules:
      - {rule: R1, when: {tyres: broad}, then: deep, because: [S02]}
      - {rule: R2, when: {tyres: narrow}, then: fine, because: [S01]}
  - decision: wheels
    reads: [tread_depth]
    hit_policy: unique
    rules:
      - {rule: T1, when: {tread_depth: deep}, then: wide, because: [S02]}
      - {rule: T2, when: {tread_depth: fine}, then: slim, because: [S01]}
  - decision: fit
    reads: [ground, wheels]
    hit_policy: unique
    rules:
      - {rule: F1, when: {ground: firm}, then: well, because: [S02]}
      - {rule: F2, when: {ground: soft, wheels: wide}, then: partly, because: [S01]}
      - {rule: F3, when: {ground: soft, wheels: slim}, then: badly, because: [S01]}
"""


def write_two_steps(folder: Path, *edits: Edit) -> Pack:
    in_strict = "F2s, decision: fit, when: {surface: gravel, tyres: broad}"
    at_once = Edit("decisions.yaml", in_strict, "F2s, decision: fit, when: {ground: soft, wheels: wide}")
    return make_small_pack(folder, Edit("decisions.yaml", FIT, IN_TWO_STEPS), at_once, *edits)


def test_a_decision_without_a_title_is_called_by_its_id_in_words(tmp_path: Path) -> None:
    assert say_name(write_two_steps(tmp_path), "tread_depth") == "tread depth"


def test_what_speaks_against_a_procedure_has_the_rules_of_every_decision_that_turns_it_against(tmp_path: Path) -> None:
    pack = write_two_steps(tmp_path)
    intake = Intake({"surface": "sand", "tyres": "narrow", "brake_fault": "no"})
    assessment = assess(pack, intake)
    road, gravel = pack.header.procedures
    assert [rule.rule for rule in explain_against(pack, assessment, road, "F3")] == ["G2", "T2", "R2"]
    # A gravel bike is named where the ground is firm alone, whatever the wheels are.
    assert [rule.rule for rule in explain_against(pack, assessment, gravel, "F3")] == ["G2"]
    # As strictly read, broad wheels do not help either.
    strictly = assess(pack, intake, reading="strict")
    assert [rule.rule for rule in explain_against(pack, strictly, road, "F3")] == ["G2"]


@pytest.mark.parametrize(
    ("answers", "conditions"),
    [
        ({"surface": "sand", "tyres": "narrow"}, ["Surface: sand"]),
        ({"tyres": "broad"}, ["Surface: sand"]),  # implied: broad tyres are on neither of the others
        ({"tyres": "narrow"}, ["Surface: asphalt or concrete", "Surface: gravel or sand"]),
        ({"tyres": "narrow", "surface": "unknown"}, ["Surface: asphalt or concrete", "Surface: gravel or sand"]),
    ],
)
def test_of_the_values_that_a_rule_asks_for_those_are_said_that_the_intake_can_have(
    answers: dict[str, str], conditions: list[str], tmp_path: Path
) -> None:
    begun = "constraints:\n"
    more = begun + "  - {constraint: X2, never: {surface: gravel, tyres: broad}, text: Nobody rides broad tyres on gravel.}\n"
    pack = write_two_steps(tmp_path, Edit("decisions.yaml", begun, more))
    step = steps_of(pack, {**answers, "brake_fault": "no"})["ground"]
    assert [rule.condition for rule in step.rules] == conditions


def test_a_condition_in_parts_is_narrowed_in_each(pack: Pack) -> None:
    either = parse_condition({"any": [{"cause": ["osteoporosis", "trauma"]}, {"stable": ["yes", "no"]}]})
    said = say_condition(pack, either, seen=lambda name, values: values[:1])
    labels = (pack.question["cause"].label, pack.question["stable"].label)
    assert said == f"one of ({labels[0]}: {say_value(pack, 'cause', 'osteoporosis')} | {labels[1]}: yes)"


def test_a_value_names_a_procedure_where_any_value_of_the_other_decisions_leads_there(tmp_path: Path) -> None:
    rules = FILES["decisions.yaml"]
    rules = rules[rules.index("    reads: [fit]") : rules.index("  - decision: workshop")]
    with_workshop = """\
    reads: [fit, workshop]
    hit_policy: unique
    values: {both: both, racer: racer, nothing: nothing}
    rules:
      - {rule: C1, when: {fit: well, workshop: booked}, then: both, because: [S02]}
      - {rule: C2, when: {fit: partly, workshop: booked}, then: racer, because: [S01]}
      - {rule: C3, when: {any: [{fit: badly}, {workshop: waiting}]}, then: nothing, because: [S01]}
"""
    pack = make_small_pack(tmp_path, Edit("decisions.yaml", rules, with_workshop))
    road, gravel = pack.header.procedures
    assert [names_procedure(pack, road, value) for value in ("well", "partly", "badly")] == [True, True, False]
    assert [names_procedure(pack, gravel, value) for value in ("well", "partly", "badly")] == [True, False, False]


def test_what_speaks_against_a_procedure_is_explained_in_a_pack_without_readings(tmp_path: Path) -> None:
    edits = (Edit("decisions.yaml", FIT, IN_TWO_STEPS), Edit("decisions.yaml", READINGS, ""))
    pack = make_small_pack(tmp_path, *edits, Edit("pack.yaml", "default_reading: wide\n", ""))
    assessment = assess(pack, Intake({"surface": "sand", "tyres": "narrow", "brake_fault": "no"}))
    road, _ = pack.header.procedures
    assert [rule.rule for rule in explain_against(pack, assessment, road, "F3")] == ["G2", "T2", "R2"]
