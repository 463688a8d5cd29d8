"""A pack with one thing changed, in every way that is a single change of a rule, of what a decision reads, or of a constraint.

No change asks what the loader would refuse: none closes a circle, reads a list as a value, lets the safety net ask what is no
warning sign, or constrains what it rests on. What becomes of a change is for `mutation` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from triage.conditions import All, leaves
from triage.errors import Place
from triage.pack import Pack
from triage.parts import Constraint, Decision, Reading, Rule
from triage.proofs.slips import find_slips, forget

Ruled = TypeVar("Ruled", Decision, Reading)


class Mutant(NamedTuple):
    """A pack with one thing changed. `part` is what was changed (`rule R1`), `change` how; `decision` None for a constraint."""

    place: Place
    part: str
    change: str
    decision: str | None
    pack: Pack

    def __str__(self) -> str:
        return f"{self.part}, {self.change}"


def list_mutants(pack: Pack) -> Iterator[Mutant]:
    """Every single change, in the order of the pack, each made when asked for. The changed packs do not know their places."""
    readable = {name: _find_readable(pack, name) for name in pack.decision}
    for decision in pack.decisions:
        for rule in decision.rules:
            yield from _change_rule(pack, decision.decision, rule, readable[decision.decision])
    for reading in pack.readings:
        for replacing in reading.rules:
            yield from _change_rule(pack, replacing.decision, replacing, readable[replacing.decision])
    for decision in pack.decisions:
        yield from _change_reads(pack, decision)
    for constraint in pack.constraints:
        yield from _change_constraint(pack, constraint)


def _find_readable(pack: Pack, decision: str) -> tuple[str, ...]:
    """What a decision reads or, without a circle, could read as well; what it reads first."""
    net = pack.header.safety_net.decision if pack.header.safety_net else None
    names = dict.fromkeys((*pack.decision[decision].reads, *pack.question, *pack.decision))
    singles = (name for name in names if name in pack.question or _can_be_read(pack, name, decision))
    if net is None or decision not in pack.chain(net):
        return tuple(singles)
    constrained = {leaf.name for constraint in pack.constraints for leaf in leaves(constraint.never)}
    free = (name for name in singles if not constrained & _rest_on(pack, name))
    warning = {question.question for question in pack.questions if question.warning is not None}
    return tuple(name for name in free if decision != net or name in warning or name in pack.decision)


def _can_be_read(pack: Pack, name: str, decision: str) -> bool:
    return pack.decision[name].hit_policy == "unique" and decision not in pack.chain(name)


def _rest_on(pack: Pack, name: str) -> set[str]:
    """The questions behind a question or a decision."""
    chain = pack.chain(name) if name in pack.decision else ()
    return {name, *(read for step in chain for read in pack.decision[step].reads)} & pack.question.keys()


def _change_rule(pack: Pack, decision: str, rule: Rule, readable: Sequence[str]) -> Iterator[Mutant]:
    place, part = pack.place("rule", rule.rule), f"rule {rule.rule}"
    domains = {name: pack.values_of(name) for name in readable}
    for condition, change in find_slips(rule.when, domains):
        new = rule.model_copy(update={"when": condition})
        reads = dict.fromkeys((*pack.decision[decision].reads, *(leaf.name for leaf in leaves(condition))))
        yield Mutant(place, part, change, decision, _put(pack, decision, {rule.rule: new}, tuple(reads)))
    for then in _list_values(pack, decision):
        if then != rule.then:
            new = rule.model_copy(update={"then": then})
            changed = _put(pack, decision, {rule.rule: new}, pack.decision[decision].reads)
            yield Mutant(place, part, f"then: {then} in place of {rule.then}", decision, changed)
    yield Mutant(place, part, "left out", decision, _put(pack, decision, {rule.rule: None}, pack.decision[decision].reads))


def _list_values(pack: Pack, decision: str) -> tuple[str, ...]:
    """What a rule of a decision may give."""
    return tuple(pack.note) if decision in pack.header.notes else pack.values_of(decision)


def _change_reads(pack: Pack, decision: Decision) -> Iterator[Mutant]:
    """A name taken out of what a decision reads. It stays on the list, asked by no rule, so that no list is left empty."""
    rules = pack.every_rule(decision.decision)
    for name in decision.reads:
        asking = [rule for rule in rules if any(leaf.name == name for leaf in leaves(rule.when))]
        new: dict[str, Rule | None] = {
            rule.rule: rule.model_copy(update={"when": forget(rule.when, name) or All(())}) for rule in asking
        }
        if new:
            place, part = pack.place("decision", decision.decision), f"decision {decision.decision}"
            changed = _put(pack, decision.decision, new, decision.reads)
            yield Mutant(place, part, f"without {name} among its reads", decision.decision, changed)


def _change_constraint(pack: Pack, constraint: Constraint) -> Iterator[Mutant]:
    place, part = pack.place("constraint", constraint.constraint), f"constraint {constraint.constraint}"
    net = pack.header.safety_net
    signs = _rest_on(pack, net.decision) if net else set()
    domains = {name: question.values for name, question in pack.question.items() if name not in signs}
    for condition, change in find_slips(constraint.never, domains):
        if next(leaves(condition), None) is not None:
            new = constraint.model_copy(update={"never": condition})
            others = tuple(new if other is constraint else other for other in pack.constraints)
            yield Mutant(place, part, change, None, replace(pack, constraints=others, sources={}))
    left = tuple(other for other in pack.constraints if other is not constraint)
    yield Mutant(place, part, "left out", None, replace(pack, constraints=left, sources={}))


def _put(pack: Pack, decision: str, new: dict[str, Rule | None], reads: tuple[str, ...]) -> Pack:
    """A pack with these rules in the place of its own, None for one that is left out, and with these reads of their decision."""
    decisions = []
    for table in pack.decisions:
        changed = _put_rules(table, new)
        decisions.append(changed.model_copy(update={"reads": reads}) if table.decision == decision else changed)
    readings = tuple(_put_rules(reading, new) for reading in pack.readings)
    return replace(pack, decisions=tuple(decisions), readings=readings, sources={})


def _put_rules(ruled: Ruled, new: dict[str, Rule | None]) -> Ruled:
    if not any(rule.rule in new for rule in ruled.rules):
        return ruled
    rules = (new.get(rule.rule, rule) for rule in ruled.rules)
    return ruled.model_copy(update={"rules": tuple(rule for rule in rules if rule is not None)})
