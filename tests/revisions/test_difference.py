"""What `triage rules diff` says: counts, causes and examples in every format, the deferral beside outcomes, no claim repeated."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bare_pack import make_bare_pack
from small_pack import Edit, write_pack

from triage.intake import Intake
from triage.library import load_pack
from triage.report import render_sections
from triage.revisions import comparison
from triage.revisions.comparison import compare_packs
from triage.revisions.difference import SAFETY_TEXTS, describe_difference, render_json
from triage.revisions.saved import Saved, SavedComparison
from triage.wording import banned_wordings, every_text

if TYPE_CHECKING:
    from triage.pack import Pack

PARTLY = Edit("decisions.yaml", "narrow}, then: badly", "narrow}, then: partly")
TEXT = Edit("questions.yaml", "text: Which tyres are liked?", "text: Which tyres?")
CLAIM = Edit("statements.yaml", "text: All will smile", "text: All will laugh")
INTAKES = (
    Saved("one.yaml", Intake({"surface": "gravel", "tyres": "narrow"}), None),
    Saved("two.yaml", Intake({"surface": "sand"}), None),
    Saved("three.yaml", Intake({"tyres": "tall"}), None),
)


def make(folder: Path, *edits: Edit) -> Pack:
    write_pack(folder, *edits)
    return load_pack(folder)


def say(old: Pack, new: Pack, *saved: Saved, format: str = "text") -> str:
    compared = SavedComparison(old, new)
    differences = [compared.compare(intake) for intake in saved] if saved else None
    return render_sections(describe_difference(old, new, compare_packs(old, new), differences), format)


@pytest.fixture
def old(tmp_path: Path) -> Pack:
    return make(tmp_path / "old")


def test_the_whole_text_of_a_difference(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", PARTLY, TEXT)
    expected = f"""\
Which bicycle to try: what a change does
  Some intakes read differently.
  The shop decides after a test ride.
  - Old: bicycles 1.0.0 (digest {old.digest[:16]})
  - New: bicycles 1.0.0 (digest {new.digest[:16]})

What changed in the pack
  The shop decides after a test ride.
  - question tyres: changed (text)
    - old: Which tyres are liked?
    - new: Which tyres?
  - rule F3: changed (then)
    - old: Surface: gravel; Tyres: narrow → fit: badly (S01)
    - new: Surface: gravel; Tyres: narrow → fit: partly (S01)

Partial intakes that read differently (unknown and not asked counted as one)
  - reading wide: Safety net: 0 of 3; Outcome: 3 of 12; Standing: 0 of 3; fit: 3
    of 12; other decisions (1): none
  - reading strict: Safety net: 0 of 3; Outcome: 4 of 12; Standing: 0 of 3; fit:
    4 of 12; other decisions (1): none

Outcome, reading wide
  3 of 12 partial intakes of surface, tyres read differently.
  The shop decides after a test ride.
  - 1: not enough information → racer; the smallest: surface: gravel
  - 1: not enough information, with other possible values; the smallest: tyres:
    narrow
  - 1: nothing → racer; the smallest: surface: gravel; tyres: narrow
  By what stands behind it:
  - rule F3 changed; statements S01: 3
    - smallest example: surface: gravel
    - not enough information (possible: racer | nothing) → racer

fit, reading wide
  3 of 12 partial intakes of surface, tyres read differently.
  The shop decides after a test ride.
  - 1: open → partly; the smallest: surface: gravel
  - 1: open, with other possible values; the smallest: tyres: narrow
  - 1: badly → partly; the smallest: surface: gravel; tyres: narrow
  By what stands behind it:
  - rule F3 changed; statements S01: 3
    - smallest example: surface: gravel
    - open (possible: partly | badly) → partly

Outcome, reading strict
  4 of 12 partial intakes of surface, tyres read differently.
  The shop decides after a test ride.
  - 2: not enough information, with other possible values; the smallest: no
    answer
  - 1: nothing → not enough information; the smallest: surface: gravel
  - 1: nothing → racer; the smallest: surface: gravel; tyres: narrow
  By what stands behind it:
  - rule F3 changed; statements S01: 4
    - smallest example: no answer
    - not enough information; possible: both | nothing → both | racer | nothing

fit, reading strict
  4 of 12 partial intakes of surface, tyres read differently.
  The shop decides after a test ride.
  - 2: open, with other possible values; the smallest: no answer
  - 1: badly → open; the smallest: surface: gravel
  - 1: badly → partly; the smallest: surface: gravel; tyres: narrow
  By what stands behind it:
  - rule F3 changed; statements S01: 4
    - smallest example: no answer
    - open; possible: well | badly → well | partly | badly

Saved intakes
  1 of 3 saved intakes read differently.
  The shop decides after a test ride.
  - one.yaml
    - Outcome: nothing → racer (rule F3 changed)
    - fit: badly → partly (rule F3 changed)
  - three.yaml: neither pack takes it: tyres: "tall" is not an answer here; it
    takes narrow, broad or unknown.
"""
    assert say(old, new, *INTAKES) == expected


def test_texts_alone_are_told_as_texts_alone(tmp_path: Path, old: Pack) -> None:
    told = say(old, make(tmp_path / "new", TEXT))
    assert "Texts only: no intake reads differently." in told
    assert "question tyres: changed (text)" in told


def first_lines(old: Pack, new: Pack, count: int = 1) -> list[str]:
    return [line.text for line in describe_difference(old, new, compare_packs(old, new))[0].lines[:count]]


def test_a_weaker_safety_net_is_told_before_anything_else(tmp_path: Path, old: Pack) -> None:
    said = "of 3 partial intakes read a less severe level, or are no longer withheld"
    weaker = make(tmp_path / "weaker", Edit("decisions.yaml", "{brake_fault: yes}, then: stop", "{brake_fault: yes}, then: go"))
    assert first_lines(old, weaker) == [f"Safety net weakened: 2 {said}; the smallest: no answer (open → go)."]
    assert first_lines(weaker, old) == ["Safety net changed, and weakened nowhere: 2 of 3 partial intakes read another level."]
    freed = make(tmp_path / "freed", Edit("pack.yaml", "withholds: yes", "withholds: no"))
    told = f"Safety net weakened: 1 {said}; the smallest: brake_fault: yes (stop, which withholds no more)."
    assert first_lines(old, freed) == [told]
    assert first_lines(old, make(tmp_path / "new", PARTLY)) == ["Some intakes read differently."]


def test_a_warning_sign_that_weighs_less_is_told_first_of_the_shipped_pack(tmp_path: Path, pack: Pack) -> None:
    """Chest pain alone among the emergencies: two values of each of the three others, three of each of the rest."""
    shutil.copytree(pack.folder, tmp_path / "soft")
    file, behind = tmp_path / "soft" / "decisions.yaml", ", bladder_bowel: no, leg_weakness: no, major_injury: no"
    text = file.read_text(encoding="utf-8").replace(f"{behind}, chest_pain: no}}", f"{behind}}}")
    softer = f"when: {{chest_pain: yes{behind}}}, then: same_day"
    file.write_text(text.replace("when: {chest_pain: yes}, then: emergency", softer), encoding="utf-8")
    new = load_pack(tmp_path / "soft")
    sections = describe_difference(pack, new, compare_packs(pack, new, "broad"))
    told = f"Safety net weakened: {2**3 * 3**3:,} of 2,187 partial intakes read a less severe level"
    assert sections[0].lines[0].text.startswith(told)
    assert [section.title for section in sections][3:] == ["Safety net, reading broad"]


def test_a_safety_net_that_was_not_compared_is_told_first(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MAX_INTAKES", 2)
    freed = make(tmp_path / "freed", Edit("pack.yaml", "withholds: yes", "withholds: no"))
    assert first_lines(old, freed) == [
        "Safety net not compared: 3 partial intakes are too many, and it may be weaker than before."
    ]


def test_levels_that_only_one_pack_has_are_ranked_by_what_stands_beside_them(tmp_path: Path, old: Pack) -> None:
    renamed = make(
        tmp_path / "renamed",
        Edit("pack.yaml", "level: stop,", "level: halt,"),
        Edit("decisions.yaml", "values: {stop: stop, go: go}", "values: {halt: halt, go: go}"),
        Edit("decisions.yaml", "then: stop", "then: halt"),
    )
    for before, after in ((old, renamed), (renamed, old)):
        assert first_lines(before, after)[0].startswith("Safety net changed, and weakened nowhere")
    without = make_bare_pack(tmp_path / "bare")
    assert first_lines(old, without)[0].startswith("Safety net weakened: 3 of 3")
    assert first_lines(without, old)[0].startswith("Safety net changed, and weakened nowhere: 3 of 3")


def test_packs_of_two_ids_are_told_on_top_to_be_two(tmp_path: Path, old: Pack) -> None:
    other = make(tmp_path / "other", Edit("pack.yaml", "pack: bicycles", "pack: tricycles"))
    assert first_lines(old, other, 2)[1].startswith("Two packs, and no two versions of one: bicycles and tricycles.")
    assert "Two packs" not in say(old, make(tmp_path / "new", TEXT))


def test_the_texts_of_safety_stand_above_the_others_and_are_told_once(tmp_path: Path, old: Pack) -> None:
    new = make(
        tmp_path / "new",
        TEXT,
        Edit("questions.yaml", "Is a brake broken?", "Does a brake squeak?"),
        Edit("pack.yaml", "level: stop, text: Do not ride.", "level: stop, text: Ride on."),
        Edit("pack.yaml", "headline: A racer.", "headline: One racer."),
        Edit("pack.yaml", "open: The brakes were not asked about.", "open: Nobody asked."),
    )
    told = describe_difference(old, new, compare_packs(old, new))
    sections = {section.title: [line.text for line in section.lines] for section in told}
    assert list(sections)[1:3] == [SAFETY_TEXTS, "What changed in the pack"]
    assert sections[SAFETY_TEXTS][1:] == [
        "question brake_fault, text:", "old: Is a brake broken?", "new: Does a brake squeak?",
        "outcome racer, headline:", "old: A racer.", "new: One racer.",
        "level stop, text:", "old: Do not ride.", "new: Ride on.",
        "pack, open:", "old: The brakes were not asked about.", "new: Nobody asked.",
    ]  # fmt: skip
    assert sections["What changed in the pack"][1:] == [
        "question brake_fault: changed (text)",
        "question tyres: changed (text)", "old: Which tyres are liked?", "new: Which tyres?",
        "outcome racer: changed (headline)", "level stop: changed (text)", "pack: changed (open)",
    ]  # fmt: skip


def test_withholding_that_ends_or_begins_is_one_line_with_what_is_behind_it(tmp_path: Path, old: Pack) -> None:
    saved = Saved("one.yaml", Intake({"surface": "gravel", "tyres": "broad", "brake_fault": "yes"}), None)
    new = make(tmp_path / "new", Edit("decisions.yaml", "{brake_fault: yes}, then: stop", "{brake_fault: yes}, then: go"))
    ends = "no longer withheld (rule B1 changed): Safety net: stop (withholds) → go; Outcome: contact a clinician now → racer"
    begins = "withheld now (rule B1 changed): Safety net: go → stop (withholds); Outcome: racer → contact a clinician now"
    for before, after, told in ((old, new, ends), (new, old, begins)):
        compared = SavedComparison(before, after).compare(saved)
        section = describe_difference(before, after, compare_packs(before, after), [compared])[-1]
        assert [line.text for line in section.lines][2:] == ["one.yaml", told]
        assert {cause.id for difference in compared.differences for cause in difference.causes} == {"B1"}


def test_a_claim_that_changed_is_told_by_its_id_alone(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", CLAIM)
    for layout in ("text", "markdown"):
        told = say(old, new, format=layout)
        assert "statement S05: changed" in told
        assert "smile" not in told
        assert "laugh" not in told
    assert "laugh" not in render_json(compare_packs(old, new))


def test_the_same_packs_are_told_to_be_the_same(old: Pack) -> None:
    assert "The two packs are the same, but for layout and comments." in say(old, old)


def test_what_was_not_compared_is_told_with_its_size_and_the_remedy(
    tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "MAX_INTAKES", 11)
    monkeypatch.setattr("triage.revisions.difference.MAX_INTAKES", 11)
    told = " ".join(say(old, make(tmp_path / "new", PARTLY)).split())
    assert "No difference was found, and not everything could be compared; see below." in told
    assert "Outcome: not compared" in told
    assert "Not compared: there are 12 partial intakes of surface, tyres, and 11 are the most. Split the decision" in told


def test_the_deferral_stands_in_every_part_that_shows_an_outcome(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", PARTLY)
    compared = SavedComparison(old, new)
    sections = describe_difference(old, new, compare_packs(old, new), [compared.compare(intake) for intake in INTAKES])
    showing = [
        section for section in sections if any(" → " in line.text and "rule" not in section.title for line in section.lines)
    ]
    assert len(showing) >= 5
    for section in showing:
        assert old.header.deferral.text in [line.text for line in section.lines], section.title


def test_markdown_holds_what_the_text_holds(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", PARTLY)
    text, markdown = (say(old, new, *INTAKES, format=layout) for layout in ("text", "markdown"))
    plain = markdown.replace("\\", "").replace("## ", "").replace("- ", "")
    assert plain.split() == text.replace("- ", "").split()


def test_saved_intakes_are_told_one_by_one(tmp_path: Path, old: Pack) -> None:
    told = " ".join(say(old, make(tmp_path / "new", PARTLY), *INTAKES).split())
    assert "1 of 3 saved intakes read differently." in told
    assert "- one.yaml - Outcome: nothing → racer (rule F3 changed)" in told
    assert "two.yaml" not in told
    assert "three.yaml: neither pack takes it: tyres: " in told


def test_a_refusal_of_the_new_pack_is_told(tmp_path: Path, old: Pack) -> None:
    slim = Edit("questions.yaml", "[narrow, broad]", "[slim, broad]"), Edit("decisions.yaml", "tyres: narrow", "tyres: slim")
    told = " ".join(say(old, make(tmp_path / "new", *slim), INTAKES[0]).split())
    assert "one.yaml - the new pack does not take it: tyres: " in told
    assert "values added: slim" in told
    assert "values removed: narrow" in told


def test_json_holds_the_values_themselves(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", PARTLY)
    compared = SavedComparison(old, new)
    tree = json.loads(render_json(compare_packs(old, new), [compared.compare(intake) for intake in INTAKES]))
    assert tree["schema"] == "vcf-triage/difference/1"
    assert tree["deferral"] == old.header.deferral.text
    assert tree["verdict"] == "answers"
    assert tree["changes"][0]["wording"] == [{"key": "then", "from": "badly", "to": "partly"}]
    assert [case["name"] for case in tree["cases"]] == [saved.name for saved in INTAKES]
    outcome = tree["readings"][0]["compared"][1]
    assert outcome["kind"] == "outcome"
    assert outcome["groups"][0]["causes"] == [{"part": "rule", "id": "F3", "change": "changed", "statements": ["S01"]}]
    assert json.loads(render_json(compare_packs(old, new)))["cases"] is None


def test_many_groups_are_cut_in_the_text_alone(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.revisions.difference.GROUPS_SHOWN", 1)
    new = make(
        tmp_path / "new",
        PARTLY,
        Edit("decisions.yaml", "F10, when: {surface: sand}, then: badly", "F10, when: {surface: sand}, then: well"),
    )
    groups = compare_packs(old, new).readings[0].compared[1].groups
    assert len(groups) > 1
    assert f"and {len(groups) - 1} more; --format json gives all" in say(old, new)


def test_no_format_has_a_banned_wording(tmp_path: Path, old: Pack, pack: Pack) -> None:
    shutil.copytree(pack.folder, tmp_path / "shipped")
    file = tmp_path / "shipped" / "decisions.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("then: described_in_part", "then: not_described"), encoding="utf-8")
    for before, after in ((old, make(tmp_path / "new", PARTLY, TEXT)), (pack, load_pack(tmp_path / "shipped"))):
        found = compare_packs(before, after)
        assert banned_wordings(render_sections(describe_difference(before, after, found), "text")) == []
        assert [word for text in every_text(json.loads(render_json(found))) for word in banned_wordings(text)] == []


# The command


def run(*arguments: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", "rules", "diff", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_the_command_says_by_its_exit_code_whether_anything_differs_if_asked(tmp_path: Path, old: Pack) -> None:
    make(tmp_path / "new", TEXT)
    same, differing = run("old", "old", "--exit-code", at=tmp_path), run("old", "new", "--exit-code", at=tmp_path)
    assert (same.returncode, differing.returncode) == (0, 1)
    assert differing.stdout == say(old, load_pack(tmp_path / "new"))
    assert run("old", "new", at=tmp_path).returncode == 0


def test_the_command_writes_a_review_and_reads_saved_intakes(tmp_path: Path, old: Pack) -> None:
    new = make(tmp_path / "new", PARTLY)
    (tmp_path / "one.yaml").write_text("answers: {surface: gravel, tyres: narrow}\n", encoding="utf-8")
    written = run("old", "new", "--cases", "one.yaml", "--cases", "old/cases.yaml", "-o", "review.md", at=tmp_path)
    assert (written.returncode, written.stdout) == (0, "")
    assert "1 of 3 saved intakes read differently." in (tmp_path / "review.md").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(run("old", "new", "--reading", "wide", "--format", "json", at=tmp_path).stdout)
    assert told == json.loads(render_json(compare_packs(old, new, "wide")))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("old", "missing"), 'no pack is called "missing"'),
        (("old", "old", "--reading", "no"), "both packs need the reading"),
        (("old", "old", "--cases", "a.yaml", "--cases", "b.yaml"), '"b.yaml" cannot be read'),
        (("old", "old", "--cases", "old"), '"old" is a folder; name the files in it, each with a --cases of its own'),
        (("old", "old", "-o", "x.pdf"), "text or json or markdown"),
        (
            ("old", "old", "--cases", "old/cases.yaml", "-o", "old/cases.yaml", "--format", "text"),
            "is one of the files that are read",
        ),
    ],
)
def test_the_command_refuses_what_it_cannot_use(tmp_path: Path, old: Pack, arguments: tuple[str, ...], told: str) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    refused = run(*arguments, at=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
