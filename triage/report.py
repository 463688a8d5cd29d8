"""An assessment as text for a terminal, as JSON, and as Markdown.

Every format leads with the safety net if it speaks, keeps the deferral next to the outcome, and lists all procedures. Nothing
here decides anything. What people typed is one of the accepted spellings by the time it gets here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from operator import methodcaller
from typing import Any

from triage.assessment import Assessment
from triage.errors import show_name
from triage.pack import Pack
from triage.sections import Line, Section, describe, list_procedures, say_in_short, say_other_readings, share, summarise
from triage.suppositions import describe_alternatives

WIDTH = 80

Part = tuple[str, Sequence[Section]]
Style = Callable[[str], str]


def render_json(assessments: Sequence[Assessment]) -> str:
    """One assessment as an object, several as an array. The same assessments give the same bytes."""
    import orjson

    layout = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    whole = assessments[0] if len(assessments) == 1 else tuple(assessments)
    return orjson.dumps(whole, default=methodcaller("_asdict"), option=layout).decode()


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
    summary, parts = compose(assessments, pack, stamp)
    return _text_parts([("", summary), *parts] if summary else parts, emphasise)


def _text_parts(parts: Sequence[Part], emphasise: Style) -> str:
    titled = ((*([Section(name, ())] if name else []), *sections) for name, sections in parts)
    return f"\n{'=' * WIDTH}\n\n".join(render_sections(sections, "text", emphasise=emphasise) for sections in titled)


def render_markdown(assessments: Sequence[Assessment], pack: Pack, *, stamp: str | None = None) -> str:
    """Markdown with one part for each assessment, after a summary of several; its sections are those of the text."""
    summary, parts = compose(assessments, pack, stamp)
    return _markdown_parts([("", summary), *parts] if summary else parts, pack)


def _markdown_parts(parts: Sequence[Part], pack: Pack) -> str:
    titles = (f"# {escape(pack.header.title)}{': ' + escape(name) if name else ''}" for name, _ in parts)
    blocks = zip(titles, (render_sections(sections, "markdown") for _, sections in parts), strict=True)
    return "\n".join(f"{title}\n\n{block}" for title, block in blocks)


def compose(
    assessments: Sequence[Assessment], pack: Pack, stamp: str | None = None
) -> tuple[tuple[Section, ...], tuple[Part, ...]]:
    """What a sheet holds, whatever its layout: a summary if there are several assessments, and the parts, each with its name.

    The most severe level of warning signs stands first, else the order given. What several have in common is a last part.
    """
    levels = [level.level for level in pack.header.safety_net.levels[:-1]] if pack.header.safety_net else []

    def severity(item: tuple[str, Assessment]) -> int:
        net = item[1].safety_net
        return levels.index(net.level) if net is not None and net.level in levels else len(levels)

    named = dict(sorted(zip(_names(assessments), assessments, strict=True), key=severity))
    parts = [(name, describe(pack, assessment, stamp=stamp)) for name, assessment in named.items()]
    common = share(pack, [sections for _, sections in parts])
    kept = [(name, tuple(section for section in sections if section not in common)) for name, sections in parts]
    return summarise(pack, named) if len(named) > 1 else (), (*kept, *([("", common)] if common else []))


def render_alternatives(assessment: Assessment, pack: Pack, format: str, *, emphasise: Style = str) -> str:
    """What would change one assessment, as text or as Markdown, under the title of its sheet."""
    name = next(_names([assessment]))
    parts = [(f"What if: {name}" if name else "What if", describe_alternatives(pack, assessment))]
    return _markdown_parts(parts, pack) if format == "markdown" else _text_parts(parts, emphasise)


def render_demo(
    assessments: Sequence[Assessment], names: Sequence[str], pack: Pack, *, option: str = "", emphasise: Style = str
) -> str:
    """The outcome of each example with its deferral, every procedure, the rules and statements, and what to ask next.

    `option` is what names the pack on a command line; nothing for the one that needs no naming.
    """
    sections = []
    for name, assessment in zip(names, assessments, strict=True):
        result = assessment.decisions.get(pack.header.outcome)
        others = (Line(said) for said in say_other_readings(pack, assessment))
        lines = [Line(assessment.headline), Line(assessment.deferral), *others, *list_procedures(pack, assessment)]
        if result is not None and result.rules:
            chain = (rule for decision in pack.chain(pack.header.outcome) for rule in assessment.decisions[decision].rules)
            lines.append(Line(f"Because of {', '.join(chain)}, from {', '.join(result.statements)}", 1))
        if assessment.to_settle:
            lines.append(Line(f"Settled by: {', '.join(pack.question[name].label for name in assessment.to_settle)}", 1))
        if assessment.next_questions:
            lines.append(Line(f"Ask next: {', '.join(pack.question[name].label for name in assessment.next_questions)}", 1))
        sections.append(Section(f"{show_name(name)}: {say_in_short(pack, assessment)}", tuple(lines)))
    count = f"{len(sections)} example{'s' if len(sections) > 1 else ''}"
    command = f"triage assess FILE {option}".rstrip()
    codes = f"`{f'triage rules show CODE {option}'.rstrip()}` says what a code stands for"
    closing = "\n".join(textwrap.wrap(f"{count}. {codes}; `{command}` says everything about one intake. They are in", WIDTH))
    folder = show_name(f"{pack.folder}/examples")
    return f"{render_sections(sections, 'text', emphasise=emphasise)}\n{closing}\n{folder}\n"


def render_sections(sections: Sequence[Section], format: str, *, emphasise: Style = str, width: int = WIDTH) -> str:
    """Sections as text of at most 80 columns, or as Markdown."""
    lines = _markdown_lines(sections) if format == "markdown" else _text_lines(sections, emphasise, width)
    return "\n".join(lines) + "\n"


def _names(assessments: Sequence[Assessment]) -> Iterator[str]:
    """What each is called: its reference and site, or else its place among several."""
    labels = [" · ".join(part for part in (a.reference, a.site) if part) for a in assessments]
    for number, label in enumerate(labels, 1):
        place = f"Intake {number} of {len(labels)}" if len(labels) > 1 else ""
        yield f"{label} ({place})" if label and labels.count(label) > 1 else label or place


def _text_lines(sections: Sequence[Section], emphasise: Style, width: int) -> Iterator[str]:
    for number, section in enumerate(sections):
        if number:
            yield ""
        yield from (emphasise(line) for line in textwrap.wrap(_fold(section.title), width))
        for line in section.lines:
            indent = "  " * (line.depth + 1)
            first = indent[:-2] + "- " if line.depth else indent
            yield from textwrap.wrap(
                _fold(line.text), width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False
            )


def _markdown_lines(sections: Sequence[Section]) -> Iterator[str]:
    for number, section in enumerate(sections):
        if number:
            yield ""
        yield f"## {escape(section.title)}"
        depth = 0
        for line in section.lines:
            if line.depth == 0 or depth == 0:
                yield ""
            yield f"{'  ' * (line.depth - 1)}- {escape(line.text)}" if line.depth else escape(line.text)
            depth = line.depth


def _fold(text: str) -> str:
    """A text without line breaks and leading blanks, which would be layout."""
    return " ".join(text.split())


def escape(text: str) -> str:
    """Text with what Markdown would read as markup made plain, the marks of a list at its start included."""
    plain = re.sub(r"([\\`*_\[\]<>|#&~])", r"\\\1", _fold(text))
    return re.sub(r"^([0-9]*)([-+=.)])", r"\1\\\2", plain)
