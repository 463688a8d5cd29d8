"""Whether the safety net holds: every rule of it has a source, and no answer silences a warning sign.

A sign is silenced if, while it is reported, some other answers give a level less severe than it gives alone, or the level at
which there is no sign. Whatever else may be wrong with a pack, this must not be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage.pack import Pack
from triage.parts import SafetyNet
from triage.profiles import Answers, Profiles
from triage.proofs.findings import Finding
from triage.proofs.soundness import Under


class _Row(NamedTuple):
    """Complete answers to what the safety net rests on, with the place of their level among the levels."""

    answers: Answers
    level: int


def find_unsourced(pack: Pack) -> Iterator[Finding]:
    """Rules of the safety net that cite none of the sources it is taken from."""
    net = pack.header.safety_net
    for rule in pack.every_rule(net.decision) if net is not None else ():
        if not pack.source.keys() & set(rule.because):
            said = f"{rule.rule} is a rule of the safety net and cites no source"
            yield Finding(pack.place("rule", rule.rule), "unsourced-sign", said)


def find_silenced(pack: Pack, under: Under) -> Iterator[Finding]:
    """Warning signs that other answers silence, each told once, with the answers that do it."""
    net = pack.header.safety_net
    signs = {question.question: question.warning for question in pack.questions if question.warning is not None}
    for sign, warning in signs.items() if net is not None else ():
        at = ("questions", list(pack.question).index(sign), "warning")
        place = pack.sources["questions.yaml"].place(at)
        for reading, profiles in under.items():
            assert net is not None
            found = _find_silencing(net, profiles, signs, sign)
            if found is not None:
                row, alone = found
                read = profiles.decisions[net.decision].reads
                values = {**row.answers, **profiles.evaluate(row.answers, [net.decision])}
                profile = tuple((name, str(values[name])) for name in read)
                levels = [level.level for level in net.levels]
                said = f"{sign}: {warning} gives {levels[alone]} alone, yet {levels[row.level]} together with other answers"
                if row.level == alone:
                    said = f"{sign}: {warning} is reported, yet the level is {levels[alone]}"
                yield Finding(place, "silenced-sign", said, profile, tuple(row.answers.items()), reading)
                break


def _find_silencing(net: SafetyNet, profiles: Profiles, signs: dict[str, str], sign: str) -> tuple[_Row, int] | None:
    """The first answers that silence a sign, with the level that it gives alone."""
    rows = [row for row in _list_rows(net, profiles) if row.answers[sign] == signs[sign]]
    others = [other for other in signs if other != sign]
    alone = [row.level for row in rows if all(row.answers.get(other) != signs[other] for other in others)]
    least = len(net.levels) - 1
    severest = min(alone, default=least)
    found = next((row for row in rows if row.level > severest or row.level == least), None)
    return None if found is None else (found, severest)


def _list_rows(net: SafetyNet, profiles: Profiles) -> list[_Row]:
    """Complete answers to what the safety net rests on; those apart that it has no level for."""
    order = {level.level: position for position, level in enumerate(net.levels)}
    scope = profiles.completions.scopes[net.decision]
    every = (dict(zip(scope, values, strict=True)) for values in profiles.completions.complete(scope))
    levels = ((answers, profiles.evaluate(answers, [net.decision])[net.decision]) for answers in every)
    return [_Row(answers, order[level]) for answers, level in levels if isinstance(level, str)]
