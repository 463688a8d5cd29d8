"""What a pack can be asked."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path

import pytest
from small_pack import Edit, write_pack

from triage import Intake, assess, load_pack
from triage.errors import RequestError
from triage.pack import Pack, decision_values, natural, rules_under

D = "decisions.yaml"


@pytest.mark.parametrize(
    ("codes", "ordered"),
    [
        (["K10", "K2", "K1"], ["K1", "K2", "K10"]),
        (["K2n", "K2", "K10"], ["K2", "K2n", "K10"]),
        (["a-10-b", "a-9-b", "a"], ["a", "a-9-b", "a-10-b"]),
        (["K02", "K2", "K002"], ["K002", "K02", "K2"]),
    ],
)
def test_ids_are_ordered_as_a_person_counts_and_never_by_where_they_stand(codes: list[str], ordered: list[str]) -> None:
    assert sorted(codes, key=natural) == ordered
    codes.reverse()
    assert sorted(codes, key=natural) == ordered


def test_the_values_of_a_decision_are_those_declared_or_those_its_rules_give(bicycles: Pack) -> None:
    assert decision_values(bicycles.decision["choice"], bicycles.readings) == ("both", "racer", "nothing")
    assert decision_values(bicycles.decision["fit"], bicycles.readings) == ("well", "partly", "badly")
    assert decision_values(bicycles.decision["hints"], ()) == ("pump",)


def test_the_values_that_only_a_reading_gives_count(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "broad}, then: badly", "broad}, then: hardly"))
    pack = load_pack(tmp_path)
    assert pack.values_of("fit") == ("well", "partly", "badly", "hardly")


def test_a_reading_takes_rules_away_and_gives_others(bicycles: Pack) -> None:
    fit = bicycles.decision["fit"]
    assert [rule.rule for rule in rules_under(bicycles.reading["wide"], fit)] == ["F1", "F2", "F3", "F10"]
    assert [rule.rule for rule in rules_under(bicycles.reading["strict"], fit)] == ["F1", "F3", "F10", "F2s"]
    assert [rule.rule for rule in bicycles.every_rule("fit")] == ["F1", "F2", "F3", "F10", "F2s"]
    choice = bicycles.decision["choice"]
    assert rules_under(bicycles.reading["strict"], choice) == choice.rules


def test_a_pack_is_asked_by_id(bicycles: Pack) -> None:
    assert (bicycles.id, bicycles.version) == ("bicycles", "1.0.0")
    assert list(bicycles.question) == ["brake_fault", "surface", "tyres", "booked"]
    assert list(bicycles.decision) == ["brakes", "fit", "choice", "workshop", "hints"]
    assert list(bicycles.statement) == ["S01", "S02", "S03", "S04", "S05"]
    assert bicycles.source["LAW"].year == "2020"
    assert bicycles.outcome["racer"].procedures == ("road",)
    assert bicycles.note["pump"].text == "Bring a pump."
    assert list(bicycles.reading) == ["wide", "strict"]
    assert bicycles.rule["F2s"].then == "badly"
    assert set(bicycles.rule) == {"B1", "B2", "F1", "F2", "F3", "F10", "F2s", "C1", "C2", "C3", "W1", "W2", "H1"}


def test_a_pack_gives_the_values_of_a_question_or_a_decision(bicycles: Pack) -> None:
    assert bicycles.values_of("surface") == ("asphalt", "gravel", "sand")
    assert bicycles.values_of("brakes") == ("stop", "go")


def test_a_chain_names_what_a_decision_rests_on_before_it(bicycles: Pack) -> None:
    assert bicycles.chain("choice") == ("fit", "choice")
    assert bicycles.chain("fit") == ("fit",)


def test_the_chains_of_the_shipped_pack_are_those_of_the_design(pack: Pack) -> None:
    assert pack.chain("discussion") == ("presentation", "vertebroplasty", "kyphoplasty", "discussion")
    assert pack.chain("safety_net") == ("safety_net",)


def test_a_chain_of_many_paths_is_followed_once(tmp_path: Path) -> None:
    """Each of 60 layers reads both of the layer below: 2**60 paths, 121 decisions."""
    rule = "rules: [{{rule: {0}{1}, when: {{surface: sand}}, then: v, because: [S01]}}]"
    layer = "  - {{decision: {0}{1}, reads: [surface, {2}], hit_policy: unique, " + rule + "}}\n"
    text = "".join(
        layer.format(side, n, f"a{n - 1}, b{n - 1}" if n else "tyres")
        for n in random.Random(0).sample(range(60), 60)
        for side in "ab"
    )
    write_pack(tmp_path, Edit(D, "decisions:\n", "decisions:\n" + text))
    chain = load_pack(tmp_path).chain("a59")
    assert len(chain) == 119
    assert chain[:2] == ("a0", "b0")
    assert chain[-1] == "a59"


def test_constraints_are_found_by_the_questions_they_speak_of(bicycles: Pack) -> None:
    assert [constraint.constraint for constraint in bicycles.constraints_on(["tyres", "surface", "booked"])] == ["X1"]
    assert list(bicycles.constraints_on(["surface"])) == []
    assert list(bicycles.constraints_on([])) == []


def test_citations_are_listed_once_in_pack_order_with_sources_last(bicycles: Pack) -> None:
    assert bicycles.cite(["LAW", "S03", "S01", "S03"]) == ("S01", "S03", "LAW")
    assert bicycles.cite([]) == ()


def test_a_reading_that_a_pack_does_not_have_is_refused_with_those_it_has(pack: Pack) -> None:
    assert [pack.choose_reading(name) for name in (None, "narrow")] == ["broad", "narrow"]
    with pytest.raises(RequestError, match=r'^this pack has no reading "narow"; it has broad, narrow\. Did you mean "narrow"\?$'):
        pack.choose_reading("narow")


def test_a_pack_is_compared_by_identity_and_kept_out_of_its_own_text(bicycles: Pack) -> None:
    again = load_pack(bicycles.folder)
    assert bicycles != again
    assert bicycles.digest == again.digest
    assert str(bicycles.folder) not in repr(bicycles)


def test_a_pack_that_is_copied_or_sent_elsewhere_holds_the_same_and_remembers_nothing(pack: Pack) -> None:
    assess(pack, Intake({"stable": "no"}))
    for copied in (copy.deepcopy(pack), pickle.loads(pickle.dumps(pack))):
        assert (copied.digest, copied.rule, copied.remembered) == (pack.digest, pack.rule, {})
    assert pack.remembered
