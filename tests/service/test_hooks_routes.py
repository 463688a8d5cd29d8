"""CDS Hooks over HTTP: who may call, what is refused, and that nothing of it is told or kept."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from asgi import HOST, JSON, SETTINGS, Answer, call
from calling import INSTANCE, answer, bundle, make_request, respond
from signing import ISSUER, Client, make_claims

from triage.errors import RequestError
from triage.hooks.cards import reason_system
from triage.hooks.services import HOOKS, PREFETCH_KEY, describe_services
from triage.service.app import create_app
from triage.service.hooks_gate import is_public

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from triage.pack import Pack
    from triage.service.settings import Settings

ROOT = "/cds-services"
VIEW, BOOK = (f"{ROOT}/vertebral-fracture-{hook}" for hook in HOOKS)
PUBLIC = "https://triage.example"
CLIENT = Client("ES384", "one")
VALUE = "what-nobody-may-see-again"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return SETTINGS._replace(state=tmp_path)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def shut(settings: Settings, tmp_path: Path) -> Settings:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [CLIENT.public]}), encoding="utf-8")
    return settings._replace(lan=True, public_url=PUBLIC, keys=keys, issuers=(ISSUER,))


def post(app: FastAPI, path: str, tree: object, *headers: tuple[str, str], host: str = HOST) -> Answer:
    return call(app, "POST", path, JSON, *headers, body=json.dumps(tree).encode(), host=host)


def bearer(path: str, client: Client = CLIENT, **changes: Any) -> tuple[str, str]:
    now = int(time.time())
    return "Authorization", f"Bearer {client.sign(**{'aud': PUBLIC + path, 'iat': now, 'exp': now + 300, **changes})}"


def feedback(**changes: object) -> dict[str, Any]:
    fate = {"card": INSTANCE, "outcome": "overridden", "outcomeTimestamp": "2026-03-01T06:00:00Z"}
    return {"feedback": [{**fate, **changes}]}


# Answers


def test_discovery_lists_the_services(app: FastAPI, pack: Pack) -> None:
    found = call(app, "GET", ROOT)
    assert (found.status, found.tree) == (200, describe_services(pack, authenticated=False))
    assert found.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("path", "hook"), [(VIEW, "patient-view"), (BOOK, "appointment-book")])
def test_a_call_gets_the_card_that_it_has_without_http(app: FastAPI, pack: Pack, path: str, hook: str) -> None:
    for prefetch in (
        respond(pack, {"fever": "yes"}),
        bundle(respond(pack, {"fracture": "no"})),
        None,
        respond(pack, {}, item="x"),
    ):
        request = make_request(prefetch, hook)
        found = post(app, path, request)
        assert (found.status, found.tree) == (200, answer(pack, request))


def test_the_reading_of_the_service_is_that_of_its_cards(settings: Settings, pack: Pack) -> None:
    request = make_request(respond(pack, {"fracture": "yes"}))
    found = post(create_app(settings._replace(reading="narrow")), VIEW, request)
    assert found.tree == answer(pack, request, reading="narrow") != answer(pack, request)


def test_the_services_are_those_of_the_pack(settings: Settings) -> None:
    other = create_app(settings._replace(pack="repair-cafe"))
    ids = [service["id"] for service in call(other, "GET", ROOT).tree["services"]]
    assert ids == ["repair-cafe-patient-view", "repair-cafe-appointment-book"]
    assert post(other, f"{ROOT}/{ids[0]}", make_request(None)).status == 200
    assert post(other, VIEW, make_request(None)).status == 404


def test_feedback_is_counted_for_its_service(app: FastAPI, pack: Pack) -> None:
    reason = {"reason": {"system": reason_system(pack), "code": "already-seen"}, "userComment": VALUE}
    for _ in range(2):
        found = post(app, f"{VIEW}/feedback", feedback(overrideReason=reason))
        assert (found.status, found.body) == (200, b"")
    assert call(app, "GET", f"{VIEW}/feedback").tree == {"accepted": {}, "overridden": {"already-seen": 2}}
    assert call(app, "GET", f"{BOOK}/feedback").tree == {"accepted": {}, "overridden": {}}


def test_the_folder_for_marks_holds_nothing_that_was_sent(app: FastAPI, pack: Pack, tmp_path: Path) -> None:
    response = respond(pack, {"fever": "yes"}, author={"display": VALUE})
    assert (
        post(app, VIEW, {**make_request(response), "fhirServer": VALUE, "fhirAuthorization": {"access_token": VALUE}}).status
        == 200
    )
    assert post(app, f"{VIEW}/feedback", feedback(overrideReason={"userComment": VALUE})).status == 200
    files = list(tmp_path.iterdir())
    assert [file.name for file in files] == ["feedback.sqlite3"]
    assert VALUE.encode() not in files[0].read_bytes()


# Refusals


@pytest.mark.parametrize(
    ("path", "tree", "status"),
    [
        (VIEW, make_request(), 412),
        (VIEW, make_request({"resourceType": "OperationOutcome", "issue": []}), 412),
        (VIEW, {**make_request(None), "hookInstance": VALUE}, 400),
        (VIEW, make_request(None, "appointment-book"), 400),
        (VIEW, make_request(VALUE), 400),
        (VIEW, [], 400),
        (VIEW, None, 400),
        (f"{VIEW}/feedback", feedback(outcome=VALUE), 400),
        (f"{VIEW}/feedback", [], 400),
        (f"{ROOT}/{VALUE}", make_request(None), 404),
        (f"{ROOT}/{VALUE}/feedback", feedback(), 404),
        (f"{VIEW}/more", make_request(None), 404),
        (f"{VIEW}/", make_request(None), 404),
        (f"{ROOT}/", make_request(None), 404),
        (ROOT, make_request(None), 405),
    ],
)
def test_what_cannot_be_answered_gets_an_operation_outcome_that_repeats_nothing(
    app: FastAPI, path: str, tree: object, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        found = post(app, path, tree)
    assert found.status == status
    assert found.tree["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] == "error" and len(issue["diagnostics"]) > 15 for issue in found.tree["issue"])
    assert VALUE not in found.text + caplog.text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ((), b"{}", 415),
        ((("Content-Type", "text/plain"),), b"{}", 415),
        ((("Content-Type", "application/fhir+json"),), b"{}", 415),
        ((JSON,), b"", 400),
        ((JSON,), b"{", 400),
        ((JSON,), b'{"hook": "patient-view", "hook": "patient-view"}', 400),
        ((JSON,), b'{"hook": NaN}', 400),
        ((JSON,), b'{"hook": "\\ud800"}', 400),
        ((JSON,), b"[" * 100_000, 400),
        ((JSON,), b'{"prefetch": ' * 40 + b"{}" + b"}" * 40, 400),
        ((JSON,), b"\xff", 400),
        ((JSON,), b" " * (SETTINGS.limits.body + 1), 413),
    ],
)
@pytest.mark.parametrize("path", [VIEW, f"{BOOK}/feedback"])
def test_what_cannot_be_read_is_refused(
    app: FastAPI, path: str, headers: tuple[tuple[str, str], ...], body: bytes, status: int
) -> None:
    found = call(app, "POST", path, *headers, body=body)
    assert (found.status, found.tree["resourceType"]) == (status, "OperationOutcome")


def test_a_response_that_cannot_be_used_is_told_of_without_its_answers(app: FastAPI, pack: Pack) -> None:
    response = respond(pack, {})
    response["item"] = [{"linkId": "fever", "answer": [{"valueCoding": {"system": "urn:x", "code": VALUE}, "id": VALUE}]}]
    found = post(app, VIEW, make_request(response))
    assert found.status == 200
    assert found.tree["cards"][0]["source"]["topic"]["code"] == "answers-not-used"
    assert VALUE not in found.text
    assert VALUE not in post(app, VIEW, make_request({**respond(pack, {}), VALUE: VALUE})).text


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_a_page_of_another_origin_cannot_call(app: FastAPI, origin: str) -> None:
    assert post(app, VIEW, make_request(None), ("Origin", origin)).status == 403


# Tokens


def test_on_loopback_nobody_is_asked_and_elsewhere_everybody(settings: Settings, shut: Settings) -> None:
    assert not is_public(settings)
    for changes in ({"lan": True}, {"host": "0.0.0.0"}, {"public_url": PUBLIC}):
        assert is_public(settings._replace(**changes))
    for told in (
        settings._replace(lan=True),
        settings._replace(public_url=PUBLIC),
        shut._replace(lan=False, public_url=SETTINGS.public_url),
    ):
        app = create_app(told)
        assert call(app, "GET", ROOT).status == 401
        assert call(app, "GET", f"{VIEW}/feedback").status == 401
        assert post(app, VIEW, make_request(None)).status == 401
        assert post(app, f"{VIEW}/feedback", feedback()).status == 401


def test_a_sound_token_lets_its_client_in_at_each_address_once(shut: Settings) -> None:
    app = create_app(shut)
    for _ in range(2):
        assert call(app, "GET", ROOT, bearer(ROOT)).status == 200
        assert post(app, VIEW, make_request(None), bearer(VIEW)).status == 200
        assert post(app, f"{VIEW}/feedback", feedback(), bearer(f"{VIEW}/feedback")).status == 200
        assert call(app, "GET", f"{VIEW}/feedback", bearer(f"{VIEW}/feedback")).status == 200
    token = bearer(VIEW)
    assert [post(app, VIEW, make_request(None), token).status for _ in range(3)] == [200, 401, 401]
    # Another process of the same service knows it as well.
    assert post(create_app(shut), VIEW, make_request(None), token).status == 401


def test_a_token_is_for_the_address_that_others_call_and_not_for_the_name_in_the_request(shut: Settings) -> None:
    app = create_app(shut)
    for aud in (f"http://{HOST}{VIEW}", f"http://{HOST}", PUBLIC, f"{PUBLIC}{ROOT}", f"{PUBLIC}{BOOK}"):
        assert post(app, VIEW, make_request(None), bearer("", aud=aud)).status == 401
    assert post(app, VIEW, make_request(None), bearer(VIEW), host="triage.example").status == 200


def test_whoever_is_not_let_in_learns_nothing(shut: Settings, pack: Pack, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(shut)
    token = bearer(VIEW)
    thief = Client("ES384", "one")
    refused: list[tuple[tuple[str, str], ...]] = [
        (),
        (token, token),
        (token, ("Authorization", "Bearer x")),
        (("Authorization", token[1].replace("Bearer", "Basic")),),
        (("Authorization", token[1].replace("Bearer ", "")),),
        (("Authorization", f"{token[1]}, {token[1]}"),),
        (("Authorization", "Bearer"),),
        (("Authorization", ""),),
        (bearer(VIEW, thief),),
        (bearer(VIEW, iss="https://elsewhere.example/"),),
        (bearer(VIEW, exp=int(time.time()) - 10),),
        (bearer(VIEW, iat=int(time.time()) + 10),),
        (bearer(VIEW, iat=int(time.time()) - 60, exp=int(time.time()) + 60),),
        (bearer(VIEW, jti=None),),
        (("Authorization", f"Bearer {shut.secret}"),),
    ]
    with caplog.at_level(logging.DEBUG):
        for headers in refused:
            found = post(app, VIEW, make_request(respond(pack, {"fever": "yes"})), *headers)
            assert (found.status, found.body, found.headers["www-authenticate"]) == (401, b"", "Bearer")
    assert token[1].split()[1] not in caplog.text
    assert post(app, f"{ROOT}/none", make_request(None)).status == 401
    assert post(app, f"{ROOT}/none", make_request(None), bearer(f"{ROOT}/none")).status == 404
    assert post(app, VIEW, make_request(None), (token[0], token[1].replace("Bearer", "bearer"))).status == 200


def test_the_start_token_and_its_cookie_are_no_key_to_the_services(shut: Settings) -> None:
    from triage.service.access import cookie_name, cookie_value

    cookie = ("Cookie", f"{cookie_name(shut)}={cookie_value(shut)}")
    assert call(create_app(shut), "GET", ROOT, cookie).status == 401


def test_a_card_without_answers_links_to_the_questions_where_others_can_follow(shut: Settings, app: FastAPI) -> None:
    card = post(create_app(shut), VIEW, make_request(None), bearer(VIEW)).tree["cards"][0]
    assert card["links"] == [{"label": "Questionnaire", "url": f"{PUBLIC}/", "type": "absolute"}]
    assert "links" not in post(app, VIEW, make_request(None)).tree["cards"][0]


def test_looking_at_settings_leaves_no_file_behind(shut: Settings, tmp_path: Path) -> None:
    create_app(shut)
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_a_file_of_keys_that_cannot_be_used_stops_the_service(shut: Settings, tmp_path: Path) -> None:
    assert shut.keys is not None
    shut.keys.write_text("{}", encoding="utf-8")
    with pytest.raises(RequestError, match="JWK set"):
        create_app(shut)
    with pytest.raises(RequestError):
        create_app(shut._replace(keys=tmp_path / "none.json"))
    with pytest.raises(RequestError, match="issuer"):
        create_app(shut._replace(issuers=()))


def test_no_address_is_fetched_for_a_key(shut: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    app, now = create_app(shut), int(time.time())
    token = CLIENT.sign({"jku": f"http://{HOST}/keys"}, aud=PUBLIC + VIEW, iat=now, exp=now + 60)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert post(app, VIEW, make_request(None), ("Authorization", f"Bearer {token}")).status == 200


# Pages of other origins


def test_without_an_invited_origin_no_page_may_read(app: FastAPI) -> None:
    found = call(app, "GET", ROOT, ("Origin", "https://ehr.example"))
    assert not [name for name in found.headers if name.startswith("access-control")]


def test_an_invited_origin_may_discover_and_call_and_no_other_may(settings: Settings) -> None:
    app = create_app(settings._replace(cors=("https://ehr.example",)))
    own, other = ("Origin", "https://ehr.example"), ("Origin", "https://elsewhere.example")
    assert call(app, "GET", ROOT, own).headers["access-control-allow-origin"] == "https://ehr.example"
    assert "access-control-allow-origin" not in call(app, "GET", ROOT, other).headers
    assert post(app, VIEW, make_request(None), own).status == 200
    assert post(app, VIEW, make_request(None), other).status == 403
    asked = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type")]
    assert call(app, "OPTIONS", VIEW, own, *asked).status == 200
    assert call(app, "OPTIONS", VIEW, other, *asked).status == 400


def test_an_invited_page_can_read_a_refusal_too(shut: Settings) -> None:
    app = create_app(shut._replace(cors=("https://ehr.example",)))
    found = call(app, "GET", ROOT, ("Origin", "https://ehr.example"))
    assert (found.status, found.headers.get("access-control-allow-origin")) == (401, "https://ehr.example")


def test_the_services_are_described_for_programs(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert {path for path in paths if path.startswith(ROOT)} == {ROOT, f"{ROOT}/{{service}}", f"{ROOT}/{{service}}/feedback"}
    schema = paths[f"{ROOT}/{{service}}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert PREFETCH_KEY in schema["properties"]["prefetch"]["properties"]
    assert make_claims()["iss"] == ISSUER
