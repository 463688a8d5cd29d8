"""Quotation marks that do not say what they seem to are refused with their line, whatever the pieces a file is read in."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.batch import quoting
from triage.errors import RequestError

CELLS = st.text('ab",\n\r" ', max_size=8)


def check(data: bytes, delimiter: str = ",", encoding: str = "utf-8") -> str:
    """What is said of a file, nothing if it is let through."""
    try:
        quoting.check_quoting("t.csv", io.BytesIO(data), delimiter, encoding)
    except RequestError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "line"),
    [('a,b\n"x"y,1\n', 2), ('a,b\n1,2\n""x,1\n', 3), ('a,b\n"x" ,1\n', 2), ('"a"b,c\n', 1), ('a,b\n1,"x"y', 2),
     ('a,b\n"x\n\ny"z,1\n', 2), ('a,b\n1,"2\n3,4\n5,6\n', 2), ('"a,b\n1,2\n', 1), ('a,b\r\n1,2\r\n"3,4\r\n', 3),
     ('a;b\n"1"2;3', 2), ('a,b\n"1"""2"3,4', 2)],
)  # fmt: skip
def test_a_mark_that_ends_too_early_or_never_is_told_with_its_line(text: str, line: int) -> None:
    delimiter = ";" if ";" in text else ","
    for encoding in ("utf-8", "utf-16"):
        assert check(text.encode(encoding), delimiter, encoding).startswith(f"t.csv: line {line}: ")


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n", 'a,b\n"x","y"\n', 'a,b\n"x ""y"" z",1\n', 'a,b\n6" nail,7" pipe\n', 'a,b\nx",y\n', 'a,b\n"","",\n', '"a","b"',
     'a,b\n"1\n2","3\r\n4"\r\n', 'a,b\n"x,""y",1\n', 'a,b\n"""x""",1\n', 'a,b\n"\n""x",1\n', "a,b\r1,2\r"],
)  # fmt: skip
def test_what_is_sound_is_let_through(text: str) -> None:
    assert check(text.encode()) == check(b"\xef\xbb\xbf" + text.encode()) == ""


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4), piece=st.integers(1, 9))
def test_whatever_python_writes_is_let_through_in_pieces_of_any_size(rows: list[list[str]], piece: int) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    before, quoting.PIECE = quoting.PIECE, piece
    try:
        assert check(written.getvalue().encode()) == ""
    finally:
        quoting.PIECE = before


@given(text=st.text('a",\n', max_size=12), piece=st.integers(1, 9))
def test_what_python_refuses_when_it_is_strict_is_refused(text: str, piece: int) -> None:
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
        is_sound = True
    except csv.Error:
        is_sound = False
    before, quoting.PIECE = quoting.PIECE, piece
    try:
        assert (check(text.encode()) == "") == is_sound
    finally:
        quoting.PIECE = before
