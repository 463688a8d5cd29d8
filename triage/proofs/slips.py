"""Every single change of a condition: the slips that a pen makes.

A part left out, an `any` for an `all`, a `not` too many or too few, another value, a value too many or too few, another name
that has the same values. Each is given with what was changed, as it would stand in a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, assert_never

from triage.conditions import All, Any, Condition, Is, Not

Domains = Mapping[str, Sequence[str]]


class Slip(NamedTuple):
    """A condition with one thing changed, and the change in words."""

    condition: Condition
    change: str


def find_slips(condition: Condition, domains: Domains) -> tuple[Slip, ...]:
    """Every single change of a condition, each once. `domains` has the values of all names that it may ask."""
    found = {condition: ""}
    if not isinstance(condition, All):
        found[All(())] = "without its condition"
    for slip in _vary(condition, domains):
        found.setdefault(slip.condition, slip.change)
    return tuple(Slip(changed, change) for changed, change in found.items() if change)


def _vary(condition: Condition, domains: Domains) -> Iterator[Slip]:
    match condition:
        case Is():
            yield from (_swap(condition, other) for other in _vary_equality(condition, domains))
        case All(parts) | Any(parts):
            if len(parts) > 1:
                yield _swap(condition, Any(parts) if isinstance(condition, All) else All(parts))
            for index, part in enumerate(parts):
                yield Slip(_join(condition, (*parts[:index], *parts[index + 1 :])), f"without {write_condition(part)}")
                for changed, change in _vary(part, domains):
                    yield Slip(type(condition)((*parts[:index], changed, *parts[index + 1 :])), change)
        case Not(part):
            yield _swap(condition, part)
            for changed, change in _vary(part, domains):
                # A second `not` inside the first takes both away, which stands above.
                if changed != Not(part):
                    yield Slip(Not(changed), change)
            return
        case _:
            assert_never(condition)
    yield _swap(condition, Not(condition))


def _swap(old: Condition, new: Condition) -> Slip:
    return Slip(new, f"{write_condition(new)} in place of {write_condition(old)}")


def _join(whole: All | Any, parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else type(whole)(parts)


def _vary_equality(equality: Is, domains: Domains) -> Iterator[Is]:
    name, values = equality.name, equality.values
    others = [value for value in domains[name] if value not in values]
    for index in range(len(values)):
        for other in others:
            yield Is(name, (*values[:index], other, *values[index + 1 :]))
        if len(values) > 1:
            yield Is(name, (*values[:index], *values[index + 1 :]))
    for other in others:
        yield Is(name, (*values, other))
    for asked, domain in domains.items():
        if asked != name and set(values) <= set(domain):
            yield Is(asked, values)


def forget(condition: Condition, name: str) -> Condition | None:
    """A condition without any equality on a name; None where nothing else is left of it."""
    match condition:
        case Is():
            return None if condition.name == name else condition
        case All(parts) | Any(parts):
            kept = tuple(part for part in (forget(part, name) for part in parts) if part is not None)
            return _join(condition, kept) if kept or not parts else None
        case Not(part):
            inner = forget(part, name)
            return None if inner is None else Not(inner)
    assert_never(condition)


def write_condition(condition: Condition) -> str:
    """A condition as it would stand in a file, on one line."""
    match condition:
        case Is(name, values):
            return f"{{{name}: {values[0] if len(values) == 1 else '[' + ', '.join(values) + ']'}}}"
        case All(parts):
            written = [write_condition(part) for part in parts]
            names = {part.name for part in parts if isinstance(part, Is)}
            if len(names) == len(parts):
                return f"{{{', '.join(text[1:-1] for text in written)}}}"
            return f"{{all: [{', '.join(written)}]}}"
        case Any(parts):
            return f"{{any: [{', '.join(map(write_condition, parts))}]}}"
        case Not(part):
            return f"{{not: {write_condition(part)}}}"
    assert_never(condition)
