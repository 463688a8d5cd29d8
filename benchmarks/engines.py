"""How many intakes a second, in one process: `python benchmarks/engines.py`

Compares the project with bare durable-rules, zen-engine, rule-engine, business-rules and a hand-written if/else, all on the same
fracture decision and on one stream of 20,000 intakes with repeats. All sides are first held against each other on the 96
consistent, fully known intakes. Then they take turns, round after round; a figure is the median of the rounds, a ratio the
median of the ratios within a round. The project's lines:

- outcome: the remembered lookup on normalised answers, `assessor_for(pack).outcome(answers)`;
- assess: the whole `Assessment` from a raw `Intake` of all 17 questions, building the `Intake` included;
- assess, answers missing: the same with one fracture answer in four unknown, which no competitor can take.

These go through the stream again and again, so every intake has been met before. In a new process, imports and pack ready:

- new stream: the stream once, with its repeats as they come;
- first time: distinct intakes only. Nothing is remembered but what the ones before left.

The zen-engine formula is shown and not ranked: it is one folded expression, not a chain of decisions.
`--engines-only` leaves the project out, `--rounds N` changes the seven rounds.
"""

from __future__ import annotations

import argparse
import gc
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import intakes
from competitors import business_rules, durable_rules, rule_engine, zen_engine
from fracture import Decide, decide_by_hand
from intakes import Answers

SHORTEST = 0.1  # seconds: a quicker side goes through the stream several times a round
BY_HAND = "if/else by hand"
TABLES = "zen-engine, tables"
KNOWN = 0.75  # the share of fracture answers given where some are missing
OUTCOME, ASSESS = 0, 1  # as `build_project` returns them
NEW_PROCESS: dict[str, tuple[int, Callable[[], list[Answers]]]] = {
    "assess, new stream": (ASSESS, intakes.draw_whole_intakes),
    "assess, missing, new stream": (ASSESS, lambda: intakes.draw_whole_intakes(KNOWN)),
    "outcome, first time": (OUTCOME, intakes.list_all),
    "assess, first time": (ASSESS, lambda: intakes.pick_distinct(intakes.draw_whole_intakes())),
    "assess, missing, first time": (ASSESS, lambda: intakes.pick_distinct(intakes.draw_whole_intakes(KNOWN))),
}


@dataclass(frozen=True)
class Side:
    """A line of the table. `measure` gives intakes a second; `ranked` engines compete for "fastest engine"."""

    name: str
    measure: Callable[[], float]
    ranked: bool = False


def make_side(name: str, run: Callable[[Answers], Any], stream: Sequence[Answers], *, ranked: bool = False) -> Side:
    """A side that goes through the stream as often as it takes to be measurable, after one pass that warms it up."""
    passes = max(1, math.ceil(SHORTEST / _time_pass(run, stream)))

    def measure() -> float:
        gc.collect()
        return len(stream) * passes / sum(_time_pass(run, stream) for _ in range(passes))

    return Side(name, measure, ranked)


def _time_pass(run: Callable[[Answers], Any], stream: Sequence[Answers]) -> float:
    start = time.perf_counter()
    for answers in stream:
        run(answers)
    return time.perf_counter() - start


def build_engines() -> dict[str, Decide]:
    return {
        "durable-rules, bare": durable_rules.build(),
        TABLES: zen_engine.build_tables(),
        "zen-engine, expressions": zen_engine.build_expressions(),
        "rule-engine": rule_engine.build(),
        "business-rules": business_rules.build(),
    }


def hold_against_hand(name: str, decide: Decide) -> None:
    """Ends the run unless this side gives the outcome of the if/else on all 96 intakes."""
    for answers in intakes.list_all():
        found, expected = decide(answers), decide_by_hand(answers)
        if found != expected:
            raise SystemExit(f"{name} says {found}, the if/else {expected}: {answers}")


def line_up_engines(stream: Sequence[Answers]) -> list[Side]:
    engines, formula = build_engines(), zen_engine.build_formula()
    for name, decide in {**engines, "zen-engine, one formula": formula}.items():
        hold_against_hand(name, decide)
    return [
        make_side(BY_HAND, decide_by_hand, stream),
        *(make_side(name, decide, stream, ranked=True) for name, decide in engines.items()),
        make_side("zen-engine, one formula", formula, stream),
    ]


def build_project() -> tuple[Callable[[Answers], Any], Callable[[Answers], Any]]:
    """The project's two ways: the fast outcome on normalised answers, and the whole assessment of a raw intake."""
    from triage import Intake, assess, load_pack
    from triage.assessment import assessor_for

    pack = load_pack("vertebral-fracture")
    return assessor_for(pack).outcome, lambda answers: assess(pack, Intake(answers=answers))


def line_up_project(stream: Sequence[Answers]) -> list[Side]:
    outcome, assess = build_project()
    hold_against_hand("triage, outcome", lambda answers: str(outcome(answers).outcome))
    hold_against_hand("triage, assess", lambda answers: str(assess(answers).outcome))
    # a project, and so a memory, of its own for each line: none fills or empties that of another
    return [
        make_side("triage, outcome", build_project()[OUTCOME], stream),
        make_side("triage, assess", build_project()[ASSESS], intakes.draw_whole_intakes()),
        make_side("triage, assess, answers missing", build_project()[ASSESS], intakes.draw_whole_intakes(KNOWN)),
        *(Side(f"triage, {line}", partial(measure_in_new_process, line)) for line in NEW_PROCESS),
    ]


def measure_in_new_process(line: str) -> float:
    command = [sys.executable, __file__, "--new-process", line]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measure_once(line: str) -> float:
    """Intakes a second in a process that has assessed nothing yet."""
    way, stream = NEW_PROCESS[line]
    run, intakes_met = build_project()[way], stream()
    return len(intakes_met) / _time_pass(run, intakes_met)


def render(sides: Sequence[Side], rounds: Sequence[dict[str, float]]) -> str:
    def median(name: str) -> float:
        return statistics.median(rates[name] for rates in rounds)

    def ratio(name: str, other: str) -> float:
        return statistics.median(rates[name] / rates[other] for rates in rounds)

    fastest = max((side.name for side in sides if side.ranked), key=median)
    head = f"{'':34}{'per second':>12}{'x fastest':>12}{'x zen tables':>14}{'if/else is':>13}"
    lines = [
        f"{name:34}{median(name):12,.0f}{ratio(name, fastest):12.2f}{ratio(name, TABLES):14.2f}{ratio(BY_HAND, name):10.1f} x"
        for name in (side.name for side in sides)
    ]
    return "\n".join([head, *lines, f"fastest engine: {fastest}; median of {len(rounds)} rounds"])


def describe_streams() -> str:
    streams = (intakes.draw_fracture_intakes(), intakes.draw_whole_intakes(), intakes.draw_whole_intakes(KNOWN))
    few, whole, missing = map(intakes.count_distinct, streams)
    return (
        f"{intakes.SIZE:,} intakes, seed {intakes.SEED}. Six fracture questions, all known: {few} distinct;"
        f" all 17 questions: {whole:,} distinct, with answers missing {missing:,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Intakes a second: the project against rule engines and if/else.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engines-only", action="store_true", help="leave the project out")
    parser.add_argument("--new-process", choices=[*NEW_PROCESS], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.new_process:
        print(measure_once(options.new_process))
        return
    print(describe_streams())
    stream = intakes.draw_fracture_intakes()
    sides = line_up_engines(stream) + ([] if options.engines_only else line_up_project(stream))
    print(render(sides, [{side.name: side.measure() for side in sides} for _ in range(options.rounds)]))


if __name__ == "__main__":
    main()
