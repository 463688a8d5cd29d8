"""The command `interview`: a conversation on a terminal or through a pipe."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.cli.intakes import read_intakes, write_assessments
from triage.cli.options import (
    EPILOG,
    FormatOption,
    OutputFormat,
    OutputOption,
    PackOption,
    ReadingOption,
    StampOption,
    choose_format,
)
from triage.cli.streams import ExitCode, keep_off_terminal, protect_inputs, refuse, tell
from triage.errors import IntakeError, RequestError, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.intake import Intake

commands = typer.Typer()


@commands.command(epilog=f"Example: triage interview --save case-17.json\n\n{EPILOG}")
def interview(
    begin: Annotated[
        Optional[str], typer.Option("--from", metavar="FILE", help="Go on from this intake; what it answers is not asked again.")
    ] = None,
    save: Annotated[
        Optional[Path], typer.Option("--save", metavar="FILE", help="Keep the intake here, written after each answer.")
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask: with a question left, end with exit code 2.")] = False,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    stamp: StampOption = False,
) -> None:
    """Ask what still matters, one question at a time, and why; then say what the documents connect with the answers."""
    from triage.dialogue import Dialogue
    from triage.intake import Intake
    from triage.library import load_pack

    loaded = load_pack(pack)
    intakes, unreadable = read_intakes([begin], []) if begin is not None else ([("", Intake({}))], [])
    if unreadable:
        raise RequestError("\n".join(unreadable))
    origin, intake = intakes[0]
    protect_inputs([str(file) for file in (begin, save) if file is not None], output)
    if save is not None and save.is_file() and (begin in (None, STANDARD_STREAM) or not save.samefile(str(begin))):
        raise RequestError(
            f"{quote(save)} is there already; go on with it by --from {show_name(str(save))}, or save under another name"
        )
    keep_off_terminal(choose_format(OutputFormat, format, output), output)
    try:
        dialogue = Dialogue(loaded, intake, reading, read=_prompt, tell=tell, save=partial(_save, save))
    except IntakeError as error:
        raise error.at(origin) from None
    if no_input and not dialogue.is_over():
        raise RequestError(f"--no-input was given, and {dialogue.waits_for()}")
    try:
        dialogue.run()
    except (typer.Abort, KeyboardInterrupt) as ended:
        tell("")
        if save is None:
            kept = "nothing was saved; --save FILE keeps the answers"
        elif dialogue.intake is intake:
            kept = "nothing was answered, so nothing was saved"
        else:
            kept = f"the answers so far are in {show_name(str(save))}"
        if isinstance(ended, KeyboardInterrupt) or isinstance(ended.__context__, KeyboardInterrupt):
            refuse(f"interrupted, no outcome is given; {kept}", ExitCode.INTERRUPTED)
        raise RequestError(f"the input ended before the interview did, no outcome is given; {kept}") from None
    by_reason: dict[str, list[str]] = {}
    for name, reason in dialogue.unasked():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        tell(f"not asked, {reason}: {', '.join(names)}")
    write_assessments([dialogue.assessment], loaded, format, output, stamp=stamp)


def _prompt(text: str) -> str:
    """One line from terminal or pipe; an empty one is an empty answer, never a default."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        raise RequestError("an interview needs standard input, output and error; one of them is closed")
    # Typer puts the last character of a prompt on standard output even with `err`, which is for the sheet.
    print(f"{text}> ", end="", file=sys.stderr, flush=True)
    line: str = typer.prompt("", default="", show_default=False, prompt_suffix="", err=True)
    if not sys.stdin.isatty():
        tell("")  # a terminal has shown the end of the line by itself
    return line


def _save(path: Path | None, intake: Intake) -> None:
    if path is not None:
        from triage.files import write_whole
        from triage.intake import dump_intake

        write_whole(path, dump_intake(intake))
