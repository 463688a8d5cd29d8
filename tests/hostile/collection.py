"""All cases that are run as commands."""

from __future__ import annotations

from hostile import intakes, packs, places, spellings, tables
from hostile.case import number_cases

CASES = number_cases(case for module in (spellings, intakes, tables, packs, places) for case in module.list_cases())
