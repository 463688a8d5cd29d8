"""Tables for `batch`: CSV in its encodings and structures, JSON Lines, Parquet."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from hostile.case import Case, Expected, Left, Row, Table, batch_case, refused
from hostile.intakes import ENCODINGS, TWICE
from hostile.spellings import LIKE, NUMBER, PLAIN, SIGN, WORDS

CSV, LINES, PARQUET, SIZE = "CSV structure", "JSON Lines", "Parquet", "size"
Q, P, W, N = (question.question for question in (SIGN, PLAIN, WORDS, NUMBER))
HEAD = f"{Q},{P},ward\n"
ROWS = (Row({Q: "no", P: "yes"}, {"ward": "w1"}), Row({Q: "yes", P: "no"}, {"ward": "w2"}))
BODY = "no,yes,w1\nyes,no,w2\n"
BOTH = Table(ROWS)


def list_cases() -> Iterator[Case]:
    yield from _list_encodings()
    for name, (text, expected) in _csv().items():
        yield batch_case(CSV, name, text, expected)
    yield from _list_headers()
    for name, (line, expected) in _lines().items():
        text = f"{json.dumps({Q: 'no', P: 'yes', 'ward': 'w1'})}\n{line}\n{json.dumps({Q: 'yes', P: 'no', 'ward': 'w2'})}\n"
        yield batch_case(LINES, name, text, expected, "in.jsonl")
    for name, (data, expected) in _whole_lines().items():
        yield batch_case(LINES, name, data, expected, "in.jsonl")
    yield from _list_parquet()
    yield from _list_sizes()


def _list_encodings() -> Iterator[Case]:
    text = HEAD + BODY.replace("w1", "Caf\u00e9")
    there = Table((Row(ROWS[0].answers, {"ward": "Caf\u00e9"}), ROWS[1]))
    cases: dict[str, tuple[bytes, Expected]] = {
        "UTF-8": (text.encode(), there), "UTF-8 with a mark": (text.encode("utf-8-sig"), there), "UTF-16 with a mark": (text.encode("utf-16"), there),
        "UTF-16, big end first, with a mark": (codecs.BOM_UTF16_BE + text.encode("utf-16-be"), there), "Windows": (text.encode("cp1252"), there),
        "UTF-16 without a mark": (text.encode("utf-16-le"), refused("in.csv", "column")), "UTF-16, big end first, without a mark": (text.encode("utf-16-be"), refused("in.csv", "column")),
        "UTF-32 with a mark": (text.encode("utf-32"), there), "UTF-8 with two marks": (codecs.BOM_UTF8 * 2 + text.encode(), refused("in.csv", "column")),
        "half of UTF-16": (text.encode("utf-16")[:-1], refused("in.csv", "utf-16")), "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", refused("in.csv")),
        "zeroes": (b"\0" * 1000, refused("in.csv")), "a workbook": (b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" + bytes(range(256)), refused("in.csv")),
        "a Parquet file": (b"PAR1" + b"\x15\x04" * 40 + b"PAR1", refused("in.csv")), "Windows in the middle of UTF-8": (HEAD.encode() + b"no,yes,\xc3\xa9\nyes,no,\xe9\n", Table((
            Row(ROWS[0].answers, {"ward": "\u00c3\u00a9"}), Row(ROWS[1].answers, {"ward": "\u00e9"})))),
    }  # fmt: skip
    for name, (data, expected) in cases.items():
        yield batch_case(ENCODINGS, f"csv, {name}", data, expected)
    for given in ("utf-8", "cp1252", "windows-1252", "latin-1", "utf-8-sig", "ascii", "cp037", "utf-7", "unicode_escape"):
        data = (HEAD + BODY).encode(given)
        yield batch_case(ENCODINGS, f"csv, told to be {given}", data, BOTH, "in.csv", "--encoding", given)
    for given in ("nonsense", "", "base64", "rot13", "hex", "zlib", "bz2", "undefined", "idna", "punycode",
                  "../utf-8", "utf-16-le", "x" * 500, "oem", "uu", "quopri"):  # fmt: skip
        yield batch_case(
            ENCODINGS, f"csv, wrongly told to be {given[:20]}", HEAD + BODY, refused(""), "in.csv", "--encoding", given
        )


def _bad(*left: tuple[int, str], rows: tuple[Row, ...] = ROWS) -> Table:
    return Table(rows, tuple(Left(*each) for each in left))


def _csv() -> dict[str, tuple[str, Expected]]:
    def between(line: str) -> str:
        return f"{HEAD}no,yes,w1\n{line}\nyes,no,w2\n"

    def carried(cell: str | None) -> Table:
        return Table((ROWS[0], Row({Q: "no"}, {"ward": cell}), ROWS[1]))

    shapes: dict[str, tuple[str, Expected]] = {
        "plain": (HEAD + BODY, BOTH), "CRLF": ((HEAD + BODY).replace("\n", "\r\n"), BOTH), "no line end at the end": ((HEAD + BODY)[:-1], BOTH),
        "CR": ((HEAD + BODY).replace("\n", "\r"), BOTH), "all quoted": ("".join(f'"{line}"\n'.replace(",", '","') for line in (HEAD + BODY).splitlines()), BOTH),
        "semicolons": ((HEAD + BODY).replace(",", ";"), BOTH), "tabs": ((HEAD + BODY).replace(",", "\t"), BOTH), "pipes": ((HEAD + BODY).replace(",", "|"), BOTH),
        "empty lines": (HEAD + "\n" + BODY.replace("\n", "\n\n"), BOTH), "a header alone": (HEAD, Table(())), "a header without a line end": (HEAD[:-1], Table(())),
        "empty": ("", refused("in.csv", "is empty")), "empty lines only": ("\n\n\n", refused("in.csv", "is empty")), "a space": (" ", refused("in.csv", "column 1")),
        "a cell too many": (between("no,,,"), _bad((3, ""))), "ten cells too many": (between("no" + "," * 12), _bad((3, ""))), "a cell too few": (between("no,"), _bad((3, ""))),
        "one cell": (between("no"), _bad((3, ""))), "other delimiters": (between("no;yes;w"), _bad((3, ""))), "the header again": (between(HEAD[:-1]), _bad((3, Q), (3, P))),
        "a total": (between("Total,2,"), _bad((3, Q), (3, P))), "a comment": (between("# said by phone"), _bad((3, ""))),
        "a comment in front": ("# an export\n" + HEAD + BODY, refused("in.csv", "column")), "a separator in front": ("sep=,\n" + HEAD + BODY, refused("in.csv", "first line")),
        "a quotation mark in a cell": (between('n"o,,w'), _bad((3, Q))), "a quotation mark behind": (between('no",,w'), _bad((3, Q))), "text after a closing one": (between('"no"x,,w'), refused("in.csv: line 3", "quotation mark")),
        "an answer after a closing one": (between('""no,,w'), refused("in.csv: line 3", "quotation mark")), "space after a closing one": (between('"no" ,,w'), refused("in.csv: line 3")), "text after a closing one, carried": (between('no,,"a"b'), refused("in.csv: line 3", "quotation mark")),
        "space before a quotation mark": (between(' "no",,w'), _bad((3, Q))), "doubled": (between('no,,"say ""no"""'), carried('say "no"')), "quoted and empty": (between('"","",""'), Table((ROWS[0], Row({}, {"ward": None}), ROWS[1]))),
        "a delimiter in a cell": (between('no,,"a,b"'), carried("a,b")), "a line break in a cell": (between('no,,"a\nb"'), carried("a\nb")), "CRLF in a cell": (between('no,,"a\r\nb"'), carried("a\r\nb")),
        "a line break in an answer": (between('"no\n",,w'), carried("w")), "two lines in an answer": (between('"no\nyes",,w'), _bad((3, Q))),
        "never closed": (HEAD + 'no,yes,"w1\nyes,no,w2\n', refused("in.csv: line 2", "quotation mark is not closed")), "never closed in an answer": (HEAD + 'no,yes,w1\n"yes,no,w2\n', refused("in.csv: line 3")),
        "never closed in the header": (HEAD.replace("ward", '"ward') + BODY, refused("in.csv: line 1", "quotation mark is not closed")), "apostrophes": (between("'no',,w"), _bad((3, Q))), "a backslash before a quotation mark": (between('no,,"a\\"'), carried("a\\")),
        "a formula for an answer": (between("=no,,w"), _bad((3, Q))), "an error for an answer": (between("#N/A,,w"), _bad((3, Q))), "a formula carried": (between("no,,=1+1"), carried("=1+1")),
        "a null carried": (between("no,,a\0b"), carried("a\0b")), "an escape carried": (between("no,,\x1b[31m"), carried("\x1b[31m")), "turned round, carried": (between("no,,\u202ea"), carried("\u202ea")),
        "a separator of lines carried": (between("no,,a\u2028b"), carried("a\u2028b")), "a next line carried": (between("no,,a\x85b"), carried("a\x85b")), "a form feed carried": (between("no,,a\fb"), carried("a\fb")),
        "a separator of records carried": (between("no,,a\x1eb"), carried("a\x1eb")), "an end of file carried": (between("no,,a\x1ab"), carried("a\x1ab")), "a mark of order carried": (between("no,,\ufeffa"), carried("\ufeffa")),
        "NULL carried": (between("no,,NULL"), carried("NULL")), "nan carried": (between("no,,nan"), carried("nan")), "a number carried": (between("no,,007"), carried("007")), "a date carried": (between("no,,1.2.50"), carried("1.2.50")),
        "space carried": (between("no,, a "), carried(" a ")), "space only carried": (between("no,,   "), carried("   ")), "a row of spaces": (between(" , , "), Table((ROWS[0], Row({}, {"ward": " "}), ROWS[1]))),
        "a row of commas": (between(",,"), Table((ROWS[0], Row({}, {"ward": None}), ROWS[1]))), "one column": (f"{Q}\nno\n\nyes\n", Table((Row({Q: "no"}), Row({}), Row({Q: "yes"})))),
        "one column, without the last line end": (f"{Q}\nno\nyes", Table((Row({Q: "no"}), Row({Q: "yes"})))), "CR and LF mixed": (HEAD + "no,yes,w1\ryes,no,w2\r\n", BOTH),
        "a quotation mark alone": ('"', refused("in.csv")), "two quotation marks": ('""', refused("in.csv")), "commas only": (",,,\n", refused("in.csv")),
    }  # fmt: skip
    return shapes


def _list_headers() -> Iterator[Case]:
    """What a header may be, each with a sound one beside it."""

    def head(*names: str) -> str:
        doubled = [name.replace('"', '""') for name in names]
        cells = ",".join(f'"{name}"' if set(name) & set(',"\n\r') else name for name in doubled)
        return f"{cells}\n" + ",".join("no" for _ in names) + "\n"

    same = {
        "a column": (Q, Q), "a column with a space": (Q, f"{Q} "), "a column with a space in front": (f" {Q}", P), "a column of another case": (Q, Q.upper()),
        "a column in quotation marks": (Q, f'"{Q}"'), "a column with a hyphen": (Q, Q.replace("_", "-") + "s"), "a column that is carried": (Q, "x", "x"), "a column without a name": (Q, ""),
        "two columns without names": (Q, "", ""), "a column of spaces": (Q, "  "), "an invisible sign": (Q, f"{P}\u200b"), "full width": (Q, "".join(chr(ord(sign) + 0xFEE0) for sign in P)),
        "another script": (Q, P.translate(LIKE)), "another script, a short one": (Q, W.translate(LIKE)), "an accent": (Q, f"{P}\u0301"), "a soft hyphen": (Q, f"{P[:3]}\u00ad{P[3:]}"), "turned round": (Q, f"\u202e{P[::-1]}"),
        "its label": (Q, PLAIN.label), "a letter too few": (Q, P[:-1]), "a letter too many": (Q, P + "e"), "bold": (Q, "".join(chr(0x1D41A + ord(sign) - 97) for sign in P)), "a result": (Q, "outcome"),
        "a line break": (Q, f"{P}\n"), "an escape": (Q, f"\x1b[0m{P}"), "a reference of another case": (Q, "Reference"), "a site of another script": (Q, "s\u0456te"),
    }  # fmt: skip
    for name, names in same.items():
        yield batch_case(TWICE, f"csv, {name}", head(*names), refused("in.csv", "column"))
    for name in (
        "patient name",
        "Date of Birth",
        "MRN",
        "phone",
        "e-mail",
        "SSN",
        "surname",
        "NHS number",
        "\uff2e\uff21\uff2d\uff25",
        "n\u0430me",
        "na\u200bme",
        "N\u00e4me",
        "NUM\u0415RO",
        "ward\x1b[31m",
        "w\u200bard",
    ):
        expected: Expected = refused("in.csv", "column") if name != "NUM\u0415RO" else Table((Row({Q: "no"}, {name: "no"}),))
        yield batch_case(CSV, f"a column that identifies, {name}", head(Q, name), expected)
    for name in ("=cmd|' /C calc'!A0", "<script>", "Größe", "病棟", "a" * 1000, "ward, bed"):
        yield batch_case(CSV, f"a column that is called {name[:20]}", head(Q, name), Table((Row({Q: "no"}, {name: "no"}),)))
    yield batch_case(CSV, "no question", head("x", "y"), refused("in.csv", "no column is a question"))


def _lines() -> dict[str, tuple[str, Expected]]:
    """A line in the middle of two sound ones."""

    def cell(value: str) -> str:
        return f'{{"{Q}": {value}}}'

    def taken(value: str | None) -> Table:
        return Table((ROWS[0], Row({Q: value} if value else {}), ROWS[1]))

    odd = _bad((2, ""))
    cases: dict[str, tuple[str, Expected]] = {
        name: (line, odd)
        for name, line in {
            "cut off": '{"a": ', "a list": "[]", "a text": '"yes"', "a number": "1", "null": "null", "a truth": "true", "NaN": cell("NaN"), "infinity": cell("-Infinity"),
            "a key twice": f'{{"{Q}": "yes", "{Q}": "no"}}', "a key twice, once escaped": f'{{"{Q}": "yes", "\\u{ord(Q[0]):04x}{Q[1:]}": "no"}}', "a key twice, carried": '{"x": 1, "x": 1}', "a key twice inside": '{"x": {"a": 1, "a": 2}}',
            "two objects": '{} {}', "a comma behind": "{},", "a lone surrogate": cell('"\\ud800"'), "a lone surrogate as a key": '{"\\udfff": 1}', "a lone surrogate, carried": '{"x": ["\\ud800"]}', "YAML": f"{Q}: yes", "CSV": "no,yes,w",
            "nested too deeply": '{"x": ' + "[" * 20_000 + "]" * 20_000 + "}", "a comment": "// nothing", "Python": "{'a': None}", "a control character": '{"x": "a\x07"}', "a zero in front": cell("01"), "a mark of order": "\ufeff{}",
            "an exponent of nothing": '{"x": 1e}', "a null outside": "{}\0",
        }.items()
    }  # fmt: skip
    for name, value in {"a float": "1.0", "an exponent": "1e0", "huge": "1e400", "a minus": "-1", "a list": '["yes"]', "a mapping": '{"a": 1}', "an empty list": "[]", "an empty mapping": "{}", "a null": '"yes\\u0000"',
                        "an escape": '"\\u001b[31myes"', "another script": '"n\\u043e"', "a word": '"perhaps"', "digits of another script": '"\\u0661"', "a tiny one": "1e-400", "many digits": "1" * 4000}.items():  # fmt: skip
        cases[f"{name} for an answer"] = (cell(value), _bad((2, Q)))
    for value, read in {
        "1": "yes",
        "0": "no",
        "true": "yes",
        "false": "no",
        '"Y"': "yes",
        "null": None,
        '""': None,
        '" no "': "no",
        '"\\u006eo"': "no",
    }.items():
        cases[f"{value} for an answer"] = (cell(value), taken(read))
    cases |= {
        "empty": ("", BOTH), "spaces": ("  \t ", BOTH), "an empty object": ("{}", taken(None)), "a true number": (f'{{"{N}": true}}', _bad((2, N))), "a number too large": (f'{{"{N}": {len(NUMBER.values) + 1}}}', _bad((2, N))),
        "a prototype": ('{"__proto__": {"a": 1}}', taken(None)), "a separator of lines": ('{"ward": "a\u2028b"}', Table((ROWS[0], Row({}, {"ward": "a\u2028b"}), ROWS[1]))),
        "a key with a space": (f'{{"{Q} ": "yes"}}', refused("in.jsonl", f'"{Q} "')), "a key of another case": (f'{{"{Q.upper()}": "yes"}}', refused("in.jsonl", Q)), "an empty key": ('{"": 1}', refused("in.jsonl", "column")),
        "a key of another script": (f'{{"{P.translate(LIKE)}": "yes"}}', refused("in.jsonl", "column")), "a name": ('{"surname": "Doe"}', refused("in.jsonl", "surname")), "a result": ('{"outcome": "x"}', refused("in.jsonl", "outcome")),
        "a reference that is none": ('{"reference": "J. Doe"}', _bad((2, "reference"))), "a minus": (cell("-0"), _bad((2, Q))), "a reference that is a number": ('{"reference": 2}', taken(None)), "a reference that is a list": ('{"reference": ["a"]}', _bad((2, "reference"))),
    }  # fmt: skip
    return cases


def _whole_lines() -> dict[str, tuple[bytes, Expected]]:
    one = json.dumps({Q: "no"}).encode()
    read = Table((Row({Q: "no"}),))
    return {
        "nothing": (b"", refused("in.jsonl", "no column")), "empty lines": (b"\n\n", refused("in.jsonl", "no column")), "a mark": (codecs.BOM_UTF8 + one, read), "CRLF": (one + b"\r\n", read),
        "CR": (one + b"\r" + one, refused("in.jsonl")), "UTF-16": (one.decode().encode("utf-16"), refused("in.jsonl: line 1", "UTF-8")), "UTF-16 without a mark": (one.decode().encode("utf-16-le"), refused("in.jsonl")),
        "Latin 1": (one + b'\n{"ward": "\xe9"}', refused("in.jsonl: line 2", "UTF-8")), "overlong": (b'{"ward": "\xc0\xaf"}', refused("in.jsonl: line 1", "UTF-8")), "half a pair": (b'{"ward": "\xed\xa0\x80"}', refused("in.jsonl: line 1", "UTF-8")),
        "zeroes": (b"\0" * 1000, refused("in.jsonl")), "one list of all": (b"[" + one + b"]", refused("in.jsonl")), "one object over lines": (b"{\n" + one[1:-1] + b"\n}", refused("in.jsonl")), "a JSON intake": (json.dumps({"answers": {Q: "no"}}).encode(), refused("in.jsonl")),
    }  # fmt: skip


def write_parquet(columns: Mapping[str, Any]) -> bytes:
    sink = io.BytesIO()
    arrays = list(columns.values())
    parquet.write_table(pa.Table.from_arrays(arrays, names=list(columns)), sink)
    return sink.getvalue()


def _list_parquet() -> Iterator[Case]:
    read = Table((Row({Q: "yes"}), Row({Q: "no"}), Row({})))
    kinds: dict[str, tuple[Any, Expected]] = {
        "text": (pa.array(["yes", "no", None]), read), "long text": (pa.array(["yes", "no", None], pa.large_string()), read), "truths": (pa.array([True, False, None]), read),
        "a dictionary": (pa.array(["yes", "no", None]).dictionary_encode(), read), "a dictionary of numbers": (pa.array([1, 0, None]).dictionary_encode(), read), "nothing": (pa.nulls(3), Table((Row({}),) * 3)),
        "a dictionary with a word that no row has": (pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), ["yes", "no", "perhaps"]), read),
    }  # fmt: skip
    for width in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        kinds[width] = (pa.array([1, 0, None], getattr(pa, width)()), read)
    for name, array in {
        "floats": pa.array([1.0, 0.0, None]), "short floats": pa.array([1.0, 0.0, None], pa.float32()), "decimals": pa.array([Decimal(1), Decimal(0), None]), "dates": pa.array([date(2026, 1, 1)] * 3),
        "times": pa.array([1, 0, None], pa.timestamp("us")), "bytes": pa.array([b"yes", b"no", None]), "fixed bytes": pa.array([b"yes", b"no ", None], pa.binary(3)), "lists": pa.array([["yes"], ["no"], None]),
        "structures": pa.array([{"a": "yes"}, {"a": "no"}, None]), "maps": pa.array([[("a", "yes")], [], None], pa.map_(pa.string(), pa.string())), "durations": pa.array([1, 0, None], pa.duration("s")), "time of day": pa.array([1, 0, None], pa.time32("s")),
        "not numbers": pa.array([float("nan"), float("inf"), None]), "a dictionary of bytes": pa.array([b"yes", b"no", None]).dictionary_encode(),
    }.items():  # fmt: skip
        kinds[name] = (array, refused(Q, "write it as text"))
    for name, (array, expected) in kinds.items():
        yield batch_case(PARQUET, name, write_parquet({Q: array}), expected, "in.parquet")
    bad: dict[str, tuple[str, Any, tuple[int, ...]]] = {
        "a number too large": (Q, pa.array([1, 2, 0]), (2,)), "a negative one": (Q, pa.array([-1, 1, 0]), (1,)), "the largest": (Q, pa.array([2**64 - 1, 1, 0], pa.uint64()), (1,)), "the least": (Q, pa.array([-(2**63), 1, 0]), (1,)),
        "truths for numbers": (N, pa.array([True, None, False]), (1, 3)), "numbers out of range": (N, pa.array([0, 1, len(NUMBER.values) + 1]), (1, 3)), "an invisible sign": (Q, pa.array(["y\u200bes", "no", None]), (1,)),
        "another script": (Q, pa.array(["n\u043e", "no", "\u0443es"]), (1, 3)), "a null": (Q, pa.array(["no\0", "no", None]), (1,)), "an escape": (Q, pa.array(["no", "\x1b[2J", None]), (2,)), "words in a dictionary": (Q, pa.array(["no", "nope", None]).dictionary_encode(), (2,)),
        "numbers for words": (W, pa.array([1, None, 0]), (1, 3)), "a reference with a space": ("reference", pa.array(["a", "a ", None]), (2,)), "a reference of a person": ("reference", pa.array(["Doe, J.", "a", None]), (1,)),
        "a negative reference": ("reference", pa.array([-1, 1, None]), ()),
    }  # fmt: skip
    values: dict[str, dict[Any, str]] = {N: {1: "1"}, Q: {1: "yes", 0: "no", "no": "no"}, W: {}, "reference": {}}
    for name, (column, array, rows) in bad.items():
        columns = {column: array} if column != "reference" else {Q: pa.array(["no"] * 3), column: array}
        fine = [cell for row, cell in enumerate(array.to_pylist(), 1) if row not in rows]
        answers = [
            ({Q: "no"} if column == "reference" else {} if cell is None else {column: values[column][cell]}) for cell in fine
        ]
        expected = Table(tuple(map(Row, answers)), tuple(Left(row, column) for row in rows))
        yield batch_case(PARQUET, name, write_parquet(columns), expected, "in.parquet")
    whole = write_parquet({Q: pa.array(["yes", "no", None])})
    names: dict[str, tuple[bytes, Expected]] = {
        "a column twice": (_write_twice(), refused("in.parquet", "2 times")), "a column with a space": (write_parquet({f"{Q} ": pa.array(["no"])}), refused("in.parquet", Q)), "a column of another case": (write_parquet({Q: pa.array(["no"]), Q.upper(): pa.array(["no"])}), refused("in.parquet", Q)),
        "no columns": (write_parquet({}), refused("in.parquet")), "no question": (write_parquet({"x": pa.array([1])}), refused("in.parquet", "no column is a question")), "no rows": (write_parquet({Q: pa.array([], pa.string())}), Table(())),
        "a reference of floats": (write_parquet({Q: pa.array(["no"]), "reference": pa.array([1.0])}), refused("reference")), "a name": (write_parquet({Q: pa.array(["no"]), "surname": pa.array(["Doe"])}), refused("in.parquet", "surname")),
        "a nested question": (write_parquet({"a": pa.array([{Q: "no"}])}), refused("in.parquet", "no column is a question")), "empty": (b"", refused("in.parquet")), "cut off": (whole[:-20], refused("in.parquet")), "cut off in front": (whole[20:], refused("in.parquet")),
        "the marks alone": (b"PAR1PAR1", refused("in.parquet")), "a length that lies": (whole[:-8] + b"\xff\xff\xff\x7fPAR1", refused("in.parquet")), "a length of nothing": (whole[:-8] + b"\0\0\0\0PAR1", refused("in.parquet")), "CSV": ((HEAD + BODY).encode(), refused("in.parquet")),
        "zeroes": (b"\0" * 1000, refused("in.parquet")), "a spoilt page": (whole[:10] + b"\xff" * 12 + whole[22:], refused("in.parquet")), "encrypted": (b"PARE" + whole[4:-4] + b"PARE", refused("in.parquet")),
    }  # fmt: skip
    for name, (data, expected) in names.items():
        yield batch_case(PARQUET, name, data, expected, "in.parquet")


def _write_twice() -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays([pa.array(["yes"]), pa.array(["no"])], names=[Q, Q]), sink)
    return sink.getvalue()


def _list_sizes() -> Iterator[Case]:
    long = "x" * (5 << 20)
    yield batch_case(SIZE, "a cell of 5 MB", f"{HEAD}no,yes,{long}\n", Table((Row({Q: "no", P: "yes"}, {"ward": long}),)))
    yield batch_case(
        SIZE, "a row of 17 MB", f"{HEAD}no,yes,{'x' * (33 << 20)}\n{BODY}", refused("in.csv", "row of more than 16 MB")
    )
    yield batch_case(
        SIZE,
        "a line of 17 MB",
        f'{{"{Q}": "no", "ward": "{"x" * (17 << 20)}"}}',
        refused("in.jsonl: line 1", "16 MB"),
        "in.jsonl",
    )
    yield batch_case(SIZE, "a header of 2 MB", f"{Q},{'x' * (2 << 20)}\nno,w\n", refused("in.csv"))
    columns = ",".join(f"x{number}" for number in range(1000))
    yield batch_case(SIZE, "1,000 columns", f"{Q},{columns}\nno{',' * 1000}\n", Table((Row({Q: "no"}),)))
    many = ",".join(f"{Q}{number % 10}" for number in range(5000))
    yield batch_case(SIZE, "5,000 columns that are close to a question", f"{many}\n", refused("in.csv", Q))
    wrong = "".join(f"perhaps{number},yes,w\n" for number in range(3000))
    yield batch_case(
        SIZE, "3,000 cells that are no answers", HEAD + wrong, Table((), tuple(Left(number + 2, Q) for number in range(3000)))
    )
    answer = "x" * 100_000
    yield batch_case(SIZE, "an answer of 100,000 letters", f"{HEAD}{answer},yes,w\n", Table((), (Left(2, Q),)))
    yield batch_case(SIZE, "an integer of 5,000 digits", f'{{"{Q}": {"1" * 5000}}}', Table((), (Left(1, Q),)), "in.jsonl")
    yield batch_case(
        SIZE, "a float beyond all floats", f'{{"{Q}": 1e99999999999999999999}}', Table((), (Left(1, Q),)), "in.jsonl"
    )
