"""A file of a pack held against the model of it: what pydantic finds wrong, told to the author with its place and the way out.

Faults are added to those of the file, all at once; nothing is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from triage.errors import Fault, did_you_mean, quote, suggest
from triage.parts import PATTERNS_IN_WORDS
from triage.signals import HeldSignals
from triage.syntax import Source, Tree, type_name

Model = TypeVar("Model", bound=BaseModel)

_IN_WORDS = {
    "string_type": "takes text, not {given}",
    "string_too_short": "is empty; write it out",
    "string_too_long": "has more than {max_length} characters; shorten it",
    "int_type": "takes a whole number from 1 to 999999, not {given}",
    "bool_type": "takes yes or no, not {given}",
    "tuple_type": "takes a list such as [one, two], not {given}",
    "dict_type": "takes a mapping such as {{key: text}}, not {given}",
    "model_type": "takes a mapping with the keys {keys}, not {given}",
    "too_short": "has too few items; it needs {min_length} or more",
}


def validate(model: type[Model], source: Source) -> Model | None:
    """A tree as a model, with every departure from its structure added to the faults of the source.

    Keys that do not belong are passed over, so that the rest can be looked at; for any other departure there is no model.
    """
    if source.tree is None:
        if not source.faults:
            source.fault((), "empty-file", f"there is nothing in this file; it has the keys {', '.join(_keys_at(model, ()))}")
        return None
    try:
        return _make(model, source.tree)
    except ValidationError as error:
        found: list[dict[str, Any]] = [dict(detail) for detail in error.errors(include_url=False)]
    details = [detail for detail in found if not _is_echo(detail)]
    source.faults += [_explain(model, source, detail) for detail in details if not _is_misspelt(model, detail, details)]
    if any(detail["type"] != "extra_forbidden" for detail in details):
        return None
    for detail in details:
        _forget(source.tree, detail["loc"])
    return _make(model, source.tree)


def _make(model: type[Model], tree: Tree) -> Model:
    """A signal waits for the end: pydantic takes an interruption for a value that is wrong, or for none at all."""
    with HeldSignals():
        return model.model_validate(tree)


def _forget(tree: Any, path: tuple[str | int, ...]) -> None:
    for part in path[:-1]:
        tree = tree[part]
    del tree[path[-1]]


def _is_echo(detail: dict[str, Any]) -> bool:
    """Whether pydantic finds a list too short only because it left out the items that it had already refused."""
    return bool(detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"])


def _is_misspelt(model: type[BaseModel], missing: dict[str, Any], details: Sequence[dict[str, Any]]) -> bool:
    """Whether a key is missing only because it is misspelt, which is told at the key that stands there."""
    if missing["type"] != "missing":
        return False
    path, keys = missing["loc"], _keys_at(model, missing["loc"][:-1])
    beside = (detail["loc"] for detail in details if detail["type"] == "extra_forbidden")
    return any(suggest(str(other[-1]), keys) == path[-1] for other in beside if other[:-1] == path[:-1])


def _explain(model: type[BaseModel], source: Source, detail: dict[str, Any]) -> Fault:
    """One pydantic error as a fault for the author of a pack."""
    path = tuple(part for part in detail["loc"] if part != "[key]")
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    name = quote(_name_of(path))
    match kind:
        case "extra_forbidden":
            keys = _keys_at(model, path[:-1])
            near = did_you_mean(str(path[-1]), keys)
            code, message = "unknown-key", f"{name} is not a key here; the keys are {', '.join(keys)}.{near}"
        case "missing":
            code, message = "missing-key", f"{name} is missing here"
        case "string_pattern_mismatch":
            words = PATTERNS_IN_WORDS[context["pattern"]]
            code, message = "not-an-id", f"{quote(given)} cannot be used for {name}, which takes {words}"
        case "literal_error":
            choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            near = did_you_mean(given, choices) if isinstance(given, str) else ""
            code, message = "unknown-value", f"{name} takes {', '.join(choices)}, not {_shown(given)}.{near}"
        case "value_error":
            code, message = "condition", str(context["error"])
        case "too_short" if path[-1] == "because":
            code, message = "cites-nothing", "cites no statement; say in `because` which it rests on"
        case _:
            keys = _keys_at(model, path) if kind == "model_type" else []
            told = _IN_WORDS[kind].format(given=_shown(given), keys=", ".join(keys), **context)
            code, message = "structure", f"{name} {told}"
    return Fault(source.place(path), code, message)


def _name_of(path: tuple[str | int, ...]) -> str:
    """The key at the end of a path, with the number of an item behind it."""
    keys = [part for part in path if isinstance(part, str)]
    number = f" {path[-1] + 1}" if path and isinstance(path[-1], int) else ""
    return f"{keys[-1]}{number}" if keys else "the file"


def _shown(given: object) -> str:
    return quote(given) if isinstance(given, str) else type_name[type(given)]


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that a model allows at a path inside it."""
    for part in path:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            inner = next(_models_in(fields[part].annotation), None) if part in fields else None
            model = inner or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
