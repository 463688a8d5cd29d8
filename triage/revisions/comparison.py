"""Which intakes two packs, or two versions of one, read differently, and which changed part stands behind each difference.

Nothing is sampled: every partial intake of the questions behind a decision is read by both packs, an answer unknown and one not
given being the same. An answer that only one of the packs knows is left open for the other. Where there are more than
`MAX_INTAKES`, nothing is compared and `differing` is None: a difference not looked for is not "no difference".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import Literal, NamedTuple, TypeVar

from triage.assessment import PackReference
from triage.errors import RequestError, did_you_mean, quote
from triage.pack import Pack
from triage.revisions.causes import Cause, Causes, Intake
from triage.revisions.changes import Change, find_changes
from triage.revisions.views import Answers, Aspect, Kind, Side, View, find_aspects, is_weaker

SCHEMA = "vcf-triage/difference/1"
MAX_INTAKES = 60_000

Verdict = Literal["the same", "texts only", "no answers", "answers", "not all compared"]


class Difference(NamedTuple):
    """One aspect in which one intake reads differently: what was read, what is read now, and what stands behind it."""

    aspect: Aspect
    old: View
    new: View
    causes: tuple[Cause, ...]


class Group(NamedTuple):
    """The intakes that differ for the same causes, with the smallest of them: the fewest answers, then pack order."""

    causes: tuple[Cause, ...]
    statements: tuple[str, ...]
    intakes: int
    example: Mapping[str, str]
    old: View
    new: View


class Turn(NamedTuple):
    """From which value to which, in how many intakes, with the smallest of them.

    Twice the same value where only what is possible beside it differs. `weaker`: a level of the safety net that is less severe
    than before, or withholds no more.
    """

    old: str
    new: str
    intakes: int
    example: Mapping[str, str]
    weaker: bool = False


Counted = TypeVar("Counted", Group, Turn)


class Compared(NamedTuple):
    """One aspect over all partial intakes of the questions behind it. `differing` is None where there are too many."""

    kind: Kind
    decision: str
    questions: tuple[str, ...]
    intakes: int
    differing: int | None
    turns: tuple[Turn, ...]
    groups: tuple[Group, ...]


class UnderReading(NamedTuple):
    """Both packs under one reading; under two where their defaults are compared."""

    old: str
    new: str
    compared: tuple[Compared, ...]


class PackDifference(NamedTuple):
    """Two packs compared: what changed in the files, and what that does to intakes."""

    schema: str
    old: PackReference
    new: PackReference
    verdict: Verdict
    changes: tuple[Change, ...]
    readings: tuple[UnderReading, ...]
    deferral: str


class Comparison:
    """Two packs, each under one reading. `compare` reads one intake; `go_through` every partial intake of an aspect."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.aspects = tuple(find_aspects(old.pack, new.pack))
        self._causes = Causes(old, new)

    def compare(self, old: Answers, new: Answers, aspects: Sequence[Aspect] | None = None) -> tuple[Difference, ...]:
        """What one intake, in the words of either pack, reads differently; nothing where it reads alike.

        Raises as `assess` does.
        """
        intake = Intake((old, new), (self.old.know(old), self.new.know(new)))
        found = []
        for aspect in self.aspects if aspects is None else aspects:
            before = self.old.read(aspect.kind, aspect.old, intake.known[0])
            after = self.new.read(aspect.kind, aspect.new, intake.known[1])
            if not before.is_like(after):
                found.append(Difference(aspect, before, after, self._causes.find(aspect, intake, (before, after))))
        return tuple(found)

    def go_through(self, aspect: Aspect) -> Compared:
        """Every partial intake of the questions behind an aspect in either pack. Raises as `assess` does."""
        scope = self._scope(aspect)
        size = prod(len(values) + 1 for values in scope.values())
        result = Compared(aspect.kind, aspect.new or aspect.old or "", tuple(scope), size, 0, (), ())
        if _ground(self.old, aspect.kind, aspect.old) == _ground(self.new, aspect.kind, aspect.new):
            return result
        if size > MAX_INTAKES:
            return result._replace(differing=None)
        turns: dict[tuple[str, str], Turn] = {}
        groups: dict[tuple[Cause, ...], Group] = {}
        for answers in partial_intakes(scope):
            for difference in self.compare(answers, answers, (aspect,)):
                values = difference.old.value, difference.new.value
                turn = turns.get(values) or self._turn(difference, answers)
                turns[values] = turn._replace(intakes=turn.intakes + 1)
                group = groups.get(difference.causes) or self._group(difference, answers)
                groups[difference.causes] = group._replace(intakes=group.intakes + 1)
        differing = sum(turn.intakes for turn in turns.values())
        return result._replace(differing=differing, turns=_largest_first(turns.values()), groups=_largest_first(groups.values()))

    def _scope(self, aspect: Aspect) -> dict[str, tuple[str, ...]]:
        """The questions behind an aspect in either pack, with the values that either knows."""
        behind = {*self.old.scope(aspect.old), *self.new.scope(aspect.new)}
        names = [name for name in dict.fromkeys((*self.new.pack.question, *self.old.pack.question)) if name in behind]
        return {name: tuple(dict.fromkeys((*self.new.values(name), *self.old.values(name)))) for name in names}

    def _turn(self, difference: Difference, answers: Answers) -> Turn:
        old, new = difference.old, difference.new
        weaker = difference.aspect.kind == "safety_net" and is_weaker((self.old.pack, self.new.pack), old, new)
        return Turn(old.value, new.value, 0, answers, weaker)

    def _group(self, difference: Difference, answers: Answers) -> Group:
        return Group(difference.causes, self.cite(difference.causes), 0, answers, difference.old, difference.new)

    def cite(self, causes: Iterable[Cause]) -> tuple[str, ...]:
        """The statements that causes cite, in the order of the packs."""
        cited = {code for cause in causes for code in cause.statements}
        return tuple(code for code in dict.fromkeys((*self.new.pack.cite_order, *self.old.pack.cite_order)) if code in cited)


def compare_packs(old: Pack, new: Pack, reading: str | None = None) -> PackDifference:
    """Everything that differs between two packs, under one reading or under all that both have.

    Raises RequestError for a reading that one of them has not, and otherwise as `assess` does.
    """
    changes = find_changes(old, new)
    readings = []
    for comparison in pair_readings(old, new, reading):
        compared = tuple(comparison.go_through(aspect) for aspect in comparison.aspects)
        readings.append(UnderReading(comparison.old.reading, comparison.new.reading, compared))
    before, after = (PackReference(pack.id, pack.version, pack.digest) for pack in (old, new))
    verdict = _judge([each for under in readings for each in under.compared], changes)
    return PackDifference(SCHEMA, before, after, verdict, changes, tuple(readings), new.header.deferral.text)


def pair_readings(old: Pack, new: Pack, reading: str | None = None) -> tuple[Comparison, ...]:
    """The readings to compare: the one asked for, or all that both packs have, and the defaults where these are not the same."""
    names = [pack.reading_names for pack in (old, new)]
    if reading is not None:
        for known, pack in zip(names, (old, new), strict=True):
            if reading not in known:
                has = f"{pack.id} {pack.version} has {', '.join(known)}"
                raise RequestError(f"both packs need the reading {quote(reading)}; {has}.{did_you_mean(reading, known)}")
        return (Comparison(Side(old, reading), Side(new, reading)),)
    defaults = [pack.default_reading for pack in (old, new)]
    pairs = [(name, name) for name in names[1] if name in names[0]]
    pairs += [(defaults[0], defaults[1])] if defaults[0] != defaults[1] else []
    sides = {(number, name): Side((old, new)[number], name) for pair in pairs for number, name in enumerate(pair)}
    return tuple(Comparison(sides[0, before], sides[1, after]) for before, after in pairs)


def partial_intakes(scope: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every way to answer some of these questions: the fewest answers first, then in the order of questions and values."""
    for size in range(len(scope) + 1):
        for names in combinations(scope, size):
            for values in product(*(scope[name] for name in names)):
                yield dict(zip(names, values, strict=True))


def _largest_first(counted: Iterable[Counted]) -> tuple[Counted, ...]:
    return tuple(sorted(counted, key=lambda each: -each.intakes))


def _judge(compared: Sequence[Compared], changes: Sequence[Change]) -> Verdict:
    if any(each.differing for each in compared):
        return "answers"
    if any(each.differing is None for each in compared):
        return "not all compared"
    if not changes:
        return "the same"
    return "texts only" if all(change.is_of_text for change in changes) else "no answers"


def _ground(side: Side, kind: Kind, decision: str | None) -> object:
    """All that a view rests on: where it is equal, no intake can read differently, and none need be read."""
    if decision is None:
        return None
    header, scope = side.pack.header, side.scope(decision)
    tables = [side.decisions[name] for name in side.chain(decision)]
    rules = [(table.decision, table.hit_policy, {(rule.when, rule.then) for rule in table.rules}) for table in tables]
    values = {name: set(side.values(name)) for name in scope}
    never = {constraint.never for constraint in side.pack.constraints_on(scope)}
    levels = [(level.level, level.withholds) for level in header.safety_net.levels] if header.safety_net else []
    if kind == "safety_net":
        return rules, values, never, levels
    if kind == "standing":
        return rules, values, never
    named = [(outcome.outcome, set(outcome.procedures)) for outcome in header.outcomes] if kind == "outcome" else []
    net = _ground(side, "safety_net", header.safety_net.decision) if header.safety_net else None  # it may withhold the others
    return rules, values, never, named, net
