"""Where packs are found, and how a folder of YAML becomes a `Pack`.

All faults of a pack are reported at once, as `file:line:column: code: message`. A pack that has any is not loaded. Only where a
file cannot be understood at all (bad YAML, a missing key, text in place of a list) do the questions that need all files wait.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from triage.conditions import in_order
from triage.consistency import Draft, find_faults
from triage.errors import Fault, IntakeError, PackError, RequestError, did_you_mean, quote
from triage.intake import Intake, common_spellings, normalise
from triage.pack import Pack, decision_values, natural, rules_under
from triage.parts import Decision, Decisions, Header, Questions, Reading, Sheet, State, Statements
from triage.ruleset import build_ruleset, find_limits
from triage.syntax import MAX_BYTES, Source, Tree, read_yaml
from triage.validation import Model, validate

DEFAULT_PACK = "vertebral-fracture"
FILES: dict[str, type[BaseModel]] = {
    "pack.yaml": Header,
    "statements.yaml": Statements,
    "questions.yaml": Questions,
    "decisions.yaml": Decisions,
    "sheet.yaml": Sheet,
}

if TYPE_CHECKING:
    from triage.cases import Case, Cases

Ruled = TypeVar("Ruled", Decision, Reading)


def bundled_packs() -> dict[str, Path]:
    """Every pack that comes with the project: name → folder. Inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    roots = (package / "rules", package.parent / "rules")
    root = next((root for root in roots if root.is_dir()), None)
    folders = sorted(root.iterdir()) if root else []
    return {folder.name: folder for folder in folders if (folder / "pack.yaml").is_file()}


def find_pack(name_or_folder: str | Path) -> Path:
    """The folder of a bundled pack, or of a pack of one's own. Raises RequestError if there is none."""
    bundled = bundled_packs()
    name = str(name_or_folder)
    if name in bundled:
        return bundled[name]
    folder = Path(name_or_folder)
    try:
        if (folder / "pack.yaml").is_file():
            return folder
        if folder.is_dir():
            raise RequestError(f"{quote(name)} is a folder without a pack.yaml; a pack is a folder that has one")
    except OSError as error:
        raise RequestError(f"the pack {quote(name)} cannot be looked up: {error.strerror}") from error
    names = ", ".join(bundled)
    raise RequestError(f"no pack is called {quote(name)}, and no folder either.{did_you_mean(name, bundled)} Bundled: {names}.")


def load_pack(name_or_folder: str | Path = DEFAULT_PACK) -> Pack:
    """Read a pack. Raises RequestError if there is none, PackError with all its faults if it cannot be used."""
    folder = find_pack(name_or_folder)
    sources = {file: _read(folder, file) for file in FILES}
    parts = {file: validate(model, sources[file]) for file, model in FILES.items()}
    if None in parts.values():
        _raise_faults(sources.values())
    draft = Draft(
        header=_part(parts["pack.yaml"], Header),
        statements=_part(parts["statements.yaml"], Statements),
        questions=_part(parts["questions.yaml"], Questions),
        decisions=_part(parts["decisions.yaml"], Decisions),
        sheet=_part(parts["sheet.yaml"], Sheet),
        sources=sources,
        common_spellings=common_spellings,
    )
    find_faults(draft)
    _raise_faults(sources.values())
    _find_limits(draft)
    _raise_faults(sources.values())
    return _assemble(draft, folder)


def read_cases(pack: Pack) -> tuple[tuple[Case, ...], Source]:
    """The cases a pack is held to, with the file they come from, for their places.

    Raises PackError with all faults of `cases.yaml`.
    """
    from triage.cases import Cases, find_case_faults

    source = _read(Path(pack.folder), "cases.yaml")
    cases = validate(Cases, source)
    if cases is not None:
        rules = [rule.rule for decision in pack.decisions for rule in decision.rules]
        names = {
            "question": list(pack.question),
            "rule": rules + [rule.rule for reading in pack.readings for rule in reading.rules],
            "outcome": list(pack.outcome),
            "outcome or state": [*pack.outcome, *State],
            "note": list(pack.note),
            "reading": list(pack.reading),
            "decision": list(pack.decision),
            **{f"value of {name}": pack.values_of(name) for name in pack.decision},
            "level": [*(level.level for level in net.levels), "open"] if (net := pack.header.safety_net) else [],
            "standing": list(pack.header.standing.texts) if pack.header.standing else [],
        }
        find_case_faults(cases, source, names)
        _find_answer_faults(pack, cases, source)
    _raise_faults([source])
    assert cases is not None
    return cases.cases, source


def _find_answer_faults(pack: Pack, cases: Cases, source: Source) -> None:
    for index, case in enumerate(cases.cases):
        try:
            normalise(pack, Intake(case.answers))
        except IntakeError as error:
            for problem in error.problems:
                if problem.where in pack.question:
                    source.fault(("cases", index, "answers", problem.where), "unknown-value", problem.message)


def _read(folder: Path, file: str) -> Source:
    path = folder / file
    if path.exists() and not path.is_file():
        source = Source(str(path))
        source.fault((), "unreadable-file", "is no ordinary file; put the text of it here")
        return source
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        source = Source(str(path))
        source.fault((), "unreadable-file", f"cannot be read ({error.strerror}); a pack has {', '.join((*FILES, 'cases.yaml'))}")
        return source
    source = read_yaml(data, str(path))
    if b"\\" in data or not _is_plain(data.decode(errors="replace")):  # an escape may stand for what cannot be seen
        _refuse_control_characters(source, source.tree, ())
    return source


def _is_plain(text: str) -> bool:
    """Whether all can be printed, line ends and the spaces that do not break among it."""
    return text.replace("\n", "").replace("\u00a0", "").replace("\u202f", "").isprintable()


def _refuse_control_characters(source: Source, tree: Tree, path: tuple[str | int, ...]) -> None:
    if isinstance(tree, str) and not _is_plain(tree):
        character = next(character for character in tree if not _is_plain(character))
        message = f"has the invisible or control character {quote(character)}; write plain text"
        source.fault(path, "control-character", message)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            _refuse_control_characters(source, value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            _refuse_control_characters(source, value, (*path, index))


def _raise_faults(sources: Any) -> None:
    faults = [fault for source in sources for fault in source.faults]
    if faults:
        raise PackError(faults)


def _part(part: BaseModel | None, kind: type[Model]) -> Model:
    assert isinstance(part, kind)
    return part


def _find_limits(draft: Draft) -> None:
    """Refuse what durable-rules cannot fire, under every reading."""
    names = [question.question for question in draft.questions.questions]
    names += [decision.decision for decision in draft.decisions.decisions]
    domains = {name: draft.values_of(name) for name in names}
    source = draft.sources["decisions.yaml"]
    for index, decision in enumerate(draft.decisions.decisions):
        replaced = (rules_under(reading, decision) for reading in draft.decisions.readings)
        variants = {tuple(rule.rule for rule in rules): rules for rules in (decision.rules, *replaced)}
        found = {limit for rules in variants.values() for limit in find_limits(build_ruleset(rules, domains))}
        for code, message in sorted(found):
            source.faults.append(Fault(source.place(("decisions", index)), code, f"{decision.decision} {message}"))


def _assemble(draft: Draft, folder: Path) -> Pack:
    reads = {decision.decision: decision.reads for decision in draft.decisions.decisions}
    readings = tuple(_in_order(reading, reads) for reading in draft.decisions.readings)
    decisions = tuple(_values_in_order(_in_order(part, reads), readings, draft.header) for part in draft.decisions.decisions)
    return Pack(
        header=draft.header,
        statements=draft.statements.statements,
        groups=draft.questions.groups,
        questions=draft.questions.questions,
        decisions=decisions,
        constraints=draft.decisions.constraints,
        readings=readings,
        notes=draft.decisions.notes,
        sheet=draft.sheet,
        digest=_digest(draft.sources),
        folder=str(folder),
        sources=draft.sources,
    )


def _in_order(part: Ruled, reads: Mapping[str, Sequence[str]]) -> Ruled:
    """Rules in the order of their ids, conditions in that of `reads`; so their order in the file changes nothing."""
    own = reads.get(getattr(part, "decision", ""), ())
    rules = []
    for rule in sorted(part.rules, key=lambda rule: natural(rule.rule)):
        when = in_order(rule.when, reads.get(getattr(rule, "decision", ""), own))
        rules.append(rule if when == rule.when else rule.model_copy(update={"when": when}))
    return part.model_copy(update={"rules": tuple(rules)})


def _values_in_order(decision: Decision, readings: tuple[Reading, ...], header: Header) -> Decision:
    """Values in the order of the outcomes or levels they are, or else of the rules that give them; that of the keys changes
    nothing."""
    order: tuple[str, ...] = decision_values(decision.model_copy(update={"values": {}}), readings)
    if header.safety_net and decision.decision == header.safety_net.decision:
        order = tuple(level.level for level in header.safety_net.levels)
    if decision.decision == header.outcome:
        order = tuple(outcome.outcome for outcome in header.outcomes)
    names = [name for name in order if name in decision.values] + sorted(decision.values.keys() - set(order))
    return decision.model_copy(update={"values": {name: decision.values[name] for name in names}})


def _digest(sources: dict[str, Source]) -> str:
    """SHA-256 over what the files say: trees of text with keys and rules in order, so that layout and comments do not count."""
    trees = {file: _rules_in_order(source.tree) for file, source in sources.items()}
    text = json.dumps(trees, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _rules_in_order(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_rules_in_order(item) for item in tree]
    if isinstance(tree, dict):
        ordered = {key: _rules_in_order(value) for key, value in tree.items()}
        rules = ordered.get("rules")
        if isinstance(rules, list):
            rules.sort(key=lambda rule: natural(str(rule.get("rule"))))
        return ordered
    return tree
