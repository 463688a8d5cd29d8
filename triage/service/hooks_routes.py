"""CDS Hooks over HTTP: discovery, one address for each service, and feedback. What is said is made in `triage.hooks`.

Callers show a token, save where only this machine can call. A call that cannot be answered gets an OperationOutcome, as the
ballot of version 3 has it; one without a sound token gets 401 and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from triage.errors import IntakeError
from triage.fhir.problems import Issue, build_outcome
from triage.hooks.answers import answer_call
from triage.hooks.calls import read_call
from triage.hooks.feedback import count_feedback, read_counts, read_feedback
from triage.hooks.services import HOOKS, PREFETCH_KEY, Service, describe_services, list_services
from triage.service.bodies import read_json
from triage.service.context import Context
from triage.service.hooks_gate import Gate
from triage.service.refusals import Refusal
from triage.service.routes import PlainRoute

ROOT = "/cds-services"
_KINDS = ("application/json",)
_NO_PREFETCH = (
    f"the prefetch {PREFETCH_KEY} is missing, and no FHIR server is called for it; give it, or null where there is none"
)


def make_router(context: Context) -> APIRouter:
    """The routes `/cds-services…`. Raises RequestError for a file of keys that cannot be used."""
    router, hooks = APIRouter(route_class=PlainRoute), _Hooks(context)
    add, service = router.add_api_route, f"{ROOT}/{{service}}"
    add(ROOT, hooks.discover, operation_id="cds_discovery", summary="Which CDS services there are", responses=REFUSALS)
    add(service, hooks.call, methods=["POST"], openapi_extra=CALL, operation_id="cds_call", summary="A card", responses=REFUSALS)
    told = f"{service}/feedback"
    add(told, hooks.take_feedback, methods=["POST"], openapi_extra=FEEDBACK, operation_id="cds_feedback", responses=REFUSALS)
    add(told, hooks.tell_counts, operation_id="cds_counts", summary="What became of cards, in numbers", responses=REFUSALS)
    return router


class _Hooks:
    """The routes of a pack's services."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context.settings)
        self._services = {service.id: service for service in list_services(context.pack)}

    async def discover(self, request: Request) -> Response:
        if not self._gate.admits(request, ROOT):
            return _unknown_caller()
        return JSONResponse(describe_services(self._context.pack, authenticated=self._gate.is_shut))

    async def call(self, request: Request, service: str) -> Response:
        if not self._gate.admits(request, f"{ROOT}/{service}"):
            return _unknown_caller()
        context, found = self._context, self._find(service)
        tree = await read_json(request, context.settings.limits.body, kinds=_KINDS)
        try:
            answer = answer_call(context.pack, read_call(tree, found.hook), reading=context.reading, link=self._gate.link)
        except IntakeError as error:
            return _refuse(error)
        if answer is None:
            return JSONResponse(build_outcome([Issue("required", "", _NO_PREFETCH)]), 412)
        return JSONResponse(answer)

    async def take_feedback(self, request: Request, service: str) -> Response:
        if not self._gate.admits(request, f"{ROOT}/{service}/feedback"):
            return _unknown_caller()
        context, found = self._context, self._find(service)
        tree = await read_json(request, context.settings.limits.body, kinds=_KINDS)
        try:
            fates = read_feedback(context.pack, tree)
        except IntakeError as error:
            return _refuse(error)
        await run_in_threadpool(count_feedback, context.settings.state, found.id, fates)  # it may wait for another process
        return Response(status_code=200)

    async def tell_counts(self, request: Request, service: str) -> Response:
        if not self._gate.admits(request, f"{ROOT}/{service}/feedback"):
            return _unknown_caller()
        return JSONResponse(read_counts(self._context.settings.state, self._find(service).id))

    def _find(self, service: str) -> Service:
        if service not in self._services:
            raise Refusal(404, f"there is no such service; GET {ROOT} lists those that there are")
        return self._services[service]


def _unknown_caller() -> Response:
    return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})


def _refuse(error: IntakeError) -> Response:
    """What does not follow the standard, and where; nothing of what was sent."""
    return JSONResponse(build_outcome(Issue("invalid", problem.where, problem.message) for problem in error.problems), 400)


def _takes(properties: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": [name for name in properties if name != "prefetch"]}
    return {"requestBody": {"required": True, "content": {_KINDS[0]: {"schema": schema}}}}


_UUID = {"type": "string", "format": "uuid"}
_TEXT = {"type": "string", "minLength": 1}
_CONTEXT = {
    "type": "object",
    "properties": {"userId": _TEXT, "patientId": _TEXT, "appointments": {"type": "object"}},
    "required": ["userId", "patientId"],
}
_PREFETCH = {"type": "object", "properties": {PREFETCH_KEY: {"type": ["object", "null"]}}}
CALL = _takes(
    {
        "hook": {"type": "string", "enum": list(HOOKS)},
        "hookInstance": _UUID,
        "context": _CONTEXT,
        "prefetch": _PREFETCH,
    }
)
_FATE = {
    "type": "object",
    "properties": {"card": _UUID, "outcome": {"enum": ["accepted", "overridden"]}, "outcomeTimestamp": _TEXT},
    "required": ["card", "outcome", "outcomeTimestamp"],
}
FEEDBACK = _takes({"feedback": {"type": "array", "items": _FATE}})
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": said}
    for status, said in {
        400: "Not what CDS Hooks has here",
        401: "No token for this address, or not a sound one",
        404: "No such service",
        412: "The prefetch is missing",
        413: "More than is read",
        415: "Another kind of content",
        429: "Too many requests",
    }.items()
}
