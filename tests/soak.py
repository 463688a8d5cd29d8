"""The service under mixed requests for half an hour: `make soak`, or `PYTHONPATH=tests python -m soak --minutes 30`.

Random intakes, every hostile call, sheets in every format, FHIR and CDS Hooks, one after the other from each client. Each minute
the resident size and the open files of the workers are noted. Ends with 1 if anything was answered with a fault or not at all, or
if the workers have grown: the median of the last third against that of the second, over a twentieth.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from calling import make_request, respond
from hostile.calls import FORM_TYPE, JSON_TYPE, list_calls
from hostile.case import PACK
from served import Served, served, status_of

GROWTH = 1.05
ROOM = ("--limit", "rate=100000", "--limit", "burst=100000")


class Sent(NamedTuple):
    """A request as a client sends it."""

    method: str
    path: str
    lines: tuple[str, ...] = ()
    body: bytes = b""


def draw_answers(chance: random.Random) -> dict[str, str]:
    """An intake in which about half is said."""
    said = (name for name in PACK.question if chance.random() < 0.5)
    return {name: chance.choice((*PACK.question[name].values, "unknown")) for name in said}


def draw_requests(seed: int) -> Iterator[Sent]:
    """Requests without end: odd ones in turn, and between them what is asked on a usual day."""
    chance = random.Random(seed)
    odd = list_calls()
    chance.shuffle(odd)
    usual = itertools.cycle((_intake, _sheet, _file, _response, _card, _page))
    for call in itertools.cycle(odd):
        lines = (*([f"Content-Type: {call.kind}"] if call.kind else []), *(f"{name}: {value}" for name, value in call.headers))
        yield Sent("POST", call.path, lines, call.body)
        for make in itertools.islice(usual, 3):
            yield make(chance)


def _intake(chance: random.Random) -> Sent:
    return _json("/api/assess", {"answers": draw_answers(chance)})


def _response(chance: random.Random) -> Sent:
    return _json("/fhir/QuestionnaireResponse/$assess", respond(PACK, draw_answers(chance)))


def _card(chance: random.Random) -> Sent:
    hook = chance.choice(("patient-view", "appointment-book"))
    return _json(f"/cds-services/{PACK.id}-{hook}", make_request(respond(PACK, draw_answers(chance)), hook))


def _json(path: str, tree: object) -> Sent:
    return Sent("POST", path, (f"Content-Type: {JSON_TYPE}",), json.dumps(tree).encode())


def _sheet(chance: random.Random) -> Sent:
    return _form("/sheet", chance)


def _file(chance: random.Random) -> Sent:
    return _form("/sheet/file", chance, do=chance.choice(("pdf", "json", "markdown")))


def _form(path: str, chance: random.Random, **more: str) -> Sent:
    from triage.desk.form import list_spots

    answers = draw_answers(chance)
    fields = {f"answer.{spot}": answers[spot.question] for spot in list_spots(PACK, 1) if spot.question in answers}
    return Sent("POST", path, (f"Content-Type: {FORM_TYPE}",), urlencode({"site.1": "", **fields, **more}).encode())


def _page(chance: random.Random) -> Sent:
    return Sent("GET", chance.choice(("/", "/interview", "/health", "/api/pack", "/fhir/metadata", "/cds-services", "/nowhere")))


def ask(service: Served, seed: int, end: float, pause: float, counts: Counter[str]) -> None:
    """Send until the time is over, as a browser that was let in."""
    cookie = let_in(service)
    for sent in draw_requests(seed):
        if time.monotonic() > end:
            return
        answer = service.request(sent.method, sent.path, f"Cookie: {cookie}", *sent.lines, body=sent.body)
        status = status_of(answer)
        counts[f"{sent.path.partition('?')[0].split('/$')[0]} {status}"] += 1
        counts["faults"] += not 200 <= status < 500
        time.sleep(pause)


def let_in(service: Served) -> str:
    """The cookie that the address of the start is exchanged for."""
    answer = service.request("GET", f"/?start={service.secret}").decode("latin-1")
    (line,) = (line for line in answer.split("\r\n") if line.lower().startswith("set-cookie: "))
    return line.partition(": ")[2].partition(";")[0]


def measure(service: Served) -> tuple[int, int]:
    """Resident size in KiB and open files of all workers."""
    folders = [Path(f"/proc/{worker}") for worker in service.workers()]
    sizes = [line.split()[1] for at in folders for line in (at / "status").read_text().splitlines() if line.startswith("VmRSS")]
    return sum(map(int, sizes)), sum(len(list((at / "fd").iterdir())) for at in folders)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between two requests of a client")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    sizes: list[int] = []
    with served(*ROOM) as service:
        begun = time.monotonic()
        end = begun + given.minutes * 60
        asking = [
            threading.Thread(target=ask, args=(service, seed, end, given.pause, counts), daemon=True)
            for seed in range(given.clients)
        ]
        workers = service.workers()
        for thread in asking:
            thread.start()
        while time.monotonic() < end:
            time.sleep(min(given.minutes * 2, 60))
            size, files = measure(service)
            sizes.append(size)
            done = sum(counts.values()) - counts["faults"]
            print(
                f"{(time.monotonic() - begun) / 60:6.1f} min {done:9,} requests {size / 1024:8.1f} MiB {files:4} files",
                flush=True,
            )
        for thread in asking:
            thread.join(120)
        is_same = service.workers() == workers
    third = max(len(sizes) // 3, 1)
    growth = statistics.median(sizes[-third:]) / statistics.median(sizes[-2 * third : -third] or sizes)
    for what, count in sorted(counts.items()):
        print(f"{count:9,} {what}")
    print(f"faults {counts['faults']}, workers {'the same' if is_same else 'replaced'}, last third {growth:.3f} of the second")
    return 1 if counts["faults"] or not is_same or growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
