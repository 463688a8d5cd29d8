"""Templates filled by Jinja2. Whatever is put into one is text: autoescape is on, and only the sheet, escaped before, passes it.

A name that a template asks for and is not given is an error, not an empty place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import RequestError

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render_template(name: str, /, **values: object) -> str:
    """A template with these values. Raises RequestError if Jinja2 is not installed."""
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise RequestError("the pages need more than is installed; add it with: pip install jinja2") from None
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
