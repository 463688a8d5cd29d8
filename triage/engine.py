"""The one door to durable-rules: fires a decision on a profile and says which rules fired.

Every firing is guarded: the run came to its end (sentinel fired once and last), no action raised, the state is clear again, and
the rules that fired are those the reference evaluator of `conditions` finds. Anything else is an `EngineFault`; that ruleset is
thrown away, and the next firing has a new one. A fault is never read as "no rule fired".
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from triage.conditions import holds
from triage.errors import EngineFault
from triage.parts import Rule
from triage.ruleset import KIND, PROFILE, SENTINEL, Domains, build_ruleset, list_names
from triage.signals import HeldSignals

_loaded: weakref.WeakSet[FiredDecision] = weakref.WeakSet()


@cache
def _host_class() -> Any:
    import durable.engine

    # The wall clock may jump, and a run that seems to last ten seconds is dropped without a word.
    durable.engine._unix_now = time.monotonic

    class Host(durable.engine.Host):  # type: ignore[misc]
        warm = False
        broken = False

        def _run(self) -> None:
            """No timer threads: they race with the caller and end the interpreter."""

    return Host


def _release(host: Any, name: str) -> None:
    import durable_rules_engine

    # A run that was broken off leaves a state that must not be touched again, and so is not freed.
    if host.broken:
        return
    # The state is not freed with its ruleset. One in which no action ever ran has an uninitialised pointer, and is left.
    if host.warm:
        host.delete_state(name)
    durable_rules_engine.delete_ruleset(host.get_ruleset(name)._handle)


class FiredDecision:
    """One decision loaded into durable-rules, on a state of its own behind a lock of its own.

    `rules` are the decision's in declared order; `domains` the values of what it reads. Threads may share an instance; after a
    fork the child builds its own ruleset.
    """

    def __init__(self, name: str, rules: Sequence[Rule], domains: Domains) -> None:
        self.name = name
        self.rules = tuple(rules)
        self._definition = build_ruleset(rules, domains)
        self._names = tuple(name for name in list_names(self._definition) if name != KIND)
        self._lock = threading.Lock()
        self._fired: list[str] = []
        self._host: Any = None
        self._finalizer: weakref.finalize[..., Any] | None = None
        self._closed = False
        _loaded.add(self)

    def fire(self, profile: Mapping[str, str]) -> tuple[str, ...]:
        """The ids of the rules that hold on a profile, in declared order.

        Raises EngineFault if durable-rules failed or disagrees with the reference.
        """
        with self._lock:
            if self._closed:
                raise EngineFault(f"{self.name}: this engine was closed")
            try:
                fired = self._run(profile)
            except EngineFault:
                self._discard()
                raise
            except Exception as error:
                self._discard()
                raise EngineFault(f"{self.name}: durable-rules failed ({type(error).__name__}: {error})") from error
            except BaseException:
                self._discard()
                raise
            expected = tuple(rule.rule for rule in self.rules if holds(rule.when, profile))
            if fired != expected:
                self._discard()
                message = f"durable-rules fired {list(fired)}, the reference finds {list(expected)}, on {dict(profile)}"
                raise EngineFault(f"{self.name}: {message}")
            return fired

    def close(self) -> None:
        """Free the ruleset; durable-rules itself never does."""
        with self._lock:
            self._closed = True
            self._discard()

    def _run(self, profile: Mapping[str, str]) -> tuple[str, ...]:
        if self._host is None:
            self._build()
        return self._guarded({KIND: PROFILE, **{name: profile[name] for name in self._names}})

    def _guarded(self, fact: dict[str, str]) -> tuple[str, ...]:
        self._fired.clear()
        host = self._host
        # An interruption inside durable-rules is swallowed, or leaves a state that ends the interpreter when touched: it waits.
        with HeldSignals():
            host.broken = True
            state = host.assert_fact(self.name, dict(fact))
            host.retract_fact(self.name, dict(fact))
            host.broken = False
        if not isinstance(state, dict):
            raise EngineFault(f"{self.name}: the run was cut off")
        if "exception" in state:
            raise EngineFault(f"{self.name}: an action failed inside durable-rules")
        if not self._fired or self._fired[-1] != SENTINEL or self._fired.count(SENTINEL) != 1:
            raise EngineFault(f"{self.name}: the run did not come to its end")
        fired = set(self._fired)
        return tuple(rule.rule for rule in self.rules if rule.rule in fired)

    def _build(self) -> None:
        # durable-rules takes `run` out of every rule it is handed, so it gets rules of its own.
        definition = {rule_id: {**rule, "run": self._action(rule_id)} for rule_id, rule in self._definition.items()}
        self._host = _host_class()({self.name: definition})
        self._finalizer = weakref.finalize(self, _release, self._host, self.name)
        self._finalizer.atexit = False
        # After a first run in which nothing but the sentinel fires, no later one meets an uninitialised state.
        self._guarded({KIND: PROFILE})
        self._host.warm = True

    def _action(self, rule_id: str) -> Callable[[Any], None]:
        fired = self._fired

        def append(_: Any) -> None:
            fired.append(rule_id)

        return append

    def _discard(self) -> None:
        self._host = None
        if self._finalizer is not None:
            self._finalizer()
            self._finalizer = None

    def _after_fork(self) -> None:
        # The parent may have been inside durable-rules: its copy here is left alone, not freed, and the lock is made anew.
        self._lock = threading.Lock()
        self._host = None
        if self._finalizer is not None:
            self._finalizer.detach()
            self._finalizer = None


def _renew_all() -> None:
    for decision in tuple(_loaded):
        decision._after_fork()


os.register_at_fork(after_in_child=_renew_all)


class Engine:
    """The decisions of a pack, each loaded when it is first fired. Equal rules of one decision share a ruleset."""

    def __init__(self) -> None:
        # Now and not at the first firing: a fork while a thread imports it would leave the child waiting for that import.
        _host_class()
        self._decisions: dict[tuple[str, tuple[str, ...]], FiredDecision] = {}
        self._closed = False

    def decision(self, name: str, rules: Sequence[Rule], domains: Domains) -> FiredDecision:
        """The loaded form of one decision. Raises EngineFault once the engine is closed."""
        if self._closed:
            raise EngineFault(f"{name}: this engine was closed")
        key = (name, tuple(rule.rule for rule in rules))
        return self._decisions.get(key) or self._decisions.setdefault(key, FiredDecision(name, rules, domains))

    def close(self) -> None:
        """Free every ruleset; firing again is an EngineFault."""
        self._closed = True
        for decision in tuple(self._decisions.values()):
            decision.close()
