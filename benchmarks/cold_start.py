"""The whole process of a command, from nothing to exit: `python benchmarks/cold_start.py`

Compares `triage assess` (of a fully known intake, and of an almost empty one), `triage batch` of a morning's list (a thousand
rows of CSV; extra `batch`) and `triage --help` with `baseline_app.py`, which only imports what the project cannot do without.
Same interpreter and environment, bytecode written beforehand, all sides taking turns. CPU is user and system time of the child; a
ratio is the median of the ratios within a round.
`--rounds N` changes the 21 rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batch import make

ROOT = Path(__file__).resolve().parent.parent
KNOWN = ROOT / "rules" / "vertebral-fracture" / "examples" / "both.yaml"
BASELINE = "baseline app"
OUTPUT_TO_NOWHERE = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one process."""

    cpu: float
    wall: float


def measure(command: list[str], environment: dict[str, str]) -> Cost:
    """Runs a command to its end. It has to succeed, and what it says on stderr is shown."""
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=[OUTPUT_TO_NOWHERE])
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"exit {code}: {' '.join(command)}")
    return Cost(1000 * (usage.ru_utime + usage.ru_stime), 1000 * wall)


def find_triage() -> list[str]:
    """The installed console script where there is one beside the interpreter, else the doorway of the checkout."""
    script = Path(sys.executable).parent / "triage"
    return [sys.executable, str(script if script.exists() else ROOT / "cli.py")]


def list_commands(folder: Path) -> dict[str, list[str]]:
    triage = find_triage()
    almost_empty, rows = folder / "almost_empty.yaml", folder / "list.csv"
    almost_empty.write_text("answers: {fracture: yes}\n", encoding="utf-8")
    make(rows, 1_000, "skewed")
    return {
        BASELINE: [sys.executable, str(ROOT / "benchmarks" / "baseline_app.py")],
        "bare interpreter": [sys.executable, "-c", "pass"],
        "triage assess, fully known": [*triage, "assess", str(KNOWN)],
        "triage assess, almost empty": [*triage, "assess", str(almost_empty)],
        "triage batch, 1,000 rows": [*triage, "batch", "--quiet", "--force", str(rows), str(folder / "out.csv")],
        "triage --help": [*triage, "--help"],
    }


def run_rounds(commands: dict[str, list[str]], rounds: int) -> list[dict[str, Cost]]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for command in commands.values():
        measure(command, environment)  # writes the bytecode, fills the disk cache
    return [{name: measure(command, environment) for name, command in commands.items()} for _ in range(rounds)]


def render(names: Sequence[str], rounds: Sequence[dict[str, Cost]]) -> str:
    lines = [f"{'':30}{'CPU ms':>10}{'x baseline':>12}{'wall ms':>10}{'x baseline':>12}"]
    for name in names:
        cpu = statistics.median(costs[name].cpu for costs in rounds)
        wall = statistics.median(costs[name].wall for costs in rounds)
        cpu_ratio = statistics.median(costs[name].cpu / costs[BASELINE].cpu for costs in rounds)
        wall_ratio = statistics.median(costs[name].wall / costs[BASELINE].wall for costs in rounds)
        lines.append(f"{name:30}{cpu:10.1f}{cpu_ratio:12.2f}{wall:10.1f}{wall_ratio:12.2f}")
    return "\n".join([*lines, f"median of {len(rounds)} rounds"])


def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of one whole process of the project, beside a minimal one.")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = list_commands(Path(folder))
        print(" ".join(find_triage()))
        print(render(list(commands), run_rounds(commands, options.rounds)))


if __name__ == "__main__":
    main()
