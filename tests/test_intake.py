"""Answers as people, files and programs give them: what is accepted, and how the rest is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.assessment import assess
from triage.errors import IntakeError, suggest
from triage.intake import (
    MAX_NUMBER,
    TELLERS,
    Answers,
    Carried,
    Intake,
    carry_signs,
    common_spellings,
    dump_intake,
    normalise,
    read_answer,
    read_intake,
)
from triage.report import render_json

if TYPE_CHECKING:
    from triage.pack import Pack
    from triage.parts import Question

YES = ("y", "yes", "true", "1")
NO = ("n", "no", "false", "0")
UNKNOWN = ("unknown", "unk", "?", "n/a", "don't know", "don\u2019t know", "not sure")
SPACES = ("", " ", "\t", "\r\n", "\u00a0", " \n \u00a0")
ZERO_WIDTH = "\u200b"


def read(pack: Pack, answers: dict[str, Any], **more: Any) -> Answers:
    return normalise(pack, Intake(answers, **more))


def refusal(pack: Pack, answers: dict[str, Any], **more: Any) -> list[str]:
    """The problems told of an intake, one a line."""
    with pytest.raises(IntakeError) as refused:
        read(pack, answers, **more)
    assert str(refused.value).splitlines() == [str(problem) for problem in refused.value.problems]
    return str(refused.value).splitlines()


def file_refusal(data: bytes | str, origin: str = "case.yaml") -> str:
    with pytest.raises(IntakeError) as refused:
        read_intake(data.encode() if isinstance(data, str) else data, origin)
    return str(refused.value)


def is_yes_no(question: Question) -> bool:
    return set(question.values) == {"yes", "no"}


def spellings(question: Question) -> dict[str, str]:
    """Everything that the design 7.2 and the pack accept for a question, with what it means."""
    accepted = {value: value for value in question.values} | dict.fromkeys(UNKNOWN, "unknown")
    if is_yes_no(question):
        accepted |= dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no")
    return accepted | {word: value for value, words in question.spellings.items() for word in words}


def in_any_case(word: str) -> set[str]:
    return {word, word.upper(), word.title(), word.swapcase()}


# What is accepted


def test_every_spelling_of_every_question_is_read_in_any_case_with_any_space_around(pack: Pack) -> None:
    wrong = []
    for question in pack.questions:
        name = question.question
        for word, value in spellings(question).items():
            for typed in (before + cased + after for cased in in_any_case(word) for before in SPACES for after in SPACES):
                answers = read(pack, {name: typed})
                if answers != Answers({name: value}, {} if typed == value else {name: typed}, {}):
                    wrong.append((name, typed, answers))
    assert not wrong, wrong[:5]


def test_suspected_means_unknown_for_the_fracture_and_is_refused_everywhere_else(pack: Pack) -> None:
    assert read(pack, {"fracture": "Suspected"}).values == {"fracture": "unknown"}
    others = {name: "suspected" for name in pack.question if name != "fracture"}
    assert len(refusal(pack, others)) == len(others)


def test_yes_no_spellings_hold_for_yes_no_questions_only(pack: Pack) -> None:
    others = [question for question in pack.questions if not is_yes_no(question)]
    assert {question.question for question in others} == {"cause", "imaging", "vertebrae", "insurance"}
    for question in others:
        for word in set(YES + NO) - set(question.values):
            assert len(refusal(pack, {question.question: word})) == 1, (question.question, word)


@pytest.mark.parametrize("nothing", [None, "", " ", "\u00a0\t\n"])
def test_an_empty_answer_is_as_if_it_had_not_been_asked(pack: Pack, nothing: str | None) -> None:
    assert read(pack, dict.fromkeys(pack.question, nothing)) == Answers({}, {}, {})


def test_unknown_is_told_from_not_asked(pack: Pack) -> None:
    assert read(pack, {"stable": "?", "collapsed": None}).values == {"stable": "unknown"}


@pytest.mark.parametrize(("given", "value"), [(True, "yes"), (False, "no"), (1, "yes"), (0, "no")])
def test_a_python_truth_or_number_is_read_as_it_would_be_written(pack: Pack, given: object, value: str) -> None:
    assert read(pack, {"stable": given}).values == {"stable": value}


def test_a_number_of_vertebrae_may_be_a_python_number_and_is_then_typed_as_its_value(pack: Pack) -> None:
    assert read(pack, {"vertebrae": 2}) == Answers({"vertebrae": "2"}, {}, {})
    assert read(pack, {"vertebrae": " 2"}) == Answers({"vertebrae": "2"}, {"vertebrae": " 2"}, {})


def test_answers_and_sources_come_out_in_pack_order(pack: Pack) -> None:
    names = list(pack.question)[::-1]
    answers = read(pack, dict.fromkeys(names, "unknown"), sources=dict.fromkeys(names, "clinician"))
    assert list(answers.values) == list(answers.sources) == names[::-1]


@pytest.mark.parametrize("label", ["case-17", "L1", "A", "a" * 64, "0", "._-", "T12.L1_b"])
def test_an_opaque_label_is_accepted(pack: Pack, label: str) -> None:
    read(pack, {}, reference=label, site=label)


@pytest.mark.parametrize("teller", TELLERS)
def test_each_of_the_four_tellers_may_have_said_any_answer(pack: Pack, teller: str) -> None:
    assert read(pack, {"stable": "unk"}, sources={"stable": teller}).sources == {"stable": teller}


def test_overriding_an_answer_forgets_who_told_the_old_one_and_where_it_stood(pack: Pack) -> None:
    intake = read_intake(b"answers: {stable: yes, painful: yes}\nsources: {stable: clinician, painful: patient}", "a.yaml")
    changed = intake.override({"stable": "no", "cause": "cancer"})
    assert normalise(pack, changed) == Answers({"painful": "yes", "cause": "cancer", "stable": "no"}, {}, {"painful": "patient"})
    assert "stable" not in changed.places
    assert intake.answers["stable"] == "yes"


# What is refused, and in which words


def test_a_refusal_names_question_value_allowed_values_and_the_nearest(pack: Pack) -> None:
    assert refusal(pack, {"stable": "yess"}) == [
        'stable: "yess" is not an answer here; it takes yes, no or unknown. Did you mean "yes"?'
    ]
    assert refusal(pack, {"cause": "osteoporsis"}) == [
        'cause: "osteoporsis" is not an answer here; it takes osteoporosis, trauma, cancer, other or unknown. '
        'Did you mean "osteoporosis"?'
    ]
    assert refusal(pack, {"vertebrae": "18"}) == ['vertebrae: "18" is not an answer here; it takes 1 to 17 or unknown.']
    assert refusal(pack, {"imaging": "kyphoplasty"}) == [
        'imaging: "kyphoplasty" is not an answer here; it takes none, ordered, available, reviewed or unknown.'
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (1.0, '"1.0"'),
        (2, '"2"'),
        (-1, '"-1"'),
        (MAX_NUMBER - 1, '"999999999"'),
        (-MAX_NUMBER, "int"),
        (float("nan"), '"nan"'),
        ([], "a list"),
        (["yes"], "a list"),
        ({"yes": "yes"}, "a mapping"),
        (("yes",), "tuple"),
        (b"yes", "bytes"),
        (object(), "object"),
    ],
)
def test_a_python_value_that_is_no_answer_is_refused(pack: Pack, given: object, shown: str) -> None:
    assert refusal(pack, {"stable": given}) == [f"stable: {shown} is not an answer here; it takes yes, no or unknown."]


def test_a_truth_is_no_number_of_vertebrae(pack: Pack) -> None:
    assert refusal(pack, {"vertebrae": True}) == ['vertebrae: "True" is not an answer here; it takes 1 to 17 or unknown.']


@pytest.mark.parametrize("typed", ["0", "18", "-1", "+1", "01", "1.0", "1e0", "1,2", "one", "\u0661", "\uff11", "\u00b2", "1_0"])
def test_the_number_of_vertebrae_is_one_of_the_listed_numerals(pack: Pack, typed: str) -> None:
    assert len(refusal(pack, {"vertebrae": typed})) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "\uff59\uff45\uff53",  # fullwidth
        "un\u212anown",  # Kelvin sign, which lower() makes a k
        "ye\u017f",  # long s
        "\u0443\u0435\u0455",  # Cyrillic
        f"ye{ZERO_WIDTH}s",
        f"{ZERO_WIDTH}yes",
        "yes\u200d",
        "yes\u0301",  # a combining accent
        "\u202eyes",  # right-to-left
        "\u2003yes",  # a space that no keyboard gives
        "yes\x00",
        "\x1b[32myes",
        "y e s",
        "yes.",
        "yes no",
        "\U0001d532nknown",
        "don\u02bct know",
    ],
)
def test_a_look_alike_is_refused_and_shown_safely(pack: Pack, typed: str) -> None:
    [message] = refusal(pack, {"stable": typed})
    assert message.startswith("stable: ")
    assert not any(ord(character) < 32 or character in "\u202e\u200b\u200d\u2003" for character in message)


@given(text=st.text(max_size=80))
def test_a_message_never_carries_a_control_or_invisible_character(pack: Pack, text: str) -> None:
    with pytest.raises(IntakeError) as refused:
        read(pack, {"imaging": text, text: "yes"}, sources={"imaging": text, text: text}, reference=text, site="\x1b")
    assert all(line.isprintable() for line in str(refused.value).split("\n"))


@given(text=st.text(max_size=12), question=st.sampled_from(["stable", "cause", "vertebrae"]))
def test_nothing_but_a_listed_spelling_is_ever_read(pack: Pack, text: str, question: str) -> None:
    accepted = spellings(pack.question[question])
    stripped = text.strip(" \t\r\n\u00a0")
    due = accepted.get(stripped.lower() if stripped.replace("\u2019", "'").isascii() else stripped)
    if due is None and stripped:
        assert len(refusal(pack, {question: text})) == 1
    else:
        assert read(pack, {question: text}).values == ({question: due} if due else {})


def test_an_unknown_question_is_refused_with_the_nearest_and_the_way_to_the_list(pack: Pack) -> None:
    assert refusal(pack, {"colapsed": "yes"}) == [
        'colapsed: this pack has no such question. Did you mean "collapsed"? `triage rules show` lists the questions.'
    ]
    assert refusal(pack, {"Stable": "yes"})[0].startswith('Stable: this pack has no such question. Did you mean "stable"?')
    assert refusal(pack, {"a\x1bb": "x"}) == [
        '"a\\u{1b}b": this pack has no such question. `triage rules show` lists the questions.'
    ]


def test_a_key_that_is_not_text_is_an_unknown_question(pack: Pack) -> None:
    assert refusal(pack, {1: "yes"})[0].startswith("1: this pack has no such question.")  # type: ignore[dict-item]


def test_every_problem_of_an_intake_is_told_at_once(pack: Pack) -> None:
    told = refusal(
        pack,
        {"stable": "maybe", "vertebrae": "many", "unheard_of": "yes"},
        reference="John Doe",
        site="L 1",
        sources={"stable": "patient", "cause": "doctor", "painful": "patient", "unheard": "patient"},
    )
    assert [line.split(": ")[0] for line in told] == [
        "stable", "vertebrae", "unheard_of", "reference", "site", "sources.cause", "sources.painful", "sources.unheard",
    ]  # fmt: skip


def test_problems_beyond_two_kilobytes_are_counted_instead_of_shown(pack: Pack) -> None:
    with pytest.raises(IntakeError) as refused:
        read(pack, {f"q{number}": "yes" for number in range(60)})
    assert len(refused.value.problems) == 60
    *shown, last = str(refused.value).splitlines()
    assert len(shown) > 12
    assert last == f"… and {60 - len(shown)} more"
    assert 1800 < len(str(refused.value).encode()) < 2048


@pytest.mark.parametrize("label", ["", " ", "John Doe", "a" * 65, "L1\n", "é", "L1/L2", "\uff2c1", 17, ["L1"]])
def test_a_label_that_is_not_opaque_is_refused(pack: Pack, label: Any) -> None:
    told = refusal(pack, {}, reference=label, site=label)
    assert [line.split(": ")[0] for line in told] == ["reference", "site"]
    assert "1 to 64 letters, digits, dots, hyphens or underscores, and nothing that identifies a person" in told[0]


def test_a_refused_label_is_shown_with_what_one_is(pack: Pack) -> None:
    due = 'reference: "a b" cannot be used; it takes 1 to 64 letters, digits, dots, hyphens or underscores, '
    assert refusal(pack, {}, reference="a b") == [f"{due}and nothing that identifies a person"]


def test_a_teller_that_is_not_on_the_list_is_refused(pack: Pack) -> None:
    assert refusal(pack, {"stable": "yes"}, sources={"stable": "clinican"}) == [
        'sources.stable: "clinican" is not a source here; it takes patient, referral, imaging_report or clinician. '
        'Did you mean "clinician"?'
    ]
    assert len(refusal(pack, {"stable": "yes"}, sources={"stable": ["patient"]})) == 1


def test_a_source_without_an_answer_is_refused_unless_that_answer_is_already_told_of(pack: Pack) -> None:
    assert refusal(pack, {"stable": ""}, sources={"stable": "patient"}) == [
        "sources.stable: says who told an answer that is not given; give the answer or leave this out"
    ]
    assert len(refusal(pack, {"stable": "maybe"}, sources={"stable": "patient"})) == 1


def test_a_number_too_long_to_be_written_is_refused(pack: Pack) -> None:
    (told,) = refusal(pack, {"vertebrae": 10**5000})
    assert told.startswith("vertebrae: int is not an answer here")


def test_every_question_that_is_not_there_is_a_problem_however_many_there_are(pack: Pack) -> None:
    with pytest.raises(IntakeError) as refused:
        normalise(pack, Intake({f"q{number}": "yes" for number in range(60)}))
    assert len(refused.value.problems) == 60
    assert refused.value.problems[-1] == ("q59", "this pack has no such question")


def test_what_a_pack_understands_is_worked_out_once(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    normalise(pack, Intake({"stable": "y"}))
    monkeypatch.setattr("triage.intake._question_spellings", None)
    assert normalise(pack, Intake({"stable": "y"})).values == {"stable": "yes"}


def test_another_word_is_not_taken_for_a_slip_of_an_answer_and_a_slip_is(pack: Pack) -> None:
    assert refusal(pack, {"insurance": "Medicaid"}) == [
        'insurance: "Medicaid" is not an answer here; it takes medicare, other, none or unknown.'
    ]
    for typed, meant in {"medicar": "medicare", "mediacre": "medicare", "unkown": "unknown", "nnoe": "none"}.items():
        (told,) = refusal(pack, {"insurance": typed})
        assert told.endswith(f'Did you mean "{meant}"?')


def test_nothing_is_suggested_for_a_word_of_a_length_that_no_name_has() -> None:
    assert suggest("stable" * 100, ["stable"]) is None


# Files


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ('{"answers": {"stable": true, "vertebrae": 2, "cause": null}, "reference": 17}', "case.json"),
        ('  \n{"answers": {"stable": true, "vertebrae": 2, "cause": null}, "reference": 17}', "standard input"),
        ("answers: {stable: true, vertebrae: 2, cause: }\nreference: 17", "standard input"),
        ("{answers: {stable: true, vertebrae: 2, cause: }, reference: 17}", "case.yaml"),
        ("{answers: {stable: true, vertebrae: 2, cause: }, reference: 17}", "case.yml"),
        ('{"answers": {"stable": "true", "vertebrae": "2"}, "reference": "17"}', "case.txt"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_and_yaml_say_the_same_by_name_or_by_their_first_sign(pack: Pack, text: str, origin: str, mark: str) -> None:
    intake = read_intake((mark + text).encode(), origin)
    assert normalise(pack, intake) == Answers({"stable": "yes", "vertebrae": "2"}, {"stable": "true"}, {})
    assert intake.reference == "17"


@pytest.mark.parametrize(
    "text", ["answers:", "answers: {}", '{"answers": null}', '{"answers": {}, "sources": null, "site": null}']
)
def test_an_intake_may_be_empty(pack: Pack, text: str) -> None:
    intake = read_intake(text.encode(), "-")
    assert (intake.reference, intake.site, normalise(pack, intake)) == (None, None, Answers({}, {}, {}))


def test_a_problem_of_a_yaml_file_has_line_and_column(pack: Pack) -> None:
    text = "\n".join(
        [
            "reference: John Doe",
            "answers:",
            "  colapsed: yes",
            "  stable: maybe",
            "sources:",
            "    cause: doctor",
            "    unheard: patient",
            "    painful: patient",
            "site: L 1",
        ]
    )
    told = refusal(pack, {}, places={}, reference="John Doe")
    assert told[0].startswith("reference: ")
    with pytest.raises(IntakeError) as refused:
        normalise(pack, read_intake(text.encode(), "case.yaml"))
    assert [str(problem).split(": ")[:2] for problem in refused.value.at("case.yaml").problems] == [
        ["1:1", "reference"],
        ["3:3", "colapsed"],
        ["4:3", "stable"],
        ["6:5", "sources.cause"],
        ["7:5", "sources.unheard"],
        ["8:5", "sources.painful"],
        ["9:1", "site"],
    ]
    assert str(refused.value.at("case.yaml")).startswith("case.yaml: 1:1: reference: ")


def test_every_problem_of_the_shape_of_a_file_is_told_at_once() -> None:
    assert file_refusal("refrence: x\nsite: [L1]\nsources: patient\nvertebrae: 1\n").splitlines() == [
        "case.yaml: 1:1: refrence: is not a key of an intake, which has reference, site, answers, sources; "
        'answers stand under `answers`. Did you mean "reference"?',
        "case.yaml: 4:1: vertebrae: is not a key of an intake, which has reference, site, answers, sources; "
        "answers stand under `answers`.",
        "case.yaml: answers: is missing; it maps each question to one value, such as question: yes",
        "case.yaml: 3:1: sources: maps each question to one value, such as question: imaging_report; this is text",
        "case.yaml: 2:1: site: takes one label, such as L1, not a list",
    ]
    assert file_refusal('{"answers": {"stable": ["yes"], "a\\u001bb": {}}}', "case.json").splitlines() == [
        "case.json: answers.stable: takes one value, not a list",
        'case.json: answers."a\\u{1b}b": takes one value, not a mapping',
    ]


@pytest.mark.parametrize(
    ("text", "origin", "told"),
    [
        ("answers: {stable: yes, stable: no}", "a.yaml", 'a.yaml: 1:24: the key "stable" stands here twice; keep one'),
        ('{"answers": {"a": 1, "a": 2}}', "a.json", 'a.json: the key "a" stands twice in one object; keep one'),
        ('{"answers": {},\n"answers": }', "a.json", "a.json: 2:12: not readable as JSON: "),
        ("answers: {stable: yes", "a.yaml", "a.yaml: 2:1: not readable as YAML: "),
        ("answers: &a {stable: yes}", "a.yaml", "a.yaml: 1:10: anchors (&a) are not read"),
        ("answers: {}\n---\nanswers: {}", "a.yaml", "a.yaml: 2:1: a second document begins here"),
        ("", "a.yaml", "a.yaml: is empty; an intake is a mapping with the key `answers`"),
        ("# nothing\n", "standard input", "standard input: is empty; an intake is a mapping"),
        ("yes", "a.yaml", "a.yaml: holds text; an intake is a mapping with the key `answers`"),
        (
            "[]",
            "standard input",
            "standard input: holds a list; an intake is a mapping with the key `answers`",
        ),
        ("", "a.json", "a.json: not readable as JSON: "),
        ('{"answers": {"stable": NaN}}', "a.json", "a.json: NaN is not JSON"),
        ("answers: {}", "\x1b[2J.yaml", ""),
    ],
)
def test_a_file_that_is_no_intake_is_refused_with_its_place(text: str, origin: str, told: str) -> None:
    if told:
        assert file_refusal(text, origin).startswith(told)
    else:
        assert file_refusal("", origin).startswith('"\\u{1b}[2J.yaml": ')


def test_a_file_that_is_refused_still_tells_its_answers_for_a_sign_among_them() -> None:
    with pytest.raises(IntakeError) as refused:
        read_intake(b'{"answers": {"fever": "yes"}, "siet": "L1"}', "a.json")
    assert refused.value.answers == {"fever": "yes"}


def test_json_gives_no_places() -> None:
    assert read_intake(b'{"answers": {"fever": "yes"}}', "a.json").places == {}


def test_an_assessment_is_no_intake_and_is_told_as_what_it_is(pack: Pack) -> None:
    assessment = assess(pack, Intake({"stable": "yes", "fever": "yes"}))
    with pytest.raises(IntakeError) as refused:
        read_intake(render_json([assessment]).encode(), "sheet.json")
    told = "sheet.json: is an assessment, which is made from an intake; open the intake, as a desk or an interview saves it"
    assert (str(refused.value), refused.value.answers) == (told, {"stable": "yes", "fever": "yes"})
    assert refused.value.problems[0].where == ""
    for answers, left in (({"fever": "yes", "stable": ["no"]}, {"fever": "yes"}), ("yes", {})):
        with pytest.raises(IntakeError) as refused:
            read_intake(json.dumps({"answers": answers, "assessment": "1", "outcome": "both"}).encode(), "sheet.json")
        assert (str(refused.value), refused.value.answers) == (told, left)


def test_a_fault_of_a_file_is_told_and_nothing_after_it() -> None:
    told = "a.json: NaN is not JSON; write a value from the question's list"
    assert file_refusal('{"answers": {"stable": NaN}}', "a.json") == told


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02", b"\xff\xfea\x00", b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04" + bytes(range(256))]
)
@pytest.mark.parametrize("origin", ["case.yaml", "case.json", "standard input"])
def test_a_binary_file_is_refused_in_printable_words(data: bytes, origin: str) -> None:
    told = file_refusal(data, origin)
    assert told.startswith(f"{origin}: ")
    assert told.isprintable()


@pytest.mark.parametrize("origin", ["case.yaml", "case.json"])
def test_a_file_of_two_megabytes_is_refused_before_it_is_read(origin: str) -> None:
    told = file_refusal(b'{"answers": {"stable": "' + b" " * (2 << 20) + b'"}}', origin)
    assert told.startswith(f"{origin}: ")
    assert "1,048,576" in told


def test_brackets_without_end_are_refused() -> None:
    assert "nested deeper than 32" in file_refusal("[" * 100_000)
    assert "nested deeper than 32" in file_refusal("[" * 100_000, "case.json")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.none() | st.booleans() | st.integers(), max_size=4))
def test_json_answers_are_read_as_written(answers: dict[str, Any]) -> None:
    written = {name: json.dumps(value) if isinstance(value, bool | int) else value for name, value in answers.items()}
    assert read_intake(json.dumps({"answers": answers}).encode(), "case.json").answers == written


def test_an_answer_padded_beyond_200_characters_is_refused(pack: Pack) -> None:
    """Space around an answer does not count, yet what was typed is kept: so it has a bound."""
    assert normalise(pack, Intake({"stable": "yes".center(200)})).values == {"stable": "yes"}
    with pytest.raises(IntakeError, match="stable"):
        normalise(pack, Intake({"stable": "yes".center(201)}))


# Several intakes of one person


def test_a_reported_sign_stands_in_every_intake_of_its_reference_with_who_said_it(pack: Pack) -> None:
    first = Intake({"fever": "no", "stable": "yes"}, {"fever": "clinician"}, "case-1", "L1")
    second = Intake(
        {"fever": " Y ", "chest_pain": "unknown", "painful": "no"}, {"fever": "patient", "painful": "patient"}, "case-1"
    )
    other, nameless = Intake({"stable": "no"}, reference="case-2"), Intake({"weight_loss": "yes"})
    changed, carried = carry_signs(pack, [first, second, other, nameless, nameless])
    assert changed == [
        Intake({"fever": "yes", "stable": "yes"}, {"fever": "patient"}, "case-1", "L1"), second, other, nameless, nameless
    ]  # fmt: skip
    assert carried == [Carried("fever", giver=1, taker=0, replaced="no")]


def test_every_intake_of_a_reference_gets_the_signs_of_all_others_and_nothing_else(pack: Pack) -> None:
    """Every pair of answers to every question, in both orders."""
    for question in pack.questions:
        for mine, theirs in product((*question.values, "unknown", None), repeat=2):
            intakes = [Intake({question.question: value}, reference="case-1") for value in (mine, theirs)]
            changed, carried = carry_signs(pack, intakes)
            reported = question.warning is not None and question.warning in (mine, theirs)
            due = [question.warning] * 2 if reported else [mine, theirs]
            assert [intake.answers[question.question] for intake in changed] == due
            assert len(carried) == (reported and mine != theirs)
    signs = [question.question for question in pack.questions if question.warning]
    third = carry_signs(pack, [Intake({sign: "yes"}, reference="c") for sign in signs])[0]
    assert all(set(intake.answers) == set(signs) for intake in third)


def test_every_sign_that_is_carried_is_told_and_none_is_where_nobody_is_named(pack: Pack) -> None:
    signs = [question.question for question in pack.questions if question.warning]
    giver = Intake(dict.fromkeys(signs, "yes"), reference="case-1")
    _, carried = carry_signs(pack, [giver, Intake({}, reference="case-1"), Intake({}, reference="case-1")])
    assert carried == [Carried(sign, giver=0, taker=taker, replaced=None) for taker in (1, 2) for sign in signs]
    strangers = [Intake(dict.fromkeys(signs, "yes")), Intake({})]
    assert carry_signs(pack, strangers) == (strangers, [])


# What a message says is taken


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("1", "2", "3", "4", "5", "6"), "1, 2, 3, 4, 5, 6"),
        (("1", "2", "3", "4", "5", "6", "7"), "1 to 7"),
        (tuple("abcdefgh"), "a, b, c, d, e, f, g, h"),
    ],
)
def test_values_are_listed_and_many_numbers_told_as_a_range(pack: Pack, values: tuple[str, ...], told: str) -> None:
    questions = [question.model_copy(update={"values": values}) for question in pack.questions[-1:]]
    changed = replace(pack, questions=tuple(questions))
    (message,) = refusal(changed, {questions[0].question: "nothing of it"})
    assert f"it takes {told} or unknown." in message


def test_a_text_without_a_name_that_opens_like_json_is_read_as_json() -> None:
    for opening in ("{", " \n{", "\ufeff{"):
        assert read_intake(f'{opening}"site": "L1", "answers": {{}}}}'.encode(), "-") == Intake({}, site="L1")
    assert "JSON" not in file_refusal("X{", "-")
    assert file_refusal("[]", "-").startswith("-: holds a list; an intake is a mapping")
    assert file_refusal("[", "-").count("JSON") == 1
    with pytest.raises(IntakeError) as refused:
        read_intake(b"[]", "-")
    assert [problem.where for problem in refused.value.problems] == [""]


def test_an_intake_that_was_written_is_read_back_equal() -> None:
    answers = {"stable": None, "fracture": " Suspected ", "cause": "\u00fcnknown \\ \"'", "vertebrae": "2"}
    intake = Intake(answers, {"fracture": "referral"}, "r-1", "L1")
    assert read_intake(dump_intake(intake).encode(), "case.json") == intake
    assert '"cause": "\u00fcnknown' in dump_intake(intake)
    assert dump_intake(Intake({})) == '{\n  "answers": {}\n}\n'


def test_an_answer_alone_is_read_as_in_an_intake_and_no_other_text_is_one(pack: Pack) -> None:
    question = pack.question["fracture"]
    long, too_long = "yes".rjust(200), "yes".rjust(201)
    read = {text: read_answer(question, text) for text in (" Yes ", "n", "suspected", "", "perhaps", long, too_long)}
    assert read == {" Yes ": "yes", "n": "no", "suspected": "unknown", "": "", "perhaps": None, long: "yes", too_long: None}


def test_yes_and_no_are_understood_of_every_question_that_takes_them_and_of_no_other(pack: Pack) -> None:
    for question in pack.questions:
        assert ({"y", "n"} <= common_spellings(question).keys()) == is_yes_no(question), question.question


def test_a_python_truth_is_kept_as_it_would_be_written(pack: Pack) -> None:
    assert normalise(pack, Intake({"stable": False, "painful": True})).typed == {"painful": "true", "stable": "false"}
