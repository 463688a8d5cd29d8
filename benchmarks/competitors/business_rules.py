"""business-rules (Venmo): variables, actions and JSON rules as its manual has them, one list of rules a decision."""

from __future__ import annotations

from typing import Any

from fracture import TABLES, Decide, Row, list_fields, require
from intakes import Answers


def build() -> Decide:
    """`run_all` for each decision in the order of the chain, stopped at the first rule that hits."""
    run_all = require("business_rules").run_all
    case, conclusions = _declare()
    rulebook = {name: [_write_rule(name, row) for row in rows] for name, rows in TABLES.items()}

    def decide(answers: Answers) -> str:
        case.known = dict(answers)
        for rules in rulebook.values():
            run_all(rules, case, conclusions, stop_on_first_trigger=True)
        outcome: str = case.known["discussion"]
        return outcome

    return decide


def _declare() -> tuple[Any, Any]:
    """Its `BaseVariables` and `BaseActions`, subclassed at run time since the package is an option."""
    variables, actions, fields = (require(f"business_rules.{part}") for part in ("variables", "actions", "fields"))

    def declare_variable(field: str) -> Any:
        return variables.string_rule_variable(label=field)(lambda case: case.known[field])

    names = dict.fromkeys(field for rows in TABLES.values() for field in list_fields(rows))
    case = type("Case", (variables.BaseVariables,), {field: declare_variable(field) for field in names})()

    def conclude(self: Any, decision: str, value: str) -> None:
        case.known[decision] = value

    action = actions.rule_action(params={"decision": fields.FIELD_TEXT, "value": fields.FIELD_TEXT})(conclude)
    return case, type("Conclusions", (actions.BaseActions,), {"conclude": action})()


def _write_rule(decision: str, row: Row) -> dict[str, Any]:
    when, value = row
    action = {"name": "conclude", "params": {"decision": decision, "value": value}}
    return {"conditions": {"all": [_write_test(*test) for test in when.items()]}, "actions": [action]}


def _write_test(field: str, values: tuple[str, ...]) -> dict[str, Any]:
    tests = [{"name": field, "operator": "equal_to", "value": value} for value in values]
    return {"any": tests} if len(tests) > 1 else tests[0]
