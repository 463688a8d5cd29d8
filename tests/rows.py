"""What a row of a batch has to show, read off the assessment of its intake: the tests compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.batch.cells import Cells

if TYPE_CHECKING:
    from triage.assessment import Assessment


def read_cells(assessment: Assessment) -> Cells:
    withheld = assessment.outcome == "contact_clinician_now"
    return Cells(
        outcome=assessment.outcome,
        settled=assessment.settled,
        possible_outcomes="|".join(assessment.possible_outcomes) or None,
        safety_net=assessment.safety_net.level if assessment.safety_net is not None else None,
        standing=assessment.standing,
        next_question=next(iter(assessment.next_questions), None),
        to_settle="|".join(assessment.to_settle) or None,
        reading_differs=None if withheld else any(reading.differs for reading in assessment.readings),
    )
