"""The commands about intakes: `assess`, `demo`, `what-if`, `replay`; and how intakes are read from files and options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.cli.options import (
    AnswerOption,
    FormatOption,
    ListFormat,
    ListFormatOption,
    OutputFormat,
    OutputOption,
    PackOption,
    ReadingOption,
    StampOption,
    choose_format,
    end_help,
)
from triage.cli.streams import ExitCode, emphasis, is_for_terminal, origin_of, protect_inputs, read_pack, tell, write
from triage.errors import IntakeError, Problem, RequestError, TriageError, quote, show_name
from triage.files import STANDARD_STREAM
from triage.formats import FORMATS, render

if TYPE_CHECKING:
    from triage.assessment import Assessment
    from triage.intake import Intake
    from triage.pack import Pack

commands = typer.Typer()


@commands.command(name="assess", epilog=end_help("triage assess intake.yaml --format markdown"))
def assess_command(
    files: Annotated[
        Optional[list[str]], typer.Argument(metavar="FILE…|-", help="Intakes in JSON or YAML; - reads standard input.")
    ] = None,
    answer: AnswerOption = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
    stamp: StampOption = False,
) -> None:
    """Assess intakes: outcome, why, what is open. It says what to ask next, too; several files make one sheet."""
    protect_inputs(files or [], output)
    chosen = choose_sheet(format, output)
    loaded = read_pack(pack, output)
    intakes, unreadable = read_intakes(files or [], answer or [])
    write_assessments(assess_all(loaded, intakes, reading, unreadable), loaded, chosen, output, stamp=stamp)


@commands.command(name="what-if", epilog=end_help("triage what-if intake.yaml"))
def what_if(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An intake in JSON or YAML; - reads standard input.")],
    answer: AnswerOption = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: ListFormatOption = None,
    output: OutputOption = None,
) -> None:
    """What would change the outcome of an intake. The smallest changes of answers that do, and what keeps a procedure out."""
    from triage.report import render_alternatives

    protect_inputs([file], output)
    layout = choose_format(ListFormat, format, output)
    loaded = read_pack(pack, output)
    intakes, unreadable = read_intakes([file], answer or [])
    assessment = assess_all(loaded, intakes, reading, unreadable)[0]
    write(render_alternatives(assessment, loaded, layout.value, emphasise=emphasis(output)), output)


@commands.command(name="demo", epilog=end_help("triage demo --format html --output demo.html"))
def demo(pack: PackOption = "vertebral-fracture", format: FormatOption = None, output: OutputOption = None) -> None:
    """Assess the examples that come with a pack. There is one of each outcome; as text a summary, else whole sheets."""
    from triage.files import read_bounded
    from triage.intake import read_intake
    from triage.library import DEFAULT_PACK
    from triage.syntax import MAX_BYTES

    chosen = choose_sheet(format, output)
    loaded = read_pack(pack, output)
    files = sorted(Path(loaded.folder, "examples").glob("*.yaml"))
    if not files:
        raise RequestError(f"the pack {loaded.id} has no examples; put intakes into {loaded.folder}/examples")
    intakes = [(file.name, read_intake(read_bounded(str(file), MAX_BYTES), file.name)) for file in files]
    assessments = assess_all(loaded, intakes, None)
    if chosen == "text":
        from triage.report import render_demo

        option = "" if pack == DEFAULT_PACK else f"--pack {shlex.quote(pack)}"
        names = [file.name for file in files]
        write(render_demo(assessments, names, loaded, option=option, emphasise=emphasis(output)), output)
    else:
        write_assessments(assessments, loaded, chosen, output)


@commands.command(name="replay", epilog=end_help("triage replay assessment.json"))
def replay_command(
    assessment: Annotated[
        str, typer.Argument(metavar="ASSESSMENT", help="JSON that `triage assess` wrote; - reads standard input.")
    ],
    pack: Annotated[
        Optional[str], typer.Option("--pack", metavar="NAME|FOLDER", help="Another pack than the one recorded.")
    ] = None,
) -> None:
    """Assess again from the JSON of an assessment. Is the result the same, byte for byte?"""
    from triage.files import read_bounded
    from triage.library import bundled_packs, load_pack
    from triage.replay import MAX_RECORDED, read_records, recorded_pack, replay

    origin = origin_of(assessment)
    data = read_bounded(assessment, MAX_RECORDED)
    records = read_records(data, origin)
    name = pack or recorded_pack(records, origin)
    if pack is None and name not in bundled_packs():
        raise RequestError(f"the recorded pack {quote(name)} does not come with this tool; name its folder with --pack")
    loaded = load_pack(name)
    findings = replay(loaded, records, data)
    same = f"the same, byte for byte ({len(records)} assessment{'s' if len(records) > 1 else ''})"
    write("".join(f"{finding}\n" for finding in (*findings, loaded.header.deferral.text) if findings) or f"{same}\n")
    if findings:
        raise typer.Exit(ExitCode.FOUND)


def read_intakes(files: list[str], answers: list[str]) -> tuple[list[tuple[str, Intake]], list[TriageError]]:
    """Every intake with the name it is told of by, and what is wrong with the files that cannot be read."""
    from triage.files import read_bounded
    from triage.intake import Intake, read_intake
    from triage.syntax import MAX_BYTES

    given = read_answers(answers)
    if not files and not given:
        raise RequestError("nothing to assess; name a file, or give answers with -a QUESTION=VALUE. See `triage assess --help`.")
    if files.count(STANDARD_STREAM) > 1:
        raise RequestError("standard input (-) can be read once only")
    if not files:
        return [("", Intake(given))], []
    intakes: list[tuple[str, Intake]] = []
    unreadable: list[TriageError] = []
    for file in files:
        origin = origin_of(file)
        if "=" in file and not Path(file).exists():
            unreadable.append(RequestError(f"{quote(file)} is no file; an answer is given by -a in front of it"))
            continue
        try:
            intake = read_intake(read_bounded(file, MAX_BYTES), origin)
        except TriageError as error:
            unreadable.append(error)
            continue
        for name in given:
            if intake.answers.get(name) not in (None, "", given[name]):
                tell(f"-a {show_name(name)} replaces {quote(intake.answers[name])} of {show_name(origin)}")
        intakes.append((origin, intake.override(given)))
    return intakes, unreadable


def read_answers(options: list[str]) -> dict[str, str]:
    """The answers of the options -a. Raises IntakeError with everything wrong with them."""
    answers: dict[str, str] = {}
    problems = []
    for option in options:
        name, equals, value = option.partition("=")
        name = name.strip()
        if not equals:
            problems.append(
                Problem(f"-a {quote(option)}", "takes QUESTION=VALUE, the id of a question and one of its values, without spaces")
            )
        elif name in answers:
            problems.append(Problem(f"-a {quote(option)}", f"answers {quote(name)} a second time; give one answer"))
        answers[name] = value
    if problems:
        raise IntakeError(problems)
    return answers


def assess_all(
    pack: Pack, intakes: list[tuple[str, Intake]], reading: str | None, unreadable: Sequence[TriageError] = ()
) -> list[Assessment]:
    """Every intake assessed, or none: problems of all of them are told together, and a reported warning sign with them.

    A sign that one intake of a reference reports holds for all intakes of it, which is told.
    """
    from triage.assessment import assess
    from triage.intake import Intake

    assessments, messages = [], list(map(str, unreadable))
    for origin, intake in _carry_signs(pack, intakes):
        try:
            assessments.append(assess(pack, intake, reading=reading))
        except IntakeError as error:
            messages += [str(error.at(origin)), *_find_pack(pack, intake)]
    if messages:
        salvaged = [(error.origin, Intake(error.answers)) for error in unreadable if isinstance(error, IntakeError)]
        raise RequestError("\n".join([*messages, *_find_alarms(pack, [*intakes, *salvaged])]))
    return assessments


def _find_pack(pack: Pack, intake: Intake) -> Iterator[str]:
    """The bundled packs that an intake may be meant for, where the one at hand asks none of its questions."""
    from triage.library import bundled_packs, load_pack

    asked = set(intake.answers)
    if not asked or asked & set(pack.question):
        return
    knowing = [name for name in bundled_packs() if name != pack.id and asked <= set(load_pack(name).question)]
    if knowing:
        options = " or ".join(f"--pack {name}" for name in knowing)
        yield f"The pack {pack.id} asks none of these questions. Another pack does: try {options}"


def _carry_signs(pack: Pack, intakes: list[tuple[str, Intake]]) -> list[tuple[str, Intake]]:
    from triage.intake import carry_signs

    origins = [origin for origin, _ in intakes]
    changed, carried = carry_signs(pack, [intake for _, intake in intakes])
    for sign, giver, taker, replaced in carried:
        label = f"{pack.question[sign].label} ({sign}), which {show_name(origins[giver])} reports"
        instead = "" if replaced in (None, "") else f" in place of {quote(replaced)}"
        about = f"both are about {show_name(str(changed[taker].reference))}"
        tell(f"{label}, holds for {show_name(origins[taker])}{instead} too, since {about}")
    return list(zip(origins, changed, strict=True))


def _find_alarms(pack: Pack, intakes: list[tuple[str, Intake]]) -> Iterator[str]:
    """The warning signs that intakes report, whatever else is wrong: a slip elsewhere is not to hide them."""
    from triage.alarms import find_alarm_of

    for origin, intake in intakes:
        alarm = find_alarm_of(pack, intake)
        if alarm is not None:
            yield f"{show_name(origin)}: {alarm}" if origin else str(alarm)


def choose_sheet(format: OutputFormat | None, output: Path | None) -> OutputFormat:
    """The format of a sheet, which can be made here and written there: nobody is to answer questions in vain."""
    chosen = choose_format(OutputFormat, format, output)
    if not FORMATS[chosen].is_for_terminals and is_for_terminal(output):
        raise RequestError(f"a {FORMATS[chosen].title} is nothing for a terminal; name a file with --output")
    FORMATS[chosen].check()
    return chosen


def write_assessments(
    assessments: list[Assessment], pack: Pack, format: OutputFormat, output: Path | None, *, stamp: bool = False
) -> None:
    when = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}" if stamp else None
    write(render(assessments, pack, format, emphasise=emphasis(output), stamp=when), output)
