"""Every trial: what is done to a run, and what is wrong with what it leaves."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from faults import failing, places, shim, stops
from faults.batches import Whole, learn_whole
from faults.interviews import LINES, Course, learn_course
from faults.runs import AGAIN, STOPS
from faults.shim import Fault

ERRORS = {"faulty disk": errno.EIO, "full disk": errno.ENOSPC}
# The smallest and the largest that no file, or no disk, is allowed to go beyond, as parts of what a run writes.
STEPS = 20
# So many rows have a sheet or two: a sheet more is written by the same calls again.
SMALL = 5


class Trial(NamedTuple):
    """`judge` does it in a folder that is not there yet, and gives what is wrong; `needs` says why this machine cannot."""

    section: str
    name: str
    judge: Callable[[Path], list[str]]
    needs: str = ""

    def __str__(self) -> str:
        return f"{self.section}: {self.name}"


class Learned(NamedTuple):
    """What runs that nobody disturbs give."""

    batch: Whole
    small: Whole
    parquet: Whole
    other: Whole
    piped: Course
    typed: Course
    unlike: Course


def learn(folder: Path, rows: int) -> Learned:
    """`unlike` begins with another answer, so that no state of it is one of the others."""
    return Learned(
        learn_whole(folder / "batch", rows),
        learn_whole(folder / "small", SMALL),
        learn_whole(folder / "parquet", rows, "parquet"),
        learn_whole(folder / "other", rows + 5),
        learn_course(folder / "piped", on_terminal=False),
        learn_course(folder / "typed", on_terminal=True),
        learn_course(folder / "unlike", on_terminal=False, lines=("3", *LINES[1:])),
    )


def list_trials(folder: Path, learned: Learned, runs: int) -> list[Trial]:
    """`runs` is how many moments are tried of `kill -9` and of Ctrl-C, of each command; of the other ways a quarter."""
    return [
        *list_stops(learned, runs),
        *(list_faults(folder, learned) if shim.is_possible() else ()),
        *list_limits(learned),
        *list_places(learned, runs),
    ]


def list_stops(learned: Learned, runs: int) -> Iterator[Trial]:
    piped, typed = learned.piped, learned.typed
    for how in STOPS:
        number = runs if how in ("kill -9", "Ctrl-C") else -(-runs // 4)
        for place, moment in enumerate(stops.pick_moments(number, learned.batch.seconds)):
            whole, again = learned.batch if place % 4 < 2 else learned.parquet, place % AGAIN == 0
            judge = partial(stops.stop_batch, whole=whole, how=how, moment=moment, again=again, replacing=place % 2 == 0)
            yield Trial(f"batch, {how}", f"after {moment:.3f} s, {whole.ending}", judge)
        for place, moment in enumerate(stops.pick_moments(number, piped.seconds)):
            on_terminal, again = place % 2 == 0, place % AGAIN == 0
            course = typed if on_terminal else piped
            judge = partial(stops.stop_interview, course=course, how=how, moment=moment, again=again, on_terminal=on_terminal)
            yield Trial(f"interview, {how}", f"after {moment:.3f} s, {'terminal' if on_terminal else 'pipe'}", judge)


def list_faults(folder: Path, learned: Learned) -> Iterator[Trial]:
    """Each call by which a run writes: met by a signal, failing for good, failing once, writing half."""
    calls = {
        "batch": stops.list_batch_calls(folder / "batch-calls", learned.small.rows),
        "interview": stops.list_interview_calls(folder / "interview-calls"),
    }
    for command, names in calls.items():
        for at, name in enumerate(names, 1):
            for how in ("kill -9", "Ctrl-C"):
                stop = (
                    partial(stops.stop_batch_at, whole=learned.small, how=how, at=at)
                    if command == "batch"
                    else partial(stops.stop_interview_at, course=learned.piped, how=how, at=at)
                )
                yield Trial(f"{command}, {how} at each call", f"{at}: {name}", stop)
            for error, number in ERRORS.items():
                fault = Fault(at, error=number, stays=number == errno.ENOSPC)
                yield Trial(f"{command}, {error} at each call", f"{at}: {name}", fail(command, learned, fault))
            if name == "write":
                yield Trial(f"{command}, half a write", f"{at}", fail(command, learned, Fault(at, halves=True)))


def fail(command: str, learned: Learned, fault: Fault) -> Callable[[Path], list[str]]:
    if command == "batch":
        return partial(failing.fail_batch, whole=learned.small, fault=fault)
    return partial(failing.fail_interview, course=learned.piped, fault=fault)


def list_limits(learned: Learned) -> Iterator[Trial]:
    largest = max(map(len, learned.batch.files.values()))
    for step in range(STEPS):
        size = largest * step // STEPS
        yield Trial("batch, no file beyond a size", f"{size} bytes", partial(failing.limit_batch, whole=learned.batch, size=size))
    last = len(learned.piped.states[-1] or b"")
    for step in range(STEPS):
        size = last * step // STEPS
        judge = partial(failing.limit_interview, course=learned.piped, size=size)
        yield Trial("interview, no file beyond a size", f"{size} bytes", judge)


def list_places(learned: Learned, runs: int) -> Iterator[Trial]:
    batch, piped = learned.batch, learned.piped
    needs = "" if places.can_mount() else "no mounts of its own"
    yield Trial("batch, read-only", "mounted so", partial(places.write_batch_nowhere, whole=batch), needs)
    yield Trial("interview, read-only", "mounted so", partial(places.save_interview_nowhere, course=piped), needs)
    pages = sum(-(-len(data) // 4096) for data in batch.files.values())
    for step in range(1, STEPS + 1):
        size = 4096 * max(1, pages * step // (STEPS + 1))
        yield Trial("batch, small disk", f"{size} bytes", partial(places.fill_disk_by_batch, whole=batch, size=size), needs)
    for inodes in (2, 3):
        judge = partial(places.fill_disk_by_interview, course=piped, inodes=inodes)
        yield Trial("interview, small disk", f"{inodes} files", judge, needs)
    for after in (0, 1, 100, 2000):
        judge = partial(places.lose_reader_of_batch, whole=batch, after=after)
        yield Trial("batch, nobody reads", f"after {after} bytes", judge)
    for after in range(len(piped.states) - 1):
        judge = partial(places.lose_reader_of_interview, course=piped, after=after)
        yield Trial("interview, nobody reads", f"after {after} answers", judge)
    yield Trial("interview, nobody reads", "the sheet", partial(places.lose_reader_of_sheet, course=piped))
    for turn in range(-(-runs // 10)):
        judge = partial(places.run_two_batches, first=batch, second=learned.other)
        yield Trial("batch, two at once", f"turn {turn}", judge)
        judge = partial(places.hold_two_interviews, first=piped, second=learned.unlike)
        yield Trial("interview, two at once", f"turn {turn}", judge)
