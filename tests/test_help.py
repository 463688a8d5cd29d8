"""`--help` and completion as people use them: a summary that is not cut off, an example that does what it says, a real shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
import typer
from console import ROOT, run

from publish.commands import find_commands
from triage.cli import app
from triage.cli.options import EXAMPLE

CAFE = ROOT / "rules" / "repair-cafe"
EXAMPLES = {
    name: next(part.removeprefix(EXAMPLE) for part in command.epilog.split("\n\n") if part.startswith(EXAMPLE))
    for name, command in find_commands(typer.main.get_command(app))
}
WAITING = {"triage interview", "triage serve"}
# What the text of an example gives here, where that is another exit code than 0: the leaflet of the café is not the page.
FINDS = {"triage rules trace": 1}
# The longest summary that every shell shows whole beside the name of its command.
WHOLE = 45
SHELLS = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that an example names."""
    folder = tmp_path_factory.mktemp("desk")
    intake = ROOT / "rules" / "vertebral-fracture" / "examples" / "kyphoplasty.yaml"
    shutil.copy(intake, folder / "intake.yaml")
    (folder / "tomorrow.csv").write_text("reference,fracture\ncase-17,yes\n", encoding="utf-8")
    for text in ("page.txt", "leaflet.txt"):
        shutil.copy(ROOT / "docs" / "examples" / "repair-cafe.txt", folder / text)
    shutil.copytree(CAFE, folder / "my-pack")
    shutil.copytree(intake.parent.parent, folder / "my-version")
    for output in ("assessment.json", "saved.json"):
        assert "wrote" in run(f"triage assess intake.yaml --output {output}", folder)
    return folder


@pytest.fixture
def desk(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "desk"))


def test_every_command_shows_an_example_of_itself_and_a_summary_that_no_list_cuts_off() -> None:
    for name, command in find_commands(typer.main.get_command(app)):
        assert EXAMPLES[name].startswith(name)
        summary = command.get_short_help_str(WHOLE)
        assert not summary.endswith("..."), (name, summary)
    for group in ((), ("rules",)):
        listed = run(" ".join(["triage", *group, "--help"]), ROOT).partition("\nCommands:\n")[2]
        assert "..." not in listed


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in WAITING])
def test_the_example_of_a_command_does_what_it_says(name: str, desk: Path) -> None:
    before = set(desk.iterdir())
    done = subprocess.run(
        EXAMPLES[name].split(), cwd=desk, executable=BIN / "triage", capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == FINDS.get(name, 0), done.stderr
    named = re.findall(r"--(?:output|rejects) (\S+)", EXAMPLES[name])
    assert all((desk / file).stat().st_size for file in named)
    assert done.stdout or set(desk.iterdir()) - before


def test_the_example_of_the_interview_asks_and_keeps_the_answers(desk: Path) -> None:
    words = EXAMPLES["triage interview"].split()
    done = subprocess.run(
        words, cwd=desk, executable=BIN / "triage", input="no\nstop\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (desk / words[-1]).is_file()


def test_the_example_of_serve_says_its_address_and_serves_until_it_is_stopped(desk: Path) -> None:
    child: Any = pexpect.spawn(
        str(BIN / "triage"), EXAMPLES["triage serve"].split()[1:], cwd=str(desk), encoding="utf-8", timeout=60
    )
    child.expect(r"http://127\.0\.0\.1:\d+/")
    child.kill(signal.SIGTERM)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


# Completion


@pytest.mark.parametrize(
    "shell", [pytest.param(one, marks=pytest.mark.skipif(not shutil.which(one), reason=one)) for one in SHELLS]
)
def test_a_shell_completes_commands_options_choices_and_files(shell: str, tmp_path: Path) -> None:
    (tmp_path / "intake.yaml").touch()
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "dumb", "PS1": "> "}
    child: Any = pexpect.spawn(shell, [*SHELLS[shell]], cwd=str(tmp_path), env=env, encoding="utf-8", timeout=20)
    child.delaybeforesend = None
    if shell == "zsh":
        child.sendline("autoload -Uz compinit; compinit -u")
    child.sendline('eval "$(triage --show-completion)"; echo re""ady')
    child.expect("ready")
    for typed, completed in (
        ("triage int", "triage interview"),
        ("triage rules gr", "triage rules graph"),
        ("triage assess --format m", "triage assess --format markdown"),
        ("triage assess inta", "triage assess intake.yaml"),
    ):
        child.send(f"{typed}\t")
        child.expect_exact(completed)
        child.send("\x15")
    child.close(force=True)
