"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from faults.runs import heed_signals
from hypothesis import HealthCheck, settings
from proof import Proof, is_whole
from small_pack import make_small_pack

from publish.hazards import read_hazards
from triage import load_pack

if TYPE_CHECKING:
    from triage.pack import Pack

# No test asserts how long anything takes: the machines are shared.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# The tests under which coverage is measured: each of a module that decides what an answer is, and of what reads it from a pack.
COVERING = {f"test_{name}.py" for name in (
    "conditions", "ruleset", "engine", "intake", "pack", "parts", "assessment", "consistency", "sections",
)}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name not in COVERING:
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and is not gone through again with all that a test leaves."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """A run of the whole suite is held to what the hazard log names; and interruptions are tested wherever it runs."""
    heed_signals()
    if is_whole(config):
        config.pluginmanager.register(Proof(read_hazards))


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The shipped pack; reading it takes longer than most tests, and nothing can change it."""
    return load_pack("vertebral-fracture")


@pytest.fixture(scope="session")
def bicycles(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small pack as it stands."""
    return make_small_pack(tmp_path_factory.mktemp("small") / "bicycles")


@pytest.fixture(scope="session")
def old(bicycles: Pack) -> Pack:
    """What the small pack was before a change."""
    return bicycles
