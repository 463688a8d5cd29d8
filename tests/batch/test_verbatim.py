"""Lines as they stood: a CSV that is written from them is, to the byte, the one that is put together from its cells."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.batch import delimited, verbatim
from triage.batch.delimited import DelimitedTable, DelimitedWriter
from triage.batch.tabular import Added
from triage.errors import EngineFault, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from triage.batch.tabular import Batch

QUESTIONS = ("collapsed", "cause")


class Reader:
    """Reads a CSV and writes it again, with a mark for each row; counts the rows that were written as they stood."""

    def __init__(self, *, delimiter: str | None = None, leave_out: int = 0) -> None:
        self._delimiter = delimiter
        self._leave_out = leave_out
        self.verbatim = 0

    def copy(self, *files: bytes) -> str:
        written = io.BytesIO()
        writer: Any = None
        for data in files:
            table = DelimitedTable("in.csv", io.BytesIO(data), QUESTIONS, delimiter=self._delimiter)
            writer = writer or DelimitedWriter(written, table.delimiter, with_mark=table.has_mark)
            for batch in table.batches():
                kept = np.arange(len(batch.record)) % 5 >= self._leave_out
                left = batch.keep(kept) if self._leave_out else batch
                numbers = [str(number) for number in left.number(range(len(left.record)))]
                marks = pa.RecordBatch.from_pydict({"row": pa.array(numbers, pa.string())})
                writer.write(left._replace(verbatim=self._count(left)), Added(marks, marks, np.arange(len(marks))))
            table.close()
        writer.close()
        return written.getvalue().decode()

    def _count(self, batch: Batch) -> Any:
        def count(delimiter: str) -> Iterator[Any]:
            for lines in batch.verbatim(delimiter):
                self.verbatim += len(lines)
                yield lines

        return count


def copy_apart(monkeypatch: pytest.MonkeyPatch, *files: bytes, **options: Any) -> str:
    """The same without a line as it stood."""
    with monkeypatch.context() as patch:
        patch.setattr(verbatim.Verbatim, "take", lambda _, __: iter(()))
        reader = Reader(**options)
        told = reader.copy(*files)
    assert reader.verbatim == 0
    return told


def make_rows(count: int, newline: str = "\n") -> bytes:
    pick = Random(count)
    rows = [f"{pick.choice(('yes', 'no', ''))},{'x' * pick.randrange(30)},ü{number}" for number in range(count)]
    return newline.join(["collapsed,ward,note", *rows, ""]).encode()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces and blocks that rows and headers go across."""
    monkeypatch.setattr(verbatim, "PIECE", 61)
    monkeypatch.setattr(delimited, "BLOCK", 1 << 10)


PLAIN = make_rows(400)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.rstrip(b"\n"),
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r\n").rstrip(b"\n"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"collapsed,ward", b'"collapsed","ward"'),
        PLAIN.replace(b"ward", b"ward" * 200),
        PLAIN.replace(b",", b"\t"),
        b"collapsed\n" + b"yes\nno\n" * 300,
    ],
)
def test_rows_without_quotation_marks_are_written_as_they_stood(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    assert reader.copy(data) == copy_apart(monkeypatch, data)
    assert reader.verbatim == data.rstrip(b"\n").count(b"\n")


@pytest.mark.parametrize("place", [1, 2, 50, 399])
@pytest.mark.parametrize(
    ("cell", "stays"),
    [(b'"a"', 0), (b'"a\n\nb"', 0), (b'5" nail', 0), (b"a\rb,c,d", 0), (b"", 1), (b"\n", 1), (b"\n\n", 0), (b"short\nyes,x", 1)],
)
def test_from_what_may_be_more_or_less_than_a_row_on_rows_are_put_together(
    cell: bytes, stays: int, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = PLAIN.split(b"\n")
    lines[place] = b"yes," + cell + b",n"
    reader = Reader()
    assert reader.copy(b"\n".join(lines)) == copy_apart(monkeypatch, b"\n".join(lines))
    assert reader.verbatim >= 399 if stays else reader.verbatim < place


@pytest.mark.parametrize("leave_out", [1, 3, 5])
def test_rows_that_are_left_out_do_not_shift_the_others(leave_out: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ragged = PLAIN.replace(b",x", b"x").replace(b"x,", b"x,,")
    for data in (PLAIN, ragged):
        reader = Reader(leave_out=leave_out)
        told = reader.copy(data)
        assert told == copy_apart(monkeypatch, data, leave_out=leave_out)
        assert reader.verbatim == told.count("\n") - 1
        for row in told.splitlines()[1:]:
            *cells, number = row.split(",")
            assert ",".join(cells).encode() == data.split(b"\n")[int(number) - 1]


def test_another_delimiter_encoding_or_order_of_columns_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    others = (PLAIN.replace(b",", b";"), PLAIN.decode().encode("utf-16"), PLAIN.replace(b"ward,note", b"note,ward"))
    for other in others:
        assert reader.copy(make_rows(1), other) == copy_apart(monkeypatch, make_rows(1), other)
    assert reader.verbatim == len(others)


def test_who_does_not_ask_for_the_lines_of_a_batch_gets_none_later() -> None:
    table = DelimitedTable("in.csv", io.BytesIO(PLAIN), QUESTIONS)
    batches = table.batches()
    assert sum(map(len, next(batches).verbatim(","))) > 0
    second, third = next(batches), next(batches)
    assert [*second.verbatim(",")] == [*third.verbatim(",")] == []
    table.close()


def test_lines_that_are_not_the_rows_that_were_parsed_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    read_on = verbatim.Verbatim._read_on
    shifted: list[verbatim.Verbatim] = []

    def shift(told: verbatim.Verbatim) -> bool:
        has_more = read_on(told)
        if told._first > 10 and not shifted:
            told._first -= 1
            shifted.append(told)
        return has_more

    monkeypatch.setattr(verbatim.Verbatim, "_read_on", shift)
    with pytest.raises(EngineFault, match="the lines of a CSV are not the rows that were parsed, at row "):
        Reader().copy(b"collapsed,ward\n" + b"".join(b"yes,%03d\n" % number for number in range(400)))


ODD = st.sampled_from(
    ["", "x", "yes", "ü", " ", "\0", '"', '""', '"a"', '"a\nb"', "a\rb", ",", "\n", "\r", "\r\n", "\u2028", "x" * 70]
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(ODD, max_size=5).map("".join), max_size=25),
    columns=st.sampled_from(["collapsed,ward", "collapsed", '"collapsed",ward', 'collapsed,"a\nb"', "\ncollapsed,ward"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    end=st.sampled_from([[], [""]]),
    leave_out=st.sampled_from([0, 2]),
)
def test_any_file_is_written_as_if_it_were_put_together(
    rows: list[str], columns: str, newline: str, end: list[str], leave_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = newline.join([columns, *rows, *end]).encode()
    together = tell(lambda: copy_apart(monkeypatch, data, leave_out=leave_out))
    assert tell(lambda: Reader(leave_out=leave_out).copy(data)) == together


def tell(copy: Callable[[], str]) -> str:
    try:
        return copy()
    except RequestError as error:
        return f"refused: {error}"
