"""What stands before the routes: who is called, which page asks, how much is read, and what nobody gets to see."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from asgi import COOKIE, HOST, SETTINGS, Answer, call
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from triage.errors import EngineFault, IntakeError, Problem, RequestError
from triage.service.app import create_app
from triage.service.bodies import read_bytes
from triage.service.guards import HEADERS, Bounded, Measured, NamedHosts, SameOrigin, Sealed
from triage.service.refusals import UNAVAILABLE
from triage.service.routes import PlainRoute
from triage.service.settings import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from triage.service.settings import Settings

SECRET_ANSWER = "the-answer-that-nobody-may-see"
LAN = SETTINGS._replace(lan=True, public_url="https://triage.example")


async def plain(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("answered")(scope, receive, send)


async def reading(scope: Any, receive: Any, send: Any) -> None:
    data = await read_bytes(Request(scope, receive), 1 << 30)
    await PlainTextResponse(str(len(data)))(scope, receive, send)


def guarded(guard: Any, told: Any, app: Any = plain) -> Any:
    return Sealed(guard(app, told), SETTINGS)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(SETTINGS)


# Headers


@pytest.mark.parametrize("target", ["/health", "/api/pack", "/", "/nowhere", "/fhir/nowhere", "/static/nowhere"])
def test_every_answer_has_the_headers(app: FastAPI, target: str) -> None:
    answer = call(app, "GET", target)
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_script_stand_in_a_page() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_only_behind_tls_is_a_browser_told_to_stay_with_it() -> None:
    assert "strict-transport-security" in call(Sealed(plain, LAN), "GET", "/").headers
    assert "strict-transport-security" not in call(Sealed(plain, SETTINGS), "GET", "/").headers


def test_head_is_answered_as_get(app: FastAPI) -> None:
    assert call(app, "HEAD", "/api/pack").status == 200


# Failures


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET_ANSWER), EngineFault(SECRET_ANSWER), MemoryError(SECRET_ANSWER), KeyError(SECRET_ANSWER)]
)
@pytest.mark.parametrize("path", ["/api/fails", "/fhir/fails", "/fails"])
def test_a_failure_gives_no_result_and_says_nothing_of_what_was_sent(
    error: Exception, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(SETTINGS)

    @app.get(path)
    async def fails() -> Response:
        raise error

    with caplog.at_level(logging.DEBUG):
        answer = call(app, "GET", path, COOKIE)
    assert answer.status == 503
    assert UNAVAILABLE in answer.text
    assert SECRET_ANSWER not in answer.text + caplog.text
    assert type(error).__name__ in caplog.text
    assert "test_guards.py" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        IntakeError([Problem(SECRET_ANSWER, f'"{SECRET_ANSWER}" is not an answer. Did you mean "{SECRET_ANSWER}"?')]),
        RequestError(f'no "{SECRET_ANSWER}" here. Did you mean "{SECRET_ANSWER}"?'),
    ],
)
@pytest.mark.parametrize("path", ["/api/refuses", "/fhir/refuses", "/refuses"])
def test_a_refusal_of_the_core_is_told_without_what_it_quotes(error: Exception, path: str) -> None:
    app = create_app(SETTINGS)

    @app.get(path)
    async def refuses() -> Response:
        raise error

    answer = call(app, "GET", path, COOKIE)
    assert answer.status == 422
    assert SECRET_ANSWER not in answer.text


def test_no_route_has_parameters_read_by_what_repeats_them() -> None:
    routes = create_app(SETTINGS).router.routes
    assert len(routes) > 20
    assert {type(route) for route in routes} == {PlainRoute}


def test_a_failure_in_the_middle_of_an_answer_adds_nothing_to_it() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError(SECRET_ANSWER)

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await StreamingResponse(parts())(scope, receive, send)

    answer = call(Sealed(breaks, SETTINGS), "GET", "/")
    assert (answer.status, answer.body) == (200, b"first")


# Names


@pytest.mark.parametrize("host", [HOST, "localhost:8377", "LOCALHOST:8377", "[::1]:8377"])
def test_the_service_answers_to_its_own_names(host: str) -> None:
    assert call(guarded(NamedHosts, SETTINGS), "GET", "/", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "127.0.0.1:83770", "localhost", "evil.example", "evil.example:8377", "", None,
             "127.0.0.1:8377.evil.example", "127.0.0.1:8377@evil.example", "127.1:8377", "2130706433:8377", "0.0.0.0:8377"]
)  # fmt: skip
def test_another_name_is_refused_though_it_leads_here(host: str | None) -> None:
    assert call(guarded(NamedHosts, SETTINGS), "GET", "/", host=host).status == 421


def test_two_names_are_refused() -> None:
    assert call(guarded(NamedHosts, SETTINGS), "GET", "/", ("Host", HOST)).status == 421


def test_behind_a_proxy_its_name_is_answered_to() -> None:
    assert call(guarded(NamedHosts, LAN), "GET", "/", host="triage.example").status == 200
    assert call(guarded(NamedHosts, LAN), "GET", "/", host="triage.example:8377").status == 421


@pytest.mark.parametrize(
    "target", ["*", "nowhere", "http://evil.example/", "/%00", "/%0d%0aSet-Cookie:x", "/%7f", "//evil.example/"]
)
def test_what_is_no_path_is_refused(target: str) -> None:
    assert call(guarded(NamedHosts, SETTINGS), "GET", target).status == 400


# Origins

OWN = "http://127.0.0.1:8377"
FROM_ELSEWHERE: list[tuple[tuple[str, str], ...]] = [
    (("Origin", "http://evil.example"),),
    (("Origin", "null"),),
    (("Origin", "https://127.0.0.1:8377"),),
    (("Origin", "http://127.0.0.1:8378"),),
    (("Origin", f"{OWN}.evil.example"),),
    (("Origin", ""),),
    (("Sec-Fetch-Site", "cross-site"),),
    (("Sec-Fetch-Site", "same-site"),),
    (("Sec-Fetch-Site", "nonsense"),),
    (("Origin", OWN), ("Sec-Fetch-Site", "cross-site")),
    (("Origin", "null"), ("Sec-Fetch-Site", "cross-site")),
    (("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")),
    (("Origin", OWN), ("Origin", "http://evil.example")),
    (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")),
]
FROM_HERE: list[tuple[tuple[str, str], ...]] = [
    (),
    (("Origin", OWN),),
    (("Origin", "http://localhost:8377"),),
    (("Origin", OWN), ("Sec-Fetch-Site", "same-origin")),
    (("Origin", "null"), ("Sec-Fetch-Site", "same-origin")),
    (("Sec-Fetch-Site", "same-origin"),),
    (("Sec-Fetch-Site", "none"),),
]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FROBNICATE"])
@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_what_a_page_of_another_origin_sends_is_refused(method: str, headers: tuple[tuple[str, str], ...]) -> None:
    assert call(guarded(SameOrigin, SETTINGS), method, "/api/assess", *headers).status == 403


@pytest.mark.parametrize("headers", FROM_HERE)
def test_what_an_own_page_or_a_program_sends_is_taken(headers: tuple[tuple[str, str], ...]) -> None:
    assert call(guarded(SameOrigin, SETTINGS), "POST", "/api/assess", *headers).status == 200


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_looking_is_no_matter_of_origin(headers: tuple[tuple[str, str], ...]) -> None:
    assert call(guarded(SameOrigin, SETTINGS), "GET", "/", *headers).status == 200


def test_an_invited_origin_may_call_the_interfaces_and_not_the_pages() -> None:
    invited = SETTINGS._replace(cors=("https://ehr.example",))
    headers = ("Origin", "https://ehr.example"), ("Sec-Fetch-Site", "cross-site")
    assert call(guarded(SameOrigin, invited), "POST", "/api/assess", *headers).status == 200
    assert call(guarded(SameOrigin, invited), "POST", "/desk", *headers).status == 403


def preflight(settings: Settings, origin: str) -> Answer:
    asked = ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type")
    return call(create_app(settings), "OPTIONS", "/api/assess", ("Origin", origin), *asked)


def test_other_origins_are_not_invited_unless_named() -> None:
    invited = SETTINGS._replace(cors=("https://ehr.example",))
    assert preflight(invited, "https://ehr.example").headers["access-control-allow-origin"] == "https://ehr.example"
    assert "access-control-allow-origin" not in preflight(invited, "https://evil.example").headers
    assert "access-control-allow-origin" not in preflight(SETTINGS, "https://ehr.example").headers
    assert "access-control-allow-credentials" not in preflight(invited, "https://ehr.example").headers


def test_a_refusal_can_be_read_by_an_invited_origin() -> None:
    invited = create_app(SETTINGS._replace(cors=("https://ehr.example",), limits=Limits(burst=0, rate=0)))
    answer = call(invited, "POST", "/api/assess", ("Origin", "https://ehr.example"))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (429, "https://ehr.example")


# Amounts


def test_a_long_address_is_refused() -> None:
    app = guarded(Bounded, Limits(url=100))
    assert call(app, "GET", f"/{'a' * 99}").status == 200
    assert call(app, "GET", f"/{'a' * 100}").status == 414
    assert call(app, "GET", f"/?{'a' * 100}").status == 414


def test_more_than_the_bucket_holds_is_refused_until_it_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    app = guarded(Bounded, Limits(rate=2, burst=3))
    assert [call(app, "GET", "/").status for _ in range(5)] == [200, 200, 200, 429, 429]
    now[0] += 0.5
    assert [call(app, "GET", "/").status for _ in range(2)] == [200, 429]
    now[0] += 3600
    assert [call(app, "GET", "/").status for _ in range(4)] == [200, 200, 200, 429]
    assert call(app, "GET", "/").headers["retry-after"] == "1"


def test_more_at_once_than_is_taken_is_refused_and_the_place_is_free_again_afterwards() -> None:
    bounded = Bounded(plain, Limits(requests=1))

    async def nested(scope: Any, receive: Any, send: Any) -> None:
        await Sealed(bounded, SETTINGS)({**scope, "path": "/api/again"}, receive, send)

    bounded.app = nested
    assert call(Sealed(bounded, SETTINGS), "GET", "/api/once").status == 429
    bounded.app = plain
    assert call(Sealed(bounded, SETTINGS), "GET", "/api/once").status == 200
    assert bounded.running == 0


@pytest.mark.parametrize("parts", [[b"a" * 11], [b"a" * 6, b"a" * 5], [b"a"] * 11])
def test_bytes_are_counted_as_they_come(parts: list[bytes]) -> None:
    app = guarded(Measured, Limits(body=10), reading)
    assert call(app, "POST", "/", body=parts).status == 413
    assert call(app, "POST", "/", ("Content-Length", "1"), body=parts).status == 413
    assert call(app, "POST", "/", body=[b"a"] * 10).text == "10"


@pytest.mark.parametrize("length", ["11", "-1", "1e1", "+1", "ten", "\u00b2", "9" * 5000])
def test_a_length_that_is_too_long_or_none_is_refused_before_anything_is_read(length: str) -> None:
    assert call(guarded(Measured, Limits(body=10)), "POST", "/", ("Content-Length", length)).status == 413
