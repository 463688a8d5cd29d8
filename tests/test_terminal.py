"""`triage interview` and `what-if` for real: in a pseudo-terminal as people meet them, and through pipes as programs do."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from sheets import TEXTS

from triage import Intake, assess
from triage.formats import render
from triage.intake import read_intake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.pack import Pack

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "rules" / "vertebral-fracture" / "examples"
MODULE = (sys.executable, "-m", "triage")
PROCEDURE = re.compile("vertebroplasty|kyphoplasty", re.IGNORECASE)
SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss")
NO_SIGN = dict.fromkeys(SIGNS, "no")
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
REST = {"imaging": "reviewed", "limited_mobility": "yes", "height_loss": "no", "vertebrae": "1", "insurance": "medicare"}
COMPLETE = {**NO_SIGN, **BOTH, **REST}
ENV = {**os.environ, "NO_COLOR": "1", "TERM": "dumb"}


class Terminal:
    """An interview in a pseudo-terminal. What it asks is read off the label of the question that it shows."""

    def __init__(self, pack: Pack, folder: Path, *arguments: str, columns: int = 200) -> None:
        self.pack = pack
        self.seen = ""
        self.asked: list[str] = []
        self.child: Any = pexpect.spawn(
            MODULE[0], [*MODULE[1:], "interview", *arguments], cwd=str(folder), env=ENV, encoding="utf-8", timeout=30,
            dimensions=(50, columns), echo=False,
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.labels = {question.label: name for name, question in pack.question.items()}

    def wait(self) -> str:
        """Until it asks for a line; the question that it has put, or nothing where it put none."""
        self.child.expect(["answer> ", "change which answer> "])
        shown = self.child.before
        self.seen += shown
        put = re.search(
            r"^\d+ · for (?:warning signs|the outcome|the line beside the outcome|the sheet) · ([^(\r\n]+)", shown, re.MULTILINE
        )
        name = self.labels[put[1].strip()] if put else ""
        if name:
            self.asked.append(name)
        return name

    def say(self, line: str) -> None:
        self.child.sendline(line)

    def end(self) -> int:
        """To the end of the process; its exit code."""
        if not self.child.flag_eof:
            self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        assert "Traceback" not in self.seen
        status: int = self.child.exitstatus
        return status

    def interrupt(self) -> int:
        """Ctrl-C, again where it came just before Python began to wait for a line, which it then does not see."""
        for _ in range(5):
            self.child.sendintr()
            if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5) == 0:
                break
        return self.end()

    def answer_all(self, answers: Mapping[str, str]) -> int:
        """Every question by what is said of it, until there is none."""
        while True:
            place = self.child.expect(["answer> ", pexpect.EOF])
            self.seen += self.child.before
            if place == 1:
                self.child.close()
                assert "Traceback" not in self.seen
                return int(self.child.exitstatus)
            put = re.findall(r"^\d+ · for [a-z ]+ · ([^(\r\n]+)", self.child.before, re.MULTILINE)
            self.asked.append(self.labels[put[-1].strip()])
            self.say(answers[self.asked[-1]])

    @property
    def text(self) -> str:
        return " ".join(self.seen.split())


def outcome_of(file: Path, pack: Pack) -> tuple[str, bool]:
    assessment = assess(pack, read_intake(file.read_bytes(), file.name))
    return assessment.outcome, assessment.settled


# In a terminal, to each outcome and state


@pytest.mark.parametrize(
    ("answers", "outcome", "shown"),
    [
        ({}, ("both", True), "Outcome: both procedures "),
        ({"collapsed": "no by report"}, ("vertebroplasty", True), "Outcome: vertebroplasty "),
        ({"stable": "2"}, ("kyphoplasty", True), "Outcome: kyphoplasty "),
        ({"stable": "unknown", "fever": "y"}, ("kyphoplasty", False), "kyphoplasty (not settled) "),
        ({"painful": "n"}, ("outside_documents", True), "Outcome: neither procedure, the documents are silent "),
        ({"chest_pain": "yes"}, ("contact_clinician_now", False), "Outcome: contact a clinician now "),
    ],
)
def test_a_terminal_is_led_to_every_outcome(
    pack: Pack, tmp_path: Path, answers: dict[str, str], outcome: tuple[str, bool], shown: str
) -> None:
    terminal = Terminal(pack, tmp_path, "--save", "case.json")
    assert terminal.answer_all({**COMPLETE, **answers}) == 0
    assert shown in terminal.text
    assert pack.header.deferral.text in terminal.text
    assert outcome_of(tmp_path / "case.json", pack) == outcome
    assert len(terminal.asked) == len(set(terminal.asked))
    if outcome[0] == "contact_clinician_now":
        assert not PROCEDURE.search(terminal.text)
        assert terminal.asked == list(SIGNS[:4])


def test_a_whole_interview_goes_back_changes_is_not_sure_stops_and_goes_on(pack: Pack, tmp_path: Path) -> None:
    first = Terminal(pack, tmp_path, "--save", "case.json")
    for sign in SIGNS:
        assert first.wait() == sign
        first.say("no by patient")
    assert first.wait() == "fracture"
    first.say("unknown")
    second = first.wait()
    first.say("back")
    assert first.wait() == "fracture"
    first.say("y by report")
    assert first.wait() == second
    first.say("")
    assert first.wait() == ""
    first.say("change leg_weakness")
    assert first.wait() == "leg_weakness"
    first.say("?")
    assert first.wait() == second
    first.say("show")
    assert first.wait() == second
    assert "Outcome: not enough information" in first.text
    first.say("stop")
    assert first.end() == 0
    saved = read_intake((tmp_path / "case.json").read_bytes(), "case.json")
    assert dict(saved.answers) == {**NO_SIGN, "leg_weakness": "unknown", "fracture": "yes"}
    assert saved.sources["fracture"] == "imaging_report"
    assert "leg_weakness" not in saved.sources
    assert "not asked, left open when the interview stopped: " in first.text
    assert outcome_of(tmp_path / "case.json", pack) == ("not_enough_information", False)

    again = Terminal(pack, tmp_path, "--from", "case.json", "--save", "case.json")
    assert again.answer_all({**COMPLETE, "stable": "no", "collapsed": "yes by clinician"}) == 0
    assert not set(again.asked) & set(saved.answers)
    assert outcome_of(tmp_path / "case.json", pack) == ("kyphoplasty", True)
    third = Terminal(pack, tmp_path, "--from", "case.json")
    assert third.answer_all({}) == 0
    assert third.asked == []


def test_answers_that_exclude_each_other_are_told_and_put_right(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(json.dumps({"answers": {**COMPLETE, "collapsed": "no"}}))
    terminal = Terminal(pack, tmp_path, "--from", "case.json", "--save", "new.json")
    assert terminal.wait() == ""
    assert "exclude each other: Vertebra collapsed (collapsed) and Height needs restoring (height_restoration)." in terminal.text
    terminal.say("change colapsed")
    terminal.wait()
    assert 'no answer to "colapsed" so far. Did you mean "collapsed"?' in terminal.text
    terminal.say("change collapsed")
    assert terminal.wait() == "collapsed"
    terminal.say("y")
    assert terminal.end() == 0
    assert outcome_of(tmp_path / "new.json", pack) == ("both", True)

    left = Terminal(pack, tmp_path, "--from", "case.json")
    left.wait()
    left.say("stop")
    assert left.end() == 0
    assert "Outcome: contradictory answers" in left.text


def test_an_interrupt_ends_with_130_a_whole_file_and_no_traceback(pack: Pack, tmp_path: Path) -> None:
    terminal = Terminal(pack, tmp_path, "--save", "case.json")
    for _ in range(3):
        terminal.wait()
        terminal.say("no")
    terminal.wait()
    assert terminal.interrupt() == 130
    assert "triage: interrupted, no outcome is given; the answers so far are in case.json" in terminal.text
    assert "Outcome" not in terminal.text
    assert dict(read_intake((tmp_path / "case.json").read_bytes(), "case.json").answers) == dict.fromkeys(SIGNS[:3], "no")
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing was saved; --save FILE keeps the answers"),
        (("--save", "case.json"), "nothing was answered, so nothing was saved"),
    ],
)
def test_an_interrupt_before_the_first_answer_says_that_nothing_was_saved(
    pack: Pack, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    terminal = Terminal(pack, tmp_path, *arguments)
    terminal.wait()
    assert terminal.interrupt() == 130
    assert f"triage: interrupted, no outcome is given; {told}" in terminal.text
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_the_input_at_a_terminal_gives_no_outcome(pack: Pack, tmp_path: Path) -> None:
    terminal = Terminal(pack, tmp_path)
    terminal.wait()
    terminal.child.sendeof()
    assert terminal.end() == 2
    assert "the input ended before the interview did, no outcome is given" in terminal.text


def test_a_pdf_is_refused_on_a_terminal_before_anything_is_asked(pack: Pack, tmp_path: Path) -> None:
    for arguments in (("--format", "pdf"), ("--format", "pdf", "--output", "-")):
        terminal = Terminal(pack, tmp_path, *arguments)
        assert terminal.end() == 2
        assert terminal.text == "triage: a PDF is nothing for a terminal; name a file with --output"
    written = Terminal(pack, tmp_path, "--from", str(EXAMPLES / "contact-clinician-now.yaml"), "--output", "sheet.pdf")
    assert written.answer_all({}) == 0
    assert (tmp_path / "sheet.pdf").read_bytes()[:5] == b"%PDF-"
    sheet = pexpect.spawn(MODULE[0], [*MODULE[1:], "assess", "-a", "stable=yes", "--format", "pdf"], env=ENV, encoding="utf-8")
    sheet.expect("a PDF is nothing for a terminal; name a file with --output")
    sheet.expect(pexpect.EOF)
    sheet.close()
    assert sheet.exitstatus == 2


# Through a pipe


def piped(at: Path, data: bytes, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MODULE, *arguments], cwd=at, input=data, env={**ENV, **(env or {})}, capture_output=True, check=False, timeout=60
    )


def refused(run: subprocess.CompletedProcess[bytes], *told: str) -> None:
    """Exit code 2, nothing on standard output, the reasons and no traceback on standard error."""
    said = run.stderr.decode()
    assert (run.returncode, run.stdout) == (2, b""), said
    assert "Traceback" not in said
    for text in told:
        assert text in said


def lines_for(pack: Pack, answers: Mapping[str, str]) -> bytes:
    """What to type to an interview that starts with nothing, so that it comes to these answers."""
    from triage.interview import next_question

    known: dict[str, str] = {}
    while question := next_question(pack, assess(pack, Intake(known))):
        known[question.question] = answers[question.question]
    return "".join(f"{value}\n" for value in known.values()).encode()


def hostile() -> Iterator[tuple[str, bytes, str]]:
    yield "nothing", b"", "the input ended before the interview did, no outcome is given; nothing was saved"
    yield "a line without an end", b"no", "the input ended before the interview did"
    yield "an end midway", b"no\nno\nno by pat", "the input ended before the interview did"
    yield (
        "ten thousand blank lines",
        b"\n" * 10_000,
        "20 lines in a row were neither an answer nor a command",
    )
    yield "a line of 5 MB", b"y" * 5_000_000 + b"\n", "that line has 5,000,000 characters; an answer is a word"
    yield "5 MB without an end", b"y" * 5_000_000, "that line has 5,000,000 characters; an answer is a word"
    yield "escape sequences", b"\x1b[2J\x1b]0;title\x07\n\x1b[A\n", '"\\u{1b}[2J\\u{1b}]0;title\\u{7}" is not an answer here.'
    yield "NUL", b"\0\n", '"\\u{0}" is not an answer here.'
    yield "NUL after an answer", b"no\0\nno\0\n", '"no\\u{0}" is not an answer here.'
    yield "no UTF-8", b"\xff\xfe\xc3\nn\xe9\n", '"\\\\xff\\\\xfe\\\\xc3" is not an answer here.'
    yield "carriage returns alone", b"no\rno\rno\r", "the input ended before the interview did"
    yield "a letter that looks like another", "уes\n".encode(), "is not an answer here."  # noqa: RUF001 - it is meant to


@pytest.mark.parametrize(("data", "told"), [(data, told) for _, data, told in hostile()], ids=[name for name, *_ in hostile()])
def test_hostile_input_ends_in_a_clear_message(tmp_path: Path, data: bytes, told: str) -> None:
    run = piped(tmp_path, data, "interview", env={"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8:strict"})
    refused(run, told)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", run.stderr)
    assert len(run.stderr) < 20_000
    assert run.stderr.decode().splitlines()[-1].startswith("triage: ")
    assert list(tmp_path.iterdir()) == []


def test_another_locale_reads_the_same(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = piped(tmp_path, "don\u2019t know\n\xe9\n".encode(), "interview", env=env)
    refused(run, '"é" is not an answer here.', "2 · for warning signs")


def test_standard_output_has_the_sheet_alone_and_every_prompt_is_on_standard_error(pack: Pack, tmp_path: Path) -> None:
    for layout in TEXTS:
        run = piped(tmp_path, lines_for(pack, COMPLETE), "interview", "--format", layout)
        assert run.returncode == 0
        asked = {name: value for name, value in COMPLETE.items() if name in run_answers(pack)}
        assert run.stdout == render([assess(pack, Intake(asked))], pack, layout)
        assert run.stderr.count(b"answer> ") == len(asked)
    stopped = piped(tmp_path, b"stop\n", "interview")
    assert stopped.stdout == render([assess(pack, Intake({}))], pack, "text")


def run_answers(pack: Pack) -> set[str]:
    from triage.interview import next_question

    known: dict[str, str] = {}
    while question := next_question(pack, assess(pack, Intake(known))):
        known[question.question] = COMPLETE[question.question]
    return set(known)


def test_an_interview_as_json_is_what_assess_makes_of_the_saved_file_byte_for_byte(pack: Pack, tmp_path: Path) -> None:
    begin = {
        "reference": "case-17",
        "site": "L1",
        "answers": {"fracture": " Suspected ", "fever": "n"},
        "sources": {"fever": "patient"},
    }
    (tmp_path / "begin.json").write_text(json.dumps(begin))
    for data, arguments in (
        (lines_for(pack, {**COMPLETE, "stable": "?"}), ()),
        (b"no by p\nno\nback\n?\nstop\n", ()),
        (b"n\n" * 6 + b"change fracture\ny by report\nstop\n", ("--from", "begin.json")),
        (b"n\n" * 6 + b"y\nt\n2\nstop\n", ("--from", "begin.json", "--reading", "narrow")),
        (b"yes\n", ()),
    ):
        (tmp_path / "case.json").unlink(missing_ok=True)
        run = piped(tmp_path, data, "interview", "--save", "case.json", "--format", "json", *arguments)
        assert run.returncode == 0, run.stderr.decode()
        reading = arguments[-2:] if "--reading" in arguments else ()
        again = piped(tmp_path, b"", "assess", "case.json", "--format", "json", *reading)
        assert run.stdout == again.stdout
        tree = json.loads(run.stdout)
        assert (tree["reference"], tree["site"]) == (("case-17", "L1") if arguments else (None, None))


def test_what_is_kept_when_the_input_ends_is_said_and_goes_on_from_there(tmp_path: Path) -> None:
    run = piped(tmp_path, b"no\nno\nmaybe\n", "interview", "--save", "case.json")
    refused(run, "no outcome is given; the answers so far are in case.json")
    again = piped(tmp_path, b"yes\n", "interview", "--from", "case.json", "--save", "case.json", "--format", "json")
    assert json.loads(again.stdout)["answers"] == {"bladder_bowel": "no", "leg_weakness": "no", "major_injury": "yes"}


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    for option in ("--save", "--output"):
        run = piped(tmp_path, b"no\nno\n", "interview", option, "none/case.json")
        refused(run, '"none/case.json" cannot be written: No such file or directory; nothing was asked')
        assert b"answer> " not in run.stderr


def test_without_input_an_open_question_is_named_and_a_complete_intake_is_assessed(pack: Pack, tmp_path: Path) -> None:
    cases = {
        "open": (
            {**NO_SIGN, "fracture": "yes"},
            "--no-input was given, and Fracture hurts now (painful) is still to be asked: Does the fracture hurt",
        ),
        "sheet": (
            {**COMPLETE, "insurance": None},
            "--no-input was given, and Insurance plan (insurance) is still to be asked: Which insurance",
        ),
        "contradictory": (
            {**COMPLETE, "collapsed": "no"},
            "--no-input was given, and these answers exclude each other: Vertebra collapsed (collapsed) and Height needs",
        ),
    }
    for name, (answers, told) in cases.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"answers": answers}))
        run = piped(tmp_path, b"yes\n" * 20, "interview", "--no-input", "--from", f"{name}.json", "--save", "new.json")
        refused(run, told)
        assert b"> " not in run.stderr
    refused(piped(tmp_path, b"yes\n", "interview", "--no-input"), "Bladder or bowel trouble (bladder_bowel) is still to be asked")
    assert not (tmp_path / "new.json").exists()
    for name, given in (("complete", COMPLETE), ("emergency", {"fever": "no", "chest_pain": "yes"})):
        (tmp_path / f"{name}.json").write_text(json.dumps({"answers": given}))
        run = piped(tmp_path, b"", "interview", "--no-input", "--from", f"{name}.json")
        assert run.returncode == 0
        assert run.stdout == render([assess(pack, Intake(given))], pack, "text")


@pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_refused_in_words(tmp_path: Path, redirection: str) -> None:
    run = subprocess.run(
        ["sh", "-c", f"printf 'stop\\n' | {{ {' '.join(MODULE)} interview {redirection}; }}"],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"Traceback" not in run.stderr
    if redirection != "2>&-":
        assert b"an interview needs standard input, output and error; one of them is closed" in run.stderr


def test_wrong_use_of_the_interview_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"answers": {"stable": "maybe"}}')
    (tmp_path / "case.YML").write_text("answers: {stable: yes}")
    (tmp_path / "link").mkdir()
    (tmp_path / "case.json").write_text('{"answers": {"stable": "yes"}}')
    for arguments, told in (
        (("--from", "none.json"), '"none.json" cannot be read: No such file'),
        (("--from", "bad.json"), 'bad.json: stable: "maybe" is not an answer here'),
        (("--from", "case.json", "--output", "case.json"), '"case.json" is one of the files that are read'),
        (("--save", "case.json", "--output", "case.json"), '"case.json" is one of the files that are read'),
        (("--save", "new.json", "--output", "new.json"), '"new.json" is named by --save and by --output'),
        (("--save", "new.json", "--output", "./link/../new.json"), '"new.json" is named by --save and by --output'),
        (("--save", "case.yaml"), '--save writes JSON, which "case.yaml" is not by its name'),
        (("--from", "case.YML", "--save", "case.YML"), '--save writes JSON, which "case.YML" is not by its name'),
        (("--save", "link"), '"link" cannot be written: Is a directory; nothing was asked'),
        (("--reference", "John Doe"), 'reference: "John Doe" cannot be used; it takes 1 to 64 letters'),
        (("--site", "L 1"), 'site: "L 1" cannot be used'),
        (("-a", "stable"), '-a "stable": takes QUESTION=VALUE'),
        (("-a", "stabel=yes"), "stabel: this pack has no such question. Did you mean"),
        (("--reading", "narow"), 'this pack has no reading "narow"'),
        (("--pack", "vertebral"), 'no pack is called "vertebral"'),
    ):
        run = piped(tmp_path, b"no\n", "interview", *arguments)
        refused(run, told)
        assert b"answer> " not in run.stderr
    assert (tmp_path / "case.json").read_text() == '{"answers": {"stable": "yes"}}'


def test_a_full_stream_is_refused_in_words(tmp_path: Path) -> None:
    for redirection, told in ((">/dev/full", b"cannot be written: No space left on device"), ("2>/dev/full", b"")):
        command = f"printf 'no\\nstop\\n' | {' '.join(MODULE)} interview {redirection}"
        run = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False, timeout=60)
        assert run.returncode == 2
        assert told in run.stderr
        assert b"Traceback" not in run.stderr


def test_options_add_answers_and_labels_which_are_kept(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text('{"reference": "old", "answers": {"chest_pain": "yes"}}')
    given = ("--from", "case.json", "--save", "case.json", "-a", "chest_pain=no", "--reference", "case-17", "--site", "L1")
    run = piped(tmp_path, b"stop\n", "interview", *given, "--format", "json")
    assert run.returncode == 0
    assert b'-a chest_pain replaces "yes" of case.json\n' in run.stderr
    assert b'--reference replaces "old" of case.json\n' in run.stderr
    saved = json.loads((tmp_path / "case.json").read_text())
    assert saved == {"reference": "case-17", "site": "L1", "answers": {"chest_pain": "no"}}
    tree = json.loads(run.stdout)
    assert (tree["reference"], tree["site"], tree["outcome"]) == ("case-17", "L1", "not_enough_information")
    new = piped(tmp_path, b"no\nstop\n", "interview", "--site", "T4", "-a", "stable=Y", "--save", "new.json")
    assert new.returncode == 0
    assert json.loads((tmp_path / "new.json").read_text()) == {
        "site": "T4", "answers": {"stable": "Y", "bladder_bowel": "no"}
    }  # fmt: skip


def test_an_interview_that_asks_nothing_saves_all_the_same_and_leaves_its_own_file_alone(tmp_path: Path) -> None:
    text = json.dumps({"answers": COMPLETE})
    (tmp_path / "case.json").write_text(text)
    assert piped(tmp_path, b"", "interview", "--from", "case.json", "--save", "new.json").returncode == 0
    assert json.loads((tmp_path / "new.json").read_text()) == {"answers": COMPLETE}
    assert piped(tmp_path, b"", "interview", "--from", "case.json", "--save", "case.json").returncode == 0
    assert (tmp_path / "case.json").read_text() == text


def test_a_file_that_somebody_else_changes_meanwhile_is_left_alone(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text('{"answers": {"bladder_bowel": "no"}}')
    for begin in ((), ("--from", "case.json")):
        name = "case.json" if begin else "new.json"
        terminal = Terminal(pack, tmp_path, *begin, "--save", name)
        terminal.wait()
        terminal.say("no")
        terminal.wait()
        (tmp_path / name).write_text("theirs")
        terminal.say("unknown")
        assert terminal.end() == 2
        beside = name.replace(".json", "-2.json")
        assert (
            f'"{name}" was changed from elsewhere and stays as it is; the answers of this interview are in "{beside}"'
            in terminal.text
        )
        assert (tmp_path / name).read_text() == "theirs"
        assert list(json.loads((tmp_path / beside).read_text())["answers"].values()) == [
            *["no"] * (1 + len(begin) // 2),
            "unknown",
        ]
        (tmp_path / "case.json").write_text('{"answers": {"bladder_bowel": "no"}}')


def test_being_told_to_stop_says_where_the_answers_are(pack: Pack, tmp_path: Path) -> None:
    terminal = Terminal(pack, tmp_path, "--save", "case.json")
    terminal.wait()
    terminal.say("no")
    terminal.wait()
    terminal.child.kill(signal.SIGTERM)
    assert terminal.end() == 143
    assert "told to stop, no outcome is given; the answers so far are in case.json" in terminal.text


# The end of an interview


def test_an_emergency_ends_with_the_hand_over_text_and_the_way_back_from_a_slip(tmp_path: Path) -> None:
    said = "A warning sign is reported. Contact a clinician now; call 911 for an emergency. The consult comes after that."
    way = "Recorded by a slip? Go on with the answer put right: triage interview --from 'my case.json' --save 'my case.json'"
    run = piped(tmp_path, b"no\nyes\n", "interview", "--save", "my case.json", "-o", "sheet.txt")
    assert run.stderr.decode().endswith(f"wrote sheet.txt\n\n{way} -a leg_weakness=ANSWER\n\n{said}\n")
    assert b"not asked" not in run.stderr
    unsaved = piped(tmp_path, b"no\nyes\n", "interview")
    assert unsaved.stderr.decode().endswith(f"Nothing was saved, so begin anew; --save FILE keeps the answers.\n\n{said}\n")
    again = piped(tmp_path, b"stop\n", "interview", "--from", "my case.json", "-a", "leg_weakness=no")
    assert b"3 \xc2\xb7 for warning signs" in again.stderr


def test_the_outcome_with_the_deferral_is_told_where_the_sheet_goes_to_a_file(pack: Pack, tmp_path: Path) -> None:
    run = piped(tmp_path, lines_for(pack, {**COMPLETE, "fever": "yes"}), "interview", "-o", "sheet.md")
    end = " ".join(run.stderr.decode().rpartition("wrote sheet.md")[2].split())
    assert end.startswith("Warning signs A warning sign is reported. Contact a clinician today")
    assert "Outcome: a sign that calls for a clinician today; both procedures" in end
    assert pack.header.deferral.text in end
    reason = "not asked, the level of the warning signs stands whatever the answer; open on the sheet: "
    assert f"{reason}Cancer and spinal pain (cancer_pain), Weight loss or lump (weight_loss)\n" in run.stderr.decode()


def test_what_is_told_on_a_terminal_breaks_at_its_width(pack: Pack, tmp_path: Path) -> None:
    for columns in (44, 100):
        terminal = Terminal(pack, tmp_path, columns=columns)
        terminal.child.expect("answer> ")
        terminal.seen += terminal.child.before
        terminal.say("stop")
        assert terminal.end() == 0
        told = terminal.seen[: terminal.seen.index("Warning signs\r\n")]
        lines = [line for line in told.replace("\r", "").split("\n") if line]
        assert max(map(len, lines)) <= columns
        assert any(line.startswith("not asked, ") for line in lines)


# What-if, stamps and formats from the command line


def test_what_if_reads_a_file_or_answers_and_writes_text_or_markdown(tmp_path: Path) -> None:
    file = str(EXAMPLES / "kyphoplasty-open.yaml")
    run = piped(tmp_path, b"", "what-if", file)
    text = run.stdout.decode()
    assert (run.returncode, run.stderr) == (0, b"")
    assert "What settles the outcome, whatever the answer\n" in text
    assert max(map(len, text.splitlines())) <= 80
    changed = piped(tmp_path, b'{"answers": {}}', "what-if", "-", "-a", "painful=no", "--format", "markdown", "-o", "w.md")
    assert (changed.returncode, changed.stdout, changed.stderr) == (0, b"", b"wrote w.md\n")
    written = (tmp_path / "w.md").read_text()
    assert "\n## What keeps a procedure out\n" in written
    assert written.startswith("# Vertebral compression fracture, before the consult: What if\n")
    refused(piped(tmp_path, b"{", "what-if", "-"), "not readable as JSON")
    refused(piped(tmp_path, b"", "what-if"), "Missing argument 'FILE'")
    emergency = piped(tmp_path, b"", "what-if", str(EXAMPLES / "contact-clinician-now.yaml"))
    assert emergency.returncode == 0
    assert not PROCEDURE.search(emergency.stdout.decode())


def test_a_stamp_is_there_only_if_asked_for(tmp_path: Path) -> None:
    file = str(EXAMPLES / "both.yaml")
    stamped = piped(tmp_path, b"", "assess", file, "--stamp", env={"TZ": "UTC"}).stdout.decode()
    plain = piped(tmp_path, b"", "assess", file).stdout.decode()
    assert re.search(r"\n  - Made \d{4}-\d\d-\d\d \d\d:\d\d UTC\n$", stamped)
    assert stamped.startswith(plain)
    as_json = [piped(tmp_path, b"", "assess", file, "--format", "json", *more).stdout for more in ((), ("--stamp",))]
    assert as_json[0] == as_json[1]


def test_a_pdf_without_typst_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    without = "import sys; sys.modules['typst'] = None; from triage.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", without, "assess", "-a", "stable=yes", "-o", "sheet.pdf"],
        cwd=tmp_path, env=ENV, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    refused(run, "a PDF needs the library Typst; install it beside this tool with: pip install typst")
    asking = subprocess.run(
        [sys.executable, "-c", without, "interview", "-o", "sheet.pdf"],
        cwd=tmp_path, env=ENV, input=b"no\n", capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    refused(asking, "a PDF needs the library Typst")
    assert b"answer> " not in asking.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_intake_that_is_there_is_not_written_over_by_a_new_interview(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text('{"answers": {"stable": "no"}}')
    run = piped(tmp_path, b"no\n", "interview", "--save", "case.json")
    assert run.returncode == 2
    assert b'"case.json" is there already; go on with it by --from case.json' in run.stderr
    assert (tmp_path / "case.json").read_text() == '{"answers": {"stable": "no"}}'
