"""Results told apart by questions: a tree that asks one name after the other until one result is left.

Values that lead on alike stand together on one branch. Every combination of values that the results name is on exactly one way
through the tree; combinations that they do not name (answers that exclude each other) are on one or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")

Results = Mapping[tuple[str, ...], R]
Parts = dict[str, dict[tuple[str, ...], R]]
Choose = Callable[[Mapping[str, str], Mapping[str, Parts[R]]], str]
Way = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Leaf(Generic[R]):
    """The one result that is left."""

    result: R


@dataclass(frozen=True, slots=True)
class Fork(Generic[R]):
    """A question, or a decision, with what each of its values leads to."""

    name: str
    branches: tuple[tuple[tuple[str, ...], Tree[R]], ...]


Tree = Leaf[R] | Fork[R]


def most_telling(_: Mapping[str, str], parts: Mapping[str, Parts[R]]) -> str:
    """The name that leaves the fewest combinations unsettled; the first among equals."""
    return min(parts, key=lambda name: sum(len(part) for part in parts[name].values() if len(set(part.values())) > 1))


def grow(names: Sequence[str], results: Results[R], choose: Choose[R] = most_telling) -> Tree[R]:
    """The tree of `results`, which maps a value of each name to what they lead to; results are hashable.

    `choose` takes what is known on the way and, for each name that still has several values, the parts they leave.
    """
    return _grow(names, results, {}, choose)


def _grow(names: Sequence[str], results: Results[R], known: dict[str, str], choose: Choose[R]) -> Tree[R]:
    first = next(iter(results.values()))
    if all(result == first for result in results.values()):
        return Leaf(first)
    found = {name: _part(results, place) for place, name in enumerate(names)}
    name = choose(known, {name: parts for name, parts in found.items() if len(parts) > 1})
    branches: dict[Tree[R], list[str]] = {}
    for value, part in found[name].items():
        branches.setdefault(_grow(names, part, {**known, name: value}, choose), []).append(value)
    if len(branches) == 1:
        return next(iter(branches))
    return Fork(name, tuple((tuple(values), tree) for tree, values in branches.items()))


def _part(results: Results[R], place: int) -> Parts[R]:
    parts: Parts[R] = {}
    for combination, result in results.items():
        parts.setdefault(combination[place], {})[combination] = result
    return parts


def walk(tree: Tree[R], way: Way | None = None) -> Iterator[tuple[Way, R]]:
    """Every way through a tree: the values of each name that is asked on it, and the result at its end."""
    match tree:
        case Leaf(result):
            yield way or {}, result
        case Fork(name, branches):
            for values, branch in branches:
                yield from walk(branch, {**(way or {}), name: values})
