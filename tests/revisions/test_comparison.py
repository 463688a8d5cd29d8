"""Two packs compared: every count agrees with brute force over the files, and with the independent evaluator of the design."""

from __future__ import annotations

import shutil
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import oracle
import pytest
from bare_pack import make_bare_pack
from brute import Brute
from small_changes import DECISIONS, EDITS, HEADER, asked, ruled
from small_pack import write_pack

from triage.errors import PackError, RequestError
from triage.library import load_pack
from triage.revisions import comparison
from triage.revisions.comparison import compare_packs, pair_readings, partial_intakes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack
    from triage.revisions.comparison import Compared, PackDifference

VERDICTS = {
    "nothing": "the same",
    "texts": "texts only",
    "a condition that leaves out what does not occur": "no answers",
    "a constraint under another name": "no answers",
    "a rule under another name": "no answers",
    "what a rule cites": "no answers",
}


def bicycles(folder: Path, name: str) -> tuple[Pack, Path]:
    folder.mkdir(exist_ok=True)
    path = folder / name.replace(" ", "-")
    write_pack(path, *EDITS[name][0])
    return load_pack(path), path


def views(brute: Brute, kind: str, decision: str, answers: dict[str, str]) -> object:
    """What brute force reads in one aspect."""
    if kind == "outcome":
        return brute.outcome(answers)
    if kind == "safety_net":
        return brute.level(answers) if "safety_net" in brute.header else "none"
    if kind == "standing":
        return brute.standing(answers) if "standing" in brute.header else "none"
    return "withheld" if "safety_net" in brute.header and brute.level(answers)[1] else brute.decision(decision, answers)


def all_partial(old: Brute, new: Brute, decision: str) -> Iterator[dict[str, str]]:
    """Every partial intake of the questions behind a decision in either pack, in no special order."""
    behind = [brute.scope(decision) for brute in (old, new) if decision in brute.decisions]
    domains = {
        name: [None, *dict.fromkeys((*new.values.get(name, []), *old.values.get(name, [])))] for name in set().union(*behind)
    }
    for values in product(*domains.values()):
        yield {name: value for name, value in zip(domains, values, strict=True) if value is not None}


class NetLess(Brute):
    """A pack without a safety net withholds nothing."""

    def level(self, answers: object) -> tuple[str, bool]:
        return "none", False


def read_brute(path: Path, reading: str) -> Brute:
    plain = Brute(path, reading)
    return plain if "safety_net" in plain.header else NetLess(path, reading)


def value_of(view: object) -> str:
    return str(view[0]) if isinstance(view, tuple) else str(view)


def check(compared: Compared, old: Brute, new: Brute) -> None:
    """Assert that what was compared agrees with brute force: sizes, counts, turns and the smallest examples."""
    if compared.kind == "safety_net" and "none" in (old.level({})[0], new.level({})[0]):
        differing = list(all_partial(old, new, compared.decision))
    else:
        differing = [
            answers
            for answers in all_partial(old, new, compared.decision)
            if views(old, compared.kind, compared.decision, answers) != views(new, compared.kind, compared.decision, answers)
        ]
    assert compared.intakes == sum(1 for _ in all_partial(old, new, compared.decision))
    assert compared.differing == len(differing)
    assert sum(group.intakes for group in compared.groups) == sum(turn.intakes for turn in compared.turns) == len(differing)
    examples = [group.example for group in compared.groups] + [turn.example for turn in compared.turns]
    assert all(dict(example) in differing for example in examples)
    if differing:
        smallest = min(map(len, differing))
        assert min(len(group.example) for group in compared.groups) == smallest
    if compared.kind == "outcome":
        turns = Counter((old.outcome(answers)[0], new.outcome(answers)[0]) for answers in differing)
        assert {(turn.old, turn.new): turn.intakes for turn in compared.turns} == turns


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("step", [1, -1], ids=["forward", "back"])
def test_every_count_agrees_with_brute_force_over_the_files(tmp_path: Path, name: str, step: int) -> None:
    (old, old_path), (new, new_path) = (bicycles(tmp_path / "before", "nothing"), bicycles(tmp_path / "after", name))[::step]
    found = compare_packs(old, new)
    assert [(under.old, under.new) for under in found.readings] == [("wide", "wide"), ("strict", "strict")]
    for under in found.readings:
        brutes = read_brute(old_path, under.old), read_brute(new_path, under.new)
        for compared in under.compared:
            check(compared, *brutes)


@pytest.mark.parametrize("name", EDITS)
def test_what_stands_behind_a_difference_is_what_was_edited(tmp_path: Path, name: str) -> None:
    found = compare_packs(bicycles(tmp_path / "before", "nothing")[0], bicycles(tmp_path / "after", name)[0])
    roles = [each for under in found.readings for each in under.compared if each.kind != "decision"]
    assert {cause.id for each in roles for group in each.groups for cause in group.causes} == EDITS[name][1]
    assert found.verdict == VERDICTS.get(name, "answers")


@pytest.mark.parametrize("name", ["two rules", "a condition and a rule beside it", "a question more"])
def test_a_rule_is_named_exactly_where_it_fires_in_some_completion(tmp_path: Path, name: str) -> None:
    (old, old_path), (new, new_path) = bicycles(tmp_path / "before", "nothing"), bicycles(tmp_path / "after", name)
    pair = pair_readings(old, new, "wide")[0]
    brutes = Brute(old_path, "wide"), Brute(new_path, "wide")
    edited = EDITS[name][1] & {rule["rule"] for brute in brutes for rule in brute.decisions["fit"]["rules"]}
    told = 0
    for answers in all_partial(*brutes, "choice"):
        for difference in pair.compare(answers, answers, pair.aspects[1:2]):
            known = [{q: v for q, v in answers.items() if v in brute.values.get(q, [])} for brute in brutes]
            fired = brutes[0].fired("choice", known[0]) | brutes[1].fired("choice", known[1])
            assert {cause.id for cause in difference.causes if cause.part == "rule"} == edited & fired
            told += 1
    assert told


def test_causes_carry_the_statements_that_either_pack_cites(tmp_path: Path) -> None:
    write_pack(tmp_path / "new", ruled("narrow}, then: badly, because: [S01]", "narrow}, then: partly, because: [S02]"))
    found = compare_packs(bicycles(tmp_path / "before", "nothing")[0], load_pack(tmp_path / "new"), "wide")
    (group,) = found.readings[0].compared[1].groups
    assert group.statements == ("S01", "S02")
    assert [(cause.part, cause.id, cause.change) for cause in group.causes] == [("rule", "F3", "changed")]


def test_a_rule_that_a_reading_now_replaces_is_told_so(tmp_path: Path) -> None:
    old, new = bicycles(tmp_path, "a reading that replaces nothing")[0], bicycles(tmp_path / "before", "nothing")[0]
    told = {
        cause.id: cause.change for each in compare_packs(old, new).readings[1].compared for g in each.groups for cause in g.causes
    }
    assert told == {"F2": "replaced under strict", "F2s": "added"}


def test_a_value_that_no_rule_names_is_compared_as_well(tmp_path: Path) -> None:
    others = ruled("F10, when: {surface: sand}", "F10, when: {not: {surface: [asphalt, gravel]}}")
    write_pack(tmp_path / "old", others)
    write_pack(tmp_path / "new", others, asked("[asphalt, gravel, sand]", "[asphalt, gravel, sand, clay]"))
    found = compare_packs(load_pack(tmp_path / "old"), load_pack(tmp_path / "new"), "wide").readings[0].compared[1]
    assert found.differing
    check(found, Brute(tmp_path / "old", "wide"), Brute(tmp_path / "new", "wide"))
    assert {cause.id for group in found.groups for cause in group.causes} == {"surface"}


def test_a_question_is_named_only_where_its_new_value_is_or_could_be_the_answer(tmp_path: Path) -> None:
    clay = EDITS["a value more"][0]
    write_pack(tmp_path / "new", *clay, ruled("narrow}, then: badly", "narrow}, then: partly"))
    pair = pair_readings(bicycles(tmp_path / "before", "nothing")[0], load_pack(tmp_path / "new"), "wide")[0]

    def causes(answers: dict[str, str]) -> list[str]:
        (difference,) = pair.compare(answers, answers, pair.aspects[1:2])
        return [cause.id for cause in difference.causes]

    assert causes({"surface": "gravel", "tyres": "narrow"}) == ["F3"]
    assert causes({"surface": "clay", "tyres": "broad"}) == ["F10", "surface"]
    assert causes({"tyres": "narrow"}) == ["F3", "F10", "surface"]


# The shipped pack


def edit_shipped(folder: Path, *edits: tuple[str, str, str]) -> Pack:
    shutil.copytree(load_pack().folder, folder)
    for file, old, new in edits:
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return load_pack(folder)


def swap_readings(folder: Path) -> Pack:
    return edit_shipped(
        folder,
        (DECISIONS, "  - reading: broad\n", "  - reading: swapped\n"),
        (DECISIONS, "  - reading: narrow\n", "  - reading: broad\n"),
        (DECISIONS, "  - reading: swapped\n", "  - reading: narrow\n"),
    )


def expected(old: str, new: str) -> Counter[tuple[str, str]]:
    """By the design's own evaluator: from which outcome to which the 1,215 partial intakes go, where anything differs."""
    domains = [(None, *values) for values in oracle.FRACTURE.values()]
    found: Counter[tuple[str, str]] = Counter()
    for given in product(*domains):
        before, after = oracle.outcomes(given, old), oracle.outcomes(given, new)
        if before != after:
            found[oracle.outcome(before), oracle.outcome(after)] += 1
    return found


def turns(compared: Compared) -> dict[tuple[str, str], int]:
    return {(turn.old, turn.new): turn.intakes for turn in compared.turns}


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> PackDifference:
    return compare_packs(pack, swap_readings(tmp_path_factory.mktemp("shipped") / "swapped"))


def test_swapped_readings_differ_where_the_design_says(swapped: PackDifference) -> None:
    for under in swapped.readings:
        net, outcome, standing = under.compared[:3]
        assert (outcome.intakes, net.intakes, standing.intakes) == (1215, 2187, 5)
        assert (outcome.differing, net.differing, standing.differing) == (131, 0, 0)
    assert {under.new for under in swapped.readings} == {"broad", "narrow"}
    by_reading = {under.new: under.compared[1] for under in swapped.readings}
    assert turns(by_reading["broad"]) == expected("broad", "narrow")
    assert turns(by_reading["narrow"]) == expected("narrow", "broad")
    (group,) = by_reading["broad"].groups
    assert [cause.id for cause in group.causes] == ["K2", "K2n"]
    assert group.statements == ("S07", "S24")
    assert group.example == {"collapsed": "yes"}


def test_a_changed_value_differs_where_the_narrow_reading_does(tmp_path: Path, pack: Pack) -> None:
    new = edit_shipped(tmp_path / "new", (DECISIONS, "then: described_in_part\n", "then: not_described\n"))
    broad, narrow = compare_packs(pack, new).readings
    assert turns(broad.compared[1]) == expected("broad", "narrow")
    assert all(each.differing == 0 for each in narrow.compared)
    (kyphoplasty,) = [each for each in broad.compared if each.decision == "kyphoplasty"]
    domains = [(None, *values) for name, values in oracle.FRACTURE.items() if name != "stable"]
    differing = [
        given
        for given in product(*domains)
        if oracle.possible((*given, None), "broad", "kyphoplasty") != oracle.possible((*given, None), "narrow", "kyphoplasty")
    ]
    assert (kyphoplasty.intakes, kyphoplasty.differing) == (405, len(differing))


def test_another_default_reading_is_compared_with_the_one_before(tmp_path: Path, pack: Pack) -> None:
    new = edit_shipped(tmp_path / "new", (HEADER, "default_reading: broad", "default_reading: narrow"))
    found = compare_packs(pack, new)
    assert [(under.old, under.new) for under in found.readings] == [("broad", "broad"), ("narrow", "narrow"), ("broad", "narrow")]
    assert [under.compared[1].differing for under in found.readings] == [0, 0, 131]
    (group,) = found.readings[2].compared[1].groups
    assert [(cause.id, cause.change) for cause in group.causes] == [
        ("K2", "replaced under narrow"),
        ("K2n", "stands only under narrow"),
    ]


def test_a_changed_warning_sign_is_counted_over_all_2187(tmp_path: Path, pack: Pack) -> None:
    behind = ", bladder_bowel: no, leg_weakness: no, major_injury: no, chest_pain: no}"
    signs = (f"when: {{{sign}: yes{behind}" for sign in ("fever", "cancer_pain", "weight_loss"))
    new = edit_shipped(
        tmp_path / "new",
        (DECISIONS, "when: {chest_pain: yes}, then: emergency", f"when: {{chest_pain: yes{behind[:-16]}}}, then: same_day"),
        *((DECISIONS, condition, condition.replace(", chest_pain: no", "")) for condition in signs),
    )

    def level(given: tuple[str | None, ...], *, chest_pain: bool) -> str:
        reported = [sign for sign, answer in zip(oracle.SIGNS, given, strict=True) if answer == "yes"]
        urgent = [sign for sign in oracle.EMERGENCY_SIGNS if chest_pain or sign != "chest_pain"]
        if set(reported) & set(urgent):
            return "emergency"
        # A sign that is open cannot take a reported one back; nothing is ruled out while one is open.
        if reported:
            return "same_day"
        return "no_warning_sign" if None not in given else "open"

    differing = Counter(
        (level(given, chest_pain=True), level(given, chest_pain=False))
        for given in product((None, "yes", "no"), repeat=7)
        if level(given, chest_pain=True) != level(given, chest_pain=False)
    )
    net = compare_packs(pack, new, "broad").readings[0].compared[0]
    assert turns(net) == differing
    assert net.groups[0].example == {"chest_pain": "yes"}


def test_a_pack_is_the_same_as_itself(pack: Pack) -> None:
    found = compare_packs(pack, load_pack())
    assert (found.verdict, found.changes) == ("the same", ())
    assert all(each.differing == 0 for under in found.readings for each in under.compared)


def test_packs_with_nothing_in_common_are_compared_by_their_default_readings(tmp_path: Path) -> None:
    bare, small = make_bare_pack(tmp_path / "bare"), bicycles(tmp_path / "before", "nothing")[0]
    (under,) = compare_packs(bare, small).readings
    assert (under.old, under.new) == ("default", "wide")
    assert [each.kind for each in under.compared] == ["safety_net", "outcome", "standing"]
    assert all(each.differing == each.intakes for each in under.compared if each.kind != "outcome")


def test_a_pack_without_readings_is_compared_with_itself(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    (under,) = compare_packs(bare, bare).readings
    assert [(each.kind, each.intakes, each.differing) for each in under.compared] == [("outcome", 12, 0)]


# What is not compared, and what is refused


def test_too_many_intakes_are_not_compared_and_never_read_as_no_difference(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "MAX_INTAKES", 1214)
    new = edit_shipped(tmp_path / "new", (DECISIONS, "then: described_in_part\n", "then: not_described\n"))
    found = compare_packs(pack, new, "broad")
    net, outcome = found.readings[0].compared[:2]
    assert (outcome.intakes, outcome.differing, outcome.turns, outcome.groups) == (1215, None, (), ())
    assert (net.intakes, net.differing) == (2187, 0)  # nothing behind it changed, so nothing has to be read
    assert found.verdict == "answers"  # of a smaller decision
    monkeypatch.setattr(comparison, "MAX_INTAKES", 0)
    assert compare_packs(pack, new, "broad").verdict == "not all compared"


def test_a_reading_that_one_pack_has_not_is_refused(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r'"narow"; vertebral-fracture 0\.1\.0 has broad, narrow\. Did you mean "narrow"'):
        compare_packs(pack, pack, "narow")
    with pytest.raises(RequestError, match=r"umbrellas 1\.0\.0 has default"):
        compare_packs(pack, make_bare_pack(tmp_path / "bare"), "broad")


def test_a_pack_whose_rules_conflict_is_refused(pack: Pack, tmp_path: Path) -> None:
    new = edit_shipped(
        tmp_path / "new", (DECISIONS, "{rule: P5, when: {fracture: yes, painful: no}", "{rule: P5, when: {fracture: yes}")
    )
    with pytest.raises(PackError, match="conflict"):
        compare_packs(pack, new)


def test_partial_intakes_come_with_the_fewest_answers_first_and_then_in_pack_order() -> None:
    scope = {"b": ("yes", "no"), "a": ("x",)}
    assert list(partial_intakes(scope)) == [
        {}, {"b": "yes"}, {"b": "no"}, {"a": "x"}, {"b": "yes", "a": "x"}, {"b": "no", "a": "x"},
    ]  # fmt: skip


def test_the_same_packs_give_the_same_result(swapped: PackDifference, pack: Pack, tmp_path: Path) -> None:
    assert compare_packs(pack, swap_readings(tmp_path / "again")) == swapped


def test_a_constraint_that_tied_questions_together_stands_behind_what_its_removal_changes(tmp_path: Path) -> None:
    tie = ruled("constraints:\n", "constraints:\n  - {constraint: X2, never: {surface: sand, booked: no}, text: Tied.}\n")
    for folder, edits in (("tied", (tie,)), ("free", ())):
        write_pack(tmp_path / folder, *edits)
    found = compare_packs(load_pack(tmp_path / "tied"), load_pack(tmp_path / "free"), "wide")
    (standing,) = (each for each in found.readings[0].compared if each.kind == "standing")
    assert standing.differing
    assert {(cause.part, cause.id) for group in standing.groups for cause in group.causes} == {("constraint", "X2")}
