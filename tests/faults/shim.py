"""A library of a few functions in front of the C library (`shim.c`): what a process writes below a folder is listed, or fails.

It stands where the kernel would: the calls are those that the interpreter and Arrow make, one by one, and what comes back is what
a disk with a fault gives. Linux, and a compiler, which the project needs anyway.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Fault(NamedTuple):
    """What happens at the `at`-th call that writes below a folder; of one kind of call, if `call` names one.

    The call fails with `error` and every later one too where `stays`, or it is done and then met by `signal`, or it writes half.
    `stream` is a number of an open file that counts as being below the folder.
    """

    at: int = 0
    call: str = ""
    error: int = 0
    stays: bool = False
    signal: int = 0
    halves: bool = False
    stream: int = 0

    def environment(self, under: Path, listed: Path | None = None) -> dict[str, str]:
        told = {
            "FAULT_AT": self.at,
            "FAULT_CALL": self.call,
            "FAULT_ERRNO": self.error,
            "FAULT_STAYS": self.stays or "",
            "FAULT_SIGNAL": self.signal,
            "FAULT_SHORT": self.halves or "",
            "FAULT_STREAM": self.stream,
            "FAULT_LIST": listed or "",
        }
        return {
            "LD_PRELOAD": str(build()),
            "FAULT_UNDER": str(under),
            **{name: str(value) for name, value in told.items() if value},
        }


def is_possible() -> bool:
    return shutil.which("cc") is not None and Path("/proc/self/fd").exists()


@cache
def build() -> Path:
    """The library, compiled once a process."""
    folder = tempfile.mkdtemp(prefix="triage-shim-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    library = Path(folder, "shim.so")
    source = Path(__file__).with_name("shim.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library
