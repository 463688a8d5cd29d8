"""Whether a pack's own cases show that each equality of each rule counts (modified condition/decision coverage, masking form).

An equality is shown true where a case settles what its decision reads, the equality is true there, and were it false the rule
would hold where it does not, or not hold where it does; shown false likewise. What no reachable profile can show is set apart,
by going through them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, assert_never

from triage.cases import Case, Given
from triage.conditions import All, Any, Condition, Is, Not, leaves
from triage.errors import PackError, Place
from triage.pack import Pack
from triage.parts import Rule
from triage.possibilities import Known, select_known
from triage.profiles import Answers, Profile, Profiles
from triage.proofs.drafts import draft_case, shrink, write_case
from triage.proofs.slips import write_condition
from triage.proofs.trials import Put, Trial, lead_to, put_cases


class Obligation(NamedTuple):
    """One equality of a rule, by its position in it, that a case has to show true or false."""

    decision: str
    rule: str
    position: int
    truth: bool


class Missing(NamedTuple):
    """What no case shows. `case` is one that would, ready for `cases.yaml`; None where none was found."""

    place: Place
    message: str
    detail: str
    case: str | None
    obligation: Obligation


class Coverage(NamedTuple):
    """What the cases show of all that there is to show. `infeasible` is what no intake could."""

    total: int
    infeasible: tuple[Obligation, ...]
    covered: int
    missing: tuple[Missing, ...]

    @property
    def wanted(self) -> int:
        """How much the cases have to show."""
        return self.covered + len(self.missing)

    @property
    def drafts(self) -> tuple[str, ...]:
        """The ready-made cases, each once."""
        return tuple(dict.fromkeys(missing.case for missing in self.missing if missing.case is not None))


def measure_coverage(pack: Pack, cases: Iterable[Case]) -> Coverage:
    """What the cases of a pack show of its rules. Cases that fail are passed over.

    Raises PackError where the pack is too large to go through, or its constraints exclude everything.
    """
    return _Coverage(pack).measure(put_cases(pack, cases))


def find_shown(condition: Condition, profile: Mapping[str, str]) -> Iterator[tuple[int, bool]]:
    """The equalities of a condition, by position, that alone decide on a profile whether it holds; each with its truth there."""
    truths = [profile[leaf.name] in leaf.values for leaf in leaves(condition)]
    holds = _decide(condition, iter(truths))
    for position, truth in enumerate(truths):
        forced = (*truths[:position], not truth, *truths[position + 1 :])
        if _decide(condition, iter(forced)) != holds:
            yield position, truth


def _decide(condition: Condition, truths: Iterator[bool]) -> bool:
    """Whether a condition holds if its equalities, in the order written, are as true as this says."""
    match condition:
        case Is():
            return next(truths)
        case All(parts):
            results = [_decide(part, truths) for part in parts]
            return False not in results
        case Any(parts):
            results = [_decide(part, truths) for part in parts]
            return True in results
        case Not(part):
            return not _decide(part, truths)
    assert_never(condition)


class _Spot(NamedTuple):
    """A reachable profile of a decision under one reading."""

    reading: str
    decision: str
    profile: Profile


class _Coverage:
    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._trial = Trial(pack)
        readings = self._trial.readings
        self._profiles = {name: Profiles(pack, name) for name in readings}
        self._rules: dict[str, tuple[str, Rule]] = {}
        for decision in pack.decisions:
            self._rules |= {rule.rule: (decision.decision, rule) for rule in pack.every_rule(decision.decision)}
        self._answers: dict[_Spot, Answers] = {}
        for spot, answers in self._list_spots():
            self._answers.setdefault(spot, answers)

    def measure(self, puts: Sequence[Put]) -> Coverage:
        wanted = [
            Obligation(decision, rule.rule, position, truth)
            for decision, rule in self._rules.values()
            for position, _ in enumerate(leaves(rule.when))
            for truth in (True, False)
        ]
        spots = {spot: set(self._show(*spot)) for spot in self._answers}
        feasible = set().union(*spots.values())
        shown = set().union(*(self._show_all(put.reading, put.known, put.given) for put in puts))
        infeasible = tuple(one for one in wanted if one not in feasible)
        missing = [one for one in wanted if one in feasible and one not in shown]
        covered = len(wanted) - len(infeasible) - len(missing)
        return Coverage(len(wanted), infeasible, covered, tuple(self._report(missing, spots)))

    def _show(self, reading: str, decision: str, profile: Profile) -> Iterator[Obligation]:
        """What one profile of a decision shows."""
        table = self._profiles[reading].decisions[decision]
        named = dict(zip(table.reads, profile, strict=True))
        for rule in table.rules:
            for position, truth in find_shown(rule.when, named):
                yield Obligation(decision, rule.rule, position, truth)

    def _show_all(self, reading: str, known: Known, given: Given) -> set[Obligation]:
        """What an intake shows: of each decision that an assessment would show, if all that it reads is settled."""
        found: set[Obligation] = set()
        for decision in {step for name in given.decisions for step in self._pack.chain(name)}:
            profile = self._settle(reading, known, decision)
            found |= set(self._show(reading, decision, profile)) if profile is not None else set()
        return found

    def _settle(self, reading: str, known: Known, decision: str) -> Profile | None:
        """The one profile of a decision that is left; None while several are, or where none is."""
        named = dict(zip(self._pack.question, known, strict=True))
        led = lead_to(self._profiles[reading], named, self._pack.decision[decision].reads)
        first = next(led, None)
        return first if next(led, None) is None else None

    def _list_spots(self) -> Iterator[tuple[_Spot, Answers]]:
        """Every profile that an assessment can show, with complete answers that lead to it.

        None that comes only with a sign on which all else is withheld.
        """
        net = self._pack.header.safety_net
        withholding = {level.level for level in net.levels if level.withholds} if net else set()
        for reading, profiles in self._profiles.items():
            scopes = profiles.completions.scopes
            for decision, table in profiles.decisions.items():
                beside = net is not None and decision not in self._pack.chain(net.decision)
                if net is not None and beside and not set(scopes[decision]).isdisjoint(scopes[net.decision]):
                    for profile, answers in profiles.reachable((*table.reads, net.decision)).items():
                        if profile[-1] not in withholding:
                            yield _Spot(reading, decision, profile[:-1]), answers
                else:
                    for profile, answers in profiles.reached(decision).items():
                        yield _Spot(reading, decision, profile), answers

    def _report(self, missing: Sequence[Obligation], spots: Mapping[_Spot, set[Obligation]]) -> Iterator[Missing]:
        """What is missing, each with a case that would show it; several share one where they can."""
        drafts: dict[Obligation, Put] = {}
        for one in missing:
            if one not in drafts:
                left = {other for other in missing if other not in drafts}
                richest = max((spot for spot in spots if one in spots[spot]), key=lambda spot: len(spots[spot] & left))
                draft = self._draft(richest)
                if draft is not None:
                    drafts |= dict.fromkeys(self._show_all(draft.reading, draft.known, draft.given) & left, draft)
            leaf = list(leaves(self._rules[one.rule][1].when))[one.position]
            state = "true" if one.truth else "false"
            case = write_case(drafts[one].case) if one in drafts else None
            detail = f"{write_condition(leaf)} {state}"
            message = f"rule {one.rule}: no case has {detail} where that alone decides if the rule holds"
            remedy = "add one that does" if case else "none was found that does"
            yield Missing(self._pack.place("rule", one.rule), f"{message}; {remedy}", detail, case, one)

    def _draft(self, spot: _Spot) -> Put | None:
        """A case that settles this profile, with as few answers as it takes."""
        answers = self._answers[spot]
        if self._put(spot, answers) is None:
            return None
        return self._put(spot, shrink(answers, lambda fewer: self._put(spot, fewer) is not None))

    def _put(self, spot: _Spot, answers: Mapping[str, str]) -> Put | None:
        known = select_known(self._pack, answers)
        if self._settle(spot.reading, known, spot.decision) != spot.profile:
            return None
        try:
            given = self._trial.give(known, spot.reading)
        except PackError:
            return None
        shown = {step for name in given.decisions for step in self._pack.chain(name)}
        if spot.decision not in shown:
            return None
        draft = draft_case(self._pack, answers, spot.reading, given)
        # The same intake may stand among the cases made for changes of rules, with more that it states.
        name = draft.case.case.replace("Draft,", "Draft to cover,", 1)
        return draft._replace(case=draft.case.model_copy(update={"case": name}))
