"""JSON Lines: one object a line. What is carried into JSON Lines again stays as it stood, to the letter; elsewhere it is text.

A line that is no object is told of and left out. A number is read as it was written, as in an intake.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import pyarrow as pa

from triage.batch.tabular import Added, Batch, Unreadable, call
from triage.errors import RequestError, quote
from triage.mistakes import explain_json

LINES_A_BATCH = 10_000
MAX_LINE = 1 << 24
MAX_SHOWN = 200
MAX_DIGITS = 1000
MAX_GUESSED = 1 << 16
_PAIR = re.compile(r'"([^"\\]+)"\s*:\s*("[^"\\]*"|\w+)')


class LinesTable:
    """A file of JSON Lines. Each batch has the columns that occur in it or occurred before."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = call(name)
        self.columns = None
        self._file = file
        self._size = self._file.seek(0, 2)
        self._file.seek(0)

    def batches(self) -> Iterator[Batch]:
        names: dict[str, None] = {}
        rows: list[dict[str, str | None]] = []
        lines: list[str] = []
        numbers: list[int] = []
        unreadable: list[Unreadable] = []

        def give() -> Batch:
            columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
            record = pa.RecordBatch.from_arrays(columns, names=list(names)) if names else pa.RecordBatch.from_pylist([])
            share = min(1.0, self._file.tell() / max(self._size, 1))
            return Batch(self.name, record, _Numbers(tuple(numbers)), tuple(unreadable), share, tuple(lines))

        for number, line in self._read():
            try:
                row = _parse(line)
            except ValueError as error:
                unreadable.append(Unreadable(number, line[:MAX_SHOWN], str(error), partial(_guess, line[:MAX_GUESSED])))
                continue
            names |= dict.fromkeys(row)
            rows.append(row)
            lines.append(line)
            numbers.append(number)
            if len(rows) >= LINES_A_BATCH:
                yield give()
                for kept in (rows, lines, numbers, unreadable):
                    kept.clear()
        if unreadable and not names:
            first = unreadable[0]
            message = f"no line is a row; line {first.number} {first.problem}; write each row as one object on a line of its own"
            raise RequestError(f"{self.name}: {message}")
        yield give()

    def close(self) -> None:
        self._file.close()

    def _read(self) -> Iterator[tuple[int, str]]:
        """Each line that is not empty, with its number."""
        number = 0
        while data := self._file.readline(MAX_LINE + 1):
            number += 1
            if len(data) > MAX_LINE:
                raise RequestError(f"{self.name}: line {number} has more than {MAX_LINE >> 20} MB")
            try:
                text = data.decode("utf-8-sig" if number == 1 else "utf-8").strip(" \t\r\n")
            except UnicodeDecodeError:
                raise RequestError(f"{self.name}: line {number} is not UTF-8, as JSON has to be") from None
            if text:
                yield number, text


class _Numbers:
    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __call__(self, rows: Collection[int]) -> list[int]:
        return [self._numbers[row] for row in rows]


@dataclass(frozen=True, slots=True)
class _Written:
    """A number that is kept as it was written, since another way to write it is no answer."""

    text: str

    def __str__(self) -> str:
        return self.text


def _read_whole(text: str) -> int | _Written:
    return int(text) if len(text) < MAX_DIGITS and text != "-0" else _Written(text)


def _parse(line: str) -> dict[str, str | None]:
    """The cells of a line as text. Raises ValueError with what is wrong."""
    try:
        tree = json.loads(
            line, object_pairs_hook=_refuse_repeats, parse_float=_Written, parse_int=_read_whole, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: at character {error.colno}, {explain_json(error)}") from None
    if "\\u" in line and _has_half(tree):
        raise ValueError("holds half of a character (\\ud800 to \\udfff alone); write the whole one")
    if not isinstance(tree, dict):
        raise ValueError("is no object; a row is written as {…}")
    return {name: _as_text(value) for name, value in tree.items()}


def _guess(line: str) -> Iterator[dict[str, str]]:
    """What looks like a key with its value, wherever it stands."""
    return ({key: text.strip('"')} for key, text in _PAIR.findall(line))


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(name for index, (name, _) in enumerate(pairs) if name in {before for before, _ in pairs[:index]})
        raise ValueError(f"has the key {quote(repeated)} twice; keep one")
    return found


def _refuse_constant(text: str) -> None:
    raise ValueError(f"holds {text}, which is no JSON")


def _has_half(tree: Any) -> bool:
    try:
        json.dumps(tree, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, _Written) else json.dumps(value, ensure_ascii=False, default=str)


class LinesWriter:
    """Writes JSON Lines. To lines that were JSON the cells are added at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._distinct: Any = None
        self._texts: list[str] = []

    def write(self, batch: Batch, added: Added) -> None:
        if added.distinct is not self._distinct:
            self._distinct, self._texts = added.distinct, [*_fragments(added.distinct)]
        cells = [self._texts[each] for each in added.classes.tolist()]
        if batch.lines:
            before = [line[:-1].rstrip(" \t") for line in batch.lines]
            rows = [f"{line}{', ' if line != '{' else ''}{cell}}}" for line, cell in zip(before, cells, strict=True)]
        else:
            rows = [f"{{{carried}, {cell}}}" for carried, cell in zip(_fragments(batch.record), cells, strict=True)]
        self._file.write("".join(f"{row}\n" for row in rows).encode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Nothing is held back."""


def _fragments(record: Any) -> Iterator[str]:
    """What stands between the brackets, row by row."""
    columns = [_encode(name, column) for name, column in zip(record.schema.names, record.columns, strict=True)]
    return (", ".join(cells) for cells in zip(*columns, strict=True))


def _encode(name: str, column: Any) -> list[str]:
    key = json.dumps(name, ensure_ascii=False)
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_dictionary(column.type):
        return [f"{key}: {_dump(value)}" for value in column.to_pylist()]
    words = [f"{key}: {_dump(value)}" for value in column.dictionary.to_pylist()]
    nothing = f"{key}: null"
    return [nothing if index is None else words[index] for index in column.indices.to_pylist()]


def _dump(value: Any) -> str:
    # What has no JSON of its own, such as a decimal, is written as text.
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
