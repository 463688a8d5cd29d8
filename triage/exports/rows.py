"""A decision as rows that exclude each other, for those who read tables and know no rules that overlap.

Worked out from all complete profiles of what the decision reads, so that nothing is lost: every profile with a value is in
exactly one row. A profile that no rule answers, or several with different values, is in none. A list has rows for each of its
values apart: whether it has that value, "yes" or "no".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from triage.conditions import holds, leaves
from triage.errors import RequestError
from triage.pack import Pack
from triage.parts import Decision, Rule
from triage.profiles import Profile, Value, conclude

YES, NO = "yes", "no"
MAX_PROFILES = 20_000

Cells = tuple[str | None, ...]


class Row(NamedTuple):
    """One row: a value for each name that the table reads, or None for any. `some` are rules that hold in a part of it only."""

    cells: Cells
    value: str
    rules: tuple[str, ...]
    some: tuple[str, ...]


class Table(NamedTuple):
    """The rows of a decision, or of one value of a list."""

    reads: tuple[str, ...]
    values: tuple[str, ...]
    rows: tuple[Row, ...]


def tabulate(pack: Pack, decision: Decision) -> Table:
    """A decision that gives one value as rows. Its rules are those of a reading.

    Profiles with one value stand together; what tells the most apart is told first. Raises RequestError for a decision that reads
    too much to be listed.
    """
    rows = _list_rows(pack, decision.decision, decision.reads, decision.rules, lambda fired: conclude(decision, fired))
    return Table(decision.reads, pack.values_of(decision.decision), rows)


def tabulate_listed(pack: Pack, decision: Decision, value: str) -> Table:
    """Whether a list has a value, as rows over what its rules speak of. Raises RequestError as `tabulate` does."""
    rules = tuple(rule for rule in decision.rules if rule.then == value)
    spoken = {leaf.name for rule in rules for leaf in leaves(rule.when)}
    reads = tuple(read for read in decision.reads if read in spoken) or decision.reads[:1]  # a table has a column
    rows = _list_rows(pack, decision.decision, reads, rules, lambda fired: YES if fired else NO)
    return Table(reads, (YES, NO), rows)


def _list_rows(
    pack: Pack, name: str, reads: Sequence[str], rules: Sequence[Rule], give: Callable[[tuple[str, ...]], Value | None]
) -> tuple[Row, ...]:
    domains = [pack.values_of(read) for read in reads]
    size = prod(map(len, domains))
    if size > MAX_PROFILES:
        raise RequestError(f"{name} has {size:,} profiles; {MAX_PROFILES:,} are the most in a table; split the decision")
    fired: dict[Profile, tuple[str, ...]] = {}
    for profile in product(*domains):
        known = dict(zip(reads, profile, strict=True))
        fired[profile] = tuple(rule.rule for rule in rules if holds(rule.when, known))
    values = {profile: give(held) for profile, held in fired.items()}
    parts = _split((None,) * len(reads), values)
    found = ((cells, values[together[0]], [fired[profile] for profile in together]) for cells, together in parts)
    return tuple(_row(cells, value, rules, held) for cells, value, held in found if isinstance(value, str))


def _row(cells: Cells, value: str, rules: Sequence[Rule], held: Sequence[tuple[str, ...]]) -> Row:
    somewhere = [rule.rule for rule in rules if any(rule.rule in each for each in held)]
    always = tuple(rule for rule in somewhere if all(rule in each for each in held))
    return Row(cells, value, always, tuple(rule for rule in somewhere if rule not in always))


def _split(cells: Cells, values: Mapping[Profile, Value | None]) -> Iterator[tuple[Cells, list[Profile]]]:
    """Parts with one value each, told by cells with one value or any."""
    if len(set(values.values())) == 1:
        yield cells, list(values)
        return
    parts = {place: _part(values, place) for place, cell in enumerate(cells) if cell is None}
    place = max(parts, key=lambda place: _share_settled(parts[place]))
    for value, part in parts[place].items():
        yield from _split((*cells[:place], value, *cells[place + 1 :]), part)


def _part(values: Mapping[Profile, Value | None], place: int) -> dict[str, dict[Profile, Value | None]]:
    parts: dict[str, dict[Profile, Value | None]] = {}
    for profile, value in values.items():
        parts.setdefault(profile[place], {})[profile] = value
    return parts


def _share_settled(parts: Mapping[str, Mapping[Profile, Value | None]]) -> float:
    return sum(len(set(part.values())) == 1 for part in parts.values()) / len(parts)
