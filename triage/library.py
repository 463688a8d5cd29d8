"""Where packs are found, and how a folder of YAML becomes a `Pack`.

All faults of a pack are reported at once, as `file:line:column: code: message`. A pack that has any is not loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from triage.consistency import Draft, find_case_faults, find_faults
from triage.errors import Fault, PackError, RequestError, did_you_mean, quote
from triage.pack import (
    Case,
    Cases,
    Decision,
    Decisions,
    Header,
    Pack,
    Questions,
    Reading,
    Sheet,
    State,
    Statements,
    natural,
    rules_under,
)
from triage.ruleset import build_ruleset, find_limits
from triage.syntax import Source, read_yaml

DEFAULT_PACK = "vertebral-fracture"
FILES: dict[str, type[BaseModel]] = {
    "pack.yaml": Header,
    "statements.yaml": Statements,
    "questions.yaml": Questions,
    "decisions.yaml": Decisions,
    "sheet.yaml": Sheet,
}

Model = TypeVar("Model", bound=BaseModel)
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
    if (folder / "pack.yaml").is_file():
        return folder
    if folder.is_dir():
        raise RequestError(f"{quote(name)} is a folder without a pack.yaml; a pack is a folder that has one")
    names = ", ".join(bundled)
    raise RequestError(f"no pack is called {quote(name)}, and no folder either.{did_you_mean(name, bundled)} Bundled: {names}.")


def load_pack(name_or_folder: str | Path = DEFAULT_PACK) -> Pack:
    """Read a pack. Raises RequestError if there is none, PackError with all its faults if it cannot be used."""
    folder = find_pack(name_or_folder)
    sources = {file: _read(folder, file) for file in FILES}
    parts = {file: validate(model, sources[file]) for file, model in FILES.items()}
    _raise_faults(sources.values())
    draft = Draft(
        header=_part(parts["pack.yaml"], Header),
        statements=_part(parts["statements.yaml"], Statements),
        questions=_part(parts["questions.yaml"], Questions),
        decisions=_part(parts["decisions.yaml"], Decisions),
        sheet=_part(parts["sheet.yaml"], Sheet),
        sources=sources,
    )
    find_faults(draft)
    _raise_faults(sources.values())
    _find_limits(draft)
    _raise_faults(sources.values())
    return _assemble(draft, folder)


def load_cases(pack: Pack) -> tuple[Case, ...]:
    """The cases a pack is held to. Raises PackError with all faults of `cases.yaml`."""
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
        }
        find_case_faults(cases, source, names)
    _raise_faults([source])
    assert cases is not None
    return cases.cases


def _read(folder: Path, file: str) -> Source:
    path = folder / file
    try:
        return read_yaml(path.read_bytes(), str(path))
    except OSError as error:
        source = Source(str(path))
        source.fault((), "unreadable-file", f"cannot be read ({error.strerror}); a pack has {', '.join((*FILES, 'cases.yaml'))}")
        return source


def _raise_faults(sources: Any) -> None:
    faults = [fault for source in sources for fault in source.faults]
    if faults:
        raise PackError(faults)


def _part(part: BaseModel | None, kind: type[Model]) -> Model:
    assert isinstance(part, kind)
    return part


def validate(model: type[Model], source: Source) -> Model | None:
    """A tree as a model, or None with every departure from its structure added to the faults of the source."""
    if source.faults:
        return None
    try:
        return model.model_validate(source.tree)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            source.faults.append(_explain(model, source, dict(detail)))
        return None


def _explain(model: type[BaseModel], source: Source, detail: dict[str, Any]) -> Fault:
    """One pydantic error as a fault for the author of a pack."""
    path = tuple(part for part in detail["loc"] if part != "[key]")
    place, kind, given = source.place(path), detail["type"], detail["input"]
    name = str(path[-1]) if path else "the file"
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys_at(model, path[:-1])
        near = did_you_mean(name, keys)
        return Fault(place, "unknown-key", f"{quote(name)} is not a key here; the keys are {', '.join(keys)}.{near}")
    if kind == "missing":
        return Fault(place, "missing-key", f"{quote(name)} is missing here")
    if kind == "string_pattern_mismatch":
        return Fault(place, "not-an-id", f"{quote(given)} cannot be used for {quote(name)}; it has to match {context['pattern']}")
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        near = did_you_mean(str(given), choices)
        return Fault(place, "unknown-value", f"{quote(name)} takes {', '.join(choices)}, not {quote(given)}.{near}")
    if kind == "value_error":
        return Fault(place, "condition", str(context["error"]))
    message = f"{quote(name)}: {detail['msg'].replace('Input should', 'it has to').replace('valid tuple', 'list')}"
    return Fault(place, "structure", message)


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that a model allows at a path inside it."""
    for part in path:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            inner = next(_models_in(fields[part].annotation), None) if part in fields else None
            model = inner or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _find_limits(draft: Draft) -> None:
    """Refuse what durable-rules cannot fire, under every reading."""
    names = [question.question for question in draft.questions.questions]
    names += [decision.decision for decision in draft.decisions.decisions]
    domains = {name: draft.values_of(name) for name in names}
    source = draft.sources["decisions.yaml"]
    for index, decision in enumerate(draft.decisions.decisions):
        variants = [decision.rules, *(rules_under(reading, decision) for reading in draft.decisions.readings)]
        found = {limit for rules in variants for limit in find_limits(build_ruleset(rules, domains))}
        for code, message in sorted(found):
            source.faults.append(Fault(source.place(("decisions", index)), code, f"{decision.decision} {message}"))


def _assemble(draft: Draft, folder: Path) -> Pack:
    decisions = tuple(_in_order(decision) for decision in draft.decisions.decisions)
    readings = tuple(_in_order(reading) for reading in draft.decisions.readings)
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
    )


def _in_order(part: Ruled) -> Ruled:
    """Rules in the order of their ids, so that their order in the file changes nothing."""
    rules = tuple(sorted(part.rules, key=lambda rule: natural(rule.rule)))
    return part.model_copy(update={"rules": rules})


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
