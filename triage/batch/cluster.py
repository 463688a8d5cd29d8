"""One run over some tables on a Ray cluster: Daft deals out pieces of them, workers assess them, and they come back in order.

The workers make the same `Run` of the same kernel, so that nothing about a row is decided here. They read files themselves:
Parquet by row groups, other formats whole, since their rows can only be told apart from the start. What is in an object store is
read by Daft. A worker that dies is made up for by Daft and Ray. Every row is counted: where rows are missing, or come twice, the
run ends with an EngineFault, and nothing is written.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import daft
import ray
from daft.functions import monotonically_increasing_id
from ray._private import services  # how Ray finds a cluster that runs here, has no other name

from triage.batch import spool
from triage.batch.columnar import ColumnarTable
from triage.batch.runs import Assessed, Run, open_tables, open_writer
from triage.batch.tabular import QUIET, Batch, Table, TableFormat, call, find_format, is_stored
from triage.batch.workers import DISTRIBUTION, Asked, Failure, Part, Piece, Work, Worker
from triage.errors import EngineFault, RequestError, quote
from triage.library import FILES
from triage.pack import Pack

# Row groups are put together until a piece has this many rows, so that small ones cost no more than large ones.
ROWS_A_PIECE = 1 << 18
# The most rows that Daft hands over at once: a part of a table has at most as many.
ROWS_AT_ONCE = 1 << 19
# Seconds in which a cluster answers.
WAIT: float = 5
# What whoever calls by HTTP/2 begins with, as gRPC does; the answer begins with a frame of the type SETTINGS, too.
SETTINGS = b"\x04"
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0" + SETTINGS + bytes(5)


def connect(address: str) -> None:
    """Join a cluster that is running. Raises RequestError if there is none."""
    try:
        if not ray.is_initialized():
            address = _find(address)
            _knock(address)
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": QUIET})
        daft.set_runner_ray(noop_if_initialized=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        message = f"no Ray cluster answers at {quote(address)} ({reason}); `ray start --head` starts one"
        raise RequestError(f"{message}, and --address takes its HOST:PORT") from error


def _find(address: str) -> str:
    """Where the cluster is that runs here, for `auto`: Ray keeps the address of one that has ended, and would wait for it."""
    if address != "auto":
        return address
    found = services.canonicalize_bootstrap_address(address)
    if not found:
        raise OSError("none is running here")
    return str(found)


def _knock(address: str) -> None:
    """Raise OSError where nobody listens, or somebody who does not speak as Ray does: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        with socket.create_connection((host, int(port)), timeout=WAIT) as line:
            line.sendall(HELLO)
            answer = line.recv(4)
    except TimeoutError:
        raise OSError(f"no answer in {WAIT} seconds") from None
    if answer[3:] != SETTINGS and os.environ.get("RAY_USE_TLS", "0") == "0":
        raise OSError("what listens there is no cluster")


class StoredTable:
    """Parquet in an object store, which Daft alone reads."""

    def __init__(self, name: str) -> None:
        self.name = call(name)
        try:
            self.schema = daft.read_parquet(name).schema().to_pyarrow_schema()
        except Exception as error:  # what Daft raises has no common root
            raise RequestError(f"{self.name}: cannot be read as Parquet: {_first_line(error)}") from error
        self.columns = tuple(self.schema.names)

    def batches(self) -> Iterator[Batch]:
        raise AssertionError("read by Daft")

    def close(self) -> None:
        """There is no file."""


def expand_stored(name: str) -> list[str]:
    """The names in an object store that a pattern stands for, sorted. Raises RequestError if there are none."""
    try:
        return sorted(daft.from_glob_path(name).to_pydict()["path"])
    except Exception as error:  # what Daft raises has no common root
        raise RequestError(f"{call(name)}: cannot be looked up: {_first_line(error)}") from error


def open_inputs(names: Sequence[str], pack: Pack, **options: Any) -> tuple[Table, ...]:
    """Files as `open_tables` has them, or Parquet in an object store. Raises RequestError."""
    stored = [name for name in names if is_stored(name)]
    if not stored:
        return open_tables(names, pack.question, **options)
    if len(stored) < len(names):
        raise RequestError("files and what is in an object store are not read in one run; run them apart")
    for name in stored:
        if find_format(name, options.get("format"), "--input-format") != TableFormat.parquet:
            raise RequestError(
                f"{call(name)}: from an object store Parquet is read; copy other files to where all nodes see them"
            )
    return tuple(map(StoredTable, stored))


class Sites(NamedTuple):
    """Where a run reads and writes: the names that its tables were opened by, how they were opened, a folder that all nodes can
    write in, and, if rows do not come back, the folder in which the workers write them, with the format of that."""

    files: tuple[str, ...]
    options: Mapping[str, Any]
    folder: Path
    parts: Path | None
    layout: TableFormat


class ClusterRun(Run):
    """A run of which the rows are assessed elsewhere.

    They come back to be written here, or stay as parts of a table in the order of the input, and then only what was left out
    comes back.
    """

    def __init__(self, pack: Pack, tables: Sequence[Table], sites: Sites, *, asked: Asked) -> None:
        super().__init__(pack, tables, **asked._asdict())
        if sites.parts is not None and sites.layout != TableFormat.jsonl and any(table.columns is None for table in tables):
            raise RequestError("rows of JSON Lines have columns of their own; write parts of JSON Lines, or OUTPUT as one file")
        self._files = [name if is_stored(name) else str(Path(name).absolute()) for name in sites.files]
        self._folder = sites.folder
        self._parts = sites.parts
        self._work = Work(
            version=version(DISTRIBUTION),
            pack={name: (Path(pack.folder) / name).read_bytes() for name in FILES},
            digest=pack.digest,
            asked=asked,
            pieces=(),
            shapes=tuple((table.name, getattr(table, "schema", None)) for table in tables),
            numbers="",
            options=sites.options,
            folder="",
            target=str(sites.parts.absolute()) if sites.parts is not None else None,
            layout=sites.layout,
        )

    def assess(self) -> Iterator[Assessed]:
        """Everything assessed, in the order of the files. Raises RequestError, IntakeError and EngineFault."""
        pieces = self._cut()
        if not pieces:
            yield from self._assess_here()
            return
        try:
            spooled = TemporaryDirectory(dir=self._folder, prefix=".triage-", suffix=".part")
        except OSError as error:
            raise RequestError(f"{quote(self._folder)} cannot be written: {error.strerror}; nothing was changed") from error
        with spooled as folder:
            parts = self._execute(self._work._replace(pieces=pieces, folder=str(Path(folder).absolute())))
            for place, part in enumerate(parts):
                self.share = (place + 1) / len(parts)
                self.rows += part.rows
                self.rejected += part.rejected
                self.problems += part.problems
                yield from self._take(Path(folder) / part.name, pieces[part.piece].file)
        if self._parts is not None:
            self._name_parts(self._parts, parts)

    def _assess_here(self) -> Iterator[Assessed]:
        """What there is of tables without rows."""
        with ExitStack() as stack:
            writer = None
            if self._parts is not None:
                file = stack.enter_context((self._parts / f"part-00000.{self._work.layout}").open("wb"))
                writer = open_writer(file, self._work.layout, self._tables[0], self.about)
            for assessed in super().assess():
                if writer is not None:
                    writer.write(assessed.batch, assessed.added)
                yield assessed
            if writer is not None:
                writer.close()

    def _cut(self) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        for number, (path, table) in enumerate(zip(self._files, self._tables, strict=True)):
            if isinstance(table, ColumnarTable):
                pieces += (Piece(number, path, before, groups) for before, groups in cut_groups(table.groups))
            else:
                pieces.append(Piece(number, path))
        return tuple(pieces)

    def _execute(self, work: Work) -> list[Part]:
        """The parts that the workers left, in order, every row in one of them."""
        try:
            with daft.execution_config_ctx(default_morsel_size=ROWS_AT_ONCE, enable_scan_task_split_and_merge=False):
                if isinstance(self._tables[0], StoredTable):
                    work = work._replace(numbers=self._name_numbers())
                    frame = self._read(work)
                else:
                    frame = daft.from_pydict({"piece": [*range(len(work.pieces))]}).into_partitions(len(work.pieces))
                worker = Worker(work)
                frame.write_sink(worker)
        except RequestError:
            raise
        except Exception as error:  # whatever ends a run of Daft and Ray, there is no result of it
            raise EngineFault(f"the cluster did not come to an end: {_first_line(error)}") from error
        for answer in worker.answers:
            if isinstance(answer, Failure):
                raise (EngineFault if answer.of_engine else RequestError)(answer.message)
        return self._check_parts(work.pieces, [answer for answer in worker.answers if isinstance(answer, Part)])

    def _name_numbers(self) -> str:
        name = "row"
        while any(name in (table.columns or ()) for table in self._tables):
            name += "_"
        return name

    def _read(self, work: Work) -> Any:
        try:
            frame = daft.read_parquet([piece.path for piece in work.pieces])
        except Exception as error:  # what Daft raises has no common root
            message = f"Daft cannot read it ({_first_line(error)}); copy it to where all nodes see it"
            raise RequestError(f"{self._tables[0].name}: {message}") from error
        return frame.with_column(work.numbers, monotonically_increasing_id())

    def _check_parts(self, pieces: Sequence[Piece], parts: Sequence[Part]) -> list[Part]:
        ordered = sorted(parts, key=lambda part: (part.piece, part.start))
        seen: defaultdict[int, int] = defaultdict(int)
        for part in ordered:
            if part.start != seen[part.piece]:
                raise EngineFault(f"the cluster brought row {seen[part.piece] + 1} of a piece not at all, or twice")
            seen[part.piece] += part.read
        for number, piece in enumerate(pieces):
            table = self._tables[piece.file]
            if isinstance(table, ColumnarTable) and seen[number] != sum(table.groups[group] for group in piece.groups):
                raise EngineFault(f"{table.name}: the cluster brought {seen[number]:,} rows of a piece that has others")
        return ordered

    def _take(self, path: Path, file: int) -> Iterator[Assessed]:
        if not path.exists():  # nothing was left out of this part
            return
        table = self._tables[file]
        for batch, added, codes, rejects in spool.take(path):
            columns = self._check(batch.record.schema.names, table)
            yield Assessed(table, columns, batch, added, codes, rejects)
        path.unlink()

    def _name_parts(self, folder: Path, parts: Sequence[Part]) -> None:
        """Give the parts names in order, and take away what workers left that died."""
        for place, part in enumerate(parts):
            (folder / part.name).rename(folder / f"part-{place:05}.{self._work.layout}")
        for left in folder.iterdir():
            if not left.name.startswith("part-"):
                left.unlink()


def cut_groups(rows: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Row groups of so many rows each as pieces: the rows before a piece, and its groups."""
    before, groups = 0, list[int]()
    for group, _ in enumerate(rows):
        groups.append(group)
        held = sum(rows[one] for one in groups)
        if held >= ROWS_A_PIECE or (held and group == len(rows) - 1):
            yield before, tuple(groups)
            before, groups = before + held, []


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
