"""The style and the script of the desk: small, its own, keeping nothing, and without a colour that says go."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest

from triage import desk
from triage.wording import banned_wordings

STATIC = Path(str(desk.__file__)).parent / "static"
FILES = sorted(STATIC.iterdir())
LIMIT = 10_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_is_small(file: Path) -> None:
    assert file.stat().st_size < LIMIT


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_names_an_address(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|import\(", text.replace("// ", ""))


def test_the_script_keeps_nothing_and_writes_no_markup_of_its_own() -> None:
    script = (STATIC / "desk.js").read_text(encoding="utf-8")
    assert not re.search(
        r"[sS]torage|cookie|indexedDB|caches|history\.|location\.(?:search|href)|eval|Function\(|document\.write", script
    )
    assert re.findall(r"\S+\.innerHTML = \S+", script) == ["old.innerHTML = fresh.innerHTML;"]
    assert banned_wordings(script) == []


def test_no_colour_says_go() -> None:
    style = (STATIC / "desk.css").read_text(encoding="utf-8") + (STATIC / "desk.svg").read_text(encoding="utf-8")
    colours = re.findall(r"#([0-9a-f]{3}(?:[0-9a-f]{3})?)\b", style)
    assert len(colours) > 10
    for colour in colours:
        digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
        red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
        assert saturation < 0.2 or not 60 / 360 < hue < 180 / 360, colour
    assert not re.search(r"green|lime|teal|olive|rgb|hsl|lch|lab\(", style)
