"""FHIR R4 below `/fhir`: the questionnaires, the next question, and the assessment of a response as guidance.

Thin: what is read and said is in `triage.fhir`. Every response is a resource, an error is an OperationOutcome, and none of them
repeats what was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from triage.fhir import conformance, operations
from triage.fhir.problems import Json, ResourceError
from triage.pack import Pack
from triage.service.bodies import JSON_KINDS, read_json
from triage.service.context import Context
from triage.service.refusals import Refusal
from triage.service.routes import PlainRoute
from triage.syntax import Tree

ROOT = "/fhir"
KIND = "application/fhir+json"
# What a client can ask for; the service speaks JSON alone.
_TAKEN = {"", "*/*", "application/*", KIND, "application/json", "text/json", "json"}

Answer = Callable[..., Json]


def make_router(context: Context) -> APIRouter:
    """The routes below `/fhir`."""
    router = APIRouter(route_class=PlainRoute, prefix=ROOT, responses=_RESPONSES)
    pack, base = context.pack, f"{context.settings.public_url}{ROOT}"
    found = conformance.questionnaires(pack)
    capability = conformance.build_capability(pack, base, version("vcf-triage"))
    operation = conformance.build_operation(pack)

    @router.get("/metadata", operation_id="fhir_metadata", summary="What the service can do, as a CapabilityStatement")
    async def tell_capability(request: Request) -> Response:
        _check_format(request)
        return _send(capability)

    @router.get("/Questionnaire", operation_id="fhir_search", summary="Questionnaires by url, version or _id")
    async def search(request: Request) -> Response:
        _check_format(request)
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "_format"]
        if len(dict(asked)) != len(asked):
            raise Refusal(400, "a parameter stands here twice; keep one")
        try:
            return _send(conformance.search_questionnaires(pack, dict(asked), base))
        except ResourceError as error:
            return _refuse(pack, None, error)

    @router.get("/Questionnaire/{name}", operation_id="fhir_questionnaire", summary="One questionnaire")
    async def read_questionnaire(request: Request, name: str) -> Response:
        return _read(request, found, name)

    @router.get("/OperationDefinition/{name}", operation_id="fhir_operation", summary="The operation `$assess`")
    async def read_operation(request: Request, name: str) -> Response:
        return _read(request, {operation["id"]: operation}, name)

    @router.post(
        "/Questionnaire/$next-question", openapi_extra=_BODY, operation_id="fhir_next_question", summary="The next question"
    )
    async def ask_next(request: Request) -> Response:
        return await _operate(context, request, operations.continue_response)

    @router.post("/QuestionnaireResponse/$assess", openapi_extra=_BODY, operation_id="fhir_assess", summary="A response assessed")
    async def assess(request: Request) -> Response:
        return await _operate(context, request, operations.assess_response)

    return router


async def _operate(context: Context, request: Request, answer: Answer) -> Response:
    _check_format(request)
    tree = await read_json(request, context.settings.limits.body, kinds=JSON_KINDS)
    try:
        return _send(answer(context.pack, tree, reading=context.reading))
    except ResourceError as error:
        return _refuse(context.pack, tree, error)


def _read(request: Request, resources: dict[str, Json], name: str) -> Response:
    _check_format(request)
    if name not in resources:
        raise Refusal(404, f"there is none of this id here; there is {', '.join(resources)}")
    return _send(resources[name])


def _check_format(request: Request) -> None:
    """Raise Refusal where only something else than JSON is wanted; `_format` counts before the header."""
    wanted = request.query_params.getlist("_format") or request.headers.get("accept", "").split(",")
    if not _TAKEN & {kind.partition(";")[0].strip().lower() for kind in wanted}:
        raise Refusal(406, f"this service gives {KIND} and nothing else")


def _refuse(pack: Pack, tree: Tree, error: ResourceError) -> Response:
    return _send(operations.refuse_resource(pack, tree, error), 400 if error.is_unreadable else 422)


def _send(resource: Json, status: int = 200) -> Response:
    return JSONResponse(resource, status, media_type=KIND)


_RESOURCE: dict[str, Any] = {KIND: {"schema": {"type": "object", "required": ["resourceType"]}}}
_BODY = {"requestBody": {"required": True, "content": _RESOURCE}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": _RESOURCE}
    for status, description in {
        200: "The resource",
        400: "Not readable as a resource of FHIR R4",
        401: "A token is asked for",
        403: "Sent by a page of another origin",
        404: "There is none of this id",
        406: "Another format is wanted",
        408: "The content did not come in time",
        413: "More than is read",
        415: "Another kind of content",
        421: "Called by another name",
        422: "A response that cannot be used",
        429: "Too many requests",
        503: "No result; use the usual process without this tool",
    }.items()
}
