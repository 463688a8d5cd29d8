"""The page on adding to the project: its changes are made on a copy of the checkout, its commands run, the result asked."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from console import FENCED, ROOT, find_differences, run

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "extending.md"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout to which everything on the page was added."""
    checkout = tmp_path_factory.mktemp("checkout")
    for folder in ("triage", "rules"):
        shutil.copytree(ROOT / folder, checkout / folder)
    assert not (wrong := find_differences(PAGE, checkout)), "the page ought to read:\n" + "\n".join(wrong)
    return checkout


def test_every_change_can_be_made_as_it_stands_and_every_command_shows_what_it_gives(changed: Path) -> None:
    assert "NI3" in (changed / "rules" / "vertebral-fracture" / "decisions.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("heading", ["A question", "A rule", "An output format", "A pack"])
def test_every_example_has_its_places_its_changes_and_commands_that_show_them(heading: str) -> None:
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert section.count("| place | what |") == 1
    assert {"diff", "console"} <= {language for language, _ in FENCED.findall(section)}
    places = {line.split("|")[1].strip(" `").rpartition("/")[2] for line in section.splitlines() if line.startswith("| `")}
    changed = set(re.findall(r"^--- (?:.*/)?(\S+)$", section, re.MULTILINE))
    assert changed <= places or heading == "A pack"  # a new folder, which it names


def test_the_new_question_is_in_the_form_that_other_systems_ask(changed: Path) -> None:
    assert '"linkId": "consult_booked"' in run("triage rules export --to fhir-questionnaire", changed)


def test_the_new_format_is_offered_by_commands_batches_and_the_desk(changed: Path) -> None:
    (changed / "rows.csv").write_text("reference,stable\ncase-1,yes\n", encoding="utf-8")
    assert "case-1.csv" in run("triage batch rows.csv out.csv --sheets sheets --format csv --quiet && ls sheets", changed)
    offered = 'from triage.desk.downloads import OFFERED; print(OFFERED["csv"].title)'
    assert run(f"python -c '{offered}'", changed) == "CSV\n"
