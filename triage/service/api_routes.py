"""The interface for programs of one's own: assess an intake, ask for the next question, read the questions of the pack.

An intake is what the command line reads, an assessment what it writes, byte for byte. `/health` has a fresh engine assess an
example of the pack, and compares.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from triage.alarms import find_alarm_of
from triage.assessment import Assessor, assess
from triage.errors import EngineFault, IntakeError
from triage.intake import KEYS, MAX_TOLD, TELLERS, Intake, read_intake
from triage.interview import next_question, pose
from triage.pack import Pack
from triage.parts import UNKNOWN, Question
from triage.report import as_tree, render_json
from triage.service.bodies import JSON_KINDS, media_type, read_bytes
from triage.service.context import Context
from triage.service.refusals import Refusal, tell_problems
from triage.service.routes import PlainRoute

ORIGIN = "intake.json"
HEALTH_SECONDS = 1.0


def make_router(context: Context) -> APIRouter:
    """The routes `/api/…` and `/health`."""
    router = APIRouter(route_class=PlainRoute)
    described = describe_answers(context.pack)

    @router.post("/api/assess", openapi_extra=described, responses=REFUSALS, operation_id="assess", summary="Assess one intake")
    async def assess_intake(request: Request) -> Response:
        return await _with_intake(context, request, _assess)

    @router.post(
        "/api/next-question", openapi_extra=described, responses=REFUSALS, operation_id="next_question", summary="What to ask now"
    )
    async def ask_next(request: Request) -> Response:
        return await _with_intake(context, request, _ask_next)

    @router.get("/api/pack", operation_id="pack", summary="The questions, with help and values, and what the pack is for")
    async def show_pack(_: Request) -> JSONResponse:
        return JSONResponse(describe_pack(context.pack))

    check = _Health(context)

    @router.get("/health", operation_id="health", summary="Whether an assessment comes out, and of which pack")
    async def health(_: Request) -> JSONResponse:
        return JSONResponse(check.look())

    return router


async def _with_intake(context: Context, request: Request, answer: Callable[[Context, Intake], Response]) -> Response:
    if media_type(request) not in JSON_KINDS[:1]:
        raise Refusal(415, f"this takes {JSON_KINDS[0]}; name it as the Content-Type")
    data = await read_bytes(request, context.settings.limits.body)
    intake = None
    try:
        intake = read_intake(data, ORIGIN)
        return answer(context, intake)
    except IntakeError as error:
        return _refuse_intake(context.pack, error, intake)


def _refuse_intake(pack: Pack, error: IntakeError, intake: Intake | None) -> Response:
    """What is wrong; and, where a warning sign is reported all the same, what its level says: a slip is not to hide it."""
    found = tell_problems(pack, error)
    problems = [problem._asdict() for problem in found[:MAX_TOLD]]
    if len(found) > MAX_TOLD:
        problems.append({"where": "", "message": f"{len(found) - MAX_TOLD} more problems are not listed"})
    tree: dict[str, Any] = {"error": "these answers cannot be used", "problems": problems}
    alarm = find_alarm_of(pack, intake or Intake(error.answers))
    if alarm is not None:
        tree = {"warning": alarm.action, **tree}
    return JSONResponse(tree, 400 if intake is None else 422)


def _assess(context: Context, intake: Intake) -> Response:
    assessment = assess(context.pack, intake, reading=context.reading)
    return Response(render_json([assessment]), media_type="application/json")


def _ask_next(context: Context, intake: Intake) -> Response:
    assessment = assess(context.pack, intake, reading=context.reading)
    question = next_question(context.pack, assessment)
    ask = pose(context.pack, intake, question, context.reading, assessment) if question else None
    tree = {
        "deferral": assessment.deferral,
        "headline": assessment.headline,
        "outcome": assessment.outcome,
        "settled": assessment.settled,
        "question": None if ask is None else _describe_question(ask.question),
        "phase": None if ask is None else ask.phase,
        "because": [] if ask is None else as_tree(ask.because),
        "effects": [] if ask is None else as_tree(ask.effects),
    }
    return JSONResponse(tree)


def describe_pack(pack: Pack) -> dict[str, Any]:
    """What a program is told of a pack: what it is for, and its questions."""
    header = pack.header
    return {
        "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest},
        "title": header.title,
        "intended_use": header.intended_use,
        "deferral": header.deferral.text,
        "readings": list(pack.reading_names),
        "default_reading": pack.default_reading,
        "groups": [{"id": group.group, "title": group.title} for group in pack.groups],
        "questions": [_describe_question(question) for question in pack.questions],
    }


def _describe_question(question: Question) -> dict[str, Any]:
    return {
        "id": question.question,
        "group": question.group,
        "label": question.label,
        "text": question.text,
        "help": question.help,
        "values": [{"value": value, "label": question.say(value)} for value in question.values],
        "warning": question.warning,
        "expected_from": list(question.expected_from),
    }


def describe_answers(pack: Pack) -> dict[str, Any]:
    """An intake in the words of OpenAPI. Other spellings of a value are read too; what is listed here always is."""
    answers = {name: {"type": "string", "enum": [*question.values, UNKNOWN]} for name, question in pack.question.items()}
    sources = {name: {"type": "string", "enum": list(TELLERS)} for name in pack.question}
    label = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
    properties = (label, label, _object(answers), _object(sources))
    schema = {**_object(dict(zip(KEYS, properties, strict=True))), "required": ["answers"]}
    return {"requestBody": {"required": True, "content": {JSON_KINDS[0]: {"schema": schema}}}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_ERROR = {"content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, **_ERROR}
    for status, description in {
        400: "Not readable as an intake",
        401: "A token is asked for",
        403: "Sent by a page of another origin",
        408: "The content did not come in time",
        413: "More than is read",
        415: "Another kind of content",
        421: "Called by another name",
        422: "Answers that cannot be used",
        429: "Too many requests",
        503: "No result; use the usual process without this tool",
    }.items()
}


class _Health:
    """Assesses an example with an engine made for it, at most once a second, and holds it against what the service says."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.intake = _example(context.pack)
        self.expected = assess(context.pack, self.intake, reading=context.reading)
        self.checked = -HEALTH_SECONDS

    def look(self) -> dict[str, Any]:
        now = time.monotonic()
        if now - self.checked >= HEALTH_SECONDS:
            self._check()
            self.checked = now
        pack = self.context.pack
        return {"status": "ok", "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest}}

    def _check(self) -> None:
        assessor = Assessor(self.context.pack)
        try:
            found = assessor.assess(self.intake, self.context.reading)
        finally:
            assessor.close()
        if found != self.expected:
            raise EngineFault("the example is assessed in another way than at the start")


def _example(pack: Pack) -> Intake:
    """The first example of a pack; of one without any, an intake without answers."""
    files = sorted(Path(pack.folder, "examples").glob("*.yaml"))
    return read_intake(files[0].read_bytes(), files[0].name) if files else Intake({})
