"""The files that `batch` writes beside its table: each is shown all that is assessed, and finished after the last row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from triage.cli.streams import tell
from triage.errors import RequestError, quote, show_name

if TYPE_CHECKING:
    from triage.batch.references import References
    from triage.batch.rejects import Manner
    from triage.batch.runs import Assessed, Run
    from triage.pack import Pack
    from triage.publication import Publication

SHOWN = 20


class Wanted(NamedTuple):
    """The files that are asked for, and what they are made with."""

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


class Companion(NamedTuple):
    """A file beside the table."""

    collect: Callable[[Assessed], None]
    finish: Callable[[], None] = lambda: None


def open_companions(
    publication: Publication, pack: Pack, run: Run, wanted: Wanted, *, manner: Manner, references: References
) -> Iterator[Companion]:
    """Each loads what it needs when it is wanted: most runs want none."""
    if (rejects := wanted.rejects) is not None:
        from triage.batch.rejects import RejectsWriter

        rejected = RejectsWriter(publication.open(rejects), manner, with_files=wanted.with_files)
        yield Companion(lambda assessed: rejected.write(assessed.rejects))
    if (call_list := wanted.call_list) is not None:
        from triage.batch.worklist import Worklist, render_worklist

        list_file = publication.open(call_list)
        calls = Worklist(pack, with_files=wanted.with_files)

        def write_calls() -> None:
            entries = calls.entries(references.shared())
            list_file.write(render_worklist(pack, entries, wanted.list_format, cases=calls.cases, manner=manner))

        yield Companion(lambda assessed: calls.collect(assessed, wanted.prefix), write_calls)
    if (sheets := wanted.sheets) is not None:
        from triage.batch.sheets import Sheets

        folder = publication.make_folder(sheets)
        papers = Sheets(folder, pack, format=wanted.sheet_format, reading=wanted.reading)
        yield Companion(papers.collect, papers.finish)
    if wanted.tells_formulas:
        from triage.batch.formulas import Formulas

        formulas = Formulas()
        yield Companion(
            lambda assessed: formulas.collect(assessed.batch, assessed.columns), lambda: _tell_formulas(formulas.counts)
        )
    if (summary := wanted.summary) is not None:
        from triage.batch.summary import Tally, render_summary

        page_file = publication.open(summary)
        tally = Tally(pack, wanted.prefix)

        def write_summary() -> None:
            figures = tally.figures(run.rejected, references.shared())
            page_file.write(render_summary(pack, figures, wanted.earlier).encode())

        yield Companion(tally.collect, write_summary)


def _tell_formulas(counts: Mapping[str, int]) -> None:
    columns = ", ".join(f"{show_name(name)} ({count:,})" for name, count in [*counts.items()][:SHOWN])
    if counts:
        tell(f"carried cells begin like a formula, and stay as they came: {columns}; --disarm puts an apostrophe before each")


def read_earlier(previous: str | None) -> Any:
    if previous is None:
        return None
    from triage.batch.summary import read_figures

    return read_figures(previous)


def find_list_format(path: Path | None) -> str:
    known = {"": "csv", ".csv": "csv", ".md": "markdown", ".html": "html", ".htm": "html"}
    ending = path.suffix.lower() if path is not None else ""
    if ending not in known:
        raise RequestError(f"{quote(ending)} says no format of a call-back list; end its name in .csv, .md or .html")
    return known[ending]


def count_rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
