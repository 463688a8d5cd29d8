"""Fixtures shared by all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from triage import load_pack

if TYPE_CHECKING:
    from triage.pack import Pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The shipped pack; reading it takes longer than most tests, and nothing can change it."""
    return load_pack("vertebral-fracture")
