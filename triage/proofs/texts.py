"""What a pack says: every text of its files, held to the wording rules.

Ids and values count as texts: they are shown too. Left aside are the exceptions themselves, which quote what they let pass.
Paraphrases of class claim and withheld are compared, and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from triage.documents import SENTENCE, digest_segment, split_segments
from triage.errors import Place, quote
from triage.pack import Pack
from triage.proofs.findings import Finding
from triage.reference import NOT_REPEATED
from triage.syntax import Path, Source, Tree
from triage.wording import EXCEPTION, TO_DO, banned_wordings, is_sentence, leave_out, look_alikes, show

FEWEST_WORDS = 2


class Text(NamedTuple):
    """A text of a pack, with where it stands: its place, and its path in the file."""

    place: Place
    path: Path
    text: str


def list_texts(sources: Iterable[Source]) -> tuple[Text, ...]:
    """Every text of these files, exceptions and digests left aside."""
    return tuple(text for source in sources for text in _walk(source, source.tree, ()))


def _walk(source: Source, tree: Tree, path: Path) -> Iterator[Text]:
    if path[:1] == ("wording_exceptions",) or path[-1:] == ("sha256",):
        return
    if isinstance(tree, str):
        yield Text(source.place(path), path, tree)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _walk(source, value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _walk(source, value, (*path, index))


def list_allowed(pack: Pack) -> tuple[str, ...]:
    """The sentences that the wording rules let pass."""
    return (EXCEPTION, *(exception.sentence for exception in pack.header.wording_exceptions))


def find_wordings(pack: Pack, texts: Sequence[Text]) -> Iterator[Finding]:
    """Banned wordings and letters that look like others, each once a text."""
    allowed = list_allowed(pack)
    for place, _, text in texts:
        for wording in dict.fromkeys(banned_wordings(text, allowed)):
            yield Finding(place, "banned-wording", say_banned(wording))
        for word in dict.fromkeys(look_alikes(text, allowed)):
            spelled = word.encode("ascii", "backslashreplace").decode()
            yield Finding(place, "look-alike", f"has {quote(word)} ({spelled}), in which a letter looks like another")


def say_banned(wording: str) -> str:
    """What is said of a banned wording, in a text and on a sheet alike."""
    return f"says {quote(wording)}, which no text may say"


def find_unused_exceptions(pack: Pack, texts: Sequence[Text]) -> Iterator[Finding]:
    """Exceptions for sentences that stand nowhere."""
    for index, exception in enumerate(pack.header.wording_exceptions):
        if not any(leave_out(text, [exception.sentence]) != show(text) for _, _, text in texts):
            place = pack.sources["pack.yaml"].place(("wording_exceptions", index, "sentence"))
            whole = "no text has this sentence" if is_sentence(exception.sentence) else "this is no whole sentence"
            yield Finding(place, "unused-exception", f"{whole}, so nothing is let pass by it")


def find_repeated(pack: Pack, texts: Sequence[Text]) -> Iterator[Finding]:
    """Texts that say what a statement of class claim or withheld says; named by its id alone."""
    claims = {
        index: (part.statement, _words(part.text)) for index, part in enumerate(pack.statements) if part.kind in NOT_REPEATED
    }
    for place, path, text in texts:
        words = _words(text)
        for index, (code, claim) in claims.items():
            if claim in words and claim.count(" ") > FEWEST_WORDS and path != ("statements", index, "text"):
                kind = pack.statement[code].kind
                yield Finding(place, "claim-repeated", f"repeats the statement {code}, which is of class {kind}")


def _words(text: str) -> str:
    """The words of a text with a space before, between and behind them."""
    words = re.findall(r"[^\W_]+", show(text).casefold())
    return f" {' '.join(words)} "


def find_shared_sentences(pack: Pack, texts: Sequence[Text]) -> Iterator[Finding]:
    """Sentences that a document has too, by their digests: as they stand, or but for the full stop."""
    digests = {part.sha256: part.segment for part in pack.statements}
    digests |= {heading.sha256: heading.segment for document in pack.header.documents for heading in document.headings}
    for place, _, text in texts:
        for segment in split_segments(text):
            bare = segment.text.removesuffix(".")
            alike = (segment.sha256, digest_segment(bare), digest_segment(f"{bare}."))
            number = next((digests[digest] for digest in alike if digest in digests), None)
            if number is not None and _is_telling(segment.text):
                yield Finding(place, "shared-sentence", f"has the sentence of segment {number} of the document")


def _is_telling(text: str) -> bool:
    """Whether a text is a sentence, and no name or title, which can only be said in one way."""
    count = len(text.split())
    return count >= SENTENCE or (count >= FEWEST_WORDS and is_sentence(text))


def find_to_dos(texts: Sequence[Text]) -> Iterator[Finding]:
    """Texts that the author has still to write."""
    for place, _, text in texts:
        if text.startswith(TO_DO):
            yield Finding(place, "to-do", text.removeprefix(TO_DO).strip())
