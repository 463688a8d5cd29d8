"""What to ask next, why, and what each answer would do: an interview as values, without a prompt.

Warning signs come first and an emergency ends it. Then only questions that can still change a reported decision are asked, the
most telling first; then the few that the sheet wants. What cannot matter is not asked, and listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from triage.assessment import Assessment, assess
from triage.explanation import Cited, cited_text, say_name, say_value
from triage.intake import Intake
from triage.pack import UNKNOWN, Pack, Question, State

ENDED_BY: dict[str, str] = {
    State.CONTACT_CLINICIAN_NOW: "an emergency ends the interview",
    State.CONTRADICTORY_ANSWERS: "not asked while answers exclude each other",
}


class Phase(StrEnum):
    """Why a question is asked at all."""

    WARNING_SIGNS = "warning signs"
    OUTCOME = "the outcome"
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
    decisive = {name for decision in behind for name in pack.decision[decision].reads}
    return tuple(name for name in pack.question if name not in decisive)


def phase_of(pack: Pack, question: Question) -> Phase:
    """Which part of the interview a question belongs to."""
    if question.warning is not None:
        return Phase.WARNING_SIGNS
    return Phase.SHEET if question.question in for_sheet(pack) else Phase.OUTCOME


def pose(pack: Pack, intake: Intake, question: Question, reading: str | None, now: Assessment) -> Ask:
    """A question with why it is asked and what each answer would change against `now`."""
    because = tuple(Cited(code, cited_text(pack, code)) for code in question.because)
    return Ask(question, phase_of(pack, question), because, tuple(_effects(pack, intake, question, reading, now)))


def _effects(pack: Pack, intake: Intake, question: Question, reading: str | None, now: Assessment) -> Iterator[Effect]:
    for value in (*question.values, UNKNOWN):
        then = assess(pack, intake.override({question.question: value}), reading=reading)
        yield Effect(value, say_change(pack, now, then))


def say_change(pack: Pack, now: Assessment, then: Assessment) -> str:
    """What is different in `then`, in a few words."""
    if then.outcome == State.CONTACT_CLINICIAN_NOW:
        return "contact a clinician now; the interview ends here"
    if then.outcome == State.CONTRADICTORY_ANSWERS:
        return "the answers would exclude each other"
    changes = []
    net = pack.header.safety_net
    if net and then.safety_net and now.safety_net and then.safety_net.level != now.safety_net.level:
        texts = {level.level: say_value(pack, net.decision, level.level) for level in net.levels}
        changes += [texts[then.safety_net.level]] if then.safety_net.level in texts else []
    if then.possible_outcomes != now.possible_outcomes:
        changes.append(say_possible(pack, then))
    for name in pack.header.reported:
        before, after = now.decisions.get(name), then.decisions[name]
        told = name == pack.header.outcome or (net and name == net.decision)
        if not told and (before is None or before.possible != after.possible) and after.value is not None:
            changes.append(f"{say_name(pack, name)}: {say_value(pack, name, str(after.value))}")
    return "; ".join(changes) or "nothing changes"


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
        return ENDED_BY[assessment.outcome]
    if name in assessment.implied:
        return f"follows from the answers: {pack.question[name].say(assessment.implied[name])}"
    if name in assessment.next_questions:
        return "left open when the interview stopped"
    if name in for_sheet(pack):
        return "skipped; it is for the sheet" if skipped_sheet else "left open; it is for the sheet"
    if _could_narrow(pack, assessment, name):
        return "it could only narrow what another open answer decides"
    return "no answer to it can change anything any more"


def _could_narrow(pack: Pack, assessment: Assessment, name: str) -> bool:
    """Whether some answer to a question that does not matter by itself shuts out values of one that does."""
    given = Intake(assessment.answers)
    answered = (assess(pack, given.override({name: value}), reading=assessment.reading) for value in pack.question[name].values)
    return any(
        then.decisions[decision].possible != assessment.decisions[decision].possible
        for then in answered
        for decision in pack.header.reported
    )
