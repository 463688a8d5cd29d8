"""A case of bad or odd input: what is run, on which files, and what has to come of it.

What is expected is stated by whoever writes the case, from the contract and the text of the pack; nothing here asks the readers
that are under test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from triage import load_pack

PACK = load_pack("vertebral-fracture")
Answers = Mapping[str, str]


class Accepted(NamedTuple):
    """Read, and normalised to these answers; labels and sources as given, where they are given."""

    answers: Answers
    labels: Mapping[str, str] = {}


class Refused(NamedTuple):
    """Refused as a whole, in a message that holds each of these: the place, and what is wrong."""

    told: tuple[str, ...]


class Row(NamedTuple):
    """A row that is assessed: its answers, and the cells that it carries."""

    answers: Answers
    carried: Mapping[str, str | None] = {}


class Left(NamedTuple):
    """A row that is left out: its number in the file, and the column that is told, or none where it is the row itself."""

    number: int
    column: str


class Table(NamedTuple):
    """A table that is read; rows in order, and what is left out."""

    rows: tuple[Row, ...]
    left: tuple[Left, ...] = ()


class Kept(NamedTuple):
    """An interview that ends before it is done, with these answers saved; `told` is said on the way."""

    answers: Answers
    told: tuple[str, ...] = ()


Expected = Accepted | Refused | Table | Kept


class Case(NamedTuple):
    """`command` is run in a folder with these files, after `prepare`; `fits` says why a machine cannot run it, or nothing."""

    category: str
    name: str
    command: tuple[str, ...]
    files: Mapping[str, bytes]
    expected: Expected
    stdin: bytes = b""
    prepare: Callable[[Path], object] | None = None
    needs: Callable[[], str] = lambda: ""

    def __str__(self) -> str:
        shown = self.name.encode("unicode_escape").decode().replace("/", "_")
        return f"{self.category}: {shown[:90]}"


def refused(*told: str) -> Refused:
    return Refused(told)


ASSESS = ("assess", "{}", "--format", "json", "--output", "out.json")


def assess_case(category: str, name: str, data: bytes | str, expected: Expected, file: str = "in.json") -> Case:
    """One intake from a file, to an assessment in JSON."""
    content = data.encode() if isinstance(data, str) else data
    return Case(category, name, tuple(file if word == "{}" else word for word in ASSESS), {file: content}, expected)


def batch_case(category: str, name: str, data: bytes | str, expected: Expected, file: str = "in.csv", *options: str) -> Case:
    """A table, to a table, with the rows left out and a sheet in JSON for each row that was not."""
    content = data.encode() if isinstance(data, str) else data
    outputs = ("out" + file[file.rindex(".") :], "--rejects", "rejects.csv", "--sheets", "sheets", "--format", "json")
    return Case(category, name, ("batch", file, *outputs, *options), {file: content}, expected)


def number_cases(cases: Iterable[Case]) -> list[Case]:
    """Cases of which no two have one name."""
    seen: dict[str, int] = {}
    found = []
    for case in cases:
        times = seen[str(case)] = seen.get(str(case), 0) + 1
        found.append(case if times == 1 else case._replace(name=f"{times} {case.name}"))
    return found
