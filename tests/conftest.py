"""Fixtures shared by all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from triage import load_pack

if TYPE_CHECKING:
    from triage.pack import Pack

# No test asserts how long anything takes: the machines are shared.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The shipped pack; reading it takes longer than most tests, and nothing can change it."""
    return load_pack("vertebral-fracture")
