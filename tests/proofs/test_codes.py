"""The tables of codes hold every code that is given anywhere, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import triage
from triage.consistency import RESERVED
from triage.proofs.codes import CODES, LOAD_CODES, Code
from triage.wording import banned_wordings

SOURCE = Path(triage.__file__).parent
LOADING = ("cases", "completions", "consistency", "library", "possibilities", "profiles", "ruleset", "syntax", "validation")
WORD = re.compile(r'"([a-z]+(?:-[a-z0-9]+)+|alias|anchor|condition|cycle|spelling|structure|tag)"')
# Words with hyphens that are no codes of a pack, and the kinds whose names follow `unknown-`.
NO_CODES = {"json-syntax", "utf-8-sig", "vertebral-fracture", "question-or-decision"}
KINDS = (
    "decision",
    "document",
    "group",
    "level",
    "note",
    "outcome",
    "procedure",
    "question",
    "reading",
    "rule",
    "standing",
    "statement",
)


def _file(module: str) -> Path:
    (file,) = SOURCE.glob(f"**/{module}.py")
    return file


def given(*modules: str) -> set[str]:
    """Every word in these modules that looks like a code."""
    found = {word for module in modules for word in WORD.findall(_file(module).read_text(encoding="utf-8"))}
    return found - NO_CODES


def test_every_code_of_a_fault_is_described() -> None:
    codes = given(*LOADING) | {f"unknown-{kind}" for kind in (*KINDS, "question-or-decision")}
    assert codes - CODES.keys() - LOAD_CODES.keys() - set(RESERVED) == set()
    assert LOAD_CODES.keys() - codes == set()


def test_every_code_of_a_check_is_given_somewhere() -> None:
    checking = given(
        "relevance", "samples", "proofs/signs", "soundness", "texts", "evidence", "checks", "citations", "completions", "profiles"
    )
    assert CODES.keys() - checking - {"gap", "conflict", "subsumed"} == set()
    assert not CODES.keys() & LOAD_CODES.keys()


@pytest.mark.parametrize("code", [*CODES.items(), *LOAD_CODES.items()], ids=lambda item: item[0])
def test_a_code_has_a_title_and_a_remedy_in_allowed_words(code: tuple[str, Code]) -> None:
    name, (title, remedy) = code
    assert title
    assert not title.endswith(".")
    assert remedy.endswith(".") or (name in LOAD_CODES and not remedy) or name in ("excludes-all", "too-large", "example-fails")
    assert banned_wordings(f"{title}. {remedy}") == []
