"""Signals that have to wait: whoever is interrupted inside durable-rules has lost either the interruption or the interpreter.

A thread that masks a signal is not enough: the system hands it to another thread, such as one of Arrow's, and the interpreter
then runs the handler in the first. So a handler asks `is_waiting` first, and what had to wait is raised again afterwards.
"""

from __future__ import annotations

import signal
import threading

INTERRUPTING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class _Here(threading.local):
    """Whether this thread is where no signal may reach it, and which ones came meanwhile."""

    inside = False

    def __init__(self) -> None:
        self.waiting: list[int] = []


_here = _Here()


class HeldSignals:
    """A block that no signal breaks off: it comes when the block has ended. For a handler that asks `is_waiting`, in any process;
    for every other handler where no further thread takes signals."""

    def __enter__(self) -> None:
        _here.inside = True
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTING)

    def __exit__(self, *_: object) -> None:
        _here.inside = False
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        while _here.waiting:
            signal.raise_signal(_here.waiting.pop())


def is_waiting(number: int) -> bool:
    """Whether a signal has to wait, as a handler asks that is about to raise; it is then raised again."""
    if _here.inside:
        _here.waiting.append(number)
    return _here.inside
