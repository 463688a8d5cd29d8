"""Rows counted by pairs of what two packs read: right where they agree with every row assessed by both, whatever the change."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import test_random_assessments as random_packs
from counted import FORMATS, Row, as_plain, count, count_by_force, draw_rows, go_through, write_rows
from pyarrow import parquet
from small_changes import EDITS
from small_pack import Edit, make_small_pack

from triage.errors import IntakeError, PackError, RequestError
from triage.impact.counting import KEPT, Counting
from triage.proofs.mutants import list_mutants
from triage.revisions.comparison import Comparison

if TYPE_CHECKING:
    from triage.pack import Pack

ODD = ("tall", "YES ", "?", "clay", "")
RENAMED = EDITS["a value renamed"][0]


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("step", [1, -1], ids=["forward", "back"])
def test_every_change_counts_as_each_row_assessed_by_both(tmp_path: Path, old: Pack, name: str, step: int) -> None:
    before, after = (old, make_small_pack(tmp_path / "new", *EDITS[name][0]))[::step]
    rows = draw_rows(Random(name), (before, after), 300, ODD)
    for reading, ending in ((None, "csv"), ("wide", "parquet"), ("strict", "csv")):
        found = count(before, after, [write_rows(tmp_path / f"rows.{ending}", rows)], reading)
        assert as_plain(found) == count_by_force(before, after, rows, reading)


@pytest.mark.parametrize("seed", list(random_packs.SEEDS)[::3])
def test_a_random_pack_changed_at_random_counts_as_each_row_assessed_by_both(seed: int, tmp_path: Path) -> None:
    pick, sketch = Random(seed), random_packs.draw(seed)
    before = random_packs.load(sketch, tmp_path / "old")
    rows = draw_rows(pick, (before,), 60)
    file = write_rows(tmp_path / "rows.parquet", rows)
    compared = 0
    mutants = list(list_mutants(before))
    for after in (mutant.pack for mutant in pick.sample(mutants, len(mutants))):
        try:
            expected, found = count_by_force(before, after, rows), count(before, after, [file])
        except PackError:  # a change at random may leave a gap or a conflict
            continue
        assert as_plain(found) == expected
        compared += 1
        if compared == 3:
            return
    with pytest.raises(PackError):  # its own constraints exclude every answer
        count(before, before, [file])


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same(tmp_path: Path, old: Pack, ending: str) -> None:
    new = make_small_pack(
        tmp_path / "new",
        *EDITS["two rules"][0],
        *RENAMED[:1],
        Edit("decisions.yaml", "surface: gravel, tyres: narrow", "surface: gravel, tyres: slim"),
    )
    rows = draw_rows(Random(1), (old, new), 500, ODD)
    found = count(old, new, [write_rows(tmp_path / f"rows.{ending}", rows)])
    assert as_plain(found) == count_by_force(old, new, rows)
    first = 2 if ending == "csv" else 1
    places = [example.place for aspect in found.aspects for turn in aspect.turns for example in turn.examples]
    assert places
    assert {place.row - first for place in places} == {int(str(place.reference)[1:]) for place in places}


def test_batches_and_files_do_not_show(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.batch.columnar.ROWS_A_BATCH", 7)
    new = make_small_pack(tmp_path / "new", *EDITS["two rules"][0])
    rows = draw_rows(Random(2), (old, new), 100, ODD)
    whole = count(old, new, [write_rows(tmp_path / "rows.jsonl", rows)])
    parts = [write_rows(tmp_path / f"{place}.parquet", rows[place : place + 25]) for place in range(0, 100, 25)]
    found = count(old, new, parts)
    assert as_plain(found) == as_plain(whole)
    for one, other in zip(found.aspects, whole.aspects, strict=True):
        for turn, expected in zip(one.turns, other.turns, strict=True):
            assert [example.place.reference for example in turn.examples] == [each.place.reference for each in expected.examples]


def test_millions_of_rows_are_counted_by_their_few_profiles(tmp_path: Path, old: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS["two rules"][0])
    rows = draw_rows(Random(3), (old, new), 40)
    several = pa.concat_tables([pa.Table.from_pylist(rows)] * 25_000)
    parquet.write_table(several, tmp_path / "rows.parquet")
    compared: list[object] = []
    compare = Comparison.compare

    def watch(self: Comparison, *given: Any) -> object:
        compared.append(given)
        return compare(self, *given)

    monkeypatch.setattr(Comparison, "compare", watch)
    found = count(old, new, [tmp_path / "rows.parquet"])
    expected = count_by_force(old, new, rows)
    assert found.rows == 1_000_000
    assert found.differing == expected["differing"] * 25_000  # type: ignore[operator]
    assert len(compared) <= KEPT * sum(len(aspect.turns) for aspect in found.aspects)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_without_rows_has_no_row_that_differs(tmp_path: Path, old: Pack, ending: str) -> None:
    new = make_small_pack(tmp_path / "new", *EDITS["two rules"][0])
    found = count(old, new, [write_rows(tmp_path / f"rows.{ending}", [], ["reference", "surface"])])
    assert (found.rows, found.compared, found.differing, found.refusals) == (0, 0, 0, ())
    assert {(aspect.turns, aspect.values) for aspect in found.aspects} == {((), ())}


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, old: Pack, ending: str) -> None:
    (tmp_path / f"rows.{ending}").write_text("")
    with pytest.raises((RequestError, IntakeError), match=r"is empty|the columns are none"):
        count(old, old, [tmp_path / f"rows.{ending}"])


def read(folder: Path, old: Pack, new: Pack, text: str, **options: object) -> Counting:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    return go_through(Counting(old, new, **options), [folder / "rows.csv"])  # type: ignore[arg-type]


def test_what_one_pack_alone_refuses_is_told_by_what_the_other_takes_it_for(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *RENAMED)
    text = "reference,surface,tyres\n" + "a,gravel,NARROW\n" * 3 + "b,gravel,broad\nc,sand,slim\nd,sand,tall\ne,gravel,Narrow\n"
    counting = read(tmp_path, old, new, text)
    by_new, by_old = counting.refusals
    assert by_new[:4] == ("new", "tyres", "narrow", 4)
    assert [(place.row, place.reference) for place in by_new.examples] == [(2, "a"), (3, "a"), (4, "a")]
    assert by_old[:4] == ("old", "tyres", "slim", 1)
    assert (dict(counting.refused_by_one), counting.refused_by_both) == ({"new": 4, "old": 1}, 1)
    assert "tall" not in repr(counting.refusals)


RAIN = EDITS["a question more"][0]


def test_a_question_of_one_pack_alone_says_nothing_to_the_other_and_is_named(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *RAIN)
    text = "reference,surface,rain\na,asphalt,yes\nb,asphalt,no\nc,asphalt,Ann Smith\n"
    counting = read(tmp_path, old, new, text)
    assert [(each.rows, bool(each.pair.differing)) for each in counting.counted] == [(1, True), (1, False)]
    assert tuple(counting.asked) == ("surface", "rain")
    (refusal,) = counting.refusals
    assert refusal[:4] == ("new", "rain", None, 1)
    assert "Smith" not in repr(counting.refusals)


def test_a_table_may_hold_questions_of_one_pack_alone(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", *RAIN)
    for before, after in ((old, new), (new, old)):
        counting = read(tmp_path, before, after, "rain\nyes\nno\n\n")
        assert sum(each.rows for each in counting.counted) == 3


def test_rows_that_no_pack_can_use_are_counted_and_no_difference(tmp_path: Path, old: Pack) -> None:
    text = "reference,surface,tyres\na b,gravel,narrow\nc,gravel\nd,gravel,tall\ne,gravel,narrow\n"
    counting = read(tmp_path, old, old, text)
    assert (counting.rows, counting.refused_by_both, sum(each.rows for each in counting.counted)) == (4, 3, 1)
    assert not counting.refusals


def test_nothing_is_carried_so_any_other_column_may_be_there(tmp_path: Path, old: Pack) -> None:
    counting = read(tmp_path, old, old, "Patient name,outcome,surface\nAnn,both,sand\n")
    assert counting.rows == 1


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("surfaces", 'Did you mean "surface"? If it is something else: --carry "surfaces"'),
        ("surface,raine", 'Did you mean "rain"?'),
        ("surface,surface", "is there 2 times"),
        ("ward", "no column is a question of either pack"),
    ],
)
def test_a_column_that_may_be_lost_in_silence_is_refused(tmp_path: Path, old: Pack, header: str, told: str) -> None:
    new = make_small_pack(tmp_path / "new", *RAIN)
    with pytest.raises(IntakeError) as refused:
        read(tmp_path, old, new, f"{header}\n1,2\n")
    assert told in str(refused.value)
    if "raine" in header:
        assert read(tmp_path, old, new, f"{header}\nsand,2\n", carry=["raine"]).rows == 1


def test_every_file_is_looked_at_before_anything_is_counted(tmp_path: Path, old: Pack) -> None:
    files = [write_rows(tmp_path / "a.csv", [{"surface": "sand"}]), write_rows(tmp_path / "b.csv", [{"surfaces": "sand"}])]
    counting = Counting(old, old)
    with pytest.raises(IntakeError, match=r"b\.csv"):
        go_through(counting, files)
    assert counting.rows == 0


def test_a_reading_that_one_pack_has_not_is_refused(old: Pack) -> None:
    with pytest.raises(RequestError, match="both packs need the reading"):
        Counting(old, old, "other")


def test_each_pack_reads_under_its_own_default(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", Edit("pack.yaml", "default_reading: wide", "default_reading: strict"))
    rows: list[Row] = [{"surface": "gravel", "tyres": "broad"}]
    file = write_rows(tmp_path / "rows.csv", rows)
    assert [count(old, new, [file], reading).differing for reading in (None, "wide", "strict")] == [1, 0, 0]


def test_the_order_in_which_a_pack_names_its_outcomes_is_no_difference(tmp_path: Path, old: Pack) -> None:
    racer = "  - {outcome: racer, procedures: [road], headline: A racer., headline_open: A racer at least.}\n"
    nothing = "  - {outcome: nothing, procedures: [], headline: None.}\n"
    new = make_small_pack(tmp_path / "new", Edit("pack.yaml", racer + nothing, nothing + racer))
    assert tuple(new.outcome) != tuple(old.outcome)
    rows = draw_rows(Random(4), (old,), 100)
    assert count(old, new, [write_rows(tmp_path / "rows.csv", rows)]).differing == 0


def test_an_answer_of_any_type_of_arrow_is_counted(tmp_path: Path, old: Pack) -> None:
    new = make_small_pack(tmp_path / "new", Edit("decisions.yaml", "{booked: no}, then: waiting", "{booked: no}, then: booked"))
    table = pa.table({"reference": pa.array([1, 2, None]), "booked": pa.array([True, False, None]), "surface": pa.nulls(3)})
    parquet.write_table(table, tmp_path / "rows.parquet")
    (turn, other) = next(aspect.turns for aspect in count(old, new, [tmp_path / "rows.parquet"]).aspects if aspect.turns)
    assert (turn[:4], other[:4]) == (("waiting", True, "booked", True), ("open", False, "booked", True))
    assert turn.examples[0].place[1:] == (2, "2")
    assert other.examples[0].place[1:] == (3, None)
