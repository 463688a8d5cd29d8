"""A call of a CDS client answered: from what it gave beforehand to the card that it shows."""

from __future__ import annotations

from typing import Any

from triage.assessment import assess
from triage.errors import IntakeError
from triage.fhir.problems import ResourceError
from triage.fhir.response import read_response
from triage.fhir.signs import find_alarm
from triage.hooks.calls import Call
from triage.hooks.cards import make_absence, make_card, make_refusal, write_card
from triage.hooks.prefetch import Absence, find_response
from triage.pack import Pack

Json = dict[str, Any]


def answer_call(pack: Pack, call: Call, *, reading: str | None = None, link: str | None = None) -> Json | None:
    """The answer to a call: one card. None where the client gave nothing to go by, which is no answer but a fault of the call.

    `link` leads to the questionnaire. Raises IntakeError for a prefetch that is no FHIR, and EngineFault.
    """
    found = find_response(pack, call)
    match found:
        case Absence.NOT_GIVEN:
            return None
        case Absence():
            card, name = make_absence(pack, found, link), ""
        case _:
            try:
                assessment = assess(pack, read_response(pack, found), reading=reading)
                card, name = make_card(pack, assessment), assessment.assessment
            except IntakeError as error:
                # Of other problems the messages quote what was answered.
                issues = error.issues if isinstance(error, ResourceError) else ()
                card, name = make_refusal(pack, issues, find_alarm(pack, found)), ""
    return {"cards": [write_card(pack, card, call.instance, name)]}
