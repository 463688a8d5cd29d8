"""The parts that differ between two packs: found by id, told by keys and by texts, but for those repeated nowhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from small_pack import Edit, write_pack

from triage.library import load_pack
from triage.revisions.changes import Change, Reworded, find_changes

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


# A file, a text in it and what takes its place; and the part, its id and the key that then differ.
EDITS = (
    ("pack.yaml", "version: 1.0.0", "version: 1.0.1", "pack", "", "version"),
    ("pack.yaml", "Do not ride., withholds", "Stop., withholds", "level", "stop", "text"),
    ("pack.yaml", "open: The brakes were", "open: Brakes were", "pack", "", "open"),
    ("pack.yaml", "title: The traffic act", "title: An act", "source", "LAW", "title"),
    ("pack.yaml", "booked: Booked.", "booked: It is.", "pack", "", "texts"),
    ("pack.yaml", "default_reading: wide", "default_reading: strict", "pack", "", "default_reading"),
    ("pack.yaml", "text: A lock.", "text: Two locks.", "to have ready", "lock", "text"),
    ("pack.yaml", "reason: A quotation.", "reason: Quoted.", "pack", "", "wording_exceptions"),
    ("statements.yaml", "text: All will smile", "text: All will laugh", "statement", "S05", "text"),
    ("statements.yaml", "class: claim", "class: withheld", "statement", "S05", "class"),
    ("questions.yaml", "[narrow, broad]", "[broad, narrow]", "question", "tyres", "values"),
    ("decisions.yaml", "{stop: stop, go: go}", "{stop: halt, go: go}", "decision", "brakes", "words"),
    ("decisions.yaml", "F1, when: {surface: asphalt}", "F1, when: {surface: gravel}", "rule", "F1", "when"),
    ("decisions.yaml", "because: [S02]\n    replaces", "because: [S01]\n    replaces", "reading", "strict", "because"),
    ("decisions.yaml", "text: Bring a pump.", "text: A pump.", "note", "pump", "text"),
    ("decisions.yaml", "text: Nobody rides", "text: None rides", "constraint", "X1", "text"),
    ("sheet.yaml", "text: The shop has locks.", "text: Locks.", "line of the sheet", "shop/locks", "text"),
    ("sheet.yaml", "title: The shop", "title: Shop", "section", "shop", "title"),
)


@pytest.mark.parametrize(("file", "old", "new", "part", "id", "key"), EDITS)
def test_one_edit_is_one_change(
    tmp_path: Path, bicycles: Pack, file: str, old: str, new: str, part: str, id: str, key: str
) -> None:
    write_pack(tmp_path / "new", Edit(file, old, new))
    (change,) = find_changes(bicycles, load_pack(tmp_path / "new"))
    assert change._replace(wording=()) == Change(part, id, "changed", (key,))


def test_another_id_is_another_part(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(tmp_path / "new", Edit("decisions.yaml", "rule: H1", "rule: H2"))
    found = find_changes(bicycles, load_pack(tmp_path / "new"))
    assert found == (Change("rule", "H2", "added"), Change("rule", "H1", "removed"))


def test_of_a_part_that_only_one_pack_has_its_text_is_told(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(
        tmp_path / "new",
        Edit(
            "pack.yaml",
            "    - {level: go, text: No fault",
            "    - {level: look, text: Look first.}\n    - {level: go, text: No fault",
        ),
        Edit("decisions.yaml", "{stop: stop, go: go}", "{stop: stop, look: look, go: go}"),
        Edit("decisions.yaml", "{brake_fault: no}, then: go", "{brake_fault: no}, then: look"),
    )
    new = load_pack(tmp_path / "new")
    words = {change.id: change.wording for change in find_changes(bicycles, new)}
    assert words["look"] == (Reworded("text", None, "Look first."),)
    words = {change.id: change.wording for change in find_changes(new, bicycles)}
    assert words["look"] == (Reworded("text", "Look first.", None),)


def test_a_list_of_one_value_is_that_value(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(tmp_path / "new", Edit("decisions.yaml", "F1, when: {surface: asphalt}", "F1, when: {surface: [asphalt]}"))
    assert find_changes(bicycles, load_pack(tmp_path / "new")) == ()


def test_values_added_and_removed_are_told(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(
        tmp_path / "new",
        Edit("questions.yaml", "[narrow, broad]", "[slim, broad]"),
        Edit("decisions.yaml", "tyres: narrow", "tyres: slim"),
    )
    found = {change.id: change for change in find_changes(bicycles, load_pack(tmp_path / "new"))}
    wording = (Reworded("values", "narrow, broad", "slim, broad"),)
    assert found["tyres"] == Change("question", "tyres", "changed", ("values",), ("slim",), ("narrow",), wording)
    assert found["F3"].keys == ("when",)


def test_the_words_before_and_after_are_told(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(
        tmp_path / "new",
        Edit("pack.yaml", "deferral: {text: The shop decides after", "deferral: {text: The shop advises after"),
        Edit("pack.yaml", "headline: A racer.", "headline: One racer."),
        Edit("questions.yaml", "{asphalt: asphalt or concrete}", "{asphalt: asphalt, sand: loose}"),
        Edit(
            "decisions.yaml", "F2, when: {surface: gravel, tyres: broad}", "F2, when: {surface: [gravel], any: [{tyres: broad}]}"
        ),
        Edit("decisions.yaml", "{surface: sand}, then: badly", "{surface: sand}, then: partly"),
        Edit("decisions.yaml", "note: pump, text: Bring a pump.", "note: pump, text: A pump."),
    )
    found = {(change.part, change.id): change.wording for change in find_changes(bicycles, load_pack(tmp_path / "new"))}
    assert found["pack", ""] == (
        Reworded("deferral.text", "The shop decides after a test ride.", "The shop advises after a test ride."),
    )
    assert found["outcome", "racer"] == (Reworded("headline", "A racer.", "One racer."),)
    assert found["question", "surface"] == (
        Reworded("labels.asphalt", "asphalt or concrete", "asphalt"),
        Reworded("labels.sand", None, "loose"),
    )
    assert found["rule", "F2"] == (Reworded("when", "Surface: gravel; Tyres: broad", "Surface: gravel; one of (Tyres: broad)"),)
    assert found["rule", "F10"] == (Reworded("then", "badly", "partly"),)
    assert found["note", "pump"] == (Reworded("text", "Bring a pump.", "A pump."),)


def test_of_what_is_repeated_nowhere_in_either_version_no_words_are_told(tmp_path: Path, bicycles: Pack) -> None:
    write_pack(tmp_path / "new", Edit("statements.yaml", "class: claim, text: All will smile", "class: risk, text: Some smile"))
    new = load_pack(tmp_path / "new")
    for old, later in ((bicycles, new), (new, bicycles)):
        (change,) = find_changes(old, later)
        assert change.keys == ("class", "text")
        assert [text.key for text in change.wording] == ["class"]


def test_only_words_are_of_text() -> None:
    assert Change("question", "q", "changed", ("text", "help")).is_of_text
    assert not Change("question", "q", "changed", ("text", "values")).is_of_text
    assert not Change("question", "q", "added").is_of_text
    assert not Change("question", "", "reordered").is_of_text


def test_another_order_is_told_once_for_a_kind(bicycles: Pack) -> None:
    turned = replace(bicycles, questions=bicycles.questions[::-1])
    assert find_changes(bicycles, turned) == (Change("question", "", "reordered"),)


def test_layout_and_the_order_of_rules_are_no_change(tmp_path: Path, pack: Pack) -> None:
    shutil.copytree(pack.folder, tmp_path / "new")
    file = tmp_path / "new" / "decisions.yaml"
    text = file.read_text(encoding="utf-8")
    rules = [line for line in text.splitlines(keepends=True) if "{rule: I2," in line or "{rule: I3," in line]
    file.write_text(text.replace("".join(rules), "".join(rules[::-1])) + "\n# A comment.\n", encoding="utf-8")
    new = load_pack(tmp_path / "new")
    assert new.digest == pack.digest
    assert find_changes(pack, new) == ()


def test_every_part_of_a_pack_is_compared(pack: Pack) -> None:
    """Whatever the digest covers is covered here: without its parts one by one, the pack is found to differ."""
    header = pack.header
    emptied = {
        "statements": replace(pack, statements=pack.statements[1:]),
        "groups": replace(pack, groups=pack.groups[1:]),
        "questions": replace(pack, questions=pack.questions[1:]),
        "decisions": replace(pack, decisions=pack.decisions[1:]),
        "constraints": replace(pack, constraints=()),
        "readings": replace(pack, readings=pack.readings[1:]),
        "notes": replace(pack, notes=pack.notes[1:]),
        "sheet": replace(pack, sheet=pack.sheet.model_copy(update={"sections": pack.sheet.sections[1:]})),
    }
    others = {name for name in type(header).model_fields if getattr(header, name) not in ((), None)}
    changed = {name: replace(pack, header=header.model_copy(update={name: None})) for name in others - {"outcomes", "procedures"}}
    for name, other in emptied.items():
        assert find_changes(pack, other), name
    for name, other in changed.items():
        if isinstance(getattr(header, name), tuple):
            other = replace(pack, header=header.model_copy(update={name: getattr(header, name)[1:]}))  # noqa: PLW2901
        assert find_changes(pack, other), name
