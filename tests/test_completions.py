"""Completions are every way to answer that breaks no constraint, and a scope holds all that a decision rests on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import oracle
import pytest
import small_pack

from triage.completions import MAX_COMPLETIONS, Completions
from triage.errors import PackError
from triage.library import load_pack

if TYPE_CHECKING:
    from pathlib import Path

    from triage.pack import Pack


def test_a_scope_is_what_a_decision_reads_by_way_of_others_and_what_constraints_tie_to_it(bicycles: Pack) -> None:
    completions = Completions(bicycles)
    assert completions.scopes == {
        "brakes": ("brake_fault",),
        "fit": ("surface", "tyres"),
        "choice": ("surface", "tyres"),
        "workshop": ("booked",),
        "hints": ("surface", "tyres"),  # reads the tyres alone; a constraint ties the surface to them
    }
    assert completions.tied == (("surface", "tyres"),)
    assert completions.scope(["booked", "hints"]) == ("surface", "tyres", "booked")
    assert completions.count(("surface", "tyres")) == 6


def test_completions_leave_out_what_a_constraint_excludes(bicycles: Pack) -> None:
    scope = ("surface", "tyres")
    found = set(Completions(bicycles).complete(scope))
    assert found == {*product(("asphalt", "gravel", "sand"), ("narrow", "broad"))} - {("asphalt", "broad")}


def test_a_known_answer_stays_as_it_is(bicycles: Pack) -> None:
    completions = Completions(bicycles)
    assert list(completions.complete(("surface", "tyres"), ("asphalt", None))) == [("asphalt", "narrow")]
    assert list(completions.complete(("surface", "tyres"), ("asphalt", "broad"))) == []


def test_the_shipped_pack_has_the_complete_intakes_of_the_oracle(pack: Pack) -> None:
    completions = Completions(pack)
    scope = completions.scopes[pack.header.outcome]
    assert scope == tuple(oracle.FRACTURE)
    every = [case for case in product(*oracle.FRACTURE.values()) if case[3:5] != ("no", "yes")]
    assert list(completions.complete(scope)) == every
    assert completions.count(scope) == 128 < MAX_COMPLETIONS
    completions.refuse()


def test_constraints_that_exclude_everything_are_told_at_the_first_of_them(tmp_path: Path) -> None:
    more = "  - ¦{constraint: X2, never: {tyres: narrow}, text: No.}\n  - {constraint: X3, never: {tyres: broad}, text: No.}\n"
    places = small_pack.write_pack(tmp_path, small_pack.Edit("decisions.yaml", "constraints:\n", f"constraints:\n{more}"))
    with pytest.raises(PackError) as refused:
        Completions(load_pack(tmp_path)).refuse()
    (fault,) = refused.value.faults
    assert (fault.code, fault.place) == ("excludes-all", places["decisions.yaml"])
    assert fault.message == "the constraints on surface, tyres exclude every answer; take one of them back"
