"""An interview on pages asks what the interview at a terminal asks, in the same order; back and change lose nothing."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from desk_states import ASSETS, CONTRADICTION, NO_SIGN, SETTLED, Fields, answer, fields_of, form_of, see, sent_by

from triage import Intake, assess, load_pack
from triage.desk.form import Form, Spot, make_intakes, read_form
from triage.desk.pages import Desk, show_interview
from triage.desk.panel import assess_form
from triage.desk.steps import find_step, list_asked, take_answer
from triage.interview import next_question, pose

if TYPE_CHECKING:
    from triage.desk.steps import Step
    from triage.pack import Pack


def step_of(pack: Pack, fields: Fields) -> tuple[Form, Step | None]:
    form = take_answer(pack, read_form(pack, fields))
    return form, find_step(pack, form, None, assess_form(pack, form, None))


def put(fields: Fields, spot: Spot, value: str) -> Fields:
    """What the page of a question sends when it is answered."""
    kept = [(name, given) for name, given in fields if name not in ("at", "do", f"answer.{spot}")]
    return [*kept, (f"answer.{spot}", value), ("at", str(spot))]


@pytest.mark.parametrize("name", ["vertebral-fracture", "repair-cafe"])
@pytest.mark.parametrize("choose", [0, 1, -1])
def test_the_questions_are_those_of_the_interview_in_their_order(name: str, choose: int) -> None:
    pack = load_pack(name)
    desk = Desk(pack, pack.default_reading, ASSETS)
    fields: Fields = []
    answers: dict[str, str] = {}
    while (question := next_question(pack, assess(pack, Intake(answers)))) is not None:
        page = show_interview(desk, read_form(pack, fields))
        seen = see(page)
        assert seen.texts("//fieldset//h1") == [question.text]
        assert seen.text("//p[@class='phase']").startswith(f"Question {len(answers) + 1}, ")
        signs = question.warning is not None
        value = (*(value for value in question.values if not signs or value != question.warning), "unknown")[choose]
        answers[question.question] = value
        (at,) = seen.values("//input[@name='at']/@value")
        fields = [*((key, given) for key, given in sent_by(page) if key != f"answer.{at}"), (f"answer.{at}", value)]
    form = read_form(pack, fields)
    assert [spot.question for spot in list_asked(pack, form)] == list(answers)
    assert dict(make_intakes(pack, form)[0].answers) == answers
    assert "left to ask" in show_interview(desk, form)


def test_each_choice_says_what_it_would_lead_to(pack: Pack) -> None:
    question = next_question(pack, assess(pack, Intake(NO_SIGN)))
    assert question is not None
    expected = pose(pack, Intake(NO_SIGN), question, None, assess(pack, Intake(NO_SIGN)))
    seen = see(show_interview(Desk(pack, None, ASSETS), form_of(pack, NO_SIGN)))
    assert seen.texts("//div[@class='choice']/p") == [f"→ {effect.leads_to}" for effect in expected.effects]


def test_going_on_without_an_answer_is_told_beside_the_question(pack: Pack) -> None:
    form, step = step_of(pack, [("at", "bladder_bowel"), ("answer.bladder_bowel", "")])
    assert step is not None
    assert step.spot == Spot("bladder_bowel")
    assert [trouble.anchor for trouble in form.troubles] == ["q-bladder_bowel"]
    seen = see(show_interview(Desk(pack, None, ASSETS), form))
    assert seen.values("//*[@id='troubles']//a/@href") == ["#q-bladder_bowel"]
    assert seen.text("//title").startswith("Error: ")


def test_back_leads_through_the_answers_in_the_order_in_which_they_were_given(pack: Pack) -> None:
    fields: Fields = []
    given = []
    for _ in range(10):
        form, step = step_of(pack, fields)
        assert step is not None
        given.append(step.spot)
        carried = [("asked", str(spot)) for spot in list_asked(pack, form)]
        fields = [*put([pair for pair in fields if pair[0] != "asked"], step.spot, "unknown"), *carried]
    form, step = step_of(pack, fields)
    for spot in reversed(given):
        assert step is not None
        carried = [("asked", str(asked)) for asked in list_asked(pack, form)]
        kept = [pair for pair in fields if pair[0] not in ("at", "do", "asked")]
        form, step = step_of(pack, [*kept, *carried, ("at", str(step.spot)), ("do", "back")])
        assert step is not None
        assert step.spot == spot
        assert step.can_go_back == (spot != given[0])
        assert len(form.answers) == 10


def test_back_keeps_an_answer_that_was_chosen_before_it(pack: Pack) -> None:
    form, step = step_of(
        pack, [("answer.bladder_bowel", "no"), ("answer.leg_weakness", "unknown"), ("at", "leg_weakness"), ("do", "back")]
    )
    assert step is not None
    assert step.spot == Spot("bladder_bowel")
    assert form.answers[Spot("leg_weakness")] == "unknown"


def test_change_puts_an_answered_question_again_and_then_goes_on_where_it_was(pack: Pack) -> None:
    fields = fields_of(pack, {**NO_SIGN, "fracture": "yes"})
    _, before = step_of(pack, fields)
    _, step = step_of(pack, [*fields, ("do", "change:fever")])
    assert step is not None
    assert step.spot == Spot("fever")
    _, after = step_of(pack, put(fields, Spot("fever"), "unknown"))
    assert before is not None
    assert after is not None
    assert after.spot == before.spot


@pytest.mark.parametrize("named", ["", "nonsense", "imaging", "fracture", "fracture.9"])
def test_change_of_what_is_not_answered_goes_on(pack: Pack, named: str) -> None:
    fields = fields_of(pack, {**NO_SIGN, "fracture": "yes"})
    assert step_of(pack, [*fields, ("do", f"change:{named}")])[1] == step_of(pack, fields)[1]


def test_what_is_only_for_the_sheet_can_be_left_out(pack: Pack) -> None:
    fields = fields_of(pack, SETTLED)
    _, step = step_of(pack, fields)
    assert step is not None
    assert step.can_skip
    form, step = step_of(pack, [*fields, ("at", str(step.spot)), ("do", "skip")])
    assert step is None
    assert form.skips_sheet


def test_each_intake_of_a_case_is_asked_about_in_turn_and_no_sign_twice(pack: Pack) -> None:
    fields = fields_of(pack, {}, sites=("L1", "L2"))
    asked = []
    while (step := step_of(pack, fields)[1]) is not None:
        asked.append(step.spot)
        fields = put(fields, step.spot, "yes" if step.spot.question == "fracture" else step.ask.question.values[-1])
    assert len(asked) == len(set(asked))
    numbers = [spot.number for spot in asked if spot.number]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}


def test_nothing_is_asked_in_an_emergency_or_while_answers_exclude_each_other(pack: Pack) -> None:
    for sign, done in product(("bladder_bowel", "chest_pain"), ("", "back", "change:fever")):
        page = show_interview(Desk(pack, None, ASSETS), form_of(pack, {**NO_SIGN, sign: "yes"}, ("at", "fever"), ("do", done)))
        assert see(page).values("//fieldset[contains(@class, 'question')]/@id") == [f"q-{sign}"]
    assert step_of(pack, fields_of(pack, CONTRADICTION))[1] is None


def test_an_answer_of_the_interview_is_that_of_the_desk(pack: Pack) -> None:
    page = show_interview(Desk(pack, None, ASSETS), form_of(pack, NO_SIGN))
    form = read_form(pack, answer(sent_by(page), fracture__1="yes"))
    assert dict(make_intakes(pack, form)[0].answers) == {**NO_SIGN, "fracture": "yes"}
