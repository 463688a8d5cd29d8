"""The least that a pack can be: no reading, no safety net, no standing, no procedure, no note and nothing to have ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.library import load_pack

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

FILES = {
    "pack.yaml": """\
pack: umbrellas
version: 1.0.0
title: Umbrella or not
intended_use: For tests.
deferral: {text: The one who goes out decides., because: [S01]}
documents: [{document: leaflet, title: The leaflet, segments: 1}]
outcome: umbrella
outcomes:
  - {outcome: taken, procedures: [], headline: An umbrella is spoken of.}
  - {outcome: left, procedures: [], headline: None is spoken of.}
headlines: {not_enough_information: Look out first., contradictory_answers: Look again., contact_clinician_now: Stay in.}
reported: [umbrella]
""",
    "statements.yaml": f"""\
statements:
  - {{statement: S01, segment: 1, sha256: {"0" * 64}, class: decision, text: Umbrellas are for rain, use: umbrella}}
""",
    "questions.yaml": """\
groups: [{group: sky, title: The sky}]
questions:
  - {question: rain, group: sky, label: Rain, text: Does it rain?, help: Now., values: [yes, no]}
  - {question: wind, group: sky, label: Wind, text: Does it blow?, help: Now., values: [calm, breeze, storm]}
""",
    "decisions.yaml": """\
decisions:
  - decision: umbrella
    reads: [rain, wind]
    hit_policy: unique
    rules:
      - {rule: U1, when: {rain: yes, not: {wind: storm}}, then: taken, because: [S01]}
      - {rule: U2, when: {any: [{rain: no}, {wind: storm}]}, then: left, because: [S01]}
""",
    "sheet.yaml": "sections: []\n",
    "cases.yaml": "cases: []\n",
}


def make_bare_pack(folder: Path) -> Pack:
    """Write the pack into a new folder and load it."""
    folder.mkdir()
    for file, text in FILES.items():
        (folder / file).write_text(text, encoding="utf-8")
    return load_pack(folder)
