"""A pack's questions as a FHIR R4 Questionnaire, for systems that ask and keep answers their own way.

Nothing in it is required, every question offers "unknown", and no question hangs on another: what still matters is worked out by
the tool and not by a form. A link id is the id of the question; a code is the value in the words of the pack, under a system of
its own for each question, because `other` of one question is not `other` of the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from triage.pack import UNKNOWN, Group, Pack, Question
from triage.urn import make_urn

ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
ITEM_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
# A question id has no dot, so that these link ids are none.
_GROUP, _HELP, _DEFERRAL = "group.", "help.", "text.deferral"

Json = dict[str, Any]


def export_questionnaire(pack: Pack) -> str:
    """The questions of a pack as the JSON of a FHIR R4 Questionnaire. They are the same under every reading."""
    return json.dumps(build_questionnaire(pack), indent=2, ensure_ascii=False) + "\n"


def build_questionnaire(pack: Pack) -> Json:
    header = pack.header
    groups = [_group(pack, group) for group in pack.groups if any(question.group == group.group for question in pack.questions)]
    return {
        "resourceType": "Questionnaire",
        "id": pack.id,
        "url": make_urn(pack),
        "identifier": [{"type": {"text": "SHA-256 of the pack"}, "system": make_urn(pack, "digest"), "value": pack.digest}],
        "version": pack.version,
        "name": "".join(word.capitalize() for word in pack.id.split("-")),
        "title": header.title,
        # A version below 1 says of itself that it is not final.
        "status": "draft" if pack.version.startswith("0.") else "active",
        "subjectType": ["Patient"],
        "description": "\n\n".join(_describe(pack)),
        "purpose": header.intended_use,
        "item": [{"linkId": _DEFERRAL, "text": header.deferral.text, "type": "display"}, *groups],
    }


def _describe(pack: Pack) -> Iterator[str]:
    yield pack.header.deferral.text
    warned = ", a reported warning sign included" if pack.header.safety_net else ""
    yield f"This form asks and works nothing out{warned}; what the answers come to is said by the tool that the pack is for."
    yield f"Made from the pack {pack.id} {pack.version}, digest {pack.digest}."


def question_system(pack: Pack, question: str) -> str:
    """The code system of a question's answers."""
    return make_urn(pack, "question", question)


def _group(pack: Pack, group: Group) -> Json:
    asked = [_question(pack, question) for question in pack.questions if question.group == group.group]
    return {"linkId": f"{_GROUP}{group.group}", "text": group.title, "type": "group", "item": asked}


def _question(pack: Pack, question: Question) -> Json:
    return {
        "linkId": question.question,
        "code": [{"system": make_urn(pack, "questions"), "code": question.question, "display": question.label}],
        "text": question.text,
        "type": "choice",
        "required": False,
        "repeats": False,
        "answerOption": [_option(pack, question, value) for value in (*question.values, UNKNOWN)],
        "item": [_help(question)],
    }


def _option(pack: Pack, question: Question, value: str) -> Json:
    coding = {"system": question_system(pack, question.question), "code": value, "display": question.say(value)}
    return {"valueCoding": coding}


def _help(question: Question) -> Json:
    control = {"coding": [{"system": ITEM_CONTROLS, "code": "help", "display": "Help-Button"}]}
    return {
        "extension": [{"url": ITEM_CONTROL, "valueCodeableConcept": control}],
        "linkId": f"{_HELP}{question.question}",
        "text": question.help,
        "type": "display",
    }
