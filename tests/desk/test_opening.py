"""Saved intakes put back into a form: read as the command line reads them, together only where nothing is decided by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from triage import assess, load_pack
from triage.desk.form import MAX_SITES, Spot, make_intakes
from triage.desk.opening import open_files
from triage.intake import Intake, dump_intake, read_intake
from triage.report import render_json

if TYPE_CHECKING:
    from triage.pack import Pack

PACKS = ("vertebral-fracture", "repair-cafe")
EXAMPLES = [
    (name, file)
    for name in PACKS
    for file in sorted((Path(__file__).parent.parent.parent / "rules" / name / "examples").glob("*.yaml"))
]


@pytest.mark.parametrize(("name", "file"), EXAMPLES, ids=lambda it: it.stem if isinstance(it, Path) else it)
def test_every_example_gives_the_same_bytes_as_on_the_command_line(name: str, file: Path) -> None:
    pack = load_pack(name)
    form, told = open_files(pack, [(file.name, file.read_bytes())])
    assert (form.troubles, told) == ((), ())
    assessments = [assess(pack, intake) for intake in make_intakes(pack, form)]
    golden = Path(__file__).parent.parent / "golden" / name / f"{file.stem}.json"
    assert render_json(assessments) == golden.read_text(encoding="utf-8")


def test_what_was_typed_into_a_file_is_on_the_sheet_as_it_is_on_the_command_line(pack: Pack) -> None:
    data = b'{"answers": {"fever": "N", "fracture": "Suspected", "vertebrae": " 2 "}, "sources": {"fever": "patient"}}'
    form, _ = open_files(pack, [("intake.json", data)])
    (intake,) = make_intakes(pack, form)
    assert assess(pack, intake) == assess(pack, read_intake(data, "intake.json"))


def test_what_is_saved_opens_to_the_same_form(pack: Pack) -> None:
    data = b"reference: case-17\nsite: L1\nanswers: {fever: no, cause: Injury}\nsources: {cause: clinician}\n"
    form, _ = open_files(pack, [("a.yaml", data)])
    (intake,) = make_intakes(pack, form)
    assert open_files(pack, [("a.json", dump_intake(intake).encode())])[0] == form


def save(answers: dict[str, str | int | bool | None], reference: str | None = "case-17", site: str | None = None) -> bytes:
    return dump_intake(Intake(answers, reference=reference, site=site)).encode()


def test_several_intakes_of_one_case_stand_in_one_form_each_with_its_site(pack: Pack) -> None:
    files = [
        ("a", save({"fever": "no", "collapsed": "yes"}, site="L1")),
        ("b", save({"fever": "no", "collapsed": "no"}, site="L2")),
    ]
    form, told = open_files(pack, files)
    assert told == ()
    assert form.answers == {Spot("fever"): "no", Spot("collapsed", 1): "yes", Spot("collapsed", 2): "no"}
    assert [intake.site for intake in make_intakes(pack, form)] == ["L1", "L2"]
    expected = [assess(pack, read_intake(data, "x.json")) for _, data in files]
    assert [assess(pack, intake) for intake in make_intakes(pack, form)] == expected


@pytest.mark.parametrize("other", ["no", "unknown", None])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("reference", ["case-17", None])
def test_a_sign_that_one_file_reports_holds_for_all_of_them_and_is_told(
    pack: Pack, other: str | None, first: int, reference: str | None
) -> None:
    files = [("a", save({"fever": "yes"}, reference)), ("b", save({"fever": other}, reference))]
    form, told = open_files(pack, files[::-1] if first else files)
    assert form.answers == {Spot("fever"): "yes"}
    assert form.reference == (reference or "")
    assert told == (f"{pack.question['fever'].label}: reported in one of the files, and so held for all of them",)


@pytest.mark.parametrize(("one", "other"), [("no", "unknown"), ("no", None), ("unknown", None)])
def test_what_is_asked_once_and_answered_apart_is_left_open_and_told(pack: Pack, one: str, other: str | None) -> None:
    for name in ("fever", "height_loss"):
        form, told = open_files(pack, [("a", save({name: one})), ("b", save({name: other}))])
        assert form.answers == {}
        assert told == (f"{pack.question[name].label}: the files differ, and here it is asked once; answer it again",)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "choose a file"),
        ([("a.json", b"{")], "a.json"),
        ([("a.yaml", b"answers: {fever: maybe}")], '"maybe" is not an answer here'),
        ([("a.yaml", b"answers: {feever: no}")], 'Did you mean "fever"?'),
        ([("a.yaml", b"reference: Ann Example\nanswers: {fever: no}")], "nothing that identifies a person"),
        ([("a.json", b'{"answers": {"fever": "no", "fever": "yes"}}')], "fever"),
        ([("a.json", b"\xff")], "not UTF-8"),
        ([("a.json", b"[" * 100_000)], "a.json"),
        ([("a.yaml", b"x" * (2 << 20))], "more than"),
        ([("a", save({}, "one")), ("b", save({}, "two"))], "not of one reference"),
        ([(f"{number}", save({})) for number in range(MAX_SITES + 1)], f"{MAX_SITES} sites"),
        ([("a\u202eb\n.json", b"{")], "\\u{202e}"),
    ],
)
def test_files_that_cannot_be_used_are_told_and_give_no_answers(pack: Pack, files: list[tuple[str, bytes]], words: str) -> None:
    form, told = open_files(pack, files)
    assert any(words in trouble.message for trouble in form.troubles), form.troubles
    assert {trouble.anchor for trouble in form.troubles} == {"files"}
    assert (form.answers, told) == ({}, ())


def test_a_sign_in_a_file_that_cannot_be_used_is_not_lost(pack: Pack) -> None:
    form, _ = open_files(
        pack, [("a.yaml", b"answers: {fever: yes, cause: maybe}"), ("b.yaml", b"answers: {chest_pain: y, q: 1}")]
    )
    assert form.troubles
    assert form.answers == {Spot("fever"): "yes", Spot("chest_pain"): "yes"}
