"""The command `serve`: what it says, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from served import free_port, served, status_of, wait_until
from signing import Client

from triage.errors import RequestError
from triage.service.settings import check_origin
from triage.wording import banned_wordings

TOKEN = "a" * 32


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", "serve", "--no-browser", *options]
    env = {**os.environ, "COLUMNS": "80", **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=env)


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return str(file)


def test_the_address_is_said_on_standard_error_and_nothing_on_standard_output() -> None:
    with served() as service:
        said = re.fullmatch(
            r"(port 8377 is taken .*\n)?open this address in a browser; it lets whoever has it in:\n"
            r"  http://127\.0\.0\.1:(\d+)/\?start=[A-Za-z0-9_-]{32}\nCtrl-C ends the service\.\n",
            service.said,
        )
        assert said
        assert status_of(service.request("GET", "/health")) == 200
        service.process.send_signal(signal.SIGINT)
        out, err = service.process.communicate(timeout=60)
        assert (service.process.returncode, out, err) == (0, "", "the service has ended; nothing was kept\n")


def test_each_start_has_a_token_of_its_own() -> None:
    with served() as first, served() as second:
        assert first.secret != second.secret
        assert first.port != second.port
        assert "is taken by another program; a free one is used instead" in second.said
        assert status_of(first.request("GET", f"/?start={second.secret}")) == 401
        assert status_of(second.request("GET", f"/?start={second.secret}")) == 303


def test_a_token_from_a_file_is_taken_and_not_said(token_file: str) -> None:
    with served("--workers", "1", "--token-file", token_file) as service:
        assert service.secret == "TOKEN"
        assert TOKEN not in service.said
        assert f'TOKEN is what stands in "{token_file}"'[:40] in service.said
        assert status_of(service.request("GET", f"/?start={TOKEN}")) == 303


def test_the_browser_is_opened_at_the_address(tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    env = {**os.environ, "BROWSER": str(browser), "DISPLAY": ":none"}
    command = [sys.executable, "-m", "triage", "serve"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            assert wait_until(opened.exists)
        finally:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert f"  {opened.read_text()}" in said


def test_a_port_that_was_asked_for_and_is_taken_is_not_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("--port", str(taken.getsockname()[1]))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("cannot be listened on: Address already in use\n")


ISSUER = "https://ehr.example"
LAN = ("--lan", "--public-url", "https://triage.example", "--issuer", ISSUER)
REFUSED = {
    "an address that others reach": (("--host", "0.0.0.0"), "takes --lan"),
    "a public name": (("--public-url", "https://triage.example"), "takes --lan"),
    "an address where another program may listen": (("--public-url", "http://127.0.0.1:8377"), "takes --lan"),
    "others without anything": (("--lan",), "--public-url https://…"),
    "others without tokens": (("--lan", "--public-url", "https://triage.example"), "--token-file"),
    "others without keys": (LAN, "--keys"),
    "others without issuers": (("--lan", "--public-url", "https://triage.example"), "--issuer"),
    "others without TLS": (("--lan", "--public-url", "http://triage.example"), "--public-url https://…"),
    "an invitation that is no origin": (("--cors", "ehr.example"), "is no origin"),
    "an invitation to everybody": (("--cors", "*"), "is no origin"),
    "an invitation with a path": (("--cors", "https://ehr.example/x"), "is no origin"),
    "a pack that is not there": (("--pack", "nowhere"), 'no pack is called "nowhere"'),
    "a reading that is not there": (("--reading", "nowhere"), 'no reading "nowhere"'),
    "a token file that is not there": (("--token-file", "nowhere"), "cannot be read"),
    "keys that are not there": (("--keys", "nowhere"), "cannot be read"),
    "a limit that is none": (("--limit", "rate"), "sets no limit"),
    "a limit of nothing": (("--limit", "rate=0"), "sets no limit"),
    "a limit that nobody knows": (("--limit", "patience=5"), "sets no limit"),
}


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_served_is_refused_before_anything_listens(options: tuple[str, ...], said: str) -> None:
    refused = run(*options)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr.replace("\n", " ")
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.splitlines()) <= 3


@pytest.mark.parametrize("content", ["", "short", "a b" * 20, "é" * 40, "a" * 300, "a" * 31, "\0" * 40])
def test_a_weak_token_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    refused = run("--token-file", str(file))
    assert refused.returncode == 2
    assert "holds no start token" in refused.stderr
    assert not content or content not in refused.stderr


ORIGINS = ("https://a", "https://a.example:8443", "http://a:443", "https://127.0.0.1", "https://[::1]:8443", "https://xn--a-1ga")
NO_ORIGINS = (
    "", "*", "a", "null", "ftp://a", "https://", "https://a/b", "https://a?b", "https://a/", "https://user@a", "https://a:0",
    "https://a:x", "https://a:", "https://a:99999", "https://a:443", "http://a:80", "https://A", "HTTPS://a", "https://a b",
    "https://a\n", "https://\u00e9", "https://*", "https://a*", "https://a..", "https://[", "https://[::1",
)  # fmt: skip


def test_an_origin_is_written_as_browsers_write_it_and_in_no_other_way() -> None:
    for origin in ORIGINS:
        check_origin(origin, "--cors")
    for origin in NO_ORIGINS:
        with pytest.raises(RequestError, match="is no origin; write it as"):
            check_origin(origin, "--cors")


def test_a_public_url_is_an_origin(token_file: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys": []}')
    url = "https://triage.example:443"
    refused = run("--lan", "--public-url", url, "--issuer", "https://x", "--keys", str(keys), "--token-file", token_file)
    assert refused.returncode == 2
    assert "is no origin" in refused.stderr


def test_the_address_that_is_said_names_the_machine_by_its_number() -> None:
    with served("--host", "localhost") as service:  # which a browser looks for at ::1 as well, where another program may listen
        assert service.url == f"http://127.0.0.1:{service.port}"


def test_behind_a_proxy_its_name_is_the_address_and_programs_show_their_tokens(token_file: str, tmp_path: Path) -> None:
    client = Client("ES384", "one", issuer=ISSUER)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [client.public]}))
    options = ("--token-file", token_file, "--keys", str(keys), "--port", str(free_port()))
    with served(*LAN, *options) as service:
        assert service.url == "https://triage.example"
        proxied = "Host: triage.example"
        assert status_of(service.request("GET", "/api/pack", proxied)) == 401
        assert status_of(service.request("GET", "/cds-services", proxied)) == 401
        now = int(time.time())
        token = client.sign(aud="https://triage.example/api/pack", iat=now, exp=now + 300)
        assert status_of(service.request("GET", "/api/pack", f"Authorization: Bearer {token}", proxied)) == 200
        assert status_of(service.request("GET", "/fhir/metadata", f"Authorization: Bearer {token}", proxied)) == 401
        assert status_of(service.request("GET", "/fhir/metadata", f"Authorization: Bearer {TOKEN}", proxied)) == 200
        assert status_of(service.request("GET", f"/?start={TOKEN}", proxied)) == 303


def test_a_missing_library_is_told_with_what_to_do() -> None:
    program = "import sys; sys.modules['uvicorn'] = None; from triage.__main__ import main; main()"
    missing = subprocess.run([sys.executable, "-c", program, "serve"], capture_output=True, text=True, check=False, timeout=60)
    assert missing.returncode == 2
    assert "pip install fastapi jinja2 python-multipart pyjwt[crypto] uvicorn" in missing.stderr.replace("\n", " ")


MARKS = ("triage.cli.serve", "triage.library", "uvicorn.supervisors", "multiprocessing.spawn")


def test_an_interrupt_at_any_moment_of_the_start_leaves_no_traceback() -> None:
    for mark in MARKS:
        with subprocess.Popen(
            [sys.executable, "-v", "-m", "triage", "serve", "--no-browser"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith(f"import '{mark}'"):
                    process.send_signal(signal.SIGINT)
                    break
            rest = process.stderr.read()
            process.wait(60)
        assert process.returncode in (0, 130), rest[-2000:]
        assert "Traceback" not in rest, rest[-2000:]


def test_help_says_what_it_is_for_and_gives_no_advice() -> None:
    said = run("--help")
    assert said.returncode == 0
    text = " ".join(said.stdout.split())
    assert "Nothing about a person is kept, and no other machine is called." in text
    assert "Educational, not diagnostic." in text
    assert not banned_wordings(text.replace("Educational, not diagnostic.", ""))


def test_the_folder_of_the_service_holds_nothing_of_an_intake_and_is_removed(tmp_path: Path) -> None:
    with served("--workers", "1", TMPDIR=str(tmp_path)) as service:
        (state,) = tmp_path.glob("triage-*")
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert status_of(service.assess({"collapsed": "yes"})) == 200
        assert list(state.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
