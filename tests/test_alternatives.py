"""What would change an assessment, against a search through all intakes that is written over `oracle` alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING

import oracle
import pytest
import small_pack
from bare_pack import FILES, make_bare_pack
from oracle import FRACTURE, NAMES, PROCEDURES, READINGS, SIGNS, outcome, outcomes

from triage import Intake, assess, load_pack
from triage.alternatives import find_agreement, find_alternatives, find_barriers
from triage.report import render_alternatives, render_sections
from triage.suppositions import describe_alternatives
from triage.wording import banned_wordings, fold

if TYPE_CHECKING:
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

Changes = tuple[tuple[str, str], ...]
QUESTIONS = tuple(FRACTURE)
PARTIAL: tuple[oracle.Known, ...] = tuple(product(*((None, *values) for values in FRACTURE.values())))
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}


def given(known: oracle.Known) -> dict[str, str]:
    return {name: value for name, value in zip(QUESTIONS, known, strict=True) if value is not None}


def ask(pack: Pack, known: oracle.Known, reading: str) -> Assessment:
    return assess(pack, Intake(given(known)), reading=reading)


def reachable(known: oracle.Known) -> Iterator[tuple[Changes, oracle.Known]]:
    """Every intake in which nothing that was answered is open, with what is different there."""
    for other in PARTIAL:
        if all(now is None or then is not None for now, then in zip(known, other, strict=True)):
            pairs = zip(QUESTIONS, known, other, strict=True)
            yield tuple((name, then) for name, now, then in pairs if now != then and then is not None), other


def smallest(found: list[tuple[Changes, oracle.Known]]) -> dict[Changes, oracle.Known]:
    size = min((len(changes) for changes, _ in found), default=0)
    return {changes: other for changes, other in found if len(changes) == size}


def none_of(wrong: list[str]) -> None:
    assert not wrong, "\n".join([f"{len(wrong)} wrong, the first:", *wrong[:5]])


# Against every intake


@pytest.mark.parametrize("reading", READINGS)
def test_the_alternatives_are_all_the_smallest_changes_that_give_another_outcome(pack: Pack, reading: str) -> None:
    """Exhaustive: each of the 1,215 partial intakes against each of them that it can be changed into."""
    here = {known: outcome(outcomes(known, reading)) for known in PARTIAL}
    wrong, sizes = [], Counter[int]()
    for known in PARTIAL:
        avoided = {here[known], "contradictory_answers"}
        due = smallest([(changes, other) for changes, other in reachable(known) if here[other] not in avoided])
        found = find_alternatives(pack, ask(pack, known, reading))
        expected = {
            changes: (here[other], len(outcomes(other, reading)) == 1, outcomes(other, reading)) for changes, other in due.items()
        }
        if {it.changes: (it.outcome, it.settled, it.possible_outcomes) for it in found} != expected or len(found) != len(due):
            wrong.append(f"{given(known)}: {found}, should be {expected}")
        sizes[len(found[0].changes) if found else 0] += 1
    none_of(wrong)
    assert sizes[0] == 0
    assert sizes.total() == 1215


def test_what_makes_the_readings_agree_is_every_smallest_change_after_which_they_do(pack: Pack) -> None:
    """Exhaustive: the 131 partial intakes in which they differ, and nothing for the others."""
    agreeing = {known: outcomes(known, "broad") == outcomes(known, "narrow") != () for known in PARTIAL}
    wrong, differing = [], 0
    for known, reading in product(PARTIAL, READINGS):
        differs = outcomes(known, "broad") != outcomes(known, "narrow")
        differing += differs
        due = smallest([(changes, other) for changes, other in reachable(known) if agreeing[other]]) if differs else {}
        found = find_agreement(pack, ask(pack, known, reading))
        if set(found) != set(due) or len(found) != len(due):
            wrong.append(f"{given(known)}: {found}, should be {list(due)}")
    none_of(wrong)
    assert differing == 2 * 131


@pytest.mark.parametrize("reading", READINGS)
def test_the_barriers_are_every_smallest_set_of_answers_without_which_a_procedure_is_possible(pack: Pack, reading: str) -> None:
    """Exhaustive: every way of taking back answers of each of the 1,215 partial intakes."""

    def names(known: oracle.Known, procedure: str) -> set[bool]:
        return {procedure in NAMES[value] for value in outcomes(known, reading)}

    wrong = []
    for known in PARTIAL:
        due = {}
        for procedure in PROCEDURES:
            if names(known, procedure) != {False}:
                continue
            answered = [n for n, value in enumerate(known) if value is not None]
            for size in range(1, len(answered) + 1):
                sets = [
                    tuple(QUESTIONS[n] for n in chosen)
                    for chosen in combinations(answered, size)
                    if True in names(tuple(None if n in chosen else value for n, value in enumerate(known)), procedure)
                ]
                if sets:
                    due[procedure] = sets
                    break
        found = find_barriers(pack, ask(pack, known, reading))
        if {it.procedure: list(it.answers) for it in found} != due or len(found) != len(due):
            wrong.append(f"{given(known)}: {found}, should be {due}")
        wrong += [f"{given(known)}: {it.procedure} by no statement" for it in found if not all(it.because.values())]
    none_of(wrong)


def test_unknown_answers_are_as_open_as_those_not_given(pack: Pack) -> None:
    for known in PARTIAL[::20]:
        absent = assess(pack, Intake(given(known)))
        unknown = assess(pack, Intake({name: given(known).get(name, "unknown") for name in QUESTIONS}))
        for find in (find_alternatives, find_agreement, find_barriers):
            assert find(pack, absent) == find(pack, unknown)


# By example


def test_a_barrier_cites_the_statements_that_speak_of_its_answers(pack: Pack) -> None:
    answers = {**BOTH, "collapsed": "no", "height_restoration": "no", "stable": "no"}
    vertebroplasty, kyphoplasty = find_barriers(pack, assess(pack, Intake(answers)))
    assert (vertebroplasty.answers, vertebroplasty.because) == ((("stable",),), {"stable": ("S23",)})
    assert (kyphoplasty.answers, kyphoplasty.because) == ((("collapsed",),), {"collapsed": ("S07", "S24")})


def test_each_of_several_answers_that_keep_a_procedure_out_cites_its_own_statements(pack: Pack) -> None:
    together = find_barriers(pack, assess(pack, Intake({**BOTH, "fracture": "no", "painful": "no"})))
    assert {(it.procedure, it.answers) for it in together} == {(name, (("fracture", "painful"),)) for name in PROCEDURES}
    assert [it.because for it in together] == [{"fracture": ("S02",), "painful": ("S44",)}] * 2


def test_nothing_is_found_where_the_mapping_is_withheld(pack: Pack) -> None:
    for answers in ({**BOTH, "chest_pain": "yes"}, {"collapsed": "no", "height_restoration": "yes", "leg_weakness": "yes"}):
        assessment = assess(pack, Intake(answers))
        assert (find_alternatives(pack, assessment), find_agreement(pack, assessment), find_barriers(pack, assessment)) == (
            (),
            (),
            (),
        )


def test_answers_that_exclude_each_other_are_put_right_by_one_change_and_no_procedure_is_kept_out(pack: Pack) -> None:
    assessment = assess(pack, Intake({**BOTH, "collapsed": "no"}))
    assert [it.changes for it in find_alternatives(pack, assessment)] == [
        (("collapsed", "yes"),),
        (("height_restoration", "no"),),
    ]
    assert find_barriers(pack, assessment) == ()


def test_a_warning_sign_is_never_a_change_and_changes_none(pack: Pack) -> None:
    plain, today = (assess(pack, Intake({**BOTH, "fever": fever})) for fever in ("no", "yes"))
    assert find_alternatives(pack, plain) == find_alternatives(pack, today)
    assert not {name for it in find_alternatives(pack, plain) for name, _ in it.changes} & set(SIGNS)


def test_a_pack_whose_outcome_cannot_change_or_that_has_one_reading_gives_nothing(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assessment = assess(bare, Intake({"rain": "no"}))
    # without rain the wind changes nothing: from `left` to `not enough information` and to `taken` it takes the rain
    assert [(it.changes, it.outcome) for it in find_alternatives(bare, assessment)] == [
        ((("rain", "yes"),), "not_enough_information")
    ]
    assert (find_agreement(bare, assessment), find_barriers(bare, assessment)) == ((), ())


def test_a_pack_with_one_outcome_has_no_other_to_lead_to(tmp_path: Path) -> None:
    for file, text in FILES.items():
        outcomes_left = text.replace("  - {outcome: left, procedures: [], headline: None is spoken of.}\n", "")
        (tmp_path / file).write_text(outcomes_left.replace("then: left", "then: taken"), encoding="utf-8")
    single = load_pack(tmp_path)
    assert find_alternatives(single, assess(single, Intake({"rain": "no"}))) == ()


# As it is said


def told(pack: Pack, answers: dict[str, str], reading: str | None = None) -> str:
    return render_sections(describe_alternatives(pack, assess(pack, Intake(answers), reading=reading)), "text")


def classes() -> Iterator[tuple[dict[str, str], str]]:
    """One intake of each outcome, settled or not, set of possible outcomes and kept-out procedures, under both readings."""
    signs: tuple[dict[str, str], ...] = ({}, dict.fromkeys(SIGNS, "no"), {"fever": "yes"})
    for reading in READINGS:
        seen: dict[object, dict[str, str]] = {}
        for known in PARTIAL:
            differs = outcomes(known, "broad") != outcomes(known, "narrow")
            answered = tuple(value is not None for value in known)
            seen.setdefault((outcomes(known, reading), differs, sum(answered)), given(known))
        for n, answers in enumerate(seen.values()):
            yield {**answers, **signs[n % len(signs)]}, reading


def test_what_if_carries_the_deferral_and_both_procedures_and_no_banned_wording_and_no_advice(pack: Pack) -> None:
    wrong = []
    for answers, reading in classes():
        text = fold(told(pack, answers, reading))
        outcome_section = text[text.index("Outcome: ") : text.index("Both procedures")]
        if pack.header.deferral.text not in outcome_section:
            wrong.append(f"{answers}: no deferral beside the outcome")
        if not ("- Vertebroplasty: " in text and "- Kyphoplasty: " in text):
            wrong.append(f"{answers}: not both procedures")
        wrong += [f"{answers} says {wording!r}" for wording in banned_wordings(text)]
        if "%" in text or any(
            f" {word} " in f" {text.casefold()} " for word in ("should", "must", "recommend", "advise", "ask for")
        ):
            wrong.append(f"{answers}: advice or a score in {text}")
        changes = re.split("What |About", text.partition("What would change the outcome")[2])[0]
        if any(not item.startswith(("If the ", "If a ")) for item in changes.split(" - ")[1:]):
            wrong.append(f"{answers}: not a question for the provider: {changes}")
    none_of(wrong)


def test_what_if_asks_what_would_follow_from_what_those_who_can_say_it_said(pack: Pack) -> None:
    text = fold(told(pack, {**BOTH, "stable": "unknown"}))
    asked = '- If the imaging report or a clinician said "Fracture called stable: {}", would the outcome be: {}?'
    assert asked.format("no", "kyphoplasty") not in text  # it is that now
    assert asked.format("yes", "both procedures") in text
    settled_by = (
        "What settles the outcome, whatever the answer - Fracture called stable; the imaging report or a clinician can say"
    )
    assert settled_by in text
    open_one = fold(told(pack, {**BOTH, "stable": "unknown", "painful": "unknown"}))
    assert '- If the answer were "Fracture hurts now: yes", would the outcome be: both procedures, or kyphoplasty?' in open_one
    assert (
        "All of these together; fewer may leave it open: - Fracture hurts now; the patient, the referral or a clinician"
        in open_one
    )
    unsettled = fold(told(pack, {"painful": "no"}))
    assert (
        '- If the answer were "Fracture hurts now: yes", would the outcome be: not enough information (both procedures, or'
        in unsettled
    )


def test_each_change_of_several_is_asked_of_those_who_can_say_it(pack: Pack) -> None:
    text = fold(told(pack, {**BOTH, "fracture": "no", "painful": "no", "stable": "no", "height_restoration": "no"}))
    assert (
        '- If the imaging report or a clinician said "Compression fracture shown: yes" and the answer were '
        '"Fracture hurts now: yes", would the outcome be: kyphoplasty?' in text
    )


def test_what_if_says_what_keeps_a_procedure_out_and_what_would_make_the_readings_agree(pack: Pack) -> None:
    text = fold(told(pack, {**BOTH, "stable": "no", "height_restoration": "no"}))
    assert "What keeps a procedure out - Vertebroplasty - Fracture called stable: no (S23)" in text
    assert 'said "Height needs restoring: yes", would both readings give the same?' in text
    together = fold(told(pack, {**BOTH, "fracture": "no", "painful": "no"}))
    assert "- Compression fracture shown: no (S02), and besides Fracture hurts now: no (S44)" in together
    assert "What would make the readings agree" not in together


BY_OUTCOME = (
    small_pack.Edit("decisions.yaml", "    reads: [fit]\n", "    reads: [fit, booked]\n"),
    small_pack.Edit(
        "decisions.yaml",
        "      - {rule: C1, when: {fit: well}, then: both, because: [S02]}\n"
        "      - {rule: C2, when: {fit: partly}, then: racer, because: [S01]}\n"
        "      - {rule: C3, when: {not: {fit: [well, partly]}}, then: nothing, because: [S01]}\n",
        "      - {rule: C0, when: {booked: no}, then: nothing, because: [S04]}\n"
        "      - {rule: C1, when: {booked: yes, fit: well}, then: both, because: [S02]}\n"
        "      - {rule: C2, when: {booked: yes, fit: partly}, then: racer, because: [S01]}\n"
        "      - {rule: C3, when: {booked: yes, not: {fit: [well, partly]}}, then: nothing, because: [S01]}\n",
    ),
)
BY_CONSTRAINT = (
    small_pack.Edit(
        "decisions.yaml",
        "constraints:\n",
        "constraints:\n  - {constraint: X2, never: {booked: no, surface: [asphalt, gravel]}, text: No.}\n",
    ),
)


def test_an_answer_that_keeps_a_procedure_out_by_the_outcome_itself_cites_its_rule(tmp_path: Path) -> None:
    small_pack.write_pack(tmp_path / "own", *BY_OUTCOME)
    own = load_pack(tmp_path / "own")
    assert [it.because for it in find_barriers(own, assess(own, Intake({"booked": "no"})))] == [{"booked": ("S04",)}] * 2
    assert "- Booked: no (S04)" in fold(told(own, {"booked": "no"}))


def test_an_answer_that_rests_on_a_constraint_alone_has_no_empty_brackets(tmp_path: Path) -> None:
    small_pack.write_pack(tmp_path / "own", *BY_CONSTRAINT)
    own = load_pack(tmp_path / "own")
    assert [it.because for it in find_barriers(own, assess(own, Intake({"booked": "no"})))] == [{"booked": ()}] * 2
    assert "- A racer - Booked: no - A gravel bike - Booked: no What" in fold(told(own, {"booked": "no"})).replace(
        "About", "What"
    )


def test_what_if_says_whose_it_is_and_from_which_pack_and_reading(pack: Pack) -> None:
    assessment = assess(pack, Intake(BOTH, reference="case-17", site="L1"), reading="narrow")
    for layout, first in (("text", "What if: case-17 · L1\n"), ("markdown", f"# {pack.header.title}: What if: case-17 · L1\n")):
        text = render_alternatives(assessment, pack, layout)
        assert text.startswith(first)
        assert f"{pack.id} {pack.version}, digest {pack.digest[:16]}, reading narrow" in text.replace("\\", "")
    assert render_alternatives(assess(pack, Intake(BOTH)), pack, "text").startswith("What if\n")


def test_what_if_names_no_procedure_where_the_mapping_is_withheld(pack: Pack) -> None:
    sections = describe_alternatives(pack, assess(pack, Intake({**BOTH, "chest_pain": "yes"})))
    assert [section.title for section in sections] == ["Warning signs", "Outcome: contact a clinician now", "About"]
    text = render_sections(sections, "text").casefold()
    assert "plasty" not in text
    assert pack.header.deferral.text.casefold() in fold(text)


def test_what_if_says_what_excludes_itself(pack: Pack) -> None:
    text = fold(told(pack, {**BOTH, "collapsed": "no"}))
    assert "Answers that exclude each other - Vertebra collapsed: no and Height needs restoring: yes" in text
    assert '- If the imaging report or a clinician said "Vertebra collapsed: yes", would the outcome be: both procedures?' in text
    assert "- Vertebroplasty: open, until the answers no longer exclude each other - Kyphoplasty: open," in text
