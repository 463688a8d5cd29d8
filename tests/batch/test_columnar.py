"""Parquet: every type that an answer can have, and what is carried comes back with the type it had."""

from __future__ import annotations

import base64
import gc
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from triage.batch import columnar
from triage.batch.columnar import ColumnarTable, ColumnarWriter
from triage.batch.tabular import Added
from triage.errors import RequestError


def read(table: Any, **options: Any) -> ColumnarTable:
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    file.seek(0)
    return ColumnarTable("in.parquet", file, ("collapsed", "cause"))


def through(table: ColumnarTable) -> Any:
    file = io.BytesIO()
    writer = ColumnarWriter(file, table.schema, {"vcf-triage": "told"})
    for batch in table.batches():
        cells = pa.RecordBatch.from_pydict({"outcome": pa.array(["o"] * len(batch.record)).dictionary_encode()})
        writer.write(batch, Added(cells, cells, range(len(cells))))
    writer.close()
    return parquet.read_table(file)


CARRIED = pa.table(
    {
        "collapsed": pa.array(["yes", None, "no"]),
        "cause": pa.array(["trauma", None, "cancer"], pa.large_string()),
        "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
        "at": pa.array([1, None, 3], pa.timestamp("ns", "Europe/Berlin")),
        "day": pa.array([1, 2, None], pa.date32()),
        "list": pa.array([["x"], [], None]),
        "small": pa.array([1, 2, 3], pa.uint8()),
        "money": pa.array([None, None, None], pa.decimal128(9, 2)),
        "raw": pa.array([b"\xff", None, b""]),
    }
)


def test_what_is_carried_comes_back_as_it_was() -> None:
    told = through(read(CARRIED))
    assert told.schema.names == [*CARRIED.schema.names, "outcome"]
    for name in CARRIED.schema.names:
        expected = CARRIED.column(name)
        column = told.column(name)
        if name == "kind":
            expected, column = expected.cast(pa.string()), column.cast(pa.string())
        assert (column.type, column.equals(expected)) == (expected.type, True), name
    assert told.column("outcome").type == pa.string()


def test_rows_keep_their_order_and_numbers_over_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.batch.columnar.ROWS_A_BATCH", 30)
    table = read(pa.table({"collapsed": ["yes", "no"] * 50, "ward": [str(number) for number in range(100)]}), row_group_size=17)
    numbers: list[int] = []
    wards: list[str] = []
    shares = []
    for batch in table.batches():
        numbers += batch.number(range(len(batch.record)))
        wards += batch.record.column("ward").to_pylist()
        shares.append(batch.done)
    assert (numbers, wards) == ([*range(1, 101)], [str(number) for number in range(100)])
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_table_without_rows_stays_one() -> None:
    told = through(read(CARRIED.slice(0, 0)))
    assert (told.num_rows, told.schema.names) == (0, [*CARRIED.schema.names, "outcome"])


@pytest.mark.parametrize("data", [b"", b"PAR1", b"collapsed\nyes\n", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(RequestError, match=r"in.parquet: cannot be read as Parquet: "):
        ColumnarTable("in.parquet", io.BytesIO(data), ())


def test_a_file_that_breaks_off_inside_is_refused() -> None:
    file = io.BytesIO()
    parquet.write_table(CARRIED, file)
    data = bytearray(file.getvalue())
    data[4:300] = b"\xff" * 296
    with pytest.raises(RequestError, match=r"in.parquet: cannot be read as Parquet: "):
        list(ColumnarTable("in.parquet", io.BytesIO(bytes(data)), ("collapsed",)).batches())


# Five answers of which one is the fourth of three words; Arrow reads it without a word. Found by fuzzing.
NAMES_A_WORD_THAT_IS_NOT_THERE = """
UEFSMRUEFTAVNEwVBhUAEgAAGFwDAAAAeWVzAgAAAG5vBwAAAHBlcmhhcHMVABUUFRgsFQYVEBUGFQYcNgIoA3llcxgCbm8REQAAAAokAgAAAAMyAwIDBAAV
BBksNQAYBnNjaGVtYRUCABUMJQIYDWJsYWRkZXJfYm93ZWwlAEwcAAAAFgYZHBkcJgAcFQwZNQAGEBkYDWJsYWRkZXJfYm93ZWwVAhYGFqABFqgBJlgmCBw2
AigDeWVzGAJubxERABksFQQVABUCABUAFRAVAgA8FgoZBhkmAgQAAAAWoAEWBiYIFqgBABkcGAxBUlJPVzpzY2hlbWEY2AEvLy8vLzVnQUFBQVFBQUFBQUFB
S0FBd0FCZ0FGQUFnQUNnQUFBQUFCQkFBRUFBQUFzUC8vL3dRQUFBQUJBQUFBRkFBQUFCQUFHQUFJQUFZQUJ3QU1BQkFBRkFBUUFBQUFBQUFCQlJRQUFBQk1B
QUFBS0FBQUFBUUFBQUFBQUFBQURRQUFBR0pzWVdSa1pYSmZZbTkzWld3QUFBQUlBQWdBQUFBRUFBZ0FBQUFNQUFBQUNBQU1BQWdBQndBSUFBQUFBQUFBQVVB
QUFBQUVBQVFBQkFBQUFBPT0AGCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI1LjAuMRkcHAAAAKMBAABQQVIx
"""


def test_a_file_that_names_a_word_it_does_not_have_is_refused() -> None:
    data = base64.b64decode(NAMES_A_WORD_THAT_IS_NOT_THERE)
    for questions in (("bladder_bowel",), ()):  # as few distinct words, and as text
        table = ColumnarTable("in.parquet", io.BytesIO(data), questions)
        with pytest.raises(RequestError, match=r"^in\.parquet: cannot be read as Parquet"):
            list(table.batches())


def test_an_index_beyond_the_words_is_let_pass_where_there_is_no_answer_and_nowhere_else() -> None:
    # What stands under a null may be any number; Arrow's readers happen to leave 0 there.
    indices = pa.py_buffer(np.array([0, 99, 1, 0], np.int32))
    hidden = pa.Array.from_buffers(pa.int32(), 4, [pa.py_buffer(bytes([0b1101])), indices])
    words = pa.array(["yes", "no"])
    columnar._validate(pa.record_batch({"collapsed": pa.DictionaryArray.from_arrays(hidden, words)}))
    shown = pa.DictionaryArray.from_arrays(pa.Array.from_buffers(pa.int32(), 4, [None, indices]), words, safe=False)
    for column in (shown, shown[1:2]):
        with pytest.raises(pa.ArrowInvalid):
            columnar._validate(pa.record_batch({"collapsed": column}))
    columnar._validate(pa.record_batch({"collapsed": shown[2:]}))
    columnar._validate(pa.record_batch({"collapsed": shown[:0]}))


def test_a_table_that_is_given_up_is_not_heard_of_again() -> None:
    file = io.BytesIO()
    table = read(CARRIED)
    writer = ColumnarWriter(file, table.schema)
    cells = pa.RecordBatch.from_pydict({"outcome": pa.array(["o"] * 3).dictionary_encode()})
    writer.write(next(iter(table.batches())), Added(cells, cells, range(3)))
    file.close()  # as what is not to appear is closed; Arrow would write the end of it when it goes
    del writer
    gc.collect()  # pytest makes an error of what is raised where nobody can catch it


def test_text_that_is_no_unicode_is_refused_among_words_and_in_plain_columns_and_the_column_named() -> None:
    broken = pa.array([b"\xff", b"yes"]).cast(pa.string(), safe=False)
    for column in (broken, pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int32()), broken)):
        with pytest.raises(pa.ArrowInvalid, match=r'^column "collapsed": Invalid UTF8'):
            columnar._validate(pa.record_batch({"collapsed": column}))


# The name of its one column is no text. Found by fuzzing.
NAMED_BY_NO_TEXT = """
eHgKUEFSMRUAFQ4VEiwVBhUAFQYVBhwYAQEYAQAWAigBARgBABERAAAABxgCAAAAAwUBFQQZLDUAGAZzY2hlbWEVAgAVACUCGAl2Zf//ZWJyYWUAFgYZHBkc
JgAcFQAZJQYAGRgJdmVydGVicmFlFQIWBhZUFlgmCDwYAQEYAQAWAigBARgBABERABkcFQAVABUCADwpBhkmAgQAAAAWVBYGJggWWAAZHBgMQVJST1c6c2No
ZW1hGKwBLy8vLy8zZ0FBQUFRQUFBQUFBQUtBQXdBQmdBRkFBZ0FDZ0FBQUFBQkJBQU1BQUFBQ0FBSUFBQUFCQUFJQUFBQUJBQUFBQUVBQUFBVUFBQUFFQUFV
QUFnQUJnQUhBQXdBQUFBUUFCQUFBQUFBQUFFR0VBQUFBQ0FBQUFBRUFBQUFBQUFBQUFrQUFBQjJaWEowWldKeVlXVUFBQUFFQUFRQUJBQUFBQUFBQUFBPQAY
IHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjUuMC4xGRwcAAAAXAEAAFBBUjE=
"""


def test_a_column_of_which_the_name_is_no_text_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^in\.parquet: cannot be read as Parquet: 'utf-8' codec"):
        ColumnarTable("in.parquet", io.BytesIO(base64.b64decode(NAMED_BY_NO_TEXT)), ("collapsed",))


def test_rows_are_left_out_of_columns_of_every_type_and_these_come_back_as_they_were() -> None:
    views = pa.table(
        {
            "collapsed": pa.array(["yes", "no", None], pa.string_view()),
            "ward": pa.array(["a", None, "c"], pa.string_view()),
            "raw": pa.array([b"\xff", b"", None], pa.binary_view()),
            "list": pa.array([["x"], [], None], pa.list_(pa.string_view())),
            "pair": pa.array([{"a": "x"}, None, {"a": None}], pa.struct([("a", pa.string_view())])),
            "map": pa.array([[("a", "x")], [], None], pa.map_(pa.string(), pa.string_view())),
        }
    )
    table = read(views)
    (batch,) = table.batches()
    kept = batch.keep(np.array([True, False, True]))
    assert kept.record.to_pylist() == [views.to_pylist()[row] for row in (0, 2)]
    table.close()
    told = through(read(views))
    assert told.drop_columns("outcome").to_pylist() == views.to_pylist()
    assert told.schema.field("ward").type == pa.string_view()


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_answers_are_read_however_they_are_encoded(encoding: str) -> None:
    table = pa.table({"collapsed": ["yes", None, "no"], "ward": ["a", "b", "c"]})
    encoded = read(table, use_dictionary=False, column_encoding=encoding)
    assert through(encoded).drop_columns("outcome").equals(table)


def test_text_of_few_words_is_kept_as_words_whatever_the_column_is_about_and_comes_back_as_text() -> None:
    rows = range(20_000)
    table = pa.table(
        {
            "collapsed": ["yes"] * len(rows),
            "reference": [f"case-{row}" for row in rows],
            "ward": [f"ward {row % 40}" for row in rows],
            "bed": pa.array([f"bed {row % 40}" for row in rows], pa.large_string()),
        }
    )
    (batch,) = read(table).batches()
    words = [pa.types.is_dictionary(field.type) for field in batch.record.schema]
    assert words == [True, False, True, True]
    assert through(read(table)).drop_columns("outcome").equals(table)


# Found by fuzzing: of one column it says how often values repeat as none can. Arrow ends the process where that is asked for.
AT_ODDS = base64.b64decode(
    b"UEFSMRUEFQwVEEwVAhUAEgAABhQCAAAAbm8VABUSFRYsFQYVEBUGFQYcNgAoAm5vGAJubxERAAAACSACAAAABgEBBgAVBBUWFRpMFQQVABIAAAso"
    b"AQAAAGECAAAAYSAVABUSFRYsFQYVEBUGFQYcNgIoAmEgGAFhEREAAAAJIAIAAAADAwEDAhUEGTw1ABgGc2NoZW1hFQQAFQwlAhgNYmxhZGRlcl9i"
    b"b3dlbCUATBwAAAAVDCUCGAlyZWZlcmVuY2UlAEwcAAAAFgYZHBksJgAcFQwZNQAGEBkYDWJsYWRkZXJfYm93ZWwVAhYGFngWgAEmNCYIHDYAKAJu"
    b"bxgCbm8REQAZLBUEFQAVAgAVABUQFQIAPBYMGQYZJgAGAAAAJgAcFQwZNQAGEBkYCXJlZmVyZW5jZRUCFgYWgAEWiAEmvgEmiAEcNgIoAmEgGAFh"
    b"EREAGSwVBBUAFQIAFQAVEBUCADwWBhkmAgYZBAAAABb4ARYGJggWiAIAGRwYDEFSUk9XOnNjaGVtYRjsAS8vLy8vNmdBQUFBUUFBQUFBQUFLQUF3"
    b"QUJnQUZBQWdBQ2dBQUFBQUJCQUFNQUFBQUNBQUlBQUFBQkFBSUFBQUFCQUFBQUFJQUFBQkVBQUFBQkFBQUFOVC8vLzhBQUFFRkVBQUFBQndBQUFB"
    b"RUFBQUFBQUFBQUFrQUFBQnlaV1psY21WdVkyVUFBQURBLy8vL0VBQVVBQWdBQmdBSEFBd0FBQUFRQUJBQUFBQUFBQUVGRUFBQUFDUUFBQUFFQUFB"
    b"QUFBQUFBQTBBQUFCaWJHRmtaR1Z5WDJKdmQyVnNBQUFBQkFBRUFBUUFBQUE9ABggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNS4wLjEZLBwA"
    b"ABwAAAAdAgAAUEFSMQ=="
)


def test_a_file_whose_pieces_are_said_to_be_what_they_cannot_be_is_refused() -> None:
    with pytest.raises(RequestError, match=r"in\.parquet: cannot be read as Parquet: Repetition level histogram size mismatch"):
        list(ColumnarTable("in.parquet", io.BytesIO(AT_ODDS), ("collapsed",)).batches())
