"""Runs that are stopped: at points spread over their time, and at each call by which they write."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from random import Random

from faults.batches import Batch, Whole, finish
from faults.interviews import Course, Interview
from faults.runs import AGAIN, DONE, REJECTED, STOPS, Ran, find_wrong_ending
from faults.shim import Fault


def pick_moments(runs: int, seconds: float) -> list[float]:
    """One moment at random in each of so many equal parts of a run."""
    pick = Random(7)
    return [(part + pick.random()) * seconds / runs for part in range(runs)]


def list_batch_calls(folder: Path, rows: int) -> list[str]:
    """Every call by which a batch writes, by its name, in order."""
    batch, listed = Batch(folder, rows), folder / "calls"
    batch.run(Fault().environment(batch.out, listed))
    return listed.read_text(encoding="ascii").split()


def list_interview_calls(folder: Path) -> list[str]:
    interview, listed = Interview(folder, on_terminal=False), folder / "calls"
    talk = interview.start(Fault().environment(interview.out, listed))
    talk.go_on()
    talk.end()
    return listed.read_text(encoding="ascii").split()


def stop_batch(folder: Path, whole: Whole, how: str, moment: float, *, again: bool, replacing: bool) -> list[str]:
    batch = whole.prepare(folder, replacing=replacing)
    with batch.start() as process:
        time.sleep(moment)
        process.send_signal(STOPS[how][0])
        ran = finish(process)
    return judge_batch(batch, whole, ran, how, again=again)


def stop_batch_at(folder: Path, whole: Whole, how: str, at: int) -> list[str]:
    """Stopped as a call has been done, in the same thread: no other moment is as bad."""
    batch = whole.prepare(folder, replacing=at % 2 == 0)
    ran = batch.run(Fault(at, signal=STOPS[how][0]).environment(batch.out))
    return judge_batch(batch, whole, ran, how, again=at % AGAIN == 0)


def judge_batch(batch: Batch, whole: Whole, ran: Ran, how: str, *, again: bool) -> list[str]:
    number, codes = STOPS[how]
    wrong = whole.find_wrong(batch, ran, cleans=number != signal.SIGKILL)
    wrong += find_wrong_ending(ran, REJECTED, *codes)
    return wrong or (whole.find_wrong_again(batch) if again else [])


def stop_interview(folder: Path, course: Course, how: str, moment: float, *, again: bool, on_terminal: bool) -> list[str]:
    interview = Interview(folder, on_terminal=on_terminal)
    talk = interview.start()
    timer = threading.Timer(moment, talk.process.send_signal, [STOPS[how][0]])
    timer.start()
    talk.go_on()
    ran = talk.end()
    timer.cancel()
    return judge_interview(interview, course, ran, how, again=again)


def stop_interview_at(folder: Path, course: Course, how: str, at: int) -> list[str]:
    interview = Interview(folder, on_terminal=False)
    talk = interview.start(Fault(at, signal=STOPS[how][0]).environment(interview.out))
    talk.go_on()
    return judge_interview(interview, course, talk.end(), how, again=at % AGAIN == 0)


def judge_interview(interview: Interview, course: Course, ran: Ran, how: str, *, again: bool) -> list[str]:
    number, codes = STOPS[how]
    wrong = course.find_wrong(interview, ran, cleans=number != signal.SIGKILL)
    wrong += find_wrong_ending(ran, DONE, *codes)
    return wrong or (course.find_wrong_again(interview) if again else [])
