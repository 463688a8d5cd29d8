"""What became of cards, counted by reason and forgotten: no card, no person, no comment and no time is kept.

The counts of all worker processes stand in one small file; a reason that is not one of ours counts as another reason, so that
nothing that was written elsewhere gets into it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple

from triage.hooks.calls import Lenient, Uuid, read_model
from triage.hooks.cards import REASONS, reason_system
from triage.pack import Pack
from triage.syntax import Tree

NO_REASON, OTHER = "none-given", "other"
OUTCOMES = ("accepted", "overridden")
FILE = "feedback.sqlite3"

_WANTED = {
    "feedback": "takes a list of what became of cards",
    "feedback.card": "takes the uuid of a card",
    "feedback.outcome": f"takes {' or '.join(OUTCOMES)}",
    "feedback.outcomeTimestamp": "takes the time in UTC",
    "feedback.overrideReason": "takes an object with a reason",
    "feedback.overrideReason.reason": "takes a code with its system",
}


class _Coding(Lenient):
    code: str
    system: str


class _Override(Lenient):
    reason: _Coding | None = None


class _Entry(Lenient):
    card: Uuid
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: str  # noqa: N815 # as the standard spells it
    overrideReason: _Override | None = None  # noqa: N815


class _Feedback(Lenient):
    feedback: tuple[_Entry, ...]


class Fate(NamedTuple):
    """What became of a card: accepted or overridden, and a code of ours that says why."""

    outcome: str
    reason: str


def read_feedback(pack: Pack, tree: Tree) -> tuple[Fate, ...]:
    """What is told of cards, without anything else that comes with it. Raises IntakeError for what CDS Hooks does not have."""
    return tuple(Fate(entry.outcome, _reason(pack, entry)) for entry in read_model(_Feedback, tree, _WANTED).feedback)


def _reason(pack: Pack, entry: _Entry) -> str:
    given = entry.overrideReason.reason if entry.overrideReason else None
    if given is None:
        return NO_REASON
    return given.code if given.system == reason_system(pack) and given.code in REASONS else OTHER


def count_feedback(folder: Path, service: str, fates: Iterable[Fate]) -> None:
    """Add to the counts that all processes share."""
    counted = Counter(fates)
    with closing(_open(folder)) as base, base:
        base.executemany(
            "INSERT INTO fates VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times",
            [(service, *fate, times) for fate, times in counted.items()],
        )


def read_counts(folder: Path, service: str) -> dict[str, dict[str, int]]:
    """How often cards of a service were accepted and overridden, by reason."""
    with closing(_open(folder)) as base:
        rows = base.execute("SELECT outcome, reason, times FROM fates WHERE service = ? ORDER BY outcome, reason", (service,))
        counts: dict[str, dict[str, int]] = {outcome: {} for outcome in OUTCOMES}
        for outcome, reason, times in rows:
            counts[outcome][reason] = times
    return counts


def _open(folder: Path) -> sqlite3.Connection:
    base = sqlite3.connect(folder / FILE, timeout=5)
    base.execute("PRAGMA synchronous = OFF")  # counts that end with the service need not outlive a loss of power
    base.execute(
        "CREATE TABLE IF NOT EXISTS fates (service TEXT, outcome TEXT, reason TEXT, times INTEGER NOT NULL,"
        " PRIMARY KEY (service, outcome, reason)) WITHOUT ROWID"
    )
    return base
