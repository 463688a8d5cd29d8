"""The call-back list of a batch: which open questions keep which cases waiting, and who can answer them.

It is for one round of calls. Warning signs come first, those of rows that were left out before all others; then the questions by
who can answer, those that most cases wait for first; then, on a page, the same case by case. Cases stand in the order of their
rows, never in another: the list ranks questions and no person. It is kept in memory, so it is for a morning and not for a year.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from triage.alarms import NOW
from triage.batch.cells import BETWEEN
from triage.batch.coding import FIRST_VALUE, NOT_ASKED
from triage.batch.headers import LABELS
from triage.batch.references import Place, Shared, call_rows
from triage.batch.rejects import COMMON, ListWriter, Manner, Reject
from triage.batch.runs import Assessed
from triage.conclusions import OPEN
from triage.errors import RequestError
from triage.pack import Pack
from triage.parts import State
from triage.report import render_sections
from triage.sections import Line, Section, say_tellers

MAX_CASES = 20_000
ALARM, ACT, SHARED = "act now, row left out", "act now", "act now, same reference"
SIGN, WAIT, CHECK, LEFT = "warning sign", "question", "contradiction", "left out"
COLUMNS = ("kind", "who", "question", "text", "cases", "case", "alone")


class Entry(NamedTuple):
    """A reason to call, with the cases that it is for. `alone` are those that wait for nothing else."""

    kind: str
    who: str
    question: str
    text: str
    cases: tuple[str, ...]
    alone: tuple[str, ...] = ()


class Worklist:
    """Collects cases row by row."""

    def __init__(self, pack: Pack, *, with_files: bool = False) -> None:
        self._pack = pack
        self._with_files = with_files
        self._count = 0
        self._cases: dict[str, None] = {}
        self._alarms: dict[str, list[str]] = {}
        self._left_out: list[str] = []
        self._levels: dict[str, list[str]] = {}
        self._signs: dict[str, list[str]] = {name: [] for name, question in pack.question.items() if question.warning}
        self._waiting: dict[str, list[str]] = {name: [] for name in pack.question}
        self._alone: dict[str, list[str]] = {name: [] for name in pack.question}
        self._contradictory: list[str] = []

    def add(self, case: str, cells: Mapping[str, object], still_open: Iterable[str]) -> None:
        """One row: what it is called, its cells, and the questions without a known answer. Raises RequestError past the limit."""
        self._add(case)
        level, outcome, to_settle = cells["safety_net"], cells["outcome"], cells["to_settle"]
        net = self._pack.header.safety_net
        if net is not None and isinstance(level, str) and level not in (OPEN, net.levels[-1].level):
            self._levels.setdefault(level, []).append(case)
        if outcome == State.CONTACT_CLINICIAN_NOW:
            return
        for name in still_open:
            if name in self._signs:
                self._signs[name].append(case)
        if outcome == State.CONTRADICTORY_ANSWERS:
            self._contradictory.append(case)
        needed = str(to_settle).split(BETWEEN) if to_settle else []
        for name in needed:
            self._waiting[name].append(case)
            if len(needed) == 1:
                self._alone[name].append(case)

    def _add(self, case: str) -> None:
        self._count += 1
        if self._count > MAX_CASES:
            raise RequestError(f"a call-back list takes at most {MAX_CASES:,} cases, and here are more; leave out --call-list")
        self._cases[case] = None

    def leave_out(self, rejects: Sequence[Reject]) -> None:
        """Rows that cannot be used, which may report a warning sign all the same."""
        told = None
        for reject in rejects:
            place = Place(reject.file, reject.row)
            if place != told:
                case = f"{reject.reference} ({self._call(place)})" if reject.reference else self._call(place)
                self._add(case)
                self._left_out.append(case)
            if reject.alarm is not None:
                self._alarms.setdefault(reject.alarm.level, []).append(self._left_out.pop())
            told = place

    def _call(self, place: Place) -> str:
        return call_rows([place], with_files=self._with_files)

    def collect(self, assessed: Assessed, prefix: str = "") -> None:
        """All rows of a batch; a case is called by its reference and site, or else by its row."""
        self.leave_out(assessed.rejects)
        cells = [column.to_pylist() for column in assessed.cells.columns]
        record, columns = assessed.batch.record, assessed.columns
        labels = [record.column(name).to_pylist() for name in LABELS if name in columns.labels]
        numbers = assessed.batch.number(range(len(record)))
        for row, values in enumerate(zip(*cells, strict=True)):
            told = " ".join(str(label[row]) for label in labels if label[row] not in (None, ""))
            named = dict(zip(assessed.cells.schema.names, values, strict=True))
            shown = {name.removeprefix(prefix): value for name, value in named.items()}
            codes = {name: assessed.codes[name][row] for name in self._signs if name in assessed.codes}
            still_open = [name for name in self._signs if codes.get(name, NOT_ASKED) < FIRST_VALUE]
            self.add(told or self._call(Place(assessed.batch.file, numbers[row])), shown, still_open)

    @property
    def cases(self) -> tuple[str, ...]:
        """What cases are called, in the order of their rows."""
        return tuple(self._cases)

    def entries(self, shared: Sequence[Shared] = ()) -> tuple[Entry, ...]:
        """All reasons to call, in the order of the list; `shared` are the references whose rows report different signs."""
        return (*self._act_now(shared), *self._unasked_signs(), *self._waiting_for(), *self._to_check())

    def _act_now(self, shared: Sequence[Shared]) -> Iterator[Entry]:
        levels = self._pack.header.safety_net.levels if self._pack.header.safety_net is not None else ()
        for level in levels:
            if level.level in self._alarms:
                yield Entry(ALARM, "", "", f"{level.text} {NOW}", tuple(self._alarms[level.level]))
        for level in levels:
            if level.level in self._levels:
                yield Entry(ACT, "", "", level.text, tuple(self._levels[level.level]))
        for level in levels:
            cases = tuple(self._share(each) for each in shared if each.level == level)
            if cases:
                yield Entry(
                    SHARED, "", "", f"{level.text} One row of the reference reports it, and it holds for all of them.", cases
                )

    def _share(self, shared: Shared) -> str:
        rows = call_rows(shared.without, with_files=self._with_files)
        return f"{shared.reference} (reported in {self._call(shared.place)}, not in {rows})"

    def _unasked_signs(self) -> Iterator[Entry]:
        # In the order of the pack, which has the gravest first, and not by how many.
        for name, cases in self._signs.items():
            if cases:
                yield Entry(SIGN, self._who(name), name, self._pack.question[name].text, tuple(cases))

    def _waiting_for(self) -> Iterator[Entry]:
        ranked = [(name, cases) for name, cases in _most_first(self._waiting) if name not in self._signs]
        most: dict[str, int] = {}
        for name, cases in ranked:
            most.setdefault(self._who(name), len(cases))
        for name, cases in sorted(ranked, key=lambda each: -most[self._who(each[0])]):
            yield Entry(WAIT, self._who(name), name, self._pack.question[name].text, cases, tuple(self._alone[name]))

    def _to_check(self) -> Iterator[Entry]:
        if self._contradictory:
            yield Entry(CHECK, "", "", self._pack.header.headlines.contradictory_answers, tuple(self._contradictory))
        if self._left_out:
            yield Entry(LEFT, "", "", "These rows cannot be used; nothing above is about them.", tuple(self._left_out))

    def _who(self, name: str) -> str:
        return say_tellers(self._pack.question[name].expected_from or ("patient", "referral"))


def _most_first(found: Mapping[str, list[str]]) -> list[tuple[str, tuple[str, ...]]]:
    return sorted(((name, tuple(cases)) for name, cases in found.items() if cases), key=lambda each: -len(each[1]))


def describe_worklist(pack: Pack, entries: Sequence[Entry], cases: Sequence[str] = ()) -> tuple[Section, ...]:
    """The list as sections, and the same by case for these cases; the deferral comes first."""
    sections = [Section("Call-back list", (Line(pack.header.deferral.text), Line("Cases stand in the order of the input.")))]
    titles = {
        ALARM: "Warning signs in rows that were left out",
        ACT: "Warning signs reported",
        SHARED: "Warning signs of a reference that not every row of it reports",
        SIGN: "Warning signs not yet known",
        WAIT: "Can be asked of {}",
        CHECK: "Answers to check",
        LEFT: "Rows that were left out",
    }
    lines: dict[str, list[Line]] = {}
    for entry in entries:
        title = titles[entry.kind].format(entry.who)
        lines.setdefault(title, []).extend(_lines(pack, entry))
    sections += [Section(title, tuple(under)) for title, under in lines.items()]
    by_case = tuple(_say_cases(pack, entries, cases))
    sections += [Section("The same by case", by_case)] if by_case else []
    return tuple(sections if lines else [*sections, Section("Nothing to ask", (Line("No case waits for an answer."),))])


def _lines(pack: Pack, entry: Entry) -> Iterator[Line]:
    noun = "row" if entry.kind in (ALARM, LEFT) else "reference" if entry.kind == SHARED else "case"
    count = f"{len(entry.cases):,} {noun}{'' if len(entry.cases) == 1 else 's'}"
    if not entry.question:
        yield Line(f"{count}: {entry.text}", 1)
    else:
        alone = f", {len(entry.alone):,} of them for nothing else" if entry.alone else ""
        verb = "wait" if len(entry.cases) != 1 else "waits"
        yield Line(f"{pack.question[entry.question].label}: {count} {verb}{alone}. {entry.text}", 1)
    yield Line(", ".join(entry.cases), 2)


def _say_cases(pack: Pack, entries: Iterable[Entry], cases: Sequence[str]) -> Iterator[Line]:
    """What each case waits for, in the words of the list."""
    words = {ACT: "warning signs reported", CHECK: "answers to check"}
    waiting: dict[str, list[str]] = {case: [] for case in cases}
    for entry in entries:
        for case in entry.cases if entry.question or entry.kind in words else ():
            waiting[case].append(pack.question[entry.question].label if entry.question else words[entry.kind])
    return (Line(f"{case}: {', '.join(dict.fromkeys(reasons))}", 1) for case, reasons in waiting.items() if reasons)


def render_worklist(
    pack: Pack, entries: Sequence[Entry], format: str, *, cases: Sequence[str] = (), manner: Manner = COMMON
) -> bytes:
    """The list as `csv`, which has a row for each case under each entry, or as `markdown` or `html`."""
    if format == "csv":
        return _render_csv(entries, manner)
    sections = describe_worklist(pack, entries, cases)
    if format == "markdown":
        return render_sections(sections, "markdown").encode()
    from triage.page import render_html

    return render_html(pack.header.title, [("", sections)]).encode()


def _render_csv(entries: Iterable[Entry], manner: Manner) -> bytes:
    file = io.BytesIO()
    rows = ListWriter(file, COLUMNS, manner)
    for entry in entries:
        alone = set(entry.alone)
        for case in entry.cases:
            by_itself = ("yes" if case in alone else "no") if entry.kind == WAIT else ""
            rows.write((*entry[:4], str(len(entry.cases)), case, by_itself))
    return file.getvalue()
