"""A decision as a table of rows that exclude each other and leave nothing out.

By default the whole table of the outcome: what every complete set of answers to the questions behind it comes to, with the
procedures, the rules that fire along the chain, and what they rest on. Rows in which an answer changes none of these are one.
Rules are read by the reference evaluator. Raises PackError where the answers are too many to be listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from triage.assessment import PackReference
from triage.errors import RequestError, did_you_mean, quote
from triage.exports.tree import grow, walk
from triage.pack import Pack
from triage.profiles import Profile, Profiles, Value


class Row(NamedTuple):
    """One row: for each column the values that it stands for, None for any; what it gives, and because of which rules."""

    cells: tuple[tuple[str, ...] | None, ...]
    value: Value
    procedures: tuple[str, ...]
    rules: tuple[str, ...]
    statements: tuple[str, ...]

    def holds(self, answers: Mapping[str, str], columns: Sequence[str]) -> bool:
        """Whether it is the row of complete answers."""
        cells = zip(columns, self.cells, strict=True)
        return all(values is None or answers[name] in values for name, values in cells)


class Table(NamedTuple):
    """A decision as a table. `columns` are what it is told by: questions, or what the decision reads."""

    pack: PackReference
    reading: str
    decision: str
    columns: tuple[str, ...]
    procedures: tuple[str, ...]
    rows: tuple[Row, ...]
    deferral: str


class _Result(NamedTuple):
    value: Value
    procedures: tuple[str, ...]
    rules: tuple[str, ...]
    statements: tuple[str, ...]


def tabulate_outcome(pack: Pack, reading: str | None = None) -> Table:
    """The table of the outcome over the questions behind it.

    Raises RequestError for a reading that is not there, or where rules leave a gap or conflict.
    """
    name = pack.choose_reading(reading)
    profiles = _profiles(pack, name)
    outcome = pack.header.outcome
    deciding = tuple(procedure.decision for procedure in pack.header.procedures if procedure.decision != outcome)
    questions = profiles.completions.scope((outcome, *deciding))
    results = {
        completion: _conclude(pack, profiles, outcome, deciding, dict(zip(questions, completion, strict=True)))
        for completion in profiles.reachable(questions)
    }
    told, rows = tuple(dict.fromkeys(deciding)), _rows(questions, results)
    return Table(_about(pack), name, outcome, questions, told, rows, pack.header.deferral.text)


def tabulate_decision(pack: Pack, decision: str, reading: str | None = None) -> Table:
    """The table of one decision over what it reads, questions and decisions, as far as complete answers lead there.

    Raises RequestError for a decision or a reading that is not there, or where rules leave a gap or conflict.
    """
    if decision not in pack.decision:
        known = tuple(pack.decision)
        near = did_you_mean(decision, known)
        raise RequestError(f"this pack has no decision {quote(decision)}; it has {', '.join(known)}.{near}")
    name = pack.choose_reading(reading)
    profiles = _profiles(pack, name)
    reads = pack.decision[decision].reads
    results = {}
    for profile in profiles.reachable(reads):
        fired = profiles.fired(decision, profile)
        value = _value(profiles, decision, profile)
        results[profile] = _Result(value, (), fired, pack.cite(code for rule in fired for code in pack.rule[rule].because))
    return Table(_about(pack), name, decision, reads, (), _rows(reads, results), pack.header.deferral.text)


def _profiles(pack: Pack, reading: str) -> Profiles:
    return Profiles(pack, reading)


def _conclude(pack: Pack, profiles: Profiles, outcome: str, procedures: Sequence[str], answers: Mapping[str, str]) -> _Result:
    values: dict[str, str] = dict(answers)
    rules: list[str] = []
    chain = dict.fromkeys(step for decision in (outcome, *procedures) for step in pack.chain(decision))
    for step in chain:
        profile = tuple(values[read] for read in pack.decision[step].reads)
        values[step] = str(_value(profiles, step, profile))
        rules += profiles.fired(step, profile)
    statements = pack.cite(code for rule in rules for code in pack.rule[rule].because)
    return _Result(values[outcome], tuple(values[name] for name in dict.fromkeys(procedures)), tuple(rules), statements)


def _value(profiles: Profiles, decision: str, profile: Profile) -> Value:
    value = profiles.value(decision, profile)
    if value is None:
        where = ", ".join(f"{name}: {told}" for name, told in zip(profiles.decisions[decision].reads, profile, strict=True))
        raise RequestError(f"{decision} has no one value on {where}; `triage rules check` says why, and what to do")
    return value


def _rows(columns: tuple[str, ...], results: Mapping[Profile, _Result]) -> tuple[Row, ...]:
    return tuple(Row(tuple(way.get(name) for name in columns), *result) for way, result in walk(grow(columns, results)))


def _about(pack: Pack) -> PackReference:
    return PackReference(pack.id, pack.version, pack.digest)
