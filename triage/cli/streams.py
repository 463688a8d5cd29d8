"""What the command line reads, writes and says: data on standard output, talk on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.pack import Pack

NARROWEST, USUAL = 20, 80


class ExitCode(IntEnum):
    """What the shell is told: 0 done · 1 a check found something · 2 wrong use or unusable input, nothing written · 3 done, some
    rows rejected · 4 engine fault, no answer given · 130 interrupted · 143 told to stop, or
    left by the terminal."""

    DONE = 0
    FOUND = 1
    UNUSABLE = 2
    REJECTED = 3
    ENGINE_FAULT = 4
    INTERRUPTED = 130
    STOPPED = 143


def refuse(message: str, code: ExitCode) -> NoReturn:
    tell(f"triage: {message}")
    raise SystemExit(code)


def tell(message: str) -> None:
    """Say something on standard error; without one, stay silent, since standard output is for data."""
    if sys.stderr is not None:
        width = terminal_width()
        with contextlib.suppress(OSError):  # a full or broken one is as good as none
            print(message if width is None else _wrap(message, width), file=sys.stderr, flush=True)


def terminal_width() -> int | None:
    """The columns of the terminal that standard error is; None for a file or a program, where a message stays one line."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    columns = os.get_terminal_size(sys.stderr.fileno()).columns
    return columns if columns >= NARROWEST else USUAL  # some terminals give no size, which reads as 0


def _wrap(message: str, width: int) -> str:
    """Longer lines broken at the ends of words, under their own indent."""
    lines: list[str] = []
    for line in message.split("\n"):
        indent = line[: len(line) - len(line.lstrip(" "))]
        fits = len(line) <= width
        lines += [line] if fits else textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
    return "\n".join(lines)


def origin_of(file: str) -> str:
    """What an input is called in messages."""
    return "standard input" if file == STANDARD_STREAM else file


def is_for_terminal(output: Path | None) -> bool:
    return (output is None or str(output) == STANDARD_STREAM) and sys.stdout is not None and sys.stdout.isatty()


def emphasis(output: Path | None) -> Callable[[str], str]:
    """Bold on a terminal that wants it, nothing anywhere else."""
    if not is_for_terminal(output) or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return str
    return lambda text: typer.style(text, bold=True)


def protect_inputs(files: list[str], output: Path | None) -> None:
    """Refuse to write over what is being read."""
    try:
        if output is None or not output.is_file():
            return
        paths = [Path("/dev/stdin") if file == STANDARD_STREAM else Path(file) for file in files]
        read = [path.stat() for path in paths if path.exists()]
        target = output.stat()
        overwrites = any((target.st_dev, target.st_ino) == (other.st_dev, other.st_ino) for other in read)
    except OSError as error:
        raise RequestError(f"{quote(output)} cannot be written: {error.strerror}; nothing was changed") from error
    if overwrites:
        raise RequestError(f"{quote(output)} is one of the files that are read; name another file to write")


def read_pack(name: str, output: Path | None) -> Pack:
    """A pack to be read. Refuses to write over one of its files."""
    from triage.library import find_pack, load_pack

    protect_pack(find_pack(name), output)
    return load_pack(name)


def protect_pack(folder: Path, output: Path | None) -> None:
    """Refuse to write over a file of a pack."""
    protect_inputs([str(file) for file in folder.rglob("*.yaml")] if output is not None else [], output)


def write(content: str | bytes, output: Path | None = None) -> None:
    from triage.files import is_standard_output, write_out
    from triage.publication import write_whole

    if output is not None and not is_standard_output(output):
        write_whole(output, content)
        tell(f"wrote {show_name(str(output))}")
    else:
        write_out([content if isinstance(content, bytes) else content.encode(errors="backslashreplace")])
