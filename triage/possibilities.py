"""What is still possible: the values of a decision under all completions of the open answers.

This is where "unknown" gets its meaning. Rules speak of known values only; a decision with open answers has every value that
some completion gives it (supervaluation), and nothing here ever guesses. Each decision is fired once for each distinct profile
and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from operator import itemgetter
from typing import NamedTuple, TypeVar

from triage.conditions import holds, leaves
from triage.engine import Engine
from triage.errors import Fault, PackError, Place
from triage.pack import UNKNOWN, Decision, Pack, rules_under

MAX_REMEMBERED = 200_000
MAX_COMPLETIONS = 20_000

K = TypeVar("K")
V = TypeVar("V")

Value = str | tuple[str, ...]
Known = tuple[str | None, ...]
Key = tuple[str | None, ...]
Completion = tuple[str, ...]


class Possible(NamedTuple):
    """What one decision can still be. `matters` are the open questions on which it depends, in pack order."""

    values: tuple[Value, ...]
    rules: tuple[str, ...]
    matters: tuple[str, ...]


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
    return tuple(None if value == UNKNOWN else value for value in map(values.get, pack.question))


def _pick(indexes: Sequence[int]) -> Callable[[Known], Key]:
    """A function that takes what stands at these places."""
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda known: tuple(known[index] for index in indexes)


class Possibilities:
    """The possible values of every decision of a pack under one reading. `known` comes from `select_known`.

    `scopes` are the questions behind each decision, in pack order; `see` takes what a decision can see of the known answers: the
    values of its scope, None where open.
    """

    def __init__(self, pack: Pack, engine: Engine, reading: str | None) -> None:
        self._pack = pack
        self._engine = engine
        self._values = {question.question: question.values for question in pack.questions}
        self._order = {name: position for position, name in enumerate(self._values)}
        self.decisions = {decision.decision: decision for decision in read_decisions(pack, reading)}
        self._domains = {name: pack.values_of(name) for name in (*self._values, *self.decisions)}
        self._chains = {name: pack.chain(name) for name in self.decisions}
        self._constraints = tuple((c, frozenset(leaf.name for leaf in leaves(c.never))) for c in pack.constraints)
        # Questions that constraints tie together; no constraint speaks across two of these groups.
        self._tied = tuple(dict.fromkeys(self._close(set(spoken)) for _, spoken in self._constraints))
        self.scopes = {name: self._scope(name) for name in self.decisions}
        self.see = {name: _pick([self._order[question] for question in scope]) for name, scope in self.scopes.items()}
        self._see_tied = tuple(_pick([self._order[question] for question in names]) for names in self._tied)
        self._refuse_too_large()
        self._refuse_excluding_all()
        self._fired: dict[str, dict[tuple[str, ...], tuple[Value, tuple[str, ...]]]] = {name: {} for name in self.decisions}
        self._possible: dict[tuple[str, bool, Key], Possible] = {}
        self._rankings: dict[tuple[str, Key], Ranking] = {}
        self._exclusions: dict[tuple[Key, ...], Exclusions] = {}

    def evaluate(self, decision: str, known: Known, *, constrained: bool = True) -> Possible:
        """The possible values of a decision. None are left where constraints exclude every completion.

        Raises EngineFault, or PackError where rules conflict or none applies.
        """
        key = self.see[decision](known)
        found = self._possible.get((decision, constrained, key))
        if found is None:
            found = self._evaluate(decision, key, constrained=constrained)
            remember(self._possible, (decision, constrained, key), found)
        return found

    def rank(self, decision: str, known: Known) -> Ranking:
        """How to settle a decision from here."""
        key = self.see[decision](known)
        found = self._rankings.get((decision, key))
        if found is None:
            found = self._rank(decision, known)
            remember(self._rankings, (decision, key), found)
        return found

    def exclusions(self, known: Known) -> Exclusions:
        """What the constraints exclude, imply and contradict."""
        keys = tuple(see(known) for see in self._see_tied)
        found = self._exclusions.get(keys)
        if found is None:
            parts = [self._exclude(names, key) for names, key in zip(self._tied, keys, strict=True)]
            contradictions = tuple(names for part in parts for names in part.contradictions)
            implied = {name: value for part in parts for name, value in part.implied.items()}
            found = Exclusions(bool(contradictions), contradictions, {} if contradictions else implied)
            remember(self._exclusions, keys, found)
        return found

    def _scope(self, decision: str) -> tuple[str, ...]:
        """The questions behind a decision, and those that constraints tie to them."""
        names = {read for name in self._chains[decision] for read in self.decisions[name].reads if read in self._values}
        return self._close(names)

    def _close(self, names: set[str]) -> tuple[str, ...]:
        while tied := [spoken for _, spoken in self._constraints if spoken & names and not spoken <= names]:
            names = names.union(*tied)
        return tuple(sorted(names, key=self._order.__getitem__))

    def _refuse_too_large(self) -> None:
        tied = [(f"the constraints on {names[0]}", names) for names in self._tied]
        for name, scope in (*self.scopes.items(), *tied):
            size = prod(len(self._values[question]) for question in scope)
            if size > MAX_COMPLETIONS:
                message = f"{name} rests on {len(scope)} questions with {size:,} completions; {MAX_COMPLETIONS:,} are the most"
                raise self._error("too-large", f"{message}; split it, or shorten the lists of values")

    def _refuse_excluding_all(self) -> None:
        for names in self._tied:
            if next(self._completions(names, (None,) * len(names)), None) is None:
                message = f"the constraints on {', '.join(names)} exclude every answer; take one of them back"
                raise self._error("excludes-all", message)

    def _error(self, code: str, message: str) -> PackError:
        return PackError([Fault(Place(f"{self._pack.folder}/decisions.yaml", 1, 1), code, message)])

    def _completions(self, scope: Sequence[str], key: Key, *, constrained: bool = True) -> Iterator[Completion]:
        within = [c.never for c, spoken in self._constraints if constrained and spoken <= set(scope)]
        choices = [self._values[name] if known is None else (known,) for name, known in zip(scope, key, strict=True)]
        for completion in product(*choices):
            if within:
                profile = dict(zip(scope, completion, strict=True))
                if any(holds(never, profile) for never in within):
                    continue
            yield completion

    def _complete(self, decision: str, key: Key, *, constrained: bool) -> dict[Completion, tuple[Value, tuple[str, ...]]]:
        """Every completion of a decision's scope, with the value and the rules it leads to."""
        scope, chain = self.scopes[decision], self._chains[decision]
        results = {}
        for completion in self._completions(scope, key, constrained=constrained):
            profile: dict[str, Value] = dict(zip(scope, completion, strict=True))
            fired: tuple[str, ...] = ()
            for name in chain:
                profile[name], fired = self._fire(name, profile)
            results[completion] = (profile[decision], fired)
        return results

    def _fire(self, name: str, known: Mapping[str, Value]) -> tuple[Value, tuple[str, ...]]:
        decision = self.decisions[name]
        seen = tuple(str(known[read]) for read in decision.reads)
        remembered = self._fired[name]
        result = remembered.get(seen)
        if result is None:
            profile = dict(zip(decision.reads, seen, strict=True))
            fired = self._engine.decision(name, decision.rules, self._domains).fire(profile)
            result = (_conclude(decision, profile, fired, self._pack), fired)
            remember(remembered, seen, result)
        return result

    def _evaluate(self, decision: str, key: Key, *, constrained: bool) -> Possible:
        results = self._complete(decision, key, constrained=constrained)
        fired = {rule for _, rules in results.values() for rule in rules}
        rules = tuple(rule.rule for rule in self.decisions[decision].rules if rule.rule in fired)
        if self.decisions[decision].hit_policy == "collect":
            values: tuple[Value, ...] = tuple(sorted({value for value, _ in results.values()}))
        else:
            seen = {value for value, _ in results.values()}
            values = tuple(value for value in self._domains[decision] if value in seen)
        by_completion = {completion: value for completion, (value, _) in results.items()}
        matters = _find_mattering(key, by_completion) if len(values) > 1 else ()
        return Possible(values, rules, tuple(self.scopes[decision][index] for index in matters))

    def _rank(self, decision: str, known: Known) -> Ranking:
        possible = self.evaluate(decision, known)
        if len(possible.values) < 2:
            return Ranking((), ())
        key = self.see[decision](known)
        values = {completion: value for completion, (value, _) in self._complete(decision, key, constrained=True).items()}
        scope = self.scopes[decision]
        unsettled = {name: _unsettled((scope.index(name),), values) for name in possible.matters}
        best_first = tuple(sorted(possible.matters, key=unsettled.__getitem__))
        return Ranking(best_first, tuple(scope[index] for index in _find_settling(key, values)))

    def _exclude(self, names: tuple[str, ...], key: Key) -> Exclusions:
        left = list(self._completions(names, key))
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
                    if next(self._completions(names, part), None) is None:
                        found.append(chosen)
        contradictions = tuple(tuple(names[index] for index in sorted(chosen)) for chosen in found)
        return Exclusions(True, contradictions, {})


def read_decisions(pack: Pack, reading: str | None) -> tuple[Decision, ...]:
    """The decisions of a pack with the rules that a reading replaces."""
    if reading is None:
        return pack.decisions
    decisions = []
    for decision in pack.decisions:
        rules = rules_under(pack.reading[reading], decision)
        decisions.append(decision if rules == decision.rules else decision.model_copy(update={"rules": rules}))
    return tuple(decisions)


def _conclude(decision: Decision, profile: Mapping[str, str], fired: tuple[str, ...], pack: Pack) -> Value:
    """The value that the fired rules give. Conflicts and gaps are errors of the pack, never settled by order."""
    given = {rule.rule: rule.then for rule in decision.rules if rule.rule in fired}
    if decision.hit_policy == "collect":
        return tuple(dict.fromkeys(given.values()))
    values = set(given.values())
    if len(values) == 1:
        return values.pop()
    place = Place(f"{pack.folder}/decisions.yaml", 1, 1)
    where = ", ".join(f"{name}: {value}" for name, value in profile.items())
    if values:
        rules = ", ".join(f"{rule} gives {value}" for rule, value in given.items())
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
