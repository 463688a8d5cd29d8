"""Who may call the CDS services: whoever has a token for the address that is called, and on loopback everybody.

An address that others reach asks for a token even where this program itself listens on loopback, behind a proxy.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from starlette.requests import Request

from triage.files import read_bounded
from triage.hooks.replays import Replays
from triage.hooks.tokens import TokenError, Trust, Use, check_token, read_trust
from triage.service.settings import LOOPBACK, Settings

_KEYS_BYTES = 1 << 20


def is_public(settings: Settings) -> bool:
    """Whether others than this machine are meant to call."""
    return settings.lan or settings.host not in LOOPBACK or urlsplit(settings.public_url).hostname not in LOOPBACK


class Gate:
    """`is_shut`: callers show a token. `link` leads a person to the questions, where others than this machine can follow it.

    Raises RequestError for a file of keys that cannot be used. Without one, a gate that is shut lets nobody in.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._started = settings, time.time()
        self._trust = _read_trust(settings)
        self._replays: Replays | None = None
        self.is_shut = settings.keys is not None or is_public(settings)
        self.link = f"{settings.public_url}/" if is_public(settings) else None

    def admits(self, request: Request, path: str) -> bool:
        """Whether a request may be answered; `path` is the address that is called, below the public one."""
        if not self.is_shut:
            return True
        given = request.headers.getlist("authorization")
        kind, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if kind.lower() != "bearer":
            return False
        try:
            check_token(
                token.strip(" "),
                f"{self._settings.public_url}{path}",
                self._trust,
                now=time.time(),
                remember=self._remember,
            )
        except TokenError:
            return False
        return True

    def _remember(self, use: Use) -> bool:
        # Made when first used, so that looking at settings leaves no file behind.
        if self._replays is None:
            self._replays = Replays(self._settings.state, self._started)
        return self._replays.remember(use, now=time.time())


def _read_trust(settings: Settings) -> Trust:
    if settings.keys is None:
        return Trust({})
    return read_trust(read_bounded(str(settings.keys), _KEYS_BYTES), settings.issuers, settings.leeway)
