"""Intakes that were kept: a file of one intake, the JSON of assessments, or the cases of a pack; and how two packs read each.

What cannot be read at all is refused with every problem. An intake that one of two packs refuses is a finding and no error:
a saved intake that the new version no longer takes is what a maintainer has to know.
"""

from __future__ import annotations

from typing import NamedTuple

from triage.cases import Cases
from triage.errors import IntakeError, Problem, quote
from triage.intake import Intake, normalise, raise_faults, read_intake
from triage.pack import Pack
from triage.replay import MAX_RECORDED, read_records
from triage.revisions.comparison import Comparison, Difference
from triage.revisions.views import Side
from triage.syntax import Source, read_json, read_yaml
from triage.validation import validate


class Saved(NamedTuple):
    """An intake with what it is told of by, and the reading it was kept with."""

    name: str
    intake: Intake
    reading: str | None


class SavedDifference(NamedTuple):
    """How two packs read one saved intake, under which reading each. `refused_*` says why a pack does not take it."""

    name: str
    old_reading: str
    new_reading: str
    differences: tuple[Difference, ...]
    refused_by_old: tuple[str, ...]
    refused_by_new: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the two read it differently. An intake that neither takes is no difference between them."""
        return bool(self.differences) or bool(self.refused_by_old) != bool(self.refused_by_new)


def read_saved(data: bytes, origin: str) -> tuple[Saved, ...]:
    """The intakes of a file: one, or as many as it has assessments or cases. Raises IntakeError with every problem."""
    as_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    source = read_json(data, origin, limit=MAX_RECORDED) if as_json else read_yaml(data, origin)
    tree = source.tree
    if isinstance(tree, list) or (isinstance(tree, dict) and "schema" in tree):
        return _from_records(data, origin)
    if isinstance(tree, dict) and "cases" in tree:
        return _from_cases(source, origin)
    return (Saved(origin, read_intake(data, origin), None),)


def _from_records(data: bytes, origin: str) -> tuple[Saved, ...]:
    saved = []
    for number, record in enumerate(read_records(data, origin), 1):
        answers = {name: record["typed"].get(name, value) for name, value in record["answers"].items()}
        label = record["reference"] or f"assessment {number}"
        intake = Intake(answers, record["sources"], record["reference"], record["site"])
        saved.append(Saved(f"{origin}: {label}", intake, record["reading"]))
    return tuple(saved)


def _from_cases(source: Source, origin: str) -> tuple[Saved, ...]:
    cases = validate(Cases, source)
    raise_faults(source, origin)
    if cases is None or not cases.cases:
        raise IntakeError([Problem("", "holds no case")], origin=origin)
    return tuple(Saved(f"{origin}: {case.case}", Intake(case.answers), case.reading) for case in cases.cases)


class SavedComparison:
    """Reads saved intakes with two packs, as `assess` would: under the reading asked for, that of the intake, or the default."""

    def __init__(self, old: Pack, new: Pack, reading: str | None = None) -> None:
        self._packs = old, new
        self._reading = reading
        self._pairs: dict[tuple[str, str], Comparison] = {}

    def compare(self, saved: Saved) -> SavedDifference:
        """How the two packs read one saved intake. Raises EngineFault and PackError as `assess` does."""
        before, after = (_read(pack, saved, self._reading) for pack in self._packs)
        found: tuple[Difference, ...] = ()
        if not before.refused and not after.refused:
            found = self._pair(before.reading, after.reading).compare(before.answers, after.answers)
        return SavedDifference(saved.name, before.reading, after.reading, found, before.refused, after.refused)

    def _pair(self, old: str, new: str) -> Comparison:
        if (old, new) not in self._pairs:
            self._pairs[old, new] = Comparison(Side(self._packs[0], old), Side(self._packs[1], new))
        return self._pairs[old, new]


class _Taken(NamedTuple):
    """An intake as one pack takes it."""

    reading: str
    answers: dict[str, str]
    refused: tuple[str, ...]


def _read(pack: Pack, saved: Saved, reading: str | None) -> _Taken:
    chosen = reading or saved.reading or pack.default_reading
    missing = () if chosen in pack.reading_names else (f"there is no reading {quote(chosen)}",)
    try:
        return _Taken(chosen, normalise(pack, saved.intake).values, missing)
    except IntakeError as error:
        return _Taken(chosen, {}, (*missing, *map(str, error.problems)))
