"""A pack described for those who maintain it: every id can be shown, with what it cites and what cites it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack

from triage.errors import RequestError
from triage.reference import describe_pack, describe_part

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


def part(pack: Pack, name: str) -> dict[str, list[str]]:
    return {section.title: [line.text for line in section.lines] for section in describe_part(pack, name)}


def test_the_description_of_a_pack_names_every_id_and_its_digest(pack: Pack) -> None:
    sections = describe_pack(pack)
    text = "\n".join(line for section in sections for line in (section.title, *(line.text for line in section.lines)))
    known = (*pack.question, *pack.decision, *pack.rule, *pack.statement, *pack.source, *pack.reading)
    assert [name for name in known if name not in text] == []
    assert f"Digest {pack.digest}" in text
    assert pack.header.deferral.text in text
    assert sum(section.title == "Tensions" for section in sections) == 1


def test_every_id_can_be_shown_by_itself(pack: Pack) -> None:
    for name in (*pack.question, *pack.decision, *pack.rule, *pack.statement, *pack.source):
        assert all(section.title.endswith(f" {name}") and section.lines for section in describe_part(pack, name)), name


def test_an_id_that_several_things_bear_shows_them_all(pack: Pack) -> None:
    # No id of the shipped pack is borne twice by question and decision, so a rule and a source are given one name here.
    rule = pack.rule["K1"].model_copy(update={"rule": "NHS"})
    decisions = tuple(
        decision.model_copy(update={"rules": (*decision.rules, rule)}) if decision.decision == "kyphoplasty" else decision
        for decision in pack.decisions
    )
    assert list(part(replace(pack, decisions=decisions), "NHS")) == ["Rule NHS", "Source NHS"]


def test_a_question_is_shown_with_its_answers_spellings_readers_and_tellers(pack: Pack) -> None:
    lines = part(pack, "fracture")["Question fracture"]
    assert lines[0] == pack.question["fracture"].text
    assert "Answers: yes, no, or unknown" in lines
    assert "Read as unknown: suspected" in lines
    assert "Expected from the imaging report or a clinician" in lines
    assert "Read by presentation, note_no_fracture, note_finding_without_imaging" in lines
    assert f"S02 · {pack.statement['S02'].text}" in lines
    assert (
        "Answers: osteoporosis, trauma (injury), cancer, other (another named cause), or unknown"
        in part(pack, "cause")["Question cause"]
    )


def test_a_question_that_no_decision_reads_says_so(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    [decision] = bare.decisions
    without = replace(bare, decisions=(decision.model_copy(update={"reads": ("rain",)}),))
    assert "Read by no decision; it is for the sheet" in part(without, "wind")["Question wind"]


def test_a_decision_is_shown_with_its_values_rules_and_those_of_readings(pack: Pack) -> None:
    lines = part(pack, "kyphoplasty")["Decision kyphoplasty"]
    assert lines[0] == "Kyphoplasty. Reads presentation, collapsed, height_restoration; hit policy unique."
    assert "described_in_part: described in one place, while another asks for more" in lines
    assert any(line.startswith("K1 · Presentation: described or ") for line in lines)
    assert any(line.startswith("under narrow, in place of K2: K2n · ") for line in lines)


def test_a_rule_is_shown_with_its_decision_statements_and_reading(pack: Pack) -> None:
    lines = part(pack, "K2")["Rule K2"]
    assert lines[0].startswith("Decision kyphoplasty: ")
    assert f"S07 · {pack.statement['S07'].text}" in lines
    assert lines[-2:] == ["Replaced under the reading narrow", pack.header.deferral.text]
    assert part(pack, "K2n")["Rule K2n"][-2] == "Holds only under the reading narrow"
    assert pack.note["which_cancers"].text in part(pack, "NC1")["Rule NC1"]


def test_where_a_part_names_what_follows_from_answers_the_deferral_stands_beside_it(pack: Pack) -> None:
    for name in (*pack.decision, *pack.rule, *pack.reading):
        assert any(lines[-1] == pack.header.deferral.text for lines in part(pack, name).values())


def test_a_statement_is_shown_with_its_segment_digest_and_all_that_cites_it(pack: Pack) -> None:
    statement = pack.statement["S25"]
    assert part(pack, "S25")["Statement S25"] == [
        statement.text,
        f"Class {statement.kind}; segment {statement.segment}, sha256 {statement.sha256}",
        f"Use: {statement.use}",
        "Cited by the rules D1, I2, I3",
        "Cited by the questions imaging",
        "Cited by the deferral",
    ]


def test_a_source_is_shown_with_the_rules_and_questions_that_rest_on_it(pack: Pack) -> None:
    assert part(pack, "GIRFT")["Source GIRFT"] == [
        pack.source["GIRFT"].title,
        "Cited by the rules E1, E2, N1",
        "Cited by the questions bladder_bowel, leg_weakness",
    ]


def test_what_is_not_there_is_refused_with_the_nearest_and_the_way_to_the_list(pack: Pack) -> None:
    with pytest.raises(RequestError) as refused:
        describe_part(pack, "colapsed")
    assert str(refused.value) == (
        'nothing in this pack is called "colapsed". Did you mean "collapsed"? `triage rules show` lists all ids.'
    )


def test_a_bare_pack_is_described_without_the_parts_it_leaves_out(tmp_path: Path) -> None:
    titles = [section.title for section in describe_pack(make_bare_pack(tmp_path / "bare"))]
    assert titles == [
        "Umbrella or not (umbrellas 1.0.0)",
        "Questions: The sky",
        "Decision umbrella, reads rain, wind",
        "Statements",
    ]


def test_a_reading_is_shown_with_what_it_replaces_and_rests_on(pack: Pack) -> None:
    (section,) = describe_part(pack, "narrow")
    text = "\n".join(line.text for line in section.lines)
    assert "In place of K2" in text
    assert "K2n · " in text
    assert "S24 · " in text
    (default,) = describe_part(pack, "broad")
    assert default.lines[0].text.endswith("The default of this pack.")


def test_claims_and_what_is_withheld_are_repeated_nowhere(pack: Pack) -> None:
    kept = [statement for statement in pack.statements if statement.kind in ("claim", "withheld")]
    shown = [line.text for section in describe_pack(pack) for line in section.lines]
    shown += [line.text for statement in kept for section in describe_part(pack, statement.statement) for line in section.lines]
    assert kept
    assert not [statement.text for statement in kept if any(statement.text in line for line in shown)]
