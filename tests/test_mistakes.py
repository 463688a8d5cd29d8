"""What people type by mistake is told in their words: each text below is one slip, and the message names it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from triage.errors import RequestError
from triage.files import read_bounded
from triage.syntax import read_json, read_yaml

SLIPS_OF_YAML = {
    "a space left out": ("answers:\n  fracture:yes\n  painful: yes\n", "a space is missing after the colon of line 2"),
    "a space left out in a list": ("- fracture:yes\n  painful: yes\n", "a space is missing after the colon of line 1"),
    "a colon in a text": ("text: Is it stable: yes or no\n", 'quote a text that contains ": "'),
    "one line indented too far": ("a: yes\n  b: yes\n", "this line is indented further than line 1, which has a value already"),
    "one line indented too little": ("answers:\n  a: yes\n b: yes\n", "this stands in column 2, and line 2 begins in column 3"),
    "a hyphen out of line": ("rules:\n  - a: 1\n - b: 2\n", "stands in column 2, and line 2 begins in column 5"),
    "a tab before a key": ("answers:\n\ta: yes\n", "indent with spaces, not with tabs"),
    "a tab after spaces": ("a:\n  b: c\n\trules:\n", "indent with spaces, not with tabs"),
    "an apostrophe inside apostrophes": ("title: 'The patient's view'\nb: c\n", "write an apostrophe inside it twice"),
    "a bracket left open": ("because: [S02, S44\nthen: yes\n", "the bracket that opens at line 1, column 10 is not closed"),
    "a brace left open": ("when: {a: yes\nthen: yes\n", "the bracket that opens at line 1, column 7 is not closed"),
    "a quotation mark left open": ('a:\n  b: "yes\n', "a quotation mark is not closed; it opens at line 2, column 6"),
    "a key without a colon": ("a: b\nfracture yes\nc: d\n", "the entry at line 2, column 1 has no colon"),
}  # fmt: skip

SLIPS_OF_JSON = {
    "nothing": (" \n", "nothing stands in it"),
    "a comma too many": ('{"a": 1,}', "a comma stands before the closing }; take it out"),
    "a comma too many in a list": ("[1, ]", "a comma stands before the closing ]; take it out"),
    "a comma too few": ('{"a": "yes" "b": "no"}', "a comma is missing before this, or a bracket is not closed"),
    "single quotation marks": ("{'a': 1}", "double quotation marks, not in single ones"),
    "a single quotation mark for a value": ("{\"a\": 'yes'}", "double quotation marks, not in single ones"),
    "no quotation marks": ('{"a": yes}', "a text that does not stand in double quotation marks"),
    "a key without quotation marks": ("{a: 1}", "a key is missing, or does not stand in double quotation marks"),
    "no colon": ('{"a" 1}', "a colon is missing between key and value"),
    "cut off": ('{"a": {"b": 1}', "it ends too early"),
    "a quotation mark left open": ('{"a": "yes}', "the quotation mark that opens here is not closed"),
    "two values": ("{} {}", "the value ends before this; take out what follows"),
}
BINARY = {
    b"%PDF-1.7\xff": "this is a PDF, not a text",
    b"PK\x03\x04\xff": "a file of an office program",
    b"\x89PNG\r\n\x1a\n": "this is a picture",
    b"\xff\xd8\xff\xe0": "this is a picture",
    b"\xff": "save the file as UTF-8",
}


@pytest.mark.parametrize("slip", SLIPS_OF_YAML)
def test_a_slip_in_yaml_is_named_with_its_remedy(slip: str) -> None:
    text, told = SLIPS_OF_YAML[slip]
    (fault,) = read_yaml(text.encode(), "a.yaml").faults
    assert told in fault.message


@pytest.mark.parametrize("slip", SLIPS_OF_JSON)
def test_a_slip_in_json_is_named_with_its_remedy(slip: str) -> None:
    text, told = SLIPS_OF_JSON[slip]
    (fault,) = read_json(text.encode(), "a.json").faults
    assert told in fault.message


@pytest.mark.parametrize("data", BINARY)
def test_a_file_that_is_no_text_is_told_by_its_kind(data: bytes) -> None:
    (fault,) = read_yaml(data, "a.yaml").faults
    assert BINARY[data] in fault.message


def test_any_text_of_the_marks_that_yaml_and_json_know_is_read_or_explained() -> None:
    draw = random.Random(7)
    for _ in range(3000):
        text = "".join(
            draw.choices(
                ["a", ":", " ", "\n", "'", '"', "[", "]", "{", "}", ",", "- ", "\t", "#", "|", "\\"], k=draw.randint(1, 14)
            )
        )
        for source in (read_yaml(text.encode(), "a"), read_json(text.encode(), "a")):
            assert all(fault.message for fault in source.faults)


def test_a_file_that_is_not_there_is_told_with_the_one_that_is_near(tmp_path: Path) -> None:
    (tmp_path / "intake.yaml").touch()
    for name, told in (
        ("intak.yaml", 'No such file or directory. Did you mean "intake.yaml"?'),
        ("elsewhere.txt", "No such file or directory"),
        ("nowhere/intake.yaml", 'No such file or directory; there is no folder "'),
        (".", "Is a directory; name a file in it"),
    ):
        with pytest.raises(RequestError) as refusal:
            read_bounded(str(tmp_path / name), 100)
        assert told in str(refusal.value)
