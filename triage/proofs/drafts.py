"""Cases made ready to be added to `cases.yaml`: a small intake and what the pack gives for it today.

A draft says what the pack does, and not what it ought to do; a person reads it before it is added.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from triage.cases import Case, Given, find_departures
from triage.conclusions import OPEN
from triage.pack import Pack, decisions_under
from triage.possibilities import select_known
from triage.proofs.trials import Put

T = TypeVar("T")
D = TypeVar("D")

WIDTH = 128
# Kept apart from their neighbour when a line is folded.
_SPACE = "\0"


def shrink(answers: Mapping[str, str], still: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Answers of which none can be left out with `still` true of the rest."""
    kept = dict(answers)
    for name in answers:
        fewer = {other: value for other, value in kept.items() if other != name}
        if still(fewer):
            kept = fewer
    return kept


def draft_case(pack: Pack, answers: Mapping[str, str], reading: str, given: Given, other: Given | None = None) -> Put:
    """A case that states what the pack gives for these answers; enough to tell it from what a changed pack gives (`other`)."""
    net, standing = pack.header.safety_net, pack.header.standing
    signs = {name for name in pack.question if net and pack.question[name].warning is not None}
    said = ", ".join(f"{name} {value}" for name, value in answers.items()) or "nothing asked"
    elsewhere = reading in pack.reading and reading != pack.header.default_reading
    told = other or given
    case = Case(
        case=f"Draft, {f'{reading}, ' if elsewhere else ''}{said}",
        reading=reading if elsewhere else None,
        answers=dict(answers),
        outcome=given.outcome,
        settled=given.settled,
        possible_outcomes=None if given.settled else given.possible_outcomes,
        safety_net=given.safety_net if signs & answers.keys() or told.safety_net != given.safety_net else None,
        standing=given.standing if (standing and given.standing != OPEN) or told.standing != given.standing else None,
        notes=given.notes,
        rules=tuple(_list_certain(pack, reading, given)),
    )
    if other is not None and not find_departures(case, other):
        names = (name for name in given.decisions if given.decisions[name] != other.decisions.get(name))
        case = case.model_copy(update={"decisions": {name: given.decisions[name] for name in names} or None})
    return Put(case, reading, select_known(pack, answers), given)


def merge(first: Put, second: Put) -> Put:
    """One case for two drafts of one intake, with all that either states."""
    ours, theirs = first.case, second.case
    more = {
        "safety_net": ours.safety_net or theirs.safety_net,
        "standing": ours.standing or theirs.standing,
        "decisions": {**(ours.decisions or {}), **(theirs.decisions or {})} or None,
    }
    return first._replace(case=ours.model_copy(update=more))


def _list_certain(pack: Pack, reading: str, given: Given) -> Iterator[str]:
    """The rules that give what is settled."""
    for decision in decisions_under(pack, reading):
        values = given.decisions.get(decision.decision, ())
        if len(values) == 1 or decision.hit_policy == "collect":
            yield from (rule.rule for rule in decision.rules if rule.rule in given.rules and rule.then in values)


def write_case(case: Case) -> str:
    """A case as it stands in `cases.yaml`, under its `cases`."""
    lines = [f"  - case: {case.case}"]
    if case.reading is not None:
        lines.append(f"    reading: {case.reading}")
    lines += _wrap("answers", _mapping(case.answers))
    lines += [f"    outcome: {case.outcome}", f"    settled: {'yes' if case.settled else 'no'}"]
    if case.possible_outcomes is not None:
        lines += _wrap("possible_outcomes", _list(case.possible_outcomes))
    lines += [f"    safety_net: {case.safety_net}"] if case.safety_net is not None else []
    lines += [f"    standing: {case.standing}"] if case.standing is not None else []
    lines += _wrap("notes", _list(case.notes)) if case.notes is not None else []
    if case.decisions is not None:
        lines += _wrap("decisions", _mapping({name: _list(values) for name, values in case.decisions.items()}))
    lines += _wrap("rules", _list(case.rules))
    return "\n".join(lines) + "\n"


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _mapping(items: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}:{_SPACE}{value}' for key, value in items.items())}}}"


def _wrap(key: str, text: str) -> list[str]:
    folded = textwrap.wrap(f"    {key}: {text}", WIDTH, subsequent_indent=" " * 7, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_SPACE, " ") for line in folded]


def cover(wanted: Sequence[T], drafts: Sequence[D], meets: Callable[[D, T], bool]) -> tuple[tuple[T, D], ...]:
    """A few of the drafts that together meet all that is wanted: again and again the one that meets most of what is left.

    What no draft meets is left out.
    """
    met = {index: {place for place, one in enumerate(wanted) if meets(draft, one)} for index, draft in enumerate(drafts)}
    left = set().union(*met.values())
    chosen: dict[int, D] = {}
    while left:
        index = max(met, key=lambda index: (len(met[index] & left), -index))
        chosen |= dict.fromkeys(met[index] & left, drafts[index])
        left -= met[index]
    return tuple((wanted[place], chosen[place]) for place in sorted(chosen))
