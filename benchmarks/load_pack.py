"""Time to load the bundled pack, and to hold it to its cases: `python benchmarks/load_pack.py`

Compares, in one process and taking turns:

- PyYAML's C parser alone on the same files (what `yaml.load` does with `CBaseLoader`): what reading the text costs at the least;
- `load_pack`, which reads, validates and checks the consistency of the pack;
- `load_pack`, `read_cases` and an assessment of every case under its reading.

Milliseconds, median of the rounds; a ratio is the median of the ratios within a round. `--rounds N` changes the 15 rounds.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from triage import Intake, assess, load_pack
from triage.library import FILES, read_cases

FOLDER = Path(__file__).resolve().parent.parent / "rules" / "vertebral-fracture"
PARSE = "PyYAML's C parser, the pack"
PARSE_CASES = "PyYAML's C parser, with cases"


def parse_pack() -> None:
    for file in FILES:
        yaml.CBaseLoader((FOLDER / file).read_bytes()).get_single_data()


def parse_pack_and_cases() -> None:
    parse_pack()
    yaml.CBaseLoader((FOLDER / "cases.yaml").read_bytes()).get_single_data()


def load() -> None:
    load_pack(FOLDER)


def load_and_run_cases() -> None:
    """Ends the run if a case comes out otherwise than the pack says, so that nothing wrong is ever timed."""
    pack = load_pack(FOLDER)
    for case in read_cases(pack)[0]:
        found = assess(pack, Intake(answers=case.answers), reading=case.reading)
        if (found.outcome, found.settled) != (case.outcome, case.settled):
            raise SystemExit(f"{case.case}: {found.outcome}, settled {found.settled}")


SIDES: dict[str, tuple[Callable[[], None], str]] = {  # what is timed, and the side it is compared with
    PARSE: (parse_pack, PARSE),
    "load_pack": (load, PARSE),
    PARSE_CASES: (parse_pack_and_cases, PARSE_CASES),
    "load_pack and run all cases": (load_and_run_cases, PARSE_CASES),
}


def time_once(run: Callable[[], None]) -> float:
    gc.collect()
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def render(rounds: list[dict[str, float]]) -> str:
    lines = [f"{'':32}{'ms':>10}{'x parser':>10}"]
    for name, (_, other) in SIDES.items():
        median = statistics.median(times[name] for times in rounds)
        ratio = statistics.median(times[name] / times[other] for times in rounds)
        lines.append(f"{name:32}{median:10.1f}{ratio:10.2f}")
    return "\n".join([*lines, f"median of {len(rounds)} rounds"])


def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of loading and checking the bundled pack.")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for run, _ in SIDES.values():
        run()
    print(f"{len(read_cases(load_pack(FOLDER))[0])} cases")
    print(render([{name: time_once(run) for name, (run, _) in SIDES.items()} for _ in range(options.rounds)]))


if __name__ == "__main__":
    main()
