"""What stands between a connection and the routes, each a plain ASGI middleware that does one thing.

From the outside in: `Sealed` (headers on every response, no failure shown), `NamedHosts` (who is called), `Bounded` (how many
requests), `SameOrigin` (which page asks), `Measured` (how long a body is). `access` is about who asks, `protocol` about waiting.
"""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage.service import responses
from triage.service.refusals import Refusal
from triage.service.settings import LOOPBACK, Limits, Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SECURE_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Sealed:
    """Puts the headers on every response that has none of its own, answers HEAD as GET, and lets no failure out."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        headers = {**HEADERS, **(SECURE_HEADERS if settings.is_secure else {})}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = False

        async def seal(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = {name.lower() for name, _ in message["headers"]}
                own = [header for header in self.headers if header[0] not in given]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self.app(inner, receive, seal)
        except ClientDisconnect:
            return
        except Refusal as refusal:
            response = responses.refuse(scope["path"], refusal)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is shown more than that there is no result
            response = responses.fail(scope["path"], error)
        else:
            return
        if not started:
            await response(scope, receive, seal)


def own_hosts(settings: Settings) -> frozenset[str]:
    """The names, with their ports, by which this service may be called."""
    names = [*LOOPBACK[:1], "[::1]", *LOOPBACK[2:]]
    public = urlsplit(settings.public_url).netloc.lower()
    bare = names if settings.port == 80 else []
    return frozenset((public, *(f"{name}:{settings.port}" for name in names), *bare))


def _values(scope: Scope, wanted: bytes) -> list[str]:
    """What a request gives under the name of a header; names come in small letters."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


class NamedHosts:
    """Refuses a request for another host: a page elsewhere whose name was pointed here, or a proxy that was set up wrongly."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = own_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise Refusal(421, "this service does not answer under that name; use the address that it was started with")
        path = scope["path"]
        if not path.startswith("/") or path.startswith("//") or not path.isprintable():
            raise Refusal(400, "not a path of this service")
        await self.app(scope, receive, send)


class Bounded:
    """Refuses what is more than this process takes at once, or in the long run: a bucket that fills at a steady rate."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.running = 0
        self.tokens = float(limits.burst)
        self.filled = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > self.limits.url:
            raise Refusal(414, f"an address of more than {self.limits.url:,} bytes is not read")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self.limits.head:  # h11 looks at what is unfinished
            raise Refusal(431, f"headers of more than {self.limits.head:,} bytes are not read")
        self._take()
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1

    def _take(self) -> None:
        now = time.monotonic()
        self.tokens = min(float(self.limits.burst), self.tokens + (now - self.filled) * self.limits.rate)
        self.filled = now
        if self.running >= self.limits.requests or self.tokens < 1:
            raise Refusal(429, "too many requests; wait a moment", {"Retry-After": "1"})
        self.tokens -= 1


class SameOrigin:
    """Refuses what a page of another origin sends. Programs that are no browsers send neither header, and are let through.

    A form sent under `no-referrer` has the origin `null`; then `Sec-Fetch-Site`, which no page can set, says where it is from.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        schemes = ("https",) if settings.is_secure else ("http",)
        self.origins = {f"{scheme}://{host}" for scheme in schemes for host in own_hosts(settings)}
        self.invited = set(settings.cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in SAFE_METHODS and not self._is_own(scope):
            raise Refusal(403, "sent by a page of another origin")
        await self.app(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        origins, sites = _values(scope, b"origin"), _values(scope, b"sec-fetch-site")
        if len(origins) > 1 or len(sites) > 1:
            return False
        if origins and origins[0] in self.invited and not responses.is_page(scope["path"]):
            return True
        if sites and sites[0] not in ("same-origin", "none"):
            return False
        return not origins or origins[0] in self.origins or (origins[0] == "null" and bool(sites))


class Measured:
    """Counts the bytes of a body, whoever reads it and whatever its headers say."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for declared in _values(scope, b"content-length"):
            if not re.fullmatch("[0-9]{1,12}", declared, re.ASCII) or int(declared) > self.limits.body:
                raise self._too_long()
        size = 0

        async def count() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.limits.body:
                raise self._too_long()
            return message

        await self.app(scope, count, send)

    def _too_long(self) -> Refusal:
        return Refusal(413, f"more than {self.limits.body:,} bytes, which are the most that is read", {"Connection": "close"})
