"""The pictures of the desk in the browser, taken by Chromium from the service as it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

from desk_browser import opened, send, serving  # noqa: E402 - the tests know how to serve and to open a page
from desk_states import EMERGENCY, NO_SIGN, SETTLED, fields_of  # noqa: E402
from foreign import start_chromium  # noqa: E402

from triage import load_pack  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDE = {"viewport": {"width": 1180, "height": 860}}
NARROW = {"viewport": {"width": 320, "height": 900}}
PAPER = {"viewport": {"width": 740, "height": 960}}  # what fits between the margins of a letter page
OPEN = {**NO_SIGN, "fracture": "yes", "painful": "yes", "cause": "osteoporosis", "collapsed": "yes"}
LABELS: dict[str, Any] = {"reference": "case-17", "sites": ("L1",)}


class Picture(NamedTuple):
    """A page come to by a form, as it is seen in one window; `focus` is the field that has the focus, else the first."""

    path: str
    fields: list[tuple[str, str]]
    window: dict[str, Any] = WIDE
    focus: str = ""


def draw_desk() -> None:
    pack = load_pack()
    not_known = {**OPEN, "height_restoration": "unknown"}
    wrong = ("teller.insurance", "patient")
    pictures = {
        "desk": Picture("/desk", fields_of(pack, OPEN, **LABELS), focus="q-stable-1-1"),
        "desk-interview": Picture("/interview", fields_of(pack, not_known, **LABELS)),
        "desk-emergency": Picture("/desk", fields_of(pack, EMERGENCY, **LABELS)),
        "desk-error": Picture("/desk", fields_of(pack, OPEN, wrong, reference="Ann Example")),
        "desk-check": Picture("/desk/check", fields_of(pack, OPEN, **LABELS)),
        "desk-sheet": Picture("/sheet", fields_of(pack, SETTLED, **LABELS)),
        "desk-narrow": Picture("/desk", fields_of(pack, OPEN, **LABELS), NARROW),
        "desk-print": Picture("/sheet", fields_of(pack, SETTLED, **LABELS), PAPER),
    }
    with serving() as url:
        for browser in start_chromium():
            for name, picture in pictures.items():
                take(browser, url, name, picture)


def take(browser: Browser, url: str, name: str, picture: Picture) -> None:
    with opened(browser, url, **picture.window) as page:
        send(page, picture.path, picture.fields)
        if picture.focus:
            page.focus(f"#{picture.focus}")
        if picture.window is PAPER:
            page.emulate_media(media="print")
        page.screenshot(path=HERE / f"{name}.png", full_page=picture.window is PAPER)


if __name__ == "__main__":
    draw_desk()
