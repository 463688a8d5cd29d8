"""Assessments on eight threads that share a pack, against the same by one thread.

Each round has intakes of its own and a pack that remembers nothing yet, so that the threads meet while rulesets are built.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

from triage import Assessment, Intake, Pack, assess, load_pack

THREADS, ROUNDS, NUMBER = 8, 90, 700


def draw_intakes(pack: Pack, pick: Random, number: int) -> list[Intake]:
    """Intakes with about half of the answers, some of which are not known."""
    intakes = []
    for _ in range(number):
        asked = [question for question in pack.question.values() if pick.random() < 0.5]
        intakes.append(Intake({question.question: pick.choice((*question.values, "unknown")) for question in asked}))
    return intakes


def run_rounds(first: int, *, rounds: int = ROUNDS, number: int = NUMBER) -> Iterator[tuple[int, int]]:
    """How many were assessed in a round, and how many otherwise than by one thread."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    for seed in range(first, first + rounds):
        alone, shared = load_pack(), load_pack()
        intakes = draw_intakes(alone, Random(seed), number)
        expected = [assess(alone, intake) for intake in intakes]

        orders = [Random(f"{seed} {thread}").sample(range(number), number) for thread in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            yield THREADS * number, sum(pool.map(partial(count_others, shared, intakes, expected), orders))
    sys.setswitchinterval(before)


def count_others(pack: Pack, intakes: list[Intake], expected: list[Assessment], order: list[int]) -> int:
    return sum(assess(pack, intakes[place]) != expected[place] for place in order)


def count_wrong(first: int, *, rounds: int = ROUNDS, number: int = NUMBER) -> tuple[int, int]:
    """Assessments in all, and those that were wrong."""
    counted = list(run_rounds(first, rounds=rounds, number=number))
    return sum(done for done, _ in counted), sum(wrong for _, wrong in counted)
