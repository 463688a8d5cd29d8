"""What lies in `deploy/` is sound by the programs it is for, and says what `triage serve` takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from triage.service.settings import DEFAULT_PORT, Limits

ROOT = Path(__file__).parents[2]
DEPLOY, PAGE = ROOT / "deploy", ROOT / "docs/deploy.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def run(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout


def unit_at(folder: Path) -> str:
    """The unit with the program of this environment in place of the one of a clinic."""
    file = folder / "triage.service"
    file.write_text(text_of("triage.service").replace("/opt/triage/bin/triage", sys.executable))
    return str(file)


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    assert run(needs("systemd-analyze"), "verify", unit_at(tmp_path)) == ""


def test_systemd_finds_hardly_anything_that_the_unit_may_do(tmp_path: Path) -> None:
    said = run(needs("systemd-analyze"), "security", "--offline=true", "--threshold=15", unit_at(tmp_path))
    assert "OK" in said.splitlines()[-1]


def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    nginx = needs("nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", str(key), "-out", str(certificate))
    run(needs("openssl"), *make)
    site = text_of("nginx.conf").replace("/etc/ssl/triage.example.pem", str(certificate))
    site = site.replace("/etc/ssl/private/triage.example.key", str(key)).replace("/var/log/nginx", str(tmp_path))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {places} {site} }}")
    run(nginx, "-t", "-c", str(whole))


def test_caddy_understands_its_configuration() -> None:
    assert "Valid configuration" in run(
        needs("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")
    )


# Of systemctl and pip.
OF_OTHERS = {"--now", "--constraint", "--no-build-isolation", "--no-deps", "--require-hashes"}


def test_every_option_that_is_named_is_one_of_the_command() -> None:
    told = run(sys.executable, "-m", "triage", "serve", "--help")
    options = set(re.findall(r"--[a-z-]+", told))
    for text in (text_of("triage.service"), PAGE.read_text(encoding="utf-8")):
        named = set(re.findall(r"(?<=[ `])--[a-z-]+", text)) - OF_OTHERS
        assert named
        assert named <= options, named - options


def test_the_proxies_pass_on_what_the_service_takes_and_not_more() -> None:
    for name in ("nginx.conf", "Caddyfile", "triage.service"):
        assert str(DEFAULT_PORT) in text_of(name)
    assert Limits().body == 256 * 1024 == 262144
    assert "client_max_body_size 256k;" in text_of("nginx.conf")
    assert "client_body_buffer_size 256k;" in text_of("nginx.conf"), "else bodies go to a file"
    assert "proxy_max_temp_file_size 0;" in text_of("nginx.conf"), "else answers go to a file"
    assert "max_size 262144" in text_of("Caddyfile")
    assert text_of("nginx.conf").count("access_log off;") == 2
    assert "log" not in re.sub("#.*", "", text_of("Caddyfile"))


def test_the_limits_that_are_told_are_the_usual_ones() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)?) \| ([\d, ]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told: dict[str, int] = {}
    for names, numbers in rows:
        named, given = re.findall(r"\w+", names), [int(number) for number in numbers.split(",")]
        told |= dict(zip(named, given * (len(named) // len(given)), strict=True))
    assert told == Limits()._asdict()


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20
    for file, test in named:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{file}::{test}"


def test_every_kind_of_threat_has_a_control_with_a_test() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"^\| (\*\*)?[STRIDE]\b", line)]
    assert {row[1].strip().strip("*")[0] for row in rows} == set("STRIDE")
    assert all(NAMED.search(row[-2]) for row in rows)
