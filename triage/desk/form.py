"""What the fields of a page say, and the intakes that they make.

A desk keeps nothing: all answers travel in fields, from page to page. One form can be about several intakes of one case. What the
outcome rests on is asked for each of them; a warning sign, and whatever else is told of the person or the visit, is asked once.
What cannot be used is told as a `Trouble` beside its field, all at once. What no page of ours sends is left out and told, and
nothing else goes with it: a page may be of the version before, and a warning sign that was marked on it still counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from triage.assessment import assessor_for
from triage.errors import IntakeError, RequestError
from triage.intake import TELLERS, Intake, check_labels, read_answer
from triage.pack import Pack
from triage.parts import UNKNOWN, Question

# So many fit into the fields that a service takes of one form, each with every answer.
MAX_SITES = 17
# What stands in a field is kept as it was typed up to here, to be shown again beside what is wrong with it.
MAX_SHOWN = 200

_SITE = re.compile(r"site\.([1-9][0-9]?)")


class Spot(NamedTuple):
    """Where an answer belongs: a question, and which intake; 0 where one answer is for all of them."""

    question: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.question}.{self.number}" if self.number else self.question

    @property
    def anchor(self) -> str:
        """The id of its field on a page."""
        return f"q-{self.question}-{self.number}" if self.number else f"q-{self.question}"


class Trouble(NamedTuple):
    """Something that cannot be used, and the id of the field it stands in; none where it is in no field."""

    anchor: str
    message: str


STRAY = Trouble(
    "",
    "The page sent something that is not on it, maybe because it is of another version. That was left out; look over the answers "
    "that are shown, and go on from here",
)


class Form(NamedTuple):
    """The fields of a page. `answers` and what goes with them hold what can be used; labels are as they were typed.

    `asked` is the order in which an interview came to its answers, `at` the question that it puts, `do` the button pressed.
    """

    reference: str = ""
    sites: tuple[str, ...] = ("",)
    answers: Mapping[Spot, str] = {}
    tellers: Mapping[Spot, str] = {}
    typed: Mapping[Spot, str] = {}
    asked: tuple[Spot, ...] = ()
    skips_sheet: bool = False
    at: Spot | None = None
    do: str = ""
    troubles: tuple[Trouble, ...] = ()


def find_own(pack: Pack) -> frozenset[str]:
    """The questions that are asked for each intake of a case: those behind the outcome, and those tied to them."""
    found: frozenset[str] | None = pack.remembered.get("own")
    if found is None:
        assessor = assessor_for(pack)
        names = {name for reading in assessor.readings for name in assessor.behind_outcome(reading)}
        found = frozenset(name for name in names if pack.question[name].warning is None)
        pack.remembered["own"] = found
    return found


def list_spots(pack: Pack, count: int) -> tuple[Spot, ...]:
    """Every spot of a form about so many intakes: those of all of them in pack order, with those of each."""
    own = find_own(pack)
    return tuple(Spot(name, number) for name in pack.question for number in (range(1, count + 1) if name in own else (0,)))


def read_form(pack: Pack, fields: Iterable[tuple[str, str]]) -> Form:
    """Read the fields of a page."""
    asked, given, is_sound = _sort_out(pack, fields)
    sites, are_sound = _take_sites(given)
    spots = {str(spot): spot for spot in list_spots(pack, len(sites))}
    rest = {name: given.pop(name, "") for name in ("reference", "skip", "at", "do")}
    kinds, are_known = _take_spots(pack, spots, given)
    answers, tellers, troubles = _check(pack, kinds["answer"], kinds["teller"])
    return Form(
        reference=rest["reference"].strip(),
        sites=sites,
        answers=answers,
        tellers=tellers,
        typed={spot: typed for spot, typed in kinds["typed"].items() if _spells(pack, spot, typed, answers.get(spot))},
        asked=tuple(dict.fromkeys(spots[name] for name in asked if name in spots)),
        skips_sheet=bool(rest["skip"]),
        at=spots.get(rest["at"]),
        do=rest["do"],
        troubles=(
            *([] if is_sound and are_sound and are_known else [STRAY]),
            *_check_names(rest["reference"].strip(), sites),
            *troubles,
        ),
    )


def _sort_out(pack: Pack, fields: Iterable[tuple[str, str]]) -> tuple[list[str], dict[str, str], bool]:
    """The spots that were asked, and every other field once; of two that differ neither is left, save a sign that is reported."""
    asked: list[str] = []
    found: dict[str, dict[str, None]] = {}
    for name, value in fields:
        if name == "asked":
            asked.append(value)
        else:
            found.setdefault(name, {})[value] = None
    signs = {f"answer.{question.question}": question.warning for question in pack.questions if question.warning}
    once = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    reported = {name: value for name, value in signs.items() if value in found.get(name, {})}
    return asked, {**once, **reported}, len(once) == len(found)


def _take_sites(given: dict[str, str]) -> tuple[tuple[str, ...], bool]:
    found = {int(match[1]): given.pop(match[0]).strip() for match in list(map(_SITE.fullmatch, given)) if match}
    is_sound = sorted(found) == list(range(1, len(found) + 1)) and len(found) <= MAX_SITES
    return (tuple(found[number] for number in sorted(found)) if is_sound and found else ("",)), is_sound


def _take_spots(pack: Pack, spots: Mapping[str, Spot], given: Mapping[str, str]) -> tuple[dict[str, dict[Spot, str]], bool]:
    """What is given of each spot, and whether that is all; a sign counts, whatever stands behind its name."""
    kinds: dict[str, dict[Spot, str]] = {"answer": {}, "teller": {}, "typed": {}}
    strays = []
    for name, value in given.items():
        kind, _, where = name.partition(".")
        if kind not in kinds or where not in spots:
            strays.append((kind, where.partition(".")[0], value))
        elif value:
            kinds[kind][spots[where]] = value
    for kind, question, value in strays:
        if kind == "answer" and question in pack.question and value and value == pack.question[question].warning:
            kinds[kind][Spot(question)] = value
    return kinds, not strays


def _check(
    pack: Pack, given: Mapping[Spot, str], tellers: Mapping[Spot, str]
) -> tuple[dict[Spot, str], dict[Spot, str], list[Trouble]]:
    """The answers and tellers that can be used, and what is wrong with the others."""
    answers: dict[Spot, str] = {}
    told: dict[Spot, str] = {}
    troubles = []
    for spot in sorted({*given, *tellers}, key=partial(_position, pack)):
        question = pack.question[spot.question]
        answer, teller = given.get(spot), tellers.get(spot)
        if answer is not None and answer not in (*question.values, UNKNOWN):
            troubles.append(Trouble(spot.anchor, f"{question.label}: choose one of the answers shown, or none"))
            continue
        if answer is not None:
            answers[spot] = answer
        if teller is None:
            continue
        if teller not in TELLERS:
            troubles.append(Trouble(spot.anchor, f"{question.label}: choose one of those shown who can say it, or nobody"))
            continue
        told[spot] = teller
        if answer is None:
            message = f"{question.label}: who said it is given, the answer is not; give the answer, or leave open who said it"
            troubles.append(Trouble(spot.anchor, message))
    return answers, told, troubles


def _position(pack: Pack, spot: Spot) -> tuple[int, int]:
    return list(pack.question).index(spot.question), spot.number


def _check_names(reference: str, sites: Sequence[str]) -> Iterator[Trouble]:
    labels = [("reference", "Reference", reference)]
    labels += [(f"site-{number}", f"Site {number}" if len(sites) > 1 else "Site", site) for number, site in enumerate(sites, 1)]
    for anchor, name, label in labels:
        if not _is_label(label):
            message = "takes 1 to 64 letters, digits, dots, hyphens or underscores, and nothing that identifies a person"
            yield Trouble(anchor, f"{name}: {message}")


def _is_label(label: str) -> bool:
    try:
        check_labels(Intake({}, reference=label or None))
    except IntakeError:
        return False
    return True


def _spells(pack: Pack, spot: Spot, typed: str, answer: str | None) -> bool:
    """Whether a text is another spelling of the answer; what was typed into a file stands on the sheet."""
    return answer is not None and read_answer(pack.question[spot.question], typed) == answer


def make_intakes(pack: Pack, form: Form) -> tuple[Intake, ...]:
    """The intakes of a form, in pack order; labels that cannot be used are left out."""
    spots = list_spots(pack, len(form.sites))
    intakes = []
    for number, site in enumerate(form.sites, 1):
        mine = [spot for spot in spots if spot.number in (0, number) and spot in form.answers]
        intakes.append(
            Intake(
                answers={spot.question: form.typed.get(spot, form.answers[spot]) for spot in mine},
                sources={spot.question: form.tellers[spot] for spot in mine if spot in form.tellers},
                reference=form.reference if form.reference and _is_label(form.reference) else None,
                site=site if site and _is_label(site) else None,
            )
        )
    return tuple(intakes)


def list_fields(form: Form, besides: Iterable[Spot] = ()) -> Iterator[tuple[str, str]]:
    """The fields that carry a form to the next page; the spots in `besides` have fields of their own there."""
    shown = set(besides)
    yield "reference", form.reference
    yield from ((f"site.{number}", site) for number, site in enumerate(form.sites, 1))
    for spot, answer in form.answers.items():
        if spot not in shown:
            yield f"answer.{spot}", answer
            if spot in form.tellers:
                yield f"teller.{spot}", form.tellers[spot]
    yield from ((f"typed.{spot}", typed) for spot, typed in form.typed.items())
    yield from (("asked", str(spot)) for spot in form.asked)
    if form.skips_sheet:
        yield "skip", "sheet"


def name_site(form: Form, number: int) -> str:
    """What one of several intakes is called."""
    return form.sites[number - 1][:MAX_SHOWN] or f"Site {number}"


def add_site(form: Form) -> Form:
    """The same form about one intake more. Raises RequestError where there are as many as one sheet takes."""
    if len(form.sites) >= MAX_SITES:
        raise RequestError(f"one sheet takes {MAX_SITES} sites; begin another")
    return form._replace(sites=(*form.sites, ""))


def remove_site(form: Form, number: int) -> Form:
    """The same form without one of its intakes; the last one stays."""
    if len(form.sites) == 1 or not 1 <= number <= len(form.sites):
        return form

    def keep(found: Mapping[Spot, str]) -> dict[Spot, str]:
        return {_moved(spot, number): value for spot, value in found.items() if spot.number != number}

    return form._replace(
        sites=tuple(site for place, site in enumerate(form.sites, 1) if place != number),
        answers=keep(form.answers),
        tellers=keep(form.tellers),
        typed=keep(form.typed),
        asked=tuple(_moved(spot, number) for spot in form.asked if spot.number != number),
        troubles=tuple(trouble for trouble in form.troubles if trouble is STRAY),
    )


def _moved(spot: Spot, removed: int) -> Spot:
    return spot._replace(number=spot.number - 1) if spot.number > removed else spot


def is_numerous(question: Question) -> bool:
    """Whether a question has more values than stand beside each other well."""
    return len(question.values) > 8
