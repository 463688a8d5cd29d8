"""A multipart form, read to its end or not at all.

Starlette's reader takes what came before a form broke off, and reads bytes that are no UTF-8 as Latin-1: an answer would get lost
or changed without a word. Here python-multipart finds the parts, and each of these is a ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header


@dataclass(slots=True)
class Part:
    """One part of a form; `file` is the name of a file, None for a field."""

    name: str = ""
    file: str | None = None
    content: bytearray = field(default_factory=bytearray)


def read_parts(data: bytes, content_type: str, most: int) -> list[Part]:
    """The parts of a form. Raises ValueError where it is not whole, has more than `most`, or is not in UTF-8."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise ValueError("no boundary")
    reader = _Reader(most)
    try:
        reader.read(boundary, data)
    except FormParserError as error:
        raise ValueError("not a multipart form") from error
    if not reader.ended:
        raise ValueError("broken off")
    return reader.parts


class _Reader:
    """Gathers what python-multipart finds."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.parts: list[Part] = []
        self.ended = False
        self._header, self._value = b"", b""

    def read(self, boundary: bytes, data: bytes) -> None:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_to_header,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._check_name,
                "on_part_data": self._add_content,
                "on_end": self._end,
            },
        )
        parser.write(data)
        parser.finalize()

    def _begin(self) -> None:
        if len(self.parts) == self.most:
            raise ValueError("too many parts")
        self.parts.append(Part())

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            options = parse_options_header(self._value)[1]
            part = self.parts[-1]
            part.name = options.get(b"name", b"").decode()
            part.file = options[b"filename"].decode() if b"filename" in options else None
        self._header, self._value = b"", b""

    def _check_name(self) -> None:
        if not self.parts[-1].name:
            raise ValueError("a part without a name")

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def _end(self) -> None:
        self.ended = True
