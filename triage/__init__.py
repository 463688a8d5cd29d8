"""What a clinic's documents typically connect with an intake about a vertebral compression fracture, and why. Educational.

    from triage import Intake, assess, load_pack

    pack = load_pack("vertebral-fracture")
    assessment = assess(pack, Intake(answers={"<question>": "<value>"}))
    assessment.outcome, assessment.next_questions

Names are imported when first used, so that `import triage` alone loads neither pydantic nor the engine.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers have it; `typing` takes a while to import, in which a Ctrl-C would be shown as it is
if TYPE_CHECKING:
    from typing import Any

    from triage.assessment import Assessment, assess
    from triage.errors import EngineFault, IntakeError, PackError, RequestError, TriageError
    from triage.intake import Intake
    from triage.library import load_pack
    from triage.pack import Pack

_HOMES = {
    "Assessment": "assessment",
    "EngineFault": "errors",
    "Intake": "intake",
    "IntakeError": "errors",
    "Pack": "pack",
    "PackError": "errors",
    "RequestError": "errors",
    "TriageError": "errors",
    "assess": "assessment",
    "load_pack": "library",
}

__all__ = [
    "Assessment",
    "EngineFault",
    "Intake",
    "IntakeError",
    "Pack",
    "PackError",
    "RequestError",
    "TriageError",
    "assess",
    "load_pack",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"triage.{_HOMES[name]}"), name)
