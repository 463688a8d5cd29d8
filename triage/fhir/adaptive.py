"""One question at a time, as SDC's `$next-question` has it: a response goes out, and comes back with one question more.

Nothing is remembered between two calls: the answers of the response say all, and the questionnaire that it contains is made anew
from them each time, whatever the one sent holds. Who it is about is passed over and does not come back; whoever asks keeps that.
The deferral stands above the questions. A warning sign is told at once, and an emergency ends it with what to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage.assessment import Assessment, assess
from triage.fhir.problems import Json
from triage.fhir.questionnaire import CLOSING, DEFERRAL, NOTICE, ask_question, build_text, contain_adaptive
from triage.fhir.response import ROOT, read_response, write_items
from triage.interview import next_question
from triage.pack import Pack
from triage.syntax import Tree


def ask_next(pack: Pack, given: bytes | Tree, *, reading: str | None = None, at: str = ROOT) -> Json:
    """A response with its answers, and a contained questionnaire of what was asked and the next question.

    Its status is `completed` once no question is left, which a text then says. Raises ResourceError for what cannot be read.
    """
    intake = read_response(pack, given, at=at)
    assessment = assess(pack, intake, reading=reading)
    question = next_question(pack, assessment)
    asked = [pack.question[name] for name in intake.answers]
    items = [build_text(DEFERRAL, assessment.deferral), *(ask_question(pack, one) for one in asked)]
    items += (
        [build_text(CLOSING, _close(assessment))]
        if question is None
        else [*_warn(pack, assessment), ask_question(pack, question)]
    )
    contained = contain_adaptive(pack, items)
    answers = write_items(asked, pack, assessment.answers, assessment.sources)
    return {
        "resourceType": ROOT,
        "contained": [contained],
        "questionnaire": f"#{contained['id']}",
        "status": "completed" if question is None else "in-progress",
        **({"item": answers} if answers else {}),
    }


def _warn(pack: Pack, assessment: Assessment) -> Iterator[Json]:
    """What is said of a warning sign that was reported, while questions are still asked."""
    net, header = assessment.safety_net, pack.header.safety_net
    if net is not None and header is not None and net.reported:
        yield from (build_text(NOTICE, level.text) for level in header.levels if level.level == net.level)


def _close(assessment: Assessment) -> str:
    """The headline, which begins with a reported warning sign, and the deferral beside it."""
    return f"{assessment.headline} {assessment.deferral}"
