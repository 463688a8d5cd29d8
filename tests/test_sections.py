"""What is said of an assessment, section by section; `test_report` looks at the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack

from triage import Intake, assess
from triage.sections import describe, list_procedures, say_in_short, say_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}


def sections_of(pack: Pack, answers: dict[str, str], reading: str | None = None, **sources: str) -> dict[str, list[str]]:
    """The lines of each section by its title, items indented."""
    described = describe(pack, assess(pack, Intake(answers, sources), reading=reading))
    return {section.title: ["  " * line.depth + line.text for line in section.lines] for section in described}


def test_the_sections_come_in_one_order_and_those_without_content_are_left_out(pack: Pack) -> None:
    assert list(sections_of(pack, {"collapsed": "no"})) == [
        "Warning signs",
        "Outcome: not enough information",
        "Both procedures, for the provider",
        "Follows from the answers",
        "Still to find out, the most telling first",
        "Where the documents do not agree with themselves",
        "Have ready for the consult",
        *(section.title for section in pack.sheet.sections),
        "Why",
        "Answers",
        "About",
    ]
    assert list(sections_of(pack, {**BOTH, "collapsed": "no", "chest_pain": "yes"})) == [
        "Warning signs",
        "Outcome: contact a clinician now",
        "Answers",
        "About",
    ]


@pytest.mark.parametrize(
    ("answers", "outcome", "short"),
    [
        (BOTH, "both procedures", "both procedures"),
        ({**BOTH, "stable": "?"}, "kyphoplasty (not settled)", "kyphoplasty (not settled)"),
        ({}, "not enough information", "not enough information"),
        (
            {"collapsed": "no", "height_restoration": "yes", "fever": "yes"},
            "contradictory answers",
            "a sign that calls for a clinician today; contradictory answers",
        ),
        ({**BOTH, "fever": "yes"}, "both procedures", "a sign that calls for a clinician today; both procedures"),
        ({**BOTH, "chest_pain": "yes"}, "contact a clinician now", "contact a clinician now"),
    ],
)
def test_the_outcome_is_said_in_words(pack: Pack, answers: dict[str, str], outcome: str, short: str) -> None:
    assessment = assess(pack, Intake(answers))
    assert (say_outcome(pack, assessment), say_in_short(pack, assessment)) == (outcome, short)
    assert f"Outcome: {short}" in sections_of(pack, answers)


def test_an_answer_that_follows_from_the_others_is_told_apart_from_what_was_said(pack: Pack) -> None:
    sections = sections_of(pack, {"collapsed": "no"})
    assert sections["Follows from the answers"] == [
        "  Height needs restoring: no, since any other answer would exclude one given"
    ]
    assert not any("Height" in line for line in sections["Answers"])


def test_answers_that_exclude_each_other_are_named_with_the_way_out(pack: Pack) -> None:
    sections = sections_of(pack, {"collapsed": "no", "height_restoration": "yes"})
    first, second = sections["Answers that exclude each other"]
    assert first == "  Vertebra collapsed: no and Height needs restoring: yes"
    assert second.startswith("    A vertebra said not to have collapsed and a height that needs restoring exclude each other.")
    assert "Why" not in sections
    assert sections["Both procedures, for the provider"] == [
        "  Vertebroplasty: open, until the answers no longer exclude each other",
        "  Kyphoplasty: open, until the answers no longer exclude each other",
    ]


def test_what_is_unknown_is_to_find_out_and_what_was_not_asked_is_asked_next(pack: Pack) -> None:
    first, *open_lines = sections_of(pack, {"fracture": "yes", "painful": "yes", "cause": "trauma", "stable": "unknown"})[
        "Still to find out, the most telling first"
    ]
    assert first == "These answers settle the outcome, whatever they are: Vertebra collapsed, Fracture called stable."
    assert open_lines[-1] == (
        "  Fracture called stable: asked, not known; the imaging report or a clinician can say (stable, S10, S22, S23)"
    )
    place = open_lines.index(
        "  Vertebra collapsed: not yet asked; the imaging report or a clinician can say (collapsed, S07, S10, S20, S22, S24)"
    )
    assert open_lines[place + 1] == f"    {pack.question['collapsed'].text}"
    assert "  Imaging so far: not yet asked; the patient or the referral can say (imaging, S25, S48, S55)" in open_lines


def test_another_reading_is_spoken_of_only_where_it_differs(pack: Pack) -> None:
    title = "Another reading of the documents"
    assert title not in sections_of(pack, BOTH)
    answers = {**BOTH, "height_restoration": "no"}
    broad, narrow, ending = sections_of(pack, answers)[title]
    assert broad.startswith("  Collapse is enough (broad, S07, S20): both procedures. Kyphoplasty counts ")
    assert narrow.startswith("  Collapse and height (narrow, S24): vertebroplasty. Kyphoplasty counts ")
    assert ending.startswith("  The difference ends with any of these answers: ")
    assert "Height needs restoring: yes" in ending
    assert sections_of(pack, answers, "narrow")[title][:2] == [narrow, broad]


def test_an_answer_is_shown_with_what_was_typed_and_who_said_it(pack: Pack) -> None:
    answers = sections_of(pack, {"fracture": " Suspected ", "vertebrae": "2", "stable": "Y"}, fracture="referral")["Answers"]
    assert answers == [
        '  Compression fracture shown: not known, typed "Suspected", said by the referral',
        '  Fracture called stable: yes, typed "Y"',
        "  Fractured vertebrae: 2",
    ]


def test_an_assessment_says_which_pack_reading_and_digest_it_comes_from(pack: Pack) -> None:
    assessment = assess(pack, Intake(BOTH), reading="narrow")
    assert sections_of(pack, BOTH, "narrow")["About"][1:] == [
        f"  Pack vertebral-fracture {pack.version}, digest {pack.digest[:16]}, reading narrow",
        f"  Assessment {assessment.assessment[:16]}",
    ]


@pytest.mark.parametrize(
    ("imaging", "said"),
    [
        ("ordered", "Imaging is still to be done; the documents say that the clinic's team sees to what is needed."),
        ("available", "Imaging is done and waits for the provider's review."),
        ("reviewed", "The provider has reviewed the imaging."),
        ("unknown", "Where imaging stands is not known."),
    ],
)
@pytest.mark.parametrize("more", [BOTH, {"collapsed": "no", "height_restoration": "yes"}, {"chest_pain": "yes"}])
def test_the_standing_is_shown_beside_every_outcome(pack: Pack, imaging: str, said: str, more: dict[str, str]) -> None:
    sections = sections_of(pack, {**more, "imaging": imaging})
    outcome = next(lines for title, lines in sections.items() if title.startswith("Outcome: "))
    assert said in outcome


def test_a_pack_that_leaves_out_its_parts_has_the_sections_that_are_left(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assert sections_of(bare, {"rain": "yes"})["Outcome: not enough information"] == [
        "Look out first.",
        "The one who goes out decides.",
    ]
    sections = sections_of(bare, {"rain": "yes", "wind": "calm"})
    assert list(sections) == ["Outcome: taken", "Why", "Answers", "About"]
    assessment = assess(bare, Intake({}))
    assert list(list_procedures(bare, assessment)) == []
    assert say_in_short(bare, assessment) == "not enough information"
