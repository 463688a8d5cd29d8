"""The reachable profiles are those that complete intakes lead to, no more and no fewer."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import oracle
import pytest
from small_pack import Edit, make_small_pack

from triage.conditions import holds
from triage.errors import PackError
from triage.profiles import Profiles, conclude

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

DECIDED = ("presentation", "vertebroplasty", "kyphoplasty", "discussion")


def every_case() -> list[dict[str, str]]:
    """The complete intakes of the fracture questions that keep to the constraint, from the oracle's lists."""
    cases = (dict(zip(oracle.FRACTURE, values, strict=True)) for values in product(*oracle.FRACTURE.values()))
    return [case for case in cases if not (case["collapsed"] == "no" and case["height_restoration"] == "yes")]


@pytest.mark.parametrize("reading", oracle.READINGS)
def test_the_shipped_pack_reaches_the_profiles_of_the_oracle(pack: Pack, reading: str) -> None:
    profiles = Profiles(pack, reading)
    cases = [{**case, **oracle.decide(case, reading)} for case in every_case()]
    for name in DECIDED:
        reads = profiles.decisions[name].reads
        assert set(profiles.reached(name)) == {tuple(case[read] for read in reads) for case in cases}
        for case in cases:
            assert profiles.value(name, tuple(case[read] for read in reads)) == case[name]
            assert profiles.evaluate(case, [name])[name] == case[name]


@pytest.mark.parametrize("reading", oracle.READINGS)
def test_the_answers_beside_a_profile_lead_to_it(pack: Pack, reading: str) -> None:
    profiles = Profiles(pack, reading)
    for name, decision in profiles.decisions.items():
        for profile, answers in profiles.reached(name).items():
            values = {**answers, **profiles.evaluate(answers, [read for read in decision.reads if read in profiles.decisions])}
            assert tuple(values[read] for read in decision.reads) == profile
            assert not any(holds(constraint.never, answers) for constraint in pack.constraints_on(answers))


def test_names_that_share_questions_are_gone_through_together_and_others_apart(tmp_path: Path) -> None:
    profiles = Profiles(make_small_pack(tmp_path), None)
    together = profiles.reachable(("surface", "tyres", "fit", "booked"))
    fits = {("asphalt", "narrow", "well"), ("gravel", "broad", "partly"), ("gravel", "narrow", "badly")}
    fits |= {("sand", "narrow", "badly"), ("sand", "broad", "badly")}
    assert set(together) == {(*fit, booked) for fit in fits for booked in ("yes", "no")}
    assert together["gravel", "broad", "partly", "no"] == {"surface": "gravel", "tyres": "broad", "booked": "no"}
    assert list(together["gravel", "broad", "partly", "no"]) == ["surface", "tyres", "booked"]  # in pack order


def test_a_reading_has_profiles_of_its_own(tmp_path: Path) -> None:
    pack = make_small_pack(tmp_path)
    assert set(Profiles(pack, "wide").reached("choice")) == {("well",), ("partly",), ("badly",)}
    assert set(Profiles(pack, "strict").reached("choice")) == {("well",), ("badly",)}


def test_nothing_is_reached_through_a_gap_or_a_conflict(tmp_path: Path) -> None:
    edits = (
        Edit("decisions.yaml", "surface: sand}", "surface: sand, tyres: broad}"),
        Edit("decisions.yaml", "when: {surface: asphalt}", "when: {tyres: narrow}"),
    )
    profiles = Profiles(make_small_pack(tmp_path, *edits), None)
    assert profiles.fired("fit", ("gravel", "narrow")) == ("F1", "F3")
    assert profiles.value("fit", ("gravel", "narrow")) is None
    small_gap = ("sand", "narrow")
    assert profiles.value("fit", small_gap) == "well"
    assert set(profiles.reached("choice")) == {("well",), ("partly",), ("badly",)}
    assert profiles.evaluate({"surface": "gravel", "tyres": "narrow"}, ["choice"]) == {"fit": None, "choice": None}


def test_a_list_holds_what_its_rules_give_and_may_be_empty(pack: Pack) -> None:
    for name in pack.header.notes:
        decision = pack.decision[name]
        assert conclude(decision, ()) == ()
        every = [rule.rule for rule in decision.rules]
        assert conclude(decision, every) == tuple(dict.fromkeys(rule.then for rule in decision.rules))


def test_too_many_combinations_are_refused_with_their_number(pack: Pack) -> None:
    with pytest.raises(PackError, match=r"have [0-9,]+ combinations; 20,000 are the most; split the decision"):
        Profiles(pack, "broad").reachable(tuple(pack.question))
