"""The commands that hold a pack beside its text and beside another version of itself: `rules trace`, `new` and `diff`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from triage.batch.tabular import check_installed
from triage.cli.options import OutputOption, PackOption, ReportFormat, ReportFormatOption, choose_format, end_help
from triage.cli.streams import ExitCode, emphasis, origin_of, protect_inputs, read_pack, tell, write
from triage.cli.tables import DelimiterOption, EncodingOption, InputFormatOption, expand, read_delimiter, show_progress
from triage.errors import RequestError, TriageError, did_you_mean, quote, show_name
from triage.files import STANDARD_STREAM

if TYPE_CHECKING:
    from triage.documents import Segment
    from triage.impact.turns import Impact
    from triage.pack import Pack
    from triage.revisions.saved import Saved

commands = typer.Typer()


@commands.command(name="trace", epilog=end_help("triage rules trace --document page.txt"))
def trace(
    pack: PackOption = "vertebral-fracture",
    document: Annotated[
        Optional[list[str]],
        typer.Option("--document", metavar="[DOCUMENT=]FILE", help="The text of a document, to be compared with the pack."),
    ] = None,
    index: Annotated[
        Optional[str],
        typer.Option("--index", metavar="FILE", help="Only list a text on standard output: its segments, numbers and digests."),
    ] = None,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Trace rules to the sentences of a text. Who cites what, and whether the text still says the same (exit code 1 if not)."""
    if index is not None:
        if document or format is not None or output is not None:
            raise RequestError("--index prints the text of a document, for the terminal alone; leave the other options out")
        write("".join(f"{segment.number} {segment.sha256} {segment.text}\n" for segment in _read_segments(index)))
        return
    from triage.revisions.trace import render_trace
    from triage.revisions.trace import trace as trace_pack

    layout = choose_format(ReportFormat, format, output)
    loaded = read_pack(pack, output)
    files = _name_documents(loaded, document or [])
    protect_inputs(list(files.values()), output)
    traced = trace_pack(loaded, {name: _read_segments(file) for name, file in files.items()})
    write(render_trace(traced, loaded, layout.value, emphasise=emphasis(output)), output)
    if traced.has_findings:
        raise typer.Exit(ExitCode.FOUND)


@commands.command(name="new", epilog=end_help("triage rules new our-leaflet --document leaflet.txt"))
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the pack is called; its folder is called the same.")],
    document: Annotated[
        str, typer.Option("--document", metavar="FILE", help="The text that the pack is made from; - reads standard input.")
    ],
    output_folder: Annotated[
        Path, typer.Option("--output-folder", metavar="FOLDER", help="Where the folder of the pack is made.")
    ] = Path(),
) -> None:
    """Make a starter pack from a text. It has the segments and digests, and a TODO for all that an author has to say."""
    from triage.revisions.starter import write_starter

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


@commands.command(name="diff", epilog=end_help("triage rules diff vertebral-fracture ./my-version --cases saved.json"))
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
    on: Annotated[
        Optional[list[str]],
        typer.Option("--on", metavar="FILE", help="A table of intakes as `triage batch` takes it, or a pattern: count its rows."),
    ] = None,
    input_format: InputFormatOption = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    carry: Annotated[
        Optional[list[str]],
        typer.Option("--carry", metavar="COLUMN", help="This column of --on is no question although it is called nearly so."),
    ] = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="End with exit code 1 if anything differs; with --on, if a row or a saved intake does."),
    ] = False,
    format: ReportFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count the intakes two packs read differently. Every partial one is read; they are grouped by what stands behind it."""
    from triage.report import render_sections
    from triage.revisions.comparison import compare_packs
    from triage.revisions.difference import describe_difference, render_json
    from triage.revisions.saved import SavedComparison

    tables = _find_tables(on or [], cases or [], [input_format, delimiter, encoding, carry])
    protect_inputs([*(cases or []), *tables], output)
    layout = choose_format(ReportFormat, format, output)
    saved = _read_saved(cases or [])
    packs = read_pack(old, output), read_pack(new, output)
    found = compare_packs(*packs, reading)
    compared = SavedComparison(*packs, reading)
    differences = [compared.compare(intake) for intake in saved] if cases else None
    impact = None
    if tables:
        options = {"format": input_format, "delimiter": read_delimiter(delimiter), "encoding": encoding}
        impact = _count_rows(packs, tables, reading, carry or [], options)
    if layout is ReportFormat.json:
        write(render_json(found, differences, impact), output)
    else:
        sections = describe_difference(*packs, found, differences)
        if impact is not None:
            from triage.impact.description import add_impact

            sections = add_impact(sections, *packs, impact)
        write(render_sections(sections, layout.value, emphasise=emphasis(output)), output)
    differs = found.verdict != "the same" if impact is None else impact.differing > 0
    if exit_code and (differs or any(each.differs for each in differences or ())):
        raise typer.Exit(ExitCode.FOUND)


def _find_tables(on: list[str], cases: list[str], options: list[object]) -> list[str]:
    """The tables to count the rows of, found before anything is read."""
    if not on:
        if any(option is not None for option in options):
            raise RequestError("--input-format, --delimiter, --encoding and --carry are about tables; name some with --on")
        return []
    check_installed()
    files = expand(on)
    if STANDARD_STREAM in files and STANDARD_STREAM in cases:
        raise RequestError("standard input (-) can be read once only")
    return files


def _count_rows(
    packs: tuple[Pack, Pack], files: list[str], reading: str | None, carry: list[str], options: dict[str, Any]
) -> Impact:
    from triage.batch.headers import looks_personal
    from triage.batch.runs import open_tables
    from triage.impact.counting import Counting
    from triage.impact.turns import find_impact

    with ExitStack() as stack:
        counting = Counting(*packs, reading, carry=carry)
        tables = open_tables(files, {*packs[0].question, *packs[1].question}, **options)
        for table in tables:
            stack.callback(table.close)
            personal = [name for name in table.columns or () if looks_personal(name) and name not in carry]
            if personal:
                about = f"columns that look as if they identified a person ({', '.join(map(quote, personal[:8]))})"
                tell(f"{show_name(table.name)}: nothing is read or written of the {about}; `triage batch` would refuse them")
        for _ in show_progress(counting.count(tables), lambda: (counting.rows, counting.share)):
            pass
        return find_impact(counting)


def _read_saved(files: list[str]) -> list[Saved]:
    """Every saved intake, or none: what is wrong with the files is told together."""
    from triage.files import read_bounded
    from triage.replay import MAX_RECORDED
    from triage.revisions.saved import read_saved

    found: list[Saved] = []
    messages = []
    for file in files:
        if Path(file).is_dir():
            messages.append(f"{quote(file)} is a folder; name the files in it, each with a --cases of its own")
            continue
        try:
            found += read_saved(read_bounded(file, MAX_RECORDED), origin_of(file))
        except TriageError as error:
            messages.append(str(error))
    if messages:
        raise RequestError("\n".join(messages))
    return found
