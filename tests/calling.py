"""Calls of a CDS client, as values: a response to a pack's questionnaire, and the card that it gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from responses import write_response

from triage import Intake
from triage.hooks.answers import answer_call
from triage.hooks.calls import read_call
from triage.hooks.services import PREFETCH_KEY
from triage.syntax import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.pack import Pack

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
PATIENT = "1288992"
MISSING = object()
Json = dict[str, Any]


def make_request(prefetch: object = MISSING, hook: str = "patient-view", instance: str = INSTANCE) -> Json:
    context: Json = {"userId": "Practitioner/example", "patientId": PATIENT}
    if hook == "appointment-book":
        context["appointments"] = {"resourceType": "Bundle", "entry": []}
    given = {} if prefetch is MISSING else {"prefetch": {PREFETCH_KEY: prefetch}}
    return {"hook": hook, "hookInstance": instance, "context": context, **given}


def respond(pack: Pack, answers: Mapping[str, str], **changes: object) -> Json:
    """A response with these answers, about the record that is open."""
    response = write_response(pack, Intake(answers))
    return {**response, "subject": {"reference": f"Patient/{PATIENT}"}, **changes}


def bundle(*resources: object, **changes: object) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": found} for found in resources], **changes}


def answer(pack: Pack, request: object, **told: Any) -> Json | None:
    """What a request gets, by way of JSON both ways."""
    source = read_json(json.dumps(request).encode(), "")
    assert not source.faults
    hook = request["hook"] if isinstance(request, dict) else "patient-view"
    found = answer_call(pack, read_call(source.tree, hook), **told)
    return None if found is None else dict(json.loads(json.dumps(found)))


def card_for(pack: Pack, prefetch: object, **told: Any) -> Json:
    found = answer(pack, make_request(prefetch), **told)
    assert found is not None
    (card,) = found["cards"]
    assert isinstance(card, dict)
    return card
