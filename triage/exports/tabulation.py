"""A decision table as CSV, Markdown, HTML and text: the same cells in each, the deferral beside them.

CSV takes ids, one header line and nothing above it, and says in each row which pack it is from; no cell of it is a formula to a
spreadsheet. The other formats take words.
"""

from __future__ import annotations

import csv
import html
import io
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple

from triage.explanation import say_name, say_value
from triage.exports.table import Row, Table
from triage.pack import Pack
from triage.page import STYLE, wrap_page
from triage.report import WIDTH, Style, escape

TableFormat = Literal["csv", "markdown", "html", "text"]

ANY = "–"  # noqa: RUF001 - the sign of decision tables
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TABLE_STYLE = """
body { max-width: none; overflow-wrap: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
thead th { border-bottom-width: 3px; }
tbody td:first-of-type { border-left-width: 1px; }
.given { border-left-width: 3px; font-weight: bold; position: sticky; left: 0; right: 0; background: Canvas; }
.any { text-align: center; }
@media print {
  @page { size: landscape; margin: 10mm; }
  table { font-size: 7.5pt; } thead { display: table-header-group; } tr { break-inside: avoid; } .wide { overflow: visible; }
  .given { position: static; }
}
"""


class Words(NamedTuple):
    """What a table says in words, whatever the layout."""

    title: str
    about: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    asked: int


def render_table(table: Table, pack: Pack, format: TableFormat, *, emphasise: Style = str) -> str:
    """A table in one format, ending in a newline. `emphasise` marks the headings of the text format."""
    match format:
        case "csv":
            return _csv(table, pack)
        case "markdown":
            return _markdown(_words(table, pack))
        case "html":
            return _html(_words(table, pack))
        case "text":
            return _text(_words(table, pack), emphasise)


def _csv(table: Table, pack: Pack) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    about = ("In words", "Rules", "Statements", "Pack", "Version", "Digest", "Reading", "Deferral")
    writer.writerow((*table.columns, table.decision, *table.procedures, *about))
    same = (table.pack.id, table.pack.version, table.pack.digest, table.reading, table.deferral)
    for row in table.rows:
        cells = [" or ".join(values) if values else "any" for values in row.cells]
        given = " and ".join((row.value,) if isinstance(row.value, str) else row.value) or "none"
        because = (_say_given(pack, table.decision, row), " ".join(row.rules), " ".join(row.statements))
        writer.writerow(map(_harmless, (*cells, given, *row.procedures, *because, *same)))
    return written.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _words(table: Table, pack: Pack) -> Words:
    name = say_name(pack, table.decision)
    about = (
        f"{table.pack.id} {table.pack.version}, digest {table.pack.digest[:16]}, reading {table.reading}.",
        table.deferral,
        f"{ANY} stands for any answer. Rows exclude each other, and together they hold every set of answers that occurs.",
        *(f"Not in the table ({constraint.constraint}): {constraint.text}" for constraint in pack.constraints_on(table.columns)),
        *_say_net(table, pack),
    )
    header = (*(say_name(pack, column) for column in table.columns), name, *(say_name(pack, p) for p in table.procedures))
    rows = tuple((*_say_row(table, pack, row), " ".join(row.rules), " ".join(row.statements)) for row in table.rows)
    title = f"{pack.header.title}: {name}"
    return Words(title, about, (*header, "Rules", "Statements"), rows, len(table.columns))


def _say_net(table: Table, pack: Pack) -> Iterator[str]:
    """What comes before an outcome."""
    net = pack.header.safety_net
    if net is not None and table.decision == pack.header.outcome:
        levels = [say_value(pack, net.decision, level.level) for level in net.levels if level.withholds]
        if levels:
            yield f"Asked before this table: {say_name(pack, net.decision)}. Withheld at: {', '.join(levels)}."


def _say_row(table: Table, pack: Pack, row: Row) -> Iterator[str]:
    for column, values in zip(table.columns, row.cells, strict=True):
        yield say_cell(pack, column, values)
    yield _say_given(pack, table.decision, row)
    for decision, value in zip(table.procedures, row.procedures, strict=True):
        yield say_value(pack, decision, value)


def _say_given(pack: Pack, decision: str, row: Row) -> str:
    if isinstance(row.value, str):
        return say_value(pack, decision, row.value)
    return " ".join(pack.note[name].text if name in pack.note else name for name in row.value) or "none"


def say_cell(pack: Pack, name: str, values: Sequence[str] | None) -> str:
    """The values of a cell in words: numbers that follow each other as a range."""
    if values is None:
        return ANY
    known = pack.values_of(name)
    places = [known.index(value) for value in values]
    if len(values) > 2 and all(value.isdigit() for value in values) and places == list(range(places[0], places[-1] + 1)):
        return f"{values[0]} to {values[-1]}"
    return " or ".join(say_value(pack, name, value) for value in values)


def _markdown(words: Words) -> str:
    lines = [f"# {escape(words.title)}", ""]
    for said in words.about:
        lines += [escape(said), ""]
    lines += [_markdown_row(words.header), _markdown_row(["---"] * len(words.header), plain=True)]
    lines += [_markdown_row(row) for row in words.rows]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str], *, plain: bool = False) -> str:
    return f"| {' | '.join(cell if plain else escape(cell) for cell in cells)} |"


def _html(words: Words) -> str:
    title = html.escape(words.title)
    about = "".join(f"<p>{html.escape(said)}</p>\n" for said in words.about)
    head = _html_row(words, words.header, 'th scope="col"')
    rows = "\n".join(_html_row(words, row, "td") for row in words.rows)
    content = f"""<h1>{title}</h1>
{about}<div class="wide" tabindex="0" role="region" aria-label="{title}">
<table>
<thead>
{head}
</thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""
    return wrap_page(words.title, content, style=STYLE + TABLE_STYLE)


def _html_row(words: Words, cells: Sequence[str], tag: str) -> str:
    told = (f"<{tag}{_kind(words, place, cell)}>{html.escape(cell)}</{tag[:2]}>" for place, cell in enumerate(cells))
    return f"<tr>{''.join(told)}</tr>"


def _kind(words: Words, place: int, cell: str) -> str:
    if place == words.asked:
        return ' class="given"'
    return ' class="any"' if cell == ANY else ""


def _text(words: Words, emphasise: Style) -> str:
    """Two lines a row: the answers under their questions, and below them what they give."""
    lines = [emphasise(line) for line in textwrap.wrap(words.title, WIDTH)]
    for said in words.about:
        lines += textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    asked = [row[: words.asked] for row in words.rows]
    widths = [
        max(len(word) for row in (words.header, *asked) for word in (row[place].split() or [""])) for place in range(words.asked)
    ]
    fits = sum(widths) + 2 * len(widths) <= WIDTH
    if fits:
        lines += ["", *map(emphasise, _columns(words.header[: words.asked], widths))]
    for row in words.rows:
        told = [f"{title}: {cell}" for title, cell in zip(words.header, row[: words.asked], strict=False) if cell != ANY]
        in_line = textwrap.wrap("; ".join(told) or "whatever the answers", WIDTH)
        lines += ["", *(_columns(row[: words.asked], widths) if fits else in_line)]
        given = row[words.asked : -2]
        named = [f"{title}: {cell}" for title, cell in zip(words.header[words.asked + 1 :], given[1:], strict=False)]
        because = "; ".join(", ".join(cell.split()) for cell in row[-2:] if cell)
        said = f"→ {'; '.join((given[0], *named))}{f' ({because})' if because else ''}"
        lines += textwrap.wrap(said, WIDTH, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def _columns(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    wrapped = [textwrap.wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
