"""How packs are found and read: every departure from the structure, all faults at once, and what makes two packs the same."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import IO, Any

import pytest
import test_consistency
import test_syntax
import yaml
from small_pack import DIGEST, FILES, Broken, Edit, check_broken, find_pack_faults, write_pack
from test_consistency import BRAKES, C, D, H, P, Q, S, one, several

import triage
from triage import Intake, assess, load_pack
from triage.errors import PackError, RequestError
from triage.library import DEFAULT_PACK, bundled_packs, find_pack, read_cases
from triage.pack import Pack
from triage.report import render_json

MODULES = ("syntax", "cases", "consistency", "library", "validation", "ruleset", "possibilities")
SHEET = "sections:\n"

MISSHAPEN = (
    one(
        "unknown key",
        "unknown-key",
        '"titel" is not a key here; the keys are document, title, segments, headings. Did you mean "title"?',
        P,
        "    segments: 5",
        "    ¦titel: T\n    segments: 5",
    ),
    one(
        "unknown key of a rule",
        "unknown-key",
        'the keys are rule, when, then, because. Did you mean "then"?',
        D,
        "then: go,",
        "then: go, ¦than: go,",
    ),
    one(
        "key of another kind of thing",
        "unknown-key",
        '"colour" is not a key here',
        Q,
        "help: By phone.",
        "help: By phone.\n    ¦colour: red",
    ),
    one("key called like a number", "unknown-key", '"1" is not a key here', H, SHEET, "¦1: x\nsections:\n"),
    one(
        "missing key",
        "missing-key",
        '"then" is missing here',
        D,
        "{rule: H1, when: {tyres: broad}, then: pump, because",
        "¦{rule: H1, when: {tyres: broad}, because",
    ),
    several(
        "missing key of a file",
        "missing-key",
        '"version" is missing here',
        (P, "version: 1.0.0\n", ""),
        (P, "pack: bicycles", "¦pack: bicycles"),
    ),
    one(
        "id with a capital",
        "not-an-id",
        '"Fit" cannot be used for "decision", which takes lower-case letters, digits and _, a letter first, 64 at most',
        D,
        "  - decision: fit",
        "  - ¦decision: Fit",
    ),
    one(
        "id with a space",
        "not-an-id",
        '"a rule" cannot be used for "rule", which takes letters, digits, _ and -',
        D,
        "{rule: H1,",
        "{¦rule: a rule,",
    ),
    one("id that is no ASCII", "not-an-id", '"größe"', Q, "question: booked", "¦question: größe"),
    one("id of 65 characters", "not-an-id", "64 at most", Q, "question: booked", f"¦question: {'b' * 65}"),
    one("id in a list", "not-an-id", 'cannot be used for "reads 2"', D, BRAKES, "    reads: [brake_fault, ¦A B]\n"),
    one("id as a key", "not-an-id", '"Asphalt" cannot be used for "Asphalt"', Q, "labels: {", "labels: {¦Asphalt: A, "),
    one(
        "version",
        "not-an-id",
        '"1.0" cannot be used for "version", which takes three numbers with dots between them',
        P,
        "version: 1.0.0",
        "¦version: 1.0",
    ),
    one("digest", "not-an-id", "which takes the 64 digits of a SHA-256", P, f"sha256: {DIGEST(1)}", "¦sha256: 0123"),
    one(
        "class",
        "unknown-value",
        'takes decision, guard, eligibility, definition, logistics, recovery, risk, insurance, claim, withheld, not "decisions". '
        'Did you mean "decision"?',
        S,
        "class: decision",
        "¦class: decisions",
    ),
    one(
        "hit policy",
        "unknown-value",
        '"hit_policy" takes unique, collect, not "uniq". Did you mean "unique"?',
        D,
        "reads: [booked]\n    hit_policy: unique",
        "reads: [booked]\n    ¦hit_policy: uniq",
    ),
    one(
        "teller",
        "unknown-value",
        '"expected_from 1" takes patient, referral, imaging_report, clinician, not "doctor"',
        Q,
        "[clinician]",
        "[¦doctor]",
    ),
    one(
        "list in place of a choice", "unknown-value", '"class" takes decision, guard,', S, "class: decision", "¦class: [decision]"
    ),
    one(
        "text in place of a number",
        "structure",
        '"segments" takes a whole number from 1 to 999999, not "five"',
        P,
        "segments: 5",
        "¦segments: five",
    ),
    one("true in place of yes", "structure", '"withholds" takes yes or no, not "true"', P, "withholds: yes", "¦withholds: true"),
    one("nothing in place of text", "structure", '"title" takes text, not nothing', P, "title: Which bicycle to try", "¦title:"),
    one("list in place of text", "structure", '"help" takes text, not a list', Q, "help: By phone.", "¦help: [By phone.]"),
    one("empty text", "structure", '"help" is empty; write it out', Q, "help: By phone.", "¦help: ''"),
    one(
        "long text", "structure", '"help" has more than 2000 characters; shorten it', Q, "help: By phone.", f"¦help: {'x' * 2001}"
    ),
    one(
        "text in place of a list",
        "structure",
        '"reads" takes a list such as [one, two], not "fit"',
        D,
        "reads: [fit]",
        "¦reads: fit",
    ),
    one(
        "list in place of a mapping",
        "structure",
        '"labels" takes a mapping such as {key: text}, not a list',
        Q,
        "labels: {asphalt: asphalt or concrete}",
        "¦labels: [asphalt]",
    ),
    one(
        "text in place of a rule",
        "structure",
        '"rules 2" takes a mapping with the keys rule, when, then, because, not "B2"',
        D,
        "{rule: B2, when: {brake_fault: no}, then: go, because: [LAW]}",
        "¦B2",
    ),
    one("empty list of reads", "structure", '"reads" has too few items; it needs 1 or more', D, "reads: [fit]", "¦reads: []"),
    one(
        "one value",
        "structure",
        '"values" has too few items; it needs 2 or more',
        Q,
        "values: [narrow, broad]",
        "¦values: [narrow]",
    ),
    one(
        "condition that is a word",
        "condition",
        "a condition is a mapping such as {question: value}",
        D,
        "when: {tyres: broad}, then: pump",
        "¦when: broad, then: pump",
    ),
    one(
        "condition with an empty list",
        "condition",
        '"tyres" has an empty list; name at least one value',
        D,
        "when: {tyres: broad}, then: pump",
        "¦when: {tyres: []}, then: pump",
    ),
    one(
        "condition that says a value twice",
        "condition",
        '"tyres" names a value twice',
        D,
        "when: {tyres: broad}, then: pump",
        "¦when: {tyres: [broad, broad]}, then: pump",
    ),
    one(
        "condition that combines nothing",
        "condition",
        '"any" needs a list of conditions',
        D,
        "when: {tyres: broad}, then: pump",
        "¦when: {any: {tyres: broad}}, then: pump",
    ),
    one(
        "condition without a value",
        "condition",
        '"not.tyres" needs a value or a list of values',
        D,
        "when: {tyres: broad}, then: pump",
        "¦when: {not: {tyres: {a: b}}}, then: pump",
    ),
    one(
        "duplicate key",
        "duplicate-key",
        'the key "then" stands here twice; keep one',
        D,
        "then: pump,",
        "then: pump, ¦then: pump,",
    ),
    one(
        "anchor",
        "anchor",
        "anchors (&here) are not read",
        D,
        "{note: pump, text: Bring a pump.}",
        "{note: pump, text: ¦&here Bring a pump.}",
    ),
    one("alias", "alias", "aliases (*here) are not read", D, "{note: pump, text: Bring a pump.}", "{note: pump, text: ¦*here}"),
    one("tag", "tag", 'tags ("!!str") are not read', P, "version: 1.0.0", "version: ¦!!str 1.0.0"),
    one(
        "second document",
        "second-document",
        "one document a file",
        H,
        "  - section: not_repeated",
        "¦---\n  - section: not_repeated",
    ),
    one(
        "broken YAML",
        "yaml-syntax",
        'quote a text that contains ": "',
        P,
        "intended_use: For tests.",
        "intended_use: For¦: tests.",
    ),
    one(
        "case without rules",
        "missing-key",
        '"rules" is missing here',
        C,
        "  - case: Strict\n",
        "  - ¦case: Bare\n    answers: {}\n    outcome: nothing\n    settled: no\n  - case: Strict\n",
    ),
    one(
        "case with an answer left empty",
        "structure",
        '"brake_fault" takes text, not nothing',
        C,
        "brake_fault: no}",
        "¦brake_fault: }",
    ),
    one(
        "expectation nobody knows",
        "unknown-key",
        'Did you mean "safety_net"?',
        C,
        "safety_net: go",
        "safety_net: go\n    ¦safetynet: go",
    ),
)


@pytest.mark.parametrize("broken", MISSHAPEN, ids=str)
def test_a_departure_from_the_structure_is_reported_once_with_its_place_and_remedy(tmp_path: Path, broken: Broken) -> None:
    check_broken(tmp_path, broken)


WHOLE_FILES = {
    "empty": (b"", "empty-file", "there is nothing in this file; it has the keys sections"),
    "comments only": (b"# later\n", "empty-file", "there is nothing in this file"),
    "a list": (b"- a\n", "structure", '"the file" takes a mapping with the keys sections, not a list'),
    "a word": (b"a\n", "structure", '"the file" takes a mapping with the keys sections, not "a"'),
    "not UTF-8": (b"\xff", "not-utf-8", "save the file as UTF-8"),
    "nested deep": (b"[" * 100_000, "too-deep", "nested deeper than 32 levels"),
    "too large": (b"#" * (1 << 21), "too-large", "more than 1,048,576 bytes"),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_is_none_is_reported(tmp_path: Path, name: str) -> None:
    data, code, message = WHOLE_FILES[name]
    write_pack(tmp_path)
    (tmp_path / H).write_bytes(data)
    (fault,) = find_pack_faults(tmp_path)
    assert (fault.place.file, fault.code) == (str(tmp_path / H), code)
    assert message in fault.message


@pytest.mark.parametrize("file", [S, Q, D, H, C])
def test_a_missing_file_is_reported_with_the_files_that_a_pack_has(tmp_path: Path, file: str) -> None:
    write_pack(tmp_path)
    (tmp_path / file).unlink()
    (fault,) = find_pack_faults(tmp_path)
    assert str(fault) == (
        f"{tmp_path / file}:1:1: unreadable-file: cannot be read (No such file or directory); a pack has pack.yaml, "
        "statements.yaml, questions.yaml, decisions.yaml, sheet.yaml, cases.yaml"
    )


def test_a_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    write_pack(tmp_path)
    (tmp_path / H).unlink()
    (tmp_path / H).mkdir()
    (fault,) = find_pack_faults(tmp_path)
    assert (fault.code, "no ordinary file" in fault.message) == ("unreadable-file", True)


def test_a_file_that_may_not_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pack(tmp_path)
    open_as_usual = Path.open

    def refuse(path: Path, mode: str = "r") -> IO[Any]:
        if path.name == H:
            raise PermissionError(13, "Permission denied")
        return open_as_usual(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    (fault,) = find_pack_faults(tmp_path)
    assert (fault.code, "cannot be read (Permission denied)" in fault.message) == ("unreadable-file", True)


# What the issue of this project lists, each once, in one pack.
EVERYTHING = (
    Edit(P, "version: 1.0.0", "version: 1.0.0\n¦colour: red"),
    Edit(P, "notes: [hints]", "notes: [hints, hint]"),
    Edit(P, "pack: bicycles", "pack: bicycles\ntitle: Twice"),
    Edit(S, "class: claim", "class: eligibility"),
    Edit(
        S,
        "{statement: S03",
        f"{{statement: S01, segment: 2, sha256: {DIGEST(2)}, class: claim, text: T, use: u}}\n  - {{statement: S03",
    ),
    Edit(Q, "group: safety\n", "group: safty\n"),
    Edit(Q, "text: Is a test ride booked?", "text: !!str Is a test ride booked?"),
    Edit(D, "[surface, tyres]", "[surface, tyres, choice]"),
    Edit(D, "then: pump, because: [S01]}", "then: pump, because: []}"),
    Edit(D, "{booked: no}", "{booked: maybe}"),
    Edit(D, "never: {surface: asphalt,", "never: {fit: badly,"),
    Edit(D, "Bring a pump.", "&a Bring a pump."),
    Edit(H, "because: [S03]", "because: [S3]"),
)
EVERY_CODE = [
    (D, "cycle"), (D, "unknown-value"), (D, "cites-nothing"), (D, "unread-name"), (D, "anchor"),
    (P, "unknown-key"), (P, "duplicate-key"), (P, "unknown-decision"),
    (Q, "unknown-group"), (Q, "tag"),
    (H, "unknown-statement"),
    (S, "duplicate-id"), (S, "uncited-statement"),
]  # fmt: skip


def test_all_faults_of_all_files_are_reported_at_once_in_the_order_of_their_places(tmp_path: Path) -> None:
    write_pack(tmp_path, *EVERYTHING)
    faults = find_pack_faults(tmp_path)
    assert [(Path(fault.place.file).name, fault.code) for fault in faults] == EVERY_CODE, "\n".join(map(str, faults))
    assert list(faults) == sorted(faults)


def test_the_message_of_a_broken_pack_has_a_line_for_each_fault(tmp_path: Path) -> None:
    write_pack(tmp_path, *EVERYTHING)
    with pytest.raises(PackError) as caught:
        load_pack(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(EVERY_CODE)
    assert lines[5] == (
        f"{tmp_path}/pack.yaml:5:1: unknown-key: \"colour\" is not a key here; the keys are pack, version, title, intended_use, "
        "deferral, documents, sources, outcome, outcomes, procedures, headlines, safety_net, standing, reported, notes, "
        "default_reading, have_ready, tensions, wording_exceptions."
    )  # fmt: skip


def test_a_misspelt_key_is_told_once_with_the_key_that_is_meant_and_another_missing_one_apart(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(H, "title: The shop", "titel: The shop"), Edit(H, "  - section: not_repeated\n", "  - part: x\n"))
    misspelt, missing, strange = find_pack_faults(tmp_path)
    assert (misspelt.code, misspelt.place.line) == ("unknown-key", 3)
    assert 'Did you mean "title"?' in misspelt.message
    assert (missing.code, missing.message) == ("missing-key", '"section" is missing here')
    assert strange.code == "unknown-key"


def test_departures_from_the_structure_of_several_files_are_reported_at_once(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(P, "version: 1.0.0", "version: one"),
        Edit(P, "segments: 5", "segments: none"),
        Edit(Q, "values: [narrow, broad]", "values: []"),
        Edit(D, "reads: [fit]", "reads: fit"),
        Edit(D, "{rule: B2, when: {brake_fault: no}", "{rule: B2, when: {brake_fault: []}"),
        Edit(H, "title: The shop", "titel: The shop"),
    )
    assert [(Path(fault.place.file).name, fault.code) for fault in find_pack_faults(tmp_path)] == [
        (D, "condition"),
        (D, "structure"),
        (P, "not-an-id"),
        (P, "structure"),
        (Q, "structure"),
        (H, "unknown-key"),
    ]


def test_a_list_is_not_called_too_short_for_the_items_that_were_refused_already(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "reads: [fit]", "reads: [A B]"))
    assert [fault.code for fault in find_pack_faults(tmp_path)] == ["not-an-id"]


def test_the_shipped_pack_is_the_default_and_is_found_by_name() -> None:
    assert DEFAULT_PACK in bundled_packs()
    assert find_pack(DEFAULT_PACK) == bundled_packs()[DEFAULT_PACK]
    assert load_pack().id == DEFAULT_PACK


def test_a_pack_is_found_by_its_folder(tmp_path: Path) -> None:
    write_pack(tmp_path)
    assert find_pack(tmp_path) == find_pack(str(tmp_path)) == tmp_path
    assert load_pack(tmp_path).folder == str(tmp_path)


def test_a_misspelled_pack_is_refused_with_a_suggestion() -> None:
    with pytest.raises(RequestError) as caught:
        load_pack("vertebral-fractur")
    assert str(caught.value) == (
        'no pack is called "vertebral-fractur", and no folder either. Did you mean "vertebral-fracture"? '
        f"Bundled: {', '.join(bundled_packs())}."
    )


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"is a folder without a pack\.yaml; a pack is a folder that has one"):
        find_pack(tmp_path)


@pytest.mark.parametrize("name", ["", "no\0name", "\ud800", "../" * 3 + "etc/passwd", "x" * 200, "vertebral-fracture/"])
def test_a_name_that_is_none_is_refused_or_found_and_never_a_traceback(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError) as caught:
        find_pack(name)
    assert str(caught.value).isprintable()


def test_a_name_too_long_for_a_file_is_refused() -> None:
    with pytest.raises(RequestError, match="cannot be looked up: File name too long"):
        find_pack("x" * 5000)


def test_packs_are_looked_for_inside_the_package_before_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.library.__file__", str(tmp_path / "triage" / "library.py"))
    assert bundled_packs() == {}
    write_pack_into(tmp_path / "rules" / "beside")
    assert list(bundled_packs()) == ["beside"]
    (tmp_path / "rules" / "notes").mkdir()
    write_pack_into(tmp_path / "triage" / "rules" / "inside")
    assert list(bundled_packs()) == ["inside"]


def write_pack_into(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    write_pack(folder)


def every_intake(pack: Pack) -> Iterator[Intake]:
    for values in product(*(("", *question.values) for question in pack.questions)):
        yield Intake(answers={name: value for name, value in zip(pack.question, values, strict=True) if value})


def every_answer(pack: Pack) -> list[str]:
    readings = [None, *pack.reading]
    return [render_json([assess(pack, intake, reading=reading)]) for intake in every_intake(pack) for reading in readings]


def shuffle(tree: Any, chance: random.Random) -> Any:
    """Keys in another order at every level, and rules in another order."""
    if isinstance(tree, list):
        return [shuffle(item, chance) for item in tree]
    if not isinstance(tree, dict):
        return tree
    keys = chance.sample(list(tree), len(tree))
    shuffled = {key: shuffle(tree[key], chance) for key in keys}
    if "rules" in shuffled:
        chance.shuffle(shuffled["rules"])
    return shuffled


def write_shuffled(texts: dict[str, str], folder: Path, seed: int) -> None:
    folder.mkdir()
    for file, text in texts.items():
        tree = shuffle(yaml.load(text, Loader=yaml.BaseLoader), random.Random(seed))
        (folder / file).write_text(yaml.safe_dump(tree, sort_keys=False, default_style='"'), encoding="utf-8")


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_keys_and_rules_changes_neither_the_digest_nor_an_answer(tmp_path: Path, seed: int) -> None:
    write_pack(tmp_path / "one")
    write_shuffled({file: text for file, text in FILES.items() if file != C}, tmp_path / "other", seed)
    pack, other = load_pack(tmp_path / "one"), load_pack(tmp_path / "other")
    assert other.digest == pack.digest
    assert every_answer(other) == every_answer(pack)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_and_rules_of_the_shipped_pack_changes_no_byte_of_its_cases(
    pack: Pack, tmp_path: Path, seed: int
) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in Path(pack.folder).glob("*.yaml")}
    write_shuffled(texts, tmp_path / "other", seed)
    other = load_pack(tmp_path / "other")
    assert other.digest == pack.digest
    for case in read_cases(pack)[0]:
        intake = Intake(answers=case.answers)
        mine, its = (render_json([assess(each, intake, reading=case.reading)]) for each in (pack, other))
        assert its == mine, case.case


def test_comments_and_layout_change_nothing(tmp_path: Path) -> None:
    write_pack(tmp_path / "one")
    write_pack(
        tmp_path / "other",
        Edit(P, "title: Which bicycle to try", "# why\ntitle:\n  'Which bicycle\n  to try'   # so"),
        Edit(D, "reads: [fit]", "reads:\n      - fit"),
        Edit(Q, "help: By phone.", "help: >-\n      By\n      phone."),
    )
    pack, other = load_pack(tmp_path / "one"), load_pack(tmp_path / "other")
    assert other.digest == pack.digest
    assert every_answer(other) == every_answer(pack)


def test_cases_are_no_part_of_the_digest(tmp_path: Path) -> None:
    write_pack(tmp_path / "one")
    write_pack(tmp_path / "other", Edit(C, "why: Gravel never fits here.", "why: For another reason."))
    assert load_pack(tmp_path / "one").digest == load_pack(tmp_path / "other").digest


CHANGES = {
    "a text": Edit(P, "A racer at least.", "A racer or more."),
    "a statement": Edit(S, "Wide tyres suit gravel", "Wide tyres suit sand"),
    "a question": Edit(Q, "help: By phone.", "help: By letter."),
    "the order of questions' values": Edit(Q, "values: [narrow, broad]", "values: [broad, narrow]"),
    "a rule": Edit(D, "{surface: sand}, then: badly", "{surface: sand}, then: partly"),
    "the id of a rule": Edit(D, "{rule: F10,", "{rule: F4,"),
    "a citation": Edit(D, "then: badly, because: [S01, S02]", "then: badly, because: [S02, S01]"),
    "the sheet": Edit(H, "A claim about moods.", "A claim about mood."),
    "the version": Edit(P, "version: 1.0.0", "version: 1.0.1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_can_change_an_answer_or_a_text_changes_the_digest(tmp_path: Path, name: str) -> None:
    write_pack(tmp_path / "one")
    write_pack(tmp_path / "other", CHANGES[name])
    assert load_pack(tmp_path / "one").digest != load_pack(tmp_path / "other").digest


def test_rules_whose_ids_count_the_same_keep_one_order(tmp_path: Path) -> None:
    write_pack(tmp_path / "one", Edit(D, "{rule: F3,", "{rule: F010,"))
    write_shuffled({**FILES, D: FILES[D].replace("{rule: F3,", "{rule: F010,")}, tmp_path / "other", 1)
    pack, other = load_pack(tmp_path / "one"), load_pack(tmp_path / "other")
    assert [rule.rule for rule in other.decision["fit"].rules] == [rule.rule for rule in pack.decision["fit"].rules]
    assert other.digest == pack.digest


def test_a_conflict_is_named_with_both_rules_and_the_profile_and_never_settled_by_order(tmp_path: Path) -> None:
    edits = [Edit(D, "{rule: F3, when: {surface: gravel, tyres: narrow}", "{rule: F3, when: {surface: gravel}")]
    write_pack(tmp_path, *edits)
    pack = load_pack(tmp_path)
    for answers in ({"surface": "gravel", "tyres": "broad"}, {"surface": "gravel"}, {}):
        with pytest.raises(PackError) as caught:
            assess(pack, Intake(answers=answers))
        (fault,) = caught.value.faults
        assert fault.code == "conflict"
        assert "F2 gives partly, F3 gives badly" in fault.message
        assert "surface: gravel, tyres: broad" in fault.message


def test_a_conflict_of_a_reading_is_found_although_another_was_asked_for(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "replaces: [F2]", "replaces: []"))
    with pytest.raises(PackError, match=r"conflict: fit: F2 gives partly, F2s gives badly, on surface: gravel, tyres: broad"):
        assess(load_pack(tmp_path), Intake(answers={"surface": "gravel", "tyres": "broad"}), reading="wide")


def test_two_rules_that_agree_are_no_conflict(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "{surface: gravel, tyres: narrow}", "{tyres: narrow, not: {surface: asphalt}}"))
    intake = Intake(answers={"surface": "sand", "tyres": "narrow"})
    assert assess(load_pack(tmp_path), intake).decisions["fit"].rules == ("F3", "F10")


def test_a_gap_is_named_with_the_decision_and_the_profile(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "{surface: sand}", "{surface: sand, tyres: narrow}"))
    pack = load_pack(tmp_path)
    with pytest.raises(PackError, match=r"gap: fit: no rule applies on surface: sand, tyres: broad; add a rule for it"):
        assess(pack, Intake(answers={"surface": "sand"}))
    assert assess(pack, Intake(answers={"surface": "gravel", "tyres": "narrow"})).outcome == "nothing"


def test_a_gap_that_a_constraint_makes_unreachable_is_none(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "{surface: asphalt}", "{surface: asphalt, tyres: narrow}"))
    assert assess(load_pack(tmp_path), Intake(answers={"surface": "asphalt"})).outcome == "both"


def test_a_decision_with_too_many_completions_is_refused_with_the_remedy(tmp_path: Path) -> None:
    names = [f"q{n}" for n in range(17)]
    line = "  - {{question: {}, group: ride, label: L, text: T, help: H, values: [yes, no]}}\n"
    write_pack(
        tmp_path,
        Edit(Q, "  - question: booked\n", "".join(map(line.format, names)) + "  - question: booked\n"),
        Edit(D, "reads: [tyres]", f"reads: [tyres, {', '.join(names)}]"),
    )
    with pytest.raises(PackError, match="too-large: hints rests on 19 questions with 786,432 completions") as caught:
        assess(load_pack(tmp_path), Intake(answers={}))
    assert "split it, or shorten the lists of values" in str(caught.value)


def test_the_cases_of_the_small_pack_hold(tmp_path: Path) -> None:
    write_pack(tmp_path)
    pack = load_pack(tmp_path)
    for case in read_cases(pack)[0]:
        assessment = assess(pack, Intake(answers=case.answers), reading=case.reading)
        assert (assessment.outcome, assessment.settled) == (case.outcome, case.settled)
        assert set(case.rules) <= {rule for result in assessment.decisions.values() for rule in result.rules}


def codes_in(module: str) -> set[str]:
    """Every fault code that a module's source names, so that none is left untested."""
    tree = ast.parse(Path(triage.__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
    codes: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Fault") | ast.Attribute(attr="fault" | "_fault"), args=args):
                codes |= {arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
            case ast.Call(func=ast.Attribute(attr="known"), args=[_, _, ast.Constant(value=str(kind)), *_]):
                codes.add(f"unknown-{kind}")
            case ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])):
                codes.add(code)
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id="code"), _])], value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])
            ):
                codes.add(code)
            case ast.Tuple(elts=[ast.Tuple(elts=[ast.Starred(), *_]), ast.Constant(value=str(kind)), _]) if module == "cases":
                codes.add(f"unknown-{kind.split()[0]}")
    return {code for code in codes if re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", code)}


def test_every_code_in_the_sources_is_met_by_a_test() -> None:
    in_tables = {broken.code for broken in (*test_consistency.BROKEN, *MISSHAPEN)}
    in_tables |= {refusal[1] for refusal in (*test_syntax.YAML_REFUSED.values(), *test_syntax.JSON_REFUSED.values())}
    in_tables |= {code for _, code, _ in WHOLE_FILES.values()}
    told_above = {"unreadable-file", "conflict", "gap"}
    # Ids and values are held to ASCII words of at most 64 characters before durable-rules is thought of.
    unreachable = {"unusable-word"}
    in_sources = set().union(*map(codes_in, MODULES))
    assert len(in_sources) > 40
    assert in_sources - in_tables - told_above == unreachable
    assert in_tables | told_above <= in_sources


def test_every_message_that_refuses_a_name_suggests_one_where_one_is_near() -> None:
    near = [broken for broken in test_consistency.REFERENCES if "Did you mean" in broken.message]
    assert len(near) > len(test_consistency.REFERENCES) // 2


def test_an_assessment_says_nothing_of_the_machine_it_was_read_on(pack: Pack) -> None:
    assessment = render_json([assess(pack, Intake(answers={}))])
    assert str(Path(pack.folder).parent) not in assessment
