"""Everything in a pack that cites a statement or a source, so that a change of one leads to all that rests on it.

What it is for a statement to be used is said here and nowhere else, so that a check and a trace cannot disagree about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from triage.pack import Pack

UNUSED = "unused-statement"
UNUSED_REMEDY = (
    "Cite it where it counts; one of class claim or withheld, in the sheet line or tension that says it is not repeated."
)


class Citations(NamedTuple):
    """What cites a statement or a source, by ids; a line of the sheet by its section and its own."""

    rules: tuple[str, ...]
    questions: tuple[str, ...]
    readings: tuple[str, ...]
    deferral: bool
    have_ready: tuple[str, ...]
    tensions: tuple[str, ...]
    sheet: tuple[str, ...]


def say_unused(pack: Pack, code: str) -> str | None:
    """What is wrong where a statement is used nowhere, or is not to be repeated and no line says so; None where all is well."""
    cited, kind = find_citations(pack, code), pack.statement[code].kind
    if not is_repeated(pack, code):
        said = f"{code} is of class {kind}, and neither a line of the sheet nor a tension says that it is not repeated"
        return None if cited.sheet or cited.tensions else said
    return None if any(cited) else f"nothing cites {code}, of class {kind}"


def is_repeated(pack: Pack, code: str) -> bool:
    """Whether the paraphrase of a statement may be shown."""
    return pack.statement[code].kind not in ("claim", "withheld")


def find_citations(pack: Pack, *codes: str) -> Citations:
    """What cites one of some statements or sources, each kind in pack order."""
    header, wanted = pack.header, set(codes)

    def cites(cited: Iterable[str]) -> bool:
        return not wanted.isdisjoint(cited)

    items = ((section.section, item) for section in pack.sheet.sections for item in section.items)
    return Citations(
        rules=tuple(rule.rule for rule in pack.rule.values() if cites(rule.because)),
        questions=tuple(question.question for question in pack.questions if cites(question.because)),
        readings=tuple(reading.reading for reading in pack.readings if cites(reading.because)),
        deferral=cites(header.deferral.because),
        have_ready=tuple(item.id for item in header.have_ready if cites(item.because)),
        tensions=tuple(tension.tension for tension in header.tensions if cites(tension.statements)),
        sheet=tuple(f"{section}.{item.id}" for section, item in items if cites(item.because)),
    )
