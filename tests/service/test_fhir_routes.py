"""FHIR over the wire: resources in and out, every refusal an OperationOutcome, nothing of what was sent comes back."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from asgi import SETTINGS, Answer, call
from fhir_rules import find_breaches, needs_definitions
from fhir_samples import examples
from responses import write_response

from triage import Intake, assess
from triage.errors import EngineFault
from triage.fhir import conformance, operations
from triage.fhir.adaptive import ask_next
from triage.fhir.guidance import build_guidance
from triage.fhir.questionnaire import ADAPTIVE_ID, build_adaptive, build_questionnaire, canonical
from triage.report import render_json
from triage.service.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI

    from triage.pack import Pack

Json = dict[str, Any]

KIND = "application/fhir+json"
ASSESS, NEXT = "/fhir/QuestionnaireResponse/$assess", "/fhir/Questionnaire/$next-question"
CANARY = "Zaphod"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(SETTINGS)


def post(app: FastAPI, path: str, resource: object, kind: str = KIND, **more: Any) -> Answer:
    body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    return call(app, "POST", path, ("Content-Type", kind), body=body, **more)


def get(app: FastAPI, path: str, *headers: tuple[str, str]) -> Answer:
    answer = call(app, "GET", path, *headers)
    assert answer.headers["content-type"] == KIND
    return answer


def issues_of(answer: Answer) -> list[tuple[str, str]]:
    assert answer.tree["resourceType"] == "OperationOutcome"
    assert answer.headers["content-type"] == KIND
    return [(issue["severity"], issue["code"]) for issue in answer.tree["issue"]]


def call_with(response: object, **parameters: str) -> Json:
    named = [{"name": name, "valueCode": value} for name, value in parameters.items()]
    return {"resourceType": "Parameters", "parameter": [*named, {"name": "questionnaire-response", "resource": response}]}


# What there is


def test_the_questionnaires_are_read_by_id_and_found_by_url_and_version(app: FastAPI, pack: Pack) -> None:
    whole, adaptive = build_questionnaire(pack), build_adaptive(pack)
    assert get(app, f"/fhir/Questionnaire/{pack.id}").tree == whole
    assert get(app, f"/fhir/Questionnaire/{ADAPTIVE_ID}").tree == adaptive
    base = f"{SETTINGS.public_url}/fhir/Questionnaire"
    for query, expected in (
        ("", [whole, adaptive]),
        (f"?url={quote(whole['url'])}", [whole]),
        (f"?url={quote(adaptive['url'])}&version={pack.version}", [adaptive]),
        (f"?_id={pack.id}&_format=json", [whole]),
        (f"?url={quote(whole['url'])}&version=9.9.9", []),
    ):
        bundle = get(app, f"/fhir/Questionnaire{query}").tree
        entries = bundle.get("entry", [])
        assert (bundle["total"], [entry["resource"] for entry in entries]) == (len(expected), expected)
        assert [entry["fullUrl"] for entry in entries] == [f"{base}/{one['id']}" for one in expected]
        assert "entry" not in bundle or bundle["entry"]


def test_a_search_by_anything_else_or_twice_is_refused(app: FastAPI) -> None:
    assert issues_of(get(app, f"/fhir/Questionnaire?subject={CANARY}")) == [("error", "not-supported")]
    assert get(app, "/fhir/Questionnaire?url=a&url=b").status == 400


def test_metadata_tells_what_is_there_and_what_it_is_for(app: FastAPI, pack: Pack) -> None:
    told = get(app, "/fhir/metadata").tree
    assert told["purpose"] == pack.header.intended_use
    assert told["description"].startswith(pack.header.deferral.text)
    assert told["implementation"]["url"] == f"{SETTINGS.public_url}/fhir"
    operation = get(app, f"/fhir/OperationDefinition/{conformance.OPERATION_ID}").tree
    offered = {
        one["type"]: {op["name"]: op["definition"] for op in one.get("operation", [])} for one in told["rest"][0]["resource"]
    }
    assert offered == {
        "Questionnaire": {"next-question": conformance.NEXT_QUESTION},
        "QuestionnaireResponse": {operation["code"]: operation["url"]},
        "OperationDefinition": {},
    }


# Assessing


def test_a_response_gives_the_guidance_with_the_bytes_of_the_command_line(app: FastAPI, pack: Pack) -> None:
    for intake in examples(pack):
        answer = post(app, ASSESS, write_response(pack, intake))
        assessment = assess(pack, Intake({**assess(pack, intake).answers}, intake.sources))
        assert (answer.status, answer.tree) == (200, build_guidance(pack, assessment))
        attachment = answer.tree["contained"][0]["parameter"][-1]["valueAttachment"]
        assert base64.b64decode(attachment["data"]).decode() == render_json([assessment])


def test_a_reading_can_be_asked_for_and_else_is_that_of_the_service(app: FastAPI, pack: Pack) -> None:
    response = write_response(pack, Intake({}))
    other = next(name for name in pack.reading_names if name != pack.default_reading)
    expected = build_guidance(pack, assess(pack, Intake({}), reading=other))
    assert post(app, ASSESS, call_with(response, reading=other)).tree == expected
    assert post(create_app(SETTINGS._replace(reading=other)), ASSESS, call_with(response)).tree == expected
    assert post(app, ASSESS, call_with(response)).tree == post(app, ASSESS, response).tree != expected


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        ["x"],
        [{"name": "questionnaire-response"}],
        [{"name": "questionnaire-response", "resource": {}}, {"name": "reading", "valueCode": CANARY}],
        [{"name": CANARY, "valueString": CANARY}],
    ],
)
def test_parameters_that_are_not_those_of_the_operation_are_refused(app: FastAPI, parameters: list[Any]) -> None:
    for path in (ASSESS, NEXT):
        answer = post(app, path, {"resourceType": "Parameters", "parameter": parameters})
        assert answer.status in (400, 422)
        assert {severity for severity, _ in issues_of(answer)} == {"error"}
        assert CANARY not in answer.text


def test_the_places_of_problems_begin_at_what_was_sent(app: FastAPI, pack: Pack) -> None:
    wrong = {**write_response(pack, Intake({})), "item": [{"linkId": CANARY}]}
    for sent, root in ((wrong, ""), (call_with(wrong, reading=pack.default_reading), "Parameters.parameter[1].resource")):
        answer = post(app, ASSESS, sent)
        assert answer.status == 422
        assert answer.tree["issue"][0]["expression"] == [f"{root or 'QuestionnaireResponse'}.item[0].linkId"]


def test_the_next_question_comes_back_in_the_response(app: FastAPI, pack: Pack) -> None:
    response = {**write_response(pack, Intake({})), "questionnaire": canonical(pack, "adaptive"), "status": "in-progress"}
    response |= {"subject": {"display": CANARY}, "authored": "2026-11-23", "identifier": {"value": CANARY}}
    first = post(app, NEXT, response)
    assert (first.status, first.tree) == (200, ask_next(pack, response))
    assert post(app, NEXT, call_with(response)).tree == first.tree
    assert CANARY not in first.text


# Refusing


def test_a_response_that_cannot_be_used_is_refused_with_every_problem_and_nothing_of_it(app: FastAPI, pack: Pack) -> None:
    answers = {"linkId": CANARY, "answer": [{"valueString": CANARY}]}
    for path in (ASSESS, NEXT):
        answer = post(app, path, {**write_response(pack, Intake({})), "item": [answers], "status": CANARY})
        assert (answer.status, issues_of(answer)) == (422, [("error", "code-invalid"), ("error", "not-found")])
        assert CANARY not in answer.text
        assert post(app, path, {"resourceType": CANARY}).status == 400


def test_a_slip_hides_no_warning_sign(app: FastAPI, pack: Pack) -> None:
    assert pack.header.safety_net is not None
    for question in pack.questions:
        if question.warning is None:
            continue
        response = write_response(pack, Intake({question.question: question.warning}))
        response["item"].append({"linkId": CANARY})
        answer = post(app, ASSESS, response)
        first = answer.tree["issue"][0]
        net = assess(pack, Intake({question.question: question.warning})).safety_net
        assert net is not None
        text = next(level.text for level in pack.header.safety_net.levels if level.level == net.level)
        assert answer.status == 422
        assert (first["severity"], first["diagnostics"]) == ("warning", f"{text} Do not wait for the correction.")


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b'{"a": 1, "a": 2}', 400), (b"[" * 40, 400), (b"null", 400), (b"[]", 400)]
)
def test_what_is_no_resource_is_refused(app: FastAPI, body: bytes, status: int) -> None:
    for path in (ASSESS, NEXT):
        answer = post(app, path, body)
        assert (answer.status, answer.tree["resourceType"]) == (status, "OperationOutcome")


def test_another_format_is_not_taken_and_not_given(app: FastAPI, pack: Pack) -> None:
    response = write_response(pack, Intake({}))
    assert post(app, ASSESS, response, "application/json; charset=utf-8").status == 200
    assert post(app, ASSESS, response, "application/fhir+xml").status == 415
    assert post(app, ASSESS, b" " * SETTINGS.limits.body + b"{}").status == 413
    for accepted in ("*/*", "application/fhir+json;fhirVersion=4.0", "text/html, application/json;q=0.9", "application/*"):
        assert get(app, "/fhir/metadata", ("Accept", accepted)).status == 200
    for path in ("/fhir/metadata", f"/fhir/Questionnaire/{pack.id}", "/fhir/Questionnaire"):
        assert get(app, path, ("Accept", "application/fhir+xml")).status == 406
        assert get(app, f"{path}?_format=xml").status == 406
        assert get(app, f"{path}?_format=json", ("Accept", "application/fhir+xml")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/Questionnaire/other", 404),
        ("GET", "/fhir/OperationDefinition/other", 404),
        ("GET", "/fhir/Patient/1", 404),
        ("GET", "/fhir", 404),
        ("DELETE", "/fhir/metadata", 405),
        ("GET", "/fhir/QuestionnaireResponse/$assess", 405),
        ("PUT", "/fhir/Questionnaire/x", 405),
    ],
)
def test_what_is_not_there_is_said_as_an_outcome(app: FastAPI, method: str, path: str, status: int) -> None:
    answer = call(app, method, path)
    assert (answer.status, answer.tree["resourceType"]) == (status, "OperationOutcome")


def test_a_fault_of_the_engine_is_no_result(app: FastAPI, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EngineFault(CANARY)

    monkeypatch.setattr(operations, "assess", fail)
    answer = post(app, ASSESS, write_response(pack, Intake({})))
    assert (answer.status, answer.tree["issue"][0]["severity"]) == (503, "fatal")
    assert "usual process" in answer.text
    assert CANARY not in answer.text


@needs_definitions
def test_every_refusal_is_a_resource_of_r4(app: FastAPI) -> None:
    for answer in (
        post(app, ASSESS, b"{"),
        get(app, "/fhir/Patient/1"),
        post(app, NEXT, {}),
        get(app, "/fhir/Questionnaire?a=b"),
    ):
        assert {breach.key for breach in find_breaches(answer.tree)} <= {"dom-6"}
