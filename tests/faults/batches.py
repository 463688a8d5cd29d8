"""`triage batch` with every file that it can write beside its table."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from oracle import FRACTURE, SIGNS

from faults.runs import (
    MODULE,
    REJECTED,
    ROOT,
    SECONDS,
    TEMPORARY,
    Environment,
    Files,
    Ran,
    Words,
    environment,
    find_halves,
    find_leftovers,
    find_noise,
    read_files,
    select,
)

BESIDE = ("rejects.csv", "calls.csv", "summary.html", "sheets")
OLD = b"old\n"


class Batch:
    """One batch in a folder: `in.csv` beside `out/`, which is to hold what is written and no more.

    With `replacing`, every file is there before; sheets never are, since no folder is written over.
    """

    def __init__(self, folder: Path, rows: int, ending: str = "csv", *, replacing: bool = False, table: str = "") -> None:
        self.folder, self.out, self.table = folder, folder / "out", table
        self.units = (f"table.{ending}", *BESIDE)
        self.before: Files = dict.fromkeys(self.units[:-1], OLD) if replacing else {}
        self.out.mkdir(parents=True)
        (folder / "tmp").mkdir()
        write_rows(folder / "in.csv", rows)
        for name, data in self.before.items():
            (self.out / name).write_bytes(data)

    def command(self) -> list[str]:
        table, rejects, calls, summary, sheets = (str(self.out / unit) for unit in self.units)
        options = ["--rejects", rejects, "--call-list", calls, "--summary", summary, "--sheets", sheets]
        return [*MODULE, "batch", "-q", "--force", str(self.folder / "in.csv"), self.table or table, *options]

    def start(self, more: Environment = MappingProxyType({}), *, before: Words = (), **options: Any) -> subprocess.Popen[str]:
        """Under words that go before the command, such as `unshare --mount`."""
        env = environment(TMPDIR=str(self.folder / "tmp"), **more)
        pipes: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "env": env, **options}
        return subprocess.Popen([*before, *self.command()], **pipes)

    def run(self, more: Environment = MappingProxyType({}), *, before: Words = (), **options: Any) -> Ran:
        with self.start(more, before=before, **options) as process:
            return finish(process)


class Whole(NamedTuple):
    """What a batch of so many rows writes if nobody stops it, and how long it takes."""

    rows: int
    ending: str
    files: Files
    seconds: float

    def prepare(self, folder: Path, *, replacing: bool = False, table: str = "") -> Batch:
        return Batch(folder, self.rows, self.ending, replacing=replacing, table=table)

    def find_wrong(self, batch: Batch, ran: Ran, *, cleans: bool = True) -> list[str]:
        """What a run, stopped or failed, left that it may not leave. One that ended well has left everything."""
        found = read_files(batch.out)
        wrong = find_halves(found, batch.before, self.files, batch.units) + find_noise(ran)
        wrong += find_leftovers(batch.folder) if cleans else []
        if ran.code == REJECTED and any(select(found, unit) != select(self.files, unit) for unit in batch.units):
            wrong.append("it says that all is written, and it is not")
        return wrong

    def find_wrong_again(self, batch: Batch) -> list[str]:
        """What a second run, beside whatever the first one left, writes otherwise than one that nobody stopped."""
        shutil.rmtree(batch.out / "sheets", ignore_errors=True)
        ran = batch.run()
        found = {name: data for name, data in read_files(batch.out).items() if not name.startswith(TEMPORARY)}
        return [] if (ran.code, found) == (REJECTED, self.files) else [f"run again it gives something else: {ran}"]


def learn_whole(folder: Path, rows: int, ending: str = "csv") -> Whole:
    """Run undisturbed, twice: the same bytes, and some in each file."""
    first, second = (Batch(folder / name, rows, ending) for name in ("first", "second"))
    assert first.run().code == REJECTED
    begun = time.monotonic()
    ran = second.run()
    whole = Whole(rows, ending, read_files(second.out), time.monotonic() - begun)
    assert (ran.code, whole.files) == (REJECTED, read_files(first.out)), ran
    assert all(select(whole.files, unit) for unit in second.units)
    return whole


def finish(process: subprocess.Popen[str]) -> Ran:
    _, said = process.communicate(timeout=SECONDS)
    return Ran(process.returncode, said or "")


def write_rows(path: Path, rows: int) -> None:
    """Rows of which most are assessed; every fifth cannot be used."""
    pick = Random(11)
    asked = {**FRACTURE, **dict.fromkeys(SIGNS, ("no", "no", "no", "yes"))}
    lines = [",".join(("reference", *asked, "ward"))]
    for row in range(rows):
        cells = [pick.choice((*values, "")) for values in asked.values()]
        lines.append(",".join((f"case-{row}", "perhaps" if row % 5 == 4 else cells[0], *cells[1:], "w")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
