"""The two pictures of a pack as shapes and links: requirements as the files state them, outcomes as an interview finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack
from export_packs import PLAIN, make_plain_packs

from triage import Intake, RequestError, assess
from triage.exports.graph import draw_outcomes, draw_requirements, grow_outcomes
from triage.exports.tree import Fork, Leaf, Tree
from triage.interview import next_question
from triage.library import load_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.exports.graph import Graph
    from triage.pack import Pack

# With snow, or else with rain, the wind decides one way; with neither, the other way.
WAYS = "[{snow: yes, wind: calm}, {snow: no, rain: yes, wind: calm}, {snow: no, rain: no, wind: storm}]"
SNOW = "  - {question: snow, group: sky, label: Snow, text: Snow or not., help: Now., values: [yes, no]}\n"


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pack]:
    return make_plain_packs(tmp_path_factory.mktemp("packs"))


def readings(pack: Pack) -> tuple[str, ...]:
    return tuple(pack.reading) or ("default",)


def check_shapes(graph: Graph, pack: Pack) -> None:
    """Ids are one each, links lead from shape to shape, and the deferral comes first."""
    ids = [shape.id for shape in graph.shapes]
    assert len(set(ids)) == len(ids)
    assert {end for link in graph.links for end in link[:2]} == set(ids) or len(ids) == 1
    assert len({link[:2] for link in graph.links}) == len(graph.links)
    assert graph.remarks[0] == pack.header.deferral.text
    assert all(part in graph.remarks[1] for part in (pack.id, pack.version, pack.digest[:16]))


@pytest.mark.parametrize("name", PLAIN)
def test_the_requirements_are_what_the_decisions_read(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    graph = draw_requirements(pack)
    check_shapes(graph, pack)
    kinds = {shape.id: shape for shape in graph.shapes}
    stated = {
        (("decision_" if read in pack.decision else "input_") + read, f"decision_{decision.decision}")
        for decision in pack.decisions
        for read in decision.reads
    }
    assert {link[:2] for link in graph.links} == stated
    assert all((kinds[end].kind == "input") == end.startswith("input_") for link in graph.links for end in link[:2])
    assert [shape.id for shape in graph.shapes if shape.main] == [f"decision_{pack.header.outcome}"]


def test_a_decision_names_what_its_rules_cite_under_the_reading(pack: Pack) -> None:
    def cited(reading: str) -> str:
        return next(shape.notes[1] for shape in draw_requirements(pack, reading).shapes if shape.id == "decision_kyphoplasty")

    assert cited("broad") == cited("narrow") == "S02, S07, S24"
    assert "decision_presentation" in {shape.id for shape in draw_requirements(pack).shapes}


@pytest.mark.parametrize("name", PLAIN)
def test_every_complete_intake_finds_its_outcome_on_one_way_through_the_map(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    for reading in readings(pack):
        graph = draw_outcomes(pack, reading)
        check_shapes(graph, pack)
        tree = grow_outcomes(pack, reading)
        for answers in complete(pack):
            found = assess(pack, Intake(answers), reading=reading)
            if not found.contradictions:
                assert follow(tree, answers) == found.outcome
                assert follow_links(graph, pack, answers) == found.outcome


def complete(pack: Pack) -> Iterator[dict[str, str]]:
    """Every complete set of answers to the questions behind the outcome."""
    names = {read for step in pack.chain(pack.header.outcome) for read in pack.decision[step].reads}
    intakes: list[dict[str, str]] = [{}]
    for name in (name for name in pack.question if name in names):
        intakes = [{**answers, name: value} for answers in intakes for value in pack.question[name].values]
    yield from intakes


def follow(tree: Tree[str], answers: dict[str, str]) -> str:
    while isinstance(tree, Fork):
        (tree,) = [branch for values, branch in tree.branches if answers[tree.name] in values]
    assert isinstance(tree, Leaf)
    return tree.result


def follow_links(graph: Graph, pack: Pack, answers: dict[str, str]) -> str:
    """The same by the picture alone: the labels on the links, in the words of the pack."""
    shapes = {shape.id: shape for shape in graph.shapes}
    at = graph.shapes[0]
    while at.kind == "input":
        (question,) = at.notes
        said = pack.question[question].say(answers[question])
        leaving = [link for link in graph.links if link.source == at.id]
        (target,) = [link.target for link in leaving if said in (link.label, *link.label.split(" or "))]
        at = shapes[target]
    return at.notes[0]


@pytest.mark.parametrize("name", PLAIN)
def test_the_map_asks_what_an_interview_asks_once_no_sign_is_open(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    signs = {q.question: next(v for v in q.values if v != q.warning) for q in pack.questions if q.warning is not None}

    def check(tree: Tree[str], answers: dict[str, str], reading: str) -> None:
        if isinstance(tree, Fork):
            asked = next_question(pack, assess(pack, Intake({**signs, **answers}), reading=reading))
            assert asked is not None
            assert tree.name == asked.question
            for values, branch in tree.branches:
                for value in values:
                    check(branch, {**answers, tree.name: value}, reading)

    for reading in readings(pack):
        check(grow_outcomes(pack, reading), {}, reading)


def test_parts_that_lead_on_alike_are_drawn_once(pack: Pack) -> None:
    graph = draw_outcomes(pack)
    assert [shape.id for shape in graph.shapes if shape.kind == "outcome"] == [
        "outcome_both", "outcome_kyphoplasty", "outcome_vertebroplasty", "outcome_outside_documents",
    ]  # fmt: skip
    assert [shape.notes[0] for shape in graph.shapes if shape.kind == "input"] == [
        "fracture", "painful", "cause", "collapsed", "stable", "stable",
    ]  # fmt: skip
    assert "osteoporosis or injury or cancer" in {link.label for link in graph.links}


def test_a_question_with_the_same_ways_on_is_drawn_once_wherever_it_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "sun"
    make_bare_pack(folder)
    for file, old, new in (
        ("questions.yaml", "questions:\n", f"questions:\n{SNOW}"),
        ("questions.yaml", "[calm, breeze, storm]", "[calm, storm]"),
        ("decisions.yaml", "reads: [rain, wind]", "reads: [snow, rain, wind]"),
        ("decisions.yaml", "{rain: yes, not: {wind: storm}}", f"{{any: {WAYS}}}"),
        ("decisions.yaml", "{any: [{rain: no}, {wind: storm}]}", f"{{not: {{any: {WAYS}}}}}"),
    ):  # fmt: skip
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    graph = draw_outcomes(load_pack(folder))
    assert [shape.id for shape in graph.shapes if shape.kind == "input"] == [
        "question_snow", "question_wind", "question_rain", "question_wind_2",
    ]  # fmt: skip
    assert sum(link.target == "question_wind" for link in graph.links) == 2
    assert len({link[:2] for link in graph.links}) == len(graph.links)


def test_the_map_says_what_comes_before_it_and_what_excludes_itself(pack: Pack) -> None:
    remarks = draw_outcomes(pack).remarks
    assert remarks[2] == "Asked before all this: Warning signs. Withheld at: a sign that calls for a clinician now."
    assert remarks[3] == pack.constraints[0].text


def test_a_reading_that_is_not_there_is_refused(pack: Pack) -> None:
    for draw in (draw_requirements, draw_outcomes):
        with pytest.raises(RequestError, match='no reading "narow"'):
            draw(pack, "narow")
