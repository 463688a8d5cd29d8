"""A question of an interview as it is put: lines of text, for a terminal, a pipe and a screen reader alike."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from triage.interview import Ask, Phase
from triage.parts import Question
from triage.reply import is_numbered, is_numeric, list_values
from triage.sections import say_tellers

MAX_COLUMN = 24


def put_question(ask: Ask, number: int, because: str, so_far: str, width: int) -> str:
    """A question with why it is asked, what was said so far (either may be empty), and what each answer would do."""
    question, lines = ask.question, [""]
    skip = " · `skip` leaves these out" if ask.phase is Phase.SHEET else ""
    lines += wrap(f"{number} · for {ask.phase} · {question.label} ({question.question}){skip}", width, rest="    ")
    said = [question.text, question.help]
    if because:
        said.append(f"Asked because of {because}")
    if question.expected_from:
        said.append(f"Expected from {say_tellers(question.expected_from)}; add who said it, as in `yes by clinician`")
    for text in (*said, so_far):
        lines += wrap(text, width, "  ")
    return "\n".join([*lines, *_choices(ask, width)])


def _choices(ask: Ask, width: int) -> Iterator[str]:
    if is_numeric(ask.question):
        yield f"  {list_values(ask.question)}, or unknown"
        return
    shown = [with_label(ask.question, effect.value) for effect in ask.effects]
    longest = max(map(len, shown))
    column = longest if longest <= MAX_COLUMN else 0
    for place, (words, effect) in enumerate(zip(shown, ask.effects, strict=True), 1):
        indent = " " * (column + 8 if column else 7)
        number = f"  {place:2} " if is_numbered(ask.question) else "   - "
        yield from wrap(f"{words:{column or 1}} → {effect.leads_to}", width, number, indent)


def with_label(question: Question, value: str) -> str:
    """A value as it is typed, with its words beside it where these do not say it themselves."""
    said = question.say(value)
    return value if f" {value.replace('_', ' ')} " in f" {said.casefold().replace(',', ' ')} " else f"{value} ({said})"


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """A text in lines that break at the ends of words; `rest` begins those after the first, and is else as `first`."""
    indent = first if rest is None else rest
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
