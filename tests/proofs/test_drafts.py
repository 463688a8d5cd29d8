"""Ready-made cases: they read back as what they state, and are few and small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from triage import load_pack
from triage.cases import Case, Cases, find_departures
from triage.library import read_cases
from triage.possibilities import select_known
from triage.proofs.drafts import cover, draft_case, merge, shrink, write_case
from triage.proofs.trials import Trial, put_cases
from triage.syntax import read_yaml
from triage.validation import validate

if TYPE_CHECKING:
    from triage.pack import Pack


def read(text: str) -> tuple[Case, ...]:
    source = read_yaml(f"cases:\n{text}".encode(), "cases.yaml")
    cases = validate(Cases, source)
    assert source.faults == []
    assert cases is not None
    return cases.cases


@pytest.mark.parametrize("name", ["vertebral-fracture", "repair-cafe"])
def test_a_case_written_and_read_again_is_the_same(name: str) -> None:
    for case in read_cases(load_pack(name))[0]:
        plain = case.model_copy(update={"why": None, "case": case.case.replace(": ", " ").replace("'", "")})
        text = write_case(plain)
        assert read(text) == (plain,)
        assert max(map(len, text.splitlines())) <= 130


def test_a_draft_states_what_the_pack_gives_and_holds(bicycles: Pack) -> None:
    trial = Trial(bicycles)
    for reading in trial.readings:
        for answers in (
            {},
            {"surface": "gravel"},
            {"surface": "gravel", "tyres": "broad"},
            {"brake_fault": "yes"},
            {"booked": "no"},
        ):
            given = trial.give(select_known(bicycles, answers), reading)
            put = draft_case(bicycles, answers, reading, given)
            assert (put.reading, put.given) == (reading, given)
            (again,) = read(write_case(put.case))
            assert again == put.case
            assert find_departures(again, given) == ()
            assert len(put_cases(bicycles, [again])) == 1


def test_a_draft_states_of_warning_signs_and_standing_only_what_was_asked(bicycles: Pack) -> None:
    trial = Trial(bicycles)
    silent = draft_case(bicycles, {}, "wide", trial.give(select_known(bicycles, {}), "wide")).case
    assert (silent.safety_net, silent.standing, silent.reading, silent.case) == (None, None, None, "Draft, nothing asked")
    answers = {"brake_fault": "no", "booked": "yes"}
    asked = draft_case(bicycles, answers, "strict", trial.give(select_known(bicycles, answers), "strict")).case
    assert (asked.safety_net, asked.standing, asked.reading) == ("go", "booked", "strict")
    assert asked.case == "Draft, strict, brake_fault no, booked yes"
    assert asked.rules == ("B2", "W1")


def test_a_draft_states_the_values_of_decisions_where_nothing_else_tells(bicycles: Pack) -> None:
    known = select_known(bicycles, {"surface": "asphalt"})
    given = Trial(bicycles).give(known, "wide")
    alike = given._replace(decisions={**given.decisions, "fit": ("partly",)})
    assert draft_case(bicycles, {"surface": "asphalt"}, "wide", given, alike).case.decisions == {"fit": ("well",)}
    another = alike._replace(outcome="racer")
    assert draft_case(bicycles, {"surface": "asphalt"}, "wide", given, another).case.decisions is None


def test_two_drafts_of_one_intake_become_one_that_states_what_either_does(bicycles: Pack) -> None:
    known = select_known(bicycles, {"surface": "asphalt"})
    given = Trial(bicycles).give(known, "wide")
    first = draft_case(bicycles, {"surface": "asphalt"}, "wide", given)
    second = draft_case(
        bicycles, {"surface": "asphalt"}, "wide", given, given._replace(decisions={**given.decisions, "fit": ("partly",)})
    )
    net = draft_case(bicycles, {"surface": "asphalt"}, "wide", given, given._replace(safety_net="go"))
    merged = merge(merge(first, second), net).case
    assert (merged.decisions, merged.safety_net) == ({"fit": ("well",)}, "open")
    assert find_departures(merged, given) == ()


def test_answers_are_left_out_until_none_can_be() -> None:
    answers = {"a": "1", "b": "2", "c": "3", "d": "4"}
    assert shrink(answers, lambda left: "b" in left and "d" in left) == {"b": "2", "d": "4"}
    assert shrink(answers, lambda _: True) == {}
    assert shrink(answers, lambda left: len(left) == 4) == answers


def test_drafts_are_chosen_by_what_they_meet_of_what_is_left() -> None:
    meets = {"one": "a", "two": "abc", "three": "cd", "four": "d"}
    chosen = cover("abcde", list(meets), lambda draft, wanted: wanted in meets[draft])
    assert chosen == (("a", "two"), ("b", "two"), ("c", "two"), ("d", "three"))
    assert cover("ab", [], lambda _draft, _wanted: True) == ()
