"""The audit: pip-audit itself, against a service of our own on loopback, since no other can be counted on here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from supply.audit import audit, describe_audit, list_locked, read_report

LOCKED = frozenset({("jinja2", "3.1.6"), ("pyyaml", "6.0.3")})
JINJA, YAML = ({"name": name, "version": version, "vulns": []} for name, version in (("Jinja2", "3.1.6"), ("PyYAML", "6.0.3")))


def flaw_of(name: str, version: str) -> dict[str, Any]:
    """One entry as OSV writes it."""
    events = [{"introduced": "0"}, {"fixed": "99.0"}]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, "versions": [version]}]
    day = "2026-01-01T00:00:00Z"
    return {"id": "GHSA-xxxx", "summary": "one", "details": "two", "modified": day, "published": day, "affected": affected}


class Service(BaseHTTPRequestHandler):
    """Knows something against one library, and nothing against the others."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = asked["package"]["name"], asked["version"]
        body = json.dumps({"vulns": [flaw_of(name, version)]} if name == "jinja2" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_locked_version_is_looked_up_and_what_is_known_is_told(service: str) -> None:
    result = audit("--vulnerability-service=osv", f"--osv-url={service}")
    assert result.audited == result.locked == list_locked()
    version = dict(result.locked)["jinja2"]
    count = len(result.locked)
    assert list(describe_audit(result)) == [
        f"jinja2 {version}: GHSA-xxxx, mended in 99.0",
        f"FAILED: {count} locked, {count} audited",
    ]


def test_an_audit_that_reaches_nobody_fails_and_says_so() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.server_close()
    result = audit("--vulnerability-service=osv", f"--osv-url=http://127.0.0.1:{server.server_port}/v1/query")
    assert not result.passed
    told = list(describe_audit(result))
    assert told[0].startswith("no vulnerability service was reached, and nothing audited; pip-audit says: ")
    assert told[-1] == f"FAILED: {len(result.locked)} locked, 0 audited"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([JINJA, YAML], ["passed: 2 locked, 2 audited"]),
        ([JINJA], ["not audited: pyyaml 6.0.3; pip-audit says: this", "FAILED: 2 locked, 1 audited"]),
        (
            [JINJA, {"name": "PyYAML", "skip_reason": "not found"}],
            ["not audited: pyyaml 6.0.3; pip-audit says: this", "FAILED: 2 locked, 1 audited"],
        ),
        (
            [JINJA, YAML | {"version": "6.0.2"}],
            ["not audited: pyyaml 6.0.3; pip-audit says: this", "FAILED: 2 locked, 1 audited"],
        ),
        (
            [JINJA, YAML | {"vulns": [{"id": "PYSEC-1", "fix_versions": []}]}],
            ["PyYAML 6.0.3: PYSEC-1, mended in no version yet", "FAILED: 2 locked, 2 audited"],
        ),
    ],
)
def test_an_audit_passes_only_with_all_looked_up_and_nothing_known(found: list[dict[str, Any]], told: list[str]) -> None:
    assert list(describe_audit(read_report(LOCKED, {"dependencies": found}, "this"))) == told
