"""Every way this project can refuse, in one tree.

    TriageError                 root; `str()` is the message for a person
    ├── PackError               a pack cannot be used; carries all its faults at once
    ├── IntakeError             answers cannot be used; carries all their problems at once
    ├── RequestError            a name given on the command line or in a call does not exist
    └── EngineFault             the engine failed or disagreed with the reference: no answer is given

Each class carries the facts (place, code, value, suggestion), not only a sentence, so that every surface can show them its own
way. Nothing here prints or exits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

_QUOTED_LENGTH = 60
_NEAR = 0.6
_NEARLY_ALIKE, _FEW_LETTERS = 0.8, 4
_SUGGESTION_LENGTH = 64
_FAULTS_SHOWN = 50
# What is told of an intake stays below 2 KB, whatever the file is.
_BYTES_SHOWN = 1900
_NAMES_SHOWN = 12


def quote(value: object) -> str:
    """What a person typed, fit to be shown on any terminal or page: quoted, escaped and cut to 60 characters."""
    text = value if isinstance(value, str) else str(value)
    shown = "".join(_visible(character) for character in text[:_QUOTED_LENGTH])
    return f'"{shown}{"…" if len(text) > _QUOTED_LENGTH else ""}"'


def show_name(name: str) -> str:
    """The name of a file, as it is if every terminal can show it, else quoted and escaped."""
    return name if name.isprintable() else quote(name)


def _visible(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character != " " and unicodedata.category(character)[0] in "CZ":
        return f"\\u{{{ord(character):x}}}"
    return character


def suggest(word: str, known: Iterable[str], near: float = _NEAR) -> str | None:
    """The known word nearest to a mistyped one, or None if none is as `near` as that, where 1 is alike."""
    if len(word) > _SUGGESTION_LENGTH:
        return None
    import difflib  # only a mistake pays for it

    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.strip().lower(), by_lower, n=1, cutoff=near)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], near: float = _NEAR) -> str:
    """` Did you mean "…"?` with a leading space, or nothing."""
    found = suggest(word, known, near)
    return f" Did you mean {quote(found)}?" if found else ""


def did_you_mean_answer(word: str, answers: Iterable[str]) -> str:
    """The same for an answer, which has to be nearly alike unless it is short: "Medicaid" is no slip of "medicare"."""
    return did_you_mean(word, answers, _NEARLY_ALIKE if len(word) > _FEW_LETTERS else _NEAR)


def name_missing(kind: str, name: str, known: Sequence[str]) -> str:
    """A name that a pack does not have: which were meant, or which it has (the first twelve if many), and what to do."""
    message = f"no {kind} is called {quote(name)}.{did_you_mean(name, known)}"
    if not known:
        return f"{message} The pack has none; add it, or take this name out."
    if len(known) > _NAMES_SHOWN and suggest(name, known):
        return f"{message} Else add it, or take this name out."
    more = f" and {len(known) - _NAMES_SHOWN} more" if len(known) > _NAMES_SHOWN else ""
    return f"{message} The pack has {', '.join(known[:_NAMES_SHOWN])}{more}; name one that is there, or add this one."


class TriageError(Exception):
    """Root of everything this project raises on purpose."""


class Place(NamedTuple):
    """Where in a file something stands; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{show_name(self.file)}:{self.line}:{self.column}"


class Fault(NamedTuple):
    """One thing wrong with a pack: where, a stable code, what and the remedy."""

    place: Place
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.code}: {self.message}"


class PackError(TriageError):
    """A pack that cannot be used. `faults` lists everything found, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        lines = [str(fault) for fault in self.faults[:_FAULTS_SHOWN]]
        if len(self.faults) > _FAULTS_SHOWN:
            lines.append(f"… and {len(self.faults) - _FAULTS_SHOWN} more")
        super().__init__("\n".join(lines))


class Problem(NamedTuple):
    """One thing wrong with an intake. `where` names a question, a key or a `line:column`."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class IntakeError(TriageError):
    """Answers that cannot be used. `problems` lists everything found; `origin` is the file or option they came from.

    `answers` are those that could be told from the rest of a file, for the warning signs in them alone.
    """

    def __init__(
        self, problems: Iterable[Problem], *, origin: str = "", answers: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        self.problems = tuple(problems)
        self.origin = origin
        self.answers = answers
        before = f"{show_name(origin)}: " if origin else ""
        lines = [f"{before}{problem}" for problem in self.problems[:_FAULTS_SHOWN]]
        lengths = accumulate(len(line.encode()) + 1 for line in lines)
        shown = max(1, sum(length <= _BYTES_SHOWN for length in lengths))
        if len(self.problems) > shown:
            lines[shown:] = [f"… and {len(self.problems) - shown} more"]
        super().__init__("\n".join(lines))

    def at(self, origin: str) -> IntakeError:
        """The same problems, told of this file or option."""
        return IntakeError(self.problems, origin=origin, answers=self.answers)


class RequestError(TriageError):
    """Something asked for by name is not there: a pack, a reading, an id, a format."""


class EngineFault(TriageError):  # noqa: N818 - a fault of ours, told apart from errors of input
    """The engine failed, was cut off, or disagreed with the reference. No outcome may be read from it."""
