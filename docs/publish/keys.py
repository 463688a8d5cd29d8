"""The reference of the intake and the assessment as JSON, read off the types that carry them. What a key means stands here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from publish.markdown import code, codes, escape, heading, link, note, page, prose, table
from triage import Intake, assess, load_pack
from triage.assessment import Assessment, PackReference, ReadingResult
from triage.conclusions import DecisionResult, ProcedureResult, Remark, SafetyNetResult
from triage.intake import UNKNOWN_SPELLINGS, YES_NO, read_intake
from triage.report import render_json

SHORT = 84
PARTS = (PackReference, ProcedureResult, SafetyNetResult, DecisionResult, ReadingResult, Remark)

MEANINGS: dict[str, dict[str, str]] = {
    "Intake": {
        "answers": "Question → answer. What is left out was not asked; `unknown` was asked and is not known. Required.",
        "sources": "Question → who said it: `patient`, `referral`, `imaging_report` or `clinician`.",
        "reference": "An opaque case id of letters, digits, `.`, `_` and `-`, 64 at most. Never a name or a date of birth.",
        "site": "A label such as a spinal level, of the same letters. Shown, not checked.",
    },
    "Assessment": {
        "schema": "Which version of this format it is.",
        "assessment": "A digest over the pack, the reading, the answers and their sources: the same for the same question asked.",
        "reference": "As in the intake.",
        "site": "As in the intake.",
        "pack": "Which pack gave the answer.",
        "reading": "Under which reading of the documents.",
        "outcome": "An outcome of the pack, or `not_enough_information`, `contradictory_answers`, `contact_clinician_now`.",
        "settled": "Whether exactly one outcome is possible.",
        "possible_outcomes": "The outcomes that the open answers leave possible, in the order of the pack.",
        "procedures": "Every procedure, and what is open of it.",
        "safety_net": "Where the warning signs stand; null in a pack without any.",
        "standing": "Where imaging stands, or `open`; null in a pack that does not ask.",
        "decisions": "Every decision by its id.",
        "next_questions": "The questions that still matter and were not asked, the most telling first.",
        "to_find_out": "The questions answered `unknown` that still matter.",
        "to_settle": "The smallest set of open questions that settles the outcome, whatever their answers.",
        "implied": "Question → the one answer that the others leave.",
        "contradictions": "Sets of questions whose answers exclude each other.",
        "readings": "What the other readings give.",
        "notes": "Texts of the pack that apply to this intake.",
        "have_ready": "What to have ready for the consult.",
        "answers": "The answers in the words of the pack.",
        "typed": "Question → what was typed, where that is another word.",
        "sources": "Question → who said it.",
        "headline": "The outcome in one sentence.",
        "deferral": "The sentence that stands beside every outcome.",
    },
    "PackReference": {
        "id": "Its name.",
        "version": "Its version.",
        "digest": "The SHA-256 over everything in it that can change an answer or a text.",
    },
    "ProcedureResult": {
        "named": "Part of every possible outcome, of none, or of some.",
        "value": "The value of its decision; null while open.",
    },
    "SafetyNetResult": {
        "level": "The highest level already reported; `open` if no sign is and some sign is open.",
        "settled": "Whether no open sign can change the level.",
        "reported": "The signs that are reported.",
        "open_signs": "The signs not asked or not known. None of them counts as no.",
    },
    "DecisionResult": {
        "value": "Its value, null while open; for a `collect` decision the list that every completion gives.",
        "possible": "The values that the open answers leave possible.",
        "rules": "The rules that fire in some completion.",
        "statements": "The statements behind them, along the chain.",
    },
    "ReadingResult": {
        "reading": "Which other reading.",
        "outcome": "As above, under that reading.",
        "settled": "As above.",
        "possible_outcomes": "As above.",
        "differs": "Whether its possible outcomes are not the same.",
    },
    "Remark": {"id": "Its id in the pack.", "text": "What it says.", "statements": "What it rests on."},
}


def describe_keys() -> str:
    """The page: what an intake may hold, what an assessment holds, and one of the bundled examples in full."""
    taken = ", ".join(map(code, UNKNOWN_SPELLINGS))
    spelled = {value: [word for word, own in YES_NO.items() if own == value] for value in dict.fromkeys(YES_NO.values())}
    answers = "; ".join(f"`{value}` is also {codes(words[1:])}" for value, words in spelled.items())
    blocks = [
        "# Intake and assessment\n",
        "Keys in JSON; an intake may be YAML too. Other keys, keys that stand twice and answers not on the list are refused.\n",
        heading(2, "Intake", "Intake"),
        table(("Key", "Value", "Meaning"), _rows(Intake)),
        f"For yes or no, {answers}. {taken} are unknown. Case and space around an answer make no difference; an empty answer or\n"
        "null was not asked. A pack may add spellings of its own.\n",
        heading(2, "Assessment", "Assessment"),
        "An empty list or object means that there is nothing of the kind. One intake gives an object, several give an array.\n",
        table(("Key", "Value", "Meaning"), _rows(Assessment)),
    ]
    for part in PARTS:
        doc = " ".join((part.__doc__ or "").split())
        blocks += [heading(3, part.__name__, part.__name__), f"{prose(doc)}\n", table(("Key", "Value", "Meaning"), _rows(part))]
    return page(*blocks, *_example())


def keys_of(kind: Any) -> dict[str, Any]:
    """The keys of a type with their annotations; what is kept for messages only is no key."""
    shown = [field.name for field in dataclasses.fields(kind) if field.repr] if dataclasses.is_dataclass(kind) else kind._fields
    hints = get_type_hints(kind)
    return {name: hints[name] for name in shown}


def _rows(kind: Any) -> Iterator[tuple[str, str, str]]:
    for name, annotation in keys_of(kind).items():
        yield code(name), say_type(annotation), MEANINGS[kind.__name__][name]


def say_type(annotation: Any) -> str:
    """A type in words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(say_type(kind) for kind in inside))
    if origin is Literal:
        return codes(inside)
    if origin is tuple:
        return f"list of {say_type(inside[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"text → {say_type(inside[1])}"
    if annotation in PARTS:
        return link(annotation.__name__, f"#{annotation.__name__}")
    return {str: "text", bool: "true or false", int: "number", NoneType: "null"}[annotation]


def _example() -> Iterator[str]:
    yield heading(2, "An example", "example")
    pack = load_pack()
    file = min(Path(pack.folder, "examples").glob("*.yaml"))
    yield f"The intake `{file.name}` that comes with the pack `{pack.id}`, and its assessment, with short lists on one line:\n"
    yield note("Beside every outcome", escape(pack.header.deferral.text))
    yield f"```yaml\n{file.read_text(encoding='utf-8').strip()}\n```\n"
    yield f"```json\n{_join_lines(render_json([assess(pack, read_intake(file.read_bytes(), file.name))]).strip())}\n```\n"


def _join_lines(text: str) -> str:
    """JSON with its innermost lists and objects on one line each, where they are short."""
    for inside in (r"\[\s+([^\[\]{}]*?)\s+\]", r"\{\s+([^{}]*?)\s+\}"):
        text = re.sub(inside, lambda found: joined if len(joined := " ".join(found[0].split())) < SHORT else found[0], text)
    return text
