"""Packs in YAML, made from the tiny pack by one edit; each is used for an assessment."""

from __future__ import annotations

from collections.abc import Iterator

from small_pack import FILES

from hostile.case import Accepted, Case, Expected, refused

PACKS = "YAML packs"
COMMAND = ("assess", "--pack", "pack", "-a", "brake_fault=no", "-a", "surface=tarmac", "--format", "json", "--output", "out.json")
READ = Accepted({"brake_fault": "no", "surface": "asphalt"})
TITLE = "title: Which bicycle to try"


def list_cases() -> Iterator[Case]:
    yield _case("sound", READ)
    yield from _list_titles()
    yield from _list_bytes()
    yield from _list_shapes()
    for file in FILES:
        if file != "cases.yaml":
            gone = {name: text for name, text in FILES.items() if name != file}
            told = f"pack/{file}:1:1: unreadable-file" if file != "pack.yaml" else "is a folder without a pack.yaml"
            yield Case(PACKS, f"without {file}", COMMAND, _as_bytes(gone), refused(told))
            yield _case(f"{file} is empty", refused(f"pack/{file}:1:1"), file, whole=b"")
            yield _case(f"{file} is a list", refused(f"pack/{file}:1:1"), file, whole=b"- a\n- b\n")
            yield _case(f"{file} is zeroes", refused(f"pack/{file}:1:1"), file, whole=b"\0" * 100)
    yield Case(PACKS, "of no such name", ("assess", "--pack", "\x1b[31mx", "-a", "a=b"), {}, refused("\\u{1b}"))
    yield Case(
        PACKS,
        "an empty folder",
        ("assess", "--pack", "pack", "-a", "a=b"),
        {"pack/x": b""},
        refused('"pack"', "without a pack.yaml"),
    )
    yield Case(PACKS, "a file for a folder", ("assess", "--pack", "pack", "-a", "a=b"), {"pack": b""}, refused("pack"))


def _as_bytes(files: dict[str, str]) -> dict[str, bytes]:
    return {f"pack/{name}": text.encode() for name, text in files.items()}


def _case(
    name: str, expected: Expected, file: str = "pack.yaml", old: str = "", new: str = "", whole: bytes | None = None
) -> Case:
    files = _as_bytes(FILES)
    text = FILES[file]
    assert text.count(old) == 1 or not old, f"{old!r} is there {text.count(old)} times"
    files[f"pack/{file}"] = text.replace(old, new, 1).encode() if whole is None else whole
    return Case(PACKS, name, COMMAND, files, expected)


def _place(text: str, of: str) -> str:
    """Line and column at which something begins."""
    before = text[: text.index(of)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _list_titles() -> Iterator[Case]:
    """Another text for the title of the pack."""
    line, column = map(int, _place(FILES["pack.yaml"], TITLE).split(":"))
    key, value = f"pack/pack.yaml:{line}:{column}", f"pack/pack.yaml:{line}:{column + 7}"
    taken = (
        "<script>alert(1)</script>",
        "'[bold]x[/bold]'",
        "'=1+1'",
        "'{{7*7}}'",
        "'%s'",
        "Fu\u00df",
        "\u75c5\u68df",
        "'a \u00a0 b'",
        '"a\\u00e9"',
        "|\n  a\n  b",
    )
    for text in taken:
        yield _case(f"a title {text[:12]}", READ, "pack.yaml", TITLE, f"title: {text}")
    wrong: dict[str, tuple[str, str, str]] = {
        "an escape": ('"a\\e[31m"', key, "control-character"), "a null": ('"a\\0"', key, "control-character"), "a bell": ('"a\\a"', key, "control-character"),
        "turned round": ("a\u202eb", key, "control-character"), "turned round, escaped": ('"a\\u202eb"', key, "control-character"), "an isolate": ("a\u2066b", key, "control-character"),
        "a zero-width space": ("a\u200bb", key, "control-character"), "a soft hyphen": ("a\u00adb", key, "control-character"), "a tag": ("a\U000e0041", key, "control-character"), "a private letter": ("a\ue000", key, "control-character"),
        "a tab": ('"a\\tb"', key, "control-character"), "a C1": ('"a\\x9b31m"', key, "control-character"), "a line separator": ('"a\\Lb"', key, "control-character"),
        "a tag of YAML": ("!!str a", value, "tag"), "Python": ("!!python/name:os.system a", value, "tag"), "an anchor": ("&a b", value, "anchor"), "an alias": ("*a", value, "alias"), "a list": ("[a]", key, ""), "a mapping": ("{a: b}", key, ""),
        "nothing": ("", key, ""), "2,001 letters": ("a" * 2001, key, ""), "a quotation mark not closed": ('"a', "pack/pack.yaml:", "yaml-syntax"), "two colons": ("a: b", "pack/pack.yaml:", "yaml-syntax"), "a percent sign": ("%a", value, "yaml-syntax"),
        "a raw escape": ("a\x1bb", f"pack/pack.yaml:{line}:{column + 8}", "yaml-syntax"), "a raw null": ("a\0b", f"pack/pack.yaml:{line}:{column + 8}", "yaml-syntax"), "40 levels": ("[" * 40 + "]" * 40, "pack/pack.yaml:", "too-deep"), "100,000 levels": ("[" * 100_000, "pack/pack.yaml:", "too-deep"),
    }  # fmt: skip
    for name, (text, place, code) in wrong.items():
        yield _case(f"a title that is {name}", refused(place, code), "pack.yaml", TITLE, f"title: {text}")


def _list_bytes() -> Iterator[Case]:
    for file in ("pack.yaml", "questions.yaml"):
        text = FILES[file].encode()
        sound: dict[str, bytes] = {
            "a mark of order": b"\xef\xbb\xbf" + text,
            "CRLF": text.replace(b"\n", b"\r\n"),
            "a document mark": b"---\n" + text,
            "a comment": text + b"# end\n",
        }
        for name, data in sound.items():
            yield _case(f"{file} with {name}", READ, file, whole=data)
        line = text.count(b"\n") + 1
        wrong: dict[str, tuple[bytes, str]] = {
            "UTF-16": (text.decode().encode("utf-16"), "1:1: not-utf-8"), "UTF-16 without a mark": (text.decode().encode("utf-16-le"), "1:"), "a byte of Latin 1": (text + b"x: \xe9\n", f"{line}:4: not-utf-8"), "an overlong slash": (text + b"\xc0\xaf", f"{line}:1: not-utf-8"),
            "half a pair": (text + b"\xed\xa0\x80", f"{line}:1: not-utf-8"), "a second document": (text + b"---\nx: y\n", f"{line}:1: second-document"), "a key twice": (text + text.splitlines()[1 if file == "pack.yaml" else 0] + b" x\n", f"{line}:1: "),
            "a key that is not known": (text + b"evil: yes\n", f"{line}:1: "), "a merge": (text + b"<<: {a: b}\n", f"{line}:1: "), "more than 1 MiB": (text + b"#" * (1 << 20), "1:1: too-large"), "an anchor at the end": (text + b"x: &a b\n", f"{line}:4: anchor"),
            "billions of laughs": (text + b"x: &a [x]\ny: &b [*a, *a]\nz: [*b, *b]\n", f"{line}:4: anchor"), "an alias to itself": (text + b"x: &a [*a]\n", f"{line}:4: anchor"),
        }  # fmt: skip
        for name, (data, place) in wrong.items():
            yield _case(f"{file} with {name}", refused(f"pack/{file}:{place}"), file, whole=data)


def _list_shapes() -> Iterator[Case]:
    """One edit each of a question; the place is that of the edit."""
    questions = FILES["questions.yaml"]
    edits: dict[str, tuple[str, str, str]] = {
        "an id of another script": ("question: surface", "question: surf\u0430ce", ""), "an id with a space": ("question: surface", "question: sur face", ""), "an id in capitals": ("question: surface", "question: Surface", ""), "an id that is there": ("question: surface", "question: tyres", ""),
        "an id of words of ours": ("question: surface", "question: any", ""), "a value of another script": ("[narrow, broad]", "[n\u0430rrow, broad]", ""), "a value twice": ("[narrow, broad]", "[narrow, narrow]", ""), "values that are a word": ("[narrow, broad]", "narrow", ""),
        "one value": ("[narrow, broad]", "[narrow]", ""), "no values": ("[narrow, broad]", "[]", ""), "a value unknown": ("[narrow, broad]", "[narrow, unknown]", ""), "a spelling of two values": ("{asphalt: [tarmac], unknown: [mixed]}", "{asphalt: [tarmac], gravel: [tarmac]}", ""),
        "a spelling of no value": ("{asphalt: [tarmac], unknown: [mixed]}", "{asfalt: [tarmac]}", ""), "a group that is not there": ("group: ride\n    label: Surface", "group: rode\n    label: Surface", ""), "a key that is not known": ("label: Surface", "lable: Surface", ""), "a key twice": ("label: Surface", "label: Surface\n    label: Surface", ""),
        "a truth for a text": ("help: Most of it.", "help: [yes]", ""), "a teller that nobody is": ("[clinician]", "[neighbour]", ""), "an anchor": ("[clinician]", "&a [clinician]", "anchor"),
    }  # fmt: skip
    for name, (old, new, code) in edits.items():
        assert questions.count(old) == 1, old
        yield _case(f"a question with {name}", refused("pack/", ".yaml:", code), "questions.yaml", old, new)
