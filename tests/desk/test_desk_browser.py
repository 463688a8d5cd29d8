"""The desk in a browser: by keyboard alone, without a script, for a screen reader, narrow, dark, printed, with the service gone.

Whatever a test does, its page may ask nothing of another host, put no answer into an address, and keep nothing (`desk_browser`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from desk_browser import find_violations, opened, send, serving
from desk_states import CONTRADICTION, EMERGENCY, NO_SIGN, PARTLY, SAME_DAY, SETTLED, TWO, Fields, fields_of, fold, form_of
from foreign import needs_modeler, start_chromium
from pypdf import PdfReader

from triage import Intake, assess, load_pack
from triage.desk.form import make_intakes
from triage.report import render_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from triage.pack import Pack

pytestmark = needs_modeler

LAPTOP = {"viewport": {"width": 1200, "height": 800}}
NARROW = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}
ZOOMED = {"viewport": {"width": 640, "height": 360}}
MISTAKES = ("teller.vertebrae", "patient"), ("answer.insurance", "nothing of it")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from start_chromium()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with opened(browser, url, **LAPTOP) as page:
        yield page


def states(pack: Pack) -> dict[str, tuple[str, Fields]]:
    """Where every page in every state is found."""
    two = fields_of(pack, TWO, reference="case-17", sites=("L1", "L2"))
    return {
        "desk, partly filled": ("/desk", fields_of(pack, PARTLY, ("teller.collapsed.1", "patient"))),
        "desk, settled": ("/desk", fields_of(pack, SETTLED)),
        "desk, same day": ("/desk", fields_of(pack, SAME_DAY)),
        "desk, emergency": ("/desk", fields_of(pack, EMERGENCY)),
        "desk, contradiction": ("/desk", fields_of(pack, CONTRADICTION)),
        "desk, mistakes": ("/desk", fields_of(pack, SETTLED, *MISTAKES, reference="A B")),
        "desk, two sites": ("/desk", two),
        "interview, question": ("/interview", fields_of(pack, {**NO_SIGN, "fracture": "yes"})),
        "interview, no answer": ("/interview", fields_of(pack, NO_SIGN, ("at", "fracture.1"))),
        "interview, contradiction": ("/interview", fields_of(pack, CONTRADICTION)),
        "interview, end": ("/interview", fields_of(pack, SETTLED, ("skip", "sheet"))),
        "check": ("/desk/check", fields_of(pack, PARTLY)),
        "sheet": ("/sheet", fields_of(pack, SETTLED)),
        "sheet, emergency": ("/sheet", fields_of(pack, EMERGENCY)),
        "sheet, two sites": ("/sheet", two),
        "refused": ("/desk", [("answer.nothing", "yes")]),
    }


STATES = states(load_pack())


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.id"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, text: str) -> None:
    """Tab until the element with this text has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent.trim()").startswith(text):
            return
    raise AssertionError(f"{text!r} is never reached")


def outcome(page: Page) -> str:
    return fold(page.locator("#outcome").inner_text())


def is_in_sight(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    return box is not None and size is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


def settle(page: Page) -> None:
    """Wait until the result has followed the answers."""
    page.wait_for_function("() => !document.getElementById('result').hasAttribute('aria-busy')")


@pytest.mark.parametrize(
    "options", [LAPTOP, NARROW, {**LAPTOP, "forced_colors": "active"}], ids=["light", "narrow, dark", "forced"]
)
def test_no_page_in_any_state_has_a_barrier_that_axe_finds(browser: Browser, url: str, options: dict[str, Any]) -> None:
    names = [name for name in STATES if "forced_colors" not in options or name in ("desk, emergency", "desk, mistakes")]
    found: dict[str, list[str]] = {}
    with opened(browser, url, **options) as page:
        for path in ("/", "/interview", "/open"):
            page.goto(f"{url}{path}")
            found[path] = find_violations(page)
        for name in names:
            send(page, *STATES[name])
            found[name] = find_violations(page)
            width = page.evaluate("() => document.documentElement.scrollWidth")
            assert width <= page.viewport_size["width"], name  # type: ignore[index]
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_axe_would_find_a_barrier(page: Page) -> None:
    page.evaluate("() => document.querySelector('label[for=reference]').remove()")
    assert any(found.startswith("label: ") for found in find_violations(page))


def test_a_file_that_cannot_be_used_is_told_where_it_was_chosen(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "intake.yaml"
    file.write_text("answers: {leg_weakness: yes, cause: maybe}")
    page.click("text=Open saved answers")
    page.set_input_files("#files", file)
    page.focus("#files")
    tab_to(page, "Open")
    page.keyboard.press("Enter")
    page.wait_for_selector("#troubles")
    assert focused(page) == "troubles"
    assert "Leg weakness" in page.locator("#alarm").inner_text()
    assert find_violations(page) == []
    file.write_text("answers: {cause: cancer}")
    page.set_input_files("#files", file)
    page.click("button >> text=Open")
    assert page.locator("input[value=cancer]").is_checked()


def test_enter_goes_on_from_the_reference_to_the_site_and_the_first_question(page: Page, pack: Pack) -> None:
    before = page.url
    page.focus("#reference")
    page.keyboard.type("case-17")
    page.keyboard.press("Enter")
    page.keyboard.type("L1")
    page.keyboard.press("Enter")
    page.keyboard.press("y")
    first = page.locator("input[type=radio]:checked[value=yes]").get_attribute("name") or ""
    assert (page.url, page.input_value("#reference"), page.input_value("#site-1")) == (before, "case-17", "L1")
    assert first.removeprefix("answer.") == next(iter(pack.question))


def test_the_desk_is_filled_by_number_keys_and_enter_and_the_sheet_taken_by_keyboard_alone(
    page: Page, pack: Pack, tmp_path: Path
) -> None:
    tab_to(page, "Ask next")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'q-bladder_bowel-1'")
    press(page, *["2", "Enter"] * 7)
    press(page, "y", "Enter", "1", "Enter", "o", "Enter", "1", "Enter", "Enter", "n", "Enter")
    settle(page)
    answers = {**NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "osteoporosis", "collapsed": "yes", "stable": "no"}
    assert fold(assess(pack, Intake(answers)).headline) in outcome(page)
    tab_to(page, "Check the answers")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Check the answers")
    tab_to(page, "Change Fracture called stable")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'q-stable-1-2'")
    press(page, "y", "Enter")
    tab_to(page, "Sheet")
    page.keyboard.press("Enter")
    page.wait_for_selector("article")
    tab_to(page, "JSON")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "sheet.json")
    assert (tmp_path / "sheet.json").read_text() == render_json([assess(pack, Intake({**answers, "stable": "yes"}))])


def test_letters_and_delete_answer_and_take_back(page: Page) -> None:
    page.focus("#q-cause-1-1")
    for key, value in (
        ("c", "cancer"),
        ("i", "trauma"),
        ("a", "other"),
        ("o", "osteoporosis"),
        ("u", "unknown"),
        ("?", "unknown"),
        ("4", "other"),
    ):
        page.keyboard.press(key)
        assert page.locator("input[name='answer.cause.1']:checked").get_attribute("value") == value
    for key in ("9", "0", "x", "t", "n", "Control+c"):
        page.keyboard.press(key)
        assert page.locator("input[name='answer.cause.1']:checked").get_attribute("value") == "other"
    page.keyboard.press("Delete")
    assert page.locator("input[name='answer.cause.1']:checked").get_attribute("value") == ""
    settle(page)


def interview(page: Page, keys: dict[str, str]) -> list[str]:
    """Answer every question that is put, by the keys for its id; what was asked."""
    asked: list[str] = []
    while page.locator("input[name=at]").count():
        name = page.locator("input[name=at]").get_attribute("value") or ""
        asked.append(name.partition(".")[0])
        for key in keys.get(asked[-1], "2"):
            page.keyboard.press({" ": "Space", "v": "ArrowDown"}.get(key, key))
        if page.evaluate("() => document.activeElement.tagName") == "SELECT" and not page.locator(".js").count():
            tab_to(page, "Continue")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    return asked


def test_an_interview_goes_by_one_key_and_enter(page: Page, url: str, pack: Pack) -> None:
    page.goto(f"{url}/interview")
    assert focused(page) == "q-bladder_bowel-1"
    asked = interview(page, {"fracture": "y", "painful": "y", "cause": "o", "collapsed": "y", "stable": "y", "imaging": "3"})
    assert asked[:7] == list(NO_SIGN)
    assert len(asked) == len(set(asked))
    answers = dict(zip(asked, ["no"] * 7, strict=False)) | {
        "fracture": "yes",
        "painful": "yes",
        "cause": "osteoporosis",
        "collapsed": "yes",
        "stable": "yes",
        "imaging": "available",
    }
    assert fold(assess(pack, Intake(answers)).headline) in outcome(page)


def test_without_a_script_an_interview_goes_by_keyboard_alone(browser: Browser, url: str, pack: Pack) -> None:
    with opened(browser, url, java_script_enabled=False, **LAPTOP) as page:
        page.goto(f"{url}/interview")
        keys = dict.fromkeys(pack.question, " v") | {
            "fracture": " ",
            "painful": " ",
            "cause": " ",
            "collapsed": " ",
            "stable": " ",
        }
        keys |= {"vertebrae": "3"}
        asked = interview(page, keys)
        assert asked[:8] == [*NO_SIGN, "fracture"]
        assert "Outcome: " in outcome(page)
        assert pack.header.deferral.text in outcome(page)


def go(page: Page, text: str) -> None:
    """Go to a button or a link by Tab, and press it."""
    tab_to(page, text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def take(page: Page, text: str, path: Path) -> None:
    """Take a file away by keyboard."""
    tab_to(page, text)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(path)


def give(page: Page, answers: dict[str, str]) -> None:
    """Go through the questions by Tab, choosing with the space bar and the arrow keys alone."""
    page.focus("main")
    for name, value in answers.items():
        names = (f"answer.{name}", f"answer.{name}.1")
        for _ in range(150):
            if page.evaluate("() => document.activeElement.name") in names:
                break
            page.keyboard.press("Tab")
        values = page.evaluate("() => [...document.getElementsByName(document.activeElement.name)].map((radio) => radio.value)")
        press(page, "Space", *["ArrowDown"] * values.index(value))


def test_without_a_script_the_desk_is_a_plain_form_for_the_keyboard_alone(
    browser: Browser, url: str, pack: Pack, tmp_path: Path
) -> None:
    with opened(browser, url, java_script_enabled=False, **LAPTOP) as page:
        assert not page.locator(".keys, .print").locator("visible=true").count()
        give(page, SETTLED)
        go(page, "Show the result")
        assert fold(assess(pack, Intake(SETTLED)).headline) in outcome(page)
        page.focus("input[name='answer.stable.1']:checked")
        press(page, "ArrowDown", "ArrowDown")  # past not known, to not asked
        page.focus("#reference")
        page.keyboard.type("case 17")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "Error: " in page.title()
        assert focused(page) == "troubles"
        press(page, "Tab", "Enter", "Control+a")
        page.focus("#reference")
        press(page, "Control+a")
        page.keyboard.type("case-17")
        go(page, "Check the answers")
        go(page, "Sheet")
        take(page, "Save the answers", tmp_path / "saved.json")
        go(page, "Open saved answers")
        page.set_input_files("#files", tmp_path / "saved.json")
        page.focus("#files")
        go(page, "Open")
        assert page.input_value("#reference") == "case-17"
        assert page.locator("#desk input:checked").count() == len(SETTLED) - 1
        page.focus("input[name='answer.chest_pain']:checked")
        press(page, "ArrowUp")
        go(page, "Show the result")
        assert page.locator("fieldset").count() == 1
        assert "Contact a clinician now" in page.title()


def test_the_result_follows_the_answers_and_is_told_to_a_screen_reader_only_where_it_changed(page: Page, pack: Pack) -> None:
    assert page.locator("#alarm").get_attribute("role") == "alert"
    assert page.locator("#outcome").get_attribute("role") == "status"
    send(page, *STATES["desk, settled"])
    page.evaluate("() => { document.querySelector('#outcome h2').mark = document.querySelector('#alarm').mark = 1; }")
    page.check("input[name='answer.limited_mobility'][value=yes]")
    settle(page)
    assert page.evaluate("() => document.querySelector('#outcome h2').mark") == 1
    page.check("input[name='answer.fever'][value=yes]")
    settle(page)
    assert fold(page.locator("#alarm").inner_text()).startswith("Warning signs A warning sign is reported.")
    page.check("input[name='answer.fever'][value=no]")
    page.check("input[name='answer.stable.1'][value=yes]")
    settle(page)
    assert page.locator("#alarm").inner_text().strip() == ""
    assert fold(assess(pack, Intake({**SETTLED, "stable": "yes"})).headline) in outcome(page)


def test_an_emergency_leaves_only_the_reported_sign_to_see_and_a_slip_brings_all_back(page: Page, pack: Pack) -> None:
    send(page, *STATES["desk, settled"])
    page.focus("#q-leg_weakness-2")
    page.keyboard.press("y")
    settle(page)
    assert page.locator("fieldset >> visible=true").count() == 1
    assert page.locator("h1 >> visible=true").inner_text() == "Contact a clinician now"
    assert page.title().startswith("Contact a clinician now")
    assert focused(page) == "q-leg_weakness-1"
    assert not any(procedure.title in page.locator("main").inner_text() for procedure in pack.header.procedures)
    assert find_violations(page) == []
    page.keyboard.press("n")
    settle(page)
    assert page.locator(".question >> visible=true").count() == len(pack.questions)
    assert not page.title().startswith("Contact")


@pytest.mark.parametrize("options", [LAPTOP, NARROW, ZOOMED], ids=["wide", "narrow", "at 200 %"])
def test_a_sign_is_seen_from_wherever_it_was_reported_and_its_question_once_it_is_taken_back(
    browser: Browser, url: str, pack: Pack, options: dict[str, Any]
) -> None:
    with opened(browser, url, **options) as page:
        for name in ("fever", "chest_pain"):
            page.check(f"input[name='answer.{name}'][value=yes]")
            settle(page)
            assert is_in_sight(page, "#alarm p >> nth=0"), name
        page.check("input[name='answer.chest_pain'][value=no]")
        settle(page)
        assert is_in_sight(page, "input[name='answer.chest_pain'][value=no]")
        page.goto(f"{url}/interview")
        fields = ("at", "fever"), ("asked", "major_injury")
        send(page, "/interview", fields_of(pack, {**NO_SIGN, "fever": "yes"}, *fields))
        assert focused(page) == "alarm"
        assert is_in_sight(page, "#alarm p >> nth=0")
        tab_to(page, "")
        assert page.evaluate("() => document.activeElement.name").startswith("answer.")


def test_a_slip_is_taken_back_on_the_page_of_an_emergency_too(page: Page, pack: Pack) -> None:
    send(page, *STATES["desk, emergency"])
    with page.expect_navigation():
        page.check("input[name='answer.leg_weakness'][value=no]")
    assert page.locator(".question >> visible=true").count() == len(pack.questions)
    assert fold(assess(pack, Intake(SETTLED)).headline) in outcome(page)


def test_no_outcome_stays_that_the_service_did_not_confirm(page: Page, url: str, pack: Pack) -> None:
    send(page, *STATES["desk, same day"])
    page.route("**/desk/result", lambda route: route.abort())
    page.check("input[name='answer.stable.1'][value=yes]")
    settle(page)
    assert outcome(page).startswith("No result: ")
    assert "procedure" not in page.locator("#rest").inner_text()
    assert pack.question["fever"].label in page.locator("#alarm").inner_text()
    page.unroute("**/desk/result")
    page.route("**/desk/result", lambda route: route.fulfill(status=401, body=""))
    page.check("input[name='answer.stable.1'][value=unknown]")
    settle(page)
    assert outcome(page).startswith("No result: the service was started anew.")
    page.unroute("**/desk/result")
    page.check("input[name='answer.stable.1'][value=no]")
    settle(page)
    assert "Outcome: " in outcome(page)


def test_a_mistake_takes_the_focus_and_leads_to_its_field(page: Page) -> None:
    page.fill("#reference", "Ann Example")
    page.click("text=Check the answers")
    page.wait_for_function("() => document.activeElement.id === 'troubles'")
    press(page, "Tab", "Enter")
    page.wait_for_function("() => document.activeElement.id === 'reference'")
    send(page, "/interview", fields_of(load_pack(), NO_SIGN, ("at", "fracture.1")))
    page.wait_for_function("() => document.activeElement.id === 'troubles'")
    press(page, "Tab", "Enter")
    page.wait_for_function("() => document.activeElement.id === 'q-fracture-1-1'")


def test_the_result_stays_in_sight_beside_the_last_question_on_a_wide_screen(page: Page) -> None:
    send(page, *STATES["desk, settled"])
    page.focus("#q-insurance-1")
    box = page.locator("#outcome h2").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 800


@pytest.mark.parametrize("options", [LAPTOP, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", ["desk, settled", "desk, same day", "desk, partly filled", "interview, question", "sheet"])
def test_an_outcome_and_its_deferral_are_on_one_screen(
    browser: Browser, url: str, pack: Pack, options: dict[str, Any], name: str
) -> None:
    with opened(browser, url, **options) as page:
        send(page, *STATES[name])
        title = page.locator("h2", has_text="Outcome: ").first.bounding_box()
        said = page.locator("p", has_text=pack.header.deferral.text).first.bounding_box()
        assert title is not None
        assert said is not None
        assert 0 < said["y"] + said["height"] - title["y"] < options["viewport"]["height"] * 0.8


def test_a_narrow_screen_shows_the_result_above_the_questions(browser: Browser, url: str) -> None:
    with opened(browser, url, **NARROW) as page:
        send(page, *STATES["desk, same day"])
        tops = [box["y"] for part in ("#alarm", "#outcome", ".questions") if (box := page.locator(part).bounding_box())]
        assert tops == sorted(tops)
        assert len(set(tops)) == 3


def test_what_is_printed_is_the_sheet(page: Page) -> None:
    send(page, *STATES["sheet"])
    printed = fold(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf())).pages))
    assert "Outcome: kyphoplasty" in printed
    assert "Educational, not diagnostic." in printed
    assert not any(words in printed for words in ("Save the answers", "New case", "Skip to", "sees neither"))
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.click("button >> text=Print")
    assert page.evaluate("() => window.printed")


def test_answers_are_not_lost_without_asking(page: Page) -> None:
    page.check("input[name='answer.fever'][value=no]")
    settle(page)
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.click("text=New interview", no_wait_after=True)
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert page.locator("input[name='answer.fever'][value=no]").is_checked()
    page.click("text=Show the result")
    assert asked == ["beforeunload"]


def test_answers_that_were_saved_are_left_without_asking_and_asked_about_once_they_change(page: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    for is_changed in (False, True):
        page.check("input[name='answer.fever'][value=no]")
        settle(page)
        with page.expect_download():
            page.click("text=Save the answers")
        page.wait_for_timeout(1100)
        if is_changed:
            page.check("input[name='answer.fever'][value=unknown]")
            settle(page)
        page.click("text=New case")
        page.wait_for_selector("html.js")
        assert asked == ["beforeunload"] * is_changed


def test_the_back_button_asks_and_brings_neither_answers_nor_their_outcome(page: Page) -> None:
    before = outcome(page)
    page.check("input[name='answer.collapsed.1'][value=yes]")
    settle(page)
    page.click("text=Show the result")
    page.wait_for_selector("html.js")
    assert page.url.endswith("/desk")
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.once("dialog", leave)
    page.go_back()
    assert asked == ["beforeunload"]
    assert not page.locator("input[name='answer.collapsed.1'][value=yes]").is_checked()
    assert outcome(page) == before


def test_several_sites_are_filled_on_one_page_and_come_as_one_sheet_by_keyboard_alone(
    page: Page, pack: Pack, tmp_path: Path
) -> None:
    page.focus("#reference")
    page.keyboard.type("case-17")
    page.keyboard.press("Tab")
    page.keyboard.type("L1")
    go(page, "Add another site")
    page.wait_for_function("() => document.activeElement.id === 'site-2'")
    page.keyboard.type("L2")
    give(page, dict(sorted(TWO.items(), key=lambda item: item[0] == "imaging" or ".2" in item[0])))
    settle(page)
    go(page, "Sheet")
    take(page, "JSON", tmp_path / "sheet.json")
    intakes = make_intakes(pack, form_of(pack, TWO, reference="case-17", sites=("L1", "L2")))
    assert (tmp_path / "sheet.json").read_text() == render_json([assess(pack, intake) for intake in intakes])
    go(page, "Back to the desk")
    go(page, "Remove L1")
    assert page.input_value("#site-1") == "L2"
    assert fold(assess(pack, intakes[1]).headline) in outcome(page)
