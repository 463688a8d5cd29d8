"""HTTP on a connection: uvicorn's reading of it through h11, with a bound to every wait and to the number of connections.

uvicorn waits without end for the rest of a head, for somebody who does not take an answer, and reads without end what follows a
request that is answered already.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from triage.service.settings import Limits

_PHRASES = {
    400: ("Bad Request", "not readable as an HTTP request"),
    408: ("Request Timeout", "the request did not come in time"),
    429: ("Too Many Requests", "too many connections; wait a moment"),
    431: ("Request Header Fields Too Large", "the head of the request is too long"),
}


class BoundedProtocol(H11Protocol):
    """A connection that is closed when a request does not come to its end in time."""

    def __init__(self, *args: Any, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = limits
        self.clock: asyncio.TimerHandle | None = None
        self.awaited: object = None
        self.taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        transport.set_write_buffer_limits(
            high=0
        )  # so that it is told whenever something waits to be taken, and when nothing does
        if len(self.connections) > self.limits.connections:
            self._dismiss(429)
        else:
            self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self._stop_taking()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            super().data_received(data)
        except h11.ProtocolError:
            self.transport.abort()
        self._mind()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.taking = self.loop.call_later(self.limits.answer_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_taking()
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._mind()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn would say
        error = sys.exc_info()[1]
        self._dismiss(431 if getattr(error, "error_status_hint", 400) == 431 else 400)

    def _mind(self) -> None:
        """Let the clock run while a head is awaited, or the rest of a body, be it one that nobody reads any more."""
        awaited = {h11.IDLE: self.limits.head_seconds, h11.SEND_BODY: self.limits.body_seconds}
        state = self.conn.their_state
        if state is not self.awaited:
            self._stop()
            self.awaited = state
            if state in awaited:
                self.clock = self.loop.call_later(awaited[state], self._expire)

    def _stop(self) -> None:
        if self.clock is not None:
            self.clock.cancel()
            self.clock = None

    def _stop_taking(self) -> None:
        if self.taking is not None:
            self.taking.cancel()
            self.taking = None

    def _expire(self) -> None:
        self.clock = None
        if not self.transport.is_closing():
            self._dismiss(408)

    def _dismiss(self, status: int) -> None:
        """Say why, where nothing has been said yet, and hang up."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            phrase, message = _PHRASES[status]
            body = message.encode()
            retry = "Retry-After: 1\r\n" if status == 429 else ""
            head = (
                f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                f"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{retry}Connection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
