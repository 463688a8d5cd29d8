"""A source text as its segments: numbered from 1, each with the digest by which a pack proves what it was made from.

A pack holds numbers and digests and no sentence of its documents, so the text itself comes from outside whenever the two are
compared. Refused, with what to do: bytes that are not UTF-8 text, more than 1 MiB, and a text in which nothing stands.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from triage.errors import RequestError, show_name
from triage.syntax import Source, decode

RUN = 8
SENTENCE = 5

_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LAYOUT = "\t\n\r\f\v"


class Segment(NamedTuple):
    """One sentence, heading or item of a document. `sha256` is over its text with white space folded, in NFC and UTF-8."""

    number: int
    text: str
    sha256: str


class Shared(NamedTuple):
    """Words in a row that a text has in common with a segment; the line counts from 1."""

    line: int
    words: int
    segment: int


def read_document(data: bytes, origin: str) -> tuple[Segment, ...]:
    """The segments of a text. Raises RequestError for what is no text, or holds none."""
    source = Source(origin)
    text = decode(data, source)
    if text is None:
        raise RequestError("\n".join(f"{fault.place}: {fault.message}" for fault in source.faults))
    if any(unicodedata.category(character) == "Cc" and character not in _LAYOUT for character in text):
        raise RequestError(f"{show_name(origin)}: holds control characters; save the document as plain text and name that file")
    segments = split_segments(text)
    if not segments:
        raise RequestError(f"{show_name(origin)}: there is no sentence in it; name a document with some text")
    return segments


def split_segments(text: str) -> tuple[Segment, ...]:
    """A text in segments: lines without their bullet, split after `.`, `!` or `?` with white space behind it."""
    lines = (line.strip().removeprefix("- ") for line in text.splitlines())
    found = [_fold(sentence) for line in lines for sentence in _END_OF_SENTENCE.split(line) if sentence]
    return tuple(Segment(number, sentence, digest_segment(sentence)) for number, sentence in enumerate(found, 1))


def digest_segment(text: str) -> str:
    """The SHA-256 that a pack keeps of a segment."""
    return hashlib.sha256(unicodedata.normalize("NFC", _fold(text)).encode()).hexdigest()


def _fold(text: str) -> str:
    return " ".join(text.split())


def find_shared(text: str, runs: Runs) -> Iterator[Shared]:
    """Where a text repeats a document: 8 words in a row or more, or a whole segment of 5 words or more.

    Case, punctuation, line ends and invisible characters make no difference. Each longest run is told once.
    """
    found = list(_words(text))
    start = 0
    while start < len(found):
        length, segment = runs.longest(found, start)
        if length:
            yield Shared(found[start][0], length, segment)
        start += length or 1


class Runs:
    """Every run of words of a document that is long enough to tell, by its first words."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._words: list[tuple[str, int]] = []
        self._whole: dict[int, int] = {}
        self._starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for segment in segments:
            own = [(word, segment.number) for _, word in _words(segment.text)]
            if len(own) >= SENTENCE:
                self._whole[len(self._words)] = len(own)
            self._words += own
        for start in range(len(self._words) - SENTENCE + 1):
            self._starts[tuple(word for word, _ in self._words[start : start + SENTENCE])].append(start)

    def longest(self, found: Sequence[tuple[int, str]], start: int) -> tuple[int, int]:
        """How many words from here on stand in the document too, if they are enough to tell, and in which segment."""
        key = tuple(word for _, word in found[start : start + SENTENCE])
        longest = (0, 0)
        for at in self._starts.get(key, ()):
            length = self._count(found, start, at)
            if length >= min(RUN, self._whole.get(at, RUN)):
                longest = max(longest, (length, self._words[at][1]), key=lambda pair: pair[0])
        return longest

    def _count(self, found: Sequence[tuple[int, str]], start: int, at: int) -> int:
        most = min(len(found) - start, len(self._words) - at)
        differing = (length for length in range(most) if found[start + length][1] != self._words[at + length][0])
        return next(differing, most)


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Every word with the line it stands on, in a form in which look-alikes are the same."""
    for number, line in enumerate(text.split("\n"), 1):
        visible = (character for character in unicodedata.normalize("NFKC", line) if unicodedata.category(character) != "Cf")
        for word in re.findall(r"\w+", "".join(visible).casefold()):
            yield number, word
