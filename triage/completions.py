"""Every way to fill in open answers that breaks no constraint.

A decision rests on a scope: the questions that it reads, directly or through other decisions, and those that constraints tie to
them. A scope that is too large to go through, or of which constraints exclude everything, is an error of the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from math import prod
from operator import itemgetter
from typing import TypeVar

from triage.conditions import Condition, holds, leaves
from triage.errors import Fault, PackError, Place
from triage.pack import Pack

MAX_COMPLETIONS = 20_000

Key = tuple[str | None, ...]
Completion = tuple[str, ...]

T = TypeVar("T")


def pick(places: Sequence[int]) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
    """A function that takes what stands at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda whole: tuple(whole[place] for place in places)


class Completions:
    """The completions of a pack's questions; the same under every reading.

    `scopes` are the questions behind each decision, in pack order; `tied` those that constraints tie together, group by group.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.values = {question.question: question.values for question in pack.questions}
        self.order = {name: position for position, name in enumerate(self.values)}
        self._constraints = tuple((c, frozenset(leaf.name for leaf in leaves(c.never))) for c in pack.constraints)
        self._tests: dict[tuple[str, ...], tuple[Callable[[Completion], bool], ...]] = {}
        # No constraint speaks across two of these groups.
        self.tied = tuple(dict.fromkeys(self.close(spoken) for _, spoken in self._constraints))
        self.chains = {name: pack.chain(name) for name in pack.decision}
        self.scopes = {name: self.scope([name]) for name in pack.decision}

    def scope(self, names: Iterable[str]) -> tuple[str, ...]:
        """The questions behind questions and decisions, and those that constraints tie to them."""
        found: set[str] = set()
        for name in names:
            chain = self.chains.get(name)
            found.update((name,) if chain is None else (read for step in chain for read in self._pack.decision[step].reads))
        return self.close(found & self.values.keys())

    def close(self, names: Iterable[str]) -> tuple[str, ...]:
        """These questions and those that constraints tie to them, in pack order."""
        closed = set(names)
        while tied := [spoken for _, spoken in self._constraints if spoken & closed and not spoken <= closed]:
            closed = closed.union(*tied)
        return tuple(sorted(closed, key=self.order.__getitem__))

    def count(self, scope: Iterable[str]) -> int:
        """How many combinations of values a scope has, those that break a constraint included."""
        return prod(len(self.values[question]) for question in scope)

    def complete(self, scope: Sequence[str], key: Key | None = None) -> Iterator[Completion]:
        """Every completion of these answers to a scope, None where open; without answers, of none."""
        known = key or (None,) * len(scope)
        choices = [self.values[name] if value is None else (value,) for name, value in zip(scope, known, strict=True)]
        every = product(*choices)
        tests = self._tests_of(tuple(scope))
        return (completion for completion in every if not any(breaks(completion) for breaks in tests)) if tests else every

    def _tests_of(self, scope: tuple[str, ...]) -> tuple[Callable[[Completion], bool], ...]:
        """For each constraint on questions of a scope alone, whether a completion of that scope breaks it."""
        if scope not in self._tests:
            within = [(c.never, spoken) for c, spoken in self._constraints if spoken <= set(scope)]
            self._tests[scope] = tuple(_test(never, [*spoken], scope) for never, spoken in within)
        return self._tests[scope]

    def refuse(self) -> None:
        """Raise PackError where a scope is too large to go through, or where constraints exclude everything."""
        faults = [*self._find_too_large()]
        faults += self._find_excluding_all() if not faults else ()
        if faults:
            raise PackError(faults)

    def _find_too_large(self) -> Iterator[Fault]:
        scopes = [(name, self._pack.place("decision", name), scope) for name, scope in self.scopes.items()]
        scopes += [(f"the constraints on {names[0]}", self._first_constraint(names), names) for names in self.tied]
        for name, place, scope in scopes:
            size = self.count(scope)
            if size > MAX_COMPLETIONS:
                message = f"{name} rests on {len(scope)} questions with {size:,} completions; {MAX_COMPLETIONS:,} are the most"
                yield Fault(place, "too-large", f"{message}; split it, or shorten the lists of values")

    def _find_excluding_all(self) -> Iterator[Fault]:
        for names in self.tied:
            if next(self.complete(names), None) is None:
                message = f"the constraints on {', '.join(names)} exclude every answer; take one of them back"
                yield Fault(self._first_constraint(names), "excludes-all", message)

    def _first_constraint(self, names: Sequence[str]) -> Place:
        first = next(constraint for constraint, spoken in self._constraints if spoken <= set(names))
        return self._pack.place("constraint", first.constraint)


def _test(never: Condition, spoken: Sequence[str], scope: Sequence[str]) -> Callable[[Completion], bool]:
    """Whether a completion breaks a constraint, found once for the answers that it speaks of."""
    see = pick([scope.index(name) for name in spoken])
    holds_of = cache(lambda seen: holds(never, dict(zip(spoken, seen, strict=True))))
    return lambda completion: holds_of(see(completion))
