"""What the cases of a pack prove: that each gives what it says, that every rule has one, and that they would notice a slip.

Each case is assessed for real, by `assess`. A case that fails proves nothing more, so it is told, and not counted further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from triage.assessment import assess
from triage.cases import Case, Departure, find_departures
from triage.errors import PackError, Place, quote
from triage.intake import Intake
from triage.pack import Pack
from triage.possibilities import select_known
from triage.profiles import Answers
from triage.proofs.drafts import draft_case, shrink, write_case
from triage.proofs.findings import Finding, Score
from triage.proofs.mcdc import measure_coverage
from triage.proofs.mutation import MAX_TRIED, find_survivors
from triage.proofs.soundness import Under
from triage.proofs.trials import Trial, given_by, put_cases, readings_of


class Evidence(NamedTuple):
    """The cases of a pack with their places in the file, which they come from."""

    file: str
    cases: tuple[Case, ...]
    places: tuple[Place, ...]


def find_failing(pack: Pack, evidence: Evidence) -> Iterator[Finding]:
    """Cases that give something else than they say. Those without an answer for one reason are told once, by the first."""
    alike: dict[tuple[str, ...], list[tuple[Case, Place]]] = {}
    for case, place in zip(evidence.cases, evidence.places, strict=True):
        told, answered = _try(pack, case)
        if told:
            key = (told, case.reading or "", *((str(place),) if answered else ()))
            alike.setdefault(key, []).append((case, place))
    for (told, reading, *_), ((case, place), *others) in alike.items():
        more = f" and {len(others)} more case{'s' if len(others) > 1 else ''}" if others else ""
        yield Finding(place, "case-fails", f"{quote(case.case)}{more}: {told}", reading=reading)


def _try(pack: Pack, case: Case) -> tuple[str, bool]:
    """How a case fails, in words, and whether there was an answer; no words if it holds."""
    try:
        assessment = assess(pack, Intake(case.answers), reading=case.reading)
    except PackError as error:
        return f"there is no answer ({'; '.join(fault.message for fault in error.faults)})", False
    return "; ".join(_say(departure) for departure in find_departures(case, given_by(pack, assessment))), True


def _say(departure: Departure) -> str:
    if departure.key == "rules":
        missing = [rule for rule in departure.expected if rule not in departure.given]
        return f"the rules {', '.join(missing)} do not fire" if len(missing) > 1 else f"the rule {missing[0]} does not fire"
    expected, given = (", ".join(names) or "none" for names in (departure.expected, departure.given))
    return f"{departure.key}: expected {expected}, given {given}"


def find_unproven(pack: Pack, evidence: Evidence, under: Under | None) -> Iterator[Finding]:
    """Rules that fire and that no case lists, each with a case in which it fires; or one finding if there is no case at all.

    Without reachable profiles no case is named, and none is made.
    """
    if not evidence.cases:
        yield Finding(Place(evidence.file, 1, 1), "no-cases", "there is no case; a pack is held to worked examples")
        return
    listed = {rule for case in evidence.cases for rule in case.rules}
    left = [(owner, rule) for owner, rule in _list_rules(pack) if rule not in listed]
    puts = sorted(put_cases(pack, evidence.cases), key=lambda put: len(put.given.rules)) if left and under is not None else []
    for owner, rule in left:
        reached = _list_reached(pack, under, owner, rule) if under is not None else []
        if reached or under is None:
            beside = _list_beside(pack, owner, rule)
            fired = next((put.case.case for put in puts if rule in put.given.rules and beside.isdisjoint(put.given.rules)), None)
            said = f"no case lists {rule} among the rules that fire{f'; it fires in {quote(fired)}' if fired else ''}"
            draft = _draft(pack, rule, beside, reached) if fired is None else ""
            yield Finding(pack.place("rule", rule), "rule-without-case", said, case=draft)


def _list_rules(pack: Pack) -> Iterator[tuple[str, str]]:
    """Every rule with the decision that it belongs to, those of readings last."""
    yield from ((decision.decision, rule.rule) for decision in pack.decisions for rule in decision.rules)
    yield from ((rule.decision, rule.rule) for reading in pack.readings for rule in reading.rules)


def _list_reached(pack: Pack, under: Under, owner: str, rule: str) -> list[tuple[str, Answers]]:
    """Readings and complete answers under which a rule fires, the default reading first."""
    return [
        (reading, answers)
        for reading in readings_of(pack)
        for profile, answers in under[reading if reading in under else ""].reached(owner).items()
        if rule in under[reading if reading in under else ""].fired(owner, profile)
    ]


def _list_beside(pack: Pack, owner: str, rule: str) -> set[str]:
    """The rules without which a rule gives the value of its decision alone; none where a decision gives a list."""
    alone = pack.decision[owner].hit_policy == "unique"
    return {other for decision, other in _list_rules(pack) if alone and decision == owner and other != rule}


def _draft(pack: Pack, rule: str, beside: Set[str], reached: Sequence[tuple[str, Answers]]) -> str:
    """A case that lists a rule and fires none beside it, with as few answers as it takes.

    Nothing if the first answers tried give none.
    """
    trial = Trial(pack)

    def put(reading: str, answers: Mapping[str, str]) -> Case | None:
        try:
            given = trial.give(select_known(pack, answers), reading)
        except PackError:
            return None
        case = draft_case(pack, answers, reading, given).case
        return case if rule in case.rules and beside.isdisjoint(given.rules) else None

    for reading, answers in reached[:MAX_TRIED]:
        if put(reading, answers) is not None:
            case = put(reading, shrink(answers, lambda fewer: put(reading, fewer) is not None))  # noqa: B023 - called at once
            assert case is not None
            return write_case(case.model_copy(update={"case": case.case.replace("Draft,", f"Draft for {rule},", 1)}))
    return ""


def find_unnoticed(pack: Pack, evidence: Evidence) -> tuple[Score, tuple[Finding, ...]]:
    """How many single changes of the rules the cases notice, and those that they do not.

    Raises PackError where the pack is too large to go through.
    """
    result = find_survivors(pack, evidence.cases)
    findings = (
        Finding(one.place, "surviving-mutant", one.message, case=one.case or "", detail=one.mutant.change)
        for one in result.survivors
    )
    undecided = (Finding(one.place, "too-large", f"{one}: leaves too much to go through") for one in result.undecided)
    return Score(result.killed, result.wanted), (*findings, *undecided)


def find_uncovered(pack: Pack, evidence: Evidence) -> tuple[Score, tuple[Finding, ...]]:
    """How many equalities of the rules some case shows to count, true and false (MC/DC), and those that none does.

    Raises PackError where the pack is too large to go through.
    """
    coverage = measure_coverage(pack, evidence.cases)
    findings = (
        Finding(one.place, "uncovered-condition", one.message, case=one.case or "", detail=one.detail) for one in coverage.missing
    )
    return Score(coverage.covered, coverage.wanted), tuple(findings)
