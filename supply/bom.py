"""The software bill of materials, in CycloneDX: every library that users install, with version, licence and what needs it.

cyclonedx-py reads it off a clean installation. It carries no time and no serial number, so that the same installation gives the
same bytes; it carries no hashes either: those stand in the locks. A bill that is not sound, not the same twice, or not of all
that is locked, is not written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cyclonedx.schema
from packaging.utils import canonicalize_name

from supply.locks import ROOT, list_user_locks, read_lock

SPEC = "1.6"
SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"


class BillError(Exception):
    """The bill cannot be used; the message says why."""


def make_bom(python: Path, target: Path) -> int:
    """Write the bill of an installation; gives the number of libraries in it. Raises BillError, and writes nothing then."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = (read_off(python, Path(folder, f"{seed}.json"), seed) for seed in ("1", "2"))
        if first.read_bytes() != second.read_bytes():
            raise BillError("two bills of one installation differ")
        validate(first)
        listed = list_components(first)
        compare(listed, {(pin.name, pin.version) for name in list_user_locks() for pin in read_lock(name)})
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(first.read_bytes())
    return len(listed)


def read_off(python: Path, target: Path, seed: str) -> Path:
    """What cyclonedx-py finds in the environment of a Python, with an order of sets of its own."""
    options = ["--output-reproducible", "--spec-version", SPEC, "--pyproject", str(ROOT / "pyproject.toml"), "--output-file"]
    command = [sys.executable, "-m", "cyclonedx_py", "environment", *options, str(target), str(python)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": seed})
    return target


def validate(bill: Path) -> None:
    """Hold a bill against the schema of CycloneDX, by check-jsonschema. Raises BillError with what it says."""
    schema = SCHEMAS / f"bom-{SPEC}.SNAPSHOT.schema.json"
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), "--base-uri", schema.as_uri(), str(bill)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BillError(f"not CycloneDX {SPEC}: {done.stdout}{done.stderr}")


def list_components(bill: Path) -> set[tuple[str, str]]:
    """The libraries of a bill, as name and version."""
    tree = json.loads(bill.read_text(encoding="utf-8"))
    return {(canonicalize_name(part["name"]), part["version"]) for part in tree.get("components", ())}


def compare(listed: set[tuple[str, str]], locked: set[tuple[str, str]]) -> None:
    """Raises BillError where a bill lists something else than what is locked."""
    if listed != locked:
        parts = [f"{sign}{name} {version}" for sign, name, version in _differ(listed, locked)]
        raise BillError(f"the bill lists something else than the locks (+ only listed, - only locked): {', '.join(parts)}")


def _differ(listed: set[tuple[str, str]], locked: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return sorted([("+", *part) for part in listed - locked] + [("-", *part) for part in locked - listed])
