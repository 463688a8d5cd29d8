"""What a service is told at its start, and hands to each of its worker processes.

Only plain values, so that it crosses from one process to another. `state` is a private folder that the workers share, for marks
such as the numbers of tokens seen; no answer is ever put there. `secret` is known to the workers and to whoever started them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from triage.errors import RequestError, quote
from triage.library import DEFAULT_PACK

LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8377

_PORTS = {"http": 80, "https": 443}
_HOST = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*"  # a name, or what stands in brackets


class Limits(NamedTuple):
    """What one worker process takes: sizes in bytes, times in seconds, `rate` in requests a second after a burst."""

    body: int = 256 << 10
    head: int = 16 << 10
    url: int = 2 << 10
    fields: int = 500
    head_seconds: float = 10
    body_seconds: float = 10
    answer_seconds: float = 30
    requests: int = 64
    connections: int = 512
    rate: float = 200
    burst: int = 400


def read_limits(given: Sequence[str]) -> Limits:
    """The usual limits with some set, each as `name=number`. Raises RequestError for what is none."""
    limits = Limits()
    for text in given:
        name, _, number = text.partition("=")
        if name not in Limits._fields or not re.fullmatch("[1-9][0-9]{0,8}", number, re.ASCII):
            raise RequestError(f"--limit {quote(text)} sets no limit; write NAME=NUMBER with {', '.join(Limits._fields)}")
        limits = limits._replace(**{name: int(number)})
    return limits


class Settings(NamedTuple):
    """How a service runs. `public_url` is what others call it: scheme, host and port, no path and no slash at the end.

    `lan` says that other machines reach it, and so that every caller is asked who it is; `keys` is a file with a JWK set.
    """

    pack: str = DEFAULT_PACK
    reading: str | None = None
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_url: str = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    lan: bool = False
    keys: Path | None = None
    issuers: tuple[str, ...] = ()
    leeway: int = 5
    cors: tuple[str, ...] = ()
    workers: int = 2
    secret: str = ""
    state: Path = Path()
    limits: Limits = Limits()

    @property
    def origin(self) -> str:
        """The origin of the pages, as a browser names it."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the service over TLS."""
        return self.public_url.startswith("https://")


def check_exposure(settings: Settings, *, has_token: bool, is_named: bool) -> None:
    """Raise RequestError, with all that is missing, where other machines would reach a service that lets anybody in.

    `is_named`: a public address was given, if only that of this machine, on which another program may listen.
    """
    exposed = settings.host not in LOOPBACK or is_named
    if not settings.lan:
        if exposed:
            raise RequestError("other machines would reach this service; that takes --lan, or leave out --host and --public-url")
        return
    missing = [
        name
        for name, given in {
            "--public-url https://…, the address of the proxy that speaks TLS": settings.is_secure,
            "--token-file, which lets people in": has_token,
            "--keys, by which programs are known": settings.keys is not None,
            "--issuer, the programs that may call": bool(settings.issuers),
        }.items()
        if not given
    ]
    if missing:
        raise RequestError(f"--lan takes also {'; '.join(missing)}")
    check_origin(settings.public_url, "--public-url")


def check_origin(address: str, option: str) -> None:
    """Raise RequestError unless an address is an origin as browsers name it: one written in another way would never be met."""
    try:
        parts = urlsplit(address)
        plain = re.fullmatch(_HOST, parts.hostname or "") is not None and parts.port not in (0, _PORTS.get(parts.scheme))
    except ValueError:
        plain = False
    rest = address.removeprefix(f"{parts.scheme}://") if plain else ""
    if not plain or parts.scheme not in _PORTS or parts.netloc.lower() != rest or "@" in rest or rest.endswith(":"):
        form = "https://host or https://host:port in small letters of ASCII, without the usual port"
        raise RequestError(f"{option} {quote(address)} is no origin; write it as {form}")
