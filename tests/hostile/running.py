"""A case is run, here in this process or in one of its own, and what came of it is held against what was expected."""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import json
import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pyarrow as pa
from pyarrow import parquet

from hostile.case import PACK, Accepted, Case, Kept, Left, Refused, Row, Table
from triage import files, library
from triage.cli import main
from triage.signals import INTERRUPTING

SECONDS = 10
LONGEST = 2048


class Ran(NamedTuple):
    """What a run said, and the files that it left."""

    code: int
    out: bytes
    err: str
    new: frozenset[str]


class HungError(Exception):
    """A run did not end."""


def prepare(case: Case, folder: Path) -> None:
    for name, data in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    if case.prepare is not None:
        case.prepare(folder)


def list_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def run_here(case: Case, folder: Path) -> Ran:
    """Run a case in this process, with streams and a folder of its own; the pack that comes with the tool is read once."""
    prepare(case, folder)
    before = list_files(folder)
    told, talked = io.BytesIO(), io.BytesIO()
    out, err = io.TextIOWrapper(told, "utf-8"), io.TextIOWrapper(talked, "utf-8", "backslashreplace")
    given = io.TextIOWrapper(io.BytesIO(case.stdin), "utf-8")
    handlers = {number: signal.getsignal(number) for number in INTERRUPTING}
    code: Any = 0
    with (
        mock.patch.multiple(sys, stdin=given, stdout=out, stderr=err, argv=["triage", *case.command]),
        mock.patch.object(library, "load_pack", _load_pack),
        mock.patch.object(files, "PATIENCE", 0.2),
        contextlib.chdir(folder),
        _ending_within(SECONDS * 6),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        except Exception as error:  # noqa: BLE001 - it would have been a traceback
            err.write(f"Traceback {type(error).__name__}: {error}")
            code = 1
        finally:
            gc.enable()
            for number, handler in handlers.items():
                signal.signal(number, handler)
    out.flush()
    err.flush()
    return Ran(int(code or 0), told.getvalue(), talked.getvalue().decode("utf-8"), frozenset(list_files(folder) - before))


_load = library.load_pack


def _load_pack(name: str) -> Any:
    return PACK if name == PACK.id else _load(name)


@contextlib.contextmanager
def _ending_within(seconds: int) -> Iterator[None]:
    """What hangs is ended; the time is long, since the machine may be busy with other things."""

    def end(*_: object) -> None:
        raise HungError

    handler = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)


def run_apart(case: Case, folder: Path) -> Ran:
    """Run a case as a command of its own."""
    prepare(case, folder)
    before = list_files(folder)
    command = [sys.executable, "-m", "triage", *case.command]
    env = {**os.environ, "PYTHONPATH": str(Path(library.__file__).parent.parent), "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, input=case.stdin, capture_output=True, check=False, timeout=SECONDS * 6
        )
    except subprocess.TimeoutExpired:
        return Ran(1, b"", "Traceback: it did not end", frozenset(list_files(folder) - before))
    return Ran(done.returncode, done.stdout, done.stderr.decode("utf-8"), frozenset(list_files(folder) - before))


def find_wrong(case: Case, ran: Ran, folder: Path) -> list[str]:
    """What is not as it has to be."""
    wrong = []
    if "Traceback" in ran.err:
        wrong.append("a traceback")
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign != "\n" for sign in ran.err):
        wrong.append("a control character in what is said")
    match case.expected:
        case Refused(told):
            wrong += _judge_refused(ran, told)
        case Accepted(answers, labels):
            wrong += _judge_accepted(ran, answers, labels, folder)
        case Table():
            wrong += _judge_table(case, ran, folder)
        case Kept(answers, told):
            kept = json.loads((folder / "kept.json").read_bytes())["answers"] if (folder / "kept.json").exists() else {}
            read = {name: value for name, value in kept.items() if value not in ("", None)}
            wrong += [] if ran.code == 2 else [f"exit {ran.code}"]
            wrong += [] if read == dict(answers) else [f"kept {kept}"]
            wrong += [f"{part!r} is not told" for part in told if part not in ran.err]
            wrong += [] if ran.new <= {"kept.json"} else [f"left {sorted(ran.new)}"]
            wrong += [f"a line of {len(line)}" for line in ran.err.splitlines() if len(line.encode()) > LONGEST]
    return [f"{what}\n{ran.err[:1500]}" for what in wrong]


def _judge_refused(ran: Ran, told: tuple[str, ...]) -> Iterator[str]:
    if ran.code != 2:
        yield f"exit {ran.code} where it is to be refused"
    if ran.out or ran.new:
        yield f"something was written: {ran.out[:80]!r} {sorted(ran.new)}"
    if len(ran.err.encode()) > LONGEST:
        yield f"a message of {len(ran.err.encode())} bytes"
    if ran.code == 2 and not ran.err.strip():
        yield "nothing was said"
    yield from (f"{part!r} is not told" for part in told if part not in ran.err)


def _judge_accepted(ran: Ran, answers: Any, labels: Any, folder: Path) -> Iterator[str]:
    if ran.code != 0:
        yield f"exit {ran.code} where it is to be accepted"
        return
    if ran.new != {"out.json"} or ran.out:
        yield f"left {sorted(ran.new)} and {ran.out[:80]!r}"
        return
    found = json.loads((folder / "out.json").read_bytes())
    if found["answers"] != dict(answers):
        yield f"read as {found['answers']}, where {dict(answers)} was said"
    yield from (f"{key} is {found.get(key)!r}" for key, value in labels.items() if found.get(key) != value)


def _judge_table(case: Case, ran: Ran, folder: Path) -> Iterator[str]:
    expected = case.expected
    assert isinstance(expected, Table)
    if ran.code != (3 if expected.left else 0):
        yield f"exit {ran.code}"
        return
    output = case.command[2]
    rows, sheets = read_output(folder / output), sorted((folder / "sheets").glob("*.json"), key=_number_of)
    read = [json.loads(path.read_bytes())["answers"] for path in sheets]
    if read != [dict(row.answers) for row in expected.rows]:
        pairs = [pair for pair in zip(read, (dict(row.answers) for row in expected.rows), strict=False) if pair[0] != pair[1]]
        yield f"{len(read)} rows read for {len(expected.rows)}; the first that differ: {pairs[:1]}"
    yield from _compare_carried(rows, expected.rows)
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as file:
        left = {Left(int(row["row"]), row["column"].removeprefix("'")) for row in csv.DictReader(file)}
    if left != set(expected.left):
        yield f"left out too few: {sorted(set(expected.left) - left)[:5]}, too many: {sorted(left - set(expected.left))[:5]}"
    longest = max((len(line.encode()) for line in ran.err.splitlines()), default=0)
    if longest > LONGEST:
        yield f"a line of {longest} bytes"


def _number_of(sheet: Path) -> int:
    return int("".join(filter(str.isdigit, sheet.stem)) or 0)


def _compare_carried(rows: list[dict[str, Any]], expected: tuple[Row, ...]) -> Iterator[str]:
    if len(rows) != len(expected):
        yield f"{len(rows)} rows written for {len(expected)}"
        return
    for number, (row, said) in enumerate(zip(rows, expected, strict=True), 1):
        for name, cell in said.carried.items():
            if (row.get(name) or None) != (cell or None):
                yield f"row {number} carries {row.get(name)!r} in {name}, where {cell!r} came"
                return


def read_output(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        table: pa.Table = parquet.read_table(path)
        return list(table.to_pylist())
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().decode().split("\n") if line]
    text = path.read_bytes().decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    before = csv.field_size_limit(1 << 25)
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(before)
