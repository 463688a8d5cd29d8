"""Decision tables in every format: the same cells, the deferral with them, and nothing that a spreadsheet or a page would run."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, get_args

import pytest
from markdown_it import MarkdownIt
from small_pack import Edit, write_pack

from triage import Intake, assess
from triage.exports.table import tabulate_decision, tabulate_outcome
from triage.exports.tabulation import TableFormat, render_table, say_cell
from triage.library import bundled_packs, load_pack
from triage.page import STYLE
from triage.report import WIDTH
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

HOSTILE = "=1+1 | <b> & ` * [x](y) \"q\" 'q'"


class Cells(HTMLParser):
    """The rows of a table as a browser reads them, and every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def markdown_rows(text: str) -> list[list[str]]:
    return Cells(MarkdownIt("commonmark", {"html": False}).enable("table").render(text)).rows


@pytest.mark.parametrize("name", bundled_packs())
def test_every_complete_intake_is_one_line_of_the_csv_which_says_what_assess_says(name: str) -> None:
    pack = load_pack(name)
    table = tabulate_outcome(pack)
    lines = read_csv(render_table(table, pack, "csv"))
    questions = table.columns
    intakes: list[dict[str, str]] = [{}]
    for question in questions:
        intakes = [{**answers, question: value} for answers in intakes for value in pack.question[question].values]
    for answers in intakes:
        found = assess(pack, Intake(answers))
        if not found.contradictions:
            (line,) = [line for line in lines if all(line[q] == "any" or answers[q] in line[q].split(" or ") for q in questions)]
            assert line[pack.header.outcome] == found.outcome
            for decision in table.procedures:
                assert line[decision] == found.decisions[decision].value
            told = (line["Pack"], line["Version"], line["Digest"], line["Reading"], line["Deferral"])
            assert told == (*found.pack, found.reading, found.deferral)


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    for mark in "=+-@":
        folder = tmp_path / f"pack{ord(mark)}"
        write_pack(folder, Edit("pack.yaml", "The shop decides after a test ride.", f"'{mark}cmd'"))
        small = load_pack(folder)
        cells = [cell for row in csv.reader(io.StringIO(render_table(tabulate_outcome(small), small, "csv"))) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert f"'{mark}cmd" in cells


@pytest.mark.parametrize("name", bundled_packs())
def test_markdown_and_html_have_the_same_cells(name: str) -> None:
    pack = load_pack(name)
    for table in (tabulate_outcome(pack), *(tabulate_decision(pack, decision) for decision in pack.decision)):
        rows = Cells(render_table(table, pack, "html")).rows
        assert markdown_rows(render_table(table, pack, "markdown")) == rows
        assert {len(row) for row in rows} == {len(table.columns) + 1 + len(table.procedures) + 2}
        assert len(rows) == len(table.rows) + 1


@pytest.mark.parametrize("name", bundled_packs())
@pytest.mark.parametrize("format", get_args(TableFormat))
def test_every_format_has_the_deferral_the_pack_and_no_banned_wording(name: str, format: TableFormat) -> None:
    pack = load_pack(name)
    for table in (tabulate_outcome(pack), *(tabulate_decision(pack, decision) for decision in pack.decision)):
        text = render_table(table, pack, format)
        said = " ".join(re.sub(r"\\(.)", r"\1", text).split())
        assert pack.header.deferral.text in said
        assert all(part in said for part in (pack.id, pack.version, pack.digest[:16], table.reading))
        assert banned_wordings(text.replace(STYLE, "")) == []
        assert text.endswith("\n")


def test_what_comes_before_and_what_is_left_out_is_said(pack: Pack) -> None:
    text = " ".join(render_table(tabulate_outcome(pack), pack, "text").split())
    assert "Asked before this table: Warning signs. Withheld at: a sign that calls for a clinician now." in text
    assert f"Not in the table (C1): {pack.constraints[0].text}" in text
    assert "Withheld" not in render_table(tabulate_decision(pack, "presentation"), pack, "text")


def test_the_text_keeps_to_80_columns_and_to_the_order_of_the_rows(pack: Pack) -> None:
    for table in (tabulate_outcome(pack), tabulate_decision(pack, "safety_net"), tabulate_decision(pack, "note_vertebrae")):
        text = render_table(table, pack, "text")
        assert max(map(len, text.splitlines())) <= WIDTH
        blocks = text.split("\n\n")
        assert len(blocks) == len(table.rows) + 2
        for row, block in zip(table.rows, blocks[2:], strict=True):
            assert all(rule in block for rule in row.rules)


def test_a_table_too_wide_for_columns_names_its_answers_in_lines(tmp_path: Path) -> None:
    write_pack(tmp_path / "wide", Edit("questions.yaml", "label: Surface", f"label: {'S' * 90}"))
    wide = load_pack(tmp_path / "wide")
    text = render_table(tabulate_outcome(wide), wide, "text")
    assert "gravel; Tyres: broad" in text.replace("\n", "")
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_page_fetches_nothing_runs_nothing_and_names_its_columns(pack: Pack) -> None:
    text = render_table(tabulate_outcome(pack), pack, "html")
    tags = Cells(text).tags
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not [
        name for _, attributes in tags for name in attributes if name.startswith("on") or name in ("src", "href", "style")
    ]
    assert all(attributes.get("scope") == "col" for tag, attributes in tags if tag == "th")
    assert ("html", {"lang": "en"}) in tags
    assert "default-src 'none'" in text


def test_what_looks_like_markup_stays_text(tmp_path: Path) -> None:
    quoted = HOSTILE.replace("'", "''")
    write_pack(tmp_path / "hostile", Edit("decisions.yaml", "both: both, racer", f"both: '{quoted}', racer"))
    hostile = load_pack(tmp_path / "hostile")
    table = tabulate_outcome(hostile)
    assert [row[2] for row in Cells(render_table(table, hostile, "html")).rows if row[0].startswith("asphalt")] == [HOSTILE]
    assert [row[2] for row in markdown_rows(render_table(table, hostile, "markdown")) if row[0].startswith("asphalt")] == [
        HOSTILE
    ]
    (line,) = [line for line in read_csv(render_table(table, hostile, "csv")) if line["surface"] == "asphalt"]
    assert line["In words"] == f"'{HOSTILE}"


def test_numbers_that_follow_each_other_are_a_range(pack: Pack) -> None:
    assert say_cell(pack, "vertebrae", tuple("234")) == "2 to 4"
    assert say_cell(pack, "vertebrae", ("1", "2")) == "1 or 2"
    assert say_cell(pack, "vertebrae", ("1", "2", "4")) == "1 or 2 or 4"
    assert say_cell(pack, "cause", ("trauma", "cancer")) == "injury or cancer"
    assert say_cell(pack, "cause", None) == "–"  # noqa: RUF001 - the sign of decision tables


# The command


def test_the_command_writes_what_the_name_of_the_output_says(tmp_path: Path, pack: Pack) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "triage", "rules", "table", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)

    narrow = tabulate_outcome(pack, "narrow")
    assert run("--reading", "narrow").stdout == render_table(narrow, pack, "text")
    assert run("--reading", "narrow", "-o", "table.csv").returncode == 0
    assert (tmp_path / "table.csv").read_bytes() == render_table(narrow, pack, "csv").encode()
    assert run("--decision", "standing", "--format", "html").stdout == render_table(
        tabulate_decision(pack, "standing"), pack, "html"
    )
    refused = run("--decision", "standin")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert 'Did you mean "standing"?' in refused.stderr
