"""What one line of a person says: every kind of answer that is taken, and every kind that is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from triage.parts import Question
from triage.reply import MAX_LINE, read_line

if TYPE_CHECKING:
    from triage.pack import Pack

COMMANDS = ("back", "help", "stop")


@pytest.mark.parametrize(
    ("question", "line", "value", "teller"),
    [
        ("stable", "yes", "yes", None),
        ("stable", " Yes ", "yes", None),
        ("stable", "y", "yes", None),
        ("stable", "N", "no", None),
        ("stable", "1", "yes", None),
        ("stable", "2", "no", None),
        ("stable", "3", "unknown", None),
        ("stable", "0", "no", None),
        ("stable", "?", "unknown", None),
        ("stable", "u", "unknown", None),
        ("stable", "don\u2019t know", "unknown", None),
        ("stable", "yes by clinician", "yes", "clinician"),
        ("stable", "y by report", "yes", "imaging_report"),
        ("stable", "2  by  Imaging Report", "no", "imaging_report"),
        ("stable", "no by imaging_report", "no", "imaging_report"),
        ("stable", "yes by the patient", "yes", "patient"),
        ("stable", "yes by The Clinician", "yes", "clinician"),
        ("stable", "yes by a clinician", "yes", "clinician"),
        ("stable", "yes by the imaging report", "yes", "imaging_report"),
        ("stable", "yes by the referral", "yes", "referral"),
        ("stable", "? by p", "unknown", "patient"),
        ("stable", "unknown by ref", "unknown", "referral"),
        ("fracture", "suspected by referral", "unknown", "referral"),
        ("cause", "t", "trauma", None),
        ("cause", "injury", "trauma", None),
        ("cause", "C by clin", "cancer", "clinician"),
        ("cause", "4", "other", None),
        ("cause", "5", "unknown", None),
        ("imaging", "reviewed by provider", "reviewed", None),
        ("imaging", "reviewed by the provider", "reviewed", None),
        ("imaging", "Done, waiting for the provider's review", "available", None),
        ("imaging", "reviewed by the provider by the clinician", "reviewed", "clinician"),
        ("cause", "another named cause", "other", None),
        ("imaging", "reviewed by provider by clinician", "reviewed", "clinician"),
        ("imaging", "n", "none", None),
        ("vertebrae", "3", "3", None),
        ("vertebrae", "17 by report", "17", "imaging_report"),
        ("vertebrae", "u", "unknown", None),
    ],
)
def test_a_line_is_read_as_a_value_its_first_letter_or_number_with_who_said_it(
    pack: Pack, question: str, line: str, value: str, teller: str | None
) -> None:
    assert read_line(pack.question[question], line) == (value, teller)


@pytest.mark.parametrize(
    ("question", "line", "told"),
    [
        ("stable", "", "nothing was typed; say `unknown` if it is not known, `help` for what else there is"),
        ("stable", " \t\u00a0 ", "nothing was typed"),
        ("stable", "x", '"x" is not an answer here. It takes yes, no, or unknown.'),
        ("stable", "yse", '"yse" is not an answer here. Did you mean "yes"? It takes'),
        ("stable", "hlep", '"hlep" is not an answer here. Did you mean "help"? It takes'),
        ("stable", "4", '"4" is not an answer here. It takes yes, no, or unknown.'),
        ("stable", "²", '"²" is not an answer here.'),
        ("stable", "-1", '"-1" is not an answer here.'),
        ("stable", "yes to all", '"yes to all" is not an answer here.'),
        ("stable", "yes no", '"yes no" is not an answer here.'),
        ("stable", "y\0", '"y\\u{0}" is not an answer here.'),
        ("stable", "\x1b[A", '"\\u{1b}[A" is not an answer here.'),
        ("stable", "\udcff", '"\\u{dcff}" is not an answer here.'),
        ("stable", "\u200byes", '"\\u{200b}yes" is not an answer here.'),
        ("stable", "yes by", '"yes by" is not an answer here.'),
        ("stable", "by clinician", '"by clinician" is not an answer here.'),
        ("stable", "yes by the doctor", '"the doctor" cannot say it; it takes patient, referral, imaging_report, clinician.'),
        ("stable", "yes by clincian", 'Did you mean "clinician"?'),
        ("cause", "o", '"o" could be osteoporosis or other; type more of it, or its number'),
        ("cause", "O", '"O" could be osteoporosis or other'),
        (
            "cause",
            "osteo",
            '"osteo" is not an answer here. Did you mean "osteoporosis"? It takes osteoporosis, trauma,',
        ),
        ("vertebrae", "18", '"18" is not an answer here. It takes 1 to 17, or unknown.'),
        ("vertebrae", "0", '"0" is not an answer here.'),
        ("stable", "y" * (MAX_LINE + 1), "that line has 501 characters; an answer is a word"),
        ("stable", "y" * 5_000_000, "that line has 5,000,000 characters; an answer is a word"),
    ],
)
def test_a_line_that_is_no_answer_is_refused_in_words_and_never_guessed(pack: Pack, question: str, line: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)) as refused:
        read_line(pack.question[question], line, COMMANDS)
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("line", ["ye", "yse", "nno", "unknow"])
def test_no_warning_sign_is_guessed_at(pack: Pack, line: str) -> None:
    with pytest.raises(
        ValueError, match=re.escape("is not an answer here. It takes yes, no, or unknown. `help` lists what else is understood.")
    ):
        read_line(pack.question["fever"], line, COMMANDS)
    with pytest.raises(ValueError, match=re.escape('Did you mean "help"?')):
        read_line(pack.question["fever"], "hlep", COMMANDS)


def test_values_that_are_numbers_themselves_are_not_chosen_by_their_place() -> None:
    question = Question.model_validate(
        {"question": "n", "group": "g", "label": "N", "text": "N?", "help": "N.", "values": ("2", "3", "many")}
    )
    assert read_line(question, "2") == ("2", None)
    assert read_line(question, "m") == ("many", None)
    for line in ("1", "4"):
        with pytest.raises(ValueError, match=f'"{line}" is not an answer here. It takes 2, 3, many, or unknown'):
            read_line(question, line)
