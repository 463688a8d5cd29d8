"""A warning sign in a response that cannot be used is seen all the same."""

from __future__ import annotations

import copy
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from calling import card_for, respond
from export_packs import NAMES, make_pack
from oracle import SIGNS, alert

from triage.alarms import NOW
from triage.fhir.signs import find_alarm, find_signs

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


def break_response(response: dict[str, Any]) -> dict[str, Any]:
    broken = copy.deepcopy(response)
    broken.setdefault("item", []).append({"linkId": "no-such-question", "answer": [{"valueString": "private"}]})
    return broken


def test_the_signs_found_reach_the_level_that_the_design_gives_them(pack: Pack) -> None:
    for count in range(len(SIGNS) + 1):
        for reported in combinations(SIGNS, count):
            signs = {sign: "yes" if sign in reported else "no" for sign in SIGNS}
            level = find_alarm(pack, break_response(respond(pack, signs)))
            assert (level.level if level else "no_warning_sign") == alert(signs)


def test_a_sign_in_a_response_that_cannot_be_used_leads_its_card(pack: Pack) -> None:
    level = pack.header.safety_net.levels[0] if pack.header.safety_net else None
    assert level is not None
    card = card_for(pack, break_response(respond(pack, {"chest_pain": "yes", "fracture": "yes"})))
    assert (card["indicator"], card["summary"]) == ("critical", level.text)
    assert f"{level.text} {NOW}" in card["detail"]
    assert "private" not in str(card)
    without = card_for(pack, break_response(respond(pack, {"chest_pain": "no", "fracture": "yes"})))
    assert without["indicator"] == "warning"
    assert level.text not in str(without)


@pytest.mark.parametrize("name", NAMES)
def test_the_value_that_reports_a_sign_counts_and_no_other(name: str, tmp_path: Path) -> None:
    pack = make_pack(name, tmp_path)
    for question in pack.questions:
        for value in (*question.values, "unknown"):
            found = list(find_signs(pack, respond(pack, {question.question: value})))
            assert found == ([question.question] if value == question.warning else [])


def test_a_sign_is_found_however_deep_and_under_whatever_system(pack: Pack) -> None:
    sign: Any = {"linkId": "fever", "answer": [{"valueCoding": {"system": "elsewhere", "code": "yes"}}]}
    trees: list[Any] = [{"item": [sign]}, {"item": [{"linkId": "g", "item": [{"linkId": "x", "answer": [{"item": [sign]}]}]}]}]
    for tree in trees:
        assert list(find_signs(pack, tree)) == ["fever"]
        assert find_alarm(pack, tree) is not None


@pytest.mark.parametrize(
    "tree",
    [None, "yes", [], {}, {"item": "x"}, {"item": [None, 1, {}]}, {"linkId": ["fever"]}, {"linkId": "fever", "answer": "yes"},
     {"linkId": "fever", "answer": [None, {}, {"valueCoding": "yes"}, {"valueCoding": {"code": ["yes"]}}]}],
    ids=str,
)  # fmt: skip
def test_what_has_no_shape_reports_no_sign(pack: Pack, tree: Any) -> None:
    assert find_alarm(pack, tree) is None


@pytest.mark.parametrize(
    "answer",
    [
        [{"valueString": "Yes"}],
        [{"valueBoolean": "true"}],  # every scalar is read as text
        [{"valueCoding": {"code": "YES"}}],
        [{"valueInteger": "1"}],
        {"valueCoding": {"code": "yes"}},
    ],
)
def test_a_sign_that_is_said_in_another_type_is_said(pack: Pack, answer: Any) -> None:
    assert list(find_signs(pack, {"item": [{"linkId": "leg_weakness", "answer": answer}]})) == ["leg_weakness"]
    for other in ("no", "false", "unknown", "", "perhaps"):
        assert not list(find_signs(pack, {"linkId": "leg_weakness", "answer": [{"valueString": other}]}))


def test_a_sign_is_found_in_what_a_response_was_put_into(pack: Pack) -> None:
    response = {"item": [{"linkId": "fever", "answer": [{"valueCoding": {"code": "yes"}}]}]}
    for around in (
        {"resourceType": "Bundle", "entry": [{"resource": response}]},
        {"parameter": [{"part": [{"resource": response}]}]},
    ):
        assert list(find_signs(pack, around)) == ["fever"]


@pytest.mark.parametrize(
    "answer", [None, [], {}, "yes", ["yes"], [[]], [{"value": None}], [{"valueCoding": []}], [{"valueCoding": {}}]]
)
def test_what_has_no_value_reports_nothing(pack: Pack, answer: Any) -> None:
    assert not list(find_signs(pack, {"linkId": "fever", "answer": answer}))
