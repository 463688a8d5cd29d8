"""Every single change of a pack: the lists of a small one by hand, and what no change ever is."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from changed_packs import to_tree
from small_pack import Edit, find_pack_faults, write_pack

from triage import load_pack
from triage.proofs.mutants import Mutant, list_mutants

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack
    from triage.parts import Rule

D, Q = "decisions.yaml", "questions.yaml"
HINT = [
    "without its condition",
    "{tyres: narrow} in place of {tyres: broad}",
    "{tyres: [broad, narrow]} in place of {tyres: broad}",
    "{not: {tyres: broad}} in place of {tyres: broad}",
    "left out",
]
BRAKE = [
    "without its condition",
    "{brake_fault: no} in place of {brake_fault: yes}",
    "{brake_fault: [yes, no]} in place of {brake_fault: yes}",
    "{not: {brake_fault: yes}} in place of {brake_fault: yes}",
    "then: go in place of stop",
    "left out",
]
CHOICE = [
    "without its condition",
    "{fit: partly} in place of {fit: well}",
    "{fit: badly} in place of {fit: well}",
    "{fit: [well, partly]} in place of {fit: well}",
    "{fit: [well, badly]} in place of {fit: well}",
    "{not: {fit: well}} in place of {fit: well}",
    "then: racer in place of both",
    "then: nothing in place of both",
    "left out",
]
CONSTRAINT = [
    "{any: [{surface: asphalt}, {tyres: broad}]} in place of {surface: asphalt, tyres: broad}",
    "without {surface: asphalt}",
    "{surface: gravel} in place of {surface: asphalt}",
    "{surface: sand} in place of {surface: asphalt}",
    "{surface: [asphalt, gravel]} in place of {surface: asphalt}",
    "{surface: [asphalt, sand]} in place of {surface: asphalt}",
    "{not: {surface: asphalt}} in place of {surface: asphalt}",
    "without {tyres: broad}",
    "{tyres: narrow} in place of {tyres: broad}",
    "{tyres: [broad, narrow]} in place of {tyres: broad}",
    "{not: {tyres: broad}} in place of {tyres: broad}",
    "{not: {surface: asphalt, tyres: broad}} in place of {surface: asphalt, tyres: broad}",
    "left out",
]
BY_HAND = {
    "rule H1": HINT,
    "rule B1": BRAKE,
    "rule C1": CHOICE,
    "constraint X1": CONSTRAINT,
    "decision fit": ["without surface among its reads", "without tyres among its reads"],
}


def changes(pack: Pack, part: str) -> list[str]:
    return [mutant.change for mutant in list_mutants(pack) if mutant.part == part]


@pytest.mark.parametrize("part", BY_HAND)
def test_the_changes_of_a_part_are_those_written_by_hand(bicycles: Pack, part: str) -> None:
    assert sorted(changes(bicycles, part)) == sorted(BY_HAND[part])


def test_every_rule_reading_read_and_constraint_is_changed(bicycles: Pack) -> None:
    parts = {mutant.part for mutant in list_mutants(bicycles)}
    assert parts == {
        *(f"rule {rule}" for rule in bicycles.rule),
        *(f"decision {decision}" for decision in bicycles.decision),
        "constraint X1",
    }


def flatten(pack: Pack) -> dict[tuple[str, str], Any]:
    """Everything that a change can touch, piece by piece."""

    rules: list[Rule] = [rule for one in pack.decisions for rule in one.rules]
    rules += [rule for reading in pack.readings for rule in reading.rules]
    pieces: dict[tuple[str, str], Any] = {("rule", rule.rule): (rule.when, rule.then) for rule in rules}
    pieces |= {("reads", decision.decision): decision.reads for decision in pack.decisions}
    return pieces | {("constraint", constraint.constraint): constraint.never for constraint in pack.constraints}


@pytest.mark.parametrize("name", ["repair-cafe", None])
def test_a_change_is_one_change_and_no_two_are_the_same(bicycles: Pack, name: str | None) -> None:
    pack = load_pack(name) if name else bicycles
    before = flatten(pack)
    seen = Counter(frozenset(flatten(mutant.pack).items()) for mutant in list_mutants(pack))
    assert frozenset(before.items()) not in seen
    for mutant in list_mutants(pack):
        after = flatten(mutant.pack)
        touched = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        kinds = Counter(kind for kind, _ in touched)
        if mutant.part.startswith("decision"):
            assert kinds["rule"] >= 1, mutant
            assert kinds["constraint"] == kinds["reads"] == 0, mutant
        else:
            # A rule that asks what its decision does not read yet widens the reads as well.
            assert kinds["rule"] + kinds["constraint"] == 1, mutant
            assert kinds["reads"] <= 1, mutant
        told = {f"{kind} {name}" for kind, name in touched if kind != "reads"}
        assert mutant.part in told or mutant.part.startswith("decision"), mutant
    # Where one rule alone asks a name, to leave out that part and to take the name from the reads come to the same.
    for changed in (changed for changed, count in seen.items() if count > 1):
        alike = [mutant for mutant in list_mutants(pack) if frozenset(flatten(mutant.pack).items()) == changed]
        assert [mutant.part.split()[0] for mutant in alike] == ["rule", "decision"], list(map(str, alike))


def write_changed(folder: Path, mutant: Mutant) -> None:
    """The small pack as files, with the parts of a changed one in place of its own."""

    def rules(part: Any) -> list[dict[str, Any]]:
        kept = ({**rule.model_dump(exclude={"when"}), "when": to_tree(rule.when)} for rule in part.rules)
        return [{key: value for key, value in rule.items() if value is not None} for rule in kept]

    pack = mutant.pack
    parts: dict[str, Any] = {
        "decisions": [
            {
                **{key: value for key, value in one.model_dump(exclude={"rules"}).items() if value not in (None, {})},
                "rules": rules(one),
            }
            for one in pack.decisions
        ],
        "constraints": [{**one.model_dump(exclude={"never"}), "never": to_tree(one.never)} for one in pack.constraints],
        "readings": [{**one.model_dump(exclude={"rules"}), "rules": rules(one)} for one in pack.readings],
        "notes": [note.model_dump() for note in pack.notes],
    }
    write_pack(folder)
    (folder / D).write_text(json.dumps(parts), encoding="utf-8")


def test_no_change_is_one_that_the_loader_would_refuse_for_what_it_asks(bicycles: Pack, tmp_path: Path) -> None:
    """A last rule, note or value may be gone; but what is asked is there, may be asked, and closes no circle."""
    harmless = {"structure", "unused-note", "uncited-statement", "unknown-value", "unknown-rule"}
    for mutant in list_mutants(bicycles):
        write_changed(tmp_path / "changed", mutant)
        faults = find_pack_faults(tmp_path / "changed")
        assert {fault.code for fault in faults} <= harmless, (str(mutant), list(map(str, faults)))
        if "left out" not in mutant.change and "then: " not in mutant.change:
            assert faults == (), (str(mutant), list(map(str, faults)))


def asked(pack: Pack, part: str) -> set[str]:
    """The names that the changes of a part put in place of another."""
    return {change.split(" in place of ")[0] for change in changes(pack, part) if " in place of " in change}


def test_the_safety_net_is_made_to_ask_warning_signs_only(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(Q, "  - question: booked\n", Q_LIGHTS + "  - question: booked\n"),
        Edit(D, "reads: [brake_fault]", "reads: [brake_fault, lights]"),
    )
    pack = load_pack(tmp_path)
    assert "{lights: yes}" in asked(pack, "rule B1")
    assert "{booked: yes}" not in asked(pack, "rule B1")
    assert {"{lights: yes}", "{brake_fault: yes}"} <= asked(pack, "rule W1")


Q_LIGHTS = """\
  - {question: lights, group: safety, label: L, text: Broken?, help: Any., values: [yes, no], warning: yes, because: [LAW]}
"""


def test_a_constraint_is_made_to_ask_no_warning_sign(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "never: {surface: asphalt, tyres: broad}", "never: {booked: yes, tyres: broad}"))
    assert "{brake_fault: yes, tyres: broad}" not in asked(load_pack(tmp_path), "constraint X1")
    assert not any("brake_fault" in change for change in changes(load_pack(tmp_path), "constraint X1"))


def test_a_rule_is_made_to_ask_what_its_decision_does_not_read_yet_but_nothing_that_rests_on_it(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(D, "values: {booked: booked, waiting: waiting}", "values: {booked: booked, waiting: waiting, well: fits}"),
        Edit("pack.yaml", "waiting: Not yet booked., ", "waiting: Not yet booked., well: Fits., "),
        Edit(D, "when: {booked: no}, then: waiting", "when: {booked: no}, then: waiting"),
    )
    pack = load_pack(tmp_path)
    assert "{workshop: well}" in asked(pack, "rule C1")
    widened = [
        mutant for mutant in list_mutants(pack) if "{workshop: well} in place" in mutant.change and mutant.part == "rule C1"
    ]
    assert [mutant.pack.decision["choice"].reads for mutant in widened] == [("fit", "workshop")]


def test_no_rule_is_made_to_ask_what_rests_on_its_decision(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(Q, "values: [asphalt, gravel, sand]", "values: [asphalt, gravel, sand, nothing]"),
        Edit(D, "when: {surface: sand}", "when: {surface: nothing}"),
    )
    pack = load_pack(tmp_path)
    assert "nothing" in pack.values_of("choice")
    assert "{surface: asphalt}" in asked(pack, "rule F10")
    assert "{choice: nothing}" not in asked(pack, "rule F10")


def test_the_safety_net_is_made_to_ask_nothing_that_rests_on_a_constrained_question(tmp_path: Path) -> None:
    wet = """\
  - decision: wet
    reads: [{}]
    hit_policy: unique
    rules:
      - {{rule: Z1, when: {{{}}}, then: yes, because: [S01]}}
      - {{rule: Z2, when: {{not: {{{}}}}}, then: no, because: [S01]}}
"""
    for name, asks, free in (("surface", "surface: sand", False), ("booked", "booked: yes", True)):
        write_pack(tmp_path, Edit(D, "  - decision: choice\n", wet.format(name, asks, asks) + "  - decision: choice\n"))
        assert ("{wet: yes}" in asked(load_pack(tmp_path), "rule B1")) == free


def test_a_change_stands_where_its_part_does(bicycles: Pack) -> None:
    places = {mutant.part: mutant.place for mutant in list_mutants(bicycles)}
    assert places["rule F2s"] == bicycles.place("rule", "F2s")
    assert places["decision fit"] == bicycles.place("decision", "fit")
    assert places["constraint X1"] == bicycles.place("constraint", "X1")
    assert len(set(places.values())) == len(places)


def test_a_list_of_notes_gets_every_other_note(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(
            D, "  - {note: pump, text: Bring a pump.}", "  - {note: pump, text: Bring a pump.}\n  - {note: bell, text: Ring it.}"
        ),
        Edit(
            D,
            "      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}",
            "      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}\n"
            "      - {rule: H2, when: {tyres: narrow}, then: bell, because: [S01]}",
        ),
    )
    assert "then: bell in place of pump" in changes(load_pack(tmp_path), "rule H1")
