"""One pack reads rows: each gets the number of what is read of it, of which there are few however many rows there are.

What is read is what a batch shows, in the terms in which packs are compared. A question of which the pack knows nothing is a
column like any other, and says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from triage.batch.cells import BETWEEN, Cells
from triage.batch.coding import Codes, Numbers, Rows
from triage.batch.kernel import Kernel
from triage.conclusions import OPEN
from triage.intake import Given, Intake, normalise
from triage.pack import Pack
from triage.revisions.views import NOTHING, Aspect, View


class Read(NamedTuple):
    """What a pack reads of a row; `views.NOTHING` for what the pack does not have."""

    safety_net: View
    outcome: View
    standing: View

    def view(self, aspect: Aspect) -> View:
        view: View = getattr(self, aspect.kind)
        return view


class Reader:
    """One pack under one reading. What it reads has its number as its place in `reads`."""

    def __init__(self, pack: Pack, reading: str) -> None:
        self.pack = pack
        self._kernel = Kernel(pack, reading)
        net = pack.header.safety_net
        self._withholding = {level.level for level in net.levels if level.withholds} if net is not None else set()
        self._numbers = Numbers()
        self.reads: Sequence[Read] = self._numbers.things
        self._of_class: list[int] = []

    def read(self, record: Any, columns: Sequence[str]) -> tuple[Codes, dict[str, Rows]]:
        """The number of what is read of each row, and for each question the rows whose cell is no answer.

        Raises RequestError for a column of a type that no answer has, and otherwise as `assess` does.
        """
        known = {name: record.column(name) for name in columns if name in self.pack.question}
        classified = self._kernel.classify(known, len(record))
        new = self._kernel.found[len(self._of_class) :]
        self._of_class += [self._numbers.of(self._view(cells)) for cells in new]
        return np.array(self._of_class, np.int32).take(classified.classes), classified.refused

    def _view(self, cells: Cells) -> Read:
        level, standing = cells.safety_net, cells.standing
        possible = tuple(cells.possible_outcomes.split(BETWEEN)) if cells.possible_outcomes else ()
        return Read(
            NOTHING if level is None else View(level, level != OPEN, (), level in self._withholding),
            View(cells.outcome, cells.settled, possible),
            NOTHING if standing is None else View(standing, standing != OPEN),
        )

    def spell(self, question: str, cells: Any) -> tuple[tuple[str | None, ...], Codes]:
        """What this pack takes cells of a question for: the answers there are, and which of them each is; None for nothing."""
        if question not in self.pack.question:
            return (None,), np.zeros(len(cells), np.int32)
        spellings = self._kernel.spellings[question]
        codes, _ = spellings.read(cells)
        return spellings.answers, np.zeros(0, np.int32) if codes is None else codes

    def normalise(self, given: dict[str, Given]) -> dict[str, str]:
        """The answers of a row that this pack takes, in its words."""
        return normalise(self.pack, Intake({name: cell for name, cell in given.items() if name in self.pack.question})).values
