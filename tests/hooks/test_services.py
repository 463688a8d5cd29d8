"""Discovery: what the standard wants of a service, in the words of the pack, under names that no other pack has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from export_packs import NAMES, make_pack

from triage.fhir.questionnaire import build_questionnaire
from triage.hooks.services import HOOKS, PREFETCH_KEY, describe_services, list_services
from triage.wording import banned_wordings, every_text

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


@pytest.fixture(params=NAMES)
def described(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def services_of(pack: Pack, *, authenticated: bool = False) -> list[dict[str, Any]]:
    tree = json.loads(json.dumps(describe_services(pack, authenticated=authenticated)))
    assert list(tree) == ["services"]
    return list(tree["services"])


def test_each_hook_has_a_service_with_an_id_of_its_own(described: Pack) -> None:
    services = services_of(described)
    assert [service["hook"] for service in services] == list(HOOKS) == ["patient-view", "appointment-book"]
    assert [(service["id"], service["hook"]) for service in services] == list(list_services(described))
    assert len({service["id"] for service in services}) == len({service["title"] for service in services}) == len(HOOKS)


def test_the_description_is_the_intended_use_with_the_deferral(described: Pack) -> None:
    header = described.header
    for service in services_of(described):
        assert service["description"] == f"{header.intended_use} {header.deferral.text}"
        assert header.title in service["title"]


def test_every_field_is_one_of_the_standard_or_an_extension_and_none_is_empty(described: Pack) -> None:
    fields = ["hook", "title", "description", "id", "prefetch", "usageRequirements", "version", "hookVersion", "extension"]
    for service in services_of(described):
        assert list(service) == fields
        assert all(service.values())
        assert service["extension"] == {
            "vcf-triage.pack": {"id": described.id, "version": described.version, "digest": described.digest}
        }


def test_the_prefetch_asks_for_the_newest_response_to_the_packs_questionnaire(described: Pack) -> None:
    for service in services_of(described):
        assert list(service["prefetch"]) == [PREFETCH_KEY]
        kind, _, query = service["prefetch"][PREFETCH_KEY].partition("?")
        asked = parse_qs(query, strict_parsing=True)
        assert kind == "QuestionnaireResponse"
        assert {name: asked[name] for name in ("patient", "_sort", "_count")} == {
            "patient": ["{{context.patientId}}"], "_sort": ["-authored"], "_count": ["1"],
        }  # fmt: skip
        assert build_questionnaire(described)["url"] in asked["questionnaire"][0].split(",")


def test_a_token_is_spoken_of_where_one_is_asked_for(pack: Pack) -> None:
    for service in services_of(pack):
        assert "token" in service["usageRequirements"]
        assert "ES384" not in service["usageRequirements"]
    assert all("ES384" in service["usageRequirements"] for service in services_of(pack, authenticated=True))


def test_no_text_advises(pack: Pack) -> None:
    for authenticated in (True, False):
        texts = every_text(describe_services(pack, authenticated=authenticated))
        assert [banned for text in texts for banned in banned_wordings(text)] == []
