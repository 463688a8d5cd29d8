"""Small numbers in place of spellings, profiles and findings, so that millions of rows cost a few additions each.

A spelling gets the code of its answer (0 not asked, 1 unknown, 2 and on the values), the answers to a group of questions get one
code in mixed radix, and whatever is found for a code is a class, numbered as they come. Each is made once, by a function that is
handed in; nothing here knows what an answer or a finding is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from triage.errors import IntakeError, RequestError
from triage.intake import MAX_LENGTH, Given, Intake, normalise
from triage.pack import Pack
from triage.parts import UNKNOWN

# Above this many codes, those that occur in a batch are sorted out, in place of one place in memory for every code.
MAX_DENSE = 1 << 22
MAX_SPELLINGS = 100_000
NOT_ASKED, FIRST_VALUE = 0, 2
REFUSED = NOT_YET = EMPTY = -1

Codes = NDArray[np.integer[Any]]
Rows = NDArray[np.intp]
NO_ROWS: Rows = np.zeros(0, np.intp)


class Refused(NamedTuple):
    """A cell that is no answer; `row` counts from 0 within its batch."""

    row: int
    column: str
    value: str
    problem: str


class Spellings:
    """The codes of the answers to one question, whatever Arrow type they come in."""

    def __init__(self, pack: Pack, question: str) -> None:
        self._pack = pack
        self.question = question
        self.answers = (None, UNKNOWN, *pack.question[question].values)
        self._width = _width(len(self.answers))
        self._codes = {answer: code for code, answer in enumerate(self.answers)}
        self._read: dict[tuple[type, Given], int] = {}

    def read(self, column: Any, *, check_only: bool = False) -> tuple[Codes | None, Rows]:
        """The code of each cell, and the rows of the cells that are no answer, which count as not asked.

        With `check_only` there may be no codes.
        """
        encoded = self._encode(column)
        words = encoded.dictionary.to_pylist()
        of_word: Codes = np.array([*(self._code(word) for word in words), NOT_ASKED], self._width)
        if check_only and (of_word != REFUSED).all():
            return None, NO_ROWS
        codes = read_indices(encoded.indices, of_word)
        if (of_word != REFUSED).all():
            return codes, NO_ROWS
        rows = np.flatnonzero(codes == REFUSED)
        codes[rows] = NOT_ASKED
        return codes, rows

    def _encode(self, column: Any) -> Any:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if not (text or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
            remedy = "an answer is text, a whole number, or true or false; write it as text"
            raise RequestError(f"the column {self.question} holds {kind}; {remedy}")
        if kind == column.type:
            return column.cast(pa.string()).dictionary_encode() if text else column.dictionary_encode()
        return column

    def _code(self, word: Given) -> int:
        found = self._read.get((type(word), word))
        if found is None:
            try:
                found = self._codes[normalise(self._pack, Intake({self.question: word})).values.get(self.question)]
            except IntakeError:
                found = REFUSED
            if len(self._read) >= MAX_SPELLINGS:
                self._read.clear()
            self._read[type(word), word] = found
        return found

    def refuse(self, row: int, word: Given) -> Refused:
        """What is wrong with a cell that is no answer."""
        try:
            normalise(self._pack, Intake({self.question: word}))
        except IntakeError as error:
            text = str(word)
            shown = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
            return Refused(row, self.question, shown, error.problems[0].message)
        raise AssertionError("what was refused once is refused again")


class Classes:
    """A class for each code below `space`, made by `make` when a code first occurs."""

    def __init__(self, space: int, make: Callable[[int], int]) -> None:
        self._make = make
        self._dense = np.full(space, NOT_YET, np.int32) if space <= MAX_DENSE else None
        self._sparse: dict[int, int] = {}

    def look_up(self, codes: Codes) -> Codes:
        if self._dense is None:
            distinct, inverse = np.unique(codes, return_inverse=True)
            return np.array([self._of(int(code)) for code in distinct], np.int32).take(inverse)
        found = self._dense.take(codes)
        if found.size and found.min() == NOT_YET:
            new = _sort_out(codes[found == NOT_YET])
            self._dense[new] = [self._make(int(code)) for code in new]
            found = self._dense.take(codes)
        return found

    def _of(self, code: int) -> int:
        if code not in self._sparse:
            self._sparse[code] = self._make(code)
        return self._sparse[code]


class Numbers:
    """Things numbered in the order in which they come, equal ones alike."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self.numbers: dict[Hashable, int] = {}

    def of(self, thing: Hashable) -> int:
        number = self.numbers.setdefault(thing, len(self.things))
        if number == len(self.things):
            self.things.append(thing)
        return number


class Group:
    """The answers to some questions as one code, and the classes of what `find` makes of them; `found` has them by class.

    `find` gets an answer for each question, in their order, None where it was not asked.
    """

    def __init__(self, spellings: Sequence[Spellings], find: Callable[[Sequence[str | None]], Hashable]) -> None:
        self._spellings = spellings
        self._find = find
        self._space = prod(len(each.answers) for each in spellings)
        self._numbers = Numbers()
        self._classes = Classes(self._space, self._number)
        self.found = self._numbers.things

    def classify(self, codes: Mapping[str, Codes], length: int) -> Codes:
        """The class of each row; a question without a column was not asked."""
        total = np.zeros(length, _width(self._space))
        for each in self._spellings:
            total *= len(each.answers)
            if each.question in codes:
                total += codes[each.question]
        return self._classes.look_up(total)

    def _number(self, code: int) -> int:
        answers: list[str | None] = []
        for each in reversed(self._spellings):
            code, digit = divmod(code, len(each.answers))
            answers.append(each.answers[digit])
        return self._numbers.of(self._find(answers[::-1]))


class Pairs:
    """The classes of what `join` makes of two findings; `found` has them by class."""

    def __init__(self, left: Sequence[Any], right: Sequence[Any], join: Callable[[Any, Any], Hashable]) -> None:
        self._left, self._right = left, right
        self._join = join
        self._lefts = self._rights = 0
        self._numbers = Numbers()
        self._classes = Classes(0, self._number)
        self.found = self._numbers.things

    def classify(self, left: Codes, right: Codes) -> Codes:
        """The class of each row, from its classes on the left and on the right."""
        if len(self._left) > self._lefts or len(self._right) > self._rights:
            # Room for twice as many, so that this happens seldom; the numbers given so far stay.
            self._lefts, self._rights = 2 * len(self._left), 2 * len(self._right)
            self._classes = Classes(self._lefts * self._rights, self._number)
        total = left.astype(_width(self._lefts * self._rights))
        total *= self._rights
        total += right
        return self._classes.look_up(total)

    def _number(self, code: int) -> int:
        left, right = divmod(code, self._rights)
        return self._numbers.of(self._join(self._left[left], self._right[right]))


class Column:
    """One column of results: a value for each class, gathered for rows of classes. Its type is the same from the first row on.

    Text comes out as a dictionary in the order in which its words came up, truth values as they are.
    """

    def __init__(self, *, of_truths: bool) -> None:
        self._of_truths = of_truths
        self._words = Numbers()
        if of_truths:
            self._words.things, self._words.numbers = [False, True], {False: 0, True: 1}
        self._table = np.zeros(0, np.int8 if of_truths else np.int32)

    def extend(self, values: Iterable[Hashable]) -> None:
        """The values of the next classes."""
        codes = [EMPTY if value is None else self._words.of(value) for value in values]
        self._table = np.concatenate([self._table, np.array(codes, self._table.dtype)])

    def take(self, classes: Codes) -> Any:
        """The values of rows, by their classes."""
        codes = self._table.take(classes)
        there = _bits(codes != EMPTY) if codes.size and codes.min() == EMPTY else None
        if self._of_truths:
            return pa.Array.from_buffers(pa.bool_(), len(codes), [there, _bits(codes == 1)])
        indices = pa.Array.from_buffers(pa.int32(), len(codes), [there, pa.py_buffer(codes)])
        return pa.DictionaryArray.from_arrays(indices, as_text(self._words.things), safe=False)


def _sort_out(codes: Codes) -> Codes:
    """The distinct ones. `np.unique` would import what handles masks, which a short list has no use for."""
    ordered = np.sort(codes)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))]


def read_indices(indices: Any, of_word: Codes) -> Codes:
    """What `of_word` has for each index; where there is none, its last, which is 0. What stands there may be any number."""
    plain = indices.cast(pa.int32())
    start, length, validity = plain.offset, len(plain), plain.buffers()[0]
    if not length:
        return of_word[:0]
    places = read_numbers(plain, np.int32)
    if of_word.itemsize == 1 and len(of_word) <= 256:  # half the time
        codes = np.frombuffer(bytearray(places.astype(np.uint8)).translate(of_word.tobytes().ljust(256, b"\0")), of_word.dtype)
    else:
        codes = of_word.take(places, mode="clip")
    if plain.null_count:
        codes *= np.unpackbits(np.frombuffer(validity, np.uint8), count=start + length, bitorder="little")[start:].view(np.int8)
    return codes


def reach(indices: Any) -> int:
    """The highest index, seen as a number without a sign, whether it counts or stands where there is none; -1 for no indices."""
    plain = indices.cast(pa.int32())
    if not len(plain):
        return -1
    return int(read_numbers(plain, np.uint32).max())


def read_numbers(numbers: Any, kind: type[np.integer[Any]]) -> NDArray[Any]:
    """Numbers as numpy has them; where there is none, any may stand. `to_numpy` would import pandas, where that is installed."""
    return np.frombuffer(numbers.buffers()[1], kind)[numbers.offset : numbers.offset + len(numbers)]


def is_plain(text: Any) -> bool:
    """Whether text in one column is of the letters that everybody has (ASCII)."""
    _, ends, letters = text.buffers()
    if not len(text) or letters is None:
        return True
    first, last = np.frombuffer(ends, np.int32)[[text.offset, text.offset + len(text)]]
    return first == last or bool(np.frombuffer(letters, np.int8)[first:last].min() >= 0)


def as_text(words: Sequence[str]) -> Any:
    """Words as a column. `pa.array` would import pandas, where that is installed, which takes longer than a morning's list."""
    data = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(data), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(data))])


def as_truths(truths: NDArray[np.bool_]) -> Any:
    """Truth values as a column, in the same way."""
    return pa.Array.from_buffers(pa.bool_(), len(truths), [None, _bits(truths)])


def _bits(truths: NDArray[np.bool_]) -> Any:
    return pa.py_buffer(np.packbits(truths, bitorder="little"))


def _width(space: int) -> type[np.signedinteger[Any]]:
    """The smallest type that holds the numbers below `space`, and `space` itself."""
    return next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if space <= np.iinfo(kind).max)
