"""Where nothing can be written, nobody reads, or somebody else is writing."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from faults.batches import OLD, Whole, finish
from faults.failing import find_untold, judge_batch, judge_interview
from faults.interviews import Course, Interview, Talk, count_confirmed
from faults.runs import DONE, REJECTED, UNUSABLE, Ran, Words, find_halves, find_leftovers, find_noise, read_files, select

# `$0` is the folder that is written to. What is mounted is seen by the command alone, and gone with it.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
SMALL = (
    'mount -t tmpfs -o size="$1" tmpfs "$0"; shift; "$@"; code=$?; '
    'cp -a "$0/." "$0.seen"; umount "$0"; cp -a "$0.seen/." "$0"; rm -r "$0.seen"; exit $code'
)


@cache
def can_mount() -> bool:
    """Whether this machine lets a command have mounts of its own: root may, in most containers nobody may."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def mounted(script: str, out: Path, *more: str) -> Words:
    return ("unshare", "--mount", "sh", "-c", script, str(out), *more)


def write_batch_nowhere(folder: Path, whole: Whole) -> list[str]:
    batch = whole.prepare(folder, replacing=True)
    ran = batch.run(before=mounted(READ_ONLY, batch.out))
    return judge_batch(batch, whole, ran, errno.EROFS) + ([] if ran.code == UNUSABLE else [f"exit code {ran.code}"])


def save_interview_nowhere(folder: Path, course: Course) -> list[str]:
    interview = Interview(folder, on_terminal=False)
    talk = interview.start(before=mounted(READ_ONLY, interview.out))
    talk.go_on()
    ran = talk.end()
    asked = ["it asked before it looked where to write"] if talk.given else []
    return asked + find_untold(ran, errno.EROFS) + find_noise(ran) + find_leftovers(interview.folder)


def fill_disk_by_batch(folder: Path, whole: Whole, size: int) -> list[str]:
    batch = whole.prepare(folder)
    (folder / "out.seen").mkdir()
    return judge_batch(batch, whole, batch.run(before=mounted(SMALL, batch.out, str(size))), errno.ENOSPC)


def fill_disk_by_interview(folder: Path, course: Course, inodes: int) -> list[str]:
    """A disk that takes so many files and no more: one for the folder, one for what is saved, one for what takes its place."""
    interview = Interview(folder, on_terminal=False)
    (folder / "out.seen").mkdir()
    talk = interview.start(before=mounted(SMALL, interview.out, f"4096,nr_inodes={inodes}"))
    talk.go_on()
    return judge_interview(interview, course, talk.end(), errno.ENOSPC)


def lose_reader_of_batch(folder: Path, whole: Whole, after: int) -> list[str]:
    """The table goes to standard output, of which a reader takes so many bytes and then goes."""
    batch = whole.prepare(folder, table="-")
    with batch.start(stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        given = os.read(process.stdout.fileno(), after) if after else b""
        process.stdout.close()
        process.stdout = None
        ran = finish(process)
    wrong = find_noise(ran) + find_leftovers(batch.folder)
    if ran.code != REJECTED or "cannot be written" in ran.said:
        wrong.append(f"exit code {ran.code}: {ran.said}")
    if not whole.files[batch.units[0]].startswith(given):
        wrong.append("the reader got something else")
    found = read_files(batch.out)
    return wrong + [f"{unit} is not whole" for unit in batch.units[1:] if select(found, unit) != select(whole.files, unit)]


def lose_reader_of_interview(folder: Path, course: Course, after: int) -> list[str]:
    """Whoever listens to the questions goes after so many answers."""
    interview = Interview(folder, on_terminal=False)
    talk = interview.start()
    talk.go_on(until=after)
    os.close(talk.ears)
    os.write(talk.mouth, f"{course.lines[after]}\n".encode())
    os.close(talk.mouth)
    ran = Ran(talk.process.wait(), talk.said.decode())
    wrong = course.find_wrong(interview, ran) + ([] if ran.code in (DONE, UNUSABLE) else [f"exit code {ran.code}"])
    return wrong or course.find_wrong_again(interview)


def lose_reader_of_sheet(folder: Path, course: Course) -> list[str]:
    interview = Interview(folder, on_terminal=False)
    ours, theirs = os.pipe()
    os.close(ours)
    talk = interview.start(stdout=theirs)
    os.close(theirs)
    talk.go_on()
    ran = talk.end()
    return course.find_wrong(interview, ran) + ([] if ran.code == DONE else [f"exit code {ran.code}: {ran.said[-300:]}"])


def run_two_batches(folder: Path, first: Whole, second: Whole) -> list[str]:
    """Two tables to the same places: each place has what one of the two writes, whole."""
    batches = [whole.prepare(folder / str(whole.rows)) for whole in (first, second)]
    for batch in batches:
        batch.out = folder / "out"
    (folder / "out").mkdir()
    for unit in batches[0].units[:-1]:
        (folder / "out" / unit).write_bytes(OLD)
    running = [batch.start() for batch in batches]
    ended = [finish(process) for process in running]
    found = read_files(folder / "out")
    wrong = [noise for ran in ended for noise in find_noise(ran)] + find_leftovers(folder)
    wrong += find_halves(found, first.files, second.files, batches[0].units)
    if not {ran.code for ran in ended} <= {REJECTED, UNUSABLE} or REJECTED not in {ran.code for ran in ended}:
        wrong.append(f"exit codes of {ended}")
    return wrong


def hold_two_interviews(folder: Path, first: Course, second: Course) -> list[str]:
    """Two interviews with one file, at the same time: what was confirmed in either is in a file of its own course."""
    interview = Interview(folder, on_terminal=False)
    talks = [interview.start(), interview.start()]
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(hold, talks, (first, second)))
    kept = [path.read_bytes() for path in interview.out.iterdir()]
    wrong = [noise for ran in ended for noise in find_noise(ran)] + find_leftovers(folder)
    wrong += [f"what is saved is of neither: {data!r}" for data in kept if data not in (*first.states, *second.states)]
    for course, ran in zip((first, second), ended, strict=True):
        most = max((course.states.index(data) for data in kept if data in course.states), default=0)
        if (
            most < count_confirmed(ran.said)
            or ran.code not in (DONE, UNUSABLE)
            or (ran.code == DONE and most < len(course.states) - 1)
        ):
            wrong.append(f"{most} answers are kept of {count_confirmed(ran.said)}, exit code {ran.code}")
    return wrong


def hold(talk: Talk, course: Course) -> Ran:
    talk.go_on(course.lines)
    return talk.end()
