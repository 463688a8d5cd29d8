"""JSON Lines: what is carried stays to the letter, and a line that cannot be used is told of."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from triage.batch.lines import LinesTable, LinesWriter
from triage.batch.tabular import Added, Batch
from triage.errors import RequestError


def read(data: bytes) -> list[Batch]:
    table = LinesTable("in.jsonl", io.BytesIO(data))
    batches = [*table.batches()]
    table.close()
    return batches


def written(batches: list[Batch]) -> str:
    file = io.BytesIO()
    writer = LinesWriter(file)
    for batch in batches:
        rows = len(batch.lines) or len(batch.record)
        cells = {"outcome": pa.array(["o"] * rows).dictionary_encode(), "settled": pa.array([True] * rows)}
        record = pa.RecordBatch.from_pydict(cells)
        writer.write(batch, Added(record, record, np.arange(rows)))
    writer.close()
    return file.getvalue().decode()


def test_what_is_carried_stays_to_the_letter() -> None:
    lines = [
        '{"collapsed":"yes",  "n": 1.50, "deep": {"a": [1, {"b": null}]}, "big": 123456789012345678901234567890}',
        '{ "a": "\\u00e4" }',
    ]
    told = written(read("\n".join(lines).encode()))
    assert told == "".join(f'{line[:-1].rstrip()}, "outcome": "o", "settled": true}}\n' for line in lines)


def test_an_empty_object_gets_the_cells_alone() -> None:
    assert written(read(b"{}\n{ }\n")) == '{"outcome": "o", "settled": true}\n' * 2


def test_answers_are_read_as_they_were_written() -> None:
    (batch,) = read(b'{"a": true, "b": 1, "c": 2.50, "d": null, "e": "x", "f": ["y"], "g": 1e400}')
    assert batch.record.to_pylist() == [{"a": "true", "b": "1", "c": "2.50", "d": None, "e": "x", "f": '["y"]', "g": "1e400"}]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not JSON: "),
        ("[1]", "is no object; a row is written as {…}"),
        ("7", "is no object"),
        ('{"a": 1, "a": 2}', 'has the key "a" twice; keep one'),
        ('{"a": NaN}', "holds NaN, which is no JSON"),
        ('{"a": Infinity}', "holds Infinity, which is no JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a": "\\ud800"}', "holds half of a character"),
        ('{"\\udfff": 1}', "holds half of a character"),
    ],
)
def test_a_line_that_is_no_row_is_left_out_with_what_is_wrong(line: str, problem: str) -> None:
    (batch,) = read(f'{{"a": "x"}}\n\n{line}\n{{"a": "y"}}\n'.encode())
    assert [row["a"] for row in batch.record.to_pylist()] == ["x", "y"]
    assert batch.number([0, 1]) == [1, 4]
    ((number, text, told, _),) = batch.unreadable
    assert (number, text, told.startswith(problem)) == (3, line[:200], True)


def test_a_mark_of_order_and_any_end_of_line_are_read() -> None:
    (batch,) = read(b'\xef\xbb\xbf{"a": "x"}\r\n  {"a": "y"}  \n\r\n{"a": "z"}')
    assert [row["a"] for row in batch.record.to_pylist()] == ["x", "y", "z"]


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(RequestError, match=r"in.jsonl: line 2 is not UTF-8, as JSON has to be"):
        read(b'{"a": "x"}\n{"a": "\xff"}\n')


def test_a_line_beyond_the_limit_is_refused_and_one_of_five_megabytes_read() -> None:
    (batch,) = read(b'{"a": "' + b"x" * 5_000_000 + b'"}')
    assert len(batch.record.to_pylist()[0]["a"]) == 5_000_000
    with pytest.raises(RequestError, match=r"in.jsonl: line 1 has more than 16 MB"):
        read(b'{"a": "' + b"x" * 17_000_000 + b'"}')


def test_columns_come_up_as_rows_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.batch.lines.LINES_A_BATCH", 2)
    batches = read(b'{"a": 1}\n{"b": 2}\n{"c": 3}\n')
    assert [batch.record.schema.names for batch in batches] == [["a", "b"], ["a", "b", "c"]]
    assert batches[1].record.to_pylist() == [{"a": None, "b": None, "c": "3"}]


def test_columns_of_other_formats_are_written_as_json() -> None:
    kinds: dict[str, Any] = {
        "n": pa.array([1, None]),
        "f": pa.array([1.5, float("nan")]),
        "t": pa.array(["ä\n", None]),
        "l": pa.array([["a"], None]),
        "d": pa.array([0, None], pa.date32()),
    }
    batch = Batch("in", pa.RecordBatch.from_pydict(kinds), lambda rows: rows, (), 1.0)
    first, second = map(json.loads, written([batch]).splitlines())
    assert first == {"n": 1, "f": 1.5, "t": "ä\n", "l": ["a"], "d": "1970-01-01", "outcome": "o", "settled": True}
    assert second == dict.fromkeys(kinds) | {"outcome": "o", "settled": True}


def test_lines_of_which_none_is_a_row_are_refused_by_the_first() -> None:
    with pytest.raises(RequestError) as refused:
        list(LinesTable("in.jsonl", io.BytesIO(b'{\n "collapsed": "yes"\n}\n')).batches())
    assert str(refused.value).startswith("in.jsonl: no line is a row; line 1 is not JSON: at character 2, it ends too early")
    assert str(refused.value).endswith("write each row as one object on a line of its own")
