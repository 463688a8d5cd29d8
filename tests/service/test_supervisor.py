"""Worker processes come and go; the service stays, and nothing stays behind it."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import pytest
from served import Served, body_of, served, status_of, wait_until
from uvicorn.config import STARTUP_FAILURE

from triage.assessment import Assessor
from triage.errors import EngineFault, RequestError
from triage.service.settings import Settings
from triage.service.supervisor import _prepare, bind, make_worker

REQUESTS, CLIENTS = 2000, 8
FAST = ("--limit", "rate=100000", "--limit", "burst=100000")


@pytest.mark.parametrize("cause", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_ends_under_load_is_replaced_and_costs_less_than_one_request_in_a_hundred(cause: signal.Signals) -> None:
    with served(*FAST) as service:
        before = service.workers()
        assert len(before) == 2
        done = threading.Semaphore(0)

        def ask(answer: str) -> bool:
            try:
                answers = json.loads(body_of(service.assess({"collapsed": answer})))["answers"]
            except (OSError, ValueError):  # nothing came back, or half of it
                return False
            finally:
                done.release()
            return bool(answers == {"collapsed": answer})

        with ThreadPoolExecutor(CLIENTS) as clients:
            asked = [clients.submit(ask, answer) for answer in islice(cycle(("yes", "no", "unknown")), REQUESTS)]
            for _ in range(REQUESTS // 4):
                done.acquire()
            os.kill(before[0], cause)
            failed = sum(not one.result() for one in asked)
        assert failed < REQUESTS / 100
        assert wait_until(lambda: len(service.workers()) == 2 and before[0] not in service.workers())
        assert before[1] in service.workers()


def test_requests_wait_where_no_worker_is_left(service: Served) -> None:
    for worker in service.workers():
        os.kill(worker, signal.SIGKILL)
    assert status_of(service.request("GET", "/health")) == 200


@pytest.mark.parametrize("cause", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_worker_outlives_the_service(cause: signal.Signals) -> None:
    with served() as service:
        workers = service.workers()
        assert workers
        service.process.send_signal(cause)
        assert service.process.wait(60) == (0 if cause is not signal.SIGKILL else -9)
        assert wait_until(lambda: not any(is_running(worker) for worker in workers))


def test_a_service_that_was_started_to_outlive_its_terminal_does() -> None:
    with served(before=("nohup",)) as service:
        service.process.send_signal(signal.SIGHUP)
        for worker in service.workers():
            os.kill(worker, signal.SIGHUP)
        service.process.send_signal(signal.SIGWINCH)  # handled after what came before it
        assert status_of(service.request("GET", "/health")) == 200
        assert service.process.poll() is None


def list_children(pid: int) -> str:
    command = ["ps", "-ww", "-o", "args=", "--ppid", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_an_interrupt_at_the_terminal_is_not_seen_by_workers_that_start() -> None:
    command = [sys.executable, "-m", "triage", "serve", "--no-browser"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=pipe, text=True, start_new_session=True) as process:
        begun = wait_until(lambda: "spawn_main" in list_children(process.pid))
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert begun
    assert process.returncode == 0
    assert "Traceback" not in said


def is_running(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


@pytest.fixture
def service() -> object:
    with served() as running:
        yield running


def test_a_request_that_is_being_answered_is_answered_to_its_end(service: Served) -> None:
    body = b'{"answers": {"collapsed": "yes"}}'
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
    head = f"POST /api/assess HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n{kind}"
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode() + body[:10])
        assert wait_until(lambda: status_of(service.request("GET", "/health")) == 200)
        service.process.send_signal(signal.SIGTERM)
        connection.sendall(body[10:])
        assert status_of(connection.recv(65536)) == 200
    assert service.process.wait(60) == 0


def test_a_service_that_cannot_be_started_ends_and_says_why_without_a_traceback() -> None:
    program = (
        "from triage.service.settings import Settings; from triage.service.supervisor import bind, supervise; "
        "print(supervise(Settings(pack='no-such-pack'), bind('127.0.0.1', 0), lambda: print('ready')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert run.stdout == "False\n"
    assert "the service could not be started: RequestError at library.py" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_worker_that_cannot_be_made_tells_its_supervisor_not_to_try_again() -> None:
    with pytest.raises(SystemExit) as left:
        make_worker(Settings(pack="no-such-pack"))
    assert left.value.code == STARTUP_FAILURE


def test_what_cannot_be_prepared_is_told_and_left_to_whoever_asks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Assessor):
        def __init__(self) -> None:
            """Nothing to load."""

        def prepare(self, most: int = 0) -> None:
            raise EngineFault("the engine gave no answer")

    _prepare(Broken())
    gc.unfreeze()
    assert [record.message for record in caplog.records] == ["not all could be prepared: the engine gave no answer"]


def test_a_port_is_had_once() -> None:
    said = r"^127\.0\.0\.1, port \d+, cannot be listened on: Address already in use$"
    with bind("127.0.0.1", 0) as first, pytest.raises(RequestError, match=said):
        bind("127.0.0.1", first.getsockname()[1])


def test_a_name_of_loopback_is_not_looked_up() -> None:
    with bind("localhost", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["nowhere.example", "300.1.1.1", "", "127.0.0.1/8", "192.0.2.1", "a\0b", "example.com"])
def test_an_address_that_is_not_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(RequestError, match="cannot be listened on"):
        bind(host, 0).close()


def test_a_worker_leaves_no_core_behind(service: Served) -> None:
    for worker in service.workers():
        limits = Path(f"/proc/{worker}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


def test_workers_that_end_one_after_the_other_before_they_answer_are_given_up(tmp_path: Path) -> None:
    program = tmp_path / "dying.py"
    program.write_text(
        "import os\n"
        "from triage.service.settings import Settings\n"
        "from triage.service.supervisor import Supervisor, bind, configure\n"
        "def die():\n"
        "    os._exit(9)\n"
        "if __name__ == '__main__':\n"
        "    print(Supervisor(configure(Settings(), die), [bind('127.0.0.1', 0)]).serve(lambda: print('ready')))\n"
    )
    run = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False, timeout=300)
    assert (run.stdout, run.stderr) == ("False\n", "")


def test_a_worker_that_takes_its_time_to_start_is_not_taken_for_one_that_hangs(tmp_path: Path) -> None:
    program = tmp_path / "slow.py"
    program.write_text(
        "import os, signal, time\n"
        "from triage.service.settings import Settings\n"
        "from triage.service.supervisor import Supervisor, bind, configure\n"
        "def make():\n"
        "    if os.path.exists('once'):\n"
        "        os.kill(os.getppid(), signal.SIGTERM)\n"
        "    open('once', 'w').close()\n"
        "    return print\n"
        "if __name__ == '__main__':\n"
        "    config = configure(Settings(workers=1), make)\n"
        "    config.timeout_worker_healthcheck = 0.5\n"
        "    supervisor = Supervisor(config, [bind('127.0.0.1', 0)])\n"
        "    print(supervisor.serve(lambda: supervisor.processes[0].process.kill()))\n"
        "else:\n"
        "    time.sleep(2)\n"
    )
    command = [sys.executable, str(program)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (run.stdout, run.stderr) == ("True\n", "")
