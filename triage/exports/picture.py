"""A graph drawn as SVG: text as text, and nothing fetched.

Shapes tell questions (rounded), decisions (boxes) and outcomes (a double border) apart, so that colour is not needed; the picture
follows the reader's dark mode and prints black on white. The deferral stands under its title.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from triage.exports.diagram import Box
from triage.exports.graph import Graph
from triage.exports.placement import FONT, LEADING, SMALL, Placed, Way, break_lines, place, width_of

MARGIN = 24.0
HEADING = 17.0
INSIDE = 4.0  # between the two borders of an outcome
ROUND = 22.0
LEAST = 640.0

STYLE = """
:root { color-scheme: light dark; --ink: #111; --paper: #fff; --soft: #f3f3f0; --quiet: #444; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #16181b; --soft: #24272b; --quiet: #bbb; } }
@media print { :root { --ink: #000; --paper: #fff; --soft: #fff; --quiet: #000; } }
.paper { fill: var(--paper); }
text { fill: var(--ink); font: 13px Helvetica, Arial, sans-serif; }
.heading { font-size: 17px; font-weight: bold; }
.title { font-weight: bold; text-anchor: middle; }
.note { font-size: 11px; fill: var(--quiet); text-anchor: middle; }
.label { font-size: 12px; }
.shape { fill: var(--soft); stroke: var(--ink); stroke-width: 1.3; }
.main { stroke-width: 3; }
.inner { fill: none; stroke: var(--ink); stroke-width: 1; }
.link { fill: none; stroke: var(--ink); stroke-width: 1.2; }
.head { fill: var(--ink); stroke: none; }
"""
HEAD = (
    '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
    '<path class="head" d="M0,0 L9,4 L0,8 z"/></marker></defs>'
)


def render_svg(graph: Graph) -> str:
    """The picture of a graph, ending in a newline; the same graph gives the same bytes."""
    placement = place(graph)
    wide = max(placement.width, LEAST)
    heading = break_lines(graph.title, HEADING, wide)
    deferral = break_lines(graph.remarks[0], FONT, wide)
    remarks = [line for remark in (*graph.remarks[1:], graph.description) for line in break_lines(remark, FONT, wide)]
    top = MARGIN + (len(heading) * HEADING + (len(deferral) + 1) * FONT) * LEADING
    bottom = top + placement.height + MARGIN
    width = max(wide, *(width_of(line, FONT) for line in remarks)) + 2 * MARGIN
    height = bottom + len(remarks) * FONT * LEADING + MARGIN
    parts = (
        # Opened by itself it fits the window, and is never larger than it was drawn.
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="100%" '
        f'preserveAspectRatio="xMinYMin meet" style="max-width: {_n(width)}px; height: auto; '
        f'aspect-ratio: {_n(width)} / {_n(height)}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(graph.title)}</title>',
        f'<desc id="desc">{escape(" ".join((*graph.remarks, graph.description)))}</desc>',
        f"<style>{STYLE}</style>",
        HEAD,
        '<rect class="paper" width="100%" height="100%"/>',
        *_text(heading, "heading", HEADING, MARGIN, MARGIN),
        *_text(deferral, "", FONT, MARGIN, MARGIN + len(heading) * HEADING * LEADING),
        f'<g transform="translate({_n(MARGIN)} {_n(top)})">',
        *(part for way in placement.ways for part in _way(way)),
        *(part for placed in placement.shapes for part in _shape(placed)),
        "</g>",
        *_text(remarks, "", FONT, MARGIN, bottom),
        "</svg>\n",
    )
    return "\n".join(parts)


def _way(way: Way) -> Iterator[str]:
    (x, y), first = way.points[0], way.points[1]
    drawn = f"M{_n(x)},{_n(y)} L{_n(first[0])},{_n(first[1])}"
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(way.points[1:])):
        middle = (x1 + x2) / 2
        bend = f"C{_n(middle)},{_n(y1)} {_n(middle)},{_n(y2)} "
        # Every second stretch passes a layer between two of its shapes, and so is straight.
        drawn += f" {'L' if number % 2 else bend}{_n(x2)},{_n(y2)}"
    yield f'<path class="link" d="{drawn}" marker-end="url(#head)"/>'
    if way.link.label:
        yield f'<text class="label" x="{_n(x + 8)}" y="{_n(y - 5)}">{escape(way.link.label)}</text>'


def _shape(placed: Placed) -> Iterator[str]:
    shape, box = placed.shape, placed.box
    rounded = f' rx="{_n(min(box.height / 2, ROUND))}"' if shape.kind == "input" else ""
    yield f'<rect class="shape{" main" if shape.main else ""}" {_at(box)}{rounded}/>'
    if shape.kind == "outcome":
        inner = Box(box.x + INSIDE, box.y + INSIDE, box.width - 2 * INSIDE, box.height - 2 * INSIDE)
        yield f'<rect class="inner" {_at(inner)}/>'
    high = (len(placed.title) * FONT + len(placed.notes) * SMALL) * LEADING
    middle, y = box.x + box.width / 2, box.y + (box.height - high) / 2
    yield from _text(placed.title, "title", FONT, middle, y)
    yield from _text(placed.notes, "note", SMALL, middle, y + len(placed.title) * FONT * LEADING)


def _text(lines: tuple[str, ...] | list[str], kind: str, size: float, x: float, y: float) -> Iterator[str]:
    named = f' class="{kind}"' if kind else ""
    for number, line in enumerate(lines):
        yield f'<text{named} x="{_n(x)}" y="{_n(y + size + number * size * LEADING)}">{escape(line)}</text>'


def _at(box: Box) -> str:
    return f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'


def _n(number: float) -> str:
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")  # nothing is added but to a negative zero
