"""The wording rules, held over every text that the project has: what the program says, its pages, packs, documents, sheets.

What is put together while the program runs is looked at where it is made (`test_enumeration`, `test_docs` and others). Here only
the help is run, and nothing is left out: a kind of file that is not known fails. Docstrings count, since some become help and
descriptions of an interface.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from console import ROOT
from literals import find_literals
from typer.testing import CliRunner

from publish.commands import find_commands
from triage.cli import app
from triage.cli.options import EPILOG
from triage.wording import banned_wordings, every_text, fold, look_alikes

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Of the tests only what they hold the output against is shown to anybody.
SHIPPED = {*PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"], "tests/golden"} - {"tests"}
TEXT = {
    "", ".conf", ".css", ".csv", ".html", ".js", ".json", ".md", ".mjs", ".service", ".svg", ".toml", ".txt", ".typed", ".yaml",
}  # fmt: skip
PICTURES = {".png"}
MADE = {"__pycache__"}

# What may stand where, and why. A text is a whole literal of a module, or a part of another file.
EXCEPTIONS = {
    ("triage/wording.py", None): "the list of what is banned, and of what letters look like",
    ("triage/fhir/problems.py", "diagnostics"): "a key of FHIR's OperationOutcome",
    ("triage/desk/templates/sheet.html", "|safe"): "a filter of Jinja2, and no text",
}

INLINE = re.compile(r"</?(?:a|abbr|b|bdi|cite|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>|[*`\[]|\]\([^)]*\)")
BLOCK = re.compile(r"<[^>]*>")
LINE_MARKS = re.compile(r"^[ \t]*(?:[>#]|//|\*)+", re.MULTILINE)
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,5})\}|x([0-9a-fA-F]{2}))")


def every_file() -> Iterator[Path]:
    """Every file that the archive of the sources has, the tests left out."""
    for path in (ROOT / name for name in sorted(SHIPPED)):
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and not MADE & set(file.parts))


def texts_in(path: Path) -> Iterator[str]:
    """The texts of a file: of a module its literals, of any other the whole; exceptions left out."""
    name = path.relative_to(ROOT).as_posix()
    if (name, None) in EXCEPTIONS or path.suffix in PICTURES:
        return
    assert path.suffix in {*TEXT, ".py"}, f"{name}: what kind of file is it? Name it in TEXT, or say why it has none"
    content = path.read_text(encoding="utf-8")
    allowed = [text for file, text in EXCEPTIONS if file == name and text is not None]
    if path.suffix == ".py":
        yield from (text for _, text in find_literals(content) if text not in allowed)
        return
    for text in allowed:
        content = content.replace(text, " | ")
    yield content


def forms_of(text: str) -> Iterator[str]:
    """A text as it stands, and as a reader sees it: references and escapes resolved, marks within and between words taken out."""
    plain = html.unescape(ESCAPED.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), text))
    yield text
    yield plain
    yield BLOCK.sub(" | ", INLINE.sub("", LINE_MARKS.sub("", plain)))


def find(text: str) -> set[str]:
    return {word for form in forms_of(text) for word in (*banned_wordings(form), *look_alikes(form))}


def test_no_text_of_the_checkout_has_a_wording_that_none_may_have() -> None:
    found = {path.relative_to(ROOT).as_posix(): set().union(*map(find, texts_in(path))) for path in every_file()}
    assert len(found) > 300
    assert {name: words for name, words in found.items() if words} == {}


def test_what_an_index_of_packages_shows_has_none_either() -> None:
    assert [word for text in every_text(PROJECT["project"]) for word in find(text)] == []


@pytest.mark.parametrize(("name", "text"), EXCEPTIONS)
def test_every_exception_is_called_for(name: str, text: str | None) -> None:
    content = (ROOT / name).read_text(encoding="utf-8")
    assert find(content) if text is None else text in content


def help_texts() -> dict[str, str]:
    """The help of every command and group, as a user sees it."""
    names = [name for name, _ in find_commands(typer.main.get_command(app))]
    names += [name.rpartition(" ")[0] for name in names]
    asked = {name: [*name.split()[1:], "--help"] for name in dict.fromkeys(names)}
    return {name: CliRunner().invoke(app, words, prog_name="triage").output for name, words in asked.items()}


def test_no_help_has_a_wording_that_none_may_have() -> None:
    found = {name: find(text) for name, text in help_texts().items()}
    assert {"triage", "triage rules", "triage assess"} <= set(found)
    assert {name: words for name, words in found.items() if words} == {}


def test_every_help_says_what_the_tool_is_not() -> None:
    assert [name for name, text in help_texts().items() if EPILOG not in fold(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "the best one",
        "THE BE\u00adST ONE",
        "can <b>wait</b>",
        "can **wait**",
        "[can](page.html) wait",
        "> can\n> wait",
        "# can\n# wait",
        "&#115;afe",
        "\\u0073afe",
        "\\x73afe",
        "\\u{73}afe",
        '<p title="a fine day">',
        "b\u0435st",
    ],
)
def test_a_wording_is_found_through_the_marks_of_any_file(text: str) -> None:
    assert find(text)


@pytest.mark.parametrize(
    "source",
    ['"the best one"', '"""The best one."""', 'f"the best {one}"', 'f"{one} can " f"wait"', '"can " "wait"', '{"best": 1}'],
)
def test_a_wording_is_found_in_any_literal(source: str) -> None:
    assert any(find(text) for _, text in find_literals(source))


@pytest.mark.parametrize("text", ["<td>can</td><td>wait</td>", "the safety net", "\\x41 \\u0042"])
def test_other_texts_pass(text: str) -> None:
    assert not find(text)
