"""zen-engine (GoRules), three ways: decision tables, expressions, and one bare formula.

Measured with 2.1.3: `ZenEngine({"loader": {"type": "static", …}}).evaluate(key, dict)` is its fast way, since that loader
compiles the graph once. A decision object from `create_decision` or `get_decision` is 13 to 24 times slower, a
loader callback that returns a `ZenDecisionContent` and `evaluate_batch` a little slower, a context given as JSON text no faster.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from fracture import CHOICES, TABLES, Decide, Row, list_fields, require
from intakes import Answers

_FORMULA = (
    "fracture == 'yes' and painful == 'yes' and cause != 'other'"
    " ? (stable == 'yes' ? (collapsed == 'yes' ? 'both' : 'vertebroplasty')"
    " : (collapsed == 'yes' ? 'kyphoplasty' : 'outside_documents')) : 'outside_documents'"
)


def build_tables() -> Decide:
    """A graph of four decision tables, as one would model it; each hands its answers and its value on to the next."""
    return _serve([_write_table(name, rows) for name, rows in TABLES.items()])


def build_expressions() -> Decide:
    """The four decisions as the four lines of one expression node: the fastest graph found that keeps the chain."""
    lines = [{"id": name, "key": name, "value": formula} for name, formula in CHOICES.items()]
    return _serve([_node("expressions", "expressionNode", {"expressions": lines})])


def build_formula() -> Decide:
    """No decision model: if/else folded by hand into one compiled expression, `presentation` and the rest gone."""
    evaluate: Decide = require("zen").compile_expression(_FORMULA).evaluate
    return evaluate


def _serve(nodes: list[dict[str, Any]]) -> Decide:
    path = ["in", *(node["id"] for node in nodes), "out"]
    edges = [{"id": f"{a}-{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in pairwise(path)]
    graph = {"nodes": [_node("in", "inputNode", {}), *nodes, _node("out", "outputNode", {})], "edges": edges}
    evaluate = require("zen").ZenEngine({"loader": {"type": "static", "content": {"fracture": graph}}}).evaluate

    def decide(answers: Answers) -> str:
        outcome: str = evaluate("fracture", answers)["result"]["discussion"]
        return outcome

    return decide


def _node(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, "content": content}


def _write_table(name: str, rows: list[Row]) -> dict[str, Any]:
    fields = list_fields(rows)
    content = {
        "hitPolicy": "first",
        "passThrough": name != "discussion",
        "inputs": [{"id": f"in_{field}", "name": field, "field": field} for field in fields],
        "outputs": [{"id": "out", "name": name, "field": name}],
        "rules": [
            {"_id": str(number), **{f"in_{field}": _quote(*when.get(field, ())) for field in fields}, "out": _quote(value)}
            for number, (when, value) in enumerate(rows)
        ],
    }
    return _node(name, "decisionTableNode", content)


def _quote(*values: str) -> str:
    return ", ".join(json.dumps(value) for value in values)
