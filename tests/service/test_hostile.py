"""Whatever arrives gets a refusal or a right answer, never a failure, and the service is there afterwards.

Everything here goes over a socket, as bytes that no client would send.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator
from random import Random

import pytest
from served import Served, body_of, served, status_of, wait_until

INTAKE = json.dumps({"answers": {"collapsed": "yes", "stable": "no"}}).encode()
SECRET_ANSWER = b"secretanswer"
FAST = ("--limit", "rate=100000", "--limit", "burst=100000")
KIND = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served(*FAST) as running:
        yield running
        running.process.send_signal(2)
        rest = running.process.communicate(timeout=60)
        assert SECRET_ANSWER.decode() not in running.said + "".join(rest)
        assert "Traceback" not in rest[1]
        assert "no result" not in rest[1]


def cookie(service: Served) -> str:
    answer = service.request("GET", f"/?start={service.secret}")
    line = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"set-cookie:"))
    return f"Cookie: {line.split(b' ', 1)[1].split(b';')[0].decode()}"


def assert_alive(service: Served) -> None:
    answer = service.assess({"collapsed": "yes"})
    assert status_of(answer) == 200
    assert json.loads(body_of(answer))["answers"] == {"collapsed": "yes"}


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def get(*lines: str, path: str = "/health") -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: HOST", *lines, "", "")).encode("latin-1")


def post(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(("POST /api/assess HTTP/1.1", "Host: HOST", KIND, *lines, "", "")).encode("latin-1") + body


CLOSE, CHUNKED = "Connection: close", "Transfer-Encoding: chunked"
LENGTH = f"Content-Length: {len(INTAKE)}"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
WEBSOCKET = ("Upgrade: websocket", "Connection: Upgrade, close", KEY, "Sec-WebSocket-Version: 13")
# What is wrong, with HOST where the address of the service goes, and the statuses it may get; 0 is hanging up without a word.
RAW = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50, {400}),
    "HTTP/0.9": (b"GET /\r\n\r\n", {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 421}),
    "HTTP/1.0 without a host": (b"GET /health HTTP/1.0\r\n\r\n", {421}),
    "no host": (b"GET /health HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (get("Host: HOST"), {400}),
    "another host": (b"GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", {421}),
    "an address with a host of its own": (get(CLOSE, path="http://evil.example/health"), {400}),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", {400}),
    "a tunnel": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", {400}),
    "a folded header": (get("X: a\r\n b", CLOSE), {200, 400}),
    "a space before a colon": (get("X : a"), {400}),
    "a header without a colon": (get("nonsense"), {400}),
    "a null in a header": (get("X: a\0b"), {400}),
    "a line end in a header": (get("X: a\rSet-Cookie: b"), {400}),
    "a null in a path": (get(path="/\0"), {400}),
    "a space in a path": (get(path="/a b"), {400}),
    "bytes above ASCII in a path": (get(path="/\xc3\xa9"), {400}),
    "a huge header": (get(f"X: {'a' * 100_000}", CLOSE), {431, 0}),
    "many headers": (get(*["X: a"] * 20_000, CLOSE), {431, 0}),
    "a huge address": (get(CLOSE, path=f"/{'a' * 10_000}"), {414}),
    "an address without end": (b"GET /" + b"a" * 1_000_000, {431, 0}),
    "a method without end": (b"A" * 1_000_000, {431, 0}),
    "two lengths": (post("Content-Length: 2", "Content-Length: 3", body=b"{}"), {400}),
    "a length and chunks": (post("Content-Length: 2", CHUNKED, CLOSE, body=b"0\r\n\r\n"), {400}),
    "a negative length": (post("Content-Length: -1", body=b"{}"), {400}),
    "a length that is no number": (post("Content-Length: two", body=b"{}"), {400}),
    "a length of thousands of digits": (post(f"Content-Length: {'9' * 5000}", body=b"{}"), {400, 413}),
    "a length of gigabytes": (post("Content-Length: 99999999999", CLOSE, body=b"{}"), {413}),
    "an encoding that is not known": (post("Transfer-Encoding: gzip, chunked"), {400}),
    "chunks that are none": (post(CHUNKED, body=b"xyz\r\n"), {400}),
    "a chunk of a huge size": (post(CHUNKED, body=b"f" * 30 + b"\r\n"), {400}),
    "a chunk that goes on": (post(CHUNKED, body=b"2\r\n{}{}\r\n0\r\n\r\n"), {400}),
    "chunks without end": (post(CHUNKED, body=chunks(*[b"a" * 65536] * 100)), {413, 0}),
    "extensions of chunks": (post(CHUNKED, body=b"2;" + b"a" * 100_000), {400, 431, 0}),
    "a broken chunk after a good one": (post(CHUNKED, body=chunks(b"{") + b"!\r\n"), {400}),
    "rubbish after a request": (post(LENGTH, body=INTAKE + b"\0\0\0\r\n\r\n"), {200}),
    "a websocket": (get(*WEBSOCKET, path="/api/pack"), {200, 400, 426}),
    "HTTP/2 by upgrade": (
        get("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings, close", "HTTP2-Settings: AAMAAABk"),
        {200, 400},
    ),
    "an expectation": (post(LENGTH, "Expect: 100-continue", CLOSE, body=INTAKE), {100}),
    "another expectation": (post(LENGTH, "Expect: nonsense", CLOSE, body=INTAKE), {200, 400, 417}),
}


@pytest.mark.parametrize(("data", "statuses"), RAW.values(), ids=RAW)
def test_bytes_that_are_no_sound_request_are_refused(service: Served, data: bytes, statuses: set[int]) -> None:
    answer = service.send(data.replace(b"HOST", f"127.0.0.1:{service.port}".encode()), wait=8)
    assert status_of(answer) in statuses, answer[:300]
    assert b"evil" not in answer
    assert_alive(service)


HEADS = {
    "a range": ("Range: bytes=0-5", {200}),
    "many ranges": (f"Range: bytes={','.join('0-1' for _ in range(500))}", {200}),
    "a condition": ("If-None-Match: *", {200}),
    "another method meant": ("X-HTTP-Method-Override: DELETE", {200}),
    "another host meant": ("X-Forwarded-Host: evil.example", {200}),
    "another address meant": ("X-Original-URL: /desk", {200}),
    "another caller meant": ("X-Forwarded-For: 127.0.0.1, evil", {200}),
    "a language": (f"Accept-Language: {'a,' * 3000}", {200}),
    "something else wanted": ("Accept: image/png", {200, 406}),
    "a cookie without end": (f"Cookie: {'a=b; ' * 2000}", {200}),
    "a cookie that is none": ('Cookie: ="\\\\', {200}),
    "bytes above ASCII": ("X-Name: \xff\xfe", {200}),
}


@pytest.mark.parametrize(("line", "statuses"), HEADS.values(), ids=HEADS)
def test_odd_headers_change_nothing(service: Served, line: str, statuses: set[int]) -> None:
    answer = service.request("GET", "/api/pack", line)
    assert status_of(answer) in statuses
    assert b"evil" not in answer


PATHS = (
    "/../../etc/passwd", "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/pyproject.toml", "/static/..%2f..%2fpyproject.toml",
    "/static/%00", "/static/.css", "/static//etc/passwd", "/static/..\\..\\x", "/api/%00", "/api/pack%00.json", "/api/pack/",
    "/api//pack", "//api/pack", "/api/./pack", "/API/pack", "/api/pack;x=y", "/%ff", "/%f0%9f%92%a9", "/" + "%2f" * 300,
    "/fhir/%00", "/fhir/Questionnaire/..%2f..", "/fhir/%ed%a0%80", "/cds-services/%00", "/cds-services/../api",
    "/cds-services/%e2%80%ae", "/?start=%00", "/?" + "a=b&" * 300, "/?start=" + "a" * 1500, "/.git/config", "/robots.txt",
    "/favicon.ico", "/docs", "/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_service(service: Served, path: str) -> None:
    answer = service.request("GET", path)
    assert 400 <= status_of(answer) < 500
    assert b"root:" not in answer
    assert b"[project]" not in answer


WHERE = ("/", "/desk", "/sheet", "/interview", "/desk/open", "/api/assess", "/api/pack", "/health", "/static/x", "/cds-services")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "x" * 200)


@pytest.mark.parametrize("path", WHERE)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_gets_an_answer(service: Served, method: str, path: str) -> None:
    for lines in ((), (cookie(service),)):
        assert 200 <= status_of(service.request(method, path, *lines)) < 500


def deep(levels: int) -> bytes:
    return b'{"answers":' * levels + b"{}" + b"}" * levels


BODIES = {
    "deep": deep(100),
    "deeper": deep(20_000),
    "brackets": b"[" * 200_000,
    "a long number": b'{"answers": {"vertebrae": ' + b"9" * 200_000 + b"}}",
    "a number with an exponent": b'{"answers": {"vertebrae": 1e999999999}}',
    "not a number": b'{"answers": {"vertebrae": NaN}}',
    "half a character": b'{"answers": {"collapsed": "\\ud800"}}',
    "half a character as a key": b'{"answers": {"\\ud800": "yes"}}',
    "a null character": b'{"answers": {"collapsed": "\\u0000"}}',
    "a key twice": b'{"answers": {"collapsed": "yes", "collapsed": "secretanswer"}}',
    "a prototype": b'{"answers": {"__proto__": "yes", "constructor": "yes"}}',
    "many questions": json.dumps({"answers": {f"secretanswer{n}": "yes" for n in range(8000)}}).encode(),
    "a long answer": json.dumps({"answers": {"collapsed": "secretanswer" * 15_000}}).encode(),
    "a long key": json.dumps({"answers": {"secretanswer" * 15_000: "yes"}}).encode(),
    "a script": b'{"answers": {"collapsed": "<script>secretanswer</script>"}}',
    "a formula": b'{"answers": {"collapsed": "=secretanswer()"}}',
    "a list": b"[]", "text": b'"secretanswer"', "null": b"null", "nothing": b"", "YAML": b"answers: {collapsed: yes}",
    "an alias": b"a: &a [*a]", "a byte order mark in front": b"\xef\xbb\xbf[]", "UTF-16": '{"answers":{}}'.encode("utf-16"),
    "zeroes": b"\0" * 1000, "compressed": gzip.compress(INTAKE),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/api/assess", "/api/next-question"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_intake_is_refused_and_not_repeated(service: Served, path: str, body: bytes) -> None:
    answer = service.request("POST", path, KIND, body=body)
    assert status_of(answer) in (400, 413, 422), answer[:300]
    assert SECRET_ANSWER not in answer


@pytest.mark.parametrize("path", ["/fhir/QuestionnaireResponse/$assess", "/fhir/Questionnaire/$next-question", "/cds-services/x"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_other_interfaces_refuse_it_as_well(service: Served, path: str, body: bytes) -> None:
    answer = service.request("POST", path, KIND, body=body)
    assert 400 <= status_of(answer) < 500, answer[:300]
    assert SECRET_ANSWER not in answer


MANY = {
    "keys twice": ("/api/assess", b"{" + b",".join([b'"a":1'] * 40_000) + b"}"),
    "keys twice, of FHIR": ("/fhir/QuestionnaireResponse/$assess", b"{" + b",".join([b'"a":1'] * 40_000) + b"}"),
    "questions": ("/api/assess", json.dumps({"answers": {f"q{n}": "" for n in range(15_000)}}).encode()),
    "items": (
        "/fhir/QuestionnaireResponse/$assess",
        b'{"resourceType":"QuestionnaireResponse","item":[%s{}]}' % (b"{}," * 60_000),
    ),
    "answers": (
        "/fhir/QuestionnaireResponse/$assess",
        b'{"resourceType":"QuestionnaireResponse","item":[{"linkId":"fever","answer":[%s{}]}]}' % (b"{}," * 60_000),
    ),
}


@pytest.mark.parametrize(("path", "body"), MANY.values(), ids=MANY)
def test_whoever_makes_thousands_of_mistakes_is_told_of_some(service: Served, path: str, body: bytes) -> None:
    answer = service.request("POST", path, KIND, body=body)
    assert status_of(answer) in (400, 422)
    assert len(answer) < 20_000


def test_a_compressed_body_is_not_unpacked(service: Served) -> None:
    bomb = gzip.compress(b"a" * 100_000_000, 1)[:200_000]
    for path, kind in (("/api/assess", KIND), ("/desk", FORM), ("/fhir/QuestionnaireResponse/$assess", KIND)):
        answer = service.request("POST", path, kind, "Content-Encoding: gzip", cookie(service), body=bomb)
        assert status_of(answer) == 415


def test_forms_of_every_kind_of_nonsense_are_refused_or_shown_as_they_are(service: Served) -> None:
    admitted = cookie(service)
    edge = "Content-Type: multipart/form-data; boundary=edge"
    field = b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    file = b'--edge\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n\xff\xfe{}\r\n'
    nonsense = {
        "10,000 fields": (FORM, b"a=b&" * 10_000), "parts": (edge, field * 3_000), "files": (edge, file * 1_000),
        "a broken part": (edge, field[:-10]), "no boundary": ("Content-Type: multipart/form-data", field),
        "another boundary": (edge, b"--other\r\n"), "bytes": (FORM, os.urandom(1000)), "no kind": ("X: y", b"a=b"),
        "a boundary without end": (f"Content-Type: multipart/form-data; boundary={'x' * 10_000}", field),
        "odd escapes": (FORM, b"%=%&%zz=%&a=%ff"), "JSON": (KIND, INTAKE),
    }  # fmt: skip
    for path in ("/desk", "/desk/open", "/desk/check", "/interview", "/sheet", "/sheet/file", "/desk/save"):
        for name, (kind, body) in nonsense.items():
            status = status_of(service.request("POST", path, kind, admitted, body=body))
            assert 200 <= status < 500, (path, name, status)
    assert_alive(service)


def test_a_page_of_another_origin_gets_nothing_even_with_the_cookie(service: Served) -> None:
    admitted = cookie(service)
    for line in ("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"):
        for path in ("/desk", "/api/assess", "/fhir/QuestionnaireResponse/$assess", "/cds-services/x"):
            assert status_of(service.request("POST", path, admitted, FORM, line, body=b"a=b")) == 403
    assert status_of(service.request("GET", "/", admitted, host="evil.example")) == 421


def test_random_bytes_are_survived(service: Served) -> None:
    random = Random(6)
    sound = post(LENGTH, CLOSE, body=INTAKE).replace(b"HOST", f"127.0.0.1:{service.port}".encode())
    for _ in range(100):
        changed = bytearray(sound)
        for _ in range(random.randint(1, 6)):
            changed[random.randrange(len(changed))] = random.randrange(256)
        cut = changed[: random.randint(1, len(changed))] if random.random() < 0.2 else changed
        with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
            connection.sendall(cut)
            connection.shutdown(socket.SHUT_WR)
            received = connection.recv(65536)
        assert status_of(received) < 500, bytes(cut)
    assert_alive(service)


def test_several_requests_on_one_connection_are_answered_in_their_order(service: Served) -> None:
    sent = post(LENGTH, body=INTAKE) * 3 + get(CLOSE)
    answer = service.send(sent.replace(b"HOST", f"127.0.0.1:{service.port}".encode()))
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert answer.rindex(b'"status":"ok"') > answer.rindex(b'"schema"')


# Waiting. The bounds are short here, and nothing is said of how long it takes: only that it ends.


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    with served("--workers", "1", *FAST, "--limit", "head_seconds=1", "--limit", "body_seconds=1") as running:
        yield running


HALVES = {
    "nothing": (b"", 408),
    "half a line": (b"GET /hea", 408),
    "half a head": (b"GET /health HTTP/1.1\r\nHost: x\r\n", 408),
    "no body": (post("Content-Length: 10"), 408),
    "half a body": (post("Content-Length: 10", body=b"{"), 408),
    "half a chunk": (post(CHUNKED, body=b"5\r\n{"), 408),
    "a body that nobody wants": (b"POST /nowhere HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\n\r\n{", 401),
    "a connection kept": (get(), 200),
}


@pytest.mark.parametrize(("half", "status"), HALVES.values(), ids=HALVES)
def test_whoever_does_not_finish_is_hung_up_on(impatient: Served, half: bytes, status: int) -> None:
    host = f"127.0.0.1:{impatient.port}".encode()
    assert status_of(impatient.send(half.replace(b"HOST", host))) == status
    assert_alive(impatient)


def test_whoever_keeps_sending_slowly_is_hung_up_on(impatient: Served) -> None:
    for start in (b"GET /health HTTP/1.1\r\nX: ", b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", impatient.port), timeout=60) as connection:
            connection.sendall(start)
            piece = b"a" if b"GET" in start else b"1\r\na\r\n"

            def is_over(connection: socket.socket = connection, piece: bytes = piece) -> bool:
                try:
                    connection.sendall(piece)
                except ConnectionError:
                    return True
                return False

            assert wait_until(is_over)
    assert_alive(impatient)


def test_whoever_does_not_take_the_answers_is_cut_off() -> None:
    with served("--workers", "1", *FAST, "--limit", "requests=2", "--limit", "answer_seconds=1") as running:
        asked = get(path="/fhir/Questionnaire").replace(b"HOST", f"127.0.0.1:{running.port}".encode()) * 1000
        deaf = [socket.create_connection(("127.0.0.1", running.port), timeout=30) for _ in range(2)]
        for connection in deaf:
            connection.sendall(asked)
        assert wait_until(lambda: status_of(running.request("GET", "/health")) == 429)
        assert wait_until(lambda: status_of(running.request("GET", "/health")) == 200)
        for connection in deaf:
            connection.close()


def test_hundreds_of_idle_connections_do_not_keep_others_out(impatient: Served) -> None:
    idle = [socket.create_connection(("127.0.0.1", impatient.port), timeout=30) for _ in range(400)]
    try:
        assert_alive(impatient)
    finally:
        for connection in idle:
            connection.close()


def test_more_connections_than_are_taken_are_told_so() -> None:
    with served("--workers", "1", "--limit", "connections=3") as running:
        idle = [socket.create_connection(("127.0.0.1", running.port), timeout=30) for _ in range(3)]
        assert wait_until(lambda: status_of(running.request("GET", "/health")) == 429)
        for connection in idle:
            connection.close()
        assert wait_until(lambda: status_of(running.request("GET", "/health")) == 200)


def test_too_many_requests_are_told_to_wait() -> None:
    with served("--workers", "1", "--limit", "rate=1", "--limit", "burst=3") as running:
        answers = [running.request("GET", "/api/pack") for _ in range(20)]
        refused = [answer for answer in answers if status_of(answer) == 429]
        assert refused
        assert {status_of(answer) for answer in answers} == {200, 429}
        assert b"\r\nretry-after: 1\r\n" in refused[0].lower()
