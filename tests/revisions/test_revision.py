"""A new text of a document: which segments differ, and what hangs on each, counted again by assessing every intake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_pack import DIGEST, Edit, write_pack

from triage import Intake, assess, load_pack
from triage.citations import find_citations
from triage.documents import Segment, read_document
from triage.errors import PackError
from triage.pack import Pack
from triage.revisions.revision import Reach, SegmentChange, Touched, compare, recorded_digests, stated_in

ROOT = Path(__file__).parent.parent.parent
LEAFLET = (ROOT / "docs" / "examples" / "repair-cafe.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cafe() -> Pack:
    return load_pack("repair-cafe")


def differences(pack: Pack, text: str) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    changes = compare(pack, pack.header.documents[0], read_document(text.encode(), "text"))
    return [(change.code, change.segments, change.now) for change in changes]


def test_a_text_that_is_the_same_differs_in_nothing(cafe: Pack) -> None:
    assert differences(cafe, LEAFLET) == []
    assert differences(cafe, LEAFLET.replace("\n", "\r\n").replace(" ", "  ")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ordinary screws.", "ordinary screws or clips.", [("changed-segment", (12,), (12,))]),
        ("Which bench is yours?\n", "",
         [("missing-segment", (6,), ()), ("renumbered-segment", tuple(range(7, 22)), tuple(range(6, 21)))]),
        ("What to bring\n", "What to bring\nCoffee is free.\nTea is too.\n",
         [("new-segment", (), (12, 13)), ("renumbered-segment", tuple(range(12, 22)), tuple(range(14, 24)))]),
        ("Most repairs take half an hour. Set aside an hour for your visit.",
         "Set aside two hours. Most repairs take half an hour.",
         [("missing-segment", (16,), ()), ("new-segment", (), (15,)), ("renumbered-segment", (15,), (16,))]),
        ("Now and then a repair fails and the item is worse off than before. Almost everything goes home as good as new!",
         "Almost everything goes home as good as new! Now and then a repair fails.",
         [("missing-segment", (20,), ()), ("new-segment", (), (21,)), ("renumbered-segment", (21,), (20,))]),
        ("Most repairs take half an hour. Set aside an hour for your visit.",
         "Set aside an hour for your visit. Most repairs take half an hour.",
         [("moved-segment", (16,), (15,)), ("renumbered-segment", (15,), (16,))]),
    ],
    ids=["changed", "missing", "new", "renumbered after a new one", "renumbered before a new one", "exchanged"],
)  # fmt: skip
def test_segments_that_differ_are_told_apart_the_gravest_first(
    cafe: Pack, old: str, new: str, expected: list[tuple[str, tuple[int, ...], tuple[int, ...]]]
) -> None:
    assert LEAFLET.count(old) == 1
    assert differences(cafe, LEAFLET.replace(old, new)) == expected


def test_what_hangs_on_a_changed_segment_is_named_and_counted(cafe: Pack) -> None:
    text = LEAFLET.replace("with ordinary screws", "with screws")
    (change,) = compare(cafe, cafe.header.documents[0], read_document(text.encode(), "text"))
    assert change == SegmentChange(
        code="changed-segment",
        segments=(12,),
        now=(12,),
        statements=("S12",),
        rules=("WIR1", "WIR3", "TIP4", "WIR2s"),
        outcomes=tuple(cafe.outcome),
        touched=(Touched("bench_choice", 198, 432), Touched("cafe_notes", 198, 432)),
        cited_by=find_citations(cafe, "S12"),
    )


def test_a_heading_that_changed_has_no_statement_and_touches_nothing(cafe: Pack) -> None:
    text = LEAFLET.replace("What to bring", "Bring this")
    (change,) = compare(cafe, cafe.header.documents[0], read_document(text.encode(), "text"))
    assert change == SegmentChange("changed-segment", (11,), (11,), (), (), (), (), find_citations(cafe))


@given(
    order=st.permutations(range(1, 6)),
    kept=st.integers(0, 5),
    added=st.lists(st.integers(6, 9), max_size=4),
    at=st.integers(0, 5),
)
def test_every_segment_of_both_sides_is_the_same_or_told_once(
    order: list[int], kept: int, added: list[int], at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "revised"
    if not folder.exists():
        write_pack(folder)
    pack = load_pack(folder)
    digests = [DIGEST(number) for number in [*order[:kept][:at], *added, *order[:kept][at:]]]
    segments = [Segment(number, "", digest) for number, digest in enumerate(digests, 1)]
    document = pack.header.documents[0]
    old = recorded_digests(pack, document)
    changes = compare(pack, document, segments)
    told = [number for change in changes for number in change.segments]
    now = [number for change in changes for number in change.now]
    same = {number for number in range(1, 6) if number <= len(digests) and old[number - 1] == digests[number - 1]}
    assert sorted(told) == sorted(set(range(1, 6)) - same) == sorted(set(told))
    assert sorted(now) == sorted(set(range(1, len(digests) + 1)) - same) == sorted(set(now))
    for change in changes:
        was = [old[number - 1] for number in change.segments]
        is_now = [digests[number - 1] for number in change.now]
        if change.code in ("moved-segment", "renumbered-segment"):
            assert (was, change.outcomes, change.touched) == (is_now, (), ())
            assert change.segments != change.now
        else:
            assert len(was) == (change.code != "new-segment")
            assert bool(is_now) == (change.code != "missing-segment")
            assert len(is_now) < 2 or change.code == "new-segment"
            assert not set(was) & set(is_now)
        assert change.statements == stated_in(pack, document, change.segments)


def partial_intakes(pack: Pack, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for values in product(*((*pack.question[name].values, None) for name in names)):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def behind(pack: Pack, decision: str) -> tuple[str, ...]:
    """The questions of a decision, with those that the one constraint of each of these packs ties to them."""
    reads = {read for name in pack.chain(decision) for read in pack.decision[name].reads}
    tied = {"surface", "tyres"}, {"power_source", "housing"}, {"collapsed", "height_restoration"}
    reads |= {name for group in tied if reads & group for name in group}
    return tuple(name for name in pack.question if name in reads)


def count_by_assessing(pack: Pack, decision: str) -> tuple[dict[str, set[int]], dict[str, set[str]], int]:
    """For every rule on the way to a decision: the intakes in which it fires, and the outcomes of the complete ones."""
    touched: dict[str, set[int]] = {}
    outcomes: dict[str, set[str]] = {}
    names = behind(pack, decision)
    count = 0
    for count, answers in enumerate(partial_intakes(pack, names), 1):
        for reading in (*pack.reading,):
            given = assess(pack, Intake(answers), reading=reading)
            for name in pack.chain(decision) if not given.contradictions else ():
                for rule in given.decisions[name].rules:
                    touched.setdefault(rule, set()).add(count)
                    if len(answers) == len(names):
                        outcomes.setdefault(rule, set()).add(given.outcome)
    return touched, outcomes, count


def check_against_assessing(pack: Pack) -> None:
    reach, outcome = Reach(pack), pack.header.outcome
    for root in [outcome, *(name for name in pack.decision if name not in pack.chain(outcome))]:
        if pack.header.safety_net is not None and root == pack.header.safety_net.decision:
            continue  # a sign withholds what the others come to, so nothing can be read off an assessment
        touched, outcomes, count = count_by_assessing(pack, root)
        for code in pack.statement:
            rules = [rule.rule for rule in pack.rule.values() if code in rule.because]
            expected = len(set().union(*(touched.get(rule, set()) for rule in rules)))
            given = {part.decision: part for part in reach.touched(rules)}
            assert given.get(root, Touched(root, 0, count)) == Touched(root, expected, count), (root, code)
            if root == outcome:
                named = set().union(*(outcomes.get(rule, set()) for rule in rules))
                assert set(reach.outcomes(rules)) == named, code


def test_the_counts_of_the_bicycles_are_those_that_assessing_every_intake_gives(bicycles: Pack) -> None:
    check_against_assessing(bicycles)


def test_the_counts_of_the_second_pack_are_those_that_assessing_every_intake_gives(cafe: Pack) -> None:
    check_against_assessing(cafe)


def test_of_the_shipped_pack_1215_intakes_are_gone_through(pack: Pack) -> None:
    """A rule on each of the three ways in, counted by hand: open answers count with every value."""
    reach = Reach(pack)
    # No fracture, or open: 2 of 3; the five others as they come, but for 1 of 9 pairs of collapse and height.
    (touched,) = reach.touched(["P4"])
    assert touched == Touched("discussion", 2 * 3 * 5 * 8 * 3, 1215)
    assert reach.outcomes(["P4"]) == ("outside_documents",)
    # A fracture that hurts, of a cause that is cancer, or open: 2 of 3, 2 of 3, 2 of 5.
    (touched,) = reach.touched(["P3"])
    assert touched == Touched("discussion", 2 * 2 * 2 * 8 * 3, 1215)
    assert [part.decision for part in reach.touched(["I1", "P4"])] == ["discussion", "standing"]


def test_a_rule_that_holds_under_one_reading_only_is_counted_under_that(cafe: Pack) -> None:
    # Clean, mains or battery, carried, not ordinary screws, each so or open; cloth as it comes; no mains without housing.
    (touched,) = Reach(cafe).touched(["WIR2s"])
    assert touched == Touched("bench_choice", 2 * 3 * 2 * 3 * 3 - 2 * 2 * 3, 432)
    assert Reach(cafe).outcomes(["WIR2s"]) == ("sewing_only", "no_bench_named")


def large(tmp_path: Path, count: int, values: int = 2) -> Pack:
    """The bicycles, with so many questions more behind the choice."""
    more = [f"extra{number}" for number in range(count)]
    listed = ", ".join(f"v{number}" for number in range(values))
    questions = "".join(
        f"  - {{question: {name}, group: ride, label: L, text: T, help: H, values: [{listed}]}}\n" for name in more
    )
    write_pack(
        tmp_path / "large",
        Edit("questions.yaml", "  - question: booked\n", questions + "  - question: booked\n"),
        Edit("decisions.yaml", "reads: [fit]", f"reads: [fit, {', '.join(more)}]"),
    )
    return load_pack(tmp_path / "large")


def test_what_is_too_much_to_go_through_is_said_in_place_of_the_figure(tmp_path: Path) -> None:
    reach = Reach(large(tmp_path, 11))
    assert reach.touched(["F1"]) == (Touched("choice", None, 12 * 3**11),)
    assert reach.outcomes(["F1"]) == ("both",)
    beyond = Reach(large(tmp_path, 12))
    assert beyond.touched(["F1"]) == (Touched("choice", None, 12 * 3**12),)
    assert beyond.outcomes(["F1"]) == ()
    assert Reach(large(tmp_path, 2, 60)).touched(["F1"]) == (Touched("choice", None, 12 * 61**2),)


def test_a_pack_of_which_constraints_exclude_everything_is_refused_as_everywhere(tmp_path: Path) -> None:
    constraint = (
        "  - {constraint: X2, never: {surface: [gravel, sand]}, text: T}\n  - {constraint: X3, never: {tyres: narrow}, text: T}\n"
    )
    write_pack(tmp_path / "none", Edit("decisions.yaml", "constraints:\n", f"constraints:\n{constraint}"))
    with pytest.raises(PackError, match="exclude every answer"):
        Reach(load_pack(tmp_path / "none"))
