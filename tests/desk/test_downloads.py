"""What is taken away from a desk: the bytes of the command line."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from desk_states import CONTRADICTION, EMERGENCY, SETTLED, TWO, form_of

from triage.desk.downloads import OFFERED, find_missing, make_intake_file, make_sheet_file
from triage.desk.form import make_intakes
from triage.desk.panel import assess_form
from triage.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path

    from triage.desk.form import Form
    from triage.pack import Pack

TOLD = ("teller.collapsed.1", "patient"), ("typed.collapsed.1", "Y")
STATES = {
    "settled": (SETTLED, "case-17", ("L1",)),
    "emergency": (EMERGENCY, "", ("",)),
    "contradiction": (CONTRADICTION, "", ("L1",)),
    "two": (TWO, "case-17", ("L1", "L2")),
}


@pytest.mark.parametrize("state", STATES)
def test_every_format_has_the_bytes_that_the_command_line_writes_of_the_saved_answers(
    pack: Pack, tmp_path: Path, state: str
) -> None:
    answers, reference, sites = STATES[state]
    form: Form = form_of(pack, answers, *(TOLD if state == "settled" else ()), reference=reference, sites=sites)
    saved = []
    for number, intake in enumerate(make_intakes(pack, form)):
        saved.append(tmp_path / f"{number}.json")
        saved[-1].write_bytes(make_intake_file(intake).content)
    for layout in OFFERED if state == "two" else ("html", "markdown", "json"):
        made = make_sheet_file(pack, assess_form(pack, form, None), layout)
        output = tmp_path / f"sheet{made.name[made.name.index('.') :]}"
        command = [sys.executable, "-m", "triage", "assess", *map(str, saved), "--output", str(output)]
        subprocess.run(command, check=True, capture_output=True)
        assert made.content == output.read_bytes()


def test_a_file_is_named_by_its_labels(pack: Pack) -> None:
    form = form_of(pack, TWO, reference="case-17", sites=("L1", "L2"))
    assert make_sheet_file(pack, assess_form(pack, form, None), "json").name == "sheet-case-17-L1-L2.json"
    assert make_intake_file(make_intakes(pack, form)[1]).name == "intake-case-17-L2.json"
    assert make_sheet_file(pack, assess_form(pack, form_of(pack, {}), None), "markdown").name == "sheet.md"


def test_a_format_that_is_not_there_is_refused_with_those_that_are(pack: Pack) -> None:
    with pytest.raises(RequestError, match="pdf, html, markdown, json"):
        make_sheet_file(pack, assess_form(pack, form_of(pack, {}), None), "docx")


def test_without_typst_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_missing() == {}
    monkeypatch.setitem(sys.modules, "typst", None)
    [(kind, missing)] = find_missing().items()
    assert (kind, "pip install typst" in missing) == ("pdf", True)
