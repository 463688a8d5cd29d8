"""What ends, blocks or misleads durable-rules by itself, each in a process of its own, and what the wrapper makes of the same.

`bare` does it to durable-rules and says what came of it; `wrapped` asks the same of a pack or of `FiredDecision`, and has to end
with a refusal in words, or with the right answer. What takes longer than a few seconds of processor time hangs.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from random_packs import Tree, is_true, list_profiles, make_rules
from test_random_assessments import Line, Sketch, Table, load

from triage import EngineFault, Intake, assess
from triage.engine import FiredDecision
from triage.errors import PackError

TESTS = Path(__file__).parent.parent
SECONDS = 4  # of processor time
KIND = {"kind": "profile"}
YES_NO = ("yes", "no")
RIGHT, REFUSED = "right", "refused: "
# A killed process may die of several signals, as its memory happens to lie.
KILLED = ("killed by SIGSEGV", "killed by SIGABRT", "killed by SIGBUS", "killed by SIGILL")


class Case(NamedTuple):
    """`finding` is what durable-rules comes to, one of these; `answer` is what the wrapper says: that it is right, or why not."""

    bare: Callable[[], str]
    finding: tuple[str, ...]
    wrapped: Callable[[], str]
    answer: str


# durable-rules as it is, its timer threads aside


class Bare:
    """One ruleset of durable-rules, and what fired in it."""

    def __init__(self, conditions: list[Any], *, sentinel: bool = True) -> None:
        import durable.engine

        class Host(durable.engine.Host):  # type: ignore[misc]
            def _run(self) -> None:
                pass

        self.fired: list[str] = []
        rules = {f"R{place}": {"all": [{"m": condition}]} for place, condition in enumerate(conditions)}
        definition: dict[str, dict[str, Any]] = {**rules, **({"last": {"all": [{"m": KIND}], "pri": 10}} if sentinel else {})}
        for name, rule in definition.items():
            rule["run"] = self._make(name)
        self.host = Host({"bare": definition})

    def _make(self, name: str) -> Callable[[Any], None]:
        return lambda _: self.fired.append(name)

    def fire(self, **fact: object) -> list[str]:
        self.fired.clear()
        self.host.assert_fact("bare", {**KIND, **fact})
        fired = list(self.fired)
        self.host.retract_fact("bare", {**KIND, **fact})
        return fired


class Failing(list[str]):
    """A list to which no rule can be appended, the sentinel alone."""

    def append(self, name: str) -> None:
        if name != "last":
            raise RuntimeError("an action that raises")
        super().append(name)


def where(**terms: object) -> dict[str, Any]:
    return {"$and": [KIND, *({name: value} for name, value in terms.items())]}


def compare(fired: list[str], due: list[str]) -> str:
    return RIGHT if fired == due else f"wrong: fired {fired[:4]}, due is {due[:4]}"


def bare_many_tests() -> str:
    return compare(Bare([where(**{f"a{place % 40}": f"v{place}"}) for place in range(513)]).fire(a0="v0"), ["R0", "last"])


def bare_alternatives() -> str:
    names = [f"a{place}" for place in range(65)]
    return compare(
        Bare([{"$and": [KIND, {"$or": [{name: "x"} for name in names]}]}]).fire(**dict.fromkeys(names, "x")), ["R0", "last"]
    )


def bare_groups() -> str:
    either = [{"$or": [{f"a{place}": "x"}, {f"a{place}": "y"}]} for place in range(15)]
    return compare(Bare([{"$and": [KIND, *either]}]).fire(**{f"a{place}": "x" for place in range(15)}), ["R0", "last"])


def bare_rules() -> str:
    fired = Bare([where(a="x")] * 256).fire(a="x")
    return RIGHT if len(fired) == 257 else f"wrong: {fired.count('last')} sentinels of {len(fired)} firings"


def bare_attributes() -> str:
    return compare(Bare([where(a="x")]).fire(a="x", **{f"n{place}": "v" for place in range(300)}), ["R0", "last"])


def bare_negation() -> str:
    """It holds of the state that durable-rules keeps beside the facts, which stays."""
    return compare(Bare([{"$nex": {"b": 1}}]).fire(a="x"), ["R0", "last"])


def bare_state_freed() -> str:
    """A run in which no action fires leaves a pointer that nobody set; with the state it is freed."""
    bare = Bare([where(a="x")], sentinel=False)
    try:
        bare.fire(a="y")
    except Exception:  # noqa: BLE001 - that it was not handled is told by an exception
        bare.host.delete_state("bare")
    return RIGHT


def bare_collision() -> str:
    """Two names of one hash."""
    return compare(Bare([where(cough_first_sudden="x")]).fire(slow_known_site="x"), ["last"])


def bare_long_word() -> str:
    word = "x" * 100_000
    return compare(Bare([where(a=word)]).fire(a=f"{word}y"), ["last"])


def bare_surrogate() -> str:
    return compare(Bare([where(a="\ud83d")]).fire(a="\ud83d"), ["R0", "last"])


def bare_number() -> str:
    return compare(Bare([where(a=1)]).fire(a=True), ["last"])


def bare_raising() -> str:
    """Due is an exception; it is swallowed, and what fired looks like an answer."""
    bare = Bare([where(a="x")])
    bare.fired = Failing()
    return compare(bare.fire(a="x"), ["R0", "last"])


def bare_twice() -> str:
    bare = Bare([where(a="x")])
    bare.host.assert_fact("bare", {**KIND, "a": "x"})
    return compare(bare.fire(a="x"), ["R0", "last"])


def bare_event() -> str:
    bare = Bare([where(a="x")])
    bare.host.post("bare", {**KIND, "a": "x"})
    return compare(bare.fired, ["R0", "last"])


def bare_threads() -> str:
    """Four threads on one state: due are 8,000 firings of each rule."""
    bare = Bare([where(a="x")])

    def fire(name: str) -> None:
        for _ in range(2_000):
            fact = {**KIND, "a": "x", "name": name}
            bare.host.assert_fact("bare", dict(fact))
            bare.host.retract_fact("bare", dict(fact))

    run_at_once(fire)
    return RIGHT if bare.fired.count("R0") == 8_000 else f"wrong: {bare.fired.count('R0')} firings of 8,000"


def bare_definition_again() -> str:
    """It takes the actions out of what it is handed."""
    import durable.engine

    definition = {"bare": {"R0": {"all": [{"m": KIND}], "run": lambda _: None}}}
    durable.engine.Ruleset.create_rulesets(None, definition)
    durable.engine.Ruleset.create_rulesets(None, definition)
    return RIGHT


def run_at_once(run: Callable[[str], None]) -> None:
    threads = [threading.Thread(target=run, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# The same of a pack, or of the wrapper


def load_rules(
    trees: Mapping[str, Tree], domains: Mapping[str, tuple[str, ...]], answers: Mapping[str, str] | None = None
) -> str:
    """A pack with one decision that has these rules; refused as it is loaded, or else assessed."""
    lines = tuple(Line(rule, tree, "o0") for rule, tree in trees.items())
    table = Table(tuple(domains), lines, ("o0",))
    with tempfile.TemporaryDirectory() as folder:
        try:
            pack = load(Sketch(questions=dict(domains), tables={"out": table}, outcomes={"o0": ()}), Path(folder))
            assess(pack, Intake(answers or {}))
        except PackError as error:
            return REFUSED + "; ".join(fault.code for fault in error.faults)
    return RIGHT


def fire_all(trees: Mapping[str, Tree], domains: Mapping[str, tuple[str, ...]], **more: str) -> str:
    """Every profile through the wrapper, twice."""
    decision = FiredDecision("decision", make_rules(trees), domains)
    for profile in [*list_profiles(domains)] * 2:
        due = tuple(rule for rule, tree in trees.items() if is_true(tree, profile))
        if (fired := decision.fire({**profile, **more})) != due:
            return f"wrong: fired {fired}, due is {due}"
    decision.close()
    return RIGHT


SMALL: dict[str, Tree] = {"R0": {"a": "x"}}
DOMAINS = {"a": ("x", "y")}


def wrapped_many_tests() -> str:
    values = tuple(f"v{place}" for place in range(20))
    domains = {f"q{place}": values for place in range(27)}
    trees = {f"R{place}": {f"q{place // 19}": f"v{place % 19}"} for place in range(513)}
    return load_rules(trees, domains)


def wrapped_alternatives() -> str:
    domains = {f"q{place}": YES_NO for place in range(65)}
    return load_rules({"R0": {"any": [{name: "yes"} for name in domains]}}, domains)


def wrapped_groups() -> str:
    domains = {f"q{place}": ("a", "b", "c") for place in range(15)}
    return load_rules({"R0": {"all": [{name: ["a", "b"]} for name in domains]}}, domains)


def wrapped_rules() -> str:
    return load_rules({f"R{place}": {"q0": "yes"} for place in range(256)}, {"q0": YES_NO, "q1": YES_NO})


def wrapped_attributes() -> str:
    return fire_all(SMALL, DOMAINS, **{f"n{place}": "v" for place in range(300)})


def wrapped_negation() -> str:
    return fire_all({"R0": {"not": {"a": "x"}}, "R1": {"not": {"a": ["x", "y"]}}}, DOMAINS)


def wrapped_collision() -> str:
    names = ("cough_first_sudden", "slow_known_site")
    return load_rules({"R0": {names[0]: "yes", names[1]: "no"}}, dict.fromkeys(names, YES_NO))


def wrapped_long_word() -> str:
    return load_rules({"R0": {"q0": "x" * 100_000}}, {"q0": ("x" * 100_000, "y"), "q1": YES_NO})


def wrapped_surrogate() -> str:
    return load_rules({"R0": {"q0": "\ud83d"}}, {"q0": ("\ud83d", "y"), "q1": YES_NO})


def wrapped_number() -> str:
    return fire_all({"R0": {"a": "1"}, "R1": {"a": "true"}}, {"a": ("1", "01", "true", "yes")})


def wrapped_raising() -> str:
    decision = FiredDecision("decision", make_rules(SMALL), DOMAINS)
    decision._fired = Failing()
    try:
        return f"wrong: {decision.fire({'a': 'x'})}"
    except EngineFault as fault:
        return REFUSED + str(fault)


def wrapped_threads() -> str:
    decision, wrong = FiredDecision("decision", make_rules(SMALL), DOMAINS), list[object]()

    def fire(_: str) -> None:
        wrong.extend(found for _ in range(2_000) if (found := decision.fire({"a": "x"})) != ("R0",))

    run_at_once(fire)
    return RIGHT if not wrong else f"wrong: {wrong[:3]}"


def wrapped_small() -> str:
    return fire_all(SMALL, DOMAINS)


CASES: dict[str, Case] = {
    "513 tests": Case(bare_many_tests, ("hangs",), wrapped_many_tests, "too-many-tests"),
    "65 alternatives": Case(bare_alternatives, ("error: ",), wrapped_alternatives, "too-many-tests"),
    "15 groups": Case(bare_groups, ("error: ",), wrapped_groups, "too-many-groups"),
    "256 rules": Case(bare_rules, ("wrong: ",), wrapped_rules, "too-many-tests"),
    "300 attributes": Case(bare_attributes, ("error: ",), wrapped_attributes, RIGHT),
    "a negation without its kind": Case(bare_negation, ("hangs",), wrapped_negation, RIGHT),
    "a state freed in which nothing fired": Case(bare_state_freed, KILLED, wrapped_small, RIGHT),
    "two names of one hash": Case(bare_collision, ("wrong: ",), wrapped_collision, "colliding-names"),
    "a word of 100,000 letters": Case(bare_long_word, ("wrong: ",), wrapped_long_word, "not-an-id"),
    "half of a character": Case(bare_surrogate, ("error: ",), wrapped_surrogate, "yaml-syntax"),
    "a number and a truth value": Case(bare_number, ("wrong: ",), wrapped_number, RIGHT),
    "an action that raises": Case(bare_raising, ("wrong: ",), wrapped_raising, "an action failed inside durable-rules"),
    "a fact that is there already": Case(bare_twice, ("error: ",), wrapped_small, RIGHT),
    "an event": Case(bare_event, ("wrong: ",), wrapped_small, RIGHT),
    "four threads": Case(bare_threads, ("wrong: ", "error: ", "hangs", *KILLED), wrapped_threads, RIGHT),
    "a definition used again": Case(bare_definition_again, ("error: ",), wrapped_small, RIGHT),
}


def try_out(name: str, side: str) -> str:
    """What one side of a case comes to, in a process of its own."""
    code = f"import sys; from engine_proofs import crashes; crashes.say({name!r}, {side!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=TESTS, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGXCPU:
        return "hangs"
    if done.returncode < 0:
        return f"killed by {signal.Signals(-done.returncode).name}"
    return done.stdout.splitlines()[-1] if done.stdout else f"ended with {done.returncode}: {done.stderr[-500:]}"


def say(name: str, side: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, 2 * SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = getattr(CASES[name], side)()
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        told = f"error: {type(error).__name__}: {error}"
    sys.stdout.write(f"{told[:200]}\n")
    sys.stdout.flush()


def find_wrong(name: str) -> tuple[str, str, list[str]]:
    """What each side came to, and what of that was not expected."""
    case, bare, wrapped = CASES[name], try_out(name, "bare"), try_out(name, "wrapped")
    wrong = [] if bare.startswith(case.finding) else [f"durable-rules: {bare}"]
    is_met = wrapped == RIGHT if case.answer == RIGHT else wrapped.startswith(REFUSED) and case.answer in wrapped
    return bare, wrapped, wrong + ([] if is_met else [f"the wrapper: {wrapped}"])
