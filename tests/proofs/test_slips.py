"""Every single change of a condition, against lists written by hand and against a count of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_packs import Tree, is_true, list_profiles, some_domains, trees

from triage.conditions import holds, leaves, parse_condition
from triage.proofs.slips import find_slips, forget, write_condition
from triage.syntax import read_yaml

A, B = {"a": ("x", "y")}, {"b": ("x", "y")}
THREE = {"a": ("x", "y", "z")}
SLIPS: tuple[tuple[Tree, Any, list[Tree]], ...] = (
    # An equality: without it, the other value, both values, not it.
    ({"a": "x"}, A, [{}, {"a": "y"}, {"a": ["x", "y"]}, {"not": {"a": "x"}}]),
    # Another name that has the value, and none that has not.
    ({"a": "x"}, {**A, **B, "c": ("y",)}, [{}, {"a": "y"}, {"a": ["x", "y"]}, {"b": "x"}, {"not": {"a": "x"}}]),
    # A list: each value swapped, each taken out, each other one added.
    (
        {"a": ["x", "y"]},
        THREE,
        [{}, {"a": ["z", "y"]}, {"a": "y"}, {"a": ["x", "z"]}, {"a": "x"}, {"a": ["x", "y", "z"]}, {"not": {"a": ["x", "y"]}}],
    ),
    # Another name is asked only if it has all the values of the list.
    ({"a": ["x", "y"]}, {**A, **B, "c": ("x",)}, [{}, {"a": "y"}, {"a": "x"}, {"b": ["x", "y"]}, {"not": {"a": ["x", "y"]}}]),
    # A `not` is dropped or its inside changed; a second one inside it would be the same as dropping it.
    ({"not": {"a": "x"}}, A, [{}, {"a": "x"}, {"not": {"a": "y"}}, {"not": {"a": ["x", "y"]}}]),
    (
        {"a": "x", "b": "x"},
        {"a": ("x", "y"), "b": ("x", "w")},
        [
            {"any": [{"a": "x"}, {"b": "x"}]},
            {"b": "x"},
            {"a": "y", "b": "x"},
            {"a": ["x", "y"], "b": "x"},
            {"all": [{"b": "x"}, {"b": "x"}]},
            {"all": [{"not": {"a": "x"}}, {"b": "x"}]},
            {"a": "x"},
            {"a": "x", "b": "w"},
            {"a": "x", "b": ["x", "w"]},
            {"all": [{"a": "x"}, {"a": "x"}]},
            {"all": [{"a": "x"}, {"not": {"b": "x"}}]},
            {"not": {"a": "x", "b": "x"}},
        ],
    ),
    (
        {"any": [{"a": "x"}, {"not": {"a": "y"}}]},
        A,
        [
            {},
            {"all": [{"a": "x"}, {"not": {"a": "y"}}]},
            {"not": {"a": "y"}},
            {"any": [{"a": "y"}, {"not": {"a": "y"}}]},
            {"any": [{"a": ["x", "y"]}, {"not": {"a": "y"}}]},
            {"any": [{"not": {"a": "x"}}, {"not": {"a": "y"}}]},
            {"a": "x"},
            {"any": [{"a": "x"}, {"a": "y"}]},
            {"any": [{"a": "x"}, {"not": {"a": "x"}}]},
            {"any": [{"a": "x"}, {"not": {"a": ["y", "x"]}}]},
            {"not": {"any": [{"a": "x"}, {"not": {"a": "y"}}]}},
        ],
    ),
    # A condition that is always true has nothing to change but to turn it round.
    ({}, A, [{"not": {}}]),
)
FORGOTTEN: tuple[tuple[Tree, Tree | None], ...] = (
    ({"a": "x"}, None),
    ({"b": "x"}, {"b": "x"}),
    ({"a": "x", "b": "x"}, {"b": "x"}),
    ({"a": "x", "b": "x", "c": "x"}, {"b": "x", "c": "x"}),
    ({"not": {"a": "x"}}, None),
    ({"not": {"a": "x", "b": "x"}}, {"not": {"b": "x"}}),
    ({"any": [{"a": "x"}, {"not": {"a": "y"}}]}, None),
    ({"b": "x", "any": [{"a": "x"}, {"a": "y"}]}, {"b": "x"}),
    ({"any": [{"a": "x", "b": "x"}, {"c": "x"}]}, {"any": [{"b": "x"}, {"c": "x"}]}),
    ({}, {}),
)
WRITTEN: tuple[tuple[Tree, str], ...] = (
    ({"a": "x"}, "{a: x}"),
    ({"a": ["x", "y"]}, "{a: [x, y]}"),
    ({"a": "x", "b": "y"}, "{a: x, b: y}"),
    ({"all": [{"a": "x"}, {"a": "y"}]}, "{all: [{a: x}, {a: y}]}"),
    ({"any": [{"a": "x"}, {"b": "x"}]}, "{any: [{a: x}, {b: x}]}"),
    ({"not": {"a": "x", "b": "y"}}, "{not: {a: x, b: y}}"),
    ({}, "{}"),
)


@pytest.mark.parametrize(("tree", "domains", "expected"), SLIPS, ids=str)
def test_the_slips_of_a_condition_are_those_written_by_hand(tree: Tree, domains: Any, expected: list[Tree]) -> None:
    found = [slip.condition for slip in find_slips(parse_condition(tree), domains)]
    assert len(set(found)) == len(found)
    assert set(found) == set(map(parse_condition, expected))


def test_a_slip_says_what_stands_in_place_of_what() -> None:
    changes = {slip.change for slip in find_slips(parse_condition({"a": "x", "not": {"b": "x"}}), {**A, **B})}
    assert changes >= {
        "{a: y} in place of {a: x}",
        "{a: [x, y]} in place of {a: x}",
        "{b: x} in place of {a: x}",
        "{not: {a: x}} in place of {a: x}",
        "{b: x} in place of {not: {b: x}}",
        "without {a: x}",
        "without {not: {b: x}}",
        "{any: [{a: x}, {not: {b: x}}]} in place of {all: [{a: x}, {not: {b: x}}]}",
    }


@pytest.mark.parametrize(("tree", "expected"), FORGOTTEN, ids=str)
def test_a_name_is_forgotten_with_all_that_asks_nothing_else(tree: Tree, expected: Tree | None) -> None:
    assert forget(parse_condition(tree), "a") == (None if expected is None else parse_condition(expected))


@pytest.mark.parametrize(("tree", "text"), WRITTEN)
def test_a_condition_is_written_as_it_would_stand_in_a_file(tree: Tree, text: str) -> None:
    assert write_condition(parse_condition(tree)) == text


@given(st.data())
def test_a_condition_written_and_read_again_asks_the_same(data: st.DataObject) -> None:
    domains = data.draw(some_domains())
    condition = parse_condition(data.draw(trees(domains)))
    source = read_yaml(write_condition(condition).encode(), "written")
    assert source.faults == []
    again = parse_condition(source.tree)
    for profile in list_profiles(domains):
        assert holds(again, profile) == holds(condition, profile)


@given(st.data())
def test_slips_are_new_are_told_apart_and_ask_no_name_that_may_not_be_asked(data: st.DataObject) -> None:
    domains = data.draw(some_domains())
    tree = data.draw(trees(domains))
    condition = parse_condition(tree)
    slips = find_slips(condition, domains)
    conditions = [slip.condition for slip in slips]
    assert condition not in conditions
    assert len(set(conditions)) == len(conditions) >= 1
    for slip in slips:
        assert slip.change
        for leaf in leaves(slip.condition):
            assert set(leaf.values) <= set(domains[leaf.name])
    # The condition turned round as a whole is always among them, whatever it asks.
    turned = [all(holds(one, profile) != is_true(tree, profile) for profile in list_profiles(domains)) for one in conditions]
    assert True in turned
