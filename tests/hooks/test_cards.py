"""Cards over all that the packs can come to: short, with the deferral, urgent where it has to be, and silent where withheld.

A card is made for one intake of every kind: outcome, what is possible, level, open signs, standing, and whether readings differ.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from bare_pack import FILES as BARE_FILES
from calling import INSTANCE, bundle, card_for, make_request, respond
from export_packs import NAMES, make_pack, readings_of
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from oracle import EMERGENCY_SIGNS, FRACTURE, SIGNS, STANDING

from triage import Intake, assess
from triage.explanation import say_value
from triage.hooks.cards import REASONS, SUMMARY_LENGTH, cut, reason_system
from triage.library import bundled_packs, load_pack
from triage.parts import State
from triage.report import escape
from triage.wording import EXCEPTION, banned_wordings, every_text, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

Answers = dict[str, str]
Card = dict[str, Any]


class Shown(NamedTuple):
    """A card with what it was made from."""

    pack: Pack
    answers: Answers
    assessment: Assessment
    card: Card


def partial_intakes(pack: Pack, reading: str | None) -> Iterator[Answers]:
    """Every way to answer some questions of a pack.

    The shipped one has too many. There, one intake of each kind stands for what is not tied to the warning signs and to imaging.
    """
    if not set(FRACTURE) <= set(pack.question):
        read = {name for decision in pack.decisions for name in decision.reads}
        yield from every_way([(question.question, question.values) for question in pack.questions if question.question in read])
        return
    kinds = {kind_of(assess(pack, Intake(answers), reading=reading)): answers for answers in every_way(FRACTURE.items())}
    none = dict.fromkeys(SIGNS, "no")
    nets: list[Answers] = [{}, none, {**none, SIGNS[0]: "unknown"}]
    nets += [{**others, sign: "yes"} for sign in (SIGNS[0], SIGNS[-1]) for others in ({}, none)]
    for fracture, signs, imaging in product(kinds.values(), nets, [None, *STANDING]):
        yield {**fracture, **signs, **({"imaging": imaging} if imaging else {})}


def every_way(questions: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Answers]:
    names, domains = zip(*((name, (None, *values)) for name, values in questions), strict=True)
    for values in product(*domains):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def kind_of(assessment: Assessment) -> tuple[object, ...]:
    net = assessment.safety_net
    level = (net.level, net.settled, bool(net.open_signs)) if net else None
    differs = tuple(other.differs for other in assessment.readings)
    return assessment.outcome, assessment.possible_outcomes, level, assessment.standing, differs


def show_all(pack: Pack) -> list[Shown]:
    shown: dict[tuple[object, ...], Shown] = {}
    for reading in readings_of(pack):
        for answers in partial_intakes(pack, reading):
            assessment = assess(pack, Intake(answers), reading=reading)
            kind = (reading, *kind_of(assessment))
            if kind not in shown:
                card = card_for(pack, respond(pack, answers), reading=reading)
                shown[kind] = Shown(pack, answers, assessment, card)
    return list(shown.values())


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[Pack]:
    return [make_pack(name, tmp_path_factory.mktemp("packs")) for name in NAMES]


@pytest.fixture(scope="module")
def shown(packs: list[Pack]) -> list[Shown]:
    return [found for pack in packs for found in show_all(pack)]


@cache
def text_of(markdown: str) -> tuple[str, ...]:
    """What a reader of Markdown sees, block by block."""
    tokens = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(markdown)
    return tuple("".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline")


def outcome_words(pack: Pack) -> set[str]:
    header = pack.header
    said = {say_value(pack, header.outcome, outcome).casefold() for outcome in pack.outcome}
    return said | {procedure.title.casefold() for procedure in header.procedures}


def whole_word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.casefold()) is not None


def test_every_outcome_level_and_standing_of_the_shipped_pack_has_a_card(shown: list[Shown]) -> None:
    found = [of.assessment for of in shown if of.pack.id == "vertebral-fracture"]
    outcomes, standings = {of.outcome for of in found}, {of.standing for of in found}
    assert outcomes == {"both", "vertebroplasty", "kyphoplasty", "outside_documents", *State}
    assert {of.safety_net.level for of in found if of.safety_net} == {"open", "emergency", "same_day", "no_warning_sign"}
    assert standings == {*STANDING.values(), "open"}
    assert len(found) > 500


def test_a_card_has_what_the_standard_wants_and_nothing_empty(shown: list[Shown]) -> None:
    for of in shown:
        assert list(of.card) == ["uuid", "summary", "indicator", "detail", "source", "overrideReasons"]
        assert list(of.card["source"]) == ["label", "topic"]
        assert all(every_text(of.card))
        assert list(of.card["source"]["topic"]) == ["system", "code", "display"]


def test_a_summary_is_one_line_of_less_than_140_characters(shown: list[Shown]) -> None:
    for of in shown:
        assert 0 < len(of.card["summary"]) < 140
        assert fold(of.card["summary"]) == of.card["summary"]


def test_the_detail_opens_with_the_deferral_and_repeats_it_beside_the_outcome(shown: list[Shown]) -> None:
    for of in shown:
        blocks = [fold(block) for block in text_of(of.card["detail"])]
        deferral = fold(of.pack.header.deferral.text)
        assert blocks[0] == deferral
        assert (fold(of.assessment.headline), deferral) in pairwise(blocks)


def test_a_summary_names_an_outcome_only_with_the_deferral_beside_it(shown: list[Shown]) -> None:
    named = 0
    for of in shown:
        names = [word for word in outcome_words(of.pack) if whole_word(word, of.card["summary"])]
        own = any(whole_word(word, text) for word in names for text in texts_before_an_outcome(of.pack))
        if names and not own:
            named += 1
            assert of.card["summary"].endswith(fold(of.pack.header.deferral.text)), of.card["summary"]
            assert of.assessment.safety_net is None or not of.assessment.safety_net.open_signs
            differs = any(other.differs for other in of.assessment.readings)
            assert ("; another reading differs. " in of.card["summary"]) is differs
    assert named


def texts_before_an_outcome(pack: Pack) -> list[str]:
    header = pack.header
    net = header.safety_net
    levels = [*(level.text for level in net.levels), net.open] if net else []
    return [header.headlines.contradictory_answers, header.deferral.text, *levels]


def test_a_reported_sign_is_critical_and_what_comes_before_an_outcome_a_warning(shown: list[Shown]) -> None:
    for of in shown:
        signs = {question.question: question.warning for question in of.pack.questions if question.warning}
        if any(of.answers.get(sign) == warning for sign, warning in signs.items()):
            expected = "critical"
        elif any(of.answers.get(sign, "unknown") == "unknown" for sign in signs) or of.assessment.contradictions:
            expected = "warning"
        else:
            expected = "info"
        assert of.card["indicator"] == expected, of.answers


def test_the_summary_says_first_what_comes_first(shown: list[Shown]) -> None:
    for of in shown:
        if of.pack.id == "vertebral-fracture":
            header = of.pack.header
            assert header.safety_net is not None
            emergency = any(of.answers.get(sign) == "yes" for sign in EMERGENCY_SIGNS)
            if emergency:
                expected = header.safety_net.levels[0].text
            elif any(of.answers.get(sign) == "yes" for sign in SIGNS):
                expected = header.safety_net.levels[1].text
            elif of.answers.get("collapsed") == "no" and of.answers.get("height_restoration") == "yes":
                expected = header.headlines.contradictory_answers
            elif any(of.answers.get(sign) != "no" for sign in SIGNS):
                expected = header.safety_net.open
            else:
                expected = header.deferral.text
            assert of.card["summary"].endswith(expected)


def test_where_the_mapping_is_withheld_nothing_is_said_of_procedures_outcomes_or_other_answers(shown: list[Shown]) -> None:
    withheld = [of for of in shown if of.assessment.outcome == State.CONTACT_CLINICIAN_NOW]
    assert {of.pack.id for of in withheld} >= {"vertebral-fracture", "repair-cafe", "bicycles"}
    for of in withheld:
        card = {**of.card, "overrideReasons": []}
        allowed = " ".join(texts_before_an_outcome(of.pack))
        assert not [
            word
            for word in outcome_words(of.pack)
            if whole_word(word, " ".join(every_text(card))) and not whole_word(word, allowed)
        ]
        signs = {question.label for question in of.pack.questions if question.warning}
        others = {question.label for question in of.pack.questions} - signs
        assert not [label for label in others if f"{label}: " in of.card["detail"]]
        assert of.card["source"]["topic"]["code"] == "warning-sign"


def test_of_procedures_all_are_listed_or_none(shown: list[Shown]) -> None:
    for of in shown:
        listed = [procedure for procedure in of.pack.header.procedures if f"\n- {procedure.title}: " in of.card["detail"]]
        assert listed == ([] if of.assessment.outcome == State.CONTACT_CLINICIAN_NOW else list(of.pack.header.procedures))


def test_a_card_rests_on_the_documents_or_on_the_sources_of_a_sign(shown: list[Shown]) -> None:
    for of in shown:
        header = of.pack.header
        documents = [document.title for document in header.documents]
        sources = [source.title for source in header.sources] if of.card["indicator"] == "critical" else []
        label = of.card["source"]["label"]
        assert label == "; ".join(documents) or (label and set(label.split("; ")) <= {*sources, *documents})
        if of.pack.id == "vertebral-fracture":
            assert (documents[0] in label) is (of.card["indicator"] != "critical")


def test_nothing_is_suggested_and_no_address_is_made_up(shown: list[Shown]) -> None:
    for of in shown:
        assert not {"suggestions", "selectionBehavior", "links", "systemActions"} & set(of.card)
        texts = " ".join(every_text(of.card))
        assert not re.search(r"\w+://|www\.|mailto:", texts)
        assert not re.search(r"\]\(|<\w", of.card["detail"].replace("\\]", "").replace("\\<", ""))


def test_no_text_advises_or_repeats_a_claim(shown: list[Shown]) -> None:
    for pack in {of.pack.id: of.pack for of in shown}.values():
        own = [of.card for of in shown if of.pack.id == pack.id]
        blocks = {block for card in own for text in every_text(card) for block in (*text.split("\n\n"), *text_of(text))}
        if pack.id in bundled_packs():
            sentences = [EXCEPTION, *(allowed.sentence for allowed in pack.header.wording_exceptions)]
            assert [banned for block in blocks for banned in banned_wordings(block, sentences)] == []
        kept = [statement.text for statement in pack.statements if statement.kind in ("claim", "withheld")]
        assert not [text for text in kept if any(text in block for block in blocks)]


def test_reasons_for_putting_a_card_aside_are_codes_with_words(packs: list[Pack]) -> None:
    for pack in packs:
        reasons = card_for(pack, None)["overrideReasons"]
        assert [(found["code"], found["display"]) for found in reasons] == list(REASONS.items())
        assert {found["system"] for found in reasons} == {reason_system(pack)}
    assert len({reason_system(pack) for pack in packs}) == len({pack.id for pack in packs})


def test_other_cards_keep_the_same_rules(packs: list[Pack]) -> None:
    for pack in packs:
        other = respond(pack, {}, subject={"reference": "Patient/other"})
        broken = respond(pack, {}, questionnaire="urn:uuid:none|1")
        for prefetch in (
            None,
            respond(pack, {}, status="entered-in-error"),
            other,
            bundle(respond(pack, {}), respond(pack, {})),
            broken,
        ):
            card = card_for(pack, prefetch, link="https://triage.example/")
            assert 0 < len(card["summary"]) < 140
            assert fold(text_of(card["detail"])[0]) == fold(pack.header.deferral.text)
            assert card["indicator"] == ("info" if prefetch is None else "warning")
            assert not [word for word in outcome_words(pack) if whole_word(word, card["summary"].replace(pack.header.title, ""))]
            assert [text for text in every_text(card) if banned_wordings(text)] == []


def test_a_link_leads_to_the_questions_and_stands_only_where_answers_are_missing(pack: Pack) -> None:
    link = "https://triage.example/"
    for prefetch in (None, respond(pack, {}, status="entered-in-error")):
        assert card_for(pack, prefetch, link=link)["links"] == [{"label": "Questionnaire", "url": link, "type": "absolute"}]
        assert "asks for the start token once in each browser" in card_for(pack, prefetch, link=link)["detail"]
        assert "links" not in card_for(pack, prefetch)
        assert "start token" not in card_for(pack, prefetch)["detail"]
    assert "links" not in card_for(pack, respond(pack, {}), link=link)


def test_a_card_has_an_id_of_its_own_that_the_same_call_gives_again(pack: Pack) -> None:
    other = INSTANCE.replace("d", "e")
    ids = [
        card_for(pack, respond(pack, {"fever": "yes"}))["uuid"],
        card_for(pack, respond(pack, {"fever": "no"}))["uuid"],
        card_for(pack, respond(pack, {"fever": "no"}), reading="narrow")["uuid"],
        card_for(pack, None)["uuid"],
        card_for(load_pack("repair-cafe"), None)["uuid"],
    ]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found) for found in ids)
    assert card_for(pack, respond(pack, {"fever": "yes"}))["uuid"] == ids[0]
    from calling import answer

    again = answer(pack, make_request(None, instance=other))
    assert again is not None
    assert again["cards"][0]["uuid"] not in ids


# What is cut


@given(st.text(max_size=400), st.integers(min_value=5, max_value=SUMMARY_LENGTH))
def test_a_cut_text_is_no_longer_than_wanted_and_begins_as_the_text_does(text: str, length: int) -> None:
    folded, short = fold(text), cut(text, length)
    assert len(short) <= length
    assert short == folded or (short.endswith("…") and folded.startswith(short.removesuffix("…").rstrip()))
    assert (len(folded) <= length) is (short == folded)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("One two three", "One two three"),
        ("One two three four", "One two three…"),
        ("One two thrice four", "One two…"),
        ("One. Two three four", "One. …"),
        ("One two. Three four", "One two. …"),
        ("One two, three four", "One two…"),
        ("Onetwothreefourfive", "Onetwothreefou…"),
    ],
)
def test_a_text_is_cut_behind_a_sentence_or_else_behind_a_word(text: str, short: str) -> None:
    assert cut(text, 15) == short


@pytest.mark.parametrize("length", [60, 132, 133, 139, 140, 300])
def test_where_the_deferral_does_not_fit_beside_an_outcome_the_summary_names_none(length: int, tmp_path: Path) -> None:
    deferral = f"{'The one who goes out decides ' * 20}"[: length - 2].strip().ljust(length - 1, "x") + "."
    for file, text in BARE_FILES.items():
        (tmp_path / file).write_text(text.replace("The one who goes out decides.", deferral), encoding="utf-8")
    pack = load_pack(tmp_path)
    card = card_for(pack, respond(pack, {"rain": "no"}))
    beside = f"Left. {deferral}"
    assert card["summary"] == (beside if len(beside) < 140 else cut(deferral))
    assert card["detail"].startswith(escape(deferral))
