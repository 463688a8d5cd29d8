"""Assessments as FHIR guidance: the deferral first, the safety net above all, and the assessment itself inside, unchanged."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any

import pytest
from export_packs import NAMES, make_pack
from fhir_samples import sample_intakes
from responses import write_response

from triage import Intake, assess, load_pack
from triage.fhir.guidance import build_guidance
from triage.fhir.questionnaire import question_system
from triage.fhir.response import read_response
from triage.parts import State
from triage.report import render_json
from triage.wording import banned_wordings, every_text

if TYPE_CHECKING:
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

Json = dict[str, Any]

PACK = load_pack("vertebral-fracture")


def assessed(pack: Pack) -> list[tuple[Assessment, Json]]:
    return [(found, build_guidance(pack, found)) for found in (assess(pack, intake) for intake in sample_intakes(pack))]


@pytest.fixture(params=NAMES)
def any_pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def parameters_of(guidance: Json) -> list[Json]:
    found: list[Json] = guidance["contained"][0]["parameter"]
    return found


def values_of(guidance: Json, name: str) -> list[Any]:
    return [value for one in parameters_of(guidance) if one["name"] == name for key, value in one.items() if key != "name"]


def test_the_assessment_is_inside_byte_for_byte(any_pack: Pack) -> None:
    for assessment, guidance in assessed(any_pack):
        (attachment,) = values_of(guidance, "assessment")
        data = base64.b64decode(attachment["data"], validate=True)
        assert data.decode() == render_json([assessment])
        assert (attachment["size"], attachment["contentType"]) == (len(data), "application/json")


def test_the_values_are_those_of_the_assessment(any_pack: Pack) -> None:
    for assessment, guidance in assessed(any_pack):
        assert values_of(guidance, "headline") == [assessment.headline]
        assert values_of(guidance, "outcome") == [assessment.outcome]
        assert values_of(guidance, "settled") == [assessment.settled]
        assert values_of(guidance, "possible") == list(assessment.possible_outcomes)
        assert values_of(guidance, "next") == list(assessment.next_questions)
        assert values_of(guidance, "reading") == [assessment.reading]
        parts = [{part["name"]: part["valueCode"] for part in one} for one in values_of(guidance, "procedure")]
        procedures = {part["procedure"]: (part["named"], part.get("value")) for part in parts}
        assert procedures == {name: tuple(result) for name, result in assessment.procedures.items()}
        assert [part["valueString"] for part in values_of(guidance, "pack")[0]] == list(assessment.pack)
        assert guidance["identifier"][0]["value"] == assessment.assessment
        assert guidance["moduleCanonical"].endswith(f"|{any_pack.version}")


def test_the_note_is_markdown_and_the_deferral_in_it_is_text(pack: Pack) -> None:
    assessment = assess(pack, Intake({}))._replace(deferral="<b>Imaging</b> [decides](javascript:x)")
    (note,) = build_guidance(pack, assessment)["note"]
    assert note["text"].startswith(r"\<b\>Imaging\</b\> \[decides\](javascript:x)")


def test_the_deferral_stands_first_in_every_part_that_is_read(any_pack: Pack) -> None:
    for assessment, guidance in assessed(any_pack):
        assert parameters_of(guidance)[0] == {"name": "deferral", "valueString": assessment.deferral}
        assert guidance["note"][0]["text"].startswith(assessment.deferral)
        narrative = html.unescape(guidance["text"]["div"])
        assert narrative.index(assessment.deferral) < narrative.index(assessment.headline)
        assert all(text in narrative for text in (any_pack.header.intended_use, assessment.headline))


def test_an_emergency_says_what_to_do_and_names_no_procedure_nor_question() -> None:
    withheld = [pair for pair in assessed(PACK) if pair[0].outcome == State.CONTACT_CLINICIAN_NOW]
    assert withheld
    for assessment, guidance in withheld:
        told = json.dumps({**guidance, "contained": [one for one in parameters_of(guidance) if one["name"] != "pack"]})
        text = told + base64.b64decode(values_of(guidance, "assessment")[0]["data"]).decode()
        assert not [one for one in PACK.header.procedures if one.title.lower() in text.lower() or one.procedure in text]
        assert guidance["status"] == "success"
        assert "dataRequirement" not in guidance
        assert assessment.headline in guidance["note"][0]["text"]


def test_a_reported_warning_sign_is_told_in_text_and_in_a_code() -> None:
    assert PACK.header.safety_net is not None
    texts = {level.level: level.text for level in PACK.header.safety_net.levels}
    for assessment, guidance in assessed(PACK):
        assert assessment.safety_net is not None
        (net,) = values_of(guidance, "safety-net")
        told = [(part["name"], part["valueCode"]) for part in net]
        signs = [("reported", sign) for sign in assessment.safety_net.reported]
        opened = [("open", sign) for sign in assessment.safety_net.open_signs]
        assert told == [("level", assessment.safety_net.level), *signs, *opened]
        if signs:
            assert texts[assessment.safety_net.level] in html.unescape(guidance["text"]["div"])
            assert texts[assessment.safety_net.level] in guidance["note"][0]["text"]


def test_the_status_says_whether_more_is_needed_could_change_something_or_neither() -> None:
    signs = {question.question: "no" for question in PACK.questions if question.warning}
    for assessment, guidance in assessed(PACK):
        net = assessment.safety_net
        assert net is not None
        if assessment.outcome == State.CONTACT_CLINICIAN_NOW:
            assert guidance["status"] == "success"
        elif net.open_signs and not net.settled:
            assert guidance["status"] == "data-required"
    statuses = {
        build_guidance(PACK, assess(PACK, Intake({**signs, **intake.answers})))["status"] for intake in sample_intakes(PACK)
    }
    assert statuses == {"success", "data-requested", "data-required"}


def test_what_is_needed_names_the_questions_in_their_order_by_the_codes_of_their_answers(any_pack: Pack) -> None:
    for assessment, guidance in assessed(any_pack):
        needed = guidance.get("dataRequirement", [])
        excluding = dict.fromkeys(name for names in assessment.contradictions for name in names)
        wanted = [*assessment.next_questions, *assessment.to_find_out, *excluding]
        assert [one["id"] for one in needed] == wanted
        assert (guidance["status"] == "success") <= (not wanted)
        for one in needed:
            codes = one["codeFilter"][0]["code"]
            assert {code["system"] for code in codes} == {question_system(any_pack, one["id"])}
            assert tuple(code["code"] for code in codes) == any_pack.question[one["id"]].values


def test_answering_what_is_needed_with_a_code_it_names_is_a_response_that_is_read() -> None:
    guidance = build_guidance(PACK, assess(PACK, Intake({})))
    for one in guidance["dataRequirement"]:
        item = {"linkId": one["id"], "answer": [{"valueCoding": one["codeFilter"][0]["code"][0]}]}
        response = {**write_response(PACK, Intake({})), "item": [item]}
        assert read_response(PACK, response).answers == {one["id"]: PACK.question[one["id"]].values[0]}


def test_no_text_advises_or_repeats_a_claim() -> None:
    for _, guidance in assessed(PACK):
        texts = list(every_text(guidance))
        assert [banned for text in texts for banned in banned_wordings(html.unescape(text))] == []
        assert not [s for s in PACK.statements if s.kind in ("claim", "withheld") and s.text in " ".join(texts)]


def test_the_same_answers_give_the_same_bytes_in_whatever_order_they_came() -> None:
    answers = {question.question: question.values[0] for question in PACK.questions if question.warning is None}
    there, back = (dict(order) for order in (answers.items(), reversed(answers.items())))
    given = [json.dumps(build_guidance(PACK, assess(PACK, Intake(order)))) for order in (there, back)]
    assert given[0] == given[1]
