"""Which columns are questions, which are carried, and which are refused before a row is read."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from triage.batch.cells import COLUMNS
from triage.batch.headers import Columns, check_columns, check_prefix, check_read_columns, find_near, looks_personal
from triage.batch.tabular import Batch, fit
from triage.errors import IntakeError, RequestError
from triage.library import load_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack


def problems(names: list[str], pack: Pack, *, carry: tuple[str, ...] = (), prefix: str = "") -> list[str]:
    try:
        check_columns(names, pack, origin="in.csv", carry=carry, prefix=prefix)
    except IntakeError as error:
        return [error.origin] if error.origin != "in.csv" else [str(problem) for problem in error.problems]
    return []


def test_columns_are_told_apart_in_their_order(pack: Pack) -> None:
    names = ["ward", "stable", "site", "room", "collapsed", "reference"]
    assert check_columns(names, pack, origin="in.csv") == Columns(
        ("stable", "collapsed"), ("site", "reference"), ("ward", "room")
    )


PERSONAL = (
    "name", "Name", "patient_name", "PatientName", "last name", "lastName", "surname", "DOB", "dob", "date_of_birth",
    "DateOfBirth", "birth date", "phone", "Phone No.", "home-phone", "e-mail", "E-Mail", "email_address", "MRN", "mrn_number",
    "SSN", "ssn4",
    "address",
    "Address 1", "zip", "ZIP code", "patient id", "member_id", "social security", "next_of_kin", "medical record",
)  # fmt: skip
PLAIN = ("ward", "room", "visit", "referred_by", "note", "priority", "clinic", "column7", "zipper", "renamed", "emailed", "x")


def test_what_looks_as_if_it_identified_a_person_is_refused_and_nothing_else(pack: Pack) -> None:
    assert [name for name in PERSONAL if not looks_personal(name)] == []
    assert [name for name in PLAIN if looks_personal(name)] == []
    for name in PERSONAL:
        (problem,) = problems(["collapsed", name], pack)
        assert problem.startswith(f'column "{name}": looks as if it identified a person; take it out, or let it through')
        assert problems(["collapsed", name], pack, carry=(name,)) == []


def test_no_question_of_a_pack_is_taken_for_personal_or_for_another(pack: Pack) -> None:
    assert problems([*pack.question, "reference", "site"], pack) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Collapsed", "collapsed"),
        (" collapsed", "collapsed"),
        ("Case", "reference"),
        ("case_no.", "reference"),
        ("colapsed", "collapsed"),
        ("stabel", "stable"),
        ("leg weakness", "leg_weakness"),
        ("Leg-Weakness", "leg_weakness"),
        ("Reference", "reference"),
        ("Site", "site"),
        ("fractures", "fracture"),
    ],
)
def test_a_name_that_is_close_to_a_question_is_refused_with_the_question(name: str, meant: str, pack: Pack) -> None:
    assert find_near(name, pack) == meant
    (problem,) = problems(["cause", name], pack)
    assert f'is not a question of this pack. Did you mean "{meant}"?' in problem
    assert problems(["cause", name], pack, carry=(name,)) == []


def test_the_words_of_a_question_stand_for_its_id(pack: Pack) -> None:
    assert {find_near(question.label, pack) for question in pack.questions} == set(pack.question)


def test_a_table_without_a_question_is_refused(pack: Pack) -> None:
    for names in (["ward", "room"], ["reference"], []):
        (problem,) = problems(names, pack)
        assert problem.startswith("no column is a question of this pack, such as ")


def test_the_names_of_the_results_are_refused_unless_they_have_a_prefix(pack: Pack) -> None:
    assert len(problems(["collapsed", *COLUMNS], pack)) == len(COLUMNS)
    assert problems(["collapsed", *COLUMNS], pack, prefix="now_") == []
    assert problems(["collapsed", "now_outcome"], pack, prefix="now_") != []


def test_columns_without_a_name_of_their_own_are_refused(pack: Pack) -> None:
    assert problems(["collapsed", "ward", "ward"], pack) == [
        'column "ward": is there 2 times; give each column a name of its own'
    ]
    assert problems(["collapsed", ""], pack) == ["column 2: has no name; name it or take it out"]
    assert problems(["collapsed", "", ""], pack) == [
        "a column without a name: is there 2 times; give each column a name of its own"
    ]


def test_everything_wrong_is_told_at_once(pack: Pack) -> None:
    assert len(problems(["Collapsed", "name", "outcome", "ward", "ward", ""], pack)) == 5


def test_a_table_that_is_only_read_may_hold_results_and_persons_but_no_question_nearly_spelled(pack: Pack) -> None:
    other = load_pack("repair-cafe")
    mine, theirs = next(iter(pack.question)), next(iter(other.question))
    names = ["Patient name", "outcome", theirs, mine, "reference"]
    expected = Columns((theirs, mine), ("reference",), ("Patient name", "outcome"))
    assert check_read_columns(names, (pack, other), origin="in.csv") == expected
    for near in (mine, theirs):
        with pytest.raises(IntakeError, match=f'is not a question of either pack. Did you mean "{near}"'):
            check_read_columns([*names, f"{near}s"], (pack, other), origin="in.csv")
        assert check_read_columns([*names, f"{near}s"], (pack, other), origin="in.csv", carry=[f"{near}s"]).questions
    for names in (["ward"], [mine, mine], [mine, ""]):
        with pytest.raises(IntakeError):
            check_read_columns(names, (pack, other), origin="in.csv")


def test_a_prefix_and_a_column_to_carry_have_to_be_names() -> None:
    check_prefix("now_", ["patient name"])
    for prefix, carry in (("=", []), ("_x", []), ("a b", []), ("x" * 40, []), ("", [""])):
        with pytest.raises(RequestError):
            check_prefix(prefix, carry)


def test_a_thousand_columns_more_are_a_thousand_times_the_same_work(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()

    class Counted(SequenceMatcher[str]):
        def ratio(self) -> float:
            counts["ratio"] += 1
            return super().ratio()

    class Schema:
        """A schema that counts how often its names are listed."""

        def __init__(self, schema: Any) -> None:
            self._schema = schema

        def __iter__(self) -> Iterator[Any]:
            return iter(self._schema)

        @property
        def names(self) -> list[str]:
            counts["names"] += 1
            return list(self._schema.names)

    monkeypatch.setattr("triage.batch.headers.SequenceMatcher", Counted)
    names = ["collapsed", *(f"column{number}" for number in range(1_000))]
    assert problems(names, pack) == []
    assert counts["ratio"] == 0
    record = pa.RecordBatch.from_pydict({name: ["x"] for name in names})
    assert len(fit(Batch("in", record, lambda rows: rows, (), 1.0), Schema(record.schema))) == len(names)
    assert counts["names"] == 1
