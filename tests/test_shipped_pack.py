"""What the shipped pack says: that it is made from its document, repeats no sentence of it, and keeps every promise it makes."""

from __future__ import annotations

import csv
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage import Intake, assess, load_pack
from triage.cases import Case
from triage.conditions import holds
from triage.documents import read_document
from triage.intake import UNKNOWN_SPELLINGS, YES_NO, normalise, read_intake
from triage.library import FILES, read_cases
from triage.pack import Pack, decisions_under
from triage.parts import UNKNOWN, Constraint, Decision, State
from triage.wording import BANNED_PATTERN

ROOT = Path(__file__).parent.parent
# The document and the table of its statements lie beside a checkout, and in no copy of the project.
SHARED = ROOT.parent / "shared"
TABLE = SHARED / "statements.csv"
DOCUMENT = SHARED / "documents" / "spine-fracture-treatment.txt"
needs_table = pytest.mark.skipif(not TABLE.exists(), reason="the table of statements is not beside this checkout")
needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason="the document is not beside this checkout")
needs_git = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy of the project is no checkout")

CASES = read_cases(load_pack())[0]
EXAMPLES = sorted((Path(load_pack().folder) / "examples").glob("*.yaml"))
READINGS = ("broad", "narrow")
SAYS_NOTHING_MORE = {"claim", "withheld"}
RUN = 8


@needs_document
def test_the_document_has_the_38_segments_that_the_pack_was_made_from(pack: Pack) -> None:
    digests = [segment.sha256 for segment in read_document(DOCUMENT.read_bytes(), DOCUMENT.name)]
    (document,) = pack.header.documents
    assert len(digests) == document.segments == 38
    made_from = [(part.segment, part.sha256) for part in pack.statements]
    made_from += [(part.segment, part.sha256) for part in document.headings]
    assert [pair for pair in made_from if pair[1] != digests[pair[0] - 1]] == []


@needs_table
def test_the_statements_are_those_of_the_table_with_their_segments_and_classes(pack: Pack) -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = {row["id"]: (int(row["segment"]), row["class"]) for row in csv.DictReader(file)}
    assert {code: (statement.segment, statement.kind) for code, statement in pack.statement.items()} == table


def test_there_are_56_statements_of_every_class(pack: Pack) -> None:
    assert list(pack.statement) == [f"S{number:02}" for number in range(1, 57)]
    assert Counter(statement.kind for statement in pack.statements) == {
        "decision": 3,
        "guard": 6,
        "eligibility": 5,
        "definition": 17,
        "logistics": 9,
        "recovery": 3,
        "risk": 5,
        "insurance": 2,
        "claim": 5,
        "withheld": 1,
    }


def test_every_segment_is_stated_or_a_heading(pack: Pack) -> None:
    (document,) = pack.header.documents
    stated = {statement.segment for statement in pack.statements}
    headings = {heading.segment for heading in document.headings}
    assert stated | headings == set(range(1, document.segments + 1))
    assert not stated & headings


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


def project_files() -> Iterator[tuple[Path, str]]:
    """Every text file that is tracked, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file():
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


@needs_document
@needs_git
def test_no_eight_words_of_the_document_stand_in_a_row_anywhere_in_the_project() -> None:
    sentences = runs(DOCUMENT.read_text(encoding="utf-8"))
    files = list(project_files())
    assert len(files) > 20
    assert sentences
    assert {
        str(path.relative_to(ROOT)): " ".join(shared.pop()) for path, text in files if (shared := runs(text) & sentences)
    } == {}


def deciding(pack: Pack) -> set[str]:
    codes = {code for rule in pack.rule.values() for code in rule.because}
    codes |= {code for question in pack.questions for code in question.because}
    return codes | set(pack.header.deferral.because)


def test_every_statement_that_decides_guards_or_limits_is_cited(pack: Pack) -> None:
    bound = {code for code, statement in pack.statement.items() if statement.kind in ("decision", "guard", "eligibility")}
    assert bound - deciding(pack) == set()


def test_every_statement_is_used_somewhere(pack: Pack) -> None:
    used = deciding(pack) | {code for section in pack.sheet.sections for item in section.items for code in item.because}
    used |= {code for item in pack.header.have_ready for code in item.because}
    assert set(pack.statement) - used == set()


def test_no_rule_question_or_deferral_rests_on_a_claim_or_on_what_is_withheld(pack: Pack) -> None:
    withheld = {code for code, statement in pack.statement.items() if statement.kind in SAYS_NOTHING_MORE}
    assert deciding(pack) & withheld == set()


def test_every_source_is_cited_and_every_warning_sign_cites_one(pack: Pack) -> None:
    signs = [question for question in pack.questions if question.warning]
    assert all(set(sign.because) <= set(pack.source) and sign.because for sign in signs)
    assert {code for sign in signs for code in sign.because} == set(pack.source)


def texts_of(tree: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a file, with the keys above it."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from texts_of(value, (*path, str(key)))
    elif isinstance(tree, list):
        for value in tree:
            yield from texts_of(value, path)
    elif isinstance(tree, str):
        yield path, tree


def pack_files(pack: Pack) -> dict[str, Any]:
    folder = Path(pack.folder)
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.yaml"))}
    return {name: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) for name, path in found.items()}


def plain(text: str) -> str:
    """Without what could hide a word from a reader of letters: compatibility forms, case, invisible characters, line ends."""
    visible = "".join(
        character for character in unicodedata.normalize("NFKC", text) if unicodedata.category(character) not in ("Cf", "Mn")
    )
    return " ".join(visible.casefold().split())


@pytest.mark.parametrize(
    "text",
    [
        "You  SHOULD go",
        "the b\u200best one",
        "\uff53\uff41\uff46\uff45",
        "un\u00adlikely? likely",
        "diagnosis",
        "a ﬁne day",
        "you\nmust",
    ],
)
def test_the_wording_check_sees_what_it_should(text: str) -> None:
    assert BANNED_PATTERN.search(plain(text))


@pytest.mark.parametrize("text", ["unsafe", "bestow", "unlikely", "refined", "effectively", "discovered", "eligibility"])
def test_the_wording_check_lets_other_words_pass(text: str) -> None:
    assert not BANNED_PATTERN.search(plain(text))


def test_no_text_of_the_pack_has_a_banned_wording_but_for_the_exact_exceptions(pack: Pack) -> None:
    allowed = [plain(exception.sentence) for exception in pack.header.wording_exceptions]
    used = set()
    found = []
    for file, tree in pack_files(pack).items():
        for path, text in texts_of(tree):
            rest = plain(text)
            if path[0] == "wording_exceptions":
                continue
            for sentence in allowed:
                if sentence in rest:
                    used.add(sentence)
                    rest = rest.replace(sentence, " ")
            found += [(file, *path, match[0]) for match in BANNED_PATTERN.finditer(rest)]
    assert found == []
    assert used == set(allowed)
    assert all(exception.reason for exception in pack.header.wording_exceptions)


def test_a_claim_is_repeated_nowhere(pack: Pack) -> None:
    claims = {plain(statement.text) for statement in pack.statements if statement.kind in SAYS_NOTHING_MORE}
    assert len(claims) == 6
    for file, tree in pack_files(pack).items():
        for path, text in texts_of(tree):
            repeated = [claim for claim in claims if claim in plain(text)]
            assert not repeated or file == "statements.yaml", (file, path, repeated)


def test_what_is_not_repeated_is_listed_with_the_statement_it_comes_from(pack: Pack) -> None:
    (section,) = (section for section in pack.sheet.sections if section.section == "not_repeated")
    listed = {code for item in section.items for code in item.because}
    assert listed == {code for code, statement in pack.statement.items() if statement.kind in SAYS_NOTHING_MORE}
    others = [item for section in pack.sheet.sections if section.section != "not_repeated" for item in section.items]
    assert not listed & {code for item in (*others, *pack.header.have_ready) for code in item.because}


def test_every_question_has_a_help_text_of_its_own_and_a_label(pack: Pack) -> None:
    helps = [question.help for question in pack.questions]
    assert all(len(words(text)) >= 10 for text in helps)
    assert len(set(helps)) == len(helps)
    assert all(question.text.endswith("?") and question.label for question in pack.questions)


def test_the_questions_are_those_of_the_design(pack: Pack) -> None:
    yes_no = ("yes", "no")
    assert {name: question.values for name, question in pack.question.items()} == {
        **dict.fromkeys(
            ["bladder_bowel", "leg_weakness", "major_injury", "chest_pain", "fever", "cancer_pain", "weight_loss"], yes_no
        ),
        "fracture": yes_no,
        "painful": yes_no,
        "cause": ("osteoporosis", "trauma", "cancer", "other"),
        "collapsed": yes_no,
        "height_restoration": yes_no,
        "stable": yes_no,
        "limited_mobility": yes_no,
        "height_loss": yes_no,
        "imaging": ("none", "ordered", "available", "reviewed"),
        "vertebrae": tuple(map(str, range(1, 18))),
        "insurance": ("medicare", "other", "none"),
    }


def test_what_only_a_report_or_a_clinician_can_know_is_expected_from_them(pack: Pack) -> None:
    expected = {question.question for question in pack.questions if question.expected_from == ("imaging_report", "clinician")}
    assert expected == {"fracture", "collapsed", "height_restoration", "stable"}


def spellings(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """(question, as typed, value) for every accepted spelling."""
    for name, question in pack.question.items():
        accepted = {value: value for value in question.values} | dict.fromkeys(UNKNOWN_SPELLINGS, UNKNOWN)
        accepted |= YES_NO if set(question.values) == {"yes", "no"} else {}
        accepted |= {word: value for value, spelled in question.spellings.items() for word in spelled}
        for word, value in accepted.items():
            yield from ((name, typed, value) for typed in (word, word.upper(), f"  {word.capitalize()}\t"))


def test_every_spelling_of_every_question_is_read_in_any_case_and_with_space_around(pack: Pack) -> None:
    wrong = [
        (name, typed, value, read)
        for name, typed, value in spellings(pack)
        if (read := normalise(pack, Intake(answers={name: typed})).values) != {name: value}
    ]
    assert wrong == []


def test_every_question_may_be_left_unanswered(pack: Pack) -> None:
    for name in pack.question:
        for nothing in (None, "", "  "):
            assert normalise(pack, Intake(answers={name: nothing})).values == {}


def test_a_suspected_fracture_is_unknown_and_suspected_is_no_answer_to_another_question(pack: Pack) -> None:
    assert [name for name, question in pack.question.items() if "suspected" in str(question.spellings)] == ["fracture"]
    assert normalise(pack, Intake(answers={"fracture": "suspected"})).values == {"fracture": "unknown"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_case(pack: Pack, case: Case) -> None:
    assessment = assess(pack, Intake(answers=case.answers), reading=case.reading)
    assert (assessment.outcome, assessment.settled) == (case.outcome, case.settled)
    if case.possible_outcomes is not None:
        assert assessment.possible_outcomes == case.possible_outcomes
    if case.safety_net is not None:
        assert assessment.safety_net is not None
        assert assessment.safety_net.level == case.safety_net
    if case.standing is not None:
        assert assessment.standing == case.standing
    if case.notes is not None:
        assert {note.id for note in assessment.notes} == set(case.notes)
    fired = {rule for result in assessment.decisions.values() for rule in result.rules}
    assert set(case.rules) - fired == set()


def test_there_are_forty_cases_or_more_and_each_is_there_once() -> None:
    assert len(CASES) >= 40
    assert len({case.case for case in CASES}) == len(CASES)
    asked = Counter((case.reading, *sorted(case.answers.items())) for case in CASES)
    assert [key for key, count in asked.items() if count > 1] == []


def test_the_cases_together_fire_every_rule(pack: Pack) -> None:
    assert set(pack.rule) - {rule for case in CASES for rule in case.rules} == set()


def test_the_cases_together_give_every_outcome_settled_and_open_where_that_can_be(pack: Pack) -> None:
    given = {(case.outcome, case.settled) for case in CASES}
    settled = {(outcome, True) for outcome in pack.outcome}
    # Both, and neither, are part of no wider list of outcomes that has a procedure in common.
    open_ones = {("vertebroplasty", False), ("kyphoplasty", False), *((state.value, False) for state in State)}
    assert given == settled | open_ones


def test_the_cases_together_give_every_level_standing_note_and_reading(pack: Pack) -> None:
    net, standing = pack.header.safety_net, pack.header.standing
    assert net is not None
    assert standing is not None
    assert {case.safety_net for case in CASES} >= {*(level.level for level in net.levels), "open"}
    assert {case.standing for case in CASES} >= set(standing.texts)
    assert {note for case in CASES for note in case.notes or ()} == set(pack.note)
    assert {case.reading for case in CASES} >= {None, "narrow"}


def test_a_case_that_is_not_settled_says_what_is_possible() -> None:
    withheld = {State.CONTACT_CLINICIAN_NOW, State.CONTRADICTORY_ANSWERS}
    silent = [case.case for case in CASES if not case.settled and case.possible_outcomes is None and case.outcome not in withheld]
    assert silent == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_gives_the_outcome_in_the_name_of_its_file(pack: Pack, path: Path) -> None:
    assessment = assess(pack, read_intake(path.read_bytes(), path.name))
    name = path.stem.removesuffix("-open").replace("-", "_")
    assert assessment.outcome == name
    assert assessment.settled == (name in pack.outcome and not path.stem.endswith("-open"))
    assert assessment.reference == f"example-{path.stem}"


def test_the_examples_together_show_every_outcome_and_state(pack: Pack) -> None:
    shown = {path.stem.removesuffix("-open").replace("-", "_") for path in EXAMPLES}
    assert shown == {*pack.outcome, *State}


def completions(pack: Pack, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every way to answer these questions that breaks no constraint on them alone."""
    constraints = list(pack.constraints_on(names))
    for values in product(*(pack.question[name].values for name in names)):
        answers = dict(zip(names, values, strict=True))
        if not any(holds(constraint.never, answers) for constraint in constraints):
            yield answers


def scope(pack: Pack, decision: str) -> tuple[str, ...]:
    """The questions behind a decision, with those that the one constraint of the pack ties to them."""
    reads = {read for name in pack.chain(decision) for read in pack.decision[name].reads}
    if reads & {"collapsed", "height_restoration"}:
        reads |= {"collapsed", "height_restoration"}
    return tuple(name for name in pack.question if name in reads)


def values_on(decision: Decision, profile: Mapping[str, str]) -> set[str]:
    return {rule.then for rule in decision.rules if holds(rule.when, profile)}


@pytest.mark.parametrize("reading", READINGS)
def test_every_unique_decision_has_exactly_one_value_on_every_reachable_profile(pack: Pack, reading: str) -> None:
    decisions = {decision.decision: decision for decision in decisions_under(pack, reading)}
    for name in (decision.decision for decision in decisions.values() if decision.hit_policy == "unique"):
        for answers in completions(pack, scope(pack, name)):
            profile = dict(answers)
            for before in pack.chain(name):
                values = values_on(decisions[before], profile)
                assert len(values) == 1, (reading, before, profile, values)
                profile[before] = values.pop()


@pytest.mark.parametrize("reading", READINGS)
def test_every_value_is_given_and_every_rule_fires_on_some_reachable_profile(pack: Pack, reading: str) -> None:
    decisions = {decision.decision: decision for decision in decisions_under(pack, reading)}
    for name, decision in decisions.items():
        fired: set[str] = set()
        for answers in completions(pack, scope(pack, name)):
            profile = dict(answers)
            for before in pack.chain(name)[:-1]:
                profile[before] = values_on(decisions[before], profile).pop()
            fired |= {rule.rule for rule in decision.rules if holds(rule.when, profile)}
        assert fired == {rule.rule for rule in decision.rules}


@pytest.mark.parametrize("constraint", load_pack().constraints, ids=lambda constraint: constraint.constraint)
def test_a_constraint_excludes_something_and_not_everything(pack: Pack, constraint: Constraint) -> None:
    names = ("collapsed", "height_restoration")
    every = [dict(zip(names, values, strict=True)) for values in product(*(pack.question[name].values for name in names))]
    assert [answers for answers in every if holds(constraint.never, answers)] == [
        {"collapsed": "no", "height_restoration": "yes"}
    ]


def test_a_pack_is_its_files_its_cases_and_its_examples(pack: Pack) -> None:
    assert {name for name in pack_files(pack) if "/" not in name} == {*FILES, "cases.yaml"}
