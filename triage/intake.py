"""What intake says of one case, and its reading against the questions of a pack.

An intake is kept as it was given until a pack is at hand; `normalise` then turns every answer into a value of its question,
`unknown`, or nothing (not asked). What is not on the list is refused, never guessed; all problems are told at once.
It is long because whoever reads an answer, from a file, a table, a page or a line, finds here the one way in which it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, get_args

from triage.errors import IntakeError, Problem, did_you_mean, did_you_mean_answer, quote
from triage.pack import Pack
from triage.parts import UNKNOWN, Question, Teller
from triage.syntax import Source, Tree, read_json, read_yaml, type_name

Given = str | int | bool | None

EXAMPLES = {"reference": "case-17", "site": "L1", "answers": "question: yes", "sources": "question: imaging_report"}
KEYS = tuple(EXAMPLES)
YES_NO = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "no": "no", "n": "no", "false": "no", "0": "no"}
UNKNOWN_SPELLINGS = (UNKNOWN, "unk", "?", "n/a", "don't know", "not sure")
# The longest answer that is looked at. Space around an answer does not count, yet what was typed is kept.
MAX_LENGTH = 200
MAX_TOLD = 50
MAX_NUMBER = 10**9
TELLERS: tuple[str, ...] = get_args(Teller)

_LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PLACED = re.compile(r"(\d+):(\d+): ")
_SPACE = " \t\r\n\u00a0"


@dataclass(frozen=True, slots=True)
class Intake:
    """Answers to a pack's questions, as given. `sources` says who told each; `reference` and `site` are opaque labels.

    Nothing is checked until an intake meets a pack. `places` is where each answer (its id), source (`sources.` and its id) and
    label (`site`) stands in its file, for messages.
    """

    answers: Mapping[str, Given]
    sources: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    site: str | None = None
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def override(self, answers: Mapping[str, Given]) -> Intake:
        """The same intake with some answers added or replaced; who told a replaced answer is no longer known."""
        sources = {name: teller for name, teller in self.sources.items() if name not in answers}
        places = {name: place for name, place in self.places.items() if name not in answers}
        return replace(self, answers={**self.answers, **answers}, sources=sources, places=places)

    def tell(self, sources: Mapping[str, str]) -> Intake:
        """The same intake with who told some answers."""
        return replace(self, sources={**self.sources, **sources})


class Answers(NamedTuple):
    """An intake in the words of a pack, in pack order: `values` holds a value or `unknown`, and nothing where not asked."""

    values: dict[str, str]
    typed: dict[str, str]
    sources: dict[str, str]


def normalise(pack: Pack, intake: Intake) -> Answers:
    """Read an intake against a pack. Raises IntakeError with every problem found."""
    spellings = _spellings(pack)
    given = intake.answers
    values: dict[str, str] = {}
    typed: dict[str, str] = {}
    problems: list[Problem] = []
    for name, words in spellings.items():
        if name not in given:
            continue
        answer = given[name]
        value = words.get(answer) if type(answer) is str else None
        if value is None:
            text = _as_text(answer)
            value = None if text is None or len(text) > MAX_LENGTH else words.get(_fold(text))
            if value is None:
                problems.append(_refusal(pack.question[name], answer, intake))
                continue
        if value:
            values[name] = value
            text = _as_text(answer) or ""
            if value != text:
                typed[name] = text
    unknown = [name for name in given if name not in spellings]
    problems += [_unknown_question(name, spellings, intake) for name in unknown[:MAX_TOLD]]
    problems += [Problem(_where(name, intake), "this pack has no such question") for name in unknown[MAX_TOLD:]]
    problems += _label_problems(intake)
    sources = _read_sources(intake, values, spellings, problems) if intake.sources else {}
    if problems:
        raise IntakeError(sorted(problems, key=_line_of))
    return Answers(values, typed, sources)


def _line_of(problem: Problem) -> tuple[int, ...]:
    """The order of the file, where a problem has a place in one; the rest stay as they come, before them."""
    place = _PLACED.match(problem.where)
    return (int(place[1]), int(place[2])) if place else ()


def dump_intake(intake: Intake) -> str:
    """An intake as text that `read_intake` takes back, as JSON or as YAML alike."""
    keys = {"reference": intake.reference, "site": intake.site, "answers": dict(intake.answers), "sources": dict(intake.sources)}
    return (
        json.dumps({key: value for key, value in keys.items() if value or key == "answers"}, indent=2, ensure_ascii=False) + "\n"
    )


def read_answer(question: Question, text: str) -> str | None:
    """The value that a text spells for a question; "" for an empty one, None for what is no accepted spelling."""
    return _question_spellings(question).get(_fold(text)) if len(text) <= MAX_LENGTH else None


def _spellings(pack: Pack) -> dict[str, dict[str, str]]:
    """Every accepted spelling of every question, folded; the empty one means unanswered."""
    table: dict[str, dict[str, str]] | None = pack.remembered.get("spellings")
    if table is None:
        table = {question.question: _question_spellings(question) for question in pack.questions}
        pack.remembered["spellings"] = table
    return table


def common_spellings(question: Question) -> dict[str, str]:
    """What is understood for a question in every pack, which no pack can give another meaning."""
    yes_no = YES_NO if set(question.values) == {"yes", "no"} else {}
    return dict.fromkeys(UNKNOWN_SPELLINGS, UNKNOWN) | yes_no | {value: value for value in question.values}


def _question_spellings(question: Question) -> dict[str, str]:
    own = {word: value for value, spelled in question.spellings.items() for word in spelled}
    return {"": ""} | own | common_spellings(question)


def _fold(text: str) -> str:
    """Space around and letter case do not count; only ASCII is folded, so that no look-alike passes for a letter."""
    text = text.strip(_SPACE).replace("\u2019", "'")
    return text.lower() if text.isascii() else text


def _as_text(answer: object) -> str | None:
    if isinstance(answer, bool):
        return "true" if answer else "false"
    if isinstance(answer, int):
        return str(answer) if abs(answer) < MAX_NUMBER else None
    if answer is None:
        return ""
    return answer if isinstance(answer, str) else None


def _where(name: str, intake: Intake, *, key: str = "") -> str:
    place = intake.places.get(f"{key}{name}")
    shown = f"{key}{name if _LABEL.fullmatch(name) else quote(name)}"
    return f"{place}: {shown}" if place else shown


def _refusal(question: Question, answer: object, intake: Intake) -> Problem:
    values = question.values
    numbers = all(value.isdigit() for value in values)
    allowed = f"{values[0]} to {values[-1]}" if numbers and len(values) > 6 else ", ".join(values)
    plain = isinstance(answer, str | float) or (isinstance(answer, int) and abs(answer) < MAX_NUMBER)
    shown = quote(answer) if plain else type_name.get(type(answer), type(answer).__name__)
    guess = isinstance(answer, str) and not numbers and question.warning is None  # no warning sign is guessed at
    near = did_you_mean_answer(str(answer), (*values, UNKNOWN)) if guess else ""
    return Problem(_where(question.question, intake), f"{shown} is not an answer here; it takes {allowed} or {UNKNOWN}.{near}")


def _unknown_question(name: object, known: Mapping[str, object], intake: Intake, *, key: str = "") -> Problem:
    text = str(name)
    message = f"this pack has no such question.{did_you_mean(text, known)} `triage rules show` lists the questions."
    return Problem(_where(text, intake, key=key), message)


def find_signs(pack: Pack, intake: Intake) -> dict[str, Given]:
    """The answers that report a warning sign, whatever else an intake holds."""
    spellings = _spellings(pack)
    told = ((question, _as_text(intake.answers.get(question.question))) for question in pack.questions if question.warning)
    return {
        question.question: question.warning
        for question, text in told
        if text and spellings[question.question].get(_fold(text)) == question.warning
    }


class Carried(NamedTuple):
    """A warning sign that one intake reports, put into another of the same reference. `giver` and `taker` are their places."""

    sign: str
    giver: int
    taker: int
    replaced: Given


def carry_signs(pack: Pack, intakes: Sequence[Intake]) -> tuple[list[Intake], list[Carried]]:
    """Intakes in which every warning sign reported for a reference stands in each intake of it, and what was carried.

    A sign belongs to the person, not to one intake: it replaces "no" and "unknown" alike. No other answer is carried.
    """
    reported = [find_signs(pack, intake) for intake in intakes]
    givers: dict[str | None, list[int]] = {}
    for giver, signs in enumerate(reported):
        if signs and intakes[giver].reference is not None:
            givers.setdefault(intakes[giver].reference, []).append(giver)
    changed, carried = list(intakes), []
    for taker, intake in enumerate(intakes):
        there = set(reported[taker])
        for giver in givers.get(intake.reference, ()):
            missing = {name: value for name, value in reported[giver].items() if name not in there}
            there |= missing.keys()
            if missing:
                tellers = {name: teller for name, teller in intakes[giver].sources.items() if name in missing}
                changed[taker] = changed[taker].override(missing).tell(tellers)
                carried += [Carried(sign, giver, taker, intake.answers.get(sign)) for sign in missing]
    return changed, carried


def check_labels(intake: Intake) -> None:
    """Raise IntakeError if the reference or the site is more than an opaque label."""
    problems = _label_problems(intake)
    if problems:
        raise IntakeError(problems)


def _label_problems(intake: Intake) -> list[Problem]:
    labels: tuple[tuple[str, object], ...] = (("reference", intake.reference), ("site", intake.site))
    message = "takes 1 to 64 letters, digits, dots, hyphens or underscores, and nothing that identifies a person"
    return [
        Problem(_where(name, intake), f"{quote(label)} cannot be used; it {message}")
        for name, label in labels
        if label is not None and not (isinstance(label, str) and _LABEL.fullmatch(label))
    ]


def _read_sources(intake: Intake, values: dict[str, str], known: Mapping[str, object], problems: list[Problem]) -> dict[str, str]:
    wrong = {problem.where for problem in problems}
    for name, teller in intake.sources.items():
        if name not in known:
            problems.append(_unknown_question(name, known, intake, key="sources."))
        elif teller not in TELLERS:
            near = did_you_mean(str(teller), TELLERS)
            message = f"{quote(teller)} is not a source here; it takes {', '.join(TELLERS[:-1])} or {TELLERS[-1]}.{near}"
            problems.append(Problem(_where(name, intake, key="sources."), message))
        elif name not in values and _where(name, intake) not in wrong:
            message = "says who told an answer that is not given; give the answer or leave this out"
            problems.append(Problem(_where(name, intake, key="sources."), message))
    return {name: intake.sources[name] for name in values if name in intake.sources}


def read_intake(data: bytes, origin: str) -> Intake:
    """Read one intake from JSON or YAML text. Raises IntakeError with every problem of the file.

    A name that ends in `.json`, or else a text that opens with `{` or `[`, is read as JSON; anything else as YAML.
    """
    as_json = origin.endswith(".json") or (
        not origin.endswith((".yaml", ".yml")) and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    )
    source = read_json(data, origin) if as_json else read_yaml(data, origin)
    raise_faults(source, origin)
    return _from_tree(source, origin, with_places=not as_json)


def raise_faults(source: Source, origin: str, *, hint: str = "") -> None:
    """Raise IntakeError with what was wrong with a text, if anything was; each message ends in `hint`."""
    problems = []
    for fault in source.faults:
        at = (fault.place.line, fault.place.column)
        unplaced = not source.places and at == (1, 1)
        problems.append(Problem("" if unplaced else f"{at[0]}:{at[1]}", fault.message + hint))
    if problems:
        raise IntakeError(problems, origin=origin)


def _from_tree(source: Source, origin: str, *, with_places: bool) -> Intake:
    tree = source.tree
    if not isinstance(tree, dict):
        shape = "is empty" if tree is None else f"holds {type_name[type(tree)]}"
        message = f"{shape}; an intake is a mapping with the key `answers`, such as answers: {{question: yes}}; one intake a file"
        raise IntakeError([Problem("", message)], origin=origin)
    problems: list[Problem] = []

    def place(*path: str) -> str:
        spot = source.place(path)
        return f"{spot.line}:{spot.column}"

    def where(*path: str) -> str:
        shown = ".".join(part if _LABEL.fullmatch(part) else quote(part) for part in path)
        return f"{place(*path)}: {shown}" if with_places else shown

    if {"answers", "assessment", "outcome"} <= tree.keys():
        message = "is an assessment, which is made from an intake; open the intake, as a desk or an interview saves it"
        raise IntakeError([Problem("", message)], origin=origin, answers=_flat(tree["answers"], "answers", where, problems))
    for key in tree:
        if key not in KEYS:
            message = (
                f"is not a key of an intake, which has {', '.join(KEYS)}; answers stand under `answers`.{did_you_mean(key, KEYS)}"
            )
            problems.append(Problem(where(key), message))
    if "answers" not in tree:
        problems.append(Problem("answers", f"is missing; it maps each question to one value, such as {EXAMPLES['answers']}"))
    maps: dict[str, dict[str, str | None]] = {key: _flat(tree.get(key), key, where, problems) for key in ("answers", "sources")}
    labels: dict[str, str | None] = {}
    for key in ("reference", "site"):
        label = tree.get(key)
        if isinstance(label, str) or label is None:
            labels[key] = label
        else:
            problems.append(Problem(where(key), f"takes one label, such as {EXAMPLES[key]}, not {type_name[type(label)]}"))
    if problems:
        raise IntakeError(problems, origin=origin, answers=maps["answers"])
    told = {name: teller for name, teller in maps["sources"].items() if teller is not None}
    places = {}
    if with_places:
        places = {name: place("answers", name) for name in maps["answers"]}
        places |= {f"sources.{name}": place("sources", name) for name in told}
        places |= {key: place(key) for key in labels}
    return Intake(maps["answers"], told, labels["reference"], labels["site"], places)


def _flat(tree: Tree, key: str, where: Callable[..., str], problems: list[Problem]) -> dict[str, str | None]:
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        message = f"maps each question to one value, such as {EXAMPLES[key]}; this is {type_name[type(tree)]}"
        problems.append(Problem(where(key), message))
        return {}
    flat: dict[str, str | None] = {}
    for name, value in tree.items():
        if isinstance(value, str) or value is None:
            flat[name] = value
        else:
            problems.append(Problem(where(key, name), f"takes one value, not {type_name[type(value)]}"))
    return flat
