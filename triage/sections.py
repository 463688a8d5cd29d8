"""What is said of one assessment, section by section, whatever the format.

Order: warning signs if the safety net speaks, the action first; the outcome with the deferral beside it; all procedures with
what speaks for and against each; what is still to find out; readings, notes and tensions; what the documents say of the day;
what is not repeated; why; the answers; the pack. Formats differ in layout only. `suppositions` says what would change it.
It is long because it is one sheet: a function for each section, in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from triage.alternatives import Changes, find_agreement
from triage.assessment import Assessment
from triage.conclusions import OPEN, Remark, SafetyNetResult
from triage.explanation import (
    FiredRule,
    cited_text,
    explain,
    explain_against,
    explain_decision,
    explain_safety_net,
    names_procedure,
    say_name,
    say_value,
    say_values,
)
from triage.intake import TELLERS
from triage.interview import ENDED_BY, rank_open
from triage.pack import Pack
from triage.parts import UNKNOWN, Question, State
from triage.parts import Section as SheetSection

NAMED = {"yes": "named by every possible outcome", "no": "named by no possible outcome", OPEN: "open"}
STATES = {
    State.NOT_ENOUGH_INFORMATION: "not enough information",
    State.CONTRADICTORY_ANSWERS: "contradictory answers",
    State.CONTACT_CLINICIAN_NOW: "contact a clinician now",
}
TELLER = {
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
    """A heading with its lines. `common`: of the documents rather than of one intake, so that several intakes can share it."""

    title: str
    lines: tuple[Line, ...]
    common: bool = False


def describe(pack: Pack, assessment: Assessment, *, stamp: str | None = None) -> tuple[Section, ...]:
    """The consult sheet of one assessment, in order; sections without content are left out. `stamp` is shown at its end."""
    told: set[str] = set()
    return (
        *begin_with(pack, assessment),
        *make_sections(
            (f"{name_procedures(pack)}, for the provider", _procedures(pack, assessment, told)),
            ("Answers that exclude each other", list_contradictions(pack, assessment)),
            ("Follows from the answers", _implied(pack, assessment)),
            ("Still to find out, the most telling first", _to_find_out(pack, assessment)),
            ("Another reading of the documents", _readings(pack, assessment)),
            ("Notes", list_notes(assessment)),
            ("Where the documents do not agree with themselves", _tensions(pack, assessment)),
        ),
        *make_sections(
            ("Have ready for the consult", _remarks(assessment.have_ready)),
            *((section.title, _facts(pack, assessment, section)) for section in pack.sheet.sections),
            common=True,
        ),
        *make_sections(("Why", _why(pack, assessment, told)), ("Answers", _answers(pack, assessment))),
        Section("About", (Line(pack.header.intended_use), *list_origin(assessment, stamp))),
    )


def describe_so_far(pack: Pack, assessment: Assessment) -> tuple[Section, ...]:
    """What stands in the middle of an interview, in short: warning signs, outcome, all procedures, and who said what."""
    return (
        *begin_with(pack, assessment),
        *make_sections(
            (name_procedures(pack), list_procedures(pack, assessment)),
            ("Answers that exclude each other", list_contradictions(pack, assessment)),
            ("Answers so far", _answers(pack, assessment)),
        ),
    )


def begin_with(pack: Pack, assessment: Assessment) -> tuple[Section, ...]:
    """What stands first wherever an outcome is shown: the warning signs, then the outcome with the deferral beside it."""
    return make_sections(
        ("Warning signs", _warning_signs(pack, assessment)),
        (f"Outcome: {say_in_short(pack, assessment)}", _outcome(pack, assessment)),
    )


def make_sections(*parts: tuple[str, Iterator[Line]], common: bool = False) -> tuple[Section, ...]:
    """Sections of these titles and lines; those without a line are left out."""
    sections = (Section(title, tuple(lines), common) for title, lines in parts)
    return tuple(section for section in sections if section.lines)


def summarise(pack: Pack, named: Mapping[str, Assessment]) -> tuple[Section, ...]:
    """What several intakes come to, a line each; and where one person's warning signs differ."""
    lines = [Line(f"{name}: {say_in_short(pack, assessment)}", 1) for name, assessment in named.items()]
    signs: dict[str, set[tuple[str, ...]]] = {}
    for assessment in named.values():
        if assessment.reference is not None and assessment.safety_net is not None:
            signs.setdefault(assessment.reference, set()).add(assessment.safety_net.reported)
    differing = ", ".join(reference for reference, found in signs.items() if len(found) > 1)
    warning = f"The warning signs differ between the intakes of {differing}; a sign belongs to the person, not to one intake."
    return (Section("On this sheet", (*lines, *([Line(warning)] if differing else []), Line(pack.header.deferral.text))),)


def share(pack: Pack, parts: Sequence[Sequence[Section]]) -> tuple[Section, ...]:
    """The sections that several intakes have in common, to stand once after all of them; the deferral with them."""
    found: dict[str, set[Section]] = {}
    times: dict[str, int] = {}
    for section in (section for part in parts for section in part if section.common):
        found.setdefault(section.title, set()).add(section)
        times[section.title] = times.get(section.title, 0) + 1
    shared = [same.pop() for title, same in found.items() if len(same) == 1 and times[title] > 1]
    return (Section("The same for every intake above", (Line(pack.header.deferral.text),)), *shared) if shared else ()


def say_tellers(tellers: Iterable[str]) -> str:
    """Those who can say something, in words."""
    *others, last = ("", *(TELLER[teller] for teller in tellers))
    return f"{', '.join(others[1:])} or {last}" if others[1:] else last


def say_who(question: Question) -> str:
    """Who can answer a question, in words: those it is expected from, else everyone but a report."""
    return say_tellers(question.expected_from or (teller for teller in TELLERS if teller != "imaging_report"))


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
    yield from _open_signs(pack, assessment, net)
    step = explain_safety_net(pack, assessment)
    codes = pack.cite(cited.code for rule in (step.rules if step else ()) for cited in rule.because)
    if codes:
        yield Line(f"Sources: {'; '.join(cited_text(pack, code) for code in codes)}", 1)


def _open_signs(pack: Pack, assessment: Assessment, net: SafetyNetResult) -> Iterator[Line]:
    """The open signs by what became of them: one that cannot move the level is not asked, and stays open all the same."""
    moving = net.open_signs if assessment.outcome in ENDED_BY else rank_open(pack, assessment)
    groups: dict[str, list[str]] = {
        "Not yet asked": [],
        "Not asked, since the level stands whatever the answer": [],
        "Asked, not known": [],
    }
    not_yet, idle, not_known = groups.values()
    for sign in net.open_signs:
        asked, moves = sign in assessment.answers, sign in moving and not net.settled
        (not_known if asked else not_yet if moves else idle).append(say_name(pack, sign))
    yield from (Line(f"{title}: {', '.join(signs)}", 1) for title, signs in groups.items() if signs)


def _outcome(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    yield Line(assessment.headline)
    yield Line(assessment.deferral)
    yield from (Line(said) for said in say_other_readings(pack, assessment))
    standing, net = pack.header.standing, pack.header.safety_net
    if standing is not None and assessment.standing is not None:
        yield Line(standing.texts[assessment.standing])
    if net is not None and assessment.safety_net is not None and assessment.safety_net.level == net.levels[-1].level:
        yield Line(net.levels[-1].text)


def say_other_readings(pack: Pack, assessment: Assessment) -> Iterator[str]:
    """A line for each other reading of the documents that leaves other outcomes possible."""
    for other in assessment.readings:
        if other.differs:
            possible = say_values(pack, pack.header.outcome, other.possible_outcomes)
            title = pack.reading[other.reading].title
            yield f"Another reading of the documents differs here ({other.reading}, {title}): {possible}."


def _procedures(pack: Pack, assessment: Assessment, told: set[str]) -> Iterator[Line]:
    """Every procedure, never one alone, each with what speaks for and against it in the documents."""
    for procedure, line in zip(pack.header.procedures, list_procedures(pack, assessment), strict=False):
        yield line
        step = explain_decision(pack, assessment, procedure.decision)
        behind: list[FiredRule] = []
        for rule in step.rules:
            would = "Speaks" if step.settled else "Would speak"
            if names_procedure(pack, procedure, pack.rule[rule.rule].then):
                yield Line(f"{would} for it: {rule.condition} ({_codes(rule)})", 2)
                continue
            reasons = explain_against(pack, assessment, procedure, rule.rule) if step.settled else ()
            since = "; or ".join(f"{reason.condition} ({_codes(reason)})" for reason in reasons)
            said = f"{rule.condition} ({_codes(rule)}){', since ' if since else ''}{since}"
            yield Line(f"{would} against it, as not met: {said}", 2)
            behind += reasons
        yield from _cited((*step.rules, *behind), told)


def _why(pack: Pack, assessment: Assessment, told: set[str]) -> Iterator[Line]:
    """The chain behind the outcome: of a settled step its rules and statements in words, else what could give each value."""
    procedures = {procedure.decision for procedure in pack.header.procedures}
    for step in explain(pack, assessment) if assessment.possible_outcomes else ():
        if step.decision in procedures:
            continue
        yield Line(f"{step.title}: {step.value if step.settled else 'open'}", 1)
        if step.settled:
            yield from (Line(f"{rule.condition} ({_codes(rule)})", 2) for rule in step.rules)
            yield from _cited(step.rules, told)
        else:
            for then in dict.fromkeys(rule.then for rule in step.rules):
                yield Line(f"{then} ({'; '.join(_codes(rule) for rule in step.rules if rule.then == then)})", 2)


def _codes(rule: FiredRule) -> str:
    return f"{rule.rule}, {', '.join(cited.code for cited in rule.because)}"


def _cited(rules: Iterable[FiredRule], told: set[str]) -> Iterator[Line]:
    """Each statement behind rules, in words where it was not `told` before."""
    for cited in dict.fromkeys(cited for rule in rules for cited in rule.because if cited.code not in told):
        told.add(cited.code)
        yield Line(f"{cited.code}: {cited.text}", 3)


def name_procedures(pack: Pack) -> str:
    """What the procedures of a pack are called together."""
    count = len(pack.header.procedures)
    return {1: "The procedure", 2: "Both procedures"}.get(count, "All procedures")


def list_procedures(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """A line for every procedure, never for one alone; none where the mapping is withheld."""
    for procedure in pack.header.procedures if assessment.procedures else ():
        named = assessment.procedures[procedure.procedure].named
        possible = assessment.decisions[procedure.decision].possible
        words = say_values(pack, procedure.decision, possible)
        said = f"{words} ({NAMED[named]})" if words else "open, until the answers no longer exclude each other"
        yield Line(f"{procedure.title}: {said}", 1)


def list_contradictions(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """The answers that exclude each other, with the way out."""
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
        these = "Together these answers settle" if len(assessment.to_settle) > 1 else "This answer settles"
        yield Line(f"{these} the outcome, whatever {'they are' if len(assessment.to_settle) > 1 else 'it is'}: {names}.")
    ranked = rank_open(pack, assessment)
    signs = [pack.question[name] for name in ranked if pack.question[name].warning is not None]
    if signs:
        labels, who = ", ".join(sign.label for sign in signs), say_who(signs[0])
        yield Line(f"First the open warning signs: {labels}; {who} can say ({', '.join(sign.question for sign in signs)})", 1)
    for question in (pack.question[name] for name in ranked if pack.question[name] not in signs):
        state = "asked, not known" if question.question in assessment.answers else "not yet asked"
        codes = ", ".join((question.question, *question.because))
        yield Line(f"{question.label}: {state}; {say_who(question)} can say ({codes})", 1)
        if question.question not in assessment.answers:
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
    found_answers = find_agreement(pack, assessment)
    known = {name for name, value in assessment.answers.items() if value != UNKNOWN}
    coming = [changes for changes in found_answers if not known & {name for name, _ in changes}]
    if coming:
        yield Line(f"Open answers that would end the difference: {_say_any(pack, coming)}.", 1)
    if others := [changes for changes in found_answers if changes not in coming]:
        yield Line(f"It would not arise, had the answer been: {_say_any(pack, others)}.", 1)


def _say_any(pack: Pack, sets: Iterable[Changes]) -> str:
    """Any of several sets of answers in words; values of one question stand together."""
    values: dict[str, list[str]] = {}
    larger = []
    for changes in sets:
        if len(changes) == 1:
            ((name, value),) = changes
            values.setdefault(name, []).append(say_value(pack, name, value))
        else:
            larger.append(say_answers(pack, changes))
    return "; or ".join((*(f"{say_name(pack, name)}: {' or '.join(said)}" for name, said in values.items()), *larger))


def say_answers(pack: Pack, changes: Changes) -> str:
    """Answers in words, under the labels of their questions."""
    return " and ".join(f"{say_name(pack, name)}: {say_value(pack, name, value)}" for name, value in changes)


def list_notes(assessment: Assessment) -> Iterator[Line]:
    """What the documents, or the answers beside each other, give to think of."""
    return _remarks(assessment.notes)


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
    """What was answered, as typed and by whom; warning signs of which the same is said stand on one line."""
    labels: dict[tuple[str, str], list[str]] = {}
    for name, value in assessment.answers.items():
        question = pack.question[name]
        said = "not known" if value == UNKNOWN else question.say(value)
        typed = f', typed "{assessment.typed[name].strip()}"' if name in assessment.typed else ""
        teller = assessment.sources.get(name)
        told = f", said by {TELLER[teller]}" if teller else ""
        doubtful = value != UNKNOWN and teller and question.expected_from and teller not in question.expected_from
        group = "" if question.warning is not None and not typed else name
        key = (group, f"{said}{typed}{told}{' (reported, not confirmed)' if doubtful else ''}")
        labels.setdefault(key, []).append(question.label)
    for (_, said), names in labels.items():
        yield Line(f"{', '.join(names)}: {said}", 1)


def list_origin(assessment: Assessment, stamp: str | None) -> Iterator[Line]:
    """What made an assessment: pack, digest, reading; how to look up its codes; when, if that is wanted."""
    about = assessment.pack
    yield Line(f"Pack {about.id} {about.version}, digest {about.digest[:16]}, reading {assessment.reading}", 1)
    yield Line(f"Assessment {assessment.assessment[:16]}", 1)
    yield Line("What an id in brackets is: triage rules show ID", 1)
    if stamp is not None:
        yield Line(f"Made {stamp}", 1)
