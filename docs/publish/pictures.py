"""The decision tables of a pack and its two pictures, made by the same code as `triage rules table` and `triage rules graph`."""

from __future__ import annotations

from typing import NamedTuple

from publish.markdown import escape, heading, link, page
from triage.exports.graph import draw_outcomes, draw_requirements
from triage.exports.picture import render_svg
from triage.exports.table import tabulate_outcome
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
        told = render_table(made, pack, "markdown").partition("\n")[2].strip()
        blocks += [heading(2, title, reading or "table"), f"{link('The same as CSV', name)}\n", f"{told}\n"]
    return Shown(page(*blocks), files)


def describe_pictures(pack: Pack) -> Shown:
    """What reads what, and which answers lead where, under every reading."""
    blocks, files = [], {"requirements.svg": render_svg(draw_requirements(pack))}
    blocks += [heading(2, "What reads what", "requirements")]
    blocks += [_picture("requirements.svg", "The decisions of the pack, and the questions and decisions that each of them reads")]
    for reading in tuple(pack.reading) or (None,):
        name = f"outcomes-{reading}.svg" if reading else "outcomes.svg"
        files[name] = render_svg(draw_outcomes(pack, reading))
        under = f", reading: {escape(pack.reading[reading].title)}" if reading else ""
        blocks += [heading(2, f"Which answers lead where{under}", f"outcomes-{reading}" if reading else "outcomes")]
        blocks += [_picture(name, f"The questions one after the other, and the outcome that the answers lead to{under}")]
    return Shown(page(*blocks), files)


def _picture(file: str, told: str) -> str:
    return f"[![{told}]({file}){{.picture}}]({file})\n\n{link('The picture by itself', file)}\n"
