"""The page about the interfaces: every example is run with curl against a service, and shows what comes back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from console import ROOT, commands, find_differences, run
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


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, as the examples do")
def test_the_token_that_the_page_signs_lets_a_program_in_once_and_nothing_else_does(tmp_path: Path) -> None:
    script = next(shown for command, shown in commands(PAGE) if command == "cat sign.py")
    (tmp_path / "sign.py").write_text(script, encoding="utf-8")
    run("python3 sign.py https://ehr.example/first > first", tmp_path)
    port = free_port()
    address = f"http://127.0.0.1:{port}/cds-services"
    ask = f"curl -s -o answer -w '%{{http_code}}' -H \"Authorization: Bearer $(cat token)\" {address}"
    with served("--port", str(port), "--workers", "1", "--keys", str(tmp_path / "keys.json"), "--issuer", "https://ehr.example"):
        assert run(f"python3 sign.py {address} > token && {ask} && {ask}", tmp_path) == "200401"
        assert run(f"python3 sign.py {address}/elsewhere > token && {ask}", tmp_path) == "401"
