"""A pack read from its YAML files and evaluated by brute force, without a line of `triage`.

Every completion of all questions is listed, and rules are read as trees (`random_packs.is_true`). Slow; for small packs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from random_packs import is_true

Answers = Mapping[str, str]


class Brute:
    """One pack under one reading."""

    def __init__(self, folder: Path, reading: str) -> None:
        tree: dict[str, Any] = {}
        for file in ("pack", "questions", "decisions"):
            tree |= yaml.load((folder / f"{file}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
        self.header = tree
        self.values: dict[str, list[str]] = {question["question"]: question["values"] for question in tree["questions"]}
        chosen: dict[str, Any] = next((each for each in tree.get("readings", []) if each["reading"] == reading), {})
        self.decisions: dict[str, dict[str, Any]] = {}
        for decision in tree["decisions"]:
            rules = [rule for rule in decision["rules"] if rule["rule"] not in chosen.get("replaces", [])]
            rules += [rule for rule in chosen.get("rules", []) if rule["decision"] == decision["decision"]]
            self.decisions[decision["decision"]] = {**decision, "rules": rules}
        self.never = [constraint["never"] for constraint in tree.get("constraints", [])]

    def scope(self, decision: str) -> set[str]:
        """The questions behind a decision, and those that constraints tie to them."""
        found: set[str] = set()
        waiting = [decision]
        while waiting:
            for read in self.decisions[waiting.pop()]["reads"]:
                if read in self.values:
                    found.add(read)
                else:
                    waiting.append(read)
        for _ in self.never:
            for never in self.never:
                found |= set(never) if found & set(never) else set()
        return found

    def cases(self, answers: Answers, *, constrained: bool = True) -> Iterator[dict[str, str]]:
        """Every complete case that agrees with the answers that this pack knows."""
        given = {name: value for name, value in answers.items() if value in self.values.get(name, [])}
        for values in product(*([given[name]] if name in given else known for name, known in self.values.items())):
            case = dict(zip(self.values, values, strict=True))
            if not (constrained and any(is_true(never, case) for never in self.never)):
                yield case

    def decide(self, decision: str, case: Answers) -> Any:
        """The value of a decision in a complete case; of `collect` all values in order."""
        table = self.decisions[decision]
        profile = {read: case[read] if read in case else self.decide(read, case) for read in table["reads"]}
        given = [rule["then"] for rule in table["rules"] if is_true(rule["when"], profile)]
        if table["hit_policy"] == "collect":
            return tuple(dict.fromkeys(given))
        assert len(set(given)) == 1, (decision, profile, given)
        return given[0]

    def fired(self, decision: str, answers: Answers) -> set[str]:
        """The rules of a decision, and of those behind it, that fire in some completion."""
        found: set[str] = set()
        for case in self.cases(answers):
            waiting = [decision]
            while waiting:
                table = self.decisions[waiting.pop()]
                profile = {read: case[read] if read in case else self.decide(read, case) for read in table["reads"]}
                found |= {rule["rule"] for rule in table["rules"] if is_true(rule["when"], profile)}
                waiting += [read for read in table["reads"] if read in self.decisions]
        return found

    def level(self, answers: Answers) -> tuple[str, bool]:
        """The level of the safety net, and whether it withholds."""
        net = self.header["safety_net"]
        levels = [level["level"] for level in net["levels"]]
        possible = {self.decide(net["decision"], case) for case in self.cases(answers, constrained=False)}
        least = max(map(levels.index, possible))
        if least == len(levels) - 1 and len(possible) > 1:
            return "open", False
        return levels[least], net["levels"][least].get("withholds") == "yes"

    def outcome(self, answers: Answers) -> tuple[str, frozenset[str]]:
        """The outcome and the possible ones."""
        if self.level(answers)[1]:
            return "contact_clinician_now", frozenset()
        possible = frozenset(self.decide(self.header["outcome"], case) for case in self.cases(answers))
        if not possible:
            return "contradictory_answers", possible
        named = {each["outcome"]: frozenset(each["procedures"]) for each in self.header["outcomes"]}
        common = frozenset.intersection(*(named[name] for name in possible))
        if len(possible) == 1:
            return next(iter(possible)), possible
        fitting = [name for name in (*(n for n in named if n in possible), *named) if common and named[name] == common]
        return (fitting or ["not_enough_information"])[0], possible

    def standing(self, answers: Answers) -> str:
        possible = {self.decide(self.header["standing"]["decision"], case) for case in self.cases(answers)}
        return str(possible.pop()) if len(possible) == 1 else "open"

    def decision(self, name: str, answers: Answers) -> object:
        """What a decision can be: of `collect` what it certainly gives and what it may give."""
        found = {self.decide(name, case) for case in self.cases(answers)}
        if self.decisions[name]["hit_policy"] == "unique" or not found:
            return frozenset(found)
        sets = [frozenset(values) for values in found]
        return frozenset.intersection(*sets), frozenset.union(*sets)
