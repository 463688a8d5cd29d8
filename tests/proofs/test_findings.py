"""Findings as text and as JSON: each with its place, what shows it and what to do, and a summary of what was proven."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triage.errors import Place
from triage.proofs.codes import CODES
from triage.proofs.findings import SCHEMA, WIDTH, Checkup, Finding, Score, render_json, render_text, summarise

ROOT = Path("/home/desk")
DRAFT = "  - case: Sand\n    answers: {surface: sand}\n"
GAP = Finding(
    Place("/home/desk/rules/fit.yaml", 12, 7),
    "gap",
    "fit: no rule applies, under strict",
    (("surface", "sand"),),
    (("surface", "sand"), ("tyres", "broad")),
    "strict",
)
SURVIVOR = Finding(Place("/home/desk/rules/fit.yaml", 3, 1), "surviving-mutant", "rule F1, left out", case=DRAFT)
FAULT = Finding(Place("/elsewhere/pack.yaml", 1, 1), "unknown-key", '"packs" is not a key here')
CLEAN = Checkup("bicycles", "1.0.0", "5" * 64, "The shop decides.", (), 5, 2, 1234, Score(12, 12), Score(133, 133), Score(31, 32))


def test_a_finding_is_a_line_that_editors_understand_with_what_shows_it_beneath() -> None:
    text = render_text([CLEAN._replace(findings=(GAP,))], ROOT)
    assert text.splitlines()[:4] == [
        "rules/fit.yaml:12:7: gap: fit: no rule applies, under strict",
        "  where: surface: sand",
        "  reached by: surface: sand, tyres: broad",
        "  remedy: Add a rule that applies here; if no real case is like this, say so in a constraint.",
    ]
    assert "bicycles 1.0.0, digest 5555555555555555: 1 finding. Gone through: 5 decisions" in text


def test_a_file_that_lies_elsewhere_is_named_in_full_and_a_message_with_a_remedy_needs_no_other() -> None:
    text = render_text([Checkup("/elsewhere", None, None, None, (FAULT,))], ROOT)
    assert text == (
        '/elsewhere/pack.yaml:1:1: unknown-key: "packs" is not a key here\n'
        "/elsewhere: 1 finding; the pack cannot be loaded, so nothing else was looked at.\n"
    )


def test_a_case_that_several_findings_bring_stands_there_once() -> None:
    text = render_text([CLEAN._replace(findings=(SURVIVOR, SURVIVOR._replace(message="rule F2, left out")))], ROOT)
    assert text.count("  case: draft 1 below\n") == 2
    assert text.count(f"  # draft 1\n{DRAFT}") == 1


def test_causes_stand_before_what_may_follow_from_them_and_a_remedy_is_said_once() -> None:
    failing = Finding(Place("/home/desk/rules/cases.yaml", 2, 1), "case-fails", "Sand")
    later = GAP._replace(place=Place("/home/desk/rules/fit.yaml", 40, 7))
    fault = Finding(Place("/home/desk/rules/fit.yaml", 50, 1), "unknown-rule", 'no rule is called "F9"')
    text = render_text([CLEAN._replace(findings=(failing, SURVIVOR, GAP, later, fault))], ROOT)
    heads = [line.split(": ")[:2] for line in text.splitlines() if line.startswith("rules/")]
    assert [code for _, code in heads] == ["unknown-rule", "gap", "gap", "case-fails", "surviving-mutant"]
    assert [place for place, _ in heads[1:3]] == ["rules/fit.yaml:12:7", "rules/fit.yaml:40:7"]
    assert text.count("  remedy: Add a rule that applies here") == 1
    assert text.count("  where: surface: sand") == 2


def test_changes_of_one_rule_are_told_together_in_text_and_one_by_one_in_json() -> None:
    drafts = (DRAFT, DRAFT.replace("Sand", "Gravel"))
    alike = tuple(SURVIVOR._replace(message=f"change {n}", detail=f"then: {n}", case=drafts[n % 2]) for n in range(7))
    other = alike[0]._replace(place=Place("/home/desk/rules/fit.yaml", 9, 1))
    checkup = CLEAN._replace(findings=(*alike, other))
    lines = render_text([checkup], ROOT).splitlines()
    assert lines[0] == "rules/fit.yaml:3:1: surviving-mutant: change 0"
    assert " ".join(line.strip() for line in lines[1:6]).startswith(
        "beside it: 6 more here: then: 1; then: 2; then: 3; then: 4; and 2 that JSON and SARIF name remedy: Read the case"
    )
    assert "  case: drafts 1, 2 below" in lines
    assert "rules/fit.yaml:9:1: surviving-mutant: change 0" in lines
    assert len(json.loads(render_json([checkup], ROOT))["findings"]) == 8


def test_the_summary_says_what_was_proven_and_the_deferral_stands_beneath() -> None:
    text = render_text([CLEAN], ROOT)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert " ".join(text.split()) == (
        "bicycles 1.0.0, digest 5555555555555555: no finding. Gone through: 5 decisions under 2 readings, 1,234 "
        "reachable profiles, each fired by durable-rules and the same as the reference; 12 of 12 (100%) cases "
        "give what they say; 133 of 133 (100%) changes of the rules are noticed by a case; 31 of 32 (96%) "
        "truths of conditions are shown to count by a case (MC/DC). The shop decides."
    )
    assert text.endswith("\nThe shop decides.\n")


def test_a_share_short_of_all_is_never_shown_as_all() -> None:
    assert str(Score(1999, 2000)) == "1,999 of 2,000 (99%)"
    assert str(Score(0, 0)) == "0 of 0"


def test_what_was_not_gone_through_is_not_claimed() -> None:
    bare = CLEAN._replace(profiles=None, cases=None, mutants=None, conditions=None)
    assert summarise(bare) == "bicycles 1.0.0, digest 5555555555555555: no finding."
    one = CLEAN._replace(decisions=1, readings=0, cases=Score(0, 0), mutants=None, conditions=None)
    assert "Gone through: 1 decision, 1,234 reachable profiles, each fired" in summarise(one)
    assert "cases" not in summarise(one)


def test_headings_are_marked_where_asked_for() -> None:
    assert "12:7: *gap*: fit" in render_text([CLEAN._replace(findings=(GAP,))], ROOT, emphasise=lambda text: f"*{text}*")


def test_json_holds_all_of_it() -> None:
    tree = json.loads(render_json([CLEAN._replace(findings=(GAP,))], ROOT))
    assert tree["schema"] == SCHEMA
    assert tree["pack"] == {"id": "bicycles", "version": "1.0.0", "digest": "5" * 64}
    assert tree["findings"] == [
        {
            "code": "gap",
            "title": CODES["gap"].title,
            "file": "rules/fit.yaml",
            "line": 12,
            "column": 7,
            "message": "fit: no rule applies, under strict",
            "profile": {"surface": "sand"},
            "answers": {"surface": "sand", "tyres": "broad"},
            "reading": "strict",
            "remedy": CODES["gap"].remedy,
            "case": None,
        }
    ]
    assert tree["gone_through"] == {
        "decisions": 5,
        "readings": 2,
        "profiles": 1234,
        "cases": {"reached": 12, "of": 12},
        "mutants": {"reached": 133, "of": 133},
        "conditions": {"reached": 31, "of": 32},
    }
    assert tree["deferral"] == "The shop decides."


@pytest.mark.parametrize("count", [0, 2])
def test_json_is_an_array_unless_there_is_one_pack(count: int) -> None:
    assert len(json.loads(render_json([CLEAN] * count, ROOT))) == count
