"""The fracture decision of the pack `vertebral-fracture`, reading `broad`, once for all competitors of `engines.py`.

`TABLES` has the rows as the pack has them, `CHOICES` the same four decisions in the shortest formulas that keep the chain,
for engines that are faster on a formula than on a table. Both are held against `decide_by_hand` before anything is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from intakes import Answers

Decide = Callable[[Answers], str]
When = dict[str, tuple[str, ...]]
Row = tuple[When, str]

INSTALL = "pip install durable_rules==2.0.28 zen-engine==2.1.3 rule-engine==5.1.0 business-rules==1.1.1"

_SHOWN = ("described", "described_for_some")
_NAMED = ("described", "described_in_part")
_YES, _NO, _NOT = ("yes",), ("no",), ("not_described",)
TABLES: dict[str, list[Row]] = {
    "presentation": [
        ({"fracture": _YES, "painful": _YES, "cause": ("osteoporosis", "trauma")}, "described"),
        ({"fracture": _YES, "painful": _YES, "cause": ("cancer",)}, "described_for_some"),
        ({"fracture": _YES, "painful": _YES, "cause": ("other",)}, "not_described"),
        ({"fracture": _YES, "painful": _NO}, "not_described"),
        ({"fracture": _NO}, "not_described"),
    ],
    "vertebroplasty": [
        ({"presentation": _SHOWN, "stable": _YES}, "described"),
        ({"presentation": _SHOWN, "stable": _NO}, "not_described"),
        ({"presentation": _NOT}, "not_described"),
    ],
    "kyphoplasty": [
        ({"presentation": _SHOWN, "collapsed": _YES, "height_restoration": _YES}, "described"),
        ({"presentation": _SHOWN, "collapsed": _YES, "height_restoration": _NO}, "described_in_part"),
        ({"presentation": _SHOWN, "collapsed": _NO}, "not_described"),
        ({"presentation": _NOT}, "not_described"),
    ],
    "discussion": [
        ({"vertebroplasty": ("described",), "kyphoplasty": _NAMED}, "both"),
        ({"vertebroplasty": ("described",), "kyphoplasty": _NOT}, "vertebroplasty"),
        ({"vertebroplasty": _NOT, "kyphoplasty": _NAMED}, "kyphoplasty"),
        ({"vertebroplasty": _NOT, "kyphoplasty": _NOT}, "outside_documents"),
    ],
}

# `$.name` is the value of an earlier line, as zen-engine writes it; rule-engine takes the formulas without the `$.`
CHOICES = {
    "presentation": 'fracture == "yes" and painful == "yes"'
    ' ? (cause == "cancer" ? "described_for_some" : (cause == "other" ? "not_described" : "described"))'
    ' : "not_described"',
    "vertebroplasty": '$.presentation != "not_described" and stable == "yes" ? "described" : "not_described"',
    "kyphoplasty": '$.presentation != "not_described" and collapsed == "yes"'
    ' ? (height_restoration == "yes" ? "described" : "described_in_part") : "not_described"',
    "discussion": '$.vertebroplasty == "described"'
    ' ? ($.kyphoplasty == "not_described" ? "vertebroplasty" : "both")'
    ' : ($.kyphoplasty == "not_described" ? "outside_documents" : "kyphoplasty")',
}


def decide_by_hand(answers: Answers) -> str:
    """Plain if/else over the answers: the reference for all the others, and the floor of what the decision can cost."""
    if answers["fracture"] != "yes" or answers["painful"] != "yes" or answers["cause"] == "other":
        return "outside_documents"
    if answers["stable"] == "yes":
        return "both" if answers["collapsed"] == "yes" else "vertebroplasty"
    return "kyphoplasty" if answers["collapsed"] == "yes" else "outside_documents"


def list_fields(rows: list[Row]) -> list[str]:
    """What a table reads, in the order of first mention."""
    return list(dict.fromkeys(field for when, _ in rows for field in when))


def require(module: str) -> Any:
    """An optional package, or the end of the run with the line that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise SystemExit(f"benchmarks/engines.py compares with {module}, which is not installed: {INSTALL}") from error
