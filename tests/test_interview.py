"""What an interview asks, in which order and why, against `oracle` over every walk of the answers to a kind of question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import oracle
import pytest
from bare_pack import make_bare_pack
from oracle import EMERGENCY_SIGNS, FRACTURE, READINGS, SIGNS, Expected, expect

from triage import Intake, assess, load_pack
from triage.interview import Phase, for_sheet, list_unasked, next_question, phase_of, pose, rank_open, say_change

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack
    from triage.parts import Question

Answers = dict[str, str]
State = tuple[Answers, "Question | None"]
Walks = dict[str, list[State]]
SHEET = ("limited_mobility", "height_loss", "vertebrae", "insurance")
NO_SIGN = dict.fromkeys(SIGNS, "no")
COMPLETE = {**dict.fromkeys(FRACTURE, "yes"), "cause": "trauma"}
REST = {"imaging": "available", "limited_mobility": "yes", "height_loss": "no", "vertebrae": "2", "insurance": "other"}


def asked_next(pack: Pack, answers: Answers, reading: str | None = None) -> str | None:
    question = next_question(pack, assess(pack, Intake(answers), reading=reading))
    return question.question if question else None


def choices(question: Question) -> tuple[str, ...]:
    """Every answer, where the outcome can rest on it; one, where the question is for the sheet or the standing."""
    many = question.question in FRACTURE or question.warning is not None
    return (*question.values, "unknown") if many else question.values[:1]


def walk(pack: Pack, answers: Answers, reading: str) -> Iterator[State]:
    """Every state of an interview that goes on from these answers, with what is asked there; the answers in the order asked."""
    waiting = [answers]
    while waiting:
        known = waiting.pop()
        question = next_question(pack, assess(pack, Intake(known), reading=reading))
        yield known, question
        if question is not None:
            waiting += [{**known, question.question: value} for value in choices(question)]


def sign_walk(pack: Pack) -> Iterator[State]:
    """Every state while signs are asked, up to the first question after them."""
    waiting: list[Answers] = [{}]
    while waiting:
        known = waiting.pop()
        question = next_question(pack, assess(pack, Intake(known)))
        yield known, question
        if question is not None and question.warning is not None:
            waiting += [{**known, question.question: value} for value in choices(question)]


@pytest.fixture(scope="module")
def walks(pack: Pack) -> Walks:
    """The states of all interviews: while signs are asked, and without a sign under each reading."""
    return {"signs": list(sign_walk(pack)), **{reading: list(walk(pack, NO_SIGN, reading)) for reading in READINGS}}


# Order


def test_every_sign_that_matters_is_asked_first_in_pack_order_until_one_is_an_emergency(
    walks: Walks,
) -> None:
    ends = Counter[str]()
    for known, question in walks["signs"]:
        if any(known.get(sign) == "yes" for sign in EMERGENCY_SIGNS):
            assert question is None
            ends["emergency"] += 1
        elif len(known) < len(SIGNS) and expect(known).next_questions[0] in SIGNS:
            assert question is not None
            assert question.question == expect(known).next_questions[0] == SIGNS[len(known)]
        else:
            assert question is not None
            assert question.question == "fracture"
            ends["goes on"] += 1
    # no or unknown goes on; the first of the other three that is reported settles the level, so the rest cannot matter
    assert ends == {"emergency": 1 + 2 + 4 + 8, "goes on": 2**4 * (1 + 2 + 4 + 8)}


@pytest.mark.parametrize("reading", READINGS)
def test_only_questions_that_matter_are_asked_best_first_and_then_those_for_the_sheet(walks: Walks, reading: str) -> None:
    states = 0
    for known, question in walks[reading]:
        due = expect(known, reading)
        left = [name for name in SHEET if name not in known]
        wanted = next(iter((*due.next_questions, *left)), None) if due.outcome != "contradictory_answers" else None
        assert (question.question if question else None) == wanted, known
        states += 1
    assert states > 500


@pytest.mark.parametrize("reading", READINGS)
def test_a_question_belongs_to_one_phase_and_the_phases_come_in_order(pack: Pack, walks: Walks, reading: str) -> None:
    order = list(Phase)
    for known, question in walks[reading]:
        phases = [order.index(phase_of(pack, pack.question[name])) for name in known]
        if question is not None:
            phases.append(order.index(phase_of(pack, question)))
        assert phases == sorted(phases), known
    assert for_sheet(pack) == SHEET
    assert [phase_of(pack, pack.question[name]) for name in ("fever", "stable", "imaging", "insurance")] == [
        Phase.WARNING_SIGNS, Phase.OUTCOME, Phase.STANDING, Phase.SHEET,
    ]  # fmt: skip


def test_what_is_answered_unknown_is_not_asked_again(walks: Walks) -> None:
    for known, question in walks["broad"]:
        assert question is None or question.question not in known


def test_an_emergency_and_answers_that_exclude_each_other_end_the_questions(pack: Pack) -> None:
    contradictory = {**NO_SIGN, "collapsed": "no", "height_restoration": "yes"}
    emergencies = ({"chest_pain": "yes"}, {**COMPLETE, "bladder_bowel": "yes"})
    for answers in (*emergencies, contradictory, {**contradictory, "fever": "yes"}):
        assert asked_next(pack, answers) is None
    assert asked_next(pack, {**NO_SIGN, "collapsed": "no"}) is not None


def test_the_questions_for_the_sheet_are_left_out_together(pack: Pack) -> None:
    done = {**NO_SIGN, **COMPLETE, "imaging": "reviewed"}
    assessment = assess(pack, Intake(done))
    assert [next_question(pack, assessment, skip_sheet=skip) for skip in (False, True)] == [pack.question[SHEET[0]], None]
    open_still = assess(pack, Intake(NO_SIGN))
    assert next_question(pack, open_still, skip_sheet=True) == next_question(pack, open_still) == pack.question["fracture"]


def test_a_pack_without_signs_and_with_nothing_for_the_sheet_asks_what_matters(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assert for_sheet(bare) == ()
    assert asked_next(bare, {}) == "rain"
    assert asked_next(bare, {"rain": "no"}) is None
    ask = pose(bare, Intake({}), bare.question["rain"], None, assess(bare, Intake({})))
    assert (ask.phase, ask.because) == (Phase.OUTCOME, ())
    assert [effect.leads_to for effect in ask.effects] == ["the same outcomes stay possible", "left", "it stays open"]
    assert [unasked.reason for unasked in list_unasked(bare, assess(bare, Intake({"rain": "no"})))] == [
        "no answer to it changes a reported decision"
    ]


def test_a_question_that_matters_through_a_constraint_alone_is_for_the_outcome(tmp_path: Path) -> None:
    """What cannot be skipped is not offered to be: an answer there can settle what is open here."""
    wind = "  - {question: wind, group: sky, label: Wind, text: Does it blow?, help: Now., values: [calm, breeze, storm]}\n"
    files = {
        "questions.yaml": wind
        + "  - {question: forecast, group: sky, label: Forecast, text: Rain said?, help: Now., values: [yes, no]}\n",
        "decisions.yaml": "constraints:\n  - {constraint: C1, never: {forecast: yes, rain: no}, text: Said is said.}\n",
    }
    make_bare_pack(tmp_path / "bare")
    for file, more in files.items():
        text = (tmp_path / "bare" / file).read_text(encoding="utf-8")
        text = text.replace(wind, more) if file == "questions.yaml" else text + more
        (tmp_path / "bare" / file).write_text(text, encoding="utf-8")
    tied = load_pack(tmp_path / "bare")
    assert for_sheet(tied) == ()
    assert phase_of(tied, tied.question["forecast"]) is Phase.OUTCOME


def test_what_is_open_is_ranked_signs_first_whether_it_was_asked_or_not(pack: Pack) -> None:
    for known in ({}, {"fracture": "unknown", "weight_loss": "unknown"}, {**NO_SIGN, "painful": "unknown", "collapsed": "yes"}):
        answered = {name: value for name, value in known.items() if value != "unknown"}
        ranked = rank_open(pack, assess(pack, Intake(known)))
        assert ranked == expect(answered).next_questions
        assert set(ranked) == {*expect(known).next_questions, *expect(known).to_find_out}
        assert [name in SIGNS for name in ranked] == sorted((name in SIGNS for name in ranked), reverse=True)
    assert rank_open(pack, assess(pack, Intake({"chest_pain": "yes"}))) == ()


# How many questions


@pytest.mark.parametrize("reading", READINGS)
def test_a_settled_outcome_takes_2_125_fracture_questions_on_average(pack: Pack, reading: str) -> None:
    asked = Counter[int]()
    for case in oracle.ALLOWED:
        known: Answers = dict(NO_SIGN)
        while not assess(pack, Intake(known), reading=reading).settled:
            question = asked_next(pack, known, reading)
            assert question in FRACTURE
            known[question] = case[question]
        asked[len(known) - len(NO_SIGN)] += 1
    assert asked == {1: 48, 2: 24, 3: 6, 5: 18}
    assert sum(number * times for number, times in asked.items()) / asked.total() == 2.125


@pytest.mark.parametrize(
    ("reading", "decisive"), [("broad", {9: 48, 10: 24, 11: 6, 13: 6, 14: 12}), ("narrow", {9: 48, 10: 24, 11: 6, 13: 18})]
)
def test_an_interview_without_a_sign_asks_at_most_14_questions_and_4_for_the_sheet(
    pack: Pack, reading: str, decisive: dict[int, int]
) -> None:
    """Over the 96 consistent, fully known intakes: 10.25 on average under the broad reading, 10.125 under the narrow one."""
    asked = Counter[int]()
    for case in oracle.ALLOWED:
        known: Answers = {}
        while question := asked_next(pack, known, reading):
            known[question] = {**NO_SIGN, **case, **REST}[question]
        assert set(SHEET) <= set(known)
        asked[len(known) - len(SHEET)] += 1
    assert asked == decisive
    assert max(asked) <= 14


@pytest.mark.parametrize("reading", READINGS)
def test_no_walk_is_longer_whatever_is_not_known(walks: Walks, reading: str) -> None:
    ended = [known for known, question in walks[reading] if question is None]
    assert max(len(known) for known in ended) - len(SHEET) <= 14


# Why, and what each answer does


def due_effect(pack: Pack, name: str, value: str, now: Expected, then: Expected) -> str:
    """What an answer does, in the words of the pack, from what `oracle` expects before and after it."""
    if then.outcome == "contact_clinician_now":
        return "contact a clinician now; nothing else is then asked or shown"
    if then.outcome == "contradictory_answers":
        return "the answers would exclude each other"
    parts = []
    if then.level != now.level:
        parts.append(pack.decision["safety_net"].values.get(then.level, "no sign reported, and some still open"))
    same = then.possible_outcomes == now.possible_outcomes
    if not same:
        words = [pack.decision["discussion"].values[outcome] for outcome in then.possible_outcomes]
        parts.append("all outcomes possible" if len(words) == 4 else " or ".join(words))
    for decision, title in (("vertebroplasty", "Vertebroplasty"), ("kyphoplasty", "Kyphoplasty"), ("standing", None)):
        if then.decisions[decision] != now.decisions[decision] and (same or title is None):
            texts = pack.decision[decision].values
            words = [text for value, text in texts.items() if value in then.decisions[decision]]
            parts.append(f"{title}: {', or '.join(words)}" if title else ", or ".join(words))
    (before,), (after,) = now.others, then.others
    if before[-1] != after[-1]:
        parts.append("another reading of the documents then differs" if after[-1] else "the readings of the documents then agree")
    elif same and before[3] != after[3]:
        parts.append("another reading of the documents then gives something else")
    if parts:
        return "; ".join(parts)
    if value == "unknown":
        return "it stays open"
    if name in SIGNS:
        return "this sign is not reported" if value == "no" else "the level of the warning signs stays as it is"
    return "the same outcomes stay possible" if len(then.possible_outcomes) > 1 else "the outcome stays as it is"


@pytest.mark.parametrize("reading", READINGS)
def test_the_effects_of_a_question_are_what_the_assessment_of_each_answer_says(pack: Pack, walks: Walks, reading: str) -> None:
    states = [*walks["signs"], *walks[reading]]
    for known, question in states:
        if question is None or question.question == "vertebrae":
            continue
        ask = pose(pack, Intake(known), question, reading, assess(pack, Intake(known), reading=reading))
        now = expect(known, reading)
        assert [effect.value for effect in ask.effects] == [*question.values, "unknown"]
        for value, leads_to in ask.effects:
            changed = {**known, question.question: value}
            due = due_effect(pack, question.question, value, now, expect(changed, reading))
            assert leads_to.removesuffix("; a note is added") == due, (known, value)
            if leads_to != due:
                notes = [{note.id for note in assess(pack, Intake(it), reading=reading).notes} for it in (known, changed)]
                assert notes[1] - notes[0], (known, value)


def test_a_question_put_again_says_what_would_be_different_from_its_answer(pack: Pack) -> None:
    known = {**NO_SIGN, **COMPLETE, "collapsed": "no"}
    assert assess(pack, Intake(known)).outcome == "contradictory_answers"
    ask = pose(pack, Intake(known), pack.question["height_restoration"], None, assess(pack, Intake(known)))
    assert [effect.leads_to for effect in ask.effects] == [
        "the answers would exclude each other",
        *["vertebroplasty"] * 2,
    ]


def test_a_question_says_which_statements_or_sources_it_is_asked_for(pack: Pack) -> None:
    for name, codes, text in (
        ("collapsed", ["S07", "S10", "S20", "S22", "S24"], "Kyphoplasty is the one used when the vertebra has collapsed"),
        ("fever", ["NHS", "IFOMPT"], "Back pain, advice for the public (NHS, England)"),
    ):
        ask = pose(pack, Intake({}), pack.question[name], None, assess(pack, Intake({})))
        assert [cited.code for cited in ask.because] == codes
        assert ask.because[0].text == text


def test_a_change_that_nobody_sees_is_no_change(pack: Pack) -> None:
    now = assess(pack, Intake(COMPLETE))
    assert say_change(pack, now, assess(pack, Intake({**COMPLETE, "cause": "osteoporosis"}))) == ""
    assert say_change(pack, now, assess(pack, Intake({**COMPLETE, "fever": "yes"}))) == "a sign that calls for a clinician today"


# What was not asked


@pytest.mark.parametrize("reading", READINGS)
def test_every_question_that_was_not_asked_has_a_reason_that_is_true(pack: Pack, walks: Walks, reading: str) -> None:
    reasons = Counter[str]()
    for known, question in [*walks["signs"], *walks[reading]]:
        assessment = assess(pack, Intake(known), reading=reading)
        due = expect(known, reading)
        unasked = list_unasked(pack, assessment)
        assert [name for name, _ in unasked] == [name for name in pack.question if name not in known]
        for name, reason in unasked:
            first, *more = reason.split("; ") if name not in SIGNS and name not in SHEET else [reason]
            reasons[first.split(",")[0]] += 1
            answers = [{**known, name: value} for value in pack.question[name].values]
            answered = [expect(it, reading) for it in answers]
            same = all(then.decisions == due.decisions for then in answered if then.outcome != "contradictory_answers")
            match first.split(",")[0]:
                case "an emergency ends the interview":
                    assert due.outcome == "contact_clinician_now"
                case "follows from the answers":
                    assert reason == f"follows from the answers, as {pack.question[name].say(dict(due.implied)[name])}"
                case "left open when the interview stopped":
                    assert name in due.next_questions
                    assert question is not None
                case "left open; it is for the sheet":
                    assert name in SHEET
                case "it could only narrow what another open answer decides":
                    assert name not in due.next_questions
                    assert not same
                case "the level of the warning signs stands whatever the answer; open on the sheet":
                    assert name in due.open_signs
                    assert {then.level for then in answered} == {due.level}
                    assert same
                case _:
                    assert first == "no answer to it changes a reported decision"
                    assert name not in due.next_questions
                    assert same
            if first in ("it could only narrow what another open answer decides", "no answer to it changes a reported decision"):
                consistent = [(it, then) for it, then in zip(answers, answered, strict=True) if then.possible_outcomes]
                elsewhere = any(then.others[0][3] != due.others[0][3] for _, then in consistent)
                assert ("under another reading some answer to it does" in more) == elsewhere
                notes = [assess(pack, Intake(it), reading=reading).notes for it, _ in consistent]
                assert ("some answer to it adds a note" in more) == any(set(given) - set(assessment.notes) for given in notes)
    # a walk asks for nothing that would exclude what was said, and only the narrow reading lets collapse say less than height
    assert len(reasons) == (6 if reading == "narrow" else 5) + ("follows from the answers" in reasons)


def test_what_was_skipped_and_what_excludes_itself_is_told_apart(pack: Pack) -> None:
    done = assess(pack, Intake({**NO_SIGN, **COMPLETE, "imaging": "none"}))
    assert set(list_unasked(pack, done, skipped_sheet=True)) == {(name, "skipped; it is for the sheet") for name in SHEET}
    excluding = assess(pack, Intake({**NO_SIGN, "collapsed": "no", "height_restoration": "yes"}))
    assert {reason for _, reason in list_unasked(pack, excluding)} == {"answers exclude each other; look at those first"}
    open_signs = assess(pack, Intake({"collapsed": "no", "height_restoration": "yes"}))
    told = {pack.question[name].warning is not None: reason for name, reason in list_unasked(pack, open_signs)}
    assert told == {
        True: "still open; a warning sign counts whatever else the answers say",
        False: "answers exclude each other; look at those first",
    }
