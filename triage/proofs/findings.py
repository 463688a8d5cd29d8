"""What a check found: each finding with its code and place, the smallest profile that shows it, and what to do about it.

Rendering only. As text each finding is a line that editors understand and a few beneath it; as JSON it is whole; `sarif` writes
it for code hosts. The deferral stands with it, since cases name outcomes.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from triage.errors import Place, show_name
from triage.proofs.codes import CODES, LOAD_CODES

SCHEMA = "vcf-triage/check/1"
WIDTH = 100

Pairs = tuple[tuple[str, str], ...]


class Finding(NamedTuple):
    """One thing found. `profile` is what the decision reads, `answers` the first complete answers that lead there, under
    `reading` where that counts; `case` is a case that is ready to be added."""

    place: Place
    code: str
    message: str
    profile: Pairs = ()
    answers: Pairs = ()
    reading: str = ""
    case: str = ""

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
    """Findings as text; files are named as seen from `root` where they lie in it. Each pack ends in what was proven of it."""
    blocks = []
    for checkup in checkups:
        drafts = list(dict.fromkeys(finding.case for finding in checkup.findings if finding.case))
        lines = [line for finding in checkup.findings for line in _finding_lines(finding, root, emphasise, drafts)]
        lines += list(_draft_lines(drafts))
        lines += textwrap.wrap(summarise(checkup), WIDTH)
        lines += textwrap.wrap(checkup.deferral, WIDTH) if checkup.deferral else []
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _finding_lines(finding: Finding, root: Path, emphasise: Callable[[str], str], drafts: Sequence[str]) -> Iterator[str]:
    seen = relative(finding.place.file, root)
    place = finding.place if seen.startswith("../") else finding.place._replace(file=seen)
    yield f"{place}: {emphasise(finding.code)}: {finding.message}"
    case = f"draft {drafts.index(finding.case) + 1} below" if finding.case else ""
    where, answers = say(finding.profile), say(finding.answers)
    for title, text in (("where", where), ("reached by", answers), ("remedy", finding.remedy), ("case", case)):
        if text:
            yield from textwrap.wrap(f"{title}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ")


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
