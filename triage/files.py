"""Reading within a bound, and writing whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from triage.errors import RequestError, quote

STANDARD_STREAM = "-"


def read_bounded(name: str, limit: int) -> bytes:
    """The bytes of a file or, for `-`, of standard input: at most `limit` and one more, which the caller refuses.

    Raises RequestError if it cannot be read.
    """
    try:
        if name == STANDARD_STREAM:
            if sys.stdin is None:
                raise RequestError("standard input is closed; name a file instead of -")
            return sys.stdin.buffer.read(limit + 1)
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise RequestError(f"{quote(name)} cannot be read: {_reason(error)}") from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it appears whole or, on any failure, stays as it was. Raises RequestError if it cannot be written.

    A link stays one, and what it leads to is written; a pipe or a device is written as it stands.
    """
    data = content if isinstance(content, bytes) else content.encode()
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".triage-", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a link that leads to itself
        raise RequestError(f"{quote(path)} cannot be written: {_reason(error)}; nothing was changed") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
