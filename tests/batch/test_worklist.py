"""The call-back list against each row's own assessment: every case that waits stands under each answer that it waits for."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from test_runs import draw_rows, run, write, write_table

from triage import Intake, assess
from triage.batch.worklist import ACT, CHECK, SIGN, WAIT, Worklist
from triage.errors import RequestError
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


def read_list(path: Path) -> dict[tuple[str, str], list[str]]:
    """The cases by kind and question."""
    found: dict[tuple[str, str], list[str]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault((row["kind"], row["question"]), []).append(row["case"])
    return found


def test_every_case_stands_under_each_answer_that_it_waits_for(pack: Pack, tmp_path: Path) -> None:
    rows = draw_rows()
    code, _, _ = run(write_table(tmp_path / "in.csv", rows), tmp_path / "out.csv", "--call-list", tmp_path / "calls.csv")
    assert code == 0
    expected: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        told = assess(pack, Intake({name: row[name] for name in pack.question if row.get(name)}))
        case, net = str(row["reference"]), told.safety_net
        assert net is not None
        if net.level in ("emergency", "same_day"):
            expected.setdefault((ACT, ""), []).append(case)
        if told.outcome == "contact_clinician_now":
            continue
        for name in net.open_signs:
            expected.setdefault((SIGN, name), []).append(case)
        if told.outcome == "contradictory_answers":
            expected.setdefault((CHECK, ""), []).append(case)
        for name in told.to_settle:
            expected.setdefault((WAIT, name), []).append(case)
    found = read_list(tmp_path / "calls.csv")
    assert sorted(found.pop((ACT, ""))) == sorted(expected.pop((ACT, "")))
    assert found == expected


FEW = """\
reference,site,chest_pain,fracture,painful,cause,collapsed,height_restoration,stable
a,,no,yes,yes,trauma,yes,no,
b,L1,no,yes,yes,trauma,yes,no,unknown
b,L2,no,yes,yes,trauma,,no,yes
,,no,yes,,trauma,yes,no,yes
c,,yes,yes,yes,trauma,yes,no,
d,,no,yes,yes,trauma,no,yes,yes
"""


def test_the_list_says_who_can_answer_and_how_many_wait_for_that_alone(pack: Pack, tmp_path: Path) -> None:
    run(write(tmp_path / "in.csv", FEW), tmp_path / "out.csv", "--call-list", tmp_path / "calls.md")
    told = (tmp_path / "calls.md").read_text(encoding="utf-8")
    titles = [line for line in told.splitlines() if line.startswith("## ")]
    assert titles == [
        "## Call-back list",
        "## Warning signs reported",
        "## Warning signs not yet known",
        "## Can be asked of the imaging report or a clinician",
        "## Can be asked of the patient or the referral",
        "## Answers to check",
        "## The same by case",
    ]
    assert pack.header.deferral.text in told
    assert f"{pack.question['stable'].label}: 2 cases wait, 2 of them for nothing else." in told
    assert "\n  - a, b L1\n" in told
    assert "\n  - row 5\n" in told
    assert banned_wordings(told) == []


def test_a_page_of_it_needs_nothing_else(tmp_path: Path) -> None:
    run(write(tmp_path / "in.csv", FEW), tmp_path / "out.csv", "--call-list", tmp_path / "calls.html")
    told = (tmp_path / "calls.html").read_text(encoding="utf-8")
    assert told.startswith("<!doctype html>")
    assert "http" not in told.replace("http-equiv", "")


def test_a_list_without_a_case_says_so(pack: Pack, tmp_path: Path) -> None:
    run(write(tmp_path / "in.csv", "collapsed\n"), tmp_path / "out.csv", "--call-list", tmp_path / "calls.md")
    assert "No case waits for an answer." in (tmp_path / "calls.md").read_text(encoding="utf-8")


def test_a_year_of_intakes_is_no_call_back_list(pack: Pack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("triage.batch.worklist.MAX_CASES", 3)
    calls, cells = Worklist(pack), {"safety_net": None, "outcome": "", "to_settle": None}
    for number in range(3):
        calls.add(str(number), cells, ())
    with pytest.raises(RequestError, match="takes at most 3 cases"):
        calls.add("3", cells, ())
    code, _, said = run(write(tmp_path / "in.csv", FEW), tmp_path / "out.csv", "--call-list", tmp_path / "calls.md")
    assert (code, "leave out --call-list" in said) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    code, _, said = run(write(tmp_path / "in.csv", FEW), tmp_path / "out.csv", "--call-list", tmp_path / "calls.pdf")
    assert (code, '".pdf" says no format of a call-back list' in said) == (2, True)
