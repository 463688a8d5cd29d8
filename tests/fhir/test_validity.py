"""Every resource that goes out is valid by what nobody here wrote.

HL7's JSON Schema knows the value sets that are required, fhir.resources the structure of R4B, and the definitions of R4 with
fhirpathpy every invariant. fhirkit-rs finds unknown and missing elements and values of two types; it looks at no value set.
"""

from __future__ import annotations

import copy
import json
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import fhirkit
import pytest
from export_packs import NAMES, make_pack
from fhir_rules import NOT_EVALUATED, find_breaches, invariants_of, needs_definitions
from fhir_samples import every_resource
from foreign import needs_node, run_node

from triage import load_pack
from triage.fhir.questionnaire import build_questionnaire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]

PACK = load_pack("vertebral-fracture")
# What HL7 calls good practice and is a warning: a narrative. Guidance has one; the others are read by programs.
PRACTICE = {"dom-6"}


@pytest.fixture(params=NAMES)
def resources(request: pytest.FixtureRequest, tmp_path: Path) -> list[Json]:
    return list(every_resource(make_pack(request.param, tmp_path)))


def break_one(resource: Json, **changes: object) -> Json:
    return {**copy.deepcopy(resource), **changes}


def as_4_0_0(resource: Json) -> Json:
    """The schema is that of 4.0.0, which differs from 4.0.1 in nothing but corrections, and knows no later version by name."""
    return {**resource, "fhirVersion": "4.0.0"} if resource.get("fhirVersion") == "4.0.1" else resource


@needs_node
def test_every_resource_is_valid_by_the_json_schema_of_hl7_which_finds_a_wrong_code(tmp_path: Path) -> None:
    good = [as_4_0_0(resource) for name in NAMES for resource in every_resource(make_pack(name, tmp_path))]
    last = {resource["resourceType"]: resource for resource in good}
    bad = [break_one(resource, status="ready") for resource in last.values() if "status" in resource]
    bad.append(copy.deepcopy(good[0]))
    bad[-1]["item"][1]["item"][0]["answerOption"][0]["valueCoding"]["code"] = " yes"
    told = run_node("validate_fhir.mjs", good + bad)
    assert [mistakes for mistakes in told[: len(good)] if mistakes] == []
    assert len(bad) == 6
    assert all(told[len(good) :])


def test_every_resource_has_the_elements_of_r4_by_fhirkit(resources: list[Json]) -> None:
    assert [str(issue) for resource in resources for issue in fhirkit.validate(resource)] == []
    assert {resource["resourceType"] for resource in resources} < set(fhirkit.RESOURCE_TYPES)
    for resource in resources:
        assert fhirkit.validate(break_one(resource, unheard="of"))


def paths_of(node: Any, path: str = "") -> Iterator[str]:
    """Which elements a resource has, wherever and however often: of two alike in this, one is looked at."""
    yield path
    for inner in node if isinstance(node, list) else ():
        yield from paths_of(inner, path)
    for key, inner in node.items() if isinstance(node, dict) else ():
        yield from paths_of(inner, f"{path}.{inner if key in ('resourceType', 'status') else key}")


@needs_definitions
def test_every_resource_keeps_every_invariant_of_r4(resources: list[Json]) -> None:
    distinct = {frozenset(paths_of(resource)): resource for resource in resources}
    found = [(resource["resourceType"], breach) for resource in distinct.values() for breach in find_breaches(resource)]
    assert [breach for _, breach in found if breach.key not in PRACTICE] == []
    assert "GuidanceResponse" not in {kind for kind, _ in found}


@needs_definitions
def test_the_invariants_are_those_of_hl7_and_a_broken_one_is_found() -> None:
    assert {f"que-{number}" for number in range(14)} <= invariants_of("Questionnaire")
    assert "qrs-1" in invariants_of("QuestionnaireResponse")
    assert "inv-1" in invariants_of("Parameters")
    assert not NOT_EVALUATED - invariants_of("Narrative")
    broken = build_questionnaire(PACK)
    broken["item"][0] |= {"required": True, "code": [{"code": "x"}], "initial": [{"valueBoolean": True}]}
    broken["item"][1]["item"][0] |= {"linkId": broken["item"][0]["linkId"], "answerValueSet": "urn:x", "foo": 1}
    broken["item"][2] |= {"item": []}
    keys = {breach.key for breach in find_breaches(broken)} - PRACTICE
    assert keys == {"que-1", "que-2", "que-3", "que-4", "que-6", "que-8", "unknown element"}


def test_every_resource_is_valid_by_fhir_resources_and_comes_back_the_same(resources: list[Json]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhir.resources.R4B import get_fhir_model_class

        for resource in resources:
            kind = get_fhir_model_class(resource["resourceType"])
            assert json.loads(kind.model_validate(resource).model_dump_json()) == resource
            with pytest.raises(ValueError, match="unheard"):
                kind.model_validate(break_one(resource, unheard="of"))


def test_every_narrative_is_xhtml_of_the_elements_that_fhir_allows(resources: list[Json]) -> None:
    narratives = [resource["text"]["div"] for resource in resources if "text" in resource]
    assert narratives
    for narrative in narratives:
        found = ET.fromstring(narrative)
        names = {element.tag for element in found.iter()}
        assert names <= {f"{{http://www.w3.org/1999/xhtml}}{name}" for name in ("div", "h2", "p", "ul", "li")}
        assert not [element for element in found.iter() if element.attrib]
        assert not [item for item in found.iter() if item.tag.endswith("}ul") and any(not e.tag.endswith("}li") for e in item)]


def every_item(items: list[Json]) -> Iterator[Json]:
    for item in items:
        yield item
        yield from every_item(item.get("item", []))


def test_no_resource_says_when_or_of_whom(resources: list[Json]) -> None:
    for resource in resources:
        assert not {"subject", "encounter", "author", "authored", "source", "performer", "occurrenceDateTime"} & set(resource)


def test_what_hangs_on_an_answer_hangs_on_one_that_is_there(resources: list[Json]) -> None:
    for resource in resources:
        if resource["resourceType"] == "Questionnaire":
            items = list(every_item(resource.get("item", [])))
            targets = {when["question"] for item in items for when in item.get("enableWhen", [])}
            assert targets <= {item["linkId"] for item in items}
