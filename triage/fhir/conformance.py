"""What the service says of itself in FHIR: its capabilities, its operation, and how its questionnaires are found.

The date is that of this description and not of a request: the same service says the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from triage.fhir.operations import READING, RESPONSE
from triage.fhir.problems import Issue, Json, ResourceError
from triage.fhir.questionnaire import build_adaptive, build_questionnaire
from triage.pack import Pack
from triage.urn import make_urn

FHIR_VERSION = "4.0.1"
DATE = "2026-11"
NEXT_QUESTION = "http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-next-question"
OPERATION_ID = "assess"
# What a questionnaire can be looked for by: the parameter with its type, and the element that has to be just that.
SEARCHED = {"_id": ("token", "id"), "url": ("uri", "url"), "version": ("token", "version")}


def questionnaires(pack: Pack) -> dict[str, Json]:
    """The questionnaires of a pack by their ids: all questions, and one at a time."""
    return {found["id"]: found for found in (build_questionnaire(pack), build_adaptive(pack))}


def search_questionnaires(pack: Pack, asked: Mapping[str, str], base: str) -> Json:
    """The questionnaires that have all of these values, as a Bundle. Raises ResourceError for what is not searched by."""
    if any(name not in SEARCHED for name in asked):
        raise ResourceError(
            [Issue("not-supported", "", f"questionnaires are searched by {', '.join(SEARCHED)} and nothing else")]
        )
    found = [
        one for one in questionnaires(pack).values() if all(one[SEARCHED[name][1]] == value for name, value in asked.items())
    ]
    address = f"{base}/Questionnaire"
    entries = [{"fullUrl": f"{address}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in found]
    link = {"relation": "self", "url": f"{address}{'?' if asked else ''}{urlencode(asked)}"}
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": [link]}
    return {**bundle, **({"entry": entries} if entries else {})}


def build_operation(pack: Pack) -> Json:
    """The operation of our own: a response in, guidance out."""
    response = {
        "name": RESPONSE,
        "use": "in",
        "min": 1,
        "max": "1",
        "documentation": "Answers to a questionnaire of the pack. Only answers are read, and who told them; nothing is kept.",
        "type": "QuestionnaireResponse",
    }
    reading = {
        "name": READING,
        "use": "in",
        "min": 0,
        "max": "1",
        "documentation": f"The reading of the documents: {', '.join(pack.reading_names)}.",
        "type": "code",
    }
    guidance = {
        "name": "return",
        "use": "out",
        "min": 1,
        "max": "1",
        "documentation": "What the documents connect with the answers, the deferral first; in an emergency only what to do.",
        "type": "GuidanceResponse",
    }
    return {
        "resourceType": "OperationDefinition",
        "id": OPERATION_ID,
        "url": make_urn(pack, "operation", OPERATION_ID),
        "version": pack.version,
        "name": "Assess",
        "title": f"Assess a response: {pack.header.title}",
        "status": "draft",
        "kind": "operation",
        "date": DATE,
        "description": f"{pack.header.deferral.text}\n\n{pack.header.intended_use}",
        "affectsState": False,
        "code": OPERATION_ID,
        "resource": ["QuestionnaireResponse"],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [response, reading, guidance],
    }


def build_capability(pack: Pack, base: str, version: str) -> Json:
    """What the service at an address can do, what it is for, and that it keeps nothing. `version` is that of the program."""
    definitions = {"type": "OperationDefinition", "interaction": [{"code": "read"}]}
    return {
        "resourceType": "CapabilityStatement",
        "name": "VcfTriage",
        "title": pack.header.title,
        "status": "draft",
        "date": DATE,
        "description": f"{pack.header.deferral.text}\n\nNothing about a person is kept, and nothing is written or called.",
        "purpose": pack.header.intended_use,
        "kind": "instance",
        "software": {"name": "vcf-triage", "version": version},
        "implementation": {"description": f"Pack {pack.id} {pack.version}, digest {pack.digest}", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "resource": [_questionnaire(), _response(pack), definitions]}],
    }


def _questionnaire() -> Json:
    return {
        "type": "Questionnaire",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": kind} for name, (kind, _) in SEARCHED.items()],
        "operation": [
            {
                "name": "next-question",
                "definition": NEXT_QUESTION,
                "documentation": "Who a response is about, and when it was made, is passed over and does not come back.",
            }
        ],
    }


def _response(pack: Pack) -> Json:
    operation = {"name": OPERATION_ID, "definition": make_urn(pack, "operation", OPERATION_ID)}
    return {"type": "QuestionnaireResponse", "operation": [operation]}
