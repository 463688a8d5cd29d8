"""What the commands that read tables of intakes share: their options, their files, and the progress that is shown."""

from __future__ import annotations

import glob
import os
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Optional, TypeVar

import typer

from triage.batch.tabular import TableFormat, is_stored
from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM

T = TypeVar("T")
DELIMITERS = (*"\t,;|:~!#$%&*/=+@^<>{}`",)

InputFormatOption = Annotated[
    Optional[TableFormat], typer.Option("--input-format", help="Format of the inputs; without it, their names say.")
]
DelimiterOption = Annotated[
    Optional[str], typer.Option("--delimiter", metavar="CHARACTER", help="What stands between cells of CSV; else found out.")
]
EncodingOption = Annotated[
    Optional[str], typer.Option("--encoding", metavar="NAME", help="Encoding of CSV, such as windows-1252; else found out.")
]


def expand(inputs: Sequence[str], *, on_cluster: bool = False) -> list[str]:
    """The files that names and patterns stand for, those of a pattern sorted; a cluster knows those of object stores, too."""
    files = []
    for name in inputs:
        is_there = os.path.lexists(name)  # a Path fails on a name that is too long
        is_pattern = name != STANDARD_STREAM and not is_there and glob.has_magic(name)
        if is_pattern and is_stored(name) and on_cluster:
            from triage.batch.cluster import expand_stored

            found = expand_stored(name)
        else:
            found = sorted(glob.glob(name)) if is_pattern else [name]  # noqa: PTH207 - a Path takes no absolute pattern
        if not found:
            raise RequestError(f"no file is named like {quote(name)}")
        files += found
    if len(set(files)) < len(files):
        twice = next(name for name, count in Counter(files).items() if count > 1)
        raise RequestError(f"{show_name(twice)} is named twice; each file is read once")
    _refuse_same(files)
    return files


def _refuse_same(files: Sequence[str]) -> None:
    """Raise RequestError for a file that is named in two ways."""
    seen: dict[tuple[int, int], str] = {}
    for name in files:
        with suppress(OSError, ValueError):  # whoever opens it says why
            found = Path(name).stat()
            other = seen.setdefault((found.st_dev, found.st_ino), name)
            if other != name and stat.S_ISREG(found.st_mode):
                raise RequestError(f"{show_name(other)} and {show_name(name)} are one file; each file is read once")


class Watch:
    """Files as they are when they begin to be read: one that is changed meanwhile may have been read half before, half after."""

    def __init__(self, files: Sequence[str]) -> None:
        self._seen = {name: self._look(name) for name in files}

    def check(self) -> None:
        """Raise RequestError if a file is no more what it was."""
        for name, seen in self._seen.items():
            if self._look(name) != seen:
                raise RequestError(f"{show_name(name)} was changed while it was read; nothing was written, so run it again")

    @staticmethod
    def _look(name: str) -> tuple[int, ...] | None:
        try:
            found = Path(name).stat()
        except (OSError, ValueError):  # whoever opens it says why
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def read_delimiter(text: str | None) -> str | None:
    """What --delimiter stands for."""
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(text or "", text)
    if named is not None and named not in DELIMITERS:
        raise RequestError(f"--delimiter takes one character, or tab; {quote(text)} cannot be used")
    return named


def show_progress(steps: Iterable[T], look: Callable[[], tuple[int, float]], *, quiet: bool = False) -> Iterator[T]:
    """A bar on a terminal, with the rows so far and how many a second; `look` gives the rows and the share that is done."""
    if quiet or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from steps
        return
    begun = time.monotonic()

    def say(_: Any) -> str:
        rows, _share = look()
        return f"{rows:,} rows, {rows / max(time.monotonic() - begun, 0.001):,.0f} a second"

    with typer.progressbar(length=1000, file=sys.stderr, item_show_func=say, show_eta=True) as bar:
        for step in steps:
            yield step
            bar.update(round(1000 * look()[1]) - bar.pos)
