"""What is wrong with a resource, as FHIR says it: an OperationOutcome with every problem and its place.

A code is one of FHIR's own (issue type), a place a FHIRPath that leads to the element. Nothing that was sent is repeated, so that
no answer and no name gets into an error or a log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from triage.errors import IntakeError, Problem

Json = dict[str, Any]

MAX_TOLD = 50


class Issue(NamedTuple):
    """One thing wrong: FHIR's code for it, where, and what to do about it. `expression` is empty for the whole."""

    code: str
    expression: str
    message: str


class ResourceError(IntakeError):
    """A resource that cannot be used. `issues` lists all that was found, in its order."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__(Problem(issue.expression, issue.message) for issue in self.issues)

    @property
    def is_unreadable(self) -> bool:
        """Whether it is no resource of FHIR, rather than one that says what cannot be used."""
        return any(issue.code in ("structure", "required") for issue in self.issues)


def build_outcome(issues: Iterable[Issue], *, severity: str = "error") -> Json:
    """Problems as an OperationOutcome; the first fifty if there are more."""
    found = tuple(issues)
    told = [_tell(issue, severity) for issue in found[:MAX_TOLD]]
    if len(found) > MAX_TOLD:
        told.append(
            _tell(Issue("incomplete", "", f"at least {len(found) - MAX_TOLD} more problems are not listed"), "information")
        )
    return {"resourceType": "OperationOutcome", "issue": told}


def _tell(issue: Issue, severity: str) -> Json:
    place = {"expression": [issue.expression]} if issue.expression else {}
    return {"severity": severity, "code": issue.code, "diagnostics": issue.message, **place}
