"""Bad input is refused in words that name the place, odd input is read as what it says, and nothing in between.

Every case is run here in this process; a sample, and with `make hostile` all of them, as commands of their own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asgi import COOKIE, SETTINGS, call

from hostile.calls import Call, list_calls
from hostile.case import Case, batch_case, refused
from hostile.collection import CASES
from hostile.running import LONGEST, find_wrong, run_apart, run_here
from hostile.spellings import SIGN
from triage.batch.runs import Run
from triage.service.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from triage.batch.runs import Assessed

EVERY = 40


def test_there_are_600_cases_or_more_in_12_categories_or_more() -> None:
    assert len(CASES) >= 600
    assert len({case.category for case in CASES}) >= 12
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_read_as_it_says_or_refused_with_the_place(case: Case, tmp_path: Path) -> None:
    if reason := case.needs():
        pytest.skip(reason)
    assert find_wrong(case, run_here(case, tmp_path), tmp_path) == []


@pytest.mark.parametrize("case", CASES[::EVERY], ids=str)
def test_it_is_the_same_as_a_command_of_its_own(case: Case, tmp_path: Path) -> None:
    if reason := case.needs():
        pytest.skip(reason)
    assert find_wrong(case, run_apart(case, tmp_path), tmp_path) == []


CALLS = list_calls()
# Which field of a page is chosen, and with what.
CHOSEN = re.compile(r'name="answer\.([a-z_]+)(?:\.1)?"[^>]* value="([a-z0-9_]+)" checked')
SELECT = re.compile(r'<select name="answer\.([a-z_]+)(?:\.1)?".*?</select>', re.DOTALL)
SELECTED = re.compile(r'<option value="([a-z0-9_]+)" selected')
HIDDEN = re.compile(r'<input type="hidden" name="answer\.([a-z_]+)(?:\.1)?" value="([^"]*)"')


@pytest.fixture(scope="module")
def service() -> FastAPI:
    return create_app(SETTINGS._replace(limits=SETTINGS.limits._replace(rate=1e9, burst=10**9)))


@pytest.mark.parametrize("request_", CALLS, ids=str)
def test_a_call_is_read_as_it_says_or_refused_with_the_place(service: FastAPI, request_: Call) -> None:
    kind = [("Content-Type", request_.kind)] if request_.kind else []
    length = (
        [] if any(name == "Content-Length" for name, _ in request_.headers) else [("Content-Length", str(len(request_.body)))]
    )
    answer = call(service, "POST", request_.path, COOKIE, *kind, *length, *request_.headers, body=request_.body)
    if request_.answers is None:
        assert 400 <= answer.status < 500, answer.text[:500]
        assert all(part in answer.text for part in request_.told), answer.text[:500]
        problems = answer.tree.get("problems", []) if request_.path.startswith("/api") else []
        assert all(len(str(problem).encode()) < LONGEST for problem in problems)
        assert "Traceback" not in answer.text
    else:
        assert answer.status == 200, answer.text[:500]
        assert (answer.tree["answers"] if request_.path.startswith("/api") else read_page(answer.text)) == request_.answers


def read_page(page: str) -> dict[str, str]:
    """The answers that stand in the fields of a page."""
    found = dict(CHOSEN.findall(page)) | dict(HIDDEN.findall(page))
    for select in SELECT.finditer(page):
        found |= dict.fromkeys([select[1]] if SELECTED.search(select[0]) else [], "".join(SELECTED.findall(select[0])))
    return found


@pytest.mark.parametrize("change", ["grows", "shrinks", "is another", "is gone"])
def test_a_table_that_changes_while_it_is_read_is_refused(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = batch_case(
        "file system", change, f"{SIGN.question},ward\n" + "no,w\n" * 2_000, refused("in.csv", "changed while it was read")
    )
    path = tmp_path / "in.csv"
    assess = Run.assess

    def assess_meanwhile(run: Run) -> Iterator[Assessed]:
        for assessed in assess(run):
            match change:
                case "grows":
                    with path.open("ab") as file:
                        file.write(b"no,w\n")
                case "shrinks":
                    os.truncate(path, 100)
                case "is another":
                    path.with_suffix(".new").write_bytes(path.read_bytes())
                    path.with_suffix(".new").replace(path)
                case "is gone":
                    path.unlink(missing_ok=True)
            yield assessed

    monkeypatch.setattr(Run, "assess", assess_meanwhile)
    assert find_wrong(case, run_here(case, tmp_path), tmp_path) == []
