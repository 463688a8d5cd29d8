"""A starter pack: it loads, holds no sentence of its document, and everything left to say begins with the same word."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from triage import Intake, assess, load_pack
from triage.documents import Runs, digest_segment, find_shared, read_document, split_segments
from triage.errors import RequestError
from triage.library import FILES, bundled_packs, read_cases
from triage.proofs.checks import check_pack
from triage.revisions.starter import make_starter, write_starter
from triage.revisions.trace import trace
from triage.wording import TO_DO, banned_wordings

ROOT = Path(__file__).parent.parent.parent
LEAFLET = ROOT / "docs" / "examples" / "repair-cafe.txt"
SEGMENTS = read_document(LEAFLET.read_bytes(), LEAFLET.name)


def new(*arguments: str | Path, at: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", "rules", "new", *map(str, arguments)]
    return subprocess.run(command, cwd=at, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def texts_of(tree: Any, key: str = "") -> list[tuple[str, str]]:
    """Every text of a file with the key it stands under."""
    if isinstance(tree, dict):
        return [found for inner, value in tree.items() for found in texts_of(value, inner)]
    if isinstance(tree, list):
        return [found for value in tree for found in texts_of(value, key)]
    return [(key, str(tree))]


def test_a_starter_loads_is_assessed_and_holds_its_cases(tmp_path: Path) -> None:
    folder = write_starter("our-cafe", LEAFLET.name, SEGMENTS, tmp_path)
    assert folder == tmp_path / "our-cafe"
    pack = load_pack(folder)
    assert (pack.id, len(pack.statements)) == ("our-cafe", 21)
    cases = read_cases(pack)[0]
    assert len(cases) == 2
    for case in cases:
        assessment = assess(pack, Intake(case.answers))
        assert (assessment.outcome, assessment.settled) == (case.outcome, case.settled)
        fired = {rule for result in assessment.decisions.values() for rule in result.rules}
        assert fired == set(case.rules)
    assert {case.outcome for case in cases} == set(pack.outcome)
    assert {rule for case in cases for rule in case.rules} == set(pack.rule)


def test_a_starter_has_every_segment_with_its_digest_and_no_sentence(tmp_path: Path) -> None:
    pack = load_pack(write_starter("our-cafe", LEAFLET.name, SEGMENTS, tmp_path))
    assert [(part.segment, part.sha256) for part in pack.statements] == [(part.number, part.sha256) for part in SEGMENTS]
    (document,) = trace(pack, {"repair_cafe": SEGMENTS}).documents
    assert (document.matched, document.changes, document.shared) == (21, (), ())
    for path in (tmp_path / "our-cafe").iterdir():
        assert list(find_shared(path.read_text(encoding="utf-8"), Runs(SEGMENTS))) == []


def test_everything_that_an_author_has_to_say_begins_with_the_same_word_and_says_what() -> None:
    files = make_starter("our-cafe", LEAFLET.name, SEGMENTS)
    assert set(files) == {*FILES, "cases.yaml"}
    said = {"text", "title", "label", "help", "headline", "use", "intended_use", "case"}
    said |= {"not_enough_information", "contradictory_answers", "contact_clinician_now"}
    for name, content in files.items():
        for key, text in texts_of(yaml.load(content, Loader=yaml.BaseLoader)):
            assert text.startswith(TO_DO) == (key in said or " " in text), (name, key, text)
        assert banned_wordings(content) == []
        assert content.count("TODO") == content.count('"TODO: ')


def test_a_check_of_a_starter_names_each_of_these_texts_and_what_nothing_cites_yet(tmp_path: Path) -> None:
    folder = write_starter("our-cafe", LEAFLET.name, SEGMENTS, tmp_path)
    found = Counter(finding.code for finding in check_pack(folder).findings)
    left = sum(path.read_text(encoding="utf-8").count(f'"{TO_DO}') for path in folder.iterdir())
    assert found == {"to-do": left, "unused-statement": 20}


def test_no_id_of_a_starter_is_one_of_a_bundled_pack(tmp_path: Path) -> None:
    own = load_pack(write_starter("our-cafe", LEAFLET.name, SEGMENTS, tmp_path))
    for name in bundled_packs():
        pack = load_pack(name)
        for ids in ("question", "decision", "outcome", "rule"):
            assert not set(getattr(own, ids)) & set(getattr(pack, ids))


@settings(max_examples=60)
@given(text=st.text(), name=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), file=st.text(max_size=80))
def test_a_starter_of_any_text_loads(text: str, name: str, file: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    segments = split_segments(text) or split_segments("One.")
    if name in bundled_packs():
        return
    pack = load_pack(write_starter(name, file, segments, tmp_path_factory.mktemp("any")))
    assert [part.sha256 for part in pack.statements] == [digest_segment(segment.text) for segment in segments]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("repair-cafe.txt", "repair_cafe"),
        ("some/Our Leaflet (2).md", "our_leaflet_2"),
        ("2026.txt", "document_2026"),
        ("überall.txt", "berall"),
        ("???", "document"),
        ("a" * 90 + ".txt", "a" * 64),
    ],
)
def test_the_id_of_the_document_comes_from_the_name_of_its_file(file: str, expected: str) -> None:
    assert f"\n  - document: {expected}\n" in make_starter("x", file, SEGMENTS)["pack.yaml"]


def test_statements_are_numbered_in_as_many_digits_as_the_last_needs() -> None:
    def codes(count: int) -> list[str]:
        tree = yaml.safe_load(make_starter("x", "x", split_segments("One.\n" * count))["statements.yaml"])
        return [part["statement"] for part in tree["statements"]]

    assert codes(1) == ["S01"]
    assert (codes(99)[-1], codes(100)[0], codes(100)[-1]) == ("S99", "S001", "S100")


@pytest.mark.parametrize("name", ["", "Cafe", "1cafe", "our cafe", "our_cafe", "a/b", "..", "cafe\n", "a" * 65])
def test_a_name_that_no_pack_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"a pack cannot be called .*; its name takes lower-case letters, digits and -"):
        write_starter(name, "x.txt", SEGMENTS, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_bundled_pack_is_refused(tmp_path: Path) -> None:
    for name in bundled_packs():
        with pytest.raises(RequestError, match=f'"{name}" is the name of a pack that comes with the tool'):
            write_starter(name, "x.txt", SEGMENTS, tmp_path)


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "empty", "link"):
        with pytest.raises(RequestError, match="is there already and stays as it is; choose another name"):
            write_starter(name, "x.txt", SEGMENTS, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "link"]
    assert list((tmp_path / "empty").iterdir()) == []
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_a_document_with_more_segments_than_a_pack_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="9,000 segments are more than the statements of one pack can hold"):
        write_starter("long", "x.txt", split_segments("One.\n" * 9000), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(load_pack(write_starter("less", "x.txt", split_segments("One.\n" * 3000), tmp_path)).statements) == 3000


def test_the_command_makes_the_folder_and_says_what_is_left(tmp_path: Path) -> None:
    made = new("our-cafe", "--document", LEAFLET, at=tmp_path)
    assert (made.returncode, made.stdout) == (0, "")
    assert made.stderr == "made our-cafe from 21 segments; `triage rules check our-cafe` names what is left to write\n"
    again = new("our-cafe", "--document", LEAFLET, at=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert '"our-cafe" is there already and stays as it is; choose another name' in again.stderr
    (tmp_path / "packs").mkdir()
    piped = new("our-cafe", "--document", "-", "--output-folder", "packs", at=tmp_path, stdin="One. Two.")
    assert piped.stderr.startswith("made packs/our-cafe from 2 segments; ")
    assert load_pack(tmp_path / "packs" / "our-cafe").header.documents[0].document == "document"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cafe", "--document", "none.txt"], '"none.txt" cannot be read: No such file or directory'),
        (["cafe", "--document", "empty.txt"], "empty.txt: there is no sentence in it"),
        (["cafe", "--document", "binary.txt"], "binary.txt:1:1: byte 0xff is not UTF-8"),
        (["cafe", "--document", "a.txt", "--output-folder", "none"], '"none/cafe" cannot be made: No such file or directory'),
        (["cafe"], "Missing option '--document'"),
        (["Cafe", "--document", "a.txt"], 'a pack cannot be called "Cafe"'),
    ],
)
def test_what_no_pack_can_be_made_of_is_refused_and_leaves_nothing(arguments: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    before = sorted(path.name for path in tmp_path.iterdir())
    run = new(*arguments, at=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
