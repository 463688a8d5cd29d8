"""Why an assessment says what it says: decision by decision, rule by rule, down to the statements.

Everything is read off the assessment and the pack; nothing is assessed again here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

from triage.assessment import Assessment
from triage.conditions import All, Any, Condition, Is, Not, holds, leaves
from triage.pack import Pack, rules_under
from triage.parts import UNKNOWN, Decision, Procedure, Rule

Narrow = Callable[[str, tuple[str, ...]], tuple[str, ...]]


class Cited(NamedTuple):
    """A statement or source in our own words."""

    code: str
    text: str


class FiredRule(NamedTuple):
    """A rule that fires in some completion: what it asks and gives, in words, and what it rests on."""

    rule: str
    condition: str
    then: str
    because: tuple[Cited, ...]


class Step(NamedTuple):
    """One decision of a chain: its value in words (every possible one while open) and the rules behind it."""

    decision: str
    title: str
    value: str
    settled: bool
    rules: tuple[FiredRule, ...]


def explain(pack: Pack, assessment: Assessment) -> tuple[Step, ...]:
    """The chain behind the outcome, each decision after those it reads; the safety net alone where the mapping is withheld."""
    chain = [name for name in pack.chain(pack.header.outcome) if name in assessment.decisions]
    return tuple(explain_decision(pack, assessment, name) for name in chain or assessment.decisions)


def explain_safety_net(pack: Pack, assessment: Assessment) -> Step | None:
    """The rules behind the level of the safety net that have been reached, or None if no sign is reported."""
    net = pack.header.safety_net
    if net is None or assessment.safety_net is None or not assessment.safety_net.reported:
        return None
    step = explain_decision(pack, assessment, net.decision)
    reached = [rule for rule in step.rules if _reads_reported(pack.rule[rule.rule], pack, assessment)]
    return step._replace(rules=tuple(reached))


def _reads_reported(rule: Rule, pack: Pack, assessment: Assessment) -> bool:
    return assessment.safety_net is not None and any(
        leaf.name in assessment.safety_net.reported and pack.question[leaf.name].warning in leaf.values
        for leaf in leaves(rule.when)
    )


def explain_decision(pack: Pack, assessment: Assessment, name: str) -> Step:
    """One decision: its value in words and the rules behind it."""
    result = assessment.decisions[name]
    words = say_values(pack, name, result.possible) or "no value"
    fired = tuple(_fired(pack, assessment, name, pack.rule[rule]) for rule in result.rules)
    return Step(name, say_name(pack, name), words, len(result.possible) == 1, fired)


def _fired(pack: Pack, assessment: Assessment, name: str, rule: Rule) -> FiredRule:
    because = tuple(Cited(code, cited_text(pack, code)) for code in rule.because)
    condition = say_condition(pack, rule.when, seen=partial(_seen, assessment))
    return FiredRule(rule.rule, condition, say_value(pack, name, rule.then), because)


def _seen(assessment: Assessment, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Of the values that a rule asks for, those that this intake can have."""
    if name in assessment.decisions:
        possible: tuple[str, ...] = assessment.decisions[name].possible
    else:
        possible = (assessment.answers.get(name, assessment.implied.get(name, UNKNOWN)),)
    return tuple(value for value in values if value in possible) or values


def explain_against(pack: Pack, assessment: Assessment, procedure: Procedure, rule: str) -> tuple[FiredRule, ...]:
    """Why a rule that speaks against a procedure fires: the rules before it, along the chain, whose values turn it against.

    None where its own condition says all, since it turns on an answer.
    """
    reasons = []
    for name, values in _turning(pack, assessment, procedure, pack.rule[rule]).items():
        reasons += [code for code in assessment.decisions[name].rules if pack.rule[code].then in values]
    names = {code: name for name in assessment.decisions for code in assessment.decisions[name].rules}
    return tuple(_fired(pack, assessment, names[code], pack.rule[code]) for code in _trace(pack, assessment, reasons))


def _turning(pack: Pack, assessment: Assessment, procedure: Procedure, rule: Rule) -> dict[str, set[str]]:
    """The decisions that a rule reads, with the values without which some rule could speak for the procedure instead."""
    decision = pack.decision[procedure.decision]
    reading = pack.reading.get(assessment.reading)
    rules = rules_under(reading, decision) if reading else decision.rules
    naming = [other for other in rules if names_procedure(pack, procedure, other.then)]
    found: dict[str, set[str]] = {}
    for profile in _profiles(pack, decision):
        if not holds(rule.when, profile):
            continue
        for name in decision.reads:
            others = ({**profile, name: value} for value in pack.values_of(name)) if name in pack.decision else ()
            if any(holds(other.when, changed) for changed in others for other in naming):
                found.setdefault(name, set()).add(profile[name])
    return found


def _profiles(pack: Pack, decision: Decision) -> Iterator[dict[str, str]]:
    domains = [pack.values_of(name) for name in decision.reads]
    return (dict(zip(decision.reads, values, strict=True)) for values in product(*domains))


def _trace(pack: Pack, assessment: Assessment, codes: Iterable[str]) -> tuple[str, ...]:
    """Fired rules with those before them that give what they ask for, each once."""
    found: dict[str, None] = {}
    waiting = list(codes)
    while waiting:
        code = waiting.pop(0)
        found[code] = None
        asked = [leaf for leaf in leaves(pack.rule[code].when) if leaf.name in assessment.decisions]
        before = (fired for leaf in asked for fired in assessment.decisions[leaf.name].rules)
        waiting += [fired for fired in before if fired not in found]
    return tuple(found)


def names_procedure(pack: Pack, procedure: Procedure, value: str) -> bool:
    """Whether a value of a procedure's decision can lead to an outcome that names the procedure."""
    outcome = pack.decision[pack.header.outcome]
    domains = [(value,) if name == procedure.decision else pack.values_of(name) for name in outcome.reads]
    profiles = (dict(zip(outcome.reads, values, strict=True)) for values in product(*domains))
    naming = [rule for rule in outcome.rules if procedure.procedure in pack.outcome[rule.then].procedures]
    return any(holds(rule.when, profile) for profile in profiles for rule in naming)


def cited_text(pack: Pack, code: str) -> str:
    """A statement's paraphrase, or a source's title."""
    return pack.statement[code].text if code in pack.statement else pack.source[code].title


def say_name(pack: Pack, name: str) -> str:
    """A question or decision in words."""
    if name in pack.question:
        return pack.question[name].label
    return pack.decision[name].title or name.replace("_", " ")


def say_value(pack: Pack, name: str, value: str) -> str:
    """A value of a question or decision in words."""
    if name in pack.question:
        return pack.question[name].say(value)
    return pack.decision[name].values.get(value, value.replace("_", " "))


def say_values(pack: Pack, name: str, values: Iterable[str]) -> str:
    """The values that are possible, in words."""
    return ", or ".join(say_value(pack, name, value) for value in values)


def say_condition(pack: Pack, condition: Condition, *, seen: Narrow = lambda _, values: values) -> str:
    """A condition in words. `seen` may narrow the values of a name to those that are of interest."""
    match condition:
        case Is(name, values):
            return f"{say_name(pack, name)}: {' or '.join(say_value(pack, name, value) for value in seen(name, values))}"
        case All(parts):
            return "; ".join(say_condition(pack, part, seen=seen) for part in parts) or "always"
        case Any(parts):
            return f"one of ({' | '.join(say_condition(pack, part, seen=seen) for part in parts)})"
        case Not(part):
            return f"not ({say_condition(pack, part)})"
