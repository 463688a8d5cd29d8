"""Conditions: how `when` is read, and the reference evaluator that durable-rules is compared with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_packs import Tree, is_true, list_profiles, some_domains, trees

from triage.conditions import All, Is, Not, holds, in_order, leaves, parse_condition
from triage.conditions import Any as AnyOf

if TYPE_CHECKING:
    from triage.conditions import Condition

A_X, A_Y, B_X = Is("a", ("x",)), Is("a", ("y",)), Is("b", ("x",))
READINGS: tuple[tuple[Any, Condition], ...] = (
    ({"a": "x"}, A_X),
    ({"a": ["x"]}, A_X),
    ({"a": ["x", "y"]}, Is("a", ("x", "y"))),
    ({"a": "x", "b": "x"}, All((A_X, B_X))),
    ({}, All(())),
    ({"not": {"a": "x"}}, Not(A_X)),
    ({"not": {"a": "x", "b": "x"}}, Not(All((A_X, B_X)))),
    ({"any": [{"a": "x"}, {"b": "x"}]}, AnyOf((A_X, B_X))),
    ({"all": [{"a": "x"}, {"b": "x"}]}, All((A_X, B_X))),
    ({"b": "x", "any": [{"a": "x"}, {"a": "y"}]}, All((B_X, AnyOf((A_X, A_Y))))),
)
REFUSALS: tuple[tuple[Any, str], ...] = (
    ("yes", "a condition is a mapping such as {question: value}; this is text"),
    (["yes"], "a condition is a mapping such as {question: value}; this is a list"),
    ({"not": "yes"}, '"not" is a mapping such as {question: value}; this is text'),
    ({"all": [{"a": "x"}, "yes"]}, '"all.1" is a mapping such as {question: value}; this is text'),
    ({"a:x": None}, '"a:x" has no value; put a space after its colon'),
    ({"any": {"a": "x"}}, '"any" needs a list of conditions'),
    ({"any": []}, '"any" needs a list of conditions'),
    ({"all": []}, '"all" needs a list of conditions'),
    ({"all": [{"not": {"any": "x"}}]}, '"all.0.not.any" needs a list of conditions'),
    ({"a": []}, '"a" has an empty list; name at least one value'),
    ({"a": {"b": "x"}}, '"a" needs a value or a list of values'),
    ({"a": ["x", ["y"]]}, '"a" needs a value or a list of values'),
    ({"not": {"a": ["x", "x"]}}, '"not.a" names a value twice'),
)
X_Y = {"a": "x", "b": "y"}
TRUTHS: tuple[tuple[Condition, bool], ...] = (
    (A_X, True),
    (A_Y, False),
    (Is("a", ("y", "x")), True),
    (Not(A_X), False),
    (Not(Not(A_X)), True),
    (All((A_X, B_X)), False),
    (All((A_X, Not(B_X))), True),
    (AnyOf((A_Y, B_X)), False),
    (AnyOf((A_X, B_X)), True),
    (All(()), True),
    (AnyOf(()), False),
)


@pytest.mark.parametrize(("tree", "condition"), READINGS)
def test_what_an_author_writes_is_read_as_this_condition(tree: Tree, condition: Condition) -> None:
    assert parse_condition(tree) == condition


@pytest.mark.parametrize(("tree", "message"), REFUSALS)
def test_what_is_no_condition_is_refused_with_its_spot_and_the_remedy(tree: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_condition(tree)


@pytest.mark.parametrize(("condition", "truth"), TRUTHS)
def test_a_condition_holds_or_not(condition: Condition, truth: bool) -> None:  # noqa: FBT001 - a column of the table
    assert holds(condition, X_Y) is truth


def test_a_condition_about_a_name_without_a_value_has_no_truth() -> None:
    with pytest.raises(KeyError):
        holds(A_X, {"b": "x"})


def test_leaves_come_in_the_order_written_with_their_paths() -> None:
    condition = parse_condition({"b": "x", "any": [{"a": "x"}, {"not": {"all": [{"a": "y"}, {"b": "y"}]}}]})
    assert [(leaf.name, leaf.values, leaf.at) for leaf in leaves(condition)] == [
        ("b", ("x",), ("b",)),
        ("a", ("x",), ("any", 0, "a")),
        ("a", ("y",), ("any", 1, "not", "all", 0, "a")),
        ("b", ("y",), ("any", 1, "not", "all", 1, "b")),
    ]


def test_where_a_condition_stands_takes_no_part_in_its_equality() -> None:
    assert Is("a", ("x",), ("any", 3, "a")) == A_X


@settings(derandomize=True, database=None, max_examples=150)
@given(st.data())
def test_a_parsed_condition_holds_where_its_tree_is_true(data: st.DataObject) -> None:
    domains = data.draw(some_domains())
    tree = data.draw(trees(domains, max_leaves=12))
    condition = parse_condition(tree)
    for profile in list_profiles(domains):
        assert holds(condition, profile) is is_true(tree, profile)


def test_all_of_stands_in_the_order_of_the_names_and_what_has_none_comes_last_by_its_kind() -> None:
    inner, other = AnyOf((All((B_X, A_X)), A_X)), Is("c", ("x",))
    whole = All((other, Not(All((B_X, A_Y))), inner, B_X, A_X))
    ordered = All((A_X, B_X, AnyOf((All((A_X, B_X)), A_X)), other, Not(All((A_Y, B_X)))))
    assert in_order(whole, ("a", "b")) == ordered
    assert in_order(other, ("a", "b")) is other
