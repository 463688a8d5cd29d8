"""What a new text of a document does to a pack: which segments differ, and what hangs on each.

A pack keeps digests and no text, so two texts are compared as rows of digests. A segment whose digest stands elsewhere among the
others has moved; one that only has another number, because something before it came or went, is renumbered. What is left between
two segments that stayed is paired in order and called changed; that pairing is a guess of place, since nothing can tell a segment
rewritten from one taken out beside one put in. The rest is missing or new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import product
from math import prod
from typing import Literal, NamedTuple, get_args

from triage.citations import Citations, find_citations
from triage.completions import Completions
from triage.documents import Segment
from triage.errors import PackError
from triage.pack import Pack
from triage.parts import Document
from triage.profiles import Profiles

MAX_PARTIAL = 100_000

Code = Literal["changed-segment", "missing-segment", "new-segment", "moved-segment", "renumbered-segment"]
GRAVEST_FIRST: tuple[Code, ...] = get_args(Code)
Key = tuple[str | None, ...]


class Touched(NamedTuple):
    """In how many partial intakes of the questions behind a decision one of some rules fires, in some completion and reading.

    Unknown and unanswered count as one. `intakes` is None where there are too many to go through.
    """

    decision: str
    intakes: int | None
    out_of: int


class SegmentChange(NamedTuple):
    """Segments that differ, by their numbers in the pack and in the text, and what hangs on them.

    `rules` cite one of `statements`, and `cited_by` is all that does; `outcomes` are those of complete intakes in which one of
    the rules fires on the way, none where the pack is too large to go through. Where the text is the same, none are counted.
    """

    code: Code
    segments: tuple[int, ...]
    now: tuple[int, ...]
    statements: tuple[str, ...]
    rules: tuple[str, ...]
    outcomes: tuple[str, ...]
    touched: tuple[Touched, ...]
    cited_by: Citations


class _Pairing(NamedTuple):
    """Segments as numbers from 0, the pack's and the text's; one of the two is empty where there is no counterpart."""

    code: Code
    old: tuple[int, ...]
    new: tuple[int, ...]


def compare(pack: Pack, document: Document, segments: Sequence[Segment]) -> tuple[SegmentChange, ...]:
    """Every difference between a text and the one of a pack: the gravest first, then in the order of the pack."""
    old = recorded_digests(pack, document)
    new = [segment.sha256 for segment in segments]
    reach = Reach(pack)
    return tuple(_describe(pack, document, pairing, reach) for pairing in _pair(old, new))


def recorded_digests(pack: Pack, document: Document) -> list[str]:
    """The digests of a document's segments, in their order; a loaded pack accounts for each."""
    first = pack.header.documents[0].document
    found = {heading.segment: heading.sha256 for heading in document.headings}
    found |= {part.segment: part.sha256 for part in pack.statements if (part.document or first) == document.document}
    return [found[number] for number in range(1, document.segments + 1)]


def stated_in(pack: Pack, document: Document, numbers: Iterable[int]) -> tuple[str, ...]:
    """The statements that come from some segments of a document."""
    first, wanted = pack.header.documents[0].document, set(numbers)
    return tuple(
        part.statement for part in pack.statements if (part.document or first) == document.document and part.segment in wanted
    )


def _describe(pack: Pack, document: Document, pairing: _Pairing, reach: Reach) -> SegmentChange:
    numbers = tuple(index + 1 for index in pairing.old)
    statements = stated_in(pack, document, numbers)
    cited_by = find_citations(pack, *statements)
    now = tuple(index + 1 for index in pairing.new)
    counted = cited_by.rules if pairing.code not in ("moved-segment", "renumbered-segment") else ()
    outcomes, touched = reach.outcomes(counted), reach.touched(counted)
    return SegmentChange(pairing.code, numbers, now, statements, cited_by.rules, outcomes, touched, cited_by)


def _pair(old: Sequence[str], new: Sequence[str]) -> list[_Pairing]:
    stayed: list[tuple[int, int]] = []
    gaps: list[tuple[list[int], list[int]]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            stayed += zip(range(i1, i2), range(j1, j2), strict=True)
        else:
            gaps.append((list(range(i1, i2)), list(range(j1, j2))))
    moved = sorted(_take_moved(old, new, gaps))
    kinds: tuple[tuple[Code, list[tuple[int, int]]], ...] = ("moved-segment", moved), ("renumbered-segment", stayed)
    found = [_Pairing(code, *run) for code, pairs in kinds for run in _join((i, j) for i, j in pairs if i != j)]
    for gone, come in gaps:
        found += [_Pairing("changed-segment", (i,), (j,)) for i, j in zip(gone, come, strict=False)]
        found += [_Pairing("missing-segment", (i,), ()) for i in gone[len(come) :]]
        found += [_Pairing("new-segment", (), run) for _, run in _join((j, j) for j in come[len(gone) :])]
    return sorted(found, key=lambda pairing: (GRAVEST_FIRST.index(pairing.code), pairing.old or pairing.new))


def _take_moved(old: Sequence[str], new: Sequence[str], gaps: list[tuple[list[int], list[int]]]) -> Iterator[tuple[int, int]]:
    """Take out of the gaps what stands in another gap now, and give it with both its places."""
    for gone, _ in gaps:
        for i in list(gone):
            elsewhere = next((come for _, come in gaps if any(new[j] == old[i] for j in come)), None)
            if elsewhere is not None:
                j = next(j for j in elsewhere if new[j] == old[i])
                gone.remove(i)
                elsewhere.remove(j)
                yield i, j


def _join(pairs: Iterable[tuple[int, int]]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Neighbours that stand together on both sides as one."""
    runs: list[list[tuple[int, int]]] = []
    for i, j in pairs:
        if runs and runs[-1][-1] == (i - 1, j - 1):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    return [(tuple(i for i, _ in run), tuple(j for _, j in run)) for run in runs]


class Reach:
    """Which outcomes and how many partial intakes rules take part in, under all readings together."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._completions = Completions(pack)
        self._profiles = self._make_profiles()
        self._fired: dict[str, list[tuple[tuple[str, ...], frozenset[str], str]]] = {}
        self._partial: dict[str, dict[Key, set[str]]] = {}

    def _make_profiles(self) -> list[Profiles]:
        """Every reading's; none where the pack is too large for any."""
        try:
            return [Profiles(self._pack, reading) for reading in (*self._pack.reading,) or (None,)]
        except PackError as error:
            if {fault.code for fault in error.faults} != {"too-large"}:
                raise
            return []

    def outcomes(self, rules: Iterable[str]) -> tuple[str, ...]:
        """The outcomes of complete intakes in which one of these rules fires, in pack order."""
        wanted = set(rules)
        found = {outcome for _, fired, outcome in self._complete(self._pack.header.outcome) if fired & wanted}
        return tuple(outcome for outcome in self._pack.outcome if outcome in found)

    def touched(self, rules: Iterable[str]) -> tuple[Touched, ...]:
        """For the outcome if rules behind it are among them, and for each decision beside it that owns one, the intakes."""
        wanted = set(rules)
        behind = self._pack.chain(self._pack.header.outcome)
        replacing = {rule.decision for reading in self._pack.readings for rule in reading.rules if rule.rule in wanted}
        owners = {name for name, own in self._pack.decision.items() if wanted & {rule.rule for rule in own.rules}} | replacing
        roots = [self._pack.header.outcome] if owners & set(behind) else []
        roots += [name for name in self._pack.decision if name in owners and name not in behind]
        return tuple(self._count(root, wanted) for root in roots)

    def _count(self, decision: str, wanted: set[str]) -> Touched:
        scope = self._completions.scopes[decision]
        out_of = prod(len(self._completions.values[name]) + 1 for name in scope)
        if out_of > MAX_PARTIAL or not self._profiles:
            return Touched(decision, None, out_of)
        if decision not in self._partial:
            self._partial[decision] = self._open_up(decision)
        return Touched(decision, sum(not wanted.isdisjoint(fired) for fired in self._partial[decision].values()), out_of)

    def _open_up(self, decision: str) -> dict[Key, set[str]]:
        """Every partial intake that has a completion, with the rules that fire in one of them."""
        found: dict[Key, set[str]] = {}
        for completion, fired, _ in self._complete(decision):
            for key in product(*((value, None) for value in completion)):
                found.setdefault(key, set()).update(fired)
        return found

    def _complete(self, decision: str) -> list[tuple[tuple[str, ...], frozenset[str], str]]:
        """Every completion of what a decision rests on, with the rules that fire on the way and what it comes to."""
        if decision not in self._fired:
            self._fired[decision] = [line for profiles in self._profiles for line in self._fire_all(profiles, decision)]
        return self._fired[decision]

    def _fire_all(self, profiles: Profiles, decision: str) -> Iterator[tuple[tuple[str, ...], frozenset[str], str]]:
        scope = profiles.completions.scopes[decision]
        for completion in profiles.completions.complete(scope):
            answers = dict(zip(scope, completion, strict=True))
            values = {**answers, **profiles.evaluate(answers, [decision])}
            fired: set[str] = set()
            for name in profiles.completions.chains[decision]:
                reads = [values[read] for read in profiles.decisions[name].reads]
                fired.update(profiles.fired(name, tuple(map(str, reads))))
            yield completion, frozenset(fired), str(values[decision])
