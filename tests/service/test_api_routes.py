"""The interface for programs: the bytes of the command line, nothing refused is repeated, and no sign is hidden by a slip."""

from __future__ import annotations

import gc
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asgi import JSON, SETTINGS, Answer, call
from bare_pack import make_bare_pack
from fastapi import FastAPI
from oracle import FRACTURE, SIGNS
from small_pack import write_pack

from triage import Intake, assess, load_pack
from triage.assessment import Assessor
from triage.conclusions import DecisionResult
from triage.errors import EngineFault
from triage.intake import read_intake
from triage.interview import next_question
from triage.report import render_json
from triage.service import api_routes
from triage.service.app import REMEMBERED, create_app
from triage.service.settings import Limits
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from triage.pack import Pack

SECRET_ANSWER = "secretanswer"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(SETTINGS)


def post(app: FastAPI, path: str, intake: Any) -> Answer:
    body = intake if isinstance(intake, bytes) else json.dumps(intake).encode()
    return call(app, "POST", path, JSON, body=body)


# Assessing


def test_an_intake_gives_the_bytes_of_the_command_line(app: FastAPI, pack: Pack) -> None:
    for file in sorted(Path(pack.folder, "examples").glob("*.yaml")):
        intake = read_intake(file.read_bytes(), file.name)
        sent = {"answers": intake.answers, "sources": intake.sources, "reference": intake.reference, "site": intake.site}
        answer = post(app, "/api/assess", sent)
        golden = Path("tests/golden", pack.id, f"{file.stem}.json").read_bytes()
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.body == golden, file.name


@pytest.mark.parametrize("reading", ["broad", "narrow"])
def test_the_reading_of_the_service_is_used(reading: str, pack: Pack) -> None:
    app = create_app(SETTINGS._replace(reading=reading))
    answers = {"fracture": "yes", "collapsed": "yes"}
    assert post(app, "/api/assess", {"answers": answers}).text == render_json([assess(pack, Intake(answers), reading=reading)])


def test_another_pack_can_be_served(tmp_path: Path) -> None:
    write_pack(tmp_path)
    app, small = create_app(SETTINGS._replace(pack=str(tmp_path))), load_pack(tmp_path)
    assert call(app, "GET", "/api/pack").tree["pack"]["digest"] == small.digest
    assert post(app, "/api/assess", {"answers": {}}).text == render_json([assess(small, Intake({}))])


BAD_INTAKES: dict[str, tuple[int, Any]] = {
    "an answer that is not on the list": (422, {"answers": {"collapsed": SECRET_ANSWER}}),
    "close to one that is": (422, {"answers": {"cause": "osteoporosiss"}}),
    "a question that is not there": (422, {"answers": {SECRET_ANSWER: "yes"}}),
    "a source that is none": (422, {"answers": {"collapsed": "yes"}, "sources": {"collapsed": SECRET_ANSWER}}),
    "a source of a question that is not there": (422, {"answers": {}, "sources": {SECRET_ANSWER: "patient"}}),
    "a reference with a name in it": (422, {"answers": {}, "reference": f"{SECRET_ANSWER} Smith"}),
    "a key that is not there": (400, {"answers": {}, SECRET_ANSWER: 1}),
    "a list of answers": (400, {"answers": [SECRET_ANSWER]}),
    "an answer of several": (400, {"answers": {"collapsed": [SECRET_ANSWER]}}),
    "no answers": (400, {}),
    "a list of intakes": (400, [{"answers": {}}]),
    "text": (400, SECRET_ANSWER),
    "nothing": (400, None),
    "a number": (400, 12),
    "not JSON": (400, f"answers: {SECRET_ANSWER}".encode()),
    "twice": (400, b'{"answers": {"secretanswer": 1, "secretanswer": 2}}'),
}


@pytest.mark.parametrize("path", ["/api/assess", "/api/next-question"])
@pytest.mark.parametrize(("status", "intake"), BAD_INTAKES.values(), ids=BAD_INTAKES)
def test_what_cannot_be_used_is_refused_with_its_problems_and_not_repeated(
    app: FastAPI, path: str, status: int, intake: Any
) -> None:
    answer = post(app, path, intake)
    assert answer.status == status
    assert answer.tree["problems"]
    for given in (SECRET_ANSWER, "osteoporosiss", "Smith", "Did you mean"):
        assert given not in answer.text


def test_a_refusal_says_where_and_what_is_taken(app: FastAPI) -> None:
    problems = post(app, "/api/assess", {"answers": {"collapsed": "maybe", "cause": "age"}}).tree["problems"]
    assert [problem["where"] for problem in problems] == ["cause", "collapsed"]
    assert "it takes yes, no or unknown" in problems[1]["message"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("slip", [{"answers": {"collapsed": "maybe"}}, {"note": "x"}, {"answers": {"collapsed": []}}])
def test_a_slip_elsewhere_does_not_hide_a_warning_sign(app: FastAPI, pack: Pack, sign: str, slip: dict[str, Any]) -> None:
    tree = post(app, "/api/assess", {**slip, "answers": {**slip.get("answers", {}), sign: "yes"}}).tree
    net = assess(pack, Intake({sign: "yes"})).safety_net
    assert net is not None
    assert pack.header.safety_net is not None
    (said,) = [level.text for level in pack.header.safety_net.levels if level.level == net.level]
    assert next(iter(tree)) == "warning"
    assert tree["warning"].startswith(said)
    assert "warning" not in post(app, "/api/assess", {"answers": {sign: "no", "collapsed": "maybe"}}).tree


# Asking


def test_the_next_question_is_that_of_the_interview_to_its_end(app: FastAPI, pack: Pack) -> None:
    answers: dict[str, str] = {}
    while True:
        tree = post(app, "/api/next-question", {"answers": answers}).tree
        assessment = assess(pack, Intake(answers))
        expected = next_question(pack, assessment)
        assert tree["headline"] == assessment.headline
        assert tree["deferral"] == assessment.deferral
        assert (tree["question"] or {}).get("id") == (expected.question if expected else None)
        if expected is None:
            break
        offered = [effect["value"] for effect in tree["effects"]]
        assert offered == [*expected.values, "unknown"]
        answers[expected.question] = "no" if "no" in expected.values else expected.values[0]
    assert set(FRACTURE) & set(answers)


def test_an_emergency_asks_nothing_more(app: FastAPI) -> None:
    tree = post(app, "/api/next-question", {"answers": {"chest_pain": "yes"}}).tree
    assert (tree["outcome"], tree["question"], tree["effects"]) == ("contact_clinician_now", None, [])


# Describing


def test_the_pack_is_described_with_all_its_questions(app: FastAPI, pack: Pack) -> None:
    tree = call(app, "GET", "/api/pack").tree
    assert tree["intended_use"] == pack.header.intended_use
    assert tree["pack"]["digest"] == pack.digest
    assert [question["id"] for question in tree["questions"]] == list(pack.question)
    assert all(question["help"] and question["values"] for question in tree["questions"])


def test_no_text_of_the_interface_is_worded_as_advice(app: FastAPI) -> None:
    texts = [call(app, "GET", path).text for path in ("/api/pack", "/health", "/api/nowhere", "/")]
    texts += [post(app, path, {"answers": {}}).text for path in ("/api/assess", "/api/next-question")]
    texts += [post(app, "/api/assess", intake).text for _, intake in BAD_INTAKES.values()]
    texts.append(json.dumps(app.openapi()))
    for text in texts:
        assert not list(banned_wordings(text.replace("not diagnostic", "")))


def test_what_is_described_for_programs_is_not_served(app: FastAPI) -> None:
    assert {call(app, "GET", path).status for path in ("/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect")} == {401}
    assert call(app, "GET", "/api/openapi.json").status == 404
    described = app.openapi()["paths"]["/api/assess"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert described["properties"]["answers"]["properties"]["collapsed"]["enum"] == ["yes", "no", "unknown"]


# Health


def test_health_tells_the_pack(app: FastAPI, pack: Pack) -> None:
    tree = call(app, "GET", "/health").tree
    assert tree == {"status": "ok", "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest}}


def test_health_fails_with_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(SETTINGS)

    def fault(*_: object) -> DecisionResult:
        raise EngineFault(SECRET_ANSWER)

    monkeypatch.setattr("triage.engine.FiredDecision.fire", fault)
    answer = call(app, "GET", "/health")
    assert answer.status == 503
    assert SECRET_ANSWER not in answer.text


def test_health_fails_where_the_example_is_assessed_in_another_way(monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    app = create_app(SETTINGS)
    monkeypatch.setattr(Assessor, "assess", lambda *_: assess(pack, Intake({})))
    assert call(app, "GET", "/health").status == 503


def test_health_has_the_engine_fire_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(SETTINGS)
    made: list[Pack] = []
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def make(pack: Pack) -> Assessor:
        made.append(pack)
        return Assessor(pack)

    monkeypatch.setattr(api_routes, "Assessor", make)
    for _ in range(3):
        assert call(app, "GET", "/health").status == 200
    now[0] += 1
    call(app, "GET", "/health")
    assert len(made) == 2


def test_a_pack_without_examples_is_looked_at_without_answers(tmp_path: Path) -> None:
    app = create_app(SETTINGS._replace(pack=str(make_bare_pack(tmp_path / "bare").folder)))
    assert call(app, "GET", "/health").status == 200


def test_a_worker_remembers_no_more_assessments_than_it_says(pack: Pack) -> None:
    app = create_app(SETTINGS._replace(limits=Limits(rate=1e9, burst=10**9)))
    assessors = [found for found in gc.get_objects() if isinstance(found, Assessor) and found._most == REMEMBERED]
    assert assessors
    names = [name for name, question in pack.question.items() if question.values == ("yes", "no")][:10]
    for answers in itertools.product(("yes", "no"), repeat=len(names)):
        assert post(app, "/api/assess", {"answers": dict(zip(names, answers, strict=True))}).status == 200
    assert all(len(found._given) <= REMEMBERED and len(found._assessments) <= REMEMBERED for found in assessors)
    assert any(found._given for found in assessors)
