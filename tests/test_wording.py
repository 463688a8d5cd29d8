"""The wording rules: what is banned, in every form in which it can be read; what is let pass, and nothing besides.

What looks like a letter is taken from the tables of `confusable-homoglyphs`, which know nothing of `triage.wording`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from confusable_homoglyphs import confusables

from triage.wording import BANNED, EXCEPTION, banned_wordings, is_sentence, look_alikes

WORDINGS = [wording.replace("s?", "").replace("[a-z]*", "is") for wording in BANNED]
# "rn" for m and a long s for f are of Latin letters alone, and other words are made of them.
NOT_TOLD = {"rn", "\u017f"}


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("text", ["{}", "It is {}.", "({})", "the\n  {} one", "so-{}-so", "a_{}_b"])
def test_a_banned_wording_is_found_as_whole_words(wording: str, text: str) -> None:
    assert banned_wordings(text.format(wording)) == [wording]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You  SHOULD go", "you should"),
        ("the b\u200best one", "best"),
        ("\uff53\uff41\uff46\uff45", "safe"),
        ("un\u00adlikely? likely", "likely"),
        ("diagnoses", "diagnoses"),
        ("a \ufb01ne day", "fine"),
        ("a risk-score", "risk-score"),
        ("no\u00a0need\u2011to", "no need\u2010to"),
        ("be\u034fst", "best"),
    ],
)
def test_a_banned_wording_is_found_in_any_form(text: str, found: str) -> None:
    assert banned_wordings(text) == [found]


@pytest.mark.parametrize(
    "text", ["unsafe", "bestow", "unlikely", "refined", "effectively", "discovered", "eligibility", "you, must"]
)
def test_other_words_pass(text: str) -> None:
    assert banned_wordings(text) == look_alikes(text) == []


@pytest.mark.parametrize(
    "text",
    [
        EXCEPTION,
        f"So it is. {EXCEPTION} And so on.",
        f"A title\n{EXCEPTION}",
        f"A title: {EXCEPTION}",
        "Educational,\n   not diagnostic.",
    ],
)
def test_the_exact_sentence_passes(text: str) -> None:
    assert banned_wordings(text) == []


@pytest.mark.parametrize(
    "text",
    ["educational, not diagnostic.", "Educational, not diagnostic", "Educational and not diagnostic.", f"It is {EXCEPTION}"],
)
def test_nothing_near_the_exact_sentence_passes(text: str) -> None:
    assert banned_wordings(text) == ["diagnostic"]


def test_an_exception_lets_its_own_sentence_pass_and_no_part_of_another() -> None:
    allowed = ("The best one.",)
    assert banned_wordings("A lock. The best one.", allowed) == []
    assert banned_wordings("The best one. The best two.", allowed) == ["best"]
    assert banned_wordings("Not the best one.", allowed) == ["best"]


def test_what_is_no_sentence_lets_nothing_pass() -> None:
    assert not is_sentence("best")
    assert banned_wordings("best", ("best",)) == ["best"]


def list_disguises() -> Iterator[tuple[str, str, str]]:
    """(wording, other letters, disguised) for every letter of every wording and all that looks like it."""
    for wording in WORDINGS:
        for index, letter in enumerate(wording):
            for form in (letter, letter.upper()):
                for found in confusables.is_confusable(form, greedy=True) or ():
                    for other in found["homoglyphs"]:
                        letters = other["c"]
                        if all(unicodedata.category(one)[0] == "L" for one in unicodedata.normalize("NFKC", letters)):
                            yield wording, letters, f"{wording[:index]}{letters}{wording[index + 1 :]}"


def test_no_letter_that_looks_like_another_hides_a_banned_wording() -> None:
    disguises = list(list_disguises())
    assert len(disguises) > 5000
    missed = {letters for _, letters, text in disguises if not (banned_wordings(text) or look_alikes(text))}
    assert missed == NOT_TOLD


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Most \u043ef it", ["\u043ef"]),
        ("\u0455\u0430\u0192\u0435", ["\u0455\u0430\u0192\u0435"]),
        ("b\u00e9st", ["b\u00e9st"]),
        ("1ikely", ["1ikely"]),
        ("y0u must", ["y0u"]),
        ("Iikely", ["llkely"]),
        ("best and b\u0435st", ["b\u0435st"]),
    ],
)
def test_what_looks_like_other_letters_is_named(text: str, found: list[str]) -> None:
    assert look_alikes(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9",
        "\u041b\u0443\u0447\u0448\u0438\u0439",
        "5 \u00b5g",
        "\u03b1-blocker",
        "na\u00efve 17, S07",
        "the best",
        "\u65e5\u672c",
    ],
)
def test_words_of_one_script_with_or_without_accents_pass(text: str) -> None:
    assert look_alikes(text) == []
