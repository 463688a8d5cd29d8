"""The command `batch`: a list of intakes in, the same list with its outcomes out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from triage.batch.tabular import TableFormat, check_installed, find_format
from triage.cli.options import EPILOG, OutputFormat, PackOption, ReadingOption
from triage.cli.streams import ExitCode, protect_inputs, read_pack, tell
from triage.cli.tables import DelimiterOption, EncodingOption, InputFormatOption, expand, read_delimiter, show_progress
from triage.errors import RequestError, quote, show_name
from triage.files import STANDARD_STREAM, write_whole, writing_whole

if TYPE_CHECKING:
    from triage.batch.runs import Reject, Run
    from triage.pack import Pack

commands = typer.Typer()
SHOWN = 20


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
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if any row is rejected.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing of progress and counts.")] = False,
) -> None:
    """Assess a table of intakes, one a row: every row with its outcome, its warning signs and what to ask next."""
    check_installed()

    main = None if output == STANDARD_STREAM else Path(output)
    paths = [path for path in (main, rejects, call_list, summary) if path is not None]
    files = expand(inputs)
    _protect(files, paths, force=force)
    layout = find_format(output, output_format, "--output-format")
    list_format = _find_list_format(call_list)
    loaded = read_pack(pack, Path(output))
    begun = time.monotonic()
    with ExitStack() as stack:
        from triage.batch.runs import RejectsWriter, Run, open_tables, open_writer
        from triage.batch.sheets import making_sheets
        from triage.batch.summary import Tally, read_figures, render_summary
        from triage.batch.worklist import Worklist, render_worklist

        tables = open_tables(files, loaded.question, format=input_format, delimiter=read_delimiter(delimiter), encoding=encoding)
        for table in tables:
            stack.callback(table.close)
        run = Run(loaded, tables, reading=reading, carry=carry or (), prefix=prefix)
        writer = open_writer(stack.enter_context(writing_whole(Path(output))), layout, tables[0], run.about)
        rejected = RejectsWriter(stack.enter_context(writing_whole(rejects)), with_files=len(files) > 1) if rejects else None
        calls, tally = Worklist(loaded), Tally(loaded, prefix)
        papers = stack.enter_context(making_sheets(sheets, loaded, format=format.value, reading=reading)) if sheets else None
        earlier = read_figures(previous) if previous is not None else None
        first: list[Reject] = []
        for assessed in show_progress(run.assess(), lambda: (run.rows + run.rejected, run.share), quiet=quiet):
            writer.write(assessed.batch, assessed.added)
            if call_list is not None:
                calls.collect(assessed, prefix)
            if papers is not None:
                papers.collect(assessed)
            if summary is not None:
                tally.collect(assessed)
            first += assessed.rejects[: SHOWN - len(first)]
            if rejected is not None:
                rejected.write(assessed.rejects)
        writer.close()
        if strict and run.rejected:
            message = f"{_count(run.rejected, 'row')} cannot be used; nothing was written"
            raise RequestError("\n".join([*map(str, first), message]))
        if call_list is not None:
            write_whole(call_list, render_worklist(loaded, calls.entries(), list_format))
        if summary is not None:
            write_whole(summary, render_summary(loaded, tally.figures(run.rejected), earlier))
    if not quiet:
        _conclude(run, loaded, output, time.monotonic() - begun)
    if run.rejected:
        _tell_rejects(run, first, rejects)
        raise typer.Exit(ExitCode.REJECTED)


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
