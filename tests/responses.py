"""What another system sends: an intake as a FHIR R4 QuestionnaireResponse to the questionnaire of its pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.fhir.questionnaire import canonical, group_link, group_questions
from triage.fhir.response import ROOT, write_items
from triage.intake import normalise

if TYPE_CHECKING:
    from triage.intake import Intake
    from triage.pack import Pack


def write_response(pack: Pack, intake: Intake, *, status: str = "completed") -> dict[str, Any]:
    """Without labels, a date or anybody's name. Raises IntakeError for answers that cannot be used."""
    answers = normalise(pack, intake)
    groups = []
    for group, asked in group_questions(pack):
        if items := write_items([q for q in asked if q.question in answers.values], pack, answers.values, answers.sources):
            groups.append({"linkId": group_link(group), "text": group.title, "item": items})
    told = {"item": groups} if groups else {}
    return {"resourceType": ROOT, "questionnaire": canonical(pack), "status": status, **told}
