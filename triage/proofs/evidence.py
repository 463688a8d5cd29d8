"""What the cases of a pack prove: that each gives what it says, that every rule has one, and that they would notice a slip.

Each case is assessed for real, by `assess`. A case that fails proves nothing more, so it is told, and not counted further.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage.assessment import assess
from triage.cases import Case, Departure, find_departures
from triage.errors import PackError, Place, quote
from triage.intake import Intake
from triage.pack import Pack
from triage.proofs.findings import Finding, Score
from triage.proofs.mcdc import measure_coverage
from triage.proofs.mutation import find_survivors
from triage.proofs.trials import given_by


class Evidence(NamedTuple):
    """The cases of a pack with their places in the file, which they come from."""

    file: str
    cases: tuple[Case, ...]
    places: tuple[Place, ...]


def find_failing(pack: Pack, evidence: Evidence) -> Iterator[Finding]:
    """Cases that give something else than they say."""
    for case, place in zip(evidence.cases, evidence.places, strict=True):
        told = _try(pack, case)
        if told:
            yield Finding(place, "case-fails", f"{quote(case.case)}: {told}", reading=case.reading or "")


def _try(pack: Pack, case: Case) -> str:
    """How a case fails, in words; nothing if it holds."""
    try:
        assessment = assess(pack, Intake(case.answers), reading=case.reading)
    except PackError as error:
        return f"there is no answer ({'; '.join(fault.message for fault in error.faults)})"
    return "; ".join(_say(departure) for departure in find_departures(case, given_by(pack, assessment)))


def _say(departure: Departure) -> str:
    if departure.key == "rules":
        missing = [rule for rule in departure.expected if rule not in departure.given]
        return f"the rules {', '.join(missing)} do not fire" if len(missing) > 1 else f"the rule {missing[0]} does not fire"
    expected, given = (", ".join(names) or "none" for names in (departure.expected, departure.given))
    return f"{departure.key}: expected {expected}, given {given}"


def find_unproven(pack: Pack, evidence: Evidence) -> Iterator[Finding]:
    """Rules that no case lists; or one finding if there is no case at all."""
    if not evidence.cases:
        yield Finding(Place(evidence.file, 1, 1), "no-cases", "there is no case; a pack is held to worked examples")
        return
    listed = {rule for case in evidence.cases for rule in case.rules}
    for rule in pack.rule:
        if rule not in listed:
            yield Finding(pack.place("rule", rule), "rule-without-case", f"no case lists {rule} among the rules that fire")


def find_unnoticed(pack: Pack, evidence: Evidence) -> tuple[Score, tuple[Finding, ...]]:
    """How many single changes of the rules the cases notice, and those that they do not.

    Raises PackError where the pack is too large to go through.
    """
    result = find_survivors(pack, evidence.cases)
    findings = (Finding(one.place, "surviving-mutant", one.message, case=one.case or "") for one in result.survivors)
    undecided = (Finding(one.place, "too-large", f"{one}: leaves too much to go through") for one in result.undecided)
    return Score(result.killed, result.wanted), (*findings, *undecided)


def find_uncovered(pack: Pack, evidence: Evidence) -> tuple[Score, tuple[Finding, ...]]:
    """How many equalities of the rules some case shows to count, true and false (MC/DC), and those that none does.

    Raises PackError where the pack is too large to go through.
    """
    coverage = measure_coverage(pack, evidence.cases)
    findings = (Finding(one.place, "uncovered-condition", one.message, case=one.case or "") for one in coverage.missing)
    return Score(coverage.covered, coverage.wanted), tuple(findings)
