"""What is claimed of the readers holds of every seed that the fuzzing begins with."""

from __future__ import annotations

import pytest

from fuzz.__main__ import TARGETS
from fuzz.targets import CLAIMS, check, list_seeds


def test_every_claim_is_fuzzed() -> None:
    assert set(TARGETS) == set(CLAIMS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_claim_holds_of_its_seeds(name: str) -> None:
    seeds = list(list_seeds(name))
    assert seeds
    for seed in seeds:
        check(CLAIMS[name], seed)
