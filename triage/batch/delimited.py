"""CSV as it comes out of spreadsheets and systems: delimiter and encoding are found out or given, and the rest is Arrow's parser.

Every cell is text, and what is carried stays as it was typed. A row with too few or too many cells is told of and left out. A
quotation mark that is never closed would swallow the rows after it in silence, so a file with an odd number of them is refused.
Rows in which nothing is quoted are written as they stood, which costs less than to put their cells together again. Reader
and writer stand together, as of every format.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from triage.batch.coding import as_text
from triage.batch.dialects import FALLBACK, count_rows, find_delimiter, find_encoding, read_header
from triage.batch.tabular import Added, Batch, Unreadable, call, fit, no_rows
from triage.batch.verbatim import LINE_BREAK, Places, Verbatim, cut_lines, take
from triage.errors import EngineFault, RequestError, quote

SAMPLE = 1 << 20
# A row is at most as long as a block.
BLOCK = 1 << 24
MAX_SHOWN = 200
ROWS_AT_ONCE = 1 << 14
_NOT_HANDED_OVER = re.compile(r"Expected \d+ columns, got \d+")
_SPECIAL = '["\r\n'


class DelimitedTable:
    """A CSV file. `questions` are the columns of which the distinct cells are few."""

    def __init__(
        self,
        name: str,
        file: IO[bytes],
        questions: Collection[str],
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
    ) -> None:
        self.name = call(name)
        self._file = file
        self._size = max(file.seek(0, io.SEEK_END), 1)
        file.seek(0)
        sample = file.read(SAMPLE)
        self.has_mark = sample.startswith(codecs.BOM_UTF8)
        is_whole = len(sample) < SAMPLE
        self.encoding = find_encoding(name, sample, encoding, is_whole=is_whole)
        try:
            text = codecs.getincrementaldecoder(self.encoding)("replace").decode(sample, is_whole).removeprefix("\ufeff")
        except UnicodeError:
            remedy = "name one that says the order of its bytes, such as utf-16-le, or another"
            raise RequestError(f"{self.name}: does not begin with the mark of {self.encoding}; {remedy}") from None
        self.delimiter = delimiter or find_delimiter(text, questions)
        self.columns = read_header(name, text, self.delimiter)
        self._is_header_alone = is_whole and count_rows(text, self.delimiter, upto=2) < 2
        # Lines before the header, which Arrow takes for it where an empty line is a row.
        self._empty = len(text[: len(text) - len(text.lstrip("\r\n"))].splitlines()) if len(self.columns) == 1 else 0
        self._questions = questions
        self._unreadable: list[Unreadable] = []
        # For each row that was left out, how many rows before it were not.
        self._left_out = array("q")

    def batches(self) -> Iterator[Batch]:
        rows = 0
        self._file.seek(0)
        told = Verbatim(self._file, self.encoding)
        if any("\n" in name or "\r" in name for name in self.columns):
            told.drop()
        source = pa.PythonFile(told, "r")
        last = None
        try:
            for record in self._open(source):
                unreadable, self._unreadable = tuple(self._unreadable), []
                numbers, share = _Numbers(rows, self._left_out), min(1.0, told.tell() / self._size)
                lines = _Lines(told, self.delimiter, record, numbers)
                yield Batch(self.name, record, numbers, unreadable, share, verbatim=lines)
                lines.leave()
                rows += len(record)
                last = record.slice(len(record) - 1) if len(record) else last
        except (pa.ArrowInvalid, UnicodeError) as error:
            raise RequestError(f"{self.name}: {self._explain(str(error))}") from error
        finally:
            source.close()
        if last is not None and self._is_never_closed(last):
            message = "has an odd number of quotation marks; one that is not closed hides the rows after it; close or double it"
            raise RequestError(f"{self.name}: {message}")

    def _is_never_closed(self, last: Any) -> bool:
        """Whether a quotation mark may have swallowed rows: they are then in the last one, and the marks do not come in pairs."""
        if not any("\n" in str(cell) or "\r" in str(cell) for cell in last.to_pylist()[0].values()):
            return False
        self._file.seek(0)
        return sum(piece.count(b'"') for piece in iter(partial(self._file.read, BLOCK), b"")) % 2 == 1

    def _open(self, source: Any) -> Iterator[Any]:
        few = pa.dictionary(pa.int32(), pa.string())
        types = {name: few if name in self._questions else pa.string() for name in self.columns}
        if self._is_header_alone:  # Arrow takes one without an end of line for nothing
            yield no_rows(pa.schema(types))
            return
        one_column = len(self.columns) == 1
        # A row of the wrong length that is not of the encoding: Arrow cannot hand it over, and then says that it is too long.
        with (
            _unheard(UnicodeDecodeError),
            arrow_csv.open_csv(
                source,
                arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, skip_rows=self._empty),
                arrow_csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=not one_column,
                    invalid_row_handler=self._leave_out,
                ),
                arrow_csv.ConvertOptions(
                    column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
                ),
            ) as reader,
        ):
            if tuple(reader.schema.names) != self.columns:
                raise RequestError(f"{self.name}: its header cannot be read; write it as one line without line breaks")
            yield from reader
            # Rows that are left out are told with the batch after them, of which there is always one.
            yield no_rows(reader.schema)

    def close(self) -> None:
        self._file.close()

    def _leave_out(self, row: Any) -> str:
        number = row.number - self._empty
        self._left_out.append(number - 2 - len(self._left_out))
        cells = f"{row.actual_columns} cell{'' if row.actual_columns == 1 else 's'}"
        problem = f"has {cells} where the header has {row.expected_columns}; a cell that holds "
        problem += f"{quote(self.delimiter)} or a line break stands in quotation marks"
        self._unreadable.append(Unreadable(number, row.text[:MAX_SHOWN], problem, partial(self._guess, row.text)))
        return "skip"

    def _guess(self, text: str) -> Iterator[dict[str, str]]:
        """The cells of a row of the wrong length, counted from its beginning and from its end."""
        try:
            (cells,) = csv.reader([text], delimiter=self.delimiter)
        except csv.Error:  # a cell that is too long to be an answer
            cells = text.split(self.delimiter)
        yield dict(zip(self.columns, cells, strict=False))
        yield dict(zip(reversed(self.columns), reversed(cells), strict=False))

    def _explain(self, message: str) -> str:
        if "UTF8" in message or "codec" in message or _NOT_HANDED_OVER.search(message):
            return f"is not {self.encoding} all through; name its encoding with --encoding, such as {FALLBACK} or utf-16"
        if "straddling" in message:
            return f"has a row of more than {BLOCK >> 20} MB; is a quotation mark never closed?"
        return f"cannot be read as CSV: {message.splitlines()[0]}"


class _Numbers:
    """The places of rows in their file. The header is row 1, as in a spreadsheet; empty lines do not count."""

    def __init__(self, before: int, left_out: Sequence[int]) -> None:
        self._before = before
        self._left_out = left_out

    def __call__(self, rows: Sequence[int]) -> Sequence[int]:
        return [int(place) + 2 for place in self.places(np.asarray(rows, np.int64))]

    def places(self, rows: Places) -> Places:
        """The places after the header, from 0."""
        ordinals = rows + self._before
        return ordinals + np.searchsorted(np.asarray(self._left_out), ordinals, side="right")


class _Lines:
    """The lines of a batch as they stood, for one who asks before the next batch is read."""

    def __init__(self, told: Verbatim, delimiter: str, record: Any, numbers: _Numbers) -> None:
        self._told, self._delimiter, self._record, self._numbers = told, delimiter, record, numbers
        self._is_asked = False

    def __call__(self, delimiter: str) -> Iterator[Any]:
        self._is_asked = delimiter == self._delimiter
        if not self._is_asked:
            return
        told = 0
        for lines in self._told.take(self._numbers.places(np.arange(len(self._record)))):
            yield lines
            told += len(lines)
        # What one line is off by all after it are; nothing that was written appears before this has held.
        if told and lines[-1].as_py() != self._put_together(told - 1):
            raise EngineFault(f"the lines of a CSV are not the rows that were parsed, at row {self._numbers([told - 1])[0]}")

    def _put_together(self, row: int) -> bytes:
        (cells,) = self._record.slice(row, 1).to_pylist()
        return LINE_BREAK + self._delimiter.join(cell or "" for cell in cells.values()).encode()

    def leave(self) -> None:
        """Who does not ask for the lines of one batch gets none later."""
        if not self._is_asked:
            self._told.drop()


class DelimitedWriter:
    """Writes CSV in UTF-8, with quotation marks only where they are called for. Fields that are null stay empty."""

    def __init__(self, file: IO[bytes], delimiter: str = ",", *, with_mark: bool = False) -> None:
        self._file = file
        self._delimiter = delimiter
        self._distinct = self._texts = None
        self._unquoted = arrow_csv.WriteOptions(
            include_header=False, batch_size=ROWS_AT_ONCE, delimiter=delimiter, quoting_style="none"
        )
        self._schema: Any = None
        self._mark = codecs.BOM_UTF8 if with_mark else b""

    def write(self, batch: Batch, added: Added) -> None:
        """A row is its line and the text of its class, and each text is put together once."""
        if self._schema is None:
            self._schema = batch.record.schema
            self._file.write(self._mark)
            header = self._format(_name_columns(self._schema))
            self._write_lines(header, self._end(_name_columns(added.record.schema)), np.zeros(1, np.int64), without=1)
        try:
            if added.distinct is not self._distinct:
                self._distinct, self._texts = added.distinct, self._end(added.distinct.columns)
            start = 0
            for lines in self._list_lines(batch):
                self._write_lines(lines, self._texts, added.classes[start : start + len(lines)])
                start += len(lines)
        except RequestError as error:
            raise RequestError(f"{batch.file}: {error}") from error

    def close(self) -> None:
        if self._schema is not None:
            self._file.write(LINE_BREAK)

    def _list_lines(self, batch: Batch) -> Iterator[Any]:
        """The rows as they stood where they can be had, and else put together, some at a time."""
        start = 0
        for lines in batch.verbatim(self._delimiter) if batch.record.schema == self._schema else ():
            yield lines
            start += len(lines)
        columns = fit(batch, self._schema)
        for place in range(start, len(batch.record), ROWS_AT_ONCE):
            yield self._format([column.slice(place, ROWS_AT_ONCE) for column in columns])

    def _write_lines(self, lines: Any, texts: Any, classes: Places, *, without: int = 0) -> None:
        whole = _join([lines, take(texts, classes)], b"")
        _, offsets, data = whole.buffers()
        ends = np.frombuffer(offsets, np.int64)
        self._file.write(memoryview(data)[ends[whole.offset] + without : ends[whole.offset + len(whole)]])

    def _format(self, columns: Sequence[Any]) -> Any:
        """The lines of rows, each with the line break before it."""
        texts = [_as_text(column, place, self._schema) for place, column in enumerate(columns)]
        plain = pa.RecordBatch.from_arrays(texts, names=[*map(str, range(len(columns)))])
        sink = pa.BufferOutputStream()
        sink.write(LINE_BREAK)
        try:
            arrow_csv.write_csv(plain, sink, self._unquoted)
        except pa.ArrowInvalid:  # a cell that calls for quotation marks
            first, *others = map(self._quote, plain.columns)
            return _join([_join([LINE_BREAK, first], b""), *others], self._delimiter.encode())
        return cut_lines(sink.getvalue())

    def _end(self, columns: Sequence[Any]) -> Any:
        """What rows end with, from the delimiter on."""
        return _join([b"", *map(self._quote, columns)], self._delimiter.encode())

    def _quote(self, column: Any) -> Any:
        text = column.cast(pa.string()).cast(pa.large_string())
        special = pc.match_substring_regex(text, f"[{_SPECIAL}{re.escape(self._delimiter)}]")
        plain = text.cast(pa.large_binary())
        if not pc.any(special).as_py():
            return plain
        doubled = pc.replace_substring(text, '"', '""').cast(pa.large_binary())
        return pc.if_else(special, _join([b'"', doubled, b'"'], b""), plain)


def _as_text(column: Any, place: int, schema: Any) -> Any:
    try:
        return column.cast(pa.string())
    except pa.ArrowException as error:
        named = f"the column {quote(schema.names[place])} has no form in CSV ({str(error).splitlines()[0]})"
        raise RequestError(f"{named}; write JSON Lines or Parquet") from error


@contextmanager
def _unheard(kind: type[Exception]) -> Iterator[None]:
    """Let the interpreter not tell of errors of a kind that a library drops; of all others it does."""
    before = sys.unraisablehook

    def hear(lost: sys.UnraisableHookArgs) -> None:
        if not issubclass(lost.exc_type, kind):
            before(lost)

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before


def _name_columns(schema: Any) -> list[Any]:
    return [as_text([name]) for name in schema.names]


def _join(parts: Sequence[Any], between: bytes) -> Any:
    """Bytes joined row by row; what is null is empty."""
    texts = [_as_scalar(part) if isinstance(part, bytes) else part for part in (*parts, between)]
    return pc.binary_join_element_wise(*texts, null_handling="replace", null_replacement="")


def _as_scalar(part: bytes) -> Any:
    return as_text([part.decode()]).cast(pa.large_binary())[0]
