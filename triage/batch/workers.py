"""What a worker of a cluster does: it takes pieces of tables, assesses them as any run does, and leaves the result in a folder.

A worker is told everything: the files of the pack themselves, which need not be on its machine, and what to make of the rows.
It answers with where it left what. A piece may be done twice, when a worker dies before it answers: each time it leaves a file of
another name, and only the one that was answered for counts. What is wrong with the input or the engine is part of the answer,
because an exception would arrive as text.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import pyarrow as pa
from daft import DataType
from daft.io.sink import DataSink, WriteResult
from daft.recordbatch import MicroPartition
from daft.schema import Schema

from triage.batch import spool
from triage.batch.columnar import ColumnarTable, settle
from triage.batch.kernel import Kernel
from triage.batch.runs import Assessed, Run, open_tables, open_writer
from triage.batch.tabular import ROWS_A_BATCH, Added, Batch, Table, TableFormat
from triage.errors import EngineFault, RequestError, TriageError, quote
from triage.library import load_pack
from triage.pack import Pack

DISTRIBUTION = "vcf-triage"
# Daft counts rows within a piece in the low bits and pieces in the high ones.
ROW_BITS = 36


class Piece(NamedTuple):
    """Some rows of a file: whole row groups of Parquet after `before` other rows, or the whole file. `file` counts from 0."""

    file: int
    path: str
    before: int = 0
    groups: tuple[int, ...] = ()


class Asked(NamedTuple):
    """What `Run` takes beside a pack and tables."""

    reading: str | None = None
    carry: tuple[str, ...] = ()
    prefix: str = ""


class Work(NamedTuple):
    """All that a worker is told. `shapes` are the names and schemas of the tables; where `numbers` names a column, rows come
    with their piece and place in it, else the numbers of pieces come, which the worker reads itself. With a `target` the rows are
    written there as parts of a table in the format `layout`, else passed on through `folder`."""

    version: str
    pack: Mapping[str, bytes]
    digest: str
    asked: Asked
    pieces: tuple[Piece, ...]
    shapes: tuple[tuple[str, Any], ...]
    numbers: str
    options: Mapping[str, Any]
    folder: str
    target: str | None
    layout: TableFormat


class Part(NamedTuple):
    """What a worker answers: of `piece` it read `read` rows from the one at `start` on, and left them under `name`."""

    piece: int
    start: int
    name: str
    read: int
    rows: int
    rejected: int
    problems: int


class Failure(NamedTuple):
    """What a worker answers if it cannot go on."""

    message: str
    of_engine: bool


_packs: dict[str, Pack] = {}
_kernels: defaultdict[tuple[str, str], list[Kernel]] = defaultdict(list)
_loading = threading.Lock()


def load_shipped(files: Mapping[str, bytes], digest: str) -> Pack:
    """The pack that came as files, loaded once in a process. Raises EngineFault if it is another one than was sent."""
    with _loading:
        if digest not in _packs:
            with TemporaryDirectory() as folder:
                for name, content in files.items():
                    (Path(folder) / name).write_bytes(content)
                pack = load_pack(folder)
            if pack.digest != digest:
                raise EngineFault(f"a worker reads the pack as {pack.digest[:16]}, and it was sent as {digest[:16]}")
            _packs[digest] = pack
        return _packs[digest]


class Worker(DataSink[Any]):
    """Daft hands it rows wherever they were read; it is sent there as it stands."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.answers: tuple[Part | Failure, ...] = ()

    def schema(self) -> Schema:
        return Schema._from_field_name_and_types([("answers", DataType.int64())])  # noqa: SLF001 - there is no other way

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[Any]]:
        try:
            for micropartition in micropartitions:
                for part in self._assess(micropartition.to_arrow()):
                    yield WriteResult(part, 0, part.read)
        except TriageError as error:
            yield WriteResult(Failure(str(error), isinstance(error, EngineFault)), 0, 0)

    def finalize(self, write_results: list[WriteResult[Any]]) -> MicroPartition:
        self.answers = tuple(written.result for written in write_results)
        return MicroPartition.from_pydict({"answers": [len(self.answers)]})

    def _assess(self, table: Any) -> Iterator[Part]:
        work = self._work
        if version(DISTRIBUTION) != work.version:
            raise RequestError(f"a worker has the version {version(DISTRIBUTION)} and this is {work.version}; install the same")
        if not Path(work.folder).is_dir():
            raise RequestError(f"a worker does not see {quote(work.folder)}; OUTPUT goes where all nodes of the cluster write")
        pack = load_shipped(work.pack, work.digest)
        if not work.numbers:
            for number in table.column("piece").to_pylist():
                with ExitStack() as stack:
                    yield self._run(pack, number, 0, self._open(pack, stack, work.pieces[number]))
            return
        for number, start, rows in split_runs(table, work.numbers):
            piece = work.pieces[number]
            name, schema = work.shapes[piece.file]
            yield self._run(pack, number, start, ArrivedTable(name, schema, rows, pack.question, piece.before + start))

    def _open(self, pack: Pack, stack: ExitStack, piece: Piece) -> Table:
        (table,) = open_tables([piece.path], pack.question, **self._work.options)
        stack.callback(table.close)
        if isinstance(table, ColumnarTable):
            table.take(piece.groups, piece.before)
        table.name, _ = self._work.shapes[piece.file]
        return table

    def _run(self, pack: Pack, number: int, start: int, table: Table) -> Part:
        work = self._work
        run = PieceRun(pack, [table], **work.asked._asdict())
        name = f"{number}-{start}-{uuid4().hex}"
        with ExitStack() as stack:
            if work.target is None:
                self._pass_on(run, stack, name)
            else:
                self._write(pack, run, stack, name, table)
        run.give_back()
        return Part(number, start, name, run.rows + run.rejected, run.rows, run.rejected, run.problems)

    def _pass_on(self, run: Run, stack: ExitStack, name: str) -> None:
        file = stack.enter_context((Path(self._work.folder) / name).open("wb"))
        for assessed in run.assess():
            spool.put(file, assessed)

    def _write(self, pack: Pack, run: Run, stack: ExitStack, name: str, table: Table) -> None:
        work = self._work
        assert work.target is not None
        like = table if work.numbers else self._open(pack, stack, work.pieces[0])
        file = stack.enter_context((Path(work.target) / name).open("wb"))
        writer = open_writer(file, work.layout, like, run.about)
        for assessed in run.assess():
            writer.write(_in_order(assessed.batch, work.shapes[0]), assessed.added)
            if assessed.rejects:
                with (Path(work.folder) / name).open("ab") as told:
                    spool.put(told, _empty(assessed))
        writer.close()
        file.flush()
        os.fsync(file.fileno())


class PieceRun(Run):
    """A run over a piece, with a kernel that knows the profiles of the pieces before it."""

    def _make_kernel(self) -> Kernel:
        # Threads of a node do pieces at the same time, and a kernel is for one of them.
        self._idle = _kernels[self._pack.digest, self._reading]
        return self._idle.pop() if self._idle else super()._make_kernel()

    def give_back(self) -> None:
        """Let the next piece have the kernel."""
        self._idle.append(self._kernel)


class ArrivedTable:
    """Rows that Daft has read, as a table with the types that they have in their file."""

    def __init__(self, name: str, schema: Any, rows: Any, questions: Mapping[str, Any], before: int) -> None:
        self.name = name
        self.schema = schema
        self.columns = tuple(schema.names)
        self._rows = rows
        self._questions = questions
        self._before = before

    def batches(self) -> Iterator[Batch]:
        before = self._before
        for record in self._rows.to_batches(max_chunksize=ROWS_A_BATCH):
            columns = [self._restore(record.column(field.name), field) for field in self.schema]
            yield Batch(self.name, pa.RecordBatch.from_arrays(columns, names=self.schema.names), _numbering(before), (), 1.0)
            before += len(record)

    def close(self) -> None:
        """There is no file."""

    def _restore(self, column: Any, field: Any) -> Any:
        kind = settle(field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        if field.name in self._questions and pa.types.is_large_string(column.type):
            # Of few words only the few are turned into another kind of text.
            coded = column.dictionary_encode()
            return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.string()))
        try:
            return column if column.type == kind else column.cast(kind)
        except pa.ArrowException:
            message = f"Daft reads the column {quote(field.name)} as {column.type}, where the file holds {kind}"
            raise RequestError(f"{self.name}: {message}; copy it to where all nodes see it") from None


def _numbering(before: int) -> Any:
    return lambda rows: [before + int(row) + 1 for row in rows]


def split_runs(table: Any, numbers: str) -> Iterator[tuple[int, int, Any]]:
    """Rows that follow upon each other in a piece: its number, the place of the first, and the rows."""
    places = table.column(numbers).to_numpy().astype(np.int64)
    rows = table.drop_columns([numbers])
    cuts = [0, *(np.flatnonzero(np.diff(places) != 1) + 1).tolist(), len(places)]
    for start, end in pairwise(cuts):
        if start < end:
            piece, place = divmod(int(places[start]), 1 << ROW_BITS)
            yield piece, place, rows.slice(start, end - start)


def _in_order(batch: Batch, shape: tuple[str, Any]) -> Batch:
    """The columns in the order of the first table, where they are known; the names are the same in all of them."""
    names: Sequence[str] | None = shape[1].names if shape[1] is not None else None
    if names is None or names == batch.record.schema.names:
        return batch
    return batch._replace(record=batch.record.select(names), verbatim=Batch._field_defaults["verbatim"])


def _empty(assessed: Assessed) -> Assessed:
    """Only what was left out."""
    batch = assessed.batch._replace(record=assessed.batch.record.slice(0, 0), lines=())
    added = Added(assessed.cells.slice(0, 0), assessed.added.distinct, assessed.added.classes[:0])
    return assessed._replace(batch=batch, added=added, codes={})
