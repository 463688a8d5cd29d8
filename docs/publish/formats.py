"""The reference of a pack's files, read off the JSON Schema that editors use, which is made from the models that read packs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

from publish.markdown import code, codes, escape, heading, link, page, table
from triage.exports.schema import MODELS, build_schema
from triage.parts import PATTERNS_IN_WORDS, Code, Digest, Id, PackName, Value, Version

SCHEMA_FILE = "pack.schema.json"
# What a short text is called on this page, by its pattern.
_WORDS = {
    get_args(kind)[1].pattern: name
    for name, kind in (
        ("id", Id),
        ("code", Code),
        ("value", Value),
        ("digest", Digest),
        ("name", PackName),
        ("version", Version),
    )
}

BEGINNING = f"""# Pack format

A pack is a folder of six YAML files. Every value is text, so that `yes` is a word and no truth value; anchors, aliases and tags
are refused, and so is a file of more than 1 MiB. What is wrong is told all at once, each fault as
`file:line:column: code: message`. [Findings](findings.md) lists the codes,
[Write a pack](../writing-a-pack.md) takes you through one.

Editors complete keys and mark mistakes with [this JSON Schema]({SCHEMA_FILE}); a first line such as
`# yaml-language-server: $schema=pack.schema.json` names it.

## Conditions {{#Condition}}

`when` of a rule, and `never` of a constraint, is a condition on questions and decisions. A mapping means *all of*, a list of
values *any of these*. `any`, `all` and `not` combine conditions. No condition speaks of `unknown`.

```yaml
when: {{colour: red, size: [small, medium]}}
when: {{any: [{{colour: red}}, {{not: {{size: large}}}}]}}
```
"""


def describe_format() -> str:
    """The page: each file with the parts it is made of, in the order in which they are met."""
    parts = build_schema()["$defs"]
    blocks = [BEGINNING, *_words()]
    told: set[str] = {"Condition"}
    for file, model in MODELS.items():
        blocks += [heading(2, code(file), file.removesuffix(".yaml")), *_describe(model.__name__, parts, told)]
        waiting = [name for name in _mentioned(parts[model.__name__]) if name not in told]
        while waiting:
            name = waiting.pop(0)
            if name not in told:
                blocks += [heading(3, name, name), *_describe(name, parts, told)]
                waiting = [*_mentioned(parts[name]), *waiting]
    return page(*blocks)


def _words() -> Iterator[str]:
    yield heading(2, "Short texts", "words")
    rows = ((name, escape(PATTERNS_IN_WORDS[pattern])) for pattern, name in _WORDS.items())
    yield table(("Called here", "Made of"), rows)


def _describe(name: str, parts: dict[str, Any], told: set[str]) -> Iterator[str]:
    told.add(name)
    part = parts[name]
    description = re.sub(r"^`[a-z]+\.yaml`(?:: |\.$)", "", part.get("description", ""))  # the heading says that much
    if description:
        yield f"{description[0].upper()}{description[1:]}\n"
    required = part.get("required", ())
    rows = ((code(key), say_type(value), "yes" if key in required else "") for key, value in part["properties"].items())
    yield table(("Key", "Value", "Required"), rows)


def _mentioned(schema: Any) -> Iterator[str]:
    """The parts that a schema refers to, in order."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rsplit("/", 1)[1]
        for inner in schema.values():
            yield from _mentioned(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _mentioned(inner)


def say_type(schema: dict[str, Any]) -> str:
    """What a value may be, in words."""
    return next(say(schema) for key, say in _SAYINGS.items() if key in schema)


def _say_part(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rsplit("/", 1)[1]
    return link(name, f"#{name}")


def _say_list(schema: dict[str, Any]) -> str:
    least = schema.get("minItems", 0)
    size = f", {least} or more" if least > 1 else ", not empty" if least else ""
    return f"list of {say_type(schema['items'])}{size}"


# By the key that tells what kind of value it is; the first that is there counts.
_SAYINGS: dict[str, Callable[[dict[str, Any]], str]] = {
    "$ref": _say_part,
    "anyOf": lambda schema: " or ".join(say_type(kind) for kind in schema["anyOf"] if kind.get("type") != "null"),
    "enum": lambda schema: codes(word for word in schema["enum"] if isinstance(word, str)),
    "items": _say_list,
    "propertyNames": lambda schema: f"{say_type(schema['propertyNames'])} → {say_type(schema['additionalProperties'])}",
    "minimum": lambda schema: f"whole number, {schema['minimum']:,} to {schema['maximum']:,}",
    "pattern": lambda schema: link(_WORDS[schema["pattern"]], "#words"),
    "minLength": lambda schema: f"text of {schema['minLength']} to {schema['maxLength']:,} characters",
}
