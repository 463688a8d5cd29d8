"""CSV as it comes: odd files are read as a spreadsheet would, or refused with what is wrong."""

from __future__ import annotations

import codecs
import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from triage.batch.delimited import DelimitedTable, DelimitedWriter
from triage.batch.tabular import Added, Batch
from triage.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDED = pa.RecordBatch.from_pydict({"added": pa.array([True])})
QUESTIONS = ("collapsed", "cause")
Read = tuple[list[tuple[int, tuple[str | None, ...]]], list[tuple[int, str]]]


def read(data: bytes, **options: Any) -> Read:
    """The rows with their numbers, and the numbers and texts of those that were left out."""
    table = DelimitedTable("in.csv", io.BytesIO(data), QUESTIONS, **options)
    rows, left_out = [], []
    for batch in table.batches():
        cells = [tuple(row.values()) for row in batch.record.to_pylist()]
        rows += list(zip(batch.number(range(len(cells))), cells, strict=True))
        left_out += [(row.number, row.text) for row in batch.unreadable]
    table.close()
    return rows, left_out


def refusal(data: bytes, **options: Any) -> str:
    with pytest.raises(RequestError) as error:
        read(data, **options)
    return str(error.value)


ONE = [(2, ("yes", "w1"))]


@pytest.mark.parametrize(
    "data",
    [
        b"collapsed,ward\nyes,w1\n",
        b"collapsed,ward\nyes,w1",
        b"collapsed,ward\r\nyes,w1\r\n",
        b"collapsed,ward\ryes,w1\r",
        b"\n\ncollapsed,ward\n\nyes,w1\n\n\n",
        b"\xef\xbb\xbfcollapsed,ward\nyes,w1\n",
        b"collapsed;ward\nyes;w1\n",
        b"collapsed\tward\nyes\tw1\n",
        b"collapsed|ward\nyes|w1\n",
        b'"collapsed","ward"\n"yes","w1"\n',
        "collapsed,ward\nyes,w1\n".encode("utf-16"),
        "collapsed,ward\nyes,w1\n".encode("utf-32"),
        codecs.BOM_UTF32_BE + "collapsed,ward\nyes,w1\n".encode("utf-32-be"),
    ],
)
def test_the_same_table_is_read_however_it_is_written(data: bytes) -> None:
    assert read(data) == (ONE, [])


def test_an_encoding_is_found_out_or_given() -> None:
    for encoding in ("utf-8", "windows-1252", "utf-16"):
        data = "collapsed,ward\nyes,Königsallee “3”\n".encode(encoding)
        assert read(data) == ([(2, ("yes", "Königsallee “3”"))], [])
        assert read(data, encoding=encoding) == read(data)
    assert read("collapsed,ward\nyes,Ω\n".encode("iso8859-7"), encoding="iso8859-7")[0][0][1] == ("yes", "Ω")


def test_text_that_is_not_in_the_encoding_is_refused_wherever_it_stands() -> None:
    data = b"collapsed,ward\n" + b"yes,w1\n" * 200_000 + b"yes,\xff\n"
    assert refusal(data) == "in.csv: is not utf-8 all through; name its encoding with --encoding, such as windows-1252 or utf-16"


def test_a_row_of_the_wrong_length_is_told_to_be_of_another_encoding_where_it_is(
    capfd: pytest.CaptureFixture[str],
) -> None:
    hook = sys.unraisablehook
    told = refusal(b"collapsed,ward\nyes,a\nno,\xe9,x\n", encoding="utf-8")
    assert told.startswith("in.csv: is not utf-8 all through; name its encoding with --encoding")
    assert (capfd.readouterr().err, sys.unraisablehook) == ("", hook)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("data", [b"collapsed\nyes\n", "collapsed\nyes\n".encode("utf-16-le")])
def test_an_encoding_whose_mark_is_not_there_is_refused(data: bytes, encoding: str) -> None:
    assert f"does not begin with the mark of {encoding}; name one that says" in refusal(data, encoding=encoding)


def test_zero_bytes_in_a_header_speak_for_another_encoding() -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        told = refusal("collapsed,ward\nyes,w1\n".encode(encoding))
        assert told == f"in.csv: holds zero bytes; name its encoding with --encoding, such as {encoding}"


def test_a_name_that_is_too_long_to_be_one_is_refused() -> None:
    for text in (f"collapsed,{'x' * 200_000}\nyes,1\n", f'collapsed,"{"x" * 200_000}\nyes,1\n'):
        assert "its header cannot be read: the name of a column has more than 131,072 characters" in refusal(text.encode())


@pytest.mark.parametrize("first", ["sep=;", "SEP=,", '"sep=;"', "sep=\t"])
def test_a_line_that_tells_excel_of_the_delimiter_is_refused_in_plain_words(first: str) -> None:
    told = refusal(f"{first}\r\ncollapsed;ward\r\nyes;1\r\n".encode())
    assert told.startswith("in.csv: its first line says to Excel what stands between cells, and is no header; take that line out")


def test_a_zero_byte_in_a_cell_stays() -> None:
    assert read(b"collapsed,ward\nyes,a\0b\n") == ([(2, ("yes", "a\0b"))], [])


def test_the_delimiter_is_the_one_that_gives_the_most_questions() -> None:
    assert read(b"collapsed;a,b;cause\nyes;1,2;other\n") == ([(2, ("yes", "1,2", "other"))], [])
    assert read(b"collapsed,ward\nyes,w1\n", delimiter=";") == ([(2, ("yes,w1",))], [])


def test_quotation_marks_hold_delimiters_line_breaks_and_themselves() -> None:
    assert read(b'collapsed,ward\n"yes","a,""b""\n\nc"\nno,\n') == ([(2, ("yes", 'a,"b"\n\nc')), (3, ("no", None))], [])


def test_an_empty_cell_is_told_from_one_of_empty_quotation_marks() -> None:
    assert read(b'ward,collapsed\n"",yes\n,yes\n')[0] == [(2, ("", "yes")), (3, (None, "yes"))]


def test_rows_with_too_few_or_too_many_cells_are_left_out_with_their_numbers() -> None:
    data = b"collapsed,ward\nno,1\nshort\nno,2\nno,3\na,b,c\nshort again\nno,4\nlast\n"
    rows, left_out = read(data)
    assert [(number, row[1]) for number, row in rows] == [(2, "1"), (4, "2"), (5, "3"), (8, "4")]
    assert left_out == [(3, "short"), (6, "a,b,c"), (7, "short again"), (9, "last")]


def test_row_numbers_hold_over_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.batch.delimited.BLOCK", 1 << 10)
    lines = [f"no,{number}" if number % 7 else "short" for number in range(2, 5_000)]
    rows, left_out = read(("collapsed,ward\n" + "\n".join(lines)).encode())
    assert [number for number, _ in rows] == [int(row[1] or "") for _, row in rows]
    assert [number for number, _ in left_out] == [number for number in range(2, 5_000) if number % 7 == 0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_within_cells_come_through_wherever_the_file_is_cut(
    encoding: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.delimited.BLOCK", 100)
    broken = ["a\r\nb", "\r\n\r\n", "ü\r", "\n\r\nß\r\n"]  # what Arrow loses where a piece ends within it
    for padding in range(60):
        cells = ["x" * padding, *broken * 8]
        text = end.join(["collapsed,ward", *(f'no,"{cell}"' for cell in cells)]) + end
        rows, left_out = read(text.encode(encoding), encoding=encoding)
        assert [row[1] for _, row in rows] == cells
        assert [number for number, _ in rows] == [*range(2, len(cells) + 2)]
        assert left_out == []


def test_a_quotation_mark_that_is_never_closed_is_refused() -> None:
    data = b'collapsed,ward\nyes,"w1\nno,w2\nno,w3\n'
    assert "has an odd number of quotation marks; one that is not closed hides the rows after it" in refusal(data)
    assert len(read(data.replace(b"w3", b'w3"'))[0]) == 1


def test_a_quotation_mark_within_a_cell_hides_nothing() -> None:
    assert read(b'collapsed,ward\nyes,5" nail\n') == ([(2, ("yes", '5" nail'))], [])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\r\n"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refusal(data) == "in.csv: is empty; the first line of a CSV names its columns"


def test_a_header_alone_is_a_table_without_rows() -> None:
    for data in (b"collapsed,ward", b"collapsed,ward\n", b"collapsed,ward\r\n"):
        assert read(data) == ([], [])


def test_one_column_is_a_table_and_its_empty_lines_are_rows() -> None:
    assert read(b"collapsed\nyes\n\nno\n") == ([(2, ("yes",)), (3, (None,)), (4, ("no",))], [])


def test_a_cell_of_five_megabytes_is_read_and_a_row_beyond_the_limit_refused() -> None:
    long = b"x" * 5_000_000
    ((_, row),) = read(b"collapsed,ward\nyes," + long + b"\n")[0]
    assert row == ("yes", long.decode())
    assert refusal(b"collapsed,ward\n" + b"yes,w1\n" * 9 + b"yes," + long * 9 + b"\n").startswith(
        "in.csv: has a row of more than 16 MB; is a quotation mark never closed?"
    )


def batch_of(columns: dict[str, Any]) -> Batch:
    return Batch("in", pa.RecordBatch.from_pydict(columns), lambda rows: rows, (), 1.0)


def written(batches: Iterator[Batch] | list[Batch], **options: Any) -> str:
    file = io.BytesIO()
    writer = DelimitedWriter(file, **options)
    for batch in batches:
        writer.write(batch, Added(ADDED, ADDED, np.zeros(len(batch.record), np.intp)))
    writer.close()
    return file.getvalue().decode()


def test_quotation_marks_are_written_only_where_they_are_called_for() -> None:
    plain, special = batch_of({"a": ["x", None, "", " y "]}), batch_of({"a": ["x,y", 'q"q', "l\nm", "r\rs", "plain"]})
    assert written([plain, special]) == (
        'a,added\nx,true\n,true\n,true\n y ,true\n"x,y",true\n"q""q",true\n"l\nm",true\n"r\rs",true\nplain,true\n'
    )
    assert written([special], delimiter=";").splitlines()[1] == "x,y;true"
    assert written([batch_of({"a;b": ["x"]})], delimiter=";", with_mark=True) == '\ufeff"a;b";added\nx;true\n'


def test_columns_of_any_plain_type_are_written_and_others_refused() -> None:
    kinds = {"n": pa.array([1, None]), "f": pa.array([1.5, 2.0]), "d": pa.array(["x", None]).dictionary_encode()}
    assert written([batch_of(kinds)]) == "n,f,d,added\n1,1.5,x,true\n,2,,true\n"
    with pytest.raises(RequestError, match=r'in: the column "list" has no form in CSV .*; write JSON Lines or Parquet'):
        written([batch_of({"list": pa.array([["a"]])})])


def test_a_last_row_that_breaks_off_within_a_character_is_no_row_less() -> None:
    whole = "collapsed,ward\nyes,Würz"
    for encoding, options in (("latin-1", {}), ("utf-8", {"encoding": "utf-8"})):
        data = whole.encode(encoding)
        assert read(data, **options) == ([(2, ("yes", "Würz"))], [])
    assert read(b"collapsed\n\xf1") == ([(2, ("\u00f1",))], [])
    assert "is not utf-8 all through" in refusal(b"collapsed\n\xf1", encoding="utf-8")


def test_an_empty_line_is_a_row_of_a_single_column_wherever_it_stands() -> None:
    for rows in (1, 2, 3):
        for before in ("", "\n"):
            assert len(read(f"{before}collapsed\n{chr(10) * rows}".encode())[0]) == rows
    told = ([(2, ("yes",)), (4, ("no",))], [(3, "a,b")])
    assert read(b"collapsed\nyes\na,b\nno\n") == read(b"\n\r\ncollapsed\nyes\na,b\nno\n") == told
    assert read(b"collapsed\n") == read(b"\ncollapsed") == read(b"collapsed,ward\n\n\n") == ([], [])
