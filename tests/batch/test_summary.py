"""The summary against counts made row by row from the output of the same run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from foreign import CHROMIUM, start_chromium
from test_runs import draw_rows, expected_cells, read_table, run, write, write_table

from triage.batch.summary import read_figures
from triage.errors import RequestError
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from triage.pack import Pack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from start_chromium()


def test_the_figures_are_those_of_the_rows(pack: Pack, tmp_path: Path) -> None:
    rows = draw_rows()
    source = write_table(tmp_path / "in.parquet", rows)
    run(source, tmp_path / "out.parquet", "--summary", tmp_path / "summary.html", "--prefix", "x_")
    cells = [expected_cells(pack, row) for row in rows]
    assert len(read_table(tmp_path / "out.parquet")) == len(rows)
    figures = read_figures(str(tmp_path / "summary.html"))
    assert figures["totals"] == {
        "rows": len(rows),
        "settled": sum(each.settled for each in cells),
        "differs": sum(each.reading_differs is True for each in cells),
        "rejected": 0,
        "alarms": 0,
        "shared": 0,
    }
    for name in ("outcome", "standing", "safety_net"):
        assert figures[name] == Counter(getattr(each, name) for each in cells)
    assert figures["holding"] == Counter(name for each in cells if each.to_settle for name in each.to_settle.split("|"))
    for name, count in figures["open"].items():
        assert count == sum(row.get(name) in (None, "unknown") for row in rows), name


def test_the_page_has_the_deferral_and_a_table_behind_each_picture(pack: Pack, tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", draw_rows(200))
    run(source, tmp_path / "out.csv", "--summary", tmp_path / "summary.html")
    told = (tmp_path / "summary.html").read_text(encoding="utf-8")
    assert pack.header.deferral.text in told
    assert told.count("<svg") == told.count("<tr>") > 20
    assert "http" not in told.replace("http-equiv", "")
    assert "<script" not in told
    assert banned_wordings(told) == []


def test_a_summary_before_stands_beside_and_a_broken_column_shows(pack: Pack, tmp_path: Path) -> None:
    rows = draw_rows(300)
    run(write_table(tmp_path / "in.csv", rows), tmp_path / "out.csv", "--summary", tmp_path / "one.html")
    broken = [{**row, "imaging": None} for row in rows]
    source = write_table(tmp_path / "broken.csv", broken)
    run(source, tmp_path / "out2.csv", "--summary", tmp_path / "two.html", "--previous", tmp_path / "one.html")
    told = (tmp_path / "two.html").read_text(encoding="utf-8")
    assert "the summary before, 300 rows" in told
    row = next(line for line in told.splitlines() if pack.question["imaging"].label in line)
    before = read_figures(str(tmp_path / "one.html"))["open"]["imaging"] / 300
    assert f'300</td><td class="number">100.0%</td><td class="number">{before:.1%}</td>' in row


def test_what_is_no_summary_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = write_table(tmp_path / "in.csv", draw_rows(3))
    for text in ("", '<data id="figures" value="{">', '<data id="figures" value="[1]">'):
        other = write(tmp_path / "other.html", text)
        with pytest.raises(RequestError, match="is no summary that `triage batch --summary` wrote"):
            read_figures(str(other))
        code, _, said = run(source, tmp_path / "out.csv", "--summary", tmp_path / "new.html", "--previous", other)
        assert (code, "is no summary" in said) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "other.html"]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_pages_of_a_batch_fit_a_narrow_screen_and_no_bar_is_cut_in_print(browser: Browser, tmp_path: Path) -> None:
    source, files = write_table(tmp_path / "in.csv", draw_rows(200)), [tmp_path / name for name in ("s.html", "calls.html")]
    run(source, tmp_path / "before.csv", "--summary", tmp_path / "before.html")
    before = ["--previous", tmp_path / "before.html"]
    run(source, tmp_path / "out.csv", "--summary", files[0], *before, "--call-list", files[1])
    page = browser.new_page(viewport={"width": 320, "height": 800})
    for file in files:
        page.goto(file.as_uri())
        assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    page.goto(files[0].as_uri())
    # No word is cut into letters: the longest stays on a line.
    assert page.evaluate("() => Math.min(...[...document.querySelectorAll('th span')].map(each => each.offsetWidth))") > 80
    assert page.evaluate("() => Math.min(...[...document.querySelectorAll('svg')].map(each => each.clientWidth))") > 80
    page.emulate_media(media="print")
    kept = "() => [...document.querySelectorAll('tr, table')].every(each => getComputedStyle(each).breakInside === 'avoid')"
    assert page.evaluate(kept)
    page.close()
