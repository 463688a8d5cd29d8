"""The README is run: its Python blocks as they stand, its console blocks with their output compared.

Console blocks share one folder, in order. `$ cat NAME` of a file that is not there yet writes what the block shows, so that a
reader sees the file that the commands after it use. What starts with `make` or `git` is left to people.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = ("make", "git")


def blocks(language: str) -> list[str]:
    return [body for name, body in FENCED.findall(README.read_text(encoding="utf-8")) if name == language]


def commands() -> Iterator[tuple[str, str]]:
    """Every command of the console blocks with the output that is shown below it."""
    for block in blocks("console"):
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


def test_the_readme_has_blocks_that_can_be_run() -> None:
    assert blocks("python")
    assert any(not command.startswith(LEFT_OUT) for command, _ in commands())


def test_every_console_block_shows_what_its_commands_give(tmp_path: Path) -> None:
    for name in ("rules", "cli.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    wrong = []
    for command, shown in commands():
        words = command.split()
        if words[0] in LEFT_OUT:
            continue
        if words[0] == "cat" and not (tmp_path / words[-1]).exists():
            assert shown, f"the README does not show {words[-1]}"
            (tmp_path / words[-1]).write_text(shown, encoding="utf-8")
            continue
        given = run(command, tmp_path)
        if given != shown:
            wrong.append(f"$ {command}\n{given}")
    assert not wrong, "the README ought to read:\n" + "\n".join(wrong)


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_block_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {"__name__": "__main__"})
