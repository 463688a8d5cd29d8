"""rule-engine (zeroSteiner): one compiled `Rule` a decision, each a formula whose value is the decision's.

One `Rule` a row, tried in order with `matches`, was half as fast, and a `Context` with declared types slower as well.
"""

from __future__ import annotations

from fracture import CHOICES, Decide, require
from intakes import Answers


def build() -> Decide:
    """Four rules, evaluated in the order of the chain on a copy of the answers."""
    package = require("rule_engine")
    evaluators = [(name, package.Rule(formula.replace("$.", "")).evaluate) for name, formula in CHOICES.items()]

    def decide(answers: Answers) -> str:
        known = dict(answers)
        for name, evaluate in evaluators:
            known[name] = evaluate(known)
        return known["discussion"]

    return decide
