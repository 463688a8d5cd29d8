"""A request: what the standard wants is wanted, what it allows is let pass, and nothing that is not used is kept."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from triage.errors import IntakeError
from triage.hooks.calls import read_call
from triage.hooks.services import HOOKS, PREFETCH_KEY
from triage.syntax import Tree, read_json

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
# The example of the standard, with what nobody here asked for.
EXAMPLE: dict[str, Any] = {
    "hookInstance": INSTANCE,
    "fhirServer": "http://hooks.smarthealthit.org:9080",
    "hook": "patient-view",
    "fhirAuthorization": {
        "access_token": "some-opaque-fhir-access-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "user/Patient.read user/Observation.read",
        "subject": "cds-service4",
    },
    "context": {"userId": "Practitioner/example", "patientId": "1288992", "encounterId": "89284"},
    "prefetch": {"patientToGreet": {"resourceType": "Patient", "gender": "male", "birthDate": "1925-12-23", "active": True}},
}
BOOKING: dict[str, Any] = {
    "hook": "appointment-book",
    "hookInstance": INSTANCE,
    "context": {"userId": "PractitionerRole/1", "patientId": "1", "appointments": {"resourceType": "Bundle", "entry": []}},
}
VALUE = "what-nobody-may-see-again"


def read(request: object, hook: str = "patient-view") -> Any:
    return read_call(tree_of(request), hook)


def tree_of(request: object) -> Tree:
    source = read_json(json.dumps(request).encode(), "")
    assert not source.faults
    return source.tree


def problems(request: object, hook: str = "patient-view") -> list[str]:
    with pytest.raises(IntakeError) as found:
        read(request, hook)
    assert VALUE not in str(found.value)
    return [problem.where for problem in found.value.problems]


def changed(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**request, **changes}.items() if value is not ...}


def test_the_example_of_the_standard_is_read_and_gives_no_response() -> None:
    call = read(EXAMPLE)
    assert (call.instance, call.patient, call.given, call.prefetch) == (UUID(INSTANCE), "1288992", False, None)


def test_nothing_that_identifies_or_opens_doors_is_shown_or_kept() -> None:
    call = read(changed(EXAMPLE, prefetch={PREFETCH_KEY: {"resourceType": "Patient", "name": VALUE}}))
    assert VALUE not in repr(call)
    assert "1288992" not in repr(call)
    assert "opaque" not in repr([getattr(call, name) for name in type(call).__slots__])


@pytest.mark.parametrize(
    "prefetch", [None, {"resourceType": "Bundle"}, {"resourceType": "QuestionnaireResponse", "item": []}], ids=str
)
def test_the_prefetch_comes_as_it_was_given(prefetch: object) -> None:
    call = read(changed(EXAMPLE, prefetch={PREFETCH_KEY: prefetch, "more": VALUE}))
    assert (call.given, call.prefetch) == (True, prefetch)


@pytest.mark.parametrize("prefetch", [..., None, {}, {"other": None}])
def test_a_prefetch_that_was_not_given_is_told_from_one_without_content(prefetch: object) -> None:
    assert read(changed(EXAMPLE, prefetch=prefetch)).given is False


def test_a_booking_has_appointments_as_a_bundle_or_as_the_list_of_the_older_example() -> None:
    assert read(BOOKING, "appointment-book").patient == "1"
    older = changed(BOOKING, context={**BOOKING["context"], "appointments": [{"resourceType": "Appointment"}]})
    assert read(older, "appointment-book").patient == "1"


def test_what_the_standard_does_not_have_is_passed_over() -> None:
    more = {"extension": {"com.example.timestamp": "2017-11-27T22:13:25Z"}, "user": "Practitioner/1"}
    assert read(changed(EXAMPLE, **more, context={**EXAMPLE["context"], "more": [1]})) == read(changed(EXAMPLE))


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", [..., None, "", VALUE, [], 7, True])
def test_a_field_that_is_missing_or_of_another_shape_is_named(name: str, value: object) -> None:
    assert problems(changed(EXAMPLE, **{name: value})) == [name]


@pytest.mark.parametrize("name", ["userId", "patientId"])
@pytest.mark.parametrize("value", [..., None, "", [VALUE], {VALUE: VALUE}, "x" * 513])
@pytest.mark.parametrize("request_", [EXAMPLE, BOOKING], ids=list(HOOKS))
def test_a_field_of_the_context_that_is_missing_or_of_another_shape_is_named(
    name: str, value: object, request_: dict[str, Any]
) -> None:
    context = changed(request_["context"], **{name: value})
    assert problems(changed(request_, context=context), request_["hook"]) == [f"context.{name}"]


@pytest.mark.parametrize("value", [..., None, "", VALUE])
def test_a_booking_without_appointments_is_refused(value: object) -> None:
    context = changed(BOOKING["context"], appointments=value)
    assert problems(changed(BOOKING, context=context), "appointment-book") == ["context.appointments"]


@pytest.mark.parametrize("value", ["", VALUE, [], 7])
def test_a_prefetch_of_another_shape_is_named(value: object) -> None:
    assert problems(changed(EXAMPLE, prefetch=value)) == ["prefetch"]


@pytest.mark.parametrize(
    "instance",
    [
        f"urn:uuid:{INSTANCE}",
        f"{{{INSTANCE}}}",
        INSTANCE.replace("-", ""),
        f"{INSTANCE}\n",
        INSTANCE[:-1],
        f"{INSTANCE}0",
        "x" * 36,
    ],
)
def test_an_instance_is_a_uuid_as_the_standard_writes_it(instance: str) -> None:
    assert problems(changed(EXAMPLE, hookInstance=instance)) == ["hookInstance"]
    assert read(changed(EXAMPLE, hookInstance=INSTANCE.upper())).instance == UUID(INSTANCE)


@pytest.mark.parametrize(("sent", "service"), [("patient-view", "appointment-book"), ("appointment-book", "patient-view")])
def test_a_service_answers_its_own_hook_alone(sent: str, service: str) -> None:
    assert problems(changed(BOOKING, hook=sent), service) == ["hook"]


def test_everything_wrong_is_told_at_once_each_with_what_is_wanted() -> None:
    with pytest.raises(IntakeError) as found:
        read({"hook": VALUE, "hookInstance": VALUE, "context": {"userId": ""}, "prefetch": []})
    told = {problem.where: problem.message for problem in found.value.problems}
    assert sorted(told) == ["context.patientId", "context.userId", "hook", "hookInstance", "prefetch"]
    assert all(message.startswith("takes ") for message in told.values())


@pytest.mark.parametrize("tree", [None, "text", [], [{}]])
def test_a_request_is_an_object(tree: Tree) -> None:
    assert problems(tree) == [""]
