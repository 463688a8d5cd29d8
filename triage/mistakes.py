"""What a mistake in YAML, in JSON or in the name of a file means to the person who made it, and the way out of it.

Parsers name their own state ("did not find expected key"). Here the text around the place says what was most often meant: a
space left out after a colon, an apostrophe inside apostrophes, a tab, a bracket left open. Where nothing fits, the words of
the parser are kept. Nothing is refused here.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from triage.errors import did_you_mean, quote

if TYPE_CHECKING:
    from json import JSONDecodeError

_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NO_SPACE = re.compile(r"\s*(?:- +)?[\w.-]+:[^\s:]")
# Among how many files of a folder the one that was meant is looked for.
_LOOKED_AT = 1000
_TABS = "indent with spaces, not with tabs"
# How files begin that are no text, whatever they are called.
_NO_TEXT = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a file of an office program, or an archive",
    b"\xd0\xcf\x11\xe0": "a file of an office program",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


class Slip(NamedTuple):
    """What a YAML parser says of a mistake: its context and where that began, its problem and where that is, all from 0."""

    context: str
    begun: tuple[int, int]
    problem: str
    at: tuple[int, int]


def explain_yaml(text: str, slip: Slip) -> str:
    """What is wrong, and what to do."""
    lines = [*_BREAKS.split(text), ""]
    line, column = slip.at
    here = lines[line]
    opened = f"line {slip.begun[0] + 1}, column {slip.begun[1] + 1}"
    match slip.problem:
        case "mapping values are not allowed in this context":
            told = _explain_colon(lines, line, column)
        case "found character that cannot start any token":
            character = here[column : column + 1]
            told = _TABS if character == "\t" else f"quote a text that begins with {character}"
        case "found a tab character that violates indentation":
            told = _TABS
        case "found unexpected end of stream":
            told = f"a quotation mark is not closed; it opens at {opened}"
        case "did not find expected ',' or ']'" | "did not find expected ',' or '}'":
            told = f"the bracket that opens at {opened} is not closed, or a comma is missing before this"
        case "could not find expected ':'":
            told = f"the entry at {opened} has no colon; write KEY: VALUE, with a space after the colon"
        case "did not find expected key" if re.search("'[^']*'\\S", here[: column + 1]):
            told = "the text in '…' ends before this; write an apostrophe inside it twice, or put the whole in \"…\""
        case "did not find expected key" | "did not find expected '-' indicator":
            told = _explain_column(lines, line, column)
            told += ", an item of a list with a hyphen in front" if "'-'" in slip.problem else ""
        case _:
            told = ", ".join(part for part in (slip.context, slip.problem) if part)
    return told


def _explain_column(lines: list[str], line: int, column: int) -> str:
    """A line that begins where nothing of what is open above it does."""
    above = next((number for number in range(line - 1, -1, -1) if lines[number].strip()), None)
    if above is None:
        return "this does not go on with what stands before it; begin a new line, or quote the whole"
    begins = len(lines[above]) - len(lines[above].lstrip(" -")) + 1
    return (
        f"this stands in column {column + 1}, and line {above + 1} begins in column {begins}; line it up with what it belongs to"
    )


def _explain_colon(lines: list[str], line: int, column: int) -> str:
    """A colon where none can be: most often the line above lacks the space after its own."""
    before = lines[line - 1] if line else ""
    if line and _NO_SPACE.match(before):
        return f"a space is missing after the colon of line {line}; write KEY: VALUE"
    if ": " not in lines[line][:column] and len(before) - len(before.lstrip()) < len(lines[line]) - len(lines[line].lstrip()):
        return f"this line is indented further than line {line}, which has a value already; line them up"
    return 'quote a text that contains ": "'


def explain_json(error: JSONDecodeError) -> str:
    """What is wrong, and what to do."""
    before, character = error.doc[: error.pos].rstrip(), error.doc[error.pos : error.pos + 1]
    if not error.doc.strip():
        return "nothing stands in it"
    if character in ("}", "]") and before.endswith(","):
        return f"a comma stands before the closing {character}; take it out"
    if not character and error.msg != "Invalid control character at":
        return "it ends too early; a bracket or a quotation mark is not closed"
    if character == "'":
        return "a text stands in double quotation marks, not in single ones"
    return {
        "Expecting property name enclosed in double quotes": "a key is missing, or does not stand in double quotation marks",
        "Expecting value": "a value is missing, or a text that does not stand in double quotation marks",
        "Expecting ',' delimiter": "a comma is missing before this, or a bracket is not closed",
        "Expecting ':' delimiter": "a colon is missing between key and value",
        "Unterminated string starting at": "the quotation mark that opens here is not closed",
        "Invalid control character at": "a quotation mark is not closed on its line; a line break inside it is written \\n",
        "Extra data": "the value ends before this; take out what follows",
    }.get(error.msg, error.msg)


def name_kind(data: bytes) -> str:
    """What a file is that is no text, as far as its beginning says so; else nothing."""
    return next((kind for beginning, kind in _NO_TEXT.items() if data.startswith(beginning)), "")


def find_way_out(name: str, error: Exception) -> str:
    """What to do about a file that cannot be read: the name that was meant, if one is near. Begins with what joins it on."""
    if isinstance(error, IsADirectoryError):
        return "; name a file in it"
    if not isinstance(error, FileNotFoundError):
        return ""
    path = Path(name)
    try:
        near = did_you_mean(path.name, [other.name for other in islice(path.parent.iterdir(), _LOOKED_AT)])
    except OSError:
        return f"; there is no folder {quote(path.parent)}"
    return f".{near}" if near else ""
