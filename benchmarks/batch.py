"""`triage batch` against the floor of the engine that it reads and writes with: `python benchmarks/batch.py`

The floor reads the file and writes it with one constant column more, in the same batches and with the same settings. Each side is
a process of its own and all take turns; CPU is user and system time, memory the most that was resident, a ratio the median of the
ratios within a round. Rows are drawn with a fixed seed: 18 questions, a reference and a ward, 8 % unknown and 7 % not asked.
`--engines` adds the floors of other engines, to choose by; they need `pip install polars duckdb`. `--steps 1000000,10000000`
gives the cost of a row and the memory by the number of rows, in place of all else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

SEED = 20261123
YES_NO = ("yes", "no")
SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss")
QUESTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*SIGNS, "fracture", "painful"), YES_NO),
    "cause": ("osteoporosis", "trauma", "cancer", "other"),
    **dict.fromkeys(("collapsed", "height_restoration", "stable", "limited_mobility", "height_loss"), YES_NO),
    "imaging": ("none", "ordered", "available", "reviewed"),
    "vertebrae": tuple(str(number) for number in range(1, 18)),
    "insurance": ("medicare", "other", "none"),
}
PIECE = 1 << 20
# As `triage.batch.columnar` has it: the floor writes with the same settings.
VALUES_AT_ONCE = 1 << 16
ROWS_A_BATCH = 1 << 17
BLOCK = 1 << 24
MOST = 10_000_000
TEXT = pa.string()
FEW = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Cost:
    """Seconds and megabytes of one process."""

    cpu: float
    wall: float
    memory: float


def draw(rows: int, kind: str) -> Iterator[Any]:
    """Rows in pieces. `skewed` has few signs; `uniform` has every answer alike; `distinct` goes through all combinations."""
    chance = np.random.default_rng(SEED)
    for start in range(0, rows, PIECE):
        size = min(PIECE, rows - start)
        columns = {"reference": pa.array([f"c{number}" for number in range(start, start + size)])}
        left = np.arange(start, start + size) * 7919
        for name, values in QUESTIONS.items():
            answers = ("unknown", *values)
            if kind == "distinct":
                left, picked = left // (len(answers) + 1), left % (len(answers) + 1)
                left = left + (picked * 104_729)
            else:
                picked = chance.choice(len(answers) + 1, size, p=shares(name, len(values), kind))
            indices = pa.array(picked.astype(np.int32) - 1, mask=picked == 0)
            columns[name] = pa.DictionaryArray.from_arrays(indices, pa.array(answers)).cast(TEXT)
        columns["ward"] = pa.array(np.char.add("w", chance.integers(0, 500, size).astype(str)))
        yield pa.record_batch(columns)


def shares(name: str, count: int, kind: str) -> list[float]:
    """Of not asked, unknown, and each value."""
    if kind == "uniform":
        return [1 / (count + 2)] * (count + 2)
    weights = [0.01, 0.99] if name in SIGNS else [0.5**place for place in range(count)]
    return [0.07, 0.08, *(0.85 * weight / sum(weights) for weight in weights)]


def make(path: Path, rows: int, kind: str) -> None:
    pieces = draw(rows, kind)
    first = next(pieces)
    if path.suffix == ".csv":
        options = csv.WriteOptions(quoting_style="none")
        with csv.CSVWriter(path, first.schema, write_options=options) as writer:
            for piece in (first, *pieces):
                writer.write(piece)
    else:
        with parquet.ParquetWriter(path, first.schema) as writer:
            for piece in (first, *pieces):
                writer.write_batch(piece)


def floor_arrow(source: str, target: str, *, plain: bool = False) -> None:
    """Arrow alone. `plain` reads text as text, as most do; without it what is few and distinct stays so, as the kernel has it."""
    few = [] if plain else [*QUESTIONS]
    if source.endswith(".csv"):
        return floor_arrow_csv(source, target, few)
    file = parquet.ParquetFile(source, read_dictionary=few)
    writer = None
    for batch in file.iter_batches(batch_size=ROWS_A_BATCH, use_threads=False):
        more = batch.append_column("constant", constant(len(batch)))
        carried = batch.schema.names
        options = {"store_schema": False, "write_statistics": carried, "write_batch_size": VALUES_AT_ONCE}
        writer = writer or parquet.ParquetWriter(target, more.schema, **options)
        writer.write_batch(more)
    if writer is not None:
        writer.close()
    return None


def floor_arrow_csv(source: str, target: str, few: list[str]) -> None:
    with Path(source).open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    types = {name: FEW if name in few else TEXT for name in names}
    convert = csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False)
    read = csv.ReadOptions(use_threads=False, block_size=BLOCK)
    writer = None
    for batch in csv.open_csv(source, read, csv.ParseOptions(newlines_in_values=True), convert):
        more = batch.append_column("constant", constant(len(batch)))
        plain = pa.record_batch([column.cast(TEXT) for column in more.columns], names=more.schema.names)
        options = csv.WriteOptions(quoting_style="none", batch_size=1 << 14)
        writer = writer or csv.CSVWriter(target, plain.schema, write_options=options)
        writer.write(plain)
    if writer is not None:
        writer.close()


def constant(rows: int) -> Any:
    # From buffers: `pa.array` imports pandas, where it is installed, and a batch does without.
    text = [None, pa.py_buffer(np.array([0, 8], np.int32)), pa.py_buffer(b"constant")]
    indices = pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(np.zeros(rows, np.int32))])
    return pa.DictionaryArray.from_arrays(indices, pa.Array.from_buffers(TEXT, 1, text))


def floor_polars(source: str, target: str) -> None:
    polars: Any = import_module("polars")
    if source.endswith(".csv"):
        frame = polars.scan_csv(source, infer_schema=False).with_columns(constant=polars.lit("constant"))
        frame.sink_csv(target)
    else:
        polars.scan_parquet(source).with_columns(constant=polars.lit("constant")).sink_parquet(target)


def floor_duckdb(source: str, target: str) -> None:
    engine: Any = import_module("duckdb")
    csv_source = source.endswith(".csv")
    table = f"read_csv('{source}', all_varchar = true)" if csv_source else f"'{source}'"
    connection = engine.connect()
    connection.execute(f"copy (select *, 'constant' as added from {table}) to '{target}'")


FLOOR = "floor: Arrow, read and written as here"
SIDES: dict[str, Callable[[str, str], None]] = {
    FLOOR: floor_arrow,
    "floor: Arrow, text read as text": lambda source, target: floor_arrow(source, target, plain=True),
    "floor: Polars, streaming": floor_polars,
    "floor: DuckDB": floor_duckdb,
}
BATCH = "triage batch"
BATCH_COMMAND = [sys.executable, str(Path(__file__).resolve().parent.parent / "cli.py"), "batch", "--quiet"]


def measure(command: list[str], target: Path) -> Cost:
    """Runs a command to its end, which has to be a good one."""
    target.unlink(missing_ok=True)
    begun = time.perf_counter()
    # As a batch has it itself: numpy would start threads for matrices, and the floor would be charged with them.
    child = os.posix_spawn(command[0], command, {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"exit {code}: {' '.join(command)}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def list_commands(source: Path, target: Path, *, engines: bool) -> dict[str, list[str]]:
    sides = list(SIDES) if engines else [FLOOR]
    me = [sys.executable, __file__, "--side"]
    commands = {name: [*me, name, str(source), str(target)] for name in sides}
    commands[BATCH] = [*BATCH_COMMAND, str(source), str(target)]
    return commands


def run_steps(folder: Path, steps: list[int], layout: str, rounds: int) -> str:
    """The cost of a row and the memory of a batch of each length; all take turns, but what takes long is run once."""
    target = folder / f"out.{layout}"
    commands = {rows: [*BATCH_COMMAND, *make_all(folder, rows, layout), str(target)] for rows in steps}
    costs: dict[int, list[Cost]] = {rows: [] for rows in steps}
    for number in range(rounds):
        for rows, command in commands.items():
            if number == 0 or rows <= MOST:
                costs[rows].append(measure(command, target))
    target.unlink()
    lines = [f"{'rows':>13}{'rounds':>8}{'CPU s':>9}{'wall s':>9}{'MB':>8}{'CPU ns/row':>12}{'x first':>9}"]
    first = statistics.median(cost.cpu for cost in costs[steps[0]]) / steps[0]
    for rows, each in costs.items():
        cpu, wall = (statistics.median(getattr(cost, kind) for cost in each) for kind in ("cpu", "wall"))
        memory, by_row = max(cost.memory for cost in each), cpu / rows
        lines.append(f"{rows:13,}{len(each):8}{cpu:9.2f}{wall:9.2f}{memory:8.0f}{1e9 * by_row:12.0f}{by_row / first:9.2f}")
    return "\n".join(lines)


def make_all(folder: Path, rows: int, layout: str) -> Iterator[str]:
    """Files with so many rows in all: what is more than the most comes from copies of one file."""
    whole = make_apart(folder / f"skewed-{min(rows, MOST)}.{layout}", min(rows, MOST), "skewed")
    yield str(whole)
    for number in range(1, rows // MOST):
        copy = folder / f"copy-{number}.{layout}"
        if not copy.exists():
            shutil.copyfile(whole, copy)  # a link would be the same file, which a batch reads once
        yield str(copy)


def make_apart(path: Path, rows: int, kind: str) -> Path:
    """A file, made in a process of its own: the memory of this one is inherited by those that are measured."""
    if not path.exists():
        subprocess.run([sys.executable, __file__, "--make", str(path), str(rows), kind], check=True)
    return path


def render(rounds: list[dict[str, Cost]], rows: int) -> str:
    lines = [f"{'':40}{'CPU s':>9}{'x floor':>9}{'wall s':>9}{'x floor':>9}{'MB':>8}{'CPU ns/row':>12}"]
    for name in rounds[0]:
        costs = [costs[name] for costs in rounds]
        cpu, wall = (statistics.median(getattr(cost, kind) for cost in costs) for kind in ("cpu", "wall"))
        ratios = (
            statistics.median(getattr(costs[name], kind) / getattr(costs[FLOOR], kind) for costs in rounds)
            for kind in ("cpu", "wall")
        )
        by_cpu, by_wall = ratios
        memory = max(cost.memory for cost in costs)
        lines.append(f"{name:40}{cpu:9.2f}{by_cpu:9.2f}{wall:9.2f}{by_wall:9.2f}{memory:8.0f}{1e9 * cpu / rows:12.0f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of a batch, beside reading and writing alone.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--kinds", default="skewed,uniform,distinct")
    parser.add_argument("--formats", default="parquet,csv")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", action="store_true")
    parser.add_argument("--steps", help="numbers of rows, to see whether a row costs the same in many as in few")
    parser.add_argument("--folder", type=Path, help="where files are kept, for another time")
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        name, rows, kind = options.make
        make(Path(name), int(rows), kind)
        return
    if options.side:
        name, source, target = options.side
        SIDES[name](source, target)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.steps:
            steps = [int(rows) for rows in options.steps.split(",")]
            print(run_steps(folder, steps, options.formats.split(",")[0], options.rounds))
            return
        for layout in options.formats.split(","):
            for kind in options.kinds.split(","):
                source = make_apart(folder / f"{kind}-{options.rows}.{layout}", options.rows, kind)
                target = Path(temporary) / f"out.{layout}"
                commands = list_commands(source, target, engines=options.engines)
                rounds = [{name: measure(command, target) for name, command in commands.items()} for _ in range(options.rounds)]
                print(
                    f"{options.rows:,} rows, {kind}, {layout}, median of {options.rounds}\n{render(rounds, options.rows)}\n",
                    flush=True,
                )


if __name__ == "__main__":
    main()
