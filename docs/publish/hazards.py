"""The hazard log: read from `docs/safety/hazards.yaml`, and written as a page.

It has the form of DCB0129 and ISO 14971: what may go wrong, from what, what it does to a person, how grave and how often before
and after the controls, and for each control the tests that prove it. A control without a test says what it waits for, and its
hazard counts as not yet proven. Raises PackError where the file is no readable YAML, ValidationError where it is no hazard log.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from publish.markdown import bullets, code, escape, heading, link, page, prose, table
from triage.errors import PackError
from triage.parts import Part, Text
from triage.syntax import read_yaml

HAZARDS = Path(__file__).resolve().parent.parent / "safety" / "hazards.yaml"

HazardId = Annotated[str, StringConstraints(pattern=r"^H[0-9]{2}$")]
# As pytest names a test, its parameters left out: all of them count.
TestId = Annotated[str, StringConstraints(pattern=r"^tests/[a-z_/]+\.py::test_[a-z0-9_]+$")]


class Severity(StrEnum):
    """How grave the effect on a person is, the least first."""

    minor = "minor"
    significant = "significant"
    considerable = "considerable"
    major = "major"
    catastrophic = "catastrophic"


class Likelihood(StrEnum):
    """How often the effect is to be expected, the rarest first."""

    very_low = "very_low"
    low = "low"
    medium = "medium"
    high = "high"
    very_high = "very_high"


SEVERITIES = {
    Severity.minor: "inconvenience, or a small harm or upset to one person that soon passes",
    Severity.significant: "a small harm to one person that lasts a while, worry, or care that comes later without harm",
    Severity.considerable: "a grave harm to one person, from which recovery is expected, or a treatment that was not called for",
    Severity.major: "death or lasting incapacity of one person, or grave harm to several",
    Severity.catastrophic: "death or lasting incapacity of several people",
}
LIKELIHOODS = {
    Likelihood.very_low: "would be a surprise in the life of the tool",
    Likelihood.low: "could happen, less than once in two years at one clinic",
    Likelihood.medium: "about once in two years at one clinic",
    Likelihood.high: "about once a year at one clinic",
    Likelihood.very_high: "several times a year at one clinic",
}
# The level of risk, by likelihood and then by severity, each in the order above.
MATRIX = {
    Likelihood.very_low: (1, 1, 2, 2, 3),
    Likelihood.low: (1, 2, 2, 3, 4),
    Likelihood.medium: (2, 2, 3, 3, 4),
    Likelihood.high: (2, 3, 3, 4, 5),
    Likelihood.very_high: (3, 4, 4, 5, 5),
}
LEVELS = {
    1: "accepted as it is",
    2: "accepted where making it less would cost more than it brings, or cannot be done",
    3: "not wanted; accepted only where it cannot practicably be made less, and the clinic adds its own controls",
    4: "not accepted before it is made less",
    5: "not accepted at all",
}

ABOUT = """# Hazard log

What may go wrong with the tool, what keeps it from harm, and which test proves that. The form is that of DCB0129 and ISO 14971;
the [safety case](safety-case.md) says what is claimed on the strength of it. The log is a draft by engineers: no clinical safety
officer has confirmed a rating, and a clinic rates again for its own setting.

A control is proven by the tests named under it. They run with every change, and a run of the whole suite fails if one of them is
missing, was skipped or did not pass. A control that has no test yet says **not yet proven**, and until it has one the rating
"after" of its hazard holds only as far as the other controls go.
"""


class Rating(Part):
    """How grave and how often."""

    severity: Severity
    likelihood: Likelihood

    @property
    def level(self) -> int:
        """The level of risk, 1 to 5."""
        return MATRIX[self.likelihood][list(Severity).index(self.severity)]


class Control(Part):
    """What keeps a hazard from harm, with the tests that prove it, or what it waits for as long as there is none."""

    control: Text
    tests: tuple[TestId, ...] = ()
    waits_for: Text | None = None


class Hazard(Part):
    """What may go wrong. `clinic` is what is left to the place that uses the tool."""

    hazard: HazardId
    title: Text
    cause: Text
    effect: Text
    before: Rating
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]
    after: Rating
    clinic: Text | None = None

    @property
    def is_proven(self) -> bool:
        """Whether every control has a test."""
        return not any(control.waits_for for control in self.controls)


class HazardLog(Part):
    """`hazards.yaml`."""

    hazards: tuple[Hazard, ...]


def read_hazards(file: Path = HAZARDS) -> tuple[Hazard, ...]:
    """The hazards, in the order of the file."""
    source = read_yaml(file.read_bytes(), file.name)
    if source.faults:
        raise PackError(source.faults)
    return HazardLog.model_validate(source.tree).hazards


def describe_hazards(hazards: tuple[Hazard, ...]) -> str:
    """The page: all hazards at a glance, each with its controls, and the scales."""
    return page(ABOUT, *_summary(hazards), *_scales(), *(part for hazard in hazards for part in _describe(hazard)))


def _summary(hazards: tuple[Hazard, ...]) -> Iterator[str]:
    unproven = sum(not hazard.is_proven for hazard in hazards)
    yield heading(2, "At a glance", "at-a-glance")
    yield f"{len(hazards)} hazards; {unproven} of them have a control that is not yet proven.\n"
    head = ("Hazard", "", "Before", "After", "Proven")
    yield table(head, ((link(part.hazard, f"#{part.hazard.lower()}"), *_row(part)) for part in hazards))


def _row(hazard: Hazard) -> tuple[str, ...]:
    levels = str(hazard.before.level), str(hazard.after.level)
    return escape(hazard.title), *levels, "by tests" if hazard.is_proven else "**not yet**"


def _scales() -> Iterator[str]:
    yield heading(2, "How hazards are rated", "scales")
    yield "The categories are those of the guidance to DCB0129, in words of our own. A clinic that has a matrix uses that.\n"
    yield table(("Severity", "The effect on a person"), ((_say(name), escape(text)) for name, text in SEVERITIES.items()))
    yield table(("Likelihood", "How often to be expected"), ((_say(name), escape(text)) for name, text in LIKELIHOODS.items()))
    often = reversed(MATRIX.items())
    yield table(("", *map(_say, Severity)), ((_say(name), *map(str, levels)) for name, levels in often))
    yield table(("Level of risk", "Means"), ((str(level), escape(text)) for level, text in LEVELS.items()))


def _describe(hazard: Hazard) -> Iterator[str]:
    yield heading(2, f"{hazard.hazard} {escape(hazard.title)}", hazard.hazard.lower())
    clinic = [f"**Left to the clinic:** {escape(hazard.clinic)}"] if hazard.clinic else []
    yield bullets(
        [
            f"**Cause:** {escape(hazard.cause)}",
            f"**Effect on a person:** {escape(hazard.effect)}",
            f"**Before:** {_rate(hazard.before)}",
            "**Controls:**" + "".join(map(_control, hazard.controls)),
            f"**After:** {_rate(hazard.after)}{'' if hazard.is_proven else ', once every control is proven'}",
            *clinic,
        ]
    )


def _control(control: Control) -> str:
    waits = f" **Not yet proven:** waits for {escape(control.waits_for)}." if control.waits_for else ""
    return f"\n    - {prose(control.control)}{waits}" + "".join(f"\n        - {code(test)}" for test in control.tests)


def _rate(rating: Rating) -> str:
    return f"{_say(rating.severity)}, {_say(rating.likelihood)}: level {rating.level}"


def _say(name: str) -> str:
    return name.replace("_", " ")
