"""The services that a CDS client finds: at which moments they answer, and what they ask to be given beforehand.

Each moment has an id of its own, though the standard lets two share one: clients that keep services by their address, HL7's own
sandbox among them, would lose the first of two without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from triage.pack import Pack
from triage.urn import make_urn

# The version of CDS Hooks, and that of both hooks; fields of the ballot of version 3, which others pass over.
VERSION, HOOK_VERSION = "2.0.1", "1.0"
HOOKS = {"patient-view": "when a record is opened", "appointment-book": "when an appointment is booked"}
PREFETCH_KEY = "questionnaireResponse"
# Our names have no domain in front, since the project has none.
EXTENSION = "vcf-triage.pack"

Json = dict[str, Any]


class Service(NamedTuple):
    """One service: `id` is the end of its address, `hook` the moment at which it is asked."""

    id: str
    hook: str


def list_services(pack: Pack) -> tuple[Service, ...]:
    """The services of a pack, one a hook."""
    return tuple(Service(f"{pack.id}-{hook}", hook) for hook in HOOKS)


def describe_services(pack: Pack, *, authenticated: bool) -> Json:
    """The answer to discovery. `authenticated`: callers have to say who they are."""
    return {"services": [_describe(pack, service, authenticated) for service in list_services(pack)]}


def _describe(pack: Pack, service: Service, authenticated: bool) -> Json:  # noqa: FBT001 # passed on from one caller
    header = pack.header
    return {
        "hook": service.hook,
        "title": f"{header.title} ({HOOKS[service.hook]})",
        "description": f"{header.intended_use} {header.deferral.text}",
        "id": service.id,
        "prefetch": {PREFETCH_KEY: make_prefetch(pack)},
        "usageRequirements": " ".join(_require(pack, authenticated)),
        "version": VERSION,
        "hookVersion": HOOK_VERSION,
        "extension": {EXTENSION: {"id": pack.id, "version": pack.version, "digest": pack.digest}},
    }


def make_prefetch(pack: Pack) -> str:
    """The search that gives the newest response to the pack's questionnaire; no more than that is asked for."""
    asked = ",".join(questionnaires(pack))
    return f"QuestionnaireResponse?patient={{{{context.patientId}}}}&questionnaire={asked}&_sort=-authored&_count=1"


def questionnaires(pack: Pack) -> tuple[str, ...]:
    """The names of the pack's questionnaire, as a whole and as one that asks a question at a time, of any version."""
    return make_urn(pack), make_urn(pack, "adaptive")


def _require(pack: Pack, authenticated: bool) -> Iterator[str]:  # noqa: FBT001 # as above
    yield f"Give the prefetch {PREFETCH_KEY}: the newest response to the questionnaire {make_urn(pack)}, version {pack.version}."
    yield "No FHIR server is called; an access token is neither used nor kept."
    if authenticated:
        yield "Each call carries a signed token (ES384 or RS384) that is used once."
