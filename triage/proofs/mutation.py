"""Whether a pack's own cases notice every single change of its rules.

A change that tells nowhere is equivalent and set aside (`equivalence`); each of the others has to make some case fail. What no
case notices is a survivor, and comes with a case that would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import NamedTuple

from triage.cases import Case, Given, find_departures
from triage.completions import MAX_COMPLETIONS, Completions
from triage.conclusions import OPEN
from triage.errors import Fault, PackError, Place
from triage.pack import Pack
from triage.possibilities import Known, select_known
from triage.profiles import Answers, Profile
from triage.proofs.drafts import cover, draft_case, merge, shrink, write_case
from triage.proofs.equivalence import Differing, Equivalence
from triage.proofs.mutants import Mutant, list_mutants
from triage.proofs.trials import Put, Trial, lead_to, put_cases, readings_of

MAX_TRIED = 50
# About half a minute of work.
MAX_COMPARED = 4_000_000

Wanted = Callable[[Case, Given | None], bool]


class Survivor(NamedTuple):
    """A change that no case notices. `case` is one that would, ready for `cases.yaml`; None where none was found."""

    place: Place
    message: str
    case: str | None
    mutant: Mutant


class MutationResult(NamedTuple):
    """What became of every change. `undecided` are those that leave too much to go through."""

    total: int
    equivalent: tuple[Mutant, ...]
    killed: int
    survivors: tuple[Survivor, ...]
    undecided: tuple[Mutant, ...]

    @property
    def wanted(self) -> int:
        """How many changes the cases have to notice."""
        return self.killed + len(self.survivors)

    @property
    def drafts(self) -> tuple[str, ...]:
        """The ready-made cases, each once."""
        return tuple(dict.fromkeys(survivor.case for survivor in self.survivors if survivor.case is not None))


def find_survivors(pack: Pack, cases: Iterable[Case]) -> MutationResult:
    """Apply every single change to a pack and see which ones its cases notice. Cases that fail already are passed over.

    Raises PackError where the pack is too large to go through, or its constraints exclude everything.
    """
    _refuse_too_much(pack)
    return _Mutation(pack, cases).run()


class _Survival(NamedTuple):
    """A change that is left, and where it tells."""

    mutant: Mutant
    differing: Mapping[str, Differing]


class _Mutation:
    def __init__(self, pack: Pack, cases: Iterable[Case]) -> None:
        self._pack = pack
        self._trial = Trial(pack)
        self._equivalence = Equivalence(pack)
        # The fewer answers are open, the sooner a case is tried: it is read quickly, and notices much.
        self._puts = sorted(put_cases(pack, cases), key=lambda put: self._count_open(put.known))
        self._rules = {name: {rule.rule for rule in pack.every_rule(name)} for name in pack.decision}
        net = pack.header.safety_net
        apart = {net.decision} if net else set()
        # A constraint can touch all but the safety net, and the outcome always: it says which answers exclude each other.
        self._touched: dict[str | None, set[str]] = {None: {*(pack.decision.keys() - apart), pack.header.outcome}}
        self._touched |= {name: {other for other in pack.decision if name in pack.chain(other)} for name in pack.decision}
        self._led: dict[tuple[str, Known, tuple[str, ...]], frozenset[Profile]] = {}

    def run(self) -> MutationResult:
        total = killed = 0
        equivalent, undecided, left = [], [], []
        for mutant in list_mutants(self._pack):
            total += 1
            try:
                differing = self._equivalence.find(mutant)
                if not differing:
                    equivalent.append(mutant)
                elif next(self._kill(_Survival(mutant, differing), self._puts), None) is not None:
                    killed += 1
                else:
                    left.append(_Survival(mutant, differing))
            except PackError:
                undecided.append(mutant)
        return MutationResult(total, tuple(equivalent), killed, tuple(self._report(left)), tuple(undecided))

    def _count_open(self, known: Known) -> int:
        sizes = map(len, self._equivalence.completions.values.values())
        return prod(size for size, answer in zip(sizes, known, strict=True) if answer is None)

    def _kill(self, one: _Survival, puts: Sequence[Put]) -> Iterator[Put]:
        """The cases that notice a change. Those that it cannot reach, or that state nothing it could touch, are not tried."""
        trial = self._try(one.mutant)
        stating = [put for put in puts if self._states(put.case, one.mutant)]
        for own in (True, False):
            for put in stating:
                reached = self._reaches(put, one.mutant, one.differing)
                if reached and (put.reading in reached) == own and trial.kills(put):
                    yield put

    def _try(self, mutant: Mutant) -> Trial:
        return Trial(mutant.pack, self._trial, self._touched[mutant.decision])

    def _states(self, case: Case, mutant: Mutant) -> bool:
        """Whether a case states anything that a change could touch. A list is read by no other decision and never missing."""
        table = self._pack.decision.get(mutant.decision or "")
        if table is None or table.hit_policy == "unique":
            return True
        noted = case.notes is not None and table.decision in self._pack.header.notes
        return noted or table.decision in (case.decisions or {}) or not self._rules[table.decision].isdisjoint(case.rules)

    def _reaches(self, put: Put, mutant: Mutant, differing: Mapping[str, Differing]) -> set[str]:
        """The readings under which some completion of a case is told apart, or could be."""
        return {name for name, found in differing.items() if self._meets(put, mutant, name, found)}

    def _meets(self, put: Put, mutant: Mutant, reading: str, differing: Differing) -> bool:
        known = dict(zip(self._pack.question, put.known, strict=True))
        if mutant.decision is None:
            answers = tuple(known[name] for name in differing.names)
            told = (zip(answers, profile, strict=True) for profile in differing.profiles)
            if any(all(answer in (None, value) for answer, value in pairs) for pairs in told):
                return True
            # Answers that exclude each other before and after may be tied to others now, and take them along.
            return next(self._equivalence.completions.complete(differing.names, answers), None) is None
        key = (reading, put.known, differing.names)
        if key not in self._led:
            self._led[key] = frozenset(lead_to(self._equivalence.profiles[reading], known, differing.names))
        # Where answers exclude each other nothing is led to, and what a decision now reads may be among them.
        return not self._led[key] or not self._led[key].isdisjoint(differing.profiles)

    def _report(self, left: Sequence[_Survival]) -> Iterator[Survivor]:
        """The survivors, each with a case that would notice it; several share one where they can."""
        drafts: dict[tuple[object, ...], Put] = {}
        noticed: set[tuple[object, ...]] = set()
        for index, one in enumerate(left):
            found = list(self._kill(one, tuple(drafts.values())))
            if not found and (draft := self._draft(one)) is not None:
                earlier = drafts.get(_key(draft))
                drafts[_key(draft)] = merge(earlier, draft) if earlier else draft
                found = [draft]
            noticed |= {(index, *_key(draft)) for draft in found}
        chosen = dict(cover(range(len(left)), list(drafts), lambda key, index: (index, *key) in noticed))
        for index, (mutant, _) in enumerate(left):
            case = write_case(drafts[chosen[index]].case) if index in chosen else None
            remedy = "add one that does" if case else self._say_why(left[index])
            yield Survivor(mutant.place, f"{mutant}: no case notices this change; {remedy}", case, mutant)

    def _say_why(self, one: _Survival) -> str:
        """Why no case was found: a gap or a conflict that is met wherever the change tells, or else that none shows it."""
        met: dict[str, None] = {}
        for reading, answers in _list_places(one)[:MAX_TRIED]:
            try:
                self._trial.give(select_known(self._pack, answers), reading)
            except PackError as error:
                met |= {f"{fault.message.partition(':')[0]} has a {fault.code}": None for fault in error.faults}
        return f"no case can show it while {' and '.join(met)}" if met else "nothing that a case can state shows it"

    def _draft(self, one: _Survival) -> Put | None:
        """A case that notices a change, with as few answers as it takes to state only what is settled, if that can be."""
        trial = self._try(one.mutant)
        places = _list_places(one)
        for wanted in (_is_telling, _is_certain, _is_any):
            for reading, answers in places[:MAX_TRIED]:
                tell = partial(self._tell, trial, reading, wanted)
                if tell(answers) is not None:
                    return tell(shrink(answers, lambda fewer: tell(fewer) is not None))  # noqa: B023 - called at once
        return None

    def _tell(self, trial: Trial, reading: str, wanted: Wanted, answers: Mapping[str, str]) -> Put | None:
        """A case with these answers, if it tells a changed pack from the pack in the way that is wanted."""
        known = select_known(self._pack, answers)
        try:
            given = self._trial.give(known, reading)
        except PackError:
            return None
        other = _give(trial, known, reading)
        draft = draft_case(self._pack, answers, reading, given, other)
        told = other is None or find_departures(draft.case, other)
        return draft if told and wanted(draft.case, other) else None


def _list_places(one: _Survival) -> list[tuple[str, Answers]]:
    """Readings and answers under which a change tells."""
    return [(reading, answers) for reading, found in one.differing.items() for answers in found.profiles.values()]


def _refuse_too_much(pack: Pack) -> None:
    """Raise PackError where changes and the completions that they are compared on are too many for a wait of half a minute."""
    completions, readings = Completions(pack), len(readings_of(pack))
    sizes = {name: completions.count(scope) for name, scope in completions.scopes.items()}
    total = changes = 0
    for mutant in list_mutants(pack):
        changes += 1
        reads = mutant.pack.decision[mutant.decision].reads if mutant.decision else ()
        size = completions.count(completions.scope(reads)) if reads else max(sizes.values())
        total += readings * size if size <= MAX_COMPLETIONS else 0  # what is too large by itself is told apart, at once
    if total > MAX_COMPARED:
        message = f"{changes:,} changes of the rules are to be compared on {total:,} completions; {MAX_COMPARED:,} are the most"
        remedy = "so the cases are not held against them; split a decision or shorten the lists of values, or check with --quick"
        raise PackError([Fault(Place(pack.sources["decisions.yaml"].file, 1, 1), "too-large", f"{message}, {remedy}")])


def _is_telling(case: Case, other: Given | None) -> bool:
    """Whether a case says by something settled, on answers that it names, what a changed pack gives otherwise."""
    if not case.answers or not _is_certain(case, other):
        return False
    if other is None:
        return bool(case.rules)
    unsettled = {"possible_outcomes"} if case.settled else {"possible_outcomes", "outcome", "settled"}
    unsettled |= {"safety_net"} if case.safety_net == OPEN else set()
    unsettled |= {"standing"} if case.standing == OPEN else set()
    return any(departure.key not in unsettled for departure in find_departures(case, other))


def _is_certain(case: Case, _other: Given | None) -> bool:
    """Whether every decision that a case states is settled."""
    return all(len(values) == 1 for values in (case.decisions or {}).values())


def _is_any(_case: Case, _other: Given | None) -> bool:
    return True


def _key(put: Put) -> tuple[object, ...]:
    """What makes two drafts the same intake."""
    return put.reading, put.known


def _give(trial: Trial, known: Known, reading: str) -> Given | None:
    try:
        return trial.give(known, reading)
    except PackError:
        return None
