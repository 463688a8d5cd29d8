"""What would change an assessment: the smallest sets of answers that change the outcome, keep a procedure out, or divide the
readings.

Each search goes through every set of a size before the next larger one and stops at the first size that gives anything, so the
sets it returns are all of the smallest size, and there are no smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, product
from typing import NamedTuple

from triage.assessment import Assessment, assess, assessor_for
from triage.conclusions import OutcomeResult
from triage.conditions import leaves
from triage.intake import Intake
from triage.pack import Pack
from triage.parts import UNKNOWN, State

Changes = tuple[tuple[str, str], ...]


class Alternative(NamedTuple):
    """Answers, changed or added, and the outcome that they give."""

    changes: Changes
    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]


class Barrier(NamedTuple):
    """Why a procedure is not described: without any one of these sets of answers it would be possible.

    `because` is what each of these answers rests on by itself.
    """

    procedure: str
    answers: tuple[tuple[str, ...], ...]
    because: Mapping[str, tuple[str, ...]]


def find_alternatives(pack: Pack, assessment: Assessment) -> tuple[Alternative, ...]:
    """All smallest sets of changed or added answers that lead to another outcome, in pack order.

    Answers about warning signs are left alone, and so are answers that exclude each other; nothing is found where the mapping
    is withheld. A set may lead from an outcome to `not_enough_information`.
    """
    if assessment.outcome == State.CONTACT_CLINICIAN_NOW:
        return ()
    assessor = assessor_for(pack)

    def other(answers: Mapping[str, str]) -> OutcomeResult | None:
        result = assessor.outcome(answers, assessment.reading)
        differs = result.outcome not in (assessment.outcome, State.CONTRADICTORY_ANSWERS)
        return result if differs else None

    found = _smallest(pack, assessment, assessor.behind_outcome(assessment.reading), other)
    return tuple(Alternative(changes, *result) for changes, result in found)


def find_agreement(pack: Pack, assessment: Assessment) -> tuple[Changes, ...]:
    """All smallest sets of changed or added answers under which every reading gives the same; none if they agree already."""
    if not any(reading.differs for reading in assessment.readings):
        return ()
    assessor = assessor_for(pack)

    def agree(answers: Mapping[str, str]) -> OutcomeResult | None:
        results = [assessor.outcome(answers, reading) for reading in assessor.readings]
        same = len({result.possible_outcomes for result in results}) == 1
        return results[0] if same and results[0].possible_outcomes else None

    found = _smallest(pack, assessment, assessor.behind_outcome(assessment.reading), agree)
    return tuple(changes for changes, _ in found)


def find_barriers(pack: Pack, assessment: Assessment) -> tuple[Barrier, ...]:
    """For each procedure that no possible outcome names: the smallest sets of answers without which it would be possible."""
    barriers = []
    for procedure in pack.header.procedures:
        result = assessment.procedures.get(procedure.procedure)
        if result is not None and result.named == "no":
            sets = tuple(_withdrawals(pack, assessment, procedure.procedure))
            because: dict[str, tuple[str, ...]] = {}
            for chosen in sets:
                for name in chosen:
                    found = _statements_alone(pack, assessment, procedure.decision, chosen, name)
                    because[name] = pack.cite((*because.get(name, ()), *found))
            barriers.append(Barrier(procedure.procedure, sets, because))
    return tuple(barriers)


def _smallest(
    pack: Pack,
    assessment: Assessment,
    names: tuple[str, ...],
    test: Callable[[Mapping[str, str]], OutcomeResult | None],
) -> list[tuple[Changes, OutcomeResult]]:
    answers = assessment.answers
    for size in range(1, len(names) + 1):
        found = []
        for chosen in combinations(names, size):
            others = [[value for value in pack.question[name].values if value != answers.get(name)] for name in chosen]
            for values in product(*others):
                changes = tuple(zip(chosen, values, strict=True))
                result = test({**answers, **dict(changes)})
                if result is not None:
                    found.append((changes, result))
        if found:
            return found
    return []


def _withdrawals(pack: Pack, assessment: Assessment, procedure: str) -> Iterator[tuple[str, ...]]:
    assessor = assessor_for(pack)
    known = [name for name in assessor.behind_outcome(assessment.reading) if assessment.answers.get(name, UNKNOWN) != UNKNOWN]
    for size in range(1, len(known) + 1):
        found = False
        for chosen in combinations(known, size):
            left = {name: value for name, value in assessment.answers.items() if name not in chosen}
            possible = assessor.outcome(left, assessment.reading).possible_outcomes
            if any(procedure in pack.outcome[outcome].procedures for outcome in possible):
                found = True
                yield chosen
        if found:
            return


def _statements_alone(pack: Pack, assessment: Assessment, decision: str, names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """What the rules up to the outcome that speak of one answer of a set rest on, while the others of the set are withdrawn."""
    left = {other: value for other, value in assessment.answers.items() if other == name or other not in names}
    alone = assess(pack, Intake(left), reading=assessment.reading)
    chain = (*pack.chain(decision), pack.header.outcome)
    fired = (pack.rule[rule] for before in chain for rule in alone.decisions[before].rules)
    speaking = (rule for rule in fired if name in {leaf.name for leaf in leaves(rule.when)})
    return pack.cite(code for rule in speaking for code in rule.because)
