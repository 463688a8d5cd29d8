"""Whole packs made at random, assessed by `triage.assess` and judged by brute force.

Each pack has chains of decisions, constraints that interact, readings, notes, a safety net, a standing and procedures. The judge
is written from DESIGN 3 as plain conditions over *all* complete cases of a pack: it shares no code with `triage.possibilities`
and `triage.conclusions`, and knows nothing of scopes, ties or memories. Packs made by hand hold what chance meets too rarely.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from random_packs import Tree, fits, is_true, make_rule, names_in

from triage import Intake, assess
from triage.assessment import assessor_for
from triage.errors import PackError
from triage.library import load_pack
from triage.possibilities import remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from triage.assessment import Assessment
    from triage.pack import Pack

SEEDS = range(90)
INTAKES = 24
MOST_CASES = 200
STATEMENTS = ("S01", "S02", "S03", "SRC")
YES_NO = ("yes", "no")
DEFAULT = "default"

Answers = dict[str, str]


# What a pack is


class Line(NamedTuple):
    """One rule, with its condition as a tree."""

    rule: str
    when: Tree
    then: str
    because: tuple[str, ...] = ("S01",)


@dataclass(frozen=True)
class Table:
    """One decision."""

    reads: tuple[str, ...]
    lines: tuple[Line, ...]
    values: tuple[str, ...]
    lists: bool = False


@dataclass(frozen=True, eq=False)
class Sketch:
    """A pack as plain data; a reading is the lines that it puts in the place of others, by decision and rule."""

    questions: dict[str, tuple[str, ...]]
    tables: dict[str, Table]
    outcomes: dict[str, tuple[str, ...]]
    outcome: str = "out"
    procedures: dict[str, str] = field(default_factory=dict)
    constraints: tuple[Tree, ...] = ()
    readings: dict[str, dict[tuple[str, str], tuple[Line, ...]]] = field(default_factory=dict)
    default_reading: str = DEFAULT
    warnings: dict[str, str] = field(default_factory=dict)
    net: str | None = None
    levels: tuple[str, ...] = ()
    withholding: tuple[str, ...] = ()
    standing: str | None = None
    reported: tuple[str, ...] = ("out",)
    lists: tuple[str, ...] = ()

    def lines(self, name: str, reading: str) -> list[Line]:
        replaced = self.readings.get(reading, {})
        kept = [line for line in self.tables[name].lines if (name, line.rule) not in replaced]
        return kept + [line for (owner, _), lines in replaced.items() if owner == name for line in lines]

    def notes(self) -> list[str]:
        """Sorted, which is their order in the pack."""
        names = (DEFAULT, *self.readings)
        return sorted({line.then for name in self.lists for reading in names for line in self.lines(name, reading)})

    def scope(self, name: str) -> set[str]:
        """The questions behind a decision, and those that constraints tie to them."""
        found = {read for step in self.chain(name) for read in self.tables[step].reads} - set(self.tables)
        while more := [names for names in map(names_in, self.constraints) if names & found and not names <= found]:
            found = found.union(*more)
        return found

    def chain(self, name: str) -> set[str]:
        """The decisions that a decision rests on, itself included."""
        return {name}.union(*(self.chain(read) for read in self.tables[name].reads if read in self.tables))


def load(sketch: Sketch, folder: Path) -> Pack:
    """Write a pack as files, each of them JSON and so YAML, and load it."""
    folder.mkdir(exist_ok=True)
    parts = {"pack": header(sketch), "questions": questions(sketch), "decisions": decisions(sketch)}
    parts["statements"] = {
        "statements": [
            {"statement": name, "segment": "1", "sha256": "0" * 64, "class": "definition", "text": name, "use": "Tests."}
            for name in STATEMENTS[:-1]
        ]
    }
    parts |= {"sheet": {"sections": []}, "cases": {"cases": []}}
    for name, part in parts.items():
        (folder / f"{name}.yaml").write_text(json.dumps(part), encoding="utf-8")
    return load_pack(folder)


def header(sketch: Sketch) -> dict[str, Any]:
    part: dict[str, Any] = {
        "pack": "random",
        "version": "1.0.0",
        "title": "Random",
        "intended_use": "For tests.",
        "deferral": {"text": "Somebody decides.", "because": ["S01"]},
        "documents": [{"document": "leaflet", "title": "The leaflet", "segments": "1"}],
        "sources": [{"source": STATEMENTS[-1], "title": "A source"}],
        "outcome": sketch.outcome,
        "outcomes": [{"outcome": o, "procedures": names, "headline": f"It is {o}."} for o, names in sketch.outcomes.items()],
        "procedures": [{"procedure": p, "title": p, "decision": decision} for p, decision in sketch.procedures.items()],
        "headlines": {"not_enough_information": "N.", "contradictory_answers": "C.", "contact_clinician_now": "X."},
        "reported": sketch.reported,
        "notes": sketch.lists,
    }
    if sketch.net:
        levels = [
            {"level": level, "text": f"{level}.", "withholds": "yes" if level in sketch.withholding else "no"}
            for level in sketch.levels
        ]
        part["safety_net"] = {"decision": sketch.net, "levels": levels, "open": "Not all signs were asked."}
    if sketch.standing:
        texts = {value: f"{value}." for value in (*sketch.tables[sketch.standing].values, "open")}
        part["standing"] = {"decision": sketch.standing, "texts": texts}
    if sketch.readings:
        part["default_reading"] = sketch.default_reading
    return part


def questions(sketch: Sketch) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for name, values in sketch.questions.items():
        told = {"question": name, "group": "all", "label": name, "text": f"{name}?", "help": "Now.", "values": values}
        listed.append(told | ({"warning": sketch.warnings[name]} if name in sketch.warnings else {}))
    return {"groups": [{"group": "all", "title": "All"}], "questions": listed}


def decisions(sketch: Sketch) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for name, table in sketch.tables.items():
        told = {"decision": name, "reads": table.reads, "hit_policy": "collect" if table.lists else "unique"}
        values: dict[str, Any] = {} if table.lists else {"values": {value: value for value in table.values}}
        listed.append(told | values | {"rules": [line._asdict() for line in table.lines]})
    readings = []
    for name, replaced in sketch.readings.items():
        told = {"reading": name, "title": name, "text": f"As {name}.", "because": ["S01"]}
        rules = [{**line._asdict(), "decision": owner} for (owner, _), lines in replaced.items() for line in lines]
        readings.append(told | {"replaces": [rule for _, rule in replaced], "rules": rules})
    return {
        "decisions": listed,
        "constraints": [
            {"constraint": f"C{index}", "never": never, "text": "Never."} for index, never in enumerate(sketch.constraints)
        ],
        "readings": readings,
        "notes": [{"note": note, "text": f"{note}."} for note in sketch.notes()],
    }


# What an assessment of it must say


class Row(NamedTuple):
    """A complete case: its answers, what they decide, the rules that fire, and whether no constraint excludes it."""

    answers: Answers
    values: dict[str, str | frozenset[str]]
    fired: dict[str, list[Line]]
    allowed: bool


class Judge:
    """All complete cases of a pack under one reading."""

    def __init__(self, sketch: Sketch, reading: str) -> None:
        self.sketch = sketch
        self.reading = reading
        self.rows = [self._decide(dict(zip(sketch.questions, case, strict=True))) for case in product(*sketch.questions.values())]

    def _decide(self, answers: Answers) -> Row:
        profile: dict[str, Any] = dict(answers)
        fired = {}
        for name, table in self.sketch.tables.items():
            fired[name] = [line for line in self.sketch.lines(name, self.reading) if is_true(line.when, profile)]
            given = [line.then for line in fired[name]]
            assert table.lists or len(given) == 1, "random rules exclude each other and leave no gap"
            profile[name] = frozenset(given) if table.lists else given[0]
        allowed = not any(is_true(never, answers) for never in self.sketch.constraints)
        return Row(answers, {name: profile[name] for name in self.sketch.tables}, fired, allowed)

    def expect(self, answers: Answers) -> dict[str, object]:
        """Every key of an assessment that is no wording. In the answers `unknown` is asked and not known."""
        sketch = self.sketch
        known = {name: value for name, value in answers.items() if value != "unknown"}
        opened = [name for name in sketch.questions if name not in known]
        left = [row for row in self.rows if row.allowed and known.items() <= row.answers.items()]
        outcome, settled, possible = self.outcome(known)
        withheld = outcome == "contact_clinician_now"
        decided = {name: self.decision(name, left) for name in sketch.tables}
        if not left:
            apart = {name: self.decision(name, self.alone(name, known)) for name in (sketch.net, sketch.standing) if name}
            decided = dict.fromkeys(sketch.tables, (None, [], [], [])) | apart
        standing = (decided[sketch.standing][0] or "open") if sketch.standing else None
        expected: dict[str, object] = {
            "outcome": (outcome, settled, possible),
            "safety_net": self.safety_net(known),
            "standing": standing,
            "decisions": {name: result for name, result in decided.items() if name == sketch.net or not withheld},
            "procedures": {},
            "next_questions": [],
            "to_find_out": [],
            "to_settle": [],
            "implied": {},
            "contradictions": [],
            "readings": [],
            "notes": [],
        }
        if not withheld:
            expected["readings"] = [self.compare(name, known, possible) for name in sketch.readings if name != self.reading]
            expected["procedures"] = {name: self.procedure(name, possible, decided) for name in sketch.procedures}
            expected["contradictions"] = self.contradictions(known)
        if left and not withheld:
            ranked = self.rank(opened, left)
            expected["next_questions"] = [name for name in ranked if name not in answers]
            expected["to_find_out"] = [name for name in ranked if name in answers]
            expected["to_settle"] = find_settling(opened, left, sketch.outcome)
            implied = {name: {row.answers[name] for row in left} for name in opened}
            expected["implied"] = {name: next(iter(values)) for name, values in implied.items() if len(values) == 1}
            expected["notes"] = self.notes(left)
        return expected

    def alone(self, name: str, known: Answers) -> list[Row]:
        """The cases that agree with the answers to what a decision rests on, whatever was answered elsewhere."""
        seen = self.sketch.scope(name)
        agreeing = {question: value for question, value in known.items() if question in seen}.items()
        return [row for row in self.rows if row.allowed and agreeing <= row.answers.items()]

    def outcome(self, known: Answers) -> tuple[str, bool, list[str]]:
        left = [row for row in self.rows if row.allowed and known.items() <= row.answers.items()]
        net = self.safety_net(known)
        if net and net[0] in self.sketch.withholding:
            return "contact_clinician_now", False, []
        if not left:
            return "contradictory_answers", False, []
        among = {row.values[self.sketch.outcome] for row in left}
        possible = [name for name in self.sketch.outcomes if name in among]
        if len(possible) == 1:
            return possible[0], True, possible
        common = set(self.sketch.outcomes[possible[0]]).intersection(*(self.sketch.outcomes[name] for name in possible))
        naming = [name for name, procedures in self.sketch.outcomes.items() if set(procedures) == common]
        if not common or not naming:
            return "not_enough_information", False, possible
        return next((name for name in naming if name in possible), naming[0]), False, possible

    def safety_net(self, known: Answers) -> tuple[str, bool, list[str], list[str]] | None:
        """The level is the highest that is certain already; where none is, it is open while any is possible."""
        sketch = self.sketch
        if sketch.net is None:
            return None
        values = {row.values[sketch.net] for row in self.rows if known.items() <= row.answers.items()}
        certain = next(level for index, level in enumerate(sketch.levels) if values <= set(sketch.levels[: index + 1]))
        level = "open" if certain == sketch.levels[-1] and len(values) > 1 else certain
        signs = [name for name in sketch.questions if name in sketch.warnings]
        reported = [sign for sign in signs if known.get(sign) == sketch.warnings[sign]]
        return level, len(values) == 1, reported, [sign for sign in signs if sign not in known]

    def decision(self, name: str, rows: Sequence[Row]) -> tuple[object, list[str], list[str], list[str]]:
        """Value, possible values, rules and statements; values in the order of the alphabet, since theirs is no contract."""
        firing = {line.rule for row in rows for line in row.fired[name]}
        rules = [line.rule for line in self.sketch.lines(name, self.reading) if line.rule in firing]
        lines = [line for row in rows for before in self.sketch.chain(name) for line in row.fired[before]]
        statements = in_order(code for line in lines for code in line.because)
        values = {row.values[name] for row in rows}
        texts = [value for value in values if isinstance(value, str)]
        if texts or not rows:
            return (texts[0] if len(texts) == 1 else None), sorted(texts), rules, statements
        lists = [value for value in values if isinstance(value, frozenset)]
        certain, possible = lists[0].intersection(*lists), lists[0].union(*lists)
        return sorted(certain), sorted(possible), rules, statements

    def procedure(self, name: str, possible: list[str], decided: Mapping[str, tuple[object, ...]]) -> tuple[str, object]:
        naming = {name in self.sketch.outcomes[outcome] for outcome in possible}
        named = "yes" if naming == {True} else "no" if naming == {False} else "open"
        return named, decided[self.sketch.procedures[name]][0]

    def contradictions(self, known: Answers) -> list[list[str]]:
        """The smallest sets of answers that no allowed case has, in no order that is a contract."""
        names = [name for name in self.sketch.questions if name in known]
        found: list[list[str]] = []
        for size in range(1, len(names) + 1):
            for chosen in map(list, combinations(names, size)):
                given = {name: known[name] for name in chosen}
                possible = any(row.allowed and given.items() <= row.answers.items() for row in self.rows)
                if not possible and not any(set(smaller) < set(chosen) for smaller in found):
                    found.append(chosen)
        return sorted(found)

    def rank(self, opened: list[str], rows: Sequence[Row]) -> list[str]:
        sketch = self.sketch
        first = find_mattering(opened, rows, sketch.net) if sketch.net else []
        own = find_mattering(opened, rows, sketch.outcome)
        best = sorted(own, key=lambda name: (count_unsettled([name], rows, sketch.outcome), opened.index(name)))
        others = {name for decision in sketch.reported for name in find_mattering(opened, rows, decision)}
        return list(dict.fromkeys([*first, *best, *(name for name in opened if name in others)]))

    def notes(self, rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
        found = []
        for note in self.sketch.notes():
            owners = [name for name in self.sketch.lists if all(note in row.values[name] for row in rows)]
            giving = [line for row in rows for name in owners for line in row.fired[name] if line.then == note]
            if owners:
                found.append((note, in_order(code for line in giving for code in line.because)))
        return found

    def compare(self, reading: str, known: Answers, mine: list[str]) -> tuple[str, str, bool, list[str], bool]:
        outcome, settled, possible = judge(self.sketch, reading).outcome(known)
        return reading, outcome, settled, possible, possible != mine


@cache
def judge(sketch: Sketch, reading: str) -> Judge:
    return Judge(sketch, reading)


def in_order(codes: Iterable[str]) -> list[str]:
    return sorted(set(codes), key=STATEMENTS.index)


def group(rows: Iterable[Row], names: Sequence[str], decision: str) -> dict[tuple[str, ...], list[object]]:
    """What the rows decide, grouped by their answers to these questions."""
    groups: dict[tuple[str, ...], list[object]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.answers[name] for name in names)].append(row.values[decision])
    return groups


def count_unsettled(names: Sequence[str], rows: Sequence[Row], decision: str) -> int:
    """How many completions leave a decision open once these are answered."""
    return sum(len(values) for values in group(rows, names, decision).values() if len(set(values)) > 1)


def find_alone(opened: list[str], rows: Sequence[Row], decision: str) -> list[str]:
    """The open questions of which two completions that differ in nothing else decide differently."""
    rest = {name: [other for other in rows[0].answers if other != name] for name in opened}
    return [name for name in opened if count_unsettled(rest[name], rows, decision)]


def find_narrowing(opened: list[str], rows: Sequence[Row], decision: str) -> list[str]:
    """The open questions whose values leave different possible values."""
    return [name for name in opened if len({frozenset(values) for values in group(rows, [name], decision).values()}) > 1]


def find_settling(opened: list[str], rows: Sequence[Row], decision: str) -> list[str]:
    """The first smallest set of open questions whose answers settle a decision; none where it is settled."""
    sets = (list(names) for size in range(len(opened) + 1) for names in combinations(opened, size))
    return next(names for names in sets if not count_unsettled(names, rows, decision))


def find_mattering(opened: list[str], rows: Sequence[Row], decision: str) -> list[str]:
    if not count_unsettled([], rows, decision):
        return []
    ways = (find_alone, find_narrowing, find_settling)
    return next(names for way in ways if (names := way(opened, rows, decision)))


def tell(assessment: Assessment) -> dict[str, object]:
    """An assessment in the form of `Judge.expect`."""
    net = assessment.safety_net
    notes = [(note.id, list(note.statements)) for note in assessment.notes]
    decided = {
        name: (
            result.value if result.value is None or isinstance(result.value, str) else sorted(result.value),
            sorted(result.possible),
            list(result.rules),
            list(result.statements),
        )
        for name, result in assessment.decisions.items()
    }
    return {
        "outcome": (assessment.outcome, assessment.settled, list(assessment.possible_outcomes)),
        "safety_net": net and (net.level, net.settled, list(net.reported), list(net.open_signs)),
        "standing": assessment.standing,
        "decisions": decided,
        "procedures": {name: tuple(result) for name, result in assessment.procedures.items()},
        "next_questions": list(assessment.next_questions),
        "to_find_out": list(assessment.to_find_out),
        "to_settle": list(assessment.to_settle),
        "implied": dict(assessment.implied),
        "contradictions": sorted(map(list, assessment.contradictions)),
        "readings": [(*result[:3], list(result.possible_outcomes), result.differs) for result in assessment.readings],
        "notes": notes,
    }


# Random packs


class Artist:
    """Draws one pack. Whatever it draws loads, unless its constraints exclude everything."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.domains: dict[str, tuple[str, ...]] = {}
        self.tables: dict[str, Table] = {}

    def draw(self) -> Sketch:
        pick = self.random
        asked = self.ask()
        names = list(asked)
        plain, signs = ([name for name in names if name[0] == letter] for letter in "qs")
        apart = pick.choice(plain) if pick.random() < 0.3 else None  # the safety net rests on it, so no constraint speaks of it
        self.domains = dict(asked)
        self.add("first", pick.sample(plain, 2), "uvw")
        self.add("second", ["first", pick.choice(names)], "uv")
        outcomes = [f"o{index}" for index in range(pick.randint(3, 5))]
        extra = pick.sample(["first", *names], pick.randint(1, 2))
        self.add("out", list(dict.fromkeys(["second", *extra])), outcomes)
        self.add("risk", [signs[1], *([apart] if apart else [])], "hl")
        levels = ("stop", "today", "go")
        self.add("net", [signs[0], "risk"] if apart or pick.random() < 0.5 else signs, levels)
        standing = "stands" if pick.random() < 0.9 else None
        self.add("stands", pick.sample(plain, 2), ("needed", "ready"))
        self.add("hints", [*pick.sample(names, 2), "first"], ("n1", "n2", "n3"), lists=True)
        self.add("tips", pick.sample(names, 2), ("n2", "n4"), lists=True)
        net = "net" if pick.random() < 0.9 else None
        procedures = [pick.sample(("p1", "p2", "p3"), size) for size in (0, 1, 1, 2, 2, 3)]
        others = pick.sample(["net", "first", "second", "stands", "risk"], pick.randint(0, 4))
        readings = self.read() if pick.random() < 0.7 else {}
        return Sketch(
            questions=asked,
            tables=self.tables,
            outcomes={name: tuple(pick.choice(procedures)) for name in outcomes},
            procedures={"p1": "first", "p2": "second", "p3": "first"},
            constraints=self.constrain([name for name in plain if name != apart]),
            readings=readings,
            default_reading=pick.choice(list(readings)) if readings else DEFAULT,
            warnings={sign: pick.choice(asked[sign]) for sign in signs} if net else {},
            net=net,
            levels=levels,
            withholding=levels[: pick.randint(0, 1)] if net else (),
            standing=standing,
            reported=tuple(pick.sample(["out", *others], len(others) + 1)),
            lists=("hints", "tips"),
        )

    def ask(self) -> dict[str, tuple[str, ...]]:
        """Three to five questions and two signs, in any order, with few enough cases to go through."""
        while True:
            names = [*(f"q{index}" for index in range(self.random.randint(3, 5))), "s0", "s1"]
            self.random.shuffle(names)
            asked = {name: tuple("abc"[: self.random.choice((2, 2, 3))]) for name in names}
            if len(list(product(*asked.values()))) <= MOST_CASES:
                return asked

    def tree(self, reads: Sequence[str], depth: int = 1) -> Tree:
        pick = self.random
        if depth == 0 or pick.random() < 0.6:
            names = pick.sample(list(reads), pick.randint(1, min(2, len(reads))))
            return {name: pick.sample(self.domains[name], pick.randint(1, len(self.domains[name]) - 1)) for name in names}
        if pick.random() < 0.4:
            return {"not": self.tree(reads, depth - 1)}
        return {pick.choice(("any", "all")): [self.tree(reads, depth - 1) for _ in range(2)]}

    def cite(self) -> tuple[str, ...]:
        return tuple(self.random.sample(STATEMENTS, self.random.randint(1, 2)))

    def add(self, name: str, reads: Sequence[str], values: Sequence[str], *, lists: bool = False) -> None:
        """A decision whose rules exclude each other and leave no gap, or one that lists."""
        while True:
            trees = [self.tree(reads) for _ in range(3 if lists else self.random.randint(1, 2))]
            whens = trees
            if not lists:
                whens = [{"all": [tree, *({"not": before} for before in trees[:index])]} for index, tree in enumerate(trees)]
                whens.append({"not": {"any": trees}})
            domains = {read: self.domains[read] for read in reads}
            lines = [Line(f"{name}{n}", when, self.random.choice(values), self.cite()) for n, when in enumerate(whens)]
            split = [line for whole in lines for line in self.split(whole, reads)]
            if all(fits([make_rule(line.rule, line.when) for line in part], domains) for part in (lines, split)):
                break
        self.tables[name] = Table(tuple(reads), tuple(lines), tuple(values), lists)
        self.domains[name] = tuple(values)

    def split(self, line: Line, reads: Sequence[str]) -> tuple[Line, ...]:
        """Two rules that together hold where one did."""
        tree, values = self.tree(reads, 0), self.domains.get(line.rule[:-1], (line.then,))
        parts = (("x", tree), ("y", {"not": tree}))
        return tuple(
            Line(f"{line.rule}{letter}", {"all": [line.when, part]}, self.random.choice(values), self.cite())
            for letter, part in parts
        )

    def read(self) -> dict[str, dict[tuple[str, str], tuple[Line, ...]]]:
        """The rules as they stand, and one or two readings that replace some."""
        readings: dict[str, dict[tuple[str, str], tuple[Line, ...]]] = {"plain": {}}
        for reading in ("strict", "loose")[: self.random.randint(1, 2)]:
            replaced = {}
            for name in self.random.sample(["first", "second", "out", "net", "hints"], 3):
                table = self.tables[name]
                line = self.random.choice(table.lines)
                new = self.split(line, table.reads)
                domains = {read: self.domains[read] for read in table.reads}
                kept = [other for other in table.lines if other is not line]
                if fits([make_rule(part.rule, part.when) for part in (*kept, *new)], domains):
                    replaced[name, line.rule] = tuple(part._replace(rule=f"{part.rule}{reading[0]}") for part in new)
            readings[reading] = replaced
        return readings

    def constrain(self, names: Sequence[str]) -> tuple[Tree, ...]:
        """Up to three conditions on two questions, or all but a few ways to answer two or three."""
        pick = self.random
        if pick.random() < 0.55:
            return tuple(self.tree(pick.sample(names, 2)) for _ in range(pick.randint(0, 3)))
        chosen = pick.sample(names, min(len(names), pick.randint(2, 3)))
        ways = list(product(*(self.domains[name] for name in chosen)))
        kept = pick.sample(ways, pick.randint(2, 4))
        if len(chosen) == 3 and pick.random() < 0.3:  # any two give the third
            kept = [way for way in ways if sum(map("abc".index, way)) % len(self.domains[chosen[0]]) == 0]
        return tuple(dict(zip(chosen, way, strict=True)) for way in ways if way not in kept)


@cache
def draw(seed: int) -> Sketch:
    return Artist(seed).draw()


def draw_intakes(seed: int) -> Iterator[tuple[Answers, str | None]]:
    """Answers in any order, some of them unknown, with a reading or the default one."""
    pick, sketch = Random(-1 - seed), draw(seed)
    for _ in range(INTAKES):
        share = pick.random()
        names = [name for name in sketch.questions if pick.random() < share]
        pick.shuffle(names)
        answers = {name: "unknown" if pick.random() < 0.15 else pick.choice(sketch.questions[name]) for name in names}
        yield answers, pick.choice([None, *sketch.readings])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_assessment_of_a_random_pack_is_what_all_its_cases_give(seed: int, tmp_path: Path) -> None:
    sketch = draw(seed)
    pack = load(sketch, tmp_path)
    if not any(row.allowed for row in judge(sketch, DEFAULT).rows):
        with pytest.raises(PackError, match="excludes-all"):
            assess(pack, Intake({}))
        return
    for answers, reading in draw_intakes(seed):
        expected = judge(sketch, reading or sketch.default_reading).expect(answers)
        assert tell(assess(pack, Intake(answers), reading=reading)) == expected, (answers, reading)
        outcome, settled, possible = assessor_for(pack).outcome(answers, reading)
        assert (outcome, settled, list(possible)) == expected["outcome"], (answers, reading)
    assessor_for(pack).close()


def find_situations(seed: int) -> Iterator[str]:
    """What the random intakes of a pack are about, as the judge sees it."""
    sketch = draw(seed)
    if not any(row.allowed for row in judge(sketch, DEFAULT).rows):
        yield "constraints that exclude everything"
        return
    for answers, reading in draw_intakes(seed):
        under = judge(sketch, reading or sketch.default_reading)
        known = {name: value for name, value in answers.items() if value != "unknown"}
        opened = [name for name in sketch.questions if name not in known]
        rows = [row for row in under.rows if row.allowed and known.items() <= row.answers.items()]
        expected: dict[str, Any] = under.expect(answers)
        outcome, settled, possible = expected["outcome"]
        state = outcome not in sketch.outcomes
        yield "settled" if settled else outcome if state else "common part"
        if not state and not settled and sum(sketch.outcomes[name] == sketch.outcomes[outcome] for name in sketch.outcomes) > 1:
            yield "common part that two outcomes name"
        if any(set(one) & set(other) for one, other in combinations(expected["contradictions"], 2)):
            yield "contradictions that overlap"
        if len(possible) > 1:
            alone, narrowing = (bool(way(opened, rows, sketch.outcome)) for way in (find_alone, find_narrowing))
            yield "matters alone" if alone else "matters by narrowing" if narrowing else "matters by settling"
        yield from (key for key in ("to_find_out", "implied", "notes") if expected[key])
        yield from (f"settled by {len(expected['to_settle'])}",) if len(possible) > 1 else ()
        yield from ("a reading that differs" for result in expected["readings"] if result[-1])
        yield f"safety net: {expected['safety_net'] and expected['safety_net'][0]}"
        yield f"standing: {expected['standing']}"


# What the random intakes have to be about, so that their agreement says something.
SITUATIONS = {
    "settled", "common part", "common part that two outcomes name", "not_enough_information", "contradictory_answers",
    "contradictions that overlap", "contact_clinician_now", "constraints that exclude everything", "matters alone",
    "matters by narrowing", "settled by 1", "settled by 2", "settled by 3", "implied", "to_find_out", "notes",
    "a reading that differs", "safety net: None", "safety net: open", "safety net: go", "safety net: today", "safety net: stop",
    "standing: None", "standing: open", "standing: needed", "standing: ready",
}  # fmt: skip


def test_the_random_intakes_meet_every_situation() -> None:
    met = Counter(situation for seed in SEEDS for situation in find_situations(seed))
    assert not {situation for situation in SITUATIONS if met[situation] < 4}, met


# Packs made by hand


def two_values(when: Tree) -> Table:
    """A decision that is `o0` where this holds, and `o1` elsewhere."""
    reads = tuple(dict.fromkeys(name for name in json.dumps(when).split('"')[1::2] if name.startswith("q")))
    return Table(reads, (Line("A", when, "o0"), Line("B", {"not": when}, "o1")), ("o0", "o1"))


def plain_pack(when: Tree, constraints: Sequence[Tree], *, values: Sequence[str] = YES_NO, count: int = 4, **more: Any) -> Sketch:
    """A pack with one decision on some of the questions q0, q1, …"""
    return Sketch(
        questions={f"q{index}": tuple(values) for index in range(count)},
        tables={"out": two_values(when)} | more.pop("tables", {}),
        outcomes={"o0": (), "o1": ()},
        constraints=tuple(constraints),
        **more,
    )


def check(sketch: Sketch, folder: Path) -> Pack:
    """Hold every intake of a pack against the judge."""
    pack = load(sketch, folder)
    for values in product(*((*values, "unknown", None) for values in sketch.questions.values())):
        answers = {name: value for name, value in zip(sketch.questions, values, strict=True) if value is not None}
        assert tell(assess(pack, Intake(answers))) == judge(sketch, DEFAULT).expect(answers), answers
    return pack


def forbid_odd(count: int) -> list[Tree]:
    """Constraints that leave only an even number of yes."""
    cases = [case for case in product(YES_NO, repeat=count) if case.count("yes") % 2]
    return [{f"q{index}": value for index, value in enumerate(case)} for case in cases]


SAME: Tree = {"any": [{"q0": "yes", "q1": "yes"}, {"q0": "no", "q1": "no"}]}


def test_where_no_question_decides_alone_those_that_narrow_the_outcome_are_asked(tmp_path: Path) -> None:
    # Left are (a, a), (b, b), (b, c) and (c, c): b and c are told apart by no outcome.
    constraints: list[Tree] = [{"q0": "a", "q1": ["b", "c"]}, {"q0": "b", "q1": "a"}, {"q0": "c", "q1": ["a", "b"]}]
    pack = check(plain_pack({"q0": "a"}, constraints, values="abc", count=2), tmp_path)
    assessment = assess(pack, Intake({}))
    assert (assessment.next_questions, assessment.to_settle) == (("q0", "q1"), ("q0",))
    assessment = assess(pack, Intake({"q0": "unknown"}))
    assert (assessment.next_questions, assessment.to_find_out) == (("q1",), ("q0",))


def test_where_any_two_answers_give_the_third_only_what_narrows_the_outcome_is_asked(tmp_path: Path) -> None:
    assessment = assess(check(plain_pack(SAME, forbid_odd(3), count=3), tmp_path), Intake({}))
    assert (assessment.next_questions, assessment.to_settle) == (("q2",), ("q2",))


def test_where_no_question_narrows_the_outcome_those_of_the_smallest_settling_set_are_asked(tmp_path: Path) -> None:
    pack = check(plain_pack(SAME, forbid_odd(4)), tmp_path)
    assessment = assess(pack, Intake({}))
    assert (assessment.next_questions, assessment.to_settle) == (("q0", "q1"), ("q0", "q1"))
    assessment = assess(pack, Intake({"q0": "unknown"}))
    assert (assessment.next_questions, assessment.to_find_out) == (("q1",), ("q0",))


def test_a_question_that_only_narrows_is_not_asked_while_another_decides_alone(tmp_path: Path) -> None:
    pack = check(
        plain_pack({"q0": "yes", "q2": "yes"}, [{"q0": "yes", "q1": "no"}, {"q0": "no", "q1": "yes"}], count=3), tmp_path
    )
    assert assess(pack, Intake({})).next_questions == ("q2",)
    assert assess(pack, Intake({"q2": "yes"})).next_questions == ("q0", "q1")


CHAINED: list[Tree] = [{"q0": "yes", "q1": "yes"}, {"q1": "no", "q2": "yes"}]


def test_contradictions_are_the_minimal_sets_even_where_two_constraints_work_together(tmp_path: Path) -> None:
    pack = check(plain_pack({"q3": "yes"}, [*CHAINED, {"q2": "no", "q3": "no"}]), tmp_path)
    # With q0, q1 is no and q2 then no: so q0 and q2 exclude each other although no constraint speaks of both.
    assert assess(pack, Intake({"q0": "yes", "q2": "yes"})).contradictions == (("q0", "q2"),)
    told = assess(pack, Intake({"q0": "yes", "q1": "yes", "q2": "yes", "q3": "no"}))
    assert told.contradictions == (("q0", "q1"), ("q0", "q2"), ("q0", "q3"))


def test_contradictions_of_unconnected_constraints_are_all_told(tmp_path: Path) -> None:
    pack = check(plain_pack({"q3": "yes"}, [{"q0": "yes", "q1": "yes"}, {"q2": "yes", "q3": "yes"}]), tmp_path)
    assert assess(pack, Intake(dict.fromkeys(pack.question, "yes"))).contradictions == (("q0", "q1"), ("q2", "q3"))


def with_standing(constraints: Sequence[Tree]) -> Sketch:
    """A standing that reads q1 by way of another decision."""
    lines = (Line("P", {"q1": "yes"}, "ready", ("S02",)), Line("Q", {"q1": "no"}, "needed", ("S03",)))
    stands = (Line("T", {"before": "ready"}, "ready"), Line("U", {"before": "needed"}, "needed"))
    values = ("ready", "needed")
    tables = {"before": Table(("q1",), lines, values), "stands": Table(("before",), stands, values)}
    return plain_pack({"q0": "yes"}, constraints, tables=tables, standing="stands", reported=("out", "stands"))


def test_the_standing_is_open_where_the_answers_that_it_rests_on_exclude_each_other(tmp_path: Path) -> None:
    pack = check(with_standing([{"q0": "yes", "q1": "yes"}]), tmp_path)
    assessment = assess(pack, Intake({"q0": "yes", "q1": "yes"}))
    assert (assessment.outcome, assessment.standing) == ("contradictory_answers", "open")
    assert assessment.decisions["stands"] == assessment.decisions["before"] == (None, (), (), ())


def test_the_standing_keeps_its_value_where_other_answers_exclude_each_other(tmp_path: Path) -> None:
    pack = check(with_standing([{"q2": "yes", "q3": "yes"}]), tmp_path)
    assessment = assess(pack, Intake({"q1": "yes", "q2": "yes", "q3": "yes"}))
    assert (assessment.outcome, assessment.standing) == ("contradictory_answers", "ready")
    assert assessment.decisions["stands"] == ("ready", ("ready",), ("T",), ("S01", "S02"))
    assert assessment.decisions["before"] == (None, (), (), ())


def test_the_outcome_alone_hears_a_contradiction_among_questions_that_it_does_not_rest_on(tmp_path: Path) -> None:
    assessor = assessor_for(load(plain_pack({"q0": "yes"}, [{"q2": "yes", "q3": "yes"}]), tmp_path))
    agreeing, excluding = {"q0": "yes", "q2": "yes"}, {"q0": "yes", "q2": "yes", "q3": "yes"}
    assert [assessor.outcome(answers).outcome for answers in (agreeing, excluding, agreeing)] == [
        "o0",
        "contradictory_answers",
        "o0",
    ]


def test_a_memory_that_is_full_starts_over() -> None:
    memory: dict[int, str] = {}
    sizes = []
    for key in range(7):
        remember(memory, key, "kept", limit=3)
        assert memory[key] == "kept"
        sizes.append(len(memory))
    assert sizes == [1, 2, 3, 1, 2, 3, 1]


def pack_of_size(*sizes: int, constraints: Sequence[Tree] = ()) -> Sketch:
    """One decision that rests on questions with so many values."""
    asked = {f"q{index}": tuple(f"v{value}" for value in range(size)) for index, size in enumerate(sizes)}
    table = Table(tuple(asked), (Line("A", {}, "o0"),), ("o0",))
    return Sketch(
        questions=asked | {"x": YES_NO, "y": YES_NO}, tables={"out": table}, outcomes={"o0": ()}, constraints=tuple(constraints)
    )


def test_a_decision_with_20_000_completions_is_assessed(tmp_path: Path) -> None:
    assert assess(load(pack_of_size(100, 200), tmp_path), Intake({"q0": "v0"})).outcome == "o0"


def test_a_decision_with_20_001_completions_is_refused(tmp_path: Path) -> None:
    pack = load(pack_of_size(59, 339), tmp_path)
    with pytest.raises(PackError, match="too-large: out rests on 2 questions with 20,001 completions; 20,000 are the most"):
        assess(pack, Intake({"q0": "v0", "q1": "v0"}))


def test_constraints_that_tie_too_many_completions_together_are_refused(tmp_path: Path) -> None:
    sketch = pack_of_size(2, constraints=[{"x": "yes", "y": "yes"}, {"y": "yes", "z": "v0"}])
    sketch.questions["z"] = tuple(f"v{value}" for value in range(5001))
    with pytest.raises(PackError, match="too-large: the constraints on x rests on 3 questions with 20,004 completions"):
        assess(load(sketch, tmp_path), Intake({"z": "v1"}))


@pytest.mark.parametrize(
    ("constraints", "names"),
    [
        ([{"q0": ["yes", "no"]}], "q0"),
        ([{"q3": "yes"}, {"q3": "no"}], "q3"),
        (
            [{"q1": "yes", "q2": "yes"}, {"q1": "no", "q2": "yes"}, {"q2": "no", "q3": "yes"}, {"q2": "no", "q3": "no"}],
            "q1, q2, q3",
        ),
    ],
)
def test_constraints_that_exclude_every_answer_are_refused(constraints: list[Tree], names: str, tmp_path: Path) -> None:
    pack = load(plain_pack({"q0": "yes"}, constraints), tmp_path)
    with pytest.raises(PackError, match=f"excludes-all: the constraints on {names} exclude every answer"):
        assess(pack, Intake({}))


def with_outcomes(**outcomes: tuple[str, ...]) -> Sketch:
    """A pack in which each outcome is the answer to one question."""
    lines = tuple(Line(f"R{index}", {"choice": name}, name) for index, name in enumerate(outcomes))
    return Sketch(
        questions={"choice": tuple(outcomes), "other": YES_NO},
        tables={"out": Table(("choice",), lines, tuple(outcomes))},
        outcomes=outcomes,
        procedures={"p1": "out", "p2": "out", "p3": "out"},
        constraints=({"choice": "o0", "other": "yes"},),
    )


def test_of_outcomes_that_name_the_common_procedures_a_possible_one_is_told(tmp_path: Path) -> None:
    pack = check(with_outcomes(o0=("p1",), o1=("p1", "p2"), o2=("p1",)), tmp_path)
    assert assess(pack, Intake({})).outcome == "o0"
    assessment = assess(pack, Intake({"other": "yes"}))
    assert (assessment.outcome, assessment.settled, assessment.possible_outcomes) == ("o2", False, ("o1", "o2"))


def test_where_no_possible_outcome_names_just_the_common_procedures_another_that_does_is_told(tmp_path: Path) -> None:
    pack = check(with_outcomes(o0=("p1",), o1=("p1", "p2"), o2=("p1", "p3")), tmp_path)
    assessment = assess(pack, Intake({"other": "yes"}))
    assert (assessment.outcome, assessment.settled, assessment.possible_outcomes) == ("o0", False, ("o1", "o2"))


def test_a_constraint_on_what_the_safety_net_rests_on_is_refused_though_it_is_no_sign(tmp_path: Path) -> None:
    # It was accepted once: answers that exclude each other then left the safety net without a level.
    risk = Table(("q1",), (Line("H", {"q1": "yes"}, "high"), Line("L", {"q1": "no"}, "low")), ("high", "low"))
    lines = (Line("M", {"q0": "yes", "risk": "high"}, "stop"), Line("N", {"not": {"q0": "yes", "risk": "high"}}, "go"))
    tables = {"risk": risk, "net": Table(("q0", "risk"), lines, ("stop", "go"))}
    more: dict[str, Any] = {"tables": tables, "net": "net", "levels": ("stop", "go"), "warnings": {"q0": "yes"}}
    check(plain_pack({"q2": "yes"}, [{"q2": "yes", "q3": "yes"}], **more), tmp_path)
    with pytest.raises(PackError, match='constrained-sign: speaks of "q1", on which the safety net rests; leave it out'):
        load(plain_pack({"q2": "yes"}, [{"q1": "yes", "q2": "yes"}], **{**more, "tables": tables}), tmp_path)
