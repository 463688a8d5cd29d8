"""The page on writing a pack: its commands are run, and what it shows of files is what the finished pack has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from console import FENCED, ROOT, commands, find_differences

from triage.documents import read_document
from triage.library import load_pack, read_cases
from triage.revisions.trace import trace

PAGE = ROOT / "docs" / "writing-a-pack.md"
LEAFLET = ROOT / "docs" / "examples" / "repair-cafe.txt"
FINISHED = ROOT / "rules" / "repair-cafe"


def excerpts() -> Iterator[tuple[str, str]]:
    """Every YAML block with the name of the file that the heading above it gives."""
    for section in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        for language, body in FENCED.findall(section):
            if language == "yaml":
                yield section.partition(":")[0], body


def test_every_command_shows_what_it_gives(tmp_path: Path) -> None:
    for name in ("rules", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    assert not (wrong := find_differences(PAGE, tmp_path)), "the page ought to read:\n" + "\n".join(wrong)


def test_every_excerpt_stands_in_the_finished_pack_in_the_file_of_its_heading() -> None:
    found = list(excerpts())
    assert {file for file, _ in found} == {
        "statements.yaml",
        "questions.yaml",
        "decisions.yaml",
        "pack.yaml",
        "sheet.yaml",
        "cases.yaml",
    }
    for file, body in found:
        assert body in (FINISHED / file).read_text(encoding="utf-8"), f"{file} does not have this:\n{body}"


def parts(tree: object) -> Iterator[object]:
    """Everything that a file holds: its entries by key, and the items of its lists at any depth."""
    if isinstance(tree, dict):
        yield from ({key: value} for key, value in tree.items())
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        if isinstance(tree, list):
            yield inner
        yield from parts(inner)


def test_every_excerpt_is_made_of_whole_entries_so_that_it_can_be_pasted() -> None:
    for file, body in excerpts():
        finished = list(parts(yaml.safe_load((FINISHED / file).read_text(encoding="utf-8"))))
        pasted = yaml.safe_load(body)
        for entry in pasted if isinstance(pasted, list) else ({key: value} for key, value in pasted.items()):
            assert entry in finished, f"{file} has more than this:\n{body}"


@pytest.mark.parametrize("word", ["rules trace --index", "rules new", "rules check", "rules trace --pack", "assess"])
def test_the_page_runs_each_command_that_an_author_uses(word: str) -> None:
    assert any(f"triage {word}" in command for command, _ in commands(PAGE))


def test_the_finished_pack_is_made_from_the_leaflet_and_repeats_none_of_it() -> None:
    pack = load_pack(FINISHED)
    found = trace(pack, {"leaflet": read_document(LEAFLET.read_bytes(), LEAFLET.name)})
    (document,) = found.documents
    assert (document.matched, document.segments, document.headings) == (21, 21, (1, 6, 11, 17))
    assert not found.has_findings
    assert {rule for case in read_cases(pack)[0] for rule in case.rules} == set(pack.rule)
