"""Plays a clinical system with HealthChain's own client, in the environment made for it; `tests/hooks/test_clients.py` starts it.

Standard input: {url, prefetches}; standard output: what its client got, and what its models made of it. What they do not take for
CDS Hooks ends this program with an exception. Links were left out: its model wants a field that the standard does not have.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from healthchain.models.responses.cdsdiscovery import CDSServiceInformation
from healthchain.models.responses.cdsfeedback import CDSFeedback
from healthchain.models.responses.cdsresponse import CDSResponse
from healthchain.sandbox import SandboxClient

HOOK = "patient-view"


def play(url: str, prefetches: list[dict[str, Any]]) -> dict[str, Any]:
    found = CDSServiceInformation.model_validate(httpx.get(f"{url}/cds-services").raise_for_status().json())
    (service,) = (service for service in found.services if service.hook == HOOK)
    address = f"{url}/cds-services/{service.id}"
    client = SandboxClient(url=address, workflow=HOOK)
    with tempfile.TemporaryDirectory() as folder:
        for number, prefetch in enumerate(prefetches):
            file = Path(folder, f"{number}.json")
            file.write_text(json.dumps(prefetch), encoding="utf-8")
            client.load_from_path(file)
    answers = client.send_requests()
    cards = [CDSResponse.model_validate(answer).model_dump(mode="json", exclude_none=True)["cards"] for answer in answers]
    return {
        "services": [service.model_dump(mode="json", exclude_none=True) for service in found.services],
        "answers": answers,
        "cards": cards,
        "feedback": send_feedback(address, cards[0][0]),
    }


def send_feedback(address: str, card: dict[str, Any]) -> int:
    told = CDSFeedback(card=card["uuid"], outcome="overridden", outcomeTimestamp="2026-03-01T06:00:00Z")
    told = told.model_dump(mode="json", exclude_none=True)
    # Its model misspells the reason (`overriddeReason`), so that this is put in here as the standard has it.
    told["overrideReason"] = {"reason": card["overrideReasons"][0]}
    status: int = httpx.post(f"{address}/feedback", json={"feedback": [told]}).status_code
    return status


given = json.load(sys.stdin)
json.dump(play(given["url"], given["prefetches"]), sys.stdout)
