"""An interview line by line: every kind of line that a person may type, with a list in place of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack

from triage import Intake, RequestError, assess
from triage.dialogue import COMMANDS, MAX_LINE, MAX_REFUSED, Dialogue, Ending, read_line
from triage.intake import dump_intake, read_intake
from triage.report import WIDTH, render_text

if TYPE_CHECKING:
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss")
NO_SIGN = dict.fromkeys(SIGNS, "no")
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
DECIDED = {**NO_SIGN, **BOTH, "imaging": "reviewed"}
CONTRADICTORY = {**NO_SIGN, "collapsed": "no", "height_restoration": "yes"}


class Talk:
    """One interview with its lines; the end of the lines is the end of the input."""

    def __init__(self, pack: Pack, *lines: str, answers: dict[str, str] | None = None, reading: str | None = None) -> None:
        self.prompts: list[str] = []
        self.told: list[str] = []
        self.saved: list[Intake] = []
        self.read = self._next
        self._lines = list(lines)
        self.dialogue = Dialogue(
            pack, Intake(answers or {}), reading, read=self._read, tell=self.told.append, save=self.saved.append
        )

    def _read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return self.read()

    def _next(self) -> str:
        if not self._lines:
            raise EOFError
        return self._lines.pop(0)

    def run(self) -> Talk:
        """To its end; an end of the input is left to be seen in what was told."""
        try:
            self.ending: Ending | None = self.dialogue.run()
        except EOFError:
            self.ending = None
        return self

    @property
    def answers(self) -> dict[str, str]:
        return dict(self.dialogue.assessment.answers)

    @property
    def assessment(self) -> Assessment:
        return self.dialogue.assessment

    @property
    def put(self) -> list[str]:
        """The questions as they were put, each by its number and label."""
        return [found[0] for text in self.told if (found := re.search(r"(?<=\n)\d+ · for .*", text))]

    @property
    def refusals(self) -> list[str]:
        return [text.strip() for text in self.told if re.match("  [^ ]", text) and "\n" not in text]


def talk(pack: Pack, *lines: str, answers: dict[str, str] | None = None, reading: str | None = None) -> Talk:
    return Talk(pack, *lines, answers=answers, reading=reading).run()


# What a line may be


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
        ("stable", "? by p", "unknown", "patient"),
        ("stable", "unknown by ref", "unknown", "referral"),
        ("fracture", "suspected by referral", "unknown", "referral"),
        ("cause", "t", "trauma", None),
        ("cause", "injury", "trauma", None),
        ("cause", "C by clin", "cancer", "clinician"),
        ("cause", "4", "other", None),
        ("cause", "5", "unknown", None),
        ("imaging", "reviewed by provider", "reviewed", None),
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
        read_line(pack.question[question], line)
    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


# A whole interview


def test_an_interview_asks_to_the_end_and_keeps_every_answer(pack: Pack) -> None:
    answers = {
        **NO_SIGN, **BOTH, "collapsed": "no", "stable": "yes by report", "cause": "t by clinician", "imaging": "a",
        "limited_mobility": "1", "height_loss": "u", "vertebrae": "2", "insurance": "medicare",
    }  # fmt: skip
    interview = Talk(pack)
    interview.read = lambda: answers[question.question] if (question := interview.dialogue.choose()) else "stop"
    interview.run()
    assert (interview.ending, interview.assessment.outcome) == (Ending.FINISHED, "vertebroplasty")
    given = {"stable": "yes", "cause": "trauma", "imaging": "available", "limited_mobility": "yes", "height_loss": "unknown"}
    due = {name: given.get(name, value) for name, value in answers.items() if name != "height_restoration"}
    assert interview.answers == due
    assert dict(interview.dialogue.intake.sources) == {"stable": "imaging_report", "cause": "clinician"}
    assert interview.dialogue.unasked() == (("height_restoration", "follows from the answers: no"),)
    assert len(interview.saved) == len(due)


def test_every_question_is_numbered_and_says_for_what_and_why_it_is_asked_and_what_each_answer_does(pack: Pack) -> None:
    interview = talk(pack, "fever", answers=dict.fromkeys(SIGNS[:4], "no"))
    text = interview.told[1]
    assert text.startswith("\n5 · for warning signs · Fever or infection\n  Is there fever, chills,")
    assert "  Asked because of NHS; IFOMPT\n" in text
    assert "\n   1 yes     → a sign that calls for a clinician today\n   2 no      → nothing changes\n" in text
    collapsed = talk(pack, answers={**NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "trauma", "stable": "no"}).told[1]
    assert re.search(r"\n12 · for the outcome · Vertebra collapsed\n", collapsed)
    assert "Asked because of S07 Kyphoplasty is the one used when the vertebra has collapsed; " in " ".join(collapsed.split())
    assert "Expected from the imaging report or a clinician; add who said it, as in `yes by clinician`" in " ".join(
        collapsed.split()
    )
    vertebrae = talk(pack, answers={**DECIDED, "limited_mobility": "no", "height_loss": "no"}).told[1]
    assert vertebrae.startswith("\n17 · for the sheet · Fractured vertebrae (`skip` leaves these out)\n")
    assert vertebrae.endswith("\n  1 to 17, or unknown")


def test_no_line_that_is_told_has_more_than_80_columns(pack: Pack) -> None:
    lines = ["x" * 400, "help", "change " + "y" * 400, *["no"] * 7, "y", "y", "t", "y", "y", "y", "show", "none"]
    long = [line for text in talk(pack, *lines).told for line in text.splitlines() if len(line) > WIDTH]
    # refusals and the help are told in one line each, to be read aloud
    assert all(line.startswith("  ") for line in long)
    assert not any("·" in line or "→" in line for line in long)


def test_the_deferral_is_told_before_the_first_question(pack: Pack) -> None:
    for answers in ({}, DECIDED, CONTRADICTORY):
        interview = talk(pack, answers=answers)
        assert " ".join(interview.told[0].split()) == pack.header.deferral.text
    assert talk(pack, answers={"chest_pain": "yes"}).told == []


def test_enter_alone_answers_nothing_and_the_question_is_not_put_a_second_time(pack: Pack) -> None:
    interview = talk(pack, "", " ", "no")
    assert interview.answers == {"bladder_bowel": "no"}
    assert interview.refusals == ["nothing was typed; say `unknown` if it is not known, `help` for what else there is"] * 2
    assert interview.put == [
        "1 · for warning signs · Bladder or bowel trouble",
        "2 · for warning signs · Leg weakness or numbness",
    ]
    assert interview.saved == [Intake({"bladder_bowel": "no"})]


def test_an_answer_says_who_said_it_until_it_is_given_again(pack: Pack) -> None:
    lines = ["no by patient", "back", "no", "back", "no by report"]
    interview = talk(pack, *lines)
    assert [dict(intake.sources) for intake in interview.saved] == [
        {"bladder_bowel": "patient"}, {}, {"bladder_bowel": "imaging_report"},
    ]  # fmt: skip


def test_every_intake_that_is_saved_is_read_back_equal(pack: Pack) -> None:
    lines = [*["n"] * 7, "suspected by referral", "? by patient", "back", "y", "trauma", "change fever", "yes by p", "2", "stop"]
    interview = talk(pack, *lines, answers={"fever": "n"})
    assert interview.ending is Ending.STOPPED
    assert len(interview.saved) == 10
    for intake in interview.saved:
        for origin in ("case.json", "case.yaml", "standard input"):
            assert read_intake(dump_intake(intake).encode(), origin) == intake
    assert interview.saved[-1] == interview.dialogue.intake
    assert [len(intake.answers) for intake in interview.saved] == sorted(len(intake.answers) for intake in interview.saved)


def test_an_intake_with_labels_unanswered_questions_and_spellings_is_read_back_equal_too() -> None:
    answers = {"stable": None, "fracture": " Suspected ", "cause": "\u00fcnknown \\ \"'", "vertebrae": "2"}
    intake = Intake(answers, {"fracture": "referral"}, "r-1", "L1")
    assert read_intake(dump_intake(intake).encode(), "case.json") == intake
    assert dump_intake(Intake({})) == '{\n  "answers": {}\n}\n'


def test_what_saving_raises_ends_the_interview_and_an_answer_that_is_not_saved_is_not_kept(pack: Pack) -> None:
    def fail(_: Intake) -> None:
        raise RequestError("the disk is full")

    dialogue = Dialogue(pack, Intake({}), None, read=lambda _: "no", tell=lambda _: None, save=fail)
    with pytest.raises(RequestError, match="the disk is full"):
        dialogue.run()
    assert (dialogue.intake, dialogue.assessment.answers) == (Intake({}), {})


# Commands


def test_back_puts_the_question_before_again_and_later_answers_stay(pack: Pack) -> None:
    interview = talk(pack, "no", "no", "no", "back", "back", "?", "yes")
    assert interview.ending is Ending.HANDED_OVER
    assert interview.answers == {"bladder_bowel": "no", "leg_weakness": "unknown", "major_injury": "no", "chest_pain": "yes"}
    assert [line.split(" · ")[0] for line in interview.put] == ["1", "2", "3", "4", "3", "2", "4"]
    assert "  So far: no (`keep` leaves it)" in interview.told[5]


def test_back_at_the_first_question_is_refused(pack: Pack) -> None:
    interview = talk(pack, "back", "no", "back", "/BACK", "keep", "stop")
    assert interview.refusals == ["this is the first question"] * 2
    assert (interview.ending, interview.answers) == (Ending.STOPPED, {"bladder_bowel": "no"})
    assert [line.split(" · ")[0] for line in interview.put] == ["1", "1", "2", "1", "1", "2"]


def test_keep_leaves_an_answer_as_it_is_and_there_has_to_be_one(pack: Pack) -> None:
    interview = talk(pack, "keep", "no by patient", "back", "keep", "Keep", "stop")
    assert interview.refusals == ["there is no answer here to keep"] * 2
    assert dict(interview.dialogue.intake.sources) == {"bladder_bowel": "patient"}
    assert len(interview.saved) == 1
    assert talk(pack, "keep", "stop", answers=CONTRADICTORY).refusals == ["there is no answer here to keep"]


def test_change_puts_an_answered_question_again_and_later_answers_stay(pack: Pack) -> None:
    lines = [*["no"] * 7, "yes", "yes", "change bladder_bowel", "unknown", "/change painful", "no"]
    interview = talk(pack, *lines)
    assert interview.answers == {**NO_SIGN, "bladder_bowel": "unknown", "fracture": "yes", "painful": "no"}
    assert interview.put[10] == "1 · for warning signs · Bladder or bowel trouble"
    assert interview.assessment.outcome == "outside_documents"
    assert interview.put[-1].endswith("for the outcome · Imaging so far")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("change stable", 'no answer to "stable" so far. Answered: bladder_bowel.'),
        ("change bladder", 'no answer to "bladder" so far. Did you mean "bladder_bowel"? Answered: bladder_bowel.'),
        ("change", 'no answer to "" so far. Answered: bladder_bowel.'),
        ("change \x1b", 'no answer to "\\u{1b}" so far. Answered: bladder_bowel.'),
        ("change " + "z" * 5_000_000, f'no answer to "{"z" * 60}…" so far. Answered: bladder_bowel.'),
    ],
)
def test_change_names_what_can_be_changed(pack: Pack, line: str, told: str) -> None:
    interview = talk(pack, "no", line, "stop")
    assert interview.refusals == [told]
    assert "Answered: none." in talk(pack, line).refusals[0]


def test_show_gives_the_sheet_so_far(pack: Pack) -> None:
    interview = talk(pack, "no", "show", "stop")
    assert "\n" + render_text([assess(pack, Intake({"bladder_bowel": "no"}))], pack) in interview.told
    assert pack.header.deferral.text.split(".")[0] in " ".join(interview.told[-2].split())
    assert len(interview.put) == 3


def test_skip_leaves_out_only_the_questions_for_the_sheet(pack: Pack) -> None:
    told = "only the questions for the sheet can be skipped; say `unknown` where the answer is not known"
    assert talk(pack, "skip").refusals == [told]
    assert talk(pack, "skip", answers=CONTRADICTORY).refusals == [told]
    assert talk(pack, "skip", answers={**NO_SIGN, **BOTH}).refusals == [told]
    interview = talk(pack, "yes", "skip", answers=DECIDED)
    assert (interview.ending, interview.answers) == (Ending.FINISHED, {**DECIDED, "limited_mobility": "yes"})
    assert interview.dialogue.unasked() == (
        ("height_loss", "skipped; it is for the sheet"),
        ("vertebrae", "skipped; it is for the sheet"),
        ("insurance", "skipped; it is for the sheet"),
    )


def test_a_question_for_the_sheet_that_is_put_again_can_be_skipped(pack: Pack) -> None:
    interview = talk(pack, "yes", "back", "skip", answers=DECIDED)
    assert (interview.ending, interview.answers) == (Ending.FINISHED, {**DECIDED, "limited_mobility": "yes"})


@pytest.mark.parametrize("line", ["stop", " STOP ", "/stop"])
def test_stop_ends_at_once_with_what_is_known(pack: Pack, line: str) -> None:
    interview = talk(pack, "no", line, "yes")
    assert (interview.ending, interview.answers) == (Ending.STOPPED, {"bladder_bowel": "no"})
    reasons = {reason for _, reason in interview.dialogue.unasked()}
    assert reasons == {"left open when the interview stopped", "left open; it is for the sheet"}


def test_help_names_every_command(pack: Pack) -> None:
    interview = talk(pack, "help", "/help", "?")
    for name, what in COMMANDS.items():
        assert f"{name:16} {what}" in interview.told[2]
    assert interview.told.count(interview.told[2]) == 2
    assert interview.answers == {"bladder_bowel": "unknown"}


# Too many refusals


def test_twenty_refused_lines_in_a_row_end_the_interview(pack: Pack) -> None:
    message = "20 lines in a row were neither an answer nor a command; no outcome is given"
    for lines in ([""] * 10_000, ["maybe"] * 20, ["z" * 5_000_000] * 20, ["", "x"] * 10, ["yes by nobody"] * 20):
        interview = Talk(pack, *lines)
        with pytest.raises(RequestError, match=message):
            interview.run()
        assert len(interview.refusals) == MAX_REFUSED - 1
        assert len(interview.put) == 1
        assert interview.saved == []


def test_an_answer_or_a_command_between_them_starts_the_count_again(pack: Pack) -> None:
    lines = [*[""] * 19, "no", *[""] * 19, "help", *[""] * 19, "stop"]
    assert talk(pack, *lines).ending is Ending.STOPPED


def test_the_count_holds_while_answers_exclude_each_other_too(pack: Pack) -> None:
    interview = Talk(pack, *["yes"] * 20, answers=CONTRADICTORY)
    with pytest.raises(RequestError, match="20 lines in a row"):
        interview.run()
    assert set(interview.refusals) == {
        "an answer has to be put again first: `change QUESTION` with Vertebra collapsed (collapsed) and "
        "Height needs restoring (height_restoration)"
    }


# Answers that exclude each other, and emergencies


def test_answers_that_exclude_each_other_are_named_and_one_of_them_can_be_changed(pack: Pack) -> None:
    lines = [*["no"] * 7, "yes", "yes", "trauma", "yes", "yes", "yes", "change collapsed", "no"]
    interview = talk(pack, *lines, "change height_restoration", "no", "reviewed", "skip")
    assert "These answers exclude each other: Vertebra collapsed (collapsed) and" in "\n".join(interview.told)
    assert interview.prompts.count("change which answer") == 1
    assert interview.ending is Ending.FINISHED
    assert interview.assessment.outcome == "vertebroplasty"
    assert interview.answers == {**NO_SIGN, **BOTH, "collapsed": "no", "height_restoration": "no", "imaging": "reviewed"}


def test_the_name_alone_is_enough_and_so_is_back(pack: Pack) -> None:
    by_name = talk(pack, "collapsed", "yes", "stop", answers=CONTRADICTORY)
    assert by_name.answers == {**CONTRADICTORY, "collapsed": "yes"}
    back = talk(pack, "back", "no", "stop", answers=CONTRADICTORY)
    assert back.answers == {**CONTRADICTORY, "height_restoration": "no"}
    assert "→ the answers would exclude each other" in back.told[2]


def test_stopping_while_answers_exclude_each_other_gives_no_procedure(pack: Pack) -> None:
    interview = talk(pack, "stop", answers=CONTRADICTORY)
    assert interview.ending is Ending.STOPPED
    assert interview.assessment.outcome == "contradictory_answers"


def test_an_emergency_ends_at_once_and_names_no_procedure_anywhere(pack: Pack) -> None:
    procedure = re.compile("vertebroplasty|kyphoplasty", re.IGNORECASE)
    for lines in (["yes"], ["no", "?", "no", "y by patient"], ["no", "no", "show", "back", "yes"], ["help", "", "no", "1"]):
        interview = talk(pack, *lines, "yes", "yes")
        assert interview.ending is Ending.HANDED_OVER
        shown = "\n".join(text for text in interview.told if not text.startswith("\nWarning signs"))  # `show` came before
        told = [f"{name} {reason}" for name, reason in interview.dialogue.unasked()]
        sheet = render_text([interview.assessment], pack)
        assert not procedure.search("\n".join([shown, *told, sheet]))
        assert {reason for _, reason in interview.dialogue.unasked()} == {"an emergency ends the interview"}
        assert "call 911" in sheet


def test_an_intake_that_is_an_emergency_or_complete_is_asked_nothing(pack: Pack) -> None:
    rest = {"limited_mobility": "no", "height_loss": "?", "vertebrae": "1", "insurance": "none"}
    for answers, ending in (({**BOTH, "leg_weakness": "yes"}, Ending.HANDED_OVER), ({**DECIDED, **rest}, Ending.FINISHED)):
        interview = Talk(pack, "yes", answers=answers)
        assert interview.dialogue.is_over()
        assert interview.run().ending is ending
        assert (interview.prompts, interview.told, interview.saved) == ([], [], [])


def test_what_an_interview_waits_for_is_said_in_words(pack: Pack) -> None:
    waiting: Callable[[dict[str, str]], str] = lambda answers: Talk(pack, answers=answers).dialogue.waits_for()  # noqa: E731
    assert waiting(NO_SIGN) == "fracture is still to be asked: Has imaging shown a compression fracture of a vertebra?"
    assert waiting(CONTRADICTORY) == (
        "these answers exclude each other: Vertebra collapsed (collapsed) and Height needs restoring (height_restoration)"
    )


def test_an_interview_that_goes_on_asks_nothing_twice(pack: Pack) -> None:
    first = talk(pack, *["no"] * 7, "yes", "unknown", "stop")
    second = Talk(pack, *["yes"] * 3, answers={k: str(v) for k, v in first.dialogue.intake.answers.items()}).run()
    assert second.put[0].startswith("10 · ")
    assert not {line.split(" · ")[2] for line in second.put} & {line.split(" · ")[2] for line in first.put[:9]}


def test_an_interview_is_the_same_under_the_reading_it_is_held_in(pack: Pack) -> None:
    for reading, outcome in (("broad", "both"), ("narrow", "vertebroplasty")):
        interview = talk(pack, "stop", answers={**DECIDED, "height_restoration": "no"}, reading=reading)
        assert (interview.assessment.reading, interview.assessment.outcome) == (reading, outcome)


def test_a_pack_without_sources_readings_and_signs_can_be_asked_through(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    interview = talk(bare, "yes", "c")
    assert (interview.ending, interview.assessment.outcome) == (Ending.FINISHED, "taken")
    assert not any("Asked because" in text or "Expected from" in text for text in interview.told)
