"""YAML and JSON text to plain trees of text: what is read, where it stands, and everything that is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from triage.syntax import MAX_BYTES, MAX_DEPTH, Source, Tree, read_json, read_yaml

CLEAN_YAML = {
    "yes and no": (b"[yes, no, on, off, true, True, ~, null]", ["yes", "no", "on", "off", "true", "True", "~", "null"]),
    "numbers": (
        b"[012, 1_000, 0x1F, 1e3, .5, .inf, .nan, 1:30, -0]",
        ["012", "1_000", "0x1F", "1e3", ".5", ".inf", ".nan", "1:30", "-0"],
    ),
    "dates": (b"- 2020-01-01\n- 2001-12-14t21:59:43.10-05:00\n", ["2020-01-01", "2001-12-14t21:59:43.10-05:00"]),
    "nothing": (b"{a: , b: '', c: [], d: {}}", {"a": None, "b": "", "c": [], "d": {}}),
    "keys": (b"{yes: a, 1: b, null: c, <<: d, =: e, '': f}", {"yes": "a", "1": "b", "null": "c", "<<": "d", "=": "e", "": "f"}),
    "explicit key": (b"? a\n: b\n", {"a": "b"}),
    "folded and literal": (b"a: >-\n  x\n  y\nb: |\n  x\n  y\n", {"a": "x y", "b": "x\ny\n"}),
    "quoted": (b"['a: b', \"\\t\\x41\\u00e9\"]", ["a: b", "\tA\u00e9"]),
    "markers": (b"%YAML 1.1\n---\na: b\n...\n", {"a": "b"}),
    "byte order mark": (b"\xef\xbb\xbfa: b", {"a": "b"}),
    "line ends of other systems": (b"a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
    "text alone": (b"word", "word"),
    "empty": (b"", None),
    "spaces": (b"  \n\n", None),
    "comments only": (b"# one\n  # two\n", None),
    "an empty document": (b"---\n", None),
}

YAML_REFUSED: dict[str, tuple[bytes, str, int, int, str]] = {
    "anchor": (b"a: &x b", "anchor", 1, 4, "anchors (&x) are not read; write the value out where it is used"),
    "anchor of a list": (b"a:\n  &x [b]", "anchor", 2, 3, "anchors (&x)"),
    "alias": (b"a: 1\nb: *x\n", "alias", 2, 4, "aliases (*x) are not read; write the value out"),
    "alias as a key": (b"*x : b\nb: b\nc: b\n", "alias", 1, 1, "aliases (*x)"),
    "tag": (b"a: !!str b", "tag", 1, 4, 'tags ("!!str") are not read; every value is text'),
    "tag that constructs": (b"- !!python/object/apply:os.system [ls]", "tag", 1, 3, '"!!python/object/apply:os.system"'),
    "tag of one's own": (b"a: !mine {b: c}", "tag", 1, 4, '"!mine"'),
    "tag that says nothing": (b"a: ! b", "tag", 1, 4, '"!"'),
    "tag with a control character": (b"a: !%1b b", "tag", 1, 4, '"!\\u{1b}"'),
    "duplicate key": (b"a: 1\nb: 2\n  \n'a': 3", "duplicate-key", 4, 1, 'the key "a" stands here twice; keep one'),
    "duplicate key in braces": (b"{a: {b: 1, c: 2, b: 3}}", "duplicate-key", 1, 18, '"b"'),
    "second document": (b"a: b\n---\nc: d", "second-document", 2, 1, "one document a file"),
    "list as a key": (b"{[a]: b, c: b, d: b}", "key-not-text", 1, 2, "a key is a word, not a list or a mapping"),
    "mapping as a key": (b"? {a: b, c: [d]}\n: e\na: b\n", "key-not-text", 1, 3, "a key is a word"),
    "not UTF-8": (b"a: b\n\xc3\xa9\xc3\xa9: \xff", "not-utf-8", 2, 5, "byte 0xff is not UTF-8; save the file as UTF-8"),
    "not UTF-8 behind a byte order mark": (b"\xef\xbb\xbfab\xff", "not-utf-8", 1, 3, "byte 0xff"),
    "UTF-16": ("a: b".encode("utf-16"), "not-utf-8", 1, 1, "byte 0xff"),
    "half of a character": (b"a: \xed\xa0\x80", "not-utf-8", 1, 4, "byte 0xed"),
    "NUL": (b"a: b\x00c", "yaml-syntax", 1, 5, 'the character "\\u{0}" cannot stand in a file; take it out'),
    "escape character": ("é: x\né: \x1b[31m".encode(), "yaml-syntax", 2, 4, '"\\u{1b}"'),
    "no character": ("a: \ufffe".encode(), "yaml-syntax", 1, 4, '"\\u{fffe}"'),
    "escaped half of a character": (b'a: "\\ud800"', "yaml-syntax", 1, 7, "invalid Unicode character escape code"),
    "tab": (b"a:\n\tb: c", "yaml-syntax", 2, 1, "indent with spaces, not with tabs"),
    "at sign": (b"a: b\nc: @d", "yaml-syntax", 2, 4, "quote a text that begins with @"),
    "colon in a text": (b"a: b: c", "yaml-syntax", 1, 5, 'quote a text that contains ": "'),
    "unclosed quotation mark": (b"a: 'b\n", "yaml-syntax", 2, 1, "a quotation mark is not closed"),
    "unclosed bracket": (
        b"a: [b, c\n",
        "yaml-syntax",
        2,
        1,
        "the bracket that opens at line 1, column 4 is not closed, or a comma is missing before this",
    ),
    "keys out of line": (
        b"a: b\n c: d",
        "yaml-syntax",
        2,
        3,
        "this line is indented further than line 1, which has a value already; line them up",
    ),
    "key in a list": (
        b"- a\nb: c",
        "yaml-syntax",
        2,
        1,
        "this stands in column 1, and line 1 begins in column 3; line it up with what it belongs to, an item of a list with",
    ),
    "version of tomorrow": (b"%YAML 2.0\n--- a", "yaml-syntax", 1, 1, "found incompatible YAML document"),
    "too deep": (b"[" * 33 + b"]" * 33, "too-deep", 1, 33, "nested deeper than 32 levels"),
    "too large": (b"a: b\n" + b"#" * MAX_BYTES, "too-large", 1, 1, "more than 1,048,576 bytes (1 MiB)"),
}

CLEAN_JSON = {
    "words": (b'{"a": ["yes", true, false, null]}', {"a": ["yes", "true", "false", None]}),
    "numbers as written": (b"[1, -0, 1.50, 1e5, 0.1e-7]", ["1", "-0", "1.50", "1e5", "0.1e-7"]),
    "a long number": (b"12345678901234567890123", "12345678901234567890123"),
    "escapes": (b'"\\u00e9\\ud83d\\ude00\\n"', "\u00e9\U0001f600\n"),
    "byte order mark": (b"\xef\xbb\xbf{}", {}),
    "as deep as is read": (b"[" * 32 + b"1" + b"]" * 32, None),
}

JSON_REFUSED: dict[str, tuple[bytes, str, int, int, str]] = {
    "empty": (b"", "json-syntax", 1, 1, "nothing stands in it"),
    "duplicate key": (
        b'{"a": 1, "b": {"c": 1, "c": 2}}',
        "duplicate-key",
        1,
        1,
        'the key "c" stands twice in one object; keep one',
    ),
    "duplicate key, one escaped": (b'{"a": 1, "\\u0061": 1}', "duplicate-key", 1, 1, '"a"'),
    "not a number": (b"[NaN]", "json-syntax", 1, 1, "NaN is not JSON"),
    "infinity": (b"[-Infinity]", "json-syntax", 1, 1, "-Infinity is not JSON"),
    "lone surrogate": (b'["\\ud800"]', "json-syntax", 1, 1, '"\\u{d800}" has half of a character'),
    "lone surrogate in a key": (b'{"\\udc00": 1}', "json-syntax", 1, 1, '"\\u{dc00}"'),
    "trailing text": (b"{}\n x", "json-syntax", 2, 2, "take out what follows"),
    "comment": (b"{} // why", "json-syntax", 1, 4, "take out what follows"),
    "single quotation marks": (b"{'a': 1}", "json-syntax", 1, 2, "a text stands in double quotation marks, not in single ones"),
    "control character": (b'["a\x00"]', "json-syntax", 1, 4, "a quotation mark is not closed on its line"),
    "cut off": (b'{"a": [1,', "json-syntax", 1, 10, "it ends too early; a bracket or a quotation mark is not closed"),
    "not UTF-8": (b'{"a": "\xff"}', "not-utf-8", 1, 8, "byte 0xff"),
    "too deep": (b"[" * 33 + b"]" * 33, "too-deep", 1, 1, "nested deeper than 32 levels"),
    "too deep in objects": (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep", 1, 1, "nested deeper than 32 levels"),
    "too large": (b" " * (MAX_BYTES + 1), "too-large", 1, 1, "more than 1,048,576 bytes"),
}


def check_refused(source: Source, refusal: tuple[bytes, str, int, int, str]) -> None:
    _, code, line, column, message = refusal
    (fault,) = source.faults
    assert (fault.code, fault.place.line, fault.place.column) == (code, line, column), str(fault)
    assert message in fault.message
    assert str(fault).startswith(f"a.file:{line}:{column}: {code}: ")
    assert str(fault).isprintable()


@pytest.mark.parametrize("name", CLEAN_YAML)
def test_every_yaml_scalar_is_text_as_written(name: str) -> None:
    data, tree = CLEAN_YAML[name]
    source = read_yaml(data, "a.yaml")
    assert (source.tree, source.faults) == (tree, [])


@pytest.mark.parametrize("name", YAML_REFUSED)
def test_yaml_is_refused_with_its_place_and_the_remedy(name: str) -> None:
    check_refused(read_yaml(YAML_REFUSED[name][0], "a.file"), YAML_REFUSED[name])


@pytest.mark.parametrize("name", CLEAN_JSON)
def test_every_json_value_is_text_as_written(name: str) -> None:
    data, tree = CLEAN_JSON[name]
    source = read_json(data, "a.json")
    assert source.faults == []
    assert source.tree == (json.loads(data, parse_int=str) if tree is None else tree)


@pytest.mark.parametrize("name", JSON_REFUSED)
def test_json_is_refused_with_its_place_and_the_cause(name: str) -> None:
    source = read_json(JSON_REFUSED[name][0], "a.file")
    check_refused(source, JSON_REFUSED[name])
    assert source.tree is None


def test_every_fault_of_a_yaml_file_is_told_at_once() -> None:
    data = b"a: &x 1\nb: *x\nc: !!int 2\na: 3\n[d]: 4\n---\ne: 5\n"
    codes = [(fault.code, fault.place.line) for fault in read_yaml(data, "a.yaml").faults]
    assert codes == [("anchor", 1), ("alias", 2), ("tag", 3), ("duplicate-key", 4), ("key-not-text", 5), ("second-document", 6)]


def test_what_comes_before_a_syntax_error_is_told_with_it() -> None:
    codes = [fault.code for fault in read_yaml(b"a: &x 1\na: 2\nb: [\n", "a.yaml").faults]
    assert codes == ["anchor", "duplicate-key", "yaml-syntax"]


def test_every_fault_of_a_json_file_is_told_at_once() -> None:
    faults = read_json(b'{"a": 1, "a": NaN, "b": {"c": 1, "c": Infinity}}', "a.json").faults
    assert [fault.code for fault in faults] == ["json-syntax", "json-syntax", "duplicate-key", "duplicate-key"]


@pytest.mark.parametrize("data", [b"a: &x b", b"a: !!str b", b"a: c\na: b"])
def test_the_tree_is_kept_where_a_fault_leaves_no_doubt_about_the_rest(data: bytes) -> None:
    assert read_yaml(data, "a.yaml").tree == {"a": "b"}


@pytest.mark.parametrize("name", ["alias", "list as a key", "second document", "colon in a text", "too deep", "too large"])
def test_there_is_no_tree_where_a_fault_leaves_the_rest_in_doubt(name: str) -> None:
    assert read_yaml(YAML_REFUSED[name][0], "a.yaml").tree is None


def test_billions_of_laughs_end_at_the_first_anchor_and_alias() -> None:
    lines = [b"a0: &a0 [ha, ha]"] + [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 60)]
    source = read_yaml(b"\n".join(lines), "a.yaml")
    assert source.tree is None
    assert {fault.code for fault in source.faults} == {"anchor", "alias"}
    assert len(source.faults) == 60 + 59 * 9


def test_a_file_of_just_under_one_mebibyte_is_read() -> None:
    data = b"a: " + b"b" * (MAX_BYTES - 3)
    tree = read_yaml(data, "a.yaml").tree
    assert isinstance(tree, dict)
    assert len(str(tree["a"])) == MAX_BYTES - 3


@pytest.mark.parametrize("digits", [5_000, 10_000])
def test_a_number_too_long_for_an_integer_stays_text(digits: int) -> None:
    assert read_json(b"9" * digits, "a.json").tree == "9" * digits
    assert read_yaml(b"9" * digits, "a.yaml").tree == "9" * digits


DEEP = {
    "brackets in YAML": ("read_yaml", "b'[' * 100_000"),
    "braces in YAML": ("read_yaml", "b'{a: ' * 100_000"),
    "hyphens in YAML": ("read_yaml", "b'- ' * 100_000 + b'a'"),
    "explicit keys in YAML": ("read_yaml", "b'? ' * 100_000 + b'a'"),
    "brackets in JSON": ("read_json", "b'[' * 100_000"),
    "closed brackets in JSON": ("read_json", "b'[' * 100_000 + b']' * 100_000"),
    "braces in JSON": ("read_json", "b'{\"a\":' * 100_000"),
}


def test_nesting_100_000_deep_is_a_fault_and_not_the_end_of_the_interpreter() -> None:
    reads = "\n".join(f"print([f.code for f in {reader}({data}, 'a').faults][-1])" for reader, data in DEEP.values())
    code = f"from triage.syntax import read_json, read_yaml\n{reads}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.split() == ["too-deep"] * len(DEEP)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (2, 1)),
        (("block",), (2, 1)),
        (("block", "in"), (3, 3)),
        (("block", "list", 0), (5, 7)),
        (("block", "list", 1, "k"), (6, 7)),
        (("flow",), (7, 1)),
        (("flow", "é"), (7, 8)),
        (("flow", "é", 1), (7, 16)),
        (("flow", "é", 1, "x"), (7, 17)),
        (("flow", "folded"), (8, 8)),
        (("folded",), (9, 1)),
    ],
)
def test_every_node_has_its_place(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    text = """\
# a comment
block:
  in: word
  list:
    - word
    - k: v
flow: {é: [aé, {x: y}],
       folded: 'z'}
folded: >
  a
  b
"""
    source = read_yaml(text.encode(), "a.yaml")
    assert source.faults == []
    assert source.places[path] == place


def test_what_has_no_place_of_its_own_takes_that_of_the_nearest_node_above_it() -> None:
    source = read_yaml(b"a:\n  b: [c]\n", "a.yaml")
    assert str(source.place(("a", "b", 7, "x"))) == "a.yaml:2:3"
    assert str(source.place(("a", "zzz"))) == "a.yaml:1:1"
    assert str(Source("empty.yaml").place(("a",))) == "empty.yaml:1:1"


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
trees: st.SearchStrategy[Any] = st.recursive(
    words, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=20
)


def depth(tree: Tree) -> int:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + max(map(depth, inner), default=0)


@given(trees.filter(lambda tree: depth(tree) <= MAX_DEPTH))
def test_a_tree_of_text_is_read_back_as_it_was_written(tree: Tree) -> None:
    as_yaml = read_yaml(yaml.safe_dump(tree, default_style='"', sort_keys=False).encode(), "a.yaml")
    assert (as_yaml.tree, as_yaml.faults) == (tree, [])
    as_json = read_json(json.dumps(tree).encode(), "a.json")
    assert (as_json.tree, as_json.faults) == (tree, [])


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_tree_or_in_faults(data: bytes) -> None:
    for source in (read_yaml(data, "a"), read_json(data, "a")):
        assert source.tree is None or isinstance(source.tree, str | list | dict)
        assert all(str(fault).isprintable() and fault.message for fault in source.faults)


@given(st.text(alphabet="ab:,-?[]{}&*!|>'\"%@`# \t\n\\\u00e9\u0085\ufeff", max_size=40))
def test_any_text_that_looks_like_yaml_ends_in_a_tree_or_in_faults(text: str) -> None:
    source = read_yaml(text.encode(), "a.yaml")
    assert all(fault.place.line >= 1 and fault.place.column >= 1 and str(fault).isprintable() for fault in source.faults)
