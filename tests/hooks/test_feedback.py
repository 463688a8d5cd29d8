"""Feedback is counted by reason, over all processes, and nothing else of it stays."""

from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING, Any

import pytest

from triage.errors import IntakeError
from triage.hooks.cards import REASONS, reason_system
from triage.hooks.feedback import FILE, Fate, count_feedback, read_counts, read_feedback
from triage.syntax import read_json

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

CARD = "4e0a3a1e-3283-4575-ab82-028d55fe2719"
# The examples of the standard.
ACCEPTED: dict[str, Any] = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2021-12-11T10:05:31Z",
}
DISMISSED = {"card": "f6b95768-b1c8-40dc-8385-bf3504b82ffb", "outcome": "overridden", "outcomeTimestamp": "2020-12-11T00:00:00Z"}
OVERRIDDEN: dict[str, Any] = {
    "card": "9368d37b-283f-44a0-93ea-547cebab93ed",
    "outcome": "overridden",
    "overrideReason": {
        "reason": {"code": "d7ecf885", "system": "https://example.com/cds-hooks/override-reason-system"},
        "userComment": "A comment entered by the clinician.",
    },
    "outcomeTimestamp": "2020-12-11T00:00:00Z",
}


def read(pack: Pack, *entries: object) -> list[Fate]:
    return list(read_feedback(pack, read_json(json.dumps({"feedback": entries}).encode(), "").tree))


def because(system: str, code: str) -> dict[str, Any]:
    return {**DISMISSED, "overrideReason": {"reason": {"system": system, "code": code, "display": "Anna Smith"}}}


def test_the_examples_of_the_standard_are_read(pack: Pack) -> None:
    assert read(pack, ACCEPTED, DISMISSED, OVERRIDDEN) == [
        Fate("accepted", "none-given"),
        Fate("overridden", "none-given"),
        Fate("overridden", "other"),
    ]
    assert read(pack) == []


def test_a_reason_of_ours_is_told_apart_and_any_other_is_another_one(pack: Pack) -> None:
    ours = reason_system(pack)
    assert [read(pack, because(ours, code))[0].reason for code in REASONS] == list(REASONS)
    assert {read(pack, because(*given))[0].reason for given in ((ours, "anna-smith"), ("urn:x", "already-seen"), ("", ""))} == {
        "other"
    }


def test_a_comment_alone_is_no_reason_and_is_gone(pack: Pack) -> None:
    assert read(pack, {**DISMISSED, "overrideReason": {"userComment": "Anna Smith"}}) == [Fate("overridden", "none-given")]


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({**DISMISSED, "card": "x"}, "feedback.card"),
        ({**DISMISSED, "card": None}, "feedback.card"),
        ({**DISMISSED, "outcome": "ignored"}, "feedback.outcome"),
        ({**DISMISSED, "outcomeTimestamp": None}, "feedback.outcomeTimestamp"),
        ({**DISMISSED, "overrideReason": "anna"}, "feedback.overrideReason"),
        ({**DISMISSED, "overrideReason": {"reason": "anna"}}, "feedback.overrideReason.reason"),
        ({**DISMISSED, "overrideReason": {"reason": {"code": "anna"}}}, "feedback.overrideReason.reason.system"),
        ("anna", "feedback"),
    ],
)
def test_what_the_standard_does_not_have_is_named_and_not_repeated(pack: Pack, entry: object, where: str) -> None:
    with pytest.raises(IntakeError) as found:
        read(pack, ACCEPTED, entry)
    assert [problem.where for problem in found.value.problems] == [where]
    assert "anna" not in str(found.value)


@pytest.mark.parametrize("tree", [None, [], "x", {}, {"feedback": None}, {"feedback": {}}, {"feedback": "x"}])
def test_feedback_is_an_object_with_a_list(pack: Pack, tree: Any) -> None:
    with pytest.raises(IntakeError):
        read_feedback(pack, tree)


def test_counts_add_up_by_service_outcome_and_reason(tmp_path: Path) -> None:
    first, second = Fate("overridden", "already-seen"), Fate("accepted", "none-given")
    assert read_counts(tmp_path, "one") == {"accepted": {}, "overridden": {}}
    count_feedback(tmp_path, "one", [first, first, second])
    count_feedback(tmp_path, "one", [first])
    count_feedback(tmp_path, "two", [second])
    count_feedback(tmp_path, "two", [])
    assert read_counts(tmp_path, "one") == {"accepted": {"none-given": 1}, "overridden": {"already-seen": 3}}
    assert read_counts(tmp_path, "two") == {"accepted": {"none-given": 1}, "overridden": {}}


def test_nothing_about_a_person_a_card_or_a_time_is_kept(pack: Pack, tmp_path: Path) -> None:
    count_feedback(tmp_path, "one", read(pack, ACCEPTED, OVERRIDDEN, because(reason_system(pack), "anna-smith")))
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    for private in (CARD, "9368d37b", "comment", "Smith", "anna", "2020", "2021", "d7ecf885"):
        assert private.encode() not in kept


def _count(folder: Path, times: int) -> None:
    for _ in range(times):
        count_feedback(folder, "one", [Fate("overridden", "other")])


def test_processes_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(tmp_path, 50)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert read_counts(tmp_path, "one")["overridden"] == {"other": 100}
