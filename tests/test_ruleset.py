"""What durable-rules is fed: only the subset that it fires rightly, and exactly what the conditions say (the design 6.1)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from random_packs import RandomDecision, Tree, decisions, list_profiles, make_rules

from triage import PackError, load_pack
from triage.conditions import holds
from triage.ruleset import KIND, PROFILE, SENTINEL, build_ruleset, find_limits, fnv_1a, is_plain, list_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.ruleset import Definition

IS_PROFILE = {KIND: PROFILE}
NUMBERS = tuple(str(number) for number in range(60))
ABC = {"a": ("x", "y", "z"), "b": ("x", "y"), "c": ("x", "y")}
# Two names that durable-rules cannot tell apart, and one that it takes for `kind`; found by trying.
COLLIDING = ("cough_first_sudden", "slow_known_site")
LIKE_KIND = "jnbd_aiwz"
BUNDLED = Path(__file__).parent.parent / "rules" / "vertebral-fracture"


def is_met(term: Any, fact: Mapping[str, str]) -> bool:
    """What durable-rules makes of a term of the subset."""
    ((key, value),) = term.items()
    if key == "$and":
        return all(is_met(part, fact) for part in value)
    if key == "$or":
        return any(is_met(part, fact) for part in value)
    assert isinstance(value, str)
    return fact[key] == value


def find_fired(definition: Definition, profile: Mapping[str, str]) -> set[str]:
    fact = {**IS_PROFILE, **profile}
    return {name for name, rule in definition.items() if is_met(term_of(rule), fact)}


def term_of(rule: Any) -> Any:
    ((alternative,),) = (rule["all"],)
    return alternative["m"]


def build_term(tree: Tree) -> Any:
    """The term that a condition over `ABC` becomes."""
    return term_of(build_ruleset(make_rules({"R": tree}), ABC)["R"])


def list_operators(term: Any) -> set[str]:
    if isinstance(term, list):
        return {operator for part in term for operator in list_operators(part)}
    nested = {operator for value in term.values() if not isinstance(value, str) for operator in list_operators(value)}
    return nested | {key for key in term if key.startswith("$")}


def codes(trees: Mapping[str, Tree], domains: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [code for code, _ in find_limits(build_ruleset(make_rules(trees), domains))]


@settings(derandomize=True, database=None, max_examples=150)
@given(decisions())
def test_a_definition_says_what_the_conditions_say(decision: RandomDecision) -> None:
    rules = make_rules(decision.trees)
    definition = build_ruleset(rules, decision.domains)
    for profile in list_profiles(decision.domains):
        assert find_fired(definition, profile) - {SENTINEL} == {rule.rule for rule in rules if holds(rule.when, profile)}


@settings(derandomize=True, database=None, max_examples=150)
@given(decisions())
def test_every_condition_is_equalities_under_and_and_or_with_the_kind_first(decision: RandomDecision) -> None:
    for rule in build_ruleset(make_rules(decision.trees), decision.domains).values():
        assert set(rule) <= {"all", "pri"}
        term = term_of(rule)
        first = term["$and"][0] if "$and" in term else term
        assert first == IS_PROFILE
        assert list_operators(term) <= {"$and", "$or"}


def test_negation_becomes_the_other_values() -> None:
    assert build_term({"not": {"a": "x"}}) == {"$and": [IS_PROFILE, {"$or": [{"a": "y"}, {"a": "z"}]}]}


def test_negation_turns_any_into_all_of_the_other_values() -> None:
    assert build_term({"not": {"any": [{"b": "x"}, {"c": "x"}]}}) == {"$and": [IS_PROFILE, {"b": "y"}, {"c": "y"}]}


def test_negation_turns_all_into_any_of_the_other_values() -> None:
    assert build_term({"not": {"b": "x", "c": "x"}}) == {"$and": [IS_PROFILE, {"$or": [{"b": "y"}, {"c": "y"}]}]}


def test_nested_groups_of_one_operator_become_one() -> None:
    tree = {"any": [{"a": ["x", "y"]}, {"any": [{"b": "x"}, {"c": "x"}]}]}
    assert build_term(tree) == {"$and": [IS_PROFILE, {"$or": [{"a": "x"}, {"a": "y"}, {"b": "x"}, {"c": "x"}]}]}


@pytest.mark.parametrize(
    "always", [{}, {"a": ["x", "y", "z"]}, {"any": [{"b": "x"}, {"not": {"b": ["x"]}}, {"a": ["z", "y", "x"]}]}]
)
def test_a_rule_that_always_holds_asks_for_the_kind_alone(always: Tree) -> None:
    assert build_term(always) == IS_PROFILE


@pytest.mark.parametrize("never", [{"not": {}}, {"not": {"a": ["x", "y", "z"]}}, {"b": "x", "not": {"c": ["x", "y"]}}])
def test_a_rule_that_never_holds_is_not_loaded(never: Tree) -> None:
    assert list(build_ruleset(make_rules({"R": never}), ABC)) == [SENTINEL]


def test_the_sentinel_asks_for_the_kind_alone_and_fires_after_rules_without_a_priority() -> None:
    definition = build_ruleset(make_rules({"R": {"a": "x"}}), ABC)
    assert definition[SENTINEL] == {"all": [{"m": IS_PROFILE}], "pri": 10}
    assert "pri" not in definition["R"]


def test_names_are_listed_that_are_left_after_expansion() -> None:
    definition = build_ruleset(make_rules({"R": {"a": "x", "c": ["x", "y"]}, "S": {"not": {"b": "x"}}}), ABC)
    assert list_names(definition) == (KIND, "a", "b")


def test_as_many_tests_as_are_fired_are_let_pass() -> None:
    assert codes({"R": {"n": list(NUMBERS[:48])}}, {"n": NUMBERS}) == []  # and one for the kind, in the rule and in the sentinel


def test_one_test_more_is_refused_with_the_remedy() -> None:
    ((code, message),) = find_limits(build_ruleset(make_rules({"R": {"n": list(NUMBERS[:49])}}), {"n": NUMBERS}))
    assert code == "too-many-tests"
    assert "has 51 equality tests" in message
    assert message.endswith("at most 50 are fired; split it in two")


def test_as_many_groups_as_are_fired_are_let_pass() -> None:
    assert codes({f"R{index}": {"a": ["x", "y"]} for index in range(7)}, ABC) == []


def test_one_group_more_is_refused_with_the_remedy() -> None:
    trees: dict[str, Tree] = {f"R{index}": {"a": ["x", "y"]} for index in range(7)}
    ((code, message),) = find_limits(build_ruleset(make_rules(trees | {"L": {"b": "x"}}), ABC))
    assert code == "too-many-groups"
    assert "has 15 and/or groups" in message
    assert message.endswith("at most 14 are fired; split it in two")


@pytest.mark.parametrize(
    ("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("b", 0xE70C2DE5), ("foobar", 0xBF9CF968)], ids=repr
)
def test_fnv_1a_gives_the_published_values(text: str, value: int) -> None:
    assert fnv_1a(text) == value


@pytest.mark.parametrize(("name", "other"), [COLLIDING, (LIKE_KIND, KIND)])
def test_names_that_durable_rules_cannot_tell_apart_are_refused(name: str, other: str) -> None:
    assert fnv_1a(name) == fnv_1a(other)
    trees: dict[str, Tree] = {"R": {name: "x"}, "S": {other: "x"}} if other != KIND else {"R": {name: "x"}}
    ((code, message),) = find_limits(build_ruleset(make_rules(trees), {name: ("x", "y"), other: ("x", "y")}))
    assert code == "colliding-names"
    assert name in message
    assert other in message
    assert message.endswith("rename one")


PLAIN = ("x", "yes", "17", "é", "a b", "x" * 200)
NOT_PLAIN = ("", "x" * 201, "a\x00b", "a\nb", "a\u200bb", "\ud800", "e\u0301")


@pytest.mark.parametrize("word", PLAIN, ids=ascii)
def test_printable_composed_and_short_words_are_plain(word: str) -> None:
    assert is_plain(word)


@pytest.mark.parametrize("word", NOT_PLAIN, ids=lambda word: ascii(word)[:20])
def test_unprintable_decomposed_empty_and_long_words_are_not_plain(word: str) -> None:
    assert not is_plain(word)


@pytest.mark.parametrize("word", NOT_PLAIN, ids=lambda word: ascii(word)[:20])
def test_a_word_that_is_not_plain_is_refused_as_a_value(word: str) -> None:
    assert codes({"R": {"a": word}}, {"a": (word, "other")}) == ["unusable-word"]


def test_a_word_that_is_not_plain_is_refused_as_a_name() -> None:
    assert codes({"R": {"a\u200bb": "x"}}, {"a\u200bb": ("x", "y")}) == ["unusable-word"]


def test_a_pack_past_the_limits_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "large"
    shutil.copytree(BUNDLED, folder)
    file = folder / "decisions.yaml"
    several = "{rule: NV1, when: {not: {vertebrae: 1}}, then: several_vertebrae, because: [S10, S51, S52]}"
    text = file.read_text(encoding="utf-8")
    assert several in text
    more = "\n      - ".join(several.replace("NV1", f"NV{number}").replace("1}}", f"{number}}}}}") for number in range(1, 5))
    file.write_text(text.replace(several, more), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    assert [fault.code for fault in caught.value.faults] == ["too-many-tests"]
    assert "note_vertebrae has 69 equality tests" in str(caught.value)
