"""Whether the rules of a pack fit together: every reachable profile answered once, no rule and no read in vain.

Decided by going through the reachable profiles of each decision under each reading, so nothing here is a guess. A profile that
cannot be reached is never found fault with, and a finding shows as few values as bring it about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import combinations, product
from math import prod

from triage.completions import MAX_COMPLETIONS
from triage.conditions import holds
from triage.engine import Engine
from triage.pack import Pack
from triage.parts import Decision, Rule
from triage.profiles import Profile, Profiles
from triage.proofs.findings import Finding, Pairs

Under = dict[str, Profiles]
Firing = dict[str, set[tuple[str, Profile]]]

# Of the profiles that show a finding, so many are looked through for the smallest.
_TRIED = 16


def read_under(pack: Pack) -> Under:
    """The reachable profiles of a pack under each of its readings; under "" where it has none.

    Raises PackError where they are too many, or where constraints exclude everything.
    """
    return {name or "": Profiles(pack, name) for name in (tuple(pack.reading) or (None,))}


def fire_all(pack: Pack, under: Under) -> int:
    """Fire every reachable profile of every decision once through durable-rules, and say how many that were.

    The rules of a decision that differ under a reading are fired again. Raises EngineFault on any disagreement.
    """
    engine = Engine()
    domains = {name: pack.values_of(name) for name in (*pack.question, *pack.decision)}
    fired: set[tuple[str, tuple[str, ...], Profile]] = set()
    try:
        for profiles in under.values():
            for name, decision in profiles.decisions.items():
                rules = tuple(rule.rule for rule in decision.rules)
                loaded = engine.decision(name, decision.rules, domains)
                for profile in profiles.reached(name):
                    if (name, rules, profile) not in fired:
                        fired.add((name, rules, profile))
                        loaded.fire(dict(zip(decision.reads, profile, strict=True)))
    finally:
        engine.close()
    return len(fired)


def find_unsound(pack: Pack, under: Under) -> Iterator[Finding]:
    """Everything in the rules that is not answered once, or is there in vain."""
    for decision in pack.decisions:
        rules = pack.every_rule(decision.decision)
        firing: Firing = {rule.rule: set(_list_firing(rule, decision, under)) for rule in rules}
        if decision.hit_policy == "unique":
            yield from _find_gap(pack, decision, under)
            yield from _find_conflicts(pack, decision, under, firing)
        yield from (_never_fires(pack, decision, rule) for rule in rules if not firing[rule.rule])
        firing = {rule: profiles for rule, profiles in firing.items() if profiles}
        yield from _find_needless(pack, decision, firing)
        yield from _find_idle_reads(pack, decision, under)


def _list_firing(rule: Rule, decision: Decision, under: Under) -> Iterator[tuple[str, Profile]]:
    """The reachable profiles on which a rule fires, with the reading."""
    for reading, profiles in under.items():
        for profile in profiles.reached(decision.decision):
            if rule.rule in profiles.fired(decision.decision, profile):
                yield reading, profile


def _find_gap(pack: Pack, decision: Decision, under: Under) -> Iterator[Finding]:
    found = _show(decision, under, lambda profiles, profile: not profiles.fired(decision.decision, profile))
    if found is not None:
        profile, answers, reading, where = found
        place = pack.place("decision", decision.decision)
        yield Finding(place, "gap", f"{decision.decision}: no rule applies{where}", profile, answers, reading)


def _find_conflicts(pack: Pack, decision: Decision, under: Under, firing: Firing) -> Iterator[Finding]:
    """Each pair of rules that give different values on one reachable profile."""
    for one, other in combinations(pack.every_rule(decision.decision), 2):
        conflict = one.then != other.then and firing[one.rule] & firing[other.rule]
        found = _show(decision, under, partial(_both_fire, decision, one, other)) if conflict else None
        if found is not None:
            profile, answers, reading, where = found
            said = f"{one.rule} gives {one.then} and {other.rule} gives {other.then}"
            place = pack.place("rule", other.rule)
            yield Finding(place, "conflict", f"{decision.decision}: {said}{where}", profile, answers, reading)


def _both_fire(decision: Decision, one: Rule, other: Rule, profiles: Profiles, profile: Profile) -> bool:
    return {one.rule, other.rule} <= set(profiles.fired(decision.decision, profile))


def _show(
    decision: Decision, under: Under, is_shown: Callable[[Profiles, Profile], bool]
) -> tuple[Pairs, Pairs, str, str] | None:
    """The smallest part of a profile that brings something about, complete answers and the reading that lead there, and how
    often it occurs, in words."""
    shown = {
        reading: [profile for profile in profiles.reached(decision.decision) if is_shown(profiles, profile)]
        for reading, profiles in under.items()
    }
    shown = {reading: found for reading, found in shown.items() if found}
    if not shown:
        return None
    reading, found = next(iter(shown.items()))
    reached = under[reading].reached(decision.decision)
    others = reached.keys() - set(found)
    smallest, first = min(((_shrink(profile, others), profile) for profile in found[:_TRIED]), key=lambda pair: len(pair[0]))
    count = len(set().union(*shown.values()))
    where = f", on {count:,} of its reachable profiles" if count > 1 else ""
    alike = len(shown) == len(under) and all(set(other) == set(found) for other in shown.values())
    where += "" if len(shown) == len(under) else f", under {' and '.join(shown)}"
    where += "" if alike or len(shown) == 1 else f", as shown under {reading}"
    profile = tuple((decision.reads[index], first[index]) for index in smallest)
    return profile, tuple(reached[first].items()), "" if alike else reading, where


def _shrink(profile: Profile, others: Iterable[Profile]) -> tuple[int, ...]:
    """The fewest places of a profile whose values tell it from these others; the first such in the order of the reads."""
    differing = {frozenset(place for place, value in enumerate(profile) if other[place] != value) for other in others}
    needed = [places for places in differing if not any(fewer < places for fewer in differing)]
    sizes = (combinations(range(len(profile)), size) for size in range(len(profile) + 1))
    return next(kept for chosen in sizes for kept in chosen if all(not places.isdisjoint(kept) for places in needed))


def _never_fires(pack: Pack, decision: Decision, rule: Rule) -> Finding:
    place = pack.place("rule", rule.rule)
    replaced = [reading.reading for reading in pack.readings if rule.rule in reading.replaces]
    if len(replaced) == len(pack.readings) > 0:
        return Finding(place, "never-fires", f"{decision.decision}: {rule.rule} is replaced under every reading")
    domains = [pack.values_of(name) for name in decision.reads]
    named = (dict(zip(decision.reads, values, strict=True)) for values in product(*domains))
    holding = (profile for profile in named if holds(rule.when, profile)) if prod(map(len, domains)) <= MAX_COMPLETIONS else ()
    first = next(iter(holding), None)
    if first is None:
        return Finding(place, "never-fires", f"{decision.decision}: the condition of {rule.rule} can hold of nothing")
    said = f"{decision.decision}: {rule.rule} fires on no reachable profile; no complete answers lead to what it asks for"
    return Finding(place, "never-fires", said, tuple(first.items()))


def _find_needless(pack: Pack, decision: Decision, firing: Firing) -> Iterator[Finding]:
    """Rules that can all be taken out together, the later ones of equals: first those that one other contains."""
    rules = {rule.rule: rule for rule in pack.every_rule(decision.decision)}
    left = [rules[code] for code in firing]
    for rule in reversed(left):
        same = [other for other in left if other is not rule and other.then == rule.then]
        wider = next((other for other in same if firing[rule.rule] <= firing[other.rule]), None)
        if wider is not None:
            left = [other for other in left if other is not rule]
            said = f"{decision.decision}: wherever {rule.rule} fires, {wider.rule} fires too and gives {rule.then} as well"
            yield Finding(pack.place("rule", rule.rule), "subsumed", said)
    for rule in reversed(left):
        same = [other for other in left if other is not rule and other.then == rule.then]
        if firing[rule.rule] <= set().union(*(firing[other.rule] for other in same)):
            left = [other for other in left if other is not rule]
            others = ", ".join(other.rule for other in same if firing[other.rule] & firing[rule.rule])
            said = f"{decision.decision}: without {rule.rule} every value stays the same, given by {others}"
            yield Finding(pack.place("rule", rule.rule), "changes-nothing", said)


def _find_idle_reads(pack: Pack, decision: Decision, under: Under) -> Iterator[Finding]:
    """Reads that can all be taken out together, the later ones of equals: the rest says by itself which rules fire."""
    source = pack.sources["decisions.yaml"]
    at = pack.decisions.index(decision)
    kept = list(range(len(decision.reads)))
    for index in reversed(range(len(decision.reads))):
        others = [other for other in kept if other != index]
        if all(_suffice(profiles, decision, others) for profiles in under.values()):
            kept = others
            said = f"{decision.decision}: whatever {decision.reads[index]} can be beside the other reads, the same rules fire"
            yield Finding(source.place(("decisions", at, "reads", index)), "idle-read", said)


def _suffice(profiles: Profiles, decision: Decision, places: Sequence[int]) -> bool:
    """Whether what is read at these places says which rules fire, on every reachable profile."""
    seen: dict[Profile, tuple[str, ...]] = {}
    for profile in profiles.reached(decision.decision):
        fired = profiles.fired(decision.decision, profile)
        if seen.setdefault(tuple(profile[place] for place in places), fired) != fired:
            return False
    return True
