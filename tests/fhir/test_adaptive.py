"""Questions one at a time over FHIR: the same ones as in an interview, the deferral above, the safety net told at once."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from export_packs import NAMES, make_pack
from hypothesis import given, settings
from hypothesis import strategies as st
from responses import write_response

from triage import Intake, assess, load_pack
from triage.fhir.adaptive import ask_next
from triage.fhir.problems import ResourceError
from triage.fhir.questionnaire import ADAPTIVE, build_adaptive, canonical, code_answer
from triage.fhir.response import read_response
from triage.interview import next_question
from triage.parts import UNKNOWN, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from triage.pack import Pack
    from triage.parts import Question

Json = dict[str, Any]

PACK = load_pack("vertebral-fracture")


def start(pack: Pack) -> Json:
    """What SDC begins with: a contained questionnaire without items."""
    contained = {"resourceType": "Questionnaire", "id": "q", "status": "draft", "derivedFrom": [canonical(pack, "adaptive")]}
    return {"resourceType": "QuestionnaireResponse", "contained": [contained], "questionnaire": "#q", "status": "in-progress"}


def converse(pack: Pack, reply: Callable[[Question], str]) -> Iterator[Json]:
    """Every response of a whole conversation, as a client has it that answers what it is asked and sends it all back."""
    response = start(pack)
    while True:
        response = ask_next(pack, json.dumps(response).encode())
        yield json.loads(json.dumps(response))
        if response["status"] == "completed":
            return
        question = pack.question[last_of(response)["linkId"]]
        coding = code_answer(pack, question, reply(question))
        response.setdefault("item", []).append({"linkId": question.question, "answer": [{"valueCoding": coding}]})


def last_of(response: Json) -> Json:
    last: Json = response["contained"][0]["item"][-1]
    return last


def asked_in(response: Json) -> list[str]:
    return [item["linkId"] for item in response["contained"][0]["item"] if item["type"] == "choice"]


@pytest.fixture(params=NAMES)
def any_pack(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def test_a_conversation_grows_by_one_question_a_time_until_none_is_left(any_pack: Pack) -> None:
    for reply in (lambda q: q.values[-1], lambda _: UNKNOWN, lambda q: q.values[0]):
        conversation = list(converse(any_pack, reply))
        for number, (before, after) in enumerate(pairwise(conversation), 1):
            assert asked_in(after)[:number] == asked_in(before)
            assert len(asked_in(before)) == number
            assert before["status"] == "in-progress"
        assert conversation[-1]["status"] == "completed"


@settings(max_examples=20)
@given(st.data())
def test_it_asks_what_an_interview_asks(data: st.DataObject) -> None:
    answers: dict[str, str] = {}

    def reply(question: Question) -> str:
        asked = next_question(PACK, assess(PACK, Intake(answers)))
        assert asked is question
        answers[question.question] = data.draw(st.sampled_from((*question.values, UNKNOWN)))
        return answers[question.question]

    *_, last = converse(PACK, reply)
    assert next_question(PACK, assess(PACK, Intake(answers))) is None
    assert read_response(PACK, last).answers == answers


def test_what_is_asked_hangs_on_the_answers_alone_and_not_on_what_the_client_holds() -> None:
    third = next(islice(converse(PACK, lambda q: q.values[-1]), 2, None))
    other = {**third["contained"][0], "item": [{"linkId": "x", "type": "string"}], "title": "Something else"}
    assert ask_next(PACK, {**third, "contained": [other], "subject": {"display": "Zaphod"}}) == ask_next(PACK, third)
    named = {key: value for key, value in third.items() if key != "contained"} | {"questionnaire": canonical(PACK, "adaptive")}
    assert ask_next(PACK, named) == ask_next(PACK, third)


def test_a_question_that_was_passed_over_is_asked_again() -> None:
    first = next(converse(PACK, lambda q: q.values[-1]))
    assert ask_next(PACK, first) == first


def test_the_deferral_stands_above_the_questions_and_an_end_says_the_headline(any_pack: Pack) -> None:
    for response in converse(any_pack, lambda q: q.values[-1]):
        items = response["contained"][0]["item"]
        assert items[0] == {"linkId": "text.deferral", "text": any_pack.header.deferral.text, "type": "display"}
    headline = assess(any_pack, read_response(any_pack, response)).headline
    assert last_of(response)["text"] == f"{headline} {any_pack.header.deferral.text}"


def emergencies() -> list[str]:
    """The warning signs that alone withhold the mapping."""
    signs = {question.question: question.warning for question in PACK.questions if question.warning is not None}
    now = State.CONTACT_CLINICIAN_NOW
    return [name for name, warning in signs.items() if assess(PACK, Intake({name: warning})).outcome == now]


@pytest.mark.parametrize("sign", emergencies())
def test_an_emergency_ends_it_with_what_to_do(sign: str) -> None:
    *_, last = converse(PACK, lambda q: str(q.warning) if q.question == sign else q.values[-1])
    assert last["status"] == "completed"
    assert last_of(last)["text"].startswith(PACK.header.headlines.contact_clinician_now)
    assert asked_in(last)[-1] == sign


def test_a_sign_that_does_not_end_it_is_told_at_once_and_at_the_end() -> None:
    net = PACK.header.safety_net
    assert net is not None
    mild = next(q.question for q in PACK.questions if q.warning is not None and q.question not in emergencies())
    *going, last = converse(PACK, lambda q: "yes" if q.question == mild else q.values[-1])
    told = assess(PACK, Intake({mild: "yes"})).safety_net
    assert told is not None
    text = next(level.text for level in net.levels if level.level == told.level)
    after = [response for response in going if mild in {item["linkId"] for item in response.get("item", [])}]
    assert after
    for response in after:
        notice = response["contained"][0]["item"][-2]
        assert (notice["linkId"], notice["text"]) == ("text.notice", text)
    assert last_of(last)["text"].startswith(text)
    before = [item for response in going if response not in after for item in response["contained"][0]["item"]]
    assert "text.notice" not in {item["linkId"] for item in before}


def test_the_questionnaire_that_stands_for_it_lists_no_question_and_says_that_it_is_adaptive(any_pack: Pack) -> None:
    told = build_adaptive(any_pack)
    assert "item" not in told
    assert told["extension"] == [{"url": ADAPTIVE, "valueBoolean": True}]
    assert told["derivedFrom"] == [canonical(any_pack)]
    contained = ask_next(any_pack, start(any_pack))["contained"][0]
    assert contained["extension"] == told["extension"]
    assert contained["derivedFrom"] == [f"{told['url']}|{told['version']}"]
    assert "url" not in contained


def test_who_told_an_answer_stays_with_it() -> None:
    question = next(question for question in PACK.questions if question.expected_from)
    sent = write_response(PACK, Intake({question.question: "yes"}, {question.question: "patient"}))
    assert read_response(PACK, ask_next(PACK, sent)).sources == {question.question: "patient"}


def test_a_response_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ResourceError):
        ask_next(PACK, {**start(PACK), "questionnaire": "urn:x|1"})
