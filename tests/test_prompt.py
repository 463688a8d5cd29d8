"""A question as it is put: its lines, at any width, with the words of a value beside the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from triage import Intake, assess
from triage.interview import Ask, Effect, Phase, pose
from triage.parts import Question
from triage.prompt import put_question, with_label

if TYPE_CHECKING:
    from triage.pack import Pack

NUMBERS = Question.model_validate(
    {"question": "n", "group": "g", "label": "N", "text": "N?", "help": "N.", "values": ("2", "3", "many")}
)


@pytest.mark.parametrize(
    ("question", "value", "shown"),
    [
        ("cause", "trauma", "trauma (injury)"),
        ("cause", "other", "other (another named cause)"),
        ("cause", "cancer", "cancer"),
        ("imaging", "none", "none"),
        ("imaging", "available", "available (done, waiting for the provider's review)"),
        ("insurance", "none", "none (no insurance)"),
        ("insurance", "medicare", "medicare"),
        ("stable", "unknown", "unknown"),
    ],
)
def test_a_value_has_its_words_beside_it_where_they_do_not_say_it(pack: Pack, question: str, value: str, shown: str) -> None:
    assert with_label(pack.question[question], value) == shown


@pytest.mark.parametrize("width", [30, 50, 80])
def test_no_line_is_wider_than_it_may_be_and_nothing_is_left_out(pack: Pack, width: int) -> None:
    now = assess(pack, Intake({}))
    for question in pack.questions:
        text = put_question(pose(pack, Intake({}), question, None, now), 3, "S07 Some words", "So far: yes", width)
        assert max(map(len, text.splitlines())) <= width
        words = " ".join(text.split())
        assert words.startswith(f"3 · for {pose(pack, Intake({}), question, None, now).phase} · {question.label}")
        for said in (question.text, question.help, "Asked because of S07 Some words", "So far: yes"):
            assert " ".join(said.split()) in words


def test_values_that_are_numbers_themselves_have_no_numbers_before_them() -> None:
    effects = tuple(Effect(value, "it stays open") for value in (*NUMBERS.values, "unknown"))
    text = put_question(Ask(NUMBERS, Phase.OUTCOME, (), effects), 1, "", "", 80)
    assert text.endswith(
        "\n   - 2       → it stays open\n   - 3       → it stays open\n   - many    → it stays open\n   - unknown → it stays open"
    )
