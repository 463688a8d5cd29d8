"""Where every statement of a pack comes from and who cites it; with the documents at hand, whether they still say the same.

A statement is accounted for if something cites it; one of a class that is not repeated, if the sheet or a tension says so. The
text of a document is read, compared and forgotten: nothing made here holds a sentence of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from triage.assessment import PackReference
from triage.citations import UNUSED, UNUSED_REMEDY, Citations, find_citations, is_repeated, say_unused
from triage.documents import Runs, Segment, find_shared
from triage.explanation import say_name, say_value
from triage.files import read_bounded
from triage.library import FILES
from triage.pack import Pack
from triage.parts import Document
from triage.report import as_tree, render_sections
from triage.revisions.revision import SegmentChange, Touched, compare, recorded_digests
from triage.sections import Line, Section
from triage.syntax import MAX_BYTES

SCHEMA = "vcf-triage/trace/1"

REMEDIES = {
    "changed-segment": "another text now; read it, and correct what its statements say and their digest",
    "missing-segment": "not in the text any more; take its statements back, or find where they stand now",
    "new-segment": "not in the pack; write statements, or list what states nothing as a heading",
    "moved-segment": "the same text at another place; give what comes from there the new number",
    "renumbered-segment": "the same text, and new numbers only; give what comes from there the new number",
}
HOW_COUNTED = (
    "An intake counts where one of the rules fires in some completion of its open answers, under some reading; unknown and "
    "unanswered are one. `triage rules trace --index FILE` shows the text with its numbers and digests."
)


class StatementTrace(NamedTuple):
    """A statement: its class, where it comes from, who cites it, and whether it is one that is not repeated."""

    statement: str
    kind: str
    document: str
    segment: int
    cited_by: Citations
    not_repeated: bool
    accounted: bool


class RuleTrace(NamedTuple):
    """A rule and what it rests on; `reading` where it holds under one reading only."""

    rule: str
    decision: str
    reading: str | None
    statements: tuple[str, ...]


class SharedText(NamedTuple):
    """A place of the pack that repeats the document: so many words in a row, from that segment on."""

    file: str
    line: int
    words: int
    segment: int


class DocumentTrace(NamedTuple):
    """A document, and what came of comparing it with its text; `matched` is None where no text was given."""

    document: str
    segments: int
    headings: tuple[int, ...]
    matched: int | None = None
    changes: tuple[SegmentChange, ...] = ()
    shared: tuple[SharedText, ...] = ()


class Trace(NamedTuple):
    """The whole of it."""

    schema: str
    pack: PackReference
    accounted: int
    statements: tuple[StatementTrace, ...]
    rules: tuple[RuleTrace, ...]
    documents: tuple[DocumentTrace, ...]
    deferral: str

    @property
    def has_findings(self) -> bool:
        """Whether a statement is left over, a segment differs, or a text of the pack repeats a document."""
        differing = any(document.changes or document.shared for document in self.documents)
        return differing or self.accounted < len(self.statements)


def trace(pack: Pack, texts: Mapping[str, Sequence[Segment]] | None = None) -> Trace:
    """Trace a pack; `texts` gives the segments of the documents that are at hand, by the ids of the documents."""
    statements = tuple(_trace_statement(pack, code) for code in pack.statement)
    documents = tuple(_trace_document(pack, part, (texts or {}).get(part.document)) for part in pack.header.documents)
    return Trace(
        schema=SCHEMA,
        pack=PackReference(pack.id, pack.version, pack.digest),
        accounted=sum(part.accounted for part in statements),
        statements=statements,
        rules=tuple(_trace_rules(pack)),
        documents=documents,
        deferral=pack.header.deferral.text,
    )


def _trace_statement(pack: Pack, code: str) -> StatementTrace:
    statement = pack.statement[code]
    cited_by, not_repeated = find_citations(pack, code), not is_repeated(pack, code)
    document = statement.document or pack.header.documents[0].document
    accounted = say_unused(pack, code) is None
    return StatementTrace(code, statement.kind, document, statement.segment, cited_by, not_repeated, accounted)


def _trace_rules(pack: Pack) -> Iterator[RuleTrace]:
    for decision in pack.decisions:
        for rule in decision.rules:
            yield RuleTrace(rule.rule, decision.decision, None, rule.because)
        for reading in pack.readings:
            for own in reading.rules:
                if own.decision == decision.decision:
                    yield RuleTrace(own.rule, own.decision, reading.reading, own.because)


def _trace_document(pack: Pack, document: Document, segments: Sequence[Segment] | None) -> DocumentTrace:
    headings = tuple(heading.segment for heading in document.headings)
    if segments is None:
        return DocumentTrace(document.document, document.segments, headings)
    digests = recorded_digests(pack, document)
    matched = sum(old == new.sha256 for old, new in zip(digests, segments, strict=False))
    changes, shared = compare(pack, document, segments), tuple(_find_shared(pack, segments))
    return DocumentTrace(document.document, document.segments, headings, matched, changes, shared)


def _find_shared(pack: Pack, segments: Sequence[Segment]) -> Iterator[SharedText]:
    """The files are read as they stand, so that comments are looked through too; cases and examples belong to them here."""
    folder, runs = Path(pack.folder), Runs(segments)
    paths = [folder / file for file in (*FILES, "cases.yaml")] + sorted((folder / "examples").glob("*.yaml"))
    for path in filter(Path.is_file, paths):
        text = read_bounded(str(path), MAX_BYTES).decode("utf-8", "replace")
        for shared in find_shared(text, runs):
            yield SharedText(path.relative_to(folder).as_posix(), *shared)


def render_trace(traced: Trace, pack: Pack, format: str, **style: Any) -> str:
    """A trace as text, JSON or Markdown; `style` is passed on to the text."""
    if format == "json":
        tree = as_tree(traced)
        tree["statements"] = [{"class" if key == "kind" else key: value for key, value in s.items()} for s in tree["statements"]]
        return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
    return render_sections(describe_trace(pack, traced), format, **style)


def describe_trace(pack: Pack, traced: Trace) -> tuple[Section, ...]:
    """A trace in words, what was found first. Paraphrases that are not to be repeated stay out."""
    parts = (
        (f"Trace of {traced.pack.id} {traced.pack.version}", _summary(traced)),
        ("Statements that are used nowhere", _left_over(pack, traced)),
        *((f"Segments that differ: {part.document}", _changes(pack, part)) for part in traced.documents),
        *((f"Words shared with the document: {part.document}", _shared(part)) for part in traced.documents),
        ("Statements", _statements(pack, traced)),
        ("Rules", _rules(traced)),
    )
    sections = (Section(title, tuple(lines)) for title, lines in parts)
    return tuple(section for section in sections if section.lines)


def _summary(traced: Trace) -> Iterator[Line]:
    yield Line(f"Statements: {traced.accounted} of {len(traced.statements)} accounted for.", 1)
    for part in traced.documents:
        headings = f", {len(part.headings)} of them headings" if part.headings else ""
        if part.matched is None:
            yield Line(f"Segments of {part.document}: {part.segments}{headings}; not compared, --document FILE does that.", 1)
        else:
            same = f"{part.matched} of {part.segments} match the text"
            yield Line(f"Segments of {part.document}: {same}{headings}{_tally(part.changes)}.", 1)


def _tally(changes: Sequence[SegmentChange]) -> str:
    counts = Counter[str]()
    for change in changes:
        only = "only " if change.code == "renumbered-segment" else ""
        counts[only + change.code.removesuffix("-segment")] += max(len(change.segments), len(change.now))
    return "".join(f"; {count} {kind}" for kind, count in counts.items())


def _left_over(pack: Pack, traced: Trace) -> Iterator[Line]:
    for part in traced.statements:
        if not part.accounted:
            yield Line(f"{UNUSED}: {say_unused(pack, part.statement)}. {UNUSED_REMEDY}", 1)


def _changes(pack: Pack, document: DocumentTrace) -> Iterator[Line]:
    if document.changes:
        yield Line(pack.header.deferral.text)
        yield Line(HOW_COUNTED)
    renumbered = [change for change in document.changes if change.code == "renumbered-segment"]
    for change in document.changes:
        if change not in renumbered:
            yield Line(f"{change.code}: {_say_change(change)}: {REMEDIES[change.code]}", 1)
            yield from _hanging_on(pack, change)
    if renumbered:
        yield Line(_say_renumbered(renumbered), 1)


def _hanging_on(pack: Pack, change: SegmentChange) -> Iterator[Line]:
    """What hangs on a segment: its statements, all that cites them, and where that shows."""
    if change.statements:
        yield Line(f"Statements {', '.join(change.statements)}", 2)
        yield Line(_say_citations(change.cited_by) or "cited by nothing", 2)
    elif change.segments:
        yield Line("A heading; no statement comes from it", 2)
    if change.outcomes:
        words = "; ".join(say_value(pack, pack.header.outcome, outcome) for outcome in change.outcomes)
        yield Line(f"Outcomes that the rules take part in: {words}", 2)
    yield from (Line(_say_touched(pack, touched), 2) for touched in change.touched)


def _say_renumbered(changes: Sequence[SegmentChange]) -> str:
    """All that were renumbered in one line: `3 to 5 → 4 to 6`."""
    count = sum(len(change.segments) for change in changes)
    said = "segment keeps its text and has a new number" if count == 1 else "segments keep their text and have new numbers"
    runs = "; ".join(f"{_numbers(change.segments)} → {_numbers(change.now)}" for change in changes)
    return f"renumbered-segment: {count} {said} ({runs}): give what comes from there the new number"


def _say_change(change: SegmentChange) -> str:
    old, new = _span(change.segments), _span(change.now)
    if not old:
        return f"{new} of the text"
    return f"{old}, now {new.split(' ', 1)[1]}" if new not in ("", old) else old


def _span(numbers: Sequence[int]) -> str:
    if len(numbers) < 2:
        return "".join(f"segment {number}" for number in numbers)
    return f"segments {_numbers(numbers)}"


def _numbers(numbers: Sequence[int]) -> str:
    """Neighbouring numbers."""
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"


def _say_touched(pack: Pack, touched: Touched) -> str:
    of = f"{touched.out_of:,} partial intakes of the questions behind {say_name(pack, touched.decision)} ({touched.decision})"
    if touched.intakes is None:
        return f"Not counted: the {of} are too many to go through"
    return f"{touched.intakes:,} of {of}"


def _shared(document: DocumentTrace) -> Iterator[Line]:
    for shared in document.shared:
        said = f"{shared.words} words in a row of segment {shared.segment}; say it in other words"
        yield Line(f"shared-sentence: {shared.file}:{shared.line}: {said}", 1)


def _statements(pack: Pack, traced: Trace) -> Iterator[Line]:
    several = len(traced.documents) > 1
    for part in traced.statements:
        where = f"{part.document}, segment {part.segment}" if several else f"segment {part.segment}"
        text = "not repeated" if part.not_repeated else pack.statement[part.statement].text
        yield Line(f"{part.statement} ({part.kind}, {where}): {text}", 1)
        yield Line(_say_citations(part.cited_by) or "cited by nothing", 2)


def _say_citations(cited: Citations) -> str:
    named = {"rules": cited.rules, "questions": cited.questions, "readings": cited.readings}
    named |= {"tensions": cited.tensions, "to have ready": cited.have_ready, "sheet lines": cited.sheet}
    said = ["the deferral"] if cited.deferral else []
    said += [f"{kind} {', '.join(names)}" for kind, names in named.items() if names]
    return f"cited by {'; '.join(said)}" if said else ""


def _rules(traced: Trace) -> Iterator[Line]:
    for part in traced.rules:
        under = f", under {part.reading}" if part.reading else ""
        yield Line(f"{part.rule} ({part.decision}{under}): {', '.join(part.statements)}", 1)
