"""The tool as users install it: the wheel and the libraries of every extra, each file by its hash, in an environment of its own.

What is built from source (durable-rules, and the wheel itself) is built by the setuptools and hatchling of the lock `build`, and
they are taken out again. Not pinned here: Python, the C compiler, and the headers that it reads.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from supply.locks import ROOT, list_user_locks, lock_file, read_lock


def install_users(home: Path) -> Path:
    """Make the environment anew; gives its Python. Raises CalledProcessError where a file is not the one that was locked."""
    venv.create(home, clear=True, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    locks = [f"--requirement={lock_file(name)}" for name in list_user_locks()]
    run_pip(python, "install", "--require-hashes", f"--requirement={lock_file('build')}")
    run_pip(python, "install", "--require-hashes", "--no-build-isolation", *locks)
    with tempfile.TemporaryDirectory() as folder:
        run_pip(python, "wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(ROOT))
        [wheel] = Path(folder).glob("*.whl")
        run_pip(python, "install", "--no-deps", "--no-index", str(wheel))
    run_pip(python, "uninstall", "--yes", *sorted(build_only()))
    run_pip(python, "check")
    return python


def build_only() -> set[str]:
    """What building needs and the tool does not."""
    used = {pin.name for name in list_user_locks() for pin in read_lock(name)}
    return {pin.name for pin in read_lock("build")} - used


def run_pip(python: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet", *arguments]
    subprocess.run(command, check=True)
