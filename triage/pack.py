"""A pack: one set of documents turned into questions, decisions and rules.

pydantic holds the structure: every model is frozen, forbids unknown keys and takes text only. What no structure can say
(does a name exist, does every rule cite something) is `consistency`; reading the files is `library`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, StringConstraints

from triage.conditions import Condition, leaves, parse_condition
from triage.errors import Place, RequestError, did_you_mean, quote
from triage.syntax import Path, Source, Tree

UNKNOWN = "unknown"
# The name of the one reading that a pack without readings has.
ONLY_READING = "default"
# What an interview takes for a command, and so can be no answer.
COMMAND_WORDS = ("back", "keep", "change", "show", "skip", "stop", "quit", "help")

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
Value = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PackName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
Codes = Annotated[tuple[Code, ...], Field(min_length=1)]

PATTERNS_IN_WORDS = {
    r"^[a-z][a-z0-9_]{0,63}$": "lower-case letters, digits and _, a letter first, 64 at most",
    r"^[A-Za-z][A-Za-z0-9_-]{0,31}$": "letters, digits, _ and -, a letter first, 32 at most",
    r"^[a-z0-9][a-z0-9_]{0,63}$": "lower-case letters, digits and _, no _ first, 64 at most",
    r"^[0-9a-f]{64}$": "the 64 digits of a SHA-256, 0 to 9 and a to f",
    r"^[a-z][a-z0-9-]{0,63}$": "lower-case letters, digits and -, a letter first, 64 at most",
    r"^[0-9]+\.[0-9]+\.[0-9]+$": "three numbers with dots between them, such as 1.0.2",
}


def _to_number(text: Any) -> Any:
    return int(text) if isinstance(text, str) and re.fullmatch(r"[1-9][0-9]{0,5}", text) else text


def _to_truth(text: Any) -> Any:
    return {"yes": True, "no": False}.get(text, text) if isinstance(text, str) else text


Number = Annotated[int, Field(strict=True), BeforeValidator(_to_number)]
Truth = Annotated[bool, Field(strict=True), BeforeValidator(_to_truth)]
if TYPE_CHECKING:
    When = Condition
else:
    # Left untyped for pydantic, which would otherwise build serializers for conditions that nothing calls.
    When = Annotated[Any, PlainValidator(parse_condition)]

StatementClass = Literal[
    "decision", "guard", "eligibility", "definition", "logistics", "recovery", "risk", "insurance", "claim", "withheld"
]
Teller = Literal["patient", "referral", "imaging_report", "clinician"]


class State(StrEnum):
    """What an assessment says in place of an outcome of the pack."""

    NOT_ENOUGH_INFORMATION = "not_enough_information"
    CONTRADICTORY_ANSWERS = "contradictory_answers"
    CONTACT_CLINICIAN_NOW = "contact_clinician_now"


class Part(BaseModel):
    """The root of every part of a pack: frozen, and without keys that do not belong."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Heading(Part):
    """A segment that states nothing."""

    segment: Number
    sha256: Digest


class Document(Part):
    """A source text. `segments` is how many it has; `headings` are those that no statement comes from."""

    document: Id
    title: Text
    segments: Number
    headings: tuple[Heading, ...] = ()


class Statement(Part):
    """One fact of a document in our own words, with the segment it comes from and the digest of that segment."""

    statement: Code
    segment: Number
    sha256: Digest
    kind: StatementClass = Field(alias="class")
    text: Text
    use: Text
    document: Id | None = None


class Citation(Part):
    """A source of the safety net; cited by `because` like a statement."""

    source: Code
    title: Text
    year: Text | None = None


class Outcome(Part):
    """A value of the outcome decision and the procedures it names. `headline_open` is said while others are still open."""

    outcome: Id
    procedures: tuple[Id, ...]
    headline: Text
    headline_open: Text | None = None


class Procedure(Part):
    """A procedure and the decision that stands for it."""

    procedure: Id
    title: Text
    decision: Id


class Level(Part):
    """A value of the safety net, the most severe first. `withholds` says that the mapping is then not given."""

    level: Id
    text: Text
    withholds: Truth = False


class SafetyNet(Part):
    """Which decision is the safety net and what is said at each level; the last level is the one without a sign."""

    decision: Id
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]
    open: Text


class Standing(Part):
    """Which decision is the standing of the imaging, and what is said for each of its values and while it is open."""

    decision: Id
    texts: dict[Id, Text]


class Headlines(Part):
    """What is said where no outcome of the pack applies."""

    not_enough_information: Text
    contradictory_answers: Text
    contact_clinician_now: Text


class Cited(Part):
    """A text that rests on statements."""

    text: Text
    because: Codes


class Item(Part):
    """A line for the coordinator or the provider, with the statements it rests on."""

    id: Id
    text: Text
    because: Codes


class SheetItem(Item):
    """A line of the consult sheet. Where `question` is answered, `text_known` stands in its place, with `{answer}` filled in."""

    question: Id | None = None
    text_known: Text | None = None


class Tension(Part):
    """Statements that do not sit well together, and what the tool does about it."""

    tension: Id
    statements: Codes
    text: Text


class Allowed(Part):
    """One exact sentence that the wording rules let pass, and why."""

    sentence: Text
    reason: Text


class Header(Part):
    """`pack.yaml`: what the pack is, and which decision plays which part."""

    pack: PackName
    version: Version
    title: Text
    intended_use: Text
    deferral: Cited
    documents: Annotated[tuple[Document, ...], Field(min_length=1)]
    sources: tuple[Citation, ...] = ()
    outcome: Id
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    procedures: tuple[Procedure, ...] = ()
    headlines: Headlines
    safety_net: SafetyNet | None = None
    standing: Standing | None = None
    reported: Annotated[tuple[Id, ...], Field(min_length=1)]
    notes: tuple[Id, ...] = ()
    default_reading: Id | None = None
    have_ready: tuple[Item, ...] = ()
    tensions: tuple[Tension, ...] = ()
    wording_exceptions: tuple[Allowed, ...] = ()


class Group(Part):
    group: Id
    title: Text


class Question(Part):
    """What intake asks. `warning` is the value that reports a warning sign; `expected_from` who ought to say it."""

    question: Id
    group: Id
    label: Text
    text: Text
    help: Text
    values: Annotated[tuple[Value, ...], Field(min_length=2)]
    labels: dict[Value, Text] = Field(default_factory=dict)
    spellings: dict[Value, tuple[Text, ...]] = Field(default_factory=dict)
    expected_from: tuple[Teller, ...] = ()
    warning: Value | None = None
    because: tuple[Code, ...] = ()

    def say(self, value: str) -> str:
        """A value in words."""
        return self.labels.get(value, value.replace("_", " "))


class Questions(Part):
    """`questions.yaml`."""

    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Rule(Part):
    """One line of a decision: `when` → `then`, `because` of statements."""

    rule: Code
    when: When
    then: Id
    because: tuple[Code, ...] = ()


class Decision(Part):
    """A named table. `unique` gives one value, `collect` a list. `values` are its values in words."""

    decision: Id
    title: Text | None = None
    reads: Annotated[tuple[Id, ...], Field(min_length=1)]
    hit_policy: Literal["unique", "collect"]
    values: dict[Id, Text] = Field(default_factory=dict)
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


class ReadingRule(Rule):
    """A rule of a reading: as any other, with the decision it belongs to."""

    decision: Id


class Reading(Part):
    """An alternative set of rules for a passage that the document words in two ways: what it replaces, and by what."""

    reading: Id
    title: Text
    text: Text
    because: Codes
    replaces: tuple[Code, ...] = ()
    rules: tuple[ReadingRule, ...] = ()


class Constraint(Part):
    """Answers that exclude each other: `never` holds of no real case."""

    constraint: Code
    never: When
    text: Text


class Note(Part):
    """A text that a `collect` decision gives; a rule names it in `then`."""

    note: Id
    text: Text


class Decisions(Part):
    """`decisions.yaml`."""

    decisions: Annotated[tuple[Decision, ...], Field(min_length=1)]
    constraints: tuple[Constraint, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[Note, ...] = ()


class Statements(Part):
    """`statements.yaml`."""

    statements: Annotated[tuple[Statement, ...], Field(min_length=1)]


class Section(Part):
    """A section of the consult sheet with lines of its own."""

    section: Id
    title: Text
    items: Annotated[tuple[SheetItem, ...], Field(min_length=1)]


class Sheet(Part):
    """`sheet.yaml`."""

    sections: tuple[Section, ...]


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
