"""What is answered in place of a result, in the manner of the interface that was called: a page, JSON, an OperationOutcome.

No response repeats what was sent. A failure of the service says so, and names the way around it.
"""

from __future__ import annotations

import html
import logging
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from starlette.responses import HTMLResponse, JSONResponse, Response

from triage.errors import IntakeError, Problem, TriageError
from triage.fhir.problems import Issue, build_outcome
from triage.pack import Pack
from triage.service.refusals import UNAVAILABLE, Refusal, conceal, tell_problems

API, FHIR, HOOKS = "/api", "/fhir", "/cds-services"
OPEN = ("/health", "/static")
ENTRY = "/enter"  # takes the start token

logger = logging.getLogger("triage.service")

_FRAMES = 6
# HL7's IssueType for what HTTP says with a number.
_ISSUES = {401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long", 429: "throttled"}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def is_below(path: str, *roots: str) -> bool:
    """Whether a path is one of these, or lies below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def is_page(path: str) -> bool:
    """Whether a path is meant for a person in a browser."""
    return not is_below(path, API, FHIR, HOOKS, *OPEN)


def refuse(path: str, refusal: Refusal, problems: tuple[Problem, ...] = ()) -> Response:
    """A refusal in the manner of the interface that the path belongs to."""
    return say(path, refusal.status, str(refusal), problems, refusal.headers)


def say(
    path: str, status: int, message: str, problems: tuple[Problem, ...] = (), headers: Mapping[str, str] = _NO_HEADERS
) -> Response:
    """A message with its problems, as the interface at this path tells them."""
    if is_below(path, FHIR, HOOKS):
        told = (Issue(_ISSUES.get(status, "processing"), "", str(problem)) for problem in problems or (Problem("", message),))
        tree = build_outcome(told, severity="fatal" if status >= 500 else "error")
        return JSONResponse(tree, status, dict(headers), "application/fhir+json" if is_below(path, FHIR) else None)
    if is_page(path):
        listed = "".join(f"<li>{html.escape(str(problem))}</li>" for problem in problems)
        more = f"<ul>{listed}</ul>" if listed else ""
        return HTMLResponse(_page(html.escape(message), more + (_ASKED if status == 401 else "")), status, dict(headers))
    listed_problems = [problem._asdict() for problem in problems]
    return JSONResponse({"error": message, **({"problems": listed_problems} if problems else {})}, status, dict(headers))


_ASKED = f"""<form method="post" action="{ENTRY}" autocomplete="off">
<p><label for="start">Start token</label> <input type="password" id="start" name="start"> <button>Enter</button></p>
</form>"""


def _page(message: str, more: str, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{head}
<title>{message}</title></head>
<body><main><h1>{message}</h1>{more}<p><a href="/">To the start</a></p></main></body>
</html>
"""


def continue_at(path: str) -> Response:
    """A page that calls the same address again from here, where a browser came from elsewhere and kept its cookie back."""
    address = html.escape(path)
    head = f'<meta http-equiv="refresh" content="0;url={address}">'
    return HTMLResponse(_page("One moment", f'<p><a href="{address}">Go on</a></p>', head))


def tell_error(path: str, pack: Pack, error: TriageError) -> Response:
    """What a caller did wrong, without what it sent."""
    if isinstance(error, Refusal):
        return refuse(path, error)
    if isinstance(error, IntakeError):
        return say(path, 422, "these answers cannot be used", tell_problems(pack, error))
    return say(path, 422, conceal(str(error)))


def fail(path: str, error: BaseException) -> Response:
    """Say that there is no result, and note where it failed; what the error says of itself may hold an answer."""
    logger.error("no result given: %s", describe_failure(error))
    return say(path, 503, UNAVAILABLE, headers={"Retry-After": "1"})


def describe_failure(error: BaseException) -> str:
    """The kind of an error and where it came from; nothing that it says."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-_FRAMES:])
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"
