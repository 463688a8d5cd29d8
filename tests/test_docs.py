"""The documents and the site made from them: commands run, links lead somewhere, nothing is fetched, nothing is left out.

The site is built once; most tests look at its pages as a browser gets them.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

import markdown  # type: ignore[import-untyped]
import pytest
import yaml
from console import ROOT, find_differences
from foreign import CHROMIUM, start_chromium
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from typer.testing import CliRunner

from publish.build import BuildError, build, relink
from publish.commands import read_exit_codes
from publish.keys import MEANINGS, PARTS, keys_of
from publish.markdown import bullets, escape, table
from triage import Intake, load_pack
from triage.assessment import Assessment
from triage.cli import app
from triage.cli.streams import ExitCode
from triage.documents import Runs, find_shared, read_document
from triage.explanation import say_value
from triage.exports.schema import MODELS
from triage.library import bundled_packs
from triage.proofs.codes import CODES, LOAD_CODES
from triage.reference import NOT_REPEATED
from triage.wording import EXCEPTION, banned_wordings, fold

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from triage.pack import Pack

DOCS = ROOT / "docs"
DOCUMENTS = ROOT.parent / "shared" / "documents"
# Where a reader may be sent by a click; nothing is loaded from there.
LINKED_HOSTS = {
    "catala-lang.org",
    "developer.infermedica.com",
    "docassemble.org",
    "openfisca.org",
    "keepachangelog.com",
    "semver.org",
    "github.com",
}
FETCHING = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "embed": "src", "object": "data"}
BLOCKS = {"p", "li", "td", "th", "h1", "h2", "h3", "div", "title", "nav", "a", "label", "dt", "dd", "br", "pre"}


class Page(HTMLParser):
    """What a test asks of a page: its text block by block, its anchors, where its links lead, and what a browser would load."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._text: list[str] = []
        self._skip = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._skip += tag in ("script", "style")
        self._text += ["\n"] * (tag in BLOCKS) + [f"\n{given[name]}\n" for name in ("alt", "title") if name in given]
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.links += [given["href"]] if tag == "a" and "href" in given else []
        self.loaded += [given[FETCHING[tag]]] if FETCHING.get(tag, "") in given else []
        self.loaded += [given["href"]] if tag == "link" and given.get("rel") not in ("canonical", "next", "prev") else []
        self.loaded += re.findall(r"\S+", given.get("srcset", "")) + re.findall(r"url\(([^)]*)\)", given.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag in ("script", "style")
        self._text += ["\n"] * (tag in BLOCKS)

    def handle_data(self, data: str) -> None:
        self._text += [] if self._skip else [data]

    @property
    def text(self) -> str:
        return "".join(self._text)


class Site(NamedTuple):
    folder: Path
    pages: dict[str, Page]

    def text(self, name: str) -> str:
        return self.pages[name].text

    def of_pack(self, name: str) -> dict[str, Page]:
        return {path: page for path, page in self.pages.items() if path.startswith(f"packs/{name}/")}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder)
    pages = {path.relative_to(folder).as_posix(): Page(path) for path in sorted(folder.rglob("*.html"))}
    return Site(folder, pages)


@pytest.fixture(params=bundled_packs())
def bundled(request: pytest.FixtureRequest) -> Pack:
    return load_pack(request.param)


# The pages written by hand.


@pytest.mark.parametrize("name", ["tutorial.md", "how-to.md"])
def test_every_command_of_a_page_shows_what_it_gives(name: str, tmp_path: Path) -> None:
    for folder in ("rules", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    assert not (wrong := find_differences(DOCS / name, tmp_path)), f"{name} ought to read:\n" + "\n".join(wrong)


def test_the_hook_that_is_named_is_there() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    named = re.findall(r"- id: (\S+)", (DOCS / "how-to.md").read_text(encoding="utf-8"))
    assert named
    assert set(named) <= {hook["id"] for hook in hooks}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_tests_and_targets_of_make_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for file, name in re.findall(r"`(tests/[a-z_/]+\.py)(?:::(\w+))?`", text):
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{name}"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", text)) <= targets


def test_the_front_page_carries_the_deferral_of_the_pack_it_speaks_of(site: Site, pack: Pack) -> None:
    assert pack.header.deferral.text in fold(site.text("index.html"))


# Links, and what is loaded.


def test_every_link_leads_to_a_page_or_file_of_the_site_and_to_an_anchor_on_it(site: Site) -> None:
    broken = []
    for name, page in site.pages.items():
        for link in (link for link in page.links if not urlsplit(link).scheme):
            address = urlsplit(link)
            base = site.folder if link.startswith("/") else (site.folder / name).parent
            path = unquote(address.path).lstrip("/") or ("index.html" if link.startswith("/") else Path(name).name)
            aimed = (base / path).resolve()
            aimed = aimed / "index.html" if aimed.is_dir() else aimed
            if not aimed.is_relative_to(site.folder.resolve()) or not aimed.is_file():
                broken.append(f"{name}: {link}")
            elif aimed.suffix == ".html" and not link.endswith("#__skip"):
                anchors = site.pages[aimed.relative_to(site.folder.resolve()).as_posix()].anchors
                broken += [f"{name}: {link}"] if unquote(address.fragment) not in anchors else []
    assert broken == []


def test_every_page_can_be_reached_from_the_front_page(site: Site) -> None:
    waiting, seen = ["index.html"], set()
    while waiting:
        name = waiting.pop()
        if name in site.pages and name not in seen:
            seen.add(name)
            paths = [unquote(urlsplit(link).path) for link in site.pages[name].links if not urlsplit(link).scheme]
            waiting += [os.path.normpath(Path(name).parent / path) for path in paths if path]
    assert set(site.pages) - seen == {"404.html"}


def test_a_click_leads_out_to_known_hosts_only(site: Site) -> None:
    outside = {urlsplit(link).netloc for page in site.pages.values() for link in page.links if urlsplit(link).scheme}
    assert outside <= LINKED_HOSTS


def test_pages_load_nothing_but_files_of_the_site(site: Site) -> None:
    for name, page in site.pages.items():
        assert page.loaded, name
        for address in page.loaded:
            base = site.folder if address.startswith("/") else (site.folder / name).parent
            assert not urlsplit(address).scheme, (name, address)
            assert not address.startswith("//"), (name, address)
            assert (base / urlsplit(address).path.lstrip("/")).is_file(), (name, address)


def test_styles_and_pictures_load_nothing_from_elsewhere(site: Site) -> None:
    files = [path for suffix in ("*.css", "*.svg") for path in site.folder.rglob(suffix)]
    assert {path.suffix for path in files} == {".css", ".svg"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"""url\(["']?([^"')]*)|@import\s+["']([^"']*)|href=["']([^"']*)""", text)
        addresses = [address for found in loaded for address in found if address]
        assert [address for address in addresses if not address.startswith(("data:", "#"))] == [], path.name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from start_chromium()


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site.folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_asks_no_other_host_and_finds_a_word(browser: Browser, address: str, site: Site) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in (*list(site.pages)[::7], "index.html"):
        page.goto(f"{address}{name}")
    page.keyboard.press("/")
    page.keyboard.type("supervaluation")
    page.get_by_role("link", name="What an answer means").filter(visible=True).last.wait_for()
    page.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


# What stands on the pages.


def every_file(site: Site) -> Iterator[tuple[str, str]]:
    """The text of every page, and every other file of the site that is text and no part of the generator."""
    yield from ((name, page.text) for name, page in site.pages.items())
    for path in site.folder.rglob("*"):
        if path.suffix in (".csv", ".svg", ".txt"):
            yield path.name, path.read_text(encoding="utf-8")


def test_no_page_has_a_wording_that_no_text_may_have(site: Site) -> None:
    allowed = {EXCEPTION} | {part.sentence for name in bundled_packs() for part in load_pack(name).header.wording_exceptions}
    found = {name: banned_wordings(text, allowed) for name, text in every_file(site)}
    assert {name: words for name, words in found.items() if words} == {}


def test_what_is_not_to_be_repeated_stands_nowhere(site: Site, bundled: Pack) -> None:
    claims = [statement.text for statement in bundled.statements if statement.kind in NOT_REPEATED]
    assert claims
    found = json.loads((site.folder / "search.json").read_text(encoding="utf-8"))["items"]
    texts = [*every_file(site), *((item["location"].partition("#")[0], item["text"]) for item in found)]
    assert any(name == "index.html" for name, _ in texts[len(site.pages) :])
    repeated = {name for name, text in texts for claim in claims if fold(claim).casefold() in fold(text).casefold()}
    # How a statement that is not repeated is written down is shown there, with one of the leaflet made for that page.
    assert repeated <= ({"writing-a-pack.html"} if bundled.id == "repair-cafe" else set())


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents are not part of the project; they lie in ../shared/documents")
def test_no_page_repeats_a_document(site: Site) -> None:
    for document in DOCUMENTS.glob("*.txt"):
        segments = read_document(document.read_bytes(), document.name)
        found = {name: list(find_shared(text, Runs(segments))) for name, text in every_file(site)}
        assert {name: shared for name, shared in found.items() if shared} == {}


# The reference.


def plain(text: str) -> str:
    """A text of the program as a page shows it."""
    return fold(text.replace("`", ""))


def help_texts(arguments: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The help of every command that does something, as a user sees it, found by following the lists of commands."""
    shown = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "200"}, prog_name="triage").output
    listed = re.findall(r"^  ([a-z][a-z-]*)  ", shown.partition("\nCommands:\n")[2], re.MULTILINE)
    if not listed:
        yield " ".join(("triage", *arguments)), shown
    for name in listed:
        yield from help_texts((*arguments, name))


def test_the_reference_has_every_command_with_every_option_and_what_it_says(site: Site) -> None:
    page = fold(site.text("reference/commands.html"))
    found = dict(help_texts())
    assert len(found) > 10
    starts = sorted((page.index(f" {name} Permanent link ¶"), name) for name in found)
    for (start, name), (end, _) in zip(starts, [*starts[1:], (len(page), "")], strict=True):
        part, shown = page[start:end], found[name]
        for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", shown, re.MULTILINE):
            assert option in part, (name, option)
        for choices in re.findall(r"<([a-z-]+\|[a-z|-]+)>", shown):
            assert ", ".join(choices.split("|")) in part, (name, choices)
        for told in re.findall(r"^  \S.*?\S   *(\S.*?)(?:  \[.*)?$", shown, re.MULTILINE):
            assert plain(told) in part, (name, told)


def test_the_reference_has_every_exit_code(site: Site) -> None:
    told = dict(read_exit_codes())
    assert set(told) == {int(code) for code in ExitCode}
    page = fold(site.text("reference/commands.html"))
    assert all(f"{number} {meaning}" in page for number, meaning in told.items())


def test_every_key_of_the_intake_and_the_assessment_has_its_meaning(site: Site) -> None:
    kinds = {kind.__name__: kind for kind in (Intake, Assessment, *PARTS)}
    assert {name: set(told) for name, told in MEANINGS.items()} == {name: set(keys_of(kind)) for name, kind in kinds.items()}
    page = fold(site.text("reference/json.html"))
    assert [meaning for told in MEANINGS.values() for meaning in told.values() if plain(meaning) not in page] == []


def test_the_example_of_the_reference_has_the_keys_that_are_told(site: Site) -> None:
    (block,) = re.findall(r'^\{\n  "schema".*?^\}', site.text("reference/json.html"), re.MULTILINE | re.DOTALL)
    shown = json.loads(block)
    assert list(shown) == list(MEANINGS["Assessment"])
    assert shown["deferral"] in fold(site.text("reference/json.html").partition('"schema"')[0])


def parts_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and those that its fields are made of."""
    waiting = [model]
    seen: set[type[BaseModel]] = set()
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            yield current
            waiting += [part for field in current.model_fields.values() for part in models_in(field.annotation)]


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inside in getattr(annotation, "__args__", ()):
        yield from models_in(inside)


@pytest.mark.parametrize("file", MODELS)
def test_the_reference_has_every_key_of_a_pack_file(site: Site, file: str) -> None:
    page = site.pages["reference/pack-format.html"]
    assert file in page.text
    for part in parts_of(MODELS[file]):
        anchor = file.removesuffix(".yaml") if part is MODELS[file] else part.__name__
        assert anchor in page.anchors
        for name, field in part.model_fields.items():
            assert re.search(rf"^{field.alias or name}$", page.text, re.MULTILINE), (anchor, name)


def test_the_reference_has_every_code_of_a_finding(site: Site) -> None:
    page = site.pages["reference/findings.html"]
    assert {*CODES, *LOAD_CODES} <= page.anchors
    told = [text for code in (*CODES.values(), *LOAD_CODES.values()) for text in code]
    assert [text for text in told if plain(text) not in fold(page.text)] == []


# The pages of packs.


def test_the_pages_of_a_pack_hold_all_of_it(site: Site, bundled: Pack) -> None:
    pages = site.of_pack(bundled.id)
    anchors = {name.rpartition("/")[2]: page.anchors for name, page in pages.items()}
    assert set(bundled.question) <= anchors["questions.html"]
    assert {*bundled.decision, *bundled.rule} <= anchors["rules.html"]
    assert set(bundled.statement) <= anchors["statements.html"]
    assert {tension.tension for tension in bundled.header.tensions} <= anchors["tensions.html"]
    assert {part.outcome for part in bundled.header.outcomes if not part.procedures} <= anchors["silences.html"]
    assert set(bundled.source) <= anchors["signs.html"]
    texts = {name.rpartition("/")[2]: fold(page.text) for name, page in pages.items()}
    header = bundled.header
    assert all(fold(text) in texts["index.html"] for text in (header.intended_use, bundled.digest, bundled.version))
    assert all(fold(part.headline) in texts["index.html"] for part in header.outcomes)
    assert all(fold(note.text) in texts["silences.html"] for note in bundled.notes)
    assert header.safety_net is not None
    assert all(fold(level.text) in texts["signs.html"] for level in header.safety_net.levels)
    spellings = [word for question in bundled.questions for words in question.spellings.values() for word in words]
    assert all(fold(text) in texts["questions.html"] for text in (*spellings, *(question.help for question in bundled.questions)))
    unsaid = {statement.statement for statement in bundled.statements if statement.kind in NOT_REPEATED}
    items = [item for section in bundled.sheet.sections for item in section.items if unsaid & set(item.because)]
    assert items
    assert all(fold(item.text) in texts["tensions.html"] for item in items)


@pytest.mark.parametrize(
    ("procedure", "rules"),
    [("Vertebroplasty", ["P4", "P5", "P6", "V2", "V3"]), ("Kyphoplasty", ["P4", "P5", "P6", "K3", "K4", "K2n"])],
)
def test_the_silences_list_every_rule_by_which_a_procedure_is_not_named(site: Site, procedure: str, rules: list[str]) -> None:
    page = site.text("packs/vertebral-fracture/silences.html")
    part = re.split(r"\n(?:When|Notes) ", page.rpartition(f"\nWhen {procedure} is not named")[2])[0]
    assert re.findall(r"^((?!S\d)[A-Z]\w+)$", part, re.MULTILINE) == rules


def test_statements_stand_with_class_and_segment_and_a_text_only_where_it_may_be_repeated(site: Site, bundled: Pack) -> None:
    lines = [line for line in site.text(f"packs/{bundled.id}/statements.html").split("\n") if line.strip()]
    for statement in bundled.statements:
        start = lines.index(statement.statement)
        text = "not repeated" if statement.kind in NOT_REPEATED else statement.text
        assert lines[start + 1 : start + 4] == [statement.kind, str(statement.segment), text]


def test_wherever_an_outcome_is_told_the_deferral_stands_too(site: Site, bundled: Pack) -> None:
    header = bundled.header
    outcomes = [text for part in header.outcomes for text in (part.headline, say_value(bundled, header.outcome, part.outcome))]
    found = 0
    for name, page in site.of_pack(bundled.id).items():
        if any(fold(text) in fold(page.text) for text in outcomes):
            found += 1
            assert header.deferral.text in fold(page.text), name
    assert found > 3


@pytest.mark.parametrize("suffix", ["csv", "svg"])
def test_tables_and_pictures_are_what_the_commands_give(site: Site, bundled: Pack, suffix: str) -> None:
    folder = site.folder / "packs" / bundled.id
    runs = {"csv": ["table", "--format", "csv"], "svg": ["graph", "--what", "outcomes", "--format", "svg"]}
    assert list(bundled.reading)
    for reading in bundled.reading:
        shown = CliRunner().invoke(app, ["rules", *runs[suffix], "--pack", bundled.id, "--reading", reading])
        name = f"table-{reading}.csv" if suffix == "csv" else f"outcomes-{reading}.svg"
        assert (folder / name).read_bytes() == shown.stdout_bytes


def test_the_column_of_the_outcome_is_marked_in_every_row_of_a_table(site: Site, bundled: Pack) -> None:
    html = (site.folder / "packs" / bundled.id / "table.html").read_text(encoding="utf-8")
    rows = [row for body in html.split('<div class="wide"')[1:] for row in body.partition("</table>")[0].split("<tr>")[1:]]
    assert rows
    assert all(row.count('class="given"') == 1 for row in rows)
    assert ".given" in (site.folder / "assets" / "site.css").read_text(encoding="utf-8")


def test_a_picture_that_is_wider_than_high_is_printed_on_paper_laid_across(site: Site, bundled: Pack) -> None:
    folder = site.folder / "packs" / bundled.id
    pictures = re.findall(r'<img[^>]*class="([^"]*)" src="([^"]*)"', (folder / "pictures.html").read_text(encoding="utf-8"))
    assert len(pictures) == 1 + len(bundled.reading)
    for kind, file in pictures:
        box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', (folder / file).read_text(encoding="utf-8"))
        assert box is not None
        assert kind == ("picture wide" if float(box[1]) > float(box[2]) else "picture")


# How pages are made.


@given(st.text(st.sampled_from("`*_{}[]()<>#|~^=+&;:-\\.!1a \"'é"), min_size=1).filter(str.strip))
@example("&lt;")
def test_a_text_in_a_table_is_read_as_it_stands(text: str) -> None:
    rendered = markdown.markdown(table(("a", "b"), [(escape(text), "x")]), extensions=["tables", "attr_list", "def_list"])
    (cell,) = re.findall(r"<td>(.*?)</td>\n<td>x</td>", rendered, re.DOTALL)
    assert "<" not in cell
    assert fold(unescape(cell)) == fold(text)


@given(st.text(st.sampled_from("*_[]()<>#&-\\.1a "), min_size=1).filter(str.strip))
@example("1. a")
@example("1) a")
@example("- a")
@example("# a")
def test_a_text_of_a_list_is_read_as_it_stands(text: str) -> None:
    rendered = markdown.markdown(bullets([escape(text)]), extensions=["tables", "attr_list", "def_list"])
    (item,) = re.findall(r"<ul>\n<li>(.*?)</li>\n</ul>", rendered, re.DOTALL)
    assert "<" not in item
    assert fold(unescape(item)) == fold(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[d](docs/dependencies.md)", "[d](dependencies.md)"),
        ("[d](docs/decisions)", "[d](decisions/index.md)"),
        ("[c](CHANGELOG.md#a)", "[c](changelog.md#a)"),
        ("[b](benchmarks/README.md)", "b"),
        ("[h](https://github.com/x)", "[h](https://github.com/x)"),
        ("[a](#a)", "[a](#a)"),
        ("![p](docs/pictures/p.png)", "![p](pictures/p.png)"),
    ],
)
def test_links_of_a_file_at_the_top_hold_on_the_site(written: str, shown: str) -> None:
    kept = {"docs/dependencies.md": "dependencies.md", "CHANGELOG.md": "changelog.md", "docs/pictures/p.png": "pictures/p.png"}
    places = {ROOT / path: target for path, target in kept.items()}
    assert relink(written, ROOT / "ARCHITECTURE.md", "architecture.md", places) == shown


def test_links_of_a_page_in_a_folder_hold_on_the_site() -> None:
    places = {DOCS / "dependencies.md": "dependencies.md", DOCS / "decisions" / "1.md": "decisions/1.md"}
    written = "[d](../dependencies.md) [o](1.md#a) [m](../packs/index.md) [g](../../pyproject.toml)"
    shown = "[d](../dependencies.md) [o](1.md#a) [m](../packs/index.md) g"
    assert relink(written, DOCS / "decisions" / "2.md", "decisions/2.md", places) == shown


def test_a_broken_link_stops_the_build_and_leaves_the_site_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(text: str) -> Callable[[Path], list[object]]:
        def write_sources(folder: Path) -> list[object]:
            folder.mkdir()
            (folder / "index.md").write_text(text, encoding="utf-8")
            return [{"Home": "index.md"}]

        return write_sources

    monkeypatch.setattr("publish.build.write_sources", write("# One\n"))
    build(tmp_path / "site")
    before = (tmp_path / "site" / "index.html").read_bytes()
    for link in ("missing.md", "index.md#missing"):
        monkeypatch.setattr("publish.build.write_sources", write(f"# Two\n\n[x]({link})\n"))
        with pytest.raises(BuildError, match="does not exist"):
            build(tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
