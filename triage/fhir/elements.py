"""The few elements of FHIR R4 that are read, each with those it may have besides and that are passed over unread.

What FHIR does not have is a mistake and not passed over: a misspelt `answer` would otherwise be an answer lost. Neither is a
`modifierExtension` or `implicitRules`, which can turn the meaning of the rest round. What identifies a person (subject, author,
source, encounter, identifier, text, contained, display, …) is taken off before anything looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from triage.fhir.problems import Issue

E = TypeVar("E", bound=BaseModel)

# An answer has one value, of one of these types.
_TYPES = ("Boolean", "Decimal", "Integer", "Date", "DateTime", "Time", "String", "Uri", "Attachment", "Quantity", "Reference")
VALUES = tuple(f"value{name}" for name in _TYPES)


class Element(BaseModel):
    """The root of what is read: frozen, and without keys that FHIR does not have there.

    A primitive `x` may have a companion `_x` of extensions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    unread: ClassVar[tuple[str, ...]] = ("id",)

    @model_validator(mode="before")
    @classmethod
    def _leave_unread(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if key not in cls.unread} if isinstance(given, dict) else given


class Response(Element):
    """A QuestionnaireResponse."""

    unread = (
        "id", "meta", "language", "text", "extension", "identifier", "basedOn", "partOf", "subject", "encounter", "authored",
        "author", "source", "_language", "_authored", "_questionnaire", "_status",
    )  # fmt: skip

    resourceType: Literal["QuestionnaireResponse"]  # noqa: N815 - FHIR's name
    questionnaire: str
    status: Literal["in-progress", "completed", "amended", "entered-in-error", "stopped"]
    item: list[Any] = []
    contained: list[Any] = []


class Item(Element):
    """A group, a question or a text in a response."""

    unread = ("id", "definition", "text", "_definition", "_text", "_linkId")

    linkId: str  # noqa: N815 - FHIR's name
    answer: list[Any] = []
    item: list[Any] = []
    extension: list[Any] = []


class Answer(Element):
    """An answer; only a coding can be one here."""

    valueCoding: Any = None  # noqa: N815 - FHIR's name
    item: list[Any] = []
    extension: list[Any] = []


class Coding(Element):
    """A code with the system that it is of. Both are missing where an extension says why."""

    unread = ("id", "version", "display", "userSelected", "_version", "_display", "_userSelected", "_system", "_code")

    system: str | None = None
    code: str | None = None
    extension: list[Any] = []


class Origin(BaseModel):
    """A contained Questionnaire, of which only is looked at where it comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    resourceType: Literal["Questionnaire"]  # noqa: N815 - FHIR's name
    id: str
    derivedFrom: list[str] = []  # noqa: N815 - FHIR's name


def parse(kind: type[E], tree: object, at: str) -> tuple[E | None, tuple[Issue, ...]]:
    """An element read from a tree that stands at `at`, with everything wrong with it.

    None where it cannot be read. What FHIR does not have there leaves the rest readable, so that all is told at once.
    """
    try:
        return kind.model_validate(tree), ()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    issues = tuple(dict.fromkeys(_tell(kind, fault, at) for fault in faults))
    extra = {fault["loc"][0] for fault in faults if fault["type"] == "extra_forbidden"}
    if isinstance(tree, dict) and len(extra) == len(faults):
        return kind.model_validate({key: value for key, value in tree.items() if key not in extra}), issues
    return None, issues


def children(tree: object, key: str, at: str) -> Iterator[tuple[object, str]]:
    """What stands in a list of an element, with the place of each; nothing where there is no list."""
    found = tree.get(key) if isinstance(tree, dict) else None
    for number, child in enumerate(found if isinstance(found, list) else ()):
        yield child, f"{at}.{key}[{number}]"


def _tell(kind: type[BaseModel], fault: Any, at: str) -> Issue:
    key = str(fault["loc"][0]) if fault["loc"] else ""
    match fault["type"]:
        case "missing":
            code, place, message = "required", at, f"has no {key}; add it"
        case "extra_forbidden" if key in ("modifierExtension", "implicitRules"):
            message = f"has {key}, which could change the meaning of the rest and is not understood here"
            code, place = "extension", at
        case "extra_forbidden" if kind is Answer and key in VALUES:
            message = "is of another type; an answer here is a valueCoding with system and code"
            code, place = "structure", f"{at}.value"
        case "extra_forbidden":
            message = f"has an element that FHIR R4 does not have here; of this are read: {', '.join(kind.model_fields)}"
            code, place = "structure", at
        case "literal_error" if key == "status":
            message = "is none of in-progress, completed, amended, stopped and entered-in-error"
            code, place = "code-invalid", f"{at}.status"
        case "literal_error":
            code, place, message = "structure", at, "is another resource; this takes a QuestionnaireResponse"
        case "list_type" | "string_type":
            wanted = "list" if fault["type"] == "list_type" else "text"
            code, place, message = "structure", f"{at}.{key}", f"is a {wanted} in FHIR, and not this"
        case _:
            code, place, message = "structure", at, "is an object in FHIR, and not this"
    return Issue(code, place, message)
