"""A pack as DMN 1.3, in the one shape that engines and modelers were seen to read alike (docs/decisions/0008-dmn-shape.md).

Every decision is a table with the hit policy UNIQUE, one value or "-" a cell, and rows that exclude each other. A row is not a
rule: its description names the rules that hold there and what they rest on. A list becomes a decision for each of its values.

What DMN cannot say is said in the description of the file: unknown answers, constraints, and what the safety net withholds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from triage.errors import RequestError, quote
from triage.exports.diagram import Box, lay_out
from triage.exports.rows import Row, Table, tabulate, tabulate_listed
from triage.pack import Pack, decisions_under
from triage.parts import Decision, SafetyNet
from triage.urn import make_urn

NAMESPACES = {
    "xmlns": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "xmlns:dmndi": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "xmlns:dc": "http://www.omg.org/spec/DMN/20180521/DC/",
    "xmlns:di": "http://www.omg.org/spec/DMN/20180521/DI/",
}
INPUT_SIZE, DECISION_SIZE = (150.0, 50.0), (200.0, 70.0)
# Names that an expression of FEEL would read as something else.
FEEL_WORDS = frozenset((
    "and", "between", "else", "every", "external", "false", "for", "function", "if", "in", "instance", "not", "null", "of", "or",
    "return", "satisfies", "some", "then", "true",
))  # fmt: skip


class NamedTable(NamedTuple):
    """A table as a decision of the file: its name there and what is said of it."""

    name: str
    description: str
    table: Table


def export_dmn(pack: Pack, *, reading: str | None = None) -> str:
    """A pack under a reading (None: the default of the pack) as one DMN file.

    Raises RequestError for a reading that is not there, and for a pack that DMN cannot hold.
    """
    chosen = pack.choose_reading(reading)
    tables = tuple(_name_tables(pack, decisions_under(pack, chosen)))
    _refuse_names(pack, [named.name for named in tables])
    asked = {read for named in tables for read in named.table.reads}
    inputs = [question for question in pack.questions if question.question in asked]
    root = ET.Element("definitions", NAMESPACES | {"id": "definitions", "name": pack.id, "namespace": make_urn(pack)})
    _text(root, "description", "\n\n".join(_describe(pack, chosen)))
    for question in inputs:
        element = ET.SubElement(root, "inputData", id=_id(pack, question.question), name=question.question)
        _text(element, "description", f"{question.text} {question.help}")
        _variable(element, question.question)
    for named in tables:
        _decision(root, pack, named)
    _diagram(root, pack, [question.question for question in inputs], tables)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _name_tables(pack: Pack, decisions: Iterable[Decision]) -> Iterator[NamedTable]:
    """A table for each decision, and for each value that a list can have: by that value's id, if nothing else bears it."""
    lists = {name: pack.values_of(name) for name, decision in pack.decision.items() if decision.hit_policy == "collect"}
    borne = Counter([*pack.question, *pack.decision, *(value for values in lists.values() for value in values)])
    for decision in decisions:
        title = f"{decision.title or decision.decision.replace('_', ' ')}."
        if decision.decision not in lists:
            yield NamedTable(decision.decision, " ".join([title, *_describe_values(pack, decision)]), tabulate(pack, decision))
            continue
        given = {rule.then for rule in decision.rules}
        for value in (value for value in lists[decision.decision] if value in given):
            name = value if borne[value] == 1 else f"{decision.decision}_{value}"
            text = pack.note[value].text if value in pack.note else decision.values.get(value, value)
            yield NamedTable(name, f'{title} "yes" gives: {text}', tabulate_listed(pack, decision, value))


def _describe_values(pack: Pack, decision: Decision) -> Iterator[str]:
    for value, words in decision.values.items():
        if words != value:
            yield f"{value}: {words.removesuffix('.')}."
    if decision.decision == pack.header.outcome:
        yield pack.header.deferral.text


def _refuse_names(pack: Pack, tables: Iterable[str]) -> None:
    borne = Counter([*pack.question, *tables])
    taken = [quote(name) for name in borne if name in FEEL_WORDS]
    if taken:
        raise RequestError(f"DMN has another meaning for {', '.join(taken)}; call it otherwise in the pack")
    twice = [quote(name) for name, times in borne.items() if times > 1]
    if twice:
        raise RequestError(f"{', '.join(twice)} would stand for two things in DMN; call one of them otherwise in the pack")


def _describe(pack: Pack, reading: str) -> Iterator[str]:
    """What the file is and what it leaves out, paragraph by paragraph."""
    header = pack.header
    yield f"{header.title}. {header.intended_use}"
    yield header.deferral.text
    under = f", reading {reading} ({pack.reading[reading].text})" if reading in pack.reading else ""
    yield f"Made from the pack {pack.id} {pack.version}, digest {pack.digest}{under}."
    yield (
        "Unknown answers are not in this file. Every input is a known value. Where one is left out, a decision has the value "
        "that holds whatever it is, or none; what is still possible is said by the tool alone."
    )
    if pack.constraints:
        texts = " ".join(constraint.text for constraint in pack.constraints)
        yield f"Constraints are not in this file: answers that exclude each other are worked out as any others. {texts}"
    if header.safety_net is not None:
        yield from _describe_safety_net(pack, header.safety_net)


def _describe_safety_net(pack: Pack, net: SafetyNet) -> Iterator[str]:
    yield (
        f"The safety net stands apart in this file. Where one sign is left out, {net.decision} can be without a value although "
        f"another is reported; that rules nothing out, and a reported sign counts all the same."
    )
    levels = " or ".join(level.level for level in net.levels if level.withholds)
    if levels:
        yield (
            f"Nothing is withheld in this file. Whoever runs it reads {net.decision} first; where that is {levels}, all other "
            f"values are kept back: {pack.header.headlines.contact_clinician_now}"
        )


def _decision(root: ET.Element, pack: Pack, named: NamedTable) -> None:
    name, table = named.name, named.table
    element = ET.SubElement(root, "decision", id=_id(pack, name), name=name)
    _text(element, "description", named.description)
    _variable(element, name)
    for read in table.reads:
        requirement = ET.SubElement(element, "informationRequirement", id=f"requirement-{name}-{read}")
        kind = "requiredInput" if read in pack.question else "requiredDecision"
        ET.SubElement(requirement, kind, href=f"#{_id(pack, read)}")
    written = ET.SubElement(element, "decisionTable", id=f"table-{name}", hitPolicy="UNIQUE")
    for read in table.reads:
        column = ET.SubElement(written, "input", id=f"column-{name}-{read}", label=read)
        expression = ET.SubElement(column, "inputExpression", id=f"expression-{name}-{read}", typeRef="string")
        _text(expression, "text", read)
        _allow(column, "inputValues", f"allowed-{name}-{read}", pack.values_of(read))
    output = ET.SubElement(written, "output", id=f"output-{name}", label=name, typeRef="string")
    _allow(output, "outputValues", f"given-{name}", table.values)
    for number, row in enumerate(table.rows, start=1):
        _row(written, pack, f"{name}-{number}", row)


def _row(table: ET.Element, pack: Pack, name: str, row: Row) -> None:
    element = ET.SubElement(table, "rule", id=f"row-{name}")
    _text(element, "description", "\n".join(_explain(pack, row)) or "No rule applies.")
    for number, cell in enumerate(row.cells, start=1):
        entry = ET.SubElement(element, "inputEntry", id=f"cell-{name}-{number}")
        _text(entry, "text", "-" if cell is None else f'"{cell}"')
    _text(ET.SubElement(element, "outputEntry", id=f"value-{name}"), "text", f'"{row.value}"')


def _explain(pack: Pack, row: Row) -> Iterator[str]:
    """The rules that hold in a row and what they rest on."""
    if row.rules:
        yield f"Rules: {', '.join(row.rules)}"
    if row.some:
        yield f"Rules that hold in a part of it: {', '.join(row.some)}"
    for code in pack.cite(code for rule in (*row.rules, *row.some) for code in pack.rule[rule].because):
        yield f"{code}: {_cited(pack, code)}"


def _cited(pack: Pack, code: str) -> str:
    """A statement's paraphrase or a source's title; what is claimed or withheld is repeated nowhere."""
    statement = pack.statement.get(code)
    if statement is None:
        return pack.source[code].title
    return "not repeated" if statement.kind in ("claim", "withheld") else statement.text


def _diagram(root: ET.Element, pack: Pack, inputs: Iterable[str], tables: Iterable[NamedTable]) -> None:
    reads = {named.name: named.table.reads for named in tables}
    drawn = lay_out(dict.fromkeys(inputs, INPUT_SIZE) | dict.fromkeys(reads, DECISION_SIZE), reads)
    interchange = ET.SubElement(root, "dmndi:DMNDI")
    diagram = ET.SubElement(interchange, "dmndi:DMNDiagram", id="diagram")
    for name, box in drawn.boxes.items():
        shape = ET.SubElement(diagram, "dmndi:DMNShape", id=f"shape-{name}", dmnElementRef=_id(pack, name))
        ET.SubElement(shape, "dc:Bounds", _attributes(box))
    for line in drawn.lines:
        link = f"{line.target}-{line.source}"
        edge = ET.SubElement(diagram, "dmndi:DMNEdge", id=f"edge-{link}", dmnElementRef=f"requirement-{link}")
        for x, y in line.points:
            ET.SubElement(edge, "di:waypoint", x=f"{x:g}", y=f"{y:g}")


def _attributes(box: Box) -> dict[str, str]:
    return {key: f"{number:g}" for key, number in box._asdict().items()}


def _id(pack: Pack, name: str) -> str:
    return f"input-{name}" if name in pack.question else f"decision-{name}"


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _variable(parent: ET.Element, name: str) -> None:
    ET.SubElement(parent, "variable", id=f"variable-{name}", name=name, typeRef="string")


def _allow(parent: ET.Element, tag: str, id: str, values: Iterable[str]) -> None:
    _text(ET.SubElement(parent, tag, id=id), "text", ",".join(f'"{value}"' for value in values))
