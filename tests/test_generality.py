"""The code knows no pack: what it says and does comes from the pack that it is given."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from literals import find_literals

import triage
from triage.assessment import Assessment
from triage.cases import Case
from triage.library import bundled_packs, load_pack
from triage.parts import Header, StatementClass, Teller

ROOT = Path(triage.__file__).parent
# Names that the formats give to every pack, which a pack may give to its parts as well.
OF_THE_FORMATS = {*Assessment._fields, *Header.model_fields, *Case.model_fields, *get_args(StatementClass), *get_args(Teller)}
# Ids that are plain English words, too. In a sentence they are that; alone, or beside a sign such as = or :, they are ids.
ENGLISH = {
    "both",
    "cause",
    "collapsed",
    "fever",
    "fracture",
    "hazard",
    "housing",
    "imaging",
    "presentation",
    "sewing",
    "stable",
    "wiring",
}


@cache
def ids_of_packs() -> frozenset[str]:
    ids: set[str] = set()
    for name in bundled_packs():
        pack = load_pack(name)
        procedures = [procedure.procedure for procedure in pack.header.procedures]
        ids.update(pack.question, pack.decision, pack.outcome, procedures)
    return frozenset(ids - OF_THE_FORMATS)


def find_ids(text: str, ids: frozenset[str]) -> set[str]:
    words = "|".join(sorted(map(re.escape, ids)))
    found = set(re.findall(rf"(?<![\w-])(?:{words})(?![\w-])", text))
    return {word for word in found if word not in ENGLISH or text.strip() == word or re.search(rf"\b{word} *[=:]", text)}


def test_there_are_ids_to_look_for() -> None:
    ids = ids_of_packs()
    assert len(bundled_packs()) >= 2
    assert {"kyphoplasty", "collapsed", "swollen_battery"} <= ids
    assert find_ids("collapsed", ids) == find_ids("-a collapsed=yes", ids) == find_ids("{collapsed: yes}", ids) == {"collapsed"}
    assert find_ids("after reviewing the imaging", ids) == set()
    assert find_ids("about kyphoplasty", ids) == {"kyphoplasty"}


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_names_a_part_of_a_pack(file: Path) -> None:
    ids = ids_of_packs()
    named = [(line, word, text) for line, text in find_literals(file.read_text(encoding="utf-8")) for word in find_ids(text, ids)]
    assert named == []
