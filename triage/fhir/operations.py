"""What is called over the wire: what a call carries, what is answered, and what is said of a response that cannot be read.

A call carries a response alone, or Parameters with the response and, if wanted, the name of a reading. A refusal tells every
problem; where a warning sign is reported all the same, it begins with what to do about that, since a slip is not to hide it.
"""

from __future__ import annotations

from typing import NamedTuple

from triage.assessment import assess
from triage.fhir.adaptive import ask_next
from triage.fhir.elements import children
from triage.fhir.guidance import build_guidance
from triage.fhir.problems import Issue, Json, ResourceError, build_outcome
from triage.fhir.response import ROOT, read_response
from triage.fhir.signs import find_alarm
from triage.pack import Pack
from triage.syntax import Tree

PARAMETERS = "Parameters"
# SDC's name for the parameter of `$next-question`, and so of both.
RESPONSE, READING = "questionnaire-response", "reading"


class Call(NamedTuple):
    """A response with where it stands in what was sent, and the reading asked for."""

    response: Tree
    at: str = ROOT
    reading: str | None = None


def assess_response(pack: Pack, given: Tree, *, reading: str | None = None) -> Json:
    """The GuidanceResponse for what was sent. Raises ResourceError for what cannot be read."""
    call = read_call(pack, given)
    intake = read_response(pack, call.response, at=call.at)
    return build_guidance(pack, assess(pack, intake, reading=call.reading or reading))


def continue_response(pack: Pack, given: Tree, *, reading: str | None = None) -> Json:
    """The response that was sent, with its next question. Raises ResourceError for what cannot be read."""
    call = read_call(pack, given)
    return ask_next(pack, call.response, reading=call.reading or reading, at=call.at)


def refuse_resource(pack: Pack, given: Tree, error: ResourceError) -> Json:
    """The OperationOutcome for what cannot be read; first of all what a warning sign in it calls for."""
    outcome, alarm = build_outcome(error.issues), find_alarm(pack, given)
    if alarm is not None:
        told = Issue("business-rule", "", alarm.action)
        outcome["issue"] = [*build_outcome([told], severity="warning")["issue"], *outcome["issue"]]
    return outcome


def read_call(pack: Pack, given: Tree) -> Call:
    """What a call carries. Raises ResourceError for Parameters that it does not take."""
    if not isinstance(given, dict) or given.get("resourceType") != PARAMETERS:
        return Call(given)
    issues: list[Issue] = []
    call = Call(None)
    for parameter, at in children(given, "parameter", PARAMETERS):
        name = parameter.get("name") if isinstance(parameter, dict) else None
        if isinstance(parameter, dict) and name == RESPONSE and call.response is None:
            call = call._replace(response=parameter.get("resource"), at=f"{at}.resource")
        elif isinstance(parameter, dict) and name == READING and call.reading is None:
            code = parameter.get("valueCode")
            call = call._replace(reading=code if code in pack.reading_names else "")
            if not call.reading:
                issues.append(
                    Issue("code-invalid", at, f"is no valueCode of a reading; it takes {', '.join(pack.reading_names)}")
                )
        else:
            issues.append(
                Issue("not-supported", at, f"is no parameter here, or one given twice; there are {RESPONSE} and {READING}")
            )
    if call.response is None:
        issues.append(Issue("required", PARAMETERS, f"has no parameter {RESPONSE} with a resource; add it"))
    if issues:
        raise ResourceError(issues)
    return call
