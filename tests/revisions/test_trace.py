"""`rules trace`: who cites what, read again from the files of the packs, and what a text that differs makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_pack import DIGEST, Edit, write_pack

from triage import load_pack
from triage.citations import UNUSED, UNUSED_REMEDY
from triage.documents import Segment, read_document
from triage.library import bundled_packs
from triage.pack import Pack
from triage.proofs.checks import check_pack
from triage.revisions.trace import HOW_COUNTED, Trace, describe_trace, render_trace, trace
from triage.wording import banned_wordings

ROOT = Path(__file__).parent.parent.parent
LEAFLET = ROOT / "docs" / "examples" / "repair-cafe.txt"
TEXT = LEAFLET.read_text(encoding="utf-8")
DOCUMENT = ROOT.parent / "shared" / "documents" / "spine-fracture-treatment.txt"
needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason="the document is not beside this checkout")


@pytest.fixture(scope="module")
def cafe() -> Pack:
    return load_pack("repair-cafe")


def traced(pack: Pack, text: str) -> Trace:
    return trace(pack, {pack.header.documents[0].document: read_document(text.encode(), "text")})


def triage(*arguments: str | Path, at: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", "rules", *map(str, arguments)]
    return subprocess.run(command, cwd=at, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


# Statements and rules


@pytest.mark.parametrize("name", bundled_packs())
def test_every_rule_is_traced_to_what_it_cites_readings_included(name: str) -> None:
    pack = load_pack(name)
    rules = {part.rule: part for part in trace(pack).rules}
    assert {code: part.statements for code, part in rules.items()} == {code: rule.because for code, rule in pack.rule.items()}
    under = {rule.rule: (rule.decision, reading.reading) for reading in pack.readings for rule in reading.rules}
    owners = {rule.rule: (decision.decision, None) for decision in pack.decisions for rule in decision.rules}
    assert {code: (part.decision, part.reading) for code, part in rules.items()} == {**owners, **under}


@pytest.mark.parametrize(("name", "count"), [("vertebral-fracture", 56), ("repair-cafe", 20)])
def test_every_statement_of_the_bundled_packs_is_accounted_for(name: str, count: int) -> None:
    found = trace(load_pack(name))
    assert (found.accounted, len(found.statements), found.has_findings) == (count, count, False)
    assert f"Statements: {count} of {count} accounted for." in render_trace(found, load_pack(name), "text")


def test_the_statements_left_over_are_those_that_a_check_finds_unused(tmp_path: Path) -> None:
    uncited = f"  - {{statement: S06, segment: 5, sha256: {DIGEST(5)}, class: risk, text: Rain is wet, use: none}}\n"
    claim = f"  - {{statement: S07, segment: 5, sha256: {DIGEST(5)}, class: withheld, text: Rain is dry, use: none}}\n"
    listed = f"  - {{statement: S08, segment: 5, sha256: {DIGEST(5)}, class: claim, text: Rain is fun, use: none}}\n"
    ruled = Edit("decisions.yaml", "{tyres: broad}, then: pump, because: [S01]", "{tyres: broad}, then: pump, because: [S07]")
    write_pack(
        tmp_path / "b",
        Edit("statements.yaml", "  - {statement: S05", f"{uncited}{claim}{listed}  - {{statement: S05"),
        Edit("pack.yaml", "statements: [S01, S02]", "statements: [S01, S02, S08]"),
        ruled,
    )
    pack = load_pack(tmp_path / "b")
    found = trace(pack)
    assert {part.statement for part in found.statements if not part.accounted} == {"S06", "S07"}
    assert (found.accounted, found.has_findings) == (6, True)
    checked = [finding for finding in check_pack(tmp_path / "b", mutate=False).findings if finding.code == UNUSED]
    text = render_trace(found, pack, "text")
    told = " ".join(text.split())
    assert len(checked) == told.count(f"{UNUSED}: ") == 2
    for finding in checked:
        assert f"- {UNUSED}: {finding.message}. {UNUSED_REMEDY}" in told
    assert "- S07 (withheld, segment 5): not repeated\n    - cited by rules H1\n" in text


def test_what_is_not_repeated_is_traced_without_its_paraphrase(pack: Pack) -> None:
    for layout in ("text", "markdown", "json"):
        shown = " ".join(render_trace(trace(pack), pack, layout).split())
        for statement in pack.statements:
            if statement.kind in ("claim", "withheld"):
                assert statement.text not in shown
                assert statement.statement in shown


@pytest.mark.parametrize("name", bundled_packs())
def test_no_trace_has_a_banned_wording(name: str) -> None:
    pack = load_pack(name)
    for text in (render_trace(trace(pack), pack, "text"), render_trace(traced(pack, "One. Two."), pack, "text")):
        assert banned_wordings(text) == []


# Against the text of a document


@needs_document
def test_38_of_38_segments_of_the_document_match_3_of_them_headings(pack: Pack) -> None:
    found = traced(pack, DOCUMENT.read_text(encoding="utf-8"))
    (document,) = found.documents
    assert (document.matched, document.segments, len(document.headings)) == (38, 38, 3)
    assert (document.changes, document.shared, found.has_findings) == ((), (), False)
    text = " ".join(render_trace(found, pack, "text").split())
    assert "Segments of spine_fracture_treatment: 38 of 38 match the text, 3 of them headings. Statements" in text


def test_a_text_that_differs_is_told_segment_by_segment_with_what_hangs_on_it(cafe: Pack) -> None:
    found = traced(cafe, TEXT.replace("with ordinary screws", "with screws").replace("Which bench is yours?\n", ""))
    assert found.has_findings
    sections = {section.title: [line.text for line in section.lines] for section in describe_trace(cafe, found)}
    assert sections["Trace of repair-cafe 0.1.0"][1] == (
        "Segments of leaflet: 5 of 21 match the text, 4 of them headings; 1 changed; 1 missing; 14 only renumbered."
    )
    assert sections["Segments that differ: leaflet"] == [
        cafe.header.deferral.text,
        HOW_COUNTED,
        "changed-segment: segment 12, now 11: another text now; read it, and correct what its statements say and their digest",
        "Statements S12",
        "cited by rules WIR1, WIR3, TIP4, WIR2s; questions carried_alone, housing; readings carry_and_screws; "
        "tensions carry_or_screws",
        "Outcomes that the rules take part in: both benches; the sewing bench; the wiring bench; the leaflet names no bench",
        "198 of 432 partial intakes of the questions behind Which bench (bench_choice)",
        "198 of 432 partial intakes of the questions behind Notes (cafe_notes)",
        "missing-segment: segment 6: not in the text any more; take its statements back, or find where they stand now",
        "A heading; no statement comes from it",
        "renumbered-segment: 14 segments keep their text and have new numbers (7 to 11 → 6 to 10; 13 to 21 → 12 to 20): "
        "give what comes from there the new number",
    ]


def test_a_changed_segment_lists_all_that_cites_its_statements_the_deferral_first(pack: Pack) -> None:
    """Whatever a statement's own entry says of who cites it, its segment says too."""
    document = pack.header.documents[0]
    texts = {document.document: [Segment(n, "", DIGEST(n)) for n in range(1, document.segments + 1)]}
    found = trace(pack, texts)
    own = {part.statement: part.cited_by for part in found.statements}
    changes = found.documents[0].changes
    assert {code for change in changes for code in change.statements} == set(own)
    for change in changes:
        for kind, cited in change.cited_by._asdict().items():
            each = [getattr(own[code], kind) for code in change.statements]
            if kind == "deferral":
                assert cited == any(each)
            else:
                assert set(cited) == {name for names in each for name in names}
    lines = [line.text for section in describe_trace(pack, found) for line in section.lines]
    assert any(line.startswith("cited by the deferral; ") and "rules " in line for line in lines)


def test_a_segment_that_moved_tells_what_hangs_on_it_and_no_counts(cafe: Pack) -> None:
    line = TEXT.splitlines()[-1]
    last = line[line.index("Almost") :]
    found = traced(cafe, f"{last}\n{TEXT.replace(last, '')}")
    (moved,) = (change for change in found.documents[0].changes if change.code == "moved-segment")
    assert (moved.outcomes, moved.touched) == ((), ())
    text = " ".join(render_trace(found, cafe, "text").split())
    assert "the same text at another place; give what comes from there the new number" in text
    assert "partial intakes" not in text
    assert "renumbered-segment: 20 segments keep their text" in text


def test_a_new_segment_and_a_pack_too_large_to_count_are_said_in_words(tmp_path: Path) -> None:
    more = [f"extra{number}" for number in range(12)]
    listed = "".join(f"  - {{question: {name}, group: ride, label: L, text: T, help: H, values: [a, b]}}\n" for name in more)
    write_pack(
        tmp_path / "large",
        Edit("questions.yaml", "  - question: booked\n", listed + "  - question: booked\n"),
        Edit("decisions.yaml", "reads: [fit]", f"reads: [fit, {', '.join(more)}]"),
    )
    pack = load_pack(tmp_path / "large")
    segments = [Segment(number, "", DIGEST(digest)) for number, digest in enumerate((1, 9, 3, 4, 5, 6, 7), 1)]
    text = " ".join(render_trace(trace(pack, {"leaflet": segments}), pack, "text").split())
    assert (
        "- new-segment: segments 6 to 7 of the text: not in the pack; write statements, or list what states nothing as a heading"
        in text
    )
    assert "Not counted: the 6,377,292 partial intakes of the questions behind choice (choice) are too many" in text
    assert "Outcomes they take part in" not in text


def test_words_that_the_pack_shares_with_its_document_are_told_with_their_place(tmp_path: Path) -> None:
    write_pack(
        tmp_path / "b",
        Edit("statements.yaml", "Wide tyres suit gravel", "All of our wide tyres suit gravel"),
        Edit("cases.yaml", "cases:\n", "# The shop is open on the first Sunday of each month.\ncases:\n"),
    )
    (tmp_path / "b" / "examples").mkdir()
    (tmp_path / "b" / "examples" / "ride.yaml").write_text("# So:\n# all of our wide tyres\nanswers: {}\n", encoding="utf-8")
    pack = load_pack(tmp_path / "b")
    found = traced(
        pack, "All of our WIDE tyres\nsuit gravel. It is open on the first Sunday of each month. All of our wide tyres."
    )
    assert [(shared.file, shared.line, shared.words, shared.segment) for shared in found.documents[0].shared] == [
        ("statements.yaml", 2, 7, 1),
        ("cases.yaml", 1, 9, 3),
        ("examples/ride.yaml", 2, 5, 1),
    ]
    (document,) = found.documents
    assert found._replace(documents=(document._replace(changes=()),)).has_findings
    text = render_trace(found, pack, "text")
    assert "- shared-sentence: cases.yaml:1: 9 words in a row of segment 3; say it in\n    other words\n" in text


def test_the_json_of_a_trace_has_fixed_keys(cafe: Pack) -> None:
    tree = json.loads(render_trace(traced(cafe, TEXT.replace("ordinary", "common")), cafe, "json"))
    assert list(tree) == ["schema", "pack", "accounted", "statements", "rules", "documents", "deferral"]
    assert list(tree["statements"][0]) == [
        "statement", "class", "document", "segment", "cited_by", "not_repeated", "accounted",
    ]  # fmt: skip
    assert list(tree["statements"][0]["cited_by"]) == [
        "rules", "questions", "readings", "deferral", "have_ready", "tensions", "sheet",
    ]  # fmt: skip
    (document,) = tree["documents"]
    assert list(document) == ["document", "segments", "headings", "matched", "changes", "shared"]
    assert list(document["changes"][0]) == ["code", "segments", "now", "statements", "rules", "outcomes", "touched", "cited_by"]
    assert document["changes"][0]["touched"][0] == {"decision": "bench_choice", "intakes": 198, "out_of": 432}
    assert tree["deferral"] == cafe.header.deferral.text
    assert json.loads(render_trace(trace(cafe), cafe, "json"))["documents"][0]["matched"] is None


# The command


def test_the_command_exits_with_1_where_something_is_found_and_0_where_not(tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text(TEXT.replace("ordinary", "common"), encoding="utf-8")
    same = triage("trace", "--pack", "repair-cafe", "--document", LEAFLET, at=tmp_path)
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.startswith("Trace of repair-cafe 0.1.0\n")
    differs = triage("trace", "--pack", "repair-cafe", "--document", "leaflet=new.txt", "-o", "out.json", at=tmp_path)
    assert (differs.returncode, differs.stdout, differs.stderr) == (1, "", "wrote out.json\n")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["documents"][0]["matched"] == 20
    piped = triage("trace", "--pack", "repair-cafe", "--document", "-", "--format", "markdown", at=tmp_path, stdin=TEXT)
    assert piped.returncode == 0
    assert piped.stdout.startswith("## Trace of repair-cafe 0.1.0\n")


def test_the_index_of_a_text_is_for_the_terminal_alone(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("- One\u0301.  Two\x0b", encoding="utf-8")
    listed = triage("trace", "--index", "odd.txt", at=tmp_path)
    assert listed.returncode == 0
    assert [line.split(" ", 2)[::2] for line in listed.stdout.splitlines()] == [["1", "One\u0301."], ["2", "Two"]]
    for more in (["-o", "x.txt"], ["--document", "odd.txt"], ["--format", "json"]):
        refused = triage("trace", "--index", "odd.txt", *more, at=tmp_path)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "for the terminal alone; leave the other options out" in refused.stderr
    assert not (tmp_path / "x.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--document", "none.txt"], '"none.txt" cannot be read: No such file or directory'),
        (["--document", "empty.txt"], "empty.txt: there is no sentence in it"),
        (["--document", "a.txt", "--document", "leaflet=a.txt"], "the document leaflet is given a second time"),
        (["--document", "a.txt", "-o", "a.txt"], '"a.txt" is one of the files that are read'),
        (["--format", "html"], "Invalid value for '--format'"),
        (["--index", "none.txt"], '"none.txt" cannot be read'),
    ],
)
def test_what_cannot_be_traced_is_refused(arguments: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
    run = triage("trace", "--pack", "repair-cafe", *arguments, at=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "One."


def test_of_several_documents_each_text_says_which_it_is(tmp_path: Path) -> None:
    second = f"  - {{document: poster, title: The poster, segments: 1, headings: [{{segment: 1, sha256: {DIGEST(7)}}}]}}\n"
    write_pack(tmp_path / "b", Edit("pack.yaml", "sources:\n", f"{second}sources:\n"))
    (tmp_path / "poster.txt").write_text("Ride.", encoding="utf-8")

    def run(*documents: str) -> subprocess.CompletedProcess[str]:
        return triage("trace", "--pack", "b", *(part for name in documents for part in ("--document", name)), at=tmp_path)

    found = run("poster=poster.txt")
    assert found.returncode == 1
    told = " ".join(found.stdout.split())
    assert "Segments of leaflet: 5, 1 of them headings; not compared, --document FILE does that." in told
    assert "Segments of poster: 0 of 1 match the text, 1 of them headings; 1 changed." in told
    assert "- S01 (decision, leaflet, segment 2): Wide tyres suit gravel" in told
    assert '"poster.txt" is the text of which document? Write DOCUMENT=FILE; it is leaflet, poster' in run("poster.txt").stderr
    assert 'this pack has no document "postr"; it has leaflet, poster. Did you mean "poster"?' in run("postr=poster.txt").stderr
    assert "standard input (-) can be read once only" in run("poster=-", "leaflet=-").stderr
