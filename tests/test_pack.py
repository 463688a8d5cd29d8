"""The models of a pack, and what a pack can be asked."""

from __future__ import annotations

import copy
import pickle
import random
import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from small_pack import Edit, write_pack

import triage.pack as pack_module
from triage import Intake, assess, load_pack
from triage.cases import Cases
from triage.conditions import All, Is, Not
from triage.errors import RequestError
from triage.pack import (
    PATTERNS_IN_WORDS,
    Decision,
    Decisions,
    Header,
    Heading,
    Level,
    Pack,
    Question,
    Questions,
    Rule,
    Sheet,
    Statements,
    decision_values,
    natural,
    rules_under,
)

D = "decisions.yaml"


@pytest.fixture
def bicycles(tmp_path: Path) -> Pack:
    write_pack(tmp_path)
    return load_pack(tmp_path)


def models() -> list[type[BaseModel]]:
    found = [value for value in vars(pack_module).values() if isinstance(value, type) and issubclass(value, BaseModel)]
    return [model for model in found if model not in (BaseModel, pack_module.Part)]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_forbids_what_it_does_not_know(model: type[BaseModel]) -> None:
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "forbid"


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_list_in_a_model_is_a_tuple(model: type[BaseModel]) -> None:
    for field in model.model_fields.values():
        assert typing.get_origin(field.annotation) not in (list, set), field


def test_a_part_cannot_be_changed(bicycles: Pack) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        bicycles.header.title = "Another"


@pytest.mark.parametrize("pattern", PATTERNS_IN_WORDS)
def test_a_pattern_allows_no_line_end_behind_it(pattern: str) -> None:
    class Probe(BaseModel):
        value: typing.Annotated[str, pack_module.StringConstraints(pattern=pattern)]

    with pytest.raises(ValidationError):
        Probe(value="1.0.0\n")
    with pytest.raises(ValidationError):
        Probe(value="a\n")


def test_every_pattern_has_its_words() -> None:
    text = Path(pack_module.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'pattern=r"([^"]+)"', text)) == set(PATTERNS_IN_WORDS)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("38", 38), ("999999", 999999)])
def test_a_number_is_read_from_text(text: str, number: int) -> None:
    assert Heading.model_validate({"segment": text, "sha256": "0" * 64}).segment == number


@pytest.mark.parametrize("text", ["0", "-1", "01", "1.0", "1e3", "1_0", "1000000", "\u0661", " 1", "", "one", None, ["1"]])
def test_anything_else_is_no_number(text: object) -> None:
    with pytest.raises(ValidationError):
        Heading.model_validate({"segment": text, "sha256": "0" * 64})


@pytest.mark.parametrize(("text", "truth"), [("yes", True), ("no", False)])
def test_a_truth_is_yes_or_no(text: str, truth: bool) -> None:  # noqa: FBT001 - a value under test
    assert Level.model_validate({"level": "a", "text": "T", "withholds": text}).withholds is truth


@pytest.mark.parametrize("text", ["Yes", "true", "1", "on", "", None, ["yes"], {}])
def test_anything_else_is_no_truth(text: object) -> None:
    with pytest.raises(ValidationError):
        Level.model_validate({"level": "a", "text": "T", "withholds": text})


def test_a_rule_holds_its_condition_parsed() -> None:
    rule = Rule.model_validate({"rule": "R1", "when": {"a": "yes", "not": {"b": ["c", "d"]}}, "then": "x"})
    assert rule.when == All((Is("a", ("yes",)), Not(Is("b", ("c", "d")))))


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


def test_a_value_is_said_by_its_label_or_else_without_underscores(bicycles: Pack) -> None:
    surface = bicycles.question["surface"]
    assert surface.say("asphalt") == "asphalt or concrete"
    assert surface.say("loose_sand") == "loose sand"


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


def test_a_pack_is_compared_by_identity_and_kept_out_of_its_own_text(bicycles: Pack, tmp_path: Path) -> None:
    again = load_pack(tmp_path)
    assert bicycles != again
    assert bicycles.digest == again.digest
    assert str(tmp_path) not in repr(bicycles)


@pytest.mark.parametrize("model", [Header, Statements, Questions, Decisions, Sheet, Cases, Question, Decision])
def test_nothing_is_no_part_of_a_pack(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({})


def test_a_pack_that_is_copied_or_sent_elsewhere_holds_the_same_and_remembers_nothing(pack: Pack) -> None:
    assess(pack, Intake({"stable": "no"}))
    for copied in (copy.deepcopy(pack), pickle.loads(pickle.dumps(pack))):
        assert (copied.digest, copied.rule, copied.remembered) == (pack.digest, pack.rule, {})
    assert pack.remembered
