"""What is said of two packs that were compared, section by section, whatever the format.

The gravest stands first, and the safety net goes before the outcome. The deferral stands in every part, since outcomes are shown.
Old and new are always told in this order. Of statements that are repeated nowhere only ids are said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from triage.explanation import say_condition, say_name, say_value
from triage.pack import Pack, State
from triage.reference import owner_of
from triage.report import as_tree
from triage.revisions.causes import Cause
from triage.revisions.changes import Change, Reworded
from triage.revisions.comparison import MAX_INTAKES, Compared, Difference, Group, PackDifference, UnderReading
from triage.revisions.saved import SavedDifference
from triage.revisions.views import WITHHELD, Kind, View
from triage.sections import STATES, Line, Section

GROUPS_SHOWN = 20
TITLES: dict[Kind, str] = {"outcome": "Outcome", "safety_net": "Safety net", "standing": "Standing"}
SAFETY_TEXTS = "Texts of the safety net, the deferral and the headlines that changed"
SAFETY_KEYS = {"safety_net", "open", "deferral", "headlines"}
VERDICTS = {
    "the same": "The two packs are the same, but for layout and comments.",
    "texts only": "Texts only: no intake reads differently.",
    "no answers": "More than texts changed, and yet no intake reads differently.",
    "answers": "Some intakes read differently.",
    "not all compared": "No difference was found, and not everything could be compared; see below.",
}


def describe_difference(
    old: Pack, new: Pack, found: PackDifference, saved: Sequence[SavedDifference] | None = None
) -> tuple[Section, ...]:
    """Everything that `compare_packs` found, with the saved intakes if any were asked about."""
    words = _Words(old, new)
    before, after = (f"{pack.id} {pack.version} (digest {pack.digest[:16]})" for pack in (old, new))
    about = (*words.gravest(found), Line(found.deferral), Line(f"Old: {before}", 1), Line(f"New: {after}", 1))
    sections = [Section(f"{new.header.title}: what a change does", about)]
    for title, lines in ((SAFETY_TEXTS, words.safety(found.changes)), ("What changed in the pack", words.changes(found.changes))):
        told = tuple(lines)
        sections += [Section(title, (Line(found.deferral), *told))] if told else []
    counted = "Partial intakes that read differently (unknown and not asked counted as one)"
    sections.append(Section(counted, tuple(words.counts(found.readings))))
    for under in found.readings:
        sections += words.under(under)
    if saved is not None:
        sections.append(Section("Saved intakes", tuple(words.saved(saved))))
    return tuple(sections)


def render_json(found: PackDifference, saved: Sequence[SavedDifference] | None = None) -> str:
    """Everything that was found, as one JSON object; `cases` is null where no saved intake was asked about."""
    tree = as_tree(found) | {"cases": as_tree(tuple(saved)) if saved is not None else None}
    for change in tree["changes"]:
        change["wording"] = [{"key": text["key"], "from": text["old"], "to": text["new"]} for text in change["wording"]]
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


class _Words:
    """Says what differs in the words of the pack that it is told of."""

    def __init__(self, old: Pack, new: Pack) -> None:
        self._old, self._new = old, new

    def gravest(self, found: PackDifference) -> Iterator[Line]:
        """What weakens the safety net before anything else; then the verdict, and whether these are versions of one pack."""
        nets = [each for under in found.readings for each in under.compared if each.kind == "safety_net" and each.differing != 0]
        weakest = max(nets, key=_count_weaker, default=None)
        if weakest is not None:
            yield Line(self._say_net(weakest))
        yield Line(VERDICTS[found.verdict])
        if self._old.id != self._new.id:
            yield Line(
                f"Two packs, and no two versions of one: {self._old.id} and {self._new.id}. What has the same id in both is "
                "taken for the same, whatever it means in either; name two versions of one pack if that was meant."
            )

    def _say_net(self, net: Compared) -> str:
        count, over = _count_weaker(net), f"{net.intakes:,} partial intakes"
        if net.differing is None:
            return f"Safety net not compared: {over} are too many, and it may be weaker than before."
        if not count:
            return f"Safety net changed, and weakened nowhere: {net.differing:,} of {over} read another level."
        smallest = min((turn for turn in net.turns if turn.weaker), key=lambda turn: len(turn.example))
        levels = [
            self._value(pack, net.decision, value) for pack, value in ((self._old, smallest.old), (self._new, smallest.new))
        ]
        turn = " → ".join(levels) if smallest.old != smallest.new else f"{levels[0]}, which withholds no more"
        said = f"{count:,} of {over} read a less severe level, or are no longer withheld"
        return f"Safety net weakened: {said}; the smallest: {self._answers(smallest.example)} ({turn})."

    def safety(self, changes: Sequence[Change]) -> Iterator[Line]:
        """The texts that people in danger, or in doubt, are shown."""
        for change in changes:
            for text in change.wording:
                if self._is_of_safety(change, text):
                    yield Line(f"{_name(change)}, {text.key}:", 1)
                    yield from _say_wording(text)

    def _is_of_safety(self, change: Change, text: Reworded) -> bool:
        match change.part:
            case "pack":
                return text.key.split(".")[0] in SAFETY_KEYS
            case "question":
                asked = (pack.question.get(change.id) for pack in (self._old, self._new))
                return any(question is not None and question.warning is not None for question in asked)
            case part:
                return part == "level" or (part == "outcome" and text.key.startswith("headline"))

    def changes(self, changes: Sequence[Change]) -> Iterator[Line]:
        """Every change; the words before and after too, but for those that `safety` tells."""
        for change in changes:
            keys = f" ({', '.join(change.keys)})" if change.keys else ""
            yield Line(f"{_name(change)}: {change.change}{keys}", 1)
            for said, values in (("values added", change.values_added), ("values removed", change.values_removed)):
                if values:
                    yield Line(f"{said}: {', '.join(values)}", 2)
            if change.part == "rule":
                yield from self._rule("old", self._old, change.id)
                yield from self._rule("new", self._new, change.id)
                continue
            listed = {"values"} if change.values_added or change.values_removed else set[str]()
            for text in change.wording:
                if not self._is_of_safety(change, text) and text.key not in listed:
                    yield from _say_wording(text, f"{text.key}, " if len(change.wording) > 1 or "." in text.key else "")

    def _rule(self, side: str, pack: Pack, id: str) -> Iterator[Line]:
        if id in pack.rule:
            rule, decision = pack.rule[id], owner_of(pack, id)
            then = say_value(pack, decision, rule.then)
            because = f" ({', '.join(rule.because)})" if rule.because else ""
            yield Line(f"{side}: {say_condition(pack, rule.when)} → {say_name(pack, decision)}: {then}{because}", 2)

    def counts(self, readings: Sequence[UnderReading]) -> Iterator[Line]:
        """How many partial intakes differ, reading by reading; decisions without a part of their own only where some do."""
        for under in readings:
            told = [each for each in under.compared if each.kind != "decision" or each.differing != 0]
            counts = "; ".join(f"{self._aspect(each.kind, each.decision)}: {_count(each)}" for each in told)
            rest = len(under.compared) - len(told)
            alike = f"; other decisions ({rest}): none" if rest else ""
            yield Line(f"{_reading(under)}: {counts}{alike}", 1)

    def under(self, under: UnderReading) -> Iterator[Section]:
        """A section for each aspect that differs."""
        for compared in under.compared:
            if compared.differing != 0:
                title = f"{self._aspect(compared.kind, compared.decision)}, {_reading(under)}"
                yield Section(title, tuple(self._compared(compared)))

    def _aspect(self, kind: Kind, decision: str) -> str:
        pack = self._new if decision in self._new.decision else self._old
        return TITLES.get(kind) or say_name(pack, decision)

    def _compared(self, compared: Compared) -> Iterator[Line]:
        over = f"{compared.intakes:,} partial intakes of {', '.join(compared.questions)}"
        if compared.differing is None:
            yield Line(
                f"Not compared: there are {over}, and {MAX_INTAKES:,} are the most. Split the decision or shorten its lists of "
                "values; or name saved intakes with --cases, which are compared one by one."
            )
            return
        yield Line(f"{compared.differing:,} of {over} read differently.")
        yield Line(self._new.header.deferral.text)
        for turn in compared.turns:
            old = self._value(self._old, compared.decision, turn.old)
            new = self._value(self._new, compared.decision, turn.new)
            change = f"{old} → {new}" if turn.old != turn.new else f"{old}, with other possible values"
            yield Line(f"{turn.intakes:,}: {change}; the smallest: {self._answers(turn.example)}", 1)
        yield Line("By what stands behind it:")
        for group in compared.groups[:GROUPS_SHOWN]:
            yield from self._group(compared, group)
        if len(compared.groups) > GROUPS_SHOWN:
            yield Line(f"and {len(compared.groups) - GROUPS_SHOWN} more; --format json gives all", 1)

    def _group(self, compared: Compared, group: Group) -> Iterator[Line]:
        causes = ", ".join(map(_say_cause, group.causes))
        statements = f"; statements {', '.join(group.statements)}" if group.statements else ""
        yield Line(f"{causes}{statements}: {group.intakes:,}", 1)
        yield Line(f"smallest example: {self._answers(group.example)}", 2)
        yield Line(self._turn((compared.decision, compared.decision), group.old, group.new), 2)

    def _turn(self, decisions: tuple[str, str], old: View, new: View) -> str:
        """From what to what; of the same value, what is possible beside it."""
        sides = tuple(zip((self._old, self._new), decisions, (old, new), strict=True))
        words = [self._value(pack, decision, view.value) for pack, decision, view in sides]
        possible = [" | ".join(self._value(pack, decision, name) for name in view.possible) for pack, decision, view in sides]
        if old.value == new.value and old.possible and new.possible:
            return f"{words[0]}; possible: {possible[0]} → {possible[1]}"
        told = [
            f"{value}{'' if view.settled or not among else f' (possible: {among})'}{' (withholds)' if view.withholds else ''}"
            for value, among, view in zip(words, possible, (old, new), strict=True)
        ]
        return " → ".join(told)

    def _answers(self, answers: Mapping[str, str]) -> str:
        packs = {name: self._new if name in self._new.question else self._old for name in answers}
        return "; ".join(f"{name}: {packs[name].question[name].say(value)}" for name, value in answers.items()) or "no answer"

    def _value(self, pack: Pack, decision: str, value: str) -> str:
        if value in STATES:
            return STATES[State(value)]
        known = decision in pack.decision and value in pack.values_of(decision) and value not in pack.note
        return say_value(pack, decision, value) if known else value.replace("_", " ")

    def saved(self, saved: Sequence[SavedDifference]) -> Iterator[Line]:
        """The saved intakes that read differently, and how."""
        differing = [each for each in saved if each.differs]
        neither = [each for each in saved if each.refused_by_old and each.refused_by_new]
        yield Line(f"{len(differing):,} of {len(saved):,} saved intakes read differently.")
        yield Line(self._new.header.deferral.text)
        for each in differing:
            yield Line(each.name, 1)
            for side, refused in (("the old pack", each.refused_by_old), ("the new pack", each.refused_by_new)):
                yield from (Line(f"{side} does not take it: {message}", 2) for message in refused)
            yield from (Line(said, 2) for said in self._differences(each.differences))
        for each in neither:
            yield Line(f"{each.name}: neither pack takes it: {'; '.join(each.refused_by_new)}", 1)

    def _differences(self, differences: Sequence[Difference]) -> Iterator[str]:
        """One by one; but where withholding begins or ends, all that follows from that in one line with what is behind it."""
        nets = (each for each in differences if each.aspect.kind == "safety_net" and each.old.withholds != each.new.withholds)
        net = next(nets, None)
        follows = [each for each in differences if each is net or (net and _is_withheld(each))]
        if net is not None:
            told = [self._difference(each) for each in follows if each.aspect.kind != "decision"]
            yield f"{'no longer withheld' if net.old.withholds else 'withheld now'} ({_say_causes(net)}): {'; '.join(told)}"
        yield from (f"{self._difference(each)} ({_say_causes(each)})" for each in differences if each not in follows)

    def _difference(self, difference: Difference) -> str:
        kind, old, new = difference.aspect
        turn = self._turn((old or "", new or ""), difference.old, difference.new)
        return f"{self._aspect(kind, new or old or '')}: {turn}"


def _name(change: Change) -> str:
    return f"{change.part} {change.id}".strip() if change.change != "reordered" else f"order of each {change.part}"


def _say_wording(text: Reworded, key: str = "") -> Iterator[Line]:
    yield from (Line(f"{key}{side}: {said}", 2) for side, said in (("old", text.old), ("new", text.new)) if said is not None)


def _count_weaker(net: Compared) -> float:
    """In how many intakes the net is weaker; what was not compared may be so in all."""
    return sum(turn.intakes for turn in net.turns if turn.weaker) if net.differing is not None else float("inf")


def _is_withheld(difference: Difference) -> bool:
    return any(view == WITHHELD or view.value == State.CONTACT_CLINICIAN_NOW for view in (difference.old, difference.new))


def _say_causes(difference: Difference) -> str:
    return ", ".join(map(_say_cause, difference.causes))


def _say_cause(cause: Cause) -> str:
    return f"{cause.part} {cause.id} {cause.change}" if cause.id else "another part of the pack"


def _reading(under: UnderReading) -> str:
    return f"reading {under.new}" if under.old == under.new else f"default readings {under.old} and {under.new}"


def _count(compared: Compared) -> str:
    return f"{compared.differing:,} of {compared.intakes:,}" if compared.differing is not None else "not compared"
