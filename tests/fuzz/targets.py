"""What is claimed of each reader, whatever the bytes: refused with an error of ours, or read as somebody else reads it.

A claim is a function of bytes that raises where it does not hold. A refusal is no finding, and neither is what a reader takes as
others do; any other exception is one.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hostile.collection import CASES
from responses import write_response
from rows import read_cells
from signing import ADDRESS, NOW, Client

from triage import assess, load_pack
from triage.batch.cells import COLUMNS
from triage.batch.delimited import DelimitedTable
from triage.batch.runs import Run, open_tables
from triage.batch.tabular import TableFormat
from triage.desk.form import list_fields, make_intakes, read_form
from triage.documents import read_document
from triage.errors import TriageError
from triage.fhir.response import read_resource, read_response
from triage.hooks.calls import read_call
from triage.hooks.prefetch import find_response
from triage.hooks.tokens import check_token, read_trust
from triage.intake import Intake, dump_intake, normalise, read_intake
from triage.library import bundled_packs
from triage.pack import Pack
from triage.parts import UNKNOWN
from triage.replay import read_records, replay
from triage.reply import read_line
from triage.report import render_json
from triage.service.multipart import read_parts
from triage.syntax import read_json, read_yaml

Claim = Callable[[bytes], None]
BOUNDARY = "x"
SMALL = "repair-cafe"
CLIENT = Client("ES384", "one")


@cache
def pack() -> Pack:
    return load_pack("vertebral-fracture")


def claim_yaml(data: bytes) -> None:
    """What is read as YAML holds what PyYAML's own composer finds, every scalar as text."""
    source = read_yaml(data, "fuzz.yaml")
    if source.tree is not None and not source.faults:
        theirs = yaml.load(data.decode("utf-8-sig"), Loader=yaml.CBaseLoader)
        assert _as_said(source.tree) == _as_said(theirs), (source.tree, theirs)


def _as_said(tree: Any) -> Any:
    """A tree in which nothing, an empty text and what YAML calls null are one."""
    if isinstance(tree, dict):
        return {key: _as_said(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_as_said(value) for value in tree]
    return "" if tree in (None, "~", "null", "Null", "NULL") else tree


def claim_json(data: bytes) -> None:
    """What is read as JSON holds what the standard library finds, as text, and no key twice."""
    source = read_json(data, "fuzz.json")
    if source.tree is not None and not source.faults:
        theirs = json.loads(data.decode("utf-8-sig"), parse_int=str, parse_float=str, object_pairs_hook=_refuse_repeats)
        assert _as_json(source.tree) == _as_json(theirs), (source.tree, theirs)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def _as_json(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _as_json(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_as_json(value) for value in tree]
    return {True: "true", False: "false"}[tree] if isinstance(tree, bool) else tree


def claim_intake(data: bytes) -> None:
    """An intake that is read has values of the pack only, survives being saved, and is assessed."""
    for name in ("fuzz.json", "fuzz.yaml"):
        with suppress(TriageError):
            intake = read_intake(data, name)
            answers = normalise(pack(), intake)
            assert all(
                value == UNKNOWN or value in pack().question[question].values for question, value in answers.values.items()
            )
            again = normalise(pack(), read_intake(dump_intake(intake).encode(), "again.json"))
            assert (again.values, again.sources) == (answers.values, answers.sources)
            assert dict(assess(pack(), intake).answers) == answers.values


def claim_pack(data: bytes) -> None:
    """A pack of which a file is anything is refused, or, looked at in one of eight, can be asked."""
    name, _, content = data.partition(b"\n")
    files = sorted(path.name for path in bundled_packs()[SMALL].glob("*.yaml"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for path in bundled_packs()[SMALL].glob("*.yaml"):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / files[len(name) % len(files)]).write_bytes(content)
        loaded = load_pack(folder)
        if sum(content) % 8 == 0:  # it takes a hundred times as long as reading the pack
            assess(loaded, Intake({}))


def claim_csv(data: bytes) -> None:
    """A CSV that is read has the rows that Python's own reader finds, where that one is strict."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        (table,) = open_tables([file.name], frozenset(pack().question))
        assert isinstance(table, DelimitedTable)
        with closing(table):
            batches = list(table.batches())
            encoding, delimiter, width = table.encoding, table.delimiter, len(table.columns)
    if "" in table.columns:
        return  # whoever asks for the columns refuses it
    columns = [[column.to_pylist() for column in batch.record.columns] for batch in batches]
    ours = [tuple(cell or "" for cell in row) for batch in columns for row in zip(*batch, strict=True)]
    left = sum(len(batch.unreadable) for batch in batches)
    text = data.decode(encoding, "strict" if ours else "replace").removeprefix("\ufeff")  # a header is checked by whoever asks
    read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    next(filter(None, read))  # the header is the first line that is not empty
    theirs = [tuple(row) or ("",) for row in read if row or width == 1]
    assert [row for row in theirs if len(row) == width] == ours, (theirs, ours)
    assert len(theirs) == len(ours) + left, (theirs, ours, left)


def claim_lines(data: bytes) -> None:
    """Each line of JSON Lines is a row, with the cells that the standard library finds, or is told of."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(data)
        file.flush()
        (table,) = open_tables([file.name], frozenset(pack().question))
        with closing(table):
            batches = list(table.batches())
    ours = [line for batch in batches for line in batch.lines]
    left = [row.number for batch in batches for row in batch.unreadable]
    lines = [line.strip(b" \t\r\n") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    assert len(ours) + len(left) == len([line for line in lines if line])
    for batch in batches:
        rows = batch.record.to_pylist() if batch.record.num_columns else [{}] * len(batch.lines)
        for line, row in zip(batch.lines, rows, strict=True):
            said = json.loads(line, parse_int=str, parse_float=str, object_pairs_hook=_refuse_repeats)
            assert {name: cell for name, cell in row.items() if cell is not None}.keys() == {
                name for name, cell in said.items() if cell is not None
            }
            assert all(row[name] == cell for name, cell in said.items() if isinstance(cell, str))


def claim_rows(data: bytes) -> None:
    """A table that is run gives each row what an assessment of it gives; a row that cannot be assessed is left out."""
    first, _, content = data.partition(b"\n")
    kind = (TableFormat.csv, TableFormat.jsonl, TableFormat.parquet)[len(first) % 3]
    with tempfile.NamedTemporaryFile(suffix=f".{kind.value}") as file:
        file.write(content)
        file.flush()
        tables = open_tables([file.name], frozenset(pack().question))
        try:
            for assessed in Run(pack(), tables).assess():
                rows = assessed.batch.record.to_pylist()
                for row, cells in zip(rows, assessed.cells.to_pylist(), strict=True):
                    answers = {name: row[name] for name in assessed.columns.questions}
                    told = read_cells(assess(pack(), Intake(answers)))
                    assert tuple(cells[name] for name in COLUMNS) == tuple(told), (row, cells)
        finally:
            for table in tables:
                table.close()


def claim_response(data: bytes) -> None:
    """A response that is read is the same when it is written and read again."""
    intake = read_response(pack(), data)
    answers = normalise(pack(), intake)
    again = normalise(pack(), read_response(pack(), json.dumps(write_response(pack(), intake)).encode()))
    assert (again.values, again.sources) == (answers.values, answers.sources)


def claim_call(data: bytes) -> None:
    """A call of CDS Hooks gives a response of our questionnaire, or says what it lacks."""
    tree = read_resource(data)
    for hook in ("patient-view", "appointment-book"):
        with suppress(TriageError):
            find_response(pack(), read_call(tree, hook))


def claim_form(data: bytes) -> None:
    """A form that is read gives the same form through its own fields."""
    try:
        parts = read_parts(data, f"multipart/form-data; boundary={BOUNDARY}", 100)
        fields = [(part.name, part.content.decode()) for part in parts if part.file is None]
    except ValueError:
        return
    form = read_form(pack(), fields)
    again = read_form(pack(), list_fields(form))
    if not form.troubles:
        assert make_intakes(pack(), again) == make_intakes(pack(), form)


def claim_token(data: bytes) -> None:
    """No token passes that nobody signed."""
    text = data.decode("latin-1")
    trust = read_trust(json.dumps({"keys": [CLIENT.public]}).encode(), [])
    check_token(text, ADDRESS, trust, now=NOW, remember=lambda _: True)
    raise AssertionError(text)


def claim_keys(data: bytes) -> None:
    """A file of keys is refused, or gives keys that are whole."""
    read_trust(data, ["https://ehr.example/"])


def claim_line(data: bytes) -> None:
    """A line that is typed is a value of its question or is refused with a message."""
    text = data.decode("utf-8", "surrogateescape")
    for question in pack().questions:
        try:
            value, _ = read_line(question, text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - it is what a person is told
        else:
            assert value == UNKNOWN or value in question.values


def claim_document(data: bytes) -> None:
    """A text that is read has segments, numbered from 1."""
    segments = read_document(data, "fuzz.txt")
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))


def claim_record(data: bytes) -> None:
    """A record that is changed replays with differences, or is refused."""
    for line in replay(pack(), read_records(data, "fuzz.json"), data):
        assert line


CLAIMS: dict[str, Claim] = {name.removeprefix("claim_"): value for name, value in globals().items() if name.startswith("claim_")}


def check(claim: Claim, data: bytes) -> None:
    """Raise what a claim raises, refusals apart."""
    with suppress(TriageError):
        claim(data)


def list_seeds(name: str) -> Iterator[bytes]:
    """Inputs to begin with, many of them the files of the cases of `hostile`, in the manner that a claim takes them."""
    yield from SEEDS[name]()


def _files(*kinds: str) -> Iterable[bytes]:
    found = (data for case in CASES for name, data in case.files.items() if name.endswith(kinds) and len(data) < 1 << 14)
    return dict.fromkeys(found)


def _responses(*, as_call: bool) -> Iterator[bytes]:
    given = [{}, {"site": "L1"}]
    for answers in ({name: pack().question[name].values[0] for name in pack().question}, dict.fromkeys(pack().question, UNKNOWN)):
        response = write_response(pack(), Intake(answers))
        context = {"patientId": "p", "userId": "Practitioner/u"}
        call = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context}
        yield json.dumps({**call, "prefetch": {"response": response}} if as_call else response).encode()
    yield from (json.dumps(tree).encode() for tree in given)


def _forms() -> Iterator[bytes]:
    for number in (0, 1):
        fields = [(f"answer.{name}", question.values[number]) for name, question in pack().question.items()]
        parts = "".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields)
        yield f"{parts}--{BOUNDARY}--\r\n".encode()


def _tables() -> Iterator[bytes]:
    for number, kind in enumerate((".csv", ".jsonl", ".parquet")):
        yield from (b"x" * number + b"\n" + data for data in _files(kind))


def _pack_files() -> Iterator[bytes]:
    for number, path in enumerate(sorted(bundled_packs()[SMALL].glob("*.yaml"))):
        yield b"x" * number + b"\n" + path.read_bytes()


SEEDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "yaml": lambda: _files(".yaml"),
    "json": lambda: _files(".json"),
    "intake": lambda: _files(".json", ".yaml"),
    "csv": lambda: _files(".csv"),
    "lines": lambda: _files(".jsonl"),
    "rows": _tables,
    "pack": _pack_files,
    "response": lambda: _responses(as_call=False),
    "call": lambda: _responses(as_call=True),
    "form": _forms,
    "token": lambda: (CLIENT.sign()[:-5].encode(), b"e30.e30.e30"),
    "keys": lambda: [json.dumps({"keys": [CLIENT.public, Client("RS384", "two").public]}).encode()],
    "line": lambda: (b"yes", b"2", b"u", b"no by clinician", b"not sure", b"YES by the patient"),
    "document": lambda: [b"- One. Two!\nThree?\n"],
    "record": lambda: [render_json([assess(pack(), Intake({}))]).encode()],
}
