"""Runs in which writing fails: each call in turn, for good or once, by a full disk or a faulty one."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

from faults.batches import Batch, Whole
from faults.interviews import Course, Interview
from faults.runs import AGAIN, DONE, REJECTED, UNUSABLE, Ran
from faults.shim import Fault


def fail_batch(folder: Path, whole: Whole, fault: Fault) -> list[str]:
    batch = whole.prepare(folder, replacing=fault.at % 2 == 0)
    return judge_batch(batch, whole, batch.run(fault.environment(batch.out)), fault.error, again=fault.at % AGAIN == 0)


def limit_batch(folder: Path, whole: Whole, size: int) -> list[str]:
    """No file may grow beyond a size."""
    batch = whole.prepare(folder, replacing=size % 2 == 0)
    ran = batch.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    return judge_batch(batch, whole, ran, errno.EFBIG)


def judge_batch(batch: Batch, whole: Whole, ran: Ran, error: int, *, again: bool = True) -> list[str]:
    """Either nothing came of the fault, and all is written, or it is told, and a run without it is as good as the first."""
    wrong = whole.find_wrong(batch, ran)
    if ran.code != REJECTED:
        wrong += find_untold(ran, error)
    return wrong or (whole.find_wrong_again(batch) if again else [])


def fail_interview(folder: Path, course: Course, fault: Fault, *, on_terminal: bool = False) -> list[str]:
    interview = Interview(folder, on_terminal=on_terminal)
    talk = interview.start(fault.environment(interview.out))
    talk.go_on()
    return judge_interview(interview, course, talk.end(), fault.error, again=fault.at % AGAIN == 0)


def limit_interview(folder: Path, course: Course, size: int) -> list[str]:
    interview = Interview(folder, on_terminal=False)
    talk = interview.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    talk.go_on()
    return judge_interview(interview, course, talk.end(), errno.EFBIG)


def judge_interview(interview: Interview, course: Course, ran: Ran, error: int, *, again: bool = True) -> list[str]:
    wrong = course.find_wrong(interview, ran)
    if ran.code != DONE:
        wrong += find_untold(ran, error)
    return wrong or (course.find_wrong_again(interview) if again else [])


def find_untold(ran: Ran, error: int) -> list[str]:
    """A failure ends with 2 and says which file, and why in the system's own words."""
    told = ran.code == UNUSABLE and os.strerror(error) in ran.said and '" cannot be ' in ran.said
    return [] if told else [f"exit code {ran.code}, and no reason: {ran.said[-500:]}"]
