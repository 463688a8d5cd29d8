"""Whole runs: tables in, tables out, every format against `assess` on the same row."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from itertools import cycle, product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import FRACTURE, SIGNS, STANDING, YES_NO
from pyarrow import parquet
from rows import read_cells
from typer.testing import CliRunner

from triage import Intake, assess
from triage.batch.cells import COLUMNS, Cells
from triage.batch.rejects import disarm
from triage.batch.tabular import open_bytes
from triage.cli import app
from triage.errors import RequestError, TriageError
from triage.library import load_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.pack import Pack

Row = dict[str, str | None]
FORMATS = ("csv", "jsonl", "parquet")
OTHERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SIGNS, YES_NO),
    "imaging": tuple(STANDING),
    "vertebrae": ("1", "17"),
    "insurance": ("medicare", "none"),
}
ROOT = Path(__file__).parent.parent
# Every format in and every format out, with the readings in turn.
RUNS = [(*formats, reading) for formats, reading in zip(product(FORMATS, FORMATS), cycle(("broad", "narrow")), strict=False)]


def draw_rows(number: int | None = None) -> list[Row]:
    """Every partial intake of the fracture, each with a sample of the other answers, and with columns that are carried."""
    pick = Random(5)
    partial: list[Row] = [{}]
    for name, values in FRACTURE.items():
        partial = [{**row, name: value} for row in partial for value in (None, *values)]
    rows = []
    for place, row in enumerate(partial[:number]):
        unknown = {name: "unknown" for name, value in row.items() if value is None and pick.random() < 0.5}
        others = {name: pick.choice((None, "unknown", *values, *values)) for name, values in OTHERS.items()}
        carried: Row = {"reference": f"case-{place}", "ward": pick.choice(("w1", None, 'say "no", or', "x\ny", " 007 "))}
        rows.append({**carried, **row, **unknown, **others})
    return rows


def write_table(path: Path, rows: Sequence[Row]) -> Path:
    names = list(rows[0])
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    else:
        parquet.write_table(pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names}), path)
    return path


def read_table(path: Path) -> list[dict[str, Any]]:
    """A table as it stands, with nothing for an empty cell and truth values for what is true or false of a result."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(file)]
        for row in rows:
            row.update({name: value or None for name, value in row.items()})
            row.update({name: {"true": True, "false": False}.get(row[name]) for name in ("settled", "reading_differs")})
        return rows
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return list(parquet.read_table(path).to_pylist())


def run(*arguments: object) -> tuple[int, str, str]:
    """The command, within this process; its exit code, what it wrote and what it said."""
    result = CliRunner().invoke(app, ["batch", *map(str, arguments)])
    if isinstance(result.exception, TriageError):
        return 2, "", str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def expected_cells(pack: Pack, row: Row, reading: str | None = None) -> Cells:
    return read_cells(assess(pack, Intake({name: row[name] for name in pack.question if row.get(name)}), reading=reading))


@pytest.mark.parametrize(("source", "target", "reading"), RUNS)
def test_every_partial_intake_comes_out_as_assess_has_it(
    source: str, target: str, reading: str, pack: Pack, tmp_path: Path
) -> None:
    rows = draw_rows()
    written = tmp_path / f"out.{target}"
    code, _, said = run(write_table(tmp_path / f"in.{source}", rows), written, "--reading", reading)
    assert (code, "1,215 rows" in said) == (0, True)
    told = read_table(written)
    assert len(told) == len(rows) == 1_215
    for row, result in zip(rows, told, strict=True):
        assert tuple(result) == (*row, *COLUMNS)
        assert {name: result[name] for name in row} == row
        assert Cells(*(result[name] for name in COLUMNS)) == expected_cells(pack, row, reading)


def test_the_deferral_is_said_and_kept_where_a_format_has_a_place_for_it(pack: Pack, tmp_path: Path) -> None:
    _, _, said = run(write_table(tmp_path / "in.csv", draw_rows(3)), tmp_path / "out.parquet")
    assert pack.header.deferral.text in said
    kept = json.loads(parquet.read_metadata(tmp_path / "out.parquet").metadata[b"vcf-triage"])
    assert kept == {
        "pack": pack.id,
        "version": pack.version,
        "digest": pack.digest,
        "reading": "broad",
        "deferral": pack.header.deferral.text,
    }


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


ODD = 'reference,collapsed,bladder_bowel,note\na1,yes,no,\na2,perhaps,yes,=1+1\na3,no\n"a b",no,,\na5,,,last\n'


def test_rows_that_cannot_be_used_are_told_and_the_others_written(pack: Pack, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ODD)
    code, _, said = run(source, tmp_path / "out.csv")
    assert code == 3
    assert [row["reference"] for row in read_table(tmp_path / "out.csv")] == ["a1", "a5"]
    assert f'{source}: row 3: collapsed: "perhaps" is not an answer here; it takes yes, no or unknown.\n' in said
    assert f'{source}: row 4: has 2 cells where the header has 4; a cell that holds "," or a line break' in said
    assert f'{source}: row 5: reference: "a b" cannot be used; it takes 1 to 64 letters' in said
    assert "2 rows, 3 rows rejected" in said


def test_rejects_are_written_with_row_column_value_and_problem(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ODD.replace("perhaps", "=perhaps"))
    code, _, said = run(source, tmp_path / "out.csv", "--rejects", tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (code, [(row["row"], row["column"], row["value"], row["reference"]) for row in rows]) == (
        3,
        [("3", "collapsed", "'=perhaps", "a2"), ("4", "", "a3,no", ""), ("5", "reference", "a b", "")],
    )
    assert "row 3:" not in said
    assert f"3 rows left out; {tmp_path / 'rejects.csv'} says why" in said


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_empty_label_is_one_that_is_not_given(ending: str, tmp_path: Path) -> None:
    rows: list[Row] = [{"reference": "", "site": "", "collapsed": "yes"}, {"reference": "a", "site": "", "collapsed": "yes"}]
    source = write_table(tmp_path / f"in.{ending}", rows)
    if ending == "csv":
        write(source, 'reference,site,collapsed\n"","",yes\na,"",yes\n')
    code, _, said = run(source, tmp_path / "out.jsonl", "--call-list", tmp_path / "calls.csv")
    assert code == 0, said
    assert {line.split(",")[-2] for line in (tmp_path / "calls.csv").read_text().splitlines()[1:]} > {"a"}


def test_the_lists_beside_a_table_are_written_as_the_table_is(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "\ufeffreference;collapsed\r\na;perhaps\r\nb;yes\r\n")
    lists = {"--rejects": tmp_path / "r.csv", "--call-list": tmp_path / "c.csv"}
    assert run(source, tmp_path / "out.csv", *[each for pair in lists.items() for each in pair])[0] == 3
    for path in (*lists.values(), tmp_path / "out.csv"):
        assert path.read_bytes().startswith("\ufeff".encode())
        assert path.read_text().splitlines()[0].count(";") > 3


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_pandas_is_not_imported_where_it_is_installed(ending: str, tmp_path: Path) -> None:
    # Arrow passes over whatever an import raises, so this one leaves a trace.
    write(tmp_path / "pandas.py", f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    source = write(tmp_path / "in.csv", ODD.replace('"a b"', "ab"))
    if ending == "parquet":
        source = write_table(tmp_path / "in.parquet", draw_rows(20))
    command = [sys.executable, "-m", "triage", "batch", str(source), str(tmp_path / f"out.{ending}")]
    told = subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert not (tmp_path / "imported").exists()
    assert told.returncode == (3 if ending == "csv" else 0)


def test_strict_writes_nothing_where_a_row_is_rejected(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ODD)
    code, _, said = run(source, tmp_path / "out.csv", "--strict", "--rejects", tmp_path / "rejects.csv")
    assert code == 2
    assert "3 rows cannot be used; nothing was written" in said
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_only_the_first_twenty_are_told(tmp_path: Path) -> None:
    _, _, said = run(write(tmp_path / "in.csv", "collapsed\n" + "perhaps\n" * 50), tmp_path / "out.csv")
    assert said.count("is not an answer here") == 20
    assert "… and 30 more; --rejects FILE writes them all" in said


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    source, target = write_table(tmp_path / "in.csv", draw_rows(2)), write(tmp_path / "out.csv", "old")
    code, _, said = run(source, target)
    assert (code, said.endswith("is there already; --force replaces it")) == (2, True)
    assert target.read_text() == "old"
    assert run(source, target, "--force")[0] == 0
    assert len(read_table(target)) == 2


@pytest.mark.parametrize("option", ["--rejects", "--call-list", "--summary", "output"])
@pytest.mark.parametrize("read", ["before.html", "own/pack.yaml", "own/examples/wiring-only.yaml"])
def test_no_file_that_is_read_beside_the_table_is_written_over(option: str, read: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT.parent / "rules" / "repair-cafe", tmp_path / "own")
    pack = load_pack(str(tmp_path / "own"))
    question = next(iter(pack.question))
    source = write(tmp_path / "in.csv", f"{question}\nunknown\n")
    common = ["--pack", tmp_path / "own", "--force", "--output-format", "csv"]
    assert run(source, tmp_path / "once.csv", *common, "--summary", tmp_path / "before.html")[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    target, link = tmp_path / read, tmp_path / "link.html"
    link.symlink_to(target)
    arguments = [source, link] if option == "output" else [source, tmp_path / "out.csv", option, link]
    code, _, said = run(*arguments, *common, "--previous", tmp_path / "before.html")
    assert (code, "is one of the files that are read; name another file" in said) == (2, True)
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_appears_meanwhile_is_not_replaced_without_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("triage.cli.tables.Watch.check", lambda _: (tmp_path / "calls.md").write_text("another's"))
    source = write_table(tmp_path / "in.csv", draw_rows(2))
    code, _, said = run(source, "out.csv", "--call-list", "calls.md", "--sheets", "sheets")
    assert (code, '"calls.md" has appeared meanwhile, and stays as it is; nothing was written' in said) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.md", "in.csv"]
    assert (tmp_path / "calls.md").read_text() == "another's"


def test_a_disk_that_is_full_is_told_of_the_file_that_it_is_full_for(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "collapsed,note\n" + f"yes,{'x' * 100}\n" * 20_000)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
        "from triage.__main__ import main; main()"
    )
    options = ["--rejects", "rejects.csv", "--call-list", "calls.md"]
    done = subprocess.run(
        [sys.executable, "-c", code, "batch", str(source), "out.csv", *options],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, '"out.csv" cannot be written: File too large' in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("option", ["output", "--rejects"])
def test_an_input_is_never_written_over(option: str, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", draw_rows(2))
    before = source.read_bytes()
    arguments = [source, source] if option == "output" else [source, tmp_path / "out.csv", option, source]
    code, _, said = run(*arguments, "--force")
    assert (code, "name another file" in said, source.read_bytes()) == (2, True, before)


def test_several_files_and_patterns_are_read_in_order(tmp_path: Path) -> None:
    rows = draw_rows(30)
    for place, name in enumerate(("b.csv", "a.parquet", "c.csv")):
        write_table(tmp_path / name, rows[10 * place : 10 * place + 10])
    code, _, _ = run(tmp_path / "a.parquet", tmp_path / "[bc].csv", tmp_path / "out.csv")
    assert code == 0
    told = [row["reference"] for row in read_table(tmp_path / "out.csv")]
    assert told == [rows[place]["reference"] for place in (*range(10, 20), *range(10), *range(20, 30))]


def test_rejects_of_several_files_name_the_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path / name, "collapsed\nyes\nperhaps\n")
    run(tmp_path / "*.csv", tmp_path / "out.jsonl", "--rejects", tmp_path / "rejects.txt")
    lines = (tmp_path / "rejects.txt").read_text().splitlines()
    assert [line.rsplit(",", 1)[-1] for line in lines] == ["file", f"{tmp_path}/a.csv", f"{tmp_path}/b.csv"]


def test_files_with_other_columns_are_run_apart(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "collapsed,ward\nyes,1\n")
    write(tmp_path / "b.csv", "ward,collapsed,cause\n1,yes,cancer\n")
    code, _, said = run(tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "out.csv")
    assert (code, "has other columns than" in said, '"cause"' in said) == (2, True, True)


def test_a_file_of_no_lines_is_told_to_have_no_column(tmp_path: Path) -> None:
    code, _, said = run(write(tmp_path / "in.jsonl", "\n"), tmp_path / "out.csv")
    assert (code, "the columns are none" in said) == (2, True)


def test_a_column_that_holds_no_answers_is_told_with_its_file(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"collapsed": ["yes"]}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"collapsed": [b"yes"]}), tmp_path / "b.parquet")
    code, _, error = run(tmp_path / "a.parquet", tmp_path / "b.parquet", tmp_path / "out.jsonl")
    assert (code, (tmp_path / "out.jsonl").exists()) == (2, False)
    assert f"{tmp_path / 'b.parquet'}: the column collapsed holds binary" in error


def test_what_comes_through_a_pipe_needs_room_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("triage.batch.tabular.shutil.copyfileobj", fill)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"collapsed\nyes\n")))
    with pytest.raises(RequestError, match="No space left on device; set TMPDIR to another, or name a file"):
        open_bytes("-")


def test_columns_in_another_order_go_where_they_belong(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "collapsed,ward\nyes,1\n")
    write(tmp_path / "b.csv", "ward,collapsed\n2,no\n")
    run(tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "out.csv")
    assert [(row["collapsed"], row["ward"]) for row in read_table(tmp_path / "out.csv")] == [("yes", "1"), ("no", "2")]


def test_standard_streams_take_and_give_a_table(tmp_path: Path) -> None:
    rows = write_table(tmp_path / "in.csv", draw_rows(40)).read_bytes()
    command = [sys.executable, "-m", "triage", "batch", "-", "-", "-q"]
    told = subprocess.run(command, input=rows, capture_output=True, check=True)
    assert told.stderr == b""
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    assert told.stdout == (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv", "out.csv"], '"none.csv" cannot be read: No such file or directory'),
        (["none-*.csv", "out.csv"], 'no file is named like "none-*.csv"'),
        (["in.csv", "out.table"], "out.table: its name says no format; end it in .csv, "),
        (["in.csv", "out.xlsx"], "out.xlsx: a spreadsheet is neither read nor written; save it as CSV in its "),
        (["in.ods", "out.csv"], "in.ods: a spreadsheet is neither read nor written"),
        (["in.csv", "in.csv", "out.csv"], "in.csv is named twice; each file is read once"),
        (["in.csv", "./in.csv", "out.csv"], "in.csv and ./in.csv are one file; each file is read once"),
        (["in.csv", "."], '"." is a folder; name a file'),
        (["in.csv", "out.csv", "--rejects", "out.csv"], "two outputs have the same name"),
        (["in.csv", "out.csv", "--delimiter", "ab"], '--delimiter takes one character, or tab; "ab" cannot be used'),
        (["in.csv", "out.csv", "--encoding", "klingon"], '--encoding "klingon" is no encoding'),
        (["in.csv", "out.csv", "--prefix", "1 "], '--prefix takes letters, digits, _, - and dots, a letter first; "1 "'),
        (["in.csv", "out.csv", "--reading", "brod"], 'this pack has no reading "brod"'),
        (["in.csv", "none/out.csv"], '"none/out.csv" cannot be written: No such file or directory; nothing was changed'),
        (["in.csv", "out.csv", "--input-format", "parquet"], "in.csv: cannot be read as Parquet: "),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_written(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "in.csv", draw_rows(2))
    code, _, message = run(*arguments)
    assert code == 2
    assert said in message
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_results_of_a_run_are_run_again_under_a_prefix(pack: Pack, tmp_path: Path) -> None:
    rows = draw_rows(50)
    run(write_table(tmp_path / "in.parquet", rows), tmp_path / "once.parquet")
    code, _, said = run(tmp_path / "once.parquet", tmp_path / "twice.parquet")
    assert (code, 'column "outcome": has the name of a result; give the results others with --prefix' in said) == (2, True)
    assert run(tmp_path / "once.parquet", tmp_path / "twice.parquet", "--prefix", "now_", "--reading", "narrow")[0] == 0
    for row in read_table(tmp_path / "twice.parquet"):
        assert Cells(*(row[f"now_{name}"] for name in COLUMNS)) == expected_cells(pack, row, "narrow")
        assert Cells(*(row[name] for name in COLUMNS)) == expected_cells(pack, row)


def test_no_cell_of_ours_begins_like_a_formula() -> None:
    assert [disarm(text) for text in ("=1", "+1", "-1", "@a", "\t=", "yes", "")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'\t=",
        "yes",
        "",
    ]


# Kept below the number of questions, so that a column is asked twice now and then.
CELL = st.one_of(
    st.sampled_from(["yes", "no", "", "unknown", "perhaps", "YES ", "=1+1", 'a "quoted" word', "two\nlines", "a;b,c\td|e", "\0"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_any_csv_comes_out_row_for_row(
    rows: list[tuple[str, str, str]], delimiter: str, newline: str, encoding: str, pack: Pack, tmp_path: Path
) -> None:
    source, target, rejects = (tmp_path / name for name in ("in.csv", "out.csv", "rejects.csv"))
    with source.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=newline)
        writer.writerows([("collapsed", "ward", "cause"), *rows])
    code, _, said = run(source, target, "--force", "--rejects", rejects)
    assert code in (0, 3), said
    used = []
    for collapsed, ward, cause in rows:
        try:
            used.append((collapsed, ward, cause, read_cells(assess(pack, Intake({"collapsed": collapsed, "cause": cause})))))
        except TriageError:
            continue
    with target.open(newline="", encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("\ufeff") == (encoding == "utf-8-sig")
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
    assert table[0] == ["collapsed", "ward", "cause", *COLUMNS]
    assert [tuple(row[:3]) for row in table[1:]] == [row[:3] for row in used]
    for row, (*_, cells) in zip(table[1:], used, strict=True):
        assert row[3:] == ["" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell for cell in cells]
    assert code == (3 if len(used) < len(rows) else 0)
