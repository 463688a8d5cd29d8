"""The answer of the tool for one intake: what the documents typically connect with it, why, and what is still open.

`assess` is the one way to an answer. It withholds the mapping where the safety net says so, gives no outcome where the answers
exclude each other, and is settled only where every completion of the open answers agrees. It holds no clock and no chance: the
same pack and intake give the same assessment, whatever order the answers came in.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, NoReturn, TypeVar

from triage.conclusions import Conclusions, DecisionResult, OutcomeResult, ProcedureResult, Remark, SafetyNetResult
from triage.conditions import leaves
from triage.engine import Engine
from triage.intake import Answers, Intake, check_labels, normalise
from triage.pack import Pack
from triage.parts import State
from triage.possibilities import Known, Shared, remember, select_known

SCHEMA = "vcf-triage/assessment/1"
MAX_ASSESSMENTS = 50_000
MAX_PREPARED = 10_000

K = TypeVar("K")
V = TypeVar("V")

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class _Fixed(dict[K, V]):
    """A dict that refuses every change, since one remembered assessment is given to many. Its copies are plain dicts."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("an assessment cannot be changed; change a copy, such as dict(assessment.answers)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[dict[K, V]], tuple[dict[K, V]]]:
        return dict, (dict(self),)


class PackReference(NamedTuple):
    """Which pack gave an assessment."""

    id: str
    version: str
    digest: str


class ReadingResult(NamedTuple):
    """The same intake under another reading. `differs`: its possible outcomes are not the same."""

    reading: str
    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]
    differs: bool


class Assessment(NamedTuple):
    """The answer for one intake; the keys are those of its JSON. `assessment` is the digest from which it can be replayed."""

    schema: str
    assessment: str
    reference: str | None
    site: str | None
    pack: PackReference
    reading: str
    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]
    procedures: Mapping[str, ProcedureResult]
    safety_net: SafetyNetResult | None
    standing: str | None
    decisions: Mapping[str, DecisionResult]
    next_questions: tuple[str, ...]
    to_find_out: tuple[str, ...]
    to_settle: tuple[str, ...]
    implied: Mapping[str, str]
    contradictions: tuple[tuple[str, ...], ...]
    readings: tuple[ReadingResult, ...]
    notes: tuple[Remark, ...]
    have_ready: tuple[Remark, ...]
    answers: Mapping[str, str]
    typed: Mapping[str, str]
    sources: Mapping[str, str]
    headline: str
    deferral: str


def assess(pack: Pack, intake: Intake, *, reading: str | None = None) -> Assessment:
    """Assess one intake under a reading (None: the default of the pack).

    Raises IntakeError for answers that cannot be used, RequestError for a reading that is not there, PackError where rules of the
    pack conflict or none applies, EngineFault where the engine fails; in each case there is no outcome.
    """
    return assessor_for(pack).assess(intake, reading)


def assessor_for(pack: Pack, *, most: int = MAX_ASSESSMENTS) -> Assessor:
    """The assessor of a pack; one a pack, made when first asked for, and then told how many assessments to remember at most."""
    assessor: Assessor | None = pack.remembered.get("assessor")
    if assessor is None:
        assessor = pack.remembered.setdefault("assessor", Assessor(pack, most=most))
    return assessor


class Assessor:
    """Assesses intakes against one pack and remembers what it fired. Threads may share one."""

    def __init__(self, pack: Pack, *, most: int = MAX_ASSESSMENTS) -> None:
        self._pack = pack
        self._most = most
        # Now and not in the middle of an assessment: until Python 3.12 a fork in that instant leaves the child waiting.
        _ = pack.statement, pack.source, pack.outcome, pack.note, pack.rule, pack.cite_order, pack.question, pack.decision
        self._engine = Engine()
        self.readings = pack.reading_names
        shared = Shared(pack)
        self._under = {name: Conclusions(pack, self._engine, name, shared) for name in self.readings}
        self._pack_reference = PackReference(pack.id, pack.version, pack.digest)
        self._have_ready = tuple(Remark(item.id, item.text, item.because) for item in pack.header.have_ready)
        self._deciding = self._find_deciding()
        self._keeping = threading.Lock()
        self._outcomes: dict[tuple[object, ...], OutcomeResult] = {}
        # By answers as they were given, and in the words of the pack: what is spelled otherwise is looked up, not built again.
        self._given: OrderedDict[tuple[object, ...], Assessment] = OrderedDict()
        self._assessments: OrderedDict[tuple[object, ...], Assessment] = OrderedDict()

    def close(self) -> None:
        """Free what the engine holds. Assessing anything new afterwards is an EngineFault."""
        self._engine.close()

    def prepare(self, most: int = MAX_PREPARED) -> None:
        """Find beforehand what each decision comes to for any answers, as far as they are few; see `Conclusions.prepare`."""
        for under in self._under.values():
            under.prepare(most)

    def outcome(self, answers: Mapping[str, str], reading: str | None = None) -> OutcomeResult:
        """The outcome alone, for answers already in the words of the pack. Raises as `assess` does."""
        key = (reading, *map(answers.get, self._deciding))
        found = self._outcomes.get(key)
        if found is None:
            found = self.under(reading).outcome(select_known(self._pack, answers))
            remember(self._outcomes, key, found)
        return found

    def assess(self, intake: Intake, reading: str | None = None) -> Assessment:
        """Assess one intake; see `triage.assess`."""
        answers, sources = intake.answers, intake.sources
        key = (reading, *answers, None, *answers.values(), None, *sources.items())
        # Only text is looked up as it was given: True and 1 are one key, and not one answer; a list is no key at all.
        as_text = all(type(answer) is str for answer in (*answers.values(), *sources.values()))
        found = self._given.get(key) if as_text else None
        if found is None:
            found = self._assess(normalise(self._pack, intake), reading)
            self._keep(self._given, key, found)
        if intake.reference is None and intake.site is None:
            return found
        check_labels(intake)
        return found._replace(reference=intake.reference, site=intake.site)

    def _assess(self, answers: Answers, reading: str | None) -> Assessment:
        under = self.under(reading)
        key = (under.name, *answers.values.items(), None, *answers.typed.items(), None, *answers.sources.items())
        found = self._assessments.get(key)
        if found is None:
            found = self._build(under, answers)
            self._keep(self._assessments, key, found)
        return found

    def _keep(self, memory: OrderedDict[tuple[object, ...], Assessment], key: tuple[object, ...], found: Assessment) -> None:
        """Remember an assessment, and forget the oldest: to forget all at once takes a moment in which others wait."""
        with self._keeping:  # else two threads could forget one that is not there
            memory[key] = found
            if len(memory) > self._most:
                memory.popitem(last=False)

    def behind_outcome(self, reading: str | None = None) -> tuple[str, ...]:
        """The questions on which the outcome rests, warning signs left aside, in pack order."""
        return self.under(reading).possibilities.scopes[self._pack.header.outcome]

    def under(self, name: str | None) -> Conclusions:
        """What is concluded under a reading; None is the default. Raises RequestError for one that is not there."""
        return self._under[self._pack.choose_reading(name)]

    def _find_deciding(self) -> tuple[str, ...]:
        """The questions on which the outcome depends, the safety net's and those that constraints tie together included."""
        header = self._pack.header
        names = {leaf.name for constraint in self._pack.constraints for leaf in leaves(constraint.never)}
        for under in self._under.values():
            names.update(under.possibilities.scopes[header.outcome])
            names.update(under.possibilities.scopes[header.safety_net.decision] if header.safety_net else ())
        return tuple(name for name in self._pack.question if name in names)

    def _build(self, under: Conclusions, answers: Answers) -> Assessment:
        header = self._pack.header
        known = select_known(self._pack, answers.values)
        exclusions = under.possibilities.exclusions(known)
        net, result, decisions = under.safety_net(known), under.outcome(known), under.decisions(known)
        standing = under.standing(decisions)
        withheld = result.outcome == State.CONTACT_CLINICIAN_NOW
        if withheld and header.safety_net is not None:
            decisions = {header.safety_net.decision: decisions[header.safety_net.decision]}
        mapped = not withheld and not exclusions.contradictory
        ranked = under.rank_questions(known) if mapped else ()
        return Assessment(
            schema=SCHEMA,
            assessment=self._identify(under.name, answers),
            reference=None,
            site=None,
            pack=self._pack_reference,
            reading=under.name,
            outcome=result.outcome,
            settled=result.settled,
            possible_outcomes=result.possible_outcomes,
            procedures=_Fixed({} if withheld else under.procedures(result.possible_outcomes, decisions)),
            safety_net=net,
            standing=standing,
            decisions=_Fixed(decisions),
            next_questions=tuple(name for name in ranked if name not in answers.values),
            to_find_out=tuple(name for name in ranked if name in answers.values),
            to_settle=under.possibilities.rank(header.outcome, known).to_settle if mapped else (),
            implied=_Fixed(exclusions.implied if mapped else {}),
            contradictions=() if withheld else exclusions.contradictions,
            readings=() if withheld else tuple(self._compare(under, known, result)),
            notes=under.notes(decisions) if mapped else (),
            have_ready=() if withheld else self._have_ready,
            answers=_Fixed(answers.values),
            typed=_Fixed(answers.typed),
            sources=_Fixed(answers.sources),
            headline=self._headline(result, net),
            deferral=header.deferral.text,
        )

    def _compare(self, chosen: Conclusions, known: Known, result: OutcomeResult) -> Iterator[ReadingResult]:
        for other in self._under.values():
            if other is not chosen:
                under = other.outcome(known)
                differs = under.possible_outcomes != result.possible_outcomes
                yield ReadingResult(other.name, under.outcome, under.settled, under.possible_outcomes, differs)

    def _identify(self, reading: str, answers: Answers) -> str:
        told = {"pack": self._pack.digest, "reading": reading, "answers": answers.values, "sources": answers.sources}
        return hashlib.sha256(_CANONICAL.encode(told).encode()).hexdigest()

    def _headline(self, result: OutcomeResult, net: SafetyNetResult | None) -> str:
        header = self._pack.header
        match result.outcome:
            case State.CONTACT_CLINICIAN_NOW:
                return header.headlines.contact_clinician_now
            case State.CONTRADICTORY_ANSWERS:
                text = header.headlines.contradictory_answers
            case State.NOT_ENOUGH_INFORMATION:
                text = header.headlines.not_enough_information
            case named:
                outcome = self._pack.outcome[named]
                text = outcome.headline if result.settled else outcome.headline_open or outcome.headline
        if net is None or header.safety_net is None:
            return text
        levels = header.safety_net.levels
        reported = [level.text for level in levels[:-1] if level.level == net.level]
        return " ".join([*reported, text, *([header.safety_net.open] if net.open_signs else [])])
