"""Reading within a bound, and writing whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
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
        raise RequestError(f"{quote(name)} cannot be read: {_reason(error)}") from error


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


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it appears whole or, on any failure, stays as it was. Raises RequestError if it cannot be written.

    A link stays one, and what it leads to is written; a pipe or a device is written as it stands.
    """
    data = content if isinstance(content, bytes) else content.encode()
    with writing_whole(path) as file:
        file.write(data)


@contextmanager
def writing_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write piece by piece, which appears as `write_whole` has it when the block ends, and not if the block fails.

    What is meant for a pipe, a device or standard output (`-`) is kept on disk until then, and no file is put in its place.
    """
    to_output = is_standard_output(path)
    if to_output:
        _check_output()
    try:
        # A link is followed here: what is renamed below is to take the place of a file, never of a link such as /dev/stdout.
        target = path.resolve()
        is_stream = to_output or (target.exists() and not target.is_file())
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a link that leads to itself
        raise _unwritable(path, error) from error
    try:
        if is_stream:
            with tempfile.TemporaryFile() as file:
                yield file
                file.seek(0)
                if to_output:
                    write_out(iter(partial(file.read, PIECE), b""))
                else:
                    with target.open("wb") as stream:
                        shutil.copyfileobj(file, stream)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        temporary = _name_beside(target)
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from error


def is_standard_output(path: Path) -> bool:
    return str(path) in (STANDARD_STREAM, "/dev/stdout")


def write_out(pieces: Iterable[bytes]) -> None:
    """Write to standard output. A reader that has seen enough is no failure; anything else that fails is a RequestError."""
    _check_output()
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
            raise RequestError(f"standard output cannot be written: {_reason(error)}") from error


def _check_output() -> None:
    if sys.stdout is None:
        raise RequestError("standard output is closed; name a file to write")


def _unwritable(path: Path, error: Exception) -> RequestError:
    return RequestError(f"{quote(path)} cannot be written: {_reason(error)}; nothing was changed")


def write_folder_whole(folder: Path, files: Mapping[str, str]) -> None:
    """Make a new folder with these files as `making_folder_whole` does; names are relative to it."""
    with making_folder_whole(folder) as made:
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_text(content, encoding="utf-8")


@contextmanager
def making_folder_whole(folder: Path) -> Iterator[Path]:
    """A folder to fill, which appears under its name when the block ends, and not if the block fails.

    Raises RequestError if something of this name is there already, or if it cannot be made.
    """
    try:
        if os.path.lexists(folder):
            raise RequestError(f"{quote(folder)} is there already and stays as it is; choose another name")
        temporary = _name_beside(folder)
        try:
            temporary.mkdir(mode=0o700)
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            temporary.rename(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except (OSError, ValueError) as error:
        raise RequestError(f"{quote(folder)} cannot be made: {_reason(error)}; nothing was changed") from error


@contextmanager
def alone_beside(path: Path) -> Iterator[None]:
    """One process at a time in the folder of a file, for as long as the block takes.

    Nothing is written for it, and nobody waits for ever: where a folder cannot be locked the block runs all the same.
    """
    handle, end = -1, time.monotonic() + PATIENCE
    try:
        with suppress(OSError, RuntimeError):
            handle = os.open(path.resolve().parent, os.O_RDONLY | os.O_CLOEXEC)
            while not _lock(handle) and time.monotonic() < end:
                time.sleep(PAUSE)
        yield
    finally:
        with suppress(OSError):
            os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_writable(path: Path) -> None:
    """Raise RequestError where `write_whole` would fail now; nothing is left behind."""
    try:
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.is_file() or not target.exists():
            tempfile.TemporaryFile(dir=target.parent, prefix=".triage-").close()
    except (OSError, RuntimeError, ValueError) as error:
        raise RequestError(f"{quote(path)} cannot be written: {_reason(error)}; nothing was asked") from error


def _name_beside(path: Path) -> Path:
    """A name that nothing has. It is known before anything is made: an interruption just then leaves nothing behind."""
    return path.parent / f".triage-{os.urandom(16).hex()}.part"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
