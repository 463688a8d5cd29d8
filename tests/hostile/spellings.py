"""What a question takes, by the contract and the text of the pack, and what looks like it and is something else."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hostile.case import PACK, Accepted, Case, Kept, Left, Row, Table, assess_case, batch_case, refused
from triage.parts import Question

SPELLING = "spelling and look-alikes"
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
NOT_KNOWN = ("unknown", "unk", "?", "n/a", "don't know", "not sure")

QUESTIONS = PACK.questions
SIGN = next(question for question in QUESTIONS if question.warning)
NUMBER = next(question for question in QUESTIONS if all(value.isdigit() for value in question.values))
WORDS = next(question for question in QUESTIONS if set(question.values) != {"yes", "no"} and question is not NUMBER)
PLAIN = next(question for question in QUESTIONS if set(question.values) == {"yes", "no"} and not question.warning)
KINDS = (SIGN, PLAIN, WORDS, NUMBER)

# Letters of other scripts that look like Latin ones.
LIKE = str.maketrans(
    dict(zip("aceopxyisjhnumkvtb", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u04bb\u0578\u057d\u043c\u043a\u03bd\u0442\u042c", strict=True))
)  # fmt: skip
DIGITS = {"Arabic": 0x660, "Persian": 0x6F0, "Devanagari": 0x966, "Bengali": 0x9E6, "full-width": 0xFF10, "bold": 0x1D7CE}


def takes(question: Question) -> dict[str, str]:
    """Every spelling that is taken, in small letters, with its value."""
    spelled = {value: value for value in question.values} | dict.fromkeys(NOT_KNOWN, "unknown")
    if set(question.values) == {"yes", "no"}:
        spelled |= dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no")
    return spelled | {word: value for value, words in question.spellings.items() for word in words}


def write_accepted(question: Question) -> Iterator[tuple[str, str]]:
    """Ways to write an answer that are taken, with the value."""
    for spelled, value in takes(question).items():
        yield spelled, value
        yield spelled.upper(), value
    value = question.values[-1]
    for space in (" ", "\t", "\r\n", "\u00a0", " \t \u00a0"):
        yield f"{space}{value}{space}", value
    yield value.title().swapcase(), value
    yield "Don\u2019t Know", "unknown"
    yield value + " " * (200 - len(value)), value


def write_look_alikes(question: Question) -> Iterator[tuple[str, str]]:
    """A name for the trick, and a text that is no answer."""
    value = question.values[0]
    middle = max(1, len(value) // 2)
    if value.translate(LIKE) != value:
        yield "another script", value.translate(LIKE)
    yield "full width", "".join(chr(ord(letter) + 0xFEE0) for letter in value if letter != "_")
    yield "mathematical", "".join(chr(0x1D41A + ord(letter) - 97) if letter.islower() else chr(0x1D7CE + int(letter)) for letter in value if letter.isalnum())  # fmt: skip
    invisible = {
        "zero-width space": "\u200b", "zero-width joiner": "\u200d", "soft hyphen": "\u00ad", "word joiner": "\u2060",
        "byte order mark": "\ufeff", "right-to-left mark": "\u200f", "right-to-left override": "\u202e", "isolate": "\u2067",
        "combining accent": "\u0301", "variation selector": "\ufe0f", "Hangul filler": "\u3164", "tag": "\U000e0079",
        "control": "\x07", "escape": "\x1b[31m", "null": "\0", "backspace": "\b", "delete": "\x7f", "C1": "\x9b31m",
    }  # fmt: skip
    for trick, sign in invisible.items():
        yield f"{trick} before", sign + value
        yield f"{trick} within", value[:middle] + sign + value[middle:]
        yield f"{trick} after", value + sign
    for trick, space in {"em": "\u2003", "ideographic": "\u3000", "line separator": "\u2028", "next line": "\x85", "vertical tab": "\v",
                         "form feed": "\f", "unit separator": "\x1f", "narrow": "\u202f"}.items():  # fmt: skip
        yield f"{trick} space around", f"{space}{value}{space}"
    for trick, changed in {
        "doubled": value * 2, "with a full stop": f"{value}.", "in quotation marks": f'"{value}"', "in apostrophes": f"'{value}'",
        "a formula": f"={value}", "a plus": f"+{value}", "a minus": f"-{value}", "an at": f"@{value}", "a list": f"[{value}]",
        "two answers": f"{value}, {question.values[-1]}", "two lines": f"{value}\n{question.values[-1]}", "a pipe": f"{value}|{value}",
        "a percent escape": f"%{ord(value[0]):02x}{value[1:]}", "an entity": f"&#{ord(value[0])};{value[1:]}",
        "a backslash escape": f"\\x{ord(value[0]):02x}{value[1:]}", "negated": f"not {value}", "a comment": f"{value} # sure",
        "one letter too many": f"{value}z", "cut off": f"{value}-", "201 characters": value + " " * (201 - len(value)),
        "a long one": value * 3000, "null as a word": "null", "nothing as a word": "nil", "no number": "NaN", "infinity": "Infinity",
        "huge": "1e400", "a float": "1.0", "an exponent": "1e0", "hexadecimal": "0x1", "underscored": "1_0", "signed": "+1",
        "negative zero": "-0", "a half": "\u00bd", "a power": "\u00b2", "a circle": "\u2460", "Roman": "\u2160", "with zeros": "01",
        "a date": "1-Feb", "an error": "#N/A", "a reference": "#REF!", "a link": "=HYPERLINK(\"http://192.0.2.1\")",
        "Turkish": "\u0130\u0131", "Kelvin": "don't \u212anow", "long s": "ye\u017f", "ligature": "\ufb01ne", "emoji": "\u2714\ufe0f",
        "markup": f"<b>{value}</b>", "a template": "{{7*7}}", "a format": "%s%n", "a path": "../../etc/passwd", "a variable": "$HOME",
    }.items():  # fmt: skip
        yield trick, changed
    for script, zero in DIGITS.items():
        yield f"{script} digits", "".join(chr(zero + int(digit)) for digit in "12")
    if question is NUMBER:
        yield "one too many", str(len(question.values) + 1)
        yield "none", "0"
        yield "a truth", "True"


def fold_by_hand(text: str) -> str:
    """A spelling without the space and the case that do not count."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text.strip(" \t\r\n\u00a0"))


LOOK_ALIKES = [
    (question, trick, text)
    for question in QUESTIONS
    for trick, text in write_look_alikes(question)
    if fold_by_hand(text) not in takes(question) or len(text) > 200
]


def list_cases() -> Iterator[Case]:
    tricks = dict.fromkeys(trick for _, trick, _ in LOOK_ALIKES)
    for number, trick in enumerate(tricks):
        # Each trick with two questions, so that all questions come up.
        able = [(question, text) for question, of, text in LOOK_ALIKES if of == trick]
        for question, text in {0: able[number % len(able)], 1: able[(number * 7 + 3) % len(able)]}.values():
            name = question.question
            data = json.dumps({"answers": {name: text}})
            yield assess_case(SPELLING, f"{trick}, {name}", data, refused("in.json", name, "is not an answer here"))
    for question in KINDS:
        for text, value in write_accepted(question):
            data = json.dumps({"answers": {question.question: text}})
            yield assess_case(SPELLING, f"taken, {question.question} {text.strip()}", data, Accepted({question.question: value}))
    for question in QUESTIONS:
        yield _make_table(question)
    yield from _list_options()
    yield from _list_lines()


def _make_table(question: Question) -> Case:
    """Every spelling and every look-alike of a question as the cells of one column, each in quotation marks."""
    name = question.question
    lines, rows, left = [f"{name},number"], [], []
    numbered = [(text, value) for text, value in write_accepted(question)]
    numbered += [(text, "") for of, _, text in LOOK_ALIKES if of is question and len(text) <= 1000]
    for number, (text, value) in enumerate(numbered, 2):
        cell = text.replace('"', '""')
        lines.append(f'"{cell}",{number}')
        if value:
            rows.append(Row({name: value}, {"number": str(number)}))
        else:
            left.append(Left(number, name))
    return batch_case(SPELLING, f"all of {name} in a table", "\n".join(lines) + "\n", Table(tuple(rows), tuple(left)))


def _list_options() -> Iterator[Case]:
    """Answers on the command line."""
    for question in KINDS:
        name, value = question.question, question.values[0]
        command = ("assess", "--format", "json", "--output", "out.json", "-a")
        yield Case(SPELLING, f"-a {name}", (*command, f"{name}={value.upper()} "), {}, Accepted({name: value}))
        yield Case(SPELLING, f"-a {name}, nothing", (*command, f"{name}="), {}, Accepted({}))
        yield Case(SPELLING, f"-a {name}, no value", (*command, name), {}, refused("-a", name, "QUESTION=VALUE"))
        yield Case(SPELLING, f"-a {name}, twice", (*command, f"{name}={value}", "-a", f"{name}={value}"), {}, refused(name, "second time"))  # fmt: skip
        for trick in (
            "another script",
            "escape within",
            "right-to-left override before",
            "zero-width space after",
            "Arabic digits",
        ):
            text = next((text for of, told, text in LOOK_ALIKES if of is question and told == trick), None)
            if text is not None:
                yield Case(
                    SPELLING, f"-a {name}, {trick}", (*command, f"{name}={text}"), {}, refused(name, "is not an answer here")
                )
        for word in (f" {name}\u200b", name.translate(LIKE), name.upper(), f"{name}\x1b[0m"):
            yield Case(SPELLING, f"-a {word}", (*command, f"{word}={value}"), {}, refused("no such question"))


INTERVIEW = "interview"


def _list_lines() -> Iterator[Case]:
    """A line of an interview in place of an answer that was given: it is taken, or what stood there stays."""
    tricks = list(dict.fromkeys(trick for _, trick, _ in LOOK_ALIKES))
    for place, question in enumerate(QUESTIONS):
        before = question.values[-1]
        name = question.question
        command = ("interview", "-a", f"{name}={before}", "--save", "kept.json")
        known = takes(question)
        able = [(trick, text) for of, trick, text in LOOK_ALIKES if of is question and _is_no_line(question, text)]
        for trick, text in able[place % 7 :: max(1, len(tricks) // 6)]:
            stdin = f"change {name}\n{text}\n".encode()
            yield Case(INTERVIEW, f"{name}, {trick}", command, {}, Kept({name: before}, ("is not an answer here",)), stdin)
        value = question.values[0] if not question.warning else question.values[-1]  # a sign that is reported may end it
        for text in (value.upper(), f"  {value} ", "?", "unknown"):
            stdin = f"change {name}\n{text}\n".encode()
            yield Case(INTERVIEW, f"{name}, takes {text}", command, {}, Kept({name: known[fold_by_hand(text)]}), stdin)


def _is_no_line(question: Question, text: str) -> bool:
    """Whether an interview, which takes labels, numbers, beginnings and commands too, has no reading for a text on one line."""
    word = fold_by_hand(text)
    labels = {fold_by_hand(label) for label in question.labels.values()}
    is_line = len(text) <= 500 and not set(text) & set("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0\b\x7f")
    return is_line and word not in labels and not word.isdigit() and len(word) > 1 and " by " not in word
