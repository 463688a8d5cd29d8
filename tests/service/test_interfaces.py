"""The page about the interfaces: every example is run with curl against a service, and shows what comes back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from console import ROOT, commands, find_differences
from served import free_port, served

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "interfaces.md"
PORT = 8377


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, as the examples do")
def test_every_example_shows_what_comes_back(tmp_path: Path) -> None:
    port = free_port()
    page = tmp_path / PAGE.name
    page.write_text(PAGE.read_text(encoding="utf-8").replace(f":{PORT}/", f":{port}/"), encoding="utf-8")
    assert sum(command.startswith("curl") for command, _ in commands(page)) > 3
    with served("--port", str(port), "--workers", "1"):
        assert not (wrong := find_differences(page, tmp_path)), "the page ought to read:\n" + "\n".join(wrong)
