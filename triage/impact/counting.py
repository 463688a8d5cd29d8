"""Rows counted by what two packs read of them, and the first rows of each difference kept.

Rows go by in batches and are counted by the distinct pairs that two readers make of them; none is looked at by itself but the few
that are kept. Of those nothing stays but the place, the reference and the answers, and nothing at all of the others. A table that
cannot be read ends the count with a RequestError or an IntakeError.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from triage.batch.coding import Codes, Pairs, Rows
from triage.batch.headers import Columns, check_read_columns
from triage.batch.runs import find_bad_labels
from triage.batch.tabular import Batch, Table
from triage.impact.readers import Read, Reader
from triage.intake import Given
from triage.pack import Pack
from triage.revisions.comparison import Comparison, pair_readings
from triage.revisions.views import Aspect, Side, find_aspects

KEPT = 3

Marks = NDArray[np.bool_]
Who = Literal["old", "new"]


class Place(NamedTuple):
    """A row by its file, its place there, and its reference if it has one."""

    file: str
    row: int
    reference: str | None


class Kept(NamedTuple):
    """A row kept as an example. `at` orders rows over all files."""

    at: tuple[int, int]
    place: Place
    answers: dict[str, Given]


class Pair(NamedTuple):
    """What both packs read of some rows, and the aspects in which that differs."""

    old: Read
    new: Read
    differing: tuple[Aspect, ...]


class Counted(NamedTuple):
    """How many rows make a pair, and the first of them if the pair differs."""

    pair: Pair
    rows: int
    kept: tuple[Kept, ...]


class Refusal(NamedTuple):
    """Rows that one pack alone refuses for their answer to a question.

    `value` is what the other pack takes that answer for; None if it does not ask the question.
    """

    by: Who
    question: str
    value: str | None
    rows: int
    examples: tuple[Place, ...]


class _Part(NamedTuple):
    """A batch with the place of its table among all."""

    position: int
    columns: Columns
    batch: Batch


class Counting:
    """Counts rows by what two packs read of them, each under the reading asked for or else under its default.

    A column that is a question of one pack alone says nothing to the other. `carry` names columns that are no questions although
    they are called nearly so. Raises RequestError for a reading that one of the packs has not.
    """

    def __init__(self, old: Pack, new: Pack, reading: str | None = None, *, carry: Collection[str] = ()) -> None:
        if reading is None:
            self.comparison = Comparison(Side(old, old.default_reading), Side(new, new.default_reading))
        else:
            (self.comparison,) = pair_readings(old, new, reading)
        self.aspects = tuple(aspect for aspect in find_aspects(old, new) if aspect.kind != "decision")
        self.readers = tuple(Reader(side.pack, side.reading) for side in (self.comparison.old, self.comparison.new))
        self.files: dict[str, None] = {}
        self.asked: dict[str, None] = {}
        self.rows = self.refused_by_both = 0
        self.refused_by_one: Counter[Who] = Counter()
        self.share = 0.0
        self._packs = old, new
        self._carry = carry
        self._pairs = Pairs(self.readers[0].reads, self.readers[1].reads, self._pair)
        self._counts: Counter[int] = Counter()
        self._kept: dict[int, list[Kept]] = {}
        self._refused: dict[tuple[Who, str, str | None], tuple[int, list[Place]]] = {}

    @property
    def counted(self) -> tuple[Counted, ...]:
        """The rows that both packs take, by what they read of them, in the order in which each first came."""
        found = sorted(self._counts.items())
        return tuple(Counted(self._pairs.found[number], rows, tuple(self._kept.get(number, ()))) for number, rows in found)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What one pack alone refuses, most rows first. A row with several such answers is in several of them."""
        refused = [Refusal(*key, rows, tuple(places)) for key, (rows, places) in self._refused.items()]
        return tuple(sorted(refused, key=lambda refusal: (-refusal.rows, refusal[:2], refusal.value or "")))

    def count(self, tables: Sequence[Table]) -> Iterator[None]:
        """Count all rows, a batch a step; `rows` and `share` say how far it is. Each table is closed after its last row."""
        for table in tables:  # before anything is read at length
            if table.columns is not None:
                self._check(table, table.columns)
        for position, table in enumerate(tables):
            self.files[table.name] = None
            checked: tuple[str, ...] | None = None
            for batch in table.batches():
                names = tuple(batch.record.schema.names)
                if names != checked:
                    columns, checked = self._check(table, names), names
                    self.asked |= dict.fromkeys(columns.questions)
                self._add(_Part(position, columns, batch))
                self.share = (position + batch.done) / len(tables)
                yield
            table.close()

    def _check(self, table: Table, names: Sequence[str]) -> Columns:
        return check_read_columns(names, self._packs, origin=table.name, carry=self._carry)

    def _pair(self, old: Read, new: Read) -> Pair:
        return Pair(old, new, tuple(aspect for aspect in self.aspects if not old.view(aspect).is_like(new.view(aspect))))

    def _add(self, part: _Part) -> None:
        record, unreadable = part.batch.record, len(part.batch.unreadable)
        self.rows += len(record) + unreadable
        self.refused_by_both += unreadable
        (old, refused_by_old), (new, refused_by_new) = (reader.read(record, part.columns.questions) for reader in self.readers)
        pairs = self._pairs.classify(old, new)
        taken = np.arange(len(record))
        labels = dict(find_bad_labels(record, part.columns))
        if labels or refused_by_old or refused_by_new:
            taken = self._leave_out(part, _mark(len(record), labels), refused_by_old, refused_by_new)
            pairs = pairs[taken]
        self._tally(part, pairs, taken)

    def _tally(self, part: _Part, pairs: Codes, taken: Rows) -> None:
        """Count the pairs that rows make, and keep the first rows of those that differ; `taken` are their places."""
        counts = np.bincount(pairs)
        for number in map(int, np.flatnonzero(counts)):
            self._counts[number] += int(counts[number])
            kept = self._kept.setdefault(number, [])
            if self._pairs.found[number].differing and len(kept) < KEPT:
                kept += self._keep(part, taken[np.flatnonzero(pairs == number)[: KEPT - len(kept)]])

    def _keep(self, part: _Part, rows: Rows) -> Iterator[Kept]:
        columns = {name: part.batch.record.column(name) for name in part.columns.questions}
        for row, place in zip(rows, _place(part, rows), strict=True):
            yield Kept((part.position, place.row), place, {name: column[int(row)].as_py() for name, column in columns.items()})

    def _leave_out(self, part: _Part, unusable: Marks, by_old: Mapping[str, Rows], by_new: Mapping[str, Rows]) -> Rows:
        """Count the rows that a pack refuses, and those that are `unusable` whatever the pack. Gives the places of all others."""
        refused = {who: _mark(len(unusable), rows) for who, rows in self._by(by_old, by_new)}
        both = unusable | (refused["old"] & refused["new"])
        self.refused_by_both += int(np.count_nonzero(both))
        for who, by_question in self._by(by_old, by_new):
            alone = refused[who] & ~both
            self.refused_by_one[who] += int(np.count_nonzero(alone))
            for question, rows in by_question.items():
                self._refuse(part, who, question, rows[alone[rows]])
        return np.flatnonzero(~(refused["old"] | refused["new"] | both))

    def _refuse(self, part: _Part, who: Who, question: str, rows: Rows) -> None:
        """Count refused cells by what the other pack takes them for."""
        other = self.readers[1 if who == "old" else 0]
        values, codes = other.spell(question, part.batch.record.column(question).take(pa.array(rows)))
        for code in map(int, np.unique(codes)):
            chosen, key = rows[codes == code], (who, question, values[code])
            count, places = self._refused.get(key, (0, []))
            self._refused[key] = count + len(chosen), [*places, *_place(part, chosen[: KEPT - len(places)])]

    @staticmethod
    def _by(old: Mapping[str, Rows], new: Mapping[str, Rows]) -> tuple[tuple[Who, Mapping[str, Rows]], ...]:
        return ("old", old), ("new", new)


def _place(part: _Part, rows: Rows) -> Iterator[Place]:
    labels = part.batch.record.column("reference") if "reference" in part.columns.labels else None
    for row, number in zip(rows, part.batch.number([int(row) for row in rows]), strict=True):
        reference = labels[int(row)].as_py() if labels is not None else None
        yield Place(part.batch.file, number, None if reference is None else str(reference))


def _mark(length: int, rows_of: Mapping[str, Rows]) -> Marks:
    marks = np.zeros(length, np.bool_)
    for rows in rows_of.values():
        marks[rows] = True
    return marks
