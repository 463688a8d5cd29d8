"""The pre-commit hook, in a repository made here. Only the environment is ours: pre-commit would build one, for minutes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checked_pack import CLEAN
from small_pack import Edit, write_pack

MANIFEST = Path(__file__).parent.parent / ".pre-commit-hooks.yaml"
WRONG = Edit("questions.yaml", "    help: As said.\n", "    help: The best of it.\n")

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="this copy of the project has no definition of the hook")


class Repository:
    """A git repository with our hook, run in this Python instead of one that pre-commit makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
        own = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit"),
        }
        names |= {f"GIT_{who}_{what}": "desk@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.env = names | own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        (hook,) = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
        self.run("git", "init", "--quiet")
        config = {"repos": [{"repo": "local", "hooks": [{**hook, "language": "system"}]}]}
        (folder / ".pre-commit-config.yaml").write_text(json.dumps(config), encoding="utf-8")
        self.run(sys.executable, "-m", "pre_commit", "install")

    def run(self, *command: str) -> str:
        done = self.try_run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def try_run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)

    def commit(self, *paths: str) -> tuple[bool, str]:
        """Commit these paths; whether the hook let it pass, and what was said."""
        self.run("git", "add", *paths)
        done = self.try_run("git", "commit", "--message", "Change")
        return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_definition_of_the_hook_is_one_that_pre_commit_reads() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_commit_with_findings_is_stopped_and_says_where(repository: Repository) -> None:
    (repository.folder / "packs").mkdir()
    write_pack(repository.folder / "packs" / "bicycles", *CLEAN, WRONG)
    passed, said = repository.commit(".")
    assert not passed
    assert 'packs/bicycles/questions.yaml:26:5: banned-wording: says "best"' in said
    write_pack(repository.folder / "packs" / "bicycles", *CLEAN)
    passed, said = repository.commit(".")
    assert passed, said


def test_only_packs_of_which_a_file_changed_are_checked(repository: Repository) -> None:
    write_pack(repository.folder / "one", *CLEAN, WRONG)
    write_pack(repository.folder / "two", *CLEAN)
    passed, said = repository.commit("two", ".pre-commit-config.yaml")
    assert passed, said
    (repository.folder / "two" / "examples").mkdir()
    example = repository.folder / "two" / "examples" / "sand.yaml"
    example.write_text("answers: {surface: mud}\n", encoding="utf-8")
    passed, said = repository.commit("two")
    assert not passed
    assert "two/examples/sand.yaml:1:11: example-fails" in said
    assert "one/" not in said


def test_a_file_of_a_pack_that_is_removed_stops_the_commit_and_a_pack_that_goes_as_a_whole_does_not(
    repository: Repository,
) -> None:
    write_pack(repository.folder / "one", *CLEAN)
    write_pack(repository.folder / "two", *CLEAN, WRONG)
    repository.run("git", "add", ".")
    repository.run("git", "commit", "--no-verify", "--message", "Begin")
    for name, told in (
        ("sheet.yaml", "one/sheet.yaml:1:1: unreadable-file"),
        ("pack.yaml", '"one" is a folder without a pack.yaml'),
    ):
        repository.run("git", "rm", "--quiet", f"one/{name}")
        done = repository.try_run("git", "commit", "--message", "Remove")
        assert done.returncode != 0
        assert told in done.stdout + done.stderr
        assert "two/" not in done.stdout + done.stderr
        repository.run("git", "reset", "--hard", "--quiet")
    repository.run("git", "rm", "--quiet", "-r", "two")
    repository.run("git", "commit", "--message", "Remove two")


def test_other_files_are_left_alone(repository: Repository) -> None:
    (repository.folder / "cases.yaml").write_text("best: of all\n", encoding="utf-8")
    (repository.folder / "notes.yaml").write_text("best: of all\n", encoding="utf-8")
    passed, said = repository.commit(".")
    assert passed, said
