"""A consult sheet as HTML and PDF: well made, self-contained, the same bytes, and the same words as every other format."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bare_pack import make_bare_pack
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sheets import Page, rendered, text_of_html, text_of_pdf, words_of

from triage import Intake, RequestError, assess
from triage.formats import render
from triage.intake import read_intake
from triage.page import SIZES, _count_pages, render_html, render_pdf
from triage.sections import Line, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.assessment import Assessment
    from triage.pack import Pack

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "rules" / "vertebral-fracture" / "examples").glob("*.yaml"))
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
HOSTILE = '<script>alert(1)</script> & "quoted" \'single\' </title></style> #let x = 1 *b* _i_ $m$ @ref \\u{41} \\" ]] // `raw`'


@pytest.fixture(scope="module")
def examples(pack: Pack) -> dict[str, Assessment]:
    return {path.stem: assess(pack, read_intake(path.read_bytes(), path.name)) for path in EXAMPLES}


@pytest.fixture(scope="module")
def pdfs(pack: Pack, examples: dict[str, Assessment]) -> dict[str, bytes]:
    return {name: render([assessment], pack, "pdf") for name, assessment in examples.items()}


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


# HTML


@pytest.mark.parametrize("example", [path.stem for path in EXAMPLES])
def test_a_page_is_well_formed_and_every_list_stands_where_it_may(
    pack: Pack, examples: dict[str, Assessment], example: str
) -> None:
    text = rendered([examples[example]], pack, "html")
    assert text.startswith('<!doctype html>\n<html lang="en">\n')
    assert Page(text).faults == []


def test_the_check_of_pages_sees_what_it_should() -> None:
    for text, fault in (
        ("<html><body><main>", "<main> is never closed"),
        ("<html><body></main></body></html>", "</main> closes nothing"),
        ("<html><ul></ul></html>", "<ul> stands in <html>"),
        ("<html><head></head><body><main><article>x</article></main></body></html>", "'x' stands in <article>"),
        ('<html lang="a" lang="b"></html>', "<html> has an attribute twice"),
    ):
        assert fault in Page(text).faults


@pytest.mark.parametrize("example", [path.stem for path in EXAMPLES])
def test_a_page_holds_no_script_and_no_address_and_fetches_nothing(
    pack: Pack, examples: dict[str, Assessment], example: str
) -> None:
    text = rendered([examples[example]], pack, "html")
    page = Page(text)
    assert {element.tag for element in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "main", "article", "section", "div", "h1", "h2", "p", "ul", "li",
    }  # fmt: skip
    attributes = {name for element in page.elements for name in element.attributes}
    assert attributes <= {"lang", "charset", "name", "content", "class", "http-equiv"}
    assert not re.search(r"https?:|//|url\(|@import|javascript:", text)


def test_a_page_names_its_language_title_and_policy(pack: Pack, examples: dict[str, Assessment]) -> None:
    page = Page(rendered([examples["both"]], pack, "html"))
    elements = {element.tag: element.attributes for element in page.elements}
    assert elements["html"] == {"lang": "en"}
    assert page.said("title") == page.said("h1") == [f"{pack.header.title}: example-both · L1"]
    metas = [element.attributes for element in page.elements if element.tag == "meta"]
    assert {"charset": "utf-8"} in metas
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in metas
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in metas
    assert Page(rendered([assess(pack, Intake(BOTH))], pack, "html")).said("title") == [pack.header.title]


def test_a_page_reads_without_colour_and_on_paper(pack: Pack, examples: dict[str, Assessment]) -> None:
    (style,) = Page(rendered([examples["both"]], pack, "html")).said("style")
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|hsl|\b(red|green|blue|yellow|orange)\b", style)
    assert "@media print" in style
    # lengths that follow the reader's own size, but for what goes on paper and hair lines
    assert not re.search(r"font(-size)?:[^;]*\dpx", style)


def test_the_warning_the_outcome_and_the_deferral_stand_first_and_together(pack: Pack, examples: dict[str, Assessment]) -> None:
    for name, assessment in examples.items():
        text = rendered([assessment], pack, "html")
        page = Page(text)
        firsts = [element for element in page.elements if element.attributes.get("class") == "first"]
        net = assessment.safety_net
        assert net is not None
        assert len(firsts) == 1 + bool(net.reported or net.open_signs), name
        headings = page.said("h2")[: len(firsts)]
        assert headings[-1].startswith("Outcome: ")
        blocks = [block for _, block in page.blocks]
        at = blocks.index(headings[-1])
        assert blocks[at + 1 : at + 3] == [assessment.headline, assessment.deferral]


def test_what_looks_like_markup_stays_text_in_a_page() -> None:
    section = Section(HOSTILE, (Line(HOSTILE), Line(HOSTILE, 1), Line(HOSTILE, 2), Line(HOSTILE, 3)))
    text = render_html(HOSTILE, [(HOSTILE, [section])])
    page = Page(text)
    assert page.faults == []
    assert page.said("title", "h1") == [f"{HOSTILE}: {HOSTILE}"] * 2
    assert page.said("h2", "p", "li") == [HOSTILE] * 5
    assert "<script" not in text


SHAPES = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(SHAPES, st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8), min_size=12, max_size=12))
def test_any_nesting_of_lines_gives_a_well_formed_page_that_says_them_all(depths: list[int], texts: list[str]) -> None:
    lines, depth = [], 0
    for wanted, text in zip(depths, texts, strict=False):
        depth = min(wanted, depth + 1)  # as sections are made: no line skips a depth on the way down
        lines.append(Line(text, depth))
    page = Page(render_html("t", [("", [Section("s", tuple(lines))])]))
    assert page.faults == []
    assert page.said("p", "li") == [line.text for line in lines]
    assert [tag for tag, _ in page.blocks if tag in ("p", "li")] == ["li" if line.depth else "p" for line in lines]


def test_several_intakes_have_an_article_each_under_its_name(pack: Pack, examples: dict[str, Assessment]) -> None:
    page = Page(rendered([examples["both"], examples["kyphoplasty"]], pack, "html"))
    assert page.faults == []
    articles = [element.attributes.get("class") for element in page.elements if element.tag == "article"]
    assert articles == ["summary", None, None, None]
    title = pack.header.title
    assert page.said("h1") == [title, *(f"{title}: example-{name}" for name in ("both · L1", "kyphoplasty · L2")), title]
    assert page.said("h2")[0] == "On this sheet"
    assert page.said("title") == [f"{pack.header.title}: example-both · L1, example-kyphoplasty · L2"]


# PDF


@pytest.mark.parametrize("example", [path.stem for path in EXAMPLES])
def test_a_pdf_is_tagged_names_its_language_and_title_and_has_one_page(pack: Pack, pdfs: dict[str, bytes], example: str) -> None:
    reader = read(pdfs[example])
    root: Any = reader.root_object
    assert len(reader.pages) == 1
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/StructTreeRoot"]["/Type"] == "/StructTreeRoot"
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith(f"{pack.header.title}: example-{example}")
    assert b"pdfuaid:part>1<" in pdfs[example]


def test_a_pdf_says_nothing_of_when_it_was_made(pdfs: dict[str, bytes]) -> None:
    for name, pdf in pdfs.items():
        metadata = read(pdf).metadata
        assert metadata is not None
        assert not {"/CreationDate", "/ModDate"} & set(metadata), name
        assert not re.search(rb"CreateDate|ModifyDate|MetadataDate", pdf)


def test_a_pdf_has_the_structure_of_the_sheet(pack: Pack, pdfs: dict[str, bytes]) -> None:
    roles = re.findall(rb"/S ?/([A-Z][A-Za-z0-9]*)", pdfs["kyphoplasty-open"])
    assert {b"H1", b"H2", b"P", b"L", b"LI", b"LBody"} <= set(roles)
    assert roles.count(b"H1") == 1
    assert roles.count(b"H2") == len(Page(rendered([assess_example(pack, "kyphoplasty-open")], pack, "html")).said("h2"))


def assess_example(pack: Pack, name: str) -> Assessment:
    path = next(path for path in EXAMPLES if path.stem == name)
    return assess(pack, read_intake(path.read_bytes(), path.name))


def test_a_sheet_of_three_intakes_has_a_page_each_after_a_summary_and_one_for_what_they_share(
    pack: Pack, examples: dict[str, Assessment]
) -> None:
    pdf = render([examples[name] for name in ("kyphoplasty-open", "both", "vertebroplasty")], pack, "pdf")
    first, second, _, common = [page.extract_text() for page in read(pdf).pages]
    assert first.startswith(f"{pack.header.title}\nOn this sheet\n")
    assert f"\n{pack.header.title}: example-kyphoplasty-open · T11\n" in first
    assert second.startswith(f"{pack.header.title}: example-both · L1\n")
    assert common.startswith(f"{pack.header.title}\nThe same for every intake above\nImaging is required to confirm")
    assert _count_pages(pdf) == len(read(pdf).pages) == 4


def test_the_largest_type_that_fits_is_taken_and_the_largest_of_all_where_none_does(pack: Pack, pdfs: dict[str, bytes]) -> None:
    short = render_pdf("t", [("", [Section("Outcome: x", (Line("y"),))])])
    assert type_sizes(short) == {SIZES[0], 12.0, round(SIZES[0] * 1.2, 2)}
    filling = [Section("s", tuple(Line("word " * 40, 1) for _ in range(400)))]
    long = render_pdf("t", [("", filling)])
    assert len(read(long).pages) > 1
    assert min(type_sizes(long)) == SIZES[0]
    assert all(min(type_sizes(pdf)) >= SIZES[-1] for pdf in pdfs.values())


def type_sizes(pdf: bytes) -> set[float]:
    content = b"".join(page.get_contents().get_data() for page in read(pdf).pages)  # type: ignore[union-attr] # none is empty
    return {round(float(size), 2) for size in re.findall(rb"/\S+ ([0-9.]+) Tf", content)}


def test_what_looks_like_markup_stays_text_in_a_pdf() -> None:
    section = Section(HOSTILE, (Line(HOSTILE), Line(HOSTILE, 1), Line(HOSTILE, 2)))
    pdf = render_pdf(HOSTILE, [(HOSTILE, [section])])
    assert words_of(text_of_pdf(pdf)) == words_of(" ".join([HOSTILE] * 6))
    metadata = read(pdf).metadata
    assert metadata is not None
    assert metadata.title == f"{HOSTILE}: {HOSTILE}"


ELSEWHERE = """
import hashlib, sys
from pathlib import Path
from triage import assess, load_pack
from triage.intake import read_intake
from triage.formats import render
pack = load_pack("vertebral-fracture")
for file in sys.argv[1:]:
    print(hashlib.sha256(render([assess(pack, read_intake(Path(file).read_bytes(), file))], pack, "pdf")).hexdigest())
"""


def test_two_processes_give_the_same_bytes(pdfs: dict[str, bytes]) -> None:
    here = [hashlib.sha256(pdfs[path.stem]).hexdigest() for path in EXAMPLES]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1000000000"}
    there = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *map(str, EXAMPLES)], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert there.stdout.split() == here


def test_a_pdf_without_typst_is_refused_with_the_line_that_installs_it(
    pack: Pack, examples: dict[str, Assessment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(
        RequestError, match=re.escape("a PDF needs the library Typst; install it beside this tool with: pip install typst")
    ):
        render([examples["both"]], pack, "pdf")
    assert rendered([examples["both"]], pack, "html").startswith("<!doctype html>")


@pytest.mark.parametrize("text", ["\u4e2d\u6587", "\U0001f600"])
def test_a_pdf_of_text_that_its_font_lacks_is_refused_in_words(text: str) -> None:
    with pytest.raises(RequestError, match=r"no PDF can be made of this: .* could not be displayed .*; take another --format"):
        render_pdf("t", [("", [Section("s", (Line(text),))])])


def test_almost_every_sheet_has_one_page(pack: Pack) -> None:
    """Fifty intakes of every kind: a few with many open answers and notes take two."""
    chance, pages = random.Random(7), Counter[int]()
    for _ in range(50):
        given = {question.question: chance.choice((*question.values, "unknown", "")) for question in pack.questions}
        signs = {question.question: chance.choice(("no", "no", "unknown")) for question in pack.questions if question.warning}
        pages[len(read(render([assess(pack, Intake({**given, **signs}))], pack, "pdf")).pages)] += 1
    assert set(pages) <= {1, 2}
    assert pages[1] >= 40


# The same facts in every format


def shown(assessments: Sequence[Assessment], pack: Pack, stamp: str | None = None) -> dict[str, list[str]]:
    """The words of each format, without the title of the pack that the text leaves out."""
    title = words_of(pack.header.title)
    markdown = rendered(assessments, pack, "markdown", stamp=stamp)
    texts = {
        "text": rendered(assessments, pack, "text", stamp=stamp),
        "markdown": re.sub(r"\\(?=[^\w\s])", "", markdown),
        "html": text_of_html(rendered(assessments, pack, "html", stamp=stamp)),
        "pdf": text_of_pdf(render(assessments, pack, "pdf", stamp=stamp)),
    }
    words = {name: words_of(text) for name, text in texts.items()}
    headings = len(re.findall("^# ", markdown, re.MULTILINE))
    assert headings == (1 if len(assessments) == 1 else len(assessments) + 2)
    words["text"] = sorted([*words["text"], *title * headings])
    return words


@pytest.mark.parametrize("example", [path.stem for path in EXAMPLES])
def test_every_format_says_the_same_words_as_often(pack: Pack, examples: dict[str, Assessment], example: str) -> None:
    words = shown([examples[example]], pack)
    assert len(words["text"]) > 150
    for name in ("markdown", "html", "pdf"):
        assert words[name] == words["text"], name


def test_a_sheet_of_several_intakes_and_one_with_a_stamp_say_the_same_in_every_format(
    pack: Pack, examples: dict[str, Assessment]
) -> None:
    stamp = "2026-01-02 03:04 UTC"
    words = shown([examples["both"], assess(pack, Intake({"stable": "?"}))], pack, stamp)
    assert words["text"].count("2026") == 2
    for name in ("markdown", "html", "pdf"):
        assert words[name] == words["text"], name


def test_a_stamp_is_shown_in_every_format_but_json(pack: Pack, examples: dict[str, Assessment]) -> None:
    stamp = "2026-01-02 03:04 UTC"
    assessments = [examples["outside-documents"]]
    assert "Made 2026-01-02 03:04 UTC" in rendered(assessments, pack, "text", stamp=stamp)
    assert "Made 2026-01-02 03:04 UTC" in rendered(assessments, pack, "markdown", stamp=stamp).replace("\\", "")
    assert "Made 2026-01-02 03:04 UTC" in text_of_html(rendered(assessments, pack, "html", stamp=stamp))
    stamped = render(assessments, pack, "pdf", stamp=stamp)
    assert "Made 2026-01-02 03:04 UTC" in " ".join(text_of_pdf(stamped).split())
    assert read(stamped).metadata == read(render(assessments, pack, "pdf")).metadata
    assert rendered(assessments, pack, "json", stamp=stamp) == rendered(assessments, pack, "json")


def test_a_pack_with_the_least_gives_a_page_and_a_pdf(tmp_path: Path) -> None:
    bare = make_bare_pack(tmp_path / "bare")
    words = shown([assess(bare, Intake({"rain": "yes", "wind": "calm"}))], bare)
    assert words["text"] == words["markdown"] == words["html"] == words["pdf"]
