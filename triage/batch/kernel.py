"""From Arrow columns of answers to Arrow columns of cells: the same answers as `assess`, for any number of rows.

Each distinct spelling is read once by `intake`, each distinct profile of a group of questions is found once by `cells`, hence by
the engine; all else is counting in codes and gathering. It reads no file and keeps no row: what it remembers is spellings,
profiles and their cells. It knows no rule and no spelling of its own. A column of a type that no answer has is refused; a cell
that is no answer is told of, and leaving out its row is for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from triage.batch.cells import COLUMNS, TRUTHS, Cells, Finding, Parts, finish, merge
from triage.batch.coding import Codes, Column, Group, Pairs, Refused, Spellings
from triage.pack import Pack


class Results(NamedTuple):
    """The columns of `cells.COLUMNS`, one value a row, and the cells that are no answer, row by row.

    `codes` are those of `coding` for the answers that cells rest on, in so far as there are columns of them.
    """

    columns: dict[str, Any]
    refused: tuple[Refused, ...]
    codes: dict[str, Codes]


class Kernel:
    """Assesses batches of rows against one pack under one reading (None: the default of the pack)."""

    def __init__(self, pack: Pack, reading: str | None = None) -> None:
        self._parts = Parts(pack, reading)
        self._spellings = {name: Spellings(pack, name) for name in pack.question}
        self._seen = {name for questions in self._parts.groups for name in questions}
        self._groups = [self._group(number, questions) for number, questions in enumerate(self._parts.groups)]
        # Groups are put together one after the other; what comes of the last are cells.
        last = len(self._groups) - 1
        self._pairs: list[Pairs] = []
        self._found = self._groups[0].found
        for number in range(1, last + 1):
            self._pairs.append(Pairs(self._found, self._groups[number].found, merge if number < last else _merge_last))
            self._found = self._pairs[-1].found
        self._gathered = 0
        self._columns = {name: Column(of_truths=name in TRUTHS) for name in COLUMNS}

    def _group(self, number: int, questions: Sequence[str]) -> Group:
        alone = len(self._parts.groups) == 1

        def find(answers: Mapping[str, str]) -> Finding | Cells:
            found = self._parts.find(number, answers)
            return finish(found) if alone else found

        return Group([self._spellings[name] for name in questions], find)

    def assess(self, columns: Mapping[str, Any]) -> Results:
        """Assess columns of answers, named by their questions: Arrow arrays of one length, null where not asked.

        Raises RequestError for a column that holds neither text, whole numbers nor truth values, and whatever `assess` raises.
        """
        codes: dict[str, Codes] = {}
        refused: list[Refused] = []
        for name, column in columns.items():
            read, cells = self._spellings[name].read(column, check_only=name not in self._seen)
            codes |= {name: read} if read is not None else {}
            refused += cells
        classes = self._groups[0].classify(codes, len(next(iter(columns.values()), ())))
        for pairs, group in zip(self._pairs, self._groups[1:], strict=True):
            classes = pairs.classify(classes, group.classify(codes, len(classes)))
        return Results(self._gather(classes), tuple(sorted(refused, key=lambda cell: cell.row)), codes)

    def _gather(self, classes: Codes) -> dict[str, Any]:
        new = self._found[self._gathered :]
        self._gathered += len(new)
        for position, column in enumerate(self._columns.values()):
            if new:
                column.extend(cells[position] for cells in new)
        return {name: column.take(classes) for name, column in self._columns.items()}


def _merge_last(before: Finding, found: Finding) -> Cells:
    return finish(merge(before, found))
