"""What one row of a batch shows of an assessment, and how it comes apart into findings that rest on few questions each.

A year of intakes has few distinct profiles for each finding, although hardly two rows are alike. So the cells of a row are put
together from findings, each made once for each distinct profile of the questions that it sees, through the same conclusions that
an assessment is made of. `read_cells` says what the cells are; that the two ways agree is proved by enumeration in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from triage.assessment import Assessment, assessor_for
from triage.conclusions import OutcomeResult
from triage.pack import Pack, State
from triage.possibilities import Known, select_known

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
CONTRADICTORY = OutcomeResult(State.CONTRADICTORY_ANSWERS.value, False, ())


def read_cells(assessment: Assessment) -> Cells:
    """The cells of one assessment."""
    withheld = assessment.outcome == State.CONTACT_CLINICIAN_NOW
    return Cells(
        outcome=assessment.outcome,
        settled=assessment.settled,
        possible_outcomes=_join(assessment.possible_outcomes),
        safety_net=assessment.safety_net.level if assessment.safety_net is not None else None,
        standing=assessment.standing,
        next_question=next(iter(assessment.next_questions), None),
        to_settle=_join(assessment.to_settle),
        reading_differs=None if withheld else any(reading.differs for reading in assessment.readings),
    )


def _join(names: Iterable[str]) -> str | None:
    return BETWEEN.join(names) or None


class Signs(NamedTuple):
    """What the safety net says. `withheld_elsewhere`: for each other reading, whether it keeps the mapping back."""

    level: str
    withheld: bool
    withheld_elsewhere: tuple[bool, ...]
    next_question: str | None


class Mapped(NamedTuple):
    """What the answers are mapped to. `differs`: for each other reading, whether other outcomes are possible."""

    result: OutcomeResult
    to_settle: tuple[str, ...]
    differs: tuple[bool, ...]
    next_question: str | None


Findings = tuple[Any, ...]
Find = Callable[[Known, Mapping[str, str]], Any]


class Parts:
    """The cells of a pack's batches under one reading, as findings on groups of questions.

    `groups` are the questions that each group of findings sees. A finding whose questions all belong to a larger group is found
    there; groups may have questions in common.
    """

    def __init__(self, pack: Pack, reading: str | None = None) -> None:
        assessor = assessor_for(pack)
        self._pack = pack
        self._under = assessor.under(reading)
        self._others = [assessor.under(name) for name in assessor.readings if name != self._under.name]
        self._order = {name: position for position, name in enumerate(pack.question)}
        views = sorted(self._views(), key=lambda view: len(view[1]), reverse=True)
        held: dict[frozenset[str], list[tuple[str, Find]]] = {}
        for name, questions, find in views:
            home = next((group for group in held if questions <= group), questions)
            held.setdefault(home, []).append((name, find))
        self.groups = tuple(tuple(sorted(group, key=self._order.__getitem__)) for group in held)
        self._finds = tuple(held.values())

    def _views(self) -> Iterator[tuple[str, frozenset[str], Find]]:
        """Each finding with the questions that it sees."""
        header, possibilities = self._pack.header, self._under.possibilities
        scopes = {name: frozenset(scope) for name, scope in possibilities.scopes.items()}
        if header.safety_net is not None:
            yield "signs", scopes[header.safety_net.decision], self._find_signs
        yield "mapped", scopes[header.outcome], self._find_mapped
        if header.standing is not None:
            yield "standing", scopes[header.standing.decision], self._find_standing
        for decision in header.reported:
            yield f"open {decision}", scopes[decision], self._find_open(decision)
        for number, questions in enumerate(possibilities.tied):
            yield f"excluded {number}", frozenset(questions), self._find_excluded

    def find(self, group: int, answers: Mapping[str, str]) -> Findings:
        """What is found for the answers to one group's questions, `unknown` among them; others are not to be given."""
        known = select_known(self._pack, answers)
        return tuple(find(known, answers) for _, find in self._finds[group])

    def combine(self, findings: Sequence[Findings]) -> Cells:
        """The cells of a row from what was found for each group."""
        named = {
            name: found
            for views, group in zip(self._finds, findings, strict=True)
            for (name, _), found in zip(views, group, strict=True)
        }
        signs: Signs | None = named.get("signs")
        mapped: Mapped = named["mapped"]
        level, standing = signs.level if signs is not None else None, named.get("standing")
        if signs is not None and signs.withheld:
            return Cells(State.CONTACT_CLINICIAN_NOW.value, False, None, level, standing, None, None, None)
        if any(found for name, found in named.items() if name.startswith("excluded ")):
            return Cells(CONTRADICTORY.outcome, False, None, level, standing, None, None, False)
        elsewhere = signs.withheld_elsewhere if signs is not None else (False,) * len(mapped.differs)
        still_open = [found for name, found in named.items() if name.startswith("open ") and found is not None]
        first = [found.next_question for found in (signs, mapped) if found is not None and found.next_question is not None]
        return Cells(
            outcome=mapped.result.outcome,
            settled=mapped.result.settled,
            possible_outcomes=_join(mapped.result.possible_outcomes),
            safety_net=level,
            standing=standing,
            next_question=first[0] if first else min(still_open, key=self._order.__getitem__, default=None),
            to_settle=_join(mapped.to_settle),
            # Under a reading that withholds the mapping no outcome is possible, and here one is.
            reading_differs=any(mapped.differs) or any(elsewhere),
        )

    def _find_signs(self, known: Known, answers: Mapping[str, str]) -> Signs:
        net, under = self._under.safety_net(known), self._under
        assert net is not None and self._pack.header.safety_net is not None
        matters = under.possibilities.evaluate(self._pack.header.safety_net.decision, known).matters
        elsewhere = tuple(other.withholds(known) for other in self._others)
        return Signs(net.level, under.withholds(known), elsewhere, _first_unasked(matters, answers))

    def _find_mapped(self, known: Known, answers: Mapping[str, str]) -> Mapped:
        result = self._under.mapping(known)
        differs = tuple(other.mapping(known).possible_outcomes != result.possible_outcomes for other in self._others)
        best_first, to_settle = self._under.possibilities.rank(self._pack.header.outcome, known)
        return Mapped(result, to_settle, differs, _first_unasked(best_first, answers))

    def _find_standing(self, known: Known, _: Mapping[str, str]) -> str | None:
        return self._under.standing(self._under.decisions(known))

    def _find_open(self, decision: str) -> Find:
        possibilities = self._under.possibilities
        return lambda known, answers: _first_unasked(possibilities.evaluate(decision, known).matters, answers)

    def _find_excluded(self, known: Known, _: Mapping[str, str]) -> bool:
        return self._under.possibilities.exclusions(known).contradictory


def _first_unasked(names: Iterable[str], answers: Mapping[str, str]) -> str | None:
    return next((name for name in names if name not in answers), None)
