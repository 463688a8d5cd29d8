"""Which changes the cases of a pack notice, against every case run for real; and that a ready-made case notices the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from changed_packs import conclude_all
from small_pack import FILES, Edit, write_pack

import triage.completions
import triage.profiles
from triage import Intake, assess, load_pack
from triage.cases import find_departures
from triage.errors import PackError
from triage.library import read_cases
from triage.proofs.mutants import Mutant, list_mutants
from triage.proofs.mutation import MutationResult, find_survivors
from triage.proofs.trials import given_by

if TYPE_CHECKING:
    from pathlib import Path

    from triage.cases import Case
    from triage.pack import Pack

C, D = "cases.yaml", "decisions.yaml"


def is_killed(mutant: Mutant, cases: tuple[Case, ...]) -> bool:
    """Whether a case fails on a changed pack: assessed by durable-rules, all of it, with nothing left out."""
    for case in cases:
        try:
            assessment = assess(mutant.pack, Intake(case.answers), reading=case.reading)
        except PackError:
            return True
        if find_departures(case, given_by(mutant.pack, assessment)):
            return True
    return False


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_survivors_are_the_changes_that_tell_and_make_no_case_fail(count: int, tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    cases = read_cases(pack)[0][:count]
    result = find_survivors(pack, cases)
    before = conclude_all(pack)
    telling = [mutant for mutant in list_mutants(pack) if conclude_all(mutant.pack) != before]
    assert [str(one.mutant) for one in result.survivors] == [str(one) for one in telling if not is_killed(one, cases)]
    assert result.wanted == len(telling)
    assert result.killed == len(telling) - len(result.survivors)
    assert len(result.equivalent) == result.total - len(telling)
    assert result.undecided == ()


def test_a_case_whose_answers_exclude_each_other_notices_what_now_rests_on_them(tmp_path: Path) -> None:
    question = "  - {{question: {}, group: ride, label: L, text: T, help: H, values: [yes, no]}}\n"
    answers = "{helmet: yes, lights: yes, booked: yes}"
    case = f"  - {{case: Both, answers: {answers}, outcome: contradictory_answers, settled: no, standing: booked, rules: [W1]}}\n"
    write_pack(
        tmp_path,
        Edit(
            "questions.yaml",
            "  - question: booked\n",
            f"{question.format('helmet')}{question.format('lights')}  - question: booked\n",
        ),
        Edit(D, "never: {surface: asphalt, tyres: broad}", "never: {helmet: yes, lights: yes}"),
        Edit(C, "cases:\n", "cases:\n" + case),
    )
    pack = load_pack(tmp_path)
    cases = read_cases(pack)[0][:1]
    noticed = {str(mutant) for mutant in list_mutants(pack) if is_killed(mutant, cases)}
    result = find_survivors(pack, cases)
    assert "rule W1, {helmet: yes} in place of {booked: yes}" in noticed
    assert noticed.isdisjoint(str(survivor.mutant) for survivor in result.survivors)


def add_cases(folder: Path, pack: Pack, result: MutationResult) -> tuple[Case, ...]:
    """The cases as if every ready-made one had been pasted under `cases`."""
    for file in (*FILES,):
        (folder / file).write_text((type(folder)(pack.folder) / file).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / C).write_text("cases:\n" + "".join(result.drafts), encoding="utf-8")
    return read_cases(load_pack(folder))[0]


def test_ready_made_cases_notice_all_that_a_pack_without_cases_lets_through(tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    result = find_survivors(pack, ())
    assert result.killed == 0
    assert all(survivor.case for survivor in result.survivors)
    assert len(result.drafts) < len(result.survivors) / 4
    (tmp_path / "again").mkdir()
    after = find_survivors(pack, add_cases(tmp_path / "again", pack, result))
    assert (after.survivors, after.killed, after.wanted) == ((), result.wanted, result.wanted)


def test_a_ready_made_case_for_each_survivor_notices_it(tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    result = find_survivors(pack, read_cases(pack)[0])
    (tmp_path / "again").mkdir()
    added = {case.case: case for case in add_cases(tmp_path / "again", pack, result)}
    for survivor in result.survivors:
        assert survivor.case is not None
        name = survivor.case.splitlines()[0].removeprefix("  - case: ")
        assert is_killed(survivor.mutant, (added[name],)), str(survivor.mutant)


def test_a_ready_made_case_has_as_few_answers_as_it_takes_and_names_the_reading_that_tells(tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    survivors = {str(one.mutant): one.case for one in find_survivors(pack, read_cases(pack)[0][:1]).survivors}
    assert survivors["rule F2s, then: well in place of badly"] == (
        "  - case: Draft, strict, tyres broad\n"
        "    reading: strict\n"
        "    answers: {tyres: broad}\n"
        "    outcome: nothing\n"
        "    settled: yes\n"
        "    notes: [pump]\n"
        "    rules: [F10, F2s, C3, H1]\n"
    )


def test_a_ready_made_case_names_answers_and_says_something_settled_wherever_that_can_be(tmp_path: Path) -> None:
    write_pack(tmp_path)
    drafts = find_survivors(load_pack(tmp_path), ()).drafts
    assert drafts
    assert [draft for draft in drafts if "answers: {}" in draft or "rules: []" in draft] == []


def test_what_nothing_but_a_decision_tells_is_noticed_by_a_case_that_states_it(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(D, "when: {fit: well}, then: both", "when: {fit: [well, partly]}, then: both"),
        Edit(D, "when: {fit: partly}, then: racer", "when: {fit: badly}, then: racer"),
        Edit(D, "when: {not: {fit: [well, partly]}}", "when: {not: {fit: [well, partly, badly]}}"),
    )
    survivors = {str(one.mutant): one.case for one in find_survivors(load_pack(tmp_path), ()).survivors}
    case = survivors["rule F2, then: well in place of partly"]
    assert case is not None
    assert "    answers: {surface: gravel, tyres: broad}\n" in case
    assert "    decisions: {fit: [partly]}\n" in case


def test_a_survivor_says_what_was_changed_where_and_what_to_do(tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    first = find_survivors(pack, ()).survivors[0]
    assert first.place == pack.place("rule", "B1")
    assert first.message == "rule B1, without its condition: no case notices this change; add one that does"


def test_a_survivor_that_a_gap_keeps_from_being_shown_names_the_gap(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "when: {fit: well}, then: both", "when: {all: [{fit: well}, {fit: badly}]}, then: both"))
    pack = load_pack(tmp_path)
    told = {str(one.mutant): one.message for one in find_survivors(pack, ()).survivors if one.case is None}
    assert told["rule F1, left out"].endswith("no case can show it while choice has a gap")
    assert not [message for message in told.values() if "nothing that a case can state" in message]


def test_a_case_that_fails_proves_nothing(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(C, "outcome: both", "outcome: nothing"), Edit(C, "notes: [pump]", "notes: []"))
    pack = load_pack(tmp_path)
    result, none = find_survivors(pack, read_cases(pack)[0]), find_survivors(pack, ())
    assert (result.killed, result.drafts) == (0, none.drafts)


def test_a_change_that_leaves_too_much_to_go_through_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helmet = "  - {question: helmet, group: ride, label: L, text: T, help: H, values: [narrow, broad]}\n"
    write_pack(tmp_path, Edit("questions.yaml", "  - question: booked\n", helmet + "  - question: booked\n"))
    pack = load_pack(tmp_path)
    whole = find_survivors(pack, read_cases(pack)[0])
    # Surface and tyres have six combinations; a change that ties another question to them leaves more.
    monkeypatch.setattr(triage.completions, "MAX_COMPLETIONS", 6)
    monkeypatch.setattr(triage.profiles, "MAX_COMPLETIONS", 6)
    result = find_survivors(pack, read_cases(pack)[0])
    tied = [mutant for mutant in list_mutants(pack) if "helmet" in mutant.change]
    assert list(map(str, result.undecided)) == list(map(str, tied))
    assert result.total == whole.total == result.wanted + len(result.equivalent) + len(result.undecided)


@pytest.mark.parametrize(("name", "total"), [("vertebral-fracture", 1572), ("repair-cafe", 426)])
def test_the_cases_of_a_shipped_pack_notice_every_single_change(name: str, total: int) -> None:
    pack = load_pack(name)
    result = find_survivors(pack, read_cases(pack)[0])
    assert [survivor.message for survivor in result.survivors] == []
    assert result.undecided == ()
    assert (result.total, result.killed) == (total, total - len(result.equivalent))


REMOVED = (
    ("repair-cafe", "Mains power and nothing to open", "constraint CAF1, left out"),
    ("vertebral-fracture", "Twelve vertebrae", "rule NV1, {vertebrae: [1, 12]} in place of {vertebrae: 1}"),
)


@pytest.mark.parametrize(("name", "removed", "survives"), REMOVED)
def test_a_case_taken_away_lets_a_change_through_and_the_ready_made_one_stops_it_again(
    name: str, removed: str, survives: str, tmp_path: Path
) -> None:
    pack = load_pack(name)
    cases = tuple(case for case in read_cases(pack)[0] if case.case != removed)
    result = find_survivors(pack, cases)
    assert survives in {str(survivor.mutant) for survivor in result.survivors}
    again = add_cases(tmp_path, pack, result)
    assert all(is_killed(survivor.mutant, again) for survivor in result.survivors)
