"""Mermaid text: of the few kinds of line that its grammar has, with everything that a pack says quoted.

Whether Mermaid itself takes it was tried by hand, in a folder with `npm install mermaid jsdom`, by `mermaid.parse` on the
pictures of both packs and on a text full of markup; it took them all.
"""

from __future__ import annotations

import html
import re

import pytest

from triage.exports.graph import Graph, Link, Shape, draw_outcomes, draw_requirements
from triage.exports.mermaid import render_mermaid
from triage.library import bundled_packs, load_pack

HOSTILE = "</b><script>alert(1)</script> & \"quoted\" 'single' `tick` end; subgraph %% {x} [y] |p| #35; --> @{ } ü 日"
ID = r"(?:input|decision|question|outcome)_[a-z0-9_]+"
QUOTED = r'"(?:[\w \-.,()/:…→]|#\d+;|<br>)*"'
LINES = (
    rf"{ID}(?:\(\[{QUOTED}\]\)|\[{QUOTED}\]|\[\[{QUOTED}\]\])",
    rf"{ID} -->(?:\|{QUOTED}\|)? {ID}",
    rf"remarks\[{QUOTED}\]",
    r"style remarks fill:none,stroke:none",
    rf"style {ID} stroke-width:3px",
    r"acc(?:Title|Descr): [^#;{}%\n]+",
)
NAMES = [f"{pack} {what}" for pack in bundled_packs() for what in ("requirements", "outcomes")]


def draw(name: str) -> Graph:
    pack, what = name.split()
    return (draw_requirements if what == "requirements" else draw_outcomes)(load_pack(pack))


def read(quoted: str) -> str:
    """A label as Mermaid shows it, a space for each break."""
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", quoted.replace("<br>", " ")))


HOSTILE_GRAPH = Graph(
    HOSTILE,
    HOSTILE,
    (HOSTILE,),
    (
        Shape("input_end", "input", HOSTILE),
        Shape("decision_x", "decision", HOSTILE, (HOSTILE,), main=True),
        Shape("outcome_o", "outcome", HOSTILE),
    ),
    (Link("input_end", "decision_x"), Link("decision_x", "outcome_o", HOSTILE)),
)


@pytest.mark.parametrize("graph", [*map(draw, NAMES), HOSTILE_GRAPH], ids=[*NAMES, "hostile"])
def test_every_line_is_of_a_kind_that_mermaid_has_and_says_what_the_graph_says(graph: Graph) -> None:
    first, *lines = render_mermaid(graph).splitlines()
    assert first == "flowchart LR"
    assert all(any(re.fullmatch(f"  {kind}", line) for kind in LINES) for line in lines)
    labels = [read(found[1]) for line in lines if (found := re.search(rf"[\[(|]({QUOTED})", line))]
    said = [" ".join((shape.title, *shape.notes)) for shape in graph.shapes]
    said += [link.label for link in graph.links if link.label]
    assert [label[1:-1] for label in labels] == [*said, " ".join(graph.remarks)]
    arrows = [re.sub(rf"\|{QUOTED}\|", "", line).split() for line in lines if " -->" in line and not line.startswith("  acc")]
    assert [(source, target) for source, _, target in arrows] == [link[:2] for link in graph.links]


def test_the_forms_of_shapes_tell_their_kinds_apart() -> None:
    text = render_mermaid(HOSTILE_GRAPH)
    assert "\n  input_end([" in text
    assert '\n  decision_x["' in text
    assert "\n  outcome_o[[" in text
    assert "\n  style decision_x stroke-width:3px\n" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_deferral_is_in_the_picture_and_in_its_description(name: str) -> None:
    graph = draw(name)
    assert render_mermaid(graph).count(graph.remarks[0]) == 2
