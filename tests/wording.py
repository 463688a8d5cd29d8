"""The wordings that no text and no output may have, kept here alone; from the design 4.4."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

BANNED = (
    "you should", "you need", "you must", "you have", "recommended for", "suitable", "candidates? for", "qualifies", "eligible",
    "best", "safe", "effective", "covered", "diagnos[a-z]*", "likely", "probability", "risk score", "no need to",
    "nothing serious", "fine", "can wait",
)  # fmt: skip
BANNED_PATTERN = re.compile(rf"(?<![^\W_])(?:{'|'.join(BANNED)})(?![^\W_])".replace(" ", r"[\s\u2010-\u2015_-]+"))
EXCEPTION = "Educational, not diagnostic."
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


def banned_wordings(text: str) -> list[str]:
    """The banned wordings in a text, one exact sentence apart."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    shown = fold(_INVISIBLE.sub("", shown)).replace(EXCEPTION, " | ")
    return BANNED_PATTERN.findall(shown.casefold())


def fold(text: str) -> str:
    """All white space as single spaces."""
    return " ".join(text.split())


def every_text(value: object) -> Iterator[str]:
    """The keys and strings of a JSON value, so that no escape hides a word."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from every_text(key)
            yield from every_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_text(inner)
