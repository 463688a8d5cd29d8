"""The fields of a page: what they say, what is refused, and that nothing is lost on the way to the next page."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from desk_states import EMERGENCY, SETTLED, SIGNS, TWO, fields_of, form_of
from small_pack import Edit, write_pack

from triage import assess, load_pack
from triage.desk.form import (
    MAX_SITES,
    STRAY,
    Form,
    Spot,
    add_site,
    find_own,
    list_fields,
    list_spots,
    make_intakes,
    read_form,
    remove_site,
)
from triage.desk.panel import make_panel
from triage.errors import RequestError
from triage.intake import TELLERS
from triage.service.settings import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

OUTCOME = ("fracture", "painful", "cause", "collapsed", "height_restoration", "stable")


def test_what_the_outcome_rests_on_is_asked_for_each_intake_and_all_else_once(pack: Pack) -> None:
    assert find_own(pack) == set(OUTCOME)
    spots = list_spots(pack, 2)
    assert {spot.question for spot in spots if not spot.number} == set(pack.question) - set(OUTCOME)
    assert [spot.number for spot in spots if spot.question in OUTCOME] == [1, 2] * len(OUTCOME)


def test_a_warning_sign_is_asked_once_even_where_the_outcome_rests_on_it(tmp_path: Path) -> None:
    reads = Edit("decisions.yaml", "reads: [surface, tyres]", "reads: [surface, tyres, brake_fault]")
    rule = Edit("decisions.yaml", "when: {surface: sand}", "when: {surface: sand, brake_fault: [yes, no]}")
    write_pack(tmp_path, reads, rule)
    assert find_own(load_pack(tmp_path)) == {"surface", "tyres"}


def test_an_empty_form_is_one_intake_without_an_answer(pack: Pack) -> None:
    assert read_form(pack, []) == Form()
    (intake,) = make_intakes(pack, Form())
    assert (dict(intake.answers), intake.reference, intake.site) == ({}, None, None)


def test_every_answer_of_every_question_is_read_as_it_is_and_an_empty_one_is_not_asked(pack: Pack) -> None:
    for spot in list_spots(pack, 1):
        for value in (*pack.question[spot.question].values, "unknown", ""):
            form = read_form(pack, [(f"answer.{spot}", value)])
            (intake,) = make_intakes(pack, form)
            assert dict(intake.answers) == ({spot.question: value} if value else {})
            assert not form.troubles


def test_every_teller_of_an_answer_is_read_and_told_beside_the_field_where_there_is_no_answer(pack: Pack) -> None:
    for teller in TELLERS:
        (intake,) = make_intakes(pack, form_of(pack, {"fever": "no"}, ("teller.fever", teller)))
        assert dict(intake.sources) == {"fever": teller}
        form = form_of(pack, {}, ("teller.fever", teller))
        assert [trouble.anchor for trouble in form.troubles] == ["q-fever"]
        assert not make_intakes(pack, form)[0].sources


@pytest.mark.parametrize(
    ("fields", "anchors"),
    [
        ([("answer.fever", "maybe")], ["q-fever"]),
        ([("answer.fever", "YES")], ["q-fever"]),
        ([("answer.fever", "no"), ("teller.fever", "the cat")], ["q-fever"]),
        ([("answer.cause.1", "yes"), ("answer.imaging", "yes")], ["q-cause-1", "q-imaging"]),
        ([("reference", "Ann Example")], ["reference"]),
        ([("site.1", "L 1")], ["site-1"]),
        ([("site.1", "L1"), ("site.2", "é")], ["site-2"]),
        ([("reference", "x" * 65), ("answer.fever", "<b>")], ["reference", "q-fever"]),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field_and_left_out_of_the_intake(
    pack: Pack, fields: list[tuple[str, str]], anchors: list[str]
) -> None:
    form = read_form(pack, fields)
    assert [trouble.anchor for trouble in form.troubles] == anchors
    for intake in make_intakes(pack, form):
        assess(pack, intake)


@pytest.mark.parametrize(
    "fields",
    [
        [("answer.nonsense", "yes")],
        [("answer.fever.1", "no")],
        [("answer.cause", "cancer")],
        [("answer.cause.2", "cancer")],
        [("site.2", "L1")],
        [("site.0", "L1")],
        [("site.01", "L1")],
        [("fever", "yes")],
        [("answer", "yes")],
        [("answer.fever", "unknown"), ("answer.fever", "no")],
        [("reference", "a"), ("reference", "b")],
        [(f"site.{number}", "") for number in range(1, MAX_SITES + 2)],
        [("<script>", "x")],
    ],
)
def test_what_no_page_of_ours_sends_is_left_out_and_told_without_being_repeated(
    pack: Pack, fields: list[tuple[str, str]]
) -> None:
    form = read_form(pack, [*fields, ("answer.stable.1", "no")])
    assert form.troubles == (STRAY,)
    assert (form.answers, form.reference, form.sites) == ({Spot("stable", 1): "no"}, "", ("",))


@pytest.mark.parametrize(
    "fields",
    [
        [("answer.leg_weakness", "yes"), ("answer.gone", "yes")],
        [("answer.leg_weakness", "yes"), ("site.7", "")],
        [("answer.leg_weakness", "yes"), ("answer.leg_weakness", "no")],
        [("answer.leg_weakness", "no"), ("answer.leg_weakness", "yes")],
        [("answer.leg_weakness.3", "yes")],
        [("answer.leg_weakness", "unknown"), ("answer.leg_weakness.3", "yes")],
    ],
)
def test_a_sign_that_is_reported_counts_beside_what_no_page_of_ours_sends(pack: Pack, fields: list[tuple[str, str]]) -> None:
    form = read_form(pack, fields)
    assert form.answers == {Spot("leg_weakness"): "yes"}
    assert form.troubles == (STRAY,)
    assert make_panel(pack, form, None).is_emergency


def test_a_site_that_is_taken_away_takes_no_warning_about_what_was_left_out(pack: Pack) -> None:
    form = read_form(pack, [("site.1", "L1"), ("site.2", "L 2"), ("gone", "")])
    assert remove_site(form, 2).troubles == (STRAY,)


def test_the_order_of_the_fields_does_not_count(pack: Pack) -> None:
    fields = fields_of(pack, TWO, ("teller.cause.2", "clinician"), reference="case-17", sites=("L1", "L2"))
    assert make_intakes(pack, read_form(pack, fields)) == make_intakes(pack, read_form(pack, reversed(fields)))


def test_the_fields_that_carry_a_form_say_the_same_on_the_next_page(pack: Pack) -> None:
    form = form_of(
        pack,
        TWO,
        *(("asked", name) for name in ("fever", "cause.2")),
        ("teller.cause.2", "clinician"),
        ("typed.cause.2", "Injury"),
        ("skip", "sheet"),
        reference="case-17",
        sites=("L1", "L2"),
    )
    assert read_form(pack, list_fields(form)) == form
    besides = [Spot("cause", 2)]
    assert "answer.cause.2" not in dict(list_fields(form, besides))
    assert "teller.cause.2" not in dict(list_fields(form, besides))


def test_what_was_typed_into_a_file_stays_until_another_answer_is_chosen(pack: Pack) -> None:
    typed = ("typed.collapsed.1", " Y ")
    (intake,) = make_intakes(pack, form_of(pack, {"collapsed": "yes"}, typed))
    assert intake.answers["collapsed"] == " Y "
    for other in ("no", "unknown", ""):
        (intake,) = make_intakes(pack, form_of(pack, {"collapsed": other}, typed))
        assert intake.answers.get("collapsed", "") == other


def test_as_many_sites_as_one_sheet_takes_with_every_answer_fit_into_the_fields_that_the_service_takes(pack: Pack) -> None:
    spots = list_spots(pack, MAX_SITES)
    answers = {spot: pack.question[spot.question].values[0] for spot in spots}
    form = Form(
        "x", ("y",) * MAX_SITES, answers, dict.fromkeys(spots, "patient"), dict.fromkeys(spots, "Y"), spots, skips_sheet=True
    )
    assert len(list(list_fields(form))) + 2 <= Limits().fields


def test_signs_are_shared_by_all_intakes_of_a_form_whatever_they_are(pack: Pack) -> None:
    for values in product(("yes", "no", "unknown", ""), repeat=3):
        signs = dict(zip(SIGNS, values, strict=False))
        nets = {assess(pack, intake).safety_net for intake in make_intakes(pack, form_of(pack, signs, sites=("a", "b", "c")))}
        assert len(nets) == 1


def test_a_site_is_added_empty_and_removed_with_its_answers_alone(pack: Pack) -> None:
    form = form_of(pack, TWO, ("asked", "cause.2"), ("teller.cause.2", "clinician"), reference="case-17", sites=("L1", "L2"))
    three = add_site(form)
    assert make_intakes(pack, three)[:2] == make_intakes(pack, form)
    assert {name: value for name, value in make_intakes(pack, three)[2].answers.items() if name in OUTCOME} == {}
    assert remove_site(three, 3) == form
    first, second = make_intakes(pack, form)
    assert make_intakes(pack, remove_site(form, 1)) == (second,)
    assert make_intakes(pack, remove_site(form, 2)) == (first,)
    assert remove_site(form, 1).asked == (Spot("cause", 1),)


def test_the_last_site_stays_and_no_more_are_added_than_one_sheet_takes(pack: Pack) -> None:
    one = form_of(pack, SETTLED)
    assert remove_site(one, 1) == one
    many = form_of(pack, EMERGENCY, sites=("",) * MAX_SITES)
    assert remove_site(many, 0) == remove_site(many, MAX_SITES + 1) == many
    with pytest.raises(RequestError, match=f"{MAX_SITES} sites"):
        add_site(many)
