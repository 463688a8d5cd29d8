"""Markdown for pages made by a program: every text stays text, whatever marks it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~^=+&]")
_AT_START = re.compile(r"^([0-9]*)([-.)])")


def escape(text: str) -> str:
    """A text in which nothing is markup, on one line. As references to characters: not every mark can be escaped otherwise."""
    plain = _MARKS.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
    return _AT_START.sub(lambda found: f"{found[1]}&#{ord(found[2])};", plain)


def prose(text: str) -> str:
    """A text of the program, in which only what stands between backticks is marked, as code."""
    parts = text.split("`")
    return "".join(code(part) if place % 2 else escape_inside(part) for place, part in enumerate(parts))


def escape_inside(text: str) -> str:
    """As `escape`, with the space around a text kept."""
    stripped = text.strip()
    before, _, after = text.partition(stripped) if stripped else (text, "", "")
    return f"{before and ' '}{escape(stripped)}{after and ' '}"


def code(text: str) -> str:
    """A word as it is typed."""
    return f"`{text}`"


def codes(words: Iterable[str]) -> str:
    return ", ".join(map(code, words))


def link(text: str, target: str) -> str:
    return f"[{text}]({target})"


def heading(level: int, title: str, anchor: str | None = None) -> str:
    return f"{'#' * level} {title}{f' {{#{anchor}}}' if anchor else ''}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing at all where there is no row. Cells are Markdown already."""
    body = [f"| {' | '.join(cell or ' ' for cell in row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *body]) + "\n"


def bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def note(title: str, text: str, kind: str = "note") -> str:
    """A box with a title, for what must not be overlooked."""
    return f'!!! {kind} "{title}"\n    {text}\n'


def page(*blocks: str) -> str:
    """Blocks with an empty line between them."""
    return "\n".join(block for block in blocks if block)
