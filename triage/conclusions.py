"""What the answers come to under one reading, part by part: outcome, procedures, safety net, standing, decisions, notes.

Each part is remembered by what it can see of the answers, so that a stream of intakes costs a few lookups each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from triage.engine import Engine
from triage.pack import Pack, State
from triage.possibilities import Key, Possibilities, Value, is_open, remember

OPEN = "open"

Named = Literal["yes", "no", "open"]


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """What the answers leave possible of the outcome, in pack order; `outcome` is the one, the common part, or a state."""

    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcedureResult:
    """`named`: part of every possible outcome, of none, or of some. `value` is its decision's, None while open."""

    named: Named
    value: str | None


@dataclass(frozen=True, slots=True)
class SafetyNetResult:
    """`level` is the highest already reported; `open` if none is and some sign is open."""

    level: str
    settled: bool
    reported: tuple[str, ...]
    open_signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """A decision: its value (a list for `collect`: what every completion gives), what is possible, and what stands behind it."""

    value: Value | None
    possible: tuple[str, ...]
    rules: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A text of the pack that applies, with the statements it rests on."""

    id: str
    text: str
    statements: tuple[str, ...]


class Conclusions:
    """Everything that can be concluded from answers, already in the words of the pack, under one reading."""

    def __init__(self, pack: Pack, engine: Engine, reading: str) -> None:
        self.name = reading
        self.possibilities = Possibilities(pack, engine, reading if reading in pack.reading else None)
        self._pack = pack
        self._header = pack.header
        self._warnings = {question.question: question.warning for question in pack.questions if question.warning is not None}
        self._outcomes: dict[tuple[bool, Key], OutcomeResult] = {}
        self._nets: dict[tuple[bool, Key], SafetyNetResult] = {}
        self._results: dict[tuple[str, bool, Key], DecisionResult] = {}

    def outcome(self, values: Mapping[str, str]) -> OutcomeResult:
        """The outcome, after all that comes before it: an emergency, and answers that exclude each other."""
        if self._withheld(values):
            return OutcomeResult(State.CONTACT_CLINICIAN_NOW.value, False, ())
        contradictory = self.possibilities.exclusions(values).contradictory
        key = (contradictory, self.possibilities.key(self._header.outcome, values))
        found = self._outcomes.get(key)
        if found is None:
            found = self._contradiction() if contradictory else self._conclude(values)
            remember(self._outcomes, key, found)
        return found

    def _withheld(self, values: Mapping[str, str]) -> bool:
        net, result = self._header.safety_net, self.safety_net(values)
        return (
            net is not None
            and result is not None
            and any(level.level == result.level and level.withholds for level in net.levels)
        )

    def _contradiction(self) -> OutcomeResult:
        return OutcomeResult(State.CONTRADICTORY_ANSWERS.value, False, ())

    def _conclude(self, values: Mapping[str, str]) -> OutcomeResult:
        seen = self.possibilities.evaluate(self._header.outcome, values).values
        possible = tuple(outcome for outcome in self._pack.outcome if outcome in seen)
        if len(possible) == 1:
            return OutcomeResult(possible[0], True, possible)
        named = {name: frozenset(outcome.procedures) for name, outcome in self._pack.outcome.items()}
        common = frozenset.intersection(*(named[outcome] for outcome in possible))
        partial = next((outcome for outcome in named if common and named[outcome] == common), None)
        return OutcomeResult(partial or State.NOT_ENOUGH_INFORMATION.value, False, possible)

    def procedures(self, values: Mapping[str, str]) -> dict[str, ProcedureResult]:
        """For each procedure, whether the possible outcomes name it, and the value of its decision."""
        possible = self.outcome(values).possible_outcomes
        results = {}
        for procedure in self._header.procedures:
            naming = [procedure.procedure in self._pack.outcome[outcome].procedures for outcome in possible]
            named: Named = "open"
            if naming and all(naming) == any(naming):
                named = "yes" if all(naming) else "no"
            value = self.decision(procedure.decision, values).value
            results[procedure.procedure] = ProcedureResult(named, value if isinstance(value, str) else None)
        return results

    def safety_net(self, values: Mapping[str, str]) -> SafetyNetResult | None:
        """The safety net, which stands apart from all else; None if the pack has none."""
        net = self._header.safety_net
        if net is None:
            return None
        constrained = not self.possibilities.exclusions(values).contradictory
        key = (constrained, self.possibilities.key(net.decision, values))
        found = self._nets.get(key)
        if found is None:
            severe_first = [level.level for level in net.levels]
            possible = self.possibilities.evaluate(net.decision, values, constrained=constrained).values
            least = max(severe_first.index(str(value)) for value in possible)
            is_none = least == len(severe_first) - 1
            found = SafetyNetResult(
                level=OPEN if is_none and len(possible) > 1 else severe_first[least],
                settled=len(possible) == 1,
                reported=tuple(sign for sign, warning in self._warnings.items() if values.get(sign) == warning),
                open_signs=tuple(sign for sign in self._warnings if is_open(values.get(sign))),
            )
            remember(self._nets, key, found)
        return found

    def standing(self, values: Mapping[str, str]) -> str | None:
        """The standing of the imaging, or `open`; None if the pack has none."""
        standing = self._header.standing
        if standing is None:
            return None
        value = self.decision(standing.decision, values, apart=True).value
        return value if isinstance(value, str) else OPEN

    def decisions(self, values: Mapping[str, str]) -> dict[str, DecisionResult]:
        """Every decision; of a withheld mapping only the safety net."""
        net, standing = self._header.safety_net, self._header.standing
        apart = {part.decision for part in (net, standing) if part is not None}
        withheld = self._withheld(values)
        shown = [net.decision] if net is not None and withheld else list(self.possibilities.decisions)
        return {name: self.decision(name, values, apart=name in apart) for name in shown}

    def decision(self, name: str, values: Mapping[str, str], *, apart: bool = False) -> DecisionResult:
        """One decision. Where the answers exclude each other it has no value, unless it stands `apart`."""
        contradictory = self.possibilities.exclusions(values).contradictory
        key = (name, contradictory, self.possibilities.key(name, values))
        found = self._results.get(key)
        if found is None:
            if contradictory and not apart:
                found = DecisionResult(None, (), (), ())
            else:
                found = self._decide(name, values, constrained=not contradictory)
            remember(self._results, key, found)
        return found

    def _decide(self, name: str, values: Mapping[str, str], *, constrained: bool) -> DecisionResult:
        possible = self.possibilities.evaluate(name, values, constrained=constrained)
        behind = [
            code
            for before in self._pack.chain(name)
            for rule in self.possibilities.evaluate(before, values, constrained=constrained).rules
            for code in self._pack.rule[rule].because
        ]
        statements = self._pack.cite(behind)
        if self.possibilities.decisions[name].hit_policy == "unique":
            texts = tuple(str(value) for value in possible.values)
            return DecisionResult(texts[0] if len(texts) == 1 else None, texts, possible.rules, statements)
        lists = [set(value) for value in possible.values]
        order = [value for value in self._pack.values_of(name) if value in set().union(*lists)]
        certain = tuple(value for value in order if all(value in given for given in lists))
        return DecisionResult(certain, tuple(order), possible.rules, statements)

    def notes(self, values: Mapping[str, str]) -> Iterator[Remark]:
        """The notes that every completion gives, in pack order."""
        given: dict[str, list[str]] = {}
        for decision in self._header.notes:
            result = self.decision(decision, values)
            for name in result.value or ():
                giving = (rule for code in result.rules if (rule := self._pack.rule[code]).then == name)
                given.setdefault(name, []).extend(code for rule in giving for code in rule.because)
        for note in self._pack.notes:
            if note.note in given:
                yield Remark(note.note, note.text, self._pack.cite(given[note.note]))

    def rank_questions(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The open questions that matter to a reported decision: the safety net's, then the outcome's, then the others'."""
        net = self._header.safety_net
        first = self.possibilities.evaluate(net.decision, values).matters if net else ()
        best = self.possibilities.rank(self._header.outcome, values).best_first
        reported = {name for decision in self._header.reported for name in self.possibilities.evaluate(decision, values).matters}
        others = [question.question for question in self._pack.questions if question.question in reported]
        return tuple(dict.fromkeys((*first, *best, *others)))
