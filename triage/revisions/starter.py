"""A starter pack: a document's segments with their digests, and the least around them that loads and can be assessed.

Everything an author has to say is there as a text that begins with `TODO: `, so that `triage rules check` can name what is
left. No sentence of the document enters the pack. Refused: a name that is none, a folder that is there already, a document that
is no text, and one so long that its statements would not fit into a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from triage.documents import Segment
from triage.errors import RequestError, quote
from triage.library import bundled_packs
from triage.parts import PATTERNS_IN_WORDS
from triage.publication import write_folder_whole
from triage.syntax import MAX_BYTES

_NAME = re.compile(r"^[a-z][a-z0-9-]{0,63}$")

_PACK = """\
# What this pack is, which decision plays which part, and the texts that stand beside every answer. Text only, no sentence of
# the document. `safety_net`, `standing`, `procedures`, `notes`, `tensions` and `have_ready` may be added.
pack: {name}
version: 0.1.0
title: "TODO: say in a few words what this pack is about"
intended_use: "TODO: say who uses it, for what, and what it does not do"

# Shown next to the outcome in every format: who decides in the end.
deferral:
  text: "TODO: say who decides, and after what"
  because: [{first}]

documents:
  - document: {document}
    title: "TODO: name the document"
    segments: {segments}
    # Move a segment that states nothing, such as a title, from statements.yaml to here: number and digest.
    headings: []

outcome: first_decision
outcomes:
  - outcome: first_outcome
    procedures: []
    headline: "TODO: say what the document connects with such answers"
  - outcome: other_outcome
    procedures: []
    headline: "TODO: say that the document is silent, or what else it says"

headlines:
  not_enough_information: "TODO: say that more has to be known"
  contradictory_answers: "TODO: say that some answers exclude each other"
  contact_clinician_now: "TODO: say what comes before everything else, should a safety net be added"

reported: [first_decision]
"""
_STATEMENTS = """\
# The facts of the document, in words of your own, each with the segment it comes from and the digest of that segment.
# One segment may hold several facts: give each a statement. `triage rules trace --index FILE` prints the segments.
# Classes: decision, guard, eligibility (these have to be cited), definition, logistics, recovery, risk, insurance, and claim or
# withheld for what is not repeated.
statements:
"""
_STATEMENT = """\
  - statement: {code}
    segment: {number}
    sha256: {sha256}
    class: definition
    text: "TODO: say segment {number} in other words, and choose its class"
    use: "TODO: say what it is used for"
"""
_QUESTIONS = """\
# What is asked, in the order in which it is asked. Each question has a closed list of values; unknown is always an answer.
groups:
  - group: first_group
    title: "TODO: name this group of questions"

questions:
  - question: first_question
    group: first_group
    label: "TODO: name the question in two or three words"
    text: "TODO: ask it"
    help: "TODO: say what must not be read into an answer"
    values: [yes, no]
    because: [{first}]
"""
_DECISIONS = """\
# The rules. Each speaks of known values only; what is unknown or not asked stays open by itself.
decisions:
  - decision: first_decision
    title: "TODO: name the decision"
    reads: [first_question]
    hit_policy: unique
    values:
      first_outcome: "TODO: say it in a few words"
      other_outcome: "TODO: say it in a few words"
    rules:
      - {{rule: FIRST1, when: {{first_question: yes}}, then: first_outcome, because: [{first}]}}
      - {{rule: FIRST2, when: {{first_question: no}}, then: other_outcome, because: [{first}]}}
"""
_SHEET = """\
# Lines that stay the same for every intake, in sections; each cites the statements it rests on.
sections: []
"""
_CASES = """\
# Worked examples that the pack is held to. `rules` are some of those that fire in some completion of the open answers.
cases:
  - case: "TODO: name the case that says yes"
    answers: {first_question: yes}
    outcome: first_outcome
    settled: yes
    rules: [FIRST1]
  - case: "TODO: name the case that says no"
    answers: {first_question: no}
    outcome: other_outcome
    settled: yes
    rules: [FIRST2]
"""


def make_starter(name: str, document: str, segments: Sequence[Segment]) -> dict[str, str]:
    """The files of a starter pack. `document` is what the text is called; its id is made from that.

    Raises RequestError for a name that cannot be a pack's, or a text that is too long for one.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(f"a pack cannot be called {quote(name)}; its name takes {PATTERNS_IN_WORDS[_NAME.pattern]}")
    codes = list(_codes(len(segments)))
    statements = "".join(
        _STATEMENT.format(code=code, number=segment.number, sha256=segment.sha256)
        for code, segment in zip(codes, segments, strict=True)
    )
    files = {
        "pack.yaml": _PACK.format(name=name, document=_identify(document), segments=len(segments), first=codes[0]),
        "statements.yaml": _STATEMENTS + statements,
        "questions.yaml": _QUESTIONS.format(first=codes[0]),
        "decisions.yaml": _DECISIONS.format(first=codes[0]),
        "sheet.yaml": _SHEET,
        "cases.yaml": _CASES,
    }
    if len(files["statements.yaml"].encode()) > MAX_BYTES:
        message = f"{len(segments):,} segments are more than the statements of one pack can hold; make a pack of a part of it"
        raise RequestError(message)
    return files


def write_starter(name: str, document: str, segments: Sequence[Segment], parent: Path) -> Path:
    """Make the folder of a starter pack inside another, whole or not at all. Raises RequestError; nothing is overwritten."""
    files = make_starter(name, document, segments)
    if name in bundled_packs():
        raise RequestError(f"{quote(name)} is the name of a pack that comes with the tool; choose another")
    write_folder_whole(parent / name, files)
    return parent / name


def _codes(count: int) -> Iterator[str]:
    width = max(2, len(str(count)))
    return (f"S{number:0{width}}" for number in range(1, count + 1))


def _identify(name: str) -> str:
    """An id from the name of a file, such as `our_leaflet` from `Our leaflet.txt`."""
    plain = re.sub(r"[^a-z0-9]+", "_", Path(name).stem.lower()).strip("_")
    return plain[:64] if re.match(r"[a-z]", plain) else f"document_{plain}"[:64].strip("_")
