"""What the pages say, read back from their HTML: the same as an assessment, in every state, and what was typed as text."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import pytest
from desk_states import (
    ASSETS,
    CONTRADICTION,
    EMERGENCY,
    NO_SIGN,
    SAME_DAY,
    SETTLED,
    SIGNS,
    TWO,
    Seen,
    answer,
    fields_of,
    fold,
    form_of,
    make_pages,
    see,
    sent_by,
)
from foreign import needs_node, run_node

from triage import Intake, assess, load_pack
from triage.desk import pages
from triage.desk.form import Form, make_intakes, read_form
from triage.desk.pages import Desk
from triage.interview import next_question
from triage.sections import STATES
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.assessment import Assessment
    from triage.pack import Pack

PACKS = ("vertebral-fracture", "repair-cafe")
FRACTURE = {
    "fracture": ("yes", "no", ""),
    "painful": ("yes", "no", ""),
    "cause": ("osteoporosis", "cancer", "other", ""),
    "collapsed": ("yes", "no", ""),
    "height_restoration": ("yes", "no", ""),
    "stable": ("yes", "no", ""),
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</textarea></select></form><h1>Outcome",
    "{{ 7*7 }}{% raw %}",
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m",
    "&lt;b&gt;",
    "é" * 5000,
    "A" * (1 << 20),
]


@pytest.fixture(scope="module")
def desk(pack: Pack) -> Desk:
    return Desk(pack, pack.default_reading, ASSETS)


@pytest.fixture(scope="module")
def every_page(pack: Pack) -> dict[str, str]:
    return make_pages(pack)


def shows(seen: Seen, pack: Pack, assessment: Assessment) -> None:
    """A result shows what the assessment says: signs first, the outcome with its deferral, all procedures or none."""
    (alarm,) = seen.texts("//*[@id='alarm']")
    (outcome,) = seen.texts("//*[@id='outcome']")
    (rest,) = seen.texts("//*[@id='rest']")
    header, net = pack.header, assessment.safety_net
    assert net is not None
    assert header.safety_net is not None
    level = next(level for level in header.safety_net.levels if level.level == (net.level if net.reported else level.level))
    headline = fold(assessment.headline)
    said_above = fold(level.text) if net.reported and headline.startswith(fold(level.text)) else ""
    assert outcome.count(headline.removeprefix(said_above).strip()) == 1
    assert not said_above or said_above not in outcome
    assert fold(assessment.deferral) in outcome.split(headline.removeprefix(said_above).strip())[1]
    if header.standing is not None and assessment.standing is not None:
        assert fold(header.standing.texts[assessment.standing]) in outcome
    titles = [fold(text) for text in seen.texts("//*[@id='outcome']//h2")]
    named = STATES.get(assessment.outcome) or pack.decision[header.outcome].values[assessment.outcome]  # type: ignore[call-overload]
    assert len(titles) == 1
    assert named in titles[0]
    assert ("not settled" in titles[0]) == (assessment.outcome in pack.outcome and not assessment.settled)
    assert (fold(level.text) in alarm) == bool(net.reported)
    assert all((pack.question[sign].label in alarm) == (sign in net.reported) for sign in SIGNS if sign in pack.question)
    for procedure in header.procedures:
        assert (procedure.title in rest) == bool(assessment.procedures)


@pytest.mark.parametrize("reading", ["broad", "narrow"])
def test_every_combination_of_answers_shows_what_the_assessment_says(pack: Pack, reading: str) -> None:
    desk = Desk(pack, reading, ASSETS)
    for values in product(*FRACTURE.values()):
        answers = {**NO_SIGN, **{name: value for name, value in zip(FRACTURE, values, strict=True) if value}}
        shows(see(pages.show_result(desk, form_of(pack, answers))), pack, assess(pack, Intake(answers), reading=reading))


def test_every_combination_of_warning_signs_shows_what_the_assessment_says(pack: Pack, desk: Desk) -> None:
    for values in product(("yes", "no", "unknown"), repeat=len(SIGNS)):
        if values.count("yes") > 2 or (values.count("unknown") > 1 and values[0] != "unknown"):
            continue
        answers = {**SETTLED, **dict(zip(SIGNS, values, strict=True))}
        shows(see(pages.show_result(desk, form_of(pack, answers))), pack, assess(pack, Intake(answers)))


@pytest.mark.parametrize("name", PACKS)
def test_the_whole_page_and_its_result_alone_say_the_same(name: str) -> None:
    pack = load_pack(name)
    desk = Desk(pack, pack.default_reading, ASSETS)
    for question in pack.questions:
        for value in (*question.values, "unknown"):
            form = form_of(pack, {question.question: value})
            whole, alone = see(pages.show_desk(desk, form)), see(pages.show_result(desk, form))
            for part in ("alarm", "outcome", "links", "rest"):
                assert whole.texts(f"//*[@id='{part}']") == alone.texts(f"//*[@id='{part}']")


@needs_node
def test_every_page_is_valid_html(every_page: dict[str, str]) -> None:
    assert run_node("validate_html.mjs", every_page) == []


def test_no_page_says_what_may_not_be_said(every_page: dict[str, str]) -> None:
    for name, page in every_page.items():
        seen = see(page)
        attributes = seen.values("//@aria-label | //@title | //@placeholder | //@data-failed")
        assert banned_wordings(" | ".join([seen.text("//html"), *attributes])) == [], name


def test_every_page_says_what_it_is_for_and_from_which_pack(pack: Pack, every_page: dict[str, str]) -> None:
    for page in every_page.values():
        footer = see(page).text("//footer")
        for text in (pack.header.intended_use, pack.header.deferral.text, "Educational, not diagnostic.", pack.id, pack.version):
            assert fold(text) in footer
        assert pack.digest in footer


def test_no_page_fetches_anything_from_elsewhere_or_holds_script_or_style(every_page: dict[str, str]) -> None:
    for name, page in every_page.items():
        seen = see(page)
        addresses = seen.values("//@href | //@src | //@action | //@formaction | //@srcset | //@poster | //@data")
        assert all(re.fullmatch(r"#[A-Za-z0-9_-]+|/[A-Za-z0-9_/.#-]*", address) for address in addresses), (name, addresses)
        assert seen.values("//@style | //style | //@*[starts-with(name(), 'on')] | //iframe | //object | //base") == []
        assert [script.text for script in seen.tree.xpath("//script")] == [None]


def test_answers_travel_in_forms_by_post_alone(every_page: dict[str, str]) -> None:
    for page in every_page.values():
        seen = see(page)
        assert set(seen.values("//form/@method")) <= {"post"}
        assert seen.values("//@formmethod") == []


def test_nothing_is_chosen_before_somebody_chooses_it(desk: Desk) -> None:
    for page in (pages.show_desk(desk, Form()), pages.show_interview(desk, Form())):
        seen = see(page)
        assert seen.values("//input/@checked | //option/@selected") == []
        assert {value for name, value in sent_by(page) if name != "at"} == {""}


def test_not_known_and_not_asked_can_both_be_chosen_for_every_question(pack: Pack, desk: Desk) -> None:
    seen = see(pages.show_desk(desk, Form()))
    for question in pack.questions:
        (name,) = {name for name in seen.values("//@name") if re.fullmatch(rf"answer\.{question.question}(\.1)?", name)}
        values = seen.values(f"//input[@name='{name}']/@value | //select[@name='{name}']/option/@value")
        assert sorted(values) == sorted([*question.values, "unknown", ""])
        assert seen.texts(f"//fieldset[starts-with(@id, 'q-{question.question}')]/legend")[0] == fold(question.text)
        whole = seen.text(f"//fieldset[@id='q-{question.question}' or @id='q-{question.question}-1']")
        assert fold(question.help) in whole
        for code in question.because:
            assert fold(pack.statement[code].text if code in pack.statement else pack.source[code].title) in whole


def test_every_question_says_who_is_expected_to_answer_it(pack: Pack, desk: Desk) -> None:
    seen = see(pages.show_desk(desk, Form()))
    for question in pack.questions:
        said = "expected from" in seen.text(f"//fieldset[@id='q-{question.question}' or @id='q-{question.question}-1']")
        assert said == bool(question.expected_from)


def test_what_a_page_shows_is_what_it_sends(pack: Pack, desk: Desk) -> None:
    fields = fields_of(pack, TWO, ("teller.cause.2", "clinician"), reference="case-17", sites=("L1", "L2"))
    intakes = make_intakes(pack, read_form(pack, fields))
    for show in (pages.show_desk, pages.show_interview, pages.show_check, pages.show_sheet):
        assert make_intakes(pack, read_form(pack, sent_by(show(desk, read_form(pack, fields))))) == intakes


def test_an_answer_is_taken_back_by_choosing_not_asked(pack: Pack, desk: Desk) -> None:
    page = pages.show_desk(desk, form_of(pack, SETTLED))
    (intake,) = make_intakes(pack, read_form(pack, answer(sent_by(page), collapsed__1="")))
    assert dict(intake.answers) == {name: value for name, value in SETTLED.items() if name != "collapsed"}


def test_an_emergency_asks_nothing_else_and_names_no_procedure(pack: Pack, desk: Desk) -> None:
    for form in (form_of(pack, EMERGENCY), form_of(pack, {"chest_pain": "yes"}), form_of(pack, EMERGENCY, reference="A B")):
        for show in (pages.show_desk, pages.show_interview, pages.show_check):
            page = show(desk, form)
            seen = see(page)
            signs = [name for name, value in form.answers.items() if value == "yes" and name.question in SIGNS]
            assert seen.values("//fieldset[contains(@class, 'question')]/@id") == [spot.anchor for spot in signs]
            body = seen.text("//main")
            assert not any(procedure.title.casefold() in body.casefold() for procedure in pack.header.procedures)
            assert seen.text("//title").startswith("Contact a clinician now")
            assert make_intakes(pack, read_form(pack, sent_by(page))) == make_intakes(pack, form)


def test_a_slip_in_an_emergency_is_taken_back_and_nothing_is_lost_by_it(pack: Pack, desk: Desk) -> None:
    page = pages.show_desk(desk, form_of(pack, EMERGENCY, reference="case-17"))
    after = read_form(pack, answer(sent_by(page), leg_weakness="no"))
    (intake,) = make_intakes(pack, after)
    assert (dict(intake.answers), intake.reference) == (SETTLED, "case-17")


def test_a_sign_for_the_same_day_stands_above_the_outcome(pack: Pack, desk: Desk) -> None:
    text = see(pages.show_desk(desk, form_of(pack, SAME_DAY))).text("//*[@id='result']")
    assessment = assess(pack, Intake(SAME_DAY))
    assert text.index(pack.question["fever"].label) < text.index("Outcome:") < text.index(fold(assessment.deferral))


def test_with_a_mistake_on_the_page_there_is_no_outcome_and_a_reported_sign_is_said_all_the_same(pack: Pack, desk: Desk) -> None:
    for answers in (SETTLED, SAME_DAY):
        form = form_of(pack, answers, reference="Ann Example")
        for show in (pages.show_desk, pages.show_check, pages.show_sheet, pages.show_interview):
            seen = see(show(desk, form))
            assert seen.text("//title").startswith("Error: ")
            assert [href.lstrip("#") for href in seen.values("//*[@id='troubles']//a/@href")] == ["reference"]
            assert seen.values("//*[@id='reference']/@aria-invalid") == ["true"]
            assert seen.values("//*[@id='reference']/@value") == ["Ann Example"]
            assert not any(assess(pack, Intake(answers)).headline in text for text in seen.texts("//*[@id='outcome']"))
            assert (pack.question["fever"].label in seen.text("//*[@id='alarm']")) == (answers is SAME_DAY)


def test_every_way_to_a_field_leads_to_one(every_page: dict[str, str]) -> None:
    for name, page in every_page.items():
        seen = see(page)
        ids = set(seen.values("//@id"))
        assert {href[1:] for href in seen.values("//a/@href") if href.startswith("#")} <= ids, name
        described = {part for value in seen.values("//@aria-describedby | //@aria-labelledby | //@for") for part in value.split()}
        assert described <= ids, name


def test_answers_that_exclude_each_other_are_named_with_the_way_to_each(pack: Pack, desk: Desk) -> None:
    seen = see(pages.show_desk(desk, form_of(pack, CONTRADICTION)))
    assert seen.values("//*[@id='links']//a/@href") == ["#q-collapsed-1", "#q-height_restoration-1"]
    buttons = see(pages.show_interview(desk, form_of(pack, CONTRADICTION))).values("//div[@class='excluding']//button/@value")
    assert sorted(buttons) == ["change:collapsed.1", "change:height_restoration.1"]


def test_the_next_question_is_the_one_of_the_interview(pack: Pack, desk: Desk) -> None:
    for answers in ({}, NO_SIGN, {**NO_SIGN, "fracture": "yes"}, SETTLED):
        question = next_question(pack, assess(pack, Intake(answers)))
        links = see(pages.show_desk(desk, form_of(pack, answers))).texts("//*[@id='links']//a")
        assert links == ([f"Ask next: {question.label}"] if question else [])


def test_of_several_intakes_what_is_asked_once_is_linked_once_and_what_is_asked_of_each_by_its_name(
    pack: Pack, desk: Desk
) -> None:
    links = "//*[@id='links']//a"
    shared = see(pages.show_desk(desk, form_of(pack, TWO, sites=("L1", "L2")))).texts(links)
    assert shared == [f"Ask next: {pack.question['limited_mobility'].label}"]
    apart = see(pages.show_desk(desk, form_of(pack, NO_SIGN, sites=("L1", "")))).texts(links)
    label = pack.question["fracture"].label
    assert apart == [f"Ask next: {label} (L1)", f"Ask next: {label} (Site 2)"]


def test_a_question_says_which_of_several_sites_it_is_about(pack: Pack, desk: Desk) -> None:
    text = pack.question["cause"].text
    for sites, due in ((("L1", ""), [f"L1: {text}", f"Site 2: {text}"]), (("L1",), [text])):
        seen = see(pages.show_desk(desk, form_of(pack, TWO, sites=sites)))
        assert seen.texts("//legend[starts-with(@id, 'q-cause-')]") == due
        assert seen.texts("//legend[starts-with(@id, 'q-fever')]") == [pack.question["fever"].text]


def test_answers_that_exclude_each_other_take_no_warning_sign_off_the_list(pack: Pack, desk: Desk) -> None:
    excluding = {"collapsed": "no", "height_restoration": "yes"}
    links = "//*[@id='links']//a"
    first, second = (see(pages.show_desk(desk, form_of(pack, {**signs, **excluding}))).texts(links) for signs in ({}, NO_SIGN))
    assert len(first) == len(second) + 1
    sign = next(question for question in pack.questions if question.warning is not None)
    assert set(first) - set(second) == {f"Ask all the same: {sign.label}"}
    rows = see(pages.show_check(desk, form_of(pack, excluding))).texts("//dd[not(@class)]")
    said = "Not asked: still open; a warning sign counts whatever else the answers say"
    assert rows.count(said) == sum(question.warning is not None for question in pack.questions)


def test_what_a_note_gives_to_think_of_stands_beside_the_outcome(pack: Pack, desk: Desk) -> None:
    form = form_of(pack, {**NO_SIGN, "fracture": "yes", "collapsed": "no", "imaging": "none"})
    (note,) = assess(pack, make_intakes(pack, form)[0]).notes[:1]
    assert note.text in see(pages.show_desk(desk, form)).text("//*[@id='rest']")


def test_the_focus_is_on_what_to_do_before_it_is_on_a_mistake(pack: Pack, desk: Desk) -> None:
    for answers, due in ((EMERGENCY, ["alarm"]), (SETTLED, ["troubles"])):
        seen = see(pages.show_desk(desk, form_of(pack, answers, reference="A B")))
        assert seen.values("//*[@autofocus]/@id") == due


def test_checking_shows_every_question_once_with_its_answer(pack: Pack, desk: Desk) -> None:
    form = form_of(pack, {**SETTLED, "stable": "unknown"}, ("teller.cause.1", "clinician"))
    seen = see(pages.show_check(desk, form))
    rows = dict(zip(seen.texts("//dt"), seen.texts("//dd[not(@class)]"), strict=True))
    assert set(rows) == {"Reference", "Site", *(question.label for question in pack.questions)}
    assert rows["Cause of fracture"] == "Osteoporosis, said by a clinician"
    assert rows["Fracture called stable"] == "Not known"
    assert rows["Insurance plan"] == "Not asked: left open; it is for the sheet"


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_stays_text(pack: Pack, desk: Desk, typed: str, every_page: dict[str, str]) -> None:
    plain = see(pages.show_desk(desk, form_of(pack, {}, reference="A B", sites=("C D",))))
    tags = [element.tag for element in plain.tree.iter() if isinstance(element.tag, str)]
    form = form_of(pack, {}, reference=typed, sites=(typed,))
    page = pages.show_desk(desk, form)
    seen = see(page)
    assert [element.tag for element in seen.tree.iter() if isinstance(element.tag, str)] == tags
    assert seen.values("//@onerror | //@onfocus") == []
    assert len(page) < len(every_page["desk, empty"]) + 5000
    hostile = form_of(pack, {"fever": typed, "cause": typed}, ("teller.fever", typed))
    assert typed[:30] not in see(pages.show_desk(desk, hostile)).text("//html")


def test_other_packs_have_a_desk_too() -> None:
    pack = load_pack("repair-cafe")
    desk = Desk(pack, pack.default_reading, ASSETS)
    seen = see(pages.show_desk(desk, Form()))
    assert len(seen.values("//fieldset[contains(@class, 'question')]/@id")) == len(pack.questions)
    shows(seen, pack, assess(pack, Intake({})))


@pytest.mark.parametrize("show", [pages.show_desk, pages.show_interview, pages.show_sheet])
def test_the_answers_of_each_site_can_be_saved_from_wherever_one_is(
    pack: Pack, desk: Desk, show: Callable[[Desk, Form], str]
) -> None:
    for answers, sites in ((SETTLED, ("",)), (TWO, ("L1", "L2"))):
        page = show(desk, form_of(pack, answers, ("asked", "fever"), sites=sites))
        names = [f"Save the answers of {site}" for site in sites] if len(sites) > 1 else ["Save the answers"]
        address = "/sheet/save" if show is pages.show_sheet else "/desk/save"
        assert see(page).texts(f"//button[@formaction='{address}']") == names
        for number, name in enumerate(names, 1):
            sent = dict(sent_by(page, name))
            assert sent["do"] == str(number)
            assert make_intakes(pack, read_form(pack, sent.items())) == make_intakes(pack, form_of(pack, answers, sites=sites))


def test_in_an_emergency_nothing_is_saved_from_the_desk_and_else_its_end_is_one_link_away(pack: Pack, desk: Desk) -> None:
    for answers, sites, count in (({}, ("",), 1), (TWO, ("L1", "L2"), 2), (EMERGENCY, ("",), 0)):
        seen = see(pages.show_desk(desk, form_of(pack, answers, sites=sites)))
        assert seen.values("//button[@formaction='/desk/save']/@value") == [str(number + 1) for number in range(count)]
        assert len(seen.tree.xpath("//section//a[@href='#take' and not(ancestor::*[@hidden])]")) == bool(count)
        assert len(seen.tree.xpath("//*[@id='take']//button")) >= 2
