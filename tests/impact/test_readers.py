"""One pack reads rows: what it reads has the terms in which packs are compared, and there is little of it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from bare_pack import make_bare_pack
from small_pack import write_pack

from triage.impact.readers import Reader
from triage.intake import Intake, normalise
from triage.library import load_pack
from triage.revisions.views import NOTHING, Side, find_aspects

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


@pytest.fixture(params=["small", "bare"])
def some(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    if request.param == "bare":
        return make_bare_pack(tmp_path / "bare")
    write_pack(tmp_path / "small")
    return load_pack(tmp_path / "small")


def every_row(pack: Pack) -> list[dict[str, str | None]]:
    choices = product(*((None, "unknown", *question.values) for question in pack.questions))
    return [dict(zip(pack.question, chosen, strict=True)) for chosen in choices]


def test_every_row_is_read_as_the_packs_are_compared(some: Pack) -> None:
    rows, record = every_row(some), pa.RecordBatch.from_pylist(every_row(some))
    for reading in some.reading_names:
        side, reader = Side(some, reading), Reader(some, reading)
        numbers, refused = reader.read(record, record.schema.names)
        assert not refused
        for number, row in zip(numbers, rows, strict=True):
            given = {name: value for name, value in row.items() if value is not None}
            known = side.know(normalise(some, Intake(given)).values)
            for aspect in find_aspects(some, some):
                if aspect.kind != "decision":
                    assert reader.reads[number].view(aspect) == side.read(aspect.kind, aspect.new, known)


def test_what_a_pack_does_not_have_is_nothing(tmp_path: Path) -> None:
    reader = Reader(make_bare_pack(tmp_path / "bare"), "default")
    record = pa.RecordBatch.from_pylist([{"other": "x"}])
    numbers, _ = reader.read(record, ["other"])
    assert (reader.reads[numbers[0]].safety_net, reader.reads[numbers[0]].standing) == (NOTHING, NOTHING)


def test_rows_have_few_numbers_however_many_there_are(some: Pack) -> None:
    record = pa.RecordBatch.from_pylist(every_row(some) * 50)
    reader = Reader(some, some.default_reading)
    numbers, _ = reader.read(record, record.schema.names)
    assert len(np.unique(numbers)) == len(reader.reads) < 60


def test_cells_that_are_no_answer_are_named_by_their_rows(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    reader = Reader(load_pack(tmp_path / "small"), "wide")
    record = pa.RecordBatch.from_pylist([{"tyres": "tall", "surface": "sand"}, {"tyres": "broad", "surface": "Mixed"}])
    _, refused = reader.read(record, record.schema.names)
    assert {name: rows.tolist() for name, rows in refused.items()} == {"tyres": [0]}


def test_cells_are_spelled_as_the_pack_takes_them(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    reader = Reader(load_pack(tmp_path / "small"), "wide")
    answers, codes = reader.spell("surface", pa.array(["Tarmac", "mixed", None, "sand"]))
    assert [answers[code] for code in codes] == ["asphalt", "unknown", None, "sand"]
    answers, codes = reader.spell("rain", pa.array(["Ann", "Bob"]))
    assert [answers[code] for code in codes] == [None, None]
    assert reader.normalise({"surface": "Tarmac", "rain": "Ann", "booked": True}) == {"surface": "asphalt", "booked": "yes"}
