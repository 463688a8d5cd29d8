"""Warning signs that no row of the output tells of: those of rows that were left out, and those of another row of a reference."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest
from oracle import SIGNS, alert
from test_runs import run, write
from test_worklist import read_list

from triage import Intake
from triage.batch.references import References
from triage.batch.runs import Run, open_tables
from triage.batch.summary import read_figures
from triage.intake import carry_signs
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

SEVERITY = ("emergency", "same_day", "no_warning_sign")
LATE = "".join(f"a{number},no,no,perhaps\n" for number in range(30))
SLIPS = f"reference,fever,chest_pain,collapsed\n{LATE}late,yes,yes,perhaps\nfevered,yes,no,perhaps\n,no,yes,perhaps\n"


def text_of(pack: Pack, level: str) -> str:
    net = pack.header.safety_net
    assert net is not None
    return f"{next(each.text for each in net.levels if each.level == level)}"


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--strict",), ("--rejects", "rejects.csv")])
def test_a_warning_sign_of_a_row_that_is_left_out_is_said_before_all_else(
    options: tuple[str, ...], pack: Pack, tmp_path: Path
) -> None:
    source = write(tmp_path / "in.csv", SLIPS)
    command = [sys.executable, "-m", "triage", "batch", str(source), "out.csv", *options]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr
    assert said.splitlines()[:5] == [
        f"2 rows left out, with a warning sign reported. {text_of(pack, 'emergency')} Do not wait for the correction.",
        f"  row 32 (late): {pack.question['chest_pain'].label}, {pack.question['fever'].label}",
        f"  row 34: {pack.question['chest_pain'].label}",
        f"1 row left out, with a warning sign reported. {text_of(pack, 'same_day')} Do not wait for the correction.",
        f"  row 33 (fevered): {pack.question['fever'].label}",
    ]
    assert banned_wordings(said) == []


def test_it_is_said_too_where_the_run_ends_in_a_failure(pack: Pack, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", SLIPS)
    other = write(tmp_path / "other.csv", b"reference,fever,chest_pain,collapsed\n" + b"x,no,no,\xff\n" * 200_000)
    command = [sys.executable, "-m", "triage", "batch", str(source), str(other), "out.csv", "--encoding", "utf-8"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "is not utf-8 all through" in done.stderr) == (2, True)
    assert done.stderr.startswith("2 rows left out, with a warning sign reported.")
    assert f"{source} row 32 (late): " in done.stderr


def test_only_the_first_twenty_alarms_of_a_level_are_told_and_the_others_counted(tmp_path: Path) -> None:
    _, _, said = run(write(tmp_path / "in.csv", "chest_pain,collapsed\n" + "yes,perhaps\n" * 50), tmp_path / "out.csv", "-q")
    assert said.startswith("50 rows left out, with a warning sign reported.")
    assert "  row 21: " in said
    assert "  row 22: " not in said
    assert "  … and 30 more, which --rejects FILE names\n" in said


def test_rows_that_nobody_can_read_are_looked_through_for_signs_from_both_ends(pack: Pack, tmp_path: Path) -> None:
    rows = "a,no,yes,\nb,yes,no,one,two\nc,no,two, notes,yes\nd,yes\ne,no\n"
    _, _, said = run(write(tmp_path / "in.csv", f"reference,chest_pain,note,fever\n{rows}"), tmp_path / "out.csv")
    chest, fever = (pack.question[name].label for name in ("chest_pain", "fever"))
    assert f"  row 3: {chest}, as far as the row can be read\n" in said
    assert f"  row 4: {fever}, as far as the row can be read\n" in said
    assert f"  row 5: {chest}, {fever}, as far as the row can be read\n" in said
    assert "row 6: " in said.partition("wrote")[2]
    assert "row 6: " not in said.partition("wrote")[0]


@pytest.mark.parametrize(
    "line", ['{"chest_pain": "yes", "x": 1, "x": 2}', '{"x": 1, "chest_pain" : true,}', '["chest_pain": 1', '"chest_pain":"YES"']
)
def test_a_line_that_is_no_json_is_looked_through_as_well(line: str, pack: Pack, tmp_path: Path) -> None:
    _, _, said = run(write(tmp_path / "in.jsonl", f'{{"collapsed": "yes"}}\n{line}\n'), tmp_path / "out.csv")
    assert f"  row 2: {pack.question['chest_pain'].label}, as far as the row can be read\n" in said
    _, _, said = run(write(tmp_path / "in.jsonl", line.replace("chest_pain", "note")), tmp_path / "out.csv")
    assert "warning sign reported" not in said


def test_rejects_lists_and_summaries_have_the_alarms_and_the_reference(pack: Pack, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("rejects.csv", "calls.csv", "calls.md", "summary.html")]
    options = [each for option, file in zip(("--rejects", "--call-list", "", "--summary"), files, strict=True) if option
               for each in (option, file)]  # fmt: skip
    run(write(tmp_path / "in.csv", SLIPS), tmp_path / "out.csv", *options)
    run(tmp_path / "in.csv", tmp_path / "out.csv", "--force", "--call-list", files[2])
    rows = [*csv.DictReader(io.StringIO(files[0].read_text()))]
    assert [row["reference"] for row in rows[-3:]] == ["late", "fevered", ""]
    assert [row["row"] for row in rows if "The row reports" in row["problem"]] == ["32", "33", "34"]
    assert rows[-3]["problem"].endswith(f"{text_of(pack, 'emergency')} Do not wait for the correction.")
    listed = read_list(files[1])
    assert [*listed] == [("act now, row left out", ""), ("left out", "")]
    assert listed["act now, row left out", ""] == ["late (row 32)", "row 34", "fevered (row 33)"]
    assert len(listed["left out", ""]) == 30
    told = files[2].read_text()
    titles = [line for line in told.splitlines() if line.startswith("## ")]
    assert titles[1:] == ["## Warning signs in rows that were left out", "## Rows that were left out"]
    assert f"- 2 rows: {text_of(pack, 'emergency')} Do not wait for the correction.\n  - late (row 32), row 34\n" in told
    figures = read_figures(str(files[3]))["totals"]
    assert (figures["rejected"], figures["alarms"], figures["shared"]) == (33, 3, 0)
    assert "Of the rejected rows, 3 report a warning sign." in files[3].read_text()


def test_what_can_be_used_is_not_silent_where_nothing_is_written(tmp_path: Path) -> None:
    _, _, said = run(write(tmp_path / "in.csv", "chest_pain,collapsed\nyes,yes\nno,perhaps\n"), tmp_path / "out.csv", "--strict")
    assert "1 row that can be used reports a warning sign, and no file says so; run it without --strict" in said


def split_as_assess_does(pack: Pack, rows: list[tuple[str, dict[str, str]]]) -> dict[str, tuple[str, list[int]]]:
    """The references of which a row would be answered more severely beside the others, by the means of `assess`."""
    carried, _ = carry_signs(pack, [Intake(answers, reference=reference) for reference, answers in rows])
    found: dict[str, tuple[str, list[int]]] = {}
    for place, ((reference, answers), intake) in enumerate(zip(rows, carried, strict=True)):
        own, shared = (alert({sign: str(each.get(sign, "no")) for sign in SIGNS}) for each in (answers, intake.answers))
        if own != shared:
            found.setdefault(reference, (shared, []))[1].append(place + 2)
    return found


def test_rows_of_a_reference_that_differ_are_those_that_assess_would_carry_a_sign_to(pack: Pack, tmp_path: Path) -> None:
    answers = [{"chest_pain": chest, "fever": fever} for chest, fever in product(("yes", "no", ""), repeat=2)]
    rows = [(f"c{one}-{other}", answers[which]) for one, other in product(range(9), repeat=2) for which in (one, other)]
    rows = [*rows[::2], ("single", answers[0]), *rows[1::2]]
    lines = "".join(f"{reference},{each['chest_pain']},{each['fever']}\n" for reference, each in rows)
    source = write(tmp_path / "in.csv", f"reference,chest_pain,fever\n{lines},yes,\n,no,\n")
    references = References(pack)
    for assessed in Run(pack, open_tables([str(source)], pack.question)).assess():
        references.collect(assessed)
    told = references.shared()
    found = {each.reference: (each.level.level, [place.row for place in each.without]) for each in told}
    assert found == split_as_assess_does(pack, rows)
    assert len(found) > 30
    assert [SEVERITY.index(each.level.level) for each in told] == sorted(SEVERITY.index(each.level.level) for each in told)
    by_row = dict(enumerate(rows, 2))
    for each in told:
        reference, given = by_row[each.place.row]
        assert (reference, alert({sign: given.get(sign, "no") for sign in SIGNS})) == (each.reference, each.level.level)
    assert references.compared == len(rows) + 2


TWO = "reference,site,chest_pain,collapsed\na,L1,no,yes\nb,,no,yes\na,L2,yes,yes\na,L3,,no\n"


@pytest.mark.parametrize("options", [(), ("--quiet",)])
def test_a_sign_of_another_row_of_the_reference_is_said_and_changes_no_row(
    options: tuple[str, ...], pack: Pack, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("calls.md", "summary.html")]
    code, _, said = run(
        write(tmp_path / "in.csv", TWO), tmp_path / "out.csv", "--call-list", files[0], "--summary", files[1], *options
    )
    assert code == 0
    assert said.startswith(
        f"1 reference has a warning sign that not all of its rows report. {text_of(pack, 'emergency')}\n"
        f"  a: {pack.decision['safety_net'].values['emergency']} in row 4, and not in rows 2, 5\n"
        "  Each row is answered by itself; a sign holds for all rows of a reference.\n"
    )
    assert "a (reported in row 4, not in rows 2, 5)" in files[0].read_text()
    assert read_figures(str(files[1]))["totals"]["shared"] == 2
    assert "2 rows lack a warning sign that another row of the same reference reports." in files[1].read_text()
    rows = [*csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text()))]
    assert [row["safety_net"] for row in rows] == ["open", "open", "emergency", "open"]


def test_a_sign_of_a_row_that_was_left_out_holds_for_its_reference_too(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "reference,chest_pain,collapsed\na,no,yes\na,yes,perhaps\n")
    _, _, said = run(source, tmp_path / "out.csv")
    assert " in row 3, and not in row 2\n" in said


def test_past_its_limit_it_says_how_far_it_looked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("triage.batch.references.MAX_ROWS", 3)
    _, _, said = run(write(tmp_path / "in.csv", TWO), tmp_path / "out.csv")
    assert " in row 4, and not in row 2\n" in said
    assert "was looked at in the first 3 rows alone" in said
    monkeypatch.undo()
    _, _, said = run(tmp_path / "in.csv", tmp_path / "out.csv", "--force")
    assert "was looked at" not in said


def test_without_a_reference_nothing_is_compared(tmp_path: Path) -> None:
    _, _, said = run(write(tmp_path / "in.csv", "chest_pain\nyes\nno\n"), tmp_path / "out.csv")
    assert said.startswith("wrote ")
