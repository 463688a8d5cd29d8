"""Sheets that a pack gives, one of each kind, held to the wording rules.

Texts are looked at where they are written, in `texts`; but two of them may come to say together what neither says alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from triage.assessment import Assessment, assess
from triage.errors import IntakeError, PackError, Place, Problem
from triage.files import read_bounded
from triage.intake import Intake, read_intake
from triage.pack import Pack
from triage.proofs.findings import Finding
from triage.proofs.soundness import Under
from triage.proofs.texts import list_allowed, say_banned
from triage.sections import Section, describe
from triage.suppositions import describe_alternatives
from triage.syntax import MAX_BYTES
from triage.wording import banned_wordings

# How a problem with an intake that was read from YAML begins.
_AT = re.compile(r"(\d+):(\d+)(?:: )?")


class Example(NamedTuple):
    """An intake that comes with a pack, or what is wrong with it."""

    place: Place
    intake: Intake | None
    problems: tuple[Problem, ...] = ()


def read_examples(pack: Pack, files: Iterable[Path]) -> tuple[Example, ...]:
    """The example intakes of a pack, those that cannot be used included."""
    return tuple(_read_example(pack, path) for path in files)


def _read_example(pack: Pack, path: Path) -> Example:
    place = Place(str(path), 1, 1)
    try:
        intake = read_intake(read_bounded(str(path), MAX_BYTES), path.name)
        assess(pack, intake)
    except IntakeError as error:
        return Example(place, None, error.problems)
    except PackError:
        return Example(place, None)  # where a rule is missing or two conflict, that is told at the rules
    return Example(place, intake)


def find_unusable(examples: Collection[Example]) -> Iterator[Finding]:
    """Examples that cannot be assessed, by each thing that is wrong with them."""
    for example in examples:
        for problem in example.problems:
            at = _AT.match(problem.where)
            place = example.place._replace(line=int(at[1]), column=int(at[2])) if at else example.place
            told = Problem(problem.where[at.end() :], problem.message) if at else problem
            yield Finding(place, "example-fails", f"cannot be assessed: {told}")


def find_banned_on_sheets(pack: Pack, under: Under, examples: Collection[Example], told: Collection[str]) -> Iterator[Finding]:
    """Banned wordings on a sheet, each once. `told` are those that have been found in some text of the pack."""
    seen = set(told)
    for place, assessment in _list_assessments(pack, under, examples):
        text = _write(pack, assessment)
        for said in map(say_banned, banned_wordings(text, list_allowed(pack))):
            if said not in seen:
                seen.add(said)
                answers = tuple(assessment.answers.items())
                yield Finding(place, "banned-wording", f"the sheet of these answers {said}", (), answers, assessment.reading)


def _write(pack: Pack, assessment: Assessment) -> str:
    """Everything that is said of an assessment; less where another answer, or another reading, would give none."""
    sections: list[Section] = []
    for say in (describe, describe_alternatives):
        with suppress(PackError):
            sections += say(pack, assessment)
    return "\n".join(line for section in sections for line in (section.title, *(line.text for line in section.lines)))


def _list_assessments(pack: Pack, under: Under, examples: Collection[Example]) -> Iterator[tuple[Place, Assessment]]:
    """One assessment of each outcome, level and standing under each reading, one of nothing, and the examples."""
    header = pack.header
    parts = [part.decision for part in (header.safety_net, header.standing) if part is not None]
    for reading, profiles in under.items():
        shown: dict[tuple[str, object], dict[str, str]] = {}
        for name in (header.outcome, *parts):
            for profile, answers in profiles.reached(name).items():
                shown.setdefault((name, profiles.value(name, profile)), answers)
        for answers in ({}, *shown.values()):
            yield from _try(pack, Intake(answers), reading or None)
    for example in examples:
        if example.intake is not None:
            yield from _try(pack, example.intake, None, example.place)


def _try(pack: Pack, intake: Intake, reading: str | None, place: Place | None = None) -> Iterator[tuple[Place, Assessment]]:
    """An assessment with its place, which is that of its outcome for lack of another; none where the rules give no answer."""
    try:
        assessment = assess(pack, intake, reading=reading)
    except PackError:
        return
    yield place or pack.place("outcome", assessment.outcome), assessment
