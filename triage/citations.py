"""Everything in a pack that cites a statement or a source, so that a change of one leads to all that rests on it."""

from __future__ import annotations

from typing import NamedTuple

from triage.pack import Pack


class Citations(NamedTuple):
    """What cites a statement or a source, by ids; a line of the sheet by its section and its own."""

    rules: tuple[str, ...]
    questions: tuple[str, ...]
    readings: tuple[str, ...]
    deferral: bool
    have_ready: tuple[str, ...]
    tensions: tuple[str, ...]
    sheet: tuple[str, ...]


def find_citations(pack: Pack, code: str) -> Citations:
    """What cites a statement or a source, each kind in pack order."""
    header = pack.header
    items = ((section.section, item) for section in pack.sheet.sections for item in section.items)
    return Citations(
        rules=tuple(rule.rule for rule in pack.rule.values() if code in rule.because),
        questions=tuple(question.question for question in pack.questions if code in question.because),
        readings=tuple(reading.reading for reading in pack.readings if code in reading.because),
        deferral=code in header.deferral.because,
        have_ready=tuple(item.id for item in header.have_ready if code in item.because),
        tensions=tuple(tension.tension for tension in header.tensions if code in tension.statements),
        sheet=tuple(f"{section}.{item.id}" for section, item in items if code in item.because),
    )
