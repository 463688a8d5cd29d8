"""Writing whole or not at all: one file, a folder, or several of them that appear together.

Everything is written under a name of its own beside the place where it is to be (`.triage-….part`), and takes that place at the
end by renames in which no signal breaks in. What is killed before leaves such a part and nothing else.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from triage.errors import RequestError, TriageError, quote
from triage.files import PIECE, check_output, is_standard_output, reason_of, write_out

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
                handle, temporary = tempfile.mkstemp()
                Path(temporary).unlink()
                draft = _Draft(path, target, None, cast(IO[bytes], io.BufferedRandom(_Named(handle, path))))
            else:
                mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
                handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".triage-", suffix=".part")
                draft = _Draft(path, target, Path(temporary), cast(IO[bytes], io.BufferedWriter(_Named(handle, path))), mode)
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a link that leads to itself
            raise _unwritable(path, error) from error
        assert draft.file is not None
        self._drafts.append(draft)
        return draft.file

    def make_folder(self, folder: Path) -> Path:
        """A folder to fill. Raises RequestError if something of this name is there already."""
        try:
            if os.path.lexists(folder):
                raise RequestError(f"{quote(folder)} is there already and stays as it is; choose another name")
            temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".triage-", suffix=".part"))
        except (OSError, ValueError) as error:
            raise _unmade(folder, error) from error
        self._drafts.append(_Draft(folder, folder, temporary, None, 0o777 & ~_umask()))
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
        with _undisturbed():
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
    assert draft.temporary is not None
    if draft.file is None:
        if os.path.lexists(draft.target):  # a rename would replace an empty folder
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        draft.temporary.rename(draft.target)
        return
    if not replaces:
        try:
            os.link(draft.temporary, draft.target)
        except FileExistsError:
            raise
        except OSError as error:  # a file system without links
            if os.path.lexists(draft.target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        else:
            draft.temporary.unlink()
            return
    draft.temporary.replace(draft.target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A block that no signal to stop breaks into; one that comes is followed when it has ended."""
    if threading.current_thread() is not threading.main_thread():  # signals are handled in the main thread alone
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    for sent in came[:1]:
        signal.raise_signal(sent)


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: Exception, standing: str = "nothing was changed") -> RequestError:
    return RequestError(f"{quote(path)} cannot be written: {reason_of(error)}; {standing}")


def _unmade(folder: Path, error: Exception) -> RequestError:
    return RequestError(f"{quote(folder)} cannot be made: {reason_of(error)}; nothing was changed")
