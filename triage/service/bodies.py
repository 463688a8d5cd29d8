"""Reading what a request carries, within bounds: bytes are counted as they come, whatever a header says of their number.

Whatever cannot be read is a `Refusal` (413, 415, 400, 422) that repeats nothing of it.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request

from triage import syntax
from triage.intake import MAX_TOLD
from triage.service.multipart import read_parts
from triage.service.refusals import Refusal, conceal
from triage.service.settings import Limits
from triage.syntax import Source, Tree

JSON_KINDS = ("application/json", "application/fhir+json")


class Upload(NamedTuple):
    """A file chosen in a form. A field in which none was chosen is not there; an empty file is."""

    name: str
    file: str
    content: bytes


class Form(NamedTuple):
    """What a form sends, in its order."""

    fields: tuple[tuple[str, str], ...]
    files: tuple[Upload, ...] = ()


def media_type(request: Request) -> str:
    """The kind of content, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_bytes(request: Request, limit: int) -> bytes:
    """The whole body. Raises Refusal as soon as it is longer than `limit`."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(415, "compressed content is not read; send it as it is")
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > limit:
            raise Refusal(413, f"more than {limit:,} bytes, which are the most that is read", {"Connection": "close"})
    return bytes(data)


async def read_json(request: Request, limit: int, *, kinds: tuple[str, ...] = JSON_KINDS) -> Tree:
    """A JSON body as a tree in which every scalar is text. Raises Refusal for another kind of content, or a fault in it.

    Duplicate keys, NaN, half characters and deep nesting are faults.
    """
    if media_type(request) not in kinds:
        raise Refusal(415, f"this takes {' or '.join(kinds)}; name it as the Content-Type")
    source: Source = syntax.read_json(await read_bytes(request, limit), "", limit=limit)
    if source.faults:
        raise Refusal(400, "; ".join(conceal(fault.message) for fault in source.faults[:MAX_TOLD]))
    return source.tree


async def read_form(request: Request, limits: Limits) -> Form:
    """A form, urlencoded or multipart. Raises Refusal for anything else, for too many fields, for bytes that are not UTF-8."""
    match media_type(request):
        case "application/x-www-form-urlencoded":
            return _read_urlencoded(await read_bytes(request, limits.body), limits)
        case "multipart/form-data":
            return _read_multipart(request, await read_bytes(request, limits.body), limits)
    raise Refusal(415, "this takes a form; send it as application/x-www-form-urlencoded or multipart/form-data")


def _read_urlencoded(data: bytes, limits: Limits) -> Form:
    try:
        fields = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=limits.fields, errors="strict")
    except ValueError:  # bytes that are not UTF-8, or more fields than are read
        raise _unreadable(limits) from None
    return _checked(Form(tuple(fields)), limits)


def _read_multipart(request: Request, data: bytes, limits: Limits) -> Form:
    try:
        parts = read_parts(data, request.headers["content-type"], limits.fields)
        fields = tuple((part.name, part.content.decode()) for part in parts if part.file is None)
    except ValueError:
        raise _unreadable(limits) from None
    files = (
        Upload(part.name, part.file, bytes(part.content))
        for part in parts
        if part.file is not None and (part.file or part.content)
    )
    return _checked(Form(fields, tuple(files)), limits)


def _checked(form: Form, limits: Limits) -> Form:
    texts = (text for field in form.fields for text in field)
    if any("\x00" in text or any("\ud800" <= character <= "\udfff" for character in text) for text in texts):
        raise _unreadable(limits)
    return form


def _unreadable(limits: Limits) -> Refusal:
    return Refusal(400, f"not readable as a form of at most {limits.fields} fields in UTF-8")
