"""Whether the engine keeps memory: `python benchmarks/soak_engine.py`

Prints the resident size before and after

- a million firings of the bundled pack's decisions, each profile of each in turn;
- 3,000 rulesets built, fired once and closed;
- 3,000 firings in which an action raises, each of which throws a ruleset away.

Exits 1 if any of the three leaves it more than 20 MB larger. A short run of the same comes first, so that what is loaded once
does not count. `--firings N` and `--rulesets N` change the numbers. Linux only: the size is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

from triage import EngineFault, Pack, load_pack
from triage.engine import FiredDecision

MOST = 20.0  # MB
WARM_UP = 300
Profile = dict[str, str]


def measure_resident() -> float:
    """The resident size of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class FailingDecision(FiredDecision):
    """A decision whose rules all raise when they fire."""

    def _action(self, rule_id: str) -> Callable[[Any], None]:
        append = super()._action(rule_id)

        def fail(context: Any) -> None:
            append(context)
            if rule_id in self._rule_ids:
                raise RuntimeError("an action that raises")

        return fail

    @property
    def _rule_ids(self) -> set[str]:
        return {rule.rule for rule in self.rules}


def list_firings(pack: Pack, kind: type[FiredDecision]) -> list[tuple[FiredDecision, Profile]]:
    """Every decision of a pack with every profile of it, reachable or not."""
    domains = {name: pack.values_of(name) for name in (*pack.question, *pack.decision)}
    firings = []
    for decision in pack.decisions:
        fired = kind(decision.decision, decision.rules, domains)
        for values in product(*(domains[name] for name in decision.reads)):
            firings.append((fired, dict(zip(decision.reads, values, strict=True))))
    return firings


def fire(firings: list[tuple[FiredDecision, Profile]], number: int) -> None:
    for decision, profile in islice(cycle(firings), number):
        decision.fire(profile)


def build_and_close(pack: Pack, number: int) -> None:
    domains = {name: pack.values_of(name) for name in pack.question}
    decision = pack.decision["safety_net"]
    profile = {name: domains[name][0] for name in decision.reads}
    for _ in range(number):
        fired = FiredDecision(decision.decision, decision.rules, domains)
        fired.fire(profile)
        fired.close()


def fail(firings: list[tuple[FiredDecision, Profile]], number: int) -> None:
    """Fire until so many runs have failed; profiles on which no rule fires cannot fail."""
    failed = 0
    for decision, profile in cycle(firings):
        try:
            decision.fire(profile)
        except EngineFault:
            failed += 1
        if failed == number:
            return


def soak(name: str, run: Callable[[int], None], number: int) -> bool:
    """Whether the size stays within the bound; says what it was."""
    run(WARM_UP)
    before, start = measure_resident(), time.perf_counter()
    run(number)
    after, seconds = measure_resident(), time.perf_counter() - start
    print(f"{number:>9,} {name:28} {before:7.1f} MB before {after:7.1f} MB after {after - before:+6.2f} MB {seconds:6.1f} s")
    return after - before <= MOST


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether the engine keeps memory.")
    parser.add_argument("--firings", type=int, default=1_000_000)
    parser.add_argument("--rulesets", type=int, default=3_000)
    options = parser.parse_args()
    pack = load_pack("vertebral-fracture")
    sound, failing = list_firings(pack, FiredDecision), list_firings(pack, FailingDecision)
    flat = [
        soak("firings", lambda number: fire(sound, number), options.firings),
        soak("rulesets built and closed", lambda number: build_and_close(pack, number), options.rulesets),
        soak("firings that failed", lambda number: fail(failing, number), options.rulesets),
    ]
    sys.exit(0 if all(flat) else 1)


if __name__ == "__main__":
    main()
