"""The states that the pages of a desk can be in, as the fields that lead there, and a reader of what a page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import lxml.html

from triage.desk import pages
from triage.desk.form import Form, find_own, read_form
from triage.desk.opening import open_files
from triage.desk.pages import Desk

if TYPE_CHECKING:
    from triage.pack import Pack

Fields = list[tuple[str, str]]

SIGNS = ("bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss")
NO_SIGN = dict.fromkeys(SIGNS, "no")
SETTLED = {
    **NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "osteoporosis", "collapsed": "yes", "height_restoration": "yes",
    "stable": "no", "imaging": "available",
}  # fmt: skip
PARTLY = {"bladder_bowel": "no", "leg_weakness": "unknown", "fracture": "yes", "collapsed": "unknown"}
EMERGENCY = {**SETTLED, "leg_weakness": "yes"}
SAME_DAY = {**SETTLED, "fever": "yes"}
CONTRADICTION = {**SETTLED, "collapsed": "no"}
TWO = {**SETTLED, "fracture.2": "yes", "painful.2": "yes", "cause.2": "trauma", "collapsed.2": "no", "stable.2": "yes"}
ASSETS = {"desk.css": "/static/desk.css", "desk.js": "/static/desk.js", "desk.svg": "/static/desk.svg"}


def fields_of(pack: Pack, answers: Mapping[str, str], *more: tuple[str, str], reference: str = "", sites: Any = ("",)) -> Fields:
    """What a browser sends of a form with these answers; `name.2` is that of the second intake, a bare name the first's."""
    own = find_own(pack)
    named = {f"{name}.1" if name in own else name: value for name, value in answers.items()}
    labels = [("reference", reference), *((f"site.{number}", site) for number, site in enumerate(sites, 1))]
    return [*labels, *((f"answer.{name}", value) for name, value in named.items()), *more]


def form_of(pack: Pack, answers: Mapping[str, str], *more: tuple[str, str], reference: str = "", sites: Any = ("",)) -> Form:
    return read_form(pack, fields_of(pack, answers, *more, reference=reference, sites=sites))


def make_pages(pack: Pack) -> dict[str, str]:
    """Every page in every state, by name."""
    desk = Desk(pack, pack.default_reading, ASSETS)
    opened, told = open_files(
        pack, [("a.json", b'{"answers": {"fever": "no"}}'), ("b.json", b'{"answers": {"fever": "unknown"}}')]
    )
    asked = form_of(pack, PARTLY, ("teller.collapsed.1", "patient"), ("asked", "bladder_bowel"))
    two = form_of(pack, TWO, reference="case-17", sites=("L1", "L2"))
    wrong = form_of(pack, SETTLED, ("teller.vertebrae", "patient"), ("answer.insurance", "none at all"), reference="A B")
    counted = form_of(pack, {**SETTLED, "vertebrae": "2"}, ("do", "change:vertebrae"))
    return {
        "desk, empty": pages.show_desk(desk, Form()),
        "desk, partly filled": pages.show_desk(desk, asked),
        "desk, settled": pages.show_desk(desk, form_of(pack, SETTLED)),
        "desk, same day": pages.show_desk(desk, form_of(pack, SAME_DAY)),
        "desk, emergency": pages.show_desk(desk, form_of(pack, EMERGENCY, reference="case-17")),
        "desk, emergency with a mistake": pages.show_desk(desk, form_of(pack, EMERGENCY, reference="A B")),
        "desk, contradiction": pages.show_desk(desk, form_of(pack, CONTRADICTION)),
        "desk, mistakes": pages.show_desk(desk, wrong),
        "desk, two sites": pages.show_desk(desk, two),
        "desk, opened": pages.show_desk(desk, opened, told),
        "interview, first question": pages.show_interview(desk, Form()),
        "interview, in the middle": pages.show_interview(desk, form_of(pack, {**NO_SIGN, "fracture": "yes"})),
        "interview, no answer": pages.show_interview(desk, form_of(pack, NO_SIGN, ("at", "fracture.1"))),
        "interview, for the sheet": pages.show_interview(desk, form_of(pack, SETTLED)),
        "interview, a long list": pages.show_interview(desk, counted),
        "interview, end": pages.show_interview(desk, form_of(pack, SETTLED, ("skip", "sheet"))),
        "interview, contradiction": pages.show_interview(desk, form_of(pack, CONTRADICTION)),
        "interview, emergency": pages.show_interview(desk, form_of(pack, EMERGENCY)),
        "check": pages.show_check(desk, asked),
        "check, two sites": pages.show_check(desk, two),
        "sheet": pages.show_sheet(desk, form_of(pack, SETTLED)),
        "sheet, emergency": pages.show_sheet(desk, form_of(pack, EMERGENCY)),
        "sheet, two sites": pages.show_sheet(desk, two),
        "open": pages.show_open(desk),
        "open, mistake": pages.show_open(desk, open_files(pack, [("a.yaml", b"answers: {fever: yes, collapsed: maybe}")])[0]),
    }  # fmt: skip


class Seen(NamedTuple):
    """What a page shows: the texts of its parts, each without needless space."""

    tree: Any

    def texts(self, path: str) -> list[str]:
        return [fold(element.text_content()) for element in self.tree.xpath(path)]

    def text(self, path: str = "//body") -> str:
        return " ".join(self.texts(path))

    def values(self, path: str) -> list[str]:
        return [str(value) for value in self.tree.xpath(path)]


def see(page: str) -> Seen:
    return Seen(lxml.html.fromstring(page))


def fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def sent_by(page: str, button: str = "") -> Fields:
    """The fields that a browser would send from the first form of a page by POST: with this button, or with none."""
    (form, *_) = see(page).tree.xpath("//form[@method='post']")
    fields = []
    for field in form.xpath(".//input[@name] | .//select | .//button[@name]"):
        match field.tag, field.get("type"):
            case "button", _:
                if field.text_content().strip().startswith(button) and button:
                    fields.append((field.get("name"), field.get("value")))
            case "select", _:
                fields.append((field.get("name"), (field.xpath("option[@selected]/@value") or [""])[0]))
            case _, "radio" if field.get("checked") is None:
                continue
            case _:
                fields.append((field.get("name"), field.get("value") or ""))
    return fields


def answer(fields: Iterable[tuple[str, str]], **answers: str) -> Fields:
    """Fields with other answers; `__` stands for the dot before the number of an intake."""
    named = {f"answer.{name.replace('__', '.')}": value for name, value in answers.items()}
    return [*((name, value) for name, value in fields if name not in named), *named.items()]
