"""The rules of a pack by decision, and the warning signs with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publish.markdown import bullets, code, escape, heading, link, table
from triage.conditions import leaves
from triage.explanation import say_condition, say_name, say_value
from triage.pack import Pack
from triage.parts import Decision, Rule

HEAD = ("Rule", "When", "Then", "Because of")


def cite(pack: Pack, citations: Iterable[str]) -> str:
    """Citations as links to where each is told: statements, or the sources of the safety net."""
    return ", ".join(link(name, f"{'statements' if name in pack.statement else 'signs'}.md#{name}") for name in citations)


def describe_rules(pack: Pack) -> Iterator[str]:
    """Every decision in the order of the pack, its rules as a table, then what the readings put in their place."""
    for decision in pack.decisions:
        yield heading(2, escape(say_name(pack, decision.decision)), decision.decision)
        yield from _decision(pack, decision)
    for reading in pack.readings:
        if reading.rules:
            yield heading(2, f"Reading: {escape(reading.title)}", f"reading-{reading.reading}")
            yield f"{escape(reading.text)} Rests on {cite(pack, reading.because)}.\n"
            taken = f"In place of {', '.join(link(name, f'#{name}') for name in reading.replaces)}:\n"
            yield taken if reading.replaces else "In addition:\n"
            yield table(HEAD, (_row(pack, rule.decision, rule) for rule in reading.rules))


def _decision(pack: Pack, decision: Decision) -> Iterator[str]:
    reads = (link(escape(say_name(pack, name)), _where(pack, name)) for name in decision.reads)
    gives = "one value" if decision.hit_policy == "unique" else "every note that applies"
    yield f"{code(decision.decision)} reads {', '.join(reads)} and gives {gives}.\n"
    yield table(HEAD, (_row(pack, decision.decision, rule) for rule in decision.rules))


def _where(pack: Pack, name: str) -> str:
    return f"questions.md#{name}" if name in pack.question else f"#{name}"


def _row(pack: Pack, decision: str, rule: Rule) -> tuple[str, ...]:
    given = pack.note[rule.then].text if rule.then in pack.note else say_value(pack, decision, rule.then)
    name = f"{code(rule.rule)}{{#{rule.rule}}}"
    return name, escape(say_condition(pack, rule.when)), escape(given), cite(pack, rule.because)


def describe_signs(pack: Pack) -> Iterator[str]:
    """The levels of the safety net, which sign leads to which, and the sources: no document speaks of them."""
    net = pack.header.safety_net
    assert net is not None
    yield "The safety net stands apart from the documents and comes before everything else.\n"
    yield heading(2, "Levels", "levels")
    levels = ((code(part.level), escape(part.text), "yes" if part.withholds else "no") for part in net.levels)
    yield table(("Level", "What is said", "Withholds what the documents say"), levels)
    yield f"While a sign is open: {escape(net.open)}\n"
    yield heading(2, "Signs", "signs")
    yield table(("Sign", "Question", "Rests on"), _signs(pack, net.decision))
    yield heading(2, "Sources", "sources")
    yield bullets(
        f"{code(part.source)}{{#{part.source}}}: {escape(part.title)}{f', {part.year}' if part.year else ''}. "
        f"Cited by {', '.join(link(name, f'rules.md#{name}') for name in _citing(pack, part.source)) or 'questions only'}."
        for part in pack.header.sources
    )


def _signs(pack: Pack, decision: str) -> Iterator[tuple[str, ...]]:
    for rule in pack.decision[decision].rules:
        for leaf in leaves(rule.when):
            question = pack.question.get(leaf.name)
            if question is not None and question.warning in leaf.values:
                told = link(escape(question.label), f"questions.md#{question.question}")
                yield told, escape(question.text), cite(pack, question.because)


def _citing(pack: Pack, source: str) -> list[str]:
    return [rule.rule for rule in pack.rule.values() if source in rule.because]
