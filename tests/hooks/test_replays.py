"""A token passes once, whichever of several processes it comes to; what is kept of it is a digest, and not for long."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from triage.hooks.replays import FILE, Replays
from triage.hooks.tokens import Use

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000


def use(number: str = "n", issuer: str = "i", issued: int = NOW, ends: int = NOW + 300) -> Use:
    return Use(issuer, number, issued, ends)


@pytest.fixture
def replays(tmp_path: Path) -> Replays:
    return Replays(tmp_path, NOW)


def rows(folder: Path) -> list[tuple[bytes, int]]:
    with closing(sqlite3.connect(folder / FILE)) as base:
        return base.execute("SELECT * FROM used").fetchall()


def test_a_token_passes_once(replays: Replays) -> None:
    assert [replays.remember(use(), now=NOW) for _ in range(3)] == [True, False, False]


def test_another_number_or_issuer_is_another_token(replays: Replays) -> None:
    assert all(replays.remember(use(number, issuer), now=NOW) for number in ("n", "1n") for issuer in ("i", "i1", ""))


def test_a_second_memory_on_the_same_folder_knows_what_the_first_saw(replays: Replays, tmp_path: Path) -> None:
    assert replays.remember(use(), now=NOW)
    assert not Replays(tmp_path, NOW + 1).remember(use(), now=NOW + 1)


def test_a_token_is_remembered_to_its_end_and_then_forgotten(replays: Replays, tmp_path: Path) -> None:
    assert replays.remember(use(), now=NOW)
    assert not replays.remember(use(), now=NOW + 300)
    replays.remember(use("later", ends=NOW + 900), now=NOW + 301)
    assert [ends for _, ends in rows(tmp_path)] == [NOW + 900]


def test_tokens_from_before_the_memory_are_refused_since_nobody_knows_of_their_use(tmp_path: Path) -> None:
    replays = Replays(tmp_path, NOW + 0.9)
    assert not replays.remember(use("early", issued=NOW - 1), now=NOW + 1)
    assert replays.remember(use("late", issued=NOW), now=NOW + 1)
    # A worker process that comes later goes by the beginning of the memory and not by its own.
    assert Replays(tmp_path, NOW + 100).remember(use("between", issued=NOW + 50), now=NOW + 100)


def test_nothing_that_was_sent_is_kept(replays: Replays, tmp_path: Path) -> None:
    replays.remember(use("number-of-a-token", "https://issuer.example/"), now=NOW)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"number-of-a-token" not in kept
    assert b"issuer.example" not in kept
    assert [len(digest) for digest, _ in rows(tmp_path)] == [32]


def _count_first_uses(folder: Path, numbers: list[str], started: object, firsts: object) -> None:
    replays = Replays(folder, NOW)
    started.wait()  # type: ignore[attr-defined]
    firsts.put(sum(replays.remember(use(number), now=NOW) for number in numbers))  # type: ignore[attr-defined]


def test_of_processes_that_are_given_the_same_tokens_at_once_each_passes_in_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    started, firsts = context.Barrier(3), context.Queue()
    numbers = [str(number) for number in range(200)]
    processes = [context.Process(target=_count_first_uses, args=(tmp_path, numbers, started, firsts)) for _ in range(3)]
    for process in processes:
        process.start()
    counts = [firsts.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert sum(counts) == len(numbers)
    assert [process.exitcode for process in processes] == [0] * 3
    assert len(rows(tmp_path)) == len(numbers)
