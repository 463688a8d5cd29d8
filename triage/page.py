"""A consult sheet as a page: one self-contained HTML file, or a tagged PDF.

The HTML holds no script and no address; it reads without colour, at any zoom and on paper. The PDF is made by Typst, tagged
(PDF/UA-1) and the same bytes each time. All text reaches both as text: what looks like markup stays what it looks like.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from triage.errors import RequestError
from triage.sections import Line, Section

Part = tuple[str, Sequence[Section]]

# In points: the largest at which each part fits on one page is taken, or else the smallest.
SIZES = (8.0, 7.6, 7.2, 6.8, 6.4)
# The sections that stand across the whole page, above the columns of the rest.
ACROSS = 3

STYLE = """
:root { color-scheme: light dark; --line: CanvasText; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 48rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.1rem; line-height: 1.25; margin: 1.25rem 0 .35rem; }
p { margin: .3rem 0; }
ul { margin: .2rem 0; padding-left: 1.3rem; }
article + article { border-top: 3px double var(--line); margin-top: 2rem; padding-top: 1.5rem; }
section.first { border: 2px solid var(--line); padding: .25rem .9rem .6rem; }
section.first + section.first { border-top: 0; }
section.first h2 { margin-top: .5rem; }
@media print {
  :root { color-scheme: light; }
  @page { margin: 14mm; }
  body { font-size: 8.5pt; line-height: 1.3; max-width: none; padding: 0; }
  h1 { font-size: 13pt; } h2 { font-size: 10pt; break-after: avoid; }
  .rest { columns: 2; column-gap: 7mm; }
  li { break-inside: avoid; }
  article + article { border: 0; break-before: page; margin: 0; padding: 0; }
}
"""


def render_html(title: str, parts: Sequence[Part]) -> str:
    """One HTML page with an article for each part; a part has a name, which may be empty, and its sections."""
    articles = "\n".join(_article(title, name, sections) for name, sections in parts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{html.escape(_title(title, [name for name, _ in parts]))}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{articles}
</main>
</body>
</html>
"""


def _title(title: str, names: Sequence[str]) -> str:
    named = ", ".join(name for name in names if name)
    return f"{title}: {named}" if named else title


def _article(title: str, name: str, sections: Sequence[Section]) -> str:
    first = "\n".join(_section(section, ' class="first"') for section in _across(sections))
    rest = "\n".join(_section(section, "") for section in sections[len(_across(sections)) :])
    heading = html.escape(_title(title, [name]))
    return f'<article>\n<h1>{heading}</h1>\n{first}\n<div class="rest">\n{rest}\n</div>\n</article>'


def _across(sections: Sequence[Section]) -> Sequence[Section]:
    """The sections up to and with the outcome, which stand across the page."""
    upto = next((number for number, section in enumerate(sections, 1) if section.title.startswith("Outcome")), 0)
    return sections[: min(upto, ACROSS)]


def _section(section: Section, attributes: str) -> str:
    return f"<section{attributes}>\n<h2>{html.escape(section.title)}</h2>\n{''.join(_html_lines(section.lines))}</section>"


def _html_lines(lines: Sequence[Line]) -> Iterator[str]:
    depth = 0
    for line in lines:
        if line.depth > depth:
            yield "<ul>\n" * (line.depth - depth)
        else:
            yield "</li>\n" * bool(depth) + "</ul>\n</li>\n" * max(depth - max(line.depth, 1), 0)
            yield "</ul>\n" if depth and not line.depth else ""
        yield f"<li>{html.escape(line.text)}\n" if line.depth else f"<p>{html.escape(line.text)}</p>\n"
        depth = line.depth
    yield "</li>\n</ul>\n" * depth


def render_pdf(title: str, parts: Sequence[Part]) -> bytes:
    """A tagged PDF, on one page for each part where that is legible. Raises RequestError if Typst is not installed."""
    return typeset(title, parts)[1]


def typeset(title: str, parts: Sequence[Part]) -> tuple[str, bytes]:
    """The Typst source of a PDF, with the PDF. Raises RequestError if Typst is not installed."""
    try:
        import typst
    except ImportError:
        raise RequestError("a PDF needs Typst; install it with: pip install 'vcf-triage[pdf]'") from None
    source, made = "", b""
    for size in SIZES:
        source = _typst_document(title, parts, size)
        made = typst.compile(source.encode(), format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True)
        if _count_pages(made) <= len(parts):
            break
    return source, made


def _count_pages(pdf: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Count ([0-9]+)", pdf))


def _typst_document(title: str, parts: Sequence[Part], size: float) -> str:
    pages = "\n#pagebreak()\n".join(_typst_part(title, name, sections) for name, sections in parts)
    return f"""#set document(title: {_quoted(_title(title, [name for name, _ in parts]))}, date: none)
#set page("us-letter", margin: 11mm)
#set text(lang: "en", size: {size}pt, hyphenate: false)
#set par(leading: 0.42em, spacing: 0.55em)
#set list(spacing: 0.48em, indent: 0.2em, body-indent: 0.4em)
#show heading.where(level: 1): set text(size: 12pt)
#show heading.where(level: 2): set text(size: {size * 1.2}pt)
#show heading: set block(above: 0.9em, below: 0.5em)
{pages}
"""


def _typst_part(title: str, name: str, sections: Sequence[Section]) -> str:
    across = _across(sections)
    first = "\n".join(_typst_section(section) for section in across)
    rest = "\n".join(_typst_section(section) for section in sections[len(across) :])
    box = f"#block(width: 100%, stroke: 0.8pt, inset: 6pt, below: 8pt)[\n{first}\n]" if across else ""
    return f"= #{_quoted(_title(title, [name]))}\n{box}\n#columns(2, gutter: 6mm)[\n{rest}\n]"


def _typst_section(section: Section) -> str:
    lines = [
        f"\n#{_quoted(line.text)}\n" if not line.depth else f"{'  ' * (line.depth - 1)}- #{_quoted(line.text)}"
        for line in section.lines
    ]
    return f"== #{_quoted(section.title)}\n" + "\n".join(lines)


def _quoted(text: str) -> str:
    """A text as a Typst string, in which nothing is markup."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
