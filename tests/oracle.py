"""What the design says of the pack `vertebral-fracture`, by brute force and without a line of `triage`.

Everything here is written from DESIGN 3, 4.1, 4.2 and 7.3 as plain conditions over *all* complete cases: slow, short and meant
to be checked by eye. A completion is a complete case that agrees with what is known. The fracture questions, the warning signs
and imaging share no decision and no constraint, so their completions are listed apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

YES_NO = ("yes", "no")
FRACTURE: dict[str, tuple[str, ...]] = {
    "fracture": YES_NO,
    "painful": YES_NO,
    "cause": ("osteoporosis", "trauma", "cancer", "other"),
    "collapsed": YES_NO,
    "height_restoration": YES_NO,
    "stable": YES_NO,
}
EMERGENCY_SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain")
SIGNS = (*EMERGENCY_SIGNS, "fever", "cancer_pain", "weight_loss")
STANDING = {
    "none": "imaging_needed",
    "ordered": "imaging_needed",
    "available": "imaging_to_review",
    "reviewed": "imaging_reviewed",
}
NAMES: dict[str, frozenset[str]] = {  # pack order
    "both": frozenset({"vertebroplasty", "kyphoplasty"}),
    "vertebroplasty": frozenset({"vertebroplasty"}),
    "kyphoplasty": frozenset({"kyphoplasty"}),
    "outside_documents": frozenset(),
}
PROCEDURES = ("vertebroplasty", "kyphoplasty")
READINGS = ("broad", "narrow")

Answers = Mapping[str, str]
Known = tuple[str | None, ...]  # the six fracture answers in pack order, None where open
Case = dict[str, str]


def decide(case: Case, reading: str) -> dict[str, str]:
    """The four fracture decisions of a complete case."""
    if case["fracture"] == "no" or case["painful"] == "no" or case["cause"] == "other":
        presentation = "not_described"
    elif case["cause"] == "cancer":
        presentation = "described_for_some"
    else:
        presentation = "described"
    vertebroplasty = kyphoplasty = "not_described"
    if presentation != "not_described":
        if case["stable"] == "yes":
            vertebroplasty = "described"
        if case["collapsed"] == "yes" and case["height_restoration"] == "yes":
            kyphoplasty = "described"
        elif case["collapsed"] == "yes" and reading == "broad":
            kyphoplasty = "described_in_part"
    if vertebroplasty == "described":
        discussion = "vertebroplasty" if kyphoplasty == "not_described" else "both"
    else:
        discussion = "outside_documents" if kyphoplasty == "not_described" else "kyphoplasty"
    return {
        "presentation": presentation,
        "vertebroplasty": vertebroplasty,
        "kyphoplasty": kyphoplasty,
        "discussion": discussion,
    }


def alert(signs: Mapping[str, str]) -> str:
    """The safety net where all seven signs are known."""
    if any(signs[sign] == "yes" for sign in EMERGENCY_SIGNS):
        return "emergency"
    return "same_day" if "yes" in signs.values() else "no_warning_sign"


CASES: list[Case] = [dict(zip(FRACTURE, values, strict=True)) for values in product(*FRACTURE.values())]
ALLOWED = [case for case in CASES if not (case["collapsed"] == "no" and case["height_restoration"] == "yes")]
DECIDED = {reading: [decide(case, reading) for case in ALLOWED] for reading in READINGS}


def known(answers: Answers, question: str) -> str | None:
    """The value of an answer, None where it is unknown or unanswered."""
    value = answers.get(question)
    return None if value == "unknown" else value


def known_fracture(answers: Answers) -> Known:
    return tuple(known(answers, question) for question in FRACTURE)


@cache
def completions(given: Known) -> tuple[int, ...]:
    """The positions in ALLOWED of the cases that agree with what is given."""
    pairs = [(question, value) for question, value in zip(FRACTURE, given, strict=True) if value is not None]
    return tuple(n for n, case in enumerate(ALLOWED) if all(case[question] == value for question, value in pairs))


@cache
def possible(given: Known, reading: str, decision: str) -> frozenset[str]:
    return frozenset(DECIDED[reading][n][decision] for n in completions(given))


@cache
def outcomes(given: Known, reading: str) -> tuple[str, ...]:
    """The possible outcomes, in pack order."""
    values = possible(given, reading, "discussion")
    return tuple(outcome for outcome in NAMES if outcome in values)


def outcome(among: tuple[str, ...]) -> str:
    """The one outcome; or the one that names what all of several have in common, if they have something in common."""
    if not among:
        return "contradictory_answers"
    if len(among) == 1:
        return among[0]
    common = frozenset.intersection(*(NAMES[value] for value in among))
    return next(value for value in NAMES if NAMES[value] == common) if common else "not_enough_information"


def matters(question: str, cases: list[Case], value_of: Callable[[int], object]) -> bool:
    """Whether two of the cases that differ only in this question differ in value.

    Only if no two cases differ only in this question: whether its values leave different possible values.
    """
    apart: dict[tuple[str, ...], list[object]] = defaultdict(list)
    by_value: dict[str, set[object]] = defaultdict(set)
    for n, case in enumerate(cases):
        apart[tuple(value for name, value in case.items() if name != question)].append(value_of(n))
        by_value[case[question]].add(value_of(n))
    if any(len(values) > 1 for values in apart.values()):
        return any(len(set(values)) > 1 for values in apart.values())
    return len({frozenset(values) for values in by_value.values()}) > 1


@cache
def fracture_ranking(given: Known, reading: str) -> tuple[str, ...]:
    """The open fracture questions that matter, best first."""
    left = completions(given)
    cases, decided = [ALLOWED[n] for n in left], [DECIDED[reading][n] for n in left]
    to_outcome: list[tuple[int, int, str]] = []
    to_others: list[str] = []
    for order, (question, value) in enumerate(zip(FRACTURE, given, strict=True)):
        if value is not None:
            continue
        if matters(question, cases, lambda n: decided[n]["discussion"]):
            # completions are equally likely, and their number is the same for all questions: no division needed
            unsettled = 0
            for answer in FRACTURE[question]:
                after = [decided[n]["discussion"] for n, case in enumerate(cases) if case[question] == answer]
                unsettled += len(after) if len(set(after)) > 1 else 0
            to_outcome.append((unsettled, order, question))
        elif matters(question, cases, lambda n: tuple(decided[n][name] for name in PROCEDURES)):
            to_others.append(question)
    return (*(question for _, _, question in sorted(to_outcome)), *to_others)


@cache
def settling(given: Known, reading: str) -> tuple[str, ...]:
    """The smallest set of open questions whose answers settle the outcome; the first in pack order among equals."""
    if len(outcomes(given, reading)) <= 1:
        return ()
    still_open = [question for question, value in zip(FRACTURE, given, strict=True) if value is None]
    for size in range(1, len(still_open) + 1):
        for chosen in combinations(still_open, size):
            after: dict[tuple[str, ...], set[str]] = defaultdict(set)
            for n in completions(given):
                after[tuple(ALLOWED[n][question] for question in chosen)].add(DECIDED[reading][n]["discussion"])
            if all(len(values) == 1 for values in after.values()):
                return chosen
    raise AssertionError("all the answers together settle every outcome")


@cache
def sign_view(given: Known) -> tuple[frozenset[str], tuple[str, ...]]:
    """The possible values of the safety net, and the open signs that matter."""
    choices = [YES_NO if value is None else (value,) for value in given]
    cases = [dict(zip(SIGNS, values, strict=True)) for values in product(*choices)]
    alerts = [alert(case) for case in cases]
    unanswered = [sign for sign, value in zip(SIGNS, given, strict=True) if value is None]
    return frozenset(alerts), tuple(sign for sign in unanswered if matters(sign, cases, alerts.__getitem__))


@dataclass(frozen=True)
class Expected:
    """What an assessment must say; `decisions` gives the possible values, `others` the other readings."""

    outcome: str
    settled: bool
    possible_outcomes: tuple[str, ...]
    procedures: dict[str, tuple[str, str | None]]
    level: str
    safety_settled: bool
    reported: tuple[str, ...]
    open_signs: tuple[str, ...]
    standing: str
    decisions: dict[str, frozenset[str]]
    next_questions: tuple[str, ...] = ()
    to_find_out: tuple[str, ...] = ()
    to_settle: tuple[str, ...] = ()
    implied: tuple[tuple[str, str], ...] = ()
    contradictions: tuple[tuple[str, ...], ...] = ()
    others: tuple[tuple[str, str, bool, tuple[str, ...], bool], ...] = ()


def expect(answers: Answers, reading: str = "broad") -> Expected:
    """What 7.3 fixes apart from wording. In the answers `unknown` is asked and not known, absent is not asked."""
    reported = tuple(sign for sign in SIGNS if answers.get(sign) == "yes")
    open_signs = tuple(sign for sign in SIGNS if known(answers, sign) is None)
    levels, asked_signs = sign_view(tuple(known(answers, sign) for sign in SIGNS))
    if any(sign in EMERGENCY_SIGNS for sign in reported):
        level = "emergency"
    else:
        level = "same_day" if reported else "open" if open_signs else "no_warning_sign"
    safety = (level, len(levels) == 1, reported, open_signs)
    imaging = known(answers, "imaging")
    standings = frozenset(STANDING.values() if imaging is None else [STANDING[imaging]])
    standing = "open" if imaging is None else STANDING[imaging]
    if level == "emergency":
        return Expected("contact_clinician_now", False, (), {}, *safety, standing, {"safety_net": levels})

    given = known_fracture(answers)
    found = {name: outcomes(given, name) for name in READINGS}
    mine = found[reading]
    decisions = {name: possible(given, reading, name) for name in ("presentation", *PROCEDURES, "discussion")}
    decisions |= {"safety_net": levels, "standing": standings}
    others = tuple((name, outcome(it), len(it) == 1, it, it != mine) for name, it in found.items() if name != reading)
    if not mine:
        procedures: dict[str, tuple[str, str | None]] = dict.fromkeys(PROCEDURES, ("open", None))
        pair = (("collapsed", "height_restoration"),)  # the only constraint, so the only way to contradict oneself
        result = outcome(mine), False, mine, procedures
        return Expected(*result, *safety, standing, decisions, contradictions=pair, others=others)

    procedures = {}
    for name in PROCEDURES:
        naming = {name in NAMES[value] for value in mine}
        value = next(iter(decisions[name])) if len(decisions[name]) == 1 else None
        procedures[name] = ("open" if len(naming) == 2 else "yes" if naming == {True} else "no", value)
    left = [ALLOWED[n] for n in completions(given)]
    implied = [(name, left[0][name]) for name in FRACTURE if known(answers, name) is None and len({c[name] for c in left}) == 1]
    ranking = (*asked_signs, *fracture_ranking(given, reading), *(["imaging"] if imaging is None else []))
    return Expected(
        outcome(mine), len(mine) == 1, mine, procedures, *safety, standing, decisions,
        next_questions=tuple(question for question in ranking if question not in answers),
        to_find_out=tuple(question for question in ranking if question in answers),
        to_settle=settling(given, reading),
        implied=tuple(implied),
        others=others,
    )  # fmt: skip


@cache
def fewest_questions(given: Known, reading: str) -> int:
    """What the best order of asking needs to settle the outcome, added up over all completions."""
    if len(outcomes(given, reading)) <= 1:
        return 0
    totals = []
    for n, question in enumerate(FRACTURE):
        if given[n] is None:
            branches = ((*given[:n], value, *given[n + 1 :]) for value in FRACTURE[question])
            totals.append(sum(fewest_questions(branch, reading) for branch in branches))
    return len(completions(given)) + min(totals)
