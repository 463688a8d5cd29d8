"""Who may ask: a person with the address that the service was started with, or a program with a token.

The address holds the start token. It is exchanged for a cookie that only this service sees, and the browser is sent on to an
address without it. A browser that comes without, say by the link of a card, is asked for the token. The cookie is derived from
the token, so that every worker process knows it and none keeps anything.
Interfaces for programs are open on loopback. Elsewhere they take the cookie, or as `Authorization: Bearer` the start token or a
token of a program whose keys are known, for the address that is called.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from triage.service import responses
from triage.service.bodies import read_form
from triage.service.hooks_gate import Gate
from triage.service.refusals import Refusal
from triage.service.routes import PlainRoute
from triage.service.settings import Settings

PARAMETER = "start"
NOT_LET_IN = "This browser was not let in yet. Open the address with the start token, or give the token here."
SHORTEST = 32


def start_address(settings: Settings) -> str:
    """The address to open once in a browser."""
    return f"{settings.public_url}/?{PARAMETER}={quote(settings.secret)}"


def cookie_name(settings: Settings) -> str:
    """A name of its own for each port: browsers do not tell the ports of a host apart."""
    return "__Host-triage" if settings.is_secure else f"triage-{urlsplit(settings.public_url).port or 80}"


def cookie_value(settings: Settings) -> str:
    """What the cookie holds; the start token cannot be read from it."""
    return hmac.new(settings.secret.encode(), b"pages", "sha256").hexdigest()


def let_in(settings: Settings, path: str) -> Response:
    """The cookie, and the way to a page."""
    response = RedirectResponse(path, 303)
    secure = settings.is_secure
    response.set_cookie(cookie_name(settings), cookie_value(settings), path="/", secure=secure, httponly=True, samesite="strict")
    return response


def make_router(settings: Settings) -> APIRouter:
    """The address that takes the start token from a form, so that it stands in no other address and no history."""
    router = APIRouter(route_class=PlainRoute, include_in_schema=False)

    @router.post(responses.ENTRY)
    async def enter(request: Request) -> Response:
        form = await read_form(request, settings.limits)
        if not _same(dict(form.fields).get(PARAMETER, "").strip(), settings.secret):
            raise Refusal(401, "That is not, or no longer, the start token of this service.")
        return let_in(settings, "/")

    @router.get(responses.ENTRY)
    async def begin(_: Request) -> Response:
        return RedirectResponse("/", 303)

    return router


class Admitted:
    """Lets through who has the cookie or a token, where one is asked for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.name, self.value = cookie_name(settings), cookie_value(settings)
        self.gate = Gate(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if responses.is_page(path) and path != responses.ENTRY:
            request = Request(scope)
            given = self._start_token(scope) if scope["method"] == "GET" else None
            if given is not None:
                await self._exchange(given, scope, receive, send)
                return
            if not self._has_cookie(request):
                if scope["method"] == "GET" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                    await responses.continue_at(quote(path))(scope, receive, send)
                    return
                raise Refusal(401, NOT_LET_IN)
        elif self.settings.lan and responses.is_below(path, responses.API, responses.FHIR) and not self._may_call(scope):
            raise Refusal(401, "this takes a token as Authorization: Bearer", {"WWW-Authenticate": "Bearer"})
        await self.app(scope, receive, send)

    def _may_call(self, scope: Scope) -> bool:
        request = Request(scope)
        return self._has_cookie(request) or self._has_token(request.headers) or self.gate.admits(request, scope["path"])

    def _start_token(self, scope: Scope) -> str | None:
        found = parse_qs(scope["query_string"].decode("latin-1")).get(PARAMETER)
        return found[0] if found else None

    async def _exchange(self, given: str, scope: Scope, receive: Receive, send: Send) -> None:
        if not _same(given, self.settings.secret):
            raise Refusal(401, "This address is not, or no longer, that of the service. Open the one that it said at its start.")
        await let_in(self.settings, quote(scope["path"]))(scope, receive, send)

    def _has_cookie(self, request: Request) -> bool:
        return _same(request.cookies.get(self.name, ""), self.value)

    def _has_token(self, headers: Headers) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and _same(token.strip(), self.settings.secret)


def _same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how much of them is."""
    return bool(expected) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())
