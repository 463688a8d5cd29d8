"""Assessed rows in a file, on their way from the process that assessed them to the one that writes them.

One Arrow stream for each batch, so that batches may differ in their columns and in the words of their dictionaries. Columns go by
their place and not by their name, which may be anything; what else is known of a batch stands in the metadata, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa

from triage.alarms import Alarm
from triage.batch.coding import Codes
from triage.batch.rejects import Reject
from triage.batch.runs import Assessed
from triage.batch.tabular import Added, Batch

KEY = b"vcf-triage"


class Spooled(NamedTuple):
    """What `Assessed` says, without the table that it came from."""

    batch: Batch
    added: Added
    codes: dict[str, Codes]
    rejects: tuple[Reject, ...]


def put(file: IO[bytes], assessed: Assessed) -> None:
    """Write a batch at the end of a file: one stream of its rows, and one of the cells of each class among them."""
    batch = assessed.batch
    rows = len(batch.record)
    distinct, classes = np.unique(assessed.added.classes, return_inverse=True)
    codes = [column.astype(np.min_scalar_type(column.max(initial=0))) for column in assessed.codes.values()]
    columns = [*batch.record.columns, pa.array(classes), *map(pa.array, codes)]
    columns += [pa.array(batch.number(range(rows)), pa.int64()), *([pa.array(batch.lines)] if batch.lines else [])]
    told = {
        "file": batch.file,
        "columns": batch.record.schema.names,
        "codes": [*assessed.codes],
        "rejects": assessed.rejects,
    }
    _put(file, columns, told)
    cells = assessed.added.distinct
    _put(file, [column.take(pa.array(distinct)) for column in cells.columns], {"columns": cells.schema.names})


def _put(file: IO[bytes], columns: Sequence[Any], told: dict[str, Any]) -> None:
    schema = pa.schema([(str(place), column.type) for place, column in enumerate(columns)], {KEY: json.dumps(told)})
    with pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def take(path: Path) -> Iterator[Spooled]:
    """The batches of a file, in the order in which they were put there."""
    size = path.stat().st_size
    with pa.OSFile(str(path), "rb") as file:
        while file.tell() < size:
            rows, cells = _take(file), _take(file)
            yield _read(*rows, *cells)


def _take(file: Any) -> tuple[Any, dict[str, Any]]:
    with pa.ipc.open_stream(file) as stream:
        (record,) = stream
        return record, json.loads(stream.schema.metadata[KEY])


def _read(record: Any, told: dict[str, Any], cells: Any, named: dict[str, Any]) -> Spooled:
    columns = iter(record.columns)
    rows = pa.RecordBatch.from_arrays([next(columns) for _ in told["columns"]], names=told["columns"])
    classes = next(columns).to_numpy()
    distinct = pa.RecordBatch.from_arrays(cells.columns, names=named["columns"])
    codes = {name: next(columns).to_numpy() for name in told["codes"]}
    numbers = next(columns).to_numpy()
    lines = tuple(next(columns, pa.array([], pa.string())).to_pylist())
    batch = Batch(told["file"], rows, _numbering(numbers), (), 1.0, lines)
    added = Added(distinct.take(pa.array(classes)), distinct, classes)
    return Spooled(batch, added, codes, tuple(map(_read_reject, told["rejects"])))


def _read_reject(told: Sequence[Any]) -> Reject:
    reject = Reject(*told)
    if reject.alarm is None:
        return reject
    level, text, signs, labels = reject.alarm
    return reject._replace(alarm=Alarm(level, text, tuple(signs), tuple(labels)))


def _numbering(numbers: Any) -> Callable[[Sequence[int]], Sequence[int]]:
    return lambda rows: [int(numbers[row]) for row in rows]
