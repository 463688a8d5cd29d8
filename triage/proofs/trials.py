"""A pack put to its cases, or to any intake, as `assess` would answer it, the rules read by the reference evaluator.

durable-rules fires each distinct rule set once and remembers it; a pack that is changed in thousands of ways is better read by
`conditions.holds`, which the engine is compared with on every firing. All above the rules is the code that answers for real.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from triage.assessment import Assessment
from triage.cases import Case, Given, find_departures
from triage.conclusions import NOTHING, Conclusions, DecisionResult, OutcomeResult, SafetyNetResult
from triage.conditions import holds
from triage.engine import Engine
from triage.errors import PackError
from triage.intake import Intake, normalise
from triage.pack import Pack
from triage.parts import Rule, State
from triage.possibilities import Known, select_known
from triage.profiles import Profile, Profiles
from triage.ruleset import Domains


class _Read(NamedTuple):
    """One decision as the reference evaluator reads it."""

    rules: tuple[Rule, ...]

    def fire(self, profile: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(rule.rule for rule in self.rules if holds(rule.when, profile))


class _Reference:
    """Stands where the engine stands."""

    def decision(self, _name: str, rules: Sequence[Rule], _domains: Domains) -> _Read:
        return _Read(tuple(rules))


class _Changed(Conclusions):
    """The conclusions of a changed pack: what the change does not touch is worked out once, by the pack it was made from."""

    def __init__(self, pack: Pack, engine: Engine, reading: str, before: Conclusions, touched: Collection[str]) -> None:
        super().__init__(pack, engine, reading)
        self._before = before
        net = pack.header.safety_net
        self._same_net = net is None or net.decision not in touched
        self._same_outcome = self._same_net and pack.header.outcome not in touched
        self._plan = [one for one in self._plan if one[0] in touched]

    def outcome(self, known: Known) -> OutcomeResult:
        return self._before.outcome(known) if self._same_outcome else super().outcome(known)

    def safety_net(self, known: Known) -> SafetyNetResult | None:
        return self._before.safety_net(known) if self._same_net else super().safety_net(known)

    def decisions(self, known: Known) -> dict[str, DecisionResult]:
        return {**self._before.decisions(known), **super().decisions(known)}


class Put(NamedTuple):
    """A case in the words of a pack, with what the pack gives; `reading` is the one it speaks of."""

    case: Case
    reading: str
    known: Known
    given: Given


class Trial:
    """What a pack gives for known answers, as far as a case can state it. Readings are worked out when first asked for."""

    def __init__(self, pack: Pack, before: Trial | None = None, touched: Collection[str] = ()) -> None:
        """`before` is that of the pack from which this one was made by a change; `touched` are the decisions that can differ."""
        self._pack = pack
        self._before = before
        self._touched = touched
        self.readings = readings_of(pack)
        self._under: dict[str, Conclusions] = {}

    def give(self, known: Known, reading: str) -> Given:
        """What an assessment under this reading would give. Raises PackError where any reading meets a conflict or a gap."""
        under, header = self.conclude(reading), self._pack.header
        result, net, decisions = under.outcome(known), under.safety_net(known), under.decisions(known)
        standing = under.standing(decisions)
        withheld = result.outcome == State.CONTACT_CLINICIAN_NOW
        for other in self.readings if not withheld else ():
            self.conclude(other).outcome(known)
        if withheld and header.safety_net is not None:
            decisions = {header.safety_net.decision: decisions[header.safety_net.decision]}
        mapped = result.outcome not in (State.CONTACT_CLINICIAN_NOW, State.CONTRADICTORY_ANSWERS)
        notes = tuple(note.id for note in under.notes(decisions)) if mapped else ()
        level = net.level if net is not None else None
        return Given(*result, level, standing, notes, _list_values(self._pack, decisions), _list_rules(decisions))

    def kills(self, put: Put) -> bool:
        """Whether a case fails here: something that it states is otherwise, or there is no answer at all.

        Raises PackError where the pack is too large to answer.
        """
        try:
            return bool(find_departures(put.case, self.give(put.known, put.reading)))
        except PackError as error:
            if any(fault.code == "too-large" for fault in error.faults):
                raise
            return True

    def conclude(self, reading: str) -> Conclusions:
        """All that can be concluded under a reading."""
        if reading not in self._under:
            engine, before = cast("Engine", _Reference()), self._before
            self._under[reading] = (
                Conclusions(self._pack, engine, reading)
                if before is None
                else _Changed(self._pack, engine, reading, before.conclude(reading), self._touched)
            )
        return self._under[reading]


def readings_of(pack: Pack) -> tuple[str, ...]:
    """The readings of a pack, or the one that a pack without any has; the default first."""
    return tuple(dict.fromkeys((pack.default_reading, *pack.reading_names)))


def put_cases(pack: Pack, cases: Iterable[Case]) -> tuple[Put, ...]:
    """The cases that hold of a pack; what it does with the others proves nothing."""
    trial = Trial(pack)
    found = []
    for case in cases:
        reading = case.reading or trial.readings[0]
        known = select_known(pack, normalise(pack, Intake(case.answers)).values)
        try:
            given = trial.give(known, reading)
        except PackError:
            continue
        if not find_departures(case, given):
            found.append(Put(case, reading, known, given))
    return tuple(found)


def given_by(pack: Pack, assessment: Assessment) -> Given:
    """What an assessment gives, as far as a case can state it."""
    return Given(
        outcome=assessment.outcome,
        settled=assessment.settled,
        possible_outcomes=assessment.possible_outcomes,
        safety_net=assessment.safety_net.level if assessment.safety_net is not None else None,
        standing=assessment.standing,
        notes=tuple(note.id for note in assessment.notes),
        decisions=_list_values(pack, assessment.decisions),
        rules=_list_rules(assessment.decisions),
    )


def _list_values(pack: Pack, decisions: Mapping[str, DecisionResult]) -> dict[str, tuple[str, ...]]:
    """The values that each decision is left with; none of those that contradictory answers leave nothing of."""
    shown = {name: result for name, result in decisions.items() if result != NOTHING}
    lists = {name for name in shown if pack.decision[name].hit_policy == "collect"}
    return {name: tuple(result.value or ()) if name in lists else result.possible for name, result in shown.items()}


def _list_rules(decisions: Mapping[str, DecisionResult]) -> tuple[str, ...]:
    return tuple(rule for result in decisions.values() for rule in result.rules)


def lead_to(profiles: Profiles, known: Mapping[str, str | None], names: Sequence[str]) -> Iterator[Profile]:
    """The combinations of values of these names that the completions of known answers lead to."""
    completions = profiles.completions
    scope = completions.scope(names)
    decisions = [name for name in names if name in profiles.decisions]
    found: dict[Profile, None] = {}
    for completion in completions.complete(scope, tuple(known[name] for name in scope)):
        profile = _reach(profiles, dict(zip(scope, completion, strict=True)), names, decisions)
        if profile is not None and profile not in found:
            found[profile] = None
            yield profile


def _reach(profiles: Profiles, answers: dict[str, str], names: Sequence[str], decisions: Sequence[str]) -> Profile | None:
    values = {**answers, **profiles.evaluate(answers, decisions)}
    profile = tuple(values[name] for name in names)
    return tuple(map(str, profile)) if None not in profile else None
