"""The command line: reads what it is given, calls the core, writes the result.

Only here do exit codes and streams have a meaning; `streams.ExitCode` names them. Whatever a command needs is imported inside
it, so that `--help` loads neither the engine nor a pack.
"""

from __future__ import annotations

import gc
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, NamedTuple, NoReturn, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command_from_info

from triage.cli.options import EPILOG, EXAMPLE
from triage.cli.streams import ExitCode, refuse
from triage.errors import EngineFault, TriageError
from triage.signals import is_waiting

__all__ = ["app", "main"]

# Which module has which command, in the order of the help.
COMMANDS = {
    "assess": "intakes",
    "what-if": "intakes",
    "demo": "intakes",
    "replay": "intakes",
    "interview": "interview",
    "batch": "batch",
    "serve": "serve",
    "packs": "rules",
}
RULES = {
    "show": "rules",
    "check": "rules",
    "trace": "revisions",
    "new": "revisions",
    "diff": "revisions",
    "table": "exports",
    "graph": "exports",
    "export": "exports",
}

# Seconds after which a signal that was lost comes again, and in which several are taken for one: a terminal that is closed sends
# two, and so do hasty fingers.
_AGAIN = 0.001
_ONE_WISH = 1.0


class _Commands(Mapping[str, Any]):
    """Commands by name, each put together when it is first looked at: a call is about one of them."""

    def __init__(self, homes: Mapping[str, str], groups: Mapping[str, Any]) -> None:
        self._homes = homes
        self._made = dict(groups)
        self._names = (*homes, *groups)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            commands: typer.Typer = import_module(f"triage.cli.{self._homes[name]}").commands
            info = next(info for info in commands.registered_commands if info.name == name)
            self._made[name] = get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _group_of(homes: Mapping[str, str]) -> type[TyperGroup]:
    class Group(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = cast(MutableMapping[str, Any], _Commands(homes, self.commands))  # nobody adds any later

    return Group


app = typer.Typer(
    name="triage",
    cls=_group_of(COMMANDS),
    help="What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why.\n\n"
    "For staff who prepare a consult about an adult, not for patients to use alone. To look at it first: `triage demo`; with\n"
    "somebody on the phone: `triage interview`; with an intake in a file: `triage assess FILE`.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(
    typer.Typer(cls=_group_of(RULES), help="Read, check, trace and compare packs.", epilog=EPILOG, no_args_is_help=True),
    name="rules",
)


def main() -> None:
    """Run the command line; every refusal becomes a message on standard error and an exit code. An interrupt goes through."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    # What is ignored, as after `nohup`, stays so; and what the caller handles is the caller's.
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, _end)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _catch_up
    # A crash leaves no copy of what was read about a person; a process that is started from here inherits it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _came.clear()
    gc.disable()  # what one command allocates is needed to its end, and looking through it takes a thirtieth of its time
    try:
        sys.exit(app(standalone_mode=False, prog_name="triage"))
    except Exception as error:
        if _came:  # what is broken off may say anything, such as that a class cannot be made
            raise _came[-1].by from None
        if isinstance(error, TyperException):
            _refuse_use(error)
        if isinstance(error, EngineFault):
            refuse(f"engine fault, no answer given; use the usual process without this tool.\n{error}", ExitCode.ENGINE_FAULT)
        if isinstance(error, TriageError):
            refuse(str(error), ExitCode.UNUSABLE)
        raise


class _Ending(NamedTuple):
    """A signal that came, by the clock that only goes forwards, and how it ends the command."""

    when: float
    by: BaseException


_came: list[_Ending] = []


def _refuse_use(wrong: Any) -> NoReturn:
    """What Typer found, with the ways out that every other refusal has. `Any`: its errors have no public type."""
    context, found = wrong.ctx, wrong.format_message()
    if context is not None and found == context.get_help():  # nothing was asked for
        print(found, file=sys.stderr)
        raise SystemExit(ExitCode.UNUSABLE)
    found = " ".join(found.replace("Value error, ", "").split())
    found += "" if found.endswith((".", "?")) else "."
    help_of, epilog = (context.command_path, context.command.epilog or "") if context is not None else ("triage COMMAND", "")
    example = next((part for part in epilog.split("\n\n") if part.startswith(EXAMPLE)), "")
    refuse("\n".join(filter(None, (f"{found} See `{help_of} --help`.", example))), ExitCode.UNUSABLE)


def _end(number: int, _: object) -> None:
    """Being told to stop, or left by its terminal, unwinds like an interruption, so that no temporary file stays behind."""
    if is_waiting(number):
        return
    now, before = time.monotonic(), _came[-1].when if _came else -_ONE_WISH
    if now - before < _ONE_WISH:  # what is put away meanwhile would be left lying
        return
    _came.append(_Ending(now, KeyboardInterrupt() if number == signal.SIGINT else SystemExit(ExitCode.STOPPED)))
    raise _came[-1].by


def _catch_up(lost: sys.UnraisableHookArgs) -> None:
    """Where the interpreter drops what is raised, such as in its own locks while it imports, a signal has to come once more."""
    number = {KeyboardInterrupt: signal.SIGINT, SystemExit: signal.SIGTERM}.get(lost.exc_type)
    if number is None:
        sys.__unraisablehook__(lost)
    else:
        import threading

        _came.clear()  # as if it had not come
        main = threading.main_thread().ident or 0
        threading.Timer(_AGAIN, _call_again, (main, number)).start()


def _call_again(main: int, number: int) -> None:
    """Send a signal once the main thread is out of `_catch_up`, where what it raises would be dropped as well."""
    while _is_catching_up(sys._current_frames().get(main)):  # noqa: SLF001 - a documented function, its name notwithstanding
        time.sleep(_AGAIN)
    signal.pthread_kill(main, number)


def _is_catching_up(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not _catch_up.__code__:
        frame = frame.f_back
    return frame is not None


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
    """What holds for every command."""
