"""What a request carries: read whole and strictly, or refused without being repeated."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from asgi import JSON, SETTINGS, Answer, call
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse

from triage.service.bodies import read_form, read_json
from triage.service.guards import Sealed
from triage.service.settings import Limits

LIMITS = Limits(body=20_000, fields=20)
SECRET_ANSWER = "secretanswer"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
BOUNDARY = "edge"
MULTIPART = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


async def echo_json(scope: Any, receive: Any, send: Any) -> None:
    tree = await read_json(Request(scope, receive), LIMITS.body)
    await JSONResponse(tree)(scope, receive, send)


async def echo_form(scope: Any, receive: Any, send: Any) -> None:
    form = await read_form(Request(scope, receive), LIMITS)
    files = [[file.name, file.file, len(file.content)] for file in form.files]
    await JSONResponse([form.fields, files])(scope, receive, send)


def send_json(body: bytes, *headers: tuple[str, str]) -> Answer:
    return call(Sealed(echo_json, SETTINGS), "POST", "/api/x", *(headers or (JSON,)), body=body)


def send_form(body: bytes, *headers: tuple[str, str]) -> Answer:
    return call(Sealed(echo_form, SETTINGS), "POST", "/api/x", *(headers or (FORM,)), body=body)


def part(name: str, content: bytes, file: str | None = None, extra: str = "") -> bytes:
    given = f'; filename="{file}"' if file is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{given}\r\n{extra}\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def test_every_scalar_of_json_is_text() -> None:
    assert send_json(b'{"a": [true, 12, 0.50, null, "x"]}').tree == {"a": ["true", "12", "0.50", None, "x"]}


BAD_JSON = {
    "twice": b'{"secretanswer": 1, "secretanswer": 2}',
    "not a number": b'{"a": NaN}',
    "no end": b'{"a": Infinity}',
    "half a character": b'{"a": "\\ud800secretanswer"}',
    "deep": b"[" * 40 + b"]" * 40,
    "very deep": b"[" * 10_000,
    "cut off": b'{"secretanswer":',
    "two": b"{} {}",
    "empty": b"",
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a control character": b'{"a": "\x00"}',
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_json_that_another_reader_might_read_otherwise_is_refused_and_not_repeated(body: bytes) -> None:
    answer = send_json(body)
    assert answer.status == 400
    assert SECRET_ANSWER not in answer.text


@pytest.mark.parametrize("kind", ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonx", "*/*"])
def test_json_is_named_as_such(kind: str) -> None:
    assert send_json(b"{}", ("Content-Type", kind)).status == 415


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip", "x"])
def test_what_is_compressed_is_not_read(coding: str) -> None:
    assert send_json(b"{}", JSON, ("Content-Encoding", coding)).status == 415
    assert send_form(b"a=b", FORM, ("Content-Encoding", coding)).status == 415


def test_a_body_longer_than_the_limit_is_refused() -> None:
    assert send_json(b'"' + b"a" * (LIMITS.body - 2) + b'"').status == 200
    assert send_json(b'"' + b"a" * (LIMITS.body - 1) + b'"').status == 413


@given(st.lists(st.tuples(TEXT, TEXT), max_size=20))
def test_a_form_is_read_as_it_was_filled_in(fields: list[tuple[str, str]]) -> None:
    assert send_form(urlencode(fields).encode()).tree == [[list(field) for field in fields], []]


def test_the_two_kinds_of_form_say_the_same() -> None:
    fields = [("a", "1"), ("a", "é \r\n x"), ("b", "")]
    plain = send_form(urlencode(fields).encode()).tree
    parts = send_form(b"".join(part(name, value.encode()) for name, value in fields) + END, MULTIPART).tree
    assert plain == parts == [[list(field) for field in fields], []]


def test_a_file_comes_with_its_name_and_one_that_was_not_chosen_does_not_come() -> None:
    sent = part("saved", b"\x00\xff", "case.json", "Content-Type: application/octet-stream\r\n") + part("saved", b"", "") + END
    assert send_form(sent, MULTIPART).tree == [[], [["saved", "case.json", 2]]]


BAD_FORMS = {
    "too many fields": (FORM, b"a=b&" * 21),
    "not UTF-8": (FORM, b"a=%ff"),
    "raw bytes": (FORM, b"a=\xc3\xa9"),
    "a null": (FORM, b"a=secretanswer%00"),
    "half a character": (FORM, b"a=%ed%a0%80"),
    "too many parts": (MULTIPART, part("a", b"") * 21 + END),
    "too many files": (MULTIPART, part("a", b"x", "f") * 21 + END),
    "no boundary": (("Content-Type", "multipart/form-data"), b"x"),
    "no parts": (MULTIPART, b"x"),
    "an unfinished part": (MULTIPART, part("a", b"secretanswer")),
    "no name": (MULTIPART, f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END),
    "no disposition": (MULTIPART, f"--{BOUNDARY}\r\nX: y\r\n\r\nx\r\n".encode() + END),
    "many headers": (MULTIPART, f"--{BOUNDARY}\r\n".encode() + b"X: y\r\n" * 2000 + b"\r\nx\r\n" + END),
    "a long header": (MULTIPART, f"--{BOUNDARY}\r\nX: {'y' * 10_000}\r\n\r\nx\r\n".encode() + END),
    "not UTF-8 in a part": (MULTIPART, part("a", b"\xff") + END),
    "cut off before the last boundary": (MULTIPART, part("a", b"x") + END[:-4]),
    "an empty boundary": (("Content-Type", "multipart/form-data; boundary="), part("a", b"x") + END),
    "a long boundary": (("Content-Type", f"multipart/form-data; boundary={'x' * 5000}"), b"x"),
    "a null in a part": (MULTIPART, part("a", b"x\x00") + END),
}


@pytest.mark.parametrize(("kind", "body"), BAD_FORMS.values(), ids=BAD_FORMS)
def test_a_form_that_cannot_be_read_whole_is_refused_and_not_repeated(kind: tuple[str, str], body: bytes) -> None:
    answer = send_form(body, kind)
    assert answer.status == 400
    assert SECRET_ANSWER not in answer.text


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "multipart/mixed; boundary=x"])
def test_a_form_is_named_as_such(kind: str) -> None:
    assert send_form(b"a=b", ("Content-Type", kind)).status == 415


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_body_is_read_or_refused(body: bytes) -> None:
    assert send_json(body).status in (200, 400)
    assert send_form(body).status in (200, 400)
    assert send_form(b"--edge\r\n" + body, MULTIPART).status in (200, 400)
    assert send_form(json.dumps(body.decode("latin-1")).encode(), MULTIPART).status in (200, 400)
