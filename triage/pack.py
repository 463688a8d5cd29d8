"""A pack: one set of documents turned into questions, decisions and rules, and what it can be asked.

Its parts are in `parts`; reading the files is `library`. A name that a pack does not have is the caller's KeyError, except a
reading, which users name: that is a RequestError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from triage.conditions import leaves
from triage.errors import Place, RequestError, did_you_mean, quote
from triage.parts import Citation, Constraint, Decision, Group, Header, Note, Outcome, Question, Reading, Rule, Sheet, Statement
from triage.syntax import Path, Source, Tree

# The name of the one reading that a pack without readings has.
ONLY_READING = "default"


def decision_values(decision: Decision, readings: Iterable[Reading]) -> tuple[str, ...]:
    """The values of a decision: as declared, or else those its rules and its readings' rules give, in the order of the rules."""
    if decision.values:
        return tuple(decision.values)
    replacing = [rule.then for reading in readings for rule in reading.rules if rule.decision == decision.decision]
    return tuple(dict.fromkeys([rule.then for rule in decision.rules] + replacing))


def rules_under(reading: Reading, decision: Decision) -> tuple[Rule, ...]:
    """The rules of a decision under a reading: without those it replaces, with those it gives."""
    kept = [rule for rule in decision.rules if rule.rule not in reading.replaces]
    return (*kept, *(rule for rule in reading.rules if rule.decision == decision.decision))


def natural(code: str) -> tuple[tuple[int, str], ...]:
    """A sort key that puts `K2` before `K10`, and tells `K2` from `K02`."""
    parts = [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", code) if part]
    return (*parts, (0, code))


# The lists of a pack's files whose items have ids, and the key that holds the id.
ID_KEYS = {
    "documents": "document",
    "sources": "source",
    "outcomes": "outcome",
    "procedures": "procedure",
    "levels": "level",
    "have_ready": "id",
    "tensions": "tension",
    "statements": "statement",
    "groups": "group",
    "questions": "question",
    "decisions": "decision",
    "rules": "rule",
    "constraints": "constraint",
    "readings": "reading",
    "notes": "note",
    "sections": "section",
    "items": "id",
    "cases": "case",
}


def find_parts(tree: Tree, at: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Every part of a file that has an id: its path, the key of the id, the id."""
    for key, items in tree.items() if isinstance(tree, dict) else ():
        for index, item in enumerate(items) if isinstance(items, list) else ():
            name = item.get(ID_KEYS.get(key, "")) if isinstance(item, dict) else None
            if isinstance(name, str):
                yield (*at, key, index), ID_KEYS[key], name
            yield from find_parts(item, (*at, key, index))
        yield from find_parts(items, (*at, key)) if isinstance(items, dict) else ()


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack that has been read and found consistent. Compared by identity; `digest` says what it holds.

    `digest` is the SHA-256 over everything that can change an answer or a text, whatever the order of keys and rules in the
    files. Cases are evidence about a pack and no part of it.
    """

    header: Header
    statements: tuple[Statement, ...]
    groups: tuple[Group, ...]
    questions: tuple[Question, ...]
    decisions: tuple[Decision, ...]
    constraints: tuple[Constraint, ...]
    readings: tuple[Reading, ...]
    notes: tuple[Note, ...]
    sheet: Sheet
    digest: str
    folder: str = field(default="", repr=False)
    sources: dict[str, Source] = field(default_factory=dict, repr=False)
    remembered: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """A copy, or a pack sent to another process, remembers nothing."""
        return {**self.__dict__, "remembered": {}}

    @property
    def id(self) -> str:
        return self.header.pack

    @property
    def version(self) -> str:
        return self.header.version

    @cached_property
    def question(self) -> dict[str, Question]:
        return {question.question: question for question in self.questions}

    @cached_property
    def decision(self) -> dict[str, Decision]:
        return {decision.decision: decision for decision in self.decisions}

    @cached_property
    def statement(self) -> dict[str, Statement]:
        return {statement.statement: statement for statement in self.statements}

    @cached_property
    def source(self) -> dict[str, Citation]:
        return {source.source: source for source in self.header.sources}

    @cached_property
    def outcome(self) -> dict[str, Outcome]:
        return {outcome.outcome: outcome for outcome in self.header.outcomes}

    @cached_property
    def note(self) -> dict[str, Note]:
        return {note.note: note for note in self.notes}

    @cached_property
    def reading(self) -> dict[str, Reading]:
        return {reading.reading: reading for reading in self.readings}

    @property
    def reading_names(self) -> tuple[str, ...]:
        """The names of the readings; of a pack without any, the one that it has."""
        return tuple(self.reading) or (ONLY_READING,)

    @property
    def default_reading(self) -> str:
        return self.header.default_reading or self.reading_names[0]

    def choose_reading(self, name: str | None) -> str:
        """The reading asked for, or the default. Raises RequestError if there is none of this name."""
        chosen = self.default_reading if name is None else name
        if chosen not in self.reading_names:
            near = did_you_mean(chosen, self.reading_names)
            raise RequestError(f"this pack has no reading {quote(chosen)}; it has {', '.join(self.reading_names)}.{near}")
        return chosen

    def every_rule(self, decision: str) -> tuple[Rule, ...]:
        """The rules of a decision, those of readings last."""
        replacing = (rule for reading in self.readings for rule in reading.rules if rule.decision == decision)
        return (*self.decision[decision].rules, *replacing)

    def values_of(self, name: str) -> tuple[str, ...]:
        """The closed list of values of a question or a decision."""
        question = self.question.get(name)
        return question.values if question else decision_values(self.decision[name], self.readings)

    @cached_property
    def rule(self) -> dict[str, Rule]:
        """Every rule by its id, those of readings included."""
        replacing = (rule for reading in self.readings for rule in reading.rules)
        return {rule.rule: rule for rule in (*(rule for decision in self.decisions for rule in decision.rules), *replacing)}

    def chain(self, decision: str) -> tuple[str, ...]:
        """The decisions that a decision rests on, each after those it reads; itself last."""
        found: dict[str, None] = {}
        waiting = [decision]
        while waiting:
            name = waiting[-1]
            missing = [read for read in self.decision[name].reads if read in self.decision and read not in found]
            if missing:
                waiting += reversed(missing)
            else:
                found[waiting.pop()] = None
        return tuple(found)

    def constraints_on(self, names: Iterable[str]) -> Iterator[Constraint]:
        """The constraints that speak of these questions alone."""
        known = set(names)
        return (constraint for constraint in self.constraints if {leaf.name for leaf in leaves(constraint.never)} <= known)

    def place(self, kind: str, name: str) -> Place:
        """Where a part with an id stands in the files, such as `place("rule", "R1")`; the start of the pack if nowhere."""
        return self._places.get((kind, name), Place(f"{self.folder}/pack.yaml", 1, 1))

    @cached_property
    def _places(self) -> dict[tuple[str, str], Place]:
        found: dict[tuple[str, str], Place] = {}
        for source in self.sources.values():
            for path, kind, name in find_parts(source.tree):
                found.setdefault((kind, name), source.place(path))
        return found

    def cite(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Citations without repeats, in pack order."""
        return tuple(sorted(set(codes), key=self.cite_order.__getitem__))

    @cached_property
    def cite_order(self) -> dict[str, int]:
        """Position of every statement and source, for listing citations in pack order."""
        return {code: position for position, code in enumerate((*self.statement, *self.source))}


def decisions_under(pack: Pack, reading: str | None) -> tuple[Decision, ...]:
    """The decisions of a pack with the rules that a reading replaces; None, or having no readings, leaves them as they stand."""
    if reading is None or not pack.reading:
        return pack.decisions
    decisions = []
    for decision in pack.decisions:
        rules = rules_under(pack.reading[reading], decision)
        decisions.append(decision if rules == decision.rules else decision.model_copy(update={"rules": rules}))
    return tuple(decisions)
