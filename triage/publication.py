"""Writing whole or not at all: one file, a folder, or several of them that appear together.

Everything is written under a name of its own beside the place where it is to be (`.triage-….part`), and takes that place at the
end by renames in which no signal breaks in. What is killed before leaves such a part and nothing else. It is long because
the promise is one, and is kept by all of it together.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from triage.errors import RequestError, TriageError, quote
from triage.files import PATIENCE, PAUSE, PIECE, check_output, is_standard_output, reason_of, write_out
from triage.signals import HeldSignals

# Arrow writes thousands of small pieces. What is larger goes by without being copied.
WRITTEN_AT_ONCE = 1 << 16


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it appears whole or, on any failure, stays as it was. Raises RequestError if it cannot be written.

    A link stays one, and what it leads to is written; a pipe or a device is written as it stands.
    """
    data = content if isinstance(content, bytes) else content.encode()
    with writing_whole(path) as file:
        file.write(data)


@contextmanager
def writing_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write piece by piece, which appears as `write_whole` has it when the block ends, and not if the block fails."""
    with publishing() as publication:
        yield publication.open(path)


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
        with publishing() as publication:
            yield publication.make_folder(folder)
    except (OSError, ValueError) as error:
        raise _unmade(folder, error) from error


@contextmanager
def publishing(*, replaces: bool = True) -> Iterator[Publication]:
    """Files and folders that appear when the block ends, and not if the block fails.

    Without `replaces`, what has appeared meanwhile under one of their names is left alone, and none of them appears.
    """
    publication = Publication(replaces=replaces)
    try:
        yield publication
        publication.publish()
    finally:
        publication.discard()


class _Draft(NamedTuple):
    """Something on its way to `target`: a file in `temporary`, a folder (no file), or what a stream is to be given (no name)."""

    path: Path
    target: Path
    temporary: Path | None
    file: IO[bytes] | None
    mode: int = 0


class Publication:
    """Collects what is to appear. Every failure is a RequestError that names the file or folder that it befell."""

    def __init__(self, *, replaces: bool) -> None:
        self._replaces = replaces
        self._drafts: list[_Draft] = []

    def open(self, path: Path) -> IO[bytes]:
        """A file to write. What is meant for a pipe, a device or standard output (`-`) is kept on disk until the end."""
        to_output = is_standard_output(path)
        if to_output:
            check_output()
        try:
            # A link is followed here: what is renamed below is to take the place of a file, never of a link such as /dev/stdout.
            target = path.resolve()
            if to_output or (target.exists() and not target.is_file()):
                with tempfile.TemporaryFile() as nameless:
                    handle = os.dup(nameless.fileno())
                draft = _Draft(path, target, None, cast(IO[bytes], io.BufferedRandom(_Named(handle, path))))
                self._drafts.append(draft)
            else:
                mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
                draft = self._begin(_Draft(path, target, _name_beside(target), None, mode))
                handle = os.open(_name_of(draft), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                draft = draft._replace(file=cast(IO[bytes], io.BufferedWriter(_Named(handle, path), WRITTEN_AT_ONCE)))
                self._drafts[-1] = draft
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a link that leads to itself
            raise _unwritable(path, error) from error
        assert draft.file is not None
        return draft.file

    def _begin(self, draft: _Draft) -> _Draft:
        """Note a draft before there is anything of it: an interruption just then leaves nothing behind."""
        self._drafts.append(draft)
        return draft

    def make_folder(self, folder: Path) -> Path:
        """A folder to fill. Raises RequestError if something of this name is there already."""
        try:
            if os.path.lexists(folder):
                raise RequestError(f"{quote(folder)} is there already and stays as it is; choose another name")
            draft = self._begin(_Draft(folder, folder, _name_beside(folder), None, 0o777 & ~_umask()))
            temporary = _name_of(draft)
            temporary.mkdir(mode=0o700)
        except (OSError, ValueError) as error:
            raise _unmade(folder, error) from error
        return temporary

    def publish(self) -> None:
        """Have everything appear: first what goes to streams, which may fail in the middle, then the rest at once."""
        for draft in self._drafts:
            with _blaming(draft):
                _finish(draft)
        for draft in self._drafts:
            if draft.temporary is None:
                with _blaming(draft):
                    _pass_on(draft)
        with HeldSignals():
            self._place([draft for draft in self._drafts if draft.temporary is not None])

    def _place(self, drafts: list[_Draft]) -> None:
        placed: list[_Draft] = []
        for draft in drafts:
            try:
                _place(draft, replaces=self._replaces)
            except OSError as error:
                stands = "" if not self._replaces else ", ".join(quote(each.path) for each in placed)
                if not self._replaces:
                    for each in placed:
                        _remove(each.target)
                if isinstance(error, FileExistsError) and not self._replaces:
                    message = f"{quote(draft.path)} has appeared meanwhile, and stays as it is; nothing was written"
                    raise RequestError(message) from error
                raise _unwritable(draft.path, error, f"written already: {stands}" if stands else "nothing was changed") from error
            placed.append(draft)
        self._drafts.clear()

    def discard(self) -> None:
        """Take away what did not appear."""
        for draft in self._drafts:
            if draft.file is not None:
                with suppress(OSError, ValueError, TriageError):  # what is left in a buffer has nowhere to go
                    draft.file.close()
            if draft.temporary is not None:
                _remove(draft.temporary)
        self._drafts.clear()


class _Named(io.FileIO):
    """A file of which a failing write tells what was being written, whoever writes it."""

    def __init__(self, handle: int, path: Path) -> None:
        super().__init__(handle, "w+")
        self._path = path

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise _unwritable(self._path, error) from error


@contextmanager
def _blaming(draft: _Draft) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(draft.path, error) from error


def _finish(draft: _Draft) -> None:
    """Everything written to disk, with the mode that it is to have."""
    if draft.file is None and draft.temporary is not None:
        draft.temporary.chmod(draft.mode)
    elif draft.file is not None:
        draft.file.flush()
        if draft.temporary is not None:
            os.fchmod(draft.file.fileno(), draft.mode)
            os.fsync(draft.file.fileno())
            draft.file.close()


def _pass_on(draft: _Draft) -> None:
    assert draft.file is not None
    draft.file.seek(0)
    if is_standard_output(draft.path):
        write_out(iter(partial(draft.file.read, PIECE), b""))
    else:
        with draft.target.open("wb") as stream:
            shutil.copyfileobj(draft.file, stream)
    draft.file.close()


def _place(draft: _Draft, *, replaces: bool) -> None:
    """Give a draft its name. Raises OSError, and FileExistsError where something is there that is not to be replaced."""
    temporary = _name_of(draft)
    if draft.file is None:
        if os.path.lexists(draft.target):  # a rename would replace an empty folder
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        temporary.rename(draft.target)
        return
    if not replaces:
        try:
            os.link(temporary, draft.target)
        except FileExistsError:
            raise
        except OSError as error:  # a file system without links
            if os.path.lexists(draft.target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        else:
            temporary.unlink()
            return
    temporary.replace(draft.target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # it may never have come to be, for whatever reason
            path.unlink()


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
        raise RequestError(f"{quote(path)} cannot be written: {reason_of(error)}; nothing was asked") from error


def _name_beside(path: Path) -> Path:
    """A name that nothing has."""
    return path.parent / f".triage-{os.urandom(16).hex()}.part"


def _name_of(draft: _Draft) -> Path:
    assert draft.temporary is not None
    return draft.temporary


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: Exception, standing: str = "nothing was changed") -> RequestError:
    return RequestError(f"{quote(path)} cannot be written: {reason_of(error)}; {standing}")


def _unmade(folder: Path, error: Exception) -> RequestError:
    return RequestError(f"{quote(folder)} cannot be made: {reason_of(error)}; nothing was changed")
