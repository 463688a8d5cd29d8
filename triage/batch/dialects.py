"""What a CSV is written in, seen from its beginning: encoding, delimiter and header, found out where they are not given.

Whatever cannot be made out is a RequestError that names the file and says what to give.
"""

from __future__ import annotations

import codecs
import csv
import io
import operator
from collections.abc import Collection
from itertools import dropwhile, islice

from triage.batch.tabular import call
from triage.errors import RequestError, quote

DELIMITERS = ",;\t|"
FALLBACK = "windows-1252"


def find_encoding(name: str, sample: bytes, given: str | None, *, is_whole: bool) -> str:
    """The encoding of a file that begins with these bytes, or has no others."""
    if given is not None:
        try:
            found = codecs.lookup(given).name
            bytes(4).decode(given)  # some codecs have nothing to do with text
            codecs.getincrementaldecoder(found)("replace").decode(b"")
            return found
        except (LookupError, TypeError, ValueError):
            message = f"{quote(given)} is no encoding; such as utf-8, {FALLBACK} or utf-16"
            raise RequestError(f"--encoding {message}") from None
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, is_whole)
    except UnicodeDecodeError:
        return FALLBACK
    if b"\0" in sample.split(b"\n", 1)[0]:
        raise RequestError(f"{call(name)}: holds zero bytes; name its encoding with --encoding, such as utf-16-le")
    return "utf-8"


def find_delimiter(text: str, questions: Collection[str]) -> str:
    """The one that gives the header the most questions, and among those the most columns."""

    def count(delimiter: str) -> tuple[int, int]:
        cells = _first_row(text, delimiter)
        return sum(cell.strip().lower() in questions for cell in cells), len(cells)

    return max(DELIMITERS, key=count)


def _first_row(text: str, delimiter: str) -> list[str]:
    return next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row), [])


def count_rows(text: str, delimiter: str, *, upto: int) -> int:
    """How many lines there are from the header on, as far as it matters; an empty one may be a row of a single column."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return sum(1 for _ in islice(dropwhile(operator.not_, rows), upto))
    except csv.Error:
        return upto


def read_header(name: str, text: str, delimiter: str) -> tuple[str, ...]:
    """The names of the columns."""
    try:
        columns = tuple(_first_row(text, delimiter))
    except csv.Error as error:
        raise RequestError(f"{call(name)}: its header cannot be read: {error}") from None
    if not columns:
        raise RequestError(f"{call(name)}: is empty; the first line of a CSV names its columns")
    return columns
