"""An interview on pages: which question stands on the next one, worked out anew from the fields each time.

The same questions in the same order as `triage interview`, since both ask `interview.next_question`. Of several intakes of one
case, the first that has something left to ask is asked about.
"""

from __future__ import annotations

from typing import NamedTuple

from triage.assessment import Assessment
from triage.desk.form import Form, Spot, Trouble, find_own, make_intakes
from triage.interview import Ask, Phase, next_question, pose
from triage.pack import Pack
from triage.parts import Question

BACK, SKIP, CHANGE = "back", "skip", "change:"


class Step(NamedTuple):
    """The question to put, with what each answer would do, and where it stands in the interview."""

    spot: Spot
    ask: Ask
    number: int
    can_go_back: bool

    @property
    def can_skip(self) -> bool:
        """Whether this question, and those that come after it, are for the sheet alone."""
        return self.ask.phase is Phase.SHEET


def list_asked(pack: Pack, form: Form) -> tuple[Spot, ...]:
    """The answered spots, in the order in which they were asked; those answered elsewhere come first, the one just put last."""
    answered = sorted(form.answers, key=lambda spot: (list(pack.question).index(spot.question), spot.number))
    put = (*form.asked, form.at) if form.at else form.asked
    asked = [spot for spot in dict.fromkeys(put) if spot in form.answers]
    return (*(spot for spot in answered if spot not in asked), *asked)


def take_answer(pack: Pack, form: Form) -> Form:
    """A form with its interview moved on by the answer just given; with a trouble where there is none."""
    form = form._replace(asked=list_asked(pack, form), skips_sheet=form.skips_sheet or form.do == SKIP)
    if form.at is None or form.do or form.at in form.answers or form.troubles:
        return form
    label = pack.question[form.at.question].label
    trouble = Trouble(form.at.anchor, f"{label}: choose an answer; Not known is one as well")
    return form._replace(troubles=(trouble,))


def find_step(pack: Pack, form: Form, reading: str | None, assessments: tuple[Assessment, ...]) -> Step | None:
    """The question to put now; None where none is left, in an emergency, and while answers exclude each other."""
    asked = list_asked(pack, form)
    spot = _find_spot(pack, form, asked, assessments)
    if spot is None:
        return None
    number = max(spot.number, 1)
    intake = make_intakes(pack, form)[number - 1]
    question = pack.question[spot.question]
    ask = pose(pack, intake, question, reading, assessments[number - 1])
    place = asked.index(spot) if spot in asked else len(asked)
    return Step(spot, ask, place + 1, place > 0)


def _find_spot(pack: Pack, form: Form, asked: tuple[Spot, ...], assessments: tuple[Assessment, ...]) -> Spot | None:
    at = form.at
    if form.troubles and at is not None:
        return at
    if form.do.startswith(CHANGE):
        named = form.do.removeprefix(CHANGE)
        changed = next((spot for spot in asked if str(spot) == named), None)
        if changed is not None:
            return changed
    if form.do == BACK and asked:
        place = asked.index(at) if at in asked else len(asked)
        return asked[max(place - 1, 0)]
    own = find_own(pack)
    for number, assessment in enumerate(assessments, 1):
        question: Question | None = next_question(pack, assessment, skip_sheet=form.skips_sheet)
        if question is not None:
            return Spot(question.question, number if question.question in own else 0)
    return None
