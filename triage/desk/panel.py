"""What stands beside the questions: the warning signs above all, then the outcome with its deferral, then what is open.

The words are those of the sheet (`sections`); this only parts them by how urgently a screen reader tells them. While something on
the page cannot be used there is no outcome, and a reported warning sign is shown all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage.alarms import NOW
from triage.assessment import Assessment, assess
from triage.desk.form import Form, Spot, Trouble, find_own, make_intakes, name_site
from triage.explanation import say_name
from triage.interview import next_question
from triage.pack import Pack
from triage.parts import State
from triage.sections import (
    Line,
    Section,
    begin_with,
    list_contradictions,
    list_notes,
    list_procedures,
    make_sections,
    name_procedures,
)

ALARM = "Warning signs"


class Link(NamedTuple):
    """A way to a field of the page."""

    anchor: str
    text: str


class Result(NamedTuple):
    """What one intake comes to: `outcome` holds the headline with the deferral, `more` what stands below it."""

    name: str
    outcome: Section
    more: tuple[Section, ...]


class Panel(NamedTuple):
    """`alarm` is said at once, `signs` stand below it; `links` lead to the fields to go to from here.

    `keep`: in an emergency, the only fields that are left to see.
    """

    alarm: tuple[Line, ...]
    signs: tuple[Line, ...]
    results: tuple[Result, ...]
    links: tuple[Link, ...]
    troubles: tuple[Trouble, ...]
    keep: tuple[Spot, ...]
    is_emergency: bool


def assess_form(pack: Pack, form: Form, reading: str | None) -> tuple[Assessment, ...]:
    """The assessments of a form by what can be used of it. Raises what `assess` raises."""
    return tuple(assess(pack, intake, reading=reading) for intake in make_intakes(pack, form))


def make_panel(pack: Pack, form: Form, reading: str | None) -> Panel:
    """What a form comes to so far. An emergency comes before whatever is wrong on the page."""
    assessments = assess_form(pack, form, reading)
    first = assessments[0]
    alarm, signs = _part_signs(pack, first)
    if first.outcome == State.CONTACT_CLINICIAN_NOW:
        keep = tuple(map(Spot, first.safety_net.reported)) if first.safety_net else ()
        return Panel(alarm, signs, (_show(pack, "", first, alarm),), (), (), keep, is_emergency=True)
    if form.troubles:
        urged = (*alarm, Line(NOW)) if alarm else ()
        return Panel(urged, (), (), (), form.troubles, (), is_emergency=False)
    names = [name_site(form, number) if len(form.sites) > 1 else "" for number in range(1, len(form.sites) + 1)]
    results = tuple(_show(pack, name, assessment, alarm) for name, assessment in zip(names, assessments, strict=True))
    found = (link for number, one in enumerate(assessments, 1) for link in _link(pack, number, names[number - 1], one))
    return Panel(alarm, signs, results, tuple(dict.fromkeys(found)), (), (), is_emergency=False)


def _part_signs(pack: Pack, assessment: Assessment) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """What is said of warning signs: that of the reported ones, and the rest."""
    net = assessment.safety_net
    section = next((section for section in begin_with(pack, assessment) if section.title == ALARM), None)
    if net is None or section is None:
        return (), ()
    told = len(net.reported) + 1 if net.reported else 0
    return section.lines[:told], section.lines[told:]


def _show(pack: Pack, name: str, assessment: Assessment, alarm: tuple[Line, ...]) -> Result:
    """What an intake comes to. What the alarm above says of the signs is not said again in front of the outcome."""
    title, (headline, *lines), common = begin_with(pack, assessment)[-1]
    said = headline.text.removeprefix(alarm[0].text).strip() if alarm else headline.text
    return Result(
        name=name,
        outcome=Section(title, (Line(said), *lines), common),
        more=make_sections(
            ("Answers that exclude each other", list_contradictions(pack, assessment)),
            ("Notes", list_notes(assessment)),
            (name_procedures(pack), list_procedures(pack, assessment)),
        ),
    )


def _link(pack: Pack, number: int, site: str, assessment: Assessment) -> Iterator[Link]:
    """The fields to go to for one intake: those of answers that exclude each other, and a sign that is open; or what is next."""
    question = next_question(pack, assessment)
    wanted = {name: "Look again at" for names in assessment.contradictions for name in names}
    if wanted and assessment.safety_net is not None:
        wanted |= dict.fromkeys(assessment.safety_net.open_signs[:1], "Ask all the same")
    wanted |= {question.question: "Ask next"} if question is not None else {}
    for name, what in wanted.items():
        own = name in find_own(pack)
        about = f" ({site})" if own and site else ""
        yield Link(Spot(name, number if own else 0).anchor, f"{what}: {say_name(pack, name)}{about}")
