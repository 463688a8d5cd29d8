"""What the documents of a pack state, where they do not agree, and where they say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from publish.markdown import bullets, code, escape, heading, link, table
from publish.rulebook import cite
from triage.citations import Citations, find_citations
from triage.conditions import leaves
from triage.explanation import names_procedure, say_condition, say_value
from triage.pack import Pack
from triage.parts import Procedure, Rule
from triage.reference import NOT_REPEATED, owner_of


def describe_statements(pack: Pack) -> Iterator[str]:
    """Every statement with its class, its segment and who cites it. What is not to be repeated has no text here."""
    yield "Each states one fact of a document in words of our own. The segment is its place in the document.\n"
    yield "`triage rules trace --document FILE` tells from their digests whether the document still says the same.\n"
    several = len(pack.header.documents) > 1
    rows = []
    for statement in pack.statements:
        text = "*not repeated*" if statement.kind in NOT_REPEATED else escape(statement.text)
        where = f"{statement.document}, {statement.segment}" if several and statement.document else str(statement.segment)
        name = f"{code(statement.statement)}{{#{statement.statement}}}"
        rows.append((name, statement.kind, where, text, _cited_by(pack, find_citations(pack, statement.statement))))
    yield table(("Statement", "Class", "Segment", "In our words", "Cited by"), rows)


def _cited_by(pack: Pack, cited: Citations) -> str:
    named = [link(name, f"rules.md#{name}") for name in cited.rules]
    named += [link(escape(pack.question[name].label), f"questions.md#{name}") for name in cited.questions]
    named += [f"the reading {code(name)}" for name in cited.readings]
    named += ["the deferral"] if cited.deferral else []
    named += [link(f"tension {name}", f"tensions.md#{name}") for name in cited.tensions]
    named += ["the sheet"] if cited.sheet or cited.have_ready else []
    return ", ".join(named)


def describe_tensions(pack: Pack) -> Iterator[str]:
    """Statements that do not sit well together; and what the sheet says of what it does not pass on."""
    yield "Passages of the documents that do not sit well together, and what is made of them.\n"
    for tension in pack.header.tensions:
        yield heading(2, escape(tension.tension.replace("_", " ").capitalize()), tension.tension)
        yield f"{escape(tension.text)} ({cite(pack, tension.statements)})\n"
    lines = [
        f"{escape(item.text)} ({cite(pack, item.because)})"
        for section in pack.sheet.sections
        for item in section.items
        if any(name in pack.statement and pack.statement[name].kind in NOT_REPEATED for name in item.because)
    ]
    if lines:
        yield heading(2, "What is not passed on", "not-passed-on")
        yield bullets(lines)


def describe_silences(pack: Pack) -> Iterator[str]:
    """The outcomes that name nothing, with every rule that leads there, and the notes with what brings them up."""
    header = pack.header
    yield "Where the documents say nothing, the answer says so. That is not advice against anything.\n"
    silent = [part.outcome for part in header.outcomes if not part.procedures]
    for name in silent:
        yield heading(2, escape(say_value(pack, header.outcome, name).capitalize()), name)
        yield escape(pack.outcome[name].headline) + "\n"
        rules = [rule for rule in pack.rule.values() if rule.then == name and owner_of(pack, rule.rule) == header.outcome]
        yield bullets(_say_rule(pack, rule) for rule in rules)
    for procedure in header.procedures:
        yield heading(2, f"When {escape(procedure.title)} is not named", f"not-{procedure.procedure}")
        yield bullets(_say_rule(pack, rule) for rule in _not_naming(pack, procedure))
    if pack.notes:
        yield heading(2, "Notes for the provider", "notes")
        yield "None of them changes an outcome.\n"
        rows = []
        for rule in pack.rule.values():
            if rule.then in pack.note and owner_of(pack, rule.rule) in header.notes:
                told = escape(say_condition(pack, rule.when)), escape(pack.note[rule.then].text)
                rows.append((*told, f"{link(rule.rule, f'rules.md#{rule.rule}')}: {cite(pack, rule.because)}"))
        yield table(("When", "Note", "Because of"), rows)


def _say_rule(pack: Pack, rule: Rule) -> str:
    under = "".join(f", under the reading {code(part.reading)}" for part in pack.readings if rule in part.rules)
    told = escape(say_condition(pack, rule.when))
    return f"{link(rule.rule, f'rules.md#{rule.rule}')}{under}: {told} ({cite(pack, rule.because)})"


def _not_naming(pack: Pack, procedure: Procedure) -> Iterator[Rule]:
    """The rules that leave a procedure out, and before them those that give what no rule naming it takes."""
    own = [rule for rule in pack.rule.values() if owner_of(pack, rule.rule) == procedure.decision]
    naming = [rule for rule in own if names_procedure(pack, procedure, rule.then)]
    taken = {(leaf.name, value) for rule in naming for leaf in leaves(rule.when) for value in leaf.values}
    read = [name for name in pack.decision[procedure.decision].reads if name in pack.decision]
    for rule in pack.rule.values():
        owner = owner_of(pack, rule.rule)
        if (rule in own and rule not in naming) or (owner in read and (owner, rule.then) not in taken):
            yield rule
