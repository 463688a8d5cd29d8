"""The formats of an assessment: the same content, whole lines compared with golden files, and what no format may leave out.

`make golden` writes the golden files anew; what changed is then read as a diff.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sheets import TEXTS, rendered

from triage import Intake, assess, load_pack
from triage.intake import read_intake
from triage.report import WIDTH, as_tree, compose, render_demo, render_json, render_sections
from triage.sections import Line, Section, describe

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.pack import Pack

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = sorted(ROOT.glob("rules/*/examples/*.yaml"))
PROCEDURE = re.compile("vertebroplasty|kyphoplasty", re.IGNORECASE)

EMERGENCY = {"leg_weakness": "yes"}
SAME_DAY = {"fever": "yes"}
NO_SIGN = dict.fromkeys(
    ["bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss"], "no"
)
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
INTAKES: dict[str, dict[str, str]] = {
    "nothing": {},
    "both": BOTH,
    "both without a sign": {**BOTH, **NO_SIGN},
    "kyphoplasty": {**BOTH, "stable": "no"},
    "kyphoplasty open": {**BOTH, "stable": "unknown"},
    "vertebroplasty": {**BOTH, "collapsed": "no", "height_restoration": "no"},
    "outside": {"fracture": "no"},
    "contradictory": {"collapsed": "no", "height_restoration": "yes"},
    "same day": {**BOTH, **NO_SIGN, **SAME_DAY},
    "same day, contradictory": {"collapsed": "no", "height_restoration": "yes", **SAME_DAY},
    "withheld": {**BOTH, **EMERGENCY, **SAME_DAY},
    "withheld, contradictory": {"collapsed": "no", "height_restoration": "yes", **EMERGENCY},
    "readings differ": {**BOTH, "height_restoration": "no"},
}


def ask(pack: Pack, answers: dict[str, str], reference: str | None = None, **sources: str) -> Assessment:
    return assess(pack, Intake(answers, sources, reference))


def text_of(pack: Pack, answers: dict[str, str], **sources: str) -> str:
    return rendered([ask(pack, answers, **sources)], pack, "text")


def unwrap(text: str) -> list[str]:
    """The sections of a text, each on one line."""
    return [" ".join(section.split()) for section in text.split("\n\n")]


# Golden files


@pytest.mark.parametrize("format", TEXTS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_an_example_gives_the_bytes_of_its_golden_file(example: Path, format: str) -> None:
    pack = load_pack_of(example)
    assessment = assess(pack, read_intake(example.read_bytes(), example.name))
    golden = (GOLDEN / pack.id / example.stem).with_suffix(TEXTS[format].endings[0])
    assert rendered([assessment], pack, format) == golden.read_text(encoding="utf-8"), "`make golden`, then read the diff"


_packs: dict[Path, Pack] = {}


def load_pack_of(example: Path) -> Pack:
    folder = example.parent.parent
    if folder not in _packs:
        _packs[folder] = load_pack(folder)
    return _packs[folder]


def test_there_is_no_golden_file_without_an_example() -> None:
    due = {f"{path.parts[-3]}/{path.stem}{kind.endings[0]}" for path in EXAMPLES for kind in TEXTS.values()}
    assert {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.*")} == due


def test_every_outcome_and_state_has_an_example() -> None:
    for folder in ROOT.glob("rules/*"):
        golden = [json.loads(path.read_text(encoding="utf-8")) for path in (GOLDEN / folder.name).glob("*.json")]
        pack = load_pack(folder)
        states = {"not_enough_information", "contradictory_answers", "contact_clinician_now"}
        assert {assessment["outcome"] for assessment in golden} == states | set(pack.outcome)
        assert {assessment["settled"] for assessment in golden} == {True, False}


# What no format may leave out


@pytest.mark.parametrize("answers", INTAKES.values(), ids=INTAKES)
def test_the_deferral_follows_the_headline_in_every_format(pack: Pack, answers: dict[str, str]) -> None:
    assessment = ask(pack, answers)
    together = f"{assessment.headline} {assessment.deferral}"
    outcome = next(section for section in unwrap(rendered([assessment], pack, "text")) if section.startswith("Outcome: "))
    assert together in outcome
    markdown = rendered([assessment], pack, "markdown")
    assert f"\n\n{assessment.headline}\n\n{assessment.deferral}\n" in markdown
    assert list(json.loads(rendered([assessment], pack, "json")))[-2:] == ["headline", "deferral"]
    assert together in unwrap(render_demo([assessment], ["case"], pack))[0]


@pytest.mark.parametrize("name", ["same day", "same day, contradictory", "withheld", "withheld, contradictory"])
def test_a_reported_warning_sign_stands_before_everything_else(pack: Pack, name: str) -> None:
    assessment = ask(pack, INTAKES[name])
    assert describe(pack, assessment)[0].title == "Warning signs"
    assert assessment.headline.startswith("A warning sign is reported")
    for section in (unwrap(rendered([assessment], pack, "text"))[0], unwrap(render_demo([assessment], ["case"], pack))[0]):
        sign = re.search("sign|contact a clinician", section)
        procedure = PROCEDURE.search(section)
        assert sign is not None
        assert procedure is None or sign.start() < procedure.start()


def test_signs_that_are_open_stand_before_the_outcome_too_and_are_told_apart(pack: Pack) -> None:
    first = describe(pack, ask(pack, {**BOTH, **NO_SIGN, "fever": "unknown"}))[0]
    assert (first.title, [line.text for line in first.lines]) == ("Warning signs", ["Asked, not known: Fever or infection"])
    text = unwrap(text_of(pack, SAME_DAY))[0]
    assert text.startswith("Warning signs A warning sign is reported. Contact a clinician today")
    assert text.index("- Reported: Fever or infection") < text.index("- Not yet asked") < text.index("- Sources: Back pain")
    assert "- Not yet asked: Bladder or bowel trouble, " in text


def test_without_a_warning_sign_the_outcome_stands_first_and_says_that_this_rules_nothing_out(pack: Pack) -> None:
    first = unwrap(text_of(pack, INTAKES["both without a sign"]))[0]
    assert first.startswith("Outcome: both procedures ")
    assert "The list is short and rules nothing out" in first


@pytest.mark.parametrize("answers", [answers for name, answers in INTAKES.items() if "withheld" not in name])
def test_both_procedures_are_listed_whatever_the_outcome(pack: Pack, answers: dict[str, str]) -> None:
    assessment = ask(pack, answers)
    assert list(json.loads(rendered([assessment], pack, "json"))["procedures"]) == ["vertebroplasty", "kyphoplasty"]
    for text in (
        rendered([assessment], pack, "text"),
        rendered([assessment], pack, "markdown"),
        render_demo([assessment], ["case"], pack),
    ):
        assert re.search(r"^ *- Vertebroplasty: ", text, re.MULTILINE)
        assert re.search(r"^ *- Kyphoplasty: ", text, re.MULTILINE)


def test_each_procedure_that_is_not_named_gives_the_rule_and_the_statement_against_it(pack: Pack) -> None:
    both = next(section for section in unwrap(text_of(pack, INTAKES["kyphoplasty"])) if section.startswith("Both procedures"))
    assert (
        "- Vertebroplasty: not described (named by no possible outcome) "
        "- Speaks against it, as not met: Presentation: described; Fracture called stable: no (V2, S23) "
        "- S23: Vertebroplasty is frequently the one for stable fractures" in both
    )
    assert "- Kyphoplasty: described (named by every possible outcome) - Speaks for it: " in both
    open_ones = next(section for section in unwrap(text_of(pack, INTAKES["kyphoplasty open"])) if section.startswith("Both"))
    assert (
        "- Would speak for it: Presentation: described; Fracture called stable: yes (V1, S23) "
        "- Would speak against it, as not met: Presentation: described; Fracture called stable: no (V2, S23) " in open_ones
    )


@pytest.mark.parametrize("name", ["withheld", "withheld, contradictory"])
def test_a_withheld_mapping_names_no_procedure_in_any_format(pack: Pack, name: str) -> None:
    assessment = ask(pack, INTAKES[name])
    assert not any(PROCEDURE.search(rendered([assessment], pack, layout)) for layout in TEXTS)
    assert not PROCEDURE.search(render_demo([assessment], ["case"], pack))
    tree = json.loads(rendered([assessment], pack, "json"))
    empty = ["possible_outcomes", "procedures", "next_questions", "to_find_out", "to_settle", "implied", "contradictions"]
    assert not any(tree[key] for key in [*empty, "readings", "notes", "have_ready"])
    assert (list(tree["decisions"]), tree["settled"], tree["standing"]) == (["safety_net"], False, "open")


def test_what_the_patient_says_of_a_finding_is_marked_as_not_confirmed(pack: Pack) -> None:
    sources = {"stable": "patient", "collapsed": "referral", "height_restoration": "clinician", "painful": "patient"}
    text = text_of(pack, {**BOTH, "fracture": "unknown"}, **sources, fracture="patient")
    answers = next(section for section in unwrap(text) if section.startswith("Answers"))
    assert "Fracture called stable: yes, said by the patient (reported, not confirmed)" in answers
    assert "Vertebra collapsed: yes, said by the referral (reported, not confirmed)" in answers
    assert "Height needs restoring: yes, said by a clinician - " in answers
    assert "Fracture hurts now: yes, said by the patient - " in answers
    assert "Compression fracture shown: not known, said by the patient - " in answers


# Text


@pytest.mark.parametrize("answers", INTAKES.values(), ids=INTAKES)
def test_no_line_of_text_has_more_than_80_columns_or_ends_in_a_space(pack: Pack, answers: dict[str, str]) -> None:
    text = rendered([ask(pack, answers, "r" * 64), ask(pack, answers)], pack, "text")
    assert WIDTH == 80
    assert [line for line in text.split("\n") if len(line) > WIDTH or line != line.rstrip()] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_only_headings_are_emphasised_and_only_where_it_is_asked_for(pack: Pack) -> None:
    assessments = [ask(pack, INTAKES["same day"], "case-1"), ask(pack, {})]
    plain = rendered(assessments, pack, "text")
    bold = rendered(assessments, pack, "text", emphasise=lambda text: f"\x1b[1m{text}\x1b[0m")
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[01]m", "", bold) == plain
    headings = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", bold)
    outcome = "Outcome: a sign that calls for a clinician today; both procedures"
    assert headings[:4] == ["On this sheet", "case-1", "Warning signs", outcome]
    assert not any(heading.startswith(" ") for heading in headings)
    assert rendered(assessments, pack, "json", emphasise=str.upper) == rendered(assessments, pack, "json")
    assert rendered(assessments, pack, "markdown", emphasise=str.upper) == rendered(assessments, pack, "markdown")


# Several intakes


def test_several_intakes_give_an_array_or_a_part_each_in_the_order_given(pack: Pack) -> None:
    assessments = [ask(pack, BOTH, "case-2"), ask(pack, {}, "case-1"), ask(pack, BOTH, "case-3")]
    tree = json.loads(rendered(assessments, pack, "json"))
    assert tree == [json.loads(rendered([assessment], pack, "json")) for assessment in assessments]
    summary, *parts, common = rendered(assessments, pack, "text").split(f"\n{'=' * WIDTH}\n\n")
    assert summary.startswith("On this sheet\n  - case-2: ")
    assert [part.split("\n")[0] for part in parts] == ["case-2", "case-1", "case-3"]
    assert common.startswith("The same for every intake above\n")
    markdown = rendered(assessments, pack, "markdown")
    title = pack.header.title
    assert re.findall("^# (.*)", markdown, re.MULTILINE) == [title, *(f"{title}: case-{n}" for n in (2, 1, 3)), title]


def test_a_part_and_what_is_common_say_together_what_a_sheet_of_its_own_says(pack: Pack) -> None:
    assessments = [ask(pack, BOTH, "case-2"), ask(pack, {**BOTH, "vertebrae": "2"}, "case-1"), ask(pack, EMERGENCY, "case-3")]
    _, parts = compose(assessments, pack)
    *own, (_, (heading, *common)) = parts
    assert heading.lines == (Line(pack.header.deferral.text),)
    assert common
    for (name, sections), assessment in zip([own[1], own[2], own[0]], assessments, strict=True):
        alone = describe(pack, assessment)
        assert name == assessment.reference
        assert set(sections) | (set(common) & set(alone)) == set(alone)
        assert not set(sections) & set(common)
    assert compose(assessments[:1], pack) == ((), (("case-2", describe(pack, assessments[0])),))


def test_the_most_severe_level_stands_first_else_the_order_given(pack: Pack) -> None:
    answers = [{}, {**BOTH, **NO_SIGN}, SAME_DAY, {}, EMERGENCY, {**SAME_DAY, **BOTH}]
    assessments = [ask(pack, it, f"case-{number}") for number, it in enumerate(answers)]
    summary, parts = compose(assessments, pack)
    order = [f"case-{number}" for number in (4, 2, 5, 0, 1, 3)]
    assert [name for name, _ in parts[:-1]] == order
    assert [line.text.split(":")[0] for line in summary[0].lines[:-1]] == order
    assert [it["reference"] for it in json.loads(rendered(assessments, pack, "json"))] == sorted(order)


def test_a_sheet_of_several_intakes_begins_with_a_line_each_warning_signs_first(pack: Pack) -> None:
    assessments = [ask(pack, BOTH, "case-1"), ask(pack, {**BOTH, **EMERGENCY}, "case-1"), ask(pack, BOTH, "case-2")]
    summary = unwrap(rendered(assessments, pack, "text"))[0]
    assert summary.startswith("On this sheet - case-1 (Intake 2 of 3): contact a clinician now - case-1 (Intake 1 of 3): ")
    assert "The warning signs differ between the intakes of case-1; a sign belongs to the person" in summary
    assert assessments[0].deferral in summary


def test_one_intake_gives_an_object(pack: Pack) -> None:
    assert isinstance(json.loads(rendered([ask(pack, {})], pack, "json")), dict)


# Markdown


def read_markdown(text: str) -> tuple[list[str], list[str]]:
    """The headings and the other texts that a reader of CommonMark with GitHub's extensions sees."""
    seen: tuple[list[str], list[str]] = ([], [])
    tokens = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(text)
    for before, token in pairwise(tokens):
        if token.type == "inline":
            assert token.children is not None
            assert {child.type for child in token.children} <= {"text", "text_special"}, text
            seen[before.type != "heading_open"].append(token.content and "".join(child.content for child in token.children))
    return seen


@given(st.lists(st.text(st.sampled_from("ab1 -+=.)(*_`~#<>[]|&;!\\/:\"'é·"), min_size=1, max_size=20), min_size=2, max_size=5))
def test_nothing_that_is_said_is_taken_for_markup(texts: list[str]) -> None:
    said = [" ".join(text.split()) or "x" for text in texts]
    section = Section(said[0], tuple(Line(text, depth) for text, depth in zip(said[1:], (0, 1, 2, 1), strict=False)))
    assert read_markdown(render_sections([section], "markdown")) == ([said[0]], said[1:])


@pytest.mark.parametrize("answers", INTAKES.values(), ids=INTAKES)
def test_markdown_says_what_the_text_says(pack: Pack, answers: dict[str, str]) -> None:
    assessment = ask(pack, answers, "_case_-1")
    sections = describe(pack, assessment)
    headings, texts = read_markdown(rendered([assessment], pack, "markdown"))
    assert headings == [f"{pack.header.title}: _case_-1", *(section.title for section in sections)]
    assert texts == [line.text for section in sections for line in section.lines]
    assert unwrap(render_sections(sections, "text")) == [
        " ".join([section.title, *(f"- {line.text}" if line.depth else line.text for line in section.lines)]).strip()
        for section in sections
    ]


# Demo


def test_the_demo_says_where_the_examples_are_without_breaking_the_path(pack: Pack) -> None:
    text = render_demo([ask(pack, {})], ["case.yaml"], pack)
    assert text.splitlines()[0] == "case.yaml: not enough information"
    assert text.splitlines()[-1] == f"{pack.folder}/examples"
    assert f"Ask next: {pack.question['bladder_bowel'].label}, " in text
    assert "\n1 example. " in text
    assert all(len(line) <= WIDTH for line in text.splitlines()[:-1])


def test_the_demo_names_the_pack_in_the_command_where_it_has_to_be_named(pack: Pack) -> None:
    one = [ask(pack, {})], ["case.yaml"], pack
    for option, end in (("", ""), ("--pack a-name", " --pack a-name")):
        closing = " ".join(render_demo(*one, option=option).splitlines()[-3:-1])
        said = f"1 example. `triage rules show CODE{end}` says what a code stands for; `triage assess FILE{end}` says everything"
        assert closing == f"{said} about one intake. They are in"


def test_the_demo_says_where_another_reading_differs(pack: Pack) -> None:
    said = "Another reading of the documents differs here (narrow, Collapse and height): vertebroplasty."
    text = render_demo([ask(pack, INTAKES["readings differ"]), ask(pack, BOTH)], ["one", "two"], pack)
    assert " ".join(text.split()).count(said) == 1


def test_line_breaks_and_leading_blanks_of_a_text_are_no_layout() -> None:
    section = Section("a\n# b", (Line("\n    code\n\n- item"), Line("  1. x\n\ty", 1)))
    assert render_sections([section], "markdown") == "## a \\# b\n\ncode - item\n\n- 1\\. x y\n"
    assert render_sections([section], "text") == "a # b\n  code - item\n  - 1. x y\n"


def test_the_name_of_an_example_is_shown_safely(pack: Pack) -> None:
    assert render_demo([ask(pack, {})], ["\x1b[2J"], pack).startswith('"\\u{1b}[2J": ')


def test_intakes_without_a_name_are_told_apart_on_one_sheet(pack: Pack) -> None:
    nameless = ask(pack, BOTH)
    for layout in ("text", "markdown"):
        both = rendered([nameless, nameless], pack, layout)
        assert "Intake 1 of 2" in both
        assert "Intake 2 of 2" in both
        assert "Intake 1" not in rendered([nameless], pack, layout)


def test_json_is_what_the_standard_library_writes(pack: Pack) -> None:
    awkward = '\x00 \x1f \x7f \u2028 \U0001f4a9 é " \\ / <script>'
    for file in sorted(Path(pack.folder, "examples").glob("*.yaml")):
        found = assess(pack, read_intake(file.read_bytes(), file.name))._replace(headline=awkward)
        for assessments in ([found], [found, found], []):
            trees = as_tree(tuple(assessments))
            expected = json.dumps(trees[0] if len(trees) == 1 else trees, indent=2, ensure_ascii=False) + "\n"
            assert render_json(assessments) == expected
