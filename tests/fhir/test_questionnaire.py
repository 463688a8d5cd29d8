"""FHIR Questionnaires: complete, and bound to nothing but the pack. That they are valid is in `test_validity`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from export_packs import HOSTILE, NAMES, make_awkward_pack, make_pack
from small_pack import Edit, write_pack

from triage import load_pack
from triage.fhir.questionnaire import build_questionnaire, export_questionnaire, question_system
from triage.parts import UNKNOWN
from triage.wording import banned_wordings, every_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.pack import Pack

Item = dict[str, Any]


@pytest.fixture(params=NAMES)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def all_items(items: list[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from all_items(item.get("item", []))


def items_of(pack: Pack) -> list[Item]:
    return list(all_items(json.loads(export_questionnaire(pack))["item"]))


def test_every_question_is_asked_once_in_its_group_and_offers_its_values_and_unknown(exported: Pack) -> None:
    asked = [item for item in items_of(exported) if item["type"] == "choice"]
    assert sorted(item["linkId"] for item in asked) == sorted(exported.question)
    for item in asked:
        question = exported.question[item["linkId"]]
        codings = [option["valueCoding"] for option in item["answerOption"]]
        assert [coding["code"] for coding in codings] == [*question.values, UNKNOWN]
        assert [coding["display"] for coding in codings] == [question.say(value) for value in (*question.values, UNKNOWN)]
        assert {coding["system"] for coding in codings} == {question_system(exported, question.question)}
        assert (item["text"], item["required"], item["repeats"]) == (question.text, False, False)
        assert item["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "radio-button"
    groups = {group["linkId"]: group for group in json.loads(export_questionnaire(exported))["item"] if group["type"] == "group"}
    for question in exported.questions:
        assert question.question in {item["linkId"] for item in groups[f"group.{question.group}"]["item"]}


def test_every_question_has_its_help_as_a_text_and_not_as_a_question(exported: Pack) -> None:
    for item in items_of(exported):
        if item["type"] == "choice":
            (text,) = item["item"]
            assert (text["type"], text["text"]) == ("display", exported.question[item["linkId"]].help)
            assert text["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "help"


def test_link_ids_are_unique_and_nothing_is_required_or_hangs_on_an_answer(exported: Pack) -> None:
    items = items_of(exported)
    assert len({item["linkId"] for item in items}) == len(items)
    assert not [item for item in items if item.get("required") or "enableWhen" in item or "initial" in item]
    assert not [item for item in items if item["type"] == "display" and {"required", "repeats", "item", "code"} & set(item)]


def test_a_group_without_a_question_is_left_out(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit("questions.yaml", "  - {group: ride, title: The ride}", "  - {group: ride, title: A}\n  - {group: b, title: B}"),
    )
    links = [item["linkId"] for item in build_questionnaire(load_pack(tmp_path))["item"]]
    assert links == ["text.deferral", "group.safety", "group.ride"]


def test_it_says_which_pack_it_is_and_defers(pack: Pack) -> None:
    told = build_questionnaire(pack)
    assert (told["id"], told["version"], told["title"]) == (pack.id, pack.version, pack.header.title)
    assert [identifier["value"] for identifier in told["identifier"]] == [pack.digest]
    assert (told["status"], told["purpose"]) == ("draft", pack.header.intended_use)
    assert told["item"][0] == {"linkId": "text.deferral", "text": pack.header.deferral.text, "type": "display"}
    for text in (pack.header.deferral.text, pack.digest, "works nothing out, a reported warning sign included"):
        assert text in told["description"]


def test_a_pack_from_version_1_on_is_active_and_one_without_a_safety_net_speaks_of_none(tmp_path: Path) -> None:
    told = build_questionnaire(make_pack("umbrellas", tmp_path))
    assert told["status"] == "active"
    assert "warning" not in told["description"]


def test_names_stay_the_same_over_versions_and_differ_between_packs_and_questions(tmp_path: Path) -> None:
    write_pack(tmp_path / "one")
    write_pack(tmp_path / "two", Edit("pack.yaml", "version: 1.0.0", "version: 2.0.0"))
    write_pack(tmp_path / "other", Edit("pack.yaml", "pack: bicycles", "pack: tricycles"))
    one, two, other = (build_questionnaire(load_pack(tmp_path / name)) for name in ("one", "two", "other"))
    assert one["url"] == two["url"] != other["url"]
    assert one["url"].startswith("urn:uuid:")
    codes = {item["code"][0]["system"] for item in all_items(one["item"]) if "code" in item}
    systems = [item["answerOption"][0]["valueCoding"]["system"] for item in all_items(one["item"]) if "answerOption" in item]
    assert len({one["url"], *codes, *systems}) == 2 + len(systems)


def test_no_text_advises_or_repeats_a_claim(pack: Pack) -> None:
    texts = list(every_text(build_questionnaire(pack)))
    assert [banned for text in texts for banned in banned_wordings(text)] == []
    assert not [s for s in pack.statements if s.kind in ("claim", "withheld") and s.text in " ".join(texts)]


def test_texts_come_out_as_they_are(tmp_path: Path) -> None:
    assert build_questionnaire(make_awkward_pack(tmp_path / "awkward"))["title"] == HOSTILE
    assert HOSTILE.replace('"', '\\"') in export_questionnaire(make_awkward_pack(tmp_path / "again"))
