"""What the answers come to under one reading, part by part: outcome, procedures, safety net, standing, decisions, notes.

Each part is remembered by what it can see of the answers, so that a stream of intakes costs a few lookups each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Literal, NamedTuple

from triage.completions import Key
from triage.engine import Engine
from triage.pack import Pack
from triage.parts import State
from triage.possibilities import Known, Possibilities, Shared, remember
from triage.profiles import Value

OPEN = "open"

Named = Literal["yes", "no", "open"]


class OutcomeResult(NamedTuple):
    """What the answers leave possible of the outcome, in pack order; `outcome` is the one, the common part, or a state."""

    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]


class ProcedureResult(NamedTuple):
    """`named`: part of every possible outcome, of none, or of some. `value` is its decision's, None while open."""

    named: Named
    value: str | None


class SafetyNetResult(NamedTuple):
    """`level` is the highest already reported; `open` if none is and some sign is open."""

    level: str
    settled: bool
    reported: tuple[str, ...]
    open_signs: tuple[str, ...]


class DecisionResult(NamedTuple):
    """A decision: its value (a list for `collect`: what every completion gives), what is possible, and what stands behind it."""

    value: Value | None
    possible: tuple[str, ...]
    rules: tuple[str, ...]
    statements: tuple[str, ...]


class Remark(NamedTuple):
    """A text of the pack that applies, with the statements it rests on."""

    id: str
    text: str
    statements: tuple[str, ...]


NOTHING = DecisionResult(None, (), (), ())
_Plan = tuple[str, Callable[[Known], Key], dict[Key, DecisionResult]]


class Conclusions:
    """Everything that can be concluded from known answers, in the words of the pack, under one reading.

    `shared` is what the readings of the pack have in common; without it this reading stands alone.
    """

    def __init__(self, pack: Pack, engine: Engine, reading: str, shared: Shared | None = None) -> None:
        self.name = reading
        self.possibilities = Possibilities(pack, engine, reading, shared)
        self._pack = pack
        self._header = pack.header
        net, standing = pack.header.safety_net, pack.header.standing
        self._apart = {part.decision for part in (net, standing) if part is not None}
        self._withholding = {level.level for level in net.levels if level.withholds} if net is not None else set()
        self._warnings = {question.question: question.warning for question in pack.questions if question.warning is not None}
        self._outcomes: dict[Key, OutcomeResult] = {}
        self._nets: dict[Key, SafetyNetResult] = {}
        self._remarks: dict[tuple[str, tuple[str, ...]], Remark] = {}
        # For each decision: its name, what it can see of the known answers, and a memory of its own.
        self._plan: list[_Plan] = [(name, see, {}) for name, see in self.possibilities.see.items()]

    def prepare(self, most: int) -> None:
        """Conclude all that can be concluded from one scope's questions, so that nobody waits for it; not from a scope with more
        than `most` combinations of answers, those left open among them."""
        for scope in sorted(set(self.possibilities.scopes.values())):
            answers = [(None, *self._pack.question[name].values) for name in scope]
            if prod(map(len, answers)) > most:
                continue
            for key in product(*answers):
                known = tuple(map(dict(zip(scope, key, strict=True)).get, self._pack.question))
                self.outcome(known)
                if not self.possibilities.exclusions(known).contradictory:
                    self.decisions(known)
                    self.rank_questions(known)

    def outcome(self, known: Known) -> OutcomeResult:
        """The outcome, after all that comes before it: an emergency, and answers that exclude each other."""
        if self.withholds(known):
            return OutcomeResult(State.CONTACT_CLINICIAN_NOW.value, False, ())
        return self.mapping(known)

    def withholds(self, known: Known) -> bool:
        """Whether the safety net keeps the mapping back."""
        net = self.safety_net(known)
        return net is not None and net.level in self._withholding

    def mapping(self, known: Known) -> OutcomeResult:
        """The outcome as it is whatever the safety net says."""
        if self.possibilities.exclusions(known).contradictory:
            return OutcomeResult(State.CONTRADICTORY_ANSWERS.value, False, ())
        key = self.possibilities.see[self._header.outcome](known)
        found = self._outcomes.get(key)
        if found is None:
            found = self._conclude(known)
            remember(self._outcomes, key, found)
        return found

    def _conclude(self, known: Known) -> OutcomeResult:
        seen = self.possibilities.evaluate(self._header.outcome, known).values
        possible = tuple(outcome for outcome in self._pack.outcome if outcome in seen)
        if len(possible) == 1:
            return OutcomeResult(possible[0], True, possible)
        named = {name: frozenset(outcome.procedures) for name, outcome in self._pack.outcome.items()}
        common = frozenset.intersection(*(named[outcome] for outcome in possible))
        partial = next((outcome for outcome in (*possible, *named) if common and named[outcome] == common), None)
        return OutcomeResult(partial or State.NOT_ENOUGH_INFORMATION.value, False, possible)

    def safety_net(self, known: Known) -> SafetyNetResult | None:
        """The safety net, which stands apart from all else: no constraint speaks of its signs. None if the pack has none."""
        net = self._header.safety_net
        if net is None:
            return None
        key = self.possibilities.see[net.decision](known)
        found = self._nets.get(key)
        if found is None:
            answers = dict(zip(self._pack.question, known, strict=True))
            severe_first = [level.level for level in net.levels]
            possible = self.possibilities.evaluate(net.decision, known).values
            least = max(severe_first.index(str(value)) for value in possible)
            is_none = least == len(severe_first) - 1
            found = SafetyNetResult(
                level=OPEN if is_none and len(possible) > 1 else severe_first[least],
                settled=len(possible) == 1,
                reported=tuple(sign for sign, warning in self._warnings.items() if answers[sign] == warning),
                open_signs=tuple(sign for sign in self._warnings if answers[sign] is None),
            )
            remember(self._nets, key, found)
        return found

    def decisions(self, known: Known) -> dict[str, DecisionResult]:
        """Every decision, with the rules that fire in some completion and what the chain behind it rests on.

        Where the answers exclude each other, only the decisions that stand apart have a value.
        """
        contradictory = self.possibilities.exclusions(known).contradictory
        results = {}
        for name, see, memory in self._plan:
            if contradictory and name not in self._apart:
                results[name] = NOTHING
                continue
            key = see(known)
            found = memory.get(key)
            if found is None:
                found = self._decide(name, known)
                remember(memory, key, found)
            results[name] = found
        return results

    def _decide(self, name: str, known: Known) -> DecisionResult:
        possible = self.possibilities.evaluate(name, known)
        if not possible.values:
            return NOTHING  # the answers that exclude each other are among those it sees
        statements = self._pack.cite(
            code
            for before in self._pack.chain(name)
            for rule in self.possibilities.evaluate(before, known).rules
            for code in self._pack.rule[rule].because
        )
        if self.possibilities.decisions[name].hit_policy == "unique":
            texts = tuple(str(value) for value in possible.values)
            return DecisionResult(texts[0] if len(texts) == 1 else None, texts, possible.rules, statements)
        lists = [set(value) for value in possible.values]
        order = [value for value in self._pack.values_of(name) if value in set().union(*lists)]
        certain = tuple(value for value in order if all(value in given for given in lists))
        return DecisionResult(certain, tuple(order), possible.rules, statements)

    def standing(self, decisions: Mapping[str, DecisionResult]) -> str | None:
        """The standing of the imaging, or `open`; None if the pack has none."""
        standing = self._header.standing
        if standing is None:
            return None
        value = decisions[standing.decision].value
        return value if isinstance(value, str) else OPEN

    def procedures(self, possible: Sequence[str], decisions: Mapping[str, DecisionResult]) -> dict[str, ProcedureResult]:
        """For each procedure, whether the possible outcomes name it, and the value of its decision."""
        results = {}
        for procedure in self._header.procedures:
            naming = [procedure.procedure in self._pack.outcome[outcome].procedures for outcome in possible]
            named: Named = "open"
            if naming and all(naming) == any(naming):
                named = "yes" if all(naming) else "no"
            value = decisions[procedure.decision].value
            results[procedure.procedure] = ProcedureResult(named, value if isinstance(value, str) else None)
        return results

    def notes(self, decisions: Mapping[str, DecisionResult]) -> tuple[Remark, ...]:
        """The notes that every completion gives, in pack order."""
        given: dict[str, list[str]] = {}
        for decision in self._header.notes:
            result = decisions[decision]
            for name in result.value or ():
                given.setdefault(name, []).extend(result.rules)
        return tuple(self._remark(name, tuple(given[name])) for name in self._pack.note if name in given) if given else ()

    def _remark(self, name: str, fired: tuple[str, ...]) -> Remark:
        found = self._remarks.get((name, fired))
        if found is None:
            giving = (rule for code in fired if (rule := self._pack.rule[code]).then == name)
            found = Remark(name, self._pack.note[name].text, self._pack.cite(code for rule in giving for code in rule.because))
            remember(self._remarks, (name, fired), found)
        return found

    def rank_questions(self, known: Known) -> tuple[str, ...]:
        """The open questions that matter to a reported decision: the safety net's, then the outcome's, then the others'."""
        evaluate, net = self.possibilities.evaluate, self._header.safety_net
        first = evaluate(net.decision, known).matters if net else ()
        best = self.possibilities.rank(self._header.outcome, known).best_first
        reported = {name for decision in self._header.reported for name in evaluate(decision, known).matters}
        others = (name for name in self._pack.question if name in reported) if reported else ()
        return tuple(dict.fromkeys((*first, *best, *others)))
