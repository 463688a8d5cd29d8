"""Where shapes and links stand: nothing overlaps, no text leaves its shape, no link passes through a shape or another label."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from export_packs import PLAIN, make_plain_packs
from hypothesis import given
from hypothesis import strategies as st

from triage.exports.diagram import Box
from triage.exports.graph import Graph, Link, Shape, draw_outcomes, draw_requirements
from triage.exports.placement import BOLD, FONT, LABEL, LEADING, PADDING, SMALL, break_lines, place, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.exports.placement import Placement, Way

NAMES = [f"{pack} {what}" for pack in PLAIN for what in ("requirements", "outcomes", "other")]


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graph]:
    drawn = {}
    for name, pack in make_plain_packs(tmp_path_factory.mktemp("packs")).items():
        drawn[f"{name} requirements"] = draw_requirements(pack)
        drawn[f"{name} outcomes"] = draw_outcomes(pack)
        drawn[f"{name} other"] = draw_outcomes(pack, list(pack.reading)[-1] if pack.reading else None)
    return drawn


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def points_on(way: Way) -> Iterator[tuple[float, float]]:
    """Points along a link as it is drawn: straight, then bends and straight stretches by turns."""
    first, second = way.points[:2]
    yield from ((first[0] + (second[0] - first[0]) * n / 20, first[1]) for n in range(21))
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(way.points[1:])):
        for t in (n / 20 for n in range(21)):
            bent = number % 2 == 0
            along = 1.5 * t * (1 - t) + t**3 if bent else t
            down = 3 * t**2 - 2 * t**3 if bent else t
            yield x1 + (x2 - x1) * along, y1 + (y2 - y1) * down


@pytest.mark.parametrize("name", NAMES)
def test_no_two_shapes_overlap_and_all_are_inside(graphs: dict[str, Graph], name: str) -> None:
    placed = place(graphs[name])
    for one, other in combinations(placed.shapes, 2):
        assert not overlap(one.box, other.box), (one.shape.id, other.shape.id)
    for each in placed.shapes:
        assert each.box.x >= 0
        assert each.box.y >= -1  # half a point is lost by rounding
        assert each.box.x + each.box.width <= placed.width
        assert each.box.y + each.box.height <= placed.height


@pytest.mark.parametrize("name", NAMES)
def test_no_text_leaves_its_shape(graphs: dict[str, Graph], name: str) -> None:
    for each in place(graphs[name]).shapes:
        assert all(width_of(line, BOLD) <= each.box.width - PADDING for line in each.title)
        assert all(width_of(line, SMALL) <= each.box.width - PADDING for line in each.notes)
        assert (len(each.title) * FONT + len(each.notes) * SMALL) * LEADING < each.box.height
        assert " ".join(each.title) == each.shape.title
        assert "".join(each.notes).replace(" ", "") == "".join(each.shape.notes).replace(" ", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_link_passes_through_a_shape(graphs: dict[str, Graph], name: str) -> None:
    placed = place(graphs[name])
    for way in placed.ways:
        for each in placed.shapes:
            box = each.box
            inside = [
                (x, y)
                for x, y in points_on(way)
                if box.x + 0.5 < x < box.x + box.width - 0.5 and box.y - 2 < y < box.y + box.height + 2
            ]
            assert not inside, (way.link, each.shape.id)


@pytest.mark.parametrize("name", NAMES)
def test_a_link_begins_and_ends_at_its_shapes(graphs: dict[str, Graph], name: str) -> None:
    placed = place(graphs[name])
    boxes = {each.shape.id: each.box for each in placed.shapes}
    for way in placed.ways:
        source, target = boxes[way.link.source], boxes[way.link.target]
        (x1, y1), (x2, y2) = way.points[0], way.points[-1]
        assert x1 == pytest.approx(source.x + source.width)
        assert x2 == pytest.approx(target.x)
        assert source.y < y1 < source.y + source.height
        assert target.y < y2 < target.y + target.height


@pytest.mark.parametrize("name", NAMES)
def test_no_label_touches_another_label_or_a_shape(graphs: dict[str, Graph], name: str) -> None:
    placed = place(graphs[name])
    labels = list(labels_of(placed))
    for one, other in combinations(labels, 2):
        assert not overlap(one, other)
    for label in labels:
        assert not [each.shape.id for each in placed.shapes if overlap(label, each.box)]


def labels_of(placed: Placement) -> Iterator[Box]:
    """The room of each label: above the straight beginning of its link."""
    for way in placed.ways:
        if way.link.label:
            (x, y), (end, _) = way.points[0], way.points[1]
            assert x + 8 + width_of(way.link.label, LABEL) <= end
            yield Box(x + 8, y - 5 - LABEL, width_of(way.link.label, LABEL), LABEL)


def test_parts_without_a_link_stand_below_each_other_from_the_left() -> None:
    shapes = tuple(Shape(name, "input", name) for name in "abcd")
    placed = place(Graph("t", "d", ("r",), shapes, (Link("a", "b"),)))
    boxes = {each.shape.id: each.box for each in placed.shapes}
    assert boxes["a"].x == boxes["c"].x == boxes["d"].x == 0
    assert boxes["a"].y == boxes["b"].y < boxes["c"].y < boxes["d"].y


def test_links_with_labels_leave_in_the_order_of_what_they_lead_to() -> None:
    shapes = (Shape("q", "input", "q"), *(Shape(name, "outcome", name) for name in "xyz"))
    links = tuple(Link("q", name, name) for name in "zyx")
    placed = place(Graph("t", "d", ("r",), shapes, links))
    ends = sorted((way.points[0][1], way.points[-1][1]) for way in placed.ways)
    assert ends == sorted(ends, key=lambda pair: pair[1])


@given(st.text(max_size=80), st.floats(20, 200))
def test_a_broken_text_loses_nothing_and_fits(text: str, longest: float) -> None:
    lines = break_lines(text, 10, longest)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(width_of(line, 10) <= longest for line in lines)


def test_a_long_id_is_broken_behind_an_underscore() -> None:
    assert break_lines("note_finding_without_imaging", 11, 120) == ("note_finding_", "without_imaging")
