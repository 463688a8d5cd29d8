"""The kernel against `assess`, row for row and cell for cell: it is right where the two agree, whatever the pack.

Questions of one group are enumerated, absent told from unknown, and what is put together from several groups is crossed with one
representative of every finding of the others.
"""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import test_random_assessments as random_packs
from bare_pack import make_bare_pack
from oracle import FRACTURE, READINGS, SIGNS, STANDING, YES_NO
from rows import read_cells
from small_pack import write_pack

from triage import Intake, assess, load_pack
from triage.batch import coding
from triage.batch.cells import COLUMNS, Cells, Parts
from triage.batch.coding import Refused
from triage.batch.kernel import Kernel
from triage.errors import IntakeError, PackError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from triage.pack import Pack

Row = dict[str, str]


def partial_rows(questions: dict[str, tuple[str, ...]]) -> list[Row]:
    """Every way to answer some questions, `unknown` told from not asked."""
    choices = product(*((None, "unknown", *values) for values in questions.values()))
    return [{name: value for name, value in zip(questions, chosen, strict=True) if value is not None} for chosen in choices]


def assess_rows(kernel: Kernel, pack: Pack, rows: Sequence[Row]) -> list[Cells]:
    results = kernel.assess({name: pa.array([row.get(name) for row in rows], pa.string()) for name in pack.question})
    assert results.refused == ()
    return [Cells(*values) for values in zip(*(results.columns[name].to_pylist() for name in COLUMNS), strict=True)]


def check_rows(pack: Pack, rows: Sequence[Row], reading: str | None = None, *, kernel: Kernel | None = None) -> None:
    told = assess_rows(kernel or Kernel(pack, reading), pack, rows)
    wrong = [
        (row, cells, expected)
        for row, cells in zip(rows, told, strict=True)
        if cells != (expected := read_cells(assess(pack, Intake(row), reading=reading)))
    ]
    assert len(told) == len(rows)
    assert not wrong, f"{len(wrong)} of {len(rows)} differ, such as {wrong[:2]}"


ALL_SIGNS: dict[str, tuple[str, ...]] = dict.fromkeys(SIGNS, YES_NO)
IMAGING = {"imaging": tuple(STANDING)}
OTHERS = {**ALL_SIGNS, **IMAGING, "vertebrae": ("1", "17"), "insurance": ("medicare", "none")}


def draw(pick: Random, questions: dict[str, tuple[str, ...]]) -> Row:
    drawn = {name: pick.choice((None, "unknown", *values, *values)) for name, values in questions.items()}
    return {name: value for name, value in drawn.items() if value is not None}


@pytest.mark.parametrize("reading", READINGS)
def test_every_partial_intake_of_the_fracture_with_other_answers_gives_the_cells_of_assess(pack: Pack, reading: str) -> None:
    pick = Random(reading)
    check_rows(pack, [row | draw(pick, OTHERS) for row in partial_rows(FRACTURE)], reading)
    check_rows(pack, [row | {"fever": "no"} for row in partial_rows(FRACTURE)], reading)


def test_every_partial_intake_of_the_signs_with_other_answers_gives_the_cells_of_assess(pack: Pack) -> None:
    pick = Random(1)
    rows = [row | draw(pick, {**FRACTURE, **IMAGING}) for row in partial_rows(ALL_SIGNS)]
    check_rows(pack, pick.sample(rows, 6_000))


def find_representatives(pack: Pack, reading: str) -> list[list[Row]]:
    """For each group of questions, one profile of everything that can be found for it."""
    parts = Parts(pack, reading)
    groups = []
    for number, questions in enumerate(parts.groups):
        found: dict[object, Row] = {}
        for row in partial_rows({name: pack.question[name].values for name in questions}):
            found.setdefault(parts.find(number, [*map(row.get, questions)]), row)
        groups.append(list(found.values()))
    return groups


@pytest.mark.parametrize("reading", READINGS)
def test_whatever_is_found_apart_comes_together_as_in_assess(pack: Pack, reading: str) -> None:
    signs, fracture, standing = find_representatives(pack, reading)
    pick = Random(reading)
    pairs = [{**left, **right} for left, right in product(signs, fracture)]
    check_rows(pack, [{**pair, **pick.choice(standing)} for pair in pick.sample(pairs, 4_000)], reading)
    check_rows(pack, [{**left, **right} for left, right in product(fracture, standing)], reading)


@pytest.mark.parametrize("seed", random_packs.SEEDS)
def test_a_random_pack_gives_the_cells_of_assess(seed: int, tmp_path: Path) -> None:
    sketch, pick = random_packs.draw(seed), Random(seed)
    pack = random_packs.load(sketch, tmp_path)
    if not any(row.allowed for row in random_packs.judge(sketch, random_packs.DEFAULT).rows):
        with pytest.raises(PackError, match="excludes-all"):
            Kernel(pack)
        return
    rows = [draw(pick, sketch.questions) for _ in range(150)]
    for reading in (None, *sketch.readings):
        check_rows(pack, rows, reading)


def test_packs_without_net_standing_or_readings_give_the_cells_of_assess(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    rows = partial_rows({name: question.values for name, question in bare.question.items()})
    check_rows(bare, rows)
    assert {cells.safety_net for cells in assess_rows(Kernel(bare), bare, rows)} == {None}


def test_every_partial_intake_of_a_small_pack_gives_the_cells_of_assess(tmp_path: Path) -> None:
    write_pack(tmp_path)
    small = load_pack(tmp_path)
    for reading in (None, "strict"):
        check_rows(small, partial_rows({name: question.values for name, question in small.question.items()}), reading)


@pytest.mark.parametrize(
    "constraints",
    [
        [{"q2": "yes", "q3": "yes"}],
        [{"q0": "yes", "q1": "yes"}, {"q2": "yes", "q3": "yes"}],
        random_packs.CHAINED,
        random_packs.forbid_odd(4),
    ],
)
def test_contradictions_within_and_beside_the_outcome_give_the_cells_of_assess(constraints: list[Any], tmp_path: Path) -> None:
    for number, sketch in enumerate(
        (random_packs.plain_pack({"q0": "yes"}, constraints), random_packs.with_standing(constraints))
    ):
        pack = random_packs.load(sketch, tmp_path / str(number))
        check_rows(pack, partial_rows(sketch.questions))


def test_a_level_that_withholds_below_one_that_does_not_gives_the_cells_of_assess(tmp_path: Path) -> None:
    # What is withheld while signs are open may come free with one more answer, so no finding may foresee it.
    for seed in range(12):
        sketch = random_packs.draw(seed)
        if sketch.net is not None and sketch.readings:
            changed = random_packs.Sketch(**{**sketch.__dict__, "withholding": sketch.levels[1:]})
            pack, pick = random_packs.load(changed, tmp_path / str(seed)), Random(seed)
            for reading in sketch.readings:
                check_rows(pack, [draw(pick, sketch.questions) for _ in range(100)], reading)


def test_a_kernel_gives_the_same_however_the_rows_are_batched(pack: Pack) -> None:
    pick = Random(2)
    rows = [draw(pick, {**FRACTURE, **OTHERS}) for _ in range(700)]
    kernel = Kernel(pack)
    told = [cells for start in range(0, 700, 13) for cells in assess_rows(kernel, pack, rows[start : start + 13])]
    assert told == assess_rows(Kernel(pack), pack, rows) == assess_rows(kernel, pack, rows)


def test_a_group_with_too_many_codes_is_sorted_out_in_each_batch(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "MAX_DENSE", 10)
    pick = Random(3)
    kernel = Kernel(pack)
    for _ in range(2):
        check_rows(pack, [draw(pick, {**FRACTURE, **OTHERS}) for _ in range(400)], kernel=kernel)


def test_each_distinct_profile_is_found_once(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[str | None, ...]]] = []
    find = Parts.find

    def listen(self: Parts, group: int, answers: Sequence[str | None]) -> Any:
        asked.append((group, tuple(answers)))
        return find(self, group, answers)

    monkeypatch.setattr(Parts, "find", listen)
    kernel = Kernel(pack)
    for rows in ([{"fracture": "no"}] * 50, [{"fracture": "no"}, {"fracture": "yes"}] * 50):
        assess_rows(kernel, pack, rows)
    assert len(asked) == len(set(asked)) == len(Parts(pack).groups) + 1


KINDS: dict[str, tuple[Any, Iterable[object]]] = {
    "text": (pa.string(), ["YES", " no ", None, "?", ""]),
    "long text": (pa.large_string(), ["YES", " no ", None, "?", ""]),
    "text views": (pa.string_view(), ["YES", " no ", None, "?", ""]),
    "a dictionary": (pa.dictionary(pa.int8(), pa.string()), ["YES", " no ", None, "?", ""]),
    "a dictionary of long text": (pa.dictionary(pa.uint32(), pa.large_string()), ["YES", " no ", None, "?", ""]),
    "truth values": (pa.bool_(), [True, False, None, True, None]),
    "whole numbers": (pa.int64(), [1, 0, None, 1, None]),
    "small numbers": (pa.uint8(), [1, 0, None, 1, None]),
    "nothing": (pa.null(), [None] * 5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_read_as_by_assess_whatever_type_its_column_has(kind: str, pack: Pack) -> None:
    type_, values = KINDS[kind]
    fixed = {"fracture": "yes", "painful": "yes", "cause": "trauma"}
    columns = {name: pa.array([value] * 5) for name, value in fixed.items()} | {"collapsed": pa.array(list(values), type_)}
    for start in (0, 2):  # a slice keeps the dictionary of the whole
        sliced = {name: column[start:] for name, column in columns.items()}
        told = Kernel(pack).assess(sliced).columns["outcome"].to_pylist()
        given = [Intake({**fixed, "collapsed": value}) for value in list(values)[start:]]  # type: ignore[dict-item]
        assert told == [assess(pack, intake).outcome for intake in given]


def test_a_dictionary_that_holds_null_among_its_values_is_not_asked_there(pack: Pack) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["no", None]))
    told = Kernel(pack).assess({"fracture": column}).columns["next_question"].to_pylist()
    assert told == [assess(pack, Intake(row)).next_questions[0] for row in ({"fracture": "no"}, {}, {})]


def test_what_stands_where_an_index_is_null_is_not_read(pack: Pack) -> None:
    validity, indices = pa.py_buffer(bytes([0b01010])), pa.py_buffer(np.array([99, 0, -7, 1, 1 << 30], np.int32))
    column = pa.DictionaryArray.from_arrays(
        pa.Array.from_buffers(pa.int32(), 5, [validity, indices]), pa.array(["no", "yes"]), safe=False
    )
    expected = [assess(pack, Intake({"fracture": answer})).next_questions[0] for answer in (None, "no", None, "yes", None)]
    for start in range(5):
        told = Kernel(pack).assess({"fracture": column[start:]}).columns["next_question"].to_pylist()
        assert told == expected[start:]


def test_rows_of_one_class_have_the_cells_of_that_class(pack: Pack) -> None:
    pick, kernel = Random(4), Kernel(pack)
    for count in (300, 20, 0, 300):
        rows = [draw(pick, {**FRACTURE, **OTHERS}) for _ in range(count)]
        results = kernel.assess({name: pa.array([row.get(name) for row in rows], pa.string()) for name in pack.question})
        assert results.columns.keys() == results.distinct.keys()
        for name, column in results.columns.items():
            distinct = results.distinct[name].to_pylist()
            assert [distinct[place] for place in results.classes] == column.to_pylist()


@pytest.mark.parametrize("type_", [pa.float64(), pa.date32(), pa.list_(pa.string()), pa.dictionary(pa.int8(), pa.float32())])
def test_a_column_of_a_type_that_no_answer_has_is_refused(type_: Any, pack: Pack) -> None:
    with pytest.raises(RequestError, match=r"the column collapsed holds .*; an answer is text, a whole number, or true or false"):
        Kernel(pack).assess({"collapsed": pa.array([None], type_)})


def test_a_cell_that_is_no_answer_is_told_of_in_the_words_of_assess(pack: Pack) -> None:
    columns = {
        "collapsed": pa.array(["yes", "perhaps", None, "perhaps"]),
        "cause": pa.array(["truama", "", "bones", "cancer"]),
        "height_loss": pa.array(["no", "yes", "so-so", None]),
    }
    told = Kernel(pack).assess(columns).refused
    assert [(cell.row, cell.column, cell.value) for cell in told] == [
        (0, "cause", "truama"),
        (1, "collapsed", "perhaps"),
        (2, "cause", "bones"),
        (2, "height_loss", "so-so"),
        (3, "collapsed", "perhaps"),
    ]
    for cell in told:
        with pytest.raises(IntakeError) as error:
            assess(pack, Intake({cell.column: cell.value}))
        assert cell.problem == error.value.problems[0].message


def test_a_spelling_that_is_too_long_is_shown_cut(pack: Pack) -> None:
    (told,) = Kernel(pack).assess({"collapsed": pa.array(["x" * 5_000_000])}).refused
    assert told == Refused(0, "collapsed", "x" * 200 + "…", told.problem)


def test_no_rows_and_no_columns_give_no_results(pack: Pack) -> None:
    for columns in ({}, {"collapsed": pa.array([], pa.string())}):
        results = Kernel(pack).assess(columns)
        assert {name: len(column) for name, column in results.columns.items()} == dict.fromkeys(COLUMNS, 0)


def test_a_thousand_spellings_of_nothing_are_not_kept(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "MAX_SPELLINGS", 10)
    kernel = Kernel(pack)
    told = kernel.assess({"cause": pa.array([f"x{number}" for number in range(1_000)] + ["cancer"])})
    assert len(told.refused) == 1_000
    assert len(kernel.spellings["cause"]._read) <= 10


def test_codes_of_any_width_are_numbered_alike() -> None:
    made: list[int] = []

    def make(code: int) -> int:
        made.append(code)
        return len(made)

    for space in (100, 1 << 40):
        made.clear()
        classes = coding.Classes(space, make)
        assert classes.look_up(np.array([7, 3, 7], np.int64)).tolist() == [2, 1, 2]
        assert classes.look_up(np.array([3, 9], np.int64)).tolist() == [1, 3]


def test_the_types_of_the_results_are_those_of_the_first_batch(pack: Pack) -> None:
    kernel = Kernel(pack)
    withheld, other = {"chest_pain": pa.array(["yes"])}, {"fracture": pa.array(["no"])}
    types = [[column.type for column in kernel.assess(columns).columns.values()] for columns in ({}, withheld, other)]
    assert types[0] == types[1] == types[2]
