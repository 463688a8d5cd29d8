"""What one line of a person says in an interview: an answer, with who said it.

A value, its first letter or its number, `unknown`, and `by` with a teller in a few words. What is none of these is refused with a
message for the person, as a ValueError; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from triage.errors import did_you_mean, did_you_mean_answer, quote
from triage.intake import TELLERS, read_answer
from triage.parts import UNKNOWN, Question
from triage.sections import TELLER

MAX_LINE = 500
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)


def read_line(question: Question, line: str, commands: Iterable[str] = ()) -> tuple[str, str | None]:
    """The value and, if said with `by`, the teller in one line such as `yes`, `2`, `u`, `no by clinician`.

    Raises ValueError with a message for the person; `commands` are the other words that it may have been meant as.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"that line has {len(line):,} characters; an answer is a word")
    whole = _read_words(question, line)
    if whole:
        return whole, None
    answer, by, who = (part.strip() for part in line.strip().rpartition(" by "))
    teller = _read_teller(who) if by else None
    answer = answer if by else who
    if not answer:
        raise ValueError("nothing was typed; say `unknown` if it is not known, `help` for what else there is")
    return _read_value(question, answer, commands), teller


def _read_words(question: Question, text: str) -> str | None:
    """The value that is spelled, or that the sheet says in these words."""
    said = {words.casefold(): value for value, words in question.labels.items()}
    return read_answer(question, text) or said.get(text.strip().casefold())


def _read_value(question: Question, answer: str, commands: Iterable[str]) -> str:
    choices = (*question.values, UNKNOWN)
    value = _read_words(question, answer)
    if value:
        return value
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices) and is_numbered(question):
        return choices[int(answer) - 1]
    begins = [choice for choice in choices if choice.startswith(answer.lower())]
    if len(answer) == 1 and len(begins) == 1:
        return begins[0]
    if len(answer) == 1 and begins:
        raise ValueError(f"{quote(answer)} could be {' or '.join(begins)}; type more of it, or its number")
    guesses = () if question.warning is not None else begins or choices  # no warning sign is guessed at
    near = ""
    if len(begins) == 1 and guesses:
        near = f" Did you mean {quote(begins[0])}?"
    elif begins and guesses:
        near = did_you_mean(answer, guesses)
    elif not answer.isdigit():
        near = did_you_mean_answer(answer, guesses) or did_you_mean(answer, commands)
    taken = f"It takes {list_values(question)}, or unknown. `help` lists what else is understood."
    raise ValueError(f"{quote(answer)} is not an answer here.{near} {taken}")


def _read_teller(who: str) -> str:
    word = _ARTICLE.sub("", who.lower(), count=1) if _ARTICLE.match(who) else who.lower()
    spoken = {teller: _ARTICLE.sub("", TELLER[teller], count=1) for teller in TELLERS}
    begins = [teller for teller in TELLERS if word and spoken[teller].startswith(word.replace("_", " "))]
    by_word = [teller for teller in TELLERS if word in teller.split("_")]
    found = begins or by_word
    if len(found) == 1:
        return found[0]
    raise ValueError(f"{quote(who)} cannot say it; it takes {', '.join(TELLERS)}.{did_you_mean(word, TELLERS)}")


def is_numbered(question: Question) -> bool:
    """Whether the values can be chosen by number: not where one of them is a number itself."""
    return not any(value.isdigit() for value in question.values)


def is_numeric(question: Question) -> bool:
    """Whether the values are numbers, which then need no numbering."""
    return all(value.isdigit() for value in question.values)


def list_values(question: Question) -> str:
    """The values of a question as they may be typed."""
    return f"{question.values[0]} to {question.values[-1]}" if is_numeric(question) else ", ".join(question.values)
