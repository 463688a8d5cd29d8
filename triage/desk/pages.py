"""The pages of a desk: fields in, HTML out.

Every page says what the tool is for and from which pack it speaks. An outcome stands in one region with its deferral. In an
emergency a page holds the hand-over and the reported signs, and asks nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from triage.desk.downloads import OFFERED, find_missing
from triage.desk.fields import Block, list_blocks, make_field, say_answer
from triage.desk.form import MAX_SHOWN, MAX_SITES, Form, Spot, list_fields, name_site
from triage.desk.panel import Panel, assess_form, make_panel
from triage.desk.steps import find_step, list_asked, take_answer
from triage.desk.templating import render_template
from triage.intake import EXAMPLES
from triage.interview import list_unasked
from triage.pack import Pack
from triage.page import render_articles
from triage.report import compose
from triage.sections import TELLER

NOTHING = Form()
STILL_MATTERS = "it still matters"


class Desk(NamedTuple):
    """What every page is made from. `assets` is the address of each file of `static`."""

    pack: Pack
    reading: str | None = None
    assets: Mapping[str, str] = MappingProxyType({})


class Row(NamedTuple):
    """A question with what was answered, for checking: `why_not` says why it was not asked."""

    spot: Spot
    label: str
    answer: str
    teller: str
    why_not: str


def show_desk(desk: Desk, form: Form, told: Sequence[str] = ()) -> str:
    """All questions on one page. `told` is what there is to say of how the answers got here."""
    panel = make_panel(desk.pack, form, desk.reading)
    blocks = list_blocks(desk.pack, form)
    if panel.is_emergency:
        blocks = _keep(blocks, panel)
    shown = [field.spot for block in blocks for field in block.fields]
    shows_case = bool(form.troubles) or not panel.is_emergency
    carried = [pair for pair in list_fields(form, shown) if not (shows_case and pair[0].startswith(("reference", "site.")))]
    return _render(
        desk,
        "desk.html",
        _title("Desk", panel),
        panel,
        form,
        blocks=blocks,
        carried=carried,
        shows_case=shows_case,
        told=told,
        examples=EXAMPLES,
        sites=[(number, site[:MAX_SHOWN]) for number, site in enumerate(form.sites, 1)],
        most_sites=MAX_SITES,
        alarm_first=panel.is_emergency and bool(form.troubles),
    )


def show_result(desk: Desk, form: Form) -> str:
    """The panel alone, to be put in place of the one on the page."""
    panel = make_panel(desk.pack, form, desk.reading)
    deferral = desk.pack.header.deferral.text
    return render_template("panel.html", panel=panel, deferral=deferral, has_links=True, is_alone=True, alarm_first=False)


def show_interview(desk: Desk, form: Form) -> str:
    """One question; or, where none is left, what there is to do. Troubles that are in no question of it belong on the desk."""
    form = take_answer(desk.pack, form)
    if any(form.at is None or trouble.anchor != form.at.anchor for trouble in form.troubles):
        return show_desk(desk, form)
    panel = make_panel(desk.pack, form._replace(troubles=()), desk.reading)
    if panel.is_emergency:
        return show_desk(desk, form)
    step = find_step(desk.pack, form, desk.reading, assess_form(desk.pack, form, desk.reading))
    asked = list_asked(desk.pack, form)
    name = step.ask.question.label if step else "Nothing is left to ask"
    excluding = _excluding(desk, form) if step is None else ()
    told = sorted(asked, key=lambda spot: spot.question not in excluding)
    return _render(
        desk,
        "interview.html",
        _title(f"Interview: {name}", panel, is_wrong=bool(form.troubles)),
        panel,
        form,
        step=step,
        field=make_field(desk.pack, form, step.spot, step.ask) if step else None,
        carried=list(list_fields(form._replace(asked=asked), [step.spot] if step else ())),
        rows=[_row(desk, form, spot, {}) for spot in told if step is None or spot != step.spot],
        excluding=excluding,
        alarm_first=_reports(desk, form),
    )


def _reports(desk: Desk, form: Form) -> bool:
    """Whether the answer just given reports a warning sign; what to do is then read before the next question."""
    warning = desk.pack.question[form.at.question].warning if form.at else None
    return form.at is not None and warning is not None and form.answers.get(form.at) == warning


def _excluding(desk: Desk, form: Form) -> tuple[str, ...]:
    """The questions whose answers exclude each other."""
    found = (names for one in assess_form(desk.pack, form, desk.reading) for names in one.contradictions)
    return tuple(dict.fromkeys(name for names in found for name in names))


def show_check(desk: Desk, form: Form) -> str:
    """Every question with its answer, to be looked over; with troubles, the desk instead."""
    panel = make_panel(desk.pack, form, desk.reading)
    if form.troubles or panel.is_emergency:
        return show_desk(desk, form)
    why: dict[Spot, str] = {}
    for number, assessment in enumerate(assess_form(desk.pack, form, desk.reading), 1):
        for question, reason in list_unasked(desk.pack, assessment, skipped_sheet=form.skips_sheet):
            said = STILL_MATTERS if question in assessment.next_questions else reason
            why.setdefault(Spot(question), said)
            why[Spot(question, number)] = said
    blocks = [
        (block.title, [_row(desk, form, field.spot, why) for field in block.fields]) for block in list_blocks(desk.pack, form)
    ]
    return _render(
        desk, "check.html", _title("Check the answers", panel), panel, form, blocks=blocks, carried=list(list_fields(form))
    )


def _row(desk: Desk, form: Form, spot: Spot, why: Mapping[Spot, str]) -> Row:
    question = desk.pack.question[spot.question]
    site = f" ({name_site(form, spot.number)})" if spot.number and len(form.sites) > 1 else ""
    answer = form.answers.get(spot)
    teller = TELLER[form.tellers[spot]] if spot in form.tellers else ""
    return Row(spot, question.label + site, say_answer(question, answer), teller, "" if answer else why.get(spot, ""))


def show_sheet(desk: Desk, form: Form) -> str:
    """The sheet, with the ways to take it away; with troubles, the desk instead."""
    if form.troubles:
        return show_desk(desk, form)
    assessments = assess_form(desk.pack, form, desk.reading)
    summary, parts = compose(assessments, desk.pack)
    panel = make_panel(desk.pack, form, desk.reading)
    missing = find_missing()
    return _render(
        desk,
        "sheet.html",
        _title("Sheet", panel),
        panel,
        form,
        articles=render_articles(desk.pack.header.title, parts, summary),
        carried=list(list_fields(form)),
        formats=[(name, kind.title, missing.get(name)) for name, kind in OFFERED.items()],
    )


def show_open(desk: Desk, form: Form = NOTHING) -> str:
    """Where saved answers are opened; with troubles, what is wrong with the files, and the warning signs that they report."""
    panel = make_panel(desk.pack, form, desk.reading) if form.troubles else None
    title = "Error: Open saved answers" if form.troubles else "Open saved answers"
    return _render(desk, "open.html", title, panel, form)


def _render(desk: Desk, template: str, title: str, panel: Panel | None, form: Form, **values: object) -> str:
    header = desk.pack.header
    names = [name_site(form, number) for number in range(1, len(form.sites) + 1)]
    given = {"names": names, "title": title, "panel": panel, "form": form, "is_alone": False, "alarm_first": False, **values}
    return render_template(template, desk=desk, header=header, deferral=header.deferral.text, **given)


def _keep(blocks: Sequence[Block], panel: Panel) -> tuple[Block, ...]:
    """Only the signs that are reported, so that a slip can be taken back."""
    kept = (block._replace(fields=tuple(field for field in block.fields if field.spot in panel.keep)) for block in blocks)
    return tuple(block for block in kept if block.fields)


def _title(name: str, panel: Panel, *, is_wrong: bool = False) -> str:
    if panel.is_emergency:
        return f"Contact a clinician now: {name}"
    return f"Error: {name}" if panel.troubles or is_wrong else name
