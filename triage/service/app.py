"""The service put together: routes, guards, and what is said when something fails."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from triage.assessment import assessor_for
from triage.errors import EngineFault, TriageError
from triage.library import load_pack
from triage.service import access, api_routes, assets, desk_routes, fhir_routes, hooks_routes, responses
from triage.service.context import Context
from triage.service.guards import Bounded, Measured, NamedHosts, SameOrigin, Sealed
from triage.service.settings import Settings

REMEMBERED = 500  # assessments of others, without reference and site; more would take more memory than time

_SAID = {404: "there is nothing at this address", 405: "this address is not called in this way"}


def create_app(settings: Settings) -> FastAPI:
    """The application that one worker process serves. Raises what `load_pack` raises, RequestError for a reading not there."""
    pack = load_pack(settings.pack)
    assessor = assessor_for(pack, most=REMEMBERED)
    files = assets.read_assets()
    context = Context(pack, pack.choose_reading(settings.reading), settings, assets.addresses(files))
    app = FastAPI(
        title=pack.header.title,
        version=pack.version,
        description=pack.header.intended_use,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.assessor = assessor
    routers = [routes.make_router(context) for routes in (api_routes, hooks_routes, fhir_routes, desk_routes)]
    for router in (*routers, access.make_router(settings), assets.make_router(files)):  # tried in this order
        app.router.routes.extend(router.routes)  # as they are: one that is included is looked for in two steps
    _tell_errors(app, context)
    _guard(app, settings)
    return app


def _tell_errors(app: FastAPI, context: Context) -> None:
    @app.exception_handler(EngineFault)
    async def fail(request: Request, fault: EngineFault) -> Response:
        return responses.fail(request.url.path, fault)

    @app.exception_handler(TriageError)
    async def refuse(request: Request, error: TriageError) -> Response:
        return responses.tell_error(request.url.path, context.pack, error)

    @app.exception_handler(HTTPException)
    async def say(request: Request, error: HTTPException) -> Response:
        said = _SAID.get(error.status_code, "this cannot be answered")
        return responses.say(request.url.path, error.status_code, said, headers=dict(error.headers or {}))


def _guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards around the routes; the last one added stands outermost."""
    inside_out: tuple[tuple[Any, Any], ...] = (
        (Measured, settings.limits),
        (access.Admitted, settings),
        (SameOrigin, settings),
        (Bounded, settings.limits),
        (NamedHosts, settings),
        (Sealed, settings),
    )
    for guard, told in inside_out:
        app.add_middleware(guard, told)
    if settings.cors:
        headers = ["Authorization", "Content-Type"]
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors, allow_methods=["GET", "POST"], allow_headers=headers)
