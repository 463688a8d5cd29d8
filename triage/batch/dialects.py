"""What a CSV is written in, seen from its beginning: encoding, delimiter and header, found out where they are not given.

Whatever cannot be made out is a RequestError that names the file and says what to give.
"""

from __future__ import annotations

import codecs
import csv
import io
import operator
import re
from collections.abc import Collection
from itertools import dropwhile, islice

from triage.batch.tabular import call
from triage.errors import RequestError, quote

DELIMITERS = ",;\t|"
FALLBACK = "windows-1252"
_FOR_EXCEL = re.compile(r'"?sep=.?"?[\r\n]', re.IGNORECASE)


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
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins like the mark of UTF-16
        return "utf-32"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, is_whole)
    except UnicodeDecodeError:
        return FALLBACK
    if b"\0" in sample.split(b"\n", 1)[0]:
        wide = "utf-32" if b"\0\0\0" in sample[:8] else "utf-16"
        order = "be" if sample.startswith(b"\0") else "le"
        raise RequestError(f"{call(name)}: holds zero bytes; name its encoding with --encoding, such as {wide}-{order}")
    return "utf-8"


def find_delimiter(text: str, questions: Collection[str]) -> str:
    """The one that gives the header the most questions, and among those the most columns."""

    def count(delimiter: str) -> tuple[int, int]:
        try:
            cells = _first_row(text, delimiter)
        except csv.Error:
            return 0, 0
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
    if _FOR_EXCEL.match(text):
        message = "its first line says to Excel what stands between cells, and is no header; take that line out"
        raise RequestError(f"{call(name)}: {message}, and give --delimiter if it is not found out without")
    try:
        columns = tuple(_first_row(text, delimiter))
    except csv.Error as error:
        longest = csv.field_size_limit()
        wrong = f"the name of a column has more than {longest:,} characters" if "limit" in str(error) else f"{error}"
        message = f"its header cannot be read: {wrong}; is a quotation mark never closed, or is the delimiter another?"
        raise RequestError(f"{call(name)}: {message}") from None
    if not columns:
        raise RequestError(f"{call(name)}: is empty; the first line of a CSV names its columns")
    return columns
