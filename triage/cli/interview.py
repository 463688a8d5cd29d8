"""The command `interview`: a conversation on a terminal or through a pipe."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.cli.intakes import choose_sheet, read_answers, read_intakes, write_assessments
from triage.cli.options import (
    AnswerOption,
    FormatOption,
    OutputOption,
    PackOption,
    ReadingOption,
    StampOption,
    end_help,
)
from triage.cli.streams import (
    USUAL,
    ExitCode,
    is_for_terminal,
    protect_inputs,
    read_pack,
    refuse,
    tell,
    terminal_width,
)
from triage.errors import IntakeError, RequestError, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.dialogue import Dialogue
    from triage.intake import Intake
    from triage.pack import Pack

commands = typer.Typer()


@commands.command(name="interview", epilog=end_help("triage interview --save case-17.json"))
def interview(
    begin: Annotated[
        Optional[str], typer.Option("--from", metavar="FILE", help="Go on from this intake; what it answers is not asked again.")
    ] = None,
    save: Annotated[
        Optional[Path], typer.Option("--save", metavar="FILE", help="Keep the intake here, written after each answer.")
    ] = None,
    answer: AnswerOption = None,
    reference: Annotated[
        Optional[str], typer.Option("--reference", metavar="ID", help="An opaque case id for the intake; never a name.")
    ] = None,
    site: Annotated[Optional[str], typer.Option("--site", metavar="LABEL", help="A label for the intake, such as L1.")] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask: with a question left, end with exit code 2.")] = False,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    stamp: StampOption = False,
) -> None:
    """Ask one question at a time, and say why. Only what still matters is asked; at the end stands the sheet."""
    from triage.dialogue import Dialogue, Ending

    loaded = read_pack(pack, output)
    _check_files(begin, save, output)
    chosen = choose_sheet(format, output)
    origin, intake = _begin(begin, answer or [], reference, site)
    width = min(terminal_width() or USUAL, USUAL)
    keeper = Keeper(save)
    try:
        dialogue = Dialogue(loaded, intake, reading, read=_prompt, tell=tell, save=keeper.keep, width=width)
    except IntakeError as error:
        raise error.at(origin) from None
    if no_input and not dialogue.is_over():
        raise RequestError(f"--no-input was given, and {dialogue.waits_for()}")
    if answer or reference or site:
        keeper.keep(intake)
    try:
        ending = dialogue.run()
    except (typer.Abort, KeyboardInterrupt) as ended:
        tell("")
        if isinstance(ended, KeyboardInterrupt) or isinstance(ended.__context__, KeyboardInterrupt):
            refuse(f"interrupted, no outcome is given; {keeper.say()}", ExitCode.INTERRUPTED)
        raise RequestError(f"the input ended before the interview did, no outcome is given; {keeper.say()}") from None
    except SystemExit:
        tell(f"\ntriage: told to stop, no outcome is given; {keeper.say()}")
        raise
    if save is not None and not save.exists():
        keeper.keep(dialogue.intake)
    if ending is not Ending.HANDED_OVER:
        _tell_unasked(dialogue, loaded)
    write_assessments([dialogue.assessment], loaded, chosen, output, stamp=stamp)
    if ending is Ending.HANDED_OVER:
        _hand_over(dialogue.assessment, loaded, begin, save)
    elif not is_for_terminal(output):
        from triage.report import render_sections
        from triage.sections import begin_with

        tell("\n" + render_sections(begin_with(loaded, dialogue.assessment), "text", width=width).rstrip("\n"))


def _check_files(begin: str | None, save: Path | None, output: Path | None) -> None:
    """Refuse before the first question what could not be written after the last."""
    from triage.publication import check_writable

    protect_inputs([str(file) for file in (begin, save) if file is not None], output)
    if save is not None and save.is_file() and (begin in (None, STANDARD_STREAM) or not save.samefile(str(begin))):
        raise RequestError(
            f"{quote(save)} is there already; go on with it by --from {show_name(str(save))}, or save under another name"
        )
    if None not in (save, output) and str(output) != STANDARD_STREAM and Path(str(save)).resolve() == Path(str(output)).resolve():
        raise RequestError(f"{quote(save)} is named by --save and by --output; name another file for one of them")
    if save is not None and save.suffix.lower() in (".yaml", ".yml"):
        raise RequestError(
            f"--save writes JSON, which {quote(save)} is not by its name, and keeps no comments; name a .json file"
        )
    for file in (save, output):
        if file is not None and str(file) != STANDARD_STREAM:
            check_writable(file)


def _begin(begin: str | None, options: list[str], reference: str | None, site: str | None) -> tuple[str, Intake]:
    """The intake to go on from, with what the options put in, and the name it is told of by."""
    from triage.intake import Intake, check_labels

    check_labels(Intake({}, reference=reference, site=site))
    intakes, unreadable = read_intakes([begin], options) if begin is not None else ([("", Intake(read_answers(options)))], [])
    if unreadable:
        raise RequestError("\n".join(map(str, unreadable)))
    origin, intake = intakes[0]
    for name, label, before in (("reference", reference, intake.reference), ("site", site, intake.site)):
        if None not in (label, before) and label != before:
            tell(f"--{name} replaces {quote(before)} of {show_name(origin)}")
    return origin, replace(intake, reference=reference or intake.reference, site=site or intake.site)


def _tell_unasked(dialogue: Dialogue, pack: Pack) -> None:
    by_reason: dict[str, list[str]] = {}
    for name, reason in dialogue.unasked():
        by_reason.setdefault(reason, []).append(f"{pack.question[name].label} ({name})")
    for reason, names in by_reason.items():
        tell(f"not asked, {reason}: {', '.join(names)}")
    tell("")


def _hand_over(assessment: Assessment, pack: Pack, begin: str | None, save: Path | None) -> None:
    """The last words on the screen in an emergency: what the safety net says, after the way back from a slip."""
    net, header = assessment.safety_net, pack.header.safety_net
    if net is None or header is None:
        return
    slip = "Recorded by a slip? Nothing was saved, so begin anew; --save FILE keeps the answers."
    kept = str(save) if save is not None else begin
    if kept not in (None, STANDARD_STREAM):
        file = show_name(shlex.quote(str(kept)))
        again = f"triage interview --from {file}{f' --save {file}' if save is not None else ''} -a {net.reported[0]}=ANSWER"
        slip = f"Recorded by a slip? Go on with the answer put right: {again}"
    tell(f"\n{slip}")
    tell("\n" + "\n".join(level.text for level in header.levels if level.level == net.level))


def _prompt(text: str) -> str:
    """One line from terminal or pipe; an empty one is an empty answer, never a default."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        raise RequestError("an interview needs standard input, output and error; one of them is closed")
    # Typer puts the last character of a prompt on standard output even with `err`, which is for the sheet.
    try:
        print(f"{text}> ", end="", file=sys.stderr, flush=True)
        line: str = typer.prompt("", default="", show_default=False, prompt_suffix="", err=True)
    except OSError as error:
        raise RequestError(f"standard output or error cannot be written: {error.strerror}; no outcome is given") from error
    if not sys.stdin.isatty():
        tell("")  # a terminal has shown the end of the line by itself
    return line


class Keeper:
    """Keeps the intake of one interview in a file, and leaves alone what somebody else has written there in the meantime."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last = self._begun = self._read()

    @property
    def has_kept(self) -> bool:
        """Read off the file: an interruption may come between its writing and any note of that."""
        return self._read() != self._begun

    def keep(self, intake: Intake) -> None:
        """Write the intake; beside the file, and with a RequestError, if the file is not as it was left."""
        from triage.intake import dump_intake
        from triage.publication import alone_beside, write_whole

        if self._path is None:
            return
        content = dump_intake(intake)
        # Two interviews on one file: whichever comes second has to see what the first has written.
        with alone_beside(self._path):
            if self._read() != self._last:
                beside = next(path for path in self._siblings() if not path.exists())
                write_whole(beside, content)
                message = (
                    f"{quote(self._path)} was changed from elsewhere and stays as it is; the answers of this interview are in"
                )
                raise RequestError(f"{message} {quote(beside)}, and no outcome is given")
            write_whole(self._path, content)
        self._last = content.encode()

    def say(self) -> str:
        """What is kept, and where."""
        if self._path is None:
            return "nothing was saved; --save FILE keeps the answers"
        if not self.has_kept:
            return "nothing was answered, so nothing was saved"
        return f"the answers so far are in {show_name(str(self._path))}"

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes() if self._path is not None and self._path.is_file() else None
        except FileNotFoundError:  # taken away just now
            return None
        except OSError as error:
            raise RequestError(f"{quote(self._path)} cannot be read: {error.strerror}; no outcome is given") from error

    def _siblings(self) -> Iterator[Path]:
        path = self._path or Path()
        return (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
