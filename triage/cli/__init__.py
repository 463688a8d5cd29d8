"""The command line: reads what it is given, calls the core, writes the result.

Only here do exit codes and streams have a meaning; `streams.ExitCode` names them. Whatever a command needs is imported inside
it, so that `--help` loads neither the engine nor a pack.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from triage.cli import batch, intakes, interview
from triage.cli.options import EPILOG
from triage.cli.streams import ExitCode, refuse, write
from triage.errors import EngineFault, TriageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="triage",
    help="What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands = typer.Typer()


@commands.command(epilog=EPILOG)
def packs() -> None:
    """List the packs that come with the tool."""
    from triage.library import bundled_packs, load_pack

    for name, folder in bundled_packs().items():
        loaded = load_pack(folder)
        write(f"{name} {loaded.version} · {loaded.header.title} · digest {loaded.digest[:16]} · {folder}\n")


class _RulesGroup(TyperGroup):
    """`rules` with its commands, which are put together when they are asked for: most calls are about intakes."""

    def list_commands(self, ctx: Any) -> list[str]:
        return self._load().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self._load().get_command(ctx, cmd_name)

    def _load(self) -> TyperGroup:
        from triage.cli import exports, revisions, rules

        every = typer.Typer(rich_markup_mode=None)
        for commands in (rules.commands, revisions.commands, exports.commands):
            every.add_typer(commands)
        return typer.main.get_group(every)


for _commands in (intakes.commands, interview.commands, batch.commands, commands):
    app.add_typer(_commands)
app.add_typer(
    typer.Typer(cls=_RulesGroup, help="Read, check, trace and compare packs.", no_args_is_help=True, rich_markup_mode=None),
    name="rules",
)


def main() -> None:
    """Run the command line; every refusal becomes a message on standard error and an exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGTERM, _stop)
    gc.disable()  # what one command allocates is needed to its end, and looking through it takes a thirtieth of its time
    try:
        app()
    except EngineFault as fault:
        refuse(f"engine fault, no answer given; use the usual process without this tool.\n{fault}", ExitCode.ENGINE_FAULT)
    except TriageError as error:
        refuse(str(error), ExitCode.UNUSABLE)
    except KeyboardInterrupt:
        refuse("interrupted", ExitCode.INTERRUPTED)


def _stop(*_: object) -> NoReturn:
    """Being told to stop unwinds like any other end, so that no temporary file stays behind."""
    raise SystemExit(ExitCode.STOPPED)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"triage {version('vcf-triage')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why."""
