"""A graph as Mermaid text, which code hosts and documentation draw by themselves.

Everything a pack says is quoted, and what Mermaid would read as markup is written as a character code. The deferral is a shape of
its own, since Mermaid draws nothing beside the shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.exports.graph import Graph, Shape

BORDERS = {"input": ("([", "])"), "decision": ("[", "]"), "outcome": ("[[", "]]")}


def render_mermaid(graph: Graph) -> str:
    """A flowchart from left to right, ending in a newline."""
    return "\n".join(("flowchart LR", *(f"  {line}" for line in _lines(graph)))) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield f"accTitle: {_plain(graph.title)}"
    yield f"accDescr: {_plain(' '.join((*graph.remarks, graph.description)))}"
    yield from map(_shape, graph.shapes)
    for link in graph.links:
        label = f"|{_quote(link.label)}|" if link.label else ""
        yield f"{link.source} -->{label} {link.target}"
    yield f"remarks[{_quote(*graph.remarks)}]"
    yield "style remarks fill:none,stroke:none"
    main = [shape.id for shape in graph.shapes if shape.main]
    if main:
        yield f"style {','.join(main)} stroke-width:3px"


def _shape(shape: Shape) -> str:
    before, after = BORDERS[shape.kind]
    return f"{shape.id}{before}{_quote(shape.title, *shape.notes)}{after}"


def _quote(*lines: str) -> str:
    """Texts as one quoted label, a line each."""
    return f'"{"<br>".join(map(_coded, lines))}"'


def _coded(text: str) -> str:
    """A text in which every character that is no letter, digit or plain mark is a code."""
    return re.sub(r"[^\w \-.,()/:…→]", lambda found: f"#{ord(found[0])};", text)


def _plain(text: str) -> str:
    """A text for a line that Mermaid reads as it stands, where codes are not read and some marks end it."""
    return re.sub(r"[#{}%]", " ", " ".join(text.split())).replace(";", ",")
