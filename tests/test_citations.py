"""Who cites what in the bundled packs, read again from their files alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage import load_pack
from triage.citations import find_citations
from triage.library import bundled_packs

KINDS = {
    ("decisions.yaml", "decisions", "rules"): ("rules", "rule"),
    ("decisions.yaml", "readings", "rules"): ("rules", "rule"),
    ("decisions.yaml", "readings"): ("readings", "reading"),
    ("questions.yaml", "questions"): ("questions", "question"),
    ("pack.yaml", "have_ready"): ("have_ready", "id"),
    ("pack.yaml", "tensions"): ("tensions", "tension"),
    ("sheet.yaml", "sections", "items"): ("sheet", "id"),
    ("pack.yaml", "deferral"): ("deferral", ""),
}


def citing_parts(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every mapping of a file with a list of codes in it, and the keys above it."""
    if isinstance(tree, dict):
        if "because" in tree or "tension" in tree:
            yield path, tree
        for key, value in tree.items():
            yield from citing_parts(value, (*path, key))
    elif isinstance(tree, list):
        for item in tree:
            yield from citing_parts(item, path)


def citations_in_the_files(folder: Path) -> dict[str, set[tuple[str, str]]]:
    """For every code, what kind of part cites it and the id of that part, from the YAML alone."""
    found: dict[str, set[tuple[str, str]]] = {}
    for file in sorted(folder.glob("*.yaml")):
        for path, part in citing_parts(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader), (file.name,)):
            kind, key = KINDS[path]
            for code in part.get("because", part.get("statements", [])):
                found.setdefault(code, set()).add((kind, part.get(key, "")))
    return found


@pytest.mark.parametrize("name", bundled_packs())
def test_every_citation_of_the_files_is_traced_and_no_other(name: str) -> None:
    pack = load_pack(name)
    expected = citations_in_the_files(Path(pack.folder))
    for code in (*pack.statement, *pack.source):
        cited = find_citations(pack, code)
        told = {(kind, name.split(".")[-1]) for kind, names in cited._asdict().items() if kind != "deferral" for name in names}
        told |= {("deferral", "")} if cited.deferral else set()
        assert told == expected.get(code, set()), code
