"""What stands behind a difference between two packs: of the parts that changed, those that an intake touches.

A rule counts if its condition or value changed and it fires in some completion of the intake in either pack; a constraint if it
excludes some completion; a question if only one pack knows what was, or could be, answered. What the others changed cannot be
the reason, but of several that are named here not each need be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from triage.pack import Pack, natural
from triage.parts import Constraint, Rule, State
from triage.possibilities import Known
from triage.revisions.views import WITHHELD, Answers, Aspect, Side, View, names_in, net_of


class Cause(NamedTuple):
    """A part that differs between the packs under the readings compared, with the statements it cites."""

    part: str
    id: str
    change: str
    statements: tuple[str, ...] = ()


class Intake(NamedTuple):
    """One intake in the words of the old and the new pack, with what either knows of it."""

    answers: tuple[Answers, Answers]
    known: tuple[Known, Known]


Ruled = Mapping[str, tuple[str, Rule]]


class Causes:
    """The parts that differ between two packs, each under one reading, and can change an answer."""

    def __init__(self, old: Side, new: Side) -> None:
        self._sides = old, new
        self._rules = tuple(_changed_rules(old, new))
        self._constraints = tuple(_changed_constraints(old, new))
        self._questions = tuple(_changed_questions(old, new))
        self._levels = tuple(_changed_levels(old.pack, new.pack))
        self._outcomes = tuple(_changed_outcomes(old.pack, new.pack))

    def find(self, aspect: Aspect, intake: Intake, views: tuple[View, View]) -> tuple[Cause, ...]:
        """Of what differs, what this intake touches in this aspect."""
        decisions = aspect[1:]
        withheld = any(view.value == State.CONTACT_CLINICIAN_NOW or view == WITHHELD for view in views)
        if withheld:
            decisions = net_of(self._sides[0].pack), net_of(self._sides[1].pack)
        each = tuple(zip(self._sides, decisions, intake.known, strict=True))
        fired = {rule for side, decision, known in each for rule in side.fired(decision, known)}
        scope = {name for side, decision, _ in each for name in side.scope(decision)}
        causes = [cause for cause in self._rules if cause.id in fired]
        causes += self._excluding(scope, intake.answers)
        causes += self._answered(scope, intake.answers)
        causes += self._levels if withheld or aspect.kind == "safety_net" else ()
        possible = {name for view in views for name in (view.value, *view.possible)}
        causes += [cause for cause in self._outcomes if aspect.kind == "outcome" and cause.id in possible]
        return tuple(causes or self._tying(scope)) or (Cause("pack", "", "changed"),)

    def _tying(self, scope: set[str]) -> Iterator[Cause]:
        """Constraints that tie the questions of a scope to others: answers elsewhere that exclude each other count here."""
        for cause, having in self._constraints:
            if any(not scope.isdisjoint(names_in(constraint)) for _, constraint in having):
                yield cause

    def _excluding(self, scope: set[str], answers: tuple[Answers, Answers]) -> Iterator[Cause]:
        for cause, having in self._constraints:
            for number, constraint in having:
                names = names_in(constraint)
                touched = scope.issuperset(names) or all(name in answers[number] for name in names)
                if touched and self._sides[number].excludes(constraint, answers[number]):
                    yield cause
                    break

    def _answered(self, scope: set[str], answers: tuple[Answers, Answers]) -> Iterator[Cause]:
        """Questions with values that only one pack knows, where they are open or answered so."""
        for cause, differing in self._questions:
            given = {each[cause.id] for each in answers if cause.id in each}
            if cause.id in scope and (not given or given & differing):
                yield cause


def _change(before: bool, after: bool) -> str:  # noqa: FBT001 - there and then, in this order
    return "changed" if before and after else "added" if after else "removed"


def _changed_rules(old: Side, new: Side) -> Iterator[Cause]:
    """The rules whose condition or value the other side has under no id, decision by decision."""
    sides = [_rules_of(side) for side in (old, new)]
    logic = [{(decision, rule.when, rule.then) for decision, rule in rules.values()} for rules in sides]
    order = tuple(dict.fromkeys((*new.decisions, *old.decisions)))
    owner = {name: order.index(decision) for rules in sides for name, (decision, _) in rules.items()}
    for name in sorted(owner, key=lambda name: (owner[name], natural(name))):
        having = [(number, *rules[name]) for number, rules in enumerate(sides) if name in rules]
        if any((decision, rule.when, rule.then) not in logic[1 - number] for number, decision, rule in having):
            cited = dict.fromkeys(code for _, _, rule in having for code in rule.because)
            yield Cause("rule", name, _rule_change(name, old, new, sides), tuple(cited))


def _rules_of(side: Side) -> Ruled:
    return {rule.rule: (name, rule) for name, decision in side.decisions.items() for rule in decision.rules}


def _rule_change(id: str, old: Side, new: Side, sides: Sequence[Ruled]) -> str:
    if id not in sides[0] and id in old.pack.rule:
        return f"stands only under {new.reading}"
    if id not in sides[1] and id in new.pack.rule:
        return f"replaced under {new.reading}"
    return _change(id in sides[0], id in sides[1])


def _changed_constraints(old: Side, new: Side) -> Iterator[tuple[Cause, tuple[tuple[int, Constraint], ...]]]:
    named = [{constraint.constraint: constraint for constraint in side.pack.constraints} for side in (old, new)]
    logic = [{constraint.never for constraint in side.pack.constraints} for side in (old, new)]
    for name in dict.fromkeys((*named[1], *named[0])):
        having = tuple((number, constraints[name]) for number, constraints in enumerate(named) if name in constraints)
        if any(constraint.never not in logic[1 - number] for number, constraint in having):
            yield Cause("constraint", name, _change(name in named[0], name in named[1])), having


def _changed_questions(old: Side, new: Side) -> Iterator[tuple[Cause, set[str]]]:
    """The questions with values that only one pack knows, and those values."""
    for name in dict.fromkeys((*new.pack.question, *old.pack.question)):
        before, after = set(old.values(name)), set(new.values(name))
        if before != after:
            yield Cause("question", name, _change(bool(before), bool(after))), before ^ after


def _changed_levels(old: Pack, new: Pack) -> Iterator[Cause]:
    """Levels of the safety net that withhold otherwise or stand at another place."""
    levels = [
        {level.level: (position, level.withholds) for position, level in enumerate(net.levels)} if net else {}
        for net in (old.header.safety_net, new.header.safety_net)
    ]
    for name in dict.fromkeys((*levels[1], *levels[0])):
        if levels[0].get(name) != levels[1].get(name):
            yield Cause("level", name, _change(name in levels[0], name in levels[1]))


def _changed_outcomes(old: Pack, new: Pack) -> Iterator[Cause]:
    """Outcomes that name other procedures."""
    for name in dict.fromkeys((*new.outcome, *old.outcome)):
        named = [set(pack.outcome[name].procedures) if name in pack.outcome else None for pack in (old, new)]
        if named[0] != named[1]:
            yield Cause("outcome", name, _change(name in old.outcome, name in new.outcome))
