"""What the service answers in place of a result, and how it speaks of what it was given without repeating it.

No answer is put into an error or a log. The core quotes what was typed, so that a person at a terminal sees it; here every
quotation is taken out, with the suggestion that would give it away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from triage.errors import IntakeError, Problem, RequestError
from triage.intake import KEYS
from triage.pack import Pack

UNAVAILABLE = "No result. Use the usual process without this tool."

_SUGGESTION = re.compile(r' Did you mean "(?:[^"\\]|\\.)*"\?')
_LINE_AND_COLUMN = re.compile(r"[0-9]+:[0-9]+")
_QUOTATION = re.compile(r'"(?:[^"\\]|\\.)*"')


class Refusal(RequestError):  # noqa: N818 - an answer that is given, not a failure
    """A request that is not answered; `status` is its HTTP status, the message says why and repeats nothing of it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.status, self.headers = status, headers
        super().__init__(message)


def tell_problems(pack: Pack, error: IntakeError) -> tuple[Problem, ...]:
    """What is wrong with an intake, where, and what is taken instead; nothing of what was given."""
    return tuple(Problem(_place(pack, problem.where), conceal(problem.message)) for problem in error.problems)


def conceal(message: str) -> str:
    """A message of the core without what it quotes."""
    return _QUOTATION.sub("what was given", _SUGGESTION.sub("", message))


def _place(pack: Pack, where: str) -> str:
    """A question or a key of an intake; any other name was made up by whoever asked."""
    if _LINE_AND_COLUMN.fullmatch(where):
        return where
    name = where.rsplit(": ", 1)[-1]
    known = name.removeprefix("sources.").removeprefix("answers.") in pack.question or name in KEYS
    return name if known else ""
