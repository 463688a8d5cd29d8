"""Cases: what they may name, and where an intake departs from what one states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_pack import Broken, Edit, check_broken, write_pack

from triage.cases import Case, Departure, Given, find_departures
from triage.library import load_pack, read_cases

if TYPE_CHECKING:
    from pathlib import Path

C = "cases.yaml"
BROKEN = (
    Broken(
        "unknown decision",
        "unknown-decision",
        'no decision is called "fits". Did you mean "fit"?',
        (Edit(C, "    notes: []\n", "    notes: []\n    decisions: {¦fits: [well]}\n"),),
    ),
    Broken(
        "unknown value of a decision",
        "unknown-value",
        'no value of fit is called "wel". Did you mean "well"?',
        (Edit(C, "    notes: []\n", "    notes: []\n    decisions: {fit: [¦wel]}\n"),),
    ),
    Broken(
        "value that is no list",
        "structure",
        '"fit" takes a list such as [one, two], not "well"',
        (Edit(C, "    notes: []\n", "    notes: []\n    decisions: {¦fit: well}\n"),),
    ),
)
GIVEN = Given(
    outcome="racer",
    settled=False,
    possible_outcomes=("both", "racer"),
    safety_net="go",
    standing="open",
    notes=("pump", "lock"),
    decisions={"fit": ("well", "partly"), "hints": ("pump",)},
    rules=("F1", "F2"),
)
STATED: dict[str, Any] = {
    "outcome": "racer",
    "settled": False,
    "possible_outcomes": ("racer", "both"),
    "safety_net": "go",
    "standing": "open",
    "notes": ("lock", "pump"),
    "decisions": {"fit": ("partly", "well")},
    "rules": ("F2",),
}
DEPARTURES: tuple[tuple[dict[str, Any], Departure], ...] = (
    ({"outcome": "both"}, Departure("outcome", ("both",), ("racer",))),
    ({"settled": True}, Departure("settled", ("yes",), ("no",))),
    ({"possible_outcomes": ("both",)}, Departure("possible_outcomes", ("both",), ("both", "racer"))),
    ({"safety_net": "stop"}, Departure("safety_net", ("stop",), ("go",))),
    ({"standing": "booked"}, Departure("standing", ("booked",), ("open",))),
    ({"notes": ()}, Departure("notes", (), ("pump", "lock"))),
    ({"decisions": {"fit": ("well",)}}, Departure("fit", ("well",), ("well", "partly"))),
    ({"decisions": {"hints": ()}}, Departure("hints", (), ("pump",))),
    ({"decisions": {"brakes": ("go",)}}, Departure("brakes", ("go",), ())),
    ({"rules": ("F2", "F3")}, Departure("rules", ("F2", "F3"), ("F2",))),
)


def make_case(**stated: Any) -> Case:
    return Case(case="A case", answers={}, **{**STATED, **stated})


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_case_that_names_what_is_not_there_is_refused_at_its_place(broken: Broken, tmp_path: Path) -> None:
    check_broken(tmp_path, broken)


def test_a_case_may_state_what_a_decision_is_left_with(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(C, "    notes: []\n", "    notes: []\n    decisions: {fit: [well], hints: []}\n"))
    assert read_cases(load_pack(tmp_path))[0][0].decisions == {"fit": ("well",), "hints": ()}


def test_a_case_holds_whatever_the_order_of_its_lists() -> None:
    assert find_departures(make_case(), GIVEN) == ()


def test_what_a_case_does_not_state_may_be_anything() -> None:
    silent = make_case(possible_outcomes=None, safety_net=None, standing=None, notes=None, decisions=None, rules=())
    assert find_departures(silent, GIVEN) == ()


@pytest.mark.parametrize(("stated", "departure"), DEPARTURES, ids=lambda part: str(part) if isinstance(part, dict) else "")
def test_a_departure_names_what_is_stated_and_what_is_given(stated: dict[str, Any], departure: Departure) -> None:
    assert find_departures(make_case(**stated), GIVEN) == (departure,)


def test_a_pack_without_a_safety_net_gives_no_level() -> None:
    given = GIVEN._replace(safety_net=None, standing=None)
    assert find_departures(make_case(), given) == (
        Departure("safety_net", ("go",), ()),
        Departure("standing", ("open",), ()),
    )
