"""`triage rules export` as people meet it: what it writes, where, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console import find_differences
from small_pack import Edit, write_pack

from triage.exports.dmn import export_dmn
from triage.exports.schema import export_schema
from triage.fhir.questionnaire import export_questionnaire

if TYPE_CHECKING:
    from triage.pack import Pack

ROOT = Path(__file__).parent.parent


def export(*arguments: str, at: Path, seed: str = "random") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "triage", "rules", "export", *arguments]
    env = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(command, cwd=at, env=env, capture_output=True, check=False, timeout=60)


def test_every_export_is_what_the_library_gives_on_standard_output_and_in_a_file(pack: Pack, tmp_path: Path) -> None:
    for arguments, text in (
        (("--to", "dmn"), export_dmn(pack, reading="broad")),
        (("--to", "dmn", "--reading", "narrow"), export_dmn(pack, reading="narrow")),
        (("--to", "json-schema"), export_schema()),
        (("--to", "fhir-questionnaire", "--pack", "vertebral-fracture"), export_questionnaire(pack)),
    ):
        done = export(*arguments, at=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, text.encode(), b"")
        done = export(*arguments, "--output", "file", at=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"wrote file\n")
        assert (tmp_path / "file").read_bytes() == text.encode()


@pytest.mark.parametrize("to", ["dmn", "json-schema", "fhir-questionnaire"])
def test_an_export_is_the_same_bytes_in_every_run(to: str, tmp_path: Path) -> None:
    assert len({export("--to", to, at=tmp_path, seed=seed).stdout for seed in ("1", "2", "3")}) == 1


def test_a_pack_of_ones_own_is_exported(tmp_path: Path) -> None:
    write_pack(tmp_path / "own")
    assert b'name="bicycles"' in export("--to", "dmn", "--pack", "own", at=tmp_path).stdout
    assert b'"id": "bicycles"' in export("--to", "fhir-questionnaire", "--pack", "own", at=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "dmn", "--reading", "narow"), 'no reading "narow"; it has broad, narrow. Did you mean "narrow"?'),
        (("--to", "dmn", "--pack", "nowhere"), 'no pack is called "nowhere"'),
        (("--to", "json-schema", "--pack", "vertebral-fracture"), "the JSON Schema is the same for every pack; leave --pack out"),
        (("--to", "json-schema", "--reading", "broad"), "--reading changes nothing in json-schema; leave it out"),
        (("--to", "fhir-questionnaire", "--reading", "broad"), "--reading changes nothing in fhir-questionnaire; leave it out"),
        (("--to", "dmn", "--pack", "broken"), "decisions.yaml:"),
        (("--to", "dmn", "--pack", "feel"), 'DMN has another meaning for "in"; call it otherwise in the pack'),
        (("--to", "drl"), "'drl' is not one of 'dmn', 'json-schema', 'fhir-questionnaire'"),
        ((), "Missing option '--to'"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    write_pack(tmp_path / "broken", Edit("decisions.yaml", "when: {brake_fault: no}", "when: {brake_fault: maybe}"))
    write_pack(tmp_path / "feel", Edit("questions.yaml", "question: booked", "question: in"), *FEEL_EDITS)
    done = export(*arguments, "--output", "file", at=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "feel"]


FEEL_EDITS = (
    Edit("decisions.yaml", "reads: [booked]", "reads: [in]"),
    Edit("decisions.yaml", "when: {booked: yes}", "when: {in: yes}"),
    Edit("decisions.yaml", "when: {booked: no}", "when: {in: no}"),
)


def test_the_page_on_exports_shows_what_happens(tmp_path: Path) -> None:
    assert find_differences(ROOT / "docs" / "exporting.md", tmp_path) == []
