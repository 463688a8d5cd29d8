"""What a CDS client sends, read as far as it is used: the hook, its instance, the record that is open, and the prefetch.

All else is passed over and gone, an access token first of all; nothing is kept. What is wrong is told without repeating it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from triage.errors import IntakeError, Problem
from triage.hooks.services import PREFETCH_KEY
from triage.syntax import Tree

Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
# Longer than FHIR allows, since clients in use send longer ones.
Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]

_WANTED = {
    "hook": "takes the hook of the service that is called",
    "hookInstance": "takes a UUID, 32 digits in five groups",
    "context": "takes an object with the fields of the hook",
    "context.userId": "takes who is at work, such as Practitioner/1",
    "context.patientId": "takes the FHIR id of the record that is open",
    "context.encounterId": "takes the FHIR id of an encounter",
    "context.appointments": "takes the proposed appointments, a Bundle",
    "prefetch": "takes an object with a FHIR resource for each key",
}
_WRONG = "is not what CDS Hooks puts here"


class Lenient(BaseModel):
    """Takes what it knows and passes over what it does not."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _View(Lenient):
    userId: Id  # noqa: N815 # as the standard spells it, here and below
    patientId: Id  # noqa: N815
    encounterId: Id | None = None  # noqa: N815


class _Booking(_View):
    appointments: dict[str, Any] | list[Any]


class _Request(Lenient):
    hookInstance: Uuid  # noqa: N815
    prefetch: dict[str, Any] | None = None


class _ViewRequest(_Request):
    hook: Literal["patient-view"]
    context: _View


class _BookingRequest(_Request):
    hook: Literal["appointment-book"]
    context: _Booking


_REQUESTS: dict[str, type[_ViewRequest | _BookingRequest]] = {"patient-view": _ViewRequest, "appointment-book": _BookingRequest}


@dataclass(frozen=True, slots=True)
class Call:
    """A call in our words. `given`: the client answered the prefetch, if only with nothing; `prefetch` is what it gave."""

    instance: UUID
    patient: str = field(repr=False)
    given: bool
    prefetch: Tree = field(repr=False)


def read_call(tree: Tree, hook: str) -> Call:
    """A request to the service of a hook. Raises IntakeError with all that is wrong, for what does not follow the standard."""
    request = read_model(_REQUESTS[hook], tree, _WANTED)
    prefetch = request.prefetch or {}
    given = PREFETCH_KEY in prefetch
    return Call(UUID(request.hookInstance), request.context.patientId, given, prefetch.get(PREFETCH_KEY))


M = TypeVar("M", bound=Lenient)


def read_model(model: type[M], tree: Tree, wanted: dict[str, str]) -> M:
    """A tree as a model. Raises IntakeError, with what is `wanted` at each place and nothing of what was there."""
    if not isinstance(tree, dict):
        raise IntakeError([Problem("", "a JSON object is wanted")])
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        places = dict.fromkeys(_place(found["loc"]) for found in error.errors(include_input=False, include_url=False))
        raise IntakeError(Problem(place, wanted.get(place, _WRONG)) for place in places) from None


def _place(location: tuple[int | str, ...]) -> str:
    """Where something is wrong, by the names of fields; which of a list's items it is does not matter to what is wanted."""
    names = [str(part) for part in location if isinstance(part, str)]
    return ".".join(name for name in names if "[" not in name and name not in ("dict", "list"))
