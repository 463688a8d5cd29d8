"""CSV as it comes out of spreadsheets and systems: delimiter and encoding are found out or given, and the rest is Arrow's parser.

Every cell is text, and what is carried stays as it was typed. A row with too few or too many cells is told of and left out. A
quotation mark that is never closed would swallow the rows after it in silence, so a file with an odd number of them is refused.
"""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from triage.batch.tabular import Batch, Unreadable, call, fit, open_source
from triage.errors import RequestError, quote

DELIMITERS = ",;\t|"
FALLBACK = "windows-1252"
SAMPLE = 1 << 20
# A row is at most as long as a block.
BLOCK = 1 << 24
MAX_SHOWN = 200
ROWS_AT_ONCE = 1 << 14
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
        self.encoding = _find_encoding(name, sample, encoding)
        text = codecs.getincrementaldecoder(self.encoding)("replace").decode(sample).removeprefix("\ufeff")
        self.delimiter = delimiter or _find_delimiter(text, questions)
        self.columns = _read_header(name, text, self.delimiter)
        self._is_header_alone = len(sample) < SAMPLE and _count_rows(text, self.delimiter, upto=2) < 2
        self._questions = questions
        self._unreadable: list[Unreadable] = []
        # For each row that was left out, how many rows before it were not.
        self._left_out = array("q")

    def batches(self) -> Iterator[Batch]:
        rows = 0
        source = open_source(self._file)
        last = None
        try:
            for record in self._open(source):
                unreadable, self._unreadable = tuple(self._unreadable), []
                yield Batch(self.name, record, _Numbers(rows, self._left_out), unreadable, min(1.0, source.tell() / self._size))
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
            yield pa.RecordBatch.from_pylist([], schema=pa.schema(types))
            return
        one_column = len(self.columns) == 1
        with arrow_csv.open_csv(
            source,
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, encoding=self.encoding),
            arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=not one_column,
                invalid_row_handler=self._leave_out,
            ),
            arrow_csv.ConvertOptions(
                column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
            ),
        ) as reader:
            if tuple(reader.schema.names) != self.columns:
                raise RequestError(f"{self.name}: its header cannot be read; write it as one line without line breaks")
            yield from reader
            # Rows that are left out are told with the batch after them, of which there is always one.
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)

    def close(self) -> None:
        self._file.close()

    def _leave_out(self, row: Any) -> str:
        self._left_out.append(row.number - 2 - len(self._left_out))
        problem = f"has {row.actual_columns} cells where the header has {row.expected_columns}; a cell that holds "
        problem += f"{quote(self.delimiter)} or a line break stands in quotation marks"
        self._unreadable.append(Unreadable(row.number, row.text[:MAX_SHOWN], problem))
        return "skip"

    def _explain(self, message: str) -> str:
        if "UTF8" in message or "codec" in message:
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
        ordinals = np.asarray(rows, np.int64) + self._before
        shifts = np.searchsorted(np.asarray(self._left_out), ordinals, side="right")
        return [int(number) for number in ordinals + shifts + 2]


def _find_encoding(name: str, sample: bytes, given: str | None) -> str:
    if given is not None:
        try:
            return codecs.lookup(given).name
        except LookupError:
            message = f"{quote(given)} is no encoding; such as utf-8, {FALLBACK} or utf-16"
            raise RequestError(f"--encoding {message}") from None
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return FALLBACK
    if b"\0" in sample.split(b"\n", 1)[0]:
        raise RequestError(f"{call(name)}: holds zero bytes; name its encoding with --encoding, such as utf-16-le")
    return "utf-8"


def _find_delimiter(text: str, questions: Collection[str]) -> str:
    """The one that gives the header the most questions, and among those the most columns."""

    def count(delimiter: str) -> tuple[int, int]:
        cells = _first_row(text, delimiter)
        return sum(cell.strip().lower() in questions for cell in cells), len(cells)

    return max(DELIMITERS, key=count)


def _first_row(text: str, delimiter: str) -> list[str]:
    return next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row), [])


def _count_rows(text: str, delimiter: str, *, upto: int) -> int:
    """How many rows there are, with the header, as far as it matters."""
    try:
        return sum(1 for _ in islice(filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), upto))
    except csv.Error:
        return upto


def _read_header(name: str, text: str, delimiter: str) -> tuple[str, ...]:
    try:
        columns = tuple(_first_row(text, delimiter))
    except csv.Error as error:
        raise RequestError(f"{call(name)}: its header cannot be read: {error}") from None
    if not columns:
        raise RequestError(f"{call(name)}: is empty; the first line of a CSV names its columns")
    return columns


class DelimitedWriter:
    """Writes CSV in UTF-8, with quotation marks only where they are called for. Fields that are null stay empty."""

    def __init__(self, file: IO[bytes], delimiter: str = ",", *, with_mark: bool = False) -> None:
        self._file = file
        self._delimiter = delimiter
        self._unquoted = arrow_csv.WriteOptions(
            include_header=False, batch_size=ROWS_AT_ONCE, delimiter=delimiter, quoting_style="none"
        )
        self._schema: Any = None
        self._mark = codecs.BOM_UTF8 if with_mark else b""

    def write(self, batch: Batch, cells: Any) -> None:
        if self._schema is None:
            self._schema = batch.record.schema
            self._file.write(self._mark)
            self._write_rows([pa.array([name]) for name in (*self._schema.names, *cells.schema.names)])
        try:
            self._write_rows([*fit(batch, self._schema), *cells.columns])
        except pa.ArrowException as error:
            message = f"a column has no form in CSV ({str(error).splitlines()[0]}); write JSON Lines or Parquet"
            raise RequestError(f"{batch.file}: {message}") from error

    def _write_rows(self, columns: Sequence[Any]) -> None:
        plain = pa.RecordBatch.from_arrays(
            [column.cast(pa.string()) for column in columns], names=[*map(str, range(len(columns)))]
        )
        start = self._file.tell()
        try:
            arrow_csv.write_csv(plain, self._file, self._unquoted)
        except pa.ArrowInvalid:  # a cell that calls for quotation marks
            self._file.seek(start)
            self._file.truncate()
            self._write_quoted(plain.columns)

    def _write_quoted(self, columns: Sequence[Any]) -> None:
        texts = [self._quote(column) for column in columns]
        lines = _join([_join(texts, self._delimiter), ""], "\n")
        if len(lines):
            _, offsets, data = lines.buffers()
            ends = np.frombuffer(offsets, np.int64)
            self._file.write(memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]])

    def _quote(self, column: Any) -> Any:
        text = column.cast(pa.large_string())
        special = pc.match_substring_regex(text, f"[{_SPECIAL}{self._delimiter}]")
        if not pc.any(special).as_py():
            return text
        doubled = pc.replace_substring(text, '"', '""')
        return pc.if_else(special, _join(['"', doubled, '"'], ""), text)

    def close(self) -> None:
        """Nothing is held back."""


def _join(parts: Sequence[Any], between: str) -> Any:
    """Text joined row by row; what is null is empty."""
    texts = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in (*parts, between)]
    return pc.binary_join_element_wise(*texts, null_handling="replace", null_replacement="")
