"""Findings as SARIF 2.1.0, which code hosts show beside the lines they are about.

Addresses of files are relative to the folder that the check ran in, which ought to be the root of the repository; nothing
outside it can be shown there. Every code that a check can give is described, whether it was found or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from triage.proofs.codes import CODES, LOAD_CODES
from triage.proofs.findings import Checkup, Finding, relative, say, summarise

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "%SRCROOT%"
IN_THE_MESSAGE = "The message says what to do."

_RULES = CODES | LOAD_CODES
_INDEX = {code: position for position, code in enumerate(_RULES)}


def render_sarif(checkups: Sequence[Checkup], root: Path, version: str) -> str:
    """The findings of all packs as one run; `version` is that of this tool. The same findings give the same bytes."""
    driver = {"name": "triage", "version": version, "rules": list(_rules())}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The folder that the check ran in."}}},
        "results": [_result(finding, root, checkup.deferral) for checkup in checkups for finding in checkup.findings],
        "properties": {"packs": [_describe(checkup) for checkup in checkups]},
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rules() -> Iterator[dict[str, Any]]:
    for code, about in _RULES.items():
        yield {
            "id": code,
            "shortDescription": {"text": f"{about.title}."},
            "help": {"text": about.remedy or IN_THE_MESSAGE},
            "defaultConfiguration": {"level": "error"},
        }


def _result(finding: Finding, root: Path, deferral: str | None) -> dict[str, Any]:
    file, line, column = finding.place
    location = {
        "artifactLocation": {"uri": quote(relative(file, root)), "uriBaseId": BASE},
        "region": {"startLine": line, "startColumn": column},
    }
    properties = {
        "profile": dict(finding.profile),
        "answers": dict(finding.answers),
        "reading": finding.reading,
        "case": finding.case,
    }
    return {
        "ruleId": finding.code,
        "ruleIndex": _INDEX[finding.code],
        "level": "error",
        "message": {"text": _message(finding, deferral)},
        "locations": [{"physicalLocation": location}],
        "properties": {key: value for key, value in properties.items() if value},
    }


def _message(finding: Finding, deferral: str | None) -> str:
    """All of a finding: code hosts show the message alone. The deferral stands with a case, which names an outcome."""
    parts = [finding.message]
    parts += [f"Where: {say(finding.profile)}"] if finding.profile else []
    parts += [f"Reached by: {say(finding.answers)}"] if finding.answers else []
    parts += [finding.remedy] if finding.remedy else []
    parts += [f"Case to add to cases.yaml, once read:\n{finding.case.rstrip()}"] if finding.case else []
    parts += [deferral] if finding.case and deferral else []
    return "\n".join(parts)


def _describe(checkup: Checkup) -> dict[str, Any]:
    about = {"pack": checkup.pack, "version": checkup.version, "digest": checkup.digest, "deferral": checkup.deferral}
    return {**about, "summary": summarise(checkup)}
