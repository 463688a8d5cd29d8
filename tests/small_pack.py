"""A tiny valid pack about bicycles, as a base to break: a test edits its text and says where the fault has to be found.

The place of a fault is marked in the edited text with `¦`, which is taken out before the file is written; so no test has to
count lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from triage.errors import Fault, PackError, Place
from triage.library import load_pack, read_cases

if TYPE_CHECKING:
    from triage.pack import Pack

MARK = "¦"
# Digests of no document; what counts is that those of one segment agree.
DIGEST = "{:064x}".format

FILES = {
    "pack.yaml": f"""\
# A pack that is about nothing medical.
pack: bicycles
version: 1.0.0
title: Which bicycle to try
intended_use: For tests.
deferral: {{text: The shop decides after a test ride., because: [S04]}}
documents:
  - document: leaflet
    title: The leaflet of the shop
    segments: 5
    headings:
      - {{segment: 1, sha256: {DIGEST(1)}}}
sources:
  - {{source: LAW, title: The traffic act, year: 2020}}
outcome: choice
outcomes:
  - {{outcome: both, procedures: [road, gravel], headline: Either., headline_open: Either or one.}}
  - {{outcome: racer, procedures: [road], headline: A racer., headline_open: A racer at least.}}
  - {{outcome: nothing, procedures: [], headline: None.}}
procedures:
  - {{procedure: road, title: A racer, decision: fit}}
  - {{procedure: gravel, title: A gravel bike, decision: fit}}
headlines:
  not_enough_information: Not enough is known.
  contradictory_answers: The answers exclude each other.
  contact_clinician_now: Do not ride.
safety_net:
  decision: brakes
  levels:
    - {{level: stop, text: Do not ride., withholds: yes}}
    - {{level: go, text: No fault was reported.}}
  open: The brakes were not asked about.
standing:
  decision: workshop
  texts: {{booked: Booked., waiting: Not yet booked., open: Not known.}}
reported: [brakes, choice, workshop]
notes: [hints]
default_reading: wide
have_ready:
  - {{id: lock, text: A lock., because: [S03]}}
tensions:
  - {{tension: tyres, statements: [S01, S02], text: Two widths are named.}}
wording_exceptions:
  - {{sentence: The best one., reason: A quotation.}}
""",
    "statements.yaml": f"""\
statements:
  - {{statement: S01, segment: 2, sha256: {DIGEST(2)}, class: decision, text: Wide tyres suit gravel, use: fit}}
  - {{statement: S02, segment: 3, sha256: {DIGEST(3)}, class: eligibility, text: Narrow ones suit roads, use: fit}}
  - {{statement: S03, segment: 4, sha256: {DIGEST(4)}, class: logistics, text: The shop has locks, use: sheet}}
  - {{statement: S04, segment: 4, sha256: {DIGEST(4)}, class: guard, text: The shop decides, use: deferral}}
  - {{statement: S05, segment: 5, sha256: {DIGEST(5)}, class: claim, text: All will smile, use: not repeated, document: leaflet}}
""",
    "questions.yaml": """\
groups:
  - {group: safety, title: Safety}
  - {group: ride, title: The ride}
questions:
  - question: brake_fault
    group: safety
    label: Brakes
    text: Is a brake broken?
    help: Either brake.
    values: [yes, no]
    warning: yes
    because: [LAW]
  - question: surface
    group: ride
    label: Surface
    text: What does the road look like?
    help: Most of it.
    values: [asphalt, gravel, sand]
    labels: {asphalt: asphalt or concrete}
    spellings: {asphalt: [tarmac], unknown: [mixed]}
    expected_from: [clinician]
  - question: tyres
    group: ride
    label: Tyres
    text: Which tyres are liked?
    help: As said.
    values: [narrow, broad]
  - question: booked
    group: ride
    label: Booked
    text: Is a test ride booked?
    help: By phone.
    values: [yes, no]
""",
    "decisions.yaml": """\
decisions:
  - decision: brakes
    title: Brakes
    reads: [brake_fault]
    hit_policy: unique
    values: {stop: stop, go: go}
    rules:
      - {rule: B1, when: {brake_fault: yes}, then: stop, because: [LAW]}
      - {rule: B2, when: {brake_fault: no}, then: go, because: [LAW]}
  - decision: fit
    reads: [surface, tyres]
    hit_policy: unique
    rules:
      - {rule: F1, when: {surface: asphalt}, then: well, because: [S02]}
      - {rule: F2, when: {surface: gravel, tyres: broad}, then: partly, because: [S01]}
      - {rule: F3, when: {surface: gravel, tyres: narrow}, then: badly, because: [S01]}
      - {rule: F10, when: {surface: sand}, then: badly, because: [S01, S02]}
  - decision: choice
    reads: [fit]
    hit_policy: unique
    values: {both: both, racer: racer, nothing: nothing}
    rules:
      - {rule: C1, when: {fit: well}, then: both, because: [S02]}
      - {rule: C2, when: {fit: partly}, then: racer, because: [S01]}
      - {rule: C3, when: {not: {fit: [well, partly]}}, then: nothing, because: [S01]}
  - decision: workshop
    reads: [booked]
    hit_policy: unique
    values: {booked: booked, waiting: waiting}
    rules:
      - {rule: W1, when: {booked: yes}, then: booked, because: [S03]}
      - {rule: W2, when: {booked: no}, then: waiting, because: [S03]}
  - decision: hints
    reads: [tyres]
    hit_policy: collect
    rules:
      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}
constraints:
  - constraint: X1
    never: {surface: asphalt, tyres: broad}
    text: Nobody rides broad tyres on asphalt.
readings:
  - {reading: wide, title: Wide, text: As it stands., because: [S01]}
  - reading: strict
    title: Strict
    text: Gravel never fits.
    because: [S02]
    replaces: [F2]
    rules:
      - {rule: F2s, decision: fit, when: {surface: gravel, tyres: broad}, then: badly, because: [S02]}
notes:
  - {note: pump, text: Bring a pump.}
""",
    "sheet.yaml": """\
sections:
  - section: shop
    title: The shop
    items:
      - {id: locks, text: The shop has locks., because: [S03]}
  - section: not_repeated
    title: Not repeated
    items:
      - {id: mood, text: A claim about moods., because: [S05]}
""",
    "cases.yaml": """\
cases:
  - case: Asphalt
    answers: {surface: tarmac, brake_fault: no}
    outcome: both
    settled: yes
    possible_outcomes: [both]
    safety_net: go
    standing: open
    notes: []
    rules: [B2, F1, C1]
  - case: Strict
    why: Gravel never fits here.
    reading: strict
    answers: {surface: gravel, tyres: broad}
    outcome: nothing
    settled: yes
    notes: [pump]
    rules: [F2s, H1]
""",
}


class Edit(NamedTuple):
    """In one file, a text that stands there once, and what takes its place."""

    file: str
    old: str
    new: str


class Broken(NamedTuple):
    """A name, the fault's code, a part of its message, and the edits that bring it about."""

    name: str
    code: str
    message: str
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return self.name


def write_pack(folder: Path, *edits: Edit) -> dict[str, Place]:
    """Write the pack with these edits made. Gives the place of the mark in each file that has one."""
    texts = dict(FILES)
    for file, old, new in edits:
        assert texts[file].count(old) == 1, f"{file} has {old!r} {texts[file].count(old)} times"
        texts[file] = texts[file].replace(old, new)
    places = {}
    folder.mkdir(exist_ok=True)
    for file, text in texts.items():
        before, mark, after = text.partition(MARK)
        if mark:
            places[file] = Place(str(folder / file), before.count("\n") + 1, len(before) - before.rfind("\n"))
        (folder / file).write_text(before + after, encoding="utf-8")
    return places


def make_small_pack(folder: Path, *edits: Edit) -> Pack:
    """Write the pack with these edits made, and load it."""
    write_pack(folder, *edits)
    return load_pack(folder)


def find_pack_faults(folder: Path) -> tuple[Fault, ...]:
    """What is said of a pack and its cases; nothing if they can be used."""
    try:
        read_cases(load_pack(folder))
    except PackError as error:
        return error.faults
    return ()


def check_broken(folder: Path, broken: Broken) -> None:
    """Assert that exactly the one fault is found, with its code, at the mark, and in these words."""
    (place,) = write_pack(folder, *broken.edits).values()
    faults = find_pack_faults(folder)
    assert [(fault.code, fault.place) for fault in faults] == [(broken.code, place)], "\n".join(map(str, faults))
    assert broken.message in faults[0].message
