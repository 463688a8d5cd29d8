"""What is said of rows that two packs read: how many differ, then from what to what, the most rows first, each with examples.

It stands on top of what is said of the packs themselves, a weaker safety net before all else, and the deferral in every part. Of
a row nothing is said but its place and its reference; of an answer that a pack refuses, what the other pack takes it for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from triage.impact.counting import Place, Refusal
from triage.impact.turns import AspectImpact, Example, Impact, Turn
from triage.pack import Pack
from triage.revisions.words import Words, say_causes, say_readings
from triage.sections import Line, Section

SHOWN = 20


def add_impact(sections: Sequence[Section], old: Pack, new: Pack, impact: Impact) -> tuple[Section, ...]:
    """The sections of a difference with what it does to rows: in short on top of the first, at length after it."""
    said = _Rows(old, new, impact)
    first = sections[0]._replace(lines=(*said.summary(), *sections[0].lines))
    return (first, *said.sections(), *sections[1:])


class _Rows(Words):
    """Says what was found of rows."""

    def __init__(self, old: Pack, new: Pack, impact: Impact) -> None:
        super().__init__(old, new)
        self._impact = impact

    def summary(self) -> Iterator[Line]:
        """What weakens the safety net, then how many rows differ."""
        impact = self._impact
        for net in (aspect for aspect in impact.aspects if aspect.weaker):
            turn = next(turn for turn in net.turns if turn.weaker)
            said = f"{net.weaker:,} of {_count(impact.rows)} read a less severe level, or are no longer withheld"
            example = self._place(turn.examples[0].place)
            yield Line(f"Safety net weakened: {said}, such as {example}: {self._turn(net, turn)}.")
        refused = impact.refused_by_old + impact.refused_by_new
        which = f", {refused:,} of them because one pack alone refuses them" if refused else ""
        yield Line(f"{impact.differing:,} of {_count(impact.rows)} read differently{which}.")

    def sections(self) -> Iterator[Section]:
        yield Section(f"Rows, {say_readings(self._impact.old_reading, self._impact.new_reading)}", tuple(self._about()))
        for aspect in self._impact.aspects:
            if aspect.differing:
                yield Section(f"Rows: {self._name(aspect)}", tuple(self._aspect(aspect)))
        if self._impact.refusals:
            yield Section("Rows that one pack alone refuses", tuple(self._refusals()))

    def _about(self) -> Iterator[Line]:
        impact = self._impact
        yield Line("What a batch shows is compared: safety net, outcome and standing.")
        yield Line(impact.deferral)
        more = f" and {len(impact.files) - SHOWN} more" if len(impact.files) > SHOWN else ""
        yield Line(f"Tables: {', '.join(impact.files[:SHOWN])}{more}", 1)
        counts = "; ".join(f"{self._name(aspect)}: {aspect.differing:,}" for aspect in impact.aspects)
        yield Line(f"Both packs take {_count(impact.compared)}. Of these read differently: {counts}", 1)
        for side, count in (("old", impact.refused_by_old), ("new", impact.refused_by_new)):
            if count:
                yield Line(f"The {side} pack alone refuses {_count(count)}, which therefore read differently", 1)
        if impact.refused_by_both:
            yield Line(f"Both packs refuse {_count(impact.refused_by_both)}; a batch says why", 1)
        for side, other, names in (("old", "new", impact.asked_by_old), ("new", "old", impact.asked_by_new)):
            if names:
                yield Line(f"Only the {side} pack asks {', '.join(names)}; to the {other} pack these columns say nothing", 1)

    def _aspect(self, aspect: AspectImpact) -> Iterator[Line]:
        compared, rows = self._impact.compared, self._impact.rows
        taken = _count(compared) if compared == rows else f"the {_count(compared)} that both packs take, of {rows:,},"
        yield Line(f"{aspect.differing:,} of {taken} read differently.")
        yield Line(self._impact.deferral)
        for turn in aspect.turns[:SHOWN]:
            yield Line(f"{turn.rows:,}{', weaker' if turn.weaker else ''}: {self._turn(aspect, turn)}", 1)
            yield from self._examples(aspect, turn)
        if len(aspect.turns) > SHOWN:
            yield Line(f"and {len(aspect.turns) - SHOWN} more; --format json gives all", 1)
        yield Line("How many rows read what, before and now:")
        for value in aspect.values:
            pack, decision = (self.new, aspect.new_decision) if value.new else (self.old, aspect.old_decision)
            yield Line(f"{self.say_value(pack, decision or '', value.value)}: {value.old:,} → {value.new:,}", 1)

    def _turn(self, aspect: AspectImpact, turn: Turn) -> str:
        """From what to what; what is settled is told from what is not."""
        old = self._value(self.old, aspect.old_decision, turn.old, settled=turn.old_settled)
        new = self._value(self.new, aspect.new_decision, turn.new, settled=turn.new_settled)
        if old != new:
            return f"{old} → {new}"
        return f"{old}, which withholds no more" if turn.weaker else f"{old}, with other possible values"

    def _examples(self, aspect: AspectImpact, turn: Turn) -> Iterator[Line]:
        """The examples of a turn, those with the same behind them together."""
        groups: dict[tuple[str, str], list[Example]] = {}
        for example in turn.examples:
            possible = self.say_turn((aspect.old_decision or "", aspect.new_decision or ""), example.old, example.new)
            statements = f"; statements {', '.join(example.statements)}" if example.statements else ""
            groups.setdefault((f"{say_causes(example.causes)}{statements}", possible), []).append(example)
        such = "such as " if turn.rows > len(turn.examples) else ""
        for (behind, possible), examples in groups.items():
            yield Line(f"{such}{self._places(example.place for example in examples)}: {behind}", 2)
            if possible != self._turn(aspect, turn):
                yield Line(possible, 3)

    def _refusals(self) -> Iterator[Line]:
        yield Line(self._impact.deferral)
        for refusal in self._impact.refusals[:SHOWN]:
            yield Line(self._refusal(refusal), 1)
        if len(self._impact.refusals) > SHOWN:
            yield Line(f"and {len(self._impact.refusals) - SHOWN} more; --format json gives all", 1)

    def _refusal(self, refusal: Refusal) -> str:
        question = (self.old if refusal.by == "old" else self.new).question[refusal.question]
        taken = f" {refusal.value}" if refusal.value is not None else ""
        such = "such as " if refusal.rows > len(refusal.examples) else ""
        takes = ", ".join(question.values) if len(question.values) <= 6 else f"{question.values[0]} to {question.values[-1]}"
        by = f"by the {refusal.by} pack, {refusal.question}:{taken}"
        return f"{refusal.rows:,} {by} ({such}{self._places(refusal.examples)}); it takes {takes} or unknown"

    def _places(self, places: Iterable[Place]) -> str:
        return ", ".join(map(self._place, places))

    def _place(self, place: Place) -> str:
        row = f"row {place.row:,}" if len(self._impact.files) == 1 else f"{place.file} row {place.row:,}"
        return row if place.reference is None else f"{place.reference} ({row})"

    def _name(self, aspect: AspectImpact) -> str:
        return self.say_aspect(aspect.kind, aspect.new_decision or aspect.old_decision or "")

    def _value(self, pack: Pack, decision: str | None, value: str, *, settled: bool) -> str:
        """A value, with whether it is settled; a state in which the decision has none is never so."""
        is_named = decision is not None and value in pack.values_of(decision)
        return f"{self.say_value(pack, decision or '', value)}{' (not settled)' if is_named and not settled else ''}"


def _count(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"
