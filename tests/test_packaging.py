"""What is built and what is installed: one top-level name, the packs inside it, and all that the tests need in the archive."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IGNORED = {"__pycache__", ".mypy_cache", "node_modules"}


def files_under(*folders: str) -> set[str]:
    """The files of the checkout below some folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if not IGNORED & set(path.parts)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_installs_one_name_with_the_packs_inside_and_runs_from_anywhere(built: Path, tmp_path: Path) -> None:
    [wheel] = built.glob("*.whl")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = f"vcf_triage-{project['version']}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {name.split("/")[0] for name in inside} == {"triage", about}
    packs = {f"triage/{name}" for name in files_under("rules")}
    assert "triage/rules/vertebral-fracture/examples/both.yaml" in packs
    assert {name for name in inside if name.startswith("triage/")} == files_under("triage") | packs
    assert {"triage/py.typed", f"{about}/entry_points.txt", f"{about}/licenses/LICENSE"} <= inside

    # A fresh environment that sees what is installed here and nothing of the checkout, so that nothing is compiled again.
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    packages = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (packages / "installed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}

    def run(*arguments: str) -> str:
        command = [str(home / "bin" / "triage"), *arguments]
        done = subprocess.run(command, cwd=elsewhere, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    folder = packages / "triage" / "rules" / "vertebral-fracture"
    assert run("packs").endswith(f" · {folder}\n")
    assert run("demo").endswith(f"They are in\n{folder}/examples\n")
    assert run("--version") == f"triage {project['version']}\n"
    golden = ROOT / "tests" / "golden" / "vertebral-fracture" / "both.json"
    assert run("assess", str(folder / "examples" / "both.yaml"), "--format", "json") == golden.read_text(encoding="utf-8")


def test_the_source_archive_has_what_the_tests_and_make_need(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"cli.py", "Makefile", "constraints.txt", "pyproject.toml", "README.md", "LICENSE"}
    assert needed | files_under("triage", "rules", "tests") <= inside


@pytest.mark.parametrize("name", ["rules", "cli"])
def test_the_names_that_other_distributions_install_are_not_ours(built: Path, name: str) -> None:
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not any(entry.split("/")[0] in (name, f"{name}.py") for entry in archive.namelist())
