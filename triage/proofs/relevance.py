"""Whether each part of a pack makes a difference: questions, decisions, values, constraints and readings.

Exact as `soundness` is, by going through all that is reachable. A part that makes none is not wrong by itself; it is asked,
written down or read in vain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations, product

from triage.completions import Completions
from triage.conditions import holds, leaves
from triage.errors import Place
from triage.pack import Pack
from triage.parts import Decision
from triage.profiles import Profiles
from triage.proofs.findings import Finding
from triage.proofs.soundness import Under


def list_reads(pack: Pack) -> Iterator[tuple[Place, str]]:
    """Everything that a decision reads, with where it says so."""
    source = pack.sources["decisions.yaml"]
    for position, decision in enumerate(pack.decisions):
        for index, read in enumerate(decision.reads):
            yield source.place(("decisions", position, "reads", index)), read


def find_idle_questions(pack: Pack, idle_reads: Collection[Place]) -> Iterator[Finding]:
    """Questions on which no decision depends, by rules or by a constraint, and whose answer no line of the sheet shows.

    `idle_reads` are the places where decisions read something in vain.
    """
    asked = {read for place, read in list_reads(pack) if place not in idle_reads}
    asked |= {leaf.name for constraint in pack.constraints for leaf in leaves(constraint.never)}
    asked |= {item.question for section in pack.sheet.sections for item in section.items if item.question is not None}
    for name in pack.question:
        if name not in asked:
            said = f"no decision depends on {name}, and no line of the sheet shows its answer"
            yield Finding(pack.place("question", name), "idle-question", said)


def find_unused_decisions(pack: Pack) -> Iterator[Finding]:
    """Decisions that nothing reads, reports or gives a part."""
    header = pack.header
    used = {header.outcome, *header.reported, *header.notes, *(procedure.decision for procedure in header.procedures)}
    used |= {part.decision for part in (header.safety_net, header.standing) if part is not None}
    used |= {read for decision in pack.decisions for read in decision.reads}
    for name in pack.decision:
        if name not in used:
            said = f"nothing reads {name}; it is neither reported nor a part of the sheet, and gives no notes"
            yield Finding(pack.place("decision", name), "unused-decision", said)


def find_unreached(pack: Pack, under: Under) -> Iterator[Finding]:
    """Outcomes, levels, standings and declared values that no complete answers lead to under any reading."""
    for decision in pack.decisions:
        reached = {value for profiles in under.values() for value in _list_values(profiles, decision)}
        for value in pack.values_of(decision.decision):
            if value not in reached:
                yield from _tell_unreached(pack, decision, value)


def _list_values(profiles: Profiles, decision: Decision) -> Iterator[str]:
    for profile in profiles.reached(decision.decision):
        value = profiles.value(decision.decision, profile)
        yield from (value,) if isinstance(value, str) else value or ()


def _tell_unreached(pack: Pack, decision: Decision, value: str) -> Iterator[Finding]:
    """A value that is never reached, told at the part it plays; not where a rule alone names it, which then never fires."""
    header, name = pack.header, decision.decision
    place: Place | None = None
    code, what = "unreachable-value", "value"
    if name == header.outcome:
        place, code, what = pack.place("outcome", value), "unreachable-outcome", "outcome"
    elif header.safety_net is not None and name == header.safety_net.decision:
        place, what = pack.place("level", value), "level"
    elif header.standing is not None and name == header.standing.decision:
        place, what = pack.sources["pack.yaml"].place(("standing", "texts", value)), "standing"
    elif value in decision.values:
        at = ("decisions", pack.decisions.index(pack.decision[name]), "values", value)
        place = pack.sources["decisions.yaml"].place(at)
    if place is not None:
        yield Finding(place, code, f"no complete answers lead to the {what} {value} of {name}, under any reading")


def find_idle_constraints(pack: Pack) -> Iterator[Finding]:
    """Constraints that exclude nothing that the others do not exclude; of equal ones the later."""
    completions = Completions(pack)
    left = list(pack.constraints)
    for constraint in reversed(pack.constraints):
        others = [other.never for other in left if other is not constraint]
        scope = completions.close(leaf.name for leaf in leaves(constraint.never))
        within = [never for never in others if {leaf.name for leaf in leaves(never)} <= set(scope)]
        cases = (dict(zip(scope, values, strict=True)) for values in product(*(completions.values[name] for name in scope)))
        if all(any(holds(never, case) for never in within) for case in cases if holds(constraint.never, case)):
            left.remove(constraint)
            said = f"{constraint.constraint} excludes no answers that the other constraints do not exclude"
            yield Finding(pack.place("constraint", constraint.constraint), "idle-constraint", said)


def find_alike_readings(pack: Pack, under: Under) -> Iterator[Finding]:
    """Each pair of readings that give the same outcome on all complete answers."""
    outcome = pack.header.outcome
    for one, other in combinations(pack.reading, 2):
        if _list_outcomes(under[one], outcome) == _list_outcomes(under[other], outcome):
            said = f"{other} gives the same outcome as {one} on all complete answers"
            yield Finding(pack.place("reading", other), "readings-alike", said)


def _list_outcomes(profiles: Profiles, outcome: str) -> list[object]:
    scope = profiles.completions.scopes[outcome]
    every = (dict(zip(scope, values, strict=True)) for values in profiles.completions.complete(scope))
    return [profiles.evaluate(answers, [outcome])[outcome] for answers in every]
