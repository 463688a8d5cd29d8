"""What every route is given: the pack, the reading, how the service runs, and where its style and script are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from triage.pack import Pack
from triage.service.settings import Settings


class Context(NamedTuple):
    """`assets` maps the name of a file of `triage/desk/static` to its address, which changes with its content."""

    pack: Pack
    reading: str | None
    settings: Settings
    assets: Mapping[str, str] = MappingProxyType({})
