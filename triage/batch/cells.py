"""What one row of a batch shows of an assessment, and how it comes apart into findings that rest on few questions each.

A year of intakes has few distinct profiles for each finding, although hardly two rows are alike. So the cells of a row are put
together from findings, each made once for each distinct profile of the questions that it sees, through the same conclusions that
an assessment is made of. `Cells` says what the cells are; that an assessment says the same is proved by enumeration in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from triage.assessment import assessor_for
from triage.conclusions import OutcomeResult
from triage.pack import Pack
from triage.parts import UNKNOWN, State
from triage.possibilities import Known, remember, select_known

BETWEEN = "|"


class Cells(NamedTuple):
    """The columns of a batch; None is an empty cell. Where the mapping is withheld, every cell that would tell of it is empty."""

    outcome: str
    settled: bool
    possible_outcomes: str | None
    safety_net: str | None
    standing: str | None
    next_question: str | None
    to_settle: str | None
    reading_differs: bool | None


COLUMNS = Cells._fields
TRUTHS = ("settled", "reading_differs")


def _join(names: Iterable[str]) -> str | None:
    return BETWEEN.join(names) or None


Ask = tuple[int, int, str]


class Finding(NamedTuple):
    """What the answers to some questions say of a row; what others say is not there (None, or nothing).

    `withheld` and `differs` have one item for each reading, that of the row first: whether its safety net keeps the mapping back,
    and whether other outcomes are possible under it. `ask` is the question to ask next, after its place among all of them.
    """

    excluded: bool = False
    level: str | None = None
    withheld: tuple[bool, ...] = ()
    result: OutcomeResult | None = None
    differs: tuple[bool, ...] = ()
    to_settle: tuple[str, ...] = ()
    standing: str | None = None
    ask: Ask | None = None


NOTHING = Finding()
View = Callable[[Known], tuple[Finding, tuple[Ask, ...]]]


class Parts:
    """The cells of a pack's batches under one reading, as findings on groups of questions.

    `groups` are the questions that each group of findings sees. A finding whose questions all belong to a larger group is found
    there; groups may have questions in common.
    """

    def __init__(self, pack: Pack, reading: str | None = None) -> None:
        assessor = assessor_for(pack)
        self._pack = pack
        self._under = assessor.under(reading)
        self._readings = [self._under, *(assessor.under(name) for name in assessor.readings if name != self._under.name)]
        self._order = {name: position for position, name in enumerate(pack.question)}
        views = sorted(self._list_views(), key=lambda view: len(view[0]), reverse=True)
        held: dict[frozenset[str], list[View]] = {}
        for questions, view in views:
            home = next((group for group in held if questions <= group), questions)
            held.setdefault(home, []).append(view)
        self.groups = tuple(tuple(sorted(group, key=self._order.__getitem__)) for group in held)
        self._views = tuple(held.values())
        self._places = tuple({name: place for place, name in enumerate(group)} for group in self.groups)
        self._memories: tuple[dict[Known, tuple[Finding, tuple[Ask, ...]]], ...] = tuple({} for _ in held)

    def find(self, group: int, answers: Sequence[str | None]) -> Finding:
        """What is found for the answers to one group's questions, in its order, None for those that were not asked."""
        known = tuple([None if answer == UNKNOWN else answer for answer in answers])
        memory = self._memories[group]
        if known not in memory:
            values = {name: value for name, value in zip(self.groups[group], known, strict=True) if value is not None}
            remember(memory, known, self._find_known(group, select_known(self._pack, values)))
        # Only what to ask next tells an unknown answer from one that was not asked for.
        found, open_first = memory[known]
        places = self._places[group]
        ask = next((ask for ask in open_first if answers[places[ask[2]]] is None), None)
        return found if ask is None else found._replace(ask=ask)

    def _find_known(self, group: int, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        """What is found, without what to ask next, and what there is to ask, the first first."""
        found = NOTHING
        asks: list[Ask] = []
        for view in self._views[group]:
            seen, more = view(known)
            found = merge(found, seen)
            asks += more
        idle = found.excluded or (found.withheld and found.withheld[0])
        return found, () if idle else tuple(sorted(asks, key=itemgetter(0, 1)))

    def _list_views(self) -> Iterator[tuple[frozenset[str], View]]:
        """Each finding with the questions that it sees."""
        header, possibilities = self._pack.header, self._under.possibilities
        scopes = {name: frozenset(scope) for name, scope in possibilities.scopes.items()}
        if header.safety_net is not None:
            yield scopes[header.safety_net.decision], self._find_signs
        yield scopes[header.outcome], self._find_mapped
        if header.standing is not None:
            yield scopes[header.standing.decision], self._find_standing
        for decision in header.reported:
            yield scopes[decision], partial(self._find_open, decision)
        for questions in possibilities.tied:
            yield frozenset(questions), self._find_excluded

    def _find_signs(self, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        net, header = self._under.safety_net(known), self._pack.header.safety_net
        if net is None or header is None:
            return NOTHING, ()
        matters = self._under.possibilities.evaluate(header.decision, known).matters
        withheld = tuple(under.withholds(known) for under in self._readings)
        return Finding(level=net.level, withheld=withheld), tuple((0, 0, name) for name in matters)

    def _find_mapped(self, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        results = [under.mapping(known) for under in self._readings]
        best_first, to_settle = self._under.possibilities.rank(self._pack.header.outcome, known)
        differs = tuple(result.possible_outcomes != results[0].possible_outcomes for result in results)
        return Finding(result=results[0], differs=differs, to_settle=to_settle), tuple((1, 0, name) for name in best_first)

    def _find_standing(self, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        return Finding(standing=self._under.standing(self._under.decisions(known))), ()

    def _find_open(self, decision: str, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        matters = self._under.possibilities.evaluate(decision, known).matters
        return NOTHING, tuple((2, self._order[name], name) for name in matters)

    def _find_excluded(self, known: Known) -> tuple[Finding, tuple[Ask, ...]]:
        return Finding(excluded=self._under.possibilities.exclusions(known).contradictory), ()


def merge(one: Finding, other: Finding) -> Finding:
    """What two findings say together, without what the one makes idle in the other, so that few are told apart."""
    level, withheld = one.level or other.level, one.withheld or other.withheld
    standing = one.standing or other.standing
    excluded = one.excluded or other.excluded
    if withheld and withheld[0]:
        return Finding(level=level, withheld=(True,), standing=standing)
    if excluded:
        return Finding(True, level, withheld, standing=standing)
    first = one if one.result is not None else other
    asked = min((found.ask for found in (one, other) if found.ask is not None), default=None)
    return Finding(False, level, withheld, first.result, first.differs, first.to_settle, standing, asked)


def finish(found: Finding) -> Cells:
    """The cells of a row from all that was found for it."""
    if found.withheld and found.withheld[0]:
        return Cells(State.CONTACT_CLINICIAN_NOW.value, False, None, found.level, found.standing, None, None, None)
    if found.excluded or found.result is None:
        return Cells(State.CONTRADICTORY_ANSWERS.value, False, None, found.level, found.standing, None, None, False)
    return Cells(
        outcome=found.result.outcome,
        settled=found.result.settled,
        possible_outcomes=_join(found.result.possible_outcomes),
        safety_net=found.level,
        standing=found.standing,
        next_question=found.ask[2] if found.ask is not None else None,
        to_settle=_join(found.to_settle),
        # Under a reading that withholds the mapping no outcome is possible, and here one is.
        reading_differs=any(found.differs) or any(found.withheld),
    )
