"""The command `batch`: a list of intakes in, the same list with its outcomes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Optional

import typer

from triage.batch.tabular import Table, TableFormat, Writer, check_cluster_installed, check_installed, find_format
from triage.cli.options import EPILOG, OutputFormat, PackOption, ReadingOption
from triage.cli.streams import ExitCode, protect_inputs, read_pack, tell
from triage.cli.tables import DelimiterOption, EncodingOption, InputFormatOption, Watch, expand, read_delimiter, show_progress
from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM, making_folder_whole, write_whole, writing_whole

if TYPE_CHECKING:
    from triage.batch.runs import Assessed, Reject, Run
    from triage.batch.tabular import Batch
    from triage.pack import Pack

commands = typer.Typer()
SHOWN = 20


class Engine(StrEnum):
    """Where rows are assessed."""

    local = "local"
    ray = "ray"


@commands.command(name="batch", epilog=f"Example: triage batch tomorrow.csv outcomes.csv --rejects rejects.csv\n\n{EPILOG}")
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
    format: Annotated[OutputFormat, typer.Option("--format", help="Layout of the sheets.")] = OutputFormat.html,
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
    """Assess a table of intakes, one a row: every row with its outcome, its warning signs and what to ask next."""
    check_installed()

    main = None if output == STANDARD_STREAM else Path(output)
    as_parts = engine is Engine.ray and output.endswith("/")
    paths = [path for path in (None if as_parts else main, rejects, call_list, summary) if path is not None]
    _check_engine(engine, address, (*inputs, output), refused=as_parts and bool(call_list or summary or sheets))
    files = expand(inputs, on_cluster=engine is Engine.ray)
    _protect(files, paths, force=force)
    layout = find_format(files[0] if as_parts else output, output_format, "--output-format")
    if disarm and (layout is not TableFormat.csv or engine is not Engine.local):
        raise RequestError("--disarm is for CSV that is written here; leave it out")
    watch = Watch(files if engine is Engine.local else ())
    loaded = read_pack(pack, Path(output))
    begun = time.monotonic()
    with ExitStack() as stack:
        options = {"format": input_format, "delimiter": read_delimiter(delimiter), "encoding": encoding}
        wanted = _Wanted(
            rejects,
            len(files) > 1,
            call_list,
            _find_list_format(call_list),
            summary,
            _read_earlier(previous),
            sheets,
            format.value,
            reading,
            prefix,
            layout is TableFormat.csv and engine is Engine.local and not (disarm or quiet),
        )
        asked = {"reading": reading, "carry": tuple(carry or ()), "prefix": prefix}
        run, writer = _open_run(stack, loaded, files, output, layout, engine=engine, options=options, asked=asked)
        companions = [*_open_companions(stack, loaded, run, wanted)]
        first: list[Reject] = []
        for assessed in show_progress(run.assess(), lambda: (run.rows + run.rejected, run.share), quiet=quiet):
            writer.write(_disarm(assessed) if disarm else assessed.batch, assessed.added)
            for companion in companions:
                companion.collect(assessed)
            first += assessed.rejects[: SHOWN - len(first)]
        writer.close()
        watch.check()
        if strict and run.rejected:
            message = f"{_count(run.rejected, 'row')} cannot be used; nothing was written"
            raise RequestError("\n".join([*map(str, first), message]))
        for companion in companions:
            companion.finish()
    if not quiet:
        _conclude(run, loaded, output, time.monotonic() - begun)
    if run.rejected:
        _tell_rejects(run, first, rejects)
        raise typer.Exit(ExitCode.REJECTED)


class _Wanted(NamedTuple):
    """The files that a run writes beside its table, as far as they are asked for."""

    rejects: Path | None
    with_files: bool
    call_list: Path | None
    list_format: str
    summary: Path | None
    earlier: Any
    sheets: Path | None
    sheet_format: str
    reading: str | None
    prefix: str
    tells_formulas: bool


class _Companion(NamedTuple):
    """A file beside the table: it is shown all that is assessed, and finished after the last row."""

    collect: Callable[[Assessed], None]
    finish: Callable[[], None] = lambda: None


def _open_companions(stack: ExitStack, pack: Pack, run: Run, wanted: _Wanted) -> Iterator[_Companion]:
    """Each loads what it needs when it is wanted: most runs want none."""
    if (rejects := wanted.rejects) is not None:
        from triage.batch.runs import RejectsWriter

        rejected = RejectsWriter(stack.enter_context(writing_whole(rejects)), with_files=wanted.with_files)
        yield _Companion(lambda assessed: rejected.write(assessed.rejects))
    if (call_list := wanted.call_list) is not None:
        from triage.batch.worklist import Worklist, render_worklist

        calls = Worklist(pack)
        yield _Companion(
            lambda assessed: calls.collect(assessed, wanted.prefix),
            lambda: write_whole(call_list, render_worklist(pack, calls.entries(), wanted.list_format)),
        )
    if (sheets := wanted.sheets) is not None:
        from triage.batch.sheets import making_sheets

        papers = making_sheets(sheets, pack, format=wanted.sheet_format, reading=wanted.reading)
        yield _Companion(stack.enter_context(papers).collect)
    if wanted.tells_formulas:
        from triage.batch.formulas import Formulas

        formulas = Formulas()
        yield _Companion(
            lambda assessed: formulas.collect(assessed.batch, assessed.columns), lambda: _tell_formulas(formulas.counts)
        )
    if (summary := wanted.summary) is not None:
        from triage.batch.summary import Tally, render_summary

        tally = Tally(pack, wanted.prefix)
        yield _Companion(
            tally.collect, lambda: write_whole(summary, render_summary(pack, tally.figures(run.rejected), wanted.earlier))
        )


def _disarm(assessed: Assessed) -> Batch:
    from triage.batch.formulas import disarm_batch

    return disarm_batch(assessed.batch, assessed.columns)


def _tell_formulas(counts: Mapping[str, int]) -> None:
    columns = ", ".join(f"{show_name(name)} ({count:,})" for name, count in [*counts.items()][:SHOWN])
    if counts:
        tell(f"carried cells begin like a formula, and stay as they came: {columns}; --disarm puts an apostrophe before each")


def _read_earlier(previous: str | None) -> Any:
    if previous is None:
        return None
    from triage.batch.summary import read_figures

    return read_figures(previous)


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
    pack: Pack,
    files: Sequence[str],
    output: str,
    layout: TableFormat,
    *,
    engine: Engine,
    options: dict[str, Any],
    asked: dict[str, Any],
) -> tuple[Run, Writer]:
    from triage.batch.runs import Run, open_tables, open_writer

    def keep(tables: tuple[Table, ...]) -> tuple[Table, ...]:
        for table in tables:
            stack.callback(table.close)
        return tables

    if engine is Engine.ray:
        from triage.batch.cluster import ClusterRun, Sites, open_inputs
        from triage.batch.workers import Asked

        tables = keep(open_inputs(files, pack, **options))
        parts = stack.enter_context(making_folder_whole(Path(output))) if output.endswith("/") else None
        sites = Sites(tuple(files), options, Path(output).parent, parts, layout)
        run: Run = ClusterRun(pack, tables, sites, asked=Asked(**asked))
    else:
        tables = keep(open_tables(files, pack.question, **options))
        run = Run(pack, tables, **asked)
    # Parts are written where rows are assessed: nothing comes back that this writer could write.
    file = stack.enter_context(TemporaryFile() if output.endswith("/") else writing_whole(Path(output)))  # noqa: SIM115 - on the stack
    return run, open_writer(file, layout, tables[0], run.about)


def _find_list_format(path: Path | None) -> str:
    known = {"": "csv", ".csv": "csv", ".md": "markdown", ".html": "html", ".htm": "html"}
    ending = path.suffix.lower() if path is not None else ""
    if ending not in known:
        raise RequestError(f"{quote(ending)} says no format of a call-back list; end its name in .csv, .md or .html")
    return known[ending]


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


def _conclude(run: Run, pack: Pack, output: str, seconds: float) -> None:
    left_out = f", {_count(run.rejected, 'row')} rejected" if run.rejected else ""
    where = "standard output" if output == STANDARD_STREAM else show_name(output)
    tell(f"wrote {where}: {_count(run.rows, 'row')}{left_out}, {seconds:.1f} s. {pack.header.deferral.text}")


def _tell_rejects(run: Run, first: Sequence[Reject], rejects: Path | None) -> None:
    if rejects is not None:
        tell(f"{_count(run.rejected, 'row')} left out; {show_name(str(rejects))} says why")
        return
    for reject in first:
        tell(str(reject))
    more = run.problems - len(first)
    tell(f"… and {more:,} more; --rejects FILE writes them all" if more > 0 else "these rows were left out")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
