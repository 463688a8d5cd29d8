"""Segments, their digests, and the words that a text has in common with a document."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.documents import RUN, SENTENCE, Runs, Shared, digest_segment, find_shared, read_document, split_segments
from triage.errors import RequestError
from triage.pack import Pack

ROOT = Path(__file__).parent.parent
LEAFLET = ROOT / "docs" / "examples" / "repair-cafe.txt"
DOCUMENT = ROOT.parent / "shared" / "documents" / "spine-fracture-treatment.txt"
needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason="the document is not beside this checkout")


def texts(text: str) -> list[str]:
    return [segment.text for segment in split_segments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("A title\n\nA line.\r\nAnother", ["A title", "A line.", "Another"]),
        ("- first. second\n  - third\n-fourth", ["first.", "second", "third", "-fourth"]),
        ("It costs 3.50 in all, e.g.this", ["It costs 3.50 in all, e.g.this"]),
        ("  much   space\tinside.   next ", ["much space inside.", "next"]),
        ("Who? \u201cMe.\u201d So.", ["Who?", "\u201cMe.\u201d So."]),
        (" \n\n \t\n", []),
    ],
)
def test_a_text_is_split_at_lines_and_after_sentences_and_bullets_are_dropped(text: str, expected: list[str]) -> None:
    assert texts(text) == expected
    assert [segment.number for segment in split_segments(text)] == list(range(1, len(expected) + 1))


def test_a_digest_is_of_the_folded_text_in_nfc_and_utf_8() -> None:
    expected = hashlib.sha256(b"Caf\xc3\xa9 is open.").hexdigest()
    assert digest_segment("Café is open.") == expected
    for spelled in ("Cafe\u0301  is\topen.", " Café is\u00a0open. ", unicodedata.normalize("NFD", "Café is open.")):
        assert digest_segment(spelled) == expected
    assert {segment.sha256 for segment in split_segments("- Café   is open.\nCafe\u0301 is open.")} == {expected}
    assert digest_segment("Café is open") != expected


@given(st.text())
def test_segments_are_never_empty_and_splitting_them_again_changes_nothing(text: str) -> None:
    for segment in split_segments(text):
        assert segment.text == " ".join(segment.text.split()) != ""
        assert segment.sha256 == digest_segment(segment.text)


def test_a_byte_order_mark_is_no_part_of_the_first_segment() -> None:
    assert read_document(b"\xef\xbb\xbfOne. Two.", "x.txt") == split_segments("One. Two.")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "x.txt: there is no sentence in it; name a document with some text"),
        (b" \n\n", "x.txt: there is no sentence in it"),
        (b"One.\n\xff", "x.txt:2:1: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"%PDF-1.7 \x00", "x.txt: holds control characters; save the document as plain text and name that file"),
        (b"a" * (1 << 20) + b"b", "x.txt:1:1: more than 1,048,576 bytes (1 MiB), which are the most that is read"),
    ],
)
def test_what_is_no_document_is_refused_with_the_remedy(data: bytes, told: str) -> None:
    with pytest.raises(RequestError) as error:
        read_document(data, "x.txt")
    assert told in str(error.value)


@needs_document
def test_the_shipped_pack_has_the_digests_of_its_document(pack: Pack) -> None:
    digests = {segment.number: segment.sha256 for segment in read_document(DOCUMENT.read_bytes(), DOCUMENT.name)}
    (document,) = pack.header.documents
    recorded = {part.segment: part.sha256 for part in pack.statements}
    recorded |= {heading.segment: heading.sha256 for heading in document.headings}
    assert (len(digests), len(document.headings)) == (38, 3)
    assert recorded == digests


SENTENCES = "Ten words in a row are surely enough to be told. Five words are here together. Four words are few."


def shared(text: str) -> list[Shared]:
    return list(find_shared(text, Runs(split_segments(SENTENCES))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("words in a row are surely enough to", [Shared(1, 8, 1)]),
        ("x\nwords in a row are surely enough", []),
        ("say:\n  five WORDS, are \u201chere\u201d\n  together", [Shared(2, 5, 2)]),
        ("four words are few", []),
        ("ten words in a row are surely enough to be told five words are here together", [Shared(1, 16, 1)]),
        ("five words are here", []),
        ("five wor\u00adds are he\u200bre together", [Shared(1, 5, 2)]),
        ("\uff46ive words are here together; five words are here together", [Shared(1, 5, 2), Shared(1, 5, 2)]),
    ],
)
def test_eight_words_in_a_row_or_a_whole_sentence_of_five_are_told_and_less_is_not(text: str, expected: list[Shared]) -> None:
    assert (RUN, SENTENCE) == (8, 5)
    assert shared(text) == expected


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def has_shared(text: str, document: str) -> bool:
    """By looking at every run and every sentence."""
    spaced = f" {' '.join(words(text))} "
    theirs = words(document)
    runs = [theirs[start : start + RUN] for start in range(len(theirs) - RUN + 1)]
    whole = [words(sentence) for sentence in texts(document)]
    return any(f" {' '.join(run)} " in spaced for run in runs + [found for found in whole if len(found) >= SENTENCE])


alike = st.lists(st.sampled_from(["a", "b", "a b", "b.", "a!\n", "c"]), max_size=30).map(" ".join)


@given(text=alike, document=alike)
def test_a_text_shares_something_exactly_where_brute_force_finds_it(text: str, document: str) -> None:
    assert bool(list(find_shared(text, Runs(split_segments(document))))) == has_shared(text, document)


def test_the_leaflet_of_the_second_pack_has_21_segments_and_the_pack_repeats_none() -> None:
    segments = read_document(LEAFLET.read_bytes(), LEAFLET.name)
    assert len(segments) == 21
    for path in (ROOT / "rules" / "repair-cafe").rglob("*.yaml"):
        assert list(find_shared(path.read_text(encoding="utf-8"), Runs(segments))) == [], path.name
