"""What a clinical system shows: one card, and with it the deferral, wherever the client cuts it short.

A client may hide the detail of a card until it is asked for. So a summary names an outcome only where the deferral stands whole
beside it, and gives way to a warning sign that is reported or open. The detail opens with the deferral. Where the safety net
withholds, a card hands over and says nothing of procedures. Nothing is suggested, so that there is nothing to accept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from triage.alarms import Alarm
from triage.assessment import Assessment
from triage.explanation import explain_safety_net
from triage.fhir.problems import Issue
from triage.hooks.prefetch import Absence
from triage.pack import Pack
from triage.parts import Level, State
from triage.report import escape, render_sections
from triage.sections import Line, Section, begin_with, describe, list_origin, say_in_short
from triage.urn import make_urn

Json = dict[str, Any]
Indicator = Literal["info", "warning", "critical"]

# The standard wants less than 140.
SUMMARY_LENGTH = 139
# Why a card may be put aside. HL7's own codes speak of recommended actions; nothing is recommended here.
REASONS = {
    "already-seen": "Already looked at",
    "another-visit": "Not what this visit is about",
    "answers-outdated": "An answer is wrong or out of date",
    "documents-silent": "The documents do not fit this case",
    "other": "Another reason",
}
_ABSENT: dict[Absence, tuple[Indicator, str, str]] = {
    Absence.NO_ANSWERS: ("info", "no answers yet", "No response to the questionnaire is on record."),
    Absence.MISTAKEN: (
        "warning",
        "the newest answers were entered in error",
        "The system that keeps the newest response calls it an error. It was not read, nor was an older one.",
    ),
    Absence.ANOTHER_RECORD: (
        "warning",
        "the answers are about another record",
        "The response that came is about another record than the one that is open. It was not read.",
    ),
    Absence.NEWEST_UNKNOWN: (
        "warning",
        "several responses, and none is known to be the newest",
        "Several responses came, and the times at which they were made do not tell which is the newest. None was read.",
    ),
}
_REFUSED = "The answers that came cannot be used. Nothing was worked out from them, and nothing is said of warning signs."
_ALL_THE_SAME = "The other answers that came cannot be used, and nothing was worked out from them."
_ASKED_AT_LINK = "Its page asks for the start token once in each browser; whoever runs the service has it."


class Card(NamedTuple):
    """A card before it has an id. `topic` says what kind it is, `sources` are the titles of what it rests on."""

    topic: str
    indicator: Indicator
    summary: str
    detail: str
    sources: tuple[str, ...]
    link: str | None = None


def make_card(pack: Pack, assessment: Assessment) -> Card:
    """The card of an assessment."""
    reached = _reached(pack, assessment)
    indicator: Indicator = "critical" if reached else "warning" if _is_doubtful(assessment) else "info"
    topic = "warning-sign" if reached else "answers-exclude-each-other" if _excludes(assessment) else "outcome"
    return Card(topic, indicator, _summarise(pack, assessment, reached), _describe(pack, assessment), _sources(pack, assessment))


def make_absence(pack: Pack, absence: Absence, link: str | None) -> Card:
    """The card where there is no response to assess; `link` leads to the questionnaire. `NOT_GIVEN` has no card."""
    indicator, short, text = _ABSENT[absence]
    net = pack.header.safety_net
    lines = [
        text,
        *([net.open] if net else []),
        "What is asked stands in the questionnaire.",
        *([_ASKED_AT_LINK] if link else []),
    ]
    summary = cut(f"{pack.header.title}: {short}")
    return Card(absence.value, indicator, summary, _write(pack, lines), _documents(pack), link)


def make_refusal(pack: Pack, issues: Sequence[Issue], alarm: Alarm | None) -> Card:
    """The card where a response cannot be used: what is wrong and where. Nothing of what it says is told, but one thing.

    `alarm` is what the warning signs in it call for by themselves.
    """
    places = [Line(f"{issue.expression}: {issue.message}" if issue.expression else issue.message, 1) for issue in issues[:20]]
    sections = (Section("What is wrong", tuple(places)),) if places else ()
    lines = [f"{alarm.action} {_ALL_THE_SAME}" if alarm else _REFUSED]
    summary = cut(alarm.text if alarm else f"{pack.header.title}: the answers cannot be used")
    return Card("answers-not-used", "critical" if alarm else "warning", summary, _write(pack, lines, sections), _documents(pack))


def write_card(pack: Pack, card: Card, instance: UUID, name: str) -> Json:
    """A card as CDS Hooks has it. Its id comes from the hook instance and `name`: the same call gives the same card."""
    links = [{"label": "Questionnaire", "url": card.link, "type": "absolute"}] if card.link else []
    return {
        "uuid": str(uuid5(instance, f"{pack.digest}:{card.topic}:{name}")),
        "summary": card.summary,
        "indicator": card.indicator,
        "detail": card.detail,
        "source": {
            "label": "; ".join(card.sources),
            "topic": {"system": make_urn(pack, "topics"), "code": card.topic, "display": card.topic.replace("-", " ")},
        },
        "overrideReasons": [
            {"system": reason_system(pack), "code": code, "display": display} for code, display in REASONS.items()
        ],
        **({"links": links} if links else {}),
    }


def reason_system(pack: Pack) -> str:
    """The code system of the reasons for which a card is put aside."""
    return make_urn(pack, "override-reasons")


def cut(text: str, length: int = SUMMARY_LENGTH) -> str:
    """A text on one line; where it is longer than this, cut behind a sentence or else behind a word, and marked as cut."""
    folded = " ".join(text.split())
    if len(folded) <= length:
        return folded
    kept = folded[: length - 1]
    sentence = max(kept.rfind(f"{mark} ") for mark in ".!?")
    if sentence > 0:
        return f"{kept[: sentence + 1]} …"
    return f"{kept.rpartition(' ')[0].rstrip(' ,;:') or kept}…"


def _reached(pack: Pack, assessment: Assessment) -> Level | None:
    """The level of the safety net that is reached, if a sign is reported."""
    net, header = assessment.safety_net, pack.header.safety_net
    if net is None or header is None:
        return None
    return next((level for level in header.levels[:-1] if level.level == net.level), None)


def _excludes(assessment: Assessment) -> bool:
    return assessment.outcome == State.CONTRADICTORY_ANSWERS


def _is_doubtful(assessment: Assessment) -> bool:
    """Whether something comes before the outcome: answers that exclude each other, or signs that are open."""
    return _excludes(assessment) or bool(assessment.safety_net and assessment.safety_net.open_signs)


def _summarise(pack: Pack, assessment: Assessment, reached: Level | None) -> str:
    if reached is not None:
        return cut(reached.text)
    if _excludes(assessment):
        return cut(pack.header.headlines.contradictory_answers)
    if pack.header.safety_net and _is_doubtful(assessment):
        return cut(pack.header.safety_net.open)
    differs = "; another reading differs" if any(other.differs for other in assessment.readings) else ""
    short = f"{say_in_short(pack, assessment)}{differs}"
    beside = f"{short[:1].upper()}{short[1:]}. {assessment.deferral}"
    return beside if beside == cut(beside) else cut(assessment.deferral)


def _describe(pack: Pack, assessment: Assessment) -> str:
    """The sheet without what is the same for every intake; of a withheld one only its beginning."""
    if assessment.outcome == State.CONTACT_CLINICIAN_NOW:
        about = Section("About", tuple(list_origin(assessment, None)))
        return _write(pack, [], (*begin_with(pack, assessment), about))
    return _write(pack, [], [section for section in describe(pack, assessment) if not section.common])


def _write(pack: Pack, lines: Sequence[str], sections: Sequence[Section] = ()) -> str:
    return "\n\n".join(_blocks(pack, lines, sections))


def _blocks(pack: Pack, lines: Sequence[str], sections: Sequence[Section]) -> Iterator[str]:
    yield from (escape(line) for line in (pack.header.deferral.text, *lines))
    if sections:
        yield render_sections(sections, "markdown").rstrip("\n")


def _documents(pack: Pack) -> tuple[str, ...]:
    return tuple(document.title for document in pack.header.documents)


def _sources(pack: Pack, assessment: Assessment) -> tuple[str, ...]:
    """What a card rests on: the sources of a reported warning sign, else the documents."""
    step = explain_safety_net(pack, assessment)
    codes = pack.cite(cited.code for rule in step.rules for cited in rule.because) if step else ()
    return tuple(dict.fromkeys(title for code in codes for title in _titles(pack, code))) or _documents(pack)


def _titles(pack: Pack, code: str) -> tuple[str, ...]:
    """The source of this id, or the document that a statement comes from."""
    if code in pack.source:
        return (pack.source[code].title,)
    named = pack.statement[code].document
    return tuple(document.title for document in pack.header.documents if named in (None, document.document))
