"""A run that is stopped, or cannot write, leaves every file as it was or whole, and a saved interview every confirmed answer.

One trial or a few of each kind; `make faults` does all of them, each way to stop at 200 points.
"""

from __future__ import annotations

import os
import signal
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest

from faults import shim
from faults.batches import Batch
from faults.interviews import Interview
from faults.runs import STOPS
from faults.shim import Fault
from faults.trials import Trial, learn, list_trials

if TYPE_CHECKING:
    from pathlib import Path

ROWS, MOMENTS = 5, 2
STOPPED = [f"{command}, {how}" for command in ("batch", "interview") for how in STOPS]
FAILED = [
    f"{command}, {what}"
    for command in ("batch", "interview")
    for what in (
        "kill -9 at each call",
        "Ctrl-C at each call",
        "faulty disk at each call",
        "full disk at each call",
        "half a write",
        "no file beyond a size",
        "read-only",
        "small disk",
        "nobody reads",
        "two at once",
    )
]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    folder = tmp_path_factory.mktemp("faults")
    return list_trials(folder, learn(folder, ROWS), MOMENTS)


@pytest.mark.parametrize("section", STOPPED)
def test_a_run_that_is_stopped_leaves_the_old_file_or_the_new_one(section: str, trials: list[Trial], tmp_path: Path) -> None:
    for place, trial in enumerate(trial for trial in trials if trial.section == section):
        assert trial.judge(tmp_path / str(place)) == [], trial


@pytest.mark.parametrize("section", FAILED)
def test_a_run_that_cannot_write_leaves_the_old_file_or_the_new_one(section: str, trials: list[Trial], tmp_path: Path) -> None:
    meant = [trial for trial in trials if trial.section == section and not trial.needs]
    if not meant:
        pytest.skip("this machine has no compiler, or lets nobody mount")
    trial = Random(section).choice(meant)
    assert trial.judge(tmp_path / "run") == [], trial


@pytest.mark.skipif(not shim.is_possible(), reason="no compiler")
def test_every_kind_of_trial_has_a_section_here(trials: list[Trial]) -> None:
    assert {trial.section for trial in trials} == {*STOPPED, *FAILED}


@pytest.mark.skipif(not shim.is_possible(), reason="no compiler")
@pytest.mark.parametrize("how", ["Ctrl-C", "told to stop", "terminal closed"])
def test_a_stop_at_the_very_moment_a_temporary_file_is_made_leaves_none(how: str, tmp_path: Path) -> None:
    # What `tempfile` makes has a name only when it is there already: a Ctrl-C between the two left a part behind.
    batch = Batch(tmp_path, ROWS)
    ran = batch.run(Fault(1, call="open", signal=STOPS[how][0]).environment(batch.out))
    assert (ran.code, list(batch.out.iterdir())) == (STOPS[how][1][0], [])


@pytest.mark.skipif(not shim.is_possible(), reason="no compiler")
def test_a_stop_just_after_an_answer_is_saved_says_that_it_is(tmp_path: Path) -> None:
    interview = Interview(tmp_path, on_terminal=False)
    talk = interview.start(Fault(1, call="rename", signal=signal.SIGINT).environment(interview.out))
    talk.go_on()
    ran = talk.end()
    assert (ran.code, interview.saved.exists()) == (130, True)
    assert f"interrupted, no outcome is given; the answers so far are in {interview.saved}" in ran.said


def test_what_the_caller_ignores_stays_ignored(tmp_path: Path) -> None:
    """As under `nohup`, which is how a long batch outlives its terminal."""
    batch = Batch(tmp_path, ROWS)
    with batch.start(before=("nohup",), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        os.kill(process.pid, signal.SIGHUP)
        process.communicate(timeout=120)
    assert process.returncode in (3, -1)  # -1: before `nohup` itself had begun
