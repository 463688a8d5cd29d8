"""The intakes that `engines.py` times: a stream with repeats, drawn with a fixed seed, the same on every machine.

Shares are made up to look like a clinic's referrals (most fractures are osteoporotic and painful, warning signs are
rare). They come from no data and say nothing about patients.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

Answers = dict[str, str]

SEED = 20261123
SIZE = 20_000

FRACTURE: dict[str, dict[str, float]] = {
    "fracture": {"yes": 0.85, "no": 0.15},
    "painful": {"yes": 0.80, "no": 0.20},
    "cause": {"osteoporosis": 0.68, "trauma": 0.18, "cancer": 0.09, "other": 0.05},
    "collapsed": {"yes": 0.40, "no": 0.60},
    "height_restoration": {"yes": 0.35, "no": 0.65},
    "stable": {"yes": 0.55, "no": 0.45},
}
_SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss")
_REST: dict[str, dict[str, float]] = {
    **{sign: {"yes": 0.01, "no": 0.99} for sign in _SIGNS},
    "limited_mobility": {"yes": 0.55, "no": 0.45},
    "height_loss": {"yes": 0.30, "no": 0.70},
    "imaging": {"none": 0.20, "ordered": 0.25, "available": 0.40, "reviewed": 0.15},
    "vertebrae": {"1": 0.62, "2": 0.22, "3": 0.10, "4": 0.04, "5": 0.02},
    "insurance": {"medicare": 0.65, "other": 0.28, "none": 0.07},
}


def is_consistent(answers: Answers) -> bool:
    """False for what the constraint of the pack excludes: not collapsed, yet a height to restore."""
    return not (answers.get("collapsed") == "no" and answers.get("height_restoration") == "yes")


def list_all() -> list[Answers]:
    """The 96 consistent, fully known intakes of the six fracture questions."""
    every = (dict(zip(FRACTURE, values, strict=True)) for values in itertools.product(*FRACTURE.values()))
    return [answers for answers in every if is_consistent(answers)]


def _draw(chance: random.Random, shares: dict[str, dict[str, float]]) -> Answers:
    return {question: chance.choices(list(share), list(share.values()))[0] for question, share in shares.items()}


def _draw_consistent(chance: random.Random) -> Answers:
    while not is_consistent(answers := _draw(chance, FRACTURE)):
        pass
    return answers


def draw_fracture_intakes() -> list[Answers]:
    """The six fracture questions, all known: the engines have no other way to take them."""
    chance = random.Random(SEED)
    return [_draw_consistent(chance) for _ in range(SIZE)]


def draw_whole_intakes(known: float = 1.0) -> list[Answers]:
    """All 17 questions. With `known` below 1 that share of the fracture answers is given, the others are `unknown`."""
    chance = random.Random(SEED)
    fractures = [_draw_consistent(chance) for _ in range(SIZE)]
    return [{**_forget(chance, answers, known), **_draw(chance, _REST)} for answers in fractures]


def _forget(chance: random.Random, answers: Answers, known: float) -> Answers:
    return {question: value if chance.random() < known else "unknown" for question, value in answers.items()}


def count_distinct(intakes: Iterable[Answers]) -> int:
    return len({tuple(answers.items()) for answers in intakes})


def pick_distinct(intakes: Iterable[Answers]) -> list[Answers]:
    """The first of each kind, in the order of the stream."""
    return list({tuple(answers.items()): answers for answers in intakes}.values())
