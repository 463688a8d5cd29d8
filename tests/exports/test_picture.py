"""Pictures: well-formed, self-contained, all words as text, readable without colour, the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from triage.exports.graph import Graph, Link, Shape, draw_outcomes, draw_requirements
from triage.exports.picture import render_svg
from triage.library import bundled_packs, load_pack
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script> & \"quoted\" 'single' ]]> <!-- -->"
NAMES = [f"{pack} {what}" for pack in bundled_packs() for what in ("requirements", "outcomes")]


def draw(name: str) -> Graph:
    pack, what = name.split()
    return (draw_requirements if what == "requirements" else draw_outcomes)(load_pack(pack))


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_well_formed_and_named(name: str) -> None:
    graph = draw(name)
    root = ET.fromstring(render_svg(graph))
    assert root.tag == f"{SVG}svg"
    width, height = (root.get("viewBox") or "").split()[2:]
    assert (root.get("width"), root.get("height"), root.get("preserveAspectRatio")) == ("100%", None, "xMinYMin meet")
    assert root.get("style") == f"max-width: {width}px; height: auto; aspect-ratio: {width} / {height}"
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert named == {"title": graph.title, "desc": " ".join((*graph.remarks, graph.description))}


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_the_graph_stands_in_the_picture_as_text(name: str) -> None:
    graph = draw(name)
    shown = " ".join(texts(ET.fromstring(render_svg(graph))))
    packed = shown.replace(" ", "")
    for shape in graph.shapes:
        assert shape.title in shown
        assert all(note.replace(" ", "") in packed for note in shape.notes)
    assert all(link.label in shown for link in graph.links)
    assert all(said in shown for said in (graph.title, graph.description, *graph.remarks))


@pytest.mark.parametrize("name", NAMES)
def test_the_deferral_stands_under_the_title(name: str) -> None:
    graph = draw(name)
    assert graph.remarks[0].startswith(texts(ET.fromstring(render_svg(graph)))[1])


@pytest.mark.parametrize("name", NAMES)
def test_there_is_a_shape_and_a_line_for_everything_told_apart_by_form(name: str) -> None:
    graph = draw(name)
    root = ET.fromstring(render_svg(graph))
    rects = [rect for rect in root.iter(f"{SVG}rect") if (rect.get("class") or "").startswith("shape")]
    assert len(rects) == len(graph.shapes)
    assert sum(rect.get("rx") is not None for rect in rects) == sum(shape.kind == "input" for shape in graph.shapes)
    inner = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "inner"]
    assert len(inner) == sum(shape.kind == "outcome" for shape in graph.shapes)
    assert sum(rect.get("class") == "shape main" for rect in rects) == sum(shape.main for shape in graph.shapes)
    assert sum(path.get("class") == "link" for path in root.iter(f"{SVG}path")) == len(graph.links)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_fetches_nothing_and_runs_nothing(name: str) -> None:
    text = render_svg(draw(name))
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<image|<foreignObject|href|@import|url\((?!#head)", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_everything_is_inside_the_picture() -> None:
    for name in NAMES:
        root = ET.fromstring(render_svg(draw(name)))
        width, height = (float(value) for value in (root.get("viewBox") or "").split()[2:])
        (group,) = root.iter(f"{SVG}g")
        left, top = (float(value) for value in re.findall(r"[\d.]+", group.get("transform") or ""))
        for path in group.iter(f"{SVG}path"):
            numbers = [float(value) for value in re.findall(r"-?[\d.]+", path.get("d") or "")]
            assert all(0 < x + left < width for x in numbers[::2])
            assert all(0 < y + top < height for y in numbers[1::2])
        for rect in group.iter(f"{SVG}rect"):
            assert float(rect.get("x") or 0) + float(rect.get("width") or 0) + left < width


def test_what_looks_like_markup_stays_text() -> None:
    shapes = (Shape("a", "input", HOSTILE, (HOSTILE,)), Shape("b", "outcome", HOSTILE))
    text = render_svg(Graph(HOSTILE, HOSTILE, (HOSTILE,), shapes, (Link("a", "b", HOSTILE),)))
    root = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g",
    }  # fmt: skip
    assert HOSTILE in texts(root)


def test_the_same_pack_gives_the_same_bytes(pack: Pack) -> None:
    other = load_pack()
    for what in (draw_requirements, draw_outcomes):
        assert render_svg(what(pack)) == render_svg(what(other))
        assert banned_wordings(render_svg(what(pack))) == []


# The command


def test_the_command_draws_what_is_asked_in_the_format_of_the_output(tmp_path: Path, pack: Pack) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "triage", "rules", "graph", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)

    assert run("--what", "outcomes", "--reading", "narrow").stdout == render_svg(draw_outcomes(pack, "narrow"))
    assert run("-o", "requirements.svg").returncode == 0
    assert (tmp_path / "requirements.svg").read_text(encoding="utf-8") == render_svg(draw_requirements(pack))
    assert run("-o", "requirements.mmd").returncode == 0
    assert (tmp_path / "requirements.mmd").read_text(encoding="utf-8").startswith("flowchart LR\n")
    assert run("-o", "requirements.mermaid").returncode == 0
    assert (tmp_path / "requirements.mermaid").read_bytes() == (tmp_path / "requirements.mmd").read_bytes()
    for refused, told in ((run("-o", "x.png"), ".svg, .mmd"), (run("--reading", "x"), 'no reading "x"')):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert told in refused.stderr
    assert not (tmp_path / "x.png").exists()
