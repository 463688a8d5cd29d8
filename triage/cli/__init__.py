"""The command line: reads what it is given, calls the core, writes the result.

Only here do exit codes and streams have a meaning; `streams.ExitCode` names them. Whatever a command needs is imported inside
it, so that `--help` loads neither the engine nor a pack.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from triage.cli import batch, intakes, interview, rules
from triage.cli.options import EPILOG
from triage.cli.streams import ExitCode, refuse
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
for _commands in (intakes.commands, interview.commands, batch.commands, rules.commands):
    app.add_typer(_commands)
app.add_typer(rules.rules_app, name="rules")


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
