"""Each claim against inputs that reach ever more of the code: `make fuzz`, or `python -m fuzz --seconds 600 csv lines`.

Atheris follows which branches of our code an input takes, and goes on from those that take new ones. Each claim runs in a process
of its own; an input that breaks one is left in the folder that is named, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TARGETS = (
    *("yaml", "json", "intake", "pack", "csv", "lines", "rows"),
    *("response", "call", "form", "token", "keys", "line", "document", "record"),
)
LONGEST = 1 << 14
SECONDS_FOR_ONE = 10


def fuzz(name: str, folder: Path, seconds: int) -> None:
    """Run one claim in this process; does not come back."""
    import atheris

    with atheris.instrument_imports(include=["triage"]):
        from fuzz.targets import CLAIMS, check, list_seeds

    seeds = folder / "seeds"
    seeds.mkdir()
    for number, seed in enumerate(list_seeds(name)):
        (seeds / str(number)).write_bytes(seed)

    def judge(data: bytes) -> None:
        try:
            check(CLAIMS[name], data)
        except BaseException:
            (folder / "found").write_bytes(data)  # libFuzzer does not always come to writing it
            raise

    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SECONDS_FOR_ONE}", f"-artifact_prefix={folder}/"]
    atheris.Setup([name, str(seeds), *options, "-rss_limit_mb=3000", "-print_final_stats=1"], judge)
    atheris.Fuzz()


def run(name: str, place: Path, seconds: int) -> tuple[str, int, str]:
    """Run one claim in a process of its own."""
    folder = place / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("w+") as log:
        command = [sys.executable, "-m", "fuzz", "--one", name, "--seconds", str(seconds), "--folder", str(folder)]
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        log.seek(0)
        return name, code, log.read()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        fuzz(given.one, given.folder, given.seconds)
    place = given.folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    worst = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for name, code, log in pool.map(lambda name: run(name, place, given.seconds), given.targets or TARGETS):
            tries = re.search(r"number_of_executed_units: +([0-9]+)", log)
            reached = re.findall(r"cov: ([0-9]+)", log)
            what = "nothing found" if code == 0 else f"exit {code}: see {place / name}"
            print(f"{name:10} {int(tries[1]) if tries else 0:>11,} inputs, {reached[-1] if reached else '?':>6} branches: {what}")
            worst = max(worst, int(code != 0))
    return worst


if __name__ == "__main__":
    sys.exit(main())
