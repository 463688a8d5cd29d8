"""Tables in files as Arrow batches, whatever their format: what a reader gives and a writer takes, and which format a name means.

`delimited`, `columnar` and `lines` read and write one format each. All read forwards and hold a few batches, so that a file may
be larger than memory. Whatever cannot be read is a RequestError that names the file.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM, open_input, reason_of, unreadable

ROWS_A_BATCH = 1 << 17
INSTALL = "tables need two more libraries; install them beside this tool with: pip install pyarrow numpy"
INSTALL_CLUSTER = "--engine ray needs two more libraries, here and on every node; install them with: pip install daft ray"
# What multiplies matrices for numpy starts threads that nothing here has work for: a fifth of the CPU of a morning's list.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
# Daft and Ray report to their makers that they are used, unless they are told not to; bars of theirs would stand in ours.
QUIET = {"DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "DAFT_PROGRESS_BAR": "0"}


class TableFormat(StrEnum):
    """The formats of a table."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


# A folder that has no room, or is not there to be written.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT)
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
ENDINGS = {
    ".csv": TableFormat.csv,
    ".tsv": TableFormat.csv,
    ".txt": TableFormat.csv,
    ".jsonl": TableFormat.jsonl,
    ".ndjson": TableFormat.jsonl,
    ".parquet": TableFormat.parquet,
    ".pq": TableFormat.parquet,
}


class Unreadable(NamedTuple):
    """A row that cannot be read at all; `number` is its place in the file.

    `guesses` are readings of it that may each be wrong. They serve to look for warning signs, and for nothing else.
    """

    number: int
    text: str
    problem: str
    guesses: Callable[[], Iterable[Mapping[str, str]]] = tuple


class Batch(NamedTuple):
    """Some rows in the order of their file.

    `number` gives the places in the file of rows of the batch; `lines` are the rows as they stood, where the format has lines of
    its own; `done` is the share of the file that has been read. `verbatim` gives the rows as they stood as lines of CSV with a
    delimiter: columns of bytes, some rows at a time, each with the line break before it, as far as they can be had.
    """

    file: str
    record: Any
    number: Callable[[Sequence[int]], Sequence[int]]
    unreadable: tuple[Unreadable, ...]
    done: float
    lines: tuple[str, ...] = ()
    verbatim: Callable[[str], Iterable[Any]] = lambda _: ()

    def keep(self, kept: Any) -> Batch:
        """The rows that are kept; `kept` is a numpy array of truth values."""
        import numpy as np

        from triage.batch.coding import as_truths

        places, number, verbatim, mask = np.flatnonzero(kept), self.number, self.verbatim, as_truths(kept)

        def keep_verbatim(delimiter: str) -> Iterator[Any]:
            start = 0
            for lines in verbatim(delimiter):
                yield lines.filter(mask.slice(start, len(lines)))
                start += len(lines)

        return self._replace(
            record=self.record.filter(mask),
            number=lambda rows: number([int(places[row]) for row in rows]),
            verbatim=keep_verbatim,
            lines=tuple(line for line, keep in zip(self.lines, kept, strict=True) if keep) if self.lines else (),
        )


class Added(NamedTuple):
    """The columns that are added to those of a batch, with a name each.

    Rows of one class have the same cells in all of them: those of `distinct` in the place that `classes`, a numpy array, names.
    """

    record: Any
    distinct: Any
    classes: Any


class Table(Protocol):
    """A file that is read as a table. Its columns are known before the first batch, save where every row has its own."""

    name: str

    @property
    def columns(self) -> tuple[str, ...] | None: ...

    def batches(self) -> Iterator[Batch]: ...

    def close(self) -> None: ...


class Writer(Protocol):
    """Writes batches to a file, with the columns that are added to those of a batch."""

    def write(self, batch: Batch, added: Added) -> None: ...

    def close(self) -> None: ...


def check_installed() -> None:
    """Make ready for importing the libraries for tables. Raises RequestError if they are not installed."""
    os.environ.setdefault(*ONE_THREAD)
    try:
        import numpy as np  # noqa: F401 - what counts is that it can be imported
        import pyarrow as pa  # noqa: F401
    except ImportError:
        raise RequestError(INSTALL) from None


def check_cluster_installed() -> None:
    """Make ready for importing the libraries for clusters. Raises RequestError if they are not installed."""
    from importlib.util import find_spec

    if not (find_spec("daft") and find_spec("ray")):
        raise RequestError(INSTALL_CLUSTER)
    os.environ.update(QUIET)


def find_format(name: str, given: TableFormat | None, option: str) -> TableFormat:
    """The format asked for, else the one that the ending of a name says, else that of lines with commas for a standard stream."""
    found = given or (TableFormat.csv if name == STANDARD_STREAM else ENDINGS.get(Path(name).suffix.lower()))
    if found is None:
        if Path(name).suffix.lower() in SPREADSHEETS:
            way_out = "save it as CSV in its program, or end the name in .csv"
            raise RequestError(f"{call(name)}: a spreadsheet is neither read nor written; {way_out}")
        endings = ", ".join(ENDINGS)
        raise RequestError(f"{call(name)}: its name says no format; end it in {endings}, or give {option}")
    return found


def call(name: str) -> str:
    """What an input is called in messages."""
    return "standard input" if name == STANDARD_STREAM else show_name(name)


def is_stored(name: str) -> bool:
    """Whether a name leads into an object store, which only a cluster reads."""
    return "://" in name


def open_bytes(name: str) -> IO[bytes]:
    """A file that can be read from the start again; what comes through a pipe is kept on disk. Raises RequestError."""
    try:
        if name == STANDARD_STREAM:
            if sys.stdin is None:
                raise RequestError("standard input is closed; name a file instead of -")
            return _keep(sys.stdin.buffer)
        path = Path(name)
        mode = path.stat().st_mode
        if (stat.S_ISBLK(mode) or stat.S_ISCHR(mode)) and not path.samefile(os.devnull):
            raise RequestError(f"{quote(name)} cannot be read: it is a device, which may have no end; name a file")
        if stat.S_ISREG(mode):
            return path.open("rb")
        with open_input(name) as stream:
            return _keep(stream)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error


def _keep(stream: IO[bytes]) -> IO[bytes]:
    with ExitStack() as opened:
        try:
            kept = opened.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(stream, kept)
            kept.seek(0)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            folder = "the folder for temporary files, where what comes through a pipe is kept, cannot take it"
            raise RequestError(f"{folder}: {reason_of(error)}; set TMPDIR to another, or name a file") from error
        opened.pop_all()  # it lives as long as the table that reads it
        return kept


class _Unclosed:
    """A file of which Arrow closes no more than this."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.tell, self.seek, self.closed = file.read, file.tell, file.seek, False

    def close(self) -> None:
        self.closed = True


def open_source(file: IO[bytes]) -> Any:
    """What Arrow reads a file from, at its start: by its name where it has one, which is quicker and keeps nothing back."""
    import pyarrow as pa

    name = getattr(file, "name", None)
    file.seek(0)
    return pa.OSFile(name, "rb") if isinstance(name, str) else pa.PythonFile(_Unclosed(file), "r")


def no_rows(schema: Any) -> Any:
    """A record batch that is empty."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def fit(batch: Batch, schema: Any) -> list[Any]:
    """The columns of a batch in the order and of the types of a table that was begun with others; what it lacks is null.

    Raises RequestError for a column that the table has no place for.
    """
    import pyarrow as pa

    record = batch.record
    there, known = set(record.schema.names), set(schema.names)
    extra = [name for name in there if name not in known]
    if extra:
        message = f"has the column {quote(min(extra))}, which was not there at first"
        raise RequestError(f"{batch.file}: {message}; write JSON Lines, where each row has its own")
    columns = []
    for field in schema:
        if field.name not in there:
            columns.append(pa.nulls(len(record), field.type))
            continue
        try:
            column = record.column(field.name)
            columns.append(column if column.type == field.type else column.cast(field.type))
        except pa.ArrowException:
            message = f"holds {column.type} in the column {quote(field.name)}, where the files before hold {field.type}"
            raise RequestError(f"{batch.file}: {message}; run them apart") from None
    return columns
