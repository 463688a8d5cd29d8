"""An interview line by line: puts questions, reads one line each, keeps every answer; how to read and tell is given to it.

A line is an answer or a command, never guessed: an empty one answers nothing, and there is no "yes to all". Whoever runs it
decides where lines come from (terminal, pipe, screen reader); nothing here knows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from enum import StrEnum

from triage.assessment import Assessment, assess
from triage.errors import RequestError, did_you_mean, quote
from triage.explanation import say_name, say_value
from triage.intake import TELLERS, Intake, read_answer
from triage.interview import Ask, Phase, Unasked, list_unasked, next_question, phase_of, pose
from triage.pack import UNKNOWN, Pack, Question, State
from triage.report import WIDTH, render_text
from triage.sections import say_tellers

MAX_REFUSED = 20
MAX_LINE = 500
COMMANDS = {
    "back": "put the question before this one again",
    "keep": "leave an answer as it is and go on",
    "change QUESTION": "put a question again that is answered; later answers stay",
    "show": "the sheet so far",
    "skip": "leave out the questions that are only for the sheet",
    "stop": "end here, with what is known",
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
    ) -> None:
        self.intake = intake
        self._pack, self._reading = pack, reading
        self._read, self._tell, self._save = read, tell, save
        self.assessment: Assessment = assess(pack, intake, reading=reading)
        self._asked: list[str] = list(self.assessment.answers)
        self._again: str | None = None
        self._skip_sheet = False
        self._refused = 0

    def run(self) -> Ending:
        """Ask until nothing is left to ask, an emergency, or `stop`. What `read` and `save` raise goes through."""
        if not self.is_over():
            self._tell("\n".join(_wrap(self.assessment.deferral, "")))
        while not self.is_over():
            question = self.choose()
            if not self._refused:
                self._put(question)
            line = self._read("answer" if question else "change which answer")
            if line.strip().lower() in ("stop", "/stop"):
                return Ending.STOPPED
            self._take(line, question)
        return Ending.HANDED_OVER if self.assessment.outcome == State.CONTACT_CLINICIAN_NOW else Ending.FINISHED

    def is_over(self) -> bool:
        """Whether nothing is left to ask; answers that exclude each other wait for one of them to be changed."""
        return self.choose() is None and self.assessment.outcome != State.CONTRADICTORY_ANSWERS

    def waits_for(self) -> str:
        """What has to be said next, in words."""
        question = self.choose()
        if question is None:
            return f"these answers exclude each other: {self._excluding()}"
        return f"{question.question} is still to be asked: {question.text}"

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
            said = f"These answers exclude each other: {self._excluding()}."
            self._tell("\n".join(["", *_wrap(said, ""), "Say `change QUESTION` to put one of them again, or `stop`."]))
        else:
            ask = pose(self._pack, self.intake, question, self._reading, self.assessment)
            name = question.question
            number = (self._asked.index(name) if name in self._asked else len(self._asked)) + 1
            self._tell("\n".join(_describe(self._pack, ask, number, self.assessment.answers.get(name))))

    def _excluding(self) -> str:
        names = dict.fromkeys(name for names in self.assessment.contradictions for name in names)
        return " and ".join(f"{say_name(self._pack, name)} ({name})" for name in names)

    def _take(self, line: str, question: Question | None) -> None:
        word, _, rest = line.strip().removeprefix("/").partition(" ")
        match word.lower():
            case "help":
                self._tell("\n".join(f"  {name:16} {what}" for name, what in COMMANDS.items()))
            case "back":
                self._go_back(question)
            case "keep":
                self._keep(question)
            case "show":
                self._tell("\n" + render_text([self.assessment], self._pack))
            case "skip":
                self._skip(question)
            case "change":
                self._change(rest.strip())
            case _ if question is None and line.strip() in self.assessment.answers:
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
        if question is not None and question.question in self.assessment.answers:
            self._again = None
        else:
            self._refuse("there is no answer here to keep")

    def _skip(self, question: Question | None) -> None:
        if question is not None and phase_of(self._pack, question) is Phase.SHEET:
            self._skip_sheet, self._again = True, None
        else:
            self._refuse("only the questions for the sheet can be skipped; say `unknown` where the answer is not known")

    def _change(self, name: str) -> None:
        if name in self.assessment.answers:
            self._again = name
        else:
            near = did_you_mean(name, self.assessment.answers)
            self._refuse(f"no answer to {quote(name)} so far.{near} Answered: {', '.join(self.assessment.answers) or 'none'}.")

    def _answer(self, line: str, question: Question | None) -> None:
        try:
            if question is None:
                raise ValueError(f"an answer has to be put again first: `change QUESTION` with {self._excluding()}")
            value, teller = read_line(question, line)
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
        self.intake, self.assessment = changed, assessment
        if name not in self._asked:
            self._asked.append(name)
        self._again = None
        self._refused = 0

    def _refuse(self, message: str) -> None:
        self._tell(f"  {message}")


def read_line(question: Question, line: str) -> tuple[str, str | None]:
    """The value and, if said with `by`, the teller in one line such as `yes`, `2`, `u`, `no by clinician`.

    Raises ValueError with a message for the person.
    """
    if len(line) > MAX_LINE:
        raise ValueError(f"that line has {len(line):,} characters; an answer is a word")
    whole = read_answer(question, line)
    if whole:
        return whole, None
    answer, by, who = (part.strip() for part in line.strip().rpartition(" by "))
    teller = _read_teller(who) if by else None
    answer = answer if by else who
    if not answer:
        raise ValueError("nothing was typed; say `unknown` if it is not known, `help` for what else there is")
    return _read_value(question, answer), teller


def _read_value(question: Question, answer: str) -> str:
    choices = (*question.values, UNKNOWN)
    value = read_answer(question, answer)
    if value:
        return value
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices) and not is_numeric(question):
        return choices[int(answer) - 1]
    begins = [choice for choice in choices if choice.startswith(answer.lower())]
    if len(answer) == 1 and len(begins) == 1:
        return begins[0]
    if len(answer) == 1 and begins:
        raise ValueError(f"{quote(answer)} could be {' or '.join(begins)}; type more of it, or its number")
    known = begins or (*choices, *(name.split()[0] for name in COMMANDS))
    near = f" Did you mean {quote(begins[0])}?" if len(begins) == 1 else "" if answer.isdigit() else did_you_mean(answer, known)
    raise ValueError(f"{quote(answer)} is not an answer here.{near} It takes {_list(question)}, or unknown.")


def _read_teller(who: str) -> str:
    begins = [teller for teller in TELLERS if who and teller.replace("_", " ").startswith(who.lower().replace("_", " "))]
    by_word = [teller for teller in TELLERS if who.lower() in teller.split("_")]
    found = begins or by_word
    if len(found) == 1:
        return found[0]
    raise ValueError(f"{quote(who)} cannot say it; it takes {', '.join(TELLERS)}.{did_you_mean(who, TELLERS)}")


def is_numeric(question: Question) -> bool:
    """Whether the values are numbers, which then need no numbering."""
    return all(value.isdigit() for value in question.values)


def _list(question: Question) -> str:
    return f"{question.values[0]} to {question.values[-1]}" if is_numeric(question) else ", ".join(question.values)


def _describe(pack: Pack, ask: Ask, number: int, given: str | None) -> Iterator[str]:
    question = ask.question
    yield ""
    yield f"{number} · for {ask.phase} · {question.label}{' (`skip` leaves these out)' if ask.phase is Phase.SHEET else ''}"
    yield from _wrap(question.text, "  ")
    yield from _wrap(question.help, "  ")
    if ask.because:
        cited = "; ".join(cited.code if cited.code in pack.source else f"{cited.code} {cited.text}" for cited in ask.because)
        yield from _wrap(f"Asked because of {cited}", "  ")
    if question.expected_from:
        expected = say_tellers(question.expected_from)
        yield from _wrap(f"Expected from {expected}; add who said it, as in `yes by clinician`", "  ")
    if given is not None:
        yield f"  So far: {'not known' if given == UNKNOWN else say_value(pack, question.question, given)} (`keep` leaves it)"
    if is_numeric(question):
        yield f"  {_list(question)}, or unknown"
        return
    width = max(len(effect.value) for effect in ask.effects)
    for place, effect in enumerate(ask.effects, 1):
        indent = " " * (width + 8)
        yield from _wrap(f"{effect.value:{width}} → {effect.leads_to}", f"  {place:2} ", indent)


def _wrap(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest, break_on_hyphens=False
    )
