"""What to ask next, why, and what each answer would do: an interview as values, without a prompt.

Warning signs come first and an emergency ends it. Then only questions that can still change a reported decision are asked, the
most telling first; then the few that the sheet wants. What cannot matter is not asked, and listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from triage.assessment import Assessment, assess
from triage.conditions import leaves
from triage.explanation import Cited, cited_text, say_name, say_value, say_values
from triage.intake import Intake
from triage.pack import Pack
from triage.parts import UNKNOWN, Question, State

ENDED_BY: dict[str, str] = {
    State.CONTACT_CLINICIAN_NOW: "an emergency ends the interview",
    State.CONTRADICTORY_ANSWERS: "answers exclude each other; look at those first",
}

SIGN_ALL_THE_SAME = "still open; a warning sign counts whatever else the answers say"


class Phase(StrEnum):
    """Why a question is asked at all."""

    WARNING_SIGNS = "warning signs"
    OUTCOME = "the outcome"
    STANDING = "the line beside the outcome"
    SHEET = "the sheet"


class Effect(NamedTuple):
    """What one answer would lead to, in words."""

    value: str
    leads_to: str


class Ask(NamedTuple):
    """A question to put, with why, and what each answer would do."""

    question: Question
    phase: Phase
    because: tuple[Cited, ...]
    effects: tuple[Effect, ...]


class Unasked(NamedTuple):
    """A question that was not asked, and why."""

    question: str
    reason: str


def next_question(pack: Pack, assessment: Assessment, *, skip_sheet: bool = False) -> Question | None:
    """The question to ask now; None where none is left, in an emergency, and while answers exclude each other."""
    if assessment.outcome in ENDED_BY:
        return None
    if assessment.next_questions:
        return pack.question[assessment.next_questions[0]]
    left = (name for name in for_sheet(pack) if name not in assessment.answers)
    return None if skip_sheet else next((pack.question[name] for name in left), None)


def for_sheet(pack: Pack) -> tuple[str, ...]:
    """The questions on which no reported decision rests, in pack order."""
    behind = {name for decision in pack.header.reported for name in pack.chain(decision)}
    decisive = _tie(pack, {name for decision in behind for name in pack.decision[decision].reads})
    return tuple(name for name in pack.question if name not in decisive)


def _tie(pack: Pack, names: set[str]) -> set[str]:
    """Names, and the questions that constraints tie to them: an answer there can shut out an answer here."""
    spoken = [{leaf.name for leaf in leaves(constraint.never)} for constraint in pack.constraints]
    while tied := [part for part in spoken if part & names and not part <= names]:
        names = names.union(*tied)
    return names


def rank_open(pack: Pack, assessment: Assessment) -> tuple[str, ...]:
    """The open questions that matter, asked before or not: warning signs first, then the most telling first."""
    if assessment.outcome in ENDED_BY:
        return ()
    known = {name: value for name, value in assessment.answers.items() if value != UNKNOWN}
    return assess(pack, Intake(known), reading=assessment.reading).next_questions


def phase_of(pack: Pack, question: Question) -> Phase:
    """Which part of the interview a question belongs to."""
    if question.warning is not None:
        return Phase.WARNING_SIGNS
    if question.question in for_sheet(pack):
        return Phase.SHEET
    standing = pack.header.standing
    behind = {name for decision in pack.chain(pack.header.outcome) for name in pack.decision[decision].reads}
    apart = standing is not None and question.question in pack.decision[standing.decision].reads
    return Phase.STANDING if apart and question.question not in behind else Phase.OUTCOME


def pose(pack: Pack, intake: Intake, question: Question, reading: str | None, now: Assessment) -> Ask:
    """A question with why it is asked and what each answer would change against `now`."""
    because = tuple(Cited(code, cited_text(pack, code)) for code in question.because)
    return Ask(question, phase_of(pack, question), because, tuple(_effects(pack, intake, question, reading, now)))


def _effects(pack: Pack, intake: Intake, question: Question, reading: str | None, now: Assessment) -> Iterator[Effect]:
    for value in (*question.values, UNKNOWN):
        then = assess(pack, intake.override({question.question: value}), reading=reading)
        yield Effect(value, say_change(pack, now, then) or _say_same(question, value, now, then))


def say_change(pack: Pack, now: Assessment, then: Assessment) -> str:
    """What is different in `then`, in a few words: the level of the warning signs, the possible outcomes, the procedures, the
    standing, the readings. Empty where all of these are as they were."""
    if then.outcome == State.CONTACT_CLINICIAN_NOW:
        return "contact a clinician now; nothing else is then asked or shown"
    if then.outcome == State.CONTRADICTORY_ANSWERS:
        return "the answers would exclude each other"
    changes = []
    net, standing = pack.header.safety_net, pack.header.standing
    if net and then.safety_net and now.safety_net and then.safety_net.level != now.safety_net.level:
        texts = {level.level: say_value(pack, net.decision, level.level) for level in net.levels}
        changes.append(texts.get(then.safety_net.level, "no sign reported, and some still open"))
    same_outcomes = then.possible_outcomes == now.possible_outcomes
    if not same_outcomes:
        changes.append(say_possible(pack, then))
    for name in pack.header.reported:
        before, after = now.decisions.get(name), then.decisions[name]
        apart = standing is not None and name == standing.decision
        told = name == pack.header.outcome or (net and name == net.decision) or not (same_outcomes or apart)
        if not told and (before is None or before.possible != after.possible):
            changes.append(_say_result(pack, name, after.possible))
    return "; ".join([*changes, *_say_readings(now, then)])


def _say_result(pack: Pack, name: str, possible: tuple[str, ...]) -> str:
    """What a decision then gives, under its name where the words do not begin with it."""
    title, words = say_name(pack, name), say_values(pack, name, possible)
    return words if words.casefold().startswith(title.casefold()) else f"{title}: {words}"


def _say_readings(now: Assessment, then: Assessment) -> Iterator[str]:
    differed, differs = ({other.reading for other in it.readings if other.differs} for it in (now, then))
    if differs - differed:
        yield "another reading of the documents then differs"
    elif differed - differs:
        yield "the readings of the documents then agree" if not differs else "fewer readings of the documents then differ"
    elif then.possible_outcomes == now.possible_outcomes and _elsewhere(now) != _elsewhere(then):
        yield "another reading of the documents then gives something else"


def _say_same(question: Question, value: str, now: Assessment, then: Assessment) -> str:
    """What to say of an answer after which the outcome, the level and all else that is reported are as they were."""
    if value == UNKNOWN:
        return "it stays open"
    if question.warning is not None:
        return "this sign is not reported" if value != question.warning else "the level of the warning signs stays as it is"
    said = "the outcome stays as it is" if len(then.possible_outcomes) == 1 else "the same outcomes stay possible"
    added = {note.id for note in then.notes} - {note.id for note in now.notes}
    return f"{said}; a note is added" if added else said


def say_possible(pack: Pack, assessment: Assessment) -> str:
    """The possible outcomes in words."""
    words = [say_value(pack, pack.header.outcome, outcome) for outcome in assessment.possible_outcomes]
    return " or ".join(words) if len(words) < len(pack.outcome) else "all outcomes possible"


def list_unasked(pack: Pack, assessment: Assessment, *, skipped_sheet: bool = False) -> tuple[Unasked, ...]:
    """The questions that were not asked, each with the reason."""
    open_names = (name for name in pack.question if name not in assessment.answers)
    return tuple(Unasked(name, _reason(pack, assessment, name, skipped_sheet=skipped_sheet)) for name in open_names)


def _reason(pack: Pack, assessment: Assessment, name: str, *, skipped_sheet: bool) -> str:
    if assessment.outcome in ENDED_BY:
        is_sign = pack.question[name].warning is not None
        is_needed = is_sign and assessment.outcome == State.CONTRADICTORY_ANSWERS
        return SIGN_ALL_THE_SAME if is_needed else ENDED_BY[assessment.outcome]
    if name in assessment.implied:
        return f"follows from the answers, as {pack.question[name].say(assessment.implied[name])}"
    if name in assessment.next_questions:
        return "left open when the interview stopped"
    if name in for_sheet(pack):
        return "skipped; it is for the sheet" if skipped_sheet else "left open; it is for the sheet"
    if pack.question[name].warning is not None:
        return "the level of the warning signs stands whatever the answer; open on the sheet"
    return "; ".join(_what_it_changes(pack, assessment, name))


def _what_it_changes(pack: Pack, assessment: Assessment, name: str) -> Iterator[str]:
    """What some answer to a question that does not matter changes all the same: it narrows, adds a note, moves a reading."""
    given = Intake(assessment.answers)
    answered = [assess(pack, given.override({name: value}), reading=assessment.reading) for value in pack.question[name].values]
    results = [[then.decisions[decision].possible for decision in pack.header.reported] for then in answered]
    now = [assessment.decisions[decision].possible for decision in pack.header.reported]
    narrows = any(result != now for result in results)
    yield "it could only narrow what another open answer decides" if narrows else "no answer to it changes a reported decision"
    if any(then.readings and _elsewhere(then) != _elsewhere(assessment) for then in answered):
        yield "under another reading some answer to it does"
    if any(then.notes and {note.id for note in then.notes} != {note.id for note in assessment.notes} for then in answered):
        yield "some answer to it adds a note"


def _elsewhere(assessment: Assessment) -> list[tuple[str, ...]]:
    return [other.possible_outcomes for other in assessment.readings]
