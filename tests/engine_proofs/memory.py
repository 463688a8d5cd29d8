"""The engine under tools that watch its memory: durable-rules built with address sanitizer, and as it is under valgrind.

Nothing that durable-rules does is suppressed. Two things are left out, and why:

- leaks (`detect_leaks=0`, `--leak-check=no`): the interpreter itself ends with much that it never frees; whether the engine keeps
  memory is measured by its resident size over a million firings, in `benchmarks/soak_engine.py`;
- what valgrind says of calls in which no frame is of durable-rules: it takes what the kernel's random numbers are written to for
  unset, and a comparison of the C library by 32 bytes at once for a read past the end.

Each tool has to report the known fault of durable-rules first (`crashes.bare_state_freed`); a tool that is blind proves nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

TESTS = Path(__file__).parent.parent
VERSION = "durable-rules==2.0.28"
# Its C files; `json.c` of the interpreter is called `_json.c`.
FRAME = re.compile(r"\((?:rete|json|state|events|regex|rules)\.c:\d+\)|durable_rules_engine")
BLOCK = re.compile(r"^==\d+== \n", re.MULTILINE)
# All new memory is filled, so that what nobody set is not nothing by chance.
OPTIONS = "detect_leaks=0:max_malloc_fill_size=1000000000"
CONTROL = "from engine_proofs import crashes; crashes.bare_state_freed()"
SAMPLE = "from engine_proofs import pairs; import sys; sys.exit(any(one.wrong for one in pairs.sample({number})))"
THREADS = "from engine_proofs import threads; import sys; sys.exit(threads.count_wrong(0, rounds=1, number=100)[1])"
# Under a tool that keeps what was freed, the resident size says nothing.
NOT_MEANT = "tests/test_engine.py::test_firings_faults_and_closed_rulesets_leave_the_resident_size_within_20_mb"


def find_library() -> str | None:
    """The run-time library of address sanitizer that belongs to the compiler; None where there is none."""
    if shutil.which("cc") is None:
        return None
    said = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
    return said if Path(said).is_absolute() else None


def build(folder: Path) -> None:
    """durable-rules with address sanitizer. Not by the cache of wheels: what is built here is not for anybody else.

    Raises CalledProcessError where it cannot be fetched.
    """
    flags = {"CFLAGS": "-fsanitize=address -fno-omit-frame-pointer -g -O1", "LDFLAGS": "-fsanitize=address"}
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-cache-dir", "--no-deps"]
    command = [*pip, "--no-binary", "durable-rules", "--target", str(folder), VERSION]
    subprocess.run(command, env={**os.environ, **flags}, check=True)


def run(command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONMALLOC": "malloc", "PYTHONPATH": str(TESTS), **more}
    return subprocess.run(command, cwd=TESTS.parent, env=env, capture_output=True, text=True, check=False)


def prove_sanitized(seeds: int, *, whole: bool = True) -> list[str]:
    """What address sanitizer has against the engine."""
    library = find_library()
    if library is None:
        return ["no address sanitizer here"]
    with tempfile.TemporaryDirectory(prefix="triage-sanitized-") as folder:
        build(Path(folder))
        more = {"PYTHONPATH": f"{folder}:{TESTS}", "LD_PRELOAD": library, "ASAN_OPTIONS": OPTIONS}
        commands = {"pairs": [sys.executable, "-c", SAMPLE.format(number=seeds)]}
        if whole:
            commands["threads"] = [sys.executable, "-c", THREADS]
            tests = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--deselect", NOT_MEANT, "tests/test_engine.py"]
            commands["the tests of the engine"] = [sys.executable, "-m", "pytest", *tests]
        wrong = (
            [] if "AddressSanitizer" in run([sys.executable, "-c", CONTROL], more).stderr else ["it does not see a known fault"]
        )
        for name, command in commands.items():
            done = run(command, more)
            if done.returncode or "AddressSanitizer" in done.stderr:
                wrong.append(f"{name}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
    return wrong


def prove_watched(seeds: int) -> list[str]:
    """What valgrind has against the engine."""
    if shutil.which("valgrind") is None:
        return ["no valgrind here"]
    if not find_reports(CONTROL)[0]:
        return ["it does not see a known fault"]
    reports, done = find_reports(SAMPLE.format(number=seeds))
    return reports or ([f"ended with {done.returncode}: {done.stderr[-1000:]}"] if done.returncode else [])


def find_reports(code: str) -> tuple[list[str], subprocess.CompletedProcess[str]]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        done = run(["valgrind", "--error-limit=no", "--leak-check=no", f"--log-file={log}", sys.executable, "-c", code], {})
        blocks = BLOCK.split(log.read_text(encoding="utf-8"))
    return [block for block in blocks if FRAME.search(block) and "Command:" not in block], done
