"""Rows that a run leaves out, each with what is wrong and with the warning signs that it reports all the same; and their list.

What is written here is in our name: CSV in the manner of the table beside it, so that one spreadsheet opens both, and no cell of
it is a formula.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Sequence
from typing import IO, NamedTuple

from triage.alarms import Alarm

COLUMNS = ("row", "column", "value", "problem", "reference")
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Reject(NamedTuple):
    """Why a row was left out: a cell of it, or with no column the row itself. `row` is its place in its file.

    `reference` is there where it could be read. What the row reports all the same stands in the first of its rejects.
    """

    file: str
    row: int
    column: str
    value: str
    problem: str
    reference: str = ""
    alarm: Alarm | None = None

    def __str__(self) -> str:
        cell = f"{self.column}: " if self.column else ""
        return f"{self.file}: row {self.row}: {cell}{self.problem}"


class Manner(NamedTuple):
    """What CSV is written in: the delimiter, and whether it begins with the mark that tells spreadsheets of UTF-8."""

    delimiter: str = ","
    with_mark: bool = False


COMMON = Manner()


class ListWriter:
    """Writes rows of text as CSV."""

    def __init__(self, file: IO[bytes], columns: Sequence[str], manner: Manner) -> None:
        if manner.with_mark:
            file.write(codecs.BOM_UTF8)
        self._rows = csv.writer(codecs.getwriter("utf-8")(file), delimiter=manner.delimiter, lineterminator="\n")
        self._rows.writerow(columns)

    def write(self, cells: Iterable[str]) -> None:
        self._rows.writerow(map(disarm, cells))


class RejectsWriter:
    """Writes what was left out, in the order of the rows."""

    def __init__(self, file: IO[bytes], manner: Manner, *, with_files: bool) -> None:
        self._with_files = with_files
        self._list = ListWriter(file, [*COLUMNS, *(["file"] if with_files else [])], manner)

    def write(self, rejects: Sequence[Reject]) -> None:
        for file, row, column, value, problem, reference, alarm in rejects:
            seen = "The row reports" if column else "As far as it can be read, the row reports"
            told = f"{problem}{'' if problem.endswith('.') else '.'} {seen} {alarm}" if alarm is not None else problem
            self._list.write([str(row), column, value, told, reference, *([file] if self._with_files else [])])


def disarm(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA) else text
