"""The blocks of a page of the documents, run as a reader would run them, with what they show compared.

Console blocks share one folder, in order. `$ cat NAME` of a file that is not there yet writes what the block shows, so that a
reader sees the file that the commands after it use. What starts with `make` or `git` is left to people. `…` on a line of its
own stands for lines that the page leaves out.
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
        assert block.startswith("$ "), f"a console block starts with a command: {block!r}"
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def run(command: str, folder: Path) -> str:
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    )
    return done.stdout.decode()


def shows(shown: str, given: str) -> bool:
    """Whether what a page shows is what was given, its omissions aside."""
    parts = [re.escape(part) for part in re.split(rf"^{OMITTED}", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), given) is not None


def find_differences(page: Path, folder: Path) -> list[str]:
    """Run every console block of a page in a folder: each command whose output is not as shown, with its output."""
    wrong = []
    for command, shown in commands(page):
        words = command.split()
        if words[0] in LEFT_OUT:
            continue
        if words[0] == "cat" and not (folder / words[-1]).exists():
            assert shown, f"{page.name} does not show {words[-1]}"
            (folder / words[-1]).write_text(shown, encoding="utf-8")
            continue
        given = run(command, folder)
        if not shows(shown, given):
            wrong.append(f"$ {command}\n{given}")
    return wrong
