"""The structure of a pack's files as JSON Schema, so that an editor completes keys and marks mistakes while a pack is written.

Made from the models that read the files. A pack's scalars are text, but an editor reads YAML its own way: `yes` may come as a
boolean and `3` as a number, so the schema takes whatever such a text can be read as. It knows the structure alone; whether a name
exists, and all that a pack means, is for the tool to say.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from triage.cases import Cases
from triage.conditions import COMBINATORS
from triage.intake import MAX_LENGTH, TELLERS
from triage.library import FILES
from triage.parts import PATTERNS_IN_WORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Each file of a pack is told by a key that it has and no other file has.
TOLD_BY = {
    "pack.yaml": "pack",
    "statements.yaml": "statements",
    "questions.yaml": "questions",
    "decisions.yaml": "decisions",
    "sheet.yaml": "sections",
    "cases.yaml": "cases",
}
MODELS: dict[str, type[BaseModel]] = {**FILES, "cases.yaml": Cases}

_CONDITION = {"$ref": "#/$defs/Condition"}
# What readers of YAML take for a number or a truth, as texts.
_READ_AS = {"number": ("1", "0" * 64), "boolean": ("yes", "true")}


def export_schema() -> str:
    """The JSON Schema of all files of a pack, as one document; the same for every pack."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


def build_schema() -> dict[str, Any]:
    refs, generated = models_json_schema([(model, "validation") for model in MODELS.values()], schema_generator=_AsYamlIsRead)
    parts: dict[str, Any] = generated["$defs"]
    for part in parts.values():
        for key, told in part["properties"].items():
            if not told:  # read by a function, of which pydantic can say nothing; only conditions are
                part["properties"][key] = _CONDITION
            else:
                part["properties"][key] = _say_what(told, parts)
    keyed = {TOLD_BY[file]: (file, refs[model, "validation"]) for file, model in MODELS.items()}
    keyed["answers"] = ("an intake", JsonSchemaValue({"$ref": "#/$defs/Intake"}))
    return {
        "$schema": DIALECT,
        "title": "A file of a pack of vcf-triage",
        "description": f"One of {', '.join(MODELS)}, or an intake, as in examples; the keys tell which.",
        "type": "object",
        "anyOf": [{"required": [key]} for key in keyed],
        "properties": {key: {"description": f"Makes this {_name(file)}."} for key, (file, _) in keyed.items()},
        "allOf": [{"if": {"required": [key]}, "then": ref} for key, (_, ref) in keyed.items()],
        "$defs": {**parts, "Condition": _describe_condition(parts), "Intake": _describe_intake()},
    }


def _name(file: str) -> str:
    return f"a {file}" if file in MODELS else file


def _say_what(told: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """A property with what is said of the part, or of the parts in the list, that it takes."""
    inner = told.get("items", told)
    ref = next((one["$ref"] for one in (inner, *inner.get("anyOf", ())) if "$ref" in one), "")
    said = parts.get(ref.removeprefix("#/$defs/"), {}).get("description")
    return {"description": said, **told} if said else told


def _describe_intake() -> dict[str, Any]:
    """What `triage.intake` reads, whatever the questions of a pack are."""
    name = "^[a-z][a-z0-9_]{0,63}$"
    label = {"type": ["string", "integer", "null"], "pattern": "^[A-Za-z0-9._-]{1,64}$"}
    return {
        "title": "Intake",
        "description": "Answers to the questions of a pack, such as an example of it.",
        "type": "object",
        "required": ["answers"],
        "additionalProperties": False,
        "properties": {
            "reference": {**label, "description": "An opaque label of the case, nothing that identifies a person."},
            "site": {**label, "description": "An opaque label of what the intake is about."},
            "answers": {
                "description": "Question: one of its values, or unknown.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": name},
                "additionalProperties": {"type": ["string", "integer", "boolean", "null"], "maxLength": MAX_LENGTH},
            },
            "sources": {
                "description": "Question: who told its answer.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": name},
                "additionalProperties": {"enum": list(TELLERS)},
            },
        },
    }


def _describe_condition(parts: dict[str, Any]) -> dict[str, Any]:
    """What `triage.conditions` reads: a mapping is "all of", a list of values "any of these"; three words combine."""
    question = parts["Question"]["properties"]
    value, name = question["values"]["items"], question["question"]
    several = {"type": "array", "minItems": 1, "items": _CONDITION}
    combining = {"any": several, "all": several, "not": _CONDITION}
    assert tuple(combining) == COMBINATORS
    return {
        "title": "Condition",
        "description": 'A mapping is "all of"; a list of values is "any of these"; any, all and not combine conditions.',
        "type": "object",
        "propertyNames": {"pattern": name["pattern"]},
        "properties": combining,
        "additionalProperties": {
            "description": "A value of this question or decision, or a list of which any will do.",
            "anyOf": [value, {"type": "array", "minItems": 1, "uniqueItems": True, "items": value}],
        },
    }


class _AsYamlIsRead(GenerateJsonSchema):
    """JSON Schema for what readers of YAML make of a pack's texts. Its methods are named by pydantic."""

    def str_schema(self, schema: Any) -> JsonSchemaValue:
        told = super().str_schema(schema)
        pattern = told.get("pattern", "")
        if pattern:
            told["description"] = f"Takes {PATTERNS_IN_WORDS[pattern]}."
        others = [kind for kind, words in _READ_AS.items() if any(re.search(pattern, word) for word in words)]
        return {**told, "type": ["string", *others]} if others else told

    def int_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002 - as pydantic calls it
        return {"type": ["integer", "string"], "minimum": 1, "maximum": 999_999, "pattern": "^[1-9][0-9]{0,5}$"}

    def bool_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002 - as pydantic calls it
        return {"enum": ["yes", "no", True, False]}

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        told = super().dict_schema(schema)
        ((pattern, values),) = told.pop("patternProperties").items()
        return {**told, "propertyNames": {"pattern": pattern}, "additionalProperties": values}

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])  # an editor would write the default out

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - as pydantic calls it
        return False
