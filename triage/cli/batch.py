"""The command `batch`: a list of intakes in, the same list with its outcomes out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from triage.batch.tabular import Table, TableFormat, Writer, check_cluster_installed, check_installed, find_format
from triage.cli.companions import Wanted, count_rows, find_list_format, open_companions, read_earlier
from triage.cli.options import OutputFormat, PackOption, ReadingOption, end_help
from triage.cli.streams import ExitCode, protect_inputs, protect_pack, read_pack, tell
from triage.cli.tables import DelimiterOption, EncodingOption, InputFormatOption, Watch, expand, read_delimiter, show_progress
from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM
from triage.formats import FORMATS

if TYPE_CHECKING:
    from triage.batch.rejects import Manner
    from triage.batch.runs import Assessed, Run
    from triage.batch.tabular import Batch
    from triage.cli.attention import Attention
    from triage.pack import Pack
    from triage.publication import Publication

commands = typer.Typer()
SHEETS = OutputFormat("html")  # unless another format is named


class Engine(StrEnum):
    """Where rows are assessed."""

    local = "local"
    ray = "ray"


@commands.command(name="batch", epilog=end_help("triage batch tomorrow.csv outcomes.csv --rejects rejects.csv"))
def batch_command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT…", help="Tables in CSV, JSON Lines or Parquet, or patterns; - reads standard input."),
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="The table to write, whole or not at all; - is standard output.")
    ],
    pack: PackOption = "vertebral-fracture",
    reading: ReadingOption = None,
    input_format: InputFormatOption = None,
    output_format: Annotated[
        Optional[TableFormat], typer.Option("--output-format", help="Format of the output; without it, its name says.")
    ] = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    carry: Annotated[
        Optional[list[str]],
        typer.Option("--carry", metavar="COLUMN", help="Carry this column although its name is close to a question or personal."),
    ] = None,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="Put this before the names of the result columns.")
    ] = "",
    rejects: Annotated[
        Optional[Path], typer.Option("--rejects", metavar="FILE", help="Write the rows that were left out here, and why (CSV).")
    ] = None,
    call_list: Annotated[
        Optional[Path],
        typer.Option("--call-list", metavar="FILE", help="Write what to ask of whom, for which cases (.csv, .md or .html)."),
    ] = None,
    summary: Annotated[
        Optional[Path], typer.Option("--summary", metavar="FILE.html", help="Write counts and shares as a page with pictures.")
    ] = None,
    previous: Annotated[
        Optional[str], typer.Option("--previous", metavar="FILE.html", help="Set an earlier summary beside the new one.")
    ] = None,
    sheets: Annotated[
        Optional[Path],
        typer.Option("--sheets", metavar="FOLDER", help="Write a consult sheet for each row, in a new folder."),
    ] = None,
    format: Annotated[OutputFormat, typer.Option("--format", help="Layout of the sheets.")] = SHEETS,
    engine: Annotated[
        Engine, typer.Option("--engine", help="Assess on this machine, or on a Ray cluster; OUTPUT/ is then a folder of parts.")
    ] = Engine.local,
    address: Annotated[
        Optional[str], typer.Option("--address", metavar="HOST:PORT", help="The Ray cluster; else the one that is running here.")
    ] = None,
    disarm: Annotated[
        bool, typer.Option("--disarm", help="CSV: an apostrophe before carried cells that a spreadsheet takes for formulas.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if any row is rejected.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing of progress and counts.")] = False,
) -> None:
    """Assess a table of intakes, one a row. Each gets its outcome, its warning signs and what to ask next."""
    check_installed()
    from triage.publication import publishing

    if sheets is not None:
        FORMATS[format].check()
    main = None if output == STANDARD_STREAM else Path(output)
    as_parts = engine is Engine.ray and output.endswith("/")
    paths = [path for path in (None if as_parts else main, rejects, call_list, summary) if path is not None]
    _check_engine(engine, address, (*inputs, output), refused=as_parts and bool(call_list or summary or sheets))
    files = expand(inputs, on_cluster=engine is Engine.ray)
    _protect([*files, *([previous] if previous is not None else [])], paths, force=force)
    layout = find_format(files[0] if as_parts else output, output_format, "--output-format")
    if disarm and (layout is not TableFormat.csv or engine is not Engine.local):
        raise RequestError("--disarm is for CSV that is written here; leave it out")
    watch = Watch(files if engine is Engine.local else ())
    loaded = read_pack(pack, Path(output))
    for path in paths:
        protect_pack(Path(loaded.folder), path)
    begun = time.monotonic()
    with ExitStack() as stack:
        attention = stack.enter_context(_attending(loaded, with_files=len(files) > 1, strict=strict))
        publication = stack.enter_context(publishing(replaces=force))
        options = {"format": input_format, "delimiter": read_delimiter(delimiter), "encoding": encoding}
        wanted = Wanted(
            rejects,
            len(files) > 1,
            call_list,
            find_list_format(call_list),
            summary,
            read_earlier(previous),
            sheets,
            format.value,
            reading,
            prefix,
            layout is TableFormat.csv and engine is Engine.local and not (disarm or quiet),
        )
        asked = {"reading": reading, "carry": tuple(carry or ()), "prefix": prefix}
        run, writer, manner = _open_run(
            stack, publication, loaded, files, output, layout, engine=engine, options=options, asked=asked
        )
        companions = [*open_companions(publication, loaded, run, wanted, manner=manner, references=attention.references)]
        for assessed in show_progress(run.assess(), lambda: (run.rows + run.rejected, run.share), quiet=quiet):
            attention.collect(assessed)
            writer.write(_disarm(assessed) if disarm else assessed.batch, assessed.added)
            for companion in companions:
                companion.collect(assessed)
        writer.close()
        watch.check()
        if strict and run.rejected:
            raise RequestError("\n".join(attention.refuse(run)))
        for companion in companions:
            companion.finish()
    if not quiet:
        attention.tell_compared(run)
        beside = [str(path) for path in (rejects, call_list, summary, sheets) if path is not None]
        _conclude(run, loaded, (output, *beside), time.monotonic() - begun)
    if run.rejected:
        attention.tell_rejects(run, rejects)
        raise typer.Exit(ExitCode.REJECTED)


@contextmanager
def _attending(pack: Pack, *, with_files: bool, strict: bool) -> Iterator[Attention]:
    """Whatever comes of a run, the warning signs that it met and answers for nowhere are said."""
    from triage.cli.attention import Attention

    attention = Attention(pack, with_files=with_files, strict=strict)
    try:
        yield attention
    finally:
        attention.tell_alarms()
        attention.tell_shared()


def _disarm(assessed: Assessed) -> Batch:
    from triage.batch.formulas import disarm_batch

    return disarm_batch(assessed.batch, assessed.columns)


def _check_engine(engine: Engine, address: str | None, names: Sequence[str], *, refused: bool) -> None:
    """Join the cluster, if one is asked for and can do what is asked of it."""
    if engine is Engine.local:
        if address is not None:
            raise RequestError("--address names a cluster, which --engine ray asks for; add that, or leave out --address")
        return
    if STANDARD_STREAM in names:
        raise RequestError("the nodes of a cluster have no standard input or output of yours; name files that all of them see")
    if refused:
        lists = "--call-list, --summary and --sheets"
        raise RequestError(f"{lists} are made of rows that come back here, and parts do not; name one file as OUTPUT")
    check_cluster_installed()
    from triage.batch.cluster import connect

    connect(address or "auto")


def _open_run(
    stack: ExitStack,
    publication: Publication,
    pack: Pack,
    files: Sequence[str],
    output: str,
    layout: TableFormat,
    *,
    engine: Engine,
    options: dict[str, Any],
    asked: dict[str, Any],
) -> tuple[Run, Writer, Manner]:
    from triage.batch.runs import Run, manner_of, open_tables, open_writer

    def keep(tables: tuple[Table, ...]) -> tuple[Table, ...]:
        for table in tables:
            stack.callback(table.close)
        return tables

    if engine is Engine.ray:
        from triage.batch.cluster import ClusterRun, Sites, open_inputs
        from triage.batch.workers import Asked

        tables = keep(open_inputs(files, pack, **options))
        parts = publication.make_folder(Path(output)) if output.endswith("/") else None
        sites = Sites(tuple(files), options, Path(output).parent, parts, layout)
        run: Run = ClusterRun(pack, tables, sites, asked=Asked(**asked))
    else:
        tables = keep(open_tables(files, pack.question, **options))
        run = Run(pack, tables, **asked)
    # Parts are written where rows are assessed: nothing comes back that this writer could write.
    nowhere = Path(os.devnull)
    file = publication.open(nowhere if output.endswith("/") else Path(output))
    return run, open_writer(file, layout, tables[0], run.about), manner_of(tables[0])


def _protect(files: list[str], outputs: Sequence[Path], *, force: bool) -> None:
    resolved = [path.resolve() for path in outputs]
    if len(set(resolved)) < len(resolved):
        raise RequestError("two outputs have the same name; give each its own")
    for path in outputs:
        protect_inputs(files, path)
        if path.is_dir():
            raise RequestError(f"{quote(path)} is a folder; name a file")
        if path.is_file() and not force:
            raise RequestError(f"{quote(path)} is there already; --force replaces it")


def _conclude(run: Run, pack: Pack, written: Sequence[str], seconds: float) -> None:
    left_out = f", {count_rows(run.rejected)} rejected" if run.rejected else ""
    where = ", ".join("standard output" if name == STANDARD_STREAM else show_name(name) for name in written)
    tell(f"wrote {where}: {count_rows(run.rows)}{left_out}, {seconds:.1f} s. {pack.header.deferral.text}")
