"""What a batch pays for its rules alone, beside the same rules written otherwise: `python benchmarks/batch_rivals.py`

All sides get the same complete rows in memory, so reading and writing are out of it; CPU of a row is the time of all threads. The
first lines give the outcome, the safety net and the standing; the kernel of the batch gives five cells more, takes answers that
are missing, and finds every profile anew in each round. The engines called row by row get the six answers of the fracture as
dictionaries made before the clock starts, and give the outcome of the fracture alone. All are held against each other before
anything is timed. Polars takes part where it is installed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial, reduce
from importlib import import_module
from typing import Any

import intakes
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from batch import QUESTIONS, ROWS_A_BATCH, SEED, shares
from competitors import durable_rules, zen_engine
from fracture import Decide, decide_by_hand

from triage import load_pack
from triage.batch.kernel import Kernel

EMERGENCY = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain")
OTHER_SIGNS = ("fever", "cancer_pain", "weight_loss")
STANDING = ("imaging_needed", "imaging_to_review", "imaging_reviewed")
FRACTURE = tuple(intakes.FRACTURE)
DECIDED = ("outcome", "safety_net", "standing")
KERNEL = "triage, all eight cells"
Decided = dict[str, Any]


def draw(rows: int) -> list[Any]:
    """Complete rows, shares as in `batch.py`, few distinct words as dictionaries."""
    chance = np.random.default_rng(SEED)
    batches = []
    for start in range(0, rows, ROWS_A_BATCH):
        columns = {}
        for name, values in QUESTIONS.items():
            picked = chance.choice(len(values), min(ROWS_A_BATCH, rows - start), p=_known(shares(name, len(values), "skewed")))
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(picked.astype(np.int32)), pa.array(values))
        batches.append(pa.record_batch(columns))
    return batches


def _known(weights: list[float]) -> Any:
    return np.array(weights[2:]) / sum(weights[2:])


def decide_in_arrow(rows: Any) -> Decided:
    """if/else over columns, as one writes it in Arrow."""
    yes = {name: pc.equal(rows[name], "yes") for name, values in QUESTIONS.items() if values == ("yes", "no")}
    emergency = reduce(pc.or_, (yes[name] for name in EMERGENCY))
    same_day = reduce(pc.or_, (yes[name] for name in OTHER_SIGNS))
    safety_net = pc.if_else(emergency, "emergency", pc.if_else(same_day, "same_day", "no_warning_sign"))
    contradictory = pc.and_(pc.invert(yes["collapsed"]), yes["height_restoration"])
    described = pc.and_(pc.and_(yes["fracture"], yes["painful"]), pc.not_equal(rows["cause"], "other"))
    outcome = pc.if_else(
        yes["stable"],
        pc.if_else(yes["collapsed"], "both", "vertebroplasty"),
        pc.if_else(yes["collapsed"], "kyphoplasty", "outside_documents"),
    )
    outcome = pc.if_else(described, outcome, "outside_documents")
    outcome = pc.if_else(contradictory, "contradictory_answers", outcome)
    outcome = pc.if_else(emergency, "contact_clinician_now", outcome)
    needed = pc.or_(pc.equal(rows["imaging"], "none"), pc.equal(rows["imaging"], "ordered"))
    standing = pc.if_else(needed, STANDING[0], pc.if_else(pc.equal(rows["imaging"], "available"), STANDING[1], STANDING[2]))
    return dict(zip(DECIDED, (outcome, safety_net, standing), strict=True))


def decide_in_polars(frame: Any) -> Any:
    """when/then over columns, as one writes it in Polars."""
    polars: Any = import_module("polars")
    col, lit, when = polars.col, polars.lit, polars.when

    def is_yes(name: str) -> Any:
        return col(name) == "yes"

    emergency = polars.any_horizontal(*map(is_yes, EMERGENCY))
    same_day = polars.any_horizontal(*map(is_yes, OTHER_SIGNS))
    described = is_yes("fracture") & is_yes("painful") & (col("cause") != "other")
    stable, collapsed = is_yes("stable"), is_yes("collapsed")
    return frame.select(
        outcome=when(emergency)
        .then(lit("contact_clinician_now"))
        .when(~collapsed & is_yes("height_restoration"))
        .then(lit("contradictory_answers"))
        .when(described & stable & collapsed)
        .then(lit("both"))
        .when(described & stable)
        .then(lit("vertebroplasty"))
        .when(described & collapsed)
        .then(lit("kyphoplasty"))
        .otherwise(lit("outside_documents")),
        safety_net=when(emergency).then(lit("emergency")).when(same_day).then(lit("same_day")).otherwise(lit("no_warning_sign")),
        standing=when(col("imaging").is_in(["none", "ordered"]))
        .then(lit(STANDING[0]))
        .when(col("imaging") == "available")
        .then(lit(STANDING[1]))
        .otherwise(lit(STANDING[2])),
    )


def line_up_columns(batches: Sequence[Any]) -> dict[str, Callable[[], list[Decided]]]:
    """Sides that take whole columns; each gives what it decides, batch by batch."""
    pack = load_pack("vertebral-fracture")
    plain = [pa.record_batch([column.cast(pa.string()) for column in rows.columns], names=rows.schema.names) for rows in batches]

    def assess() -> list[Decided]:
        kernel = Kernel(load_pack("vertebral-fracture"))
        return [kernel.assess({name: rows[name] for name in pack.question}).columns for rows in batches]

    sides: dict[str, Callable[[], list[Decided]]] = {
        KERNEL: assess,
        "Arrow by hand, on text": lambda: [decide_in_arrow(rows) for rows in plain],
        "Arrow by hand, on dictionaries": lambda: [decide_in_arrow(rows) for rows in batches],
    }
    try:
        polars: Any = import_module("polars")
    except ImportError:
        return sides
    text = [polars.from_arrow(rows) for rows in plain]
    few = [frame.cast(polars.Categorical) for frame in text]
    return sides | {
        "Polars by hand, on text": lambda: [decide_in_polars(frame).to_dict() for frame in text],
        "Polars by hand, on categories": lambda: [decide_in_polars(frame).to_dict() for frame in few],
    }


def line_up_rows(stream: Sequence[intakes.Answers]) -> dict[str, Callable[[], list[str]]]:
    """Sides that are called row by row."""
    engines = {
        "zen-engine, tables": zen_engine.build_tables(),
        "zen-engine, expressions": zen_engine.build_expressions(),
        "durable-rules, bare": durable_rules.build(),
    }
    return {name: partial(_decide_each, decide, stream) for name, decide in engines.items()}


def _decide_each(decide: Decide, stream: Sequence[intakes.Answers]) -> list[str]:
    return [decide(answers) for answers in stream]


def hold_together(columns: dict[str, Callable[[], list[Decided]]], batches: Sequence[Any]) -> None:
    """Ends the run unless all sides give the same cells."""
    expected = [[list(map(str, each[name].to_pylist())) for name in DECIDED] for each in columns[KERNEL]()]
    for name, decide in columns.items():
        found = [[list(map(str, _as_list(each[cell]))) for cell in DECIDED] for each in decide()]
        if found != expected:
            raise SystemExit(f"{name} decides otherwise than {KERNEL}")
    for outcome, row in zip(expected[0][0], batches[0].to_pylist(), strict=True):
        if outcome not in ("contact_clinician_now", "contradictory_answers") and decide_by_hand(row) != outcome:
            raise SystemExit(f"{KERNEL} says {outcome}, the if/else {decide_by_hand(row)}: {row}")


def _as_list(column: Any) -> list[Any]:
    found: list[Any] = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    return found


def hold_rows_together(rows: dict[str, Callable[[], list[str]]], stream: Sequence[intakes.Answers]) -> None:
    for name, decide in rows.items():
        if decide() != [decide_by_hand(answers) for answers in stream]:
            raise SystemExit(f"{name} decides otherwise than the if/else")


def measure(run: Callable[[], object], rows: int) -> float:
    """Nanoseconds of CPU a row."""
    begun = time.process_time()
    run()
    return 1e9 * (time.process_time() - begun) / rows


def main() -> None:
    parser = argparse.ArgumentParser(description="The rules of a batch, beside the same rules written otherwise.")
    parser.add_argument("--rows", type=int, default=2_000_000, help="for the sides that take columns")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    batches, stream = draw(options.rows), intakes.draw_fracture_intakes()
    columns, by_row = line_up_columns(batches), line_up_rows(stream)
    hold_together(columns, batches)
    hold_rows_together(by_row, stream)
    sides = [
        *((name, run, options.rows) for name, run in columns.items()),
        *((name, run, len(stream)) for name, run in by_row.items()),
    ]
    rounds = [{name: measure(run, rows) for name, run, rows in sides} for _ in range(options.rounds)]
    print(f"{options.rows:,} complete rows as columns, {len(stream):,} row by row; median of {options.rounds}")
    print(f"{'':34}{'CPU ns/row':>12}{'x triage':>10}")
    for name in rounds[0]:
        ratio = statistics.median(costs[name] / costs[KERNEL] for costs in rounds)
        print(f"{name:34}{statistics.median(costs[name] for costs in rounds):12,.0f}{ratio:10.2f}")


if __name__ == "__main__":
    main()
