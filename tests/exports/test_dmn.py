"""DMN files: valid by OMG's schema, read alike by engines and a modeler that nobody here wrote, and exact."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import SpiffWorkflow
from export_packs import HOSTILE, NAMES, judge, listed, make_awkward_pack, make_pack, profiles_of, readings_of
from foreign import MODULES, needs_modeler, needs_node, run_node, start_chromium
from lxml import etree
from slow_engine import import_engine
from small_pack import FILES, Edit, write_pack

from triage import Intake, assess, load_pack
from triage.conditions import COMBINATORS
from triage.errors import RequestError
from triage.exports.dmn import FEEL_WORDS, export_dmn
from triage.wording import banned_wordings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from triage.pack import Pack
    from triage.parts import Decision

DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
SCHEMA = Path(SpiffWorkflow.__file__).parent / "dmn" / "parser" / "schema" / "DMN13.xsd"
STYLES = ("diagram-js", "dmn-js-shared", "dmn-js-drd", "dmn-js-decision-table", "dmn-js-decision-table-controls")
# The diagram is the first view, and opens with the file.
OPEN_EVERYTHING = """async (xml) => {
    const modeler = new DmnJS({ container: '#canvas' });
    const warnings = (await modeler.importXML(xml)).warnings.map(String);
    const elements = modeler.getActiveViewer().get('elementRegistry').filter((element) => element.parent);
    const lines = elements.filter((element) => element.waypoints).length;
    const tables = {};
    for (const view of modeler.getViews().slice(1)) {
        warnings.push(...(await modeler.open(view)).warnings.map(String));
        tables[view.name] = document.querySelectorAll('.tjs-table tbody td.rule-index').length;
    }
    return { warnings, lines, shapes: elements.filter((element) => !element.waypoints && !element.labelTarget).length, tables };
}"""
Answers = dict[str, str]
Values = dict[str, str | None]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from start_chromium()


@pytest.fixture(params=NAMES)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Pack:
    return make_pack(request.param, tmp_path)


def judged(pack: Pack, reading: str | None) -> dict[str, list[tuple[Answers, str | None]]]:
    """Every table by the name that it has in DMN, with each of its profiles and the value there."""
    lists = [
        value for decision in pack.decisions if decision.hit_policy == "collect" for value in pack.values_of(decision.decision)
    ]
    tables: dict[str, list[tuple[Answers, str | None]]] = {}
    for decision in pack.decisions:
        for value in listed(pack, decision, reading):
            name = value or decision.decision
            if value is not None and [*lists, *pack.question, *pack.decision].count(value) > 1:
                name = f"{decision.decision}_{value}"
            profiles = profiles_of(pack, decision)
            tables[name] = [(profile, judge(pack, decision, value, profile, reading)) for profile in profiles]
    return tables


def decide_chain(pack: Pack, answers: Answers, decision: Decision, reading: str | None) -> str | None:
    values: Values = dict(answers)
    for name in pack.chain(decision.decision):
        profile = {read: values[read] for read in pack.decision[name].reads}
        known = {read: value for read, value in profile.items() if value is not None}
        values[name] = judge(pack, pack.decision[name], None, known, reading) if known == profile else None
    return values[decision.decision]


def whole_intakes(pack: Pack) -> list[Answers]:
    """Every answer to the questions behind the outcome; the others have no warning sign and else their last value."""
    behind = {read for name in pack.chain(pack.header.outcome) for read in pack.decision[name].reads}
    quiet = {q.question: next(v for v in reversed(q.values) if v != q.warning) for q in pack.questions}
    asked = [question for question in pack.questions if question.question in behind]
    return [
        quiet | dict(zip((question.question for question in asked), values, strict=True))
        for values in product(*(question.values for question in asked))
    ]


# What is written


def test_a_file_is_valid_by_the_schema_of_omg(exported: Pack, schema: etree.XMLSchema) -> None:
    for reading in readings_of(exported):
        schema.assertValid(etree.fromstring(export_dmn(exported, reading=reading).encode()))


def test_the_schema_of_omg_sees_what_it_should(pack: Pack, schema: etree.XMLSchema) -> None:
    text = export_dmn(pack)
    for old, new in (("<outputEntry ", "<outEntry "), ('hitPolicy="UNIQUE"', 'hitPolicy="ONLY"'), ("dc:Bounds", "dc:Bound")):
        assert old in text
        changed = text.replace(old, new).replace("</outputEntry>", "</outEntry>" if "outEntry" in new else "</outputEntry>")
        assert not schema.validate(etree.fromstring(changed.encode())), new


def test_every_table_has_the_one_shape(exported: Pack) -> None:
    root = etree.fromstring(export_dmn(exported).encode())
    assert not list(root.iter(f"{DMN}annotation", f"{DMN}annotationEntry"))
    for decision in root.iter(f"{DMN}decision"):
        table = decision.find(f"{DMN}decisionTable")
        assert table.get("hitPolicy") == "UNIQUE"
        assert decision.get("name") == decision.find(f"{DMN}variable").get("name") == table.find(f"{DMN}output").get("label")
        for column in table.iter(f"{DMN}input"):
            assert column.get("label") == column.findtext(f"{DMN}inputExpression/{DMN}text")
            values = exported.values_of(column.get("label"))
            assert column.findtext(f"{DMN}inputValues/{DMN}text") == ",".join(f'"{value}"' for value in values)
        for row in table.iter(f"{DMN}rule"):
            assert row.findtext(f"{DMN}description").startswith(("Rule", "No rule applies."))
            cells = [entry.findtext(f"{DMN}text") for entry in row.iter(f"{DMN}inputEntry")]
            assert all(re.fullmatch('-|"[a-z0-9_]+"', cell) for cell in cells)


def test_a_row_names_its_rules_and_what_they_rest_on(pack: Pack) -> None:
    root = etree.fromstring(export_dmn(pack, reading="narrow").encode())
    told = {row.get("id"): row.findtext(f"{DMN}description") for row in root.iter(f"{DMN}rule")}
    assert told["row-discussion-6"] == f"Rules: D4\nS10: {pack.statement['S10'].text}\nS22: {pack.statement['S22'].text}"
    assert told["row-safety_net-4"] == f"Rules: E4\nNHS: {pack.source['NHS'].title}"
    assert told["row-safety_net-2"].startswith("Rules: E2\nRules that hold in a part of it: E3, E4\n")


def test_the_file_says_what_it_is_and_what_dmn_cannot_say(pack: Pack) -> None:
    told = etree.fromstring(export_dmn(pack, reading="narrow").encode()).findtext(f"{DMN}description")
    for text in (pack.header.deferral.text, pack.header.intended_use, pack.id, pack.version, pack.digest, "reading narrow"):
        assert text in told
    for text in (
        "Unknown answers are not in this file",
        "Constraints are not in this file",
        pack.constraints[0].text,
        "Whoever runs it reads safety_net first; where that is emergency, all other values are kept back",
        "that rules nothing out",
    ):
        assert text in told


def test_nothing_is_said_of_parts_that_a_pack_does_not_have(tmp_path: Path) -> None:
    told = etree.fromstring(export_dmn(make_pack("umbrellas", tmp_path)).encode()).findtext(f"{DMN}description")
    for word in ("Constraints", "safety net", "withheld", "reading"):
        assert word not in told


def test_the_deferral_stands_beside_the_outcome(pack: Pack) -> None:
    root = etree.fromstring(export_dmn(pack).encode())
    told = {decision.get("name"): decision.findtext(f"{DMN}description") for decision in root.iter(f"{DMN}decision")}
    assert told[pack.header.outcome].endswith(pack.header.deferral.text)


def test_no_text_advises_or_repeats_a_claim(pack: Pack) -> None:
    for reading in pack.reading:
        text = " ".join(etree.fromstring(export_dmn(pack, reading=reading).encode()).itertext())
        assert banned_wordings(text) == []
        assert not [s.statement for s in pack.statements if s.kind in ("claim", "withheld") and s.text in text]


def test_a_claim_that_a_rule_cites_is_named_and_not_repeated(tmp_path: Path) -> None:
    rule = "{rule: F1, when: {surface: asphalt}, then: well, because: [S02]}"
    write_pack(tmp_path, Edit("decisions.yaml", rule, rule.replace("[S02]", "[S02, S05]")))
    text = export_dmn(load_pack(tmp_path))
    assert "S05: not repeated" in text
    assert "All will smile" not in text


def test_texts_and_ids_that_mean_something_elsewhere_come_out_as_they_are(tmp_path: Path) -> None:
    root = etree.fromstring(export_dmn(make_awkward_pack(tmp_path / "awkward")).encode())
    assert root.findtext(f"{DMN}description").startswith(f"{HOSTILE}. ")


def test_the_order_of_rules_in_the_files_changes_no_byte(tmp_path: Path) -> None:
    first = "{rule: B1, when: {brake_fault: yes}, then: stop, because: [LAW]}"
    second = "{rule: B2, when: {brake_fault: no}, then: go, because: [LAW]}"
    write_pack(tmp_path / "one")
    write_pack(tmp_path / "two", Edit("decisions.yaml", f"{first}\n      - {second}", f"{second}\n      - {first}"))
    assert export_dmn(load_pack(tmp_path / "one")) == export_dmn(load_pack(tmp_path / "two"))


# What is refused


def test_a_reading_that_is_not_there_is_refused(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r'no reading "narow"; it has broad, narrow\. Did you mean "narrow"\?'):
        export_dmn(pack, reading="narow")
    with pytest.raises(RequestError, match=r'no reading "broad"; it has default\.'):
        export_dmn(make_pack("umbrellas", tmp_path), reading="broad")


@pytest.mark.parametrize("word", sorted(FEEL_WORDS - set(COMBINATORS)))
def test_an_id_that_feel_reads_as_something_else_is_refused(word: str, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    for file, text in FILES.items():
        (tmp_path / "pack" / file).write_text(text.replace("booked", word), encoding="utf-8")
    with pytest.raises(RequestError, match=f'another meaning for "{word}"; call it otherwise in the pack'):
        export_dmn(load_pack(tmp_path / "pack"))


def test_a_name_that_would_stand_for_two_things_is_refused(tmp_path: Path) -> None:
    # The note has the id of a question, and the name in its place is the id of another.
    for file, text in FILES.items():
        changed = text.replace("pump", "tyres").replace("question: booked", "question: hints_tyres")
        changed = changed.replace("reads: [booked]", "reads: [hints_tyres]").replace("when: {booked:", "when: {hints_tyres:")
        (tmp_path / file).write_text(changed, encoding="utf-8")
    with pytest.raises(RequestError, match='"hints_tyres" would stand for two things in DMN; call one of them otherwise'):
        export_dmn(load_pack(tmp_path))


# Elsewhere: two engines and a modeler


@needs_node
def test_feelin_gives_every_complete_profile_the_same_value(exported: Pack) -> None:
    for reading in readings_of(exported):
        tables = judged(exported, reading)
        profiles = {name: [profile for profile, _ in found] for name, found in tables.items()}
        told = run_node("evaluate_dmn.mjs", {"xml": export_dmn(exported, reading=reading), "profiles": profiles, "intakes": []})
        assert told["warnings"] == []
        assert told["profiles"] == {name: [value for _, value in found] for name, found in tables.items()}


@needs_node
def test_feelin_gives_whole_intakes_the_outcome_of_an_assessment(exported: Pack) -> None:
    intakes, outcome = whole_intakes(exported), exported.decision[exported.header.outcome]
    for reading in readings_of(exported):
        xml = export_dmn(exported, reading=reading)
        given = {"xml": xml, "profiles": {}, "wanted": outcome.decision, "intakes": intakes}
        values = run_node("evaluate_dmn.mjs", given)["intakes"]
        assert values == [decide_chain(exported, answers, outcome, reading) for answers in intakes]
        compared = 0
        for answers, value in zip(intakes, values, strict=True):
            assessment = assess(exported, Intake(answers), reading=reading)
            if assessment.outcome in exported.outcome:
                assert (assessment.outcome, assessment.settled) == (value, True)
                compared += 1
        assert compared >= len(intakes) / 3  # the others break a constraint, of which DMN knows nothing


@needs_node
def test_an_answer_left_out_never_makes_dmn_more_definite_than_an_assessment(pack: Pack) -> None:
    behind = [question for question in pack.questions if question.group == "fracture"]
    answers = [
        {name: value for name, value in zip((q.question for q in behind), values, strict=True) if value is not None}
        for values in product(*((*question.values, None) for question in behind))
    ]
    assert len(answers) == 1215
    for reading in pack.reading:
        given = {"xml": export_dmn(pack, reading=reading), "profiles": {}, "wanted": "discussion", "intakes": answers}
        definite = 0
        for known, value in zip(answers, run_node("evaluate_dmn.mjs", given)["intakes"], strict=True):
            if value is not None:
                assert assess(pack, Intake(known), reading=reading).possible_outcomes in ((value,), ())
                definite += 1
        assert definite > 128


def decide_there(engine: Any, known: Answers, tables: list[str]) -> str | None:
    status, told = engine.decideTables(known, tables)
    assert status == {}, (known, status)
    last = told[-1] if isinstance(told, list) else told
    value = last["Result"].get(tables[-1]) if last else None
    assert value is None or isinstance(value, str)
    return value


def test_py_dmn_rules_gives_every_profile_and_one_whole_intake_in_five_the_same_value(tmp_path: Path) -> None:
    # One test for all packs: importing it takes as long as all the rest.
    rules = import_engine()
    for pack in (make_pack(name, tmp_path) for name in NAMES):
        chain = list(pack.chain(pack.header.outcome))
        behind = {read for name in chain for read in pack.decision[name].reads if read in pack.question}
        for reading in readings_of(pack):
            engine = rules.DMN()
            assert engine.useXML(export_dmn(pack, reading=reading)) == {}
            for name, found in judged(pack, reading).items():
                for profile, value in found:
                    known = {read: answer for read, answer in profile.items() if read in engine.glossary}
                    assert decide_there(engine, known, [name]) == value, (name, profile)
            for answers in whole_intakes(pack)[::5]:  # feelin has all of them, in a tenth of the time
                known = {name: answers[name] for name in behind}
                due = decide_chain(pack, answers, pack.decision[chain[-1]], reading)
                assert decide_there(engine, known, chain) == due, known


@needs_modeler
def test_a_modeler_opens_the_diagram_and_every_table_without_a_warning(exported: Pack, browser: Browser) -> None:
    xml = export_dmn(exported)
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.route("**", lambda route: route.abort())
    page.set_content('<div id="canvas" style="height: 700px"></div>')
    distribution = MODULES / "dmn-js" / "dist"
    for style in STYLES:
        page.add_style_tag(path=distribution / "assets" / f"{style}.css")
    page.add_script_tag(path=distribution / "dmn-modeler.development.js")
    opened = page.evaluate(OPEN_EVERYTHING, xml)
    page.close()
    assert said == []
    assert opened["warnings"] == []
    root = etree.fromstring(xml.encode())
    assert opened["shapes"] == len(root.findall(f"{DMN}inputData")) + len(root.findall(f"{DMN}decision"))
    assert opened["lines"] == len(list(root.iter(f"{DMN}informationRequirement"))) == len(list(root.iter(f"{DMN}input")))
    tables = root.findall(f"{DMN}decision")
    assert opened["tables"] == {table.get("name"): len(list(table.iter(f"{DMN}rule"))) for table in tables}
