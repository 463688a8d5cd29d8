"""The codes that a check of a pack can give, read off the tables of the program."""

from __future__ import annotations

from publish.markdown import code, escape, heading, page, prose, table
from triage.proofs.codes import CODES, LOAD_CODES
from triage.revisions.trace import REMEDIES

BEGINNING = """# Findings

Each finding has a code, a place as `file:line:column`, what is wrong, and what to do about it. Codes are kept: filter by them.
`triage rules check` exits with 1 if it finds anything.
"""


def describe_findings() -> str:
    """The page: what is found once a pack is loaded, what keeps it from being loaded, what a changed document brings up."""
    return page(
        BEGINNING,
        heading(2, "Found by going through the answers", "checks"),
        table(("Code", "Means", "What to do"), ((_name(name), *map(prose, told)) for name, told in CODES.items())),
        heading(2, "Faults that keep a pack from being loaded", "faults"),
        "The message says itself what to do.\n",
        table(("Code", "Means"), ((_name(name), escape(told.title)) for name, told in LOAD_CODES.items())),
        heading(2, "Found by comparing a document", "documents"),
        "`triage rules trace --document FILE` gives these.\n",
        table(("Code", "What to do"), ((_name(name), prose(remedy)) for name, remedy in REMEDIES.items())),
    )


def _name(name: str) -> str:
    return f"{code(name)}{{#{name}}}"
