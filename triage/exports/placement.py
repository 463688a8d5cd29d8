"""Where the shapes of a graph stand in a picture that runs from left to right, and where its links pass.

`diagram` gives layers; here they are turned to run to the right, parts without a link between them stand below each other, and
the room between two layers is as wide as the answers that are written there. No font is measured: widths are those of a wide
font, so that text keeps inside its shape in any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from triage.exports.diagram import LAYER, Box, lay_out
from triage.exports.graph import Graph, Link, Shape

FONT = 13.0
BOLD = 14.0  # what a bold text of that size takes up
LABEL = 12.0
SMALL = 11.0
LEADING = 1.3
PADDING = 11.0
LONGEST = 175.0  # the widest that a text in a shape becomes before it is broken
PORT = 24.0  # the room for each link that bears a label
BEND = 52.0  # the room in which a link changes its height
APART = 34.0  # between parts that no link joins
NARROW, WIDE = frozenset("fijlrtI.,:;'|!()[]/- "), frozenset("mwMW@%…→")

Point = tuple[float, float]


class Placed(NamedTuple):
    """A shape at its place, its text broken into lines."""

    shape: Shape
    box: Box
    title: tuple[str, ...]
    notes: tuple[str, ...]


class Way(NamedTuple):
    """A link: straight from the first point to the second, along which its label stands, then in bends and straight by turns."""

    link: Link
    points: tuple[Point, ...]


class Placement(NamedTuple):
    shapes: tuple[Placed, ...]
    ways: tuple[Way, ...]
    width: float
    height: float


def place(graph: Graph) -> Placement:
    """Places for everything that a graph shows; the same graph gives the same places."""
    measured = {shape.id: _measure(shape, graph.links) for shape in graph.shapes}
    widest = max(placed.box.width for placed in measured.values())
    boxes: dict[str, Box] = {}
    routes: dict[tuple[str, str], list[Point]] = {}
    top = 0.0
    for part in _parts(graph):
        sizes = {name: (measured[name].box.height, widest) for name in part}
        links = [link for link in graph.links if link.source in part]
        found, passed = _turn(sizes, links)
        boxes |= {name: box._replace(y=box.y + top) for name, box in found.items()}
        routes |= {link: [(x, y + top) for x, y in points] for link, points in passed.items()}
        lowest = max(box.y + box.height for box in boxes.values()), *(y for points in routes.values() for _, y in points)
        top = max(lowest) + APART
    starts = _starts(boxes, graph.links, widest)

    def stretch(x: float) -> float:
        layer = _layer(x, widest)
        return starts[layer] + x - layer * (widest + LAYER)

    boxes = {name: box._replace(x=stretch(box.x)) for name, box in boxes.items()}
    ways = tuple(
        Way(link, _route(link, [(stretch(x), y) for x, y in routes[link.source, link.target]], graph.links, boxes))
        for link in graph.links
    )
    shapes = tuple(placed._replace(box=boxes[name]) for name, placed in measured.items())
    return Placement(shapes, ways, max(box.x + box.width for box in boxes.values()), top - APART)


def _measure(shape: Shape, links: Sequence[Link]) -> Placed:
    title = break_lines(shape.title, BOLD, LONGEST)
    notes = tuple(line for note in shape.notes for line in break_lines(note, SMALL, LONGEST))
    wide = max(*(width_of(line, BOLD) for line in title), *(width_of(line, SMALL) for line in notes), 80.0)
    high = (len(title) * FONT + len(notes) * SMALL) * LEADING + PADDING
    ports = sum(link.source == shape.id and bool(link.label) for link in links)
    return Placed(shape, Box(0, 0, ceil(wide + 2 * PADDING), ceil(max(high, ports * PORT))), title, notes)


def _parts(graph: Graph) -> Iterator[tuple[str, ...]]:
    """The shapes, those together that links join."""
    parts = {shape.id: {shape.id} for shape in graph.shapes}
    for link in graph.links:
        joined = parts[link.source] | parts[link.target]
        parts |= dict.fromkeys(joined, joined)
    told: set[str] = set()
    for shape in graph.shapes:
        if shape.id not in told:
            told |= parts[shape.id]
            yield tuple(other.id for other in graph.shapes if other.id in parts[shape.id])


def _turn(
    sizes: Mapping[str, tuple[float, float]], links: Sequence[Link]
) -> tuple[dict[str, Box], dict[tuple[str, str], list[Point]]]:
    """The layers of `lay_out`, the lowest to the left."""
    reads: dict[str, list[str]] = {}
    for link in links:
        reads.setdefault(link.target, []).append(link.source)
    found = lay_out(sizes, reads)
    end = max(box.y + box.height for box in found.boxes.values())
    boxes = {name: Box(end - box.y - box.height, box.x, box.height, box.width) for name, box in found.boxes.items()}
    return boxes, {(line.source, line.target): [(end - y, x) for x, y in line.points] for line in found.lines}


def _starts(boxes: Mapping[str, Box], links: Sequence[Link], widest: float) -> list[float]:
    """Where each layer begins, once there is room for the labels between them."""
    layers = {name: _layer(box.x, widest) for name, box in boxes.items()}
    starts = [0.0]
    for layer in range(max(layers.values()) + 1):
        labels = [width_of(link.label, LABEL) + 2 * PADDING for link in links if link.label and layers[link.source] == layer]
        starts.append(starts[-1] + widest + BEND + ceil(max(labels, default=LAYER - BEND)))
    return starts


def _layer(x: float, widest: float) -> int:
    """The layer in which a place is; a hair's breadth outside counts as inside."""
    return int((x + LAYER / 2) // (widest + LAYER))


def _route(link: Link, points: Sequence[Point], links: Sequence[Link], boxes: Mapping[str, Box]) -> tuple[Point, ...]:
    """The points of a link. Those with labels leave a shape apart, in the order of what they lead to."""
    (x, y), box = points[0], boxes[link.source]
    if not link.label:
        return ((x, y), *points)
    leaving = [other for other in links if other.source == link.source]
    leaving.sort(key=lambda other: (boxes[other.target].y, boxes[other.target].x))
    port = box.y + box.height / 2 + (leaving.index(link) - (len(leaving) - 1) / 2) * PORT
    longest = max(width_of(other.label, LABEL) for other in links if boxes[other.source].x == box.x)
    return ((x, port), (x + longest + 2 * PADDING, port), *points[1:])


def break_lines(text: str, size: float, longest: float) -> tuple[str, ...]:
    """A text in lines of at most this width; a longer word is broken, behind a _ if it has one."""
    lines, line = [], ""
    for word in text.split():
        if width_of(f"{line} {word}".strip(), size) <= longest:
            line = f"{line} {word}".strip()
            continue
        lines += [line] if line else []
        line = word
        while width_of(line, size) > longest:
            fitting = max(n for n in range(1, len(line)) if n == 1 or width_of(line[:n], size) <= longest)
            cut = line.rfind("_", 0, fitting) + 1 or fitting
            lines.append(line[:cut])
            line = line[cut:]
    return (*lines, *([line] if line else []))


def width_of(text: str, size: float) -> float:
    """How wide a text is at most, in a wide font."""
    return sum(_share(character) for character in text) * size


def _share(character: str) -> float:
    if character in NARROW:
        return 0.4
    if character in WIDE or ord(character) > 0x2E80:  # from here on scripts with square characters
        return 1.0
    return 0.72 if character.isupper() else 0.63
