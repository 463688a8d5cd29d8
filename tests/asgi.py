"""An ASGI application called inside the process, as a server would call it, with nothing between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from triage.service.access import cookie_name, cookie_value
from triage.service.settings import Settings

SECRET = "a-start-token-that-only-the-tests-know"
SETTINGS = Settings(secret=SECRET)
HOST = "127.0.0.1:8377"
COOKIE = ("Cookie", f"{cookie_name(SETTINGS)}={cookie_value(SETTINGS)}")
JSON = ("Content-Type", "application/json")


class Answer(NamedTuple):
    """What came back; `headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def tree(self) -> Any:
        return json.loads(self.body)


def call(
    app: Callable[..., Any],
    method: str,
    target: str,
    *headers: tuple[str, str],
    body: bytes | Iterable[bytes] = b"",
    host: str | None = HOST,
) -> Answer:
    """One request. A body may come in parts."""
    path, _, query = target.partition("?")
    given = [*([("Host", host)] if host is not None else []), *headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8377), "state": {},
    }  # fmt: skip
    return asyncio.run(_call(app, scope, [body] if isinstance(body, bytes) else list(body)))


async def _call(app: Callable[..., Any], scope: dict[str, Any], parts: list[bytes]) -> Answer:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
