"""The pages of a pack, read off the pack itself: what it is, what it asks, and how to get to the rest."""

from __future__ import annotations

from collections.abc import Iterator

from publish.evidence import describe_silences, describe_statements, describe_tensions
from publish.markdown import bullets, code, escape, heading, link, note, page
from publish.pictures import describe_pictures, describe_tables
from publish.rulebook import cite, describe_rules, describe_signs
from triage.explanation import say_condition, say_name
from triage.pack import Pack
from triage.parts import Question
from triage.sections import say_tellers

# The pages of a pack: file, title, what stands there.
PAGES = (
    ("questions.md", "Questions", "what intake asks, and what must not be inferred from an answer"),
    ("rules.md", "Rules", "every decision with its rules, what each rests on, and the readings"),
    ("statements.md", "Statements", "what the documents state, in words of our own, with the segment each comes from"),
    ("tensions.md", "Tensions", "passages that do not sit well together, and what is not passed on"),
    ("silences.md", "Silences", "where the documents say nothing, and the notes that a provider reads"),
    ("signs.md", "Warning signs", "the safety net and its sources"),
    ("table.md", "Decision table", "every complete set of answers with its outcome"),
    ("pictures.md", "Pictures", "what reads what, and which answers lead where"),
)
# Pages that take the whole width.
WIDEST = "---\nhide: [navigation, toc]\n---\n"
BACK = "[Back to the pack](index.md)\n"


def describe_pack(pack: Pack) -> dict[str, str]:
    """Every file of a pack's pages, by its path below the folder of the pack."""
    files = {
        "index.md": page(f"# {escape(pack.header.title)}\n", *_about(pack), *_pages(pack)),
        "questions.md": page("# Questions\n", *_defer(pack), *_questions(pack)),
        "rules.md": page("# Rules\n", *_defer(pack), *describe_rules(pack)),
        "statements.md": page("# Statements\n", *_defer(pack), *describe_statements(pack)),
        "tensions.md": page("# Tensions\n", *_defer(pack), *describe_tensions(pack)),
        "silences.md": page("# Silences\n", *_defer(pack), *describe_silences(pack)),
    }
    if pack.header.safety_net is not None:
        files["signs.md"] = page("# Warning signs\n", *_defer(pack), *describe_signs(pack))
    tables, pictures = describe_tables(pack), describe_pictures(pack)
    files |= {"table.md": page(WIDEST, "# Decision table\n", *_defer(pack), BACK, tables.text), **tables.files}
    return files | {"pictures.md": page(WIDEST, "# Pictures\n", *_defer(pack), BACK, pictures.text), **pictures.files}


def _defer(pack: Pack) -> Iterator[str]:
    """The deferral stands on every page that shows an outcome."""
    yield note("Beside every outcome", escape(pack.header.deferral.text), "warning")


def _about(pack: Pack) -> Iterator[str]:
    header = pack.header
    yield heading(2, "Intended use", "intended-use")
    yield escape(header.intended_use) + "\n"
    yield from _defer(pack)
    yield f"What may go wrong, and what keeps it from harm: {link('hazard log', '../../safety/hazard-log.md')}.\n"
    yield heading(2, "What it is", "what-it-is")
    documents = (f"{escape(part.title)} ({code(part.document)}), {part.segments} segments" for part in header.documents)
    counts = {"statements": pack.statements, "questions": pack.questions, "decisions": pack.decisions, "rules": pack.rule}
    size = ", ".join(f"{len(parts)} {name}" for name, parts in counts.items())
    yield f"{code(pack.id)} {pack.version}, digest {code(pack.digest)}: {size}. Made from:\n"
    yield bullets(documents)
    yield heading(2, "Outcomes", "outcomes")
    names = {procedure.procedure: procedure.title for procedure in header.procedures}
    for part in header.outcomes:
        named = ", ".join(escape(names[name]) for name in part.procedures) or "nothing"
        yield f"{code(part.outcome)} names {named}.\n: {escape(part.headline)}\n"
    if len(pack.readings) > 1:
        yield heading(2, "Readings", "readings")
        yield bullets(_reading(pack, name) for name in pack.reading)


def _reading(pack: Pack, name: str) -> str:
    reading = pack.reading[name]
    default = ", the default" if name == pack.header.default_reading else ""
    return f"**{escape(reading.title)}** ({code(name)}{default}): {escape(reading.text)}"


def _pages(pack: Pack) -> Iterator[str]:
    yield heading(2, "Pages", "pages")
    shown = (part for part in PAGES if part[0] != "signs.md" or pack.header.safety_net is not None)
    yield bullets(f"{link(title, file)}: {told}" for file, title, told in shown)


def _questions(pack: Pack) -> Iterator[str]:
    yield "Each takes `unknown` as well, and may be left out: both keep it open, and neither ever counts as no.\n"
    for group in pack.groups:
        yield heading(2, escape(group.title), group.group)
        for question in pack.questions:
            if question.group == group.group:
                yield heading(3, escape(question.label), question.question)
                yield from _question(pack, question)
    if pack.constraints:
        yield heading(2, "Answers that exclude each other", "constraints")
        yield bullets(
            f"{code(part.constraint)}: never {escape(say_condition(pack, part.never))}. {escape(part.text)}"
            for part in pack.constraints
        )


def _question(pack: Pack, question: Question) -> Iterator[str]:
    yield f"**{escape(question.text)}**\n"
    yield escape(question.help) + "\n"
    lines = [f"{code(question.question)}: {', '.join(_value(question, value) for value in question.values)}"]
    lines += [f"Read as {code(value)}: {escape(', '.join(words))}" for value, words in question.spellings.items()]
    if question.expected_from:
        lines.append(f"Expected from {escape(say_tellers(question.expected_from))}")
    deciding = [name for name, decision in pack.decision.items() if question.question in decision.reads]
    readers = [link(escape(say_name(pack, name)), f"rules.md#{name}") for name in deciding]
    lines.append(f"Read by {', '.join(readers) or 'no decision; it is for the sheet'}")
    if question.because:
        lines.append(f"Rests on {cite(pack, question.because)}")
    yield bullets(lines)


def _value(question: Question, value: str) -> str:
    words = question.say(value)
    return code(value) + (f" ({escape(words)})" if words != value else "")
