"""Intakes in files: encodings, JSON, YAML, types, keys that stand twice, labels."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator

from hostile.case import Accepted, Case, Expected, assess_case, refused
from hostile.spellings import LIKE, NUMBER, PLAIN, SIGN, WORDS
from triage.parts import Question

ENCODINGS, JSON, YAML, TYPES, TWICE, LABELS = (
    "encodings", "JSON", "YAML", "types and numbers", "duplicate keys and columns", "labels and ids"
)  # fmt: skip
Q, P, W, N = (question.question for question in (SIGN, PLAIN, WORDS, NUMBER))
GOOD = f'{{"answers": {{"{Q}": "no", "{P}": "yes"}}}}'
GOOD_YAML = f"answers:\n  {Q}: no\n  {P}: yes\n"
READ = Accepted({Q: "no", P: "yes"})


def list_cases() -> Iterator[Case]:
    yield from _list_encodings()
    for name, (text, expected) in _json().items():
        yield assess_case(JSON, name, text, expected)
    for name, (text, expected) in _yaml().items():
        yield assess_case(YAML, name, text, expected, "in.yaml")
    yield from _list_types()
    for name, (text, expected) in _twice().items():
        yield assess_case(TWICE, name, text, expected, "in.yaml" if text.startswith("answers:") else "in.json")
    yield from _list_labels()


def _list_encodings() -> Iterator[Case]:
    not_utf8 = refused("in.", "is not UTF-8")
    for file, text in {"in.json": GOOD, "in.yaml": GOOD_YAML}.items():
        kind = file[3:]
        one = "1:" if kind == "json" else ""
        last = f'"{P}": "' if kind == "json" else f"{P}: "
        bytes_in = text.encode().split(last.encode())
        cases: dict[str, tuple[bytes, Expected]] = {
            "UTF-8": (text.encode(), READ),
            "UTF-8 with a mark": (codecs.BOM_UTF8 + text.encode(), READ),
            "UTF-8 with two marks": (codecs.BOM_UTF8 * 2 + text.encode(), refused(file) if kind == "json" else READ),
            "UTF-16 with a mark": (text.encode("utf-16"), not_utf8),
            "UTF-16, big end first, with a mark": (codecs.BOM_UTF16_BE + text.encode("utf-16-be"), not_utf8),
            "UTF-16 without a mark": (text.encode("utf-16-le"), refused(file, one)),
            "UTF-16, big end first, without a mark": (text.encode("utf-16-be"), refused(file)),
            "UTF-32": (text.encode("utf-32"), not_utf8),
            "UTF-7": (text.replace("no", "+AG4-o").encode(), refused(file, Q, "is not an answer here")),
            "EBCDIC": (text.encode("cp037"), refused(file)),
            "compressed": (gzip.compress(text.encode(), mtime=0), refused(file)),
            "an apostrophe of Windows": (text.replace("yes", "don\x92t know").encode("latin-1"), not_utf8),
            "the same in UTF-8": (text.replace("yes", "don\u2019t know").encode(), Accepted({Q: "no", P: "unknown"})),
            "zeroes": (b"\0" * 100, refused(file)),
            "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", not_utf8),
            "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", not_utf8),
        }
        for trick, spoilt in {
            "a letter of Latin 1": b"\xe9", "an overlong slash": b"\xc0\xaf", "half a pair": b"\xed\xa0\x80", "cut off": b"\xe2\x82",
            "beyond Unicode": b"\xf4\x90\x80\x80", "a lone continuation": b"\x80", "no byte of UTF-8": b"\xff",
        }.items():  # fmt: skip
            data = bytes_in[0] + last.encode() + spoilt + bytes_in[1]
            line = data[: data.index(spoilt)].count(b"\n") + 1
            column = len(data[: data.index(spoilt)].rpartition(b"\n")[2]) + 1
            cases[trick] = (data, refused(f"{file}: {line}:{column}", "is not UTF-8"))
        for name, (data, expected) in cases.items():
            yield assess_case(ENCODINGS, f"{kind}, {name}", data, expected, file)


def _answer(value: str, question: Question = SIGN) -> str:
    return f'{{"answers": {{"{question.question}": {value}}}}}'


def _json() -> dict[str, tuple[str, Expected]]:
    cut = GOOD[:-3]
    syntax = {
        "cut off": (cut, len(cut) - 3), "cut off in a key": (GOOD[:8], 2), "a comma too many": ('{"answers": {},}', 16),
        "apostrophes": ("{'answers': {}}", 2), "no quotation marks": ("{answers: {}}", 2), "a comment": ('{"answers": {}} // x', 17),
        "two values": (GOOD + GOOD, len(GOOD) + 1), "text after the end": (GOOD + "x", len(GOOD) + 1), "a hexadecimal": (_answer("0x1"), None),
        "a zero in front": (_answer("01"), None), "a plus": (_answer("+1"), None), "a point in front": (_answer(".5"), None),
        "a point behind": (_answer("1."), None), "an unknown escape": (_answer('"\\x79es"'), None), "a line break in a text": (_answer('"ye\ns"'), None),
        "a tab in a text": (_answer('"yes\t"'), None), "a null in a text": (_answer('"yes\0"'), None), "no value": (_answer(""), None),
        "Python": (_answer("True"), None), "JavaScript": (_answer("undefined"), None), "half an escape": (_answer('"\\u00"'), None),
        "brackets that do not match": ('{"answers": {]}', None), "a number as a key": ("{1: {}}", 2), "nothing at all": ("", None), "space only": (" \n ", None),
        "a word": ("yes", None),
    }  # fmt: skip
    cases: dict[str, tuple[str, Expected]] = {
        name: (text, refused(f"in.json: {'' if column is None else f'1:{column}'}", "not readable as JSON"))
        for name, (text, column) in syntax.items()
    }
    for name, value in {"NaN": "NaN", "infinity": "Infinity", "less than nothing": "-Infinity"}.items():
        cases[name] = (_answer(value), refused("in.json", f"{value} is not JSON"))
    for name, text in {
        "a list": "[]",
        "a list of intakes": f"[{GOOD}]",
        "a text": '"yes"',
        "a number": "1",
        "a truth": "true",
        "null": "null",
    }.items():
        cases[f"{name} for an intake"] = (text, refused("in.json", "an intake is a mapping"))
    for name, value in {
        "a list": '["yes"]',
        "an empty list": "[]",
        "a mapping": '{"value": "yes"}',
        "an empty mapping": "{}",
    }.items():
        cases[f"{name} for an answer"] = (_answer(value), refused(f"in.json: answers.{Q}", "takes one value"))
    for name, value in {"a list": "[]", "a text": '"yes"', "a number": "1", "a truth": "false"}.items():
        cases[f"{name} for all answers"] = (f'{{"answers": {value}}}', refused("in.json: answers", "maps each question"))
    for name, text in {
        "a lone surrogate": "\\ud800",
        "one the wrong way round": "\\udc00\\ud800",
        "one among letters": "y\\udfffes",
    }.items():
        cases[name] = (_answer(f'"{text}"'), refused("in.json", "lone surrogate"))
        cases[f"{name} as a key"] = (f'{{"answers": {{"{text}": "yes"}}}}', refused("in.json", "lone surrogate"))
    many: dict[str, tuple[str, Expected]] = {
        "nested 40 deep": ('{"answers":' * 40 + "1" + "}" * 40, refused("in.json", "nested deeper than 32")),
        "nested 20,000 deep": ('{"answers":' * 20_000, refused("in.json", "nested deeper than 32")),
        "20,000 brackets": ("[" * 20_000, refused("in.json", "nested deeper than 32")),
        "20,000 brackets closed": ("[" * 20_000 + "]" * 20_000, refused("in.json", "nested deeper than 32")),
        "nothing in it": ("{}", refused("in.json: answers", "is missing")),
        "answers beside": (f'{{"{Q}": "yes"}}', refused(f"in.json: {Q}", "is not a key of an intake")),
        "another key": ('{"answers": {}, "patient": "J. Doe"}', refused("in.json: patient", "is not a key of an intake")),
        "a key of another case": ('{"Answers": {}}', refused("in.json: Answers", 'Did you mean "answers"?')),
        "a prototype": ('{"answers": {}, "__proto__": {"answers": {}}}', refused("in.json: __proto__", "is not a key")),
        "a prototype as a question": ('{"answers": {"__proto__": "yes"}}', refused("in.json: __proto__", "no such question")),
        "an empty key": ('{"answers": {"": "yes"}}', refused('in.json: ""', "no such question")),
        "escapes": (_answer('"\\u0079\\u0065\\u0073"'), Accepted({Q: "yes"})),
        "escapes in a key": (f'{{"answers": {{"\\u{ord(Q[0]):04x}{Q[1:]}": "yes"}}}}', Accepted({Q: "yes"})),
        "space of every kind between": (GOOD.replace(" ", " \t\r\n "), READ),
        "no answers": ('{"answers": {}}', Accepted({})),
        "null for all answers": ('{"answers": null}', Accepted({})),
        "an escape sequence": (_answer('"\\u001b]0;owned\\u0007"'), refused(f"in.json: {Q}", "is not an answer here")),
        "a null": (_answer('"\\u0000"'), refused(f"in.json: {Q}", "is not an answer here")),
        "an intake that is an assessment": ('{"schema": "x", "answers": {}}', refused("in.json: schema", "is not a key")),
    }  # fmt: skip
    return cases | many


def _yaml() -> dict[str, tuple[str, Expected]]:
    laughs = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 3))
    said = Accepted({Q: "yes"})

    def one(value: str) -> str:
        return f"answers:\n  {Q}: {value}\n"

    at = f"2:{len(Q) + 5}"
    cases: dict[str, tuple[str, Expected]] = {
        "a plain word": (one("yes"), said), "in quotation marks": (one('"yes"'), said), "in apostrophes": (one("'yes'"), said),
        "a block": (one("|\n    yes"), said), "a folded block": (one(">-\n    yes"), said), "escaped": (one('"\\x79es"'), said),
        "a comment": (one("yes # said twice"), said), "CRLF": (one("yes").replace("\n", "\r\n"), said), "CR": (one("yes").replace("\n", "\r"), said),
        "flow": (f"{{answers: {{{Q}: yes}}}}", said), "a document mark": (f"---\n{one('yes')}...\n", said), "tabs": ("answers:\n\tx: yes\n", refused("in.yaml: 2:1", "tabs")),
        "a version": (f"%YAML 1.1\n---\n{one('yes')}", said), "YAML in the dress of JSON": (f'{{"answers": {{"{Q}": yes}}}}', said),
        "no value": (one(""), Accepted({})), "an empty text": (one('""'), Accepted({})),
        "a truth of YAML": (one("on"), refused(f"in.yaml: 2:3: {Q}", "is not an answer")), "an octal": (f"answers: {{{N}: 010}}", refused(f"in.yaml: 1:11: {N}", "is not an answer")),
        "a binary": (one("0b1"), refused("in.yaml: 2:3")), "sexagesimal": (f"answers: {{{N}: 1:10}}", refused("in.yaml: 1:")),
        "a date": (one("2026-11-23"), refused("in.yaml: 2:3")), "no number": (one(".nan"), refused("in.yaml: 2:3")), "infinity": (one(".inf"), refused("in.yaml: 2:3")),
        "a float": (f"answers: {{{N}: 1.0}}", refused("in.yaml: 1:11")), "underscores": (f"answers: {{{N}: 1_0}}", refused("in.yaml: 1:11")),
        "a tag": (one("!!bool yes"), refused(f"in.yaml: {at}", "tags")), "a tag of our own": (one("!yes yes"), refused(f"in.yaml: {at}", "tags")),
        "Python": (one("!!python/object/apply:os.system [id]"), refused(f"in.yaml: {at}", "tags")), "a binary tag": (one("!!binary eWVz"), refused(f"in.yaml: {at}", "tags")),
        "an anchor": (one("&a yes"), refused(f"in.yaml: {at}", "anchors")), "an alias": (f"{one('&a yes')}  {P}: *a\n", refused("in.yaml: 3:", "aliases")),
        "an alias to nothing": (one("*a"), refused("in.yaml: 2:")), "an alias to itself": ("&a [*a]", refused("in.yaml: 1:1", "anchors")),
        "a merge": (f"answers: {{<<: {{{Q}: yes}}}}", refused("in.yaml: 1:11")), "billions of laughs": (laughs, refused("in.yaml: 1:", "anchors")),
        "billions of laughs as answers": (f"answers: &a {{{Q}: yes}}\nsources: [*a, *a]\n", refused("in.yaml: 1:", "anchors")),
        "a second document": (f"{one('yes')}---\n{one('no')}", refused("in.yaml: 3:1", "second document")),
        "a list for a key": (f"answers: {{? [{Q}] : yes}}", refused("in.yaml: 1:", "a key is a word")), "a mapping for a key": ("? {a: b}\n: c\n", refused("in.yaml: 1:3", "a key is a word")),
        "a quotation mark not closed": (one('"yes'), refused("in.yaml: ", "quotation mark is not closed")), "a bracket not closed": (f"answers: {{{Q}: yes", refused("in.yaml: ")),
        "two colons": (one("yes: no"), refused("in.yaml: 2:")), "a stray dash": (f"- answers: {{{Q}: yes}}", refused("in.yaml: ", "holds a list")), "one word": ("yes", refused("in.yaml: ", "holds text")),
        "nothing": ("", refused("in.yaml: is empty")), "comments only": ("# nothing\n", refused("in.yaml: is empty")), "a list for an answer": (one("[yes]"), refused(f"in.yaml: 2:3: answers.{Q}", "takes one value")),
        "an unknown escape": (one('"\\qes"'), refused(f"in.yaml: 2:{len(Q) + 6}")), "a percent sign": (one("%yes"), refused(f"in.yaml: {at}")), "an at": (one("@yes"), refused(f"in.yaml: {at}", "quote a text")),
        "a backtick": (one("`yes`"), refused(f"in.yaml: {at}", "quote a text")), "a control character": (one("y\x07es"), refused(f"in.yaml: 2:{len(Q) + 6}", "cannot stand in a file")),
        "an escape": (one("\x1b[2Jyes"), refused(f"in.yaml: {at}", "cannot stand in a file")), "a null": (one("ye\0s"), refused("in.yaml: 2:", "cannot stand in a file")),
        "an escape that is escaped": (one('"\\e[2Jyes"'), refused(f"in.yaml: 2:3: {Q}", "is not an answer")), "half a pair": (one('"\\ud800"'), refused("in.yaml: 2:")),
        "a null that is escaped": (one('"yes\\0"'), refused(f"in.yaml: 2:3: {Q}", "is not an answer")),
        "a mark within": (one("y\ufeffes"), refused("in.yaml: 2:")), "a line separator": (one("yes\u2028no"), refused("in.yaml: ")), "a next line": (one('"yes\x85no"'), refused("in.yaml: 2:3")),
        "1,000 levels": ("[" * 1000, refused("in.yaml: 1:33", "nested deeper than 32")), "100,000 levels": ("[" * 100_000, refused("in.yaml: 1:33", "nested deeper")),
        "1,000 levels of lines": ("- " * 1000, refused("in.yaml: 1:65", "nested deeper")), "a key over lines": (f"answers:\n  ? {Q}\n  : yes\n", said),
        "a directive": ("%TAG ! tag:example,2000:\n---\n!x a", refused("in.yaml: 3:1")), "an unknown directive": ("%EVIL\n---\nanswers: {}\n", refused("in.yaml: 1:", "directive")),
        "the word null": (one("null"), refused(f"in.yaml: 2:3: {Q}", "is not an answer")), "a tilde": (one("~"), refused(f"in.yaml: 2:3: {Q}", "is not an answer")),
        "a key without a value": (f"answers:\n  {Q}\n", refused("in.yaml: 1:1: answers", "this is text")), "an indent too few": (f"answers:\n{Q}: yes\n", refused(f"in.yaml: 2:1: {Q}", "is not a key")),
        "a source that nobody is": (f"{one('yes')}sources: {{{Q}: neighbour}}\n", refused(f"in.yaml: 3:11: sources.{Q}", "is not a source")),
        "a source without an answer": (f"answers: {{}}\nsources: {{{Q}: patient}}\n", refused(f"in.yaml: 2:11: sources.{Q}", "not given")),
        "a source for no question": (f"{one('yes')}sources: {{x: patient}}\n", refused("in.yaml: 3:11: sources.x", "no such question")),
    }  # fmt: skip
    return cases


def _list_types() -> Iterator[Case]:
    taken = {
        "1": "yes",
        "0": "no",
        "true": "yes",
        "false": "no",
        '"1"': "yes",
        '"TRUE"': "yes",
        "null": None,
        '""': None,
        '" "': None,
    }
    for value, read in taken.items():
        yield assess_case(TYPES, f"{value} for yes or no", _answer(value), Accepted({Q: read} if read else {}))
    for value in (
        "1.0",
        "1e0",
        "0.0",
        "-0",
        "-1",
        "2",
        "10",
        "1e400",
        "-1e400",
        "1" * 30,
        '"1.0"',
        '"+1"',
        "1.5",
        "1E+2",
        "1" * 5000,
        "1e-400",
    ):
        yield assess_case(TYPES, f"{value[:20]} for yes or no", _answer(value), refused(f"in.json: {Q}", "is not an answer here"))
    last = NUMBER.values[-1]
    for value in ("1", '"1"', last, f'"{last}"', f'" {last} "'):
        yield assess_case(TYPES, f"{value} for a number", _answer(value, NUMBER), Accepted({N: value.strip('" ')}))
    outside = [str(int(last) + 1), "0", "-1", f"{last}.0", f"{last}e0", '"01"', '"\u0661"', '"\uff11"', '"\u0663"', '"\u0967"', '"1.0"', '"1,0"', '"+1"', '"0x1"', '"1_0"', '"²"', '"½"',
               '"Ⅳ"', '"one"', "true", "false", '"True"', '"True "', '"yes"', '"1 2"', '"1-2"', '"1/1"', "1e400", "9" * 400, '"∞"', '"1\\u0000"', '"\\u200b1"', '"1\\u20dd"']  # fmt: skip
    for value in outside:
        yield assess_case(
            TYPES, f"{value[:20]} for a number", _answer(value, NUMBER), refused(f"in.json: {N}", "is not an answer here")
        )
    for value in ("true", "1", "0", "false", '"yes"', '"1"'):
        yield assess_case(TYPES, f"{value} for a word", _answer(value, WORDS), refused(f"in.json: {W}", "is not an answer here"))


def _twice() -> dict[str, tuple[str, Expected]]:
    escaped = f"\\u{ord(Q[0]):04x}{Q[1:]}"
    twice = "stands twice"
    return {
        "a question": (f'{{"answers": {{"{Q}": "yes", "{Q}": "no"}}}}', refused("in.json", f'"{Q}"', twice)),
        "a question with one answer": (f'{{"answers": {{"{Q}": "yes", "{Q}": "yes"}}}}', refused("in.json", twice)),
        "a question, once escaped": (f'{{"answers": {{"{Q}": "yes", "{escaped}": "no"}}}}', refused("in.json", twice)),
        "the answers": ('{"answers": {}, "answers": {}}', refused("in.json", '"answers"', twice)),
        "the reference": ('{"reference": "a", "reference": "b", "answers": {}}', refused("in.json", '"reference"', twice)),
        "a source": (f'{{"answers": {{"{Q}": "yes"}}, "sources": {{"{Q}": "patient", "{Q}": "clinician"}}}}', refused("in.json", twice)),
        "a key that is not known": ('{"answers": {}, "x": 1, "x": 2}', refused("in.json", '"x"', twice)),
        "a key of an answer": (f'{{"answers": {{"{Q}": {{"a": 1, "a": 2}}}}}}', refused("in.json", '"a"', twice)),
        "a question with a space": (f'{{"answers": {{"{Q}": "yes", "{Q} ": "no"}}}}', refused(f'in.json: "{Q} "', "no such question")),
        "a question with a space in front": (f'{{"answers": {{" {Q}": "no"}}}}', refused(f'in.json: " {Q}"', "no such question")),
        "a question of another case": (f'{{"answers": {{"{Q}": "yes", "{Q.upper()}": "no"}}}}', refused("in.json", "no such question")),
        "a question with an invisible sign": (f'{{"answers": {{"{Q}": "yes", "{Q}\u200b": "no"}}}}', refused("in.json", "no such question")),
        "a question of another script": (f'{{"answers": {{"{Q}": "yes", "{Q.translate(LIKE)}": "no"}}}}', refused("in.json", "no such question")),
        "a question in YAML": (f"answers:\n  {Q}: yes\n  {Q}: no\n", refused("in.yaml: 3:3", f'"{Q}"', "twice")),
        "a question in YAML, once in quotation marks": (f'answers:\n  {Q}: yes\n  "{Q}": no\n', refused("in.yaml: 3:3", "twice")),
        "a question in YAML, once escaped": (f'answers:\n  {Q}: yes\n  "\\x{ord(Q[0]):02x}{Q[1:]}": no\n', refused("in.yaml: 3:3", "twice")),
        "a question in flow": (f"answers: {{{Q}: yes, {Q}: no}}\n", refused("in.yaml: 1:", "twice")),
        "the answers in YAML": (f"answers: {{{Q}: yes}}\nanswers: {{}}\n", refused("in.yaml: 2:1", "twice")),
        "a question with a space in YAML": (f'answers:\n  {Q}: yes\n  "{Q} ": no\n', refused(f'in.yaml: 3:3: "{Q} "', "no such question")),
        "a key of a list": ("answers: [{a: 1, a: 2}]\n", refused("in.yaml: 1:18", "twice")),
    }  # fmt: skip


def _list_labels() -> Iterator[Case]:
    for key in ("reference", "site"):
        for label in ("case-17", "L1", "a", "A.b_c-9", "x" * 64, "007", "=", "-1"):
            good = label != "="
            text = json.dumps({key: label, "answers": {}})
            yield assess_case(
                LABELS, f"{key} {label[:9]}", text, Accepted({}, {key: label}) if good else refused(f"in.json: {key}")
            )
        for name, label in {
            "with a space": "case 17", "with a space behind": "case-17 ", "with a line break": "case-17\n", "of a person": "Doe, Jane",
            "with a slash": "a/b", "with a backslash": "a\\b", "of 65": "x" * 65, "of another script": "\u0441ase", "full width": "\uff11",
            "of Arabic digits": "\u0661", "with an invisible sign": "a\u200b", "with an escape": "a\x1b[31m", "with a null": "a\0", "turned round": "\u202ea",
            "of markup": "<b>", "with a formula": "=1+1", "of an address": "a@example.org", "with a number of a phone": "+1555", "a date": "1.2.1950 ",
        }.items():  # fmt: skip
            text = json.dumps({key: label, "answers": {}})
            yield assess_case(LABELS, f"{key} {name}", text, refused(f"in.json: {key}", "cannot be used"))
        for name, value in {"a list": [], "a mapping": {"a": "b"}}.items():
            yield assess_case(
                LABELS, f"{key} {name}", json.dumps({key: value, "answers": {}}), refused(f"in.json: {key}", "takes one label")
            )
