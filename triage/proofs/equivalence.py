"""Where a changed pack gives something else than the pack: decided by going through the reachable profiles, never guessed.

A changed decision is looked at where it stands. Its value is part of every assessment, so a change is equivalent only if the
value is the same on every combination of what it read and now reads. A gap or a conflict counts as another value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from triage.completions import MAX_COMPLETIONS, Completions
from triage.conditions import holds, leaves
from triage.errors import Fault, PackError
from triage.pack import Pack, rules_under
from triage.parts import Constraint, Decision
from triage.profiles import Answers, Profile, Profiles, conclude
from triage.proofs.mutants import Mutant
from triage.proofs.trials import readings_of


class Differing(NamedTuple):
    """Where a change tells, under one reading: values of `names`, each with complete answers that lead to it."""

    names: tuple[str, ...]
    profiles: Mapping[Profile, Answers]


class _Row(NamedTuple):
    """One profile before the change."""

    named: dict[str, str]
    fired: tuple[str, ...]
    value: object


class Equivalence:
    """Compares changed packs with the one they were made from."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.profiles = {name: Profiles(pack, name) for name in readings_of(pack)}
        self.completions = Completions(pack)
        self._rows: dict[tuple[str, str, tuple[str, ...]], dict[Profile, _Row]] = {}

    def find(self, mutant: Mutant) -> dict[str, Differing]:
        """Where a change tells, by reading; nothing if it is equivalent. Raises PackError where there is too much to see."""
        if mutant.decision is None:
            differing = self._compare_constraints(mutant)
            found = dict.fromkeys(self.profiles, differing)
        else:
            found = {name: self._compare_decision(mutant, mutant.decision, name) for name in self.profiles}
        return {name: differing for name, differing in found.items() if differing.profiles}

    def _compare_decision(self, mutant: Mutant, decision: str, reading: str) -> Differing:
        changed = mutant.pack.decision[decision]
        old = self.profiles[reading].decisions[decision].rules
        new = rules_under(mutant.pack.reading[reading], changed) if reading in mutant.pack.reading else changed.rules
        standing = {rule.rule for rule in new} & {rule.rule for rule in old if any(rule is other for other in new)}
        if len(standing) == len(old) == len(new):
            return Differing(changed.reads, {})
        others = [rule for rule in new if rule.rule not in standing]
        table = changed.model_copy(update={"rules": new})
        reachable = self.profiles[reading].reachable(changed.reads)
        found = {}
        for profile, row in self._list_rows(reading, decision, changed.reads).items():
            fired = [rule for rule in row.fired if rule in standing]
            fired += [rule.rule for rule in others if holds(rule.when, row.named)]
            if _conclude(table, fired) != row.value:
                found[profile] = reachable[profile]
        return Differing(changed.reads, found)

    def _list_rows(self, reading: str, decision: str, names: tuple[str, ...]) -> dict[Profile, _Row]:
        """What the pack gives on every reachable profile of the names that a changed decision reads."""
        key = (reading, decision, names)
        if key not in self._rows:
            profiles = self.profiles[reading]
            table, rows = profiles.decisions[decision], {}
            for profile in profiles.reachable(names):
                named = dict(zip(names, profile, strict=True))
                fired = profiles.fired(decision, tuple(named[name] for name in table.reads))
                rows[profile] = _Row(named, fired, _conclude(table, fired))
            self._rows[key] = rows
        return self._rows[key]

    def _compare_constraints(self, mutant: Mutant) -> Differing:
        """The combinations of answers that only one of the two packs allows."""
        after = Completions(mutant.pack)
        asked = {leaf.name for part in _changed(self._pack, mutant.pack) for leaf in leaves(part.never)}
        scope = self.completions.close(after.close(asked))
        size = self.completions.count(scope)
        if size > MAX_COMPLETIONS:
            message = f"{', '.join(scope)} have {size:,} combinations; {MAX_COMPLETIONS:,} are the most"
            raise PackError([Fault(mutant.place, "too-large", message)])
        told = set(self.completions.complete(scope)) ^ set(after.complete(scope))
        return Differing(scope, {combination: dict(zip(scope, combination, strict=True)) for combination in sorted(told)})


def _changed(old: Pack, new: Pack) -> Iterable[Constraint]:
    """The constraints that only one of two packs has."""
    return _without(old.constraints, new.constraints) + _without(new.constraints, old.constraints)


def _without(some: Sequence[Constraint], others: Sequence[Constraint]) -> list[Constraint]:
    return [constraint for constraint in some if not any(constraint is other for other in others)]


def _conclude(decision: Decision, fired: Iterable[str]) -> object:
    """The value of a decision, whatever the order of a list."""
    value = conclude(decision, fired)
    return frozenset(value) if isinstance(value, tuple) else value
