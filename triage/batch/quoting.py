"""Whether the quotation marks of a CSV say what they seem to: readers differ over those that do not, and then rows are lost.

A cell in quotation marks ends with the second one. Text behind it, or none at all, is refused with the line it is in. Marks in
the middle of a cell that begins without one are read as they stand. Most files are let through by a look at their bytes; the
rest is read once more by Python's own reader, which is strict where Arrow's is not.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import IO

import numpy as np

from triage.batch.tabular import call
from triage.errors import RequestError

PIECE = 1 << 22
MAX_CELL = 1 << 25


def check_quoting(name: str, file: IO[bytes], delimiter: str, encoding: str) -> None:
    """Raise RequestError with the line of a quotation mark that is not closed, or is closed before the end of its cell."""
    file.seek(0)
    if not _is_suspect(file, delimiter, encoding):
        return
    file.seek(0)
    line = begun = 0
    text = (part for part in codecs.iterdecode(iter(partial(file.read, PIECE), b""), encoding, "replace"))
    rows = csv.reader(_split(text), delimiter=delimiter, strict=True)
    before = csv.field_size_limit(MAX_CELL)
    try:
        for _ in rows:
            line = rows.line_num
    except csv.Error as error:
        begun = line + 1
        wrong = "a quotation mark is not closed" if "unexpected end" in str(error) else f"{error}"
        message = f"line {begun}: {wrong}; a cell in quotation marks ends with one, and one inside it is doubled"
        raise RequestError(f"{call(name)}: {message}") from None
    finally:
        csv.field_size_limit(before)


def _is_suspect(file: IO[bytes], delimiter: str, encoding: str) -> bool:
    """Whether a closer look is called for: every other mark is to stand before the end of a cell, and the rest at a beginning.

    Two marks that stand for one are an end and a beginning.
    """
    if len("aa".encode(encoding)) != 2 or '"'.encode(encoding) != b'"':
        return True
    is_edge = np.zeros(256, np.bool_)
    is_edge[[*b'"\r\n', *delimiter.encode()]] = True
    count, before = 0, b"\n"
    for piece in chain(_skip_mark(file), (b"\n",)):
        data = before + piece
        if b'"' in data:
            signs = np.frombuffer(data, np.uint8)
            places = np.flatnonzero(signs[1:-1] == ord('"')) + 1
            beginnings, ends = places[count % 2 :: 2], places[1 - count % 2 :: 2]
            if not (is_edge[signs[beginnings - 1]].all() and is_edge[signs[ends + 1]].all()):
                return True
            count += len(places)
        before = data[-2:]
    return count % 2 == 1


def _skip_mark(file: IO[bytes]) -> Iterator[bytes]:
    yield file.read(PIECE).removeprefix(codecs.BOM_UTF8)
    yield from iter(partial(file.read, PIECE), b"")


def _split(parts: Iterator[str]) -> Iterator[str]:
    """Lines with their ends, as a reader of CSV is fed."""
    rest = ""
    for number, part in enumerate(parts):
        lines = io.StringIO(rest + (part if number else part.removeprefix("\ufeff")), newline="").readlines()
        rest = lines.pop() if lines else ""
        yield from lines
    if rest:
        yield rest
