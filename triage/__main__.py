"""The way in: `triage …`, `python -m triage …`, and `python cli.py …` of a checkout.

It imports next to nothing, so that Ctrl-C while the rest is imported, for a quarter of a second, ends as it does later.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; see `triage.cli`."""
    try:
        try:
            sys.unraisablehook = _end_if_interrupted
            from triage.cli import main as run

            sys.unraisablehook = sys.__unraisablehook__
        except ModuleNotFoundError as missing:
            remedy = "in a checkout, `make demo` installs it, and .venv/bin/triage runs"
            sys.exit(f"triage: {missing.name} is not installed for this Python; {remedy}")
        run()
    except KeyboardInterrupt:
        sys.exit(130)  # in silence, as Typer has it
    except RuntimeError as error:  # as which Python 3.11 passes on what interrupts it while it makes a class
        if isinstance(error.__cause__, KeyboardInterrupt):
            sys.exit(130)
        raise
    finally:
        # After an interruption inside an `eval`, such as Typer's of annotations, Python ends by the signal, whoever caught it.
        eval("None")  # noqa: S307 - the next one has it forgotten, and nothing else does


def _end_if_interrupted(dropped: sys.UnraisableHookArgs) -> None:
    """Python drops what interrupts it in some of its own locks while it imports. Nothing is begun yet that has to be ended."""
    if dropped.exc_type is KeyboardInterrupt:
        os._exit(130)
    sys.__unraisablehook__(dropped)


if __name__ == "__main__":
    main()
