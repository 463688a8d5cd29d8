"""The service calls nobody: looked at from inside Python, and by every system call of its processes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from served import Served, served, status_of

CALLS: tuple[tuple[str, str, str], ...] = (
    ("GET", "/", ""),
    ("GET", "/health", ""),
    ("GET", "/api/pack", ""),
    ("GET", "/fhir/metadata", ""),
    ("GET", "/cds-services", ""),
    ("POST", "/api/assess", '{"answers": {"collapsed": "yes"}}'),
    ("POST", "/api/next-question", '{"answers": {}}'),
    (
        "POST",
        "/fhir/QuestionnaireResponse/$assess",
        '{"resourceType": "QuestionnaireResponse", "questionnaire": "http://192.0.2.1"}',
    ),
    ("POST", "/cds-services/x", '{"fhirServer": "http://192.0.2.1/"}'),
)
# Every way out that Python tells of; loading the program opens files and compiles, and that is all.
WAYS_OUT = (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "urllib.Request",
    "http.client.connect", "smtplib.connect", "ftplib.connect", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec",
    "os.fork",
)  # fmt: skip
PROGRAM = f"""
import json, sys
sys.path.insert(0, "tests")
found = []
sys.addaudithook(lambda event, values: found.append(event) if event in {WAYS_OUT!r} else None)
from asgi import COOKIE, JSON, SETTINGS, call
from triage.service.app import create_app
app = create_app(SETTINGS)
statuses = [call(app, method, path, COOKIE, JSON, body=body.encode()).status for method, path, body in {CALLS!r}]
print(json.dumps([statuses, found]))
"""
LEAVES = re.compile(r"\b(connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET")


def test_python_is_asked_for_no_way_out() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    statuses, found = json.loads(run.stdout)
    assert found == []
    assert statuses[:7] == [200] * 7


def use(service: Served) -> None:
    cookie = "Cookie: none=none"
    for method, path, body in CALLS:
        status = status_of(service.request(method, path, "Content-Type: application/json", cookie, body=body.encode()))
        assert 200 <= status < 500, path


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_process_of_the_service_asks_the_system_for_a_connection(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    tracer = ("strace", "-D", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,bind", "-o", str(calls))
    if subprocess.run([*tracer[:4], "-o", str(calls), "true"], check=False).returncode:
        pytest.skip("strace may not trace here")
    with served("--workers", "1", before=tracer) as service:
        use(service)
    lines = calls.read_text().splitlines()
    assert [line for line in lines if "bind(" in line and "AF_INET" in line], "nothing was traced"
    assert not [line for line in lines if LEAVES.search(line)]
