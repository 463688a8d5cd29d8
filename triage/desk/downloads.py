"""What can be taken away from a desk: the sheet in every format, and the answers of one intake.

The bytes are those that the command line writes of the same intakes; nothing is kept of them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from triage.assessment import Assessment
from triage.errors import RequestError
from triage.intake import Intake, dump_intake
from triage.pack import Pack
from triage.page import check_typst
from triage.report import Format, render

FORMATS: dict[str, tuple[Format, str, str, str]] = {
    "pdf": ("pdf", ".pdf", "application/pdf", "PDF"),
    "html": ("html", ".html", "text/html; charset=utf-8", "HTML"),
    "markdown": ("markdown", ".md", "text/markdown; charset=utf-8", "Markdown"),
    "json": ("json", ".json", "application/json", "JSON"),
}


class Download(NamedTuple):
    """A file to be taken away."""

    name: str
    media_type: str
    content: bytes


def make_sheet_file(pack: Pack, assessments: Sequence[Assessment], format: str) -> Download:
    """The sheet as a file. Raises RequestError for a format that is not there, or needs what is not installed."""
    if format not in FORMATS:
        raise RequestError(f"the sheet comes as {', '.join(FORMATS)}")
    kind, suffix, media_type, _ = FORMATS[format]
    made = render(assessments, pack, kind)
    labels = (assessments[0].reference, *(assessment.site for assessment in assessments))
    return Download(_name("sheet", labels, suffix), media_type, made if isinstance(made, bytes) else made.encode())


def make_intake_file(intake: Intake) -> Download:
    """The answers of one intake as a file that a desk and the command line open again."""
    labels = (intake.reference, intake.site)
    return Download(_name("intake", labels, ".json"), "application/json", dump_intake(intake).encode())


def missing_for_pdf() -> str:
    """What is to be installed before a PDF can be made; nothing if it can."""
    try:
        check_typst()
    except RequestError as error:
        return str(error)
    return ""


def _name(kind: str, labels: Sequence[str | None], suffix: str) -> str:
    """The name of a file; a label is letters, digits, dots, hyphens and underscores, and few are taken."""
    return "-".join((kind, *(label for label in labels[:4] if label))) + suffix
