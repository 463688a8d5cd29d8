"""What a run left and said, held against what it may leave and say."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
MODULE = (sys.executable, "-m", "triage")
SECONDS = 120
AGAIN = 3  # of so many runs that are stopped, or that fail at a call, one is run a second time
TEMPORARY = ".triage-"
DONE, UNUSABLE, REJECTED = 0, 2, 3  # of each table here some rows are rejected: a batch that has written all of it ends with 3
# Every way to stop a run: by name, with the exit codes that say so. Until the tool's first line has run the system stops it.
STOPS: dict[str, tuple[signal.Signals, tuple[int, ...]]] = {
    "kill -9": (signal.SIGKILL, (-9,)),
    "Ctrl-C": (signal.SIGINT, (130, -2)),
    "told to stop": (signal.SIGTERM, (143, -15)),
    "terminal closed": (signal.SIGHUP, (143, -1)),
}
OURS = re.compile(r'File "[^"]*/triage/[^"]*", line')  # in a traceback
Files = Mapping[str, bytes]
Environment = Mapping[str, str]
Words = tuple[str, ...]


class Ran(NamedTuple):
    """How a run ended, and what it said."""

    code: int
    said: str


def heed_signals() -> None:
    """Have what is started from here heed a Ctrl-C and the end of its terminal, which a shell keeps from what it runs behind."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80", **more}


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, and of those in it, by its name from there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def find_leftovers(folder: Path) -> list[str]:
    return [f"{path.name} stayed behind" for path in folder.rglob(f"{TEMPORARY}*")]


def find_halves(found: Files, before: Files, whole: Files, units: Collection[str]) -> list[str]:
    """What is neither as it was nor as it is to be. A unit is a file, or a folder with all that is in it."""
    wrong = []
    for unit in units:
        now, was, due = (select(files, unit) for files in (found, before, whole))
        if now not in (was, due):
            wrong.append(f"{unit} is neither as it was nor whole ({sum(map(len, now.values()))} bytes)")
    known = {*before, *whole}
    return wrong + [f"{name} is not known" for name in found if name not in known and TEMPORARY not in name]


def select(files: Files, unit: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name == unit or name.startswith(f"{unit}/")}


def find_noise(ran: Ran) -> list[str]:
    """Words that only a programmer would understand, of the tool's own; the interpreter's, while it starts, are not."""
    if "Exception ignored" in ran.said or ("Traceback" in ran.said and OURS.search(ran.said)):
        return [f"a traceback:\n{ran.said[-1500:]}"]
    return []


def find_wrong_ending(ran: Ran, *fitting: int) -> list[str]:
    """An exit code that does not fit. A Ctrl-C before the tool's first line is the interpreter's, which ends with 1."""
    is_interpreters = ran.code == 1 and "KeyboardInterrupt" in ran.said and not OURS.search(ran.said)
    return [] if ran.code in fitting or is_interpreters else [f"exit code {ran.code}: {ran.said}"]
