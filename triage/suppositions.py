"""What would change an assessment, said as questions for the provider: the other side of the consult sheet.

Nothing here is advice: what would follow from an answer that nobody has given. Warning signs, outcome and deferral stand first as
on the sheet, and nothing of the mapping is shown where it is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage.alternatives import Alternative, Changes, find_agreement, find_alternatives, find_barriers
from triage.assessment import Assessment
from triage.explanation import say_name, say_values
from triage.intake import Intake
from triage.interview import pose, rank_open
from triage.pack import Pack
from triage.parts import UNKNOWN, State
from triage.sections import (
    STATES,
    Line,
    Section,
    begin_with,
    list_contradictions,
    list_origin,
    list_procedures,
    make_sections,
    name_procedures,
    say_answers,
    say_tellers,
    say_who,
)


def describe_alternatives(pack: Pack, assessment: Assessment) -> tuple[Section, ...]:
    """What would change the outcome, what settles it, what keeps a procedure out, and what would make the readings agree."""
    return (
        *begin_with(pack, assessment),
        *make_sections(
            (name_procedures(pack), list_procedures(pack, assessment)),
            ("Answers that exclude each other", list_contradictions(pack, assessment)),
            ("What would change the outcome", _alternatives(pack, assessment)),
            ("What each open answer would lead to", _open_answers(pack, assessment)),
            ("What settles the outcome, whatever the answer", _to_settle(pack, assessment)),
            ("What keeps a procedure out", _barriers(pack, assessment)),
            ("What would make the readings agree", _agreement(pack, assessment)),
            ("About", list_origin(assessment, None)),
        ),
    )


def _alternatives(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    for found in find_alternatives(pack, assessment):
        yield Line(f"{_suppose(pack, found.changes)}, would the outcome be: {_say_result(pack, found)}?", 1)


def _say_result(pack: Pack, found: Alternative) -> str:
    words = say_values(pack, pack.header.outcome, found.possible_outcomes)
    return words if found.outcome in pack.outcome else f"{STATES[State(found.outcome)]} ({words})"


def _suppose(pack: Pack, changes: Changes) -> str:
    """Changed or added answers as the first half of a question, each for those who can say it."""
    by_teller: dict[tuple[str, ...], list[str]] = {}
    for name, value in changes:
        by_teller.setdefault(pack.question[name].expected_from, []).append(f'"{say_answers(pack, ((name, value),))}"')
    said = {tellers: " and ".join(answers) for tellers, answers in by_teller.items()}
    clauses = (
        f"{say_tellers(tellers)} said {said[tellers]}" if tellers else f"the answer were {said[tellers]}" for tellers in said
    )
    return f"If {' and '.join(clauses)}"


def _open_answers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    """For each open question that matters, what every answer would change."""
    intake = Intake(assessment.answers)
    for name in rank_open(pack, assessment):
        question = pack.question[name]
        yield Line(f"{question.label} ({name})", 1)
        for effect in pose(pack, intake, question, assessment.reading, assessment).effects:
            if effect.value != UNKNOWN:
                yield Line(f"{question.say(effect.value)}: {effect.leads_to}", 2)


def _to_settle(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    if len(assessment.to_settle) > 1:
        yield Line("All of these together; fewer may leave it open:")
    for name in assessment.to_settle:
        yield Line(f"{say_name(pack, name)}; {say_who(pack.question[name])} can say", 1)


def _barriers(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    titles = {procedure.procedure: procedure.title for procedure in pack.header.procedures}
    for procedure, sets, because in find_barriers(pack, assessment):
        yield Line(titles[procedure], 1)
        for names in sets:
            codes = {name: f" ({', '.join(because[name])})" if because[name] else "" for name in names}
            said = (f"{say_answers(pack, ((name, assessment.answers[name]),))}{codes[name]}" for name in names)
            yield Line(", and besides ".join(said), 2)


def _agreement(pack: Pack, assessment: Assessment) -> Iterator[Line]:
    readings = "both readings" if len(pack.readings) == 2 else "all readings"
    for changes in find_agreement(pack, assessment):
        yield Line(f"{_suppose(pack, changes)}, would {readings} give the same?", 1)
