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

# In points: the largest at which each part fits on one page is taken; where none does, pages are turned, and in the largest.
SIZES = (9.0, 8.6, 8.2, 7.8, 7.4, 7.0)
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
  @page { margin: 10mm; }
  body { font-size: 7pt; line-height: 1.2; max-width: none; padding: 0; }
  h1 { font-size: 12pt; margin: 0 0 1mm; }
  h2 { font-size: 8.5pt; margin: 1.5mm 0 .5mm; }
  h1, h2 { break-after: avoid; }
  p, ul { margin: .2mm 0; }
  section.first { padding: .5mm 2mm 1mm; }
  .rest { columns: 2; column-gap: 6mm; }
  section, li, p { break-inside: avoid; }
  article + article { border: 0; break-before: page; margin: 0; padding: 0; }
  article.summary + article { break-before: avoid; margin-top: 3mm; }
}
"""


def render_html(title: str, parts: Sequence[Part], summary: Sequence[Section] = ()) -> str:
    """One HTML page with an article for each part, after the summary; a part has a name, which may be empty, and its sections."""
    return wrap_page(_title(title, [name for name, _ in parts]), render_articles(title, parts, summary))


def render_articles(title: str, parts: Sequence[Part], summary: Sequence[Section] = ()) -> str:
    """What `render_html` has on its page, as HTML to stand on another."""
    return "\n".join([*_summary(title, summary), *(_article(title, name, sections) for name, sections in parts)])


def lay_out_plainly(sections: Sequence[Section]) -> str:
    """Sections in the few elements that HTML has had from its start, for readers that take no others. It is XML, too."""
    return "".join(f"<h2>{html.escape(section.title)}</h2>\n{''.join(_html_lines(section.lines))}" for section in sections)


def wrap_page(title: str, content: str, *, style: str = STYLE) -> str:
    """A whole page about some HTML. It needs nothing else, and lets nothing be fetched or run; `title` is plain text."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{html.escape(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
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


def _summary(title: str, sections: Sequence[Section]) -> Iterator[str]:
    if sections:
        first = "\n".join(_section(section, ' class="first"') for section in sections)
        yield f'<article class="summary">\n<h1>{html.escape(title)}</h1>\n{first}\n</article>'


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


def check_typst() -> None:
    """Raise RequestError if Typst is not installed."""
    try:
        import typst  # noqa: F401 - what counts is that it can be imported
    except ImportError:
        raise RequestError("a PDF needs the library Typst; install it beside this tool with: pip install typst") from None


def render_pdf(title: str, parts: Sequence[Part], summary: Sequence[Section] = ()) -> bytes:
    """A tagged PDF, on one page for each part where that is legible. Raises RequestError if Typst is not installed."""
    return typeset(title, parts, summary)[1]


def typeset(title: str, parts: Sequence[Part], summary: Sequence[Section] = ()) -> tuple[str, bytes]:
    """The Typst source of a PDF, with the PDF. Raises RequestError if Typst is not installed."""
    check_typst()
    import typst

    tried = []
    for size in SIZES:
        source = _typst_document(title, parts, summary, size)
        try:
            made = typst.compile(source.encode(), format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True)
        except typst.TypstError as error:
            raise RequestError(f"no PDF can be made of this: {str(error).strip()}; take another --format, such as html") from None
        tried.append((source, made))
        if _count_pages(made) <= len(parts):
            return source, made
    return tried[0]


def _count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type */Page\b", pdf))


def _typst_document(title: str, parts: Sequence[Part], summary: Sequence[Section], size: float) -> str:
    pages = "\n#pagebreak()\n".join(_typst_part(title, name, sections) for name, sections in parts)
    lead = f"= #{_quoted(title)}\n{_typst_box(summary)}\n" if summary else ""
    return f"""#set document(title: {_quoted(_title(title, [name for name, _ in parts]))}, date: none)
#set page("us-letter", margin: (x: 11mm, y: 9mm))
#set text(lang: "en", size: {size}pt, hyphenate: false)
#set par(leading: 0.42em, spacing: 0.55em)
#set list(spacing: 0.45em, indent: 0.2em, body-indent: 0.4em)
#show heading.where(level: 1): set text(size: 12pt)
#show heading.where(level: 2): set text(size: {size * 1.2}pt)
#show heading: set block(above: 0.8em, below: 0.45em)
{lead}{pages}
"""


def _typst_part(title: str, name: str, sections: Sequence[Section]) -> str:
    across = _across(sections)
    rest = "\n".join(_typst_section(section) for section in sections[len(across) :])
    return f"= #{_quoted(_title(title, [name]))}\n{_typst_box(across)}\n#columns(2, gutter: 6mm)[\n{rest}\n]"


def _typst_box(sections: Sequence[Section]) -> str:
    first = "\n".join(_typst_section(section) for section in sections)
    return f"#block(width: 100%, stroke: 0.8pt, inset: 6pt, below: 8pt)[\n{first}\n]" if sections else ""


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
