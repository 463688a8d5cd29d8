"""Parquet, row group by row group. Columns keep their types, and few distinct words are never written out in between."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from triage.batch.coding import is_plain, reach
from triage.batch.tabular import ROWS_A_BATCH, Added, Batch, call, fit, no_rows, open_source
from triage.errors import RequestError, quote, show_name

TYPES_KEY = "ARROW:schema"
BROKEN = (pa.ArrowException, OSError, UnicodeError)  # the last for the name of a column
# So many rows tell whether a column that nobody asks about has few words: half as many at most.
ROWS_LOOKED_AT = 1000
# The library's own 1024 costs a third more.
VALUES_AT_ONCE = 1 << 16


class ColumnarTable:
    """A Parquet file. `questions` are columns of which the distinct cells are few; others are looked at for it."""

    def __init__(self, name: str, file: IO[bytes], questions: Collection[str]) -> None:
        self.name = call(name)
        self._kept = file
        self._source = open_source(file)
        try:
            schema = parquet.read_schema(self._source)
            text = [field.name for field in schema if _is_text(field.type)]
            few = _list_few(self._source, text, questions)
            self._file: Any = parquet.ParquetFile(self._source, read_dictionary=few)
            read = self._file.schema_arrow
            self._settled = pa.schema([field.with_type(settle(field.type)) for field in read])
        except BROKEN as error:
            raise self._unreadable(error) from error
        self.columns = tuple(schema.names)
        self.schema = schema.remove_metadata()
        self._groups, self._before = [*range(self._file.num_row_groups)], 0
        self._ahead = ThreadPoolExecutor(1)  # reads the next batch while whoever has the last one works on it

    @property
    def groups(self) -> tuple[int, ...]:
        """The rows of each row group."""
        metadata = self._file.metadata
        return tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))

    def take(self, groups: Sequence[int], before: int) -> None:
        """Read these row groups alone, which `before` rows come before."""
        self._groups, self._before = [*groups], before

    def batches(self) -> Iterator[Batch]:
        rows, every = 0, self.groups
        total = max(sum(every[group] for group in self._groups), 1)
        batches = self._file.iter_batches(batch_size=ROWS_A_BATCH, row_groups=self._groups, use_threads=False)
        following = self._ahead.submit(_read, batches)
        while (record := self._wait_for(following)) is not None:
            following = self._ahead.submit(_read, batches)
            if record.schema.types != self._settled.types:
                record = record.cast(self._settled)
            yield Batch(self.name, record, _Numbers(self._before + rows), (), (rows + len(record)) / total)
            rows += len(record)
        if not rows:
            yield Batch(self.name, no_rows(self._settled), _Numbers(0), (), 1.0)

    def _wait_for(self, record: Future[Any]) -> Any:
        try:
            return record.result()
        except BROKEN as error:
            raise self._unreadable(error) from error

    def close(self) -> None:
        self._ahead.shutdown()
        self._file = None  # it keeps what it read last
        self._source.close()
        self._kept.close()

    def _unreadable(self, error: Exception) -> RequestError:
        return RequestError(f"{self.name}: cannot be read as Parquet: {show_name(str(error).splitlines()[0])}")


class _Numbers:
    """The places of rows in their file, from 1."""

    def __init__(self, before: int) -> None:
        self._before = before

    def __call__(self, rows: Collection[int]) -> list[int]:
        return [self._before + int(row) + 1 for row in rows]


class ColumnarWriter:
    """Writes Parquet. The columns read back with the types in `schema`, text as plain text; `about` is kept beside them."""

    def __init__(self, file: IO[bytes], schema: Any = None, about: Mapping[str, str] | None = None) -> None:
        self._file = file
        self._about = about or {}
        self._schema = schema
        self._begun: Any = None
        self._writer: Any = None

    def write(self, batch: Batch, added: Added) -> None:
        cells = added.record
        if self._begun is None:
            self._begun = batch.record.schema
        names = [*self._begun.names, *cells.schema.names]
        record = pa.RecordBatch.from_arrays([*fit(batch, self._begun), *cells.columns], names=names)
        if self._writer is None:
            own = set(cells.schema.names)
            self._writer = parquet.ParquetWriter(
                _Sink(self._file),
                record.schema,
                store_schema=False,
                write_batch_size=VALUES_AT_ONCE,
                write_statistics=[name for name in record.schema.names if name not in own],
            )
            self._store_types(record.schema)
        if record.num_rows:
            self._writer.write_batch(record)

    def _store_types(self, schema: Any) -> None:
        """Keep what readers of Arrow go by, so that a dictionary in memory does not become one in the file."""
        plain = [field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema]
        given = {field.name: field for field in self._schema or ()}
        types = pa.schema([given.get(field.name, field) for field in plain])
        told = base64.b64encode(types.serialize().to_pybytes()).decode()
        self._writer.add_key_value_metadata({TYPES_KEY: told, **self._about})

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Sink:
    """A file for Arrow, which writes the end of a table whatever became of it: where the file was given up, that is dropped."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.flush, self.closed = file, file.flush, False

    def write(self, data: bytes) -> int:
        return len(data) if self._file.closed else self._file.write(data)


def _read(batches: Iterator[Any]) -> Any:
    """The next batch, or None. Raises what is in `BROKEN`."""
    record = next(batches, None)
    if record is not None:
        _validate(record)
    return record


def _validate(record: Any) -> None:
    """Raise ArrowInvalid for what Arrow believes of a broken file, such as words that it names and does not have.

    What is right at a glance is not gone through: text of plain letters, and indices of which none reaches beyond the words.
    """
    for name, column in zip(record.schema.names, record.columns, strict=True):
        try:
            if pa.types.is_dictionary(column.type) and reach(column.indices) < len(column.dictionary):
                column.dictionary.validate(full=True)
            else:
                column.validate(full=not (pa.types.is_string(column.type) and is_plain(column)))
        except pa.ArrowException as error:
            raise pa.ArrowInvalid(f"column {quote(name)}: {error}") from error


def _list_few(source: Any, text: Sequence[str], questions: Collection[str]) -> list[str]:
    """The columns of text to read as words and indices: answers, and what else has few words in its first rows.

    Rows are read, since Arrow ends the process where what a file says of its pieces is asked for and broken. It cannot read words
    where text is written by its differences.
    """
    first = _read_first(source, [name for name in text if name not in questions])
    few = [name for name in text if name in questions or 2 * _count_words(first.column(name)) <= len(first)]
    return few if _is_readable(source, few) else [name for name in few if _is_readable(source, [name])]


def _read_first(source: Any, columns: list[str], few: Sequence[str] = ()) -> Any:
    file = parquet.ParquetFile(source, read_dictionary=few)
    record = next(file.iter_batches(ROWS_LOOKED_AT, columns=columns, use_threads=False), None)
    return no_rows(file.schema_arrow) if record is None else record


def _count_words(column: Any) -> int:
    return len(column.dictionary_encode().dictionary)


def _is_readable(source: Any, few: list[str]) -> bool:
    try:
        _read_first(source, few, few)
    except BROKEN:
        return False
    return True


def settle(kind: Any) -> Any:
    """The type in which Arrow does all that is done here with a column; rows cannot be left out of what is a view."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(settle(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(settle(kind.key_type), settle(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(settle(kind.value_type)))
    return kind


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
