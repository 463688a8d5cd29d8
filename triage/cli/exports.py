"""The commands that give a pack another form: `rules table`, `graph` and `export`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from triage.cli.options import (
    SUFFIXES,
    ExportFormat,
    GraphFormat,
    GraphKind,
    OutputOption,
    PackOption,
    ReadingOption,
    TableFormat,
    choose_format,
    end_help,
)
from triage.cli.streams import emphasis, read_pack, write
from triage.errors import RequestError, quote

commands = typer.Typer()
ENDINGS = {
    ExportFormat.dmn: {".dmn", ".xml"},
    ExportFormat.json_schema: {".json"},
    ExportFormat.fhir_questionnaire: {".json"},
}


@commands.command(name="table", epilog=end_help("triage rules table --output table.csv"))
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
    """The whole decision table. Its rows exclude each other and hold every complete set of answers."""
    from triage.exports.table import tabulate_decision, tabulate_outcome
    from triage.exports.tabulation import render_table

    layout = choose_format(TableFormat, format, output)
    loaded = read_pack(pack, output)
    found = tabulate_outcome(loaded, reading) if decision is None else tabulate_decision(loaded, decision, reading)
    write(render_table(found, loaded, layout.value, emphasise=emphasis(output)), output)


@commands.command(name="graph", epilog=end_help("triage rules graph --what outcomes --output outcomes.svg"))
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
    """Draw a pack. Which decision reads what, or a map from answers to outcomes."""
    from triage.exports.graph import draw_outcomes, draw_requirements
    from triage.exports.mermaid import render_mermaid
    from triage.exports.picture import render_svg

    layout = choose_format(GraphFormat, format, output)
    loaded = read_pack(pack, output)
    drawn = draw_requirements(loaded, reading) if what is GraphKind.requirements else draw_outcomes(loaded, reading)
    write(render_svg(drawn) if layout is GraphFormat.svg else render_mermaid(drawn), output)


@commands.command(name="export", epilog=end_help("triage rules export --to dmn --output pack.dmn"))
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
    if output is not None and output.suffix.lower() in {*SUFFIXES, ".dmn", ".xml"} - ENDINGS[to]:
        raise RequestError(f"{quote(output.suffix)} is no ending for {to.value}; it is {' or '.join(sorted(ENDINGS[to]))}")
    if to is not ExportFormat.dmn and reading is not None:
        raise RequestError(f"--reading changes nothing in {to.value}; leave it out")
    if to is ExportFormat.json_schema:
        from triage.exports.schema import export_schema

        if pack is not None:
            raise RequestError("the JSON Schema is the same for every pack; leave --pack out")
        write(export_schema(), output)
        return
    from triage.library import DEFAULT_PACK

    loaded = read_pack(DEFAULT_PACK if pack is None else pack, output)
    if to is ExportFormat.dmn:
        from triage.exports.dmn import export_dmn

        write(export_dmn(loaded, reading=reading), output)
    else:
        from triage.fhir.questionnaire import export_questionnaire

        write(export_questionnaire(loaded), output)
