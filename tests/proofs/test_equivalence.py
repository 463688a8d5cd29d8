"""Which changes are equivalent, against all complete intakes gone through one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from changed_packs import conclude_all
from hypothesis import HealthCheck, assume, given, settings
from random_packs import RandomPack, packs
from small_pack import Edit, write_pack

import triage.profiles
from triage import load_pack
from triage.errors import PackError
from triage.proofs.equivalence import Equivalence
from triage.proofs.mutants import list_mutants

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack

D = "decisions.yaml"
EDITS: dict[str, tuple[Edit, ...]] = {
    "as it is": (),
    "with a gap": (
        Edit(D, "when: {surface: gravel, tyres: narrow}, then: badly", "when: {surface: gravel, tyres: broad}, then: partly"),
    ),
    "with a conflict": (Edit(D, "when: {surface: sand}", "when: {surface: [sand, gravel]}"),),
    "with a rule that never fires": (Edit(D, "when: {surface: sand}", "when: {surface: sand, tyres: [narrow, broad]}"),),
    "with two constraints": (
        Edit(D, "readings:\n", "  - {constraint: X2, never: {tyres: broad, booked: no}, text: Nobody.}\nreadings:\n"),
    ),
    "with a constraint within another": (
        Edit(D, "readings:\n", "  - {constraint: X2, never: {tyres: broad, booked: [yes, no]}, text: Nobody.}\nreadings:\n"),
    ),
    "with a list of two": (
        Edit(
            D,
            "      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}",
            "      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}\n"
            "      - {rule: H2, when: {tyres: [broad]}, then: pump, because: [S01]}",
        ),
    ),
}


def check(pack: Pack) -> tuple[int, int]:
    """Compare with brute force; how many changes there are, and how many are equivalent."""
    equivalence, before = Equivalence(pack), conclude_all(pack)
    total = equivalent = 0
    for mutant in list_mutants(pack):
        after = conclude_all(mutant.pack)
        same = before == after
        found = equivalence.find(mutant)
        assert (not found) == same, str(mutant)
        for reading, differing in found.items():
            for profile, answers in differing.profiles.items():
                # Every witness, filled up in any way, is an intake on which the two differ.
                assert len(profile) == len(differing.names), str(mutant)
                key = reading if pack.readings else ""
                places = [(index, question.question) for index, question in enumerate(pack.questions)]
                agreeing = [
                    one
                    for one in before
                    if one[0] == key and all(one[1][index] == answers[name] for index, name in places if name in answers)
                ]
                assert any(before[one] != after[one] for one in agreeing), str(mutant)
        total += 1
        equivalent += same
    return total, equivalent


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_a_change_of_the_small_pack_is_equivalent_if_no_complete_intake_tells(edits: tuple[Edit, ...], tmp_path: Path) -> None:
    write_pack(tmp_path, *edits)
    total, equivalent = check(load_pack(tmp_path))
    assert 0 < equivalent < total


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(packs())
def test_a_change_of_a_random_pack_is_equivalent_if_no_complete_intake_tells(random: RandomPack) -> None:
    try:
        Equivalence(random.pack)
    except PackError:
        assume(False)
    check(random.pack)


KNOWN = {
    "rule P5, without {fracture: yes}",
    "rule K1, without {collapsed: yes}",
    "rule V2, without {presentation: [described, described_for_some]}",
    "rule P1, {cause: [osteoporosis, trauma]} in place of {cause: osteoporosis}",
    "rule K2n, {fracture: yes} in place of {collapsed: yes}",
}


def test_changes_of_the_shipped_pack_that_are_known_to_be_equivalent_are(pack: Pack) -> None:
    equivalence = Equivalence(pack)
    found = {str(mutant) for mutant in list_mutants(pack) if str(mutant) in KNOWN and not equivalence.find(mutant)}
    assert found == KNOWN


def test_what_is_too_much_to_go_through_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    equivalence = Equivalence(pack)
    monkeypatch.setattr(triage.profiles, "MAX_COMPLETIONS", 3)
    with pytest.raises(PackError, match="too-large"):
        [equivalence.find(mutant) for mutant in list_mutants(pack)]
