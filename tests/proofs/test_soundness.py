"""What is found in the rules against brute force, on random packs with damaged rules.

The brute force goes through every complete case of a whole pack and reads the conditions as trees: it shares no code with
`triage.proofs.soundness`, `triage.proofs.relevance` and `triage.proofs.signs`, and knows nothing of scopes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest
from random_packs import fits, is_true, make_rule
from test_random_assessments import DEFAULT, Line, Sketch, Table, draw, load

from triage.engine import FiredDecision
from triage.errors import EngineFault
from triage.proofs import soundness
from triage.proofs.relevance import find_alike_readings, find_idle_constraints, find_unreached
from triage.proofs.signs import find_silenced
from triage.proofs.soundness import find_unsound, fire_all, read_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from triage.pack import Pack
    from triage.proofs.findings import Finding

SEEDS = range(60)


class Case(NamedTuple):
    """A complete case under one reading: what each table reads and which of its lines hold, as far as that is defined."""

    reading: str
    answers: dict[str, str]
    profiles: dict[str, tuple[str, ...]]
    fired: dict[str, frozenset[str]]
    values: dict[str, str | frozenset[str] | None]


def damage(seed: int) -> Sketch:
    """A random pack with up to four lines left out, given another value, or widened by another line of their table."""
    pick, sketch = Random(seed), draw(seed)
    tables = dict(sketch.tables)
    for _ in range(pick.randint(0, 4)):
        name = pick.choice(list(tables))
        table = tables[name]
        at = pick.randrange(len(table.lines))
        line, other = table.lines[at], pick.choice(table.lines)
        bound = any((name, line.rule) in replaced for replaced in sketch.readings.values())
        if pick.random() < 0.4 and len(table.lines) > 1 and not bound:
            lines = (*table.lines[:at], *table.lines[at + 1 :])
        else:
            wider = line._replace(when={"any": [line.when, other.when]})
            changed = pick.choice([line._replace(then=pick.choice(table.values)), wider, wider._replace(then=other.then)])
            lines = (*table.lines[:at], changed, *table.lines[at + 1 :])
        if given(sketch, tables | {name: replace(table, lines=lines)}):
            tables[name] = replace(table, lines=lines)
    return replace(sketch, tables=tables)


def given(sketch: Sketch, tables: Mapping[str, Table]) -> bool:
    """Whether the engine can hold what a damaged pack asks, under every reading."""
    changed = replace(sketch, tables=dict(tables))
    domains = {**sketch.questions, **{name: table.values for name, table in tables.items()}}
    rules = ((name, changed.lines(name, reading)) for name in tables for reading in (DEFAULT, *sketch.readings))
    return all(fits([make_rule(line.rule, line.when) for line in lines], domains) for _, lines in rules)


class Brute:
    """Every complete case of a pack that breaks no constraint, under each of its readings."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.readings = tuple(sketch.readings) or (DEFAULT,)
        self.lines = {(reading, name): sketch.lines(name, reading) for reading in self.readings for name in sketch.tables}
        ways = product(*sketch.questions.values())
        self.all = [dict(zip(sketch.questions, way, strict=True)) for way in ways]
        self.allowed = [answers for answers in self.all if not any(is_true(never, answers) for never in sketch.constraints)]
        self.cases = [self.decide(reading, answers) for reading in self.readings for answers in self.allowed]

    def decide(self, reading: str, answers: dict[str, str]) -> Case:
        known: dict[str, str] = dict(answers)
        case = Case(reading, answers, {}, {}, {})
        for name, table in self.sketch.tables.items():
            case.values[name] = None
            if not all(read in known for read in table.reads):
                continue
            case.profiles[name] = tuple(known[read] for read in table.reads)
            case.fired[name] = self.fire(reading, name, case.profiles[name])
            thens = frozenset(line.then for line in self.lines[reading, name] if line.rule in case.fired[name])
            if table.lists:
                case.values[name] = thens
            elif len(thens) == 1:
                (known[name],) = thens
                case.values[name] = known[name]
        return case

    def fire(self, reading: str, name: str, profile: tuple[str, ...]) -> frozenset[str]:
        read = dict(zip(self.sketch.tables[name].reads, profile, strict=True))
        return frozenset(line.rule for line in self.lines[reading, name] if is_true(line.when, read))

    def met(self, name: str) -> list[Case]:
        """The cases in which what a table reads has values."""
        return [case for case in self.cases if name in case.fired]

    def every_line(self, name: str) -> dict[str, Line]:
        return {line.rule: line for reading in (DEFAULT, *self.readings) for line in self.sketch.lines(name, reading)}


class Tried(NamedTuple):
    """A damaged pack, loaded, with what is found in it and what brute force says."""

    pack: Pack
    brute: Brute
    findings: tuple[Finding, ...]

    def told(self, code: str) -> Counter[object]:
        return Counter(finding.place for finding in self.findings if finding.code == code)

    def places(self, kind: str, names: Iterable[str]) -> Counter[object]:
        return Counter(self.pack.place(kind, name) for name in names)


@pytest.fixture(scope="session")
def tries(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Tried]:
    """Each damaged pack, made when it is first asked for."""

    @cache
    def make(seed: int) -> Tried:
        brute = Brute(damage(seed))
        if not brute.allowed:  # its constraints exclude every answer
            return make(seed + len(SEEDS))
        pack = load(brute.sketch, tmp_path_factory.mktemp("damaged") / str(seed))
        return Tried(pack, brute, tuple(find_unsound(pack, read_under(pack))))

    return make


@pytest.fixture(params=SEEDS)
def tried(request: pytest.FixtureRequest, tries: Callable[[int], Tried]) -> Tried:
    return tries(request.param)


def test_gaps_conflicts_and_rules_that_never_fire_are_those_of_brute_force(tried: Tried) -> None:
    brute, sketch = tried.brute, tried.brute.sketch
    single = [name for name, table in sketch.tables.items() if not table.lists]
    gaps = {name for name in single if any(not case.fired[name] for case in brute.met(name))}
    assert tried.told("gap") == tried.places("decision", gaps)
    conflicts = set()
    for name in single:
        lines = brute.every_line(name)
        for case in brute.met(name):
            pairs = combinations(sorted(case.fired[name]), 2)
            conflicts |= {(name, *pair) for pair in pairs if lines[pair[0]].then != lines[pair[1]].then}
    told = {find_pair(finding) for finding in tried.findings if finding.code == "conflict"}
    assert told == conflicts
    assert tried.told("conflict").total() == len(conflicts)
    fires = {(name, rule) for name in sketch.tables for case in brute.met(name) for rule in case.fired[name]}
    never = {rule for name in sketch.tables for rule in brute.every_line(name) if (name, rule) not in fires}
    assert tried.told("never-fires") == tried.places("rule", never)


def find_pair(finding: Finding) -> tuple[str, str, str]:
    """The decision and the two rules that a message names."""
    name, said = finding.message.split(": ", 1)
    words = said.split()
    one, other = sorted((words[0], words[words.index("and") + 1]))
    return name, one, other


def shows(part: Mapping[str, str], name: str, met: Sequence[Case], pair: set[str], reads: Sequence[str]) -> bool:
    """Whether all that is reached with this part of a profile has the gap, or the conflict of these two rules."""
    agreeing = [case for case in met if part.items() <= dict(zip(reads, case.profiles[name], strict=True)).items()]
    return bool(agreeing) and all(pair <= case.fired[name] if pair else not case.fired[name] for case in agreeing)


def test_what_shows_a_gap_or_a_conflict_suffices_and_nothing_of_it_can_be_left_out(tried: Tried) -> None:
    for finding in (finding for finding in tried.findings if finding.code in ("gap", "conflict")):
        name = finding.message.split(":")[0]
        pair = set(find_pair(finding)[1:]) if finding.code == "conflict" else set()
        reads = tried.brute.sketch.tables[name].reads
        reading = finding.reading or tried.brute.readings[0]
        met = [case for case in tried.brute.met(name) if case.reading == reading]

        part = dict(finding.profile)
        assert shows(part, name, met, pair, reads)
        fewer = [{key: value for key, value in part.items() if key != left} for left in part]
        assert not any(shows(some, name, met, pair, reads) for some in fewer)
        answers = dict(finding.answers)
        led = [case for case in met if answers.items() <= case.answers.items()]
        assert led
        assert all(part.items() <= dict(zip(reads, case.profiles[name], strict=True)).items() for case in led)


def test_the_needless_rules_can_all_be_taken_out_and_no_other_can(tried: Tried) -> None:
    needless = {place for code in ("subsumed", "changes-nothing") for place in tried.told(code)}
    for name in tried.brute.sketch.tables:
        lines = tried.brute.every_line(name)
        taken = {rule for rule in lines if tried.pack.place("rule", rule) in needless}

        def thens(out: set[str], name: str = name, lines: Mapping[str, Line] = lines) -> list[set[str]]:
            return [{lines[rule].then for rule in case.fired[name] - out} for case in tried.brute.met(name)]

        assert thens(taken) == thens(set())
        firing = {rule for case in tried.brute.met(name) for rule in case.fired[name]}
        assert taken <= firing
        assert not [rule for rule in firing - taken if thens(taken | {rule}) == thens(set())]


def test_the_idle_reads_can_all_be_taken_out_and_no_other_can(tried: Tried) -> None:
    brute, sketch = tried.brute, tried.brute.sketch
    source = tried.pack.sources["decisions.yaml"]
    told = set(tried.told("idle-read"))
    for position, (name, table) in enumerate(sketch.tables.items()):

        def settle(places: Sequence[int], name: str = name) -> bool:
            """Whether no two cases agree on these reads and fire different rules."""
            pairs = combinations({(case.reading, case.profiles[name], case.fired[name]) for case in brute.met(name)}, 2)
            return not any(
                one[0] == other[0] and one[2] != other[2] and all(one[1][place] == other[1][place] for place in places)
                for one, other in pairs
            )

        idle = {i for i in range(len(table.reads)) if source.place(("decisions", position, "reads", i)) in told}
        kept = [place for place in range(len(table.reads)) if place not in idle]
        assert settle(kept)
        assert not [place for place in kept if settle([other for other in kept if other != place])]


def test_values_that_are_never_reached_are_those_of_brute_force(tried: Tried) -> None:
    told = {finding.message for finding in find_unreached(tried.pack, read_under(tried.pack))}
    expected = set()
    for name, table in tried.brute.sketch.tables.items():
        for value in () if table.lists else table.values:
            if not any(case.values[name] == value for case in tried.brute.cases):
                expected.add(f"{value} of {name}")
    assert {" ".join(message.split(",")[0].split()[-3:]) for message in told} == expected


def test_idle_constraints_can_all_be_taken_out_and_no_other_can(tried: Tried) -> None:
    nevers = {f"C{index}": never for index, never in enumerate(tried.brute.sketch.constraints)}
    idle = {finding.message.split()[0] for finding in find_idle_constraints(tried.pack)}

    def left(out: set[str]) -> list[dict[str, str]]:
        kept = [never for name, never in nevers.items() if name not in out]
        return [answers for answers in tried.brute.all if not any(is_true(never, answers) for never in kept)]

    assert left(idle) == left(set())
    assert not [name for name in nevers.keys() - idle if left(idle | {name}) == left(set())]


def test_readings_are_alike_where_brute_force_gives_the_same_outcomes(tried: Tried) -> None:
    brute, outcome = tried.brute, tried.brute.sketch.outcome
    outcomes = {name: [case.values[outcome] for case in brute.cases if case.reading == name] for name in brute.readings}
    alike = {(one, other) for one, other in combinations(brute.sketch.readings, 2) if outcomes[one] == outcomes[other]}
    words = [finding.message.split() for finding in find_alike_readings(tried.pack, read_under(tried.pack))]
    assert {(said[6], said[0]) for said in words} == alike


def test_silenced_signs_are_those_of_brute_force(tried: Tried) -> None:
    sketch = tried.brute.sketch
    silenced = {sign for sign in sketch.warnings for reading in tried.brute.readings if is_silenced(tried.brute, reading, sign)}
    findings = list(find_silenced(tried.pack, read_under(tried.pack)))
    told = [finding.message.split(":")[0] for finding in findings]
    assert Counter(told) == Counter(silenced)
    assert all(dict(finding.answers)[sign] == sketch.warnings[sign] for finding, sign in zip(findings, told, strict=True))


def is_silenced(brute: Brute, reading: str, sign: str) -> bool:
    sketch = brute.sketch
    assert sketch.net is not None
    reported = [case for case in brute.cases if case.reading == reading and case.answers[sign] == sketch.warnings[sign]]
    levels = [(case.answers, sketch.levels.index(str(case.values[sketch.net]))) for case in reported if case.values[sketch.net]]
    others = {other: value for other, value in sketch.warnings.items() if other != sign}
    alone = [level for answers, level in levels if not others.items() & answers.items()]
    lowest = len(sketch.levels) - 1
    return any(level > min(alone, default=lowest) or level == lowest for _, level in levels)


def test_every_reachable_profile_is_fired_once_for_each_set_of_rules(tried: Tried) -> None:
    sketch, brute = tried.brute.sketch, tried.brute
    expected = {
        (name, tuple(line.rule for line in brute.lines[case.reading, name]), case.profiles[name])
        for name in sketch.tables
        for case in brute.met(name)
    }
    assert fire_all(tried.pack, read_under(tried.pack)) == len(expected)


def test_the_damaged_packs_meet_every_finding(tries: Callable[[int], Tried]) -> None:
    found = Counter[str]()
    for pack, _, unsound in map(tries, SEEDS):
        under = read_under(pack)
        parts = (find_unreached(pack, under), find_idle_constraints(pack), find_alike_readings(pack, under))
        findings = (*unsound, *(finding for part in parts for finding in part), *find_silenced(pack, under))
        found.update({finding.code for finding in findings})
    codes = {"gap", "conflict", "never-fires", "subsumed", "changes-nothing", "idle-read", "unreachable-value"}
    codes |= {"unreachable-outcome", "idle-constraint", "readings-alike", "silenced-sign"}
    assert not {code for code in codes if not found[code]}, found


def test_an_engine_that_fires_otherwise_on_one_profile_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load(draw(3), tmp_path)
    under = read_under(pack)
    fired = fire_all(pack, under)
    right = FiredDecision._run
    calls = iter(range(fired))

    def wrong_once(self: FiredDecision, profile: Mapping[str, str]) -> tuple[str, ...]:
        return () if next(calls) == fired - 1 else right(self, profile)

    monkeypatch.setattr(FiredDecision, "_run", wrong_once)
    with pytest.raises(EngineFault, match="the reference finds"):
        fire_all(pack, under)


def test_what_is_shown_of_a_profile_is_the_fewest_values_that_tell_it_from_the_others() -> None:
    others = [("a", "b", "x"), ("x", "x", "c"), ("x", "b", "x"), ("a", "x", "x")]
    assert soundness._shrink(("a", "b", "c"), others) == (0, 2)  # taken out one by one from the right, 2 would go first
    assert soundness._shrink(("a", "b", "c"), []) == ()
    for size in range(4):
        pairs = [(profile, set(product("xy", repeat=3)) - {profile}) for profile in product("xy", repeat=3)]
        for profile, rest in pairs:
            kept = soundness._shrink(profile, list(rest)[: 2 * size])
            tells = [
                places
                for count in range(4)
                for places in combinations(range(3), count)
                if all(any(other[place] != profile[place] for place in places) for other in list(rest)[: 2 * size])
            ]
            assert kept == tells[0]
