"""What `triage rules diff --on` says of rows, as text, Markdown and JSON, and what it refuses."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from counted import FORMATS, Row, count, write_rows
from small_changes import EDITS
from small_pack import Edit, make_small_pack

from triage.impact import description
from triage.impact.description import add_impact
from triage.report import as_tree, render_sections
from triage.revisions.comparison import compare_packs
from triage.revisions.difference import describe_difference
from triage.wording import banned_wordings, every_text

if TYPE_CHECKING:
    from triage.pack import Pack

PARTLY = EDITS["a value of a rule"][0]
SOFT = Edit("decisions.yaml", "{brake_fault: yes}, then: stop", "{brake_fault: yes}, then: go")
ROWS: list[Row] = [
    {"reference": "c1", "Patient name": "Ann Smith", "surface": "gravel", "tyres": "narrow", "brake_fault": "no"},
    {"reference": "c2", "Patient name": "Bob Smith", "surface": "gravel", "tyres": "narrow", "brake_fault": "yes"},
    {"reference": "c3", "Patient name": "Cyd Smith", "surface": "gravel", "tyres": None, "brake_fault": "no"},
    {"reference": "c4", "Patient name": "Dee Smith", "surface": "sand", "tyres": None, "brake_fault": "no"},
    {"reference": "c5", "Patient name": "Eve Smith", "surface": "gravel", "tyres": "Secret", "brake_fault": "no"},
    {"reference": "Fay Smith", "Patient name": "", "surface": "gravel", "tyres": None, "brake_fault": "no"},
]


@pytest.fixture
def old(tmp_path: Path) -> Pack:
    """In a folder that commands name."""
    return make_small_pack(tmp_path / "old")


def say(old: Pack, new: Pack, *files: Path, format: str = "text") -> str:
    sections = describe_difference(old, new, compare_packs(old, new))
    return render_sections(add_impact(sections, old, new, count(old, new, files)), format)


def part(text: str, begin: str, end: str) -> str:
    return text[text.index(begin) : text.index(end)]


def test_the_whole_text_about_rows(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = say(old, make_small_pack(tmp_path / "new", *PARTLY), write_rows(Path("rows.csv"), ROWS))
    assert told.startswith(
        "Which bicycle to try: what a change does\n  2 of 6 rows read differently.\n  Some intakes read differently.\n"
    )
    assert (
        part(told, "Rows, ", "What changed in the pack")
        == """\
Rows, reading wide
  What a batch shows is compared: safety net, outcome and standing.
  The shop decides after a test ride.
  - Tables: rows.csv
  - Both packs take 4 rows. Of these read differently: Safety net: 0; Outcome:
    2; Standing: 0
  - Both packs refuse 2 rows; a batch says why

Rows: Outcome
  2 of the 4 rows that both packs take, of 6, read differently.
  The shop decides after a test ride.
  - 1: nothing → racer
    - c1 (row 2): rule F3 changed; statements S01
  - 1: not enough information → racer
    - c3 (row 4): rule F3 changed; statements S01
      - not enough information (possible: racer | nothing) → racer
  How many rows read what, before and now:
  - racer: 0 → 2
  - nothing: 2 → 1
  - contact a clinician now: 1 → 1
  - not enough information: 1 → 0

"""
    )


def test_a_weaker_safety_net_is_the_first_line(tmp_path: Path, old: Pack) -> None:
    file = write_rows(tmp_path / "rows.csv", ROWS)
    said = "Safety net weakened: 1 of 6 rows read a less severe level, or are no longer withheld, such as c2 (row 3)"
    soft, freed = (
        make_small_pack(tmp_path / "soft", SOFT),
        make_small_pack(tmp_path / "free", Edit("pack.yaml", "withholds: yes", "withholds: no")),
    )
    for new, turn in ((soft, "stop → go"), (freed, "stop, which withholds no more")):
        told = say(old, new, file, format="markdown")
        assert told.split("\n\n")[1] == f"{said}: {turn}."
        assert f"- 1, weaker: {turn}\n" in told
    assert "Safety net weakened" not in say(soft, old, file)


def test_the_deferral_stands_in_every_part_about_rows(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", SOFT, *EDITS["a value renamed"][0])
    file = write_rows(tmp_path / "rows.csv", [*ROWS, {**ROWS[3], "brake_fault": "yes"}])
    sections = add_impact(describe_difference(old, new, compare_packs(old, new)), old, new, count(old, new, [file]))
    rows = [section for section in sections if section.title.startswith("Rows")]
    assert [section.title for section in rows] == [
        "Rows, reading wide",
        "Rows: Safety net",
        "Rows: Outcome",
        "Rows that one pack alone refuses",
    ]
    assert all(any(line.text == old.header.deferral.text for line in section.lines) for section in rows)


def test_what_one_pack_alone_refuses_is_told_with_what_it_takes(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS["a value renamed"][0])
    told = " ".join(say(old, new, write_rows(tmp_path / "rows.csv", ROWS)).split())
    assert "2 of 6 rows read differently, 2 of them because one pack alone refuses them." in told
    assert "The new pack alone refuses 2 rows, which therefore read differently" in told
    assert "2 by the new pack, tyres: narrow (c1 (row 2), c2 (row 3)); it takes slim, broad or unknown" in told


def test_columns_that_one_pack_alone_asks_are_named(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS["a question more"][0])
    rows: list[Row] = [{"surface": "sand", "rain": "yes"}]
    file = write_rows(tmp_path / "rows.csv", rows)
    for before, after, asking, other in ((old, new, "new", "old"), (new, old, "old", "new")):
        told = " ".join(say(before, after, file).split())
        assert f"Only the {asking} pack asks rain; to the {other} pack these columns say nothing" in told


def test_several_files_are_told_apart(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = [write_rows(Path(f"rows.{name}"), ROWS[:1]) for name in FORMATS]
    told = " ".join(say(old, make_small_pack(tmp_path / "new", *PARTLY), *files).split())
    assert "3 of 3 rows read differently." in told
    assert "c1 (rows.csv row 2), c1 (rows.jsonl row 1), c1 (rows.parquet row 1): rule F3 changed" in told


def test_more_than_can_be_read_is_cut_in_the_text_alone(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "SHOWN", 1)
    told = say(old, make_small_pack(tmp_path / "new", *PARTLY), write_rows(tmp_path / "rows.csv", ROWS))
    assert "and 1 more; --format json gives all" in told


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_nothing_of_a_row_is_told_but_its_place_and_its_reference(tmp_path: Path, old: Pack, format: str) -> None:
    new = make_small_pack(tmp_path / "new", SOFT, *EDITS["a question more"][0])
    file = write_rows(tmp_path / "rows.csv", [{**row, "rain": "Gus Smith"} for row in ROWS])
    told = json.dumps(as_tree(count(old, new, [file]))) if format == "json" else say(old, new, file, format=format)
    assert "c1" in told
    assert not [word for word in ("Smith", "Secret", "Patient") if word in told]


def test_no_format_has_a_banned_wording(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", SOFT, *EDITS["a value renamed"][0], *EDITS["a question more"][0][:1])
    file = write_rows(tmp_path / "rows.csv", ROWS)
    assert banned_wordings(say(old, new, file)) == []
    assert [word for text in every_text(as_tree(count(old, new, [file]))) for word in banned_wordings(text)] == []


# The command


def run(*arguments: str | Path, at: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", "rules", "diff", *map(str, arguments)]
    return subprocess.run(command, cwd=at, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_the_command_says_by_its_exit_code_whether_a_row_differs_if_asked(
    tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    new = make_small_pack(tmp_path / "new", *PARTLY)
    file = write_rows(Path("rows.csv"), ROWS)
    write_rows(Path("others.csv"), ROWS[3:])
    done = run("old", "new", "--on", "rows.csv", at=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), '("Patient name")' in done.stderr) == (0, 1, True)
    assert done.stdout == say(old, new, file)
    assert run("old", "new", "--on", "rows.csv", "--exit-code", at=tmp_path).returncode == 1
    assert run("old", "new", "--on", "others.csv", "--exit-code", at=tmp_path).returncode == 0
    (tmp_path / "one.yaml").write_text("answers: {surface: gravel, tyres: narrow}\n", encoding="utf-8")
    assert run("old", "new", "--on", "others.csv", "--cases", "one.yaml", "--exit-code", at=tmp_path).returncode == 1


def test_the_command_takes_patterns_and_standard_input_and_writes_a_file(
    tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    new = make_small_pack(tmp_path / "new", *PARTLY)
    files = [write_rows(Path(f"{name}.csv"), ROWS) for name in ("a", "b")]
    written = run("old", "new", "--on", "[ab].csv", "-o", "review.json", at=tmp_path)
    assert (written.returncode, written.stdout) == (0, "")
    told: dict[str, Any] = json.loads((tmp_path / "review.json").read_text(encoding="utf-8"))
    assert told["tables"] == json.loads(json.dumps(as_tree(count(old, new, files))))
    assert told["tables"]["deferral"] == old.header.deferral.text
    piped = run("old", "new", "--on", "-", "--delimiter", "semicolon", at=tmp_path, stdin="surface;tyres\ngravel;narrow\n")
    assert "1 of 1 row read differently." in piped.stdout


def test_without_tables_nothing_is_said_of_rows(tmp_path: Path, old: Pack) -> None:
    make_small_pack(tmp_path / "new", *PARTLY)
    assert "Rows" not in run("old", "new", at=tmp_path).stdout
    assert json.loads(run("old", "new", "--format", "json", at=tmp_path).stdout)["tables"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--on", "none.csv"), '"none.csv" cannot be read'),
        (("--on", "none*.csv"), 'no file is named like "none*.csv"'),
        (("--on", "rows.csv", "--on", "rows.csv"), "rows.csv is named twice; each file is read once"),
        (("--on", "rows.csv", "-o", "rows.csv", "--format", "text"), "is one of the files that are read"),
        (("--on", "-", "--cases", "-"), "standard input (-) can be read once only"),
        (("--on", "rows.csv", "--reading", "no"), "both packs need the reading"),
        (("--on", "odd.csv"), 'Did you mean "surface"? If it is something else: --carry "surfaces"'),
        (("--on", "old/pack.yaml"), "its name says no format"),
        (("--delimiter", ";"), "name some with --on"),
        (("--on", "rows.csv", "--delimiter", "ab"), "--delimiter takes one character"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(tmp_path: Path, old: Pack, arguments: tuple[str, ...], told: str) -> None:
    write_rows(tmp_path / "rows.csv", ROWS)
    write_rows(tmp_path / "odd.csv", [{"surfaces": "sand", "tyres": "broad"}])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    refused = run("old", "old", *arguments, at=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_column_that_is_no_question_is_let_by_where_it_is_named(tmp_path: Path, old: Pack) -> None:
    write_rows(tmp_path / "odd.csv", [{"surfaces": "sand", "tyres": "broad"}])
    assert "0 of 1 row read differently." in run("old", "old", "--on", "odd.csv", "--carry", "surfaces", at=tmp_path).stdout


def test_missing_libraries_are_told_with_the_way_to_them(tmp_path: Path, old: Pack) -> None:
    write_rows(tmp_path / "rows.csv", ROWS)
    program = "import sys; sys.modules['pyarrow'] = None; sys.argv[0] = 'triage'; from triage.cli import main; main()"
    command = [sys.executable, "-c", program, "rules", "diff", "old", "old"]
    without = subprocess.run([*command, "--on", "rows.csv"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (without.returncode, without.stdout) == (2, "")
    assert "install them beside this tool with: pip install pyarrow numpy" in without.stderr
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_terminal_is_shown_how_far_it_is(tmp_path: Path, old: Pack) -> None:
    write_rows(tmp_path / "rows.csv", ROWS)
    command = [sys.executable, "-m", "triage", "rules", "diff", "old", "old", "--on", "rows.csv"]
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=follower, env=environment, timeout=60, check=True)
    os.close(follower)
    shown = os.read(leader, 10_000).decode()
    os.close(leader)
    assert "6 rows, " in shown
    assert "100%" in shown


def test_columns_that_a_batch_would_refuse_are_named_and_nothing_of_them_is_written(tmp_path: Path, old: Pack) -> None:
    (tmp_path / "people.csv").write_text("surface,surname,dob,shop\ngravel,Ott,1950,one\n")
    found = run("old", "old", "--on", "people.csv", "--carry", "dob", at=tmp_path)
    assert found.stderr.splitlines() == [
        'people.csv: nothing is read or written of the columns that look as if they identified a person ("surname"); '
        "`triage batch` would refuse them"
    ]
    assert "Ott" not in found.stdout
