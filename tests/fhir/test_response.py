"""FHIR responses: what was answered comes back as it was, and nothing else gets through; what cannot be used is refused whole."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import fhirpathpy
import pytest
from export_packs import NAMES, make_pack
from fhirpathpy.models import models
from hypothesis import given
from hypothesis import strategies as st
from responses import write_response

from triage import Intake, IntakeError, load_pack
from triage.fhir.problems import MAX_TOLD, ResourceError, build_outcome
from triage.fhir.questionnaire import build_questionnaire, canonical, question_system
from triage.fhir.response import ABSENT, ENOUGH, REASONS, read_resource, read_response, teller_url
from triage.intake import TELLERS, normalise
from triage.parts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.pack import Pack

Json = dict[str, Any]

PACK = load_pack("vertebral-fracture")
QUESTION = next(question for question in PACK.questions if question.warning is None)
OTHER = next(question for question in PACK.questions if question.warning is None and question is not QUESTION)
CANARY = "Zaphod Beeblebrox 1952-03-11"


@pytest.fixture(params=NAMES)
def any_pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def coding(question: str, code: str, pack: Pack = PACK) -> Json:
    return {"system": question_system(pack, question), "code": code}


def respond(*items: Json, pack: Pack = PACK, **more: object) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": canonical(pack),
        "status": "completed",
        "item": list(items),
        **more,
    }


def answer(question: str, code: str, **more: object) -> Json:
    return {"linkId": question, "answer": [{"valueCoding": coding(question, code), **more}]}


def problems_of(response: object, pack: Pack = PACK) -> list[tuple[str, str]]:
    with pytest.raises(ResourceError) as raised:
        read_response(pack, response)  # type: ignore[arg-type]
    return [(issue.code, issue.expression) for issue in raised.value.issues]


# There and back.


def test_every_answer_to_every_question_comes_back_as_it_was_known_unknown_and_absent(any_pack: Pack) -> None:
    for question in any_pack.questions:
        for value, teller in product((*question.values, UNKNOWN), (None, *TELLERS)):
            intake = Intake({question.question: value}, {question.question: teller} if teller else {})
            sent = json.dumps(write_response(any_pack, intake)).encode()
            assert read_response(any_pack, sent) == intake
    assert read_response(any_pack, write_response(any_pack, Intake({}))) == Intake({})


@given(st.data())
def test_every_intake_comes_back_as_it_was(data: st.DataObject) -> None:
    values = st.fixed_dictionaries({}, optional={q.question: st.sampled_from((*q.values, UNKNOWN)) for q in PACK.questions})
    answers = data.draw(values)
    sources = data.draw(st.dictionaries(st.sampled_from(sorted(answers)), st.sampled_from(TELLERS))) if answers else {}
    back = read_response(PACK, json.dumps(write_response(PACK, Intake(answers, sources))).encode())
    assert (dict(back.answers), dict(back.sources)) == (answers, sources)


def test_spellings_are_written_as_values_and_labels_not_at_all() -> None:
    response = write_response(PACK, Intake({QUESTION.question: " YES "}, reference="case-17", site="L1"), status="in-progress")
    assert read_response(PACK, response) == Intake({QUESTION.question: "yes"})
    assert response["status"] == "in-progress"
    assert not {"case-17", "L1"} & set(json.dumps(response).replace('"', " ").split())
    with pytest.raises(IntakeError):
        write_response(PACK, Intake({QUESTION.question: "perhaps"}))


def test_answers_stand_in_the_groups_and_the_order_of_the_questionnaire(any_pack: Pack) -> None:
    response = write_response(any_pack, Intake({question.question: UNKNOWN for question in reversed(any_pack.questions)}))
    shape = [(item["linkId"], [inner["linkId"] for inner in item["item"]]) for item in response["item"]]
    asked = [item for item in build_questionnaire(any_pack)["item"] if item["type"] == "group"]
    assert shape == [(group["linkId"], [inner["linkId"] for inner in group["item"]]) for group in asked]


# What is read.


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("where", ["item", "answer", "coding"])
def test_a_reason_why_there_is_no_answer_tells_not_known_from_not_asked(reason: str, where: str) -> None:
    extension = {"extension": [{"url": ABSENT, "valueCode": reason}]}
    item: Json = {
        "item": {"linkId": QUESTION.question, **extension},
        "answer": {"linkId": QUESTION.question, "answer": [extension]},
        "coding": {"linkId": QUESTION.question, "answer": [{"valueCoding": extension}]},
    }[where]
    expected = {} if reason == "not-asked" else {QUESTION.question: UNKNOWN}
    assert read_response(PACK, respond(item)) == Intake(expected)


def test_a_question_without_an_answer_was_not_asked() -> None:
    items = ({"linkId": QUESTION.question}, {"linkId": OTHER.question, "answer": []})
    assert read_response(PACK, respond(*items)) == Intake({})


def test_an_answer_counts_wherever_in_the_response_its_question_stands() -> None:
    nested = {"linkId": OTHER.question, "answer": [{**answer(OTHER.question, "no")["answer"][0], "item": []}]}
    group = {"linkId": f"group.{QUESTION.group}", "item": [nested, {"linkId": f"help.{OTHER.question}"}]}
    within = answer(QUESTION.question, "yes", item=[group])
    assert read_response(PACK, respond(within)) == Intake({QUESTION.question: "yes", OTHER.question: "no"})


@pytest.mark.parametrize("status", ["in-progress", "completed", "amended", "stopped"])
def test_a_response_counts_in_every_status_but_that_of_an_error(status: str) -> None:
    assert read_response(PACK, respond(answer(QUESTION.question, "no"), status=status)).answers == {QUESTION.question: "no"}


def test_a_response_may_be_to_the_questions_one_at_a_time_named_or_contained() -> None:
    named = respond(answer(QUESTION.question, "no"), questionnaire=canonical(PACK, "adaptive"))
    contained = {"resourceType": "Questionnaire", "id": "q", "derivedFrom": [canonical(PACK)], "status": "draft"}
    other = {"resourceType": "Patient", "id": "p"}
    held = respond(answer(QUESTION.question, "no"), questionnaire="#q", contained=[other, contained])
    assert read_response(PACK, named) == read_response(PACK, held) == Intake({QUESTION.question: "no"})


def test_nothing_that_identifies_is_read_wherever_fhir_lets_it_stand() -> None:
    said = {"reference": CANARY, "display": CANARY, "identifier": {"value": CANARY}}
    extension = [{"url": "urn:other", "valueString": CANARY}]
    bare = answer(QUESTION.question, "yes")
    item = copy.deepcopy(bare) | {
        "id": CANARY,
        "text": CANARY,
        "definition": CANARY,
        "extension": extension,
        "_text": {"id": CANARY},
    }
    item["answer"][0] |= {"id": CANARY, "extension": extension}
    item["answer"][0]["valueCoding"] |= {"display": CANARY, "userSelected": "true", "version": CANARY, "extension": extension}
    full = respond(
        item,
        id=CANARY, meta={"tag": [{"display": CANARY}]}, language="en", text={"div": CANARY}, identifier={"value": CANARY},
        contained=[{"resourceType": "Patient", "id": CANARY}], extension=extension, basedOn=[said], partOf=[said], subject=said,
        encounter=said, authored="1952-03-11", author=said, source=said,
    )  # fmt: skip
    assert repr(read_response(PACK, full)) == repr(read_response(PACK, respond(bare)))
    broken = {**full, "status": CANARY, "questionnaire": CANARY, CANARY: CANARY}
    broken["item"] = [*broken["item"], item, {"linkId": CANARY, CANARY: CANARY}, answer(OTHER.question, CANARY)]
    with pytest.raises(ResourceError) as raised:
        read_response(PACK, broken)
    told = json.dumps(build_outcome(raised.value.issues)) + str(raised.value)
    assert len(raised.value.issues) == 7
    assert not [word for word in CANARY.split() if word in told]


# What is refused.


class Wrong(NamedTuple):
    """What is done to a good response, and the code and place of what is then wrong with it."""

    name: str
    change: Callable[[Json], object]
    code: str
    place: str


def item_of(response: Json) -> Json:
    found: Json = response["item"][0]
    return found


def answer_of(response: Json) -> Json:
    found: Json = item_of(response)["answer"][0]
    return found


R, ITEM, ANSWER = "QuestionnaireResponse", "QuestionnaireResponse.item[0]", "QuestionnaireResponse.item[0].answer[0]"
ABSENCE = [{"url": ABSENT, "valueCode": "unknown"}]
WRONG = (
    Wrong("no status", lambda r: r.pop("status"), "required", R),
    Wrong("no questionnaire", lambda r: r.pop("questionnaire"), "required", R),
    Wrong("another resource", lambda r: r.update(resourceType="Questionnaire"), "structure", R),
    Wrong("no resource type", lambda r: r.pop("resourceType"), "required", R),
    Wrong("another status", lambda r: r.update(status="done"), "code-invalid", f"{R}.status"),
    Wrong("entered in error", lambda r: r.update(status="entered-in-error"), "business-rule", f"{R}.status"),
    Wrong("an element that is none", lambda r: r.update(items=[]), "structure", R),
    Wrong("a modifier", lambda r: r.update(modifierExtension=[{"url": "urn:x"}]), "extension", R),
    Wrong("rules of its own", lambda r: r.update(implicitRules="urn:x"), "extension", R),
    Wrong("items that are no list", lambda r: r.update(item={}), "structure", f"{R}.item"),
    Wrong("a questionnaire that is no text", lambda r: r.update(questionnaire=["x"]), "structure", f"{R}.questionnaire"),
    Wrong("another questionnaire", lambda r: r.update(questionnaire="urn:x|0.1.0"), "not-found", f"{R}.questionnaire"),
    Wrong(
        "another version", lambda r: r.update(questionnaire=canonical(PACK).replace("|", "|9")), "not-found", f"{R}.questionnaire"
    ),
    Wrong("no version", lambda r: r.update(questionnaire=canonical(PACK).partition("|")[0]), "not-found", f"{R}.questionnaire"),
    Wrong("contained and not there", lambda r: r.update(questionnaire="#q"), "not-found", f"{R}.questionnaire"),
    Wrong(
        "contained and from nowhere",
        lambda r: r.update(questionnaire="#q", contained=[{"resourceType": "Questionnaire", "id": "q"}]),
        "not-found",
        f"{R}.questionnaire",
    ),
    Wrong(
        "contained and from elsewhere",
        lambda r: r.update(
            questionnaire="#q", contained=[{"resourceType": "Questionnaire", "id": "q", "derivedFrom": ["urn:x|1"]}]
        ),
        "not-found",
        f"{R}.questionnaire",
    ),
    Wrong("an item that is no object", lambda r: r.update(item=["x"]), "structure", ITEM),
    Wrong("no link id", lambda r: item_of(r).pop("linkId"), "required", ITEM),
    Wrong("another link id", lambda r: item_of(r).update(linkId="x"), "not-found", f"{ITEM}.linkId"),
    Wrong("a link id that is no text", lambda r: item_of(r).update(linkId={}), "structure", f"{ITEM}.linkId"),
    Wrong("a misspelt answer", lambda r: item_of(r).update(anwser=item_of(r).pop("answer")), "structure", ITEM),
    Wrong("a modified item", lambda r: item_of(r).update(modifierExtension=[]), "extension", ITEM),
    Wrong("an answer at a group", lambda r: item_of(r).update(linkId=f"group.{QUESTION.group}"), "structure", f"{ITEM}.answer"),
    Wrong(
        "an answer at a help text", lambda r: item_of(r).update(linkId=f"help.{QUESTION.question}"), "structure", f"{ITEM}.answer"
    ),
    Wrong("an answer at the deferral", lambda r: item_of(r).update(linkId="text.deferral"), "structure", f"{ITEM}.answer"),
    Wrong("two answers", lambda r: item_of(r)["answer"].append(answer_of(r)), "business-rule", f"{ITEM}.answer"),
    Wrong("a question twice", lambda r: r["item"].append(item_of(r)), "duplicate", f"{R}.item[1]"),
    Wrong("an answer and a reason on the item", lambda r: item_of(r).update(extension=ABSENCE), "business-rule", ITEM),
    Wrong("an answer that is no object", lambda r: item_of(r).update(answer=["yes"]), "structure", ANSWER),
    Wrong("answers that are no list", lambda r: item_of(r).update(answer="yes"), "structure", f"{ITEM}.answer"),
    Wrong("a value and a reason", lambda r: answer_of(r).update(extension=ABSENCE), "business-rule", ANSWER),
    Wrong("no value", lambda r: answer_of(r).pop("valueCoding"), "required", ANSWER),
    Wrong("an empty value", lambda r: answer_of(r).update(valueCoding={}), "required", ANSWER),
    Wrong("a second value", lambda r: answer_of(r).update(valueString="yes"), "structure", f"{ANSWER}.value"),
    Wrong("a value that is no coding", lambda r: answer_of(r).update(valueCoding="yes"), "structure", f"{ANSWER}.value"),
    Wrong("a modified answer", lambda r: answer_of(r).update(modifierExtension=[]), "extension", ANSWER),
    Wrong("no system", lambda r: answer_of(r)["valueCoding"].pop("system"), "required", f"{ANSWER}.value"),
    Wrong("no code", lambda r: answer_of(r)["valueCoding"].pop("code"), "required", f"{ANSWER}.value"),
    Wrong("another code", lambda r: answer_of(r)["valueCoding"].update(code="maybe"), "code-invalid", f"{ANSWER}.value.code"),
    Wrong("a spelling", lambda r: answer_of(r)["valueCoding"].update(code="Yes"), "code-invalid", f"{ANSWER}.value.code"),
    Wrong(
        "a code that is no text", lambda r: answer_of(r)["valueCoding"].update(code=["yes"]), "structure", f"{ANSWER}.value.code"
    ),
    Wrong(
        "the system of another question",
        lambda r: answer_of(r)["valueCoding"].update(system=question_system(PACK, OTHER.question)),
        "code-invalid",
        f"{ANSWER}.value.system",
    ),
    Wrong(
        "a reason that says nothing",
        lambda r: item_of(r).update(answer=[{"extension": [{"url": ABSENT, "valueCode": "masked"}]}]),
        "code-invalid",
        f"{ANSWER}.extension",
    ),
    Wrong(
        "a reason that is no code",
        lambda r: item_of(r).update(answer=[{"extension": [{"url": ABSENT, "valueCode": ["unknown"]}]}]),
        "code-invalid",
        f"{ANSWER}.extension",
    ),
    Wrong("two reasons", lambda r: item_of(r).update(answer=[{"extension": ABSENCE * 2}]), "structure", f"{ANSWER}.extension"),
    Wrong(
        "told by somebody else",
        lambda r: answer_of(r).update(extension=[{"url": teller_url(PACK), "valueCode": "neighbour"}]),
        "code-invalid",
        f"{ANSWER}.extension",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=[wrong.name for wrong in WRONG])
def test_what_cannot_be_used_is_refused_with_its_place(wrong: Wrong) -> None:
    response = respond(answer(QUESTION.question, "yes"))
    wrong.change(response)
    assert problems_of(response) == [(wrong.code, wrong.place)]
    assert wrong.place == R or fhirpathpy.evaluate(response, wrong.place, model=models["r4"])


@pytest.mark.parametrize(
    "kind", ["Boolean", "Decimal", "Integer", "Date", "DateTime", "Time", "String", "Uri", "Attachment", "Quantity", "Reference"]
)
def test_a_value_of_every_other_type_is_refused(kind: str) -> None:
    response = respond({"linkId": QUESTION.question, "answer": [{f"value{kind}": "yes"}]})
    assert problems_of(response) == [("structure", "QuestionnaireResponse.item[0].answer[0].value")]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_response() -> None:
    items = ({"linkId": "a"}, {"b": 1}, answer(QUESTION.question, "x"), answer(OTHER.question, "y", valueString=""))
    found = problems_of(respond(*items, questionnaire="urn:x", status="entered-in-error", foo=1))
    assert [place.removeprefix("QuestionnaireResponse") for _, place in found] == [
        "", ".questionnaire", ".status", ".item[0].linkId", ".item[1]", ".item[1]", ".item[2].answer[0].value.code",
        ".item[3].answer[0].value", ".item[3].answer[0].value.code",
    ]  # fmt: skip


@pytest.mark.parametrize("tree", [None, "x", [], {}, {"resourceType": "Bundle"}])
def test_what_is_no_response_is_refused_whole(tree: object) -> None:
    assert {code for code, _ in problems_of(tree)} <= {"structure", "required"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not readable as JSON"),
        (b"{", "is not readable as JSON"),
        (b'{"a": NaN}', "is not readable as JSON"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 40 + b"]" * 40, "nested deeper"),
        (b" " * (1 << 20) + b"{}", "larger than"),
    ],
)
def test_what_is_no_json_is_refused_without_repeating_it(data: bytes, said: str) -> None:
    with pytest.raises(ResourceError, match=said):
        read_response(PACK, data)
    with pytest.raises(ResourceError) as raised:
        read_resource(data)
    assert raised.value.is_unreadable


def test_an_element_that_fhir_does_not_have_hides_no_mistake_beside_it() -> None:
    item = answer(QUESTION.question, "yes") | {"answers": []}
    item["answer"][0] |= {"valueString": "no"}
    item["answer"][0]["valueCoding"]["code"] = "maybe"
    assert [code for code, _ in problems_of(respond(item))] == ["structure", "structure", "code-invalid"]


def test_an_outcome_names_fifty_problems_and_how_many_more() -> None:
    with pytest.raises(ResourceError) as raised:
        read_response(PACK, respond(*({"linkId": "x"} for _ in range(MAX_TOLD + 3))))
    issues = build_outcome(raised.value.issues)["issue"]
    assert len(issues) == MAX_TOLD + 1
    assert (issues[-1]["severity"], issues[-1]["diagnostics"]) == ("information", "at least 3 more problems are not listed")
    assert {issue["severity"] for issue in issues[:-1]} == {"error"}


def test_what_comes_out_of_a_response_can_always_be_assessed() -> None:
    for question in PACK.questions:
        intake = read_response(PACK, respond(answer(question.question, UNKNOWN)))
        assert normalise(PACK, intake).values == {question.question: UNKNOWN}


@pytest.mark.parametrize("items", [[{}] * 5000, [{"linkId": QUESTION.question, "answer": [{}] * 5000}]])
def test_what_is_wrong_is_not_counted_without_end(items: list[Any]) -> None:
    with pytest.raises(ResourceError) as raised:
        read_response(PACK, respond(*items))
    assert MAX_TOLD < len(raised.value.issues) <= ENOUGH + 1
