"""What is said of one assessment, section by section, whatever the format.

Order: warning signs if the safety net speaks; the outcome with the deferral beside it; why, with what speaks for and against
every procedure; what is open and what to ask next; readings, notes and answers. Formats differ in layout only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage.assessment import Assessment
from triage.conclusions import OPEN, Remark
from triage.explanation import Step, explain, explain_safety_net, say_name, say_value
from triage.pack import UNKNOWN, Pack, State

NAMED = {"yes": "named by every possible outcome", "no": "named by no possible outcome", OPEN: "open"}
STATES = {
    State.NOT_ENOUGH_INFORMATION: "not enough information",
    State.CONTRADICTORY_ANSWERS: "contradictory answers",
    State.CONTACT_CLINICIAN_NOW: "contact a clinician now",
}
TELLERS = {
    "patient": "the patient",
    "referral": "the referral",
    "imaging_report": "the imaging report",
    "clinician": "a clinician",
}


class Line(NamedTuple):
    """A sentence (depth 0) or an item of a list (depth 1 and more)."""

    text: str
    depth: int = 0


class Section(NamedTuple):
    """A heading with its lines."""

    title: str
    lines: tuple[Line, ...]


def describe(pack: Pack, assessment: Assessment) -> tuple[Section, ...]:
    """Everything that is said of an assessment, in order; sections without content are left out."""
    made = (
        ("Warning signs", _warning_signs(pack, assessment)),
        (f"Outcome: {say_outcome(pack, assessment)}", _outcome(pack, assessment)),
        ("Why, with each procedure, for the provider", _why(pack, assessment)),
        ("Answers that exclude each other", _contradictions(pack, assessment)),
        ("Follows from the answers", _implied(pack, assessment)),
        ("Still to find out", _to_find_out(pack, assessment)),
        ("Ask next", _ask_next(pack, assessment)),
        ("Another reading of the documents", _readings(pack, assessment)),
        ("Notes", _remarks(assessment.notes)),
        ("Have ready for the consult", _remarks(assessment.have_ready)),
        ("Answers", _answers(pack, assessment)),
        ("About", _about(pack, assessment)),
    )
    sections = (Section(title, tuple(lines)) for title, lines in made)
    return tuple(section for section in sections if section.lines)


def say_outcome(pack: Pack, assessment: Assessment) -> str:
    """The outcome or state in words, with whether it is settled."""
    if assessment.outcome not in pack.outcome:
        return STATES[State(assessment.outcome)]
    words = say_value(pack, pack.header.outcome, assessment.outcome)
    return words if assessment.settled else f"{words} (not settled)"


def say_in_short(pack: Pack, assessment: Assessment) -> str:
    """The outcome in words, after the warning sign if one is reported."""
    net, outcome = assessment.safety_net, say_outcome(pack, assessment)
    withheld = assessment.outcome == State.CONTACT_CLINICIAN_NOW
    if net is None or pack.header.safety_net is None or not net.reported or withheld:
        return outcome
    return f"{say_value(pack, pack.header.safety_net.decision, net.level)}; {outcome}"


def _warning_signs(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    net = assessment.safety_net
    if net is None or not (net.reported or net.open_signs):
        return
    for sign in net.reported:
        yield Line(f"Reported: {say_name(pack, sign)}", 1)
    step = explain_safety_net(pack, assessment)
    codes = pack.cite(cited.code for rule in (step.rules if step else ()) for cited in rule.because)
    if codes:
        yield Line(f"Sources: {'; '.join(pack.source[code].title for code in codes)}", 2)
    if assessment.outcome == State.CONTACT_CLINICIAN_NOW:
        return
    not_asked = [say_name(pack, sign) for sign in net.open_signs if sign not in assessment.answers]
    not_known = [say_name(pack, sign) for sign in net.open_signs if sign in assessment.answers]
    for title, signs in (("Not yet asked", not_asked), ("Asked, not known", not_known)):
        if signs:
            yield Line(f"{title}: {', '.join(signs)}", 1)


def _outcome(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    yield Line(assessment.headline)
    yield Line(assessment.deferral)
    standing, net = pack.header.standing, pack.header.safety_net
    if standing is not None and assessment.standing is not None:
        yield Line(standing.texts[assessment.standing])
    if net is not None and assessment.safety_net is not None and assessment.safety_net.level == net.levels[-1].level:
        yield Line(net.levels[-1].text)


def _why(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    if not assessment.possible_outcomes:
        yield from list_procedures(pack, assessment)
        return
    procedures = {procedure.decision: assessment.procedures[procedure.procedure] for procedure in pack.header.procedures}
    for step in explain(pack, assessment):
        named = f" ({NAMED[procedures[step.decision].named]})" if step.decision in procedures else ""
        yield Line(f"{step.title}: {step.value}{named}", 1)
        yield from _rules(step)


def list_procedures(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """A line for every procedure, never for one alone; none where the mapping is withheld."""
    for procedure in pack.header.procedures if assessment.procedures else ():
        named = assessment.procedures[procedure.procedure].named
        possible = assessment.decisions[procedure.decision].possible
        words = ", or ".join(say_value(pack, procedure.decision, value) for value in possible)
        said = f"{words} ({NAMED[named]})" if words else "open, until the answers no longer exclude each other"
        yield Line(f"{procedure.title}: {said}", 1)


def _rules(step: Step) -> Iterator[Line]:
    for rule in step.rules:
        then = "" if step.settled else f" → {rule.then}"
        yield Line(f"{rule.rule} · {rule.condition}{then}", 2)
        for cited in rule.because:
            yield Line(f"{cited.code} · {cited.text}", 3)


def _contradictions(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for names in assessment.contradictions:
        answers = (f"{say_name(pack, name)}: {say_value(pack, name, assessment.answers[name])}" for name in names)
        yield Line(" and ".join(answers), 1)
        for constraint in pack.constraints_on(names):
            yield Line(constraint.text, 2)


def _implied(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for name, value in assessment.implied.items():
        yield Line(f"{say_name(pack, name)}: {say_value(pack, name, value)}, since any other answer would exclude one given", 1)


def _to_find_out(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    if assessment.to_settle:
        names = ", ".join(say_name(pack, name) for name in assessment.to_settle)
        yield Line(f"These answers settle the outcome, whatever they are: {names}")
    for name in assessment.to_find_out:
        expected = " or ".join(TELLERS[teller] for teller in pack.question[name].expected_from)
        yield Line(f"{say_name(pack, name)}: asked, not known{'; expected from ' + expected if expected else ''}", 1)


def _ask_next(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for name in assessment.next_questions:
        question = pack.question[name]
        because = f" ({', '.join(question.because)})" if question.because else ""
        yield Line(f"{name}: {question.text}{because}", 1)


def _readings(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for other in assessment.readings:
        if other.differs:
            reading = pack.reading[other.reading]
            possible = ", or ".join(say_value(pack, pack.header.outcome, outcome) for outcome in other.possible_outcomes)
            yield Line(f"{reading.title} ({reading.reading}, {', '.join(reading.because)}): {possible}", 1)
            yield Line(reading.text, 2)


def _remarks(remarks: tuple[Remark, ...]) -> Iterator[Line]:
    for remark in remarks:
        yield Line(f"{remark.text} ({', '.join(remark.statements)})", 1)


def _answers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for name, value in assessment.answers.items():
        question = pack.question[name]
        said = "not known" if value == UNKNOWN else question.say(value)
        typed = f', typed "{assessment.typed[name].strip()}"' if name in assessment.typed else ""
        teller = assessment.sources.get(name)
        told = f", said by {TELLERS[teller]}" if teller else ""
        doubtful = value != UNKNOWN and teller and question.expected_from and teller not in question.expected_from
        yield Line(f"{say_name(pack, name)}: {said}{typed}{told}{' (reported, not confirmed)' if doubtful else ''}", 1)


def _about(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    yield Line(pack.header.intended_use)
    about = assessment.pack
    yield Line(f"Pack {about.id} {about.version}, digest {about.digest[:16]}, reading {assessment.reading}", 1)
    yield Line(f"Assessment {assessment.assessment[:16]}", 1)
