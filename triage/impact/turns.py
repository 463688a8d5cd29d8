"""What a change does to rows that were counted: aspect by aspect from what to what, with examples and what stands behind them.

Causes are found for the examples alone, each by comparing that one intake; the other rows of a turn may have others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from triage.impact.counting import KEPT, Counted, Counting, Kept, Place, Refusal
from triage.revisions.causes import Cause
from triage.revisions.comparison import Difference
from triage.revisions.views import Aspect, Kind, View, is_weaker


class Example(NamedTuple):
    """A row that reads differently in one aspect, with what stands behind it."""

    place: Place
    old: View
    new: View
    causes: tuple[Cause, ...]
    statements: tuple[str, ...]


class Turn(NamedTuple):
    """From what to what, in how many rows, with the first of them.

    Twice the same where only what is possible beside it differs. `weaker`: a level of the safety net that is less severe than
    before, or withholds no more.
    """

    old: str
    old_settled: bool
    new: str
    new_settled: bool
    rows: int
    weaker: bool
    examples: tuple[Example, ...]


class ValueCount(NamedTuple):
    """In how many rows a value was read, and is read now."""

    value: str
    old: int
    new: int


class AspectImpact(NamedTuple):
    """One aspect over all rows that both packs take; a decision is None where that pack has no such thing."""

    kind: Kind
    old_decision: str | None
    new_decision: str | None
    differing: int
    weaker: int
    values: tuple[ValueCount, ...]
    turns: tuple[Turn, ...]


class Impact(NamedTuple):
    """What a change does to the rows of tables.

    `compared` are the rows that both packs take. `differing` are those among them that read differently, and the rows that one
    pack alone refuses. `asked_by_*` are columns that are questions of that pack alone.
    """

    files: tuple[str, ...]
    old_reading: str
    new_reading: str
    rows: int
    differing: int
    compared: int
    refused_by_old: int
    refused_by_new: int
    refused_by_both: int
    asked_by_old: tuple[str, ...]
    asked_by_new: tuple[str, ...]
    aspects: tuple[AspectImpact, ...]
    refusals: tuple[Refusal, ...]
    deferral: str


def find_impact(counting: Counting) -> Impact:
    """What was found of all rows that were counted. Raises EngineFault and PackError as `assess` does."""
    old, new = (reader.pack for reader in counting.readers)
    counted = counting.counted
    differing = sum(each.rows for each in counted if each.pair.differing)
    aspects = _Aspects(counting)
    return Impact(
        files=tuple(counting.files),
        old_reading=counting.comparison.old.reading,
        new_reading=counting.comparison.new.reading,
        rows=counting.rows,
        differing=differing + sum(counting.refused_by_one.values()),
        compared=sum(each.rows for each in counted),
        refused_by_old=counting.refused_by_one["old"],
        refused_by_new=counting.refused_by_one["new"],
        refused_by_both=counting.refused_by_both,
        asked_by_old=tuple(name for name in counting.asked if name not in new.question),
        asked_by_new=tuple(name for name in counting.asked if name not in old.question),
        aspects=tuple(aspects.sum_up(aspect, counted) for aspect in counting.aspects),
        refusals=counting.refusals,
        deferral=new.header.deferral.text,
    )


class _Aspects:
    """Sums up aspects of rows that were counted, and explains each example once."""

    def __init__(self, counting: Counting) -> None:
        self._comparison = counting.comparison
        self._aspects = counting.aspects
        self._readers = counting.readers
        self._explained: dict[tuple[int, int], dict[Kind, Difference]] = {}

    def sum_up(self, aspect: Aspect, counted: Iterable[Counted]) -> AspectImpact:
        before, after = Counter[str](), Counter[str]()
        turns: dict[tuple[View, View], tuple[int, list[Kept]]] = {}
        for pair, rows, kept in counted:
            old, new = pair.old.view(aspect), pair.new.view(aspect)
            before[old.value] += rows
            after[new.value] += rows
            if aspect in pair.differing:
                key = old._replace(possible=()), new._replace(possible=())
                count, examples = turns.get(key, (0, []))
                turns[key] = count + rows, [*examples, *kept]
        in_order = sorted(turns.items(), key=lambda item: (-item[1][0], min(kept.at for kept in item[1][1])))
        found = [self._turn(aspect, *views, *turn) for views, turn in in_order]
        return AspectImpact(
            *aspect,
            differing=sum(turn.rows for turn in found),
            weaker=sum(turn.rows for turn in found if turn.weaker),
            values=tuple(ValueCount(value, before[value], after[value]) for value in self._order(aspect, {*before, *after})),
            turns=tuple(found),
        )

    def _turn(self, aspect: Aspect, old: View, new: View, rows: int, kept: Iterable[Kept]) -> Turn:
        packs = self._comparison.old.pack, self._comparison.new.pack
        weaker = aspect.kind == "safety_net" and is_weaker(packs, old, new)
        first = sorted(kept, key=lambda each: each.at)[:KEPT]
        examples = tuple(self._explain(aspect, each) for each in first)
        return Turn(old.value, old.settled, new.value, new.settled, rows, weaker, examples)

    def _explain(self, aspect: Aspect, kept: Kept) -> Example:
        if kept.at not in self._explained:
            answers = [reader.normalise(kept.answers) for reader in self._readers]
            differences = self._comparison.compare(answers[0], answers[1], self._aspects)
            self._explained[kept.at] = {difference.aspect.kind: difference for difference in differences}
        difference = self._explained[kept.at][aspect.kind]
        return Example(kept.place, *difference[1:], statements=self._comparison.cite(difference.causes))

    def _order(self, aspect: Aspect, values: set[str]) -> list[str]:
        """Values as the packs have them, then what stands where there is none."""
        sides = zip((self._comparison.new, self._comparison.old), (aspect.new, aspect.old), strict=True)
        named = [value for side, decision in sides if decision is not None for value in side.pack.values_of(decision)]
        return [value for value in dict.fromkeys((*named, *sorted(values))) if value in values]
