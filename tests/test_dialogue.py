"""An interview line by line: every kind of line that a person may type, with a list in place of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack

from triage import Intake, RequestError, load_pack
from triage.dialogue import ACCEPTED, COMMANDS, MAX_REFUSED, Dialogue, Ending
from triage.intake import dump_intake, read_intake
from triage.parts import COMMAND_WORDS
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
        """What was refused, each as one line."""
        others = ("  recorded: ", *(f"  {name:16} " for name in ACCEPTED | COMMANDS))
        refused = (text for text in self.told if re.match("  [^ ]", text) and not text.startswith(others))
        return [" ".join(text.split()) for text in refused]

    @property
    def recorded(self) -> list[str]:
        """What was echoed as recorded."""
        return [" ".join(text.split()).removeprefix("recorded: ") for text in self.told if text.startswith("  recorded: ")]


def talk(pack: Pack, *lines: str, answers: dict[str, str] | None = None, reading: str | None = None) -> Talk:
    return Talk(pack, *lines, answers=answers, reading=reading).run()


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
    assert interview.dialogue.unasked() == (("height_restoration", "follows from the answers, as no"),)
    assert len(interview.saved) == len(due)


def test_every_question_is_numbered_and_says_for_what_and_why_it_is_asked_and_what_each_answer_does(pack: Pack) -> None:
    interview = talk(pack, "fever", answers=dict.fromkeys(SIGNS[:4], "no"))
    text = interview.told[1]
    assert text.startswith("\n5 · for warning signs · Fever or infection (fever)\n  Is there fever, chills,")
    assert "  Asked because of NHS Back pain, advice for the public (NHS, England); IFOMPT\n" in text
    assert "\n   1 yes     → a sign that calls for a clinician today\n   2 no      → this sign is not reported\n" in text
    assert text.endswith("\n   3 unknown → it stays open")
    collapsed = talk(pack, answers={**NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "trauma", "stable": "no"}).told[1]
    assert re.search(r"\n12 · for the outcome · Vertebra collapsed \(collapsed\)\n", collapsed)
    assert "Asked because of S07 Kyphoplasty is the one used when the vertebra has collapsed; " in " ".join(collapsed.split())
    assert "Expected from the imaging report or a clinician; add who said it, as in `yes by clinician`" in " ".join(
        collapsed.split()
    )
    imaging = talk(pack, answers={**NO_SIGN, **BOTH}).told[1]
    assert imaging.startswith("\n14 · for the line beside the outcome · Imaging so far (imaging)\n")
    vertebrae = talk(pack, answers={**DECIDED, "limited_mobility": "no", "height_loss": "no"}).told[1]
    assert vertebrae.startswith("\n17 · for the sheet · Fractured vertebrae (vertebrae) · `skip` leaves these out\n")
    assert vertebrae.endswith("\n  1 to 17, or unknown")


def test_a_source_is_given_by_its_title_where_it_is_cited_for_the_first_time(pack: Pack) -> None:
    first, second = [" ".join(text.split()) for text in talk(pack, "no").told if "Asked because" in text]
    assert "Asked because of NHS Back pain, advice for the public (NHS, England); GIRFT National Suspected" in first
    assert "Asked because of NHS; GIRFT; NG234; IFOMPT 1 yes" in second


def test_no_line_that_is_told_is_wider_than_it_may_be(pack: Pack) -> None:
    lines = ["x" * 400, "help", "change " + "y" * 400, "change", *["no"] * 6, "yes", "y", "y", "t", "y", "y", "y", "show", "none"]
    for width in (40, WIDTH):
        told: list[str] = []
        left = [*lines, "stop"]
        read: Callable[[str], str] = lambda _, left=left: left.pop(0)  # type: ignore[misc] # noqa: E731
        Dialogue(pack, Intake({}), None, read=read, tell=told.append, save=lambda _: None, width=width).run()
        wide = [line for text in told for line in text.splitlines() if len(line) > width]
        assert wide == []


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
        "1 · for warning signs · Bladder or bowel trouble (bladder_bowel)",
        "2 · for warning signs · Leg weakness or numbness (leg_weakness)",
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


def test_what_saving_raises_ends_the_interview_and_an_answer_that_is_not_saved_is_not_kept(pack: Pack) -> None:
    def fail(_: Intake) -> None:
        raise RequestError("the disk is full")

    dialogue = Dialogue(pack, Intake({}), None, read=lambda _: "no", tell=lambda _: None, save=fail)
    with pytest.raises(RequestError, match="the disk is full"):
        dialogue.run()
    assert (dialogue.intake, dialogue.assessment.answers) == (Intake({}), {})


# Commands


def test_back_puts_the_question_before_again_and_later_answers_stay(pack: Pack) -> None:
    interview = talk(pack, "no", "no", "no", "back", "back", "unknown", "yes")
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
    assert interview.put[10] == "1 · for warning signs · Bladder or bowel trouble (bladder_bowel)"
    assert interview.assessment.outcome == "outside_documents"
    assert interview.put[-1].endswith("for the line beside the outcome · Imaging so far (imaging)")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("change stable", 'no answer to "stable" so far. `change` alone lists the answers.'),
        ("change bladder", 'no answer to "bladder" so far. Did you mean "bladder_bowel"? `change` alone lists the answers.'),
        ("change 2", 'no answer to "2" so far. `change` alone lists the answers.'),
        ("change 0", 'no answer to "0" so far. `change` alone lists the answers.'),
        ("change \u00b2", 'no answer to "\u00b2" so far. `change` alone lists the answers.'),
        ("change \x1b", 'no answer to "\\u{1b}" so far. `change` alone lists the answers.'),
        ("change " + "9" * 5_000_000, f'no answer to "{"9" * 60}…" so far. `change` alone lists the answers.'),
        ("change " + "z" * 5_000_000, f'no answer to "{"z" * 60}…" so far. `change` alone lists the answers.'),
    ],
)
def test_change_says_what_cannot_be_changed(pack: Pack, line: str, told: str) -> None:
    interview = talk(pack, "no", line, "stop")
    assert interview.refusals == [told]


def test_change_alone_lists_the_answers_by_number_label_and_id(pack: Pack) -> None:
    interview = talk(pack, "change", "no", "unknown", "change", "stop")
    assert interview.refusals == ['no answer to "" so far. `change` alone lists the answers.']
    assert "   1 Bladder or bowel trouble (bladder_bowel): no" in interview.told
    assert "   2 Leg weakness or numbness (leg_weakness): not known" in interview.told


@pytest.mark.parametrize("named", ["leg_weakness", "LEG_weakness", "Leg weakness or numbness", "leg weakness OR numbness", "2"])
def test_change_takes_an_id_a_label_or_a_number(pack: Pack, named: str) -> None:
    interview = talk(pack, "no", "no", f"change {named}", "unknown", "stop")
    assert interview.answers == {"bladder_bowel": "no", "leg_weakness": "unknown"}
    assert interview.put[3] == "2 · for warning signs · Leg weakness or numbness (leg_weakness)"


def test_an_answer_that_follows_from_the_others_can_be_put_and_changed_and_the_contradiction_then_shows(pack: Pack) -> None:
    known = {**NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "no"}
    kept = talk(pack, "change height_restoration", "keep", "stop", answers=known)
    assert "  Follows from the answers, as no (`keep` leaves it)" in kept.told[2]
    assert (kept.answers, kept.refusals) == (known, [])
    changed = talk(pack, "change Height needs restoring", "yes", "stop", answers=known)
    assert changed.assessment.outcome == "contradictory_answers"
    assert any("These answers exclude each other: " in text for text in changed.told)


def test_a_warning_sign_can_be_recorded_at_any_time(pack: Pack) -> None:
    """After a sign for the same day the others are not asked; yet the person may speak of one."""
    known = {**dict.fromkeys(SIGNS[:4], "no"), "fever": "yes"}
    interview = talk(pack, "change cancer_pain", "yes", "stop", answers=known)
    assert interview.assessment.safety_net is not None
    assert interview.assessment.safety_net.reported == ("fever", "cancer_pain")


def test_what_the_safety_net_says_is_told_as_soon_as_a_sign_is_recorded(pack: Pack) -> None:
    said = "! A warning sign is reported. Contact a clinician today, before anything else is arranged;"
    known = dict.fromkeys(SIGNS[:4], "no")
    interview = talk(pack, "yes", "yes", answers=known)
    places = [place for place, text in enumerate(interview.told) if " ".join(text.replace("\n! ", " ").split()).startswith(said)]
    assert len(places) == 1
    assert interview.told[places[0] + 1].startswith("\n6 · ")
    from_file = talk(pack, answers={**known, "fever": "yes"})
    assert from_file.told[1].startswith("! A warning sign is reported.")
    assert not any(text.startswith("!") for text in talk(pack, "yes").told)


@pytest.mark.parametrize(
    ("line", "recorded"),
    [
        ("no", []),
        ("No", ["no"]),
        ("n", ["no"]),
        ("0", ["no"]),
        ("?", ["unknown"]),
        ("no by patient", ["no, said by the patient"]),
        ("no by the report", ["no, said by the imaging report"]),
    ],
)
def test_what_is_recorded_is_said_where_it_is_not_what_was_typed(pack: Pack, line: str, recorded: list[str]) -> None:
    assert talk(pack, line, "stop").recorded == recorded


def test_a_recorded_value_is_said_with_its_words(pack: Pack) -> None:
    known = {**NO_SIGN, "fracture": "yes", "painful": "yes"}
    assert talk(pack, "t", "stop", answers=known).recorded == ["trauma (injury)"]
    assert talk(pack, "n", "stop", answers={**NO_SIGN, **BOTH}).recorded == ["none"]


def test_show_gives_the_outcome_and_who_said_what_and_show_sheet_the_whole_sheet(pack: Pack) -> None:
    interview = talk(pack, "no by patient", "show", "show sheet", "stop")
    assert "\n" + render_text([interview.assessment], pack).rstrip("\n") in interview.told
    short = next(text for text in interview.told if text.startswith("\nWarning signs") and "Answers so far" in text)
    assert pack.header.deferral.text in " ".join(short.split())
    assert short.endswith("\nAnswers so far\n  - Bladder or bowel trouble: no, said by the patient")
    assert len(short.splitlines()) < 40
    assert len(interview.put) == 4


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


@pytest.mark.parametrize("line", ["stop", " STOP ", "/stop", "quit", "exit", "q", "/Q"])
def test_stop_ends_at_once_with_what_is_known(pack: Pack, line: str) -> None:
    interview = talk(pack, "no", line, "yes")
    assert (interview.ending, interview.answers) == (Ending.STOPPED, {"bladder_bowel": "no"})
    reasons = {reason for _, reason in interview.dialogue.unasked()}
    assert reasons == {"left open when the interview stopped", "left open; it is for the sheet"}


def test_help_names_everything_that_is_accepted(pack: Pack) -> None:
    interview = talk(pack, "help", "/help", "?")
    shown = " ".join(" ".join(interview.told).split())
    for name, what in (ACCEPTED | COMMANDS).items():
        assert shown.count(f" {name} {what}") == 2
    for word in ("number", "first letter", "unknown", "don't know", "patient", "quit", "q", "show sheet"):
        assert word in shown
    assert interview.answers == {"bladder_bowel": "unknown"}


def test_no_pack_can_take_a_command_for_an_answer() -> None:
    assert {name.split()[0] for name in COMMANDS} | {"quit", "exit"} == set(COMMAND_WORDS)


def test_q_is_an_answer_where_one_begins_with_it(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    questions = (tmp_path / "bare" / "questions.yaml").read_text(encoding="utf-8").replace("calm", "quiet")
    (tmp_path / "bare" / "questions.yaml").write_text(questions, encoding="utf-8")
    bare = load_pack(tmp_path / "bare")
    interview = talk(bare, "yes", "q", "stop")
    assert interview.answers == {"rain": "yes", "wind": "quiet"}


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
    assert any("→ the answers would exclude each other" in text for text in back.told)


def test_stopping_while_answers_exclude_each_other_gives_no_procedure(pack: Pack) -> None:
    interview = talk(pack, "stop", answers=CONTRADICTORY)
    assert interview.ending is Ending.STOPPED
    assert interview.assessment.outcome == "contradictory_answers"


def test_an_emergency_ends_at_once_and_names_no_procedure_anywhere(pack: Pack) -> None:
    procedure = re.compile("vertebroplasty|kyphoplasty", re.IGNORECASE)
    for lines in (["yes"], ["no", "?", "no", "y by patient"], ["no", "no", "show", "back", "yes"], ["help", "", "no", "1"]):
        interview = talk(pack, *lines, "yes", "yes")
        assert interview.ending is Ending.HANDED_OVER
        shown = "\n".join(text for text in interview.told if not text.startswith("\nWarning signs"))  # `show` came before it
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
    assert waiting(NO_SIGN) == (
        "Compression fracture shown (fracture) is still to be asked: Has imaging shown a compression fracture of a vertebra?"
    )
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
