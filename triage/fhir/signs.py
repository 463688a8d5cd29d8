"""The warning signs in a response that cannot be used: a slip elsewhere is not to hide them.

Only what cannot be misread counts: the value that reports the sign, in an answer to its question, wherever that stands. Whether
it is a code of the right system, a text or a truth value, or stands beside another, is left aside: a sign too many does less harm
than one too few.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage import alarms
from triage.alarms import Alarm
from triage.fhir.elements import VALUES
from triage.intake import read_answer
from triage.pack import Pack
from triage.parts import Question


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
        if question is not None and any(_reports(question, value) for value in _values(tree.get("answer"))):
            yield question.question
        for key in ("item", "answer", "parameter", "part", "resource", "entry"):
            yield from find_signs(pack, tree.get(key))


def _reports(question: Question, value: object) -> bool:
    """Whether a value reports the sign, in any of the spellings that an intake can have."""
    return question.warning is not None and isinstance(value, str) and read_answer(question, value) == question.warning


def _values(answers: object) -> Iterator[object]:
    """What stands in answers, of whatever type; one answer that stands there without a list is one as well."""
    for answer in answers if isinstance(answers, list) else [answers]:
        for key, value in answer.items() if isinstance(answer, dict) else ():
            if isinstance(value, dict):
                yield value.get("code")
            elif key in VALUES:
                yield value
