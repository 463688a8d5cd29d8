"""The parts of a pack's files, one model a part: what may stand where, and of what form.

Every model is frozen, forbids unknown keys and takes text only. pydantic holds the structure; what no structure can say (does a
name exist, does every rule cite something) is `consistency`, and what the parts are together is `pack`.
It is long because it is one list: a model for each part, in the order of the files.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, StringConstraints

from triage.conditions import Condition, parse_condition

UNKNOWN = "unknown"
# What an interview takes for a command, and so can be no answer.
COMMAND_WORDS = ("back", "keep", "change", "show", "skip", "stop", "quit", "exit", "help")

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
