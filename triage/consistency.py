"""What no structure can say of a pack: that every name exists, every rule cites something, nothing is said twice.

Works on the models of all files together and reports every fault with its place. Deeper questions, those that need the
answers enumerated, are not asked here. It is long because it is one list: a method for each check, in the order of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from triage.conditions import COMBINATORS, Condition, leaves
from triage.errors import did_you_mean, name_missing, quote
from triage.pack import decision_values
from triage.parts import (
    COMMAND_WORDS,
    UNKNOWN,
    Decision,
    Decisions,
    Document,
    Header,
    Question,
    Questions,
    Rule,
    Sheet,
    State,
    Statements,
)
from triage.syntax import Path, Source

RESERVED = (*COMBINATORS, "kind", "sid", "id")
MUST_BE_CITED = ("decision", "guard", "eligibility")


@dataclass
class Draft:
    """A pack whose files have the right structure, with the sources they were read from.

    `common_spellings` gives what every pack understands for a question: word → value.
    """

    header: Header
    statements: Statements
    questions: Questions
    decisions: Decisions
    sheet: Sheet
    sources: dict[str, Source] = field(repr=False)
    common_spellings: Callable[[Question], Mapping[str, str]] = field(repr=False)

    def values_of(self, name: str) -> tuple[str, ...]:
        """The closed list of values of a question or decision; empty if there is none of this name."""
        for question in self.questions.questions:
            if question.question == name:
                return question.values
        owners = (decision for decision in self.decisions.decisions if decision.decision == name)
        return next((decision_values(decision, self.decisions.readings) for decision in owners), ())


def find_faults(draft: Draft) -> None:
    """Add every inconsistency of a pack to the faults of its sources."""
    _Checker(draft).check()


class _Checker:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.header = draft.header
        self.question_by_id: dict[str, Question] = {q.question: q for q in draft.questions.questions}
        self.decision_by_id: dict[str, Decision] = {d.decision: d for d in reversed(draft.decisions.decisions)}
        self.citable = dict.fromkeys(
            (*(s.statement for s in draft.statements.statements), *(s.source for s in self.header.sources))
        )
        self.values = {name: draft.values_of(name) for name in (*self.question_by_id, *self.decision_by_id)}

    def fault(self, file: str, path: Path, code: str, message: str) -> None:
        self.draft.sources[file].fault(path, code, message)

    def known(self, file: str, path: Path, kind: str, name: str, names: Iterable[str]) -> bool:
        """Report a name that does not exist; True if it does."""
        known = tuple(names)
        if name not in known:
            self.fault(file, path, f"unknown-{kind}", name_missing(kind.replace("-", " "), name, known))
        return name in known

    def has(self, file: str, path: Path, owner: str, value: str, values: Sequence[str]) -> None:
        """Report a value that is not on the list of its question or decision."""
        if value not in values:
            message = f"{owner} has no value {quote(value)}; it has {', '.join(values)}.{did_you_mean(value, values)}"
            self.fault(file, path, "unknown-value", message)

    def cite(self, file: str, path: Path, because: Sequence[str], *, required: bool = True) -> None:
        if required and not because:
            self.fault(file, (*path, "because"), "cites-nothing", "cites no statement; say in `because` which it rests on")
        for index, code in enumerate(because):
            self.known(file, (*path, "because", index), "statement", code, self.citable)

    def unique(self, file: str, places: Iterable[tuple[str, Path]], kind: str) -> None:
        seen: set[str] = set()
        for name, path in places:
            if name in seen:
                self.fault(file, path, "duplicate-id", f"the {kind} {quote(name)} stands above already; give each once")
            seen.add(name)

    def check(self) -> None:
        self._ids()
        self._documents()
        self._questions()
        self._decisions()
        self._readings()
        self._cycles()
        self._outcomes()
        self._roles()
        self._citations()

    def _ids(self) -> None:
        header, decisions = self.header, self.draft.decisions
        lists: list[tuple[str, str, Sequence[Any], str]] = [
            ("pack.yaml", "documents", header.documents, "document"),
            ("pack.yaml", "outcomes", header.outcomes, "outcome"),
            ("pack.yaml", "procedures", header.procedures, "procedure"),
            ("pack.yaml", "sources", header.sources, "source"),
            ("pack.yaml", "tensions", header.tensions, "tension"),
            ("pack.yaml", "have_ready", header.have_ready, "id"),
            ("statements.yaml", "statements", self.draft.statements.statements, "statement"),
            ("questions.yaml", "groups", self.draft.questions.groups, "group"),
            ("questions.yaml", "questions", self.draft.questions.questions, "question"),
            ("decisions.yaml", "decisions", decisions.decisions, "decision"),
            ("decisions.yaml", "constraints", decisions.constraints, "constraint"),
            ("decisions.yaml", "readings", decisions.readings, "reading"),
            ("decisions.yaml", "notes", decisions.notes, "note"),
            ("sheet.yaml", "sections", self.draft.sheet.sections, "section"),
        ]
        for file, key, parts, kind in lists:
            self.unique(file, ((getattr(part, kind), (key, i, kind)) for i, part in enumerate(parts)), kind)
        if header.safety_net:
            at: Path = ("safety_net", "levels")
            levels = enumerate(header.safety_net.levels)
            self.unique("pack.yaml", ((level.level, (*at, i, "level")) for i, level in levels), "level")
        for index, section in enumerate(self.draft.sheet.sections):
            at = ("sections", index, "items")
            self.unique("sheet.yaml", ((item.id, (*at, i, "id")) for i, item in enumerate(section.items)), "id")
        self.unique("decisions.yaml", ((rule.rule, (*path, "rule")) for path, rule, _ in self._rules()), "rule")
        for index, decision in enumerate(decisions.decisions):
            path: Path = ("decisions", index, "decision")
            if decision.decision in self.question_by_id:
                self.fault("decisions.yaml", path, "duplicate-id", f"{quote(decision.decision)} is also a question; rename one")
            self._reserved("decisions.yaml", path, decision.decision)
        for index, question in enumerate(self.draft.questions.questions):
            self._reserved("questions.yaml", ("questions", index, "question"), question.question)
        statements = {statement.statement for statement in self.draft.statements.statements}
        for index, source in enumerate(header.sources):
            if source.source in statements:
                message = f"{quote(source.source)} is also a statement; rename one"
                self.fault("pack.yaml", ("sources", index, "source"), "duplicate-id", message)

    def _reserved(self, file: str, path: Path, name: str) -> None:
        if name in RESERVED:
            self.fault(file, path, "reserved-id", f"{quote(name)} has a meaning of its own in conditions; choose another id")

    def _rules(self) -> Iterator[tuple[Path, Rule, Decision | None]]:
        """Every rule with its path and its decision if there is one, those of readings included."""
        for index, decision in enumerate(self.draft.decisions.decisions):
            for position, rule in enumerate(decision.rules):
                yield ("decisions", index, "rules", position), rule, decision
        for index, reading in enumerate(self.draft.decisions.readings):
            for position, replacing in enumerate(reading.rules):
                yield ("readings", index, "rules", position), replacing, self.decision_by_id.get(replacing.decision)

    def _documents(self) -> None:
        documents = {document.document: document for document in reversed(self.header.documents)}
        first = self.header.documents[0].document
        digests: dict[tuple[str, int], str] = {}
        headings = {(d.document, heading.segment): heading for d in self.header.documents for heading in d.headings}
        for index, statement in enumerate(self.draft.statements.statements):
            path: Path = ("statements", index)
            name = statement.document or first
            if not self.known("statements.yaml", (*path, "document"), "document", name, documents):
                continue
            key = (name, statement.segment)
            if statement.segment > documents[name].segments:
                message = f"segment {statement.segment} is past the end; {name} has {documents[name].segments}"
                self.fault("statements.yaml", (*path, "segment"), "unknown-segment", message)
            if digests.setdefault(key, statement.sha256) != statement.sha256:
                message = f"segment {statement.segment} has another digest above; one of them is not of this segment"
                self.fault("statements.yaml", (*path, "sha256"), "two-digests", message)
            if key in headings:
                message = f"segment {statement.segment} is listed as a heading in pack.yaml; a heading states nothing"
                self.fault("statements.yaml", (*path, "segment"), "heading-stated", message)
        for index, document in enumerate(self.header.documents):
            self._headings(("documents", index, "headings"), document)
            numbers = ((document.document, number) for number in range(1, document.segments + 1))
            missing = list(islice((key[1] for key in numbers if key not in digests and key not in headings), 11))
            if missing:
                shown = ", ".join(map(str, missing[:10])) + (" and more" if len(missing) > 10 else "")
                message = f"no statement and no heading for segment {shown}; account for each segment"
                self.fault("pack.yaml", ("documents", index), "segment-unaccounted", message)

    def _headings(self, path: Path, document: Document) -> None:
        numbered = enumerate(document.headings)
        self.unique("pack.yaml", ((str(h.segment), (*path, i, "segment")) for i, h in numbered), "heading")
        for index, heading in enumerate(document.headings):
            if heading.segment > document.segments:
                message = f"segment {heading.segment} is past the end; {document.document} has {document.segments}"
                self.fault("pack.yaml", (*path, index, "segment"), "unknown-segment", message)

    def _questions(self) -> None:
        groups = [group.group for group in self.draft.questions.groups]
        for index, question in enumerate(self.draft.questions.questions):
            path: Path = ("questions", index)
            self.known("questions.yaml", (*path, "group"), "group", question.group, groups)
            if UNKNOWN in question.values:
                message = f"{quote(UNKNOWN)} can always be answered and is not a value; take it off the list"
                self.fault("questions.yaml", (*path, "values"), "unknown-as-value", message)
            self._commands(path, question)
            self.unique("questions.yaml", ((value, (*path, "values", i)) for i, value in enumerate(question.values)), "value")
            for key in question.labels:
                self.has("questions.yaml", (*path, "labels", key), question.question, key, question.values)
            if question.warning is not None:
                self.has("questions.yaml", (*path, "warning"), question.question, question.warning, question.values)
            self._spellings(path, question)
            self.cite("questions.yaml", path, question.because, required=False)

    def _commands(self, path: Path, question: Question) -> None:
        words: list[tuple[Path, str]] = [((*path, "values", index), value) for index, value in enumerate(question.values)]
        for value, spelled in question.spellings.items():
            words += [((*path, "spellings", value, index), word) for index, word in enumerate(spelled)]
        for at, word in words:
            if word in COMMAND_WORDS:
                message = f"{quote(word)} is a command in an interview and could not be answered there; take another word"
                self.fault("questions.yaml", at, "command-as-value", message)

    def _spellings(self, path: Path, question: Question) -> None:
        meaning = dict(self.draft.common_spellings(question))
        for value, words in question.spellings.items():
            at = (*path, "spellings", value)
            self.has("questions.yaml", at, question.question, value, (*question.values, UNKNOWN))
            for index, word in enumerate(words):
                plain = word.strip().lower().replace("\u2019", "'")
                if word != plain:
                    message = f"write {quote(word)} in lower case, with straight apostrophes and without space around"
                    self.fault("questions.yaml", (*at, index), "spelling", message)
                if meaning.setdefault(plain, value) != value:
                    message = f"{quote(word)} already means {quote(meaning[plain])} here; a spelling has one meaning"
                    self.fault("questions.yaml", (*at, index), "spelling", message)

    def _decisions(self) -> None:
        names = (*self.question_by_id, *self.decision_by_id)
        for index, decision in enumerate(self.draft.decisions.decisions):
            path: Path = ("decisions", index)
            self.unique("decisions.yaml", ((name, (*path, "reads", i)) for i, name in enumerate(decision.reads)), "read")
            for position, name in enumerate(decision.reads):
                at = (*path, "reads", position)
                self.known("decisions.yaml", at, "question-or-decision", name, names)
                if name in self.decision_by_id and self.decision_by_id[name].hit_policy == "collect":
                    self.fault("decisions.yaml", at, "reads-a-list", f"{quote(name)} gives a list; read the decisions behind it")
        notes = dict.fromkeys(note.note for note in self.draft.decisions.notes)
        given = set()
        for path, rule, owner in self._rules():
            self.cite("decisions.yaml", path, rule.because)
            if owner is None:
                continue
            self._condition((*path, "when"), rule.when, owner.reads, "list it under `reads`")
            if owner.decision in self.header.notes and owner.hit_policy == "collect":
                given.add(rule.then)
                self.known("decisions.yaml", (*path, "then"), "note", rule.then, notes)
            elif owner.values:
                self.has("decisions.yaml", (*path, "then"), owner.decision, rule.then, tuple(owner.values))
        for index, note in enumerate(self.draft.decisions.notes):
            if note.note not in given:
                self.fault(
                    "decisions.yaml", ("notes", index), "unused-note", f"no rule gives {quote(note.note)}; give it or take it out"
                )
        for index, constraint in enumerate(self.draft.decisions.constraints):
            remedy = "a constraint speaks of questions only"
            self._condition(("constraints", index, "never"), constraint.never, tuple(self.question_by_id), remedy)

    def _condition(self, path: Path, condition: Condition, readable: Sequence[str], remedy: str) -> None:
        for leaf in leaves(condition):
            at = (*path, *leaf.at)
            if leaf.name not in readable:
                where = remedy if leaf.name in self.values else "it is neither a question nor a decision"
                message = f"{quote(leaf.name)} cannot be asked here; {where}.{did_you_mean(leaf.name, readable)}"
                self.fault("decisions.yaml", at, "unread-name", message)
                continue
            for index, value in enumerate(leaf.values):
                known = self.values.get(leaf.name, ())
                if value == UNKNOWN:
                    message = "a rule speaks of known values only; what is unknown stays open by itself"
                    self.fault("decisions.yaml", at, "unknown-in-rule", message)
                elif known:
                    self.has("decisions.yaml", (*at, index), leaf.name, value, known)

    def _readings(self) -> None:
        rules = dict.fromkeys(rule.rule for decision in self.draft.decisions.decisions for rule in decision.rules)
        for index, reading in enumerate(self.draft.decisions.readings):
            path: Path = ("readings", index)
            self.cite("decisions.yaml", path, reading.because)
            for position, code in enumerate(reading.replaces):
                self.known("decisions.yaml", (*path, "replaces", position), "rule", code, rules)
            for position, rule in enumerate(reading.rules):
                at = (*path, "rules", position, "decision")
                self.known("decisions.yaml", at, "decision", rule.decision, self.decision_by_id)

    def _cycles(self) -> None:
        """Report each read that leads back to a decision on the way to it. Without recursion: a chain may be long."""
        names = [decision.decision for decision in self.draft.decisions.decisions]
        begun: set[str] = set()
        for start in names:
            trail: dict[str, Iterator[tuple[int, str]]] = {}
            self._follow(start, trail, begun)
            while trail:
                name, reads = next(reversed(trail.items()))
                position, read = next(reads, (0, ""))
                if not read:
                    del trail[name]
                elif read in trail:
                    way = list(trail)
                    cycle = " → ".join((*way[way.index(read) :], read))
                    message = f"this read closes a circle: {cycle}; take one of these reads out"
                    self.fault("decisions.yaml", ("decisions", names.index(name), "reads", position), "cycle", message)
                else:
                    self._follow(read, trail, begun)

    def _follow(self, name: str, trail: dict[str, Iterator[tuple[int, str]]], begun: set[str]) -> None:
        if name in self.decision_by_id and name not in begun:
            begun.add(name)
            trail[name] = iter(enumerate(self.decision_by_id[name].reads))

    def _outcomes(self) -> None:
        header, file = self.header, "pack.yaml"
        procedures = [procedure.procedure for procedure in header.procedures]
        named: dict[str, Path] = {outcome.outcome: ("outcomes", i) for i, outcome in enumerate(header.outcomes)}
        self._role(("outcome",), header.outcome, ("outcomes",), named)
        if header.outcome not in header.reported:
            message = f"add the outcome decision {quote(header.outcome)} to this list"
            self.fault(file, ("reported",), "unreported-outcome", message)
        for index, outcome in enumerate(header.outcomes):
            if outcome.outcome in list(State):
                message = f"{quote(outcome.outcome)} is a state of every pack; choose another id"
                self.fault(file, ("outcomes", index, "outcome"), "reserved-id", message)
            for position, name in enumerate(outcome.procedures):
                self.known(file, ("outcomes", index, "procedures", position), "procedure", name, procedures)
        for index, procedure in enumerate(header.procedures):
            self._one_value(("procedures", index, "decision"), procedure.decision)

    def _roles(self) -> None:
        header, file = self.header, "pack.yaml"
        decisions = self.decision_by_id
        self._signs(header.safety_net.decision if header.safety_net else None)
        if header.safety_net:
            at: Path = ("safety_net", "levels")
            named: dict[str, Path] = {level.level: (*at, i) for i, level in enumerate(header.safety_net.levels)}
            self._role(("safety_net", "decision"), header.safety_net.decision, at, named)
        if header.standing:
            at = ("standing", "texts")
            named = {key: (*at, key) for key in header.standing.texts if key != "open"}
            self._role(("standing", "decision"), header.standing.decision, at, named)
            if "open" not in header.standing.texts:
                self.fault(file, ("standing", "texts"), "missing-key", 'say under "open" what is shown while it is open')
        for key, names in (("reported", header.reported), ("notes", header.notes)):
            for position, name in enumerate(names):
                self.known(file, (key, position), "decision", name, decisions)
                policy = "collect" if key == "notes" else "unique"
                if name in decisions and decisions[name].hit_policy != policy:
                    message = f"{quote(name)} has the hit policy {decisions[name].hit_policy}; what stands here needs {policy}"
                    self.fault(file, (key, position), "hit-policy", message)
        readings = [reading.reading for reading in self.draft.decisions.readings]
        if header.default_reading is not None:
            self.known(file, ("default_reading",), "reading", header.default_reading, readings)
        elif readings:
            self.fault(file, (), "missing-key", "name the `default_reading`; the pack has readings")

    def _signs(self, decision: str | None) -> None:
        """Each question the safety net reads says which value warns; no other does. No constraint speaks of what it rests on."""
        if decision is not None and decision not in self.decision_by_id:
            return
        direct = self.decision_by_id[decision].reads if decision is not None else ()
        reads = set(direct)
        ahead = list(direct)
        while ahead:
            owner = self.decision_by_id.get(ahead.pop())
            new = [name for name in owner.reads if name not in reads] if owner else []
            reads.update(new)
            ahead += new
        for index, question in enumerate(self.draft.questions.questions):
            if question.question in direct and question.warning is None:
                message = f"the safety net reads {quote(question.question)}; say in `warning` which value reports the sign"
                self.fault("questions.yaml", ("questions", index, "question"), "sign-without-warning", message)
            if question.warning is not None and question.question not in reads:
                message = f"{quote(question.question)} warns, yet no safety net reads it; read it or take `warning` out"
                self.fault("questions.yaml", ("questions", index, "warning"), "unread-sign", message)
        signs = {question.question for question in self.draft.questions.questions if question.warning is not None}
        for index, constraint in enumerate(self.draft.decisions.constraints):
            names = [leaf.name for leaf in leaves(constraint.never)]
            if not names:
                message = "a constraint without a condition excludes everything; say in `never` which answers"
                self.fault("decisions.yaml", ("constraints", index), "empty-constraint", message)
            for name in dict.fromkeys(name for name in names if name in reads and name in self.question_by_id):
                kind = "the warning sign " if name in signs else ""
                why = "which no other answer may silence or raise" if kind else "on which the safety net rests; leave it out"
                message = f"speaks of {kind}{quote(name)}, {why}"
                self.fault("decisions.yaml", ("constraints", index), "constrained-sign", message)

    def _role(self, path: Path, name: str, at: Path, named: Mapping[str, Path]) -> None:
        """A decision that plays a part: it exists, is `unique`, and its values are those named for that part."""
        if not self._one_value(path, name):
            return
        for value in self.values[name]:
            if value not in named:
                self.fault("pack.yaml", at, "unnamed-value", f"{name} can be {quote(value)}; say here what that means")
        for value, place in named.items():
            self.has("pack.yaml", place, name, value, self.values[name])

    def _one_value(self, path: Path, name: str) -> bool:
        """Report a decision that does not exist or gives a list; True if it exists."""
        if not self.known("pack.yaml", path, "decision", name, self.decision_by_id):
            return False
        if self.decision_by_id[name].hit_policy != "unique":
            self.fault("pack.yaml", path, "hit-policy", f"{quote(name)} gives a list; this part needs the hit policy unique")
        return True

    def _citations(self) -> None:
        header = self.header
        self.cite("pack.yaml", ("deferral",), header.deferral.because)
        for index, item in enumerate(header.have_ready):
            self.cite("pack.yaml", ("have_ready", index), item.because)
        for index, tension in enumerate(header.tensions):
            for position, code in enumerate(tension.statements):
                self.known("pack.yaml", ("tensions", index, "statements", position), "statement", code, self.citable)
        deciding = self._deciding()
        for index, section in enumerate(self.draft.sheet.sections):
            for position, item in enumerate(section.items):
                at: Path = ("sections", index, "items", position)
                self.cite("sheet.yaml", at, item.because)
                if item.question is not None:
                    self.known("sheet.yaml", (*at, "question"), "question", item.question, self.question_by_id)
                if (item.question is None) != (item.text_known is None) or "{answer}" not in (item.text_known or "{answer}"):
                    message = "a line that fills in an answer has `question`, and `text_known` with {answer} in it"
                    self.fault("sheet.yaml", at, "sheet-answer", message)
        for index, statement in enumerate(self.draft.statements.statements):
            if statement.kind in MUST_BE_CITED and statement.statement not in deciding:
                name = f"{statement.statement} is of class {statement.kind}"
                message = f"{name}, yet no rule, question or deferral cites it; cite it where it counts"
                self.fault("statements.yaml", ("statements", index), "uncited-statement", message)

    def _deciding(self) -> set[str]:
        """What rules, questions and the deferral cite."""
        codes = {code for _, rule, _ in self._rules() for code in rule.because}
        codes |= {code for question in self.draft.questions.questions for code in question.because}
        return codes | set(self.header.deferral.because)
