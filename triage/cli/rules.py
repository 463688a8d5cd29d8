"""The commands about a pack by itself: `packs`, `rules show` and `check`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Optional

import typer

from triage.cli.options import (
    CheckFormat,
    ListFormat,
    ListFormatOption,
    OutputOption,
    PackOption,
    choose_format,
    end_help,
)
from triage.cli.streams import ExitCode, emphasis, protect_pack, read_pack, tell, write
from triage.errors import RequestError, show_name

commands = typer.Typer()


@commands.command(name="packs", epilog=end_help("triage packs"))
def packs() -> None:
    """List the packs that come with the tool."""
    from triage.library import bundled_packs, load_pack

    for name, folder in bundled_packs().items():
        loaded = load_pack(folder)
        write(f"{name} {loaded.version} · {loaded.header.title} · digest {loaded.digest[:16]} · {folder}\n")


@commands.command(name="show", epilog=end_help("triage rules show K1"))
def show(
    id: Annotated[
        Optional[str],
        typer.Argument(metavar="ID", help="A rule, statement, source, question, decision or reading; else the whole pack."),
    ] = None,
    pack: PackOption = "vertebral-fracture",
    format: ListFormatOption = None,
    output: OutputOption = None,
) -> None:
    """Show a pack, or a part of it by its id. Each part stands with what it cites and what cites it."""
    from triage.reference import describe_pack, describe_part
    from triage.report import render_sections

    layout = choose_format(ListFormat, format, output)
    loaded = read_pack(pack, output)
    sections = describe_pack(loaded) if id is None else describe_part(loaded, id)
    write(render_sections(sections, layout.value, emphasise=emphasis(output)), output)


@commands.command(name="check", epilog=end_help("triage rules check ./my-pack --format sarif --output check.sarif"))
def check(
    packs: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="PACK", help="Packs, each a bundled name, a folder, or a file of a pack; without any, the bundled default."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not hold the cases against every single change of the rules, which takes longest.")
    ] = False,
    removed: Annotated[
        bool,
        typer.Option(
            "--removed",
            help="Also the packs of which the commit that is being made removes a file, as git says; without any, check none.",
        ),
    ] = False,
    format: Annotated[
        Optional[CheckFormat],
        typer.Option("--format", help="Layout of the findings; without it, the name of --output says, else text."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Find what is wrong with a pack. All that can be known without an intake: faults, gaps, idle rules, wording, cases.

    The exit code is 1 if anything is found.
    """
    from importlib.metadata import version

    from triage.library import DEFAULT_PACK, find_pack
    from triage.proofs.checks import check_pack
    from triage.proofs.findings import render_json, render_text
    from triage.proofs.sarif import render_sarif

    layout = choose_format(CheckFormat, format, output)
    names = _name_packs([*(packs or []), *_list_removed()] if removed else packs or [DEFAULT_PACK])
    for name in names:
        protect_pack(find_pack(name), output)
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


def _name_packs(given: list[str]) -> list[str]:
    """The packs to check, each once. A file stands for the pack that it is part of, as a hook names what was changed."""
    from triage.library import bundled_packs
    from triage.proofs.checks import find_folder

    names = {}
    for name in given:
        folder = find_folder(Path(name)) if name not in bundled_packs() and Path(name).is_file() else Path(name)
        if folder is None:
            tell(f"{show_name(name)} is part of no pack, and passed over")
        else:
            names[name if folder == Path(name) else str(folder)] = True
    return list(names)


def _list_removed() -> list[str]:
    """The folders of packs that stay and lose a file by the commit that is being made."""
    import subprocess

    from triage.proofs.checks import find_losing

    command = ["git", "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=D", "--relative", "-z"]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - these words and no others
    except (OSError, subprocess.CalledProcessError) as error:
        raise RequestError("git does not say what is removed here; leave --removed out where there is no repository") from error
    return [str(folder) for folder in find_losing(Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name)]
