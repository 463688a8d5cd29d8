"""What a reader sees of a sheet: an HTML page as its checked elements and text, a PDF as its text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

from pypdf import PdfReader

from triage.formats import FORMATS, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.assessment import Assessment
    from triage.pack import Pack
    from triage.report import Style

TEXTS = {name: kind for name, kind in FORMATS.items() if kind.is_for_terminals}

VOID = {"meta"}
HOLDS = {  # what may stand directly inside an element; None: text and inline elements only, which here are none
    "html": {"head", "body"}, "head": {"meta", "title", "style"}, "body": {"main"}, "main": {"article"},
    "article": {"h1", "section", "div"}, "div": {"section"}, "section": {"h2", "p", "ul"}, "ul": {"li"}, "li": {"ul"},
    "title": set(), "style": set(), "h1": set(), "h2": set(), "p": set(),
}  # fmt: skip


class Element(NamedTuple):
    """One start tag."""

    tag: str
    attributes: dict[str, str | None]


class Page(HTMLParser):
    """Reads a page and notes every element that is not closed, or stands where it may not."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self.blocks: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if self._open and tag not in HOLDS[self._open[-1]]:
            self.faults.append(f"<{tag}> stands in <{self._open[-1]}>")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.blocks.append((self._open[-1], data.strip("\n")))
            if HOLDS[self._open[-1]] - {"ul"}:
                self.faults.append(f"{data!r} stands in <{self._open[-1]}>")

    def said(self, *tags: str) -> list[str]:
        """The text of these elements."""
        return [text for tag, text in self.blocks if tag in tags]


def rendered(
    assessments: Sequence[Assessment], pack: Pack, format: str, *, emphasise: Style = str, stamp: str | None = None
) -> str:
    """A sheet in one of the formats that are text."""
    return render(assessments, pack, format, emphasise=emphasise, stamp=stamp).decode()


def text_of_html(text: str) -> str:
    """What a page shows."""
    return "\n".join(Page(text).said("h1", "h2", "p", "li"))


def text_of_pdf(data: bytes) -> str:
    """What the pages of a PDF show, in the order of its text."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def words_of(text: str) -> list[str]:
    """The words of a text, sorted: what layout adds (bullets, indents, rules, escapes, breaks of lines) left out."""
    return sorted(re.findall(r"[^\W_]+", text))
