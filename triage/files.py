"""Reading within a bound, and standard output. How files are written says `publication`."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from triage.errors import RequestError, quote

STANDARD_STREAM = "-"
PIECE = 1 << 20
# How long, in seconds, somebody may take to begin writing to a pipe that is named as input.
PATIENCE, PAUSE = 5.0, 0.02


def read_bounded(name: str, limit: int) -> bytes:
    """The bytes of a file or, for `-`, of standard input: at most `limit` and one more, which the caller refuses.

    Raises RequestError if it cannot be read.
    """
    try:
        if name == STANDARD_STREAM:
            if sys.stdin is None:
                raise RequestError("standard input is closed; name a file instead of -")
            return sys.stdin.buffer.read(limit + 1)
        with open_input(name) as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error


def unreadable(name: str, error: Exception) -> RequestError:
    """A file that cannot be read: why, and what may have been meant."""
    from triage.mistakes import find_way_out  # only a mistake pays for it

    return RequestError(f"{quote(name)} cannot be read: {reason_of(error)}{find_way_out(name, error)}")


def open_input(name: str) -> IO[bytes]:
    """A file to read. A pipe that nobody writes to is waited for a while, and not for ever.

    Raises OSError, ValueError for a name that no file can have, and RequestError for such a pipe.
    """
    path = Path(name)
    if not path.is_fifo():
        return path.open("rb")
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
    end = time.monotonic() + PATIENCE
    while (first := file.read(PIECE)) == b"" and time.monotonic() < end:  # None: somebody has it open, and will write
        time.sleep(PAUSE)
    if first == b"":
        file.close()
        raise RequestError(f"{quote(name)} cannot be read: nobody writes to this pipe; write to it, or name a file")
    os.set_blocking(file.fileno(), True)
    return io.BufferedReader(_Begun(first or b"", file))


class _Begun(io.RawIOBase):
    """A pipe of which the beginning has been read."""

    def __init__(self, first: bytes, file: io.FileIO) -> None:
        self._first, self._file = first, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._first:
            return self._file.readinto(buffer)
        part, self._first = self._first[: len(buffer)], self._first[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()


def is_standard_output(path: Path) -> bool:
    return str(path) in (STANDARD_STREAM, "/dev/stdout")


def write_out(pieces: Iterable[bytes]) -> None:
    """Write to standard output. A reader that has seen enough is no failure; anything else that fails is a RequestError."""
    check_output()
    try:
        for piece in pieces:
            left = memoryview(piece)
            while left:  # without a buffer, as in many containers, one write may take a part only
                left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except OSError as error:
        # Without this Python complains once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise RequestError(f"standard output cannot be written: {reason_of(error)}") from error


def check_output() -> None:
    if sys.stdout is None:
        raise RequestError("standard output is closed; name a file to write")


def reason_of(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
