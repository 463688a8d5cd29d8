"""The engine against what durable-rules cannot stand, and against evaluators of its own, in a small part of `make engine`."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from engine_proofs import crashes, memory, pairs, threads

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", crashes.CASES)
def test_what_durable_rules_cannot_stand_the_wrapper_refuses_or_answers_rightly(name: str) -> None:
    *_, wrong = crashes.find_wrong(name)
    assert wrong == []


def test_what_is_fired_is_what_the_trees_say() -> None:
    counted = pairs.sample(45)
    assert [text for one in counted for text in one.wrong] == []
    assert sum(one.pairs for one in counted) > 2_500
    assert sum(one.fired for one in counted) > 2_500


def test_a_count_of_pairs_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    first = list(pairs.go_on(kept, 1))
    assert [one.seed for one in first] == list(range(pairs.PART))
    assert list(pairs.go_on(kept, 1)) == pairs.read_counted(kept) == first
    beyond = list(pairs.go_on(kept, sum(one.pairs for one in first) + 1))
    assert [one.seed for one in beyond] == list(range(2 * pairs.PART))


def test_eight_threads_assess_as_one_does() -> None:
    assert threads.count_wrong(1, rounds=1, number=300) == (2_400, 0)


@pytest.mark.skipif(memory.find_library() is None, reason="no address sanitizer")
def test_address_sanitizer_has_nothing_against_the_engine() -> None:
    try:
        found = memory.prove_sanitized(6, whole=False)
    except subprocess.CalledProcessError:
        pytest.skip("durable-rules cannot be fetched")
    assert found == []
