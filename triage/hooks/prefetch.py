"""Which response, of all that a CDS client gives beforehand, is the one to assess; or why there is none.

The newest response to the pack's questionnaire is taken, if it is known which that is. One about another record than the one
that is open, or one that its own system calls a mistake, is not read at all. What a response says is read by `triage.fhir`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from triage.errors import IntakeError, Problem
from triage.hooks.calls import Call
from triage.hooks.services import PREFETCH_KEY, questionnaires
from triage.pack import Pack
from triage.syntax import Tree

Resource = dict[str, Tree]

_PATIENT = re.compile(r"(?:^|/)Patient/([^/]+)(?:/_history/[^/]+)?$")


class Absence(StrEnum):
    """Why there is no response to assess."""

    NOT_GIVEN = "not-given"  # the client did not look, or could not
    NO_ANSWERS = "no-answers"
    ANOTHER_RECORD = "another-record"
    MISTAKEN = "mistaken"
    NEWEST_UNKNOWN = "newest-unknown"


def find_response(pack: Pack, call: Call) -> Resource | Absence:
    """The response that a call carries. Raises IntakeError where the prefetch is no FHIR resource, or a Bundle without shape."""
    if not call.given:
        return Absence.NOT_GIVEN
    if call.prefetch is None:
        return Absence.NO_ANSWERS
    resource = _resource(call.prefetch)
    match resource.get("resourceType"):
        case "QuestionnaireResponse":
            return _check(resource, call)
        case "Bundle":
            return _choose(pack, resource, call)
    return Absence.NOT_GIVEN


def _resource(tree: Tree) -> Resource:
    if not isinstance(tree, dict) or not isinstance(tree.get("resourceType"), str):
        raise IntakeError([Problem(f"prefetch.{PREFETCH_KEY}", "takes a FHIR resource, or null where there is none")])
    return tree


def _choose(pack: Pack, bundle: Resource, call: Call) -> Resource | Absence:
    found = list(_list_resources(bundle))
    ours = [resource for resource in found if _asks_ours(pack, resource)]
    if not ours:
        failed = any(resource.get("resourceType") == "OperationOutcome" for resource in found)
        return Absence.NOT_GIVEN if failed or _has_more(bundle) else Absence.NO_ANSWERS
    newest = _newest(ours)
    return Absence.NEWEST_UNKNOWN if newest is None else _check(newest, call)


def _list_resources(bundle: Resource) -> Iterator[Resource]:
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise IntakeError([Problem(f"prefetch.{PREFETCH_KEY}.entry", "takes a list of entries")])
    for entry in entries:
        yield _resource(entry.get("resource") if isinstance(entry, dict) else None)


def _asks_ours(pack: Pack, resource: Resource) -> bool:
    """Whether it responds to the pack's questionnaire, of any version; one that names none, or its own, is left to its reader."""
    asked = resource.get("questionnaire")
    ours = not isinstance(asked, str) or asked.startswith("#") or asked.partition("|")[0] in questionnaires(pack)
    return ours and resource.get("resourceType") == "QuestionnaireResponse"


def _has_more(bundle: Resource) -> bool:
    """Whether the client has further pages, which nobody here will fetch."""
    links = bundle.get("link")
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("relation") == "next" for link in links)


def _newest(responses: list[Resource]) -> Resource | None:
    """The one that was authored last; None where several are there and their times do not tell."""
    if len(responses) == 1:
        return responses[0]
    times = [_read_time(response.get("authored")) for response in responses]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known.count(max(known)) > 1:
        return None
    return responses[times.index(max(known))]


def _read_time(text: Tree) -> datetime | None:
    """A moment with its offset from UTC; a mere day is none."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None


def _check(response: Resource, call: Call) -> Resource | Absence:
    if response.get("status") == "entered-in-error":
        return Absence.MISTAKEN
    subject = response.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    about = _PATIENT.search(reference) if isinstance(reference, str) else None
    return Absence.ANOTHER_RECORD if about and about[1] != call.patient else response
