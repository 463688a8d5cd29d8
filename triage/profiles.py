"""Every profile that some complete intake leads to, under one reading.

What can be known of a pack without an intake is known from these. Rules are read by the reference evaluator, which the engine is
compared with on every firing. A decision that no rule or several rules answer has no value here; to say so is for `checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from triage.completions import MAX_COMPLETIONS, Completions
from triage.conditions import holds
from triage.errors import Fault, PackError
from triage.pack import Pack, decisions_under
from triage.parts import Decision

Value = str | tuple[str, ...]
Profile = tuple[str, ...]
Answers = dict[str, str]


class Profiles:
    """The reachable profiles of a pack. `decisions` have the rules of the reading."""

    def __init__(self, pack: Pack, reading: str | None, decisions: Iterable[Decision] | None = None) -> None:
        """`decisions` stand in place of the pack's, changed in their rules and in what they read of questions alone."""
        self._pack = pack
        self.completions = Completions(pack)
        self.completions.refuse()
        self.decisions = {d.decision: d for d in decisions or decisions_under(pack, reading)}
        self._fired: dict[tuple[str, Profile], tuple[str, ...]] = {}
        self._reachable: dict[tuple[str, ...], dict[Profile, Answers]] = {}

    def fired(self, decision: str, profile: Profile) -> tuple[str, ...]:
        """The rules of a decision that hold of a profile, in declared order."""
        key = (decision, profile)
        found = self._fired.get(key)
        if found is None:
            table = self.decisions[decision]
            named = dict(zip(table.reads, profile, strict=True))
            found = tuple(rule.rule for rule in table.rules if holds(rule.when, named))
            self._fired[key] = found
        return found

    def value(self, decision: str, profile: Profile) -> Value | None:
        """What a decision gives for a profile; None where no rule applies or rules conflict."""
        return conclude(self.decisions[decision], self.fired(decision, profile))

    def evaluate(self, answers: Mapping[str, str], decisions: Iterable[str]) -> dict[str, Value | None]:
        """The values of decisions and of those behind them for complete answers; None after a gap or a conflict on the way."""
        values: dict[str, Value | None] = dict(answers)
        chain = tuple(dict.fromkeys(step for decision in decisions for step in self.completions.chains[decision]))
        for name in chain:
            profile = tuple(str(values[read]) for read in self.decisions[name].reads if values[read] is not None)
            whole = len(profile) == len(self.decisions[name].reads)
            values[name] = self.value(name, profile) if whole else None
        return {name: values[name] for name in chain}

    def reached(self, decision: str) -> dict[Profile, Answers]:
        """The reachable profiles of a decision, each with the first complete answers that lead to it."""
        return self.reachable(self.decisions[decision].reads)

    def reachable(self, names: Sequence[str]) -> dict[Profile, Answers]:
        """Every combination of values of questions and decisions that occurs, with the first complete answers that lead to it.

        Names that share no question are gone through apart. Raises PackError where there are too many.
        """
        key = tuple(names)
        if key not in self._reachable:
            self._reachable[key] = dict(self._combine(key))
        return self._reachable[key]

    def _combine(self, names: tuple[str, ...]) -> Iterator[tuple[Profile, Answers]]:
        groups = [(group, self._go_through(group)) for group in self._group(names)]
        self._refuse_too_many(names, [len(found) for _, found in groups])
        for chosen in product(*(found.items() for _, found in groups)):
            values: dict[str, str] = {}
            answers: Answers = {}
            for (group, _), (profile, led_by) in zip(groups, chosen, strict=True):
                values.update(zip(group, profile, strict=True))
                answers |= led_by
            ordered = {question: answers[question] for question in self.completions.values if question in answers}
            yield tuple(values[name] for name in names), ordered

    def _group(self, names: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The names, those together that rest on a question in common."""
        groups: list[tuple[set[str], list[str]]] = []
        for name in names:
            scope = set(self.completions.scope([name]))
            touching = [group for group in groups if group[0] & scope]
            groups = [group for group in groups if group not in touching]
            joined = [other for _, others in touching for other in others]
            groups.append((scope.union(*(questions for questions, _ in touching)), [*joined, name]))
        return [tuple(sorted(group, key=names.index)) for _, group in groups]

    def _go_through(self, names: tuple[str, ...]) -> dict[Profile, Answers]:
        scope = self.completions.scope(names)
        self._refuse_too_many(names, [len(self.completions.values[question]) for question in scope])
        decisions = [name for name in names if name in self.decisions]
        found: dict[Profile, Answers] = {}
        for completion in self.completions.complete(scope):
            answers = dict(zip(scope, completion, strict=True))
            values: dict[str, Value | None] = {**answers, **self.evaluate(answers, decisions)}
            if all(values[name] is not None for name in names):
                found.setdefault(tuple(str(values[name]) for name in names), answers)
        return found

    def _refuse_too_many(self, names: Sequence[str], sizes: Iterable[int]) -> None:
        size = 1
        for factor in sizes:
            size *= factor
        if size > MAX_COMPLETIONS:
            message = f"{', '.join(names)} have {size:,} combinations; {MAX_COMPLETIONS:,} are the most; split the decision"
            raise PackError([Fault(self._pack.place("decision", ""), "too-large", message)])


def conclude(decision: Decision, fired: Iterable[str]) -> Value | None:
    """The value that fired rules give: one for `unique`, or None if there is none or several; a list for `collect`."""
    given = {rule.rule: rule.then for rule in decision.rules}
    values = tuple(dict.fromkeys(given[rule] for rule in fired))
    if decision.hit_policy == "collect":
        return values
    return values[0] if len(values) == 1 else None
