"""Intakes that bring out everything an assessment can say, and every kind of resource that is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from responses import write_response

from triage import Intake, assess
from triage.fhir.adaptive import ask_next
from triage.fhir.conformance import build_capability, build_operation, questionnaires, search_questionnaires
from triage.fhir.guidance import build_guidance
from triage.fhir.operations import refuse_resource
from triage.fhir.problems import Issue, ResourceError
from triage.intake import read_intake
from triage.parts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack

Json = dict[str, Any]

BASE = "http://127.0.0.1:8377/fhir"


def sample_intakes(pack: Pack) -> Iterator[Intake]:
    """Nothing answered, all unknown, each answer alone, and the examples of the pack."""
    yield Intake({})
    yield Intake(dict.fromkeys(pack.question, UNKNOWN))
    for question in pack.questions:
        yield from (Intake({question.question: value}, {question.question: "clinician"}) for value in question.values)
    yield from examples(pack)


def few_intakes(pack: Pack) -> Iterator[Intake]:
    """Nothing answered, all unknown, all of the first and of the last answers, and the examples of the pack."""
    yield Intake({})
    yield Intake(dict.fromkeys(pack.question, UNKNOWN))
    yield from (Intake({question.question: question.values[at] for question in pack.questions}) for at in (0, -1))
    yield from examples(pack)


def examples(pack: Pack) -> Iterator[Intake]:
    for file in sorted(Path(pack.folder, "examples").glob("*.yaml")):
        example = read_intake(file.read_bytes(), file.name)
        yield Intake(example.answers, example.sources)


def every_resource(pack: Pack) -> Iterator[Json]:
    """One of each kind that goes out, in every shape that the samples give it."""
    yield from questionnaires(pack).values()
    yield build_capability(pack, BASE, "1.2.3")
    yield build_operation(pack)
    yield search_questionnaires(pack, {}, BASE)
    yield search_questionnaires(pack, {"url": "urn:uuid:other"}, BASE)
    issues = [Issue("required", "QuestionnaireResponse.item[0]", "has no linkId; add it"), Issue("structure", "", "is no JSON")]
    for intake in few_intakes(pack):
        response = write_response(pack, intake)
        yield response
        yield build_guidance(pack, assess(pack, intake))
        yield ask_next(pack, response)
        yield refuse_resource(pack, response, ResourceError(issues))
