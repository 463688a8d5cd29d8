"""The command `serve`: the page and the interfaces, on this machine, or behind a proxy that speaks TLS."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
import tempfile
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.cli.options import PackOption, ReadingOption, end_help
from triage.cli.streams import ExitCode, refuse, tell
from triage.errors import RequestError, quote
from triage.files import read_bounded

if TYPE_CHECKING:
    from triage.service.settings import Settings

LIBRARIES = ("fastapi", "jinja2", "python-multipart", "pyjwt[crypto]", "uvicorn")
MODULES = ("cryptography", "fastapi", "jinja2", "jwt", "python_multipart", "uvicorn")
INSTALL = f"serve needs more libraries; install them beside this tool with: pip install {' '.join(LIBRARIES)}"
USE = (
    "For whoever prepares a consult: the page asks what intake asks, and says what the documents typically connect with the "
    "answers. Nothing about a person is kept, and no other machine is called."
)
LIMITS = "body, head, url, fields, head_seconds, body_seconds, answer_seconds, requests, connections, rate, burst"
IN_PLACE = "TOKEN"  # what is shown where the token would stand

commands = typer.Typer()


@commands.command(name="serve", epilog=end_help("triage serve --no-browser", before=USE))
def serve_command(
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Listen here; any but loopback takes --lan.")
    ] = "127.0.0.1",
    port: Annotated[
        Optional[int], typer.Option("--port", min=1, max=65535, help="Listen here; without it on 8377, or else on a free one.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser; the address is said in any case.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that answer; while one is replaced, the others do.")
    ] = 2,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let others in; takes --public-url, --token-file, --keys and --issuer.")
    ] = False,
    public_url: Annotated[
        Optional[str], typer.Option("--public-url", metavar="https://HOST", help="The address of the proxy that speaks TLS.")
    ] = None,
    token_file: Annotated[
        Optional[Path], typer.Option("--token-file", metavar="FILE", help="Holds the start token; without it one is made up.")
    ] = None,
    keys: Annotated[
        Optional[Path], typer.Option("--keys", metavar="FILE", help="Public keys of the programs that may call, a JWK set.")
    ] = None,
    issuer: Annotated[
        Optional[list[str]], typer.Option("--issuer", metavar="URL", help="A program that may call; again for each.")
    ] = None,
    leeway: Annotated[
        int, typer.Option("--leeway", min=5, max=300, metavar="SECONDS", help="How far the clocks of programs may be off.")
    ] = 5,
    cors: Annotated[
        Optional[list[str]],
        typer.Option("--cors", metavar="ORIGIN", help="An origin whose pages may call the interfaces; again for each."),
    ] = None,
    limit: Annotated[
        Optional[list[str]],
        typer.Option("--limit", metavar="NAME=NUMBER", help=f"A bound of each process: {LIMITS}; again for each."),
    ] = None,
) -> None:
    """Serve the desk page and the interfaces. To the browser of this machine, or behind a proxy to others."""
    if any(find_spec(name) is None for name in MODULES):
        raise RequestError(INSTALL)
    from triage.service.settings import DEFAULT_PORT, Settings, check_exposure, check_origin, read_limits
    from triage.service.supervisor import bind

    settings = Settings(pack=pack, reading=reading, host=host, lan=lan, leeway=leeway, workers=workers)
    settings = settings._replace(keys=keys, issuers=tuple(issuer or ()), cors=tuple(cors or ()))
    settings = settings._replace(limits=read_limits(limit or []), public_url=public_url or settings.public_url)
    check_exposure(settings, has_token=token_file is not None, is_named=public_url is not None)
    for origin in settings.cors:
        check_origin(origin, "--cors")
    settings = settings._replace(secret=_read_token(token_file) if token_file else secrets.token_urlsafe(24))
    _check_made(settings)
    listening = _bind_free(host, DEFAULT_PORT) if port is None else bind(host, port)
    at, bound = listening.getsockname()[:2]  # by its number: a name of this machine may lead a browser to another program
    url = public_url or f"http://{f'[{at}]' if ':' in at else at}:{bound}"
    with listening, tempfile.TemporaryDirectory(prefix="triage-") as state:
        _serve(settings._replace(port=bound, public_url=url, state=Path(state)), listening, token_file, not no_browser)


def _read_token(file: Path) -> str:
    from triage.service.access import SHORTEST

    token = read_bounded(str(file), 4096).decode("ascii", errors="replace").strip()
    if not SHORTEST <= len(token) <= 256 or not token.isascii() or not token.isprintable() or " " in token:
        wanted = f"one line of {SHORTEST} to 256 letters and digits, such as `openssl rand -hex 32` gives"
        raise RequestError(f"{quote(file)} holds no start token; that is {wanted}")
    return token


def _check_made(settings: Settings) -> None:
    """Find out here, with one message, what each worker process would stumble over."""
    from triage.library import load_pack
    from triage.service.hooks_gate import Gate

    load_pack(settings.pack).choose_reading(settings.reading)
    Gate(settings)


def _bind_free(host: str, port: int) -> socket.socket:
    from triage.service.supervisor import bind

    try:
        return bind(host, port)
    except RequestError:
        tell(f"port {port} is taken by another program; a free one is used instead")
        return bind(host, 0)


def _serve(settings: Settings, listening: socket.socket, token_file: Path | None, browser: bool) -> None:
    from triage.service.access import start_address
    from triage.service.supervisor import supervise

    address = start_address(settings)
    # A token that is kept is not said: what is said here may be kept as well, in a journal.
    shown = address if token_file is None else start_address(settings._replace(secret=IN_PLACE))
    holds = "" if token_file is None else f"{IN_PLACE} is what stands in {quote(token_file)}. "

    def say_ready() -> None:
        tell(f"open this address in a browser; it lets whoever has it in:\n  {shown}\n{holds}Ctrl-C ends the service.")
        if browser and _has_screen():
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    gc.enable()
    if not supervise(settings, listening, say_ready):
        refuse("the service could not be started; what stands above says why", ExitCode.UNUSABLE)
    tell("the service has ended; nothing was kept")


def _has_screen() -> bool:
    """Whether a browser would have a window; one in this terminal would take the place of what is said here."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
