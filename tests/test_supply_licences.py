"""The licences: every library that users install has one that is on the list, and the page says which."""

from __future__ import annotations

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from supply.licences import PAGE, LicenceError, check, describe_licences, list_licences, read_licence
from supply.locks import list_user_locks, read_lock


def installed(folder: Path, *lines: str, licence: str | None = None) -> PathDistribution:
    """A library with some lines in its metadata, and a file with its licence."""
    about = folder / "thing-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", "Name: thing", "Version: 1", *lines]), encoding="utf-8")
    (about / "RECORD").write_text("thing-1.dist-info/LICENSE,,\n", encoding="utf-8")
    (about / "LICENSE").write_text(licence or "All rights reserved.\n", encoding="utf-8")
    return PathDistribution(about)


def test_every_library_of_every_user_lock_is_allowed_and_the_page_has_it() -> None:
    rows = list_licences()
    assert {(row.name, row.version) for row in rows} == {
        (pin.name, pin.version) for name in list_user_locks() for pin in read_lock(name)
    }
    assert PAGE.read_text(encoding="utf-8") == describe_licences(rows), "`make licences` writes it anew"


@pytest.mark.parametrize("expression", ["MIT", "MIT OR GPL-3.0-only", "MIT AND (GPL-2.0-only OR ISC)", "MIT AND BSD-3-Clause"])
def test_a_licence_is_allowed_where_a_choice_of_allowed_ones_is_left(expression: str) -> None:
    assert check("thing", expression) == expression


@pytest.mark.parametrize(
    "expression",
    ["GPL-3.0-only", "MIT AND GPL-3.0-only", "AGPL-3.0-only OR GPL-3.0-only", "MIT WITH Classpath-exception-2.0", "of our own"],
)
def test_any_other_licence_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LicenceError, match=r"^thing: "):
        check("thing", expression)


@pytest.mark.parametrize(
    ("lines", "expression"),
    [
        (["License-Expression: MIT OR ISC"], "MIT OR ISC"),
        (["License: Apache 2.0"], "Apache-2.0"),
        (["License: see the file", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
    ],
)
def test_a_licence_is_read_from_what_a_library_says(lines: list[str], expression: str, tmp_path: Path) -> None:
    assert read_licence("thing", installed(tmp_path, *lines)) == expression


@pytest.mark.parametrize("lines", [[], ["License: see the file"], ["Classifier: License :: OSI Approved :: BSD License"]])
def test_a_licence_that_cannot_be_told_is_not_guessed(lines: list[str], tmp_path: Path) -> None:
    with pytest.raises(LicenceError, match="cannot be told"):
        read_licence("thing", installed(tmp_path, *lines))


def test_a_file_is_read_only_of_a_library_that_is_known_and_only_as_long_as_it_says_the_same(tmp_path: Path) -> None:
    text = "Apache License\n   Version 2.0, January 2004\n"
    (tmp_path / "other").mkdir()
    assert read_licence("daft", installed(tmp_path, licence=text)) == "Apache-2.0"
    with pytest.raises(LicenceError):
        read_licence("daft", installed(tmp_path / "other", licence="Another License\n"))
    with pytest.raises(LicenceError):
        read_licence("thing", PathDistribution(tmp_path / "thing-1.dist-info"))
