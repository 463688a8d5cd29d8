"""What the commands that read tables of intakes share: their options, their files, and the progress that is shown."""

from __future__ import annotations

import glob
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
        twice = next(name for name in files if files.count(name) > 1)
        raise RequestError(f"{show_name(twice)} is named twice; each file is read once")
    return files


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
