"""From Arrow columns of answers to Arrow columns of cells: the same answers as `assess`, for any number of rows.

Each distinct spelling is read once by `intake`, each distinct profile of a group of questions is found once by `cells`, hence by
the engine; all else is counting in codes and gathering. It reads no file and keeps no row: what it remembers is spellings,
profiles and their cells. It knows no rule and no spelling of its own. A column of a type that no answer has is refused; a cell
that is no answer is told of, and leaving out its row is for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from triage.batch.cells import COLUMNS, TRUTHS, Cells, Finding, Parts, finish, merge
from triage.batch.coding import Codes, Column, Group, Pairs, Refused, Rows, Spellings
from triage.pack import Pack


class Results(NamedTuple):
    """The columns of `cells.COLUMNS`, one value a row, and the cells that are no answer, row by row.

    `codes` are those of `coding` for the answers that cells rest on, in so far as there are columns of them. Rows of one class
    have the same value in every column, which `distinct` has in the place of that class.
    """

    columns: dict[str, Any]
    refused: tuple[Refused, ...]
    codes: dict[str, Codes]
    classes: Codes
    distinct: dict[str, Any]


class Classified(NamedTuple):
    """The class of each row, and for each question the rows whose cell is no answer. A class is a place in `Kernel.found`."""

    classes: Codes
    refused: dict[str, Rows]
    codes: dict[str, Codes]


class Kernel:
    """Assesses batches of rows against one pack under one reading (None: the default of the pack)."""

    def __init__(self, pack: Pack, reading: str | None = None) -> None:
        self._parts = Parts(pack, reading)
        self.spellings = {name: Spellings(pack, name) for name in pack.question}
        self._seen = {name for questions in self._parts.groups for name in questions}
        self._groups = [self._group(number, questions) for number, questions in enumerate(self._parts.groups)]
        # Groups are put together one after the other; what comes of the last are cells.
        last = len(self._groups) - 1
        self._pairs: list[Pairs] = []
        self.found = self._groups[0].found
        for number in range(1, last + 1):
            self._pairs.append(Pairs(self.found, self._groups[number].found, merge if number < last else _merge_last))
            self.found = self._pairs[-1].found
        self._gathered = 0
        self._columns = {name: Column(of_truths=name in TRUTHS) for name in COLUMNS}
        self._distinct: dict[str, Any] = {}

    def _group(self, number: int, questions: Sequence[str]) -> Group:
        alone = len(self._parts.groups) == 1

        def find(answers: Sequence[str | None]) -> Finding | Cells:
            found = self._parts.find(number, answers)
            return finish(found) if alone else found

        return Group([self.spellings[name] for name in questions], find)

    def assess(self, columns: Mapping[str, Any]) -> Results:
        """Assess columns of answers, named by their questions: Arrow arrays of one length, null where not asked.

        Raises RequestError for a column that holds neither text, whole numbers nor truth values, and whatever `assess` raises.
        """
        classified = self.classify(columns, len(next(iter(columns.values()), ())))
        refused = [
            self.spellings[name].refuse(int(row), columns[name][int(row)].as_py())
            for name, rows in classified.refused.items()
            for row in rows
        ]
        classes = classified.classes.astype(np.intp)
        cells, refused = self._gather(classes), sorted(refused, key=lambda cell: cell.row)
        if len(self.found) > len(classes):  # more were found before than there are rows: each row is a class of its own
            return Results(cells, tuple(refused), classified.codes, np.arange(len(classes)), cells)
        return Results(cells, tuple(refused), classified.codes, classes, self._distinct)

    def classify(self, columns: Mapping[str, Any], length: int) -> Classified:
        """As `assess`, for rows that are counted rather than written: what they come to as classes, and no word on each."""
        codes: dict[str, Codes] = {}
        refused: dict[str, Rows] = {}
        for name, column in columns.items():
            read, rows = self.spellings[name].read(column, check_only=name not in self._seen)
            codes |= {name: read} if read is not None else {}
            refused |= {name: rows} if len(rows) else {}
        classes = self._groups[0].classify(codes, length)
        for pairs, group in zip(self._pairs, self._groups[1:], strict=True):
            classes = pairs.classify(classes, group.classify(codes, length))
        return Classified(classes, refused, codes)

    def _gather(self, classes: Codes) -> dict[str, Any]:
        new = self.found[self._gathered :]
        self._gathered += len(new)
        for position, column in enumerate(self._columns.values()):
            if new:
                column.extend(cells[position] for cells in new)
        if new or not self._distinct:
            every = np.arange(len(self.found))
            self._distinct = {name: column.take(every) for name, column in self._columns.items()}
        return {name: column.take(classes) for name, column in self._columns.items()}


def _merge_last(before: Finding, found: Finding) -> Cells:
    return finish(merge(before, found))
