"""What a rule asks of a profile, and the reference evaluator.

A condition speaks of known values only: there is no way to write "unknown" in one. `holds` is the plain reading that
durable-rules is compared with on every firing, so it stays a few lines long and shares no code with the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from triage.errors import quote
from triage.syntax import Path, Tree, type_name

COMBINATORS = ("any", "all", "not")


@dataclass(frozen=True, slots=True)
class Is:
    """`name` has one of `values`. `at` is its path inside `when`, for messages."""

    name: str
    values: tuple[str, ...]
    at: Path = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Is | All | Any | Not


def holds(condition: Condition, profile: Mapping[str, str]) -> bool:
    """Whether a condition holds on a profile, which has a value for every name the condition speaks of."""
    match condition:
        case Is(name, values):
            return profile[name] in values
        case All(parts):
            return all(holds(part, profile) for part in parts)
        case Any(parts):
            return any(holds(part, profile) for part in parts)
        case Not(part):
            return not holds(part, profile)
    assert_never(condition)


def leaves(condition: Condition) -> Iterator[Is]:
    """Every equality in a condition, in the order written."""
    match condition:
        case Is():
            yield condition
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            assert_never(condition)


def in_order(condition: Condition, names: Sequence[str]) -> Condition:
    """A condition with every "all of" in the order of `names`, so that the order of keys in a file changes nothing."""
    match condition:
        case Is():
            return condition
        case All(parts):
            ordered = sorted((in_order(part, names) for part in parts), key=lambda part: _rank(part, names))
            return All(tuple(ordered))
        case Any(parts):
            return Any(tuple(in_order(part, names) for part in parts))
        case Not(part):
            return Not(in_order(part, names))
        case _:
            assert_never(condition)


def _rank(condition: Condition, names: Sequence[str]) -> tuple[int, str]:
    known = isinstance(condition, Is) and condition.name in names
    return (names.index(condition.name) if isinstance(condition, Is) and known else len(names), type(condition).__name__)


def parse_condition(tree: Tree, at: Path = ()) -> Condition:
    """Read `when`. A mapping is "all of", a list of values "any of these"; `any`, `all` and `not` combine.

    Raises ValueError with a message for the author.
    """
    if not isinstance(tree, dict):
        where = "a condition" if at == () else _spot(at)
        raise ValueError(f"{where} is a mapping such as {{question: value}}; this is {type_name[type(tree)]}")
    parts = tuple(_parse_part(key, value, (*at, key)) for key, value in tree.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _parse_part(key: str, value: Tree, at: Path) -> Condition:
    if key == "not":
        return Not(parse_condition(value, at))
    if key in COMBINATORS:
        if not isinstance(value, list) or not value:
            raise ValueError(f"{_spot(at)} needs a list of conditions, such as [{{question: value}}, {{question: value}}]")
        parts = tuple(parse_condition(item, (*at, index)) for index, item in enumerate(value))
        return Any(parts) if key == "any" else All(parts)
    if value is None and ":" in key:
        raise ValueError(f"{_spot(at)} has no value; put a space after its colon")
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError(f"{_spot(at)} has an empty list; name at least one value")
    known = [item for item in values if isinstance(item, str)]
    if len(known) != len(values):
        raise ValueError(f"{_spot(at)} needs a value or a list of values")
    if len(set(known)) != len(known):
        raise ValueError(f"{_spot(at)} names a value twice")
    return Is(key, tuple(known), at)


def _spot(at: Path) -> str:
    return quote(".".join(map(str, at)))
