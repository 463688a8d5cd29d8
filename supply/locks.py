"""Locks: what is installed for users, tests and builds, each file named by its hash and none by its address.

Versions stand in constraints.txt and nowhere else: a lock is what pyproject.toml wants, in those versions. pip-compile resolves
for the Python it runs on, so a lock is made on 3.11, which wants a few more than 3.12; the tests hold that nothing is missing on
either. A lock that cannot be made leaves the old one as it was.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "supply" / "locks"
CONSTRAINTS = ROOT / "constraints.txt"
MADE_ON = (3, 11)
HEADER = "# Made by `make lock` from pyproject.toml in the versions of constraints.txt: change those, and make it anew.\n"
OPTIONS = (
    *("--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--resolver", "backtracking"),
)


class Wanted(NamedTuple):
    """What a lock is made of: the project with some extras, and groups of pyproject.toml."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    project: bool = True


class Pin(NamedTuple):
    """One line of a lock."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def list_user_locks() -> dict[str, Wanted]:
    """What users install: the tool alone, and with each extra."""
    return {"core": Wanted()} | {extra: Wanted((extra,)) for extra in read_project()["project"]["optional-dependencies"]}


def list_locks() -> dict[str, Wanted]:
    """Every lock by its name: those of users, one to test with, one to build with."""
    tests = Wanted(tuple(read_project()["project"]["optional-dependencies"]), ("test", "lint", "docs", "supply"))
    return list_user_locks() | {"tests": tests, "build": Wanted(groups=("build",), project=False)}


def lock_file(name: str) -> Path:
    return FOLDER / f"{name}.txt"


def requirements_of(wanted: Wanted) -> tuple[Requirement, ...]:
    """What pyproject.toml asks for by name."""
    tree = read_project()
    project = tree["project"]
    lists = [project["dependencies"]] if wanted.project else []
    lists += [project["optional-dependencies"][extra] for extra in wanted.extras]
    lists += [tree["dependency-groups"][group] for group in wanted.groups]
    return tuple(Requirement(line) for lines in lists for line in lines)


def make_lock(name: str, wanted: Wanted) -> None:
    """Write a lock anew. Raises CalledProcessError if pip-compile finds no way; what it says is on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        asked, made = Path(folder, "asked.in"), Path(folder, "lock.txt")
        asked.write_text("".join(f"{requirement}\n" for requirement in requirements_of(wanted)), encoding="utf-8")
        files = ["--constraint", str(CONSTRAINTS), "--output-file", str(made), str(asked)]
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *files]
        subprocess.run(command, check=True, cwd=folder)
        lock_file(name).write_text(HEADER + made.read_text(encoding="utf-8"), encoding="utf-8")


def read_lock(name: str) -> tuple[Pin, ...]:
    """The lines of a lock. Raises ValueError at one that does not name a version and a hash."""
    return tuple(_read_pins(lock_file(name)))


def _read_pins(file: Path) -> Iterator[Pin]:
    for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            asked, *hashes = line.split("--hash=")
            requirement = Requirement(asked)
            [version] = [part.version for part in requirement.specifier if part.operator == "=="] or [""]
            if not version or not hashes or len(requirement.specifier) != 1:
                raise ValueError(f"{file.name}: not pinned to one version with hashes: {asked.strip()}")
            yield Pin(canonicalize_name(requirement.name), version, tuple(part.strip() for part in hashes))
