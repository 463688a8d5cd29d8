"""The command line: reads what it is given, calls the core, writes the result.

Only here do exit codes and streams have a meaning: 0 done · 1 `replay` found something · 2 wrong use or unusable input, nothing
written · 4 engine fault, no answer given · 130 interrupted. Data goes to standard output, talk to standard error. Whatever a
command needs is imported inside it, so that `--help` loads neither the engine nor a pack.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional, cast

import typer

from triage.errors import EngineFault, IntakeError, Problem, RequestError, TriageError, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.intake import Intake
    from triage.pack import Pack
    from triage.report import TextFormat


class ExitCode(IntEnum):
    """What the shell is told."""

    DONE = 0
    FOUND = 1
    UNUSABLE = 2
    ENGINE_FAULT = 4
    INTERRUPTED = 130
    STOPPED = 143


class OutputFormat(StrEnum):
    """The formats of an assessment."""

    text = "text"
    json = "json"
    markdown = "markdown"
    html = "html"
    pdf = "pdf"


class ListFormat(StrEnum):
    """The formats of a description."""

    text = "text"
    markdown = "markdown"


SUFFIXES = {
    ".json": OutputFormat.json,
    ".md": OutputFormat.markdown,
    ".markdown": OutputFormat.markdown,
    ".txt": OutputFormat.text,
    ".html": OutputFormat.html,
    ".htm": OutputFormat.html,
    ".pdf": OutputFormat.pdf,
}
EPILOG = "Educational, not diagnostic. The provider decides after reviewing the imaging."

PackOption = Annotated[
    str, typer.Option("--pack", metavar="NAME|FOLDER", help="The pack: a bundled name, or a folder of one's own.")
]
ReadingOption = Annotated[
    Optional[str], typer.Option("--reading", metavar="NAME", help="The reading of the documents; the pack names its default.")
]
FormatOption = Annotated[
    Optional[OutputFormat],
    typer.Option("--format", help="Layout of the result; without it, the name of --output says, else text."),
]
ListFormatOption = Annotated[
    Optional[ListFormat],
    typer.Option("--format", help="Layout of the result; without it, the name of --output says, else text."),
]
OutputOption = Annotated[
    Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write here, whole or not at all; - is standard output.")
]
StampOption = Annotated[
    bool, typer.Option("--stamp", help="Put date and time on the sheet; without it the same intake gives the same bytes.")
]
AnswerOption = Annotated[
    Optional[list[str]],
    typer.Option("--answer", "-a", metavar="QUESTION=VALUE", help="An answer, added to every file or in its place."),
]

app = typer.Typer(
    name="triage",
    help="What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules_app = typer.Typer(help="Read a pack: questions, decisions, rules, statements.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Run the command line; every refusal becomes a message on standard error and an exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, _stop)
    gc.disable()  # what one command allocates is needed to its end, and looking through it takes a thirtieth of its time
    try:
        app()
    except EngineFault as fault:
        _refuse(f"engine fault, no answer given; use the usual process without this tool.\n{fault}", ExitCode.ENGINE_FAULT)
    except TriageError as error:
        _refuse(str(error), ExitCode.UNUSABLE)
    except KeyboardInterrupt:
        _refuse("interrupted", ExitCode.INTERRUPTED)


def _stop(*_: object) -> NoReturn:
    """Being told to stop unwinds like any other end, so that no temporary file stays behind."""
    raise SystemExit(ExitCode.STOPPED)


def _refuse(message: str, code: ExitCode) -> NoReturn:
    _tell(f"triage: {message}")
    raise SystemExit(code)


def _tell(message: str) -> None:
    """Say something on standard error; without one, stay silent, since standard output is for data."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"triage {version('vcf-triage')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why."""


@app.command(name="assess", epilog=f"Example: triage assess intake.yaml -a stable=no --format markdown\n\n{EPILOG}")
def assess_command(
    files: Annotated[
        Optional[list[str]], typer.Argument(metavar="[FILE…|-]", help="Intakes in JSON or YAML; - reads standard input.")
    ] = None,
    answer: AnswerOption = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    stamp: StampOption = False,
) -> None:
    """Assess intakes: the outcome, why, what is open, what to ask next. Several files make one sheet."""
    from triage.library import load_pack

    _protect_inputs(files or [], output)
    _choose_format(format, output)
    loaded = load_pack(pack)
    intakes, unreadable = _read_intakes(files or [], answer or [])
    _write_assessments(_assess_all(loaded, intakes, reading, unreadable), loaded, format, output, stamp=stamp)


@app.command(epilog=f"Example: triage interview --save case-17.json\n\n{EPILOG}")
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
    intakes, unreadable = _read_intakes([begin], []) if begin is not None else ([("", Intake({}))], [])
    if unreadable:
        raise RequestError("\n".join(unreadable))
    origin, intake = intakes[0]
    _protect_inputs([str(file) for file in (begin, save) if file is not None], output)
    if save is not None and save.is_file() and (begin in (None, STANDARD_STREAM) or not save.samefile(str(begin))):
        raise RequestError(
            f"{quote(save)} is there already; go on with it by --from {show_name(str(save))}, or save under another name"
        )
    _keep_off_terminal(_choose_format(format, output), output)
    try:
        dialogue = Dialogue(loaded, intake, reading, read=_prompt, tell=_tell, save=partial(_save, save))
    except IntakeError as error:
        raise error.at(origin) from None
    if no_input and not dialogue.is_over():
        raise RequestError(f"--no-input was given, and {dialogue.waits_for()}")
    try:
        dialogue.run()
    except (typer.Abort, KeyboardInterrupt) as ended:
        _tell("")
        if save is None:
            kept = "nothing was saved; --save FILE keeps the answers"
        elif dialogue.intake is intake:
            kept = "nothing was answered, so nothing was saved"
        else:
            kept = f"the answers so far are in {show_name(str(save))}"
        if isinstance(ended, KeyboardInterrupt) or isinstance(ended.__context__, KeyboardInterrupt):
            _refuse(f"interrupted, no outcome is given; {kept}", ExitCode.INTERRUPTED)
        raise RequestError(f"the input ended before the interview did, no outcome is given; {kept}") from None
    by_reason: dict[str, list[str]] = {}
    for name, reason in dialogue.unasked():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        _tell(f"not asked, {reason}: {', '.join(names)}")
    _write_assessments([dialogue.assessment], loaded, format, output, stamp=stamp)


def _prompt(text: str) -> str:
    """One line from terminal or pipe; an empty one is an empty answer, never a default."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        raise RequestError("an interview needs standard input, output and error; one of them is closed")
    # Typer puts the last character of a prompt on standard output even with `err`, which is for the sheet.
    print(f"{text}> ", end="", file=sys.stderr, flush=True)
    line: str = typer.prompt("", default="", show_default=False, prompt_suffix="", err=True)
    if not sys.stdin.isatty():
        _tell("")  # a terminal has shown the end of the line by itself
    return line


def _save(path: Path | None, intake: Intake) -> None:
    if path is not None:
        from triage.files import write_whole
        from triage.intake import dump_intake

        write_whole(path, dump_intake(intake))


@app.command(name="what-if", epilog=f"Example: triage what-if intake.yaml\n\n{EPILOG}")
def what_if(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An intake in JSON or YAML; - reads standard input.")],
    answer: AnswerOption = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: ListFormatOption = None,
    output: OutputOption = None,
) -> None:
    """The smallest changes of answers that change the outcome, and what keeps a procedure out."""
    from triage.library import load_pack
    from triage.report import render_sections
    from triage.sections import describe_alternatives

    _protect_inputs([file], output)
    layout = _choose_list_format(format, output)
    loaded = load_pack(pack)
    intakes, unreadable = _read_intakes([file], answer or [])
    sections = describe_alternatives(loaded, _assess_all(loaded, intakes, reading, unreadable)[0])
    _write(render_sections(sections, layout.value, emphasise=_emphasis(output)), output)


@app.command(epilog=EPILOG)
def demo(pack: PackOption = "vertebral-fracture", format: FormatOption = None, output: OutputOption = None) -> None:
    """Assess the example intakes that come with the pack, one of each outcome; as text a summary, else whole sheets."""
    from triage.files import read_bounded
    from triage.intake import read_intake
    from triage.library import load_pack
    from triage.syntax import MAX_BYTES

    loaded = load_pack(pack)
    files = sorted(Path(loaded.folder, "examples").glob("*.yaml"))
    if not files:
        raise RequestError(f"the pack {loaded.id} has no examples; put intakes into {loaded.folder}/examples")
    intakes = [(file.name, read_intake(read_bounded(str(file), MAX_BYTES), file.name)) for file in files]
    assessments = _assess_all(loaded, intakes, None)
    if _choose_format(format, output) is OutputFormat.text:
        from triage.report import render_demo

        _write(render_demo(assessments, [file.name for file in files], loaded, emphasise=_emphasis(output)), output)
    else:
        _write_assessments(assessments, loaded, format, output)


@app.command(name="replay", epilog=EPILOG)
def replay_command(
    assessment: Annotated[
        str, typer.Argument(metavar="ASSESSMENT", help="JSON that `triage assess` wrote; - reads standard input.")
    ],
    pack: Annotated[
        Optional[str], typer.Option("--pack", metavar="NAME|FOLDER", help="Another pack than the one recorded.")
    ] = None,
) -> None:
    """Assess again from an assessment's own JSON: is the result the same, byte for byte?"""
    from triage.files import read_bounded
    from triage.library import bundled_packs, load_pack
    from triage.replay import MAX_RECORDED, read_records, recorded_pack, replay

    origin = _origin(assessment)
    data = read_bounded(assessment, MAX_RECORDED)
    records = read_records(data, origin)
    name = pack or recorded_pack(records, origin)
    if pack is None and name not in bundled_packs():
        raise RequestError(f"the recorded pack {quote(name)} does not come with this tool; name its folder with --pack")
    loaded = load_pack(name)
    findings = replay(loaded, records, data)
    same = f"the same, byte for byte ({len(records)} assessment{'s' if len(records) > 1 else ''})"
    _write("".join(f"{finding}\n" for finding in (*findings, loaded.header.deferral.text) if findings) or f"{same}\n")
    if findings:
        raise typer.Exit(ExitCode.FOUND)


@app.command(epilog=EPILOG)
def packs() -> None:
    """List the packs that come with the tool."""
    from triage.library import bundled_packs, load_pack

    for name, folder in bundled_packs().items():
        loaded = load_pack(folder)
        _write(f"{name} {loaded.version} · {loaded.header.title} · digest {loaded.digest[:16]} · {folder}\n")


@rules_app.command(epilog=f"Example: triage rules show K1\n\n{EPILOG}")
def show(
    id: Annotated[
        Optional[str],
        typer.Argument(metavar="[RULE|STATEMENT|QUESTION|DECISION|READING]", help="What to show; without it, the whole pack."),
    ] = None,
    pack: PackOption = "vertebral-fracture",
    format: ListFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Show a pack, or one rule, statement, question or decision of it, with what it cites and what cites it."""
    from triage.library import load_pack
    from triage.reference import describe_pack, describe_part
    from triage.report import render_sections

    layout = _choose_list_format(format, output)
    loaded = load_pack(pack)
    sections = describe_pack(loaded) if id is None else describe_part(loaded, id)
    _write(render_sections(sections, layout.value, emphasise=_emphasis(output)), output)


def _read_intakes(files: list[str], answers: list[str]) -> tuple[list[tuple[str, Intake]], list[str]]:
    """Every intake with the name it is told of by, and what is wrong with the files that cannot be read."""
    from triage.files import read_bounded
    from triage.intake import Intake, read_intake
    from triage.syntax import MAX_BYTES

    given = _read_answers(answers)
    if not files and not given:
        raise RequestError("nothing to assess; name a file, or give answers with -a QUESTION=VALUE. See `triage assess --help`.")
    if files.count(STANDARD_STREAM) > 1:
        raise RequestError("standard input (-) can be read once only")
    if not files:
        return [("", Intake(given))], []
    intakes, messages = [], []
    for file in files:
        origin = _origin(file)
        try:
            intake = read_intake(read_bounded(file, MAX_BYTES), origin)
        except TriageError as error:
            messages.append(str(error))
            continue
        for name in given:
            if intake.answers.get(name) not in (None, "", given[name]):
                _tell(f"-a {show_name(name)} replaces {quote(intake.answers[name])} of {show_name(origin)}")
        intakes.append((origin, intake.override(given)))
    return intakes, messages


def _origin(file: str) -> str:
    """What an input is called in messages."""
    return "standard input" if file == STANDARD_STREAM else file


def _read_answers(options: list[str]) -> dict[str, str]:
    answers: dict[str, str] = {}
    problems = []
    for option in options:
        name, equals, value = option.partition("=")
        name = name.strip()
        if not equals:
            problems.append(Problem(f"-a {quote(option)}", "takes QUESTION=VALUE, such as -a collapsed=yes"))
        elif name in answers:
            problems.append(Problem(f"-a {quote(option)}", f"answers {quote(name)} a second time; give one answer"))
        answers[name] = value
    if problems:
        raise IntakeError(problems)
    return answers


def _assess_all(
    pack: Pack, intakes: list[tuple[str, Intake]], reading: str | None, unreadable: Sequence[str] = ()
) -> list[Assessment]:
    """Every intake assessed, or none: problems of all of them are told together, and a reported warning sign with them."""
    from triage.assessment import assess

    assessments, messages = [], list(unreadable)
    for origin, intake in intakes:
        try:
            assessments.append(assess(pack, intake, reading=reading))
        except IntakeError as error:
            messages.append(str(error.at(origin)))
    if messages:
        raise RequestError("\n".join([*messages, *_find_alarms(pack, intakes)]))
    return assessments


def _find_alarms(pack: Pack, intakes: list[tuple[str, Intake]]) -> Iterator[str]:
    """The warning signs that intakes report, whatever else is wrong: a slip elsewhere is not to hide them."""
    from triage.assessment import assess
    from triage.intake import Intake, find_signs

    net = pack.header.safety_net
    for origin, intake in intakes if net is not None else ():
        signs = find_signs(pack, intake)
        level = assess(pack, Intake(signs)).safety_net if signs else None
        if net is not None and level is not None:
            said = next(text.text for text in net.levels if text.level == level.level)
            labels = ", ".join(pack.question[sign].label for sign in signs)
            before = f"{show_name(origin)}: " if origin else ""
            yield f"{before}{labels}: {said} Do not wait for the correction."


def _choose_format(format: OutputFormat | None, output: Path | None) -> OutputFormat:
    """The format asked for, else the one that the name of the output says, else text."""
    ending = output.suffix.lower() if output is not None else ""
    if format is None and ending and ending not in SUFFIXES:
        raise RequestError(f"{quote(ending)} says no format; end the name in {', '.join(SUFFIXES)}, or give a --format")
    return format or SUFFIXES.get(ending, OutputFormat.text)


def _choose_list_format(format: ListFormat | None, output: Path | None) -> ListFormat:
    chosen = _choose_format(OutputFormat(format.value) if format else None, output)
    if chosen.value not in list(ListFormat):
        raise RequestError(f"this is written as {' or '.join(ListFormat)}; name the output accordingly, or give a --format")
    return ListFormat(chosen.value)


def _write_assessments(
    assessments: list[Assessment], pack: Pack, format: OutputFormat | None, output: Path | None, *, stamp: bool = False
) -> None:
    from triage.report import render

    chosen = _choose_format(format, output)
    _keep_off_terminal(chosen, output)
    when = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}" if stamp else None
    if chosen is OutputFormat.pdf:
        _write(render(assessments, pack, "pdf", stamp=when), output)
    else:
        layout = cast("TextFormat", chosen.value)
        _write(render(assessments, pack, layout, emphasise=_emphasis(output), stamp=when), output)


def _keep_off_terminal(format: OutputFormat, output: Path | None) -> None:
    if format is OutputFormat.pdf and _is_for_terminal(output):
        raise RequestError("a PDF is nothing for a terminal; name a file with --output")


def _is_for_terminal(output: Path | None) -> bool:
    return (output is None or str(output) == STANDARD_STREAM) and sys.stdout is not None and sys.stdout.isatty()


def _emphasis(output: Path | None) -> Callable[[str], str]:
    """Bold on a terminal that wants it, nothing anywhere else."""
    if not _is_for_terminal(output) or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return str
    return lambda text: typer.style(text, bold=True)


def _protect_inputs(files: list[str], output: Path | None) -> None:
    """Refuse to write over what is being read."""
    try:
        if output is None or not output.is_file():
            return
        paths = [Path("/dev/stdin") if file == STANDARD_STREAM else Path(file) for file in files]
        read = [path.stat() for path in paths if path.exists()]
        target = output.stat()
        overwrites = any((target.st_dev, target.st_ino) == (other.st_dev, other.st_ino) for other in read)
    except OSError as error:
        raise RequestError(f"{quote(output)} cannot be written: {error.strerror}; nothing was changed") from error
    if overwrites:
        raise RequestError(f"{quote(output)} is one of the intakes; name another file with --output")


def _write(content: str | bytes, output: Path | None = None) -> None:
    from triage.files import write_whole

    if output is not None and str(output) not in (STANDARD_STREAM, "/dev/stdout"):
        write_whole(output, content)
        _tell(f"wrote {show_name(str(output))}")
        return
    if sys.stdout is None:
        raise RequestError("standard output is closed; name a file with --output")
    try:
        left = memoryview(content if isinstance(content, bytes) else content.encode(errors="backslashreplace"))
        while left:  # without a buffer, as in many containers, one write may take a part only
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except OSError as error:
        # Without this Python complains once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # a reader that has seen enough is no failure
            raise RequestError(f"standard output cannot be written: {error.strerror}") from error
