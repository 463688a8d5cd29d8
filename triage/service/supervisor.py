"""Worker processes and the one that starts them, which is uvicorn's.

The C engine can end the process that it runs in. A worker that ends is replaced, the others answer meanwhile, and connections
that none has taken yet wait in the listening socket, which the supervisor holds. Worker processes end with their supervisor.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import parent_process, resource_tracker
from typing import Any

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from triage.assessment import Assessor
from triage.errors import RequestError, TriageError
from triage.service.protocol import BoundedProtocol
from triage.service.settings import Settings

BACKLOG = 2048
LOOK_SECONDS = 0.1
START_SECONDS = 30
HANG_SECONDS = 10
MOST_LOST = 5

logger = logging.getLogger("triage.service")


def bind(host: str, port: int) -> socket.socket:
    """A socket that connections wait in; port 0 takes any that is free. Raises RequestError where it cannot be had."""
    numeric = "127.0.0.1" if host == "localhost" else host  # no name is looked up
    try:
        family, _, _, _, address = socket.getaddrinfo(numeric, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0]
        # The protocol is named, since asyncio sends small answers at once (TCP_NODELAY) only where it knows that it is TCP.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)  # now: until then another program could take the same port
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "ports go from 1 to 65535"
        raise RequestError(f"{host}, port {port}, cannot be listened on: {reason}") from error
    listening.set_inheritable(True)
    return listening


def supervise(settings: Settings, listening: socket.socket, when_ready: Callable[[], None]) -> bool:
    """Serve until told to stop by a signal. False if the service could not be started."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold answers; worker processes inherit this
    # Else glibc gives each thread that lays out a sheet a heap of its own, and workers grow for hours.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    return Supervisor(configure(settings, partial(make_worker, settings)), [listening]).serve(when_ready)


def configure(settings: Settings, make_app: Callable[[], Any]) -> Config:
    """How uvicorn serves an application that each worker process makes for itself."""
    return Config(
        make_app,
        factory=True,
        interface="asgi3",
        workers=settings.workers,
        http=partial(BoundedProtocol, limits=settings.limits),  # type: ignore[arg-type] # it is called as the class would be
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=settings.limits.head,
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=HANG_SECONDS,
    )


class Supervisor(Multiprocess):
    """uvicorn's, which looks after its workers more often, keeps a Ctrl-C at the terminal to itself, and can give up.

    It ends with its terminal, unless it was started to outlive it (`nohup`).
    """

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        on_hangup = signal.getsignal(signal.SIGHUP)
        super().__init__(config, sockets)
        if on_hangup is signal.SIG_IGN:
            signal.signal(signal.SIGHUP, on_hangup)
        self.answering: set[Process] = set()
        self.begun: dict[Process, float] = {}

    def handle_hup(self) -> None:
        """The terminal is gone, and with it the only way to end the service by Ctrl-C."""
        self.should_exit.set()

    def serve(self, when_ready: Callable[[], None]) -> bool:
        """Serve until told to stop. False if workers end before they answer anything, one after the other."""
        resource_tracker.ensure_running()  # begun by the first process that is started, it would let interrupts in again
        with _holding_interrupts():
            self.init_processes()
        is_told = False
        lost = 0  # since one last came to answer
        while not self.should_exit.wait(LOOK_SECONDS) and lost < MOST_LOST:
            self.handle_signals()
            before = set(self.processes)
            with _holding_interrupts():
                self.keep_subprocess_alive()
            lost += len(before - set(self.processes) - self.answering)
            came = {process for process in set(self.processes) - self.answering if process.is_ready(1)}
            self.answering = (self.answering | came) & set(self.processes)
            lost = 0 if came else lost
            if came and not is_told and not self.signal_queue:
                when_ready()
                is_told = True
        failed = lost >= MOST_LOST or any(process.exitcode == STARTUP_FAILURE for process in self.processes)
        self.terminate_all()
        self.join_all()
        return not failed

    def keep_subprocess_alive(self) -> None:
        """Replace whoever has ended, or answers no more. On a busy machine one that starts is given the time that it takes."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set() or self._is_well(process):
                continue
            process.kill()
            process.join()
            self.begun.pop(process, None)
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()

    def _is_well(self, process: Process) -> bool:
        if process in self.answering or not process.process.is_alive():
            return process.is_alive(self.config.timeout_worker_healthcheck)
        return time.monotonic() - self.begun.setdefault(process, time.monotonic()) < START_SECONDS


@contextmanager
def _holding_interrupts() -> Iterator[None]:
    """Let SIGINT wait. A process started meanwhile never sees it: its supervisor tells it when to end."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def make_worker(settings: Settings) -> Any:
    """The application of a worker process, told apart from others in nothing. Ends the process where it cannot be made."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s triage %(levelname)s: %(message)s")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from triage.service.app import create_app
    from triage.service.responses import describe_failure

    try:
        app = create_app(settings)
    except Exception as error:  # noqa: BLE001 - whatever it is, starting once more would end in the same way
        logger.error("the service could not be started: %s", describe_failure(error))
        sys.exit(STARTUP_FAILURE)
    gc.set_threshold(20_000, 10, 5)
    threading.Thread(target=_prepare, args=(app.state.assessor,), daemon=True).start()
    return app


def _prepare(assessor: Assessor) -> None:
    """While the first are answered: what decisions can come to. Else one answer in a hundred would take three times as long."""
    try:
        assessor.prepare()
    except TriageError as error:  # whoever asks for this is told
        logger.warning("not all could be prepared: %s", error)
    # What is loaded and what is remembered stays: looking through it for garbage again and again would make some answers slow.
    gc.collect()
    gc.freeze()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
