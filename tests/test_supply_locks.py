"""The locks: nothing that pyproject.toml wants is missing, on either Python and either kind of machine; one version each."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from console import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply import locks
from supply.installation import build_only
from supply.locks import CONSTRAINTS, FOLDER, Wanted, list_locks, list_user_locks, read_lock, read_project, requirements_of

# What is supported: two Pythons, two systems, two kinds of processor.
MACHINES = [
    {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system, "platform_machine": machine}
    | {"platform_system": {"linux": "Linux", "darwin": "Darwin"}[system], "os_name": "posix"}
    | {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for python in ("3.11", "3.12")
    for system in ("linux", "darwin")
    for machine in ("x86_64", "arm64" if system == "darwin" else "aarch64")
]
ADDRESS = re.compile(r"://|^-|@|^[^#]*/", re.MULTILINE)


def wants(wanted: Wanted, machine: dict[str, str]) -> set[str]:
    """Every library that some requirements come to on a machine, followed through what is installed here."""
    waiting, seen = [*requirements_of(wanted)], set()
    while waiting:
        asked = waiting.pop()
        for extra in ("", *asked.extras):
            name = canonicalize_name(asked.name)
            if (name, extra) not in seen:
                seen.add((name, extra))
                further = [Requirement(line) for line in distribution(name).requires or ()]
                waiting += [one for one in further if one.marker is None or one.marker.evaluate(machine | {"extra": extra})]
    return {name for name, _ in seen}


@pytest.mark.parametrize("name", list_locks())
def test_a_lock_has_all_that_is_wanted_on_any_machine_and_nothing_else(name: str) -> None:
    locked = {pin.name for pin in read_lock(name)}
    wanted = [wants(list_locks()[name], machine) for machine in MACHINES]
    assert [missing for found in wanted if (missing := found - locked)] == []
    assert locked - set().union(*wanted) == set()


def read_constraints() -> dict[str, str]:
    """The version that each name has, here and in every lock."""
    lines = [line for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


@pytest.mark.parametrize("name", list_locks())
def test_a_lock_has_the_versions_of_the_constraints_and_they_are_allowed(name: str) -> None:
    pins = {pin.name: pin.version for pin in read_lock(name)}
    constraints = read_constraints()
    assert pins == {pinned: constraints[pinned] for pinned in pins}
    asked = requirements_of(list_locks()[name])
    assert asked
    assert [str(one) for one in asked if not one.specifier.contains(pins[canonicalize_name(one.name)])] == []


def test_every_constraint_is_locked_or_for_what_only_long_runs_need() -> None:
    locked = {pin.name for name in list_locks() for pin in read_lock(name)}
    only = Wanted(groups=("bench", "fuzz", "mutation", "spark"), project=False)
    more = {canonicalize_name(one.name) for one in requirements_of(only)}
    assert set(read_constraints()) - locked - more == {"py4j"}  # brought by pyspark
    builders = [str(one) for one in requirements_of(Wanted(groups=("build",), project=False))]
    assert set(read_project()["build-system"]["requires"]) <= set(builders)


def test_a_library_has_the_same_hashes_in_every_lock() -> None:
    found = {(pin.name, pin.hashes) for name in list_locks() for pin in read_lock(name)}
    assert len(found) == len({name for name, _ in found})
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for _, hashes in found for digest in hashes)


def test_what_users_install_is_tested() -> None:
    assert {pin for name in list_user_locks() for pin in read_lock(name)} <= set(read_lock("tests"))


def test_what_builds_is_taken_out_of_an_installation_and_nothing_else() -> None:
    assert build_only() >= {"hatchling", "pip", "setuptools"}
    assert not build_only() & {pin.name for name in list_user_locks() for pin in read_lock(name)}


def test_there_is_no_lock_too_many_and_none_has_an_address() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(list_locks())
    assert [file.name for file in FOLDER.iterdir() if ADDRESS.search(file.read_text(encoding="utf-8"))] == []


def test_make_installs_by_the_locks() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "LOCKED := $(PIP) --require-hashes --no-build-isolation" in text
    assert set(re.findall(r"\$\(LOCKED\)/(\w+)\.txt", text)) == {"build", "core", "tests"}


@pytest.mark.parametrize(
    "line",
    [
        "six==1.17.0",
        "six --hash=sha256:00",
        "six>=1 --hash=sha256:00",
        "six>=1,==1.17.0 --hash=sha256:00",
    ],
)
def test_a_line_without_a_version_or_a_hash_is_refused(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "core.txt").write_text(f"# made\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(locks, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"core\.txt: not pinned to one version with hashes: six"):
        read_lock("core")
