"""`triage serve` as a process of its own, and raw bytes sent to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

PATIENCE = 60


class Served(NamedTuple):
    """A running service. `said` is what it said until it was ready."""

    process: subprocess.Popen[str]
    url: str
    port: int
    secret: str
    said: str

    def send(self, data: bytes, *, wait: float = PATIENCE) -> bytes:
        """What comes back until the service hangs up or falls silent; the connection is then closed from here."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            received = bytearray()
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            with contextlib.suppress(ConnectionError, TimeoutError):
                while part := connection.recv(65536):
                    received += part
            return bytes(received)

    def request(self, method: str, path: str, *lines: str, body: bytes = b"", host: str | None = None) -> bytes:
        """One request on a connection of its own. A line with the name of a usual header takes its place."""
        named = {line.partition(":")[0].lower() for line in lines}
        usual = {"host": f"Host: {host or f'127.0.0.1:{self.port}'}", "content-length": f"Content-Length: {len(body)}"}
        kept = [line for name, line in usual.items() if name not in named]
        head = "\r\n".join((f"{method} {path} HTTP/1.1", *kept, *lines, "Connection: close", "", ""))
        return self.send(head.encode("latin-1") + body)

    def assess(self, answers: dict[str, str]) -> bytes:
        body = json.dumps({"answers": answers}).encode()
        return self.request("POST", "/api/assess", "Content-Type: application/json", body=body)

    def workers(self) -> list[int]:
        """The processes that answer."""
        command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)]
        listed = subprocess.run(command, check=True, capture_output=True, text=True)
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def status_of(answer: bytes) -> int:
    """The status of a response; 0 if there was none."""
    found = re.match(rb"HTTP/1\.1 ([0-9]{3}) ", answer)
    return int(found[1]) if found else 0


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


@contextlib.contextmanager
def served(*options: str, before: tuple[str, ...] = (), **environment: str) -> Iterator[Served]:
    """A service on a free port, told to end when the block does. `before` is a command that starts it."""
    command = [*before, sys.executable, "-m", "triage", "serve", "--no-browser", *options]
    pipe, env = subprocess.PIPE, {**os.environ, **environment}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=env) as process:
        try:
            yield _ready(process, options)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
                process.kill()


def _ready(process: subprocess.Popen[str], options: tuple[str, ...]) -> Served:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"^  (\S+)$", said, re.MULTILINE)
    assert found is not None, said
    parts = urlsplit(found[1])
    (secret,) = parse_qs(parts.query)["start"]
    port = int(options[options.index("--port") + 1]) if "--port" in options else parts.port or 0
    return Served(process, f"{parts.scheme}://{parts.netloc}", port, secret, said)


def wait_until(claim: object, seconds: float = PATIENCE) -> bool:
    """Whether a claim (a function without arguments) comes true within a generous time."""
    assert callable(claim)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.02)
    return False
