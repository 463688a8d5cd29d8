"""An assessment as text for a terminal, as JSON, and as Markdown.

Every format leads with the safety net if it speaks, keeps the deferral next to the outcome, and lists all procedures. Nothing
here decides anything. What people typed is one of the accepted spellings by the time it gets here.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, overload

from triage.assessment import Assessment
from triage.errors import show_name
from triage.pack import Pack
from triage.sections import Line, Section, describe, list_procedures, say_in_short, summarise

WIDTH = 80

TextFormat = Literal["text", "json", "markdown", "html"]
Format = Literal["text", "json", "markdown", "html", "pdf"]
Style = Callable[[str], str]


@overload
def render(
    assessments: Sequence[Assessment], pack: Pack, format: TextFormat, *, emphasise: Style = ..., stamp: str | None = ...
) -> str: ...


@overload
def render(
    assessments: Sequence[Assessment], pack: Pack, format: Literal["pdf"], *, emphasise: Style = ..., stamp: str | None = ...
) -> bytes: ...


def render(
    assessments: Sequence[Assessment], pack: Pack, format: Format, *, emphasise: Style = str, stamp: str | None = None
) -> str | bytes:
    """Assessments in one format: text ending in a newline, or the bytes of a PDF.

    `emphasise` marks the headings of the text format; `stamp` is shown at the end of a sheet, and nowhere in JSON. Raises
    RequestError if the format needs something that is not installed.
    """
    match format:
        case "json":
            return render_json(assessments)
        case "markdown":
            return render_markdown(assessments, pack, stamp=stamp)
        case "text":
            return render_text(assessments, pack, emphasise=emphasise, stamp=stamp)
        case "html" | "pdf":
            from triage.page import render_html, render_pdf

            parts = tuple(_parts(assessments, pack, stamp))
            return render_html(pack.header.title, parts) if format == "html" else render_pdf(pack.header.title, parts)


def render_json(assessments: Sequence[Assessment]) -> str:
    """One assessment as an object, several as an array. The same assessments give the same bytes."""
    trees = [as_tree(assessment) for assessment in assessments]
    return json.dumps(trees[0] if len(trees) == 1 else trees, indent=2, ensure_ascii=False) + "\n"


def as_tree(value: Any) -> Any:
    """An assessment as plain dicts and lists, in the order of its keys."""
    if hasattr(value, "_asdict"):
        return {key: as_tree(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: as_tree(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_tree(item) for item in value]
    return value


def render_text(assessments: Sequence[Assessment], pack: Pack, *, emphasise: Style = str, stamp: str | None = None) -> str:
    """Text of at most 80 columns; several assessments stand one after the other, each under its name, after a summary."""
    blocks = []
    for name, sections in _parts(assessments, pack, stamp):
        title = [Section(name, ())] if name else []
        blocks.append(render_sections([*title, *sections], "text", emphasise=emphasise))
    return f"\n{'=' * WIDTH}\n\n".join(blocks)


def render_markdown(assessments: Sequence[Assessment], pack: Pack, *, stamp: str | None = None) -> str:
    """Markdown with one part for each assessment, after a summary of several; its sections are those of the text."""
    blocks = []
    for name, sections in _parts(assessments, pack, stamp):
        title = f"# {_escape(pack.header.title)}{': ' + _escape(name) if name else ''}\n\n"
        blocks.append(title + render_sections(sections, "markdown"))
    return "\n".join(blocks)


def _parts(assessments: Sequence[Assessment], pack: Pack, stamp: str | None) -> Iterator[tuple[str, tuple[Section, ...]]]:
    """The name and the sections of each assessment; those of the first begin with a summary if there are several."""
    names = tuple(_names(assessments))
    summary = summarise(pack, dict(zip(names, assessments, strict=True))) if len(names) > 1 else ()
    for name, assessment in zip(names, assessments, strict=True):
        yield name, (*summary, *describe(pack, assessment, stamp=stamp))
        summary = ()


def render_demo(assessments: Sequence[Assessment], names: Sequence[str], pack: Pack, *, emphasise: Style = str) -> str:
    """The outcome of each example with its deferral, every procedure, the rules and statements, and what to ask next."""
    sections = []
    for name, assessment in zip(names, assessments, strict=True):
        result = assessment.decisions.get(pack.header.outcome)
        lines = [Line(assessment.headline), Line(assessment.deferral), *list_procedures(pack, assessment)]
        if result is not None and result.rules:
            chain = (rule for decision in pack.chain(pack.header.outcome) for rule in assessment.decisions[decision].rules)
            lines.append(Line(f"Because of {', '.join(chain)}, from {', '.join(result.statements)}", 1))
        if assessment.to_settle:
            lines.append(Line(f"Settled by: {', '.join(assessment.to_settle)}", 1))
        if assessment.next_questions:
            lines.append(Line(f"Ask next: {', '.join(assessment.next_questions)}", 1))
        sections.append(Section(f"{show_name(name)}: {say_in_short(pack, assessment)}", tuple(lines)))
    count = f"{len(sections)} example{'s' if len(sections) > 1 else ''}"
    closing = f"{count}. `triage assess FILE` says everything about one intake. They are in"
    folder = show_name(f"{pack.folder}/examples")
    return f"{render_sections(sections, 'text', emphasise=emphasise)}\n{closing}\n{folder}\n"


def render_sections(sections: Sequence[Section], format: str, *, emphasise: Style = str) -> str:
    """Sections as text of at most 80 columns, or as Markdown."""
    lines = _markdown_lines(sections) if format == "markdown" else _text_lines(sections, emphasise)
    return "\n".join(lines) + "\n"


def _names(assessments: Sequence[Assessment]) -> Iterator[str]:
    """What each is called: its reference and site, or else its place among several."""
    labels = [" · ".join(part for part in (a.reference, a.site) if part) for a in assessments]
    for number, label in enumerate(labels, 1):
        place = f"Intake {number} of {len(labels)}" if len(labels) > 1 else ""
        yield f"{label} ({place})" if label and labels.count(label) > 1 else label or place


def _text_lines(sections: Sequence[Section], emphasise: Style) -> Iterator[str]:
    for number, section in enumerate(sections):
        if number:
            yield ""
        yield from (emphasise(line) for line in textwrap.wrap(section.title, WIDTH))
        for line in section.lines:
            indent = "  " * (line.depth + 1)
            first = indent[:-2] + "- " if line.depth else indent
            yield from textwrap.wrap(line.text, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)


def _markdown_lines(sections: Sequence[Section]) -> Iterator[str]:
    for number, section in enumerate(sections):
        if number:
            yield ""
        yield f"## {_escape(section.title)}"
        depth = 0
        for line in section.lines:
            if line.depth == 0 or depth == 0:
                yield ""
            yield f"{'  ' * (line.depth - 1)}- {_escape(line.text)}" if line.depth else _escape(line.text)
            depth = line.depth


def _escape(text: str) -> str:
    """Text with what Markdown would read as markup made plain, the marks of a list at its start included."""
    plain = re.sub(r"([\\`*_\[\]<>|#&~])", r"\\\1", text)
    return re.sub(r"^([0-9]*)([-+=.)])", r"\1\\\2", plain)
