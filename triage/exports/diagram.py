"""Where the shapes of a requirements diagram stand: in layers, what is read below what reads it.

A line that passes a layer on its way gets a place of its own there, so that no line runs through a shape and no two shapes
touch. Sizes are given, nothing is measured or drawn here, and the same shapes give the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

GAP = 28.0
LANE = 20.0  # the width that a line takes up in a layer that it passes
LAYER = 90.0  # the room between two layers
SWEEPS = 12


class Box(NamedTuple):
    """A shape: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A requirement: from what is read to what reads it, along these points."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


class Diagram(NamedTuple):
    boxes: dict[str, Box]
    lines: tuple[Line, ...]


Node = str | tuple[str, str, int]  # a shape, or the place of a line (source, target) in a layer


def lay_out(sizes: Mapping[str, tuple[float, float]], reads: Mapping[str, Sequence[str]]) -> Diagram:
    """Places for shapes of these sizes. `reads` names, for each shape that reads others, those that it reads; without cycles.

    Shapes that no line connects stand side by side, on one ground.
    """
    parts = []
    for names in _connect_names(sizes, reads):
        own = {name: size for name, size in sizes.items() if name in names}
        parts.append(_lay_out_connected(own, {name: read for name, read in reads.items() if name in names}))
    height = max(_size(part)[1] for part in parts)
    placed, x = [], 0.0
    for part in parts:
        own_width, own_height = _size(part)
        placed.append(_move(part, x, height - own_height))
        x += own_width + GAP
    boxes = {name: box for part in placed for name, box in part.boxes.items()}
    return Diagram(boxes, tuple(line for part in placed for line in part.lines))


def _connect_names(names: Iterable[str], reads: Mapping[str, Sequence[str]]) -> list[set[str]]:
    """The names, those together that lines connect, in the order of the first of each."""
    order = {name: index for index, name in enumerate(names)}
    groups: list[set[str]] = []
    for name in order:
        linked = {name, *reads.get(name, ())}
        apart = [group for group in groups if not group & linked]
        groups = [*apart, linked.union(*(group for group in groups if group & linked))]
    return sorted(groups, key=lambda group: min(order[name] for name in group))


def _size(part: Diagram) -> tuple[float, float]:
    """How far a diagram reaches to the right and down, its lines included."""
    corners = [(box.x + box.width, box.y + box.height) for box in part.boxes.values()]
    reached = [*corners, *(point for line in part.lines for point in line.points)]
    return max(x for x, _ in reached), max(y for _, y in reached)


def _move(part: Diagram, x: float, y: float) -> Diagram:
    boxes = {name: box._replace(x=box.x + x, y=box.y + y) for name, box in part.boxes.items()}
    lines = (line._replace(points=tuple((left + x, top + y) for left, top in line.points)) for line in part.lines)
    return Diagram(boxes, tuple(lines))


def _lay_out_connected(sizes: Mapping[str, tuple[float, float]], reads: Mapping[str, Sequence[str]]) -> Diagram:
    ranks = _rank(sizes, reads)
    links = [(source, target) for target, names in reads.items() for source in names]
    paths = {link: _path(*link, ranks) for link in links}
    layers: list[list[Node]] = [[] for _ in range(max(ranks.values()) + 1)]
    for node in dict.fromkeys((*sizes, *(node for path in paths.values() for node in path))):
        layers[ranks[node] if isinstance(node, str) else node[2]].append(node)
    widths = {node: sizes[node][0] if isinstance(node, str) else LANE for layer in layers for node in layer}
    beside = _neighbours(paths.values())
    ordered = _order(layers, beside, list(paths.values()))
    centres = _align(ordered, widths, beside)
    height = max(height for _, height in sizes.values())
    tops = [(len(layers) - 1 - rank) * (height + LAYER) for rank in range(len(layers))]
    boxes = {
        name: Box(centres[name] - width / 2, tops[ranks[name]] + (height - own) / 2, width, own)
        for name, (width, own) in sizes.items()
    }
    edges = {node: tops[rank] for rank, layer in enumerate(layers) for node in layer}
    lines = (Line(*link, _draw(path, boxes, centres, edges, height)) for link, path in paths.items())
    return Diagram(boxes, tuple(lines))


def _rank(sizes: Mapping[str, tuple[float, float]], reads: Mapping[str, Sequence[str]]) -> dict[Node, int]:
    """The layer of each shape, 0 the lowest: above all that it reads, and what reads nothing right below its first reader."""
    depths: dict[str, int] = {}
    for name in TopologicalSorter(reads).static_order():
        depths[name] = 1 + max((depths[read] for read in reads.get(name, ())), default=-1)
    readers: dict[str, list[str]] = {}
    for target, names in reads.items():
        for source in names:
            readers.setdefault(source, []).append(target)
    ranks: dict[Node, int] = {name: depths.get(name, 0) for name in sizes}
    for name in sizes:
        if not reads.get(name) and name in readers:
            ranks[name] = min(depths[reader] for reader in readers[name]) - 1
    return ranks


def _path(source: str, target: str, ranks: Mapping[Node, int]) -> tuple[Node, ...]:
    between = ((source, target, rank) for rank in range(ranks[source] + 1, ranks[target]))
    return (source, *between, target)


def _neighbours(paths: Iterable[tuple[Node, ...]]) -> dict[Node, list[Node]]:
    beside: dict[Node, list[Node]] = {}
    for path in paths:
        for lower, upper in pairwise(path):
            beside.setdefault(lower, []).append(upper)
            beside.setdefault(upper, []).append(lower)
    return beside


def _order(layers: list[list[Node]], beside: Mapping[Node, Sequence[Node]], paths: list[tuple[Node, ...]]) -> list[list[Node]]:
    """The layers, each in the order that was seen to cross the fewest lines: by the middle of what a node is linked with."""
    current = [list(layer) for layer in layers]
    kept, fewest = layers, _crossings(layers, paths)
    for sweep in range(SWEEPS):
        upward = sweep % 2 == 0
        for rank in range(1, len(layers)) if upward else range(len(layers) - 2, -1, -1):
            fixed = {node: index for index, node in enumerate(current[rank - 1 if upward else rank + 1])}
            own = {node: index for index, node in enumerate(current[rank])}
            middle = {node: _mean([fixed[other] for other in beside.get(node, ()) if other in fixed], own[node]) for node in own}
            current[rank] = sorted(current[rank], key=lambda node: (middle[node], own[node]))
        crossed = _crossings(current, paths)
        if crossed < fewest:
            kept, fewest = [list(layer) for layer in current], crossed
    return kept


def _mean(values: Sequence[float], otherwise: float) -> float:
    return fmean(values) if values else otherwise


def _crossings(layers: list[list[Node]], paths: list[tuple[Node, ...]]) -> int:
    at = {node: (rank, index) for rank, layer in enumerate(layers) for index, node in enumerate(layer)}
    steps: dict[int, list[tuple[int, int]]] = {}
    for path in paths:
        for lower, upper in pairwise(path):
            steps.setdefault(at[lower][0], []).append((at[lower][1], at[upper][1]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for found in steps.values() for index, a in enumerate(found) for b in found[:index]
    )


def _align(layers: list[list[Node]], widths: Mapping[Node, float], beside: Mapping[Node, Sequence[Node]]) -> dict[Node, float]:
    """The middle of each node from left to right: as near to what it is linked with as the nodes beside it allow."""
    centres: dict[Node, float] = {}
    for layer in layers:
        centres.update(_spread(layer, dict.fromkeys(layer, 0.0), widths))
    for _ in range(SWEEPS):
        for layer in (*layers, *reversed(layers)):
            wanted = {node: _mean([centres[other] for other in beside.get(node, ())], centres[node]) for node in layer}
            centres.update(_spread(layer, wanted, widths))
    left = min(centres[node] - widths[node] / 2 for node in centres)
    return {node: float(round(centre - left)) for node, centre in centres.items()}


def _spread(layer: Sequence[Node], wanted: Mapping[Node, float], widths: Mapping[Node, float]) -> dict[Node, float]:
    """Middles in this order without touching, halfway between as far right and as far left as the wanted ones ask."""
    apart = [(widths[a] + widths[b]) / 2 + GAP for a, b in pairwise(layer)]
    right = [wanted[node] for node in layer]
    left = list(right)
    for index, distance in enumerate(apart):
        right[index + 1] = max(right[index + 1], right[index] + distance)
    for index in range(len(apart) - 1, -1, -1):
        left[index] = min(left[index], left[index + 1] - apart[index])
    return {node: (a + b) / 2 for node, a, b in zip(layer, left, right, strict=True)}


def _draw(
    path: Sequence[Node], boxes: Mapping[str, Box], centres: Mapping[Node, float], edges: Mapping[Node, float], height: float
) -> tuple[tuple[float, float], ...]:
    """The points of a line: upright inside a layer, where shapes stand, and slanting only in the room between two."""
    source, target = (boxes[name] for name in (path[0], path[-1]) if isinstance(name, str))
    points = [(centres[path[0]], source.y)]
    for lower, upper in pairwise(path):
        points += [(centres[lower], edges[lower]), (centres[upper], edges[upper] + height)]
    return tuple(dict.fromkeys((*points, (centres[path[-1]], target.y + target.height))))
