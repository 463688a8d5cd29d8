"""Diagrams of requirements: nothing overlaps, no line runs through a shape, and what is read stands below what reads it."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from export_packs import NAMES, make_pack
from hypothesis import given
from hypothesis import strategies as st

from triage.exports.diagram import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from triage.exports.diagram import Box, Diagram

Point = tuple[float, float]
SIZES = ((150.0, 50.0), (200.0, 70.0), (20.0, 90.0))


@st.composite
def requirements(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Names, each with those before it that it reads."""
    names = [f"n{index}" for index in range(draw(st.integers(1, 14)))]
    return {
        name: tuple(draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=4))) if index else ()
        for index, name in enumerate(names)
    }


def overlap(one: Box, other: Box) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (apart or one.y + one.height <= other.y or other.y + other.height <= one.y)


def passes_through(start: Point, end: Point, box: Box) -> bool:
    """Whether a part of a line lies inside a shape, its border left aside: by cutting the line with each pair of sides."""
    enter, leave = 0.0, 1.0
    sides = ((start[0], end[0], box.x, box.x + box.width), (start[1], end[1], box.y, box.y + box.height))
    for begin, stop, low, high in sides:
        if begin == stop:
            if not low < begin < high:
                return False
            continue
        first, last = sorted(((low - begin) / (stop - begin), (high - begin) / (stop - begin)))
        enter, leave = max(enter, first), min(leave, last)
    return leave - enter > 1e-9


def check(diagram: Diagram, reads: dict[str, tuple[str, ...]]) -> None:
    assert not [pair for pair in combinations(diagram.boxes.items(), 2) if overlap(pair[0][1], pair[1][1])]
    for one, other in combinations(diagram.boxes.values(), 2):
        if one.y < other.y + other.height and other.y < one.y + one.height:
            assert max(one.x, other.x) - min(one.x + one.width, other.x + other.width) >= 20, "too near"
    assert {(line.source, line.target) for line in diagram.lines} == {(read, name) for name in reads for read in reads[name]}
    for line in diagram.lines:
        source, target = diagram.boxes[line.source], diagram.boxes[line.target]
        assert line.points[0] == (source.x + source.width / 2, source.y)
        assert line.points[-1] == (target.x + target.width / 2, target.y + target.height)
        heights = [y for _, y in line.points]
        assert all(above < below for below, above in pairwise(heights)), "a line leads downwards"
        for start, end in pairwise(line.points):
            assert not [name for name, box in diagram.boxes.items() if passes_through(start, end, box)], line
    assert all(number >= 0 for box in diagram.boxes.values() for number in box)


@given(requirements())
def test_nothing_overlaps_and_no_line_runs_through_a_shape(reads: dict[str, tuple[str, ...]]) -> None:
    sizes = {name: SIZES[index % len(SIZES)] for index, name in enumerate(reads)}
    diagram = lay_out(sizes, reads)
    check(diagram, reads)
    assert diagram == lay_out(sizes, reads)


def test_a_line_from_a_low_shape_leads_round_the_high_one_beside_it() -> None:
    names = [f"n{index}" for index in range(9)]
    sizes = {name: (100.0, 90.0 if index % 2 else 10.0) for index, name in enumerate(names)} | {"reader": (100.0, 50.0)}
    check(lay_out(sizes, {"reader": names}), {"reader": tuple(names)})


@pytest.mark.parametrize("name", NAMES)
def test_the_diagrams_of_packs_are_in_order(name: str, tmp_path: Path) -> None:
    pack = make_pack(name, tmp_path)
    reads = {decision.decision: decision.reads for decision in pack.decisions}
    read = {name for names in reads.values() for name in names if name not in reads}
    sizes = {name: (150.0, 50.0) for name in pack.question if name in read} | dict.fromkeys(reads, (200.0, 70.0))
    check(lay_out(sizes, reads), reads)


def test_the_check_of_lines_sees_what_it_should() -> None:
    from triage.exports.diagram import Box

    box = Box(10, 10, 10, 10)
    assert passes_through((0, 0), (30, 30), box)
    assert passes_through((15, 0), (15, 30), box)
    assert not passes_through((10, 0), (10, 30), box)
    assert not passes_through((0, 0), (30, 5), box)
    assert not passes_through((15, 0), (15, 10), box)


def test_a_question_stands_right_below_the_first_that_reads_it() -> None:
    boxes = lay_out(dict.fromkeys("abcd", (10.0, 10.0)), {"b": ["a"], "c": ["b", "d"]}).boxes
    assert boxes["a"].y > boxes["b"].y == boxes["d"].y > boxes["c"].y


def test_shapes_change_places_so_that_lines_do_not_cross() -> None:
    boxes = lay_out(dict.fromkeys("abcxy", (10.0, 10.0)), {"x": ["b", "c"], "y": ["a", "c"]}).boxes
    lines = [(boxes[read].x, boxes[name].x) for read, name in ("bx", "cx", "ay", "cy")]
    assert not [pair for pair in combinations(lines, 2) if (pair[0][0] - pair[1][0]) * (pair[0][1] - pair[1][1]) < 0]


def test_a_long_chain_is_laid_out() -> None:
    names = [f"n{index}" for index in range(3000)]
    boxes = lay_out(dict.fromkeys(names, (10.0, 10.0)), {upper: [lower] for lower, upper in pairwise(names)}).boxes
    assert boxes[names[-1]].y == 0
