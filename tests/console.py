"""The blocks of a page of the documents, run as a reader would run them, with what they show compared.

Console blocks share one folder, in order. `$ cat NAME` of a file that is not there yet writes what the block shows, so that a
reader sees the file that the commands after it use. What starts with `make` or `git` is left to people. `…` on a line of its
own stands for lines that the page leaves out. A block of diff is a change to make at its place between the commands: `---` names
the file, and each part after an `@@` stands in it once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = ("make", "git")
OMITTED = "…\n"


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in FENCED.findall(page.read_text(encoding="utf-8")) if name == language]


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Every command of the console blocks with the output that is shown below it."""
    for block in blocks(page, "console"):
        yield from read_commands(block)


def read_commands(block: str) -> Iterator[tuple[str, str]]:
    assert block.startswith("$ "), f"a console block starts with a command: {block!r}"
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def change(block: str, folder: Path) -> None:
    """Make the change that a block of diff shows."""
    head, *parts = re.split(r"^@@\n", block, flags=re.MULTILINE)
    path = folder / head.removeprefix("--- ").strip()
    text = path.read_text(encoding="utf-8")
    for part in parts:
        lines = part.splitlines(keepends=True)
        before, after = ("".join(line[1:] or line for line in lines if line[0] != other) for other in "+-")
        assert f"\n{text}".count(f"\n{before}") == 1, f"{path.name} does not have this once:\n{before}"
        text = f"\n{text}".replace(f"\n{before}", f"\n{after}")[1:]
    path.write_text(text, encoding="utf-8")


def run(command: str, folder: Path) -> str:
    """What a command says. Where the folder is a checkout, the program is the one that stands there."""
    first = {"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(folder)}
    env = {**os.environ, "COLUMNS": "80"}
    env |= {name: os.pathsep.join(filter(None, (path, os.environ.get(name)))) for name, path in first.items()}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    )
    return done.stdout.decode()


def shows(shown: str, given: str) -> bool:
    """Whether what a page shows is what was given, its omissions aside."""
    parts = [re.escape(part) for part in re.split(rf"^{OMITTED}", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), given) is not None


def find_differences(page: Path, folder: Path) -> list[str]:
    """Go through a page in a folder, commands and changes in order: each command that says other than is shown, and what."""
    wrong = []
    for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
        if language == "diff":
            change(block, folder)
        for command, shown in read_commands(block) if language == "console" else ():
            given = follow(command, shown, folder)
            wrong += [f"$ {command}\n{given}"] if not shows(shown, given) else []
    return wrong


def follow(command: str, shown: str, folder: Path) -> str:
    """What a command says; one that is left to people, or writes what it shows, says that."""
    words = command.split()
    if words[0] == "cat" and not (folder / words[-1]).exists():
        assert shown, f"nothing shows {words[-1]}"
        (folder / words[-1]).write_text(shown, encoding="utf-8")
    elif words[0] not in LEFT_OUT:
        return run(command, folder)
    return shown
