"""One consult sheet for each row of a batch, in a folder of its own that appears whole or not at all.

A sheet is what `assess` makes of all rows together: a warning sign of one row, be it left out, stands on every sheet of its
reference. It is named by the reference and site of its case, or else by its row. Labels are opaque and hold no separator of
folders; what would be hidden, or would be the name of another sheet where case does not count, gets a name of its own as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from triage.assessment import assess
from triage.batch.headers import LABELS
from triage.batch.runs import Assessed
from triage.errors import RequestError
from triage.formats import FORMATS, render
from triage.intake import Given, Intake, carry_signs
from triage.pack import Pack
from triage.publication import write_whole

MAX_SHEETS = 5_000


class Sheets:
    """Writes sheets into a folder."""

    def __init__(self, folder: Path, pack: Pack, *, format: str, reading: str | None = None) -> None:
        self._folder = folder
        self._pack = pack
        self._format = format
        self._reading = reading
        self._taken: set[str] = set()
        self._named: list[tuple[str, Intake]] = []
        self._left_out: list[Intake] = []

    def collect(self, assessed: Assessed) -> None:
        """A sheet for every row of a batch, written in the end. Raises RequestError past the limit."""
        record, columns = assessed.batch.record, assessed.columns
        if len(self._taken) + len(record) > MAX_SHEETS:
            raise RequestError(f"at most {MAX_SHEETS:,} sheets are written at once, and here are more rows; leave out --sheets")
        numbers = assessed.batch.number(range(len(record)))
        for row, number in enumerate(numbers):
            answers: dict[str, Given] = {name: record.column(name)[row].as_py() for name in columns.questions}
            labels = {name: _label(record.column(name)[row].as_py()) for name in LABELS if name in columns.labels}
            intake = Intake(answers, reference=labels.get("reference"), site=labels.get("site"))
            told = "-".join(label for label in labels.values() if label) or f"row-{number}"
            self._named.append((self._name(told), intake))
        alarms = ((reject.reference, reject.alarm) for reject in assessed.rejects if reject.reference and reject.alarm)
        for reference, alarm in alarms:
            self._left_out.append(Intake({sign: self._pack.question[sign].warning for sign in alarm.signs}, reference=reference))

    def finish(self) -> None:
        """Write them all; a sign that one row reports stands on the sheets of every row of its reference."""
        changed, _ = carry_signs(self._pack, [*(intake for _, intake in self._named), *self._left_out])
        for (name, _), intake in zip(self._named, changed, strict=False):
            write_whole(self._folder / name, self._render(intake))

    def _render(self, intake: Intake) -> bytes:
        return render([assess(self._pack, intake, reading=self._reading)], self._pack, self._format)

    def _name(self, told: str) -> str:
        plain = told if told[0] not in ".-" else f"case{told}"
        name, times = plain, 1
        while name.casefold() in self._taken:
            times += 1
            name = f"{plain}-{times}"
        self._taken.add(name.casefold())
        return name + FORMATS[self._format].endings[0]


def _label(value: Any) -> str | None:
    return None if value in (None, "") else str(value)
