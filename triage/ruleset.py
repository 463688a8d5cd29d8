"""What durable-rules is fed, made by pure functions.

durable-rules crashes, hangs or drops rules outside a narrow subset, so a decision is turned into that subset before it is
loaded: equality on short known words, `$and` and `$or`, with the fact's kind first in every condition. Negation is removed by
complement over a finite list of values, which is exact. A decision that does not fit is refused with the remedy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from triage.conditions import All, Any, Condition, Is, Not
from triage.parts import Rule

KIND = "kind"
PROFILE = "profile"
SENTINEL = "$sentinel"
# Of the priorities that occur here, durable-rules fires the lowest first; rules have none, which counts as 0.
SENTINEL_PRIORITY = 10
MAX_TESTS = 50
MAX_GROUPS = 14
MAX_LENGTH = 200

Term = dict[str, object]
Definition = dict[str, dict[str, object]]
Domains = Mapping[str, Sequence[str]]


def build_ruleset(rules: Sequence[Rule], domains: Domains) -> Definition:
    """The definition of one decision, without its actions: rule id → its condition over one flat fact.

    `domains` gives the closed list of values of everything the decision reads.
    """
    definition: Definition = {}
    for rule in rules:
        terms: list[Term] = [{KIND: PROFILE}]
        positive = _positive(rule.when, domains, wanted=True)
        if positive is False:
            continue
        if positive is not True:
            terms += _terms("$and", positive)
        definition[rule.rule] = {"all": [{"m": {"$and": terms} if len(terms) > 1 else terms[0]}]}
    definition[SENTINEL] = {"all": [{"m": {KIND: PROFILE}}], "pri": SENTINEL_PRIORITY}
    return definition


def _positive(condition: Condition, domains: Domains, *, wanted: bool) -> Term | bool:
    """A condition, or its negation, without negation; True or False where it is constant."""
    match condition:
        case Is(name, values):
            chosen = [value for value in domains[name] if (value in values) is wanted]
            if len(chosen) == len(domains[name]):
                return True
            return _join("$or", [{name: value} for value in chosen])
        case Not(part):
            return _positive(part, domains, wanted=not wanted)
        case All(parts) | Any(parts):
            conjunction = isinstance(condition, All) is wanted
            terms: list[Term] = []
            for part in parts:
                term = _positive(part, domains, wanted=wanted)
                if isinstance(term, bool):
                    if term is not conjunction:
                        return term
                else:
                    terms.append(term)
            return conjunction if not terms else _join("$and" if conjunction else "$or", terms)
    assert_never(condition)


def _join(operator: str, terms: list[Term]) -> Term | bool:
    """Terms under one operator; nested groups of the same operator become one."""
    flat: list[Term] = []
    for term in terms:
        flat += _terms(operator, term)
    if not flat:
        return False
    return flat[0] if len(flat) == 1 else {operator: flat}


def _terms(operator: str, term: Term) -> list[Term]:
    """The parts of a group of this operator, or the term itself."""
    inner = term.get(operator)
    return inner if isinstance(inner, list) else [term]


def find_limits(definition: Definition) -> Iterator[tuple[str, str]]:
    """`(code, message)` for every limit of durable-rules that a definition passes."""
    tests = [term for rule in definition.values() for term in _tests(rule["all"])]
    groups = sum(_groups(rule["all"]) for rule in definition.values())
    if len(tests) > MAX_TESTS:
        yield "too-many-tests", f"has {len(tests)} equality tests after expansion; at most {MAX_TESTS} are fired; split it in two"
    if groups > MAX_GROUPS:
        yield "too-many-groups", f"has {groups} and/or groups after expansion; at most {MAX_GROUPS} are fired; split it in two"
    by_hash: dict[int, str] = {}
    for name in list_names(definition):
        other = by_hash.setdefault(fnv_1a(name), name)
        if other != name:
            yield "colliding-names", f"reads {name} and {other}, which durable-rules takes for one name; rename one"
    for word in dict.fromkeys(word for test in tests for word in test):
        if not is_plain(word):
            yield "unusable-word", f"uses a word that is not plain text of at most {MAX_LENGTH} characters: {word[:20]!r}"


def list_names(definition: Definition) -> tuple[str, ...]:
    """The names a definition tests. A fact has these alone: another could collide with one of them."""
    return tuple(dict.fromkeys(name for rule in definition.values() for name, _ in _tests(rule["all"])))


def _tests(term: object) -> Iterator[tuple[str, str]]:
    if isinstance(term, list):
        for item in term:
            yield from _tests(item)
    else:
        assert isinstance(term, dict)
        for key, value in term.items():
            if isinstance(value, str):
                yield key, value
            else:
                yield from _tests(value)


def _groups(term: object) -> int:
    if isinstance(term, list):
        return sum(_groups(item) for item in term)
    if isinstance(term, dict):
        return sum((key in ("$and", "$or")) + _groups(value) for key, value in term.items())
    return 0


def fnv_1a(name: str) -> int:
    """The 32-bit FNV-1a hash by which durable-rules compares attribute names."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def is_plain(word: str) -> bool:
    """Whether a word is printable, in normal form C, and short enough for durable-rules."""
    return 0 < len(word) <= MAX_LENGTH and word.isprintable() and unicodedata.normalize("NFC", word) == word
