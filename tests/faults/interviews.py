"""`triage interview --save`, answered line by line on a terminal or through a pipe."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from faults.runs import (
    DONE,
    MODULE,
    ROOT,
    SECONDS,
    TEMPORARY,
    Environment,
    Ran,
    Words,
    environment,
    find_leftovers,
    find_noise,
)

# Each answer by its number: no warning sign, and then the first value of each question.
LINES = (*["2"] * 7, *["1"] * 11)
PROMPT = b"answer> "
State = bytes | None  # what the file holds; None where there is none


class Interview:
    """One interview in a folder, which keeps `out/case.json`."""

    def __init__(self, folder: Path, *, on_terminal: bool) -> None:
        self.folder, self.out, self.on_terminal = folder, folder / "out", on_terminal
        self.saved = self.out / "case.json"
        self.out.mkdir(parents=True)

    def read(self, path: Path | None = None) -> State:
        path = path or self.saved
        return path.read_bytes() if path.exists() else None

    def start(
        self, more: Environment = MappingProxyType({}), *, goes_on: bool = False, before: Words = (), **options: Any
    ) -> Talk:
        begin = ["--from", str(self.saved)] if goes_on else []
        command = [*before, *MODULE, "interview", *begin, "--save", str(self.saved)]
        env = environment(TMPDIR=str(self.folder), TERM="dumb", **more)
        named: dict[str, Any] = {"cwd": ROOT, "env": env, **options}
        return start_on_terminal(command, named) if self.on_terminal else start_on_pipes(command, named)


class Talk:
    """An interview under way. `mouth` and `ears` are open files: answers go in, questions come out."""

    def __init__(self, process: subprocess.Popen[bytes], mouth: int, ears: int) -> None:
        self.process, self.mouth, self.ears = process, mouth, ears
        self.said = b""
        self.given = 0

    def go_on(self, lines: Words = LINES, at_prompt: Callable[[], object] = lambda: None, *, until: int = 99) -> None:
        """Answer each question with the next line, up to a number of them, or to the end if there are no more questions."""
        while True:
            while self.said.count(PROMPT) > self.given:
                at_prompt()
                if self.given >= until or self.given >= len(lines):
                    return
                with contextlib.suppress(OSError):  # nobody listens any more
                    os.write(self.mouth, f"{lines[self.given]}\n".encode())
                self.given += 1
            if not (part := self._hear()):
                return
            self.said += part

    def end(self) -> Ran:
        """Listen to the last word."""
        while part := self._hear():
            self.said += part
        self.hang_up()
        return Ran(self.process.wait(SECONDS), self.said.decode(errors="replace"))

    def hang_up(self) -> None:
        for stream in {self.mouth, self.ears}:
            with contextlib.suppress(OSError):
                os.close(stream)

    def _hear(self) -> bytes:
        try:
            return os.read(self.ears, 65536)
        except OSError:  # how Linux says that nobody has the terminal open any more
            return b""


def start_on_terminal(command: list[str], options: dict[str, Any]) -> Talk:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, preexec_fn=lambda: os.login_tty(theirs), **options)
    os.close(theirs)
    return Talk(process, ours, ours)


def start_on_pipes(command: list[str], options: dict[str, Any]) -> Talk:
    """The sheet goes nowhere; questions are on standard error."""
    theirs, mouth = os.pipe()
    ears, voice = os.pipe()
    streams = {"stdin": theirs, "stderr": voice, "stdout": subprocess.DEVNULL, **options}
    process = subprocess.Popen(command, **streams)
    os.close(theirs)
    os.close(voice)
    return Talk(process, mouth, ears)


class Course(NamedTuple):
    """An interview that nobody stops: what its file holds after each answer, and how long it takes."""

    lines: Words
    states: tuple[State, ...]
    seconds: float

    def find_wrong(self, interview: Interview, ran: Ran, *, cleans: bool = True) -> list[str]:
        """What a run, stopped or failed, left that it may not leave."""
        saved = interview.read()
        wrong = find_noise(ran) + (find_leftovers(interview.folder) if cleans else [])
        wrong += [f"{path.name} is not known" for path in interview.out.iterdir() if not is_known(path, interview)]
        if saved not in self.states:
            return [*wrong, f"what is saved is after no answer: {saved!r}"]
        kept, confirmed = self.states.index(saved), count_confirmed(ran.said)
        if kept < confirmed:
            wrong.append(f"{confirmed} answers were confirmed, and {kept} are kept")
        if ran.code == DONE and saved != self.states[-1]:
            wrong.append("it says that it is done, and not every answer is kept")
        if "nothing was answered, so nothing was saved" in ran.said and kept:
            wrong.append(f"it says that nothing was saved, and {kept} answers are")
        return wrong

    def find_wrong_again(self, interview: Interview) -> list[str]:
        """What is kept otherwise, once the interview has gone on where it was stopped, than by one that nobody stopped."""
        kept = self.states.index(interview.read())
        talk = interview.start(goes_on=kept > 0)
        talk.go_on(self.lines[kept:])
        ran = talk.end()
        return (
            [] if (ran.code, interview.read()) == (DONE, self.states[-1]) else [f"gone on with, it gives something else: {ran}"]
        )


def count_confirmed(said: str) -> int:
    """The answers that the screen has shown to be taken: by an echo, or by the next question."""
    return max(said.count("recorded: "), said.count(PROMPT.decode()) - 1)


def is_known(path: Path, interview: Interview) -> bool:
    return path == interview.saved or path.name.startswith(TEMPORARY)


def learn_course(folder: Path, *, on_terminal: bool, lines: Words = LINES) -> Course:
    interview, states = Interview(folder, on_terminal=on_terminal), list[State]()
    begun = time.monotonic()
    talk = interview.start()
    talk.go_on(lines, lambda: states.append(interview.read()))
    ran = talk.end()
    seconds = time.monotonic() - begun
    states.append(interview.read())
    assert (ran.code, talk.given) == (DONE, len(states) - 1), ran
    assert (len(set(states)), states[0]) == (len(states), None)
    return Course(lines, tuple(states), seconds)
