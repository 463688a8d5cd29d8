"""An interview line by line: puts questions, reads one line each, keeps every answer; how to read and tell is given to it.

A line is an answer or a command, never guessed: an empty one answers nothing, and there is no "yes to all". Whoever runs it
decides where lines come from (terminal, pipe, screen reader); nothing here knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from triage.assessment import Assessment, assess
from triage.errors import RequestError, did_you_mean, quote
from triage.explanation import say_name
from triage.intake import Intake
from triage.interview import Ask, Phase, Unasked, list_unasked, next_question, phase_of, pose
from triage.pack import Pack
from triage.parts import UNKNOWN, Question, State
from triage.prompt import put_question, with_label, wrap
from triage.reply import read_line
from triage.report import WIDTH, render_sections, render_text
from triage.sections import TELLER, describe_so_far

MAX_REFUSED = 20
ACCEPTED = {
    "a value": "as listed under the question, or its first letter, or its number",
    "unknown": "asked, and not known; also u, ?, unk, n/a, don't know, not sure",
    "… by WHO": "after an answer, who said it: patient, referral, report or clinician",
}
COMMANDS = {
    "back": "put the question before this one again",
    "keep": "leave an answer as it is and go on",
    "change QUESTION": "put an answered question again, by its id, label or number; later answers stay. Alone: list the answers",
    "show": "the outcome and the answers so far; `show sheet` is the whole sheet",
    "skip": "leave out the questions that are only for the sheet",
    "stop": "end here, with what is known; also quit, exit, q",
    "help": "these words",
}


class Ending(StrEnum):
    """How an interview came to its end."""

    FINISHED = "finished"
    HANDED_OVER = "handed over"
    STOPPED = "stopped"


class Dialogue:
    """One interview. `read` puts a prompt and gives a line; `tell` says something; `save` keeps an intake after each answer.

    `intake` and `assessment` are always those of the answers so far.
    """

    def __init__(
        self,
        pack: Pack,
        intake: Intake,
        reading: str | None,
        *,
        read: Callable[[str], str],
        tell: Callable[[str], None],
        save: Callable[[Intake], None],
        width: int = WIDTH,
    ) -> None:
        self.intake = intake
        self._pack, self._reading = pack, reading
        self._read, self._tell, self._save, self._width = read, tell, save, width
        self.assessment: Assessment = assess(pack, intake, reading=reading)
        self._asked: list[str] = list(self.assessment.answers)
        self._again: str | None = None
        self._skip_sheet = False
        self._refused = 0
        self._cited: set[str] = set()

    def run(self) -> Ending:
        """Ask until nothing is left to ask, an emergency, or `stop`. What `read` and `save` raise goes through."""
        if not self.is_over():
            self._say(self.assessment.deferral)
            self._warn(())
        while not self.is_over():
            question = self.choose()
            if not self._refused:
                self._put(question)
            line = self._read("answer" if question else "change which answer")
            if _means_stop(line, question):
                return Ending.STOPPED
            self._take(line, question)
        return Ending.HANDED_OVER if self._is_handed_over() else Ending.FINISHED

    def is_over(self) -> bool:
        """Whether nothing is left to ask; answers that exclude each other wait for one of them to be changed."""
        return self.choose() is None and self.assessment.outcome != State.CONTRADICTORY_ANSWERS

    def waits_for(self) -> str:
        """What has to be said next, in words."""
        question = self.choose()
        if question is None:
            return f"these answers exclude each other: {self._excluding()}"
        return f"{question.label} ({question.question}) is still to be asked: {question.text}"

    def unasked(self) -> tuple[Unasked, ...]:
        """The questions that were not asked, each with the reason."""
        return list_unasked(self._pack, self.assessment, skipped_sheet=self._skip_sheet)

    def choose(self) -> Question | None:
        """The question to put now; None where none is left."""
        if self._again is not None:
            return self._pack.question[self._again]
        return next_question(self._pack, self.assessment, skip_sheet=self._skip_sheet)

    def _put(self, question: Question | None) -> None:
        if question is None:
            self._tell("")
            self._say(f"These answers exclude each other: {self._excluding()}.")
            self._say("Say `change QUESTION` to put one of them again, or `stop`.")
        else:
            ask = pose(self._pack, self.intake, question, self._reading, self.assessment)
            name = question.question
            number = (self._asked.index(name) if name in self._asked else len(self._asked)) + 1
            self._tell(put_question(ask, number, "; ".join(self._cite(ask)), self._so_far(question), self._width))

    def _cite(self, ask: Ask) -> Iterator[str]:
        """What a question is asked for: a statement in words, and a source by its title where it is cited for the first time."""
        for cited in ask.because:
            yield cited.code if cited.code in self._cited else f"{cited.code} {cited.text}"
            if cited.code in self._pack.source:
                self._cited.add(cited.code)

    def _so_far(self, question: Question) -> str:
        implied = self.assessment.implied.get(question.question)
        if question.question in self.assessment.answers:
            return f"So far: {self._say_answer(question)} (`keep` leaves it)"
        return f"Follows from the answers, as {question.say(implied)} (`keep` leaves it)" if implied else ""

    def _say_answer(self, question: Question) -> str:
        value = self.assessment.answers[question.question]
        return "not known" if value == UNKNOWN else question.say(value)

    def _warn(self, before: tuple[str, ...]) -> None:
        """Say what the safety net says as soon as a sign is recorded; where that ends the interview, it is said at its end."""
        net, header = self.assessment.safety_net, self._pack.header.safety_net
        if net is not None and header is not None and set(net.reported) - set(before) and not self._is_handed_over():
            for level in header.levels:
                if level.level == net.level:
                    self._say(level.text, "! ")

    def _is_handed_over(self) -> bool:
        return self.assessment.outcome == State.CONTACT_CLINICIAN_NOW

    def _excluding(self) -> str:
        names = dict.fromkeys(name for names in self.assessment.contradictions for name in names)
        return " and ".join(f"{say_name(self._pack, name)} ({name})" for name in names)

    def _take(self, line: str, question: Question | None) -> None:
        word, _, rest = line.strip().removeprefix("/").partition(" ")
        match word.lower():
            case "help":
                for name, what in (ACCEPTED | COMMANDS).items():
                    self._say(what, f"  {name:16} ", " " * 19)
            case "back":
                self._go_back(question)
            case "keep":
                self._keep(question)
            case "show":
                self._show(rest.strip())
            case "skip":
                self._skip(question)
            case "change":
                self._change(rest.strip())
            case _ if question is None and self._find(line.strip()):
                self._change(line.strip())
            case _:
                self._answer(line, question)
                return
        self._refused = 0

    def _go_back(self, question: Question | None) -> None:
        name = question.question if question else None
        before = self._asked.index(name) if name in self._asked else len(self._asked)
        if before == 0:
            self._refuse("this is the first question")
        else:
            self._again = self._asked[before - 1]

    def _keep(self, question: Question | None) -> None:
        if question is not None and question.question in {**self.assessment.answers, **self.assessment.implied}:
            self._again = None
        else:
            self._refuse("there is no answer here to keep")

    def _skip(self, question: Question | None) -> None:
        if question is not None and phase_of(self._pack, question) is Phase.SHEET:
            self._skip_sheet, self._again = True, None
        else:
            self._refuse("only the questions for the sheet can be skipped; say `unknown` where the answer is not known")

    def _show(self, what: str) -> None:
        if what == "sheet":
            self._tell("\n" + render_text([self.assessment], self._pack).rstrip("\n"))
        else:
            so_far = render_sections(describe_so_far(self._pack, self.assessment), "text", width=self._width)
            self._tell("\n" + so_far.rstrip("\n"))

    def _change(self, named: str) -> None:
        name = self._find(named)
        if name is not None:
            self._again = name
        elif named or not self._asked:
            near = did_you_mean(named, self._asked)
            self._refuse(f"no answer to {quote(named)} so far.{near} `change` alone lists the answers.")
        else:
            for number, asked in enumerate(self._asked, 1):
                question = self._pack.question[asked]
                self._say(f"{question.label} ({asked}): {self._say_answer(question)}", f"  {number:2} ", " " * 5)

    def _find(self, named: str) -> str | None:
        """The question meant by an id, a label or a number: one that is answered, one that follows, or an open warning sign."""
        if named.isascii() and named.isdigit():
            return dict(enumerate(self._asked, 1)).get(int(named[:9]))
        signs = self.assessment.safety_net.open_signs if self.assessment.safety_net else ()
        labels = {name: self._pack.question[name].label.casefold() for name in (*self._asked, *self.assessment.implied, *signs)}
        return next((name for name, label in labels.items() if named.casefold() in (name, label)), None)

    def _answer(self, line: str, question: Question | None) -> None:
        try:
            if question is None:
                raise ValueError(f"an answer has to be put again first: `change QUESTION` with {self._excluding()}")
            value, teller = read_line(question, line, (name.split()[0] for name in COMMANDS))
        except ValueError as error:
            self._refused += 1
            if self._refused >= MAX_REFUSED:
                message = f"{MAX_REFUSED} lines in a row were neither an answer nor a command; no outcome is given"
                raise RequestError(message) from None
            self._refuse(str(error))
            return
        name = question.question
        changed = self.intake.override({name: value})
        if teller is not None:
            changed = changed.tell({name: teller})
        assessment = assess(self._pack, changed, reading=self._reading)
        self._save(changed)
        before = self.assessment.safety_net.reported if self.assessment.safety_net else ()
        self.intake, self.assessment = changed, assessment
        if name not in self._asked:
            self._asked.append(name)
        self._again = None
        self._refused = 0
        if line.strip() != value:
            self._say(f"recorded: {with_label(question, value)}{f', said by {TELLER[teller]}' if teller else ''}", "  ")
        self._warn(before)

    def _refuse(self, message: str) -> None:
        self._say(message, "  ")

    def _say(self, text: str, first: str = "", rest: str | None = None) -> None:
        self._tell("\n".join(wrap(text, self._width, first, rest)))


def _means_stop(line: str, question: Question | None) -> bool:
    """`stop`, `quit` and `exit`; `q` too, unless an answer begins with it."""
    word = line.strip().lower().removeprefix("/")
    begins = question is not None and any(value.startswith("q") for value in question.values)
    return word in ("stop", "quit", "exit") or (word == "q" and not begins)
