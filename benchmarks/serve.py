"""Assessments over HTTP at 16 clients, against a FastAPI handler that returns a constant, under the same settings of uvicorn.

The two services take turns. Each has two worker processes; the clients are one process of their own, which keeps 16 connections
open and sends the next request on one as soon as its answer is there. Needs the extra `serve`. `--requests`, `--rounds`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import intakes

from triage.service.settings import Limits, Settings
from triage.service.supervisor import Supervisor, bind, configure

CLIENTS = 16
LIMITS = Limits(rate=1e9, burst=10**9)


class Figures(NamedTuple):
    """One round of one service; times in milliseconds, `cpu` that of the workers for one request."""

    failed: int
    a_second: float
    cpu: float
    p50: float
    p99: float


def make_constant() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.post("/api/assess")
    async def constant() -> dict[str, str]:
        return {"outcome": "constant"}

    return app


def make_triage(settings: Settings) -> Any:
    from triage.service.supervisor import make_worker

    return make_worker(settings)


MAKERS: dict[str, Callable[[Settings], Callable[[], Any]]] = {
    "constant": lambda _: make_constant,
    "triage": lambda settings: partial(make_triage, settings),
}


def serve(name: str) -> None:
    """Serve one of the two, and say on which port."""
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        settings = Settings(port=port, public_url=f"http://127.0.0.1:{port}", secret="x" * 32, limits=LIMITS)
        Supervisor(configure(settings, MAKERS[name](settings)), [listening]).serve(lambda: print(port, flush=True))


def start(name: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen([sys.executable, __file__, "--serve", name], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


class Client(asyncio.Protocol):
    """A connection that is never idle: the next request leaves when the answer to the last is whole."""

    def __init__(self, requests: list[bytes], took: list[float], done: asyncio.Future[int]) -> None:
        self.requests, self.took, self.done = requests, took, done
        self.received, self.failed, self.sent = b"", 0, 0.0
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) >= length:
            self.took.append(time.perf_counter() - self.sent)
            self.failed += not head.startswith(b"HTTP/1.1 200 ")
            self.received = body[length:]
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(self.failed + len(self.requests) + 1)

    def _next(self) -> None:
        if not self.requests:
            self.done.set_result(self.failed)
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(self.requests.pop())


def spent(supervisor: int) -> float:
    """The CPU time in milliseconds that the workers of a service have used."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(supervisor)], capture_output=True, text=True, check=True)
    ticks = 0
    for pid in listed.stdout.split():
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


async def load(supervisor: int, port: int, requests: list[bytes]) -> Figures:
    took: list[float] = []
    loop = asyncio.get_running_loop()
    count, before, started = len(requests), spent(supervisor), time.perf_counter()
    waiting = [loop.create_future() for _ in range(CLIENTS)]
    for number, done in enumerate(waiting):
        await loop.create_connection(partial(Client, requests[number::CLIENTS], took, done), "127.0.0.1", port)
    failed = sum(await asyncio.gather(*waiting))
    took.sort()
    seconds = time.perf_counter() - started
    cpu = (spent(supervisor) - before) / count
    return Figures(failed, len(took) / seconds, cpu, took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000)


def draw(port: int, count: int, seed: int) -> list[bytes]:
    """Requests about intakes of every kind, most of them with answers missing or unknown."""
    chance = random.Random(seed)
    questions = {**intakes.FRACTURE, **intakes._REST}
    made = []
    for _ in range(count):
        asked = [name for name in questions if chance.random() < 0.8]
        answers = {name: "unknown" if chance.random() < 0.1 else chance.choices(*zip(*questions[name].items(), strict=True))[0]
                   for name in asked}  # fmt: skip
        body = json.dumps({"answers": answers}).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        made.append(f"POST /api/assess HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{kind}\r\n\r\n".encode() + body)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)  # fewer do not tell the slowest in a hundred
    parser.add_argument("--serve", choices=MAKERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    services = {name: start(name) for name in MAKERS}
    found: dict[str, list[Figures]] = {name: [] for name in services}
    try:
        for number in range(-1, options.rounds):  # the first is not counted: engines are loaded, modules imported
            for name, (process, port) in services.items():
                figures = asyncio.run(load(process.pid, port, draw(port, options.requests, number)))
                if number >= 0:
                    found[name].append(figures)
                    times = f"{figures.cpu:.2f} ms of CPU, p50 {figures.p50:6.1f} ms, p99 {figures.p99:6.1f} ms"
                    print(f"{name:9} failed {figures.failed}, {figures.a_second:7,.0f} a second, {times}")
    finally:
        for process, _ in services.values():
            process.terminate()
            process.wait()
    medians = {name: [statistics.median(column) for column in zip(*rounds, strict=True)] for name, rounds in found.items()}
    ratios = [ours / theirs for ours, theirs in zip(medians["triage"][2:], medians["constant"][2:], strict=True)]
    cpu, p50, p99 = (f"{ratio:.2f} times" for ratio in ratios)
    print(f"against the constant: CPU {cpu}, p50 {p50}, p99 {p99}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
