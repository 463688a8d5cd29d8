"""The commands for those who maintain packs: `packs`, and `rules` with what it does."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from triage.cli.options import EPILOG, ListFormat, ListFormatOption, OutputOption, PackOption, choose_format
from triage.cli.streams import emphasis, write

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
