"""The formats of an assessment. Each is one entry here, and whoever offers formats offers these: commands, batches, the desk.

Nothing is laid out here: `report` and `page` do that. They are loaded when a format is made; `--help` lists the formats too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.pack import Pack
    from triage.report import Style


class Sheet(NamedTuple):
    """What is asked for: `emphasise` marks the headings of plain text, `stamp` is said at the end of what people read."""

    assessments: Sequence[Assessment]
    pack: Pack
    emphasise: Style = str
    stamp: str | None = None


class Format(NamedTuple):
    """One format: its name among people, how its files end (theirs is the first), its media type, and what makes it.

    `check` raises RequestError if something that it takes is not installed.
    """

    title: str
    endings: tuple[str, ...]
    media_type: str
    make: Callable[[Sheet], str | bytes]
    is_for_terminals: bool = True
    check: Callable[[], None] = lambda: None


def _make_text(sheet: Sheet) -> str:
    from triage.report import render_text

    return render_text(sheet.assessments, sheet.pack, emphasise=sheet.emphasise, stamp=sheet.stamp)


def _make_json(sheet: Sheet) -> str:
    from triage.report import render_json

    return render_json(sheet.assessments)


def _make_markdown(sheet: Sheet) -> str:
    from triage.report import render_markdown

    return render_markdown(sheet.assessments, sheet.pack, stamp=sheet.stamp)


def _make_html(sheet: Sheet) -> str:
    from triage.page import render_html
    from triage.report import compose

    summary, parts = compose(sheet.assessments, sheet.pack, sheet.stamp)
    return render_html(sheet.pack.header.title, parts, summary)


def _make_pdf(sheet: Sheet) -> bytes:
    from triage.page import render_pdf
    from triage.report import compose

    summary, parts = compose(sheet.assessments, sheet.pack, sheet.stamp)
    return render_pdf(sheet.pack.header.title, parts, summary)


def _check_pdf() -> None:
    from triage.page import check_typst

    check_typst()


# In the order in which they are named; what is first is taken where nothing is said.
FORMATS = {
    "text": Format("Text", (".txt",), "text/plain; charset=utf-8", _make_text),
    "json": Format("JSON", (".json",), "application/json", _make_json),
    "markdown": Format("Markdown", (".md", ".markdown"), "text/markdown; charset=utf-8", _make_markdown),
    "html": Format("HTML", (".html", ".htm"), "text/html; charset=utf-8", _make_html),
    "pdf": Format("PDF", (".pdf",), "application/pdf", _make_pdf, is_for_terminals=False, check=_check_pdf),
}


def render(
    assessments: Sequence[Assessment], pack: Pack, format: str, *, emphasise: Style = str, stamp: str | None = None
) -> bytes:
    """Assessments in one of the formats. Raises RequestError if it takes something that is not installed."""
    made = FORMATS[format].make(Sheet(assessments, pack, emphasise, stamp))
    return made if isinstance(made, bytes) else made.encode()
