"""A plain reading of packs, changed or not, for judging what becomes of a change: no code of `triage` reads a condition here."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from random_packs import Tree, is_true

from triage.proofs.slips import write_condition
from triage.syntax import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.conditions import Condition
    from triage.pack import Pack
    from triage.parts import Decision

Values = dict[str, object]


def to_tree(condition: Condition) -> Tree:
    """A condition as an author would write it. That nothing is lost on the way is for `test_slips` to show."""
    tree = read_yaml(write_condition(condition).encode(), "written").tree
    assert isinstance(tree, dict)
    return tree


def conclude_all(pack: Pack) -> dict[tuple[str, tuple[str, ...]], Values | None]:
    """Every decision for every complete intake under every reading; None where a constraint excludes the intake."""
    never = [to_tree(constraint.never) for constraint in pack.constraints]
    names = [question.question for question in pack.questions]
    found: dict[tuple[str, tuple[str, ...]], Values | None] = {}
    for reading in [reading.reading for reading in pack.readings] or [""]:
        tables = {decision.decision: list(_rules(pack, decision, reading)) for decision in pack.decisions}
        for answers in product(*(question.values for question in pack.questions)):
            intake = dict(zip(names, answers, strict=True))
            excluded = any(is_true(tree, intake) for tree in never)
            found[reading, answers] = None if excluded else _conclude(pack, tables, intake)
    return found


def _rules(pack: Pack, decision: Decision, reading: str) -> Iterator[tuple[Tree, str]]:
    chosen = [one for one in pack.readings if one.reading == reading]
    replaced = {rule for one in chosen for rule in one.replaces}
    replacing = [rule for one in chosen for rule in one.rules if rule.decision == decision.decision]
    for rule in (*(rule for rule in decision.rules if rule.rule not in replaced), *replacing):
        yield to_tree(rule.when), rule.then


def _conclude(pack: Pack, tables: dict[str, list[tuple[Tree, str]]], intake: dict[str, str]) -> Values:
    """The values of all decisions; None for one with a gap or a conflict, and for all that rest on it."""
    values: Values = {}
    waiting = list(pack.decisions)
    while waiting:
        decision = next(one for one in waiting if all(read in intake or read in values for read in one.reads))
        waiting.remove(decision)
        read = {name: intake.get(name, values.get(name)) for name in decision.reads}
        given: set[str] | None = None
        if None not in read.values():
            named = {name: str(value) for name, value in read.items()}
            given = {then for tree, then in tables[decision.decision] if is_true(tree, named)}
        if given is not None and decision.hit_policy == "unique":
            values[decision.decision] = next(iter(given)) if len(given) == 1 else None
        else:
            values[decision.decision] = given
    return values
