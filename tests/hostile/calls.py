"""The same input through the service: intakes to the interface for programs, files to the desk, fields of a form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from hostile.case import Accepted, Case, Refused
from hostile.collection import CASES
from hostile.places import FILES
from hostile.spellings import KINDS, LOOK_ALIKES, PLAIN, SIGN

Q, P = SIGN.question, PLAIN.question
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
GOOD = json.dumps({"answers": {Q: "no"}}).encode()


class Call(NamedTuple):
    """A request. `answers` are those that are read, or None where it is refused; `told` is where it is wrong."""

    name: str
    path: str
    kind: str
    body: bytes
    answers: Mapping[str, str] | None
    told: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"HTTP: {self.name}".encode("unicode_escape").decode().replace("/", "_")[:100]


def list_calls() -> list[Call]:
    calls = [*_send_intakes(), *_upload_files(), *_send_fields(), *_send_oddly()]
    return [call._replace(name=f"{number} {call.name}") for number, call in enumerate(calls)]


def _intakes(*names: str) -> Iterator[tuple[Case, bytes]]:
    for case in CASES:
        data = next((case.files[name] for name in names if name in case.files), None)
        if (
            data is not None
            and case.category != FILES
            and case.command[0] == "assess"
            and "--pack" not in case.command
            and len(data) < 200_000
        ):
            yield case, data


def _send_intakes() -> Iterator[Call]:
    for case, data in _intakes("in.json"):
        if case.command[1] != "in.json":
            continue
        match case.expected:
            case Accepted(answers):
                yield Call(f"api, {case}", "/api/assess", JSON_TYPE, data, answers)
            case Refused(told):
                yield Call(f"api, {case}", "/api/assess", JSON_TYPE, data, None, tuple(_places(told)))


def _places(told: tuple[str, ...]) -> Iterator[str]:
    """The places among what is told on the command line, in the words of the service."""
    for part in told:
        place = part.removeprefix("in.json").removeprefix(": ").removeprefix("answers.")
        if re.fullmatch(r"1:[0-9]+", place) or place in (Q, P, "reference", "site"):
            yield place


def _upload_files() -> Iterator[Call]:
    """To the desk; what it makes of them stands in the fields of its page."""
    number = 0
    for case, data in _intakes("in.json", "in.yaml"):
        number += 1
        if number % 3 and "yaml" not in str(case.files):
            continue
        name = next(iter(case.files))
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        body = head + data + b"\r\n--x--\r\n"
        answers = case.expected.answers if isinstance(case.expected, Accepted) else None
        if data:
            yield Call(f"open, {case}", "/desk/open", "multipart/form-data; boundary=x", body, answers)


def _send_fields() -> Iterator[Call]:
    for question in KINDS:
        name = question.question
        spot = next(spot for spot in (f"answer.{name}.1", f"answer.{name}") if _is_of(question.question, spot))
        for value in (*question.values, "unknown"):
            yield Call(f"field, {name} {value}", "/sheet", FORM_TYPE, _fields({spot: value}), {name: value})
        for _, trick, text in (like for like in LOOK_ALIKES if like[0] is question and len(like[2]) < 500):
            told = () if "\0" in text else (f"q-{name}",)
            yield Call(f"field, {name} {trick}", "/sheet", FORM_TYPE, _fields({spot: text}), None, told)
        capitals = (question.values[0].upper(),) if question.values[0].isalpha() else ()
        for text in (*capitals, f" {question.values[0]}", "1.0", "NaN"):
            yield Call(f"field, {name} {text}", "/sheet", FORM_TYPE, _fields({spot: text}), None, (f"q-{name}",))
        value, other = question.values[:2]
        once = _fields({spot: value}).decode()
        strays = {
            "twice": f"{once}&{once.replace(value, other)}", "with a space": f"answer.{quote(name)}%20={value}", "of another case": f"answer.{name.upper()}={value}", "of no site": f"answer.{name}.9={value}", "escaped wrongly": f"{spot}=%zz",
            "no UTF-8": f"{spot}=%ff", "overlong": f"{spot}=%c0%af", "half a pair": f"{spot}=%ed%a0%80", "a null": f"{spot}={value}%00", "UTF-16": f"{spot}=%fe%ff%00y", "another script": f"answer.{quote(chr(0x430) + name[1:])}={value}", "semicolons": f"{spot}={value};{spot}={other}",
        }  # fmt: skip
        for trick, body in strays.items():
            yield Call(f"field, {name} {trick}", "/sheet", FORM_TYPE, body.encode(), None)
    for field in ("reference", "site.1"):
        for label in ("Doe, Jane", "a b", "\u0441ase", "a\u200b", "x" * 65, "=1", "<b>", "a\x1b", "\u202ea", "\u0661", "a@b"):
            yield Call(f"field, {field} {label[:9]}", "/sheet", FORM_TYPE, _fields({field: label}), None, (field.split(".")[0],))


def _is_of(name: str, spot: str) -> bool:
    from hostile.case import PACK
    from triage.desk.form import list_spots

    return spot in {f"answer.{known}" for known in list_spots(PACK, 1)}


def _fields(fields: Mapping[str, str]) -> bytes:
    return urlencode({"site.1": "", **fields}).encode()


def _send_oddly() -> Iterator[Call]:
    read = {Q: "no"}
    sent: dict[str, tuple[str, bytes, Mapping[str, str] | None, tuple[tuple[str, str], ...]]] = {
        "a charset": (f"{JSON_TYPE}; charset=utf-8", GOOD, read, ()), "a charset that lies": (f"{JSON_TYPE}; charset=utf-16", GOOD, read, ()), "capitals": ("APPLICATION/JSON", GOOD, read, ()), "space": (f" {JSON_TYPE} ;x=y", GOOD, read, ()),
        "no kind": ("", GOOD, None, ()), "text": ("text/plain", GOOD, None, ()), "a form": (FORM_TYPE, GOOD, None, ()), "JSON of FHIR": ("application/fhir+json", GOOD, None, ()), "JSON and more": (f"{JSON_TYPE}, text/plain", GOOD, None, ()), "JSON Lines": ("application/x-ndjson", GOOD, None, ()),
        "YAML": ("application/yaml", b"answers: {}", None, ()), "XML": ("application/xml", b"<a/>", None, ()), "compressed": (JSON_TYPE, GOOD, None, (("Content-Encoding", "gzip"),)), "as it is": (JSON_TYPE, GOOD, read, (("Content-Encoding", "identity"),)),
        "a mark": (JSON_TYPE, b"\xef\xbb\xbf" + GOOD, read, ()), "UTF-16": (JSON_TYPE, GOOD.decode().encode("utf-16"), None, ()), "a prefix": (JSON_TYPE, b")]}',\n" + GOOD, None, ()), "a length that lies": (JSON_TYPE, GOOD, read, (("Content-Length", "2"),)),
        "a length of letters": (JSON_TYPE, GOOD, None, (("Content-Length", "x"),)), "a length of other digits": (JSON_TYPE, GOOD, None, (("Content-Length", "\xb2"),)), "a length below nothing": (JSON_TYPE, GOOD, None, (("Content-Length", "-1"),)), "a length beyond the limit": (JSON_TYPE, GOOD, None, (("Content-Length", "9" * 12),)),
    }  # fmt: skip
    for name, (kind, body, answers, headers) in sent.items():
        yield Call(f"api, {name}", "/api/assess", kind, body, answers, (), headers)
