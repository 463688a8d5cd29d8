"""YAML and JSON text to plain trees, with the place of every node.

A tree is made of `str`, `None`, `list` and `dict` only: no scalar is interpreted, so `yes` stays the word `yes` and `012` stays
`012`. Refused, all at once and each with its place: duplicate keys, anchors, aliases, tags, a second document, nesting deeper
than 32, text over 1 MiB, and bytes that are not UTF-8. Of the places of JSON only that of a syntax error is known.

PyYAML's C parser is used through its events. Its `compose` gives nodes as well, but hides anchors, and ends the whole
interpreter on a few thousand opening brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from triage.errors import Fault, Place, quote
from triage.mistakes import Slip, explain_json, explain_yaml, name_kind

MAX_BYTES = 1 << 20
MAX_DEPTH = 32

type_name = {dict: "a mapping", list: "a list", str: "text", type(None): "nothing"}

# These faults leave the rest of a file readable, so that what else is wrong with it can be told at once.
_HARMLESS = {"duplicate-key", "anchor", "tag"}
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Tree = str | None | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Source:
    """One file read: its tree, where each node stands, and what was wrong with it.

    `places` maps a path such as `("decisions", 3, "rules", 0, "then")` to `(line, column)`, both from 1; a value under a key
    stands where its key does. The tree is None after a fault that leaves it in doubt.
    """

    file: str
    tree: Tree = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Sequence[str | int]) -> Place:
        """The place of a node, or of the nearest node above it."""
        path = tuple(path)
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Place(self.file, line, column)

    def fault(self, path: Sequence[str | int], code: str, message: str) -> None:
        self.faults.append(Fault(self.place(path), code, message))


def decode(data: bytes, source: Source, *, limit: int = MAX_BYTES) -> str | None:
    """UTF-8 text, without a byte order mark; None after a fault."""
    if len(data) > limit:
        source.fault((), "too-large", f"more than {limit:,} bytes ({limit >> 20} MiB), which are the most that is read")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = len(data) - len(error.object) + error.start  # the decoder counts from behind a byte order mark
        before = data[:at].decode("utf-8-sig")
        kind = name_kind(data)
        remedy = f"this is {kind}, not a text; name a text file" if kind else "save the file as UTF-8"
        message = f"byte 0x{data[at]:02x} is not UTF-8; {remedy}"
        source.faults.append(Fault(_end_of(before, source.file), "not-utf-8", message))
        return None


def _end_of(before: str, file: str) -> Place:
    """The place that follows a text."""
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def read_yaml(data: bytes, file: str) -> Source:
    """Read one YAML document. Faults are collected in the result, never raised."""
    import yaml  # not needed by `--help`

    source = Source(file)
    text = decode(data, source)
    if text is None:
        return source
    try:
        _Builder(source).build(yaml.parse(text, Loader=yaml.CBaseLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        assert mark is not None  # libyaml names one with every problem
        place = Place(file, mark.line + 1, mark.column + 1)
        begun = error.context_mark or mark
        slip = Slip(error.context or "", (begun.line, begun.column), error.problem or "", (mark.line, mark.column))
        source.faults.append(Fault(place, "yaml-syntax", f"not readable as YAML: {explain_yaml(text, slip)}"))
    except yaml.reader.ReaderError:
        found = _UNREADABLE.search(text)
        assert found is not None
        message = f"the character {quote(found[0])} cannot stand in a file; take it out"
        source.faults.append(Fault(_end_of(text[: found.start()], file), "yaml-syntax", message))
    if any(fault.code not in _HARMLESS for fault in source.faults):
        source.tree = None
    return source


class _Builder:
    """Builds a tree from parser events without recursion; the stack holds the containers that are open."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[tuple[Any, Path]] = []
        self.keys: list[str | None] = []
        self.documents = 0

    def build(self, events: Iterator[Any]) -> None:
        import yaml

        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._check_plain(event)
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._check_plain(event)
                if len(self.stack) >= MAX_DEPTH:
                    self._fault(event, "too-deep", f"nested deeper than {MAX_DEPTH} levels")
                    return
                self._open(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.stack.pop()
                self.keys.pop()
            elif kind is yaml.AliasEvent:
                self._fault(event, "alias", f"aliases (*{event.anchor}) are not read; write the value out")
                if self._wants_key():
                    self.keys[-1] = ""
                else:
                    self._add(None, event)
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents == 2:
                    self._fault(event, "second-document", "a second document begins here; one document a file")

    def _fault(self, event: Any, code: str, message: str) -> None:
        place = Place(self.source.file, event.start_mark.line + 1, event.start_mark.column + 1)
        self.source.faults.append(Fault(place, code, message))

    def _check_plain(self, event: Any) -> None:
        if event.anchor is not None:
            self._fault(event, "anchor", f"anchors (&{event.anchor}) are not read; write the value out where it is used")
        if event.tag is not None:
            tag = quote(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._fault(event, "tag", f"tags ({tag}) are not read; every value is text")

    def _scalar(self, event: Any) -> None:
        if self._wants_key():
            self._key(event)
        else:
            empty = event.value == "" and not event.style  # the C parser gives a plain scalar the style ""
            self._add(None if empty else event.value, event)

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1][0], dict) and self.keys[-1] is None

    def _key(self, event: Any) -> None:
        container, path = self.stack[-1]
        key = event.value
        if key in container:
            self._fault(event, "duplicate-key", f"the key {quote(key)} stands here twice; keep one")
        self.keys[-1] = key
        self.source.places[(*path, key)] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _open(self, event: Any, container: Any) -> None:
        if self._wants_key():
            self._fault(event, "key-not-text", "a key is a word, not a list or a mapping")
            self.keys[-1] = ""
            path = self.stack[-1][1]  # the key's own contents are looked through for faults, and kept nowhere
        else:
            path = self._add(container, event)
        self.stack.append((container, path))
        self.keys.append(None)

    def _add(self, value: Tree, event: Any) -> Path:
        if not self.stack:
            path: Path = ()
            self.source.tree = value
        else:
            container, above = self.stack[-1]
            if isinstance(container, dict):
                key = self.keys[-1] or ""
                path = (*above, key)
                container[key] = value
                self.keys[-1] = None
            else:
                path = (*above, len(container))
                container.append(value)
        self.source.places.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        return path


def read_json(data: bytes, file: str, *, limit: int = MAX_BYTES) -> Source:
    """Read one JSON value; numbers and booleans become text as written. Faults are collected in the result, never raised."""
    source = Source(file)
    text = decode(data, source, limit=limit)
    if text is None:
        return source

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for key, value in items:
            if key in tree:
                source.fault((), "duplicate-key", f"the key {quote(key)} stands twice in one object; keep one")
            tree[key] = value
        return tree

    def refuse(constant: str) -> str:
        source.fault((), "json-syntax", f"{constant} is not JSON; write a value from the question's list")
        return constant

    try:
        tree = json.loads(text, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = Place(file, error.lineno, error.colno)
        source.faults.append(Fault(place, "json-syntax", f"not readable as JSON: {explain_json(error)}"))
        return source
    except RecursionError:
        source.fault((), "too-deep", f"nested deeper than {MAX_DEPTH} levels")
        return source
    if not source.faults:
        tree = _as_text(tree, source)
    source.tree = None if source.faults else tree
    return source


def _as_text(value: Any, source: Source, depth: int = 0) -> Tree:
    if depth >= MAX_DEPTH and isinstance(value, list | dict):
        source.fault((), "too-deep", f"nested deeper than {MAX_DEPTH} levels")
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return [_as_text(item, source, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_whole(key, source): _as_text(item, source, depth + 1) for key, item in value.items()}
    return _whole(value, source) if isinstance(value, str) else None


def _whole(text: str, source: Source) -> str:
    """Text that UTF-8 can hold; JSON can escape half a character."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        source.fault((), "json-syntax", f"{quote(text)} has half of a character (a lone surrogate); write the whole one")
    return text
