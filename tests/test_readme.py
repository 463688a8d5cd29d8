"""The README is run: its Python blocks as they stand, its console blocks with their output compared; see `console`."""

from __future__ import annotations

from pathlib import Path

import pytest
from console import LEFT_OUT, ROOT, blocks, commands, find_differences, shows

README = ROOT / "README.md"


def test_the_readme_has_blocks_that_can_be_run() -> None:
    assert blocks(README, "python")
    assert any(not command.startswith(LEFT_OUT) for command, _ in commands(README))


def test_every_console_block_shows_what_its_commands_give(tmp_path: Path) -> None:
    for name in ("rules", "cli.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    assert not (wrong := find_differences(README, tmp_path)), "the README ought to read:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("shown", "given"),
    [("a\nb\n", "a\nb\n"), ("a\n…\n", "a\nb\nc\n"), ("…\nc\n", "a\nb\nc\n"), ("a\n…\nc\n", "a\nc\n")],
)
def test_an_omission_stands_for_any_lines(shown: str, given: str) -> None:
    assert shows(shown, given)


@pytest.mark.parametrize(
    ("shown", "given"),
    [("a\n", "a\nb\n"), ("a\n…\nd\n", "a\nb\nc\n"), ("a…\n", "ab\n"), ("a\n…\nc\n", "a\nbc\n"), (".\n", "a\n")],
)
def test_an_omission_stands_for_whole_lines_and_nothing_else_is_let_pass(shown: str, given: str) -> None:
    assert not shows(shown, given)


@pytest.mark.parametrize("block", blocks(README, "python"))
def test_every_python_block_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {"__name__": "__main__"})
