"""Two pictures of a pack as shapes and links, before anything is drawn: what reads what, and which answers lead where.

The requirements are those of DMN: questions as input data, decisions, and which reads which. The map of outcomes asks in the
order of an interview (warning signs apart) and joins what leads on alike, so every complete set of answers is on one way through
it. The deferral belongs to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from triage.completions import Completions
from triage.engine import Engine
from triage.explanation import say_name, say_value
from triage.exports.tabulation import say_cell
from triage.exports.tree import Fork, Leaf, Parts, Tree, grow
from triage.pack import Pack, decisions_under
from triage.possibilities import Possibilities, select_known

Kind = Literal["input", "decision", "outcome"]


class Shape(NamedTuple):
    """A question (`input`), a decision or an outcome. `notes` stand below its title in small letters."""

    id: str
    kind: Kind
    title: str
    notes: tuple[str, ...] = ()
    main: bool = False


class Link(NamedTuple):
    """From what is read, or asked, to what comes of it. `label` are the answers on which it is taken."""

    source: str
    target: str
    label: str = ""


class Graph(NamedTuple):
    """A picture. `shapes` are in pack order, or in that of asking; the first of the `remarks` is the deferral."""

    title: str
    description: str
    remarks: tuple[str, ...]
    shapes: tuple[Shape, ...]
    links: tuple[Link, ...]


def draw_requirements(pack: Pack, reading: str | None = None) -> Graph:
    """What reads what. Raises RequestError for a reading that is not there."""
    name = pack.choose_reading(reading)
    decisions = decisions_under(pack, name)
    read = {read for decision in decisions for read in decision.reads}
    shapes = [Shape(f"input_{q.question}", "input", q.label, (q.question,)) for q in pack.questions if q.question in read]
    for decision in decisions:
        cited = pack.cite(code for rule in decision.rules for code in rule.because)
        notes = (decision.decision, *([", ".join(cited)] if cited else ()))
        main = decision.decision == pack.header.outcome
        shapes.append(Shape(f"decision_{decision.decision}", "decision", say_name(pack, decision.decision), notes, main))
    links = [
        Link(f"{'input' if read in pack.question else 'decision'}_{read}", f"decision_{decision.decision}")
        for decision in decisions
        for read in decision.reads
    ]
    description = (
        f"{len(shapes) - len(decisions)} questions (rounded) and {len(decisions)} decisions (boxes, with what they cite). "
        "An arrow goes from what is read to the decision that reads it."
    )
    return Graph(f"{pack.header.title}: what reads what", description, _remarks(pack, name), tuple(shapes), tuple(links))


def draw_outcomes(pack: Pack, reading: str | None = None) -> Graph:
    """Which answers lead to which outcome. Raises RequestError for a reading that is not there, and otherwise as `assess`."""
    name = pack.choose_reading(reading)
    tree = grow_outcomes(pack, name)
    names: dict[Tree[str], str] = {}
    links: list[Link] = []
    _collect(pack, tree, names, links)
    shapes = []
    for found, named in names.items():
        if isinstance(found, Leaf):
            shapes.append(Shape(named, "outcome", say_value(pack, pack.header.outcome, found.result), (found.result,)))
        else:
            shapes.append(Shape(named, "input", pack.question[found.name].label, (found.name,)))
    asked = {shape.notes for shape in shapes if shape.kind == "input"}
    outcomes = sum(shape.kind == "outcome" for shape in shapes)
    description = (
        f"{len(asked)} questions (rounded; one may stand in several places) lead to {outcomes} outcomes (boxes with a double "
        "border). An arrow bears the answers on which it is taken; unknown is none of them, and leaves open what lies behind."
    )
    remarks = (*_remarks(pack, name), *_say_before(pack))
    order = list(names.values())
    links.sort(key=lambda link: order.index(link.source))
    return Graph(f"{pack.header.title}: which answers lead where", description, remarks, tuple(shapes), tuple(links))


def grow_outcomes(pack: Pack, reading: str) -> Tree[str]:
    """The tree from questions to outcomes, each question the one that an interview would ask for the outcome there."""
    possibilities = Possibilities(pack, Engine(), reading)
    outcome = pack.header.outcome
    scope = possibilities.scopes[outcome]
    results = {
        completion: str(value)
        for completion in Completions(pack).complete(scope)
        for value in possibilities.evaluate(outcome, select_known(pack, dict(zip(scope, completion, strict=True)))).values
    }

    def choose(known: Mapping[str, str], _: Mapping[str, Parts[str]]) -> str:
        return possibilities.rank(outcome, select_known(pack, known)).best_first[0]

    return grow(scope, results, choose)


def _collect(pack: Pack, tree: Tree[str], names: dict[Tree[str], str], links: list[Link]) -> str:
    """Name a part of the tree, once if it occurs several times, and link it with what it leads to."""
    if tree in names:
        return names[tree]
    if isinstance(tree, Leaf):
        names[tree] = f"outcome_{tree.result}"
        return names[tree]
    number = sum(isinstance(found, Fork) and found.name == tree.name for found in names)
    names[tree] = f"question_{tree.name}{f'_{number + 1}' if number else ''}"
    for values, branch in tree.branches:
        links.append(Link(names[tree], _collect(pack, branch, names, links), say_cell(pack, tree.name, values)))
    return names[tree]


def _remarks(pack: Pack, reading: str) -> tuple[str, ...]:
    return pack.header.deferral.text, f"{pack.id} {pack.version}, digest {pack.digest[:16]}, reading {reading}."


def _say_before(pack: Pack) -> tuple[str, ...]:
    """What comes before an outcome, in a picture that shows outcomes alone."""
    net = pack.header.safety_net
    levels = [say_value(pack, net.decision, level.level) for level in net.levels if level.withholds] if net else []
    before = (
        [f"Asked before all this: {say_name(pack, net.decision)}. Withheld at: {', '.join(levels)}."] if net and levels else []
    )
    return (*before, *(constraint.text for constraint in pack.constraints_on(pack.question)))
