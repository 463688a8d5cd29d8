"""Random conditions, decisions and packs for hypothesis, and a plain reading of conditions to judge them by.

Conditions are made as trees, the way an author writes them, and `is_true` reads the tree itself: it shares no code with
`triage.conditions`. Everything made here keeps inside the limits of durable-rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from triage.pack import Pack
from triage.parts import Constraint, Decision, Header, Question, Rule, Sheet
from triage.ruleset import build_ruleset, find_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.ruleset import Domains

Tree = dict[str, Any]
Profile = dict[str, str]
LETTERS = ("u", "v", "w", "x")


def is_true(tree: Tree, profile: Mapping[str, str]) -> bool:
    """What a tree asks, read off the tree."""
    return all(_is_part_true(key, value, profile) for key, value in tree.items())


def _is_part_true(key: str, value: Any, profile: Mapping[str, str]) -> bool:
    if key == "not":
        return not is_true(value, profile)
    if key in ("any", "all"):
        results = [is_true(item, profile) for item in value]
        return True in results if key == "any" else False not in results
    return profile[key] in ([value] if isinstance(value, str) else value)


def always(tree: Tree, domains: Domains) -> bool:
    return all(is_true(tree, profile) for profile in list_profiles(domains))


def names_in(tree: Any) -> set[str]:
    """Every name that a condition asks about."""
    if isinstance(tree, list):
        return set().union(*map(names_in, tree))
    names = {name for key, value in tree.items() if key in ("not", "any", "all") for name in names_in(value)}
    return names | (set(tree) - {"not", "any", "all"})


def make_rule(rule: str, when: Tree, then: str = "given") -> Rule:
    return Rule.model_validate({"rule": rule, "when": when, "then": then})


def make_rules(trees: Mapping[str, Tree]) -> tuple[Rule, ...]:
    return tuple(make_rule(name, tree) for name, tree in trees.items())


def list_profiles(domains: Domains) -> Iterator[Profile]:
    for values in product(*domains.values()):
        yield dict(zip(domains, values, strict=True))


def fits(rules: Sequence[Rule], domains: Domains) -> bool:
    return not list(find_limits(build_ruleset(rules, domains)))


def trees(domains: Domains, *, max_leaves: int = 5) -> st.SearchStrategy[Tree]:
    """Conditions over some names: one, several or all values of a name, under `not`, `any`, `all` and mappings of several."""

    def leaf(name: str) -> st.SearchStrategy[Tree]:
        some = st.lists(st.sampled_from(domains[name]), min_size=1, unique=True)
        return st.one_of(st.sampled_from(domains[name]), some).map(lambda values: {name: values})

    leaves = st.one_of([leaf(name) for name in domains])

    def combine(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(parts, min_size=1, max_size=3)
        return st.one_of(
            parts.map(lambda part: {"not": part}),
            several.map(lambda items: {"any": items}),
            several.map(lambda items: {"all": items}),
            st.tuples(leaves, several).map(lambda both: {**both[0], "any": both[1]}),
        )

    return st.one_of(st.recursive(leaves, combine, max_leaves=max_leaves), st.just({}))


@st.composite
def some_domains(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Two to four names with two to four values each."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=2, max_size=4))
    return {f"read_{index}": LETTERS[:size] for index, size in enumerate(sizes)}


@dataclass(frozen=True)
class RandomDecision:
    """Rules as trees, by their ids, over these domains."""

    trees: dict[str, Tree]
    domains: dict[str, tuple[str, ...]]


@st.composite
def decisions(draw: st.DrawFn) -> RandomDecision:
    """Up to eight rules; those past the limits of durable-rules are left out."""
    domains = draw(some_domains())
    drawn = draw(st.lists(trees(domains), min_size=2, max_size=8))
    while drawn and not fits(make_rules({f"R{index}": tree for index, tree in enumerate(drawn)}), domains):
        drawn.pop()
    return RandomDecision({f"R{index}": tree for index, tree in enumerate(drawn)}, domains)


@dataclass(frozen=True)
class RandomPack:
    """A pack in memory, with the conditions of its rules and constraints as trees, by their ids."""

    pack: Pack
    trees: dict[str, Tree]


@st.composite
def packs(draw: st.DrawFn) -> RandomPack:
    """Three or four questions, two `unique` decisions and a `collect` one that may read one another, up to two constraints."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=3, max_size=4))
    domains: dict[str, tuple[str, ...]] = {f"question_{index}": LETTERS[:size] for index, size in enumerate(sizes)}
    questions = tuple(_make_question(name, values) for name, values in domains.items())
    drawn_nevers = draw(st.lists(trees(_narrow(draw, domains, 2), max_leaves=3), max_size=2))
    never = [tree for tree in drawn_nevers if not always(tree, domains)]
    made: list[Decision] = []
    constraints: dict[str, Tree] = {f"C{index}": tree for index, tree in enumerate(never)}
    found = dict(constraints)
    for name, policy in (("first", "unique"), ("second", "unique"), ("listed", "collect")):
        readable = _narrow(draw, domains, 3)
        drawn = draw(st.lists(trees(readable, max_leaves=2), min_size=1, max_size=2 if policy == "unique" else 4))
        rules = _exclude_each_other(name, drawn, readable) if policy == "unique" else _list_all(name, drawn)
        while drawn and not fits([make_rule(rule, tree) for rule, tree, _ in rules], readable):
            drawn.pop()
            rules = _exclude_each_other(name, drawn, readable) if policy == "unique" else _list_all(name, drawn)
        found |= {rule: tree for rule, tree, _ in rules}
        made.append(
            Decision(
                decision=name,
                reads=tuple(readable),
                hit_policy="unique" if policy == "unique" else "collect",
                rules=tuple(make_rule(*rule) for rule in rules),
            )
        )
        if policy == "unique":
            domains[name] = tuple(dict.fromkeys(then for _, _, then in rules))
    pack = Pack(
        header=Header.model_construct(),
        statements=(),
        groups=(),
        questions=questions,
        decisions=tuple(made),
        constraints=tuple(
            Constraint.model_validate({"constraint": name, "never": tree, "text": "never"}) for name, tree in constraints.items()
        ),
        readings=(),
        notes=(),
        sheet=Sheet(sections=()),
        digest="",
    )
    return RandomPack(pack, found)


def _make_question(name: str, values: tuple[str, ...]) -> Question:
    return Question(question=name, group="group", label=name, text=name, help=name, values=values)


def _narrow(draw: st.DrawFn, domains: Domains, most: int) -> dict[str, tuple[str, ...]]:
    """Some of the names, in an order of their own."""
    names = draw(st.lists(st.sampled_from(list(domains)), min_size=1, max_size=most, unique=True))
    return {name: tuple(domains[name]) for name in names}


def _exclude_each_other(name: str, drawn: Sequence[Tree], domains: Domains) -> list[tuple[str, Tree, str]]:
    """Each condition where none before it holds, and a rule for the rest: no conflict and no gap."""
    rules: list[tuple[str, Tree, str]] = []
    for index, tree in enumerate(drawn):
        before = [{"not": other} for other in drawn[:index]]
        rules.append((f"{name}{index}", {"all": [tree, *before]}, LETTERS[index % 2]))
    rest: Tree = {"not": {"any": list(drawn)}} if drawn else {}
    return [*rules, (f"{name}Rest", rest, LETTERS[2])]


def _list_all(name: str, drawn: Sequence[Tree]) -> list[tuple[str, Tree, str]]:
    return [(f"{name}{index}", tree, LETTERS[index % 3]) for index, tree in enumerate(drawn)] or [(f"{name}0", {}, "u")]
