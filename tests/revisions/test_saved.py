"""Saved intakes: read from every kind of file that holds some, and read by two packs as `assess` would read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_pack import FILES, Edit, make_small_pack

from triage import Intake, IntakeError, assess
from triage.library import load_pack, read_cases
from triage.report import render_json
from triage.revisions.saved import Saved, SavedComparison, read_saved

if TYPE_CHECKING:
    from triage.pack import Pack

PARTLY = Edit("decisions.yaml", "narrow}, then: badly", "narrow}, then: partly")
CASES = sorted((Path(__file__).parent.parent.parent / "rules").glob("*/cases.yaml"))


def test_an_intake_is_one_saved_intake() -> None:
    for text in ("answers: {surface: sand}", '{"answers": {"surface": "sand"}}'):
        (saved,) = read_saved(text.encode(), "some file")
        assert (saved.name, dict(saved.intake.answers), saved.reading) == ("some file", {"surface": "sand"}, None)


def test_assessments_are_read_back_with_their_reading_and_as_typed(old: Pack) -> None:
    intakes = (Intake({"surface": "Tarmac "}, reference="case-1"), Intake({"surface": "gravel", "tyres": "unknown"}))
    for count in (1, 2):
        data = render_json([assess(old, intake, reading="strict") for intake in intakes[:count]]).encode()
        saved = read_saved(data, "year.json")
        assert [each.name for each in saved] == ["year.json: case-1", "year.json: assessment 2"][:count]
        assert [dict(each.intake.answers) for each in saved] == [dict(intake.answers) for intake in intakes[:count]]
        assert {each.reading for each in saved} == {"strict"}


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.parent.name)
def test_the_cases_of_a_pack_are_saved_intakes(file: Path) -> None:
    saved = read_saved(file.read_bytes(), "cases.yaml")
    cases = read_cases(load_pack(file.parent))[0]
    assert [(each.name, dict(each.intake.answers), each.reading) for each in saved] == [
        (f"cases.yaml: {case.case}", dict(case.answers), case.reading) for case in cases
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("answers: [", "2:1"),
        ("cases: [{case: A}]", '"answers" is missing'),
        ("cases: []", "holds no case"),
        ('{"schema": "another", "answers": {}}', "is not an assessment"),
        ("[1, 2]", "is not an assessment"),
        ("colour: red", "is not a key of an intake"),
        ("", "is empty"),
    ],
)
def test_what_holds_no_intake_is_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(IntakeError, match=r"^some file: ") as refused:
        read_saved(text.encode(), "some file")
    assert told in str(refused.value)


def test_a_saved_intake_differs_as_two_assessments_do(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", PARTLY)
    compared = SavedComparison(old, new)
    for answers in (
        {},
        {"surface": "gravel", "tyres": "narrow"},
        {"surface": "sand"},
        {"surface": "gravel", "brake_fault": "yes"},
    ):
        found = compared.compare(Saved("a", Intake(answers), None))
        before, after = assess(old, Intake(answers)), assess(new, Intake(answers))
        outcomes = [d for d in found.differences if d.aspect.kind == "outcome"]
        assert bool(outcomes) == (before.possible_outcomes != after.possible_outcomes)
        for difference in outcomes:
            assert difference.old[:3] == (before.outcome, before.settled, before.possible_outcomes)
            assert difference.new[:3] == (after.outcome, after.settled, after.possible_outcomes)
        assert found.differs == bool(found.differences)


def test_nothing_of_the_mapping_is_told_where_it_is_withheld(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", PARTLY)
    answers = {"surface": "gravel", "tyres": "narrow", "brake_fault": "yes"}
    found = SavedComparison(old, new).compare(Saved("a", Intake(answers), None))
    assert found.differences == ()
    freed = make_small_pack(tmp_path / "freed", PARTLY, Edit("pack.yaml", "withholds: yes", "withholds: no"))
    found = SavedComparison(old, freed).compare(Saved("a", Intake(answers), None))
    assert {difference.old.value for difference in found.differences} == {"contact_clinician_now", "stop", "withheld"}
    assert {
        cause.id for difference in found.differences if difference.aspect.kind == "outcome" for cause in difference.causes
    } == {"stop"}


def test_the_reading_asked_for_goes_before_the_saved_one_and_that_before_the_default(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", Edit("pack.yaml", "default_reading: wide", "default_reading: strict"))
    saved = Saved("a", Intake({"surface": "gravel", "tyres": "broad"}), None)
    kept = saved._replace(reading="strict")

    def readings(saved: Saved, asked: str | None) -> tuple[str, str, bool]:
        found = SavedComparison(old, new, asked).compare(saved)
        return found.old_reading, found.new_reading, found.differs

    assert readings(saved, None) == ("wide", "strict", True)
    assert readings(kept, None) == ("strict", "strict", False)
    assert readings(kept, "wide") == ("wide", "wide", False)


def test_an_intake_that_one_pack_refuses_is_a_finding(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(
        tmp_path / "new",
        Edit("questions.yaml", "[narrow, broad]", "[slim, broad]"),
        Edit("decisions.yaml", "tyres: narrow", "tyres: slim"),
    )
    found = SavedComparison(old, new).compare(Saved("a", Intake({"tyres": "narrow"}), None))
    assert (found.differs, found.differences, found.refused_by_old) == (True, (), ())
    assert len(found.refused_by_new) == 1
    assert '"narrow"' in found.refused_by_new[0]
    back = SavedComparison(new, old).compare(Saved("a", Intake({"tyres": "narrow"}), None))
    assert (back.refused_by_old, back.refused_by_new) == (found.refused_by_new, ())


def test_an_intake_that_neither_takes_is_no_difference(tmp_path: Path, old: Pack) -> None:
    found = SavedComparison(old, make_small_pack(tmp_path / "new", PARTLY)).compare(
        Saved("a", Intake({"tyres": "tall", "x": "y"}), "none")
    )
    assert not found.differs
    assert len(found.refused_by_old) == 3  # both answers and the reading
    assert 'there is no reading "none"' in found.refused_by_new


def test_the_format_of_a_file_is_seen_from_its_content() -> None:
    text = json.dumps({"cases": [{"case": "A", "answers": {}, "outcome": "both", "settled": "no", "rules": []}]})
    assert [saved.name for saved in read_saved(text.encode(), "x.txt")] == ["x.txt: A"]
    assert len(read_saved(FILES["cases.yaml"].encode(), "x")) == 2
