"""What somebody says of a person comes up in the answer to it, and nowhere else; and no run calls another machine.

Each field is given a word of its own that occurs nowhere else. A message of the command line may quote what was typed to the one
who typed it, on the same terminal; the service repeats nothing. What is left behind is looked for in every folder that a run might
write to, in what the system knows of the process, and, where the system lets itself be watched, in every write that it is asked for.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from asgi import COOKIE, SETTINGS, call
from served import PATIENCE, Served, body_of, served, wait_until

from hostile.spellings import PLAIN, SIGN
from triage.service.app import create_app

Q, P = SIGN.question, PLAIN.question
CANARIES = {
    name: f"canary{number}q"
    for number, name in enumerate(
        (
            "reference",
            "site",
            "ward",
            "surname",
            "answer",
            "question",
            "source",
            "header",
            "query",
            "cookie",
            "path",
            "host",
            "label",
            "file",
        )
    )
}
CANARY = re.compile(r"canary[0-9]+q")
TRACED = "openat,creat,write,writev,pwrite64,pwritev,sendto,sendmsg,connect,socket,execve,rename,renameat2,link,symlink"


def has_strace() -> bool:
    return (
        shutil.which("strace") is not None
        and subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], check=False).returncode == 0
    )


needs_strace = pytest.mark.skipif(not has_strace(), reason="strace is not installed, or may not trace here")


class Home:
    """Every folder that a run might leave something in, each empty at first."""

    def __init__(self, path: Path) -> None:
        self.work, self.rest = path / "work", [path / name for name in ("home", "tmp", "cache", "state")]
        for folder in (self.work, *self.rest):
            folder.mkdir(parents=True)
        home, tmp, cache, state = map(str, self.rest)
        self.env = {
            **os.environ,
            "HOME": home,
            "TMPDIR": tmp,
            "XDG_CACHE_HOME": cache,
            "XDG_STATE_HOME": state,
            "XDG_CONFIG_HOME": home,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "triage", *arguments]

    def run(self, *arguments: str, stdin: bytes = b"", before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
        command = [*before, *self.command(*arguments)]
        return subprocess.run(
            command, cwd=self.work, env=self.env, input=stdin, capture_output=True, check=False, timeout=PATIENCE
        )

    def left(self) -> dict[str, set[str]]:
        """The canaries in each file that is there now, by its path in the folder of the run, or by its whole one elsewhere."""
        found = {}
        for folder in (self.work, *self.rest):
            for path in (path for path in folder.rglob("*") if path.is_file()):
                text = path.read_bytes().decode("latin-1") + path.name
                found[str(path.relative_to(self.work) if folder == self.work else path)] = set(CANARY.findall(text))
        return {name: canaries for name, canaries in found.items() if canaries}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


INTAKE = {"reference": CANARIES["reference"], "site": CANARIES["site"], "answers": {Q: "no"}}
BAD = {**INTAKE, "answers": {Q: CANARIES["answer"], CANARIES["question"]: "no"}, "sources": {Q: CANARIES["source"]}}
TABLE = f"{Q},reference,site,ward,surname\nno,{','.join(CANARIES[name] for name in ('reference', 'site', 'ward', 'surname'))}\n"
REJECTED = f"{TABLE}{CANARIES['answer']},,,,\n"
BATCH = ("in.csv", "out.csv", "--carry", "surname")


def write_inputs(home: Home) -> None:
    (home.work / "in.json").write_text(json.dumps(INTAKE))
    (home.work / "bad.json").write_text(json.dumps(BAD))
    (home.work / "in.csv").write_text(REJECTED)
    (home.work / "fine.csv").write_text(TABLE)
    (home.work / "kept.jsonl").write_text(
        json.dumps(dict(zip(("reference", "ward"), ("canary0q", "canary2q"), strict=True)) | {Q: "no"})
    )


# A command, the files that it may leave a canary in, and what it reads from its standard input.
RUNS: dict[str, tuple[tuple[str, ...], set[str], bytes]] = {
    "assess": (("assess", "in.json", "--output", "sheet.txt"), {"sheet.txt"}, b""),
    "assess, as HTML": (("assess", "in.json", "--output", "sheet.html"), {"sheet.html"}, b""),
    "assess, refused": (("assess", "bad.json", "--output", "sheet.txt"), set(), b""),
    "assess, from a pipe": (("assess", "-", "--output", "sheet.json"), {"sheet.json"}, json.dumps(INTAKE).encode()),
    "what-if": (("what-if", "in.json"), set(), b""),
    "interview": (("interview", "--from", "in.json", "--save", "kept.json", "--output", "sheet.txt"), {"kept.json"}, b"no\ncanary4q\n"),
    "batch": (("batch", *BATCH, "--rejects", "rejects.csv", "--sheets", "sheets", "--call-list", "calls.csv", "--summary", "s.html"),
              {"out.csv", "rejects.csv", "sheets/canary0q-canary1q.html", "calls.csv"}, b""),
    "batch, refused": (("batch", "in.csv", "out.csv"), set(), b""),
    "batch, strict": (("batch", *BATCH, "--strict"), set(), b""),
    "batch, from a pipe": (("batch", "-", "out.csv", "--carry", "surname"), {"out.csv"}, TABLE.encode()),
    "batch, through pipes": (("batch", "-", "-", "--carry", "surname"), set(), TABLE.encode()),
    "batch, JSON Lines": (("batch", "kept.jsonl", "out.jsonl"), {"out.jsonl"}, b""),
    "batch, Parquet": (("batch", "fine.csv", "out.parquet", "--carry", "surname"), {"out.parquet"}, b""),
}  # fmt: skip
INPUTS = {"in.json", "bad.json", "in.csv", "fine.csv", "kept.jsonl"}


@pytest.mark.parametrize(("arguments", "outputs", "stdin"), RUNS.values(), ids=RUNS)
def test_a_run_leaves_what_was_said_in_its_outputs_and_in_no_other_file(
    home: Home, arguments: tuple[str, ...], outputs: set[str], stdin: bytes
) -> None:
    write_inputs(home)
    ran = home.run(*arguments, stdin=stdin)
    assert ran.returncode in (0, 2, 3), ran.stderr.decode()
    assert set(home.left()) - INPUTS == outputs
    assert [path for folder in home.rest for path in folder.rglob("*")] == []


@needs_strace
@pytest.mark.parametrize(("arguments", "outputs", "stdin"), RUNS.values(), ids=RUNS)
def test_every_write_goes_to_an_output_or_to_what_has_no_name_and_nobody_is_called(
    home: Home, arguments: tuple[str, ...], outputs: set[str], stdin: bytes, tmp_path: Path
) -> None:
    write_inputs(home)
    log = tmp_path / "calls"
    tracer = ("strace", "-f", "-y", "-qq", "-s", "200000", "-e", f"trace={TRACED}", "-o", str(log))
    ran = home.run(*arguments, stdin=stdin, before=tracer)
    assert ran.returncode in (0, 2, 3), ran.stderr.decode()
    lines = log.read_text("latin-1").splitlines()
    assert len(lines) > 100, "nothing was traced"
    assert not [line for line in lines if re.search(r"\b(socket|connect|sendto|sendmsg)\(", line) and "socketpair" not in line]
    assert len([line for line in lines if "execve(" in line and " = 0" in line]) == 1
    allowed = re.compile(r"<pipe:|>\(deleted\)|/\.triage-[^>]*\.part" + "".join(f"|/{re.escape(name)}>" for name in outputs))
    named = [line for line in lines if re.search(r"\b(write|writev|pwrite64|pwritev)\(", line) and CANARY.search(line)]
    assert named or not outputs
    assert not [line[:200] for line in named if not allowed.search(line.split(",", 1)[0])]


def test_a_process_shows_nothing_that_it_reads_and_leaves_no_core(home: Home) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    command = home.command("batch", "-", "out.csv", "--carry", "surname")

    def allow() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    with subprocess.Popen(
        command,
        cwd=home.work,
        env=home.env,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=allow,  # noqa: PLW1509 - what it calls takes no lock
    ) as process:
        assert process.stdin is not None
        process.stdin.write(TABLE.encode())
        process.stdin.flush()
        about = Path(f"/proc/{process.pid}")
        is_loaded = wait_until(lambda: "pyarrow" in (about / "maps").read_text())
        shown = [(about / name).read_bytes().decode("latin-1") for name in ("cmdline", "comm", "environ")]
        limits = (about / "limits").read_text()
        named = [path.name for path in (home.rest[1]).iterdir()]
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    assert is_loaded
    assert not CANARY.search("".join(shown))
    assert re.search(r"Max core file size +0 ", limits)
    assert named == [], "what comes through a pipe is kept in a file without a name"


# The service


def serving(home: Home) -> AbstractContextManager[Served]:
    return served(
        "--workers", "1", HOME=home.env["HOME"], TMPDIR=home.env["TMPDIR"], XDG_CACHE_HOME=home.env["XDG_CACHE_HOME"],
        XDG_STATE_HOME=home.env["XDG_STATE_HOME"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Home]]:
    home = Home(tmp_path_factory.mktemp("served"))
    with serving(home) as service:
        yield service, home


HEADERS = (f"X-Name: {CANARIES['header']}", f"User-Agent: {CANARIES['header']}", f"Referer: http://127.0.0.1/{CANARIES['header']}", f"Cookie: a={CANARIES['cookie']}",
           f"Accept-Language: {CANARIES['header']}", f"Authorization: Bearer {CANARIES['header']}", f"X-Request-ID: {CANARIES['header']}")  # fmt: skip
JSON_LINE, FORM_LINE = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"


def list_refused() -> dict[str, tuple[str, str, str, bytes]]:
    """Requests that are refused, with a canary in every place that there is."""
    bad = json.dumps(BAD).encode()
    response = json.dumps({"resourceType": "QuestionnaireResponse", "id": CANARIES["reference"], "subject": {"display": CANARIES["surname"]}, "item": [{"linkId": CANARIES["question"]}]}).encode()  # fmt: skip
    hook = json.dumps(
        {
            "hook": "patient-view",
            "hookInstance": CANARIES["reference"],
            "context": {"patientId": CANARIES["surname"]},
            "fhirServer": f"http://192.0.2.1/{CANARIES['host']}",
        }
    ).encode()
    broken = f'{{"answers": {{"{Q}": "{CANARIES["answer"]}", "{Q}": "{CANARIES["answer"]}"'.encode()
    query = f"?{CANARIES['query']}={CANARIES['query']}"
    return {
        "an intake": ("POST", f"/api/assess{query}", JSON_LINE, bad), "what to ask next": ("POST", f"/api/next-question{query}", JSON_LINE, bad), "a broken intake": ("POST", "/api/assess", JSON_LINE, broken), "a label": ("POST", "/api/assess", JSON_LINE, json.dumps({"reference": f"a {CANARIES['label']}", "answers": {}}).encode()),
        "a key": ("POST", "/api/assess", JSON_LINE, json.dumps({CANARIES["question"]: 1, "answers": {}}).encode()), "a kind": ("POST", "/api/assess", f"Content-Type: text/{CANARIES['header']}", bad), "a method": ("CANARY7Q", "/api/assess", JSON_LINE, bad),
        "a path": ("GET", f"/{CANARIES['path']}{query}", JSON_LINE, b""), "a path of the interface": ("GET", f"/api/{CANARIES['path']}", JSON_LINE, b""), "a response": ("POST", f"/fhir/QuestionnaireResponse/$assess{query}", JSON_LINE, response), "a service": ("POST", f"/cds-services/{CANARIES['path']}", JSON_LINE, hook),
        "a Questionnaire": ("GET", f"/fhir/Questionnaire/{CANARIES['path']}", JSON_LINE, b""), "another host": ("GET", "/health", f"Host: {CANARIES['host']}.example", b""), "a form without a cookie": ("POST", "/desk", FORM_LINE, f"reference={CANARIES['label']}".encode()), "a start token": ("GET", f"/?start={CANARIES['query']}", JSON_LINE, b""),
    }  # fmt: skip


REFUSED = list_refused()


@pytest.mark.parametrize(("method", "path", "line", "body"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_of_the_service_repeats_nothing(
    running: tuple[Served, Home], method: str, path: str, line: str, body: bytes
) -> None:
    answer = running[0].request(method, path, line, *HEADERS, body=body)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert not CANARY.search(answer.decode("latin-1")), answer.decode("latin-1")


def test_an_answer_of_the_service_holds_what_it_is_about_and_no_address_does() -> None:
    app = create_app(SETTINGS)
    json_type, form_type = (("Content-Type", line.split(": ")[1]) for line in (JSON_LINE, FORM_LINE))
    other = ("X-Name", CANARIES["header"])
    assessed = call(app, "POST", "/api/assess", json_type, other, body=json.dumps(INTAKE).encode())
    assert set(CANARY.findall(assessed.text)) == {CANARIES["reference"], CANARIES["site"]}
    assert not CANARY.search(str(assessed.headers))
    fields = f"reference={CANARIES['reference']}&site.1={CANARIES['site']}&answer.{Q}=no".encode()
    for path in ("/desk", "/sheet", "/interview", "/desk/check"):
        page = call(app, "POST", path, COOKIE, form_type, other, body=fields)
        assert page.status == 200
        assert set(CANARY.findall(page.text)) <= {CANARIES["reference"], CANARIES["site"]}
        assert not CANARY.search("".join(re.findall(r'(?:href|src|action)="([^"]*)"', page.text)))
        assert not CANARY.search(str({name: value for name, value in page.headers.items() if name != "content-disposition"}))


def test_the_service_writes_no_log_and_no_file_of_what_it_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with serving(home) as service:
        for method, path, line, body in REFUSED.values():
            service.request(method, path, line, *HEADERS, body=body)
        answer = service.request("POST", "/api/assess", JSON_LINE, *HEADERS, body=json.dumps(INTAKE).encode())
        assert CANARIES["reference"].encode() in body_of(answer)
        assert set(home.left()) == set()
        for worker in (service.process.pid, *service.workers()):
            about = Path(f"/proc/{worker}")
            shown = [(about / name).read_bytes().decode("latin-1") for name in ("cmdline", "comm", "environ")]
            assert not CANARY.search("".join(shown))
            assert re.search(r"Max core file size +0 ", (about / "limits").read_text())
        service.process.send_signal(2)
        rest = service.process.communicate(timeout=PATIENCE)
        assert not CANARY.search(service.said + "".join(rest))
    assert home.left() == {}
