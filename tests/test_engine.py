"""The engine: each guard of the design 6.1 has a test here that fails without it, and no fault is ever read as an answer.

What may end or block the interpreter runs in a process of its own: `run_apart` calls a function of this file there.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_packs import RandomDecision, RandomPack, decisions, fits, is_true, list_profiles, make_rules, names_in, packs

import triage.engine
from triage import EngineFault, Intake, assess, load_pack
from triage.conditions import holds
from triage.engine import Engine, FiredDecision
from triage.errors import PackError
from triage.possibilities import Possibilities, Possible, select_known
from triage.ruleset import KIND, PROFILE, SENTINEL, build_ruleset
from triage.signals import is_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from random_packs import Profile, Tree

    from triage.assessment import Assessment
    from triage.pack import Pack
    from triage.parts import Rule
    from triage.ruleset import Definition, Domains

TESTS = Path(__file__).parent
DOMAINS: dict[str, tuple[str, ...]] = {"a": ("x", "y", "z"), "b": ("x", "y")}
RULES: dict[str, Tree] = {
    "R1": {"a": "x"},
    "R2": {"any": [{"a": "x"}, {"b": "x"}]},
    "R3": {"not": {"b": "x"}},
    "R4": {"a": ["y", "z"], "b": "x"},
}
X_X = {"a": "x", "b": "x"}
FIRED_ON_X_X = ("R1", "R2")
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
OPTIONS = [option for question, value in BOTH.items() for option in ("-a", f"{question}={value}")]


def make_decision(trees: Mapping[str, Tree], domains: Domains) -> FiredDecision:
    return FiredDecision("decision", make_rules(trees), domains)


@pytest.fixture
def load() -> Iterator[Callable[..., FiredDecision]]:
    """Loads rules given as trees; frees them after the test."""
    loaded: list[FiredDecision] = []

    def load_rules(trees: Mapping[str, Tree] = RULES, domains: Domains = DOMAINS) -> FiredDecision:
        loaded.append(make_decision(trees, domains))
        return loaded[-1]

    yield load_rules
    for decision in loaded:
        decision.close()


@pytest.fixture
def freed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The handles of the rulesets that were freed."""
    import durable_rules_engine

    handles: list[int] = []
    delete = durable_rules_engine.delete_ruleset

    def spy(handle: int) -> None:
        handles.append(handle)
        delete(handle)

    monkeypatch.setattr(durable_rules_engine, "delete_ruleset", spy)
    return handles


def load_durable_rules() -> Any:
    """durable.engine as the project leaves it; what is patched in it before the first firing would be set again."""
    import durable.engine

    decision = make_decision(RULES, DOMAINS)
    decision.fire(X_X)
    decision.close()
    return durable.engine


def judge(trees: Mapping[str, Tree], profile: Profile) -> tuple[str, ...]:
    return tuple(name for name, tree in trees.items() if is_true(tree, profile))


def run_apart(function: Callable[..., None], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call a function of this file in a process of its own, in which a fork while threads run warns and goes on."""
    call = f"import sys, test_engine; test_engine.{function.__name__}(*sys.argv[1:])"
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", call, *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False, timeout=300)


def show(*results: object) -> None:
    """What a process of its own tells the test."""
    sys.stdout.write(" ".join(map(str, results)) + "\n")
    sys.stdout.flush()


def succeed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


# The limits, and what durable-rules makes of more


def nest(groups: int) -> Tree:
    tree: Tree = {"a": "x"}
    for index in range(groups):
        tree = {"any": [{"b": "y"}, tree]} if index % 2 else {"all": [{"c": "y"}, tree]}
    return tree


NUMBERS = tuple(str(number) for number in range(48))
NINE = tuple(f"n{number}" for number in range(9))
X_Y = ("x", "y")
AT_THE_LIMITS: dict[str, tuple[dict[str, Tree], dict[str, tuple[str, ...]], int, int]] = {  # …, tests, groups
    "48 alternatives in one rule": ({"R": {"n": list(NUMBERS)}}, {"n": (*NUMBERS, "other")}, 50, 2),
    "49 rules that all fire": ({f"R{index}": {} for index in range(49)}, DOMAINS, 50, 0),
    "nine true alternatives": ({"R": {"any": [{name: "x"} for name in NINE]}}, dict.fromkeys(NINE, X_Y), 11, 2),
    "seven rules of two groups": (
        {f"R{index}": {"a": DOMAINS["a"][index % 3], "any": [{"a": ["x", "y"]}, {"b": "x"}]} for index in range(7)},
        DOMAINS,
        36,
        14,
    ),
    "an all of thirteen anys": (
        {"R": {"all": [{"any": [{f"n{index % 9}": "x"}, {"m": X_Y[index % 2]}]} for index in range(13)]}},
        {**dict.fromkeys(NINE, X_Y), "m": X_Y},
        28,
        14,
    ),
    "an any of twelve alls": (
        {"R": {"any": [{f"n{index % 9}": "x", "m": X_Y[index % 2]} for index in range(12)]}},
        {**dict.fromkeys(NINE, X_Y), "m": X_Y},
        26,
        14,
    ),
    "groups thirteen deep": ({"R": nest(13)}, {"a": X_Y, "b": X_Y, "c": X_Y}, 16, 13),
}


@pytest.mark.parametrize("shape", AT_THE_LIMITS)
def test_decisions_as_large_as_the_limits_allow_fire_rightly(shape: str, load: Callable[..., FiredDecision]) -> None:
    trees, domains, tests, groups = AT_THE_LIMITS[shape]
    text = str(build_ruleset(make_rules(trees), domains))
    assert (text.count(": '"), text.count("'$and'") + text.count("'$or'")) == (tests, groups)
    assert fits(make_rules(trees), domains)
    decision = load(trees, domains)
    for profile in list_profiles(domains):
        assert decision.fire(profile) == judge(trees, profile)


def make_append(fired: list[str], name: str) -> Callable[[Any], None]:
    return lambda _: fired.append(name)


def fire_bare(shape: str, size: str) -> None:
    """Fire durable-rules past the wrapper, its timer threads aside; print what came of it."""
    engine = load_durable_rules()
    fired: list[str] = []

    class Host(engine.Host):  # type: ignore[misc,name-defined]
        def _run(self) -> None:
            pass

    number, kind = int(size), {KIND: PROFILE}
    names = [f"a{index}" for index in range(number)]
    fact = kind | dict.fromkeys(names if shape != "rules" else ["a"], "x")
    conditions: dict[str, list[Any]] = {
        "alternatives": [{"$and": [kind, {"$or": [{name: "x"} for name in names]}]}],
        "groups": [{"$and": [kind, *({"$or": [{name: "x"}, {name: "y"}]} for name in names)]}],
        "attributes": [{"$and": [kind, {names[-1]: "x"}]}],
        "rules": [{"$and": [kind, {"a": "x"}]}] * number,
    }
    rules = {f"R{index}": {"all": [{"m": condition}]} for index, condition in enumerate(conditions[shape])}
    definition: dict[str, dict[str, Any]] = {**rules, SENTINEL: {"all": [{"m": kind}], "pri": 10}}
    for name, rule in definition.items():
        rule["run"] = make_append(fired, name)
    try:
        Host({"decision": definition}).assert_fact("decision", fact)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        show(error)
    else:
        counts = Counter(fired)
        right = set(counts) == set(definition) and counts[SENTINEL] == 1 and fired[-1] == SENTINEL
        show("right" if right else f"{counts[SENTINEL]} sentinels")
    os._exit(0)  # what it did to its memory is not waited for


@pytest.mark.parametrize(
    ("shape", "size", "past", "finding"),
    [
        ("alternatives", "49", "65", "error code: 303"),
        ("groups", "13", "15", "error code: 113"),
        ("attributes", "49", "255", "error code: 302"),
        ("rules", "49", "256", "2 sentinels"),
    ],
)
def test_bare_durable_rules_fails_past_the_cliffs_that_the_limits_keep_from(
    shape: str, size: str, past: str, finding: str
) -> None:
    assert succeed(run_apart(fire_bare, shape, size)) == "right\n"
    assert finding in succeed(run_apart(fire_bare, shape, past))


# Each guard


def test_an_engine_starts_no_thread(load: Callable[..., FiredDecision]) -> None:
    before = set(threading.enumerate())
    load().fire(X_X)
    assert set(threading.enumerate()) <= before


def count_threads_of_bare_host() -> None:
    import durable.engine

    durable.engine.Host({})
    show(threading.active_count())
    os._exit(0)


def test_the_host_of_durable_rules_itself_would_start_threads() -> None:
    assert int(succeed(run_apart(count_threads_of_bare_host))) > 1


def list_durable_modules() -> None:
    assess(load_pack("vertebral-fracture"), Intake(answers=BOTH))
    show(json.dumps(sorted(name for name in sys.modules if name.startswith("durable."))))


def test_durable_lang_is_never_imported() -> None:
    assert json.loads(succeed(run_apart(list_durable_modules))) == ["durable.engine"]


def fire_while_the_wall_clock_jumps() -> None:
    import datetime as dt
    from types import SimpleNamespace

    import durable.engine

    class Jumping(dt.datetime):
        hours = itertools.count()

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Jumping:
            return cls(2026, 1, 1, tzinfo=tz) + dt.timedelta(hours=next(cls.hours))

        @classmethod
        def utcfromtimestamp(cls, t: float, /) -> Jumping:
            return cls(1970, 1, 1)

    durable.engine.datetime = SimpleNamespace(datetime=Jumping)
    jump = durable.engine._unix_now() - durable.engine._unix_now()
    fired = make_decision(RULES, DOMAINS).fire(X_X)
    show(jump, *fired, durable.engine._unix_now is time.monotonic)


def test_a_wall_clock_that_jumps_does_not_reach_durable_rules() -> None:
    assert succeed(run_apart(fire_while_the_wall_clock_jumps)) == "-3600.0 R1 R2 True\n"


def test_a_rule_with_two_true_branches_is_told_once(load: Callable[..., FiredDecision]) -> None:
    decision = load()
    assert decision.fire(X_X) == FIRED_ON_X_X
    assert decision._fired == ["R1", "R2", "R2", SENTINEL]


def test_rules_are_told_in_declared_order_whatever_order_they_fired_in(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    action, swapped = FiredDecision._action, {"R1": "R2", "R2": "R1"}
    monkeypatch.setattr(FiredDecision, "_action", lambda self, rule_id: action(self, swapped.get(rule_id) or rule_id))
    decision = load()
    assert decision.fire(X_X) == FIRED_ON_X_X
    assert decision._fired[:2] == ["R2", "R1"]


def test_the_sentinel_alone_says_that_no_rule_holds(load: Callable[..., FiredDecision]) -> None:
    decision = load({"R1": {"a": "x"}})
    assert decision.fire({"a": "y", "b": "x"}) == ()
    assert decision._fired == [SENTINEL]


def test_a_definition_without_a_sentinel_is_never_an_answer(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(rules: tuple[Rule, ...], domains: Domains) -> Definition:
        definition = build_ruleset(rules, domains)
        return {name: rule for name, rule in definition.items() if name != SENTINEL}

    monkeypatch.setattr(triage.engine, "build_ruleset", build)
    decision = load()
    for profile in (X_X, {"a": "y", "b": "y"}, X_X):
        with pytest.raises(EngineFault):
            decision.fire(profile)


def test_the_state_is_clear_after_every_firing(load: Callable[..., FiredDecision]) -> None:
    decision = load()
    decision.fire(X_X)
    clear = decision._host.get_state("decision")
    for profile in [*list_profiles(DOMAINS), X_X, X_X]:
        assert decision.fire(profile) == judge(RULES, profile)
        assert decision._host.get_facts("decision") == []
        assert decision._host.get_state("decision") == clear


def test_a_run_that_is_broken_off_leaves_a_state_that_nothing_touches_again(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To retract, or to free, what was left half done ends the interpreter."""
    engine = load_durable_rules()
    retracted = []
    monkeypatch.setattr(engine.Host, "assert_fact", fail_to_run)
    monkeypatch.setattr(engine.Host, "retract_fact", lambda _, name, fact: retracted.append((name, fact)))
    with pytest.raises(EngineFault):
        load().fire(X_X)
    assert retracted == []


def fire_under_interrupts() -> None:
    """Fires with a Ctrl-C at thousands of moments; each is either answered rightly or interrupted, and none ends otherwise."""
    decision = FiredDecision("decision", make_rules(RULES), DOMAINS)
    expected = {tuple(profile.items()): judge(RULES, profile) for profile in list_profiles(DOMAINS)}
    interrupted = 0
    for moment in range(4_000):
        signal.setitimer(signal.ITIMER_REAL, 0.000_02 + moment % 100 * 0.000_001)
        try:
            for profile in list_profiles(DOMAINS):
                assert decision.fire(profile) == expected[tuple(profile.items())]
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    show(interrupted > 100)


def interrupt_on_alarm() -> None:
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    interrupt_while_firing()


def interrupt_while_firing() -> None:
    try:
        fire_under_interrupts()
    except KeyboardInterrupt:  # the last one came late
        show(True)


def test_a_ctrl_c_at_any_moment_is_an_interruption_and_never_a_crash_or_a_fault() -> None:
    assert succeed(run_apart(interrupt_on_alarm)) == "True\n"


def interrupt_another_thread() -> None:
    """The thread that fires masks the signal; as Arrow's do, another takes it, and the interpreter hands it to the first one."""

    def interrupt(number: int, _: object) -> None:
        if not is_waiting(number):
            raise KeyboardInterrupt

    taker = threading.Thread(target=threading.Event().wait, daemon=True)
    taker.start()
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGALRM, lambda *_: signal.pthread_kill(taker.ident or 0, signal.SIGINT))
    interrupt_while_firing()


def test_a_ctrl_c_that_another_thread_takes_waits_too() -> None:
    done = run_apart(
        interrupt_another_thread,
    )
    assert (succeed(done), done.stderr) == ("True\n", "")


def test_the_first_run_of_a_ruleset_is_one_in_which_no_rule_fires(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    asserted = spy_on_facts(monkeypatch)
    decision = load()
    decision.fire(X_X)
    decision.fire(X_X)
    assert asserted == [{KIND: PROFILE}, {KIND: PROFILE, **X_X}, {KIND: PROFILE, **X_X}]


def test_a_fact_has_the_names_that_are_tested_and_no_other(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    """durable-rules takes these two for one name, so it would fire R on the value of the other."""
    read, unread = "cough_first_sudden", "slow_known_site"
    trees: dict[str, Tree] = {"R": {read: "x"}}
    domains = {unread: ("x", "y"), read: ("x", "y")}
    asserted = spy_on_facts(monkeypatch)
    decision = load(trees, domains)
    for profile in list_profiles(domains):
        assert decision.fire(profile) == judge(trees, profile)
    assert set(itertools.chain(*asserted)) == {KIND, read}


def spy_on_facts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    engine = load_durable_rules()
    asserted: list[dict[str, str]] = []
    assert_fact = engine.Host.assert_fact

    def spy(host: Any, name: str, fact: dict[str, str]) -> Any:
        asserted.append(dict(fact))
        return assert_fact(host, name, fact)

    monkeypatch.setattr(engine.Host, "assert_fact", spy)
    return asserted


def test_durable_rules_is_handed_rules_of_its_own(load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes keys out of what it is handed; a copy that were shared would be spoilt for the next ruleset."""
    engine = load_durable_rules()
    register = engine.Host.register_rulesets

    def register_and_spoil(host: Any, definitions: dict[str, dict[str, Any]]) -> Any:
        result = register(host, definitions)
        for definition in definitions.values():
            for rule in definition.values():
                rule.clear()
            definition.clear()
        return result

    monkeypatch.setattr(engine.Host, "register_rulesets", register_and_spoil)
    decision = load()
    assert decision.fire(X_X) == FIRED_ON_X_X
    assert decision._definition == build_ruleset(decision.rules, DOMAINS)
    decision._discard()
    assert decision.fire(X_X) == FIRED_ON_X_X


def test_a_firing_holds_the_lock_of_its_decision_alone(
    load: Callable[..., FiredDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = load_durable_rules()
    first, other = load(), load()
    seen = []
    assert_fact = engine.Host.assert_fact

    def spy(host: Any, name: str, fact: dict[str, str]) -> Any:
        seen.append((first._lock.locked(), other._lock.locked()))
        return assert_fact(host, name, fact)

    monkeypatch.setattr(engine.Host, "assert_fact", spy)
    first.fire(X_X)
    assert set(seen) == {(True, False)}
    assert not first._lock.locked()


# Freeing


def test_closing_frees_the_ruleset_once(load: Callable[..., FiredDecision], freed: list[int]) -> None:
    decision = load()
    decision.fire(X_X)
    handle = decision._host.get_ruleset("decision")._handle
    decision.close()
    decision.close()
    assert freed == [handle]


def test_closing_what_never_fired_frees_nothing(load: Callable[..., FiredDecision], freed: list[int]) -> None:
    load().close()
    assert freed == []


def test_firing_after_closing_is_a_fault(load: Callable[..., FiredDecision]) -> None:
    decision = load()
    decision.fire(X_X)
    decision.close()
    with pytest.raises(EngineFault, match="decision: this engine was closed"):
        decision.fire(X_X)


def test_a_decision_that_is_forgotten_frees_its_ruleset(freed: list[int]) -> None:
    decision = make_decision(RULES, DOMAINS)
    decision.fire(X_X)
    handle = decision._host.get_ruleset("decision")._handle
    del decision
    gc.collect()
    assert handle in freed


def test_closing_an_engine_closes_its_decisions(freed: list[int]) -> None:
    engine = Engine()
    fired = [engine.decision(name, make_rules(RULES), DOMAINS) for name in ("first", "second")]
    for decision in fired:
        decision.fire(X_X)
    engine.close()
    assert len(freed) == 2
    for decision in fired:
        with pytest.raises(EngineFault, match="closed"):
            decision.fire(X_X)


def test_equal_rules_of_one_decision_share_a_ruleset_and_others_do_not() -> None:
    engine = Engine()
    rules = make_rules(RULES)
    decision = engine.decision("decision", rules, DOMAINS)
    assert engine.decision("decision", list(rules), DOMAINS) is decision
    assert engine.decision("decision", rules[1:], DOMAINS) is not decision
    assert engine.decision("other", rules, DOMAINS) is not decision


def test_what_is_loaded_is_not_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    decision = engine.decision("decision", make_rules(RULES), DOMAINS)
    monkeypatch.setattr("triage.engine.FiredDecision", None)
    assert engine.decision("decision", make_rules(RULES), DOMAINS) is decision


def test_a_ruleset_that_never_ran_is_freed_without_its_state(
    load: Callable[..., FiredDecision], freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Freeing a state in which no action ran ends the interpreter."""
    engine = load_durable_rules()
    states = []
    freed.clear()
    monkeypatch.setattr(engine.Host, "delete_state", lambda _, name: states.append(name))
    monkeypatch.setattr(engine.Host, "assert_fact", lambda *_: 0)
    with pytest.raises(EngineFault, match="cut off"):
        load().fire(X_X)
    assert (len(freed), states) == (1, [])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the resident size from /proc")
def test_firings_faults_and_closed_rulesets_leave_the_resident_size_within_20_mb() -> None:
    """The million of the design is `python benchmarks/soak_engine.py`; this is a tenth of it."""
    script = TESTS.parent / "benchmarks" / "soak_engine.py"
    command = [sys.executable, str(script), "--firings", "100000", "--rulesets", "300"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("MB after") == 3


# Faults


def fail_to_run(*_: Any) -> NoReturn:
    raise RuntimeError("broken")


def replace_actions(patch: pytest.MonkeyPatch, act: Callable[[list[str], str], None]) -> None:
    """Let the actions of rulesets built from now on do this to the list of what fired."""

    def make_action(self: FiredDecision, rule_id: str) -> Callable[[Any], None]:
        fired = self._fired
        return lambda _: act(fired, rule_id)

    patch.setattr(FiredDecision, "_action", make_action)


def raise_in_rules(patch: pytest.MonkeyPatch) -> None:
    replace_actions(patch, lambda fired, rule_id: fired.append(rule_id) if rule_id == SENTINEL else fail_to_run())


def raise_after_telling(patch: pytest.MonkeyPatch) -> None:
    def act(fired: list[str], rule_id: str) -> None:
        fired.append(rule_id)
        if rule_id != SENTINEL:
            fail_to_run()

    replace_actions(patch, act)


def raise_in_the_sentinel(patch: pytest.MonkeyPatch) -> None:
    def act(fired: list[str], rule_id: str) -> None:
        fired.append(rule_id)
        if rule_id == SENTINEL and len(fired) > 1:
            fail_to_run()

    replace_actions(patch, act)


def lose_the_sentinel(patch: pytest.MonkeyPatch) -> None:
    replace_actions(patch, lambda fired, rule_id: fired.append(rule_id) if rule_id != SENTINEL else None)


def fire_the_sentinel_twice(patch: pytest.MonkeyPatch) -> None:
    replace_actions(patch, lambda fired, rule_id: fired.extend([rule_id] * (1 + (rule_id == SENTINEL))))


def fire_the_sentinel_first(patch: pytest.MonkeyPatch) -> None:
    replace_actions(patch, lambda fired, rule_id: fired.insert(0, rule_id))


def lose_a_rule(patch: pytest.MonkeyPatch) -> None:
    replace_actions(patch, lambda fired, rule_id: fired.append(rule_id) if rule_id == SENTINEL else None)


def fire_unasked(patch: pytest.MonkeyPatch) -> None:
    action = FiredDecision._action

    def make_action(self: FiredDecision, rule_id: str) -> Callable[[Any], None]:
        append, others = action(self, rule_id), [rule.rule for rule in self.rules]

        def lie(context: Any) -> None:
            if len(self._fired):  # at the sentinel of the first run nothing has fired yet
                self._fired[:0] = others
            append(context)

        return lie

    patch.setattr(FiredDecision, "_action", make_action)


def jump_the_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(load_durable_rules(), "_unix_now", itertools.count(step=60).__next__)


def cut_off_the_run(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(load_durable_rules().Host, "assert_fact", lambda *_: 0)


def fail_to_assert(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(load_durable_rules().Host, "assert_fact", fail_to_run)


def fail_to_retract(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(load_durable_rules().Host, "retract_fact", fail_to_run)


def lie_in_the_reference(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(triage.engine, "holds", lambda condition, profile: not holds(condition, profile))


FAULTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "a rule raises": (raise_in_rules, "an action failed inside durable-rules"),
    "a rule raises after telling": (raise_after_telling, "an action failed inside durable-rules"),
    "the sentinel raises": (raise_in_the_sentinel, "an action failed inside durable-rules"),
    "no sentinel": (lose_the_sentinel, "the run did not come to its end"),
    "two sentinels": (fire_the_sentinel_twice, "the run did not come to its end"),
    "sentinel first": (fire_the_sentinel_first, "the run did not come to its end"),
    "a rule goes missing": (lose_a_rule, "the reference finds"),
    "rules fire unasked": (fire_unasked, "the reference finds"),
    "the clock jumps": (jump_the_clock, "the run was cut off"),
    "the run is cut off": (cut_off_the_run, "the run was cut off"),
    "asserting fails": (fail_to_assert, "durable-rules failed (RuntimeError: broken)"),
    "retracting fails": (fail_to_retract, "durable-rules failed (RuntimeError: broken)"),
    "the reference lies": (lie_in_the_reference, "the reference finds"),
}
# Faults that durable-rules raises itself: what it leaves behind is not touched again.
BROKEN_OFF = ("asserting fails", "retracting fails")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_engine_fault_and_the_next_firing_is_right(
    name: str, load: Callable[..., FiredDecision], freed: list[int]
) -> None:
    inject, message = FAULTS[name]
    load_durable_rules()
    decision = load()
    with pytest.MonkeyPatch.context() as patch:
        inject(patch)
        freed.clear()
        with pytest.raises(EngineFault) as caught:
            decision.fire(X_X)
    assert str(caught.value).startswith("decision: ")
    assert message in str(caught.value)
    assert len(freed) == (name not in BROKEN_OFF)
    for profile in list_profiles(DOMAINS):
        assert decision.fire(profile) == judge(RULES, profile)


@pytest.mark.parametrize(
    "name", ["the clock jumps", "the run is cut off", "asserting fails", "retracting fails", "the reference lies"]
)
def test_a_ruleset_already_in_use_is_thrown_away_after_a_fault(
    name: str, load: Callable[..., FiredDecision], freed: list[int]
) -> None:
    decision = load()
    decision.fire(X_X)
    handle = decision._host.get_ruleset("decision")._handle
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name][0](patch)
        freed.clear()
        with pytest.raises(EngineFault):
            decision.fire(X_X)
    assert freed == ([] if name in BROKEN_OFF else [handle])
    assert decision.fire(X_X) == FIRED_ON_X_X


def test_a_fault_keeps_its_cause(load: Callable[..., FiredDecision]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fail_to_assert(patch)
        with pytest.raises(EngineFault) as caught:
            load().fire(X_X)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_profile_that_lacks_a_name_is_a_fault(load: Callable[..., FiredDecision]) -> None:
    decision = load()
    with pytest.raises(EngineFault, match="KeyError"):
        decision.fire({"a": "x"})
    assert decision.fire(X_X) == FIRED_ON_X_X


def test_an_interruption_goes_through_and_the_next_firing_is_right(
    load: Callable[..., FiredDecision], freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = load_durable_rules()
    decision = load()
    decision.fire(X_X)
    freed.clear()

    def interrupt(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engine.Host, "assert_fact", interrupt)
        with pytest.raises(KeyboardInterrupt):
            decision.fire(X_X)
    assert freed == []
    assert decision.fire(X_X) == FIRED_ON_X_X


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gives_no_assessment_and_the_next_is_right(name: str, pack: Pack) -> None:
    expected = assess(pack, Intake(answers=BOTH))
    fresh = load_pack("vertebral-fracture")
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name][0](patch)
        with pytest.raises(EngineFault):
            assess(fresh, Intake(answers=BOTH))
    assert assess(fresh, Intake(answers=BOTH)) == expected


def assess_on_the_command_line(name: str, *options: str) -> None:
    from triage.cli import main

    sys.argv = ["triage", "assess", *options]
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name][0](patch)
        main()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_the_command_with_exit_4_and_no_outcome(name: str) -> None:
    done = run_apart(assess_on_the_command_line, name, *OPTIONS, "--format", "json")
    assert done.returncode == 4, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("triage: engine fault, no answer given")
    assert FAULTS[name][1] in done.stderr
    assert "Traceback" not in done.stderr


# Threads and forks


def fire_at_once(decision: FiredDecision, seed: int, rounds: int) -> int:
    """How many firings were wrong."""
    profiles = list(list_profiles(DOMAINS)) * rounds
    random.Random(seed).shuffle(profiles)
    return sum(decision.fire(profile) != judge(RULES, profile) for profile in profiles)


@pytest.fixture
def hasty_threads() -> Iterator[ThreadPoolExecutor]:
    """Eight threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with ThreadPoolExecutor(8) as threads:
        yield threads
    sys.setswitchinterval(before)


def test_threads_that_share_a_decision_get_right_answers(
    load: Callable[..., FiredDecision], hasty_threads: ThreadPoolExecutor
) -> None:
    decision = load()
    assert sum(hasty_threads.map(lambda seed: fire_at_once(decision, seed, 100), range(8))) == 0


def draw_intakes(pack: Pack, number: int) -> list[dict[str, str]]:
    """Distinct intakes of which about half the questions are answered."""
    chance = random.Random(17)
    drawn = {
        tuple((name, chance.choice(question.values)) for name, question in pack.question.items() if chance.random() < 0.5)
        for _ in range(number)
    }
    return [dict(answers) for answers in sorted(drawn)]


def test_threads_that_share_an_assessor_get_right_answers(pack: Pack, hasty_threads: ThreadPoolExecutor) -> None:
    intakes = draw_intakes(pack, 700)
    expected = [assess(pack, Intake(answers=answers)) for answers in intakes]

    def find_wrong(seed: int, fresh: Pack) -> list[int]:
        order = random.Random(seed).sample(range(len(intakes)), len(intakes))
        return [index for index in order if differs(expected[index], assess(fresh, Intake(answers=intakes[index])))]

    for _ in range(4):
        fresh = load_pack("vertebral-fracture")
        for wrong in hasty_threads.map(find_wrong, range(8), [fresh] * 8):
            assert [intakes[index] for index in wrong] == []


def differs(expected: Assessment, found: Assessment) -> bool:
    return found is expected or found != expected  # the same object would not be a fresh assessment


def answer_in_child(assessed: Callable[[], bool]) -> int:
    """Fork; the exit status of a child that says whether it assessed rightly. One that blocks is killed after a minute."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if assessed() else 1
        finally:
            os._exit(status)
    killer = threading.Timer(60, os.kill, (child, signal.SIGKILL))
    killer.start()
    _, waited = os.waitpid(child, 0)
    killer.cancel()
    return os.waitstatus_to_exitcode(waited)


def fork_after_assessing() -> None:
    """The child assesses what the parent has and what it has not; then the parent does."""
    pack = load_pack("vertebral-fracture")
    other = {**BOTH, "stable": "no", "collapsed": "no", "height_restoration": "no"}
    outcomes = {"both": BOTH, "outside_documents": other}
    assess(pack, Intake(answers=BOTH))

    def assess_all() -> bool:
        return all(assess(pack, Intake(answers=answers)).outcome == outcome for outcome, answers in outcomes.items())

    show([answer_in_child(assess_all) for _ in range(3)], assess_all())


def test_a_child_forked_from_a_process_that_assessed_assesses_rightly() -> None:
    assert succeed(run_apart(fork_after_assessing)) == "[0, 0, 0] True\n"


def fork_inside_a_firing() -> None:
    """Another thread is inside durable-rules, holding the lock, at the moment of the fork."""
    inside, forked = threading.Event(), threading.Event()
    engine = load_durable_rules()
    decision = make_decision(RULES, DOMAINS)
    decision.fire(X_X)
    assert_fact, parent = engine.Host.assert_fact, os.getpid()

    def wait_inside(host: Any, name: str, fact: dict[str, str]) -> Any:
        if os.getpid() == parent:
            inside.set()
            forked.wait()
        return assert_fact(host, name, fact)

    engine.Host.assert_fact = wait_inside
    with ThreadPoolExecutor(1) as threads:
        firing = threads.submit(decision.fire, X_X)
        inside.wait()
        status = answer_in_child(lambda: fire_at_once(decision, 1, 3) == 0)
        forked.set()
        show(status, *firing.result())


def test_a_child_forked_while_another_thread_is_inside_a_firing_fires_rightly() -> None:
    assert succeed(run_apart(fork_inside_a_firing)) == "0 R1 R2\n"


def fork_while_threads_fire() -> None:
    decision, done = Engine().decision("decision", make_rules(RULES), DOMAINS), threading.Event()

    def fire_on(seed: int) -> int:
        wrong = 0
        while not done.is_set():
            wrong += fire_at_once(decision, seed, 3)
        return wrong

    with ThreadPoolExecutor(2) as threads:
        firing = [threads.submit(fire_on, seed) for seed in (1, 2)]
        statuses = {answer_in_child(lambda: fire_at_once(decision, 3, 3) == 0) for _ in range(20)}
        done.set()
        show(statuses, sum(wrong.result() for wrong in firing))


def load_engine_alone() -> None:
    show("durable.engine" in sys.modules)
    Engine()
    show("durable.engine" in sys.modules)


def test_durable_rules_is_imported_before_a_thread_can_fire_and_another_fork() -> None:
    assert succeed(run_apart(load_engine_alone)) == "False\nTrue\n"


def fork_while_threads_assess() -> None:
    pack, done = load_pack("vertebral-fracture"), threading.Event()
    intakes = draw_intakes(pack, 300)
    expected = [assess(pack, Intake(answers=answers)) for answers in intakes]
    fresh = load_pack("vertebral-fracture")
    assess(fresh, Intake(answers=BOTH))

    def assess_all(order: list[int]) -> bool:
        return [assess(fresh, Intake(answers=intakes[index])) for index in order] == [expected[index] for index in order]

    def assess_on(seed: int) -> bool:
        right = True
        while not done.is_set():
            right &= assess_all(random.Random(seed).sample(range(300), 300))
        return right

    with ThreadPoolExecutor(2) as threads:
        assessing = [threads.submit(assess_on, seed) for seed in (1, 2)]
        statuses = {answer_in_child(partial(assess_all, list(range(first, 300, 30)))) for first in range(20)}
        done.set()
        show(statuses, *(right.result() for right in assessing))


def test_children_forked_while_threads_assess_assess_rightly() -> None:
    assert succeed(run_apart(fork_while_threads_assess)) == "{0} True True\n"


def test_children_forked_while_threads_fire_fire_rightly() -> None:
    assert succeed(run_apart(fork_while_threads_fire)) == "{0} 0\n"


def assess_in_pool() -> None:
    import multiprocessing

    pack = load_pack("vertebral-fracture")
    intakes = draw_intakes(pack, 40)
    expected = [assess(pack, Intake(answers=answers)) for answers in intakes]
    global pooled  # noqa: PLW0603 - what a forked worker inherits
    pooled = load_pack("vertebral-fracture")
    assess(pooled, Intake(answers=BOTH))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        show(pool.map(assess_pooled, intakes) == expected)


def assess_pooled(answers: dict[str, str]) -> Assessment:
    assert pooled is not None
    return assess(pooled, Intake(answers=answers))


pooled: Pack | None = None


def test_a_pool_of_forked_workers_assesses_rightly() -> None:
    assert succeed(run_apart(assess_in_pool)) == "True\n"


def test_after_a_fork_a_decision_leaves_what_it_inherited_and_builds_anew(
    load: Callable[..., FiredDecision], freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the child runs, here in the parent so that it can be looked at."""
    decision, unfired = load(), load()
    decision.fire(X_X)
    inherited, finalizer = decision._host, decision._finalizer
    assert finalizer is not None
    decision._lock.acquire()
    monkeypatch.setattr(triage.engine, "_loaded", {decision, unfired})
    triage.engine._renew_all()
    assert (decision._host, freed, finalizer.alive) == (None, [], False)
    assert decision.fire(X_X) == unfired.fire(X_X) == FIRED_ON_X_X
    assert decision._host is not inherited
    triage.engine._renew_all()
    decision.close()
    assert freed == []


# Random decisions and packs


@settings(derandomize=True, database=None, max_examples=150)
@given(decisions())
def test_random_decisions_fire_as_the_reference_finds(decision: RandomDecision) -> None:
    fired = make_decision(decision.trees, decision.domains)
    for profile in list_profiles(decision.domains):
        found = fired.fire(profile)
        assert found == judge(decision.trees, profile)
        assert found == tuple(rule.rule for rule in fired.rules if holds(rule.when, profile))
    fired.close()


class BruteForce:
    """The possible values of a decision by the words of the design 3, at any cost."""

    def __init__(self, world: RandomPack) -> None:
        self.trees = world.trees
        self.pack = world.pack
        self.values = {question.question: question.values for question in world.pack.questions}

    def list_questions(self, name: str) -> set[str]:
        """The questions a decision reads, directly or through others."""
        if name in self.values:
            return {name}
        return {question for read in self.pack.decision[name].reads for question in self.list_questions(read)}

    def list_scope(self, decision: str) -> tuple[list[str], list[Tree]]:
        """The questions that bear on a decision, and the constraints that tie them."""
        nevers = [(self.trees[c.constraint], names_in(self.trees[c.constraint])) for c in self.pack.constraints]
        scope = self.list_questions(decision)
        for _ in nevers:
            for _, names in nevers:
                scope |= names if names & scope else set()
        return [name for name in self.values if name in scope], [never for never, names in nevers if names <= scope]

    def conclude(self, name: str, answers: Profile) -> tuple[str | tuple[str, ...], tuple[str, ...]]:
        decision = self.pack.decision[name]
        profile = {
            read: answers[read] if read in self.values else str(self.conclude(read, answers)[0]) for read in decision.reads
        }
        fired = [rule for rule in decision.rules if is_true(self.trees[rule.rule], profile)]
        values = tuple(dict.fromkeys(rule.then for rule in fired))
        if decision.hit_policy == "unique":
            (value,) = values
            return value, tuple(rule.rule for rule in fired)
        return values, tuple(rule.rule for rule in fired)

    def evaluate(self, name: str, known: Mapping[str, str]) -> Possible:
        scope, nevers = self.list_scope(name)
        completions = [
            answers
            for answers in list_profiles({question: self.values[question] for question in scope})
            if all(answers[question] == value for question, value in known.items() if question in answers)
            and not any(is_true(never, answers) for never in nevers)
        ]
        results = [self.conclude(name, answers) for answers in completions]
        values = {value for value, _ in results}
        fired = {rule for _, rules in results for rule in rules}
        decision = self.pack.decision[name]
        order = sorted(values) if decision.hit_policy == "collect" else [v for v in self.pack.values_of(name) if v in values]
        given = [value for value, _ in results]
        asked = [question for question in scope if question not in known and len(values) > 1]
        matters = [question for question in asked if self.decides_alone(question, completions, given)]
        matters = matters or [question for question in asked if len(self.split((question,), completions, given)) > 1]
        matters = matters or self.settle(asked, completions, given)
        return Possible(tuple(order), tuple(rule.rule for rule in decision.rules if rule.rule in fired), tuple(matters))

    def decides_alone(self, question: str, completions: list[Profile], values: list[Any]) -> bool:
        """Two completions that differ only in a question differ in value."""
        return any(
            {name for name in completions[i] if completions[i][name] != completions[j][name]} == {question}
            and values[i] != values[j]
            for i, j in itertools.combinations(range(len(completions)), 2)
        )

    def split(self, questions: tuple[str, ...], completions: list[Profile], values: list[Any]) -> set[frozenset[Any]]:
        """The different sets of values that answers to some questions leave."""
        left: dict[tuple[str, ...], set[Any]] = {}
        for answers, value in zip(completions, values, strict=True):
            left.setdefault(tuple(answers[question] for question in questions), set()).add(value)
        return set(map(frozenset, left.values()))

    def settle(self, asked: list[str], completions: list[Profile], values: list[Any]) -> list[str]:
        """The smallest set of questions whose answers, whatever they are, leave one value."""
        sets = (chosen for size in range(len(asked) + 1) for chosen in itertools.combinations(asked, size))
        return list(next(chosen for chosen in sets if all(len(left) == 1 for left in self.split(chosen, completions, values))))


@settings(derandomize=True, database=None, max_examples=120)
@given(st.data())
def test_random_packs_leave_possible_what_brute_force_finds(data: st.DataObject) -> None:
    world = data.draw(packs())
    engine = Engine()
    brute_force = BruteForce(world)
    try:
        possibilities = Possibilities(world.pack, engine, None)
    except PackError:
        nevers = [world.trees[constraint.constraint] for constraint in world.pack.constraints]
        assert all(any(is_true(never, answers) for never in nevers) for answers in list_profiles(brute_force.values))
        return
    answer = {name: st.sampled_from((None, *question.values)) for name, question in world.pack.question.items()}
    drawn = data.draw(st.lists(st.fixed_dictionaries(answer), min_size=1, max_size=3))
    for answers in [{}, *drawn]:
        known = {name: value for name, value in answers.items() if value is not None}
        for decision in world.pack.decision:
            found = possibilities.evaluate(decision, select_known(world.pack, known))
            assert found == brute_force.evaluate(decision, known)
    engine.close()


def test_a_closed_engine_loads_no_further_decision() -> None:
    engine = Engine()
    engine.close()
    with pytest.raises(EngineFault, match="fit: this engine was closed"):
        engine.decision("fit", (), {})
