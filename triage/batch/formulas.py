"""Carried cells that a spreadsheet would take for formulas: counted, so that they can be told of, and disarmed where asked for.

A cell that is carried stays as it was typed, since another program may read it; so nothing is changed unasked. What begins like
a formula and is a number, or a sign alone, is none. The first letters are looked at all at once, and a pattern only at what is
left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.batch.coding import Rows, as_truths
from triage.batch.headers import Columns
from triage.batch.rejects import FORMULA, disarm
from triage.batch.tabular import Batch

HARMLESS = r"\A[+-]([0-9]+([.,][0-9]+)*%?)?\z"
_BEGINS = np.zeros(256, np.bool_)
_BEGINS[[ord(sign) for sign in FORMULA]] = True


class Formulas:
    """What begins like a formula in the columns that are carried; `counts` are the cells of each column, and 1 for a name."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._named: set[str] = set()

    def collect(self, batch: Batch, columns: Columns) -> None:
        """All rows of a batch."""
        for name, rows in _find(batch.record, columns):
            self.counts[name] += len(rows)
        named = {name for name in columns.carried if name.startswith(FORMULA)} - self._named
        self.counts.update(named)
        self._named |= named


def disarm_batch(batch: Batch, columns: Columns) -> Batch:
    """The batch with an apostrophe before each carried cell, or name of a column, that begins like a formula."""
    record = batch.record
    for name, rows in _find(record, columns):
        place = record.schema.get_field_index(name)
        text = _as_text(record.column(place))
        begins = np.zeros(len(record), np.bool_)
        begins[rows] = True
        changed = pc.if_else(as_truths(begins), pc.binary_join_element_wise("'", text, ""), text)
        record = record.set_column(place, pa.field(name, changed.type), changed)
    names = [disarm(name) if name in columns.carried else name for name in record.schema.names]
    if record is batch.record and names == record.schema.names:
        return batch
    return batch._replace(record=pa.RecordBatch.from_arrays(record.columns, names=names), verbatim=lambda _: ())


def _find(record: Any, columns: Columns) -> Iterator[tuple[str, Rows]]:
    """The carried columns and labels with cells that begin like a formula, and the rows of these."""
    for name in (*columns.labels, *columns.carried):
        column = record.column(name)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            rows = _find_rows(_as_text(column))
            if len(rows):
                yield name, rows


def _find_rows(text: Any) -> Rows:
    _, ends, letters = text.buffers()
    if letters is None or not len(text):
        return np.zeros(0, np.intp)
    places = np.frombuffer(ends, np.int32)[text.offset : text.offset + len(text) + 1]
    rows = np.flatnonzero(places[1:] > places[:-1])
    rows = rows[_BEGINS[np.frombuffer(letters, np.uint8)[places[rows]]]]
    if not len(rows):
        return rows
    harmless = pc.match_substring_regex(text.take(pa.array(rows)), HARMLESS)
    found: Rows = rows[~harmless.to_numpy(zero_copy_only=False)]
    return found


def _as_text(column: Any) -> Any:
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
