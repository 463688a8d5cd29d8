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

from triage.batch.coding import Codes
from triage.batch.runs import Assessed, Reject
from triage.batch.tabular import Batch

KEY = b"vcf-triage"


class Spooled(NamedTuple):
    """What `Assessed` says, without the table that it came from."""

    batch: Batch
    cells: Any
    codes: dict[str, Codes]
    rejects: tuple[Reject, ...]


def put(file: IO[bytes], assessed: Assessed) -> None:
    """Write a batch at the end of a file."""
    batch = assessed.batch
    rows = len(batch.record)
    codes = [column.astype(np.min_scalar_type(column.max(initial=0))) for column in assessed.codes.values()]
    columns = [*batch.record.columns, *assessed.cells.columns, *map(pa.array, codes)]
    columns += [pa.array(batch.number(range(rows)), pa.int64()), *([pa.array(batch.lines)] if batch.lines else [])]
    told = {
        "file": batch.file,
        "columns": batch.record.schema.names,
        "cells": assessed.cells.schema.names,
        "codes": [*assessed.codes],
        "rejects": assessed.rejects,
    }
    schema = pa.schema([(str(place), column.type) for place, column in enumerate(columns)], {KEY: json.dumps(told)})
    with pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def take(path: Path) -> Iterator[Spooled]:
    """The batches of a file, in the order in which they were put there."""
    size = path.stat().st_size
    with pa.OSFile(str(path), "rb") as file:
        while file.tell() < size:
            with pa.ipc.open_stream(file) as stream:
                (record,) = stream
                yield _read(record, json.loads(stream.schema.metadata[KEY]))


def _read(record: Any, told: dict[str, Any]) -> Spooled:
    columns = iter(record.columns)
    rows, cells = (
        pa.RecordBatch.from_arrays([next(columns) for _ in told[part]], names=told[part]) for part in ("columns", "cells")
    )
    codes = {name: next(columns).to_numpy() for name in told["codes"]}
    numbers = next(columns).to_numpy()
    lines = tuple(next(columns, pa.array([], pa.string())).to_pylist())
    batch = Batch(told["file"], rows, _numbering(numbers), (), 1.0, lines)
    return Spooled(batch, cells, codes, tuple(Reject(*reject) for reject in told["rejects"]))


def _numbering(numbers: Any) -> Callable[[Sequence[int]], Sequence[int]]:
    return lambda rows: [int(numbers[row]) for row in rows]
