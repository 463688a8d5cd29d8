"""The command line: reads what it is given, calls the core, writes the result.

Only here do exit codes and streams have a meaning: 0 done · 1 `replay` found something · 2 wrong use or unusable input, nothing
written · 4 engine fault, no answer given · 130 interrupted. Data goes to standard output, talk to standard error. Whatever a
command needs is imported inside it, so that `--help` loads neither the engine nor a pack.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

from triage.errors import EngineFault, IntakeError, Problem, RequestError, TriageError, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.intake import Intake
    from triage.pack import Pack


class ExitCode(IntEnum):
    """What the shell is told."""

    DONE = 0
    FOUND = 1
    UNUSABLE = 2
    ENGINE_FAULT = 4
    INTERRUPTED = 130


class OutputFormat(StrEnum):
    """The formats of an assessment."""

    text = "text"
    json = "json"
    markdown = "markdown"


class ListFormat(StrEnum):
    """The formats of a description."""

    text = "text"
    markdown = "markdown"


SUFFIXES = {".json": OutputFormat.json, ".md": OutputFormat.markdown, ".txt": OutputFormat.text}
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
OutputOption = Annotated[
    Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write here, whole or not at all; - is standard output.")
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
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except EngineFault as fault:
        _refuse(f"engine fault, no answer given; use the usual process without this tool.\n{fault}", ExitCode.ENGINE_FAULT)
    except TriageError as error:
        _refuse(str(error), ExitCode.UNUSABLE)
    except KeyboardInterrupt:
        _refuse("interrupted", ExitCode.INTERRUPTED)


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
    answer: Annotated[
        Optional[list[str]],
        typer.Option("--answer", "-a", metavar="QUESTION=VALUE", help="An answer, added to every file or in its place."),
    ] = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Assess intakes: the outcome, why, what is open, what to ask next. Several files make one sheet."""
    from triage.library import load_pack

    intakes = _read_intakes(files or [], answer or [])
    _protect_inputs(files or [], output)
    loaded = load_pack(pack)
    _write_assessments(_assess_all(loaded, intakes, reading), loaded, format, output)


@app.command(epilog=EPILOG)
def demo(pack: PackOption = "vertebral-fracture", format: FormatOption = None, output: OutputOption = None) -> None:
    """Assess the example intakes that come with the pack, one of each outcome."""
    from triage.intake import read_intake
    from triage.library import load_pack

    loaded = load_pack(pack)
    files = sorted(Path(loaded.folder, "examples").glob("*.yaml"))
    if not files:
        raise RequestError(f"the pack {loaded.id} has no examples; put intakes into {loaded.folder}/examples")
    intakes = [(file.name, read_intake(file.read_bytes(), file.name)) for file in files]
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
    from triage.replay import read_records, recorded_pack, replay
    from triage.syntax import MAX_BYTES

    origin = _origin(assessment)
    data = read_bounded(assessment, MAX_BYTES)
    records = read_records(data, origin)
    name = pack or recorded_pack(records, origin)
    if pack is None and name not in bundled_packs():
        raise RequestError(f"the recorded pack {quote(name)} does not come with this tool; name its folder with --pack")
    findings = replay(load_pack(name), records, data)
    same = f"the same, byte for byte ({len(records)} assessment{'s' if len(records) > 1 else ''})"
    _write("".join(f"{finding}\n" for finding in findings or [same]))
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
        typer.Argument(metavar="[RULE|STATEMENT|QUESTION|DECISION]", help="What to show; without it, the whole pack."),
    ] = None,
    pack: PackOption = "vertebral-fracture",
    format: Annotated[ListFormat, typer.Option("--format", help="Layout of the result.")] = ListFormat.text,
    output: OutputOption = None,
) -> None:
    """Show a pack, or one rule, statement, question or decision of it, with what it cites and what cites it."""
    from triage.library import load_pack
    from triage.reference import describe_pack, describe_part
    from triage.report import render_sections

    loaded = load_pack(pack)
    sections = describe_pack(loaded) if id is None else describe_part(loaded, id)
    _write(render_sections(sections, format.value, emphasise=_emphasis(output)), output)


def _read_intakes(files: list[str], answers: list[str]) -> list[tuple[str, Intake]]:
    """Every intake with the name it is told of by; problems of all files are told together."""
    from triage.files import read_bounded
    from triage.intake import Intake, read_intake
    from triage.syntax import MAX_BYTES

    given = _read_answers(answers)
    if not files and not given:
        raise RequestError("nothing to assess; name a file, or give answers with -a QUESTION=VALUE. See `triage assess --help`.")
    if files.count(STANDARD_STREAM) > 1:
        raise RequestError("standard input (-) can be read once only")
    if not files:
        return [("", Intake(given))]
    intakes, messages = [], []
    for file in files:
        origin = _origin(file)
        try:
            intakes.append((origin, read_intake(read_bounded(file, MAX_BYTES), origin).override(given)))
        except TriageError as error:
            messages.append(str(error))
    if messages:
        raise RequestError("\n".join(messages))
    return intakes


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


def _assess_all(pack: Pack, intakes: list[tuple[str, Intake]], reading: str | None) -> list[Assessment]:
    """Every intake assessed, or none: problems of all of them are told together."""
    from triage.assessment import assess

    assessments, messages = [], []
    for origin, intake in intakes:
        try:
            assessments.append(assess(pack, intake, reading=reading))
        except IntakeError as error:
            messages.append(str(error.at(origin)))
    if messages:
        raise RequestError("\n".join(messages))
    return assessments


def _choose_format(format: OutputFormat | None, output: Path | None) -> OutputFormat:
    named = SUFFIXES.get(output.suffix.lower()) if output is not None else None
    return format or named or OutputFormat.text


def _write_assessments(assessments: list[Assessment], pack: Pack, format: OutputFormat | None, output: Path | None) -> None:
    from triage.report import render

    _write(render(assessments, pack, _choose_format(format, output).value, emphasise=_emphasis(output)), output)


def _emphasis(output: Path | None) -> Callable[[str], str]:
    """Bold on a terminal that wants it, nothing anywhere else."""
    to_terminal = (output is None or str(output) == STANDARD_STREAM) and sys.stdout is not None and sys.stdout.isatty()
    if not to_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return str
    return lambda text: typer.style(text, bold=True)


def _protect_inputs(files: list[str], output: Path | None) -> None:
    """Refuse to write over what is being read."""
    if output is None or not output.is_file():
        return
    if any(output.samefile(file) for file in files if file != STANDARD_STREAM):
        raise RequestError(f"{quote(output)} is one of the intakes; name another file with --output")


def _write(text: str, output: Path | None = None) -> None:
    from triage.files import write_whole

    if output is not None and str(output) != STANDARD_STREAM:
        write_whole(output, text)
        _tell(f"wrote {show_name(str(output))}")
        return
    if sys.stdout is None:
        raise RequestError("standard output is closed; name a file with --output")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Without this Python complains once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # a reader that has seen enough is no failure
            raise RequestError(f"standard output cannot be written: {error.strerror}") from error
