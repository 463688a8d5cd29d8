"""What two packs read of an intake, said in the words of the pack that reads it, whatever it is said for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from triage.explanation import say_name, say_value
from triage.pack import Pack
from triage.parts import State
from triage.revisions.causes import Cause
from triage.revisions.comparison import Difference
from triage.revisions.views import WITHHELD, Kind, View
from triage.sections import STATES

TITLES: dict[Kind, str] = {"outcome": "Outcome", "safety_net": "Safety net", "standing": "Standing"}


class Words:
    """Says what an old and a new pack read; old and new are always told in this order."""

    def __init__(self, old: Pack, new: Pack) -> None:
        self.old, self.new = old, new

    def say_aspect(self, kind: Kind, decision: str) -> str:
        pack = self.new if decision in self.new.decision else self.old
        return TITLES.get(kind) or say_name(pack, decision)

    def say_value(self, pack: Pack, decision: str, value: str) -> str:
        """A value of a decision, or what stands where it has none."""
        if value in STATES:
            return STATES[State(value)]
        known = decision in pack.decision and value in pack.values_of(decision) and value not in pack.note
        return say_value(pack, decision, value) if known else value.replace("_", " ")

    def say_turn(self, decisions: tuple[str, str], old: View, new: View) -> str:
        """From what to what; of the same value, what is possible beside it."""
        sides = tuple(zip((self.old, self.new), decisions, (old, new), strict=True))
        words = [self.say_value(pack, decision, view.value) for pack, decision, view in sides]
        possible = [" | ".join(self.say_value(pack, decision, name) for name in view.possible) for pack, decision, view in sides]
        if old.value == new.value and old.possible and new.possible:
            return f"{words[0]}; possible: {possible[0]} → {possible[1]}"
        told = [
            f"{value}{'' if view.settled or not among else f' (possible: {among})'}{' (withholds)' if view.withholds else ''}"
            for value, among, view in zip(words, possible, (old, new), strict=True)
        ]
        return " → ".join(told)

    def say_answers(self, answers: Mapping[str, str]) -> str:
        packs = {name: self.new if name in self.new.question else self.old for name in answers}
        return "; ".join(f"{name}: {packs[name].question[name].say(value)}" for name, value in answers.items()) or "no answer"

    def say_differences(self, differences: Sequence[Difference]) -> Iterator[str]:
        """One by one; but where withholding begins or ends, all that follows from that in one line with what is behind it."""
        nets = (each for each in differences if each.aspect.kind == "safety_net" and each.old.withholds != each.new.withholds)
        net = next(nets, None)
        follows = [each for each in differences if each is net or (net and _is_withheld(each))]
        if net is not None:
            told = [self.say_difference(each) for each in follows if each.aspect.kind != "decision"]
            yield f"{'no longer withheld' if net.old.withholds else 'withheld now'} ({say_causes(net.causes)}): {'; '.join(told)}"
        yield from (f"{self.say_difference(each)} ({say_causes(each.causes)})" for each in differences if each not in follows)

    def say_difference(self, difference: Difference) -> str:
        kind, old, new = difference.aspect
        turn = self.say_turn((old or "", new or ""), difference.old, difference.new)
        return f"{self.say_aspect(kind, new or old or '')}: {turn}"


def say_causes(causes: Iterable[Cause]) -> str:
    return ", ".join(f"{cause.part} {cause.id} {cause.change}" if cause.id else "another part of the pack" for cause in causes)


def say_readings(old: str, new: str) -> str:
    return f"reading {new}" if old == new else f"default readings {old} and {new}"


def _is_withheld(difference: Difference) -> bool:
    return any(view == WITHHELD or view.value == State.CONTACT_CLINICIAN_NOW for view in (difference.old, difference.new))
