"""Where input comes from: files that are none, sizes, standard input."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile.case import ASSESS, Accepted, Case, Expected, Kept, Row, Table, refused
from hostile.spellings import INTERVIEW, PLAIN, SIGN

FILES, SIZE, STDIN = "file system", "size", "standard input"
Q, P = SIGN.question, PLAIN.question
GOOD = json.dumps({"answers": {Q: "no"}}).encode()
TABLE = f"{Q}\nno\n".encode()
READ, ONE = Accepted({Q: "no"}), Table((Row({Q: "no"}),))
Make = Callable[[Path], object]


def list_cases() -> Iterator[Case]:
    yield from _list_files()
    yield from _list_sizes()
    yield from _list_stdin()


def _assess(name: str, *options: str) -> tuple[str, ...]:
    return (*(name if word == "{}" else word for word in ASSESS), *options)


def _batch(name: str, *options: str) -> tuple[str, ...]:
    return ("batch", name, "out.csv", "--rejects", "rejects.csv", "--sheets", "sheets", "--format", "json", *options)


def _is_root() -> str:
    return "root may read everything" if os.geteuid() == 0 else ""


def _lock(name: str) -> Make:
    def lock(folder: Path) -> None:
        (folder / name).chmod(0)

    return lock


def _link_round(folder: Path) -> None:
    (folder / "in").symlink_to("to")
    (folder / "to").symlink_to("in")


def _listen(path: Path) -> None:
    """A socket with a name in a folder; its address may not be long."""
    with socket.socket(socket.AF_UNIX) as listening:
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            listening.bind(f"/proc/self/fd/{handle}/{path.name}")
        finally:
            os.close(handle)


def _list_files() -> Iterator[Case]:
    made: dict[str, tuple[Make, str]] = {
        "a folder": (lambda folder: (folder / "in").mkdir(), "directory"),
        "a link to nothing": (lambda folder: (folder / "in").symlink_to("nowhere"), "No such file"),
        "a link to itself": (lambda folder: (folder / "in").symlink_to("in"), "symbolic links"),
        "a link in a circle": (
            _link_round,
            "symbolic links",
        ),
        "a link to a folder": (lambda folder: (folder / "in").symlink_to("."), "directory"),
        "a pipe that nobody writes to": (lambda folder: os.mkfifo(folder / "in"), "pipe"),
        "a socket": (lambda folder: _listen(folder / "in"), "No such device"),
        "not there": (lambda folder: None, "No such file"),
    }
    for name, (make, told) in made.items():
        yield Case(FILES, f"assess, {name}", _assess("in"), {}, refused('"in" cannot be read', told), prepare=make)
        yield Case(
            FILES, f"batch, {name}", _batch("in", "--input-format", "csv"), {}, refused('"in" cannot be read', told), prepare=make
        )
        begin = ("interview", "--from", "in", "--save", "kept.json")
        yield Case(FILES, f"interview, {name}", begin, {}, refused('"in" cannot be read', told), prepare=make)
    for kind, command, data in (("assess", _assess("in"), GOOD), ("batch", _batch("in", "--input-format", "csv"), TABLE)):
        expected: Expected = READ if kind == "assess" else ONE
        yield Case(
            FILES,
            f"{kind}, nothing may be read",
            command,
            {"in": data},
            refused('"in" cannot be read'),
            prepare=_lock("in"),
            needs=_is_root,
        )
        yield Case(
            FILES,
            f"{kind}, a link to the file",
            command,
            {"there": data},
            expected,
            prepare=lambda folder: (folder / "in").symlink_to("there"),
        )
        yield Case(
            FILES,
            f"{kind}, no more than read",
            command,
            {"in": data},
            expected,
            prepare=lambda folder: (folder / "in").chmod(0o400),
        )
    for device in ("zero", "urandom", "full"):
        yield Case(FILES, f"assess, /dev/{device}", _assess(f"/dev/{device}"), {}, refused(f"/dev/{device}"))
        yield Case(
            FILES,
            f"batch, /dev/{device}",
            _batch(f"/dev/{device}", "--input-format", "csv"),
            {},
            refused(f"/dev/{device}", "device"),
        )
    yield Case(FILES, "assess, /dev/null", _assess("/dev/null"), {}, refused("/dev/null", "is empty"))
    yield Case(FILES, "batch, /dev/null", _batch("/dev/null", "--input-format", "csv"), {}, refused("/dev/null", "is empty"))
    for name in (
        "\x1b[31mred",
        "line\nbreak",
        "\u202eevil",
        "bell\x07",
        "a\u200bb",
        "tab\tname",
        "\udcff\udcfe",
        "quote\"'`$(id)",
        "--output",
        "-",
        "*",
        "\x9b2J",
    ):
        shown = "./" + name
        yield Case(FILES, f"assess, a file called {name!a}", _assess(shown), {name: GOOD}, READ)
        yield Case(FILES, f"assess, an empty file called {name!a}", _assess(shown), {name: b""}, refused("is empty"))
        yield Case(FILES, f"assess, no file called {name!a}", _assess(shown), {}, refused("cannot be read", "No such file"))
        table = f"{name}.csv"
        yield Case(FILES, f"batch, a file called {name!a}", _batch(f"./{table}"), {table: TABLE}, ONE)
        yield Case(FILES, f"batch, an empty file called {name!a}", _batch(f"./{table}"), {table: b""}, refused("is empty"))
    for name, told in {"x" * 300: "too long", "": "cannot be read", "in/": "", "in.json/x": ""}.items():
        yield Case(FILES, f"assess, a name {name[:9]!a}", _assess(name), {"in.json": GOOD}, refused(told))
        yield Case(FILES, f"batch, a name {name[:9]!a}", _batch(name, "--input-format", "csv"), {"in.json": TABLE}, refused(told))
    outputs: dict[str, tuple[Make | None, str]] = {
        "folder": (lambda folder: (folder / "folder").mkdir(), ""), "missing/out.json": (None, "cannot be written"), "loop": (lambda folder: (folder / "loop").symlink_to("loop"), "cannot be written"),
        "in.json": (None, "is one of the files that are read"), "link": (lambda folder: (folder / "link").symlink_to("in.json"), "is one of the files that are read"), "hard": (lambda folder: os.link(folder / "in.json", folder / "hard"), "is one of the files that are read"),
        "x" * 300: (None, "cannot be written"),
    }  # fmt: skip
    for name, (prepare, told) in outputs.items():
        command = ("assess", "in.json", "--format", "json", "--output", name)
        yield Case(FILES, f"assess, written to {name[:9]!a}", command, {"in.json": GOOD}, refused(told), prepare=prepare)


def _list_sizes() -> Iterator[Case]:
    limit = 1 << 20
    yield Case(SIZE, "an intake of 1 MiB", _assess("in.json"), {"in.json": GOOD + b" " * (limit - len(GOOD))}, READ)
    yield Case(
        SIZE, "one byte more", _assess("in.json"), {"in.json": GOOD + b" " * (limit - len(GOOD) + 1)}, refused("in.json", "1 MiB")
    )
    yield Case(
        SIZE,
        "100 MiB",
        _assess("in.json"),
        {},
        refused("in.json", "1 MiB"),
        prepare=lambda folder: _stretch(folder / "in.json", 100 * limit),
    )
    yaml = f"answers: {{{Q}: no}}\n".encode()
    yield Case(SIZE, "YAML of 1 MiB", _assess("in.yaml"), {"in.yaml": yaml + b"#" * (limit - len(yaml))}, READ)
    yield Case(
        SIZE,
        "YAML, one byte more",
        _assess("in.yaml"),
        {"in.yaml": yaml + b"#" * (limit - len(yaml) + 1)},
        refused("in.yaml", "1 MiB"),
    )

    def told(answers: dict[str, str]) -> bytes:
        return json.dumps({"answers": answers}).encode()

    yield Case(SIZE, "an answer of 200 characters", _assess("in.json"), {"in.json": told({Q: "no".ljust(200)})}, READ)
    yield Case(SIZE, "of 201", _assess("in.json"), {"in.json": told({Q: "no".ljust(201)})}, refused("in.json", Q))
    yield Case(SIZE, "of a million", _assess("in.json"), {"in.json": told({Q: "x" * 1_000_000})}, refused("in.json", Q))
    yield Case(
        SIZE,
        "a question of a million",
        _assess("in.json"),
        {"in.json": told({"x" * 1_000_000: "no"})},
        refused("in.json", "no such question"),
    )
    many = {f"{Q}{number}": "no" for number in range(20_000)}
    yield Case(
        SIZE, "20,000 questions", _assess("in.json"), {"in.json": told(many)}, refused("in.json", "no such question", "more")
    )
    yield Case(
        SIZE,
        "20,000 keys",
        _assess("in.json"),
        {"in.json": json.dumps({"answers": {}, **many}).encode()},
        refused("in.json", "is not a key", "more"),
    )
    twice = ", ".join([f'"{Q}": "no"'] * 20_000)
    yield Case(
        SIZE,
        "a key 20,000 times",
        _assess("in.json"),
        {"in.json": f'{{"answers": {{{twice}}}}}'.encode()},
        refused("in.json", "stands twice", "more"),
    )
    anchors = "".join(f"a{number}: &a{number} x\n" for number in range(20_000)).encode()
    yield Case(SIZE, "20,000 anchors", _assess("in.yaml"), {"in.yaml": anchors}, refused("in.yaml: 1:5", "anchors", "more"))
    yield Case(SIZE, "an option of 100,000 letters", ("assess", "-a", f"{Q}={'x' * 100_000}"), {}, refused(Q))
    yield Case(SIZE, "1,000 options", ("assess", *["-a", "x=y"] * 1000), {}, refused("second time", "more"))


def _stretch(path: Path, size: int) -> None:
    path.touch()
    os.truncate(path, size)


def _list_stdin() -> Iterator[Case]:
    told: dict[str, tuple[bytes, Expected]] = {
        "JSON": (GOOD, READ), "YAML": (f"answers: {{{Q}: no}}\n".encode(), READ), "with a mark": (b"\xef\xbb\xbf" + GOOD, READ), "nothing": (b"", refused("standard input: is empty")),
        "cut off": (GOOD[:-2], refused("standard input: 1:")), "bytes": (bytes(range(128, 256)), refused("standard input: byte 0x80 is not UTF-8")), "zeroes": (b"\0" * 100, refused("standard input:")), "too much": (b" " * ((1 << 20) + 1), refused("standard input:", "1 MiB")),
        "UTF-16": (GOOD.decode().encode("utf-16"), refused("standard input:", "UTF-8")), "two intakes": (GOOD + GOOD, refused("standard input:")), "a table": (TABLE, refused("standard input:")), "an escape": (b'{"\x1b[2J": 1}', refused("standard input:")),
        "a wrong answer": (json.dumps({"answers": {Q: "perhaps"}}).encode(), refused(f"standard input: {Q}")), "an end of file inside": (GOOD[:-1] + b"\x1a}", refused("standard input: 1:")),
    }  # fmt: skip
    for name, (data, expected) in told.items():
        yield Case(STDIN, f"assess, {name}", _assess("-"), {}, expected, data)
        if not isinstance(expected, Accepted):
            yield Case(STDIN, f"interview, {name}", ("interview", "--from", "-", "--save", "kept.json"), {}, expected, data)
            yield Case(STDIN, f"what-if, {name}", ("what-if", "-"), {}, expected, data)
    yield Case(STDIN, "named twice", _assess("-", "-"), {}, refused("once only"), GOOD)
    tables: dict[str, tuple[bytes, Expected, tuple[str, ...]]] = {
        "CSV": (TABLE, ONE, ()), "JSON Lines": (json.dumps({Q: "no"}).encode(), ONE, ("--input-format", "jsonl")), "nothing": (b"", refused("standard input: is empty"), ()), "zeroes": (b"\0" * 100, refused("standard input:"), ()),
        "a quotation mark not closed": (TABLE + b'"no\n', refused("standard input:"), ()), "no Parquet": (TABLE, refused("standard input:", "Parquet"), ("--input-format", "parquet")), "JSON Lines of nothing": (b"", refused("standard input:"), ("--input-format", "jsonl")),
        "another intake": (GOOD, refused("standard input:"), ()), "bytes": (bytes(range(128, 256)), refused("standard input:"), ()), "a format that is none": (TABLE, refused("--input-format"), ("--input-format", "xml")),
        "a delimiter that is none": (TABLE, refused("--delimiter"), ("--delimiter", "ab")), "a delimiter of another script": (TABLE, refused("--delimiter"), ("--delimiter", "\u3001")), "a quotation mark as delimiter": (TABLE, refused("--delimiter"), ("--delimiter", '"')),
        "a null as delimiter": (TABLE, refused("--delimiter"), ("--delimiter", "\x01")), "a backslash as delimiter": (TABLE, refused("--delimiter"), ("--delimiter", "\\")), "a letter as delimiter": (TABLE, refused("--delimiter"), ("--delimiter", "n")),
        "a circumflex as delimiter": (f"{Q}^{P}\nno^yes\n".encode(), Table((Row({Q: "no", P: "yes"}),)), ("--delimiter", "^")), "an exclamation mark as delimiter": (f"{Q}!{P}\nno!yes\n".encode(), Table((Row({Q: "no", P: "yes"}),)), ("--delimiter", "!")),
    }  # fmt: skip
    for name, (data, expected, options) in tables.items():
        yield Case(STDIN, f"batch, {name}", _batch("-", *options), {}, expected, data)
    lines: dict[str, tuple[bytes, Expected]] = {
        "nothing": (b"", refused("the input ended")), "bytes": (b"\xff\xfe\n", refused("the input ended")), "a null": (b"no\0\n", refused("the input ended")), "empty lines": (b"\n\n\n", refused("the input ended")), "a line of 100,000": (b"x" * 100_000 + b"\n", refused("the input ended")),
        "a line without an end": (b"no", Kept({Q: "no"})), "CRLF": (b"no\r\n", Kept({Q: "no"})), "escapes": (b"\x1b[A\x1b[A\n", refused("the input ended")), "nonsense without end": (b"perhaps\n" * 1000, Kept({}, ("neither an answer nor a command",))), "a command": (b"help\nback\nkeep\nskip\nchange\nchange x\n", Kept({}, ("the input ended",))),
        "another script": ("n\u043e\n".encode(), refused("the input ended")), "a teller that nobody is": (b"no by neighbour\n", refused("the input ended")), "a teller": (b"no by patient\n", Kept({Q: "no"})),
    }  # fmt: skip
    for name, (data, expected) in lines.items():
        yield Case(INTERVIEW, name, ("interview", "--save", "kept.json"), {}, expected, data)


assert sys.platform != "win32"
