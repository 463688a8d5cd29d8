"""The small pack of `small_pack` made so that a check finds nothing: each rule has cases, and the exception is used."""

from __future__ import annotations

from small_pack import Edit

CASES = """\
  - case: Gravel on broad tyres
    answers: {brake_fault: no, surface: gravel, tyres: broad, booked: yes}
    outcome: racer
    settled: yes
    safety_net: go
    standing: booked
    notes: [pump]
    rules: [B2, F2, C2, W1, H1]
  - case: Gravel on narrow tyres
    answers: {surface: gravel, tyres: narrow, booked: no}
    outcome: nothing
    settled: yes
    standing: waiting
    notes: []
    rules: [F3, C3, W2]
  - case: Gravel, tyres not asked
    answers: {surface: gravel}
    outcome: not_enough_information
    settled: no
    possible_outcomes: [racer, nothing]
    notes: []
    rules: [F2, F3]
  - case: Sand
    answers: {surface: sand}
    outcome: nothing
    settled: yes
    notes: []
    rules: [F10, C3]
  - case: Sand on broad tyres
    answers: {surface: sand, tyres: broad}
    outcome: nothing
    settled: yes
    notes: [pump]
    rules: [F10, C3, H1]
  - case: Broad tyres alone
    answers: {tyres: broad}
    outcome: not_enough_information
    settled: no
    possible_outcomes: [racer, nothing]
    notes: [pump]
    rules: [H1]
  - case: A broken brake
    answers: {brake_fault: yes}
    outcome: contact_clinician_now
    settled: no
    possible_outcomes: []
    safety_net: stop
    notes: []
    rules: [B1]
  - case: Nothing asked
    answers: {}
    outcome: not_enough_information
    settled: no
    possible_outcomes: [both, racer, nothing]
    safety_net: open
    notes: []
    rules: [B1, B2]
  - case: Strict, gravel on narrow tyres
    reading: strict
    answers: {surface: gravel, tyres: narrow}
    outcome: nothing
    settled: yes
    notes: []
    rules: [F3, C3]
  - case: Strict, sand on broad tyres
    reading: strict
    answers: {surface: sand, tyres: broad}
    outcome: nothing
    settled: yes
    notes: [pump]
    rules: [F10, C3, H1]
"""

CLEAN = (
    Edit("pack.yaml", "text: A lock.,", "text: A lock. The best one.,"),
    Edit("cases.yaml", "    rules: [F2s, H1]\n", "    rules: [F2s, H1]\n" + CASES),
)
