"""What a batch comes to, as one page: counts, shares of what is open, what holds cases back, and a summary before it beside it.

It counts rows and knows none of them. The page holds its own figures, so that the next one can be set beside it and a column
that broke in between shows. Pictures are plain bars that take the colours of the page, with their numbers beside each.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from triage.batch.cells import BETWEEN, COLUMNS
from triage.batch.coding import FIRST_VALUE
from triage.batch.references import Shared
from triage.batch.runs import Assessed
from triage.conclusions import OPEN
from triage.errors import RequestError, quote
from triage.explanation import say_name, say_value
from triage.files import read_bounded
from triage.pack import Pack
from triage.page import wrap_page
from triage.parts import State
from triage.sections import STATES

MAX_SUMMARY = 1 << 20
BARS = 240
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); padding: .2rem .5rem; text-align: left; }
th { font-weight: normal; } th span, th svg { display: inline-block; vertical-align: middle; }
th span { width: 55%; padding-right: .5rem; box-sizing: border-box; } th svg { width: 45%; height: 16px; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; width: 3.5rem; }
@media (max-width: 36rem) {
  table { font-size: .9rem; } th, td.number { padding: .2rem .1rem; } td.number { vertical-align: bottom; width: 2rem; }
  th span, th svg { width: 100%; padding: 0; } }
rect { fill: color-mix(in srgb, CanvasText 70%, Canvas); }
rect.before { fill: none; stroke: CanvasText; }
@media print { :root { color-scheme: light; } body { font-size: 9pt; max-width: none; padding: 0; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } table { break-inside: avoid; } }
"""
_KEPT = re.compile(r'<data id="figures" value="([^"]*)"')

Figures = dict[str, dict[str, int]]


class Chart(NamedTuple):
    """One table of the page: its key among the figures, its title, and the words for what it counts."""

    key: str
    title: str
    words: Mapping[str, str]


class Tally:
    """Counts cells and open answers, batch by batch."""

    def __init__(self, pack: Pack, prefix: str = "") -> None:
        self._pack = pack
        self._prefix = prefix
        self._rows = 0
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("outcome", "standing", "safety_net", "to_settle")}
        self._differs = self._settled = self._alarms = 0
        self._open: Counter[str] = Counter()
        self._asked: set[str] = set()

    def collect(self, assessed: Assessed) -> None:
        """All rows of a batch."""
        cells = dict(zip(COLUMNS, assessed.cells.columns, strict=True))
        rows = len(assessed.cells)
        self._rows += rows
        self._alarms += sum(reject.alarm is not None for reject in assessed.rejects)
        for name, counter in self._counts.items():
            counter.update({each["values"]: each["counts"] for each in cells[name].value_counts().to_pylist() if each["values"]})
        self._settled += cells["settled"].true_count
        self._differs += cells["reading_differs"].true_count
        for name, codes in assessed.codes.items():
            self._asked.add(name)
            self._open[name] += int(np.count_nonzero(codes < FIRST_VALUE))
        for name in self._pack.question:
            if name not in assessed.codes and name not in assessed.columns.questions:
                self._open[name] += rows

    def figures(self, rejected: int, shared: Sequence[Shared] = ()) -> Figures:
        """What was counted, by the ids of the pack; `shared` are the references whose rows report different signs."""
        holding: Counter[str] = Counter()
        for questions, count in self._counts["to_settle"].items():
            for name in questions.split(BETWEEN):
                holding[name] += count
        counted = {name: dict(self._counts[name]) for name in ("outcome", "standing", "safety_net")}
        behind = {name: self._open[name] for name in self._pack.question if name in self._open}
        totals = {"rows": self._rows, "settled": self._settled, "differs": self._differs, "rejected": rejected}
        totals |= {"alarms": self._alarms, "shared": sum(len(each.without) for each in shared)}
        return {"totals": totals, **counted, "open": behind, "holding": dict(holding)}


def read_figures(name: str) -> Figures:
    """The figures that a summary holds. Raises RequestError for a file that is none."""
    found = _KEPT.search(read_bounded(name, MAX_SUMMARY).decode("utf-8", "replace"))
    try:
        tree: Any = json.loads(html.unescape(found[1])) if found is not None else None
        return {str(key): {str(name): int(count) for name, count in counts.items()} for key, counts in tree.items()}
    except (ValueError, AttributeError, TypeError):
        raise RequestError(f"{quote(name)} is no summary that `triage batch --summary` wrote") from None


def render_summary(pack: Pack, figures: Figures, before: Figures | None = None) -> str:
    """One page that needs nothing else."""
    totals = figures["totals"]
    kept = html.escape(json.dumps(figures, sort_keys=True, separators=(",", ":")), quote=True)
    said = f"{totals['rows']:,} rows, {totals['settled']:,} settled, {totals['differs']:,} where a reading differs, "
    charts = "\n".join(_chart(chart, figures, before) for chart in _charts(pack))
    beside = (
        ""
        if before is None
        else f"<p>Outlined bars and the last column: the summary before, {before['totals']['rows']:,} rows.</p>"
    )
    warned = f"<p><strong>{_say_alarms(totals)}</strong></p>\n" if totals["alarms"] or totals["shared"] else ""
    content = f"""<h1>{html.escape(pack.header.title)}: summary of a batch</h1>
<p><strong>{html.escape(pack.header.deferral.text)}</strong></p>
{warned}<p>{said}{totals["rejected"]:,} rejected. Pack {pack.id} {pack.version}, digest {pack.digest[:16]}.</p>
{beside}
{charts}
<data id="figures" value="{kept}"></data>"""
    return wrap_page(f"{pack.header.title}: summary of a batch", content, style=STYLE)


def _say_alarms(totals: Mapping[str, int]) -> str:
    rejected, shared = totals["alarms"], totals["shared"]
    left_out = f"Of the rejected rows, {rejected:,} {'reports' if rejected == 1 else 'report'} a warning sign."
    lacking = "row lacks" if shared == 1 else "rows lack"
    is_there = f"{shared:,} {lacking} a warning sign that another row of the same reference reports."
    return " ".join([left_out] * bool(rejected) + [is_there] * bool(shared))


def _charts(pack: Pack) -> Iterator[Chart]:
    header = pack.header
    outcomes = {State.CONTACT_CLINICIAN_NOW.value: STATES[State.CONTACT_CLINICIAN_NOW]}
    outcomes |= {name: say_value(pack, header.outcome, name) for name in pack.outcome}
    outcomes |= {state.value: STATES[state] for state in State if state.value not in outcomes}
    yield Chart("outcome", "Outcomes", outcomes)
    if header.safety_net is not None:
        net = header.safety_net
        levels = {level.level: say_value(pack, net.decision, level.level) for level in net.levels}
        yield Chart("safety_net", say_name(pack, net.decision), levels | {OPEN: "not all asked"})
    if header.standing is not None:
        standing = header.standing.decision
        words = {name: say_value(pack, standing, name) for name in pack.values_of(standing)}
        yield Chart("standing", say_name(pack, standing), words | {OPEN: "open"})
    names = {name: say_name(pack, name) for name in pack.question}
    yield Chart("open", "Rows in which an answer is open", names)
    yield Chart("holding", "Rows whose outcome waits for an answer", names)


def _chart(chart: Chart, figures: Figures, before: Figures | None) -> str:
    total = max(figures["totals"]["rows"], 1)
    counts, earlier = figures.get(chart.key, {}), (before or {}).get(chart.key, {})
    rows = []
    for name, words in chart.words.items():
        if name not in counts and name not in earlier:
            continue
        share = counts.get(name, 0) / total
        cells = f'<td class="number">{counts.get(name, 0):,}</td><td class="number">{share:.1%}</td>'
        bars = f'<rect width="{BARS * share:.1f}" height="10" y="3"></rect>'
        if before is not None:
            past = earlier.get(name, 0) / max(before["totals"]["rows"], 1)
            cells += f'<td class="number">{past:.1%}</td>'
            bars += f'<rect class="before" width="{BARS * past:.1f}" height="14" y="1"></rect>'
        picture = f'<svg viewBox="0 0 {BARS} 16" preserveAspectRatio="none" role="img" aria-label="{share:.1%}">{bars}</svg>'
        rows.append(f'<tr><th scope="row"><span>{html.escape(words)}</span>{picture}</th>{cells}</tr>')
    return f"<h2>{html.escape(chart.title)}</h2>\n<table>\n{chr(10).join(rows)}\n</table>"
