"""A sheet for each row: the one that `assess` gives, under a name that stays in its folder."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from test_runs import draw_rows, run, write, write_table

from triage import Intake, assess
from triage.formats import render

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


@pytest.mark.parametrize(("format", "ending"), [("html", "html"), ("markdown", "md"), ("json", "json")])
def test_each_row_has_the_sheet_that_assess_gives(format: str, ending: str, pack: Pack, tmp_path: Path) -> None:
    rows = draw_rows(12)
    source = write_table(tmp_path / "in.parquet", rows)
    run(source, tmp_path / "out.csv", "--sheets", tmp_path / "sheets", "--format", format, "--reading", "narrow")
    assert len(list((tmp_path / "sheets").iterdir())) == 12
    for row in rows:
        answers = {name: row[name] for name in pack.question if row.get(name)}
        told = assess(pack, Intake(answers, reference=row["reference"]), reading="narrow")
        written = (tmp_path / "sheets" / f"{row['reference']}.{ending}").read_bytes()
        assert written == render([told], pack, format)


def test_a_sign_of_one_row_stands_on_every_sheet_of_its_reference(pack: Pack, tmp_path: Path) -> None:
    rows = "reference,site,chest_pain,fever,collapsed\na,L1,no,,yes\nb,,no,no,yes\na,L2,yes,no,yes\nb,L4,no,yes,perhaps\n"
    run(write(tmp_path / "in.csv", rows), tmp_path / "out.csv", "--sheets", tmp_path / "sheets", "--format", "json")
    found = {path.stem: json.loads(path.read_text())["safety_net"] for path in (tmp_path / "sheets").iterdir()}
    assert {name: (net["level"], net["reported"]) for name, net in found.items()} == {
        "a-L1": ("emergency", ["chest_pain"]),
        "a-L2": ("emergency", ["chest_pain"]),
        "b": ("same_day", ["fever"]),
    }


def test_names_stay_apart_and_in_their_folder(tmp_path: Path) -> None:
    rows = ["a,", "A,", "a,L1", "a,L1", "..,", ".hidden,", "-x,", ",", "a-2,"]
    write(tmp_path / "in.csv", "reference,site,collapsed\n" + "".join(f"{row},yes\n" for row in rows))
    run(tmp_path / "in.csv", tmp_path / "out.csv", "--sheets", tmp_path / "sheets")
    found = {path.name for path in (tmp_path / "sheets").iterdir()}
    assert found == {
        "a.html", "A-2.html", "a-L1.html", "a-L1-2.html", "case...html", "case.hidden.html", "case-x.html", "row-9.html",
        "a-2-2.html",
    }  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv", "sheets"}


def test_a_folder_that_is_there_stays_and_nothing_is_written(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", draw_rows(2))
    (tmp_path / "sheets").mkdir()
    code, _, said = run(source, tmp_path / "out.csv", "--sheets", tmp_path / "sheets", "--force")
    assert (code, "is there already and stays as it is" in said) == (2, True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "sheets"}


def test_more_rows_than_sheets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.batch.sheets.MAX_SHEETS", 3)
    source = write_table(tmp_path / "in.csv", draw_rows(4))
    code, _, said = run(source, tmp_path / "out.csv", "--sheets", tmp_path / "sheets")
    assert (code, "leave out --sheets" in said) == (2, True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv"}


def test_sheets_that_cannot_be_made_are_refused_before_a_row_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    code, _, said = run(tmp_path / "none.csv", tmp_path / "out.csv", "--sheets", tmp_path / "sheets", "--format", "pdf")
    assert (code, "pip install typst" in said) == (2, True)
