"""The models of the parts of a pack."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from triage import parts
from triage.cases import Cases
from triage.conditions import All, Is, Not
from triage.pack import Pack
from triage.parts import (
    PATTERNS_IN_WORDS,
    Decision,
    Decisions,
    Header,
    Heading,
    Level,
    Question,
    Questions,
    Rule,
    Sheet,
    Statements,
)


def models() -> list[type[BaseModel]]:
    found = [value for value in vars(parts).values() if isinstance(value, type) and issubclass(value, BaseModel)]
    return [model for model in found if model not in (BaseModel, parts.Part)]


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
        value: typing.Annotated[str, parts.StringConstraints(pattern=pattern)]

    with pytest.raises(ValidationError):
        Probe(value="1.0.0\n")
    with pytest.raises(ValidationError):
        Probe(value="a\n")


def test_every_pattern_has_its_words() -> None:
    text = Path(parts.__file__).read_text(encoding="utf-8")
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


def test_a_value_is_said_by_its_label_or_else_without_underscores(bicycles: Pack) -> None:
    surface = bicycles.question["surface"]
    assert surface.say("asphalt") == "asphalt or concrete"
    assert surface.say("loose_sand") == "loose sand"


@pytest.mark.parametrize("model", [Header, Statements, Questions, Decisions, Sheet, Cases, Question, Decision])
def test_nothing_is_no_part_of_a_pack(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({})
