"""The questionnaire in LHC-Forms, the form filler of the U.S. National Library of Medicine, in Chromium.

A person fills it through its widgets, and what it gives back is read as the same intake; a response of ours loads there whole.
"""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from export_packs import make_pack
from fhir_samples import examples
from foreign import CHROMIUM, MODULES, start_chromium
from responses import write_response

from triage import Intake, assess, load_pack
from triage.fhir.questionnaire import build_questionnaire
from triage.fhir.response import read_response
from triage.intake import normalise
from triage.parts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from triage.pack import Pack

Json = dict[str, Any]

LFORMS = MODULES / ".unpacked/lforms/dist/lforms"
SCRIPTS = ("assets/lib/zone.min.js", "runtime.js", "polyfills.js", "main.js")
LOADED = "() => Boolean(window.LForms && LForms.Util && LForms.Util.addFormToPage)"
SHOW = "questionnaire => LForms.Util.addFormToPage(questionnaire, 'form', {fhirVersion: 'R4'})"
LOAD = """([questionnaire, response]) => {
  const form = LForms.Util.convertFHIRQuestionnaireToLForms(questionnaire, 'R4');
  return LForms.Util.addFormToPage(LForms.Util.mergeFHIRDataIntoLForms('QuestionnaireResponse', response, form, 'R4'), 'form');
}"""
GIVE = "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')"

PACK = load_pack("vertebral-fracture")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or not LFORMS.is_dir(), reason="needs Chromium and `make .venv/node`, which fetches what tests/npm names"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from start_chromium()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with LForms on it; whatever it would fetch is an error."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.set_content('<!doctype html><div id="form"></div>')
    page.add_style_tag(path=LFORMS / "webcomponent/styles.css")
    for script in (*(f"webcomponent/{name}" for name in SCRIPTS), "fhir/R4/lformsFHIR.min.js"):
        page.add_script_tag(path=LFORMS / script)
    page.wait_for_function(LOADED)
    yield page
    assert asked == []
    page.close()


def show(page: Page, pack: Pack) -> Json:
    questionnaire = json.loads(json.dumps(build_questionnaire(pack)))
    page.evaluate(SHOW, questionnaire)
    page.wait_for_selector(f'label[id^="{pack.questions[-1].question}/"]')
    return questionnaire  # type: ignore[no-any-return]


def fill(page: Page, answers: dict[str, str]) -> Json:
    for question, value in answers.items():
        page.locator(f'label[id^="{question}/"][id$="|{value}"]').click()
    given: Json = page.evaluate(GIVE)
    return given


def test_what_a_person_fills_in_there_is_assessed_as_the_same_intake(page: Page) -> None:
    show(page, PACK)
    answers: dict[str, str] = {}
    for number, question in enumerate(PACK.questions):
        values = (*question.values, UNKNOWN)
        # Each value of some question, one in four left out, and no sign that would withhold the rest.
        if number % 4 != 1:
            answers[question.question] = values[number % len(values)] if question.warning is None else ("no", UNKNOWN)[number % 2]
    given = read_response(PACK, json.dumps(fill(page, answers)).encode())
    assert given == Intake(answers)
    assert assess(PACK, given) == assess(PACK, Intake(answers))


def test_every_answer_can_be_given_there_and_an_untouched_form_answers_nothing(page: Page, tmp_path: Path) -> None:
    pack = make_pack("bicycles", tmp_path)
    show(page, pack)
    assert read_response(pack, page.evaluate(GIVE)) == Intake({})
    offered = [cycle((*question.values, UNKNOWN)) for question in pack.questions]
    for _ in range(max(len(question.values) for question in pack.questions) + 1):
        answers = {question.question: next(values) for question, values in zip(pack.questions, offered, strict=True)}
        assert read_response(pack, fill(page, answers)) == Intake(answers)


def test_a_response_of_ours_loads_there_without_loss(page: Page) -> None:
    questionnaire = json.loads(json.dumps(build_questionnaire(PACK)))
    intakes = [*examples(PACK), Intake(dict.fromkeys(PACK.question, UNKNOWN))]
    for intake in intakes:
        page.evaluate("document.getElementById('form').innerHTML = ''")
        page.evaluate(LOAD, [questionnaire, write_response(PACK, intake)])
        page.wait_for_selector(f'label[id^="{PACK.questions[-1].question}/"]')
        back = read_response(PACK, page.evaluate(GIVE))
        assert back == Intake(normalise(PACK, intake).values)
