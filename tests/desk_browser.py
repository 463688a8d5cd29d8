"""The service in a thread and a page of Chromium that calls nothing but it, for the tests of the desk and its pictures."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asgi import SECRET
from foreign import MODULES

from triage.service.app import create_app
from triage.service.settings import Limits, Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Fields = list[tuple[str, str]]

# A form is sent as a page sends one; `submit` of a form asks nobody whether to leave.
SEND = """([action, fields]) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = action;
    for (const [name, value] of fields) {
        const field = document.createElement('input');
        field.type = 'hidden';
        field.name = name;
        field.value = value;
        form.append(field);
    }
    document.body.append(form);
    form.submit();
}"""
AXE = "() => axe.run(document, {resultTypes: ['violations']})"


@contextmanager
def serving() -> Iterator[str]:
    """The address of a service that runs for as long as the block does."""
    import uvicorn

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    limits = Limits(rate=10_000, burst=10_000)
    settings = Settings(port=port, public_url=f"http://127.0.0.1:{port}", secret=SECRET, limits=limits)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=port, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield settings.public_url
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page of the desk. That it asked for something elsewhere, put an answer into an address, kept something or met an error
    fails when the block ends."""
    context = browser.new_context(accept_downloads=True, **options)
    addresses: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    context.on(
        "console", lambda message: errors.append(f"{message.text} {message.location}") if message.type == "error" else None
    )
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{url}/?start={SECRET}")
    yield page
    # A mistake on a page, a service cut off on purpose, a page of the service that has no icon.
    expected = ("status of 401", "status of 422", "ERR_FAILED", "/favicon.ico")
    kept = page.evaluate("() => localStorage.length + sessionStorage.length") if options.get("java_script_enabled", True) else 0
    cookies = [cookie.get("httpOnly") for cookie in context.cookies()]
    context.close()
    assert [error for error in errors if not any(word in error for word in expected)] == []
    assert [address for address in addresses if not address.startswith(f"{url}/")] == []
    assert [address for address in addresses if "?" in address] == [f"{url}/?start={SECRET}"]
    assert (kept, cookies) == (0, [True])


def send(page: Page, action: str, fields: Fields) -> None:
    """Come to a page by the fields of a form."""
    with page.expect_navigation():
        page.evaluate(SEND, [action, fields])


def find_violations(page: Page) -> list[str]:
    """What axe-core finds on a page as it stands."""
    page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(AXE)
    return [f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
