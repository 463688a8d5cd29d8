"""Saved intakes put back into a form: one, or several of one case.

Files are read as the command line reads them, and refused with the same words. A warning sign that one intake reports holds for
all of them. What else is asked only once on a desk, and was answered apart, is left open and told: nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triage.desk.form import MAX_SITES, Form, Spot, Trouble, find_own
from triage.errors import IntakeError, quote
from triage.intake import Answers, Intake, carry_signs, find_signs, normalise, read_intake
from triage.pack import Pack

File = tuple[str, bytes]
ANCHOR = "files"


def open_files(pack: Pack, files: Sequence[File]) -> tuple[Form, tuple[str, ...]]:
    """A form with what the files hold, and what is to be told of it; where a file cannot be used, a form with `troubles`.

    Signs that are reported are in the form even then, so that a slip elsewhere does not hide them.
    """
    if not files:
        return Form(troubles=(Trouble(ANCHOR, "choose a file to open: an intake in JSON or YAML"),)), ()
    intakes, signs, troubles = _read_files(pack, files)
    references = {intake.reference for intake in intakes}
    if len(references) > 1:
        message = "these files are not of one reference; one sheet is about one case. Open the files of one case only"
        troubles.append(Trouble(ANCHOR, message))
    if len(files) > MAX_SITES:
        troubles.append(Trouble(ANCHOR, f"one sheet takes {MAX_SITES} sites; open fewer files"))
    if troubles:
        return Form(answers=signs, troubles=tuple(troubles)), ()
    return fill_form(pack, intakes)


def _read_files(pack: Pack, files: Sequence[File]) -> tuple[list[Intake], dict[Spot, str], list[Trouble]]:
    """Every intake that has the form of one, the signs that any file reports, and what is wrong with each."""
    intakes, troubles = [], []
    signs: dict[Spot, str] = {}
    for name, content in files:
        origin = name if name.isprintable() else quote(name)
        try:
            intake = read_intake(content, origin)
            intakes.append(intake)
            signs |= _report(pack, intake)
            normalise(pack, intake)
        except IntakeError as error:
            signs |= _report(pack, Intake(error.answers))
            troubles += [Trouble(ANCHOR, line) for line in str(error.at(origin)).splitlines()]
    return intakes, signs, troubles


def _report(pack: Pack, intake: Intake) -> dict[Spot, str]:
    return {Spot(name): str(value) for name, value in find_signs(pack, intake).items()}


def fill_form(pack: Pack, intakes: Sequence[Intake]) -> tuple[Form, tuple[str, ...]]:
    """A form with these intakes of one reference, and a line for each question that is left open, or for each sign carried.

    Raises IntakeError for an intake that cannot be used.
    """
    given, carried = carry_signs(pack, [replace(intake, reference=intakes[0].reference or "case") for intake in intakes])
    read = [normalise(pack, intake) for intake in given]
    own = find_own(pack)
    signs = dict.fromkeys(pack.question[sign].label for sign, *_ in carried)
    told = [f"{label}: reported in one of the files, and so held for all of them" for label in signs]
    form = Form(intakes[0].reference or "", tuple(intake.site or "" for intake in intakes))
    found: dict[Spot, Answers] = {}
    for name in pack.question:
        values = {one.values.get(name) for one in read}
        if name in own:
            found |= {Spot(name, number): one for number, one in enumerate(read, 1) if name in one.values}
        elif len(values) > 1:
            told.append(f"{pack.question[name].label}: the files differ, and here it is asked once; answer it again")
        elif values != {None}:
            found[Spot(name)] = read[0]
    return form._replace(
        answers={spot: one.values[spot.question] for spot, one in found.items()},
        tellers={spot: one.sources[spot.question] for spot, one in found.items() if spot.question in one.sources},
        typed={spot: one.typed[spot.question] for spot, one in found.items() if spot.question in one.typed},
    ), tuple(told)
