"""The worked examples that a pack is held to: `cases.yaml`. Evidence about a pack and no part of it, so read when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from triage.errors import name_missing, quote
from triage.parts import Code, Id, Part, Text, Truth
from triage.syntax import Path, Source


class Case(Part):
    """A worked example that the pack is held to. `rules` are among those that fire; the other expectations are exact.

    `decisions` gives the values that a decision is left with, one where it is settled; the list itself for a `collect` one.
    """

    case: Text
    why: Text | None = None
    reading: Id | None = None
    answers: dict[Id, Text]
    outcome: Id
    settled: Truth
    possible_outcomes: tuple[Id, ...] | None = None
    safety_net: Id | None = None
    standing: Id | None = None
    notes: tuple[Id, ...] | None = None
    decisions: dict[Id, tuple[Id, ...]] | None = None
    rules: tuple[Code, ...]


class Cases(Part):
    """`cases.yaml`."""

    cases: tuple[Case, ...]


class Given(NamedTuple):
    """What an intake gives, as far as a case can state it. `decisions` are the values that each one shown is left with."""

    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]
    safety_net: str | None
    standing: str | None
    notes: tuple[str, ...]
    decisions: Mapping[str, tuple[str, ...]]
    rules: tuple[str, ...]


class Departure(NamedTuple):
    """Something that a case states and its intake does not give; `expected` and `given` are lists of names."""

    key: str
    expected: tuple[str, ...]
    given: tuple[str, ...]


def find_departures(case: Case, given: Given) -> tuple[Departure, ...]:
    """Where an intake gives something else than its case states; nothing where the case holds. Order does not count."""
    return tuple(found for found in _compare(case, given) if set(found.expected) != set(found.given))


def _compare(case: Case, given: Given) -> Iterator[Departure]:
    yield Departure("outcome", (case.outcome,), (given.outcome,))
    yield Departure("settled", (_say(case.settled),), (_say(given.settled),))
    if case.possible_outcomes is not None:
        yield Departure("possible_outcomes", case.possible_outcomes, given.possible_outcomes)
    if case.safety_net is not None:
        yield Departure("safety_net", (case.safety_net,), _listed(given.safety_net))
    if case.standing is not None:
        yield Departure("standing", (case.standing,), _listed(given.standing))
    if case.notes is not None:
        yield Departure("notes", case.notes, given.notes)
    for name, values in (case.decisions or {}).items():
        yield Departure(name, values, given.decisions.get(name, ()))
    yield Departure("rules", case.rules, tuple(rule for rule in case.rules if rule in given.rules))


def _say(truth: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "yes" if truth else "no"


def _listed(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def find_case_faults(cases: Cases, source: Source, draft_names: Mapping[str, Iterable[str]]) -> None:
    """Add to `source` every name in the cases that the pack does not have; `draft_names` lists the names by kind."""
    seen: set[str] = set()
    for index, case in enumerate(cases.cases):
        if case.case in seen:
            message = f"the case {quote(case.case)} stands above already; give each once"
            source.fault(("cases", index, "case"), "duplicate-id", message)
        seen.add(case.case)
        at: Path = ("cases", index)
        wanted: list[tuple[Path, str, str]] = [((*at, "answers", name), "question", name) for name in case.answers]
        wanted += [((*at, "rules", position), "rule", rule) for position, rule in enumerate(case.rules)]
        wanted += [
            ((*at, "possible_outcomes", position), "outcome", o) for position, o in enumerate(case.possible_outcomes or ())
        ]
        wanted += [((*at, "notes", position), "note", note) for position, note in enumerate(case.notes or ())]
        wanted += [((*at, "reading"), "reading", case.reading)] if case.reading else []
        wanted += [((*at, "outcome"), "outcome or state", case.outcome)]
        wanted += [((*at, "safety_net"), "level", case.safety_net)] if case.safety_net else []
        wanted += [((*at, "standing"), "standing", case.standing)] if case.standing else []
        for decision, values in (case.decisions or {}).items():
            wanted += [((*at, "decisions", decision), "decision", decision)]
            known_values = decision in draft_names["decision"]
            wanted += [((*at, "decisions", decision, i), f"value of {decision}", v) for i, v in enumerate(values) if known_values]
        for path, kind, name in wanted:
            known = tuple(draft_names[kind])
            if name not in known:
                source.fault(path, f"unknown-{kind.split()[0]}", name_missing(kind, name, known))
