"""The decision tables of a pack and its two pictures, made by the same code as `triage rules table` and `triage rules graph`."""

from __future__ import annotations

from typing import NamedTuple

from publish.markdown import escape, heading, link, page
from triage.exports.graph import draw_outcomes, draw_requirements
from triage.exports.picture import render_svg
from triage.exports.table import Table, tabulate_outcome
from triage.exports.tabulation import render_table
from triage.pack import Pack


class Shown(NamedTuple):
    """A page's text, and the files beside it by name."""

    text: str
    files: dict[str, str]


def describe_tables(pack: Pack) -> Shown:
    """The whole table of the outcome under every reading, to read here and as CSV."""
    blocks, files = [], {}
    for reading in tuple(pack.reading) or (None,):
        made = tabulate_outcome(pack, reading)
        name = f"table-{reading}.csv" if reading else "table.csv"
        files[name] = render_table(made, pack, "csv")
        title = f"Reading: {escape(pack.reading[reading].title)}" if reading else "The table"
        told = render_table(made, pack, "markdown").partition("\n")[2].partition("\n| ")[0].strip()
        blocks += [
            heading(2, title, reading or "table"),
            f"{link('The same as CSV', name)}\n",
            f"{told}\n",
            _cut_table(made, pack),
        ]
    return Shown(page(*blocks), files)


def _cut_table(made: Table, pack: Pack) -> str:
    """The table out of its page: Markdown has no mark for the column of the outcome, which stays in sight while others move."""
    text = render_table(made, pack, "html")
    return text[text.index('<div class="wide"') : text.index("</main>")]


def describe_pictures(pack: Pack) -> Shown:
    """What reads what, and which answers lead where, under every reading."""
    blocks, files = [], {"requirements.svg": render_svg(draw_requirements(pack))}
    blocks += [heading(2, "What reads what", "requirements")]
    told = "The decisions of the pack, and the questions and decisions that each of them reads"
    blocks += [_picture("requirements.svg", files["requirements.svg"], told)]
    for reading in tuple(pack.reading) or (None,):
        name = f"outcomes-{reading}.svg" if reading else "outcomes.svg"
        files[name] = render_svg(draw_outcomes(pack, reading))
        under = f", reading: {escape(pack.reading[reading].title)}" if reading else ""
        blocks += [heading(2, f"Which answers lead where{under}", f"outcomes-{reading}" if reading else "outcomes")]
        told = f"The questions one after the other, and the outcome that the answers lead to{under}"
        blocks += [_picture(name, files[name], told)]
    return Shown(page(*blocks), files)


def _picture(file: str, drawn: str, told: str) -> str:
    """A picture with a link to it. What is wider than high is printed on paper laid across."""
    width, height = drawn.partition('viewBox="0 0 ')[2].partition('"')[0].split()
    lying = " .wide" if float(width) > float(height) else ""
    return f"[![{told}]({file}){{.picture{lying}}}]({file})\n\n{link('The picture by itself', file)}\n"
