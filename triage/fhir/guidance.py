"""An assessment as a FHIR R4 GuidanceResponse, with its text beside it and the whole of it inside.

Why this resource and no other is decision 12. The text is the consult sheet, after the deferral; the values stand in contained
Parameters, the deferral first, and among them the JSON of the assessment, byte for byte as every other surface gives it. What is
still to ask is told as data requirements. It names nobody and holds no date: the same intake gives the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from triage.assessment import Assessment
from triage.fhir.problems import Json
from triage.fhir.questionnaire import canonical, code_answer
from triage.pack import Pack
from triage.page import lay_out_plainly
from triage.parts import State
from triage.report import escape, render_json, render_sections
from triage.sections import Line, Section, begin_with, describe
from triage.urn import make_urn

OUTPUT = "output"


def build_guidance(pack: Pack, assessment: Assessment) -> Json:
    """An assessment as a GuidanceResponse. Where the safety net withholds the mapping, no procedure is in it."""
    required = [_require(pack, name) for name in _wanted(assessment)]
    return {
        "resourceType": "GuidanceResponse",
        "text": {"status": "generated", "div": _narrate(pack, assessment)},
        "contained": [{"resourceType": "Parameters", "id": OUTPUT, "parameter": list(_parameters(assessment))}],
        "identifier": [{"system": make_urn(pack, "assessment"), "value": assessment.assessment}],
        "moduleCanonical": canonical(pack, "rules"),
        "status": _status(assessment),
        "note": [{"text": f"{escape(assessment.deferral)}\n\n{render_sections(begin_with(pack, assessment), 'markdown')}"}],
        "outputParameters": {"reference": f"#{OUTPUT}"},
        **({"dataRequirement": required} if required else {}),
    }


def _wanted(assessment: Assessment) -> tuple[str, ...]:
    """The questions that something hangs on, the most telling first: not asked, asked and not known, at odds with each other."""
    excluding = dict.fromkeys(name for names in assessment.contradictions for name in names)
    return (*assessment.next_questions, *assessment.to_find_out, *excluding)


def _status(assessment: Assessment) -> str:
    """Whether more is needed to say what there is to say (`data-required`), could change it (`data-requested`), or neither."""
    if assessment.outcome in (State.NOT_ENOUGH_INFORMATION, State.CONTRADICTORY_ANSWERS):
        return "data-required"
    if not _wanted(assessment):
        return "success"
    net = assessment.safety_net
    return "data-requested" if net is None or net.settled else "data-required"


def _require(pack: Pack, name: str) -> Json:
    """A response with an answer to one question: the system of its answers is that question's own."""
    question = pack.question[name]
    answers = [code_answer(pack, question, value) for value in question.values]
    return {"id": name, "type": "QuestionnaireResponse", "codeFilter": [{"path": "item.answer.value", "code": answers}]}


def _narrate(pack: Pack, assessment: Assessment) -> str:
    first = Section(pack.header.title, (Line(assessment.deferral),))
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{lay_out_plainly((first, *describe(pack, assessment)))}</div>'


def _parameters(assessment: Assessment) -> Iterator[Json]:
    net, about = assessment.safety_net, assessment.pack
    yield {"name": "deferral", "valueString": assessment.deferral}
    if net is not None:
        yield {"name": "safety-net", "part": list(_codes(level=[net.level], reported=net.reported, open=net.open_signs))}
    yield {"name": "headline", "valueString": assessment.headline}
    yield {"name": "outcome", "valueCode": assessment.outcome}
    yield {"name": "settled", "valueBoolean": assessment.settled}
    yield from _codes(possible=assessment.possible_outcomes)
    for name, result in assessment.procedures.items():
        value = [] if result.value is None else [result.value]
        yield {"name": "procedure", "part": list(_codes(procedure=[name], named=[result.named], value=value))}
    yield from _codes(standing=[] if assessment.standing is None else [assessment.standing], next=assessment.next_questions)
    yield {"name": "reading", "valueCode": assessment.reading}
    yield {"name": "pack", "part": [{"name": key, "valueString": value} for key, value in about._asdict().items()]}
    data = render_json([assessment]).encode()
    yield {
        "name": "assessment",
        "valueAttachment": {
            "contentType": "application/json",
            "data": base64.b64encode(data).decode(),
            "size": len(data),
            "title": assessment.schema,
        },
    }


def _codes(**named: Iterable[str]) -> Iterator[Json]:
    for name, codes in named.items():
        yield from ({"name": name, "valueCode": code} for code in codes)
