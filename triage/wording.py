"""The wordings that no text and no output may have, and the disguises in which they could stand there.

A wording is found through compatibility forms, letter case, invisible characters, line ends and hyphens. What only looks like
one, by letters of another script, accents or digits, is told apart: it misleads a reader all the same. One exact sentence may
be let pass; nothing shorter can.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

BANNED = (
    "you should", "you need", "you must", "you have", "recommended for", "suitable", "candidates? for", "qualifies", "eligible",
    "best", "safe", "effective", "covered", "diagnos[a-z]*", "likely", "probability", "risk score", "no need to",
    "nothing serious", "fine", "can wait",
    "guarantee[a-z]*", "recommended", "candidates?", "should have", "should get", "should undergo", "should receive",
    "must have", "must get", "must undergo", "must receive",
)  # fmt: skip
EXCEPTION = "Educational, not diagnostic."
# How a text begins that an author has still to write.
TO_DO = "TODO: "

# Folded letters that look like a Latin one, small or capital: of Greek, Cyrillic, Armenian, Cherokee, Lisu, and rare Latin ones.
# There i, l and 1 are one.
_LETTERS = {
    "a": "αаᎪꓮ", "b": "βвьƅᏴᏏꓐꞵ", "c": "ϲсᏟꓚ", "d": "ԁժᎠꓓ", "e": "εеҽᎬꓰꬲ", "f": "ϝғքꓝꬵẝ", "g": "ԍɡցᏀᏳꓖƍ", "h": "ηһнհᎻᏂꓧ",  # noqa: RUF001
    "k": "κкᏦꓗ", "l": "iιіıⅼӏ1|ᎥᏞꓡꓲɩǀͺ", "m": "μмϻᎷꓟ", "n": "νпոռꓠ", "o": "οоσօ0ꓳᴑꬽ", "p": "ρрᏢꓑ", "q": "ԛգԳ", "r": "гᎡꮁꓣꭈ",  # noqa: RUF001
    "s": "ѕꓢᏚƽ", "t": "τтᎢꓔ", "u": "υцսꓴꞟʋ", "v": "ѵᏙꓦ", "w": "ԝωшաᎳꓪɯ", "y": "γуүყꓬɣᶌ",  # noqa: RUF001
}  # fmt: skip
_LOOKS_LIKE = {ord(other): letter for letter, others in _LETTERS.items() for other in others}
_LATIN_VARIANT = re.compile(r"LATIN (?:SMALL|LETTER|CAPITAL)(?: LETTER)?(?: SMALL CAPITAL| SCRIPT)? ([A-Z]|ALPHA)\b")
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")


def _compile(wordings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(wordings)})(?![^\W_])".replace(" ", r"[\s\u2010-\u2015_-]+"))


BANNED_PATTERN = _compile(BANNED)
_DISGUISED_PATTERN = _compile(wording.replace("i", "l") for wording in BANNED)


def banned_wordings(text: str, allowed: Iterable[str] = (EXCEPTION,)) -> list[str]:
    """The banned wordings in a text, the exact sentences that are allowed apart."""
    return BANNED_PATTERN.findall(fold(leave_out(text, allowed)).casefold())


def look_alikes(text: str, allowed: Iterable[str] = (EXCEPTION,)) -> list[str]:
    """Words of Latin letters with one of another script among them, and what only looks like a banned wording."""
    left = fold(leave_out(text.replace("\u00b5", "u"), allowed))  # the sign of a millionth stands before any unit
    mixed = [word for word in re.findall(r"\w+", left) if _is_mixed(word)]
    plain = map(to_latin, BANNED_PATTERN.findall(left.casefold()))
    hidden = Counter(_DISGUISED_PATTERN.findall(to_latin(left))) - Counter(plain)
    odd = [word for word in re.findall(r"[\w|]+", left) if to_latin(word) != word.casefold().replace("i", "l")]
    return mixed or [word for word in odd if any(to_latin(word) in wording for wording in hidden)] or list(hidden)


def leave_out(text: str, sentences: Iterable[str]) -> str:
    """A text as it is shown, with a bar in place of each of these sentences where it stands whole."""
    shown = show(text)
    for sentence in sentences:
        shown = _whole_sentence(sentence).sub(" | ", shown) if is_sentence(sentence) else shown
    return shown


def is_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return text.rstrip("\"')\u201d\u2019 ").endswith((".", "!", "?"))


@cache
def _whole_sentence(sentence: str) -> re.Pattern[str]:
    """Where a sentence stands at the start of a text or a line, or behind the end of another."""
    words = r"\s+".join(map(re.escape, show(sentence).split()))
    return re.compile(rf"(?:(?<=[^\w\s,])|^)[^\S\n]*{words}(?!\w)", re.MULTILINE)


def show(text: str) -> str:
    """A text in compatibility form, without what cannot be seen in it."""
    if text.isascii():
        return text
    shown = unicodedata.normalize("NFKC", text)
    formats = {ord(character): None for character in set(shown) if unicodedata.category(character) == "Cf"}
    return _INVISIBLE.sub("", shown.translate(formats))


def fold(text: str) -> str:
    """All white space as single spaces."""
    return " ".join(text.split())


def to_latin(text: str) -> str:
    """A text in small letters, each as the Latin one that it looks like; i and 1 as l, 0 as o."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text.casefold())
        visible = "".join(character for character in bare if unicodedata.category(character) != "Mn")
        text = "".join(map(_latin, visible.translate(_LOOKS_LIKE)))
    return text.casefold().translate(_LOOKS_LIKE)


def _is_mixed(word: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
    return "LATIN" in scripts and len(scripts) > 1


@cache
def _latin(character: str) -> str:
    """The letter that a variant of a Latin one is made from, by its name; any other character as it is."""
    found = None if character.isascii() else _LATIN_VARIANT.match(unicodedata.name(character, ""))
    return found[1][0].lower() if found else character


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
