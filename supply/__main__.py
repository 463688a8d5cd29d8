"""`python -m supply WORD …`: what `make lock`, `audit`, `users`, `sbom` and `licences` run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from supply.audit import audit, describe_audit
from supply.bom import BillError, make_bom
from supply.installation import install_users
from supply.licences import PAGE, LicenceError, describe_licences, list_licences
from supply.locks import MADE_ON, list_locks, make_lock


def lock() -> None:
    if sys.version_info[:2] != MADE_ON:
        sys.exit("supply: a lock is made with Python 3.11, which wants a few libraries more than 3.12; make .venv with it")
    for name, wanted in list_locks().items():
        print(name)
        make_lock(name, wanted)


def look_up(*options: str) -> None:
    result = audit(*options)
    print("\n".join(describe_audit(result)))
    sys.exit(not result.passed)


def install(home: str) -> None:
    python = install_users(Path(home))
    subprocess.run([python.with_name("triage"), "demo"], check=True, stdout=subprocess.DEVNULL)
    print(f"{python}: every file was the one that was locked, and the tool runs")


def bill(home: str, target: str) -> None:
    listed = make_bom(Path(home, "bin", "python"), Path(target))
    print(f"{target}: {listed} libraries, all that is locked for users; sound, and the same twice")


def write_licences() -> None:
    PAGE.write_text(describe_licences(list_licences()), encoding="utf-8")


COMMANDS: dict[str, Callable[..., None]] = {
    "lock": lock,
    "audit": look_up,
    "install": install,
    "sbom": bill,
    "licences": write_licences,
}

try:
    COMMANDS[sys.argv[1]](*sys.argv[2:])
except (BillError, LicenceError) as error:
    sys.exit(f"supply: {error}")
except subprocess.CalledProcessError as error:
    sys.exit(f"supply: {' '.join(map(str, error.cmd[:6]))} … ended with {error.returncode}; what it says stands above")
