"""What somebody wrote into a pack stays text on every surface: no markup of a page, picture, terminal or spreadsheet comes of it."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from asgi import COOKIE, SETTINGS, call
from lxml import etree, html
from markdown_it import MarkdownIt
from sheets import text_of_pdf
from small_pack import FILES

from hostile.case import Case, Kept
from hostile.running import run_here
from triage.service.app import create_app

HOSTILE = (
    " <script>alert(1)</script><img src=x onerror=alert(1)>\"'--> ]]> [x](javascript:alert(1)) ![x](http://192.0.2.1) [bold red]b[/bold red]"
    " **b** `c` {{7*7}} {% raw %} ${x} %s &lt;i&gt; #let x = 1 $m$ end; subgraph | a | \\u001b[31m http://192.0.2.1/"
)
MARK = "alert(1)"
# What is words in a pack; all else are names.
WORDS = {"title", "text", "intended_use", "headline", "headline_open", "label", "help", "open", "use"}
MAPPED = {"labels", "texts", "headlines"}


def spoil(tree: Any, key: str = "", above: str = "") -> Any:
    """The tree with something hostile at the end of each text, and a formula at its beginning."""
    if isinstance(tree, dict):
        return {name: spoil(value, name, key) for name, value in tree.items()}
    if isinstance(tree, list):
        return [spoil(value, key, above) for value in tree]
    is_words = (key in WORDS and above != "sources") or above in MAPPED or key == "title"
    return f"=cmd|x!A0 {tree}{HOSTILE}" if is_words else tree


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile pack in it, and what the commands read."""
    made = tmp_path_factory.mktemp("hostile")
    (made / "pack" / "examples").mkdir(parents=True)
    for file, text in FILES.items():
        tree = yaml.load(text, yaml.BaseLoader)
        spoilt = tree if file == "cases.yaml" else spoil(tree)
        (made / "pack" / file).write_text(
            yaml.safe_dump(spoilt, sort_keys=False, allow_unicode=True, width=10_000), encoding="utf-8"
        )
    intake = "answers: {brake_fault: no, surface: gravel}\n"
    for name in ("in.yaml", "pack/examples/one.yaml"):
        (made / name).write_text(intake, encoding="utf-8")
    (made / "in.csv").write_text("brake_fault,surface,reference\nno,gravel,a\n,,b\n", encoding="utf-8")
    return made


def run(folder: Path, *command: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
    ran = run_here(Case("", "", command, {}, Kept({}), stdin), folder)
    assert "Traceback" not in ran.err, ran.err
    return ran.code, ran.out, ran.err


def check_text(text: str) -> None:
    """Nothing that a terminal obeys."""
    wrong = {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\t"}
    assert not wrong


def check_markup(tree: Any) -> None:
    """No element, no handler and no address of somebody else's."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname.lower()
        is_own = name == "script" and (element.get("src") or "").startswith("/static/")
        assert is_own or name not in ("script", "img", "iframe", "object", "i", "b"), name
        for attribute, value in element.attrib.items():
            assert not attribute.lower().startswith("on"), attribute
            assert not re.match(r"\s*javascript:", value), value
            assert attribute not in ("href", "src", "action") or "192.0.2.1" not in value, value


def check_html(data: bytes) -> None:
    check_markup(html.document_fromstring(data))
    assert MARK in html.document_fromstring(data).text_content()


def check_markdown(text: str) -> None:
    """Read as CommonMark, with its HTML let through: what is shown is what stands there."""
    check_text(text)
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tree = html.document_fromstring(shown)
    check_markup(tree)
    assert not tree.xpath("//a[contains(@href, '192.0.2.1') or contains(@href, 'javascript')]")
    assert MARK in tree.text_content()


def check_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def check_xml(data: bytes) -> None:
    check_markup(etree.fromstring(data, etree.XMLParser(resolve_entities=False)))
    assert MARK.encode() in data


def check_json(text: str) -> None:
    assert MARK in json.dumps(json.loads(text))
    check_text(text)


CHECKS: dict[str, Any] = {
    "text": lambda data: check_text(data.decode()), "markdown": lambda data: check_markdown(data.decode()), "html": check_html, "json": lambda data: check_json(data.decode()),
    "csv": lambda data: check_csv(data.decode()), "svg": check_xml, "dmn": check_xml, "pdf": lambda data: check_text(text_of_pdf(data)), "mermaid": lambda data: check_text(data.decode()), "dot": lambda data: check_text(data.decode()),
}  # fmt: skip
PACK = ("--pack", "pack")
SURFACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((kind, ("assess", "in.yaml", *PACK, "--format", kind)) for kind in ("text", "json", "markdown", "html")),
    *((kind, ("what-if", "in.yaml", *PACK, "--format", kind)) for kind in ("text", "markdown")),
    *((kind, ("demo", *PACK, "--format", kind)) for kind in ("text", "markdown", "html", "json")),
    *((kind, ("rules", "show", *PACK, "--format", kind)) for kind in ("text", "markdown")),
    *((kind, ("rules", "show", name, *PACK, "--format", kind)) for kind in ("text", "markdown") for name in ("S01", "surface", "fit", "F1")),
    *((kind, ("rules", "table", *PACK, "--format", kind)) for kind in ("text", "markdown", "html", "csv")),
    *((kind, ("rules", "graph", *PACK, "--format", kind, "--what", what)) for kind in ("svg", "mermaid") for what in ("requirements", "outcomes")),
    ("dmn", ("rules", "export", "--to", "dmn", *PACK)), ("json", ("rules", "export", "--to", "fhir-questionnaire", *PACK)),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "command"), SURFACES, ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_what_a_pack_says_stays_text(kind: str, command: tuple[str, ...], folder: Path) -> None:
    code, out, said = run(folder, *command)
    assert code == 0, said
    CHECKS[kind](out)
    check_text(said)


def test_it_stays_text_in_a_pdf(folder: Path) -> None:
    assert run(folder, "assess", "in.yaml", *PACK, "--output", "sheet.pdf")[0] == 0
    text = text_of_pdf((folder / "sheet.pdf").read_bytes())
    assert MARK in text
    assert b"/JavaScript" not in (folder / "sheet.pdf").read_bytes()
    assert b"/URI" not in (folder / "sheet.pdf").read_bytes()


def test_it_stays_text_in_the_files_beside_a_batch(folder: Path, tmp_path: Path) -> None:
    for ending, check in {".csv": "csv", ".md": "markdown", ".html": "html"}.items():
        outputs = ("--call-list", str(tmp_path / f"calls{ending}"), "--summary", str(tmp_path / f"summary{ending}.html"))
        code, _, said = run(folder, "batch", "in.csv", str(tmp_path / f"out{ending}.csv"), *outputs, *PACK)
        assert code == 0, said
        check_text(said)
        CHECKS[check]((tmp_path / f"calls{ending}").read_bytes())
        check_html((tmp_path / f"summary{ending}.html").read_bytes())


def test_it_stays_text_in_an_interview(folder: Path) -> None:
    said = run(folder, "interview", *PACK, stdin=b"help\nno\nshow\nshow sheet\nperhaps\nstop\n")[2]
    assert MARK in said
    check_text(said)


@pytest.mark.parametrize("path", ["/", "/interview", "/open"])
def test_it_stays_text_on_every_page_of_the_desk(folder: Path, path: str) -> None:
    app = create_app(SETTINGS._replace(pack=str(folder / "pack")))
    check_html(call(app, "GET", path, COOKIE).body)


@pytest.mark.parametrize("path", ["/desk", "/desk/check", "/interview", "/sheet"])
def test_it_stays_text_on_what_a_form_leads_to(folder: Path, path: str) -> None:
    app = create_app(SETTINGS._replace(pack=str(folder / "pack")))
    form = ("Content-Type", "application/x-www-form-urlencoded")
    fields = b"reference=%3Cscript%3Ealert(1)&answer.brake_fault=no"
    for body in (b"answer.brake_fault=no", fields, b"answer.brake_fault=%3Cscript%3Ealert(1)%3C/script%3E"):
        check_html(call(app, "POST", path, COOKIE, form, body=body).body)


def test_an_earlier_summary_brings_nothing_with_it(folder: Path, tmp_path: Path) -> None:
    """Its figures are read back from a page that anybody may have changed."""
    figures = {"totals": {"rows": 1, "settled": 1, "differs": 0, "rejected": 0}, "outcome": {"<script>alert(1)</script>": 5}}
    kept = json.dumps(figures).replace("&", "&amp;").replace('"', "&quot;")
    (tmp_path / "before.html").write_text(f'<script>alert(1)</script><data id="figures" value="{kept}"></data>', encoding="utf-8")
    command = (
        "batch",
        "in.csv",
        str(tmp_path / "o.csv"),
        "--summary",
        str(tmp_path / "s.html"),
        "--previous",
        str(tmp_path / "before.html"),
    )
    code, _, said = run(folder, *command, *PACK)
    assert code in (0, 2), said
    if code == 0:
        check_html((tmp_path / "s.html").read_bytes())
