"""The commands for those who maintain packs: `packs`, and `rules` with what it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.cli.options import (
    EPILOG,
    CheckFormat,
    ExportFormat,
    GraphFormat,
    GraphKind,
    ListFormat,
    ListFormatOption,
    OutputOption,
    PackOption,
    ReadingOption,
    ReportFormat,
    ReportFormatOption,
    TableFormat,
    choose_format,
)
from triage.cli.streams import ExitCode, emphasis, origin_of, protect_inputs, tell, write
from triage.errors import RequestError, TriageError, did_you_mean, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.documents import Segment
    from triage.pack import Pack
    from triage.saved import Saved

commands = typer.Typer()
rules_app = typer.Typer(help="Read, check, trace and compare packs.", no_args_is_help=True, rich_markup_mode=None)


@commands.command(epilog=EPILOG)
def packs() -> None:
    """List the packs that come with the tool."""
    from triage.library import bundled_packs, load_pack

    for name, folder in bundled_packs().items():
        loaded = load_pack(folder)
        write(f"{name} {loaded.version} · {loaded.header.title} · digest {loaded.digest[:16]} · {folder}\n")


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

    layout = choose_format(ListFormat, format, output)
    loaded = load_pack(pack)
    sections = describe_pack(loaded) if id is None else describe_part(loaded, id)
    write(render_sections(sections, layout.value, emphasise=emphasis(output)), output)


@rules_app.command(epilog=f"Example: triage rules check ./my-pack --format sarif --output check.sarif\n\n{EPILOG}")
def check(
    packs: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[PACK…]", help="Packs, each a bundled name, a folder, or a file of a pack; without any, the bundled default."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not hold the cases against every single change of the rules, which takes longest.")
    ] = False,
    format: Annotated[
        Optional[CheckFormat],
        typer.Option("--format", help="Layout of the findings; without it, the name of --output says, else text."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Everything that can be known of a pack without an intake: faults, gaps, idle rules, wording, cases (exit code 1 if any)."""
    from importlib.metadata import version

    from triage.checks import check_pack
    from triage.findings import render_json, render_text
    from triage.sarif import render_sarif

    layout = choose_format(CheckFormat, format, output)
    names = _name_packs(packs)
    protect_inputs([str(file) for name in names for file in Path(name).rglob("*.yaml")], output)
    checked = [check_pack(name, mutate=not quick) for name in names]
    here = Path.cwd()
    match layout:
        case CheckFormat.text:
            write(render_text(checked, here, emphasise=emphasis(output)), output)
        case CheckFormat.json:
            write(render_json(checked, here), output)
        case CheckFormat.sarif:
            write(render_sarif(checked, here, version("vcf-triage")), output)
    if any(checkup.findings for checkup in checked):
        raise typer.Exit(ExitCode.FOUND)


def _name_packs(given: list[str] | None) -> list[str]:
    """The packs to check, each once. A file stands for the pack that it is part of, as a hook names what was changed."""
    from triage.checks import find_folder
    from triage.library import DEFAULT_PACK, bundled_packs

    if not given:
        return [DEFAULT_PACK]
    names = {}
    for name in given:
        folder = find_folder(Path(name)) if name not in bundled_packs() and Path(name).is_file() else Path(name)
        if folder is None:
            tell(f"{show_name(name)} is part of no pack, and passed over")
        else:
            names[name if folder == Path(name) else str(folder)] = True
    return list(names)


@rules_app.command(epilog=f"Example: triage rules trace --document page.txt\n\n{EPILOG}")
def trace(
    pack: PackOption = "vertebral-fracture",
    document: Annotated[
        Optional[list[str]],
        typer.Option("--document", metavar="[DOCUMENT=]FILE", help="The text of a document, to be compared with the pack."),
    ] = None,
    index: Annotated[
        Optional[str],
        typer.Option("--index", metavar="FILE", help="Only print the segments of a text with their numbers and digests."),
    ] = None,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Who cites each statement, what each rule rests on, and whether the documents still say the same (exit code 1 if not)."""
    if index is not None:
        if document or format is not None or output is not None:
            raise RequestError("--index prints the text of a document, for the terminal alone; leave the other options out")
        write("".join(f"{segment.number} {segment.sha256} {segment.text}\n" for segment in _read_segments(index)))
        return
    from triage.library import load_pack
    from triage.trace import render_trace
    from triage.trace import trace as trace_pack

    layout = choose_format(ReportFormat, format, output)
    loaded = load_pack(pack)
    files = _name_documents(loaded, document or [])
    protect_inputs(list(files.values()), output)
    traced = trace_pack(loaded, {name: _read_segments(file) for name, file in files.items()})
    write(render_trace(traced, loaded, layout.value, emphasise=emphasis(output)), output)
    if traced.has_findings:
        raise typer.Exit(ExitCode.FOUND)


@rules_app.command(epilog=f"Example: triage rules new our-leaflet --document leaflet.txt\n\n{EPILOG}")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the pack is called; its folder is called the same.")],
    document: Annotated[
        str, typer.Option("--document", metavar="FILE", help="The text that the pack is made from; - reads standard input.")
    ],
    output_folder: Annotated[
        Path, typer.Option("--output-folder", metavar="FOLDER", help="Where the folder of the pack is made.")
    ] = Path(),
) -> None:
    """Make a starter pack from a text: its segments and digests, and a TODO for everything that an author has to say."""
    from triage.starter import write_starter

    segments = _read_segments(document)
    folder = write_starter(name, "document" if document == STANDARD_STREAM else document, segments, output_folder)
    made = show_name(str(folder))
    tell(f"made {made} from {len(segments)} segments; `triage rules check {made}` names what is left to write")


def _read_segments(file: str) -> tuple[Segment, ...]:
    from triage.documents import read_document
    from triage.files import read_bounded
    from triage.syntax import MAX_BYTES

    return read_document(read_bounded(file, MAX_BYTES), origin_of(file))


def _name_documents(pack: Pack, given: list[str]) -> dict[str, str]:
    """Which file holds which document; a pack of one document needs no name for it."""
    known = [document.document for document in pack.header.documents]
    files: dict[str, str] = {}
    for option in given:
        name, equals, file = option.partition("=")
        if not equals or (name not in known and len(known) == 1):
            name, file = known[0], option
            if len(known) > 1:
                raise RequestError(
                    f"{quote(option)} is the text of which document? Write DOCUMENT=FILE; it is {', '.join(known)}"
                )
        if name not in known:
            raise RequestError(f"this pack has no document {quote(name)}; it has {', '.join(known)}.{did_you_mean(name, known)}")
        if name in files:
            raise RequestError(f"the document {name} is given a second time; give one text for it")
        files[name] = file
    if list(files.values()).count(STANDARD_STREAM) > 1:
        raise RequestError("standard input (-) can be read once only")
    return files


@rules_app.command(epilog=f"Example: triage rules export --to dmn --output pack.dmn\n\n{EPILOG}")
def export(
    to: Annotated[
        ExportFormat,
        typer.Option(
            "--to",
            help="dmn: the decisions as DMN 1.3. json-schema: the structure of a pack's files, for editors. "
            "fhir-questionnaire: the questions as a FHIR R4 Questionnaire.",
        ),
    ],
    pack: Annotated[
        Optional[str], typer.Option("--pack", metavar="NAME|FOLDER", help="The pack: a bundled name, or a folder of one's own.")
    ] = None,
    reading: ReadingOption = None,
    output: OutputOption = None,
) -> None:
    """Write a pack for other programs."""
    if to is not ExportFormat.dmn and reading is not None:
        raise RequestError(f"--reading changes nothing in {to.value}; leave it out")
    if to is ExportFormat.json_schema:
        from triage.schema import export_schema

        if pack is not None:
            raise RequestError("the JSON Schema is the same for every pack; leave --pack out")
        write(export_schema(), output)
        return
    from triage.library import DEFAULT_PACK, load_pack

    loaded = load_pack(DEFAULT_PACK if pack is None else pack)
    if to is ExportFormat.dmn:
        from triage.dmn import export_dmn

        write(export_dmn(loaded, reading=reading), output)
    else:
        from triage.questionnaire import export_questionnaire

        write(export_questionnaire(loaded), output)


@rules_app.command(epilog=f"Example: triage rules diff vertebral-fracture ./my-version --cases saved.json\n\n{EPILOG}")
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The pack as it was: a bundled name, or a folder.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The pack as it is now.")],
    reading: Annotated[
        Optional[str],
        typer.Option("--reading", metavar="NAME", help="The reading to compare; without it, all that both packs have."),
    ] = None,
    cases: Annotated[
        Optional[list[str]],
        typer.Option("--cases", metavar="FILE", help="Saved intakes: an intake, JSON of `triage assess`, or a cases.yaml."),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with exit code 1 if anything differs.")] = False,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Which intakes two packs read differently, counted and grouped by what stands behind it. Every partial intake is read."""
    from triage.comparison import compare_packs
    from triage.difference import describe_difference, render_json
    from triage.library import load_pack
    from triage.report import render_sections
    from triage.saved import SavedComparison

    protect_inputs(cases or [], output)
    layout = choose_format(ReportFormat, format, output)
    saved = _read_saved(cases or [])
    packs = load_pack(old), load_pack(new)
    found = compare_packs(*packs, reading)
    compared = SavedComparison(*packs, reading)
    differences = [compared.compare(intake) for intake in saved] if cases else None
    if layout is ReportFormat.json:
        write(render_json(found, differences), output)
    else:
        write(render_sections(describe_difference(*packs, found, differences), layout.value, emphasise=emphasis(output)), output)
    if exit_code and (found.verdict != "the same" or any(each.differs for each in differences or ())):
        raise typer.Exit(ExitCode.FOUND)


def _read_saved(files: list[str]) -> list[Saved]:
    """Every saved intake, or none: what is wrong with the files is told together."""
    from triage.files import read_bounded
    from triage.replay import MAX_RECORDED
    from triage.saved import read_saved

    found: list[Saved] = []
    messages = []
    for file in files:
        try:
            found += read_saved(read_bounded(file, MAX_RECORDED), origin_of(file))
        except TriageError as error:
            messages.append(str(error))
    if messages:
        raise RequestError("\n".join(messages))
    return found


@rules_app.command(epilog=f"Example: triage rules table --output table.csv\n\n{EPILOG}")
def table(
    decision: Annotated[
        Optional[str],
        typer.Option("--decision", metavar="DECISION", help="This decision, over what it reads; without it, the outcome."),
    ] = None,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: Annotated[
        Optional[TableFormat],
        typer.Option("--format", help="Layout of the table; without it, the name of --output says, else text."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """The whole decision table: rows that exclude each other and hold every complete set of answers."""
    from triage.library import load_pack
    from triage.table import tabulate_decision, tabulate_outcome
    from triage.tabulation import render_table

    layout = choose_format(TableFormat, format, output)
    loaded = load_pack(pack)
    found = tabulate_outcome(loaded, reading) if decision is None else tabulate_decision(loaded, decision, reading)
    write(render_table(found, loaded, layout.value, emphasise=emphasis(output)), output)


@rules_app.command(epilog=f"Example: triage rules graph --what outcomes --output outcomes.svg\n\n{EPILOG}")
def graph(
    what: Annotated[
        GraphKind, typer.Option("--what", help="Which decision reads what, or which answers lead to which outcome.")
    ] = GraphKind.requirements,
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    format: Annotated[
        Optional[GraphFormat],
        typer.Option("--format", help="How it is drawn; without it, the name of --output says, else svg."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """A picture of the pack: its decision requirements, or a map from answers to outcomes."""
    from triage.graph import draw_outcomes, draw_requirements
    from triage.library import load_pack
    from triage.mermaid import render_mermaid
    from triage.picture import render_svg

    layout = choose_format(GraphFormat, format, output)
    loaded = load_pack(pack)
    drawn = draw_requirements(loaded, reading) if what is GraphKind.requirements else draw_outcomes(loaded, reading)
    write(render_svg(drawn) if layout is GraphFormat.svg else render_mermaid(drawn), output)
