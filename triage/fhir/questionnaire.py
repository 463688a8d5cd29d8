"""A pack's questions as a FHIR R4 Questionnaire, for systems that ask and keep answers their own way.

Nothing in it is required, every question offers "unknown", and no question hangs on another: what still matters is worked out by
the tool and not by a form. A link id is the id of the question; a code is the value in the words of the pack, under a system of
its own for each question, because `other` of one question is not `other` of the next. "Not known" is the code `unknown` of every
question, an answer like any other; not asked is no answer.

A second Questionnaire, without items, stands for the same questions put one at a time (SDC's adaptive questionnaires).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from triage.pack import Pack
from triage.parts import UNKNOWN, Group, Question
from triage.urn import make_urn

ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
ITEM_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
ADAPTIVE = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-questionnaireAdaptive"
# The id of no pack has a dot.
ADAPTIVE_ID = "one-at-a-time.adaptive"
# A question id has no dot, so that these link ids are none.
DEFERRAL, NOTICE, CLOSING = "text.deferral", "text.notice", "text.closing"
_GROUP, _HELP = "group.", "help."

Json = dict[str, Any]


def export_questionnaire(pack: Pack) -> str:
    """The questions of a pack as the JSON of a FHIR R4 Questionnaire. They are the same under every reading."""
    return json.dumps(build_questionnaire(pack), indent=2, ensure_ascii=False) + "\n"


def build_questionnaire(pack: Pack) -> Json:
    groups = (build_group(group, [ask_question(pack, question) for question in asked]) for group, asked in group_questions(pack))
    return {
        "resourceType": "Questionnaire",
        "id": pack.id,
        "url": make_urn(pack),
        **_head(pack),
        "name": _name(pack),
        "description": "\n\n".join(_describe(pack)),
        "item": [build_text(DEFERRAL, pack.header.deferral.text), *groups],
    }


def build_adaptive(pack: Pack) -> Json:
    """The questionnaire whose questions `$next-question` gives one at a time; it lists none itself."""
    return {
        "resourceType": "Questionnaire",
        "id": ADAPTIVE_ID,
        "extension": [{"url": ADAPTIVE, "valueBoolean": True}],
        "url": make_urn(pack, "adaptive"),
        **_head(pack),
        "name": f"{_name(pack)}OneAtATime",
        "derivedFrom": [canonical(pack)],
        "description": "\n\n".join(_describe(pack)),
    }


def contain_adaptive(pack: Pack, items: list[Json]) -> Json:
    """What a response to the adaptive questionnaire contains: these items, and where they come from. It has no url of its own."""
    header = pack.header
    return {
        "resourceType": "Questionnaire",
        "id": "asked",
        "extension": [{"url": ADAPTIVE, "valueBoolean": True}],
        "version": pack.version,
        "name": f"{_name(pack)}Asked",
        "title": header.title,
        "derivedFrom": [canonical(pack, "adaptive")],
        "status": _status(pack),
        "subjectType": ["Patient"],
        "purpose": header.intended_use,
        "item": items,
    }


def canonical(pack: Pack, *parts: str) -> str:
    """The name of a questionnaire with its version, as a response says which it answers."""
    return f"{make_urn(pack, *parts)}|{pack.version}"


def _head(pack: Pack) -> Json:
    return {
        "identifier": [{"type": {"text": "SHA-256 of the pack"}, "system": make_urn(pack, "digest"), "value": pack.digest}],
        "version": pack.version,
        "title": pack.header.title,
        "status": _status(pack),
        "subjectType": ["Patient"],
        "purpose": pack.header.intended_use,
    }


def _name(pack: Pack) -> str:
    return "".join(word.capitalize() for word in pack.id.split("-"))


def _status(pack: Pack) -> str:
    """A version below 1 says of itself that it is not final."""
    return "draft" if pack.version.startswith("0.") else "active"


def _describe(pack: Pack) -> Iterator[str]:
    yield pack.header.deferral.text
    warned = ", a reported warning sign included" if pack.header.safety_net else ""
    yield f"This form asks and works nothing out{warned}; what the answers come to is said by the tool that the pack is for."
    yield f"Made from the pack {pack.id} {pack.version}, digest {pack.digest}."


def question_system(pack: Pack, question: str) -> str:
    """The code system of a question's answers."""
    return make_urn(pack, "question", question)


def group_questions(pack: Pack) -> Iterator[tuple[Group, tuple[Question, ...]]]:
    """Every group that has questions, with these, in the order of the pack."""
    for group in pack.groups:
        if asked := tuple(question for question in pack.questions if question.group == group.group):
            yield group, asked


def other_link_ids(pack: Pack) -> frozenset[str]:
    """The link ids of what takes no answer: groups, help texts, and what stands beside the questions."""
    groups = map(group_link, pack.groups)
    return frozenset((DEFERRAL, NOTICE, CLOSING, *groups, *(f"{_HELP}{question}" for question in pack.question)))


def group_link(group: Group) -> str:
    return f"{_GROUP}{group.group}"


def build_group(group: Group, items: list[Json]) -> Json:
    return {"linkId": group_link(group), "text": group.title, "type": "group", "item": items}


def build_text(link: str, text: str) -> Json:
    return {"linkId": link, "text": text, "type": "display"}


def ask_question(pack: Pack, question: Question) -> Json:
    """One question as an item, with its help and all its answers in sight: a list that opens can hide "unknown"."""
    return {
        "extension": [_control("radio-button", "Radio Button")],
        "linkId": question.question,
        "code": [name_question(pack, question)],
        "text": question.text,
        "type": "choice",
        "required": False,
        "repeats": False,
        "answerOption": [{"valueCoding": code_answer(pack, question, value)} for value in (*question.values, UNKNOWN)],
        "item": [{"extension": [_control("help", "Help-Button")], **build_text(f"{_HELP}{question.question}", question.help)}],
    }


def name_question(pack: Pack, question: Question) -> Json:
    """A question as a coding."""
    return {"system": make_urn(pack, "questions"), "code": question.question, "display": question.label}


def code_answer(pack: Pack, question: Question, value: str) -> Json:
    """A value of a question, or `unknown`, as a coding."""
    return {"system": question_system(pack, question.question), "code": value, "display": question.say(value)}


def _control(code: str, display: str) -> Json:
    control = {"coding": [{"system": ITEM_CONTROLS, "code": code, "display": display}]}
    return {"url": ITEM_CONTROL, "valueCodeableConcept": control}
