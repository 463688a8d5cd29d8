"""The engine proven at length: `make engine`, or one part of it with `make engine WHICH=pairs`.

- crashes: what durable-rules cannot stand, and what the wrapper makes of it
- memory: address sanitizer and valgrind
- threads: 504,000 assessments on eight threads
- pairs: a million, kept in `.engine-pairs.jsonl`; stopped by Ctrl-C, it goes on there the next time
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from engine_proofs import crashes, memory, pairs, threads

PAIRS = 1_000_000
KEPT = Path(".engine-pairs.jsonl")
# Seeds of pairs: under a sanitizer a run takes three times as long, under valgrind fifty times.
SANITIZED, WATCHED = 300, 30


def prove_crashes() -> int:
    wrong = 0
    for name in crashes.CASES:
        bare, wrapped, found = crashes.find_wrong(name)
        wrong += bool(found)
        print(f"{name:38} {bare[:60]:62} {wrapped[:50]}{'  WRONG' if found else ''}", flush=True)
    return wrong


def prove_memory() -> int:
    found = {
        f"address sanitizer, the tests of the engine, threads and {SANITIZED} seeds": memory.prove_sanitized(SANITIZED),
        f"valgrind, {WATCHED} seeds": memory.prove_watched(WATCHED),
    }
    for name, wrong in found.items():
        print(f"{name}: {wrong or 'nothing'}", flush=True)
    return sum(map(len, found.values()))


def prove_threads() -> int:
    done, wrong = threads.count_wrong(0)
    print(f"{done:,} assessments on {threads.THREADS} threads, {wrong} otherwise than by one", flush=True)
    return wrong


def prove_pairs() -> int:
    seeds = total = fired = wrong = 0
    for one in pairs.go_on(KEPT, PAIRS):
        seeds, total, fired, wrong = seeds + 1, total + one.pairs, fired + one.fired, wrong + len(one.wrong)
        for text in one.wrong:
            print(text, flush=True)
    print(f"{total:,} pairs of {seeds:,} seeds, {fired:,} rules fired, {wrong} wrong", flush=True)
    return wrong


PARTS: dict[str, Callable[[], int]] = {
    "crashes": prove_crashes,
    "memory": prove_memory,
    "threads": prove_threads,
    "pairs": prove_pairs,
}


def main(chosen: list[str]) -> int:
    return 1 if sum([PARTS[name]() for name in chosen or PARTS]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
