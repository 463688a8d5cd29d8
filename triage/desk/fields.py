"""A question as a field of a page: its words, its choices, why it is asked, and who said the answer.

Nothing is chosen before somebody chooses it. "Not known" is always a choice, and leaving a question out is one as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage.desk.form import Form, Spot, find_own, is_numerous, name_site
from triage.explanation import Cited, cited_text
from triage.intake import TELLERS
from triage.interview import Ask
from triage.pack import Pack
from triage.parts import UNKNOWN, Group, Question
from triage.sections import TELLER, say_tellers

NOT_KNOWN, NOT_ASKED = "Not known", "Not asked"


class Choice(NamedTuple):
    """One answer to choose; `leads_to` says what it would change, where that is said."""

    value: str
    words: str
    is_chosen: bool
    leads_to: str = ""


class Field(NamedTuple):
    """One question on a page; `site` is what one of several intakes is called, where the question is about it."""

    spot: Spot
    site: str
    question: Question
    choices: tuple[Choice, ...]
    is_list: bool
    tellers: tuple[Choice, ...]
    expected: str
    because: tuple[Cited, ...]
    trouble: str


class Block(NamedTuple):
    """Questions that stand together under a heading."""

    title: str
    fields: tuple[Field, ...]


def list_blocks(pack: Pack, form: Form) -> tuple[Block, ...]:
    """All questions, as the pack groups them; of several intakes, the part of each under its name."""
    return tuple(block for group in pack.groups for block in _part(pack, form, group) if block.fields)


def _part(pack: Pack, form: Form, group: Group) -> Iterator[Block]:
    names = [question.question for question in pack.questions if question.group == group.group]
    own, many = find_own(pack), len(form.sites) > 1
    if not many:
        yield Block(group.title, tuple(make_field(pack, form, Spot(name, int(name in own))) for name in names))
        return
    yield Block(group.title, tuple(make_field(pack, form, Spot(name)) for name in names if name not in own))
    for number in range(1, len(form.sites) + 1):
        fields = tuple(make_field(pack, form, Spot(name, number)) for name in names if name in own)
        yield Block(f"{group.title}: {name_site(form, number)}", fields)


def make_field(pack: Pack, form: Form, spot: Spot, ask: Ask | None = None) -> Field:
    """A question as it stands on a page; with `ask`, each choice says what it would lead to."""
    question = pack.question[spot.question]
    return Field(
        spot=spot,
        site=name_site(form, spot.number) if spot.number and len(form.sites) > 1 else "",
        question=question,
        choices=tuple(_choices(form, spot, question, ask)),
        is_list=is_numerous(question),
        tellers=tuple(Choice(teller, TELLER[teller], form.tellers.get(spot) == teller) for teller in TELLERS),
        expected=say_tellers(question.expected_from),
        because=tuple(Cited(code, cited_text(pack, code)) for code in question.because),
        trouble=next((trouble.message for trouble in form.troubles if trouble.anchor == spot.anchor), ""),
    )


def _choices(form: Form, spot: Spot, question: Question, ask: Ask | None) -> Iterator[Choice]:
    leads_to = {effect.value: effect.leads_to for effect in ask.effects} if ask else {}
    chosen = form.answers.get(spot)
    for value in (*question.values, UNKNOWN):
        yield Choice(value, say_answer(question, value), chosen == value, leads_to.get(value, ""))


def say_answer(question: Question, value: str | None) -> str:
    """An answer in words, as a choice has it, and what is said where there is none."""
    if value is None:
        return NOT_ASKED
    words = NOT_KNOWN if value == UNKNOWN else question.say(value)
    return words[0].upper() + words[1:]
