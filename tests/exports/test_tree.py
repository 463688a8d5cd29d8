"""Results told apart: every combination is on exactly one way, and nothing is asked that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from triage.exports.tree import Fork, Leaf, Parts, Tree, grow, walk

DOMAINS = {"a": "xyz", "b": "01", "c": "pq"}
COMBINATIONS = ["".join(values) for values in product(*DOMAINS.values())]


def results_of(drawn: list[int | None]) -> dict[tuple[str, ...], int]:
    pairs = zip(COMBINATIONS, drawn, strict=True)
    return {tuple(combination): result for combination, result in pairs if result is not None}


RESULTS = (
    st.lists(st.none() | st.integers(0, 2), min_size=len(COMBINATIONS), max_size=len(COMBINATIONS)).map(results_of).filter(bool)
)


@given(RESULTS)
def test_every_combination_is_on_exactly_one_way_and_finds_its_result(results: dict[tuple[str, ...], int]) -> None:
    ways = list(walk(grow(tuple(DOMAINS), results)))
    for combination, result in results.items():
        named = dict(zip(DOMAINS, combination, strict=True))
        found = [end for way, end in ways if all(named[name] in values for name, values in way.items())]
        assert found == [result]


@given(RESULTS)
def test_branches_of_a_fork_are_several_and_differ(results: dict[tuple[str, ...], int]) -> None:
    def check(tree: Tree[int]) -> None:
        if isinstance(tree, Fork):
            branches = [branch for _, branch in tree.branches]
            assert len(branches) > 1
            assert len(set(branches)) == len(branches)
            for branch in branches:
                check(branch)

    check(grow(tuple(DOMAINS), results))


def test_values_that_lead_on_alike_stand_on_one_branch() -> None:
    results: dict[tuple[str, ...], int] = {(value,): int(value != "x") for value in "xyz"}
    assert grow(("a",), results) == Fork("a", ((("x",), Leaf(0)), (("y", "z"), Leaf(1))))


def test_a_name_that_changes_nothing_is_not_asked_whoever_chose_it() -> None:
    results: dict[tuple[str, ...], int] = {(a, b): int(b) for a in "xy" for b in "01"}
    assert grow(("a", "b"), results, lambda _, parts: next(iter(parts))) == Fork("b", ((("0",), Leaf(0)), (("1",), Leaf(1))))


def test_one_result_is_a_leaf() -> None:
    assert grow(("a",), {("x",): 1, ("y",): 1}) == Leaf(1)


def test_the_most_telling_name_is_asked_first_and_the_first_among_equals() -> None:
    by_second: dict[tuple[str, ...], int] = {(a, b): int(b) for a in "xy" for b in "01"}
    assert grow(("a", "b"), by_second) == Fork("b", ((("0",), Leaf(0)), (("1",), Leaf(1))))
    by_both: dict[tuple[str, ...], str] = {(a, b): a + b for a in "xy" for b in "01"}
    tree = grow(("a", "b"), by_both)
    assert isinstance(tree, Fork)
    assert tree.name == "a"


def test_who_chooses_sees_what_is_known_and_only_names_with_several_values_left() -> None:
    seen: list[tuple[dict[str, str], list[str]]] = []

    def choose(known: Mapping[str, str], parts: Mapping[str, Parts[int]]) -> str:
        seen.append((dict(known), list(parts)))
        return list(parts)[-1]

    grow(("a", "b"), {("x", "0"): 1, ("x", "1"): 2, ("y", "1"): 3}, choose)
    assert seen == [({}, ["a", "b"]), ({"b": "1"}, ["a"])]
