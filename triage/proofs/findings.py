"""What a check found: each finding with its code and place, the smallest profile that shows it, and what to do about it.

Rendering only. As text each finding is a line that editors understand and a few beneath it; as JSON it is whole; `sarif` writes
it for code hosts. The deferral stands with it, since cases name outcomes.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from triage.errors import Place, show_name
from triage.proofs.codes import CODES, LOAD_CODES

SCHEMA = "vcf-triage/check/1"
WIDTH = 100
# Of findings that are told together, so many are named in text.
_NAMED = 4
# The order in text: what keeps a pack from being loaded or read, then as the codes stand.
_RANK = {code: position for position, code in enumerate(CODES)}

Pairs = tuple[tuple[str, str], ...]


class Finding(NamedTuple):
    """One thing found. `profile` is what the decision reads, `answers` the first complete answers that lead there, under
    `reading` where that counts; `case` is a case that is ready to be added. `detail` is what tells this finding from others of
    its code at its place, where they can be told together."""

    place: Place
    code: str
    message: str
    profile: Pairs = ()
    answers: Pairs = ()
    reading: str = ""
    case: str = ""
    detail: str = ""

    @property
    def title(self) -> str:
        return (CODES.get(self.code) or LOAD_CODES[self.code]).title

    @property
    def remedy(self) -> str:
        """What to do; nothing where the message says it."""
        return (CODES.get(self.code) or LOAD_CODES[self.code]).remedy


class Score(NamedTuple):
    """How many of so many."""

    reached: int
    of: int

    def __str__(self) -> str:
        share = f" ({100 * self.reached // self.of}%)" if self.of else ""
        return f"{self.reached:,} of {self.of:,}{share}"


class Checkup(NamedTuple):
    """A pack, what was found, and what was gone through; None for what was not, or not to the end.

    A pack that cannot be loaded has neither version nor digest.
    """

    pack: str
    version: str | None
    digest: str | None
    deferral: str | None
    findings: tuple[Finding, ...]
    decisions: int | None = None
    readings: int | None = None
    profiles: int | None = None
    cases: Score | None = None
    mutants: Score | None = None
    conditions: Score | None = None


def relative(file: str, root: Path) -> str:
    """A file as seen from a folder, with slashes."""
    return Path(os.path.relpath(file, root)).as_posix()


def render_text(checkups: Sequence[Checkup], root: Path, *, emphasise: Callable[[str], str] = str) -> str:
    """Findings as text, causes before what may follow from them; files are named as seen from `root` where they lie in it.

    What to do is said once for each code. Each pack ends in what was proven of it.
    """
    blocks = []
    for checkup in checkups:
        findings = sorted(checkup.findings, key=lambda finding: _RANK.get(finding.code, -1))
        drafts = list(dict.fromkeys(finding.case for finding in findings if finding.case))
        told: set[str] = set()
        lines: list[str] = []
        for alike in _fold(findings):
            lines += _finding_lines(alike, root, emphasise, drafts, remedy=alike[0].code not in told)
            told.add(alike[0].code)
        lines += _draft_lines(drafts)
        lines += textwrap.wrap(summarise(checkup), WIDTH)
        lines += textwrap.wrap(checkup.deferral, WIDTH) if checkup.deferral else []
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _fold(findings: Iterable[Finding]) -> Iterator[tuple[Finding, ...]]:
    """Findings of one code at one place together, where they can be told so."""
    groups: dict[object, list[Finding]] = {}
    for index, finding in enumerate(findings):
        key = (finding.code, finding.place) if finding.detail else index
        groups.setdefault(key, []).append(finding)
    return map(tuple, groups.values())


def _finding_lines(
    alike: tuple[Finding, ...], root: Path, emphasise: Callable[[str], str], drafts: Sequence[str], *, remedy: bool
) -> Iterator[str]:
    finding = alike[0]
    seen = relative(finding.place.file, root)
    place = finding.place if seen.startswith("../") else finding.place._replace(file=seen)
    yield f"{place}: {emphasise(finding.code)}: {finding.message}"
    numbers = sorted({drafts.index(one.case) + 1 for one in alike if one.case})
    case = f"draft{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))} below" if numbers else ""
    texts = {
        "where": say(finding.profile),
        "reached by": say(finding.answers),
        "beside it": _name_others(alike[1:]),
        "remedy": finding.remedy if remedy else "",
        "case": case,
    }
    for title, text in texts.items():
        if text:
            yield from textwrap.wrap(f"{title}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _name_others(others: Sequence[Finding]) -> str:
    """How many more there are of a finding, and the first of them."""
    if not others:
        return ""
    named = "; ".join(other.detail for other in others[:_NAMED])
    rest = f"; and {len(others) - _NAMED} that JSON and SARIF name" if len(others) > _NAMED else ""
    return f"{len(others)} more here: {named}{rest}"


def _draft_lines(drafts: Sequence[str]) -> Iterator[str]:
    """The cases that findings bring, each once, as they can be pasted into a file."""
    if drafts:
        yield "Cases to add to cases.yaml, each once a person has read what it expects:"
    for number, draft in enumerate(drafts, 1):
        yield f"  # draft {number}"
        yield draft.rstrip("\n")


def say(pairs: Pairs) -> str:
    """Names with their values, in one line."""
    return ", ".join(f"{name}: {value}" for name, value in pairs)


def summarise(checkup: Checkup) -> str:
    """What was found and what was gone through, in one line."""
    count = len(checkup.findings)
    found = f"{count} finding{'s' if count > 1 else ''}" if count else "no finding"
    if checkup.digest is None:
        return f"{show_name(checkup.pack)}: {found}; the pack cannot be loaded, so nothing else was looked at."
    parts = []
    if checkup.profiles is not None:
        readings = f" under {checkup.readings} readings" if checkup.readings and checkup.readings > 1 else ""
        fired = f"{checkup.profiles:,} reachable profiles, each fired by durable-rules and the same as the reference"
        decisions = "1 decision" if checkup.decisions == 1 else f"{checkup.decisions} decisions"
        parts.append(f"{decisions}{readings}, {fired}")
    if checkup.cases is not None and checkup.cases.of:
        parts.append(f"{checkup.cases} cases give what they say")
    if checkup.mutants is not None:
        parts.append(f"{checkup.mutants} changes of the rules are noticed by a case")
    if checkup.conditions is not None:
        parts.append(f"{checkup.conditions} truths of conditions are shown to count by a case (MC/DC)")
    proven = f" Gone through: {'; '.join(parts)}." if parts else ""
    return f"{checkup.pack} {checkup.version}, digest {checkup.digest[:16]}: {found}.{proven}"


def render_json(checkups: Sequence[Checkup], root: Path) -> str:
    """One pack as an object, several as an array."""
    trees = [_as_tree(checkup, root) for checkup in checkups]
    return json.dumps(trees[0] if len(trees) == 1 else trees, indent=2, ensure_ascii=False) + "\n"


def _as_tree(checkup: Checkup, root: Path) -> dict[str, Any]:
    gone_through = {key: getattr(checkup, key) for key in ("decisions", "readings", "profiles", "cases", "mutants", "conditions")}
    return {
        "schema": SCHEMA,
        "pack": {"id": checkup.pack, "version": checkup.version, "digest": checkup.digest},
        "findings": [_finding_tree(finding, root) for finding in checkup.findings],
        "gone_through": {key: value._asdict() if isinstance(value, Score) else value for key, value in gone_through.items()},
        "deferral": checkup.deferral,
    }


def _finding_tree(finding: Finding, root: Path) -> dict[str, Any]:
    return {
        "code": finding.code,
        "title": finding.title,
        "file": relative(finding.place.file, root),
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "profile": dict(finding.profile),
        "answers": dict(finding.answers),
        "reading": finding.reading or None,
        "remedy": finding.remedy or None,
        "case": finding.case or None,
    }
