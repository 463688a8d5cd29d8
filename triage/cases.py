"""The worked examples that a pack is held to: `cases.yaml`. Evidence about a pack and no part of it, so read when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from triage.errors import did_you_mean, quote
from triage.pack import Code, Id, Part, Text, Truth
from triage.syntax import Path, Source


class Case(Part):
    """A worked example that the pack is held to. `rules` are among those that fire; the other expectations are exact."""

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
    rules: tuple[Code, ...]


class Cases(Part):
    """`cases.yaml`."""

    cases: tuple[Case, ...]


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
        for path, kind, name in wanted:
            known = tuple(draft_names[kind])
            if name not in known:
                source.fault(path, f"unknown-{kind.split()[0]}", f"no {kind} is called {quote(name)}.{did_you_mean(name, known)}")
