"""Packs to export: all bundled ones, the bicycles, the least that a pack can be, and one whose words mean something elsewhere."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import TYPE_CHECKING

from bare_pack import make_bare_pack
from small_pack import FILES, make_small_pack

from triage.conditions import holds
from triage.library import bundled_packs, load_pack
from triage.pack import rules_under

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from triage.pack import Pack
    from triage.parts import Decision, Rule

PLAIN = (*bundled_packs(), "bicycles", "umbrellas")
NAMES = (*PLAIN, "awkward")
# Words of FEEL, of YAML and of JSON, numbers, and ids that are values as well.
AWKWARD = {
    "tyres": "date", "surface": "count", "asphalt": "true", "gravel": "null", "narrow": "1", "broad": "02", "fit": "string",
    "pump": "brakes",
}  # fmt: skip
HOSTILE = """<b>&amp; "two" 'one' ]]> <!-- --> {{x}} \u00e9\u4e2d\U0001f9b4"""


def make_pack(name: str, folder: Path) -> Pack:
    if name == "umbrellas":
        return make_bare_pack(folder / name)
    if name == "bicycles":
        return make_small_pack(folder / name)
    if name == "awkward":
        return make_awkward_pack(folder / name)
    return load_pack(name)


def make_plain_packs(folder: Path) -> dict[str, Pack]:
    return {name: make_pack(name, folder) for name in PLAIN}


def make_awkward_pack(folder: Path) -> Pack:
    folder.mkdir()
    quoted = HOSTILE.replace("'", "''")
    changes = {**AWKWARD, "title: Which bicycle to try": f"title: '{quoted}'"}
    for file, text in FILES.items():
        (folder / file).write_text(reduce(lambda changed, pair: changed.replace(*pair), changes.items(), text), encoding="utf-8")
    return load_pack(folder)


def readings_of(pack: Pack) -> tuple[str | None, ...]:
    return tuple(pack.reading) or (None,)


def rules_of(pack: Pack, decision: Decision, reading: str | None) -> tuple[Rule, ...]:
    return decision.rules if reading is None else rules_under(pack.reading[reading], decision)


def profiles_of(pack: Pack, decision: Decision) -> Iterator[dict[str, str]]:
    """Every combination of values that a decision reads, possible or not."""
    for values in product(*(pack.values_of(read) for read in decision.reads)):
        yield dict(zip(decision.reads, values, strict=True))


def listed(pack: Pack, decision: Decision, reading: str | None) -> tuple[str | None, ...]:
    """The values that a list can have under a reading, each a table of its own in DMN; None for a decision of one value."""
    given = {rule.then for rule in rules_of(pack, decision, reading)}
    return (None,) if decision.hit_policy == "unique" else tuple(v for v in pack.values_of(decision.decision) if v in given)


def judge(pack: Pack, decision: Decision, value: str | None, profile: Mapping[str, str], reading: str | None) -> str | None:
    """The value of a decision, None where no rule or several answers hold; or whether a list has this value, as yes or no."""
    given = {rule.then for rule in rules_of(pack, decision, reading) if holds(rule.when, profile)}
    if value is not None:
        return "yes" if value in given else "no"
    return next(iter(given)) if len(given) == 1 else None
