"""The reference of the command line, read off the Typer application: no command and no option can be missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from publish.markdown import code, codes, escape, heading, page, prose, table
from triage.cli import app
from triage.cli.options import EPILOG
from triage.cli.streams import ExitCode

# A name of more letters may be broken.
LONG = 30

BEGINNING = """# Commands

Data goes to standard output, talk to standard error, and `-` stands for standard input or output. `NO_COLOR` is heeded. Files
appear whole or not at all. What a command says of an outcome always carries the sentence of the pack that defers to the provider.
"""


def describe_commands() -> str:
    """The page: every command with its arguments, options and example, and what the exit codes mean."""
    root = typer.main.get_command(app)
    blocks = [BEGINNING, _options("triage", root)]
    for name, command in find_commands(root):
        blocks += [heading(2, name, name.replace(" ", "-")), *_describe(name, command)]
    return page(*blocks, *_exit_codes())


def find_commands(group: Any, before: str = "triage") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name. `Any`, since Typer brings a copy of click that it keeps to itself."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from find_commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def _describe(name: str, command: Any) -> Iterator[str]:
    yield prose(command.help or "") + "\n"
    arguments = [_say_argument(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    yield f"```\n{' '.join([name, *arguments, '[OPTIONS]'])}\n```\n"
    yield _options(name, command)
    for paragraph in (command.epilog or "").replace(EPILOG, "").split("\n\n"):
        before, colon, example = paragraph.strip().partition("Example: ")
        if colon:
            yield f"{before}For example:\n\n```\n{example}\n```\n"


def _say_argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _options(name: str, command: Any) -> str:
    context = typer.Context(command, info_name=name)
    rows = []
    for parameter in command.get_params(context):
        names, told = parameter.get_help_record(context)
        if parameter.param_type_name == "argument":
            names = _say_argument(parameter)
        required = " Required." if parameter.required and parameter.param_type_name == "option" else ""
        told = told.partition("[default: ")[0].replace("[required]", "").strip()
        shown = parameter.default not in (None, False) and not callable(parameter.default)
        names, _, choices = names.partition(" <")
        one_of = f" One of {codes(choices[:-1].split('|'))}." if "|" in choices else ""
        long = "{.long}" if len(names) > LONG else ""
        rows.append((code(names) + long, prose(told) + one_of + required, code(str(parameter.default)) if shown else ""))
    return table(("Argument or option", "What it does", "If left out"), rows)


def _exit_codes() -> Iterator[str]:
    yield heading(2, "Exit codes", "exit-codes")
    yield table(("Code", "Meaning"), ((code(str(number)), escape(meaning)) for number, meaning in read_exit_codes()))


def read_exit_codes() -> Iterator[tuple[int, str]]:
    """Every exit code with its meaning, as the program names them."""
    _, _, told = (ExitCode.__doc__ or "").partition(": ")
    for part in " ".join(told.split()).rstrip(".").split(" · "):
        number, _, meaning = part.partition(" ")
        yield int(ExitCode(int(number))), meaning
