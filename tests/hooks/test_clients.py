"""Clients that nobody here wrote call a running service: Medplum's in Node.js, and HealthChain's in Python."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from calling import PATIENT, answer, make_request, respond
from foreign import HEALTHCHAIN, needs_healthchain, needs_node, run_node
from served import Served, served
from signing import ISSUER, Client

from triage.hooks.services import PREFETCH_KEY, describe_services, list_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack

CLIENT = Client("ES384", "one")
CONTEXT = {"userId": "Practitioner/example", "patientId": PATIENT, "appointments": {"resourceType": "Bundle", "entry": []}}
CASES: dict[str, tuple[dict[str, str], str]] = {
    "an emergency": ({"chest_pain": "yes", "fracture": "yes"}, "critical"),
    "open signs": ({"fracture": "no"}, "warning"),
}


@pytest.fixture(scope="module")
def open_service() -> Iterator[Served]:
    with served() as service:
        yield service


@pytest.fixture(scope="module")
def shut_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_text(json.dumps({"keys": [CLIENT.public]}), encoding="utf-8")
    with served("--keys", str(keys), "--issuer", ISSUER) as service:
        yield service


def record(pack: Pack, answers: dict[str, str]) -> list[dict[str, Any]]:
    """What a FHIR server has: a newest response among older ones, of other people and to other questionnaires."""
    newest = respond(pack, answers, authored="2026-03-02T00:00:00Z")
    return [
        respond(pack, {"fever": "yes"}, authored="2026-03-01T00:00:00Z"),
        newest,
        {**newest, "authored": "2026-03-03T00:00:00Z", "questionnaire": "https://example.org/other|1"},
        {**newest, "authored": "2026-03-04T00:00:00Z", "subject": {"reference": "Patient/other"}},
    ]


@needs_node
@pytest.mark.parametrize("case", CASES)
def test_medplum_finds_the_services_fills_their_prefetch_and_gets_the_card(pack: Pack, open_service: Served, case: str) -> None:
    answers, indicator = CASES[case]
    responses = record(pack, answers)
    found = run_node("call_cds.mjs", {"url": open_service.url, "context": CONTEXT, "responses": responses})
    assert {"services": found["services"]} == describe_services(pack, authenticated=False)
    assert [(asked["type"], asked["query"]["patient"]) for asked in found["searches"]] == [("QuestionnaireResponse", PATIENT)] * 2
    for call in found["calls"]:
        (given,) = call["request"]["prefetch"][PREFETCH_KEY]["entry"]
        assert given["resource"] == responses[1]
        assert call["answer"] == answer(pack, call["request"])
        assert call["answer"]["cards"][0]["indicator"] == indicator
    assert len({call["answer"]["cards"][0]["uuid"] for call in found["calls"]}) == len(list_services(pack))


@needs_node
def test_medplum_gets_the_card_of_no_answers_where_none_are_on_record(pack: Pack, open_service: Served) -> None:
    found = run_node("call_cds.mjs", {"url": open_service.url, "context": CONTEXT, "responses": []})
    assert [call["answer"]["cards"][0]["source"]["topic"]["code"] for call in found["calls"]] == ["no-answers"] * 2


@needs_node
def test_medplum_is_let_in_with_tokens(pack: Pack, shut_service: Served) -> None:
    now, root = int(time.time()), "/cds-services"
    paths = [root, *(f"{root}/{service.id}" for service in list_services(pack))]
    tokens = {path: CLIENT.sign(aud=f"{shut_service.url}{path}", iat=now, exp=now + 300) for path in paths}
    told = {"url": shut_service.url, "context": CONTEXT, "responses": record(pack, {"fever": "yes"}), "tokens": tokens}
    found = run_node("call_cds.mjs", told)
    assert [call["answer"]["cards"][0]["indicator"] for call in found["calls"]] == ["critical"] * 2
    with pytest.raises(AssertionError, match=r"[Uu]nauth"):
        run_node("call_cds.mjs", told)


@needs_healthchain
def test_healthchain_reads_the_services_gets_the_cards_and_sends_feedback(pack: Pack, open_service: Served) -> None:
    # Its client makes up the record that is open, so that the responses say nothing of theirs.
    responses = [
        {name: value for name, value in respond(pack, answers).items() if name != "subject"} for answers, _ in CASES.values()
    ]
    told = {"url": open_service.url, "prefetches": [{PREFETCH_KEY: response} for response in responses]}
    script = Path(__file__).parent.parent / "call_healthchain.py"
    done = subprocess.run([HEALTHCHAIN, script], input=json.dumps(told), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    described = describe_services(pack, authenticated=False)["services"]
    unknown = ("version", "hookVersion", "extension")
    assert found["services"] == [{key: value for key, value in service.items() if key not in unknown} for service in described]
    assert [cards[0]["indicator"] for cards in found["cards"]] == [indicator for _, indicator in CASES.values()]
    for response, cards, raw in zip(responses, found["cards"], found["answers"], strict=True):
        expected = answer(pack, make_request(response))
        assert expected is not None
        for card in (cards[0], raw["cards"][0]):
            assert {**card, "uuid": ""} == {**expected["cards"][0], "uuid": ""}
    assert found["feedback"] == 200
