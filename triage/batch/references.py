"""Rows of one reference of which some report a warning sign and others do not: each row is answered by itself, and this is told.

Where several intakes are assessed together, a sign of one holds for all of its reference. A table is read forwards once, and a
row is answered before those after it are known; so nothing is carried from row to row, and what a desk would carry is listed.
Only the beginning of a table is compared, so that the memory is bounded; it is longer than any list that people work through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.batch.cells import COLUMNS
from triage.batch.coding import Codes, Rows, as_text, read_indices, read_numbers
from triage.batch.runs import Assessed
from triage.pack import Pack
from triage.parts import Level

MAX_ROWS = 200_000


class Place(NamedTuple):
    """A row of a file."""

    file: str
    row: int


def call_rows(places: Sequence[Place], *, with_files: bool) -> str:
    """What rows are called; `with_files` if there are several files."""
    if with_files:
        return ", ".join(f"{place.file} row {place.row}" for place in places)
    return f"row{'' if len(places) == 1 else 's'} {', '.join(str(place.row) for place in places)}"


class Shared(NamedTuple):
    """A reference with the most severe level that a row of it reports, the first such row, and the rows that report less."""

    reference: str
    level: Level
    place: Place
    without: tuple[Place, ...]


class _Part(NamedTuple):
    """References with the severity of their rows, 0 for no sign, and how the place of a row is found."""

    references: Any
    ranks: Codes
    find: Callable[[int], Place]


class References:
    """Collects the references of rows, batch by batch; `compared` says for how many rows, None without references."""

    def __init__(self, pack: Pack) -> None:
        levels = pack.header.safety_net.levels[:-1] if pack.header.safety_net else ()
        self._levels = tuple(reversed(levels))
        self._ranks = {level.level: rank for rank, level in enumerate(self._levels, 1)}
        self._parts: list[_Part] = []
        self.compared: int | None = None

    def collect(self, assessed: Assessed) -> None:
        """The rows of a batch, and those that were left out of it and report a sign."""
        if not self._ranks or "reference" not in assessed.columns.labels:
            return
        self.compared = self.compared or 0
        alarms = [reject for reject in assessed.rejects if reject.alarm is not None and reject.reference]
        if alarms:
            places = [Place(reject.file, reject.row) for reject in alarms]
            ranks = np.array([self._ranks[reject.alarm.level] for reject in alarms if reject.alarm], np.int8)
            self._parts.append(_Part(as_text([reject.reference for reject in alarms]), ranks, places.__getitem__))
        if self.compared < MAX_ROWS:
            self.compared += self._collect_rows(assessed, MAX_ROWS - self.compared)

    def _collect_rows(self, assessed: Assessed, most: int) -> int:
        batch = assessed.batch
        references = batch.record.column("reference").cast(pa.string())[:most]
        ranks = self._rank(assessed.cells.columns[COLUMNS.index("safety_net")])[:most]
        given = pc.not_equal(references, as_text([""])[0])
        rows, number, file = read_numbers(pc.indices_nonzero(given), np.uint64), batch.number, batch.file
        if len(rows):
            find = lambda at: Place(file, number([int(rows[at])])[0])  # noqa: E731 - as short as it can be said
            self._parts.append(_Part(references.filter(given), ranks[rows], find))
        return len(references)

    def _rank(self, levels: Any) -> Codes:
        """How severe the level of each row is."""
        of_word = np.array([*(self._ranks.get(word, 0) for word in levels.dictionary.to_pylist()), 0], np.int8)
        return read_indices(levels.indices, of_word)

    def shared(self) -> tuple[Shared, ...]:
        """The references whose rows differ, the most severe first, and else as they come."""
        ranks = np.concatenate([part.ranks for part in self._parts]) if self._parts else np.zeros(0, np.int8)
        if not ranks.any():
            return ()
        encoded = pa.chunked_array([part.references for part in self._parts]).combine_chunks().dictionary_encode()
        codes = read_numbers(encoded.indices, np.int32)
        highest = np.zeros(len(encoded.dictionary), np.int8)
        np.maximum.at(highest, codes, ranks)
        lower = np.flatnonzero(ranks < highest[codes])
        return tuple(self._tell(encoded.dictionary, codes, ranks, highest, lower))

    def _tell(self, words: Any, codes: Codes, ranks: Codes, highest: Codes, lower: Rows) -> Iterator[Shared]:
        without: dict[int, list[int]] = {}
        for row in lower.tolist():
            without.setdefault(int(codes[row]), []).append(row)
        severe = np.flatnonzero(ranks == highest[codes])
        first = dict(zip(reversed(codes[severe].tolist()), reversed(severe.tolist()), strict=True)) if without else {}
        for code in sorted(without, key=lambda code: -int(highest[code])):
            level = self._levels[highest[code] - 1]
            yield Shared(words[code].as_py(), level, self._find(first[code]), tuple(map(self._find, without[code])))

    def _find(self, row: int) -> Place:
        for part in self._parts:
            if row < len(part.ranks):
                return part.find(row)
            row -= len(part.ranks)
        raise AssertionError("a row that was collected has its place")
