"""The options that several commands share, and the layouts they choose from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional, TypeVar

import typer

from triage.errors import RequestError, quote
from triage.formats import FORMATS

OutputFormat = StrEnum("OutputFormat", {name: name for name in FORMATS})  # type: ignore[misc] # its members are read off


class ListFormat(StrEnum):
    """The formats of a description."""

    text = "text"
    markdown = "markdown"


class ExportFormat(StrEnum):
    """What a pack can be written as for other programs."""

    dmn = "dmn"
    json_schema = "json-schema"
    fhir_questionnaire = "fhir-questionnaire"


class CheckFormat(StrEnum):
    """The formats of what a check finds."""

    text = "text"
    json = "json"
    sarif = "sarif"


class ReportFormat(StrEnum):
    """The formats of what is found about a pack."""

    text = "text"
    json = "json"
    markdown = "markdown"


class TableFormat(StrEnum):
    """The formats of a decision table."""

    text = "text"
    csv = "csv"
    markdown = "markdown"
    html = "html"


class GraphFormat(StrEnum):
    """The formats of a picture."""

    svg = "svg"
    mermaid = "mermaid"


class GraphKind(StrEnum):
    """What a picture shows of a pack."""

    requirements = "requirements"
    outcomes = "outcomes"


SUFFIXES = {
    **{ending: name for name, kind in FORMATS.items() for ending in kind.endings},
    ".csv": "csv",
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".sarif": "sarif",
}
F = TypeVar("F", bound=StrEnum)

EPILOG = "Educational, not diagnostic. The provider decides after reviewing the imaging."
EXAMPLE = "Example: "


def end_help(example: str, *, before: str = "") -> str:
    """What stands at the end of the help of a command: a line to copy, and who decides."""
    return "\n\n".join(part for part in (before, f"{EXAMPLE}{example}", EPILOG) if part)


PackOption = Annotated[
    str, typer.Option("--pack", metavar="NAME|FOLDER", help="The pack: a bundled name, or a folder of one's own.")
]
ReadingOption = Annotated[
    Optional[str], typer.Option("--reading", metavar="NAME", help="The reading of the documents; the pack names its default.")
]
FormatOption = Annotated[
    Optional[OutputFormat],
    typer.Option("--format", help="Layout of the result; without it, the name of --output says, else text."),
]
ListFormatOption = Annotated[
    Optional[ListFormat],
    typer.Option("--format", help="Layout of the result; without it, the name of --output says, else text."),
]
ReportFormatOption = Annotated[
    Optional[ReportFormat],
    typer.Option("--format", help="Layout of the result; without it, the name of --output says, else text."),
]
OutputOption = Annotated[
    Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write here, whole or not at all; - is standard output.")
]
StampOption = Annotated[
    bool, typer.Option("--stamp", help="Put date and time on the sheet; without it the same intake gives the same bytes.")
]
AnswerOption = Annotated[
    Optional[list[str]],
    typer.Option("--answer", "-a", metavar="QUESTION=VALUE", help="An answer, added to each intake or in place of its own."),
]


def choose_format(kinds: type[F], format: F | None, output: Path | None) -> F:
    """The layout asked for, else the one that the name of the output says, else the first that there is."""
    ending = output.suffix.lower() if output is not None else ""
    if format is not None or not ending:
        return format or next(iter(kinds))
    known = {suffix: name for suffix, name in SUFFIXES.items() if name in list(kinds)}
    if ending in known:
        return kinds(known[ending])
    if ending in SUFFIXES:
        raise RequestError(f"this is written as {' or '.join(kinds)}; name the output accordingly, or give a --format")
    raise RequestError(f"{quote(ending)} says no format; end the name in {', '.join(known)}, or give a --format")
