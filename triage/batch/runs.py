"""A file of intakes, assessed row by row: from tables through the kernel to a table with the cells added.

Rows that cannot be used are told of and left out, the others keep their order and every column they came with. A file is read
forwards once and never held whole. Nothing here decides anything: what a row says is the kernel's, what a column is `headers`'.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.alarms import Alarm, find_alarm, find_alarm_of
from triage.assessment import assessor_for
from triage.batch.coding import Codes, Refused, Rows, as_truths
from triage.batch.delimited import DelimitedTable, DelimitedWriter
from triage.batch.headers import Columns, check_columns, check_prefix
from triage.batch.kernel import Kernel
from triage.batch.quoting import check_quoting
from triage.batch.rejects import COMMON, Manner, Reject
from triage.batch.tabular import Added, Batch, Table, TableFormat, Writer, find_format, open_bytes
from triage.errors import IntakeError, RequestError, quote
from triage.intake import MAX_LENGTH, Given, Intake, check_labels, find_signs
from triage.pack import Pack

LABEL_LETTERS = (string.ascii_letters + string.digits + "._-").encode()
PIECE = 1 << 16
# An empty cell is a label that is not given.
LABEL_PATTERN = r"[A-Za-z0-9._-]{0,64}"


class Assessed(NamedTuple):
    """Rows that were assessed, with the cells that they get and the codes of their answers, and what was left out among them."""

    table: Table
    columns: Columns
    batch: Batch
    added: Added
    codes: Mapping[str, Codes]
    rejects: tuple[Reject, ...]

    @property
    def cells(self) -> Any:
        """The columns of the cells."""
        return self.added.record


def open_tables(
    names: Sequence[str],
    questions: Collection[str],
    *,
    format: TableFormat | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> tuple[Table, ...]:
    """Files as tables, which the caller closes. `questions` are columns of few distinct cells.

    Raises RequestError for a file that cannot be read or has no known format.
    """
    with ExitStack() as opened:
        tables: list[Table] = []
        for name in names:
            chosen = find_format(name, format, "--input-format")
            file = opened.enter_context(open_bytes(name))
            match chosen:
                case TableFormat.csv:
                    table = DelimitedTable(name, file, questions, delimiter=delimiter, encoding=encoding)
                    check_quoting(name, file, table.delimiter, table.encoding)
                    tables.append(table)
                case TableFormat.jsonl:
                    from triage.batch.lines import LinesTable

                    tables.append(LinesTable(name, file))
                case TableFormat.parquet:
                    from triage.batch.columnar import ColumnarTable

                    tables.append(ColumnarTable(name, file, questions))
        opened.pop_all()
        return tuple(tables)


def open_writer(file: IO[bytes], format: TableFormat, like: Table, about: Mapping[str, str]) -> Writer:
    """A writer in the manner of a table that was read: its delimiter, its mark of order, its types. `about` goes where it can."""
    match format:
        case TableFormat.csv if isinstance(like, DelimitedTable):
            return DelimitedWriter(file, like.delimiter, with_mark=like.has_mark)
        case TableFormat.csv:
            return DelimitedWriter(file)
        case TableFormat.jsonl:
            from triage.batch.lines import LinesWriter

            return LinesWriter(file)
        case TableFormat.parquet:
            from triage.batch.columnar import ColumnarWriter

            return ColumnarWriter(file, getattr(like, "schema", None), about)


def manner_of(table: Table) -> Manner:
    """What lists beside a table are written in."""
    return Manner(table.delimiter, table.has_mark) if isinstance(table, DelimitedTable) else COMMON


class Run:
    """One run over some tables, under one reading of one pack."""

    def __init__(
        self, pack: Pack, tables: Sequence[Table], *, reading: str | None = None, carry: Sequence[str] = (), prefix: str = ""
    ) -> None:
        self._pack = pack
        self._tables = tables
        self._carry = carry
        self._prefix = prefix
        self._reading = assessor_for(pack).under(reading).name
        self._kernel = self._make_kernel()
        check_prefix(prefix, carry)
        self._distinct: tuple[Mapping[str, Any], Any] = ({}, None)
        self.rows = self.rejected = self.problems = 0
        self.share = 0.0
        self._checked: dict[tuple[str, ...], Columns] = {}  # of the last table alone
        for table in tables:
            if table.columns is not None:
                self._check(table.columns, table)
        self._check_alike()

    def _make_kernel(self) -> Kernel:
        return Kernel(self._pack, self._reading)

    @property
    def about(self) -> dict[str, str]:
        """What a file of results says of itself, where its format has a place for it."""
        told = {"pack": self._pack.id, "version": self._pack.version, "digest": self._pack.digest, "reading": self._reading}
        return {"vcf-triage": json.dumps({**told, "deferral": self._pack.header.deferral.text})}

    def _check(self, names: Sequence[str], table: Table) -> Columns:
        key = tuple(names)
        if key not in self._checked:
            found = check_columns(names, self._pack, origin=table.name, carry=self._carry, prefix=self._prefix)
            self._checked = {key: found}
        return self._checked[key]

    def _check_alike(self) -> None:
        known = [table for table in self._tables if table.columns is not None]
        for table in known[1:]:
            different = sorted(set(table.columns or ()) ^ set(known[0].columns or ()))
            if different:
                shown = ", ".join(map(quote, different[:5]))
                message = f"has other columns than {known[0].name}: {shown}; run files with other columns apart"
                raise RequestError(f"{table.name}: {message}")

    def assess(self) -> Iterator[Assessed]:
        """Everything assessed, in the order of the files. Raises RequestError and IntakeError for what cannot be read."""
        for position, table in enumerate(self._tables):
            checked: tuple[str, ...] | None = None
            for batch in table.batches():
                names = tuple(batch.record.schema.names)
                if names != checked:
                    columns, checked = self._check(names, table), names
                self.share = (position + batch.done) / len(self._tables)
                yield self._assess(table, columns, batch)
            table.close()  # what a reader holds on to would add up over many files

    def _assess(self, table: Table, columns: Columns, batch: Batch) -> Assessed:
        record = batch.record
        try:
            results = self._kernel.assess({name: record.column(name) for name in columns.questions})
            refused = sorted([*results.refused, *_refuse_labels(record, columns)], key=lambda cell: cell.row)
        except RequestError as error:  # a column of a type that none of its cells can be read from
            raise RequestError(f"{table.name}: {error}") from None
        cells = self._name(results.columns)
        if self._distinct[0] is not results.distinct:
            self._distinct = results.distinct, self._name(results.distinct)
        rejects = tuple(self._reject(table, columns, batch, refused))
        codes, classes = results.codes, results.classes
        if refused:
            kept = np.ones(len(record), np.bool_)
            kept[[cell.row for cell in refused]] = False
            batch, cells, classes = batch.keep(kept), cells.filter(as_truths(kept)), classes[kept]
            codes = {name: column[kept] for name, column in codes.items()}
        self.rows += len(batch.record)
        self.rejected += len({reject.row for reject in rejects})
        self.problems += len(rejects)
        return Assessed(table, columns, batch, Added(cells, self._distinct[1], classes), codes, rejects)

    def _name(self, columns: Mapping[str, Any]) -> Any:
        return pa.RecordBatch.from_arrays([*columns.values()], names=[self._prefix + name for name in columns])

    def _reject(self, table: Table, columns: Columns, batch: Batch, refused: Sequence[Refused]) -> Iterator[Reject]:
        whole = [
            Reject(table.name, row.number, "", row.text, row.problem, alarm=self._find_alarm_in(row.guesses()))
            for row in batch.unreadable
        ]
        numbers = batch.number([cell.row for cell in refused])
        cells, told = [], -1
        for cell, number in zip(refused, numbers, strict=True):
            alarm = self._find_alarm(columns, batch.record, cell.row) if cell.row != told else None
            reference = _read_reference(batch.record, columns, cell.row)
            cells.append(Reject(table.name, number, cell.column, cell.value, cell.problem, reference, alarm))
            told = cell.row
        yield from sorted([*whole, *cells], key=lambda reject: reject.row)

    def _find_alarm(self, columns: Columns, record: Any, row: int) -> Alarm | None:
        asked = [name for name in columns.questions if self._pack.question[name].warning is not None]
        answers: dict[str, Given] = {name: record.column(name)[row].as_py() for name in asked}
        return find_alarm_of(self._pack, Intake(answers))

    def _find_alarm_in(self, guesses: Iterable[Mapping[str, str]]) -> Alarm | None:
        """A sign is taken for reported where any reading of a broken row has it: one too many does less harm than one too few."""
        return find_alarm(self._pack, [sign for cells in guesses for sign in find_signs(self._pack, Intake(cells))])


def _read_reference(record: Any, columns: Columns, row: int) -> str:
    """The reference of a row, if it is one."""
    value = record.column("reference")[row].as_py() if "reference" in columns.labels else None
    text = "" if value is None else str(value)
    return text if re.fullmatch(LABEL_PATTERN, text) else ""


def _refuse_labels(record: Any, columns: Columns) -> Iterator[Refused]:
    for name, rows in find_bad_labels(record, columns):
        for row in rows:
            value = str(record.column(name)[int(row)].as_py())
            try:
                check_labels(Intake({}, reference=value) if name == "reference" else Intake({}, site=value))
            except IntakeError as error:
                yield Refused(int(row), name, value[:MAX_LENGTH], error.problems[0].message)


def find_bad_labels(record: Any, columns: Columns) -> Iterator[tuple[str, Rows]]:
    """The rows whose references and sites are more than opaque labels."""
    for name in columns.labels:
        column = record.column(name)
        if not (pa.types.is_integer(column.type) or _is_text(column.type)):
            raise RequestError(f"the column {name} holds {column.type}; it takes text or whole numbers")
        text = column.cast(pa.large_string())
        if _are_plain(text):
            continue
        right = pc.fill_null(pc.match_substring_regex(text, rf"\A{LABEL_PATTERN}\z"), True)
        yield name, np.flatnonzero(~right.to_numpy(zero_copy_only=False))


def _are_plain(text: Any) -> bool:
    """Whether all are labels without doubt, seen from the letters alone: ten times as quick as a pattern."""
    lengths = pc.min_max(pc.binary_length(text)).as_py()
    if lengths["min"] is None:
        return True
    _, ends, letters = text.buffers()
    first, last = np.frombuffer(ends, np.int64)[[text.offset, text.offset + len(text)]]
    if lengths["max"] > 64:
        return False
    pieces = (bytes(letters[start : min(start + PIECE, last)]) for start in range(first, last, PIECE))
    return not any(piece.translate(None, LABEL_LETTERS) for piece in pieces)


def _is_text(kind: Any) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(test(inner) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null))
