"""What is said of an assessment, section by section; `test_report` looks at the formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack
from small_pack import Edit, write_pack

from triage import Intake, assess
from triage.library import load_pack
from triage.sections import (
    Line,
    _say_any,
    describe,
    describe_so_far,
    list_procedures,
    name_procedures,
    say_in_short,
    say_outcome,
    say_tellers,
    say_who,
    share,
)

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

NO_SIGN = dict.fromkeys(
    ["bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss"], "no"
)
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
    known = {"fracture": "yes", "painful": "yes", "cause": "trauma", "stable": "unknown", "fever": "no", "chest_pain": "unknown"}
    first, signs, *open_lines = sections_of(pack, known)["Still to find out, the most telling first"]
    assert first == "Together these answers settle the outcome, whatever they are: Vertebra collapsed, Fracture called stable."
    assert signs.startswith(
        "  First the open warning signs: Bladder or bowel trouble, Leg weakness or numbness, Serious accident"
    )
    assert (
        ", Chest pain or fainting, Cancer and spinal pain, Weight loss or lump; the patient, the referral or a clinician" in signs
    )
    assert open_lines[2] == (
        "  Fracture called stable: asked, not known; the imaging report or a clinician can say (stable, S10, S22, S23)"
    )
    place = open_lines.index(
        "  Vertebra collapsed: not yet asked; the imaging report or a clinician can say (collapsed, S07, S10, S20, S22, S24)"
    )
    assert open_lines[place + 1] == f"    {pack.question['collapsed'].text}"
    assert (
        "  Imaging so far: not yet asked; the patient, the referral or a clinician can say (imaging, S25, S48, S55)" in open_lines
    )


def test_what_was_asked_before_stands_among_the_rest_by_how_much_it_tells(pack: Pack) -> None:
    """`fracture` tells more than `cause` and `stable`, whether it was asked before or not."""
    for known in ({}, {"fracture": "unknown"}):
        lines = sections_of(pack, {**NO_SIGN, **known})["Still to find out, the most telling first"]
        asked = [line.split(":")[0].strip() for line in lines[1:] if not line.startswith("    ")]
        assert asked[:3] == ["Compression fracture shown", "Fracture hurts now", "Cause of fracture"]


def test_one_answer_that_settles_the_outcome_is_told_as_one(pack: Pack) -> None:
    lines = sections_of(pack, {**BOTH, **NO_SIGN, "stable": "unknown"})["Still to find out, the most telling first"]
    assert lines[0] == "This answer settles the outcome, whatever it is: Fracture called stable."


@pytest.mark.parametrize(
    ("answers", "since"),
    [
        ({"painful": "no"}, "Compression fracture shown: yes; Fracture hurts now: no (P5, S44)"),
        ({"fracture": "no"}, "Compression fracture shown: no (P4, S02)"),
        (
            {"cause": "other"},
            "Compression fracture shown: yes; Fracture hurts now: yes; Cause of fracture: another named cause (P6",
        ),
    ],
)
def test_what_speaks_against_a_procedure_is_told_along_the_chain(pack: Pack, answers: dict[str, str], since: str) -> None:
    lines = sections_of(pack, {**BOTH, **answers})["Both procedures, for the provider"]
    against = [line for line in lines if "against it" in line]
    assert len(against) == 2
    for line, rule in zip(against, ("V3", "K4"), strict=True):
        assert line.startswith(f"    Speaks against it, as not met: Presentation: not described ({rule}, S02), since {since}")
    for code in since.rpartition("(")[2].removesuffix(")").split(", ")[1:]:
        assert f"      {code}: {pack.statement[code].text}" in lines


def test_an_answer_that_speaks_against_a_procedure_by_itself_needs_no_chain(pack: Pack) -> None:
    lines = sections_of(pack, {**BOTH, "stable": "no"})["Both procedures, for the provider"]
    against = "    Speaks against it, as not met: Presentation: described; Fracture called stable: no (V2, S23)"
    assert against in lines
    assert not any("since" in line for line in lines)


def test_a_statement_is_told_in_words_once_on_a_sheet(pack: Pack) -> None:
    for answers in ({}, BOTH, {**BOTH, "painful": "no"}, {"cause": "cancer"}):
        lines = [line for section in sections_of(pack, answers).values() for line in section]
        told = [line.strip() for line in lines if re.match(r" +S\d\d: ", line)]
        assert len(told) == len(set(told))


def test_an_open_step_says_which_rules_could_give_which_value(pack: Pack) -> None:
    why = sections_of(pack, {"fracture": "yes", "painful": "yes"})["Why"]
    assert why[:4] == [
        "  Presentation: open",
        "    described (P1, S02, S44, S45; P2, S02, S44, S46)",
        "    described for some cancers, none of them named (P3, S02, S44, S47)",
        "    not described (P6, S45, S46, S47)",
    ]


def test_the_outcome_says_in_one_line_that_another_reading_differs(pack: Pack) -> None:
    answers = {**BOTH, "height_restoration": "no"}
    outcome = sections_of(pack, answers)["Outcome: both procedures"]
    assert outcome[2] == "Another reading of the documents differs here (narrow, Collapse and height): vertebroplasty."
    assert not any("reading" in line for line in sections_of(pack, BOTH)["Outcome: both procedures"])


def test_warning_signs_of_which_the_same_is_said_stand_on_one_line(pack: Pack) -> None:
    answers = {"bladder_bowel": "no", "leg_weakness": "no", "major_injury": "No", "fever": "no", "weight_loss": "unknown"}
    lines = sections_of(pack, answers, fever="clinician")["Answers"]
    assert lines == [
        "  Bladder or bowel trouble, Leg weakness or numbness: no",
        '  Serious accident or fall: no, typed "No"',
        "  Fever or infection: no, said by a clinician",
        "  Weight loss or lump: not known",
    ]


def test_in_the_middle_of_an_interview_outcome_procedures_and_answers_are_told_in_short(pack: Pack) -> None:
    assessment = assess(pack, Intake({**BOTH, "stable": "?"}, {"cause": "clinician"}))
    sections = describe_so_far(pack, assessment)
    assert [section.title for section in sections] == [
        "Warning signs", "Outcome: kyphoplasty (not settled)", "Both procedures", "Answers so far",
    ]  # fmt: skip
    assert Line("Cause of fracture: injury, said by a clinician", 1) in sections[-1].lines
    assert Line(pack.header.deferral.text) in sections[1].lines


def test_what_several_intakes_have_in_common_is_found_and_stands_with_the_deferral(pack: Pack) -> None:
    parts = [describe(pack, assess(pack, Intake(it))) for it in (BOTH, {**BOTH, "stable": "no"}, {"chest_pain": "yes"})]
    first, *common = share(pack, parts)
    assert first.lines == (Line(pack.header.deferral.text),)
    assert [section.title for section in common] == [
        "Have ready for the consult", *(section.title for section in pack.sheet.sections)
    ]  # fmt: skip
    assert share(pack, parts[:1]) == share(pack, parts[1:]) == ()
    counted = [describe(pack, assess(pack, Intake({**BOTH, "vertebrae": number}))) for number in ("2", "3")]
    assert "What the documents say about the day and after" not in {section.title for section in share(pack, counted)}


def test_those_who_can_say_something_are_listed_in_words(pack: Pack) -> None:
    assert say_tellers(()) == ""
    assert say_tellers(["patient"]) == "the patient"
    assert say_tellers(["patient", "referral"]) == "the patient or the referral"
    assert say_who(pack.question["painful"]) == "the patient, the referral or a clinician"
    assert say_who(pack.question["stable"]) == "the imaging report or a clinician"


def test_another_reading_is_spoken_of_only_where_it_differs(pack: Pack) -> None:
    title = "Another reading of the documents"
    assert title not in sections_of(pack, BOTH)
    answers = {**BOTH, "height_restoration": "no"}
    broad, narrow, *ending = sections_of(pack, answers)[title]
    assert broad.startswith("  Collapse is enough (broad, S07, S20): both procedures. Kyphoplasty counts ")
    assert narrow.startswith("  Collapse and height (narrow, S24): vertebroplasty. Kyphoplasty counts ")
    assert len(ending) == 1
    assert ending[0].startswith("  It would not arise, had the answer been: ")
    assert "Height needs restoring: yes" in ending[0]
    assert sections_of(pack, answers, "narrow")[title][:2] == [narrow, broad]


def test_open_answers_that_end_a_difference_are_told_apart_from_those_that_are_given(pack: Pack) -> None:
    answers = {**BOTH, "height_restoration": "unknown", "cause": ""}
    coming, given = sections_of(pack, answers)["Another reading of the documents"][2:]
    assert coming == (
        "  Open answers that would end the difference: Cause of fracture: another named cause; or Height needs restoring: yes."
    )
    assert given.startswith("  It would not arise, had the answer been: Compression fracture shown: no; or ")
    assert "Cause" not in given


def test_the_values_of_one_question_that_end_a_difference_stand_together() -> None:
    words = _say_any(
        load_pack("repair-cafe"), [(("power_source", "mains"),), (("clean_item", "no"),), (("power_source", "none"),)]
    )
    assert words == "What it runs on: mains power or neither plug nor battery; or Item is clean: no"
    both = _say_any(load_pack("repair-cafe"), [(("clean_item", "no"), ("cloth_part", "yes"))])
    assert both == "Item is clean: no and Cloth is part of the damage: yes"


@pytest.mark.parametrize(
    ("known", "idle"),
    [
        ({**NO_SIGN, "fever": "yes", "cancer_pain": "", "weight_loss": "?"}, ["Cancer and spinal pain"]),
        ({"fever": "yes"}, ["Cancer and spinal pain", "Weight loss or lump"]),
        ({"fever": "no"}, []),
        ({"fever": "yes", "collapsed": "no", "height_restoration": "yes"}, []),
        ({**NO_SIGN, "chest_pain": "yes", "fever": ""}, ["Fever or infection"]),
    ],
)
def test_a_sign_that_is_not_asked_since_it_cannot_move_the_level_says_so(
    pack: Pack, known: dict[str, str], idle: list[str]
) -> None:
    net = assess(pack, Intake(known)).safety_net
    assert net is not None
    lines = sections_of(pack, known)["Warning signs"]
    said = "  Not asked, since the level stands whatever the answer: "
    assert [line.removeprefix(said) for line in lines if line.startswith(said)] == ([", ".join(idle)] if idle else [])
    told = " ".join(lines)
    assert all(pack.question[sign].label in told for sign in net.open_signs)


@pytest.mark.parametrize(
    ("edits", "name"),
    [
        ((), "Both procedures"),
        (
            (
                Edit("pack.yaml", "  - {procedure: gravel, title: A gravel bike, decision: fit}\n", ""),
                Edit("pack.yaml", "procedures: [road, gravel]", "procedures: []"),
            ),
            "The procedure",
        ),
        (
            (
                Edit("pack.yaml", "bike, decision: fit}", "bike, decision: fit}\n  - {procedure: tour, title: T, decision: fit}"),
                Edit("pack.yaml", "[road, gravel]", "[road, gravel, tour]"),
            ),
            "All procedures",
        ),
    ],
)
def test_the_procedures_are_called_by_how_many_there_are(tmp_path: Path, edits: tuple[Edit, ...], name: str) -> None:
    write_pack(tmp_path / "pack", *edits)
    changed = load_pack(tmp_path / "pack")
    assert name_procedures(changed) == name
    assert f"{name}, for the provider" in sections_of(changed, {})


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
        "  What an id in brackets is: triage rules show ID",
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
