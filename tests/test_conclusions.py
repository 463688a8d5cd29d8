"""What the answers come to, part by part. `test_enumeration` holds the parts against an oracle; here is the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack

from triage import Intake, assess

if TYPE_CHECKING:
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}


def ask(pack: Pack, answers: dict[str, str], reading: str | None = None) -> Assessment:
    return assess(pack, Intake(answers), reading=reading)


def notes_of(pack: Pack, answers: dict[str, str]) -> list[str]:
    return [note.id for note in ask(pack, answers).notes]


@pytest.mark.parametrize(
    ("answers", "notes"),
    [
        ({}, []),
        ({"cause": "cancer"}, ["which_cancers"]),
        ({"cause": "cancer", "cancer_pain": "no"}, ["which_cancers", "cancer_sign_answered_no"]),
        ({"cause": "unknown", "cancer_pain": "no"}, []),
        ({"collapsed": "yes", "stable": "yes"}, ["collapsed_and_stable"]),
        ({"collapsed": "yes", "stable": "unknown"}, []),
        ({"collapsed": "yes", "imaging": "none"}, ["collapse_without_imaging"]),
        ({"collapsed": "unknown", "imaging": "none"}, []),
        ({"fracture": "no", "collapsed": "yes"}, ["collapse_without_fracture"]),
        ({"vertebrae": "2"}, ["several_vertebrae"]),
        ({"vertebrae": "1"}, []),
        ({"vertebrae": "unknown"}, []),
        ({"height_loss": "yes", "limited_mobility": "yes"}, ["movement_limited", "person_shorter"]),
        ({"insurance": "other"}, ["confirm_coverage"]),
        ({"insurance": "none"}, ["no_plan"]),
        ({"insurance": "unknown"}, []),
        # An implied answer is as good as one that was given.
        ({"height_restoration": "yes", "stable": "yes"}, ["collapsed_and_stable"]),
    ],
)
def test_a_note_is_given_exactly_if_every_completion_gives_it(pack: Pack, answers: dict[str, str], notes: list[str]) -> None:
    assert notes_of(pack, answers) == notes


def test_a_note_cites_the_statements_of_the_rules_that_gave_it(pack: Pack) -> None:
    [first, second] = ask(pack, {"cause": "cancer", "cancer_pain": "no"}).notes
    assert (first.statements, second.statements) == (("S47",), ("S47", "NG234", "IFOMPT"))
    assert first.text == pack.note["which_cancers"].text


def test_a_list_decision_tells_what_is_certain_from_what_is_possible(pack: Pack) -> None:
    result = ask(pack, {"cause": "cancer"}).decisions["note_cancer"]
    assert (result.value, result.possible) == (("which_cancers",), ("which_cancers", "cancer_sign_answered_no"))
    assert ask(pack, {}).decisions["note_cancer"].value == ()


def test_statements_of_a_decision_are_those_along_its_chain_in_pack_order(pack: Pack) -> None:
    decisions = ask(pack, BOTH).decisions
    assert decisions["presentation"].statements == ("S02", "S44", "S46")
    assert decisions["discussion"].statements == ("S02", "S06", "S07", "S22", "S23", "S24", "S25", "S44", "S46")


def test_an_open_decision_has_no_value_and_the_rules_of_every_completion(pack: Pack) -> None:
    result = ask(pack, {**BOTH, "stable": "unknown"}).decisions["vertebroplasty"]
    assert (result.value, result.possible, result.rules) == (None, ("described", "not_described"), ("V1", "V2"))


def test_what_is_common_to_all_possible_outcomes_is_named_even_if_it_is_not_settled(pack: Pack) -> None:
    assessment = ask(pack, {**BOTH, "stable": "unknown"})
    assert (assessment.outcome, assessment.settled, assessment.possible_outcomes) == (
        "kyphoplasty",
        False,
        ("both", "kyphoplasty"),
    )
    named = {name: result.named for name, result in assessment.procedures.items()}
    assert named == {"vertebroplasty": "open", "kyphoplasty": "yes"}
    assert pack.outcome["kyphoplasty"].headline_open is not None
    assert pack.outcome["kyphoplasty"].headline_open in assessment.headline


def test_the_safety_net_has_the_highest_level_reported_while_others_are_open(pack: Pack) -> None:
    nets = [ask(pack, answers).safety_net for answers in ({}, {"fever": "yes"}, {"fever": "yes", "chest_pain": "yes"})]
    assert [(net.level, net.settled, net.reported, len(net.open_signs)) for net in nets if net is not None] == [
        ("open", False, (), 7),
        ("same_day", False, ("fever",), 6),
        ("emergency", True, ("chest_pain", "fever"), 5),
    ]


def test_answers_that_exclude_each_other_leave_only_the_safety_net_and_the_standing(pack: Pack) -> None:
    assessment = ask(pack, {"collapsed": "no", "height_restoration": "yes", "fever": "no", "imaging": "reviewed"})
    assert assessment.outcome == "contradictory_answers"
    assert assessment.standing == "imaging_reviewed"
    assert assessment.contradictions == (("collapsed", "height_restoration"),)
    valued = [name for name, result in assessment.decisions.items() if result.possible]
    assert valued == ["safety_net", "standing"]


def test_a_bare_pack_ranks_its_questions_by_the_outcome_alone(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assert ask(bare, {}).next_questions == ("rain", "wind")
    assert ask(bare, {"rain": "no"}).next_questions == ()
    assert ask(bare, {"wind": "unknown", "rain": "yes"}).to_find_out == ("wind",)
