"""Cells that are carried stay as they came; those that a spreadsheet would run are told of, and disarmed where asked for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from triage.cli import app

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+cmd|x",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "+49 170 1234",
    '=HYPERLINK("http://192.0.2.1")',
    "=",
    "=é",
    "-a",
    "--",
)
PLAIN = (
    *("", "-", "+", "-5", "+5", "-3.5", "-3,50", "+10%", "5-3", " =1", "a=b", "w1", "'=1"),
    *("\u2212 5", "\uff1d1", "case-1", "x\n=1", "1@2"),
)


def write(path: Path, cells: tuple[str, ...], *, name: str = "note") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("fever", name, "ward"), *(("no", cell, "w") for cell in cells)])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["batch", *arguments])


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_carried_cells_that_begin_like_a_formula_are_told_of_and_stay(folder: Path) -> None:
    write(folder / "in.csv", FORMULAS + PLAIN)
    done = run("in.csv", "out.csv")
    assert f"begin like a formula, and stay as they came: note ({len(FORMULAS)}); --disarm" in done.stderr
    assert [row[1] for row in read(folder / "out.csv")[1:]] == [*FORMULAS, *PLAIN]


@pytest.mark.parametrize("cell", FORMULAS)
def test_each_of_them_is_told_of(folder: Path, cell: str) -> None:
    write(folder / "in.csv", (cell,))
    assert ": note (1); --disarm" in run("in.csv", "out.csv").stderr


def test_what_is_none_is_not_told_of(folder: Path) -> None:
    write(folder / "in.csv", PLAIN)
    assert "formula" not in run("in.csv", "out.csv").stderr


def test_disarmed_cells_begin_with_an_apostrophe_and_all_else_stays(folder: Path) -> None:
    write(folder / "in.csv", FORMULAS + PLAIN, name="=bed")
    run("in.csv", "as-it-came.csv")
    done = run("in.csv", "out.csv", "--disarm")
    assert "formula" not in done.stderr
    came, disarmed = read(folder / "as-it-came.csv"), read(folder / "out.csv")
    changed = ["=bed", *FORMULAS]
    assert [row[1] for row in disarmed] == [f"'{cell}" for cell in changed] + list(PLAIN)
    assert [[row[0], *row[2:]] for row in disarmed] == [[row[0], *row[2:]] for row in came]


def test_cells_of_other_formats_are_told_of_and_disarmed_as_well(folder: Path) -> None:
    (folder / "in.jsonl").write_text("".join(json.dumps({"fever": "no", "note": cell}) + "\n" for cell in FORMULAS))
    assert f"note ({len(FORMULAS)})" in run("in.jsonl", "out.csv").stderr
    run("in.jsonl", "out.parquet")
    assert f"note ({len(FORMULAS)})" in run("out.parquet", "again.csv", "--prefix", "x_").stderr
    run("out.parquet", "disarmed.csv", "--prefix", "x_", "--disarm")
    assert [row[1] for row in read(folder / "disarmed.csv")[1:]] == [f"'{cell}" for cell in FORMULAS]


def test_only_csv_is_disarmed(folder: Path) -> None:
    write(folder / "in.csv", FORMULAS)
    done = run("in.csv", "out.jsonl", "--disarm", "--quiet")
    assert "--disarm is for CSV that is written here" in str(done.exception) + done.stderr
    assert not (folder / "out.jsonl").exists()
