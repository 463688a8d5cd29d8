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


def build(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    return build(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, which sees what is installed here and nothing of the checkout: nothing is compiled."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    [wheel] = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    here = f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"
    (packages_of(home) / "installed.pth").write_text(here, encoding="utf-8")
    return home


def packages_of(home: Path) -> Path:
    return home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"


def test_the_wheel_installs_one_name_with_the_packs_inside(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = f"vcf_triage-{project['version']}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {name.split("/")[0] for name in inside} == {"triage", about}
    packs = {f"triage/{name}" for name in files_under("rules")}
    assert "triage/rules/vertebral-fracture/examples/both.yaml" in packs
    assert {"triage/desk/templates/desk.html", "triage/desk/static/desk.css", "triage/desk/static/desk.js"} <= inside
    assert {name for name in inside if name.startswith("triage/")} == files_under("triage") | packs
    assert {"triage/py.typed", f"{about}/entry_points.txt", f"{about}/licenses/LICENSE"} <= inside


def test_what_is_installed_runs_from_anywhere(installed: Path, tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}

    def run(*arguments: str) -> str:
        command = [str(installed / "bin" / "triage"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    folder = packages_of(installed) / "triage" / "rules" / "vertebral-fracture"
    assert run("packs").endswith(f" · {folder}\n")
    assert run("demo").endswith(f"They are in\n{folder}/examples\n")
    assert run("--version") == f"triage {project['version']}\n"
    golden = ROOT / "tests" / "golden" / "vertebral-fracture" / "both.json"
    assert run("assess", str(folder / "examples" / "both.yaml"), "--format", "json") == golden.read_text(encoding="utf-8")


CONSUMER = """
from triage import Assessment, Intake, Pack, assess, load_pack

pack: Pack = load_pack("vertebral-fracture")
found: Assessment = assess(pack, Intake(answers={"stable": "yes"}), reading=None)
outcome: str = found.outcome
asked: tuple[str, ...] = found.next_questions
print(outcome, asked)
"""


def test_programs_that_use_it_are_checked_against_its_types(installed: Path, tmp_path: Path) -> None:
    def check(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "consumer.py").write_text(text, encoding="utf-8")
        python = ["--python-executable", str(installed / "bin" / "python")]
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", *python, "consumer.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert check(CONSUMER).returncode == 0, check(CONSUMER).stdout
    wrong = check(CONSUMER.replace("outcome: str", "outcome: int"))
    assert (wrong.returncode, wrong.stdout.count("error:")) == (1, 1)
    assert 'expression has type "str", variable has type "int"' in wrong.stdout


def test_what_is_built_again_from_the_archive_is_the_same_to_the_byte(built: Path, tmp_path: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build(tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "again")
    assert sorted(file.name for file in again.iterdir()) == sorted(file.name for file in built.iterdir())
    for file in again.iterdir():
        assert file.read_bytes() == (built / file.name).read_bytes(), file.name


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
