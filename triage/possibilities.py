"""What is still possible: the values of a decision under all completions of the open answers.

This is where "unknown" gets its meaning. Rules speak of known values only; a decision with open answers has every value that
some completion gives it (supervaluation), and nothing here ever guesses. Each decision is fired once for each distinct profile
and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from operator import is_
from typing import NamedTuple, TypeVar

from triage.completions import Completion, Completions, Key, pick
from triage.engine import Engine
from triage.errors import Fault, PackError
from triage.pack import Pack, decisions_under
from triage.parts import UNKNOWN, Decision
from triage.profiles import Value, conclude

MAX_REMEMBERED = 200_000

K = TypeVar("K")
V = TypeVar("V")

Known = tuple[str | None, ...]
Profile = tuple[Value, ...]
Fired = tuple[Value, tuple[str, ...]]


class Possible(NamedTuple):
    """What one decision can still be. `matters` are the open questions on which it depends, in pack order."""

    values: tuple[Value, ...]
    rules: tuple[str, ...]
    matters: tuple[str, ...]


class Step(NamedTuple):
    """A decision to fire: how it takes what it reads of a completion and the values before it, and what it was fired on."""

    decision: str
    see: Callable[[Profile], Profile]
    fired: dict[Profile, Fired]


class Ranking(NamedTuple):
    """How to settle a decision: the questions that matter to it, the most telling first, and the smallest set that settles it."""

    best_first: tuple[str, ...]
    to_settle: tuple[str, ...]


class Exclusions(NamedTuple):
    """What the constraints say of the answers given."""

    contradictory: bool
    contradictions: tuple[tuple[str, ...], ...]
    implied: dict[str, str]


def select_known(pack: Pack, values: Mapping[str, str]) -> Known:
    """The known answers by themselves: a value or None for every question, in pack order. All below sees these alone."""
    return tuple([None if value == UNKNOWN else value for value in map(values.get, pack.question)])


class Memory(NamedTuple):
    """What was found for one decision, by what it reads and by what it can see of the known answers."""

    fired: dict[Profile, Fired]
    possible: dict[Key, Possible]
    rankings: dict[Key, Ranking]


class Shared:
    """What the readings of one pack have in common: completions, exclusions, and a memory of each decision that is alike."""

    def __init__(self, pack: Pack) -> None:
        self.completions = Completions(pack)
        self.completions.refuse()
        self.exclusions: dict[tuple[Key, ...], Exclusions] = {}
        self._memories: list[tuple[tuple[Decision, ...], Memory]] = []

    def memory_of(self, chain: tuple[Decision, ...]) -> Memory:
        """The memory of the last of these decisions, each of which rests on those before it."""
        for known, memory in self._memories:
            if len(known) == len(chain) and all(map(is_, known, chain)):
                return memory
        self._memories.append((chain, Memory({}, {}, {})))
        return self._memories[-1][1]


class Possibilities:
    """The possible values of every decision of a pack under one reading. `known` comes from `select_known`.

    `scopes` are the questions behind each decision, in pack order, `tied` those that constraints tie together; `see` takes what a
    decision can see of the known answers: the values of its scope, None where open.
    """

    def __init__(self, pack: Pack, engine: Engine, reading: str | None, shared: Shared | None = None) -> None:
        self._pack = pack
        self._engine = engine
        self.decisions = {decision.decision: decision for decision in decisions_under(pack, reading)}
        shared = shared or Shared(pack)
        self._completions, self._exclusions = shared.completions, shared.exclusions
        self._domains = {name: pack.values_of(name) for name in (*pack.question, *pack.decision)}
        self.scopes, self.tied, order = self._completions.scopes, self._completions.tied, self._completions.order
        self.see = {name: pick([order[question] for question in scope]) for name, scope in self.scopes.items()}
        self._see_tied = tuple(pick([order[question] for question in names]) for names in self._completions.tied)
        chains = self._completions.chains
        self._memories = {name: shared.memory_of(tuple(map(self.decisions.__getitem__, chains[name]))) for name in self.decisions}
        self._steps = {name: tuple(self._plan(name)) for name in self.decisions}

    def _plan(self, decision: str) -> Iterator[Step]:
        """The decisions to fire for a completion, in order, and how each takes what it reads of it and of those before."""
        chain = self._completions.chains[decision]
        places = {name: place for place, name in enumerate((*self.scopes[decision], *chain))}
        for name in chain:
            yield Step(name, pick([places[read] for read in self.decisions[name].reads]), self._memories[name].fired)

    def evaluate(self, decision: str, known: Known) -> Possible:
        """The possible values of a decision. None are left where constraints exclude every completion.

        Raises EngineFault, or PackError where rules conflict or none applies.
        """
        key, memory = self.see[decision](known), self._memories[decision].possible
        found = memory.get(key)
        if found is None:
            found = self._evaluate(decision, key)
            remember(memory, key, found)
        return found

    def rank(self, decision: str, known: Known) -> Ranking:
        """How to settle a decision from here."""
        key, memory = self.see[decision](known), self._memories[decision].rankings
        found = memory.get(key)
        if found is None:
            found = self._rank(decision, known)
            remember(memory, key, found)
        return found

    def exclusions(self, known: Known) -> Exclusions:
        """What the constraints exclude, imply and contradict."""
        keys = tuple(see(known) for see in self._see_tied)
        found = self._exclusions.get(keys)
        if found is None:
            parts = [self._exclude(names, key) for names, key in zip(self._completions.tied, keys, strict=True)]
            contradictions = tuple(names for part in parts for names in part.contradictions)
            implied = {name: value for part in parts for name, value in part.implied.items()}
            found = Exclusions(bool(contradictions), contradictions, {} if contradictions else implied)
            remember(self._exclusions, keys, found)
        return found

    def _complete(self, decision: str, key: Key) -> dict[Completion, Fired]:
        """Every completion of a decision's scope, with the value and the rules it leads to."""
        steps, results = self._steps[decision], {}
        for completion in self._completions.complete(self.scopes[decision], key):
            profile: Profile = completion
            for name, see, fired in steps:
                seen = see(profile)
                result = fired.get(seen) or self._fire(name, seen)
                profile = (*profile, result[0])
            results[completion] = result
        return results

    def _fire(self, name: str, seen: Profile) -> Fired:
        decision = self.decisions[name]
        profile = dict(zip(decision.reads, map(str, seen), strict=True))
        fired = self._engine.decision(name, decision.rules, self._domains).fire(profile)
        result = (_conclude(decision, profile, fired, self._pack), fired)
        remember(self._memories[name].fired, seen, result)
        return result

    def _evaluate(self, decision: str, key: Key) -> Possible:
        results = self._complete(decision, key)
        fired = {rule for _, rules in results.values() for rule in rules}
        rules = tuple(rule.rule for rule in self.decisions[decision].rules if rule.rule in fired)
        if self.decisions[decision].hit_policy == "collect":
            values: tuple[Value, ...] = tuple(sorted({value for value, _ in results.values()}))
        else:
            seen = {value for value, _ in results.values()}
            values = tuple(value for value in self._domains[decision] if value in seen)
        if len(values) < 2:
            return Possible(values, rules, ())
        matters = _find_mattering(key, {completion: value for completion, (value, _) in results.items()})
        return Possible(values, rules, tuple(self.scopes[decision][index] for index in matters))

    def _rank(self, decision: str, known: Known) -> Ranking:
        possible = self.evaluate(decision, known)
        if len(possible.values) < 2:
            return Ranking((), ())
        key = self.see[decision](known)
        values = {completion: value for completion, (value, _) in self._complete(decision, key).items()}
        scope = self.scopes[decision]
        unsettled = {name: _unsettled((scope.index(name),), values) for name in possible.matters}
        best_first = tuple(sorted(possible.matters, key=unsettled.__getitem__))
        return Ranking(best_first, tuple(scope[index] for index in _find_settling(key, values)))

    def _exclude(self, names: tuple[str, ...], key: Key) -> Exclusions:
        left = list(self._completions.complete(names, key))
        if left:
            implied = {
                name: left[0][index]
                for index, name in enumerate(names)
                if key[index] is None and len({completion[index] for completion in left}) == 1
            }
            return Exclusions(False, (), implied)
        known = [index for index, value in enumerate(key) if value is not None]
        found: list[frozenset[int]] = []
        for size in range(1, len(known) + 1):
            for chosen in map(frozenset, combinations(known, size)):
                if not any(smaller <= chosen for smaller in found):
                    part = tuple(value if index in chosen else None for index, value in enumerate(key))
                    if next(self._completions.complete(names, part), None) is None:
                        found.append(chosen)
        contradictions = tuple(tuple(names[index] for index in sorted(chosen)) for chosen in found)
        return Exclusions(True, contradictions, {})


def _conclude(decision: Decision, profile: Mapping[str, str], fired: tuple[str, ...], pack: Pack) -> Value:
    """The value that the fired rules give. Conflicts and gaps are errors of the pack, never settled by order."""
    value = conclude(decision, fired)
    if value is not None:
        return value
    place = pack.place("decision", decision.decision)
    where = ", ".join(f"{name}: {value}" for name, value in profile.items())
    if fired:
        rules = ", ".join(f"{rule.rule} gives {rule.then}" for rule in decision.rules if rule.rule in fired)
        raise PackError(
            [Fault(place, "conflict", f"{decision.decision}: {rules}, on {where}; make their conditions exclude each other")]
        )
    raise PackError([Fault(place, "gap", f"{decision.decision}: no rule applies on {where}; add a rule for it")])


def _find_mattering(key: Key, values: Mapping[Completion, Value]) -> tuple[int, ...]:
    """The open places on which an open decision depends: two completions that differ only there differ in value.

    Constraints can leave none such. Then those places matter whose values leave different possible values; and if there are none
    either, those that settle the decision together.
    """
    open_places = [index for index, answer in enumerate(key) if answer is None]
    alone = tuple(index for index in open_places if _decides_alone(index, values))
    narrowing = alone or tuple(index for index in open_places if _narrows(index, values))
    return narrowing or _find_settling(key, values)


def _decides_alone(index: int, values: Mapping[Completion, Value]) -> bool:
    first: dict[tuple[str, ...], Value] = {}
    return any(
        first.setdefault(completion[:index] + completion[index + 1 :], value) != value for completion, value in values.items()
    )


def _narrows(index: int, values: Mapping[Completion, Value]) -> bool:
    left: dict[str, set[Value]] = {}
    for completion, value in values.items():
        left.setdefault(completion[index], set()).add(value)
    return len(set(map(frozenset, left.values()))) > 1


def _find_settling(key: Key, values: Mapping[Completion, Value]) -> tuple[int, ...]:
    """The smallest set of open places that settles a decision whatever their values; ties in pack order.

    A place that decides alone is part of every such set, so only the others are searched.
    """
    open_places = [index for index, answer in enumerate(key) if answer is None]
    needed = [index for index in open_places if _decides_alone(index, values)]
    others = [index for index in open_places if index not in needed]
    sizes = (combinations(others, size) for size in range(len(others) + 1))
    sets = (tuple(sorted((*needed, *more))) for chosen in sizes for more in chosen)
    return next(places for places in sets if not _unsettled(places, values))


def _unsettled(indexes: tuple[int, ...], values: Mapping[Completion, Value]) -> int:
    """How many completions stay unsettled once the questions at `indexes` are answered."""
    counts: dict[tuple[str, ...], int] = {}
    seen: dict[tuple[str, ...], set[Value]] = {}
    for completion, value in values.items():
        group = tuple(completion[index] for index in indexes)
        counts[group] = counts.get(group, 0) + 1
        seen.setdefault(group, set()).add(value)
    return sum(count for group, count in counts.items() if len(seen[group]) > 1)


def remember(memory: dict[K, V], key: K, value: V, *, limit: int = MAX_REMEMBERED) -> None:
    """Keep a result, within a bound: a memory that is full starts over."""
    if len(memory) >= limit:
        memory.clear()
    memory[key] = value
