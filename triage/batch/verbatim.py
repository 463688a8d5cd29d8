"""A CSV as Arrow reads it, and its lines as they stood, so that what is carried need not be taken apart and put together again.

Arrow reads the file through here, and what it has read is kept until the lines of its rows are taken: the bytes that were parsed
are the bytes that are written. Lines are given only while each is a row without doubt: no quotation mark was met, no line is
empty, and no carriage return stands alone. After the first that is not so, if nobody takes them, or in another encoding than
UTF-8, none are kept or given.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LINE_BREAK, CARRIAGE_RETURN = b"\n", b"\r"
# Lines are cut in pieces that stay near the processor.
PIECE = 1 << 19
Places = NDArray[np.integer[Any]]


class Verbatim:
    """A file that Arrow reads as UTF-8, with a memory of what was read. The first line is the whole header and no row.

    No piece but the last ends in a carriage return: Arrow takes a line feed at the beginning of the next for a part of it and
    drops it, also within quotation marks (apache/arrow#51368). Nor can Arrow read other encodings here, which it cuts anew.
    """

    def __init__(self, file: IO[bytes], encoding: str = "utf-8") -> None:
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._recoded = b""
        self._file: Any = file  # typing has no `readinto` for what Python opens
        self.tell, self.seek, self.closed = file.tell, file.seek, False
        self._is_kept = self._decoder is None
        # Arrow reads ahead on a thread of its own: a deque may grow at one end while it shrinks at the other.
        self._pieces: deque[memoryview] = deque()
        # The lines at hand, of which the first is at the place `_first`, and what was read of the line after them.
        self._lines: Any = cut_lines(LINE_BREAK)
        self._first = -1
        self._rest = LINE_BREAK

    def read(self, size: int) -> Any:
        """The next bytes of the file. Raises UnicodeError where it is not of its encoding."""
        data = self._read_plain(size) if self._decoder is None else self._recode(size, self._decoder)
        if self._is_kept:
            self._pieces.extend(memoryview(data)[start : start + PIECE] for start in range(0, max(len(data), 1), PIECE))
        return data

    def _read_plain(self, size: int) -> Any:
        """In memory of Arrow's, which is used again; what Python gives back the system takes away."""
        room = pa.allocate_buffer(size)
        length = self._file.readinto(room)
        shown = _leave_return(memoryview(room), length)
        if shown < length:
            self._file.seek(shown - length, io.SEEK_CUR)
        return room.slice(0, shown)

    def _recode(self, size: int, decoder: codecs.IncrementalDecoder) -> bytes:
        data = b"more"
        while data and len(self._recoded) < size:
            data = self._file.read(size)
            self._recoded += decoder.decode(data, not data).encode()
        length = _leave_return(self._recoded, min(size, len(self._recoded)))
        told, self._recoded = self._recoded[:length], self._recoded[length:]
        return told

    def close(self) -> None:
        """Closes no more than this: the file is the caller's."""
        self.closed = True
        self.drop()

    def drop(self) -> None:
        """Keep and give no more lines."""
        self._is_kept = False
        self._pieces.clear()
        self._lines, self._rest = None, b""

    def take(self, places: Places) -> Iterator[Any]:
        """The lines at places that ascend from one call to the next, counted from 0 after the header, as far as they can be had.

        They come as columns of bytes, some at a time, each with the line break before it.
        """
        if len(places) and places[0] < self._first:
            self.drop()
        while self._is_kept and len(places):
            here = places[: np.searchsorted(places, self._first + len(self._lines))] - self._first
            if len(here):
                yield _pick(self._lines, here)
            places = places[len(here) :]
            if len(places) and not self._read_on():
                self.drop()

    def _read_on(self) -> bool:
        """Go on to the next piece. False if there is none or its lines may not be rows."""
        if not self._pieces:
            return False
        piece = self._pieces.popleft()
        if not piece and self._rest == LINE_BREAK:
            return False
        text = self._rest + (piece or LINE_BREAK)  # the last line may lack its end
        # The header may have quotation marks: it is known to be one line.
        rows = text.find(LINE_BREAK, 1) + 1 if self._first + len(self._lines) < 0 else 0
        if text.find(b'"', rows) >= 0:
            return False
        if b"\r" in text:
            text = text.replace(b"\r\n", LINE_BREAK)
        end = text.rfind(LINE_BREAK)
        self._rest = text[end:]
        self._first += len(self._lines)
        self._lines = cut_lines(text)
        return text.find(b"\r", 0, end) < 0 and not _has_empty(self._lines)


def _leave_return(data: bytes | memoryview, length: int) -> int:
    """How much of so much to give: all but a carriage return at its end, which stands at the beginning of the next piece."""
    return length - (length > 1 and data[length - 1] == CARRIAGE_RETURN[0])


def cut_lines(text: bytes | Any) -> Any:
    """From line break to line break, what begins with one as a column of lines, each with the line break before it."""
    breaks = np.flatnonzero(np.frombuffer(text, np.uint8) == LINE_BREAK[0])
    return pa.Array.from_buffers(pa.large_binary(), len(breaks) - 1, [None, pa.py_buffer(breaks), pa.py_buffer(text)])


def _has_empty(lines: Any) -> bool:
    return bool((np.diff(np.frombuffer(lines.buffers()[1], np.int64)) == len(LINE_BREAK)).any())


def _pick(lines: Any, places: Places) -> Any:
    first, count = int(places[0]), len(places)
    if int(places[-1]) - first == count - 1:
        return lines.slice(first, count)
    return take(lines, places)


def take(column: Any, places: Places) -> Any:
    """What stands at these places of a column."""
    picked = np.ascontiguousarray(places, np.int64)
    return column.take(pa.Array.from_buffers(pa.int64(), len(picked), [None, pa.py_buffer(picked)]))
