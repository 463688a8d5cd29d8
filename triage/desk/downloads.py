"""What can be taken away from a desk: the sheet in every format, and the answers of one intake.

The bytes are those that the command line writes of the same intakes; nothing is kept of them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from triage.assessment import Assessment
from triage.errors import RequestError
from triage.formats import FORMATS, render
from triage.intake import Intake, dump_intake
from triage.pack import Pack

# The page itself shows the text. What is printed comes first, what programs read last.
OFFERED = {name: kind for name, kind in reversed(FORMATS.items()) if name != "text"}


class Download(NamedTuple):
    """A file to be taken away."""

    name: str
    media_type: str
    content: bytes


def make_sheet_file(pack: Pack, assessments: Sequence[Assessment], format: str) -> Download:
    """The sheet as a file. Raises RequestError for a format that is not there, or needs what is not installed."""
    if format not in OFFERED:
        raise RequestError(f"the sheet comes as {', '.join(OFFERED)}")
    chosen = OFFERED[format]
    labels = (assessments[0].reference, *(assessment.site for assessment in assessments))
    return Download(_name("sheet", labels, chosen.endings[0]), chosen.media_type, render(assessments, pack, format))


def make_intake_file(intake: Intake) -> Download:
    """The answers of one intake as a file that a desk and the command line open again."""
    labels = (intake.reference, intake.site)
    return Download(_name("intake", labels, ".json"), "application/json", dump_intake(intake).encode())


def find_missing() -> dict[str, str]:
    """The formats that cannot be made here, each with what is to be installed before it can."""
    missing = {}
    for name, kind in OFFERED.items():
        try:
            kind.check()
        except RequestError as error:
            missing[name] = str(error)
    return missing


def _name(kind: str, labels: Sequence[str | None], suffix: str) -> str:
    """The name of a file; a label is letters, digits, dots, hyphens and underscores, and few are taken."""
    return "-".join((kind, *(label for label in labels[:4] if label))) + suffix
