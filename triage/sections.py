"""What is said of one assessment, section by section, whatever the format.

Order: warning signs if the safety net speaks, the action first; the outcome with the deferral beside it; both procedures with
what speaks for and against each; what is still to find out; readings, notes and tensions; what the documents say of the day;
what is not repeated; why; the answers; the pack. Formats differ in layout only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from triage.alternatives import Changes, find_agreement, find_alternatives, find_barriers
from triage.assessment import Assessment
from triage.conclusions import OPEN, Remark
from triage.explanation import (
    FiredRule,
    Step,
    cited_text,
    explain,
    explain_decision,
    explain_safety_net,
    names_procedure,
    say_name,
    say_value,
    say_values,
)
from triage.intake import Intake
from triage.interview import pose
from triage.pack import UNKNOWN, Pack, State
from triage.pack import Section as SheetSection

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


def describe(pack: Pack, assessment: Assessment, *, stamp: str | None = None) -> tuple[Section, ...]:
    """The consult sheet of one assessment, in order; sections without content are left out. `stamp` is shown at its end."""
    outcome = f"Outcome: {say_in_short(pack, assessment)}"
    return _made(
        ("Warning signs", _warning_signs(pack, assessment)),
        (outcome, _outcome(pack, assessment)),
        ("Both procedures, for the provider", _procedures(pack, assessment)),
        ("Answers that exclude each other", _contradictions(pack, assessment)),
        ("Follows from the answers", _implied(pack, assessment)),
        ("Still to find out, the most telling first", _to_find_out(pack, assessment)),
        ("Another reading of the documents", _readings(pack, assessment)),
        ("Notes", _remarks(assessment.notes)),
        ("Where the documents do not agree with themselves", _tensions(pack, assessment)),
        ("Have ready for the consult", _remarks(assessment.have_ready)),
        *((section.title, _facts(pack, assessment, section)) for section in pack.sheet.sections),
        ("Why", _why(pack, assessment)),
        ("Answers", _answers(pack, assessment)),
        ("About", _about(pack, assessment, stamp)),
    )


def _made(*parts: tuple[str, Iterator[Line]]) -> tuple[Section, ...]:
    sections = (Section(title, tuple(lines)) for title, lines in parts)
    return tuple(section for section in sections if section.lines)


def summarise(pack: Pack, named: Mapping[str, Assessment]) -> tuple[Section, ...]:
    """What several intakes come to, a line each, warning signs first; and where one person's warning signs differ."""
    reported = {name for name, assessment in named.items() if assessment.safety_net and assessment.safety_net.reported}
    order = sorted(named, key=lambda name: name not in reported)
    lines = [Line(f"{name}: {say_in_short(pack, named[name])}", 1) for name in order]
    signs: dict[str, set[tuple[str, ...]]] = {}
    for assessment in named.values():
        if assessment.reference is not None and assessment.safety_net is not None:
            signs.setdefault(assessment.reference, set()).add(assessment.safety_net.reported)
    differing = ", ".join(reference for reference, found in signs.items() if len(found) > 1)
    warning = f"The warning signs differ between the intakes of {differing}; a sign belongs to the person, not to one vertebra."
    return (Section("On this sheet", (*lines, *([Line(warning)] if differing else []), Line(pack.header.deferral.text))),)


def describe_alternatives(pack: Pack, assessment: Assessment) -> tuple[Section, ...]:
    """What would change the outcome, what settles it, what keeps a procedure out, and what would make the readings agree.

    The deferral stands beside the outcome here as everywhere; nothing of the mapping is shown where it is withheld.
    """
    return _made(
        ("Warning signs", _warning_signs(pack, assessment)),
        (f"Outcome: {say_in_short(pack, assessment)}", _outcome(pack, assessment)),
        ("Both procedures", list_procedures(pack, assessment)),
        ("Answers that exclude each other", _contradictions(pack, assessment)),
        ("What would change the outcome", _alternatives(pack, assessment)),
        ("What each open answer would lead to", _open_answers(pack, assessment)),
        ("What settles the outcome, whatever the answer", _to_settle(pack, assessment)),
        ("What keeps a procedure out", _barriers(pack, assessment)),
        ("What would make the readings agree", _agreement(pack, assessment)),
    )


def _alternatives(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for found in find_alternatives(pack, assessment):
        words = say_values(pack, pack.header.outcome, found.possible_outcomes)
        result = words if found.outcome in pack.outcome else f"{STATES[State(found.outcome)]} ({words})"
        yield Line(f"{_suppose(pack, found.changes)}, then: {result}", 1)


def _suppose(pack: Pack, changes: Changes) -> str:
    """Changed or added answers as a question for those who can say."""
    said = _said(pack, changes)
    expected = dict.fromkeys(teller for name, _ in changes for teller in pack.question[name].expected_from)
    who = say_tellers(expected)
    return f"If {who} says {said}" if who else f"If the answer is {said}"


def _open_answers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """For each open question that matters, what every answer would change."""
    intake = Intake(assessment.answers)
    for name in (*assessment.next_questions, *assessment.to_find_out):
        question = pack.question[name]
        yield Line(f"{question.label} ({name})", 1)
        for effect in pose(pack, intake, question, assessment.reading, assessment).effects:
            if effect.value != UNKNOWN:
                yield Line(f"{question.say(effect.value)}: {effect.leads_to}", 2)


def _to_settle(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for name in assessment.to_settle:
        expected = say_tellers(pack.question[name].expected_from)
        yield Line(f"{say_name(pack, name)}{', expected from ' + expected if expected else ''}", 1)


def _barriers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    titles = {procedure.procedure: procedure.title for procedure in pack.header.procedures}
    for procedure, sets, statements in find_barriers(pack, assessment):
        yield Line(f"{titles[procedure]}, by {', '.join(statements)}", 1)
        for names in sets:
            said = (f"{say_name(pack, name)}: {say_value(pack, name, assessment.answers[name])}" for name in names)
            yield Line(" together with ".join(said), 2)


def _agreement(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for changes in find_agreement(pack, assessment):
        yield Line(f"{_suppose(pack, changes)}, then both readings give the same", 1)


def say_tellers(tellers: Iterable[str]) -> str:
    """Those who can say something, in words."""
    return " or ".join(TELLERS[teller] for teller in tellers)


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
    header = pack.header.safety_net
    yield from (Line(level.text) for level in header.levels[:-1] if level.level == net.level) if header else ()
    for sign in net.reported:
        yield Line(f"Reported: {say_name(pack, sign)}", 1)
    not_asked = [say_name(pack, sign) for sign in net.open_signs if sign not in assessment.answers]
    not_known = [say_name(pack, sign) for sign in net.open_signs if sign in assessment.answers]
    for title, signs in (("Not yet asked", not_asked), ("Asked, not known", not_known)):
        if signs:
            yield Line(f"{title}: {', '.join(signs)}", 1)
    step = explain_safety_net(pack, assessment)
    codes = pack.cite(cited.code for rule in (step.rules if step else ()) for cited in rule.because)
    if codes:
        yield Line(f"Sources: {'; '.join(cited_text(pack, code) for code in codes)}", 1)


def _outcome(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    yield Line(assessment.headline)
    yield Line(assessment.deferral)
    standing, net = pack.header.standing, pack.header.safety_net
    if standing is not None and assessment.standing is not None:
        yield Line(standing.texts[assessment.standing])
    if net is not None and assessment.safety_net is not None and assessment.safety_net.level == net.levels[-1].level:
        yield Line(net.levels[-1].text)


def _procedures(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """Every procedure, never one alone, each with what speaks for and against it in the documents."""
    for procedure, line in zip(pack.header.procedures, list_procedures(pack, assessment), strict=False):
        yield line
        step = explain_decision(pack, assessment, procedure.decision)
        for rule in step.rules:
            speaks = "for" if names_procedure(pack, procedure, pack.rule[rule.rule].then) else "against"
            would = "Speaks" if step.settled else "Would speak"
            yield Line(f"{would} {speaks} it: {rule.condition} ({_codes(rule)})", 2)
        yield from _cited(step)


def _why(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    procedures = {procedure.decision for procedure in pack.header.procedures}
    for step in explain(pack, assessment) if assessment.possible_outcomes else ():
        if step.decision not in procedures:
            yield Line(f"{step.title}: {step.value}", 1)
            for rule in step.rules:
                yield Line(f"{rule.condition}{'' if step.settled else f' → {rule.then}'} ({_codes(rule)})", 2)
            yield from _cited(step)


def _codes(rule: FiredRule) -> str:
    return f"{rule.rule}, {', '.join(cited.code for cited in rule.because)}"


def _cited(step: Step) -> Iterator[Line]:
    """Each statement behind a decision once."""
    for cited in dict.fromkeys(cited for rule in step.rules for cited in rule.because):
        yield Line(f"{cited.code}: {cited.text}", 3)


def list_procedures(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """A line for every procedure, never for one alone; none where the mapping is withheld."""
    for procedure in pack.header.procedures if assessment.procedures else ():
        named = assessment.procedures[procedure.procedure].named
        possible = assessment.decisions[procedure.decision].possible
        words = say_values(pack, procedure.decision, possible)
        said = f"{words} ({NAMED[named]})" if words else "open, until the answers no longer exclude each other"
        yield Line(f"{procedure.title}: {said}", 1)


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
        yield Line(f"These answers settle the outcome, whatever they are: {names}.")
    for name in (*assessment.next_questions, *assessment.to_find_out):
        question = pack.question[name]
        who = say_tellers(question.expected_from or ("patient", "referral"))
        state = "asked, not known" if name in assessment.answers else "not yet asked"
        yield Line(
            f"{question.label}: {state}; {who} can say ({name}{', ' + ', '.join(question.because) if question.because else ''})",
            1,
        )
        if name not in assessment.answers:
            yield Line(question.text, 2)


def _readings(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """Where the readings differ for this intake: each with what it leaves possible, and what would end the difference."""
    differing = [other for other in assessment.readings if other.differs]
    if not differing:
        return
    found = {assessment.reading: assessment.possible_outcomes} | {other.reading: other.possible_outcomes for other in differing}
    for name, outcomes in found.items():
        reading = pack.reading[name]
        possible = say_values(pack, pack.header.outcome, outcomes)
        yield Line(f"{reading.title} ({name}, {', '.join(reading.because)}): {possible}. {reading.text}", 1)
    ending = "; or ".join(_said(pack, changes) for changes in find_agreement(pack, assessment))
    if ending:
        yield Line(f"The difference ends with any of these answers: {ending}.", 1)


def _said(pack: Pack, changes: Changes) -> str:
    return " and ".join(f"{say_name(pack, name)}: {say_value(pack, name, value)}" for name, value in changes)


def _remarks(remarks: tuple[Remark, ...]) -> Iterator[Line]:
    for remark in remarks:
        yield Line(f"{remark.text} ({', '.join(remark.statements)})", 1)


def _tensions(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """The tensions that touch what this outcome rests on."""
    resting = {code for result in assessment.decisions.values() for code in result.statements}
    for tension in pack.header.tensions if assessment.possible_outcomes else ():
        if resting & set(tension.statements):
            yield Line(f"{tension.text} ({', '.join(tension.statements)})", 1)


def _facts(pack: Pack, assessment: Assessment, section: SheetSection) -> Iterator[Line]:
    if assessment.outcome == State.CONTACT_CLINICIAN_NOW:
        return
    for item in section.items:
        text, answer = item.text, assessment.answers.get(item.question or "", UNKNOWN)
        if item.question is not None and item.text_known is not None and answer != UNKNOWN:
            text = item.text_known.replace("{answer}", pack.question[item.question].say(answer))
        yield Line(f"{text} ({', '.join(item.because)})", 1)


def _answers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for name, value in assessment.answers.items():
        question = pack.question[name]
        said = "not known" if value == UNKNOWN else question.say(value)
        typed = f', typed "{assessment.typed[name].strip()}"' if name in assessment.typed else ""
        teller = assessment.sources.get(name)
        told = f", said by {TELLERS[teller]}" if teller else ""
        doubtful = value != UNKNOWN and teller and question.expected_from and teller not in question.expected_from
        yield Line(f"{say_name(pack, name)}: {said}{typed}{told}{' (reported, not confirmed)' if doubtful else ''}", 1)


def _about(pack: Pack, assessment: Assessment, stamp: str | None) -> Iterator[Line]:
    yield Line(pack.header.intended_use)
    about = assessment.pack
    yield Line(f"Pack {about.id} {about.version}, digest {about.digest[:16]}, reading {assessment.reading}", 1)
    yield Line(f"Assessment {assessment.assessment[:16]}", 1)
    if stamp is not None:
        yield Line(f"Made {stamp}", 1)
