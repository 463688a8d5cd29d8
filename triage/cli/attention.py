"""What a batch says on the terminal of rows that somebody has to look at: warning signs first, whatever else comes of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from triage.alarms import NOW
from triage.batch.cells import COLUMNS
from triage.batch.references import Place, References, call_rows
from triage.cli.companions import SHOWN, count_rows
from triage.cli.streams import tell
from triage.errors import show_name
from triage.explanation import say_value

if TYPE_CHECKING:
    from triage.batch.rejects import Reject
    from triage.batch.runs import Assessed, Run
    from triage.pack import Pack
    from triage.parts import Level


class Attention:
    """Collects what is to be said, batch by batch; only the first of each kind is kept."""

    def __init__(self, pack: Pack, *, with_files: bool, strict: bool = False) -> None:
        self._pack = pack
        self._with_files = with_files
        self._strict = strict
        self._levels = pack.header.safety_net.levels[:-1] if pack.header.safety_net else ()
        self._alarms: dict[str, list[Reject]] = {level.level: [] for level in self._levels}
        self._alarming: Counter[str] = Counter()
        self._reporting: Counter[str] = Counter()
        self._first: list[Reject] = []
        self.references = References(pack)

    def collect(self, assessed: Assessed) -> None:
        """All rows of a batch, and what was left out of it."""
        self._first += assessed.rejects[: SHOWN - len(self._first)]
        self.references.collect(assessed)
        for reject in assessed.rejects:
            if reject.alarm is not None:
                level = reject.alarm.level
                self._alarming[level] += 1
                self._alarms[level] += [reject] if len(self._alarms[level]) < SHOWN else []
        if self._strict:
            found = assessed.cells.columns[COLUMNS.index("safety_net")].value_counts().to_pylist()
            self._reporting.update({each["values"]: each["counts"] for each in found})

    def tell_alarms(self) -> None:
        """Say which rows that were left out report a warning sign."""
        for level in self._levels:
            found, count = self._alarms[level.level], self._alarming[level.level]
            if not count:
                continue
            tell(f"{count_rows(count)} left out, with a warning sign reported. {level.text} {NOW}")
            for reject in found:
                called = f" ({reject.reference})" if reject.reference else ""
                signs = ", ".join(reject.alarm.labels) if reject.alarm else ""
                doubt = "" if reject.column else ", as far as the row can be read"
                tell(f"  {self._call(Place(reject.file, reject.row))}{called}: {signs}{doubt}")
            if count > len(found):
                tell(f"  … and {count - len(found):,} more, which --rejects FILE names")

    def tell_shared(self) -> None:
        """Say of which references some rows report a warning sign and others do not."""
        shared = self.references.shared()
        for level in self._levels:
            of_level = [each for each in shared if each.level == level]
            if not of_level:
                continue
            noun, whose = ("reference has", "its") if len(of_level) == 1 else ("references have", "their")
            tell(f"{len(of_level):,} {noun} a warning sign that not all of {whose} rows report. {level.text}")
            for each in of_level[:SHOWN]:
                rows = call_rows(each.without[:SHOWN], with_files=self._with_files)
                more = f" and {len(each.without) - SHOWN:,} more" if len(each.without) > SHOWN else ""
                tell(f"  {each.reference}: {self._say(level)} in {self._call(each.place)}, and not in {rows}{more}")
            if len(of_level) > SHOWN:
                tell(f"  … and {len(of_level) - SHOWN:,} more, which --call-list FILE names")
            tell("  Each row is answered by itself; a sign holds for all rows of a reference.")

    def tell_compared(self, run: Run) -> None:
        """Say for how many rows that was looked at, where it is not all of them."""
        compared = self.references.compared
        if compared is not None and compared < run.rows:
            how_many = f"in the first {compared:,} rows alone" if compared else "in no row, since none came back here"
            tell(f"whether a warning sign of one row is missing in others of its reference was looked at {how_many}")

    def _say(self, level: Level) -> str:
        net = self._pack.header.safety_net
        return say_value(self._pack, net.decision, level.level) if net is not None else level.level

    def _call(self, place: Place) -> str:
        return call_rows([place], with_files=self._with_files)

    def refuse(self, run: Run) -> Iterator[str]:
        """What is wrong where a row that is left out is too much."""
        yield from map(str, self._first)
        yield f"{count_rows(run.rejected)} cannot be used; nothing was written"
        reporting = sum(self._reporting[level.level] for level in self._levels)
        if reporting:
            told = "reports" if reporting == 1 else "report"
            yield f"{count_rows(reporting)} that can be used {told} a warning sign, and no file says so; run it without --strict"

    def tell_rejects(self, run: Run, rejects: Path | None) -> None:
        """Say what was left out and why, or where that stands."""
        if rejects is not None:
            tell(f"{count_rows(run.rejected)} left out; {show_name(str(rejects))} says why")
            return
        for reject in self._first:
            tell(str(reject))
        more = run.problems - len(self._first)
        tell(
            f"… and {more:,} more; --rejects FILE writes them all"
            if more > 0
            else "these rows were left out; --rejects FILE keeps them with the reason"
        )
