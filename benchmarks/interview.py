"""How many questions an interview asks: `python benchmarks/interview.py`

Over the 96 consistent, fully known intakes of the fracture questions, under both readings: the mean number of questions until the
outcome is settled, asking what `next_questions` says, against pack order and against every fixed order (shortest and longest of
720), in which questions that cannot matter any more are asked all the same. Then whole interviews without a warning sign,
questions for the sheet included, and the time that choosing the next question takes, at every point of all these interviews.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Iterator

from intakes import FRACTURE, list_all

from triage import Intake, assess, load_pack
from triage.assessment import Assessor, assessor_for
from triage.interview import for_sheet, next_question
from triage.pack import Pack

Answers = dict[str, str]
NO_SIGN = dict.fromkeys(
    ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss"), "no"
)
REST = {"limited_mobility": "no", "height_loss": "no", "imaging": "available", "vertebrae": "1", "insurance": "medicare"}


def count_adaptive(pack: Pack, case: Answers, reading: str) -> int:
    """Questions asked until the outcome is settled, choosing each by what is known so far."""
    known: Answers = {}
    while not (now := assess(pack, Intake({**NO_SIGN, **known}), reading=reading)).settled:
        name = now.next_questions[0]
        known[name] = case[name]
    return len(known)


def count_fixed(assessor: Assessor, case: Answers, reading: str, order: tuple[str, ...]) -> int:
    """Questions asked until the outcome is settled, in one order whatever the answers."""
    known: Answers = dict(NO_SIGN)
    for asked, name in enumerate(order):
        if assessor.outcome(known, reading).settled:
            return asked
        known[name] = case[name]
    return len(order)


def walk(pack: Pack, case: Answers) -> Iterator[float]:
    """Seconds that each choice of a question takes, from the first to the last of a whole interview."""
    known: Answers = {}
    given = {**NO_SIGN, **case, **REST}
    while True:
        start = time.perf_counter()
        question = next_question(pack, assess(pack, Intake(known)))
        yield time.perf_counter() - start
        if question is None:
            return
        known[question.question] = given[question.question]


def show(title: str, counts: list[int]) -> None:
    spread = ", ".join(f"{number}: {times}" for number, times in sorted(Counter(counts).items()))
    print(f"{title:28}{statistics.mean(counts):8.3f}   {spread}")


def main() -> None:
    pack = load_pack()
    assessor = assessor_for(pack)
    cases = list_all()
    for reading in assessor.readings:
        print(f"Reading {reading}: questions to a settled outcome, mean and how often each number")
        show("as asked", [count_adaptive(pack, case, reading) for case in cases])
        show("pack order", [count_fixed(assessor, case, reading, tuple(FRACTURE)) for case in cases])
        by_order = {
            order: [count_fixed(assessor, case, reading, order) for case in cases] for order in itertools.permutations(FRACTURE)
        }
        show("shortest fixed order", min(by_order.values(), key=sum))
        show("longest fixed order", max(by_order.values(), key=sum))
    fresh = load_pack()
    assess(fresh, Intake({}))  # what an interview does before its first question
    walks = [list(walk(fresh, case)) for case in cases]
    show("whole interviews", [len(times) - 1 for times in walks])
    show("without the sheet's", [len(times) - 1 - len(for_sheet(pack)) for times in walks])
    choices = sorted(seconds * 1000 for times in walks for seconds in times)
    print(f"choosing a question: median {statistics.median(choices):.2f} ms, slowest {choices[-1]:.2f} ms of {len(choices):,}")


if __name__ == "__main__":
    main()
