"""One answer for one intake: its keys, its digest, and that nothing of it reaches another intake.

What the answers *are* is held against an oracle in `test_enumeration`.
"""

from __future__ import annotations

import copy
import json
import pickle
import threading
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import TYPE_CHECKING, Any

import pytest
from bare_pack import make_bare_pack

from triage import Intake, assess, load_pack
from triage.assessment import Assessor, assessor_for
from triage.errors import EngineFault, IntakeError, RequestError
from triage.report import as_tree, render_json

if TYPE_CHECKING:
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

# the design 7.3, in its order.
KEYS = [
    "schema", "assessment", "reference", "site", "pack", "reading", "outcome", "settled", "possible_outcomes", "procedures",
    "safety_net", "standing", "decisions", "next_questions", "to_find_out", "to_settle", "implied", "contradictions", "readings",
    "notes", "have_ready", "answers", "typed", "sources", "headline", "deferral",
]  # fmt: skip
NESTED = {
    "pack": ["id", "version", "digest"],
    "procedures": ["named", "value"],
    "safety_net": ["level", "settled", "reported", "open_signs"],
    "decisions": ["value", "possible", "rules", "statements"],
    "readings": ["reading", "outcome", "settled", "possible_outcomes", "differs"],
    "notes": ["id", "text", "statements"],
    "have_ready": ["id", "text", "statements"],
}
BOTH = {
    "fracture": "yes",
    "painful": "yes",
    "cause": "osteoporosis",
    "collapsed": "yes",
    "height_restoration": "yes",
    "stable": "yes",
}
CHANGES: dict[str, tuple[object, ...]] = {
    "__setitem__": ("stable", "no"),
    "__delitem__": ("stable",),
    "__ior__": ({"stable": "no"},),
    "update": ({"stable": "no"},),
    "setdefault": ("stable", "no"),
    "pop": ("stable",),
    "popitem": (),
    "clear": (),
}
EXAMPLES: dict[str, dict[str, str]] = {
    "empty": {},
    "settled": BOTH,
    "with a note": {**BOTH, "vertebrae": "2"},
    "contradictory": {**BOTH, "collapsed": "no"},
    "withheld": {**BOTH, "chest_pain": "yes"},
}


def ask(pack: Pack, answers: dict[str, Any], reading: str | None = None, **more: Any) -> Assessment:
    return assess(pack, Intake(answers, **more), reading=reading)


def digest(pack: Pack, answers: dict[str, Any], reading: str | None = None, **more: Any) -> str:
    return ask(pack, answers, reading, **more).assessment


# Keys


@pytest.mark.parametrize("answers", EXAMPLES.values(), ids=EXAMPLES)
def test_the_keys_are_those_of_the_design_in_its_order_whatever_the_outcome(pack: Pack, answers: dict[str, str]) -> None:
    tree = json.loads(render_json([ask(pack, answers)]))
    assert list(tree) == KEYS
    for key, inner in NESTED.items():
        value = tree[key]
        parts = value if isinstance(value, list) else value.values() if key in ("procedures", "decisions") else [value]
        assert all(list(part) == inner for part in parts), key


def test_the_same_keys_are_attributes_with_the_same_values(pack: Pack) -> None:
    assessment = ask(pack, BOTH, reference="case-17", site="L1")
    tree = json.loads(render_json([assessment]))
    assert {key: as_tree(getattr(assessment, key)) for key in KEYS} == tree
    assert (tree["schema"], tree["reference"], tree["site"]) == ("vcf-triage/assessment/1", "case-17", "L1")
    assert tree["pack"] == {"id": pack.id, "version": pack.version, "digest": pack.digest}


def test_no_attribute_of_an_assessment_can_be_set(pack: Pack) -> None:
    assessment = ask(pack, BOTH)
    for thing, name in [(assessment, key) for key in KEYS] + [(assessment.pack, "digest"), (assessment.safety_net, "level")]:
        with pytest.raises(AttributeError):
            setattr(thing, name, "other")


def test_no_part_of_an_assessment_can_be_changed(pack: Pack) -> None:
    assessment: Any = ask(pack, {**EXAMPLES["with a note"], "stable": "Y"}, sources={"stable": "clinician"})
    before = render_json([assessment])
    for key in ("procedures", "decisions", "implied", "answers", "typed", "sources"):
        part = getattr(assessment, key)
        for method, arguments in CHANGES.items():
            with pytest.raises(TypeError, match=r"^an assessment cannot be changed; change a copy, such as"):
                getattr(part, method)(*arguments)
    assert render_json([ask(pack, {**EXAMPLES["with a note"], "stable": "Y"}, sources={"stable": "clinician"})]) == before


def test_a_copy_of_a_part_is_an_ordinary_dict(pack: Pack) -> None:
    assessment = ask(pack, BOTH)
    copies: list[Any] = [
        dict(assessment.answers),
        copy.deepcopy(assessment).answers,
        pickle.loads(pickle.dumps(assessment)).answers,
    ]
    for copied in copies:
        assert copied == BOTH
        copied["stable"] = "no"
    assert assessment.answers == BOTH


# Digest


def test_the_digest_stands_for_pack_reading_answers_and_sources(pack: Pack) -> None:
    answers, sources = {"stable": "yes", "collapsed": "unknown"}, {"stable": "patient"}
    seen = [
        digest(pack, answers, sources=sources),
        digest(replace(pack, digest="0" * 64), answers, sources=sources),
        digest(pack, answers, "narrow", sources=sources),
        digest(pack, {**answers, "stable": "no"}, sources=sources),
        digest(pack, {**answers, "painful": "no"}, sources=sources),
        digest(pack, {**answers, "height_loss": "no"}, sources=sources),
        digest(pack, {"stable": "yes"}, sources=sources),
        digest(pack, {**answers, "stable": "unknown"}, sources=sources),
        digest(pack, answers, sources={"stable": "clinician"}),
        digest(pack, answers, sources={**sources, "collapsed": "patient"}),
        digest(pack, answers),
    ]
    assert len(set(seen)) == len(seen)
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in seen)


def test_the_digest_does_not_depend_on_labels_spelling_order_or_naming_the_default_reading(pack: Pack) -> None:
    answers = {"stable": "yes", "collapsed": "unknown", "vertebrae": "2"}
    due = digest(pack, answers, sources={"stable": "patient", "collapsed": "clinician"})
    assert due == digest(pack, answers, "broad", sources={"collapsed": "clinician", "stable": "patient"})
    assert due == digest(pack, answers, sources={"stable": "patient", "collapsed": "clinician"}, reference="a", site="L1")
    spelled = {"vertebrae": 2, "collapsed": "?", "stable": True, "painful": None, "fever": " "}
    assert due == digest(pack, spelled, sources={"stable": "patient", "collapsed": "clinician"})


def test_the_digest_is_sha_256_over_canonical_json(pack: Pack) -> None:
    from hashlib import sha256

    assessment = ask(pack, {"stable": "Y", "collapsed": "unk"}, "narrow", sources={"stable": "patient"})
    told = {
        "answers": {"collapsed": "unknown", "stable": "yes"},
        "pack": pack.digest,
        "reading": "narrow",
        "sources": {"stable": "patient"},
    }
    assert assessment.assessment == sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


# Typed


def test_typed_holds_what_was_typed_only_where_it_differs_from_the_answer(pack: Pack) -> None:
    assessment = ask(pack, {"stable": "Y", "collapsed": "no", "cause": " Injury", "vertebrae": 3, "painful": True, "fever": "?"})
    assert assessment.answers == {
        "fever": "unknown", "painful": "yes", "cause": "trauma", "collapsed": "no", "stable": "yes", "vertebrae": "3",
    }  # fmt: skip
    assert assessment.typed == {"fever": "?", "painful": "true", "cause": " Injury", "stable": "Y"}


def test_spelling_changes_nothing_but_typed(pack: Pack) -> None:
    plain, typed = as_tree(ask(pack, {"stable": "yes"})), as_tree(ask(pack, {"stable": "TRUE"}))
    assert plain.pop("typed") == {}
    assert typed.pop("typed") == {"stable": "TRUE"}
    assert plain == typed


# Memory: the same intake is worked out once, and another intake never gets its answer


@pytest.mark.parametrize("order", list(permutations([(True, "true"), (1, "1"), ("1", "1"), ("yes", None)], 2)))
def test_true_1_and_the_text_1_are_told_apart_in_whatever_order_they_come(pack: Pack, order: Any) -> None:
    fresh = replace(pack)
    for given, typed in order * 2:
        assessment = ask(fresh, {"stable": given})
        assert (assessment.answers, assessment.typed.get("stable")) == ({"stable": "yes"}, typed)


def test_a_truth_is_refused_as_a_number_even_after_the_number_was_assessed(pack: Pack) -> None:
    for number in ("1", 1):
        assert ask(pack, {"vertebrae": number}).answers == {"vertebrae": "1"}
        with pytest.raises(IntakeError, match='vertebrae: "True"'):
            ask(pack, {"vertebrae": True})


def test_labels_do_not_leak_into_another_intake(pack: Pack) -> None:
    for answers in EXAMPLES.values():
        first = ask(pack, answers, reference="case-1", site="L1")
        second = ask(pack, answers)
        third = ask(pack, answers, reference="case-3")
        assert [(a.reference, a.site) for a in (first, second, third)] == [("case-1", "L1"), (None, None), ("case-3", None)]


def test_a_label_that_is_not_opaque_is_refused_even_for_a_remembered_intake(pack: Pack) -> None:
    ask(pack, {"stable": "yes"})
    with pytest.raises(IntakeError, match='reference: "John Doe" cannot be used'):
        ask(pack, {"stable": "yes"}, reference="John Doe")


def test_a_source_that_is_no_text_is_refused_like_any_other(pack: Pack) -> None:
    with pytest.raises(IntakeError, match=r"sources\.stable"):
        ask(pack, {"stable": "yes"}, sources={"stable": ["patient"]})


def test_sources_do_not_leak_into_another_intake(pack: Pack) -> None:
    assert ask(pack, {"stable": "yes"}, sources={"stable": "patient"}).sources == {"stable": "patient"}
    assert ask(pack, {"stable": "yes"}).sources == {}


def test_answers_that_exchange_their_questions_are_another_intake(pack: Pack) -> None:
    one = ask(pack, {"stable": "yes", "collapsed": "no"})
    other = ask(pack, {"stable": "no", "collapsed": "yes"})
    assert (one.outcome, one.answers) != (other.outcome, other.answers)
    assert ask(pack, {"collapsed": "no", "stable": "yes"}) == one


def test_an_intake_that_was_changed_after_it_was_assessed_is_another_intake(pack: Pack) -> None:
    answers = {"stable": "yes"}
    intake = Intake(answers)
    before = assess(pack, intake)
    answers["stable"] = "no"
    assert assess(pack, intake).answers == {"stable": "no"}
    assert before.answers == {"stable": "yes"}


def test_each_reading_is_remembered_apart(pack: Pack) -> None:
    answers = {**BOTH, "height_restoration": "no"}
    for _ in range(2):
        assert ask(pack, answers).outcome == ask(pack, answers, "broad").outcome == "both"
        assert ask(pack, answers, "narrow").outcome == "vertebroplasty"
        assert [reading.outcome for reading in ask(pack, answers, "narrow").readings] == ["both"]


def test_packs_do_not_share_what_they_remember(pack: Pack, tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    for each, name in ((bare, "umbrellas"), (pack, "vertebral-fracture")):
        assert ask(each, {}).pack == (name, each.version, each.digest)
        assert ask(each, {}).have_ready == tuple((item.id, item.text, item.because) for item in each.header.have_ready)
    assert pack.header.have_ready
    assert assessor_for(pack) is assessor_for(pack) is not assessor_for(bare)


def test_threads_that_share_a_pack_get_the_answer_that_one_alone_gets(pack: Pack) -> None:
    shared = replace(pack)
    intakes = [dict(zip(BOTH, values, strict=True)) for values in permutations(["yes", "no", "unknown"] * 2, 6)]
    intakes = [{**answers, "cause": "cancer"} for answers in intakes[::12]]
    due = [render_json([ask(pack, answers)]) for answers in intakes]
    seen: list[list[str]] = [[] for _ in range(4)]

    def run(thread: int) -> None:
        seen[thread] = [render_json([ask(shared, answers)]) for answers in intakes]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [due] * 4


def test_the_outcome_alone_is_that_of_the_assessment(pack: Pack) -> None:
    assessor = assessor_for(pack)
    for answers in EXAMPLES.values():
        for reading in (None, "narrow"):
            whole = ask(pack, answers, reading)
            for _ in range(2):
                alone = assessor.outcome(answers, reading)
                assert (alone.outcome, alone.settled, alone.possible_outcomes) == (
                    whole.outcome,
                    whole.settled,
                    whole.possible_outcomes,
                )


# Refusals


def test_a_reading_that_is_not_there_is_refused_with_those_that_are(pack: Pack) -> None:
    due = 'this pack has no reading "narow"; it has broad, narrow. Did you mean "narrow"?'
    with pytest.raises(RequestError) as refused:
        ask(pack, {}, "narow")
    assert str(refused.value) == due
    with pytest.raises(RequestError):
        assessor_for(pack).outcome({}, "narow")


def test_a_closed_assessor_gives_what_it_remembers_and_no_new_answer(pack: Pack) -> None:
    assessor = Assessor(replace(pack))
    remembered = assessor.assess(Intake({"fracture": "no"}))
    assessor.close()
    assert assessor.assess(Intake({"fracture": "no"})) is remembered
    with pytest.raises(EngineFault, match="this engine was closed"):
        assessor.assess(Intake({"fracture": "yes", "painful": "yes", "stable": "no"}))


# A pack that leaves out all that it may


def test_a_pack_without_readings_safety_net_standing_or_procedures_is_assessed(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    open_, taken, left = (ask(bare, answers) for answers in ({"rain": "yes"}, {"rain": "yes", "wind": "calm"}, {"wind": "storm"}))
    assert [(a.outcome, a.settled, a.possible_outcomes) for a in (open_, taken, left)] == [
        ("not_enough_information", False, ("taken", "left")),
        ("taken", True, ("taken",)),
        ("left", True, ("left",)),
    ]
    assert (open_.reading, open_.safety_net, open_.standing) == ("default", None, None)
    assert (open_.readings, open_.procedures, open_.notes, open_.have_ready) == ((), {}, (), ())
    assert (open_.next_questions, open_.to_settle) == (("wind",), ("wind",))
    assert (open_.headline, open_.deferral) == ("Look out first.", "The one who goes out decides.")
    assert list(json.loads(render_json([open_]))) == KEYS


def test_a_pack_without_readings_has_the_reading_default_alone(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    assert ask(bare, {}, "default") == ask(bare, {})
    with pytest.raises(RequestError, match=r'this pack has no reading "broad"; it has default\.'):
        ask(bare, {}, "broad")


def test_the_headline_stands_between_what_the_signs_call_for_and_what_is_not_known_of_them(pack: Pack, tmp_path: Path) -> None:
    net = pack.header.safety_net
    assert net is not None
    no_sign = {question.question: "no" for question in pack.questions if question.warning}
    settled, (_, same_day, _) = pack.outcome["both"].headline, net.levels
    assert ask(pack, {**BOTH, **no_sign}).headline == settled
    assert ask(pack, BOTH).headline == f"{settled} {net.open}"
    assert ask(pack, {**BOTH, **no_sign, "fever": "yes"}).headline == f"{same_day.text} {settled}"
    assert ask(pack, {**BOTH, "fever": "yes"}).headline.startswith(f"{same_day.text} {settled}")
    opened = ask(pack, {**BOTH, **no_sign, "stable": "unknown"})
    assert not opened.settled
    assert opened.headline == pack.outcome[opened.outcome].headline_open
    bare = make_bare_pack(tmp_path / "bare")
    assert ask(bare, {}).headline == bare.header.headlines.not_enough_information


def test_an_assessment_says_by_which_contract_it_is_written(pack: Pack) -> None:
    assert {ask(pack, answers).schema for answers in EXAMPLES.values()} == {"vcf-triage/assessment/1"}


def count_firings(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The decisions that are fired from now on."""
    fired: list[str] = []
    find = assessor._engine.decision

    def note(name: str, *more: Any) -> Any:
        fired.append(name)
        return find(name, *more)

    monkeypatch.setattr(assessor._engine, "decision", note)
    return fired


def test_what_readings_have_alike_is_fired_once(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    assessor = Assessor(pack)
    fired = count_firings(assessor, monkeypatch)
    for reading in pack.reading_names:
        assessor.assess(Intake({}), reading)
    profiles = prod(len(pack.question[name].values) for name in pack.decision["safety_net"].reads)
    assert fired.count("safety_net") == profiles  # which has no rule of a reading
    assessor.close()


def test_after_it_was_prepared_no_answers_to_the_questions_of_a_decision_are_fired(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, other = Assessor(pack), Assessor(pack)
    prepared.prepare()
    fired = count_firings(prepared, monkeypatch)
    for answers in ({}, {"fracture": "yes"}, BOTH, {"chest_pain": "yes"}, {"fracture": "no", "fever": "unknown"}):
        for reading in pack.reading_names:
            assert prepared.assess(Intake(answers), reading) == other.assess(Intake(answers), reading)
    assert fired == []
    prepared.close()
    other.close()


def test_what_has_too_many_combinations_is_not_prepared(pack: Pack) -> None:
    assessor = Assessor(pack)
    signs = assessor.under(None).possibilities._memories["safety_net"].possible
    assessor.prepare(most=100)
    assert len(signs) == 3  # all open, and the two answers to `cancer_pain`, which a note speaks of, too
    assessor.prepare()
    assert len(signs) == 3**7
    assessor.close()


def test_the_oldest_assessment_is_forgotten_first(pack: Pack) -> None:
    assessor = Assessor(pack, most=2)
    intakes = [Intake({"fracture": value}) for value in ("yes", "no", "unknown")]
    first, second, third = map(assessor.assess, intakes)
    assert assessor.assess(intakes[1]) is second
    assert assessor.assess(intakes[2]) is third
    again = assessor.assess(intakes[0])
    assert (again == first, again is first) == (True, False)
    assessor.close()


def test_what_was_found_once_is_not_found_again(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    assessor = Assessor(pack)
    answers = {"fracture": "yes", "fever": "no"}
    assessment, outcome = assessor.assess(Intake(answers)), assessor.outcome(answers)
    monkeypatch.setattr(assessor, "_build", None)
    assert assessor.assess(Intake(dict(reversed(answers.items())))) is assessment
    monkeypatch.setattr(assessor, "under", None)
    assert assessor.outcome(answers) is outcome
    assert assessor.assess(Intake(answers)) is assessment
    assessor.close()


def test_the_questions_behind_an_outcome_are_those_of_a_reading_that_there_is(pack: Pack) -> None:
    assessor = assessor_for(pack)
    assert assessor.behind_outcome("narrow") == assessor.behind_outcome()
    with pytest.raises(RequestError, match="no reading"):
        assessor.behind_outcome("wide")


def test_a_pack_has_one_assessor_which_remembers_as_many_as_it_was_told_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load_pack("vertebral-fracture")
    assessor = assessor_for(pack, most=1)
    monkeypatch.setattr("triage.assessment.Assessor", None)
    assert assessor_for(pack) is assessor
    first = assess(pack, Intake({"fracture": "yes"}))
    assert assess(pack, Intake({"fracture": "yes"})) is first
    assess(pack, Intake({"fracture": "no"}))
    again = assess(pack, Intake({"fracture": "yes"}))
    assert (again == first, again is first) == (True, False)


def test_an_outcome_is_headed_as_settled_or_as_open(pack: Pack) -> None:
    settled = {"fracture": "yes", "painful": "yes", "cause": "osteoporosis", "collapsed": "yes", "height_restoration": "yes"}
    outcome = pack.outcome["kyphoplasty"]
    assert outcome.headline_open not in (None, outcome.headline)
    for answers, headline in (({**settled, "stable": "no"}, outcome.headline), (settled, outcome.headline_open)):
        assessment = Assessor(pack).assess(Intake(answers))
        assert (assessment.outcome, headline in assessment.headline) == ("kyphoplasty", True)
