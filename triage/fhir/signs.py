"""The warning signs in a response that cannot be used: a slip elsewhere is not to hide them.

Only what cannot be misread counts: the value that reports the sign, in an answer to its question, wherever that stands. Whether
the code is of the right system, or stands beside another, is left aside: a sign too many does less harm than one too few.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage import alarms
from triage.alarms import Alarm
from triage.pack import Pack


def find_alarm(pack: Pack, tree: object) -> Alarm | None:
    """What the signs in a response call for by themselves; None if it reports none."""
    return alarms.find_alarm(pack, find_signs(pack, tree))


def find_signs(pack: Pack, tree: object) -> Iterator[str]:
    """The questions at which a part of a tree reports a sign, some perhaps twice."""
    if isinstance(tree, list):
        for part in tree:
            yield from find_signs(pack, part)
    if isinstance(tree, dict):
        name = tree.get("linkId")
        question = pack.question.get(name) if isinstance(name, str) else None
        if question is not None and question.warning is not None and question.warning in _codes(tree.get("answer")):
            yield question.question
        for key in ("item", "answer", "parameter", "resource"):
            yield from find_signs(pack, tree.get(key))


def _codes(answers: object) -> Iterator[object]:
    for answer in answers if isinstance(answers, list) else ():
        coding = answer.get("valueCoding") if isinstance(answer, dict) else None
        if isinstance(coding, dict):
            yield coding.get("code")
