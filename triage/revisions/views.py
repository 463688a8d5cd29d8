"""What one pack reads of an intake, aspect by aspect, so that what two packs read can be laid side by side.

An aspect is the outcome, the level of the safety net, the standing, or the value of one more decision. An answer in the words of
another pack that this one does not know is left open, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Literal, NamedTuple

from triage.conclusions import OPEN, Conclusions
from triage.conditions import holds, leaves
from triage.engine import Engine
from triage.pack import Pack, decisions_under
from triage.parts import Constraint
from triage.possibilities import Known, select_known

Answers = Mapping[str, str]
Kind = Literal["outcome", "safety_net", "standing", "decision"]


class Aspect(NamedTuple):
    """One thing that is read of an intake, and which decision that is in either pack; None where a pack has no such thing."""

    kind: Kind
    old: str | None
    new: str | None


class View(NamedTuple):
    """What a pack reads of an intake in one aspect. `withholds`: at this level of the safety net the mapping is not given."""

    value: str
    settled: bool = True
    possible: tuple[str, ...] = ()
    withholds: bool = False

    def is_like(self, other: View) -> bool:
        """Whether both say the same, whatever the order in which a pack names its values."""
        return self._replace(possible=()) == other._replace(possible=()) and set(self.possible) == set(other.possible)


NOTHING = View("none")
WITHHELD = View("withheld")


class Side:
    """One pack under one reading. `decisions` have the rules of that reading."""

    def __init__(self, pack: Pack, reading: str) -> None:
        self.pack = pack
        self.reading = reading
        self.decisions = {d.decision: d for d in decisions_under(pack, reading)}
        self._conclusions = Conclusions(pack, Engine(), reading)
        levels = pack.header.safety_net.levels if pack.header.safety_net else ()
        self._withholding = {level.level for level in levels if level.withholds}

    def know(self, answers: Answers) -> Known:
        """What this pack can read of answers in the words of either."""
        return select_known(self.pack, {name: value for name, value in answers.items() if value in self.values(name)})

    def values(self, question: str) -> tuple[str, ...]:
        """The values of a question; none if this pack does not ask it."""
        return self.pack.question[question].values if question in self.pack.question else ()

    def scope(self, decision: str | None) -> tuple[str, ...]:
        """The questions behind a decision."""
        return self._conclusions.possibilities.scopes[decision] if decision is not None else ()

    def chain(self, decision: str | None) -> tuple[str, ...]:
        return self.pack.chain(decision) if decision is not None else ()

    def read(self, kind: Kind, decision: str | None, known: Known) -> View:
        """What this pack reads in one aspect. Raises as `assess` does."""
        if decision is None:
            return NOTHING
        match kind:
            case "outcome":
                return View(*self._conclusions.outcome(known))
            case "safety_net":
                net = self._conclusions.safety_net(known)
                return View(net.level, net.level != OPEN, (), net.level in self._withholding) if net else NOTHING
            case "standing":
                values = self._conclusions.possibilities.evaluate(decision, known).values
                return View(str(values[0])) if len(values) == 1 else View(OPEN, settled=False)
            case "decision":
                net = self._conclusions.safety_net(known)
                if net and net.level in self._withholding:
                    return WITHHELD
                result = self._conclusions.decisions(known)[decision]
                certain = (result.value,) if isinstance(result.value, str) else result.value or ()
                settled = set(certain) == set(result.possible)
                return View(", ".join(certain) or (NOTHING.value if settled else OPEN), settled, result.possible)

    def fired(self, decision: str | None, known: Known) -> set[str]:
        """The rules along a chain that fire in some completion; none where the answers exclude each other."""
        evaluate = self._conclusions.possibilities.evaluate
        return {rule for name in self.chain(decision) for rule in evaluate(name, known).rules}

    def excludes(self, constraint: Constraint, answers: Answers) -> bool:
        """Whether a constraint excludes some way to fill in what is open."""
        names = names_in(constraint)
        given = [(answers[name],) if answers.get(name) in self.values(name) else self.values(name) for name in names]
        return any(holds(constraint.never, dict(zip(names, values, strict=True))) for values in product(*given))


def names_in(constraint: Constraint) -> tuple[str, ...]:
    """The questions that a constraint speaks of."""
    return tuple(dict.fromkeys(leaf.name for leaf in leaves(constraint.never)))


def find_aspects(old: Pack, new: Pack) -> Iterator[Aspect]:
    """What can be compared: safety net, outcome and standing, then every decision of both packs that is none of these."""
    standings = [pack.header.standing.decision if pack.header.standing else None for pack in (old, new)]
    roles = (
        Aspect("safety_net", net_of(old), net_of(new)),
        Aspect("outcome", old.header.outcome, new.header.outcome),
        Aspect("standing", standings[0], standings[1]),
    )
    yield from (aspect for aspect in roles if aspect[1:] != (None, None))
    told = {name for aspect in roles for name in aspect[1:]}
    yield from (Aspect("decision", name, name) for name in new.decision if name in old.decision and name not in told)


def net_of(pack: Pack) -> str | None:
    """The decision that is the safety net."""
    return pack.header.safety_net.decision if pack.header.safety_net else None


def is_weaker(packs: tuple[Pack, Pack], old: View, new: View) -> bool:
    """Whether the safety net says less than before: a less severe level, or one that withholds no more."""
    order = _most_severe_first(*packs)
    return order.index(new.value) > order.index(old.value) or (old.withholds and not new.withholds)


def _most_severe_first(old: Pack, new: Pack) -> list[str]:
    """The levels of both packs, those of the new one placed beside what stands before them there.

    That signs are open is more than that there is none; a pack without a safety net says least.
    """
    levels = [[level.level for level in pack.header.safety_net.levels] if pack.header.safety_net else [] for pack in (old, new)]
    order = list(levels[0])
    for position, level in enumerate(levels[1]):
        if level not in order:
            order.insert(order.index(levels[1][position - 1]) + 1 if position else 0, level)
    signless = [order.index(names[-1]) for names in levels if names]
    order.insert(min(signless, default=0), OPEN)
    return [*order, NOTHING.value]
