"""Known vulnerabilities of what is locked, by pip-audit; every locked version has been looked up, or the audit fails.

pip-audit asks a vulnerability service over the network. Where none answers there is no audit, and that is a failure: an audit of
nothing finds nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

from supply.locks import list_locks, lock_file, read_lock

OPTIONS = ("--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")


class Audit(NamedTuple):
    """What was locked and what was looked up of it, as name and version; what is known against it; what pip-audit said."""

    locked: frozenset[tuple[str, str]]
    audited: frozenset[tuple[str, str]]
    known: tuple[str, ...]
    said: str

    @property
    def passed(self) -> bool:
        return self.locked == self.audited and not self.known


def list_locked() -> frozenset[tuple[str, str]]:
    """Every version of every lock."""
    return frozenset((pin.name, pin.version) for name in list_locks() for pin in read_lock(name))


def audit(*options: str) -> Audit:
    """Look up every locked version; `options` say which service pip-audit asks."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "audit.json")
        files = [f"--requirement={lock_file(name)}" for name in list_locks()]
        command = [sys.executable, "-m", "pip_audit", *OPTIONS, *files, f"--output={report}", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stderr.strip().rpartition("\n")[2]
        tree = json.loads(report.read_text(encoding="utf-8")) if report.is_file() and report.stat().st_size else {}
    return read_report(list_locked(), tree, said)


def read_report(locked: frozenset[tuple[str, str]], tree: dict[str, Any], said: str) -> Audit:
    """An audit from what pip-audit wrote; what it skipped was not audited."""
    looked_up = [found for found in tree.get("dependencies", ()) if "skip_reason" not in found]
    audited = frozenset((canonicalize_name(found["name"]), found["version"]) for found in looked_up)
    return Audit(locked, audited, tuple(_list_known(looked_up)), said)


def _list_known(looked_up: list[dict[str, Any]]) -> Iterator[str]:
    for found in looked_up:
        for flaw in found["vulns"]:
            mended = ", ".join(flaw["fix_versions"]) or "no version yet"
            yield f"{found['name']} {found['version']}: {flaw['id']}, mended in {mended}"


def describe_audit(result: Audit) -> Iterator[str]:
    """What was found, line by line; the last one is the count."""
    yield from sorted(set(result.known))
    missing = sorted(result.locked - result.audited)
    if not result.audited:
        yield f"no vulnerability service was reached, and nothing audited; pip-audit says: {result.said}"
        yield "Run it where the network reaches one: `make audit`, or `make audit AUDIT='--vulnerability-service osv'`."
    elif missing:
        yield f"not audited: {', '.join(f'{name} {version}' for name, version in missing)}; pip-audit says: {result.said}"
    yield f"{'passed' if result.passed else 'FAILED'}: {len(result.locked)} locked, {len(result.locked & result.audited)} audited"
