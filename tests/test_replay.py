"""Assessed again from its own JSON: the same bytes, or a sentence for each part that differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from triage import Intake, assess, load_pack
from triage.errors import IntakeError, RequestError
from triage.replay import read_records, recorded_pack, replay
from triage.report import render_json

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.pack import Pack

BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "no", "stable": "yes"}

Tree = dict[str, Any]


def ask(pack: Pack, answers: dict[str, Any], reading: str | None = None, **more: Any) -> Assessment:
    return assess(pack, Intake(answers, **more), reading=reading)


def run(pack: Pack, data: bytes) -> tuple[str, ...]:
    records = read_records(data, "case.json")
    assert recorded_pack(records, "case.json") == "vertebral-fracture"
    return replay(pack, records, data)


def recorded(pack: Pack, *answers: dict[str, Any]) -> bytes:
    return render_json([ask(pack, one) for one in answers or (BOTH,)]).encode()


def changed(pack: Pack, change: Callable[[Tree], Any], **answers: str) -> bytes:
    """A recorded assessment, tampered with, in the layout of the tool."""
    tree = json.loads(recorded(pack, {**BOTH, **answers}))
    change(tree)
    return (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode()


@pytest.mark.parametrize("reading", [None, "broad", "narrow"])
@pytest.mark.parametrize(
    "answers",
    [
        {},
        BOTH,
        {**BOTH, "stable": "?", "collapsed": None, "cause": " Injury ", "vertebrae": 2, "painful": True, "height_loss": ""},
        {"fracture": "unknown"},
        {"collapsed": "no", "height_restoration": "yes"},
        {**BOTH, "chest_pain": "Y"},
    ],
)
def test_an_assessment_replays_byte_for_byte(pack: Pack, answers: dict[str, Any], reading: str | None) -> None:
    told = {name: "patient" for name in answers if name == "stable"}
    assessment = ask(pack, answers, reading, sources=told, reference="case-17", site="L1")
    assert run(pack, render_json([assessment]).encode()) == ()


def test_several_assessments_replay_together(pack: Pack) -> None:
    assert run(pack, recorded(pack, BOTH, {}, {"stable": "unknown"})) == ()


def test_unknown_told_from_not_asked_makes_another_digest(pack: Pack) -> None:
    def forget(tree: Tree) -> None:
        del tree["answers"]["fever"]

    findings = run(pack, changed(pack, forget, fever="unknown"))
    assert [finding.split(":")[1].strip() for finding in findings] == ["assessment", "next_questions", "to_find_out"]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda tree: tree.update(headline="Kyphoplasty it is."), 'headline: recorded "Kyphoplasty it is.", now "The documents'),
        (lambda tree: tree.update(assessment="0" * 64), f'assessment: recorded "{"0" * 60}…", now "'),
        (lambda tree: tree.update(outcome="kyphoplasty"), 'outcome: recorded "kyphoplasty", now "both"'),
        (lambda tree: tree.update(settled=1), 'settled: recorded "1", now "true"'),
        (lambda tree: tree.update(more=None), 'more: recorded "null", now nothing'),
        (lambda tree: tree.pop("deferral"), 'deferral: recorded nothing, now "Imaging is required'),
        (lambda tree: tree.update({"a\x1bb": 1}), '"a\\u{1b}b": recorded "1", now nothing'),
        (
            lambda tree: tree["decisions"]["kyphoplasty"].update(value="described"),
            'decisions.kyphoplasty.value: recorded "described", now "described_in_part"',
        ),
        (lambda tree: tree["pack"].update(version="9.9.9"), 'pack.version: recorded "9.9.9", now "'),
    ],
)
def test_a_changed_part_is_named_with_both_values(pack: Pack, change: Callable[[Tree], Any], finding: str) -> None:
    [found] = run(pack, changed(pack, change))
    assert found.startswith(f"assessment 1: {finding}")
    assert found.isprintable()


def test_a_changed_answer_is_found_by_all_that_follows_from_it(pack: Pack) -> None:
    findings = run(pack, changed(pack, lambda tree: tree["answers"].update(stable="no")))
    parts = [finding.removeprefix("assessment 1: ").split(":")[0] for finding in findings]
    assert {"assessment", "outcome", "headline", "decisions.vertebroplasty.value"} <= set(parts)
    assert not any(part.startswith("answers") for part in parts)


def test_the_assessment_that_differs_is_numbered(pack: Pack) -> None:
    trees = json.loads(recorded(pack, {}, BOTH))
    trees[1]["site"] = "L1"
    trees[1]["outcome"] = "kyphoplasty"
    [finding] = run(pack, json.dumps(trees).encode())
    assert finding == 'assessment 2: outcome: recorded "kyphoplasty", now "both"'


@pytest.mark.parametrize(
    "lay_out",
    [
        lambda text: json.dumps(json.loads(text)),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"[{text}]",
        lambda text: json.dumps(dict(reversed(json.loads(text).items())), indent=2) + "\n",
    ],
)
def test_another_layout_is_a_finding_of_its_own(pack: Pack, lay_out: Callable[[str], str]) -> None:
    due = ("the content is the same, but not laid out as `triage assess --format json` writes it",)
    assert run(pack, lay_out(recorded(pack).decode()).encode()) == due


def test_another_pack_is_a_finding_that_names_both_digests(pack: Pack, tmp_path: Path) -> None:
    folder = tmp_path / "vertebral-fracture"
    shutil.copytree(pack.folder, folder)
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    (folder / "pack.yaml").write_text(text.replace("either may be discussed", "each may be discussed"), encoding="utf-8")
    other = load_pack(folder)
    findings = run(other, recorded(pack))
    assert findings[0] == f"recorded with the pack digest {pack.digest}, this pack has {other.digest}"
    named = [finding.removeprefix("assessment 1: ").split(":")[0] for finding in findings[1:]]
    assert named == ["assessment", "pack.digest", "headline"]


def test_a_digest_that_a_terminal_would_obey_is_shown_safely(pack: Pack) -> None:
    findings = run(pack, changed(pack, lambda tree: tree["pack"].update(digest="\x1b[2J")))
    assert findings[0] == f'recorded with the pack digest "\\u{{1b}}[2J", this pack has {pack.digest}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "case.json: not readable as JSON"),
        ("null", "case.json: assessment 1: is not an assessment; replay takes what `triage assess --format json` wrote"),
        ("[]", "case.json: holds no assessment"),
        ("{}", "case.json: assessment 1: is not an assessment"),
        ('{"answers": {}}', "case.json: assessment 1: is not an assessment"),
        ('{"a": 1, "a": 1}', 'case.json: the key "a" stands twice'),
    ],
)
def test_what_is_not_an_assessment_is_refused(text: str, told: str) -> None:
    with pytest.raises(IntakeError) as refused:
        read_records(text.encode(), "case.json")
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tree: tree.update(schema="other/2"), 'has the schema "other/2"; this version replays vcf-triage/assessment/1'),
        (lambda tree: tree.update(schema=["other"]), "has the schema "),
        (lambda tree: tree.update(answers=["stable"]), "has been changed: its pack, answers, sources, reading or labels"),
        (lambda tree: tree.update(answers={"stable": ["yes"]}), "has been changed"),
        (lambda tree: tree.update(typed=None), "has been changed"),
        (lambda tree: tree.update(sources={"stable": None}), "has been changed"),
        (lambda tree: tree.update(reading=["broad"]), "has been changed"),
        (lambda tree: tree.update(reference={}), "has been changed"),
        (lambda tree: tree.update(pack="vertebral-fracture"), "has been changed"),
        (lambda tree: tree["pack"].pop("id"), "has been changed"),
        (lambda tree: tree["pack"].pop("digest"), "has been changed"),
    ],
)
def test_an_assessment_of_another_make_is_refused(pack: Pack, change: Callable[[Tree], Any], told: str) -> None:
    with pytest.raises(IntakeError) as refused:
        run(pack, changed(pack, change))
    assert str(refused.value).startswith(f"case.json: assessment 1: {told}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tree: tree["answers"].update(stable="maybe"), 'assessment 1: stable: "maybe" is not an answer here'),
        (lambda tree: tree.update(reference="John Doe"), 'assessment 1: reference: "John Doe" cannot be used'),
        (lambda tree: tree["sources"].update(cancer="patient"), "assessment 1: sources.cancer: this pack has no such question"),
        (lambda tree: tree.update(reading="loose"), 'this pack has no reading "loose"'),
    ],
)
def test_answers_that_were_changed_beyond_use_are_refused(pack: Pack, change: Callable[[Tree], Any], told: str) -> None:
    with pytest.raises((IntakeError, RequestError)) as refused:
        run(pack, changed(pack, change))
    assert str(refused.value).startswith(told)


def test_assessments_of_several_packs_are_replayed_apart(pack: Pack) -> None:
    trees = json.loads(recorded(pack, {}, BOTH))
    trees[1]["pack"]["id"] = "other\x1b"
    with pytest.raises(IntakeError) as refused:
        run(pack, json.dumps(trees).encode())
    assert str(refused.value) == (
        'case.json: holds assessments of several packs ("other\\u{1b}", "vertebral-fracture"); replay each alone'
    )


def test_a_null_reading_replays_under_the_default_and_is_named(pack: Pack) -> None:
    findings = run(pack, changed(pack, lambda tree: tree.update(reading=None)))
    assert findings == ('assessment 1: reading: recorded "null", now "broad"',)
