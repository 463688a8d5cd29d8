"""`triage rules check` as people and machines call it: what it prints, where, and the code it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from checked_pack import CLEAN
from small_pack import Edit, write_pack

WRONG = Edit("questions.yaml", "    help: As said.\n", "    help: The best of it.\n")


def check(*arguments: str, folder: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "triage", "rules", "check", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with a pack that is clean and one that is not."""
    write_pack(tmp_path / "good", *CLEAN)
    write_pack(tmp_path / "bad", *CLEAN, WRONG)
    return tmp_path


def test_a_clean_pack_ends_with_0_and_a_line_of_what_was_proven(packs: Path) -> None:
    code, out, err = check("good", folder=packs)
    assert (code, err) == (0, "")
    assert out.startswith("bicycles 1.0.0, digest ")
    assert "no finding. Gone through: 5 decisions" in out
    assert "(MC/DC)" in " ".join(out.split())
    assert out.endswith("The shop decides after a test ride.\n")


def test_findings_end_with_1_and_are_named_as_seen_from_here(packs: Path) -> None:
    code, out, err = check("bad", "--quick", folder=packs)
    assert (code, err) == (1, "")
    assert out.startswith('bad/questions.yaml:26:5: banned-wording: says "best", which no text may say\n')
    assert "changes of the rules" not in out


def test_several_packs_are_checked_each_once_whether_named_by_folder_or_file(packs: Path) -> None:
    code, out, err = check("good", "bad/cases.yaml", "bad/pack.yaml", "good/pack.yaml", "--quick", folder=packs)
    assert (code, err) == (1, "")
    assert [line.split(",")[0] for line in out.splitlines() if "digest" in line] == ["bicycles 1.0.0"] * 2


def test_a_file_of_no_pack_is_passed_over_and_said(packs: Path) -> None:
    (packs / "notes.yaml").write_text("a: b\n", encoding="utf-8")
    assert check("notes.yaml", folder=packs) == (0, "", "notes.yaml is part of no pack, and passed over\n")


def test_a_pack_that_cannot_be_loaded_ends_with_1_and_one_that_is_not_there_with_2(packs: Path) -> None:
    write_pack(packs / "broken", *CLEAN, Edit("decisions.yaml", "{fit: well}", "{fit: wel}"))
    code, out, err = check("broken", folder=packs)
    assert (code, err) == (1, "")
    assert "broken/decisions.yaml:23:27: unknown-value: fit has no value" in out
    code, out, err = check("nowhere", folder=packs)
    assert (code, out) == (2, "")
    assert 'no pack is called "nowhere"' in err


@pytest.mark.parametrize(("name", "key"), [("found.sarif", "runs"), ("found.json", "findings")])
def test_the_name_of_the_output_says_the_format(packs: Path, name: str, key: str) -> None:
    code, out, err = check("bad", "--quick", "--output", name, folder=packs)
    assert (code, out, err) == (1, "", f"wrote {name}\n")
    assert key in json.loads((packs / name).read_text(encoding="utf-8"))


def test_a_file_of_the_pack_is_not_written_over(packs: Path) -> None:
    before = (packs / "good" / "pack.yaml").read_bytes()
    code, _, err = check("good", "--quick", "--format", "text", "--output", "good/pack.yaml", folder=packs)
    assert code == 2
    assert "name another file" in err
    assert (packs / "good" / "pack.yaml").read_bytes() == before


def test_the_bundled_default_is_checked_without_a_name(tmp_path: Path) -> None:
    code, out, _ = check("--quick", "--format", "json", folder=tmp_path)
    assert code == 0
    assert json.loads(out)["findings"] == []


def test_the_same_pack_gives_the_same_bytes(packs: Path) -> None:
    runs = {check("bad", "--format", "sarif", folder=packs)[1] for _ in range(2)}
    assert len(runs) == 1
