"""A pack put to its cases by the reference evaluator gives what `assess` gives, and so notices what a run of the cases would."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

import pytest
from changed_packs import conclude_all
from small_pack import Edit, write_pack

from triage import Intake, assess, load_pack
from triage.cases import find_departures
from triage.errors import PackError
from triage.intake import normalise
from triage.library import read_cases
from triage.parts import UNKNOWN
from triage.possibilities import select_known
from triage.profiles import Profiles
from triage.proofs.mutants import list_mutants
from triage.proofs.trials import Trial, given_by, lead_to, put_cases, readings_of

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

C, D = "cases.yaml", "decisions.yaml"
PACKS = ("vertebral-fracture", "repair-cafe", None)


def load(name: str | None, folder: Path) -> Pack:
    if name is None:
        write_pack(folder)
    return load_pack(name or folder)


@pytest.mark.parametrize("name", PACKS)
def test_what_is_given_is_what_an_assessment_gives(name: str | None, tmp_path: Path) -> None:
    pack = load(name, tmp_path)
    trial = Trial(pack)
    single = ({question.question: value} for question in pack.questions for value in (*question.values, UNKNOWN))
    for answers in chain((case.answers for case in read_cases(pack)[0]), single):
        for reading in trial.readings:
            known = select_known(pack, normalise(pack, Intake(answers)).values)
            assert trial.give(known, reading) == given_by(pack, assess(pack, Intake(answers), reading=reading)), answers


@pytest.mark.parametrize("name", PACKS)
def test_every_case_of_a_pack_holds_and_counts(name: str | None, tmp_path: Path) -> None:
    pack = load(name, tmp_path)
    cases = read_cases(pack)[0]
    assert [put.case for put in put_cases(pack, cases)] == list(cases)


def test_a_case_that_fails_is_left_out(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(C, "notes: [pump]", "notes: []"))
    pack = load_pack(tmp_path)
    assert [put.case.case for put in put_cases(pack, read_cases(pack)[0])] == ["Asphalt"]


def test_a_case_without_an_answer_is_left_out(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "when: {surface: sand}", "when: {surface: [sand, asphalt]}"))
    pack = load_pack(tmp_path)
    assert [put.case.case for put in put_cases(pack, read_cases(pack)[0])] == ["Strict"]


def test_a_case_fails_where_only_another_reading_has_no_answer(tmp_path: Path) -> None:
    """As `assess` does: it compares the readings, so none of them may be without an answer."""
    write_pack(tmp_path)
    whole = load_pack(tmp_path)
    (put, _) = put_cases(whole, read_cases(whole)[0])
    write_pack(tmp_path, Edit(D, "when: {surface: gravel, tyres: broad}, then: badly", "when: {tyres: narrow}, then: badly"))
    broken = load_pack(tmp_path)
    with pytest.raises(PackError, match="conflict"):
        assess(broken, Intake(put.case.answers))
    assert Trial(broken).kills(put)
    assert not Trial(whole).kills(put)


@pytest.mark.parametrize("name", ["repair-cafe", None])
def test_what_a_change_does_not_touch_is_the_same_if_worked_out_before(name: str | None, tmp_path: Path) -> None:
    pack = load(name, tmp_path)
    before, puts = Trial(pack), put_cases(pack, read_cases(pack)[0])
    for mutant in islice(list_mutants(pack), 0, None, 7):
        touched = {other for other in pack.decision if mutant.decision in (None, *pack.chain(other))}
        alone, sharing = Trial(mutant.pack), Trial(mutant.pack, before, touched)
        for put in puts:
            assert sharing.kills(put) == alone.kills(put), str(mutant)
            with suppress(PackError):
                assert sharing.give(put.known, put.reading) == alone.give(put.known, put.reading), str(mutant)


def test_a_case_that_holds_departs_from_nothing(pack: Pack) -> None:
    assert [find_departures(put.case, put.given) for put in put_cases(pack, read_cases(pack)[0])] == [()] * len(
        read_cases(pack)[0]
    )


def test_the_default_reading_comes_first(pack: Pack, tmp_path: Path) -> None:
    assert readings_of(pack) == ("broad", "narrow")
    write_pack(tmp_path, Edit("pack.yaml", "default_reading: wide", "default_reading: strict"))
    assert readings_of(load_pack(tmp_path)) == ("strict", "wide")


@pytest.mark.parametrize("reading", ["wide", "strict"])
def test_open_answers_lead_to_the_profiles_of_their_completions(reading: str, tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    profiles = Profiles(pack, reading)
    everything = conclude_all(pack)
    questions = [question.question for question in pack.questions]
    for surface in (None, *pack.question["surface"].values):
        for tyres in (None, *pack.question["tyres"].values):
            known = {**dict.fromkeys(questions), "surface": surface, "tyres": tyres}
            expected = set()
            for (under, values), decided in everything.items():
                answers = dict(zip(questions, values, strict=True))
                if under == reading and decided and all(known[name] in (None, answers[name]) for name in questions):
                    expected.add((str(decided["fit"]), answers["tyres"]))
            led = list(lead_to(profiles, known, ("fit", "tyres")))
            assert len(set(led)) == len(led)
            assert set(led) == expected
