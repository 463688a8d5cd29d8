"""durable-rules alone: what the project would cost if it fired the rules anew for every intake and checked nothing.

Kept to the form that neither crashes nor hangs (the design, 6.1): one ruleset a decision, one flat fact, equality only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from fracture import TABLES, Decide, Row, When, list_fields, require
from intakes import Answers


def build() -> Decide:
    """Four rulesets; for each decision one fact, asserted and retracted."""
    engine = require("durable.engine")
    engine._unix_now = time.monotonic  # what the project does too; cheaper than the original
    quiet_host = type("QuietHost", (engine.Host,), {"_run": lambda self: None})  # its timer threads race with the caller
    fired: list[str] = []
    host = quiet_host({name: _write_ruleset(name, rows, fired) for name, rows in TABLES.items()})
    reads = [(name, list_fields(rows)) for name, rows in TABLES.items()]

    def decide(answers: Answers) -> str:
        known = dict(answers)
        for name, fields in reads:
            fact = {"kind": name, **{field: known[field] for field in fields}}
            host.assert_fact(name, fact)
            host.retract_fact(name, fact)
            known[name] = fired.pop()
        return known["discussion"]

    return decide


def _write_ruleset(name: str, rows: list[Row], fired: list[str]) -> dict[str, Any]:
    def note(value: str) -> Callable[[Any], None]:
        return lambda context: fired.append(value)

    return {
        f"{name}_{number}": {"all": [{"m": {"$and": [{"kind": name}, *_write_tests(when)]}}], "run": note(value)}
        for number, (when, value) in enumerate(rows)
    }


def _write_tests(when: When) -> list[dict[str, Any]]:
    return [
        {"$or": [{field: value} for value in values]} if len(values) > 1 else {field: values[0]} for field, values in when.items()
    ]
