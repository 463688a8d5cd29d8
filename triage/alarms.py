"""What is said at once of warning signs in something that cannot be used: a slip elsewhere is not to hide them.

Whatever is refused, a file, a row, a response or a page, is looked through for signs, and what those call for by themselves is
said before what is wrong. Nothing else is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from triage.assessment import assess
from triage.intake import Intake, find_signs
from triage.pack import Pack

NOW = "Do not wait for the correction."


class Alarm(NamedTuple):
    """Reported signs by their questions and in words, with the level that they reach and what that calls for."""

    level: str
    text: str
    signs: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def action(self) -> str:
        """What to do."""
        return f"{self.text} {NOW}"

    def __str__(self) -> str:
        return f"{', '.join(self.labels)}: {self.action}"


def find_alarm(pack: Pack, signs: Iterable[str]) -> Alarm | None:
    """What signs call for that are reported at these questions, some perhaps named twice; None where that is nothing."""
    told = {*signs}
    reported = {name: question.warning for name, question in pack.question.items() if name in told}
    net, header = assess(pack, Intake(reported)).safety_net if reported else None, pack.header.safety_net
    level = next((level for level in header.levels[:-1] if level.level == net.level), None) if net and header else None
    if level is None:
        return None
    return Alarm(level.level, level.text, tuple(reported), tuple(pack.question[name].label for name in reported))


def find_alarm_of(pack: Pack, intake: Intake) -> Alarm | None:
    """What the signs call for that an intake reports, whatever else is wrong with it."""
    return find_alarm(pack, find_signs(pack, intake))
