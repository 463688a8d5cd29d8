"""Who is let in: a browser with the address, a program with a token, and on loopback every program."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from asgi import COOKIE, HOST, JSON, SECRET, SETTINGS, Answer, call
from fastapi import FastAPI

from triage.service.access import cookie_name, cookie_value, start_address
from triage.service.app import create_app

LAN = SETTINGS._replace(lan=True, public_url="https://triage.example")
PROXIED = "triage.example"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(SETTINGS)


@pytest.fixture(scope="module")
def lan() -> FastAPI:
    return create_app(LAN)


def cookie_of(answer: Answer) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(answer.headers["set-cookie"]).items())


def test_the_address_of_the_start_gives_a_cookie_and_leads_to_an_address_without_the_token(app: FastAPI) -> None:
    target = start_address(SETTINGS).removeprefix(f"http://{HOST}")
    answer = call(app, "GET", target)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "path=/" in said
    assert "expires" not in said
    assert "max-age" not in said
    assert SECRET not in str(answer.headers)
    assert call(app, "GET", "/", ("Cookie", cookie_of(answer))).status == 200


FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.mark.parametrize("path", ["/", "/interview", "/desk", "/open", "/sheet", "/nowhere"])
def test_a_browser_that_comes_without_is_asked_for_the_token(lan: FastAPI, path: str) -> None:
    for method in ("GET", "POST"):
        answer = call(lan, method, path, FORM, host=PROXIED)
        assert answer.status == 401
        assert '<form method="post" action="/enter"' in answer.text


def test_the_token_that_is_given_in_the_form_lets_in_and_stands_in_no_address(lan: FastAPI) -> None:
    answer = call(lan, "POST", "/enter", FORM, body=f"start={SECRET}%0A".encode(), host=PROXIED)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert SECRET not in str(answer.headers) + answer.text
    assert call(lan, "GET", "/", ("Cookie", cookie_of(answer)), host=PROXIED).status == 200


@pytest.mark.parametrize("body", ["", "start=", "start=wrong", f"start={SECRET}x", f"token={SECRET}", f"start={SECRET}&start=x"])
def test_anything_else_lets_nobody_in_and_is_asked_for_again(lan: FastAPI, body: str) -> None:
    answer = call(lan, "POST", "/enter", FORM, body=body.encode(), host=PROXIED)
    assert (answer.status, "set-cookie" in answer.headers, SECRET in answer.text) == (401, False, False)
    assert '<form method="post" action="/enter"' in answer.text


def test_a_page_elsewhere_cannot_give_the_token_and_looking_gives_nothing(lan: FastAPI) -> None:
    given = f"start={SECRET}".encode()
    assert call(lan, "POST", "/enter", FORM, ("Sec-Fetch-Site", "cross-site"), body=given, host=PROXIED).status == 403
    looked = call(lan, "GET", f"/enter?start={SECRET}", host=PROXIED)
    assert (looked.status, looked.headers["location"], "set-cookie" in looked.headers) == (303, "/", False)


def test_behind_tls_the_cookie_is_never_sent_without_it_nor_set_by_a_neighbour(lan: FastAPI) -> None:
    answer = call(lan, "GET", f"/?start={SECRET}", host=PROXIED)
    assert answer.headers["set-cookie"].startswith("__Host-triage=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert "domain" not in answer.headers["set-cookie"].lower()
    assert call(lan, "GET", "/", ("Cookie", cookie_of(answer)), host=PROXIED).status == 200


def test_every_worker_process_knows_the_cookie_of_another() -> None:
    first, second = create_app(SETTINGS), create_app(SETTINGS)
    cookie = cookie_of(call(first, "GET", f"/?start={SECRET}"))
    assert call(second, "GET", "/", ("Cookie", cookie)).status == 200


def test_services_on_two_ports_have_two_cookies() -> None:
    other = SETTINGS._replace(port=8400, public_url="http://127.0.0.1:8400")
    assert cookie_name(SETTINGS) != cookie_name(other)
    assert cookie_value(SETTINGS) != cookie_value(SETTINGS._replace(secret=SECRET + "x"))


@pytest.mark.parametrize("path", ["/", "/interview", "/desk", "/sheet", "/anything", "/desk/", "/apix", "/API/pack"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_no_page_is_shown_to_a_browser_that_was_not_let_in(app: FastAPI, method: str, path: str) -> None:
    answer = call(app, method, path)
    assert answer.status == 401
    assert answer.body.count(b"<form") == answer.body.count(b'action="/enter"') == 1
    assert b"answer." not in answer.body


@pytest.mark.parametrize(
    "cookie",
    ["", "x", f"{COOKIE[1]}x", COOKIE[1][:-1], "triage-8377=", f"triage-8377={SECRET}", f"triage-1={cookie_value(SETTINGS)}"],
)
def test_a_cookie_that_is_not_the_right_one_lets_nobody_in(app: FastAPI, cookie: str) -> None:
    assert call(app, "GET", "/", ("Cookie", cookie)).status == 401


@pytest.mark.parametrize("given", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "%C3%A9", "%ff", "%00", SECRET * 10])
def test_a_token_that_is_not_the_right_one_lets_nobody_in(app: FastAPI, given: str) -> None:
    answer = call(app, "GET", f"/?start={given}")
    assert answer.status == 401
    assert "set-cookie" not in answer.headers
    assert not given or len(given) < 3 or given not in answer.text


def test_without_a_secret_nobody_is_let_in() -> None:
    app = create_app(SETTINGS._replace(secret=""))
    assert call(app, "GET", "/?start=").status == 401
    assert call(app, "GET", "/", ("Cookie", "triage-8377=")).status == 401


def test_who_comes_from_elsewhere_with_the_cookie_kept_back_is_asked_to_come_again_from_here(app: FastAPI) -> None:
    answer = call(app, "GET", "/interview", ("Sec-Fetch-Site", "cross-site"))
    assert answer.status == 200
    assert 'http-equiv="refresh" content="0;url=/interview"' in answer.text
    assert "<form" not in answer.text
    again = call(app, "GET", "/interview", ("Sec-Fetch-Site", "same-origin"))
    assert again.status == 401


def test_an_address_that_is_led_back_to_cannot_be_made_to_lead_elsewhere(app: FastAPI) -> None:
    for target in ("//evil.example/", "/%22%3E%3Cscript%3E", "/%0d%0aX:y"):
        answer = call(app, "GET", target, ("Sec-Fetch-Site", "cross-site"))
        assert "url=//" not in answer.text
        assert "<script" not in answer.text
        answer = call(app, "GET", f"{target}?start={SECRET}")
        assert not answer.headers.get("location", "/").startswith("//")


@pytest.mark.parametrize("path", ["/api/pack", "/health"])
def test_on_loopback_programs_need_nothing(app: FastAPI, path: str) -> None:
    assert call(app, "GET", path).status == 200


BEARER = {
    "nothing": (),
    "another scheme": (("Authorization", f"Basic {SECRET}"),),
    "no token": (("Authorization", "Bearer"),),
    "a wrong one": (("Authorization", f"Bearer {SECRET}x"),),
    "an unsigned one": (("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),),
    "a wrong cookie": (("Cookie", f"__Host-triage={SECRET}"),),
}


@pytest.mark.parametrize("path", ["/api/pack", "/api/assess", "/fhir/metadata", "/fhir/nowhere"])
@pytest.mark.parametrize("headers", BEARER.values(), ids=BEARER)
def test_elsewhere_programs_show_who_they_are(lan: FastAPI, path: str, headers: tuple[tuple[str, str], ...]) -> None:
    answer = call(lan, "GET", path, *headers, host=PROXIED)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("header", [("Authorization", f"Bearer {SECRET}"), ("Cookie", f"__Host-triage={cookie_value(LAN)}")])
def test_elsewhere_the_token_or_the_cookie_is_enough(lan: FastAPI, header: tuple[str, str]) -> None:
    assert call(lan, "GET", "/api/pack", header, host=PROXIED).status == 200
    asked = call(lan, "POST", "/api/assess", header, JSON, body=b'{"answers":{}}', host=PROXIED)
    assert asked.status == 200


def test_whether_it_is_well_is_told_to_everybody(lan: FastAPI) -> None:
    assert call(lan, "GET", "/health", host=PROXIED).status == 200
