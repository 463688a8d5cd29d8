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
            return sys.stdin.buffer.read(limit + 1)
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise RequestError(f"{quote(name)} cannot be read: {_reason(error)}") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it appears whole or, on any failure, stays as it was. Raises RequestError if it cannot be written."""
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except (OSError, ValueError) as error:
        raise RequestError(f"{quote(path)} cannot be written: {_reason(error)}; nothing was changed") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
