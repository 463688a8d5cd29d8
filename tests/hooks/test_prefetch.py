"""Which response is assessed: the newest one, of this record, to this questionnaire; and what is said where there is none."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from calling import MISSING, PATIENT, answer, bundle, card_for, make_request, respond

from triage.errors import IntakeError
from triage.hooks.prefetch import Absence
from triage.urn import make_urn

if TYPE_CHECKING:
    from triage.pack import Pack

FEVER = {"fever": "yes"}
NOTHING = {"fever": "no"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "transient"}]}


def topic(pack: Pack, prefetch: object) -> str:
    found = answer(pack, make_request(prefetch))
    return "not-given" if found is None else str(found["cards"][0]["source"]["topic"]["code"])


def test_a_response_is_assessed_alone_or_in_a_bundle(pack: Pack) -> None:
    response = respond(pack, FEVER)
    assert card_for(pack, response) == card_for(pack, bundle(response))
    assert "Fever" in card_for(pack, response)["detail"]


@pytest.mark.parametrize(
    "prefetch",
    [
        None,
        bundle(),
        {"resourceType": "Bundle", "type": "searchset"},
        {"resourceType": "Bundle", "type": "searchset", "total": 0, "link": [{"relation": "self", "url": "x"}]},
    ],
)
def test_no_response_gets_a_card_that_says_so(pack: Pack, prefetch: object) -> None:
    assert topic(pack, prefetch) == "no-answers"
    assert pack.header.safety_net is not None
    assert pack.header.safety_net.open in card_for(pack, prefetch)["detail"]


@pytest.mark.parametrize(
    "prefetch",
    [
        MISSING,
        OUTCOME,
        bundle(OUTCOME),
        {"resourceType": "Patient", "name": [{"family": "Name"}]},
        bundle(link=[{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]),
    ],
    ids=["missing", "failed", "failed in a bundle", "another resource", "on a further page"],
)
def test_where_nobody_looked_nothing_is_said_of_there_being_no_answers(pack: Pack, prefetch: object) -> None:
    assert topic(pack, prefetch) == "not-given"


def test_a_warning_of_the_server_beside_a_response_does_not_hide_it(pack: Pack) -> None:
    assert topic(pack, bundle(OUTCOME, respond(pack, FEVER))) == "warning-sign"


def test_the_newest_of_several_responses_is_assessed_in_whatever_order_they_come(pack: Pack) -> None:
    responses = [
        respond(pack, FEVER, authored="2026-03-01T08:00:00+02:00"),  # 06:00 in UTC, and the newest
        respond(pack, NOTHING, authored="2026-03-01T05:30:00.250Z"),
        respond(pack, NOTHING, authored="2026-02-28T23:59:59-05:00"),
    ]
    for order in permutations(responses):
        assert topic(pack, bundle(*order)) == "warning-sign"
    responses[0]["authored"] = "2026-03-01T07:00:00+02:00"
    for order in permutations(responses):
        assert topic(pack, bundle(*order)) == "outcome"


@pytest.mark.parametrize("authored", [None, "2026", "2026-03-01", "2026-03-01T06:00:00", "soon", ["2026-03-01T06:00:00Z"]])
def test_where_the_newest_cannot_be_known_none_is_read(pack: Pack, authored: object) -> None:
    known = respond(pack, NOTHING, authored="2026-03-01T06:00:00Z")
    other = respond(pack, FEVER) if authored is None else respond(pack, FEVER, authored=authored)
    card = card_for(pack, bundle(known, other))
    assert card["source"]["topic"]["code"] == "newest-unknown"
    assert "Fever" not in card["detail"]
    assert topic(pack, bundle(other)) == "warning-sign"


def test_two_responses_of_the_same_moment_are_not_told_apart(pack: Pack) -> None:
    same = [respond(pack, FEVER, authored="2026-03-01T06:00:00Z"), respond(pack, NOTHING, authored="2026-03-01T07:00:00+01:00")]
    assert topic(pack, bundle(*same)) == "newest-unknown"


def test_responses_to_other_questionnaires_are_passed_over(pack: Pack) -> None:
    other: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://example.org/q",
        "status": "completed",
    }
    assert topic(pack, bundle(other)) == "no-answers"
    assert topic(pack, bundle(other, respond(pack, FEVER), other)) == "warning-sign"


def test_another_version_of_the_questionnaire_is_not_passed_over_and_not_used(pack: Pack) -> None:
    older = respond(pack, NOTHING, questionnaire=f"{make_urn(pack)}|0.0.1")
    assert topic(pack, bundle(older)) == topic(pack, older) == "answers-not-used"


def test_a_response_that_asks_one_question_at_a_time_is_one_to_this_questionnaire(pack: Pack) -> None:
    adaptive = respond(pack, FEVER, questionnaire=f"{make_urn(pack, 'adaptive')}|{pack.version}")
    assert topic(pack, bundle(adaptive)) == "warning-sign"
    asked = {"resourceType": "Questionnaire", "id": "asked", "status": "draft", "derivedFrom": [adaptive["questionnaire"]]}
    assert topic(pack, bundle({**adaptive, "questionnaire": "#asked", "contained": [asked]})) == "warning-sign"


def test_what_its_own_system_calls_a_mistake_is_not_read(pack: Pack) -> None:
    mistaken = respond(pack, FEVER, status="entered-in-error")
    for prefetch in (mistaken, bundle(mistaken)):
        card = card_for(pack, prefetch)
        assert card["source"]["topic"]["code"] == "mistaken"
        assert "Fever" not in card["detail"]


@pytest.mark.parametrize(
    "reference", ["Patient/other", "https://ehr.example/fhir/Patient/other", "Patient/other/_history/1288992"]
)
def test_a_response_about_another_record_is_not_read(pack: Pack, reference: str) -> None:
    card = card_for(pack, respond(pack, FEVER, subject={"reference": reference}))
    assert card["source"]["topic"]["code"] == "another-record"
    assert "other" not in card["detail"].replace("another", "")
    assert "Fever" not in card["detail"]


@pytest.mark.parametrize(
    "subject",
    [
        ...,
        {"reference": f"Patient/{PATIENT}"},
        {"reference": f"https://ehr.example/fhir/Patient/{PATIENT}"},
        {"reference": f"Patient/{PATIENT}/_history/3"},
        {"reference": "urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"},
        {"identifier": {"value": "17"}},
        {"display": "Name"},
        "Patient/other",
    ],
    ids=str,
)
def test_a_response_about_this_record_or_about_none_that_is_named_is_read(pack: Pack, subject: object) -> None:
    response = {name: value for name, value in respond(pack, FEVER, subject=subject).items() if value is not ...}
    assert topic(pack, response) == "warning-sign"


@pytest.mark.parametrize(
    "prefetch",
    ["text", [], 7, {}, {"resourceType": []}, {"resourceType": "Bundle", "entry": {}}, {"resourceType": "Bundle", "entry": ["x"]},
     {"resourceType": "Bundle", "entry": [{}]}, {"resourceType": "Bundle", "entry": [{"resource": []}]}],
    ids=str,
)  # fmt: skip
def test_a_prefetch_that_is_no_fhir_is_a_fault_of_the_call(pack: Pack, prefetch: object) -> None:
    with pytest.raises(IntakeError, match=r"^prefetch\.questionnaireResponse"):
        answer(pack, make_request(prefetch))


def test_every_absence_but_one_has_a_card(pack: Pack) -> None:
    reached = {
        Absence.NO_ANSWERS: None,
        Absence.MISTAKEN: respond(pack, {}, status="entered-in-error"),
        Absence.ANOTHER_RECORD: respond(pack, {}, subject={"reference": "Patient/other"}),
        Absence.NEWEST_UNKNOWN: bundle(respond(pack, {}), respond(pack, {})),
    }
    assert {*reached, Absence.NOT_GIVEN} == set(Absence)
    assert [topic(pack, prefetch) for prefetch in reached.values()] == list(reached)
