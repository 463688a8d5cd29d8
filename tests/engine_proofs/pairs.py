"""Differential pairs: a profile, fired through the wrapper, and read off the trees by an evaluator that knows no engine.

Each seed is one pack with all its decisions under every reading, or one decision as large as the limits allow. What was done is
kept line by line, so that a run may be stopped and goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import NamedTuple

from random_packs import Profile, Tree, fits, is_true, make_rules
from test_random_assessments import DEFAULT, Artist

from triage import EngineFault
from triage.engine import FiredDecision

PART = 40
MOST_PROFILES = 150
Domains = Mapping[str, Sequence[str]]


class Counted(NamedTuple):
    """What came of a seed."""

    seed: int
    pairs: int
    fired: int
    wrong: tuple[str, ...] = ()


class World(NamedTuple):
    """The rules of one decision as trees, and the values of what they read."""

    trees: dict[str, Tree]
    domains: Domains


def draw_worlds(seed: int) -> Iterator[World]:
    """Two seeds in three are packs, the third is a large decision."""
    if seed % 3:
        yield from draw_pack(seed)
    else:
        yield draw_large(Random(seed))


def draw_pack(seed: int) -> Iterator[World]:
    artist = Artist(seed)
    sketch = artist.draw()
    for name, table in sketch.tables.items():
        seen: set[tuple[str, ...]] = set()
        for reading in (DEFAULT, *sketch.readings):
            lines = sketch.lines(name, reading)
            if (rules := tuple(line.rule for line in lines)) not in seen:
                seen.add(rules)
                yield World({line.rule: line.when for line in lines}, {read: artist.domains[read] for read in table.reads})


def draw_large(pick: Random) -> World:
    """Rules are added until the limits of durable-rules leave no room for another."""
    letters = [f"v{number}" for number in range(pick.randint(2, 12))]
    domains = {f"read_{place}": letters[: pick.randint(2, len(letters))] for place in range(pick.randint(1, 9))}
    depth = pick.choice((0, 0, 1, 2, 3))
    trees: dict[str, Tree] = {}
    for place in range(49):
        more = {**trees, f"R{place}": draw_tree(pick, domains, depth)}
        if not fits(make_rules(more), domains):
            break
        trees = more
    return World(trees, domains)


def draw_tree(pick: Random, domains: Domains, depth: int) -> Tree:
    if depth == 0 or pick.random() < 0.2:
        names = pick.sample(list(domains), pick.randint(1, min(2, len(domains))))
        return {name: pick.choice((pick.choice(domains[name]), [*pick.sample(domains[name], 2)])) for name in names}
    if pick.random() < 0.25:
        return {"not": draw_tree(pick, domains, depth - 1)}
    return {pick.choice(("any", "all")): [draw_tree(pick, domains, depth - 1) for _ in range(pick.randint(1, 3))]}


def list_some(domains: Domains, pick: Random) -> list[Profile]:
    """Every profile, or as many as are fired where there are more."""
    size = 1
    for values in domains.values():
        size *= len(values)
    if size <= MOST_PROFILES:
        return [dict(zip(domains, values, strict=True)) for values in product(*domains.values())]
    return [{name: pick.choice(values) for name, values in domains.items()} for _ in range(MOST_PROFILES)]


def count_pairs(seed: int) -> Counted:
    pairs, fired, wrong = 0, 0, []
    for trees, domains in draw_worlds(seed):
        decision = FiredDecision("decision", make_rules(trees), domains)
        for profile in list_some(domains, Random(seed)):
            expected = tuple(rule for rule, tree in trees.items() if is_true(tree, profile))
            try:
                found = decision.fire(profile)
            except EngineFault as fault:
                found = (f"fault: {fault}",)
            pairs, fired = pairs + 1, fired + len(expected)
            if found != expected:
                wrong.append(f"seed {seed}: {profile} fired {found}, and not {expected}")
        decision.close()
    return Counted(seed, pairs, fired, tuple(wrong))


def read_counted(kept: Path) -> list[Counted]:
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    return [Counted(seed, pairs, fired, tuple(wrong)) for seed, pairs, fired, wrong in map(json.loads, lines)]


def go_on(kept: Path, most: int) -> Iterator[Counted]:
    """What was counted before, and then seed after seed, until so many pairs are reached."""
    counted = read_counted(kept)
    yield from counted
    total, seed = sum(one.pairs for one in counted), len(counted)
    with ProcessPoolExecutor() as pool, kept.open("a", encoding="utf-8") as file:
        while total < most:
            for one in pool.map(count_pairs, range(seed, seed + PART)):
                file.write(json.dumps(one) + "\n")
                total, seed = total + one.pairs, seed + 1
                yield one
            file.flush()


def sample(number: int) -> list[Counted]:
    """The first seeds, here in this process."""
    return list(islice(map(count_pairs, range(10**6)), number))
