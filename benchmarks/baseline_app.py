"""The least that a command of this kind costs: what `cold_start.py` measures the project against. Not part of the project.

Imports durable.engine and yaml, builds one pydantic model of five fields, and runs a Typer app of one command to its end.
"""

from __future__ import annotations

import durable.engine
import typer
import yaml
from pydantic import BaseModel


class Record(BaseModel):
    """Five fields, as a small command would have them."""

    reference: str
    site: str
    fracture: str
    vertebrae: int
    answers: dict[str, str]


app = typer.Typer()


@app.command()
def show(reference: str = "case-17") -> None:
    """Print one line."""
    record = Record(reference=reference, site="L1", fracture="yes", vertebrae=1, answers={"collapsed": "yes"})
    print(record.reference, durable.engine.__name__, yaml.__name__)


if __name__ == "__main__":
    app()
