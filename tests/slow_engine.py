"""pyDMNrules, which builds the tables of a parser while it is imported: where that goes through lists, here it does not."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest
from sly.yacc import LRTable


def import_engine() -> Any:
    """The module, with the parser that it makes by itself, in a third of the time."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setattr(LRTable, "add_lookaheads", _add_lookaheads)
        patch.setattr(LRTable, "find_nonterminal_transitions", _find_transitions)
        gc.disable()
        try:
            import pyDMNrules
        finally:
            gc.enable()
    return pyDMNrules


def _add_lookaheads(_: LRTable, lookbacks: dict[Any, Any], follow: dict[Any, list[str]]) -> None:
    for transition, items in lookbacks.items():
        for state, production in items:
            there = production.lookaheads.get(state, [])
            production.lookaheads[state] = list(dict.fromkeys([*there, *follow.get(transition, [])]))


def _find_transitions(table: LRTable, states: list[Any]) -> list[tuple[int, str]]:
    """The states, each with the symbol behind the dot, as far as that is no terminal."""
    items = ((number, item) for number, state in enumerate(states) for item in state if item.lr_index < item.len - 1)
    seen = dict.fromkeys((number, item.prod[item.lr_index + 1]) for number, item in items)
    return [transition for transition in seen if transition[1] in table.grammar.Nonterminals]
