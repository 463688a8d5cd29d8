"""What the OpenAPI description says is so: schemathesis, which nobody here wrote, makes requests of it, sound ones and others."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from asgi import HOST, SETTINGS
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from triage.service.app import create_app
from triage.service.settings import Limits

REQUESTS = int(os.environ.get("TRIAGE_REQUESTS", "20"))
CHECKS: list[Any] = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = (
    "POST /api/assess", "POST /api/next-question", "GET /api/pack", "GET /health",
    "GET /fhir/metadata", "GET /fhir/Questionnaire", "GET /fhir/Questionnaire/{name}", "GET /fhir/OperationDefinition/{name}",
    "POST /fhir/Questionnaire/$next-question",
    "POST /fhir/QuestionnaireResponse/$assess",
    "GET /cds-services", "POST /cds-services/{service}",
    "POST /cds-services/{service}/feedback", "GET /cds-services/{service}/feedback",
)  # fmt: skip

# What has no body cannot be sent wrongly.
MODES = [
    (name, mode) for name in OPERATIONS for mode in GenerationMode if mode is GenerationMode.POSITIVE or name.startswith("POST")
]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    app = create_app(SETTINGS._replace(limits=Limits(rate=1e9, burst=10**9)))
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    return {operation.label: operation for operation in operations}


def test_every_interface_is_described(described: dict[str, Any]) -> None:
    assert set(described) == set(OPERATIONS)


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_whatever_is_sent_the_answer_is_one_that_is_described(
    described: dict[str, Any], operation: str, mode: GenerationMode
) -> None:
    seen: set[int] = set()
    strategy = described[operation].as_strategy(generation_mode=mode)

    @settings(max_examples=REQUESTS, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(strategy)
    def ask(case: Any) -> None:
        answer = case.call_and_validate(base_url=f"http://{HOST}", checks=CHECKS)
        seen.add(answer.status_code)

    ask()
    assert not seen & {403, 421, 429}, "the guards kept it from what is looked at"
