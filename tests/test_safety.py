"""The hazard log: every control has a test that exists, and a whole run in which one of them does not pass is no success.

That they pass is told at the end of such a run by `proof`; here it is tried on a suite of its own.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from console import ROOT
from pydantic import ValidationError
from sheets import text_of_html

from publish.hazards import LEVELS, LIKELIHOODS, MATRIX, SEVERITIES, Hazard, Likelihood, Severity, describe_hazards, read_hazards
from triage import load_pack
from triage.errors import PackError
from triage.library import bundled_packs
from triage.wording import fold

HIGHEST = 3
LOG = read_hazards()
each_hazard = pytest.mark.parametrize("hazard", LOG, ids=lambda hazard: hazard.hazard)


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_there_are_25_hazards_or_more_each_with_an_id_of_its_own() -> None:
    assert len(LOG) >= 25
    assert [hazard.hazard for hazard in LOG] == [f"H{number:02}" for number in range(1, len(LOG) + 1)]


@each_hazard
def test_every_control_names_tests_that_exist_or_says_what_it_waits_for(hazard: Hazard) -> None:
    for control in hazard.controls:
        assert bool(control.tests) != bool(control.waits_for), control.control
        for test in control.tests:
            file, _, name = test.partition("::")
            assert name in names_in(file), test


@each_hazard
def test_controls_lower_the_level_of_risk_to_one_that_can_be_accepted(hazard: Hazard) -> None:
    severities, likelihoods = list(Severity), list(Likelihood)
    assert severities.index(hazard.after.severity) <= severities.index(hazard.before.severity)
    assert likelihoods.index(hazard.after.likelihood) <= likelihoods.index(hazard.before.likelihood)
    assert hazard.after != hazard.before or hazard.clinic, "nothing is gained, and nothing left to the clinic"
    assert hazard.after.level <= HIGHEST
    assert hazard.after.level < HIGHEST or hazard.clinic, "what remains is for the clinic to lower"


def test_the_level_of_risk_never_falls_with_severity_or_likelihood() -> None:
    rows = [MATRIX[likelihood] for likelihood in Likelihood]
    assert all(left <= right for row in rows for left, right in pairwise(row))
    assert all(low <= high for below, above in pairwise(rows) for low, high in zip(below, above, strict=True))
    assert {level for row in rows for level in row} == set(LEVELS)
    assert (list(SEVERITIES), list(LIKELIHOODS)) == (list(Severity), list(Likelihood))
    assert {len(row) for row in rows} == {len(Severity)}


def test_the_page_has_all_of_the_log_and_says_what_is_not_yet_proven() -> None:
    page = describe_hazards(LOG)
    parts = re.split(r"^## (?=H[0-9])", page, flags=re.MULTILINE)[1:]
    for hazard, part in zip(LOG, parts, strict=True):
        assert part.startswith(f"{hazard.hazard} ")
        assert part.count("**Not yet proven:**") == sum(control.waits_for is not None for control in hazard.controls)
        assert all(f"`{test}`" in part for control in hazard.controls for test in control.tests)
        assert f"level {hazard.before.level}" in part
        assert ("Left to the clinic" in part) == (hazard.clinic is not None)
    assert page.count("| **not yet** |") == sum(not hazard.is_proven for hazard in LOG)


def test_a_log_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hazards.yaml"
    file.write_text("hazards: []\nhazards: []\n", encoding="utf-8")
    with pytest.raises(PackError, match="duplicate-key"):
        read_hazards(file)
    file.write_text("hazards: [{hazard: H1}]\n", encoding="utf-8")
    with pytest.raises(ValidationError):
        read_hazards(file)


@pytest.mark.parametrize("name", bundled_packs())
def test_the_intended_use_stands_on_every_sheet(name: str) -> None:
    sheets = [path for path in (ROOT / "tests" / "golden" / name).iterdir() if path.suffix in (".txt", ".md", ".html")]
    assert len(sheets) > 10
    told = load_pack(name).header.intended_use
    for path in sheets:
        text = path.read_text(encoding="utf-8")
        assert told in fold(text_of_html(text) if path.suffix == ".html" else text), path.name


SUITE = """
import pytest

def test_passes(): pass

@pytest.mark.skip
def test_is_skipped(): pass

@pytest.mark.xfail
def test_is_expected_to_fail(): assert False

@pytest.mark.parametrize("is_there", [True, False])
def test_is_skipped_in_part(is_there):
    if not is_there:
        pytest.skip()
"""
CONFTEST = """
from functools import partial
from pathlib import Path
from proof import Proof, is_whole
from publish.hazards import read_hazards

def pytest_configure(config):
    if is_whole(config):
        config.pluginmanager.register(Proof(partial(read_hazards, Path(__file__).parent / "hazards.yaml")))
"""


def run_suite(folder: Path, named: list[str], *options: str) -> tuple[int, str]:
    """Run a suite of its own under a log that names these tests of it: the exit code, and what was told."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(SUITE, encoding="utf-8")
    (folder / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    paths = [str(ROOT), str(ROOT / "docs"), str(ROOT / "tests")]
    (folder / "pytest.ini").write_text(f"[pytest]\ntestpaths = tests\npythonpath = {' '.join(paths)}\n", encoding="utf-8")
    rating = {"severity": "minor", "likelihood": "low"}
    controls = [{"control": "k", "tests": [f"tests/test_it.py::{name}" for name in named]}]
    told = {"hazard": "H01", "title": "t", "cause": "c", "effect": "e"}
    hazard = {**told, "before": rating, "controls": controls, "after": rating}
    (folder / "tests" / "hazards.yaml").write_text(json.dumps({"hazards": [hazard]}), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "1")], ids=["here", "in another process"])
def test_a_whole_run_fails_where_a_named_test_did_not_pass(tmp_path: Path, options: tuple[str, ...]) -> None:
    named = ["test_passes", "test_is_skipped", "test_is_expected_to_fail", "test_is_skipped_in_part", "test_is_missing"]
    code, told = run_suite(tmp_path, named, *options)
    assert code == 1
    assert [line for line in told.splitlines() if line.startswith("H01")] == [
        "H01: tests/test_it.py::test_is_skipped skipped",
        "H01: tests/test_it.py::test_is_expected_to_fail is expected to fail",
        "H01: tests/test_it.py::test_is_skipped_in_part skipped",
        "H01: tests/test_it.py::test_is_missing is not there",
    ]


def test_a_whole_run_succeeds_where_all_passed(tmp_path: Path) -> None:
    code, told = run_suite(tmp_path, ["test_passes"])
    assert (code, "hazards not proven" in told) == (0, False)


def test_a_run_of_a_part_is_not_judged(tmp_path: Path) -> None:
    code, told = run_suite(tmp_path, ["test_is_skipped"], "-k", "passes")
    assert (code, "hazards not proven" in told) == (0, False)
