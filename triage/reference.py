"""A pack and its parts, described for those who read or maintain it."""

from __future__ import annotations

from collections.abc import Iterator

from triage.citations import find_citations
from triage.errors import RequestError, did_you_mean, quote
from triage.explanation import cited_text, say_condition, say_value
from triage.pack import Pack
from triage.parts import Decision, Question, Reading, Rule, Statement
from triage.sections import Line, Section, say_tellers

NOT_REPEATED = {
    "claim": "a claim of the documents, not repeated here; its paraphrase stands in statements.yaml",
    "withheld": "withheld; its paraphrase stands in statements.yaml",
}


def describe_pack(pack: Pack) -> tuple[Section, ...]:
    """What a pack holds, with the ids that `describe_part` takes."""
    header = pack.header
    about = [Line(header.intended_use), Line(header.deferral.text), Line(f"Digest {pack.digest}")]
    sections = [Section(f"{header.title} ({pack.id} {pack.version})", tuple(about))]
    for group in pack.groups:
        asked = []
        for question in pack.questions:
            if question.group == group.group:
                asked += [Line(f"{question.question}: {_values(question)}", 1), Line(question.text, 2)]
        sections.append(Section(f"Questions: {group.title}", tuple(asked)))
    for decision in pack.decisions:
        rules = [Line(_one_line(pack, decision.decision, rule), 1) for rule in decision.rules]
        sections.append(Section(f"Decision {decision.decision}, reads {', '.join(decision.reads)}", tuple(rules)))
    readings = []
    for reading in pack.readings:
        default = ", the default" if reading.reading == header.default_reading else ""
        readings.append(Line(f"{reading.reading}{default}: {reading.text}", 1))
        readings += [Line(_one_line(pack, rule.decision, rule), 2) for rule in reading.rules]
    statements = [Line(f"{statement.statement} ({statement.kind}): {_repeatable(statement)}", 1) for statement in pack.statements]
    sources = [Line(f"{source.source}: {source.title}", 1) for source in header.sources]
    tensions = [Line(f"{', '.join(tension.statements)}: {tension.text}", 1) for tension in header.tensions]
    rest = (("Readings", readings), ("Statements", statements), ("Sources", sources), ("Tensions", tensions))
    return (*sections, *(Section(title, tuple(lines)) for title, lines in rest if lines))


def describe_part(pack: Pack, name: str) -> tuple[Section, ...]:
    """Every question, decision, rule, statement, source or reading of this id. Raises RequestError if there is none."""
    sections = []
    deferral = Line(pack.header.deferral.text)
    if name in pack.question:
        sections.append(Section(f"Question {name}", tuple(_question(pack, pack.question[name]))))
    if name in pack.decision:
        sections.append(Section(f"Decision {name}", (*_decision(pack, pack.decision[name]), deferral)))
    if name in pack.rule:
        sections.append(Section(f"Rule {name}", (*_rule(pack, pack.rule[name]), deferral)))
    if name in pack.statement:
        sections.append(Section(f"Statement {name}", tuple(_statement(pack, pack.statement[name]))))
    if name in pack.source:
        lines = (Line(cited_text(pack, name)), *_cited_by(pack, name))
        sections.append(Section(f"Source {name}", lines))
    if name in pack.reading:
        sections.append(Section(f"Reading {name}", (*_reading(pack, pack.reading[name]), deferral)))
    if not sections:
        known = (*pack.reading, *pack.question, *pack.decision, *pack.rule, *pack.statement, *pack.source)
        near = did_you_mean(name, known)
        raise RequestError(f"nothing in this pack is called {quote(name)}.{near} `triage rules show` lists all ids.")
    return tuple(sections)


def owner_of(pack: Pack, rule: str) -> str:
    """The decision that a rule belongs to."""
    for decision in pack.decisions:
        if any(own.rule == rule for own in decision.rules):
            return decision.decision
    return next(own.decision for reading in pack.readings for own in reading.rules if own.rule == rule)


def _one_line(pack: Pack, decision: str, rule: Rule) -> str:
    because = ", ".join(rule.because)
    return f"{rule.rule} · {say_condition(pack, rule.when)} → {say_value(pack, decision, rule.then)} ({because})"


def _question(pack: Pack, question: Question) -> Iterator[Line]:
    yield Line(question.text)
    yield Line(question.help)
    yield Line(f"Answers: {', '.join(_valued(question, value) for value in question.values)}, or unknown")
    for value, words in question.spellings.items():
        yield Line(f"Read as {value}: {', '.join(words)}", 1)
    if question.expected_from:
        yield Line(f"Expected from {say_tellers(question.expected_from)}", 1)
    readers = [decision.decision for decision in pack.decisions if question.question in decision.reads]
    yield Line(f"Read by {', '.join(readers) or 'no decision; it is for the sheet'}", 1)
    yield from (_cited(pack, code, 1) for code in question.because)


def _values(question: Question) -> str:
    values = question.values
    return f"{values[0]} to {values[-1]}" if all(value.isdigit() for value in values) else ", ".join(values)


def _valued(question: Question, value: str) -> str:
    words = question.say(value)
    return value if words == value else f"{value} ({words})"


def _decision(pack: Pack, decision: Decision) -> Iterator[Line]:
    yield Line(f"{decision.title or decision.decision}. Reads {', '.join(decision.reads)}; hit policy {decision.hit_policy}.")
    for value in pack.values_of(decision.decision):
        yield Line(f"{value}: {say_value(pack, decision.decision, value)}", 1)
    for rule in decision.rules:
        yield Line(_one_line(pack, decision.decision, rule), 1)
    for reading in pack.readings:
        for rule in reading.rules:
            if rule.decision == decision.decision:
                replaced = ", ".join(reading.replaces)
                yield Line(f"under {reading.reading}, in place of {replaced}: {_one_line(pack, rule.decision, rule)}", 1)


def _rule(pack: Pack, rule: Rule) -> Iterator[Line]:
    owner = owner_of(pack, rule.rule)
    yield Line(f"Decision {owner}: {say_condition(pack, rule.when)} → {say_value(pack, owner, rule.then)}")
    if rule.then in pack.note:
        yield Line(pack.note[rule.then].text)
    yield from (_cited(pack, code, 1) for code in rule.because)
    for reading in pack.readings:
        if rule.rule in reading.replaces:
            yield Line(f"Replaced under the reading {reading.reading}", 1)
        if any(own.rule == rule.rule for own in reading.rules):
            yield Line(f"Holds only under the reading {reading.reading}", 1)


def _repeatable(statement: Statement) -> str:
    """A statement's paraphrase, unless it is a claim or withheld: those are repeated nowhere."""
    return NOT_REPEATED.get(statement.kind, statement.text)


def _reading(pack: Pack, reading: Reading) -> Iterator[Line]:
    default = " The default of this pack." if reading.reading == pack.header.default_reading else ""
    yield Line(f"{reading.title}. {reading.text}{default}")
    if reading.replaces:
        yield Line(f"In place of {', '.join(reading.replaces)}", 1)
    for rule in reading.rules:
        yield Line(_one_line(pack, rule.decision, rule), 1)
    yield from (_cited(pack, code, 1) for code in reading.because)


def _statement(pack: Pack, statement: Statement) -> Iterator[Line]:
    yield Line(_repeatable(statement))
    yield Line(f"Class {statement.kind}; segment {statement.segment}, sha256 {statement.sha256}")
    yield Line(f"Use: {statement.use}")
    yield from _cited_by(pack, statement.statement)


def _cited_by(pack: Pack, code: str) -> Iterator[Line]:
    cited = find_citations(pack, code)
    for kind, names in (("rules", cited.rules), ("questions", cited.questions)):
        if names:
            yield Line(f"Cited by the {kind} {', '.join(names)}", 1)
    if cited.deferral:
        yield Line("Cited by the deferral", 1)


def _cited(pack: Pack, code: str, depth: int) -> Line:
    return Line(f"{code} · {cited_text(pack, code)}", depth)
