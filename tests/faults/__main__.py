"""Every trial: `make faults`. Says what came of each kind; `TRIAGE_RUNS` is how many moments are tried of each way to stop."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults.runs import heed_signals
from faults.trials import Trial, learn, list_trials

RUNS = 200
ROWS = 24


def judge(numbered: tuple[Trial, Path]) -> tuple[Trial, list[str]]:
    """A folder in which something went wrong is kept."""
    trial, folder = numbered
    try:
        wrong = trial.judge(folder)
    except Exception as error:  # noqa: BLE001 - one trial that fails itself is told like the others
        wrong = [f"{type(error).__name__}: {error}"]
    if not wrong:
        shutil.rmtree(folder, ignore_errors=True)
    return trial, wrong


def run_all(trials: list[Trial], folder: Path) -> Iterator[tuple[Trial, list[str]]]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(judge, ((trial, folder / str(place)) for place, trial in enumerate(trials)))


def main(chosen: str) -> int:
    heed_signals()
    folder = Path(tempfile.mkdtemp(prefix="triage-faults-"))
    listed = list_trials(folder, learn(folder, ROWS), int(os.environ.get("TRIAGE_RUNS", RUNS)))
    meant = [trial for trial in listed if chosen in str(trial)]
    counts, wrongs = Counter[str](), Counter[str]()
    try:
        for trial, wrong in run_all([trial for trial in meant if not trial.needs], folder):
            counts[trial.section] += 1
            wrongs[trial.section] += bool(wrong)
            if wrong:
                print(f"{trial}\n{wrong[0]}\n", flush=True)
    except KeyboardInterrupt:
        print("Stopped before the end; until then:")
    for section, count in counts.items():
        print(f"{section:42} {count:5} {wrongs[section]:4} wrong")
    passed_over = sum(bool(trial.needs) for trial in meant)
    print(f"{'all':42} {counts.total():5} {wrongs.total():4} wrong, {passed_over} passed over")
    print(f"What went wrong is kept in {folder}" if wrongs.total() else "Nothing went wrong")
    if not wrongs.total():
        shutil.rmtree(folder)
    return 1 if wrongs.total() else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
