"""What is said of two packs that were compared, section by section, whatever the format.

The gravest stands first, and the safety net goes before the outcome. The deferral stands in every part, since outcomes are shown.
Old and new are always told in this order. Of statements that are repeated nowhere only ids are said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from triage.explanation import say_condition, say_name, say_value
from triage.pack import Pack
from triage.reference import owner_of
from triage.report import as_tree
from triage.revisions.changes import Change, Reworded
from triage.revisions.comparison import MAX_INTAKES, Compared, Group, PackDifference, UnderReading
from triage.revisions.saved import SavedDifference
from triage.revisions.words import Words, say_causes, say_readings
from triage.sections import Line, Section

GROUPS_SHOWN = 20
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
    words = _Report(old, new)
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


def render_json(found: PackDifference, saved: Sequence[SavedDifference] | None = None, tables: object = None) -> str:
    """Everything that was found, as one JSON object; `cases` and `tables` are null where none was asked about.

    `tables` is what was found of their rows.
    """
    tree = as_tree(found) | {"cases": as_tree(tuple(saved)) if saved is not None else None, "tables": as_tree(tables)}
    for change in tree["changes"]:
        change["wording"] = [{"key": text["key"], "from": text["old"], "to": text["new"]} for text in change["wording"]]
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


class _Report(Words):
    """Says, section by section, what was found."""

    def gravest(self, found: PackDifference) -> Iterator[Line]:
        """What weakens the safety net before anything else; then the verdict, and whether these are versions of one pack."""
        nets = [each for under in found.readings for each in under.compared if each.kind == "safety_net" and each.differing != 0]
        weakest = max(nets, key=_count_weaker, default=None)
        if weakest is not None:
            yield Line(self._say_net(weakest))
        yield Line(VERDICTS[found.verdict])
        if self.old.id != self.new.id:
            yield Line(
                f"Two packs, and no two versions of one: {self.old.id} and {self.new.id}. What has the same id in both is "
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
            self.say_value(pack, net.decision, value) for pack, value in ((self.old, smallest.old), (self.new, smallest.new))
        ]
        turn = " → ".join(levels) if smallest.old != smallest.new else f"{levels[0]}, which withholds no more"
        said = f"{count:,} of {over} read a less severe level, or are no longer withheld"
        return f"Safety net weakened: {said}; the smallest: {self.say_answers(smallest.example)} ({turn})."

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
                asked = (pack.question.get(change.id) for pack in (self.old, self.new))
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
                yield from self._rule("old", self.old, change.id)
                yield from self._rule("new", self.new, change.id)
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
            counts = "; ".join(f"{self.say_aspect(each.kind, each.decision)}: {_count(each)}" for each in told)
            rest = len(under.compared) - len(told)
            alike = f"; other decisions ({rest}): none" if rest else ""
            yield Line(f"{say_readings(under.old, under.new)}: {counts}{alike}", 1)

    def under(self, under: UnderReading) -> Iterator[Section]:
        """A section for each aspect that differs."""
        for compared in under.compared:
            if compared.differing != 0:
                title = f"{self.say_aspect(compared.kind, compared.decision)}, {say_readings(under.old, under.new)}"
                yield Section(title, tuple(self._compared(compared)))

    def _compared(self, compared: Compared) -> Iterator[Line]:
        over = f"{compared.intakes:,} partial intakes of {', '.join(compared.questions)}"
        if compared.differing is None:
            yield Line(
                f"Not compared: there are {over}, and {MAX_INTAKES:,} are the most. Split the decision or shorten its lists of "
                "values; or name saved intakes with --cases, which are compared one by one."
            )
            return
        yield Line(f"{compared.differing:,} of {over} read differently.")
        yield Line(self.new.header.deferral.text)
        for turn in compared.turns:
            old = self.say_value(self.old, compared.decision, turn.old)
            new = self.say_value(self.new, compared.decision, turn.new)
            change = f"{old} → {new}" if turn.old != turn.new else f"{old}, with other possible values"
            yield Line(f"{turn.intakes:,}: {change}; the smallest: {self.say_answers(turn.example)}", 1)
        yield Line("By what stands behind it:")
        for group in compared.groups[:GROUPS_SHOWN]:
            yield from self._group(compared, group)
        if len(compared.groups) > GROUPS_SHOWN:
            yield Line(f"and {len(compared.groups) - GROUPS_SHOWN} more; --format json gives all", 1)

    def _group(self, compared: Compared, group: Group) -> Iterator[Line]:
        causes = say_causes(group.causes)
        statements = f"; statements {', '.join(group.statements)}" if group.statements else ""
        yield Line(f"{causes}{statements}: {group.intakes:,}", 1)
        yield Line(f"smallest example: {self.say_answers(group.example)}", 2)
        yield Line(self.say_turn((compared.decision, compared.decision), group.old, group.new), 2)

    def saved(self, saved: Sequence[SavedDifference]) -> Iterator[Line]:
        """The saved intakes that read differently, and how."""
        differing = [each for each in saved if each.differs]
        neither = [each for each in saved if each.refused_by_old and each.refused_by_new]
        yield Line(f"{len(differing):,} of {len(saved):,} saved intakes read differently.")
        yield Line(self.new.header.deferral.text)
        for each in differing:
            yield Line(each.name, 1)
            for side, refused in (("the old pack", each.refused_by_old), ("the new pack", each.refused_by_new)):
                yield from (Line(f"{side} does not take it: {message}", 2) for message in refused)
            yield from (Line(said, 2) for said in self.say_differences(each.differences))
        for each in neither:
            yield Line(f"{each.name}: neither pack takes it: {'; '.join(each.refused_by_new)}", 1)


def _name(change: Change) -> str:
    return f"{change.part} {change.id}".strip() if change.change != "reordered" else f"order of each {change.part}"


def _say_wording(text: Reworded, key: str = "") -> Iterator[Line]:
    yield from (Line(f"{key}{side}: {said}", 2) for side, said in (("old", text.old), ("new", text.new)) if said is not None)


def _count_weaker(net: Compared) -> float:
    """In how many intakes the net is weaker; what was not compared may be so in all."""
    return sum(turn.intakes for turn in net.turns if turn.weaker) if net.differing is not None else float("inf")


def _count(compared: Compared) -> str:
    return f"{compared.differing:,} of {compared.intakes:,}" if compared.differing is not None else "not compared"
