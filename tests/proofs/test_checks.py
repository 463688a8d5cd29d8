"""Every finding of a check, each brought about by an edit of the small pack: its code, at its place, with what shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from bare_pack import make_bare_pack
from checked_pack import CLEAN
from small_pack import DIGEST, Edit, write_pack

from triage.documents import digest_segment
from triage.engine import FiredDecision
from triage.errors import EngineFault, RequestError
from triage.library import bundled_packs, load_pack
from triage.proofs.checks import NAMES, check_pack, find_folder, find_losing
from triage.proofs.codes import CODES
from triage.proofs.findings import Checkup, Finding, Score

P, S, Q, D, H, C = "pack.yaml", "statements.yaml", "questions.yaml", "decisions.yaml", "sheet.yaml", "cases.yaml"

SAND = "      - {rule: F10, when: {surface: sand}, then: badly, because: [S01, S02]}\n"
RULE = "      - ¦{{rule: F11, when: {}, then: {}, because: [S01]}}\n"
QUESTION = "  - {{question: {}, group: ride, label: L, text: Is it so?, help: H, values: [yes, no]{}}}\n"
BOOKED = "  - question: booked\n"
ASKED = "  - ¦" + QUESTION.format("hue", "").removeprefix("  - ")
HINT = "      - {rule: H1, when: {tyres: broad}, then: pump, because: [S01]}\n"
EITHER = "{any: [{surface: gravel, tyres: broad}, {surface: sand, tyres: narrow}]}, then: pump, because: [S01]}"
MANY = ", ".join(map(str, range(20000)))
HELP = "    help: As said.\n"
STATEMENT = f"  - {{statement: S05, segment: 5, sha256: {DIGEST(5)}"


class Shown(NamedTuple):
    """A name, the code, a part of the message, the edits that bring it about, and codes of what follows from it."""

    name: str
    code: str
    message: str
    edits: tuple[Edit, ...]
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.name}"


def one(name: str, code: str, message: str, file: str, old: str, new: str, *also: str) -> Shown:
    return Shown(name, code, message, (Edit(file, old, new),), also)


def several(name: str, code: str, message: str, *edits: tuple[str, str, str], also: tuple[str, ...] = ()) -> Shown:
    return Shown(name, code, message, tuple(Edit(*edit) for edit in edits), also)


def add_rule(name: str, code: str, message: str, when: str, then: str, *also: str) -> Shown:
    without = () if code == "never-fires" else ("rule-without-case",)
    return one(name, code, message, D, SAND, SAND + RULE.format(when, then), *without, *also)


def say(name: str, code: str, message: str, text: str) -> Shown:
    """A text of a question."""
    return one(name, code, message, Q, HELP, f"    ¦help: {text}\n")


RULES = (
    several(
        "a profile without a rule",
        "gap",
        "fit: no rule applies",
        (D, "{surface: sand}", "{surface: sand, tyres: narrow}"),
        (D, "  - decision: fit", "  - ¦decision: fit"),
        also=("case-fails",),
    ),
    add_rule(
        "two rules on one profile",
        "conflict",
        "fit: F10 gives badly and F11 gives partly",
        "{surface: sand, tyres: broad}",
        "partly",
        "case-fails",
    ),
    one(
        "two rules under one reading",
        "conflict",
        "fit: F10 gives badly and F2s gives partly, under strict",
        D,
        "{rule: F2s, decision: fit, when: {surface: gravel, tyres: broad}, then: badly",
        "¦{rule: F2s, decision: fit, when: {surface: [gravel, sand], tyres: broad}, then: partly",
        "case-fails",
    ),
    add_rule(
        "a constraint excludes it",
        "never-fires",
        "fit: F11 fires on no reachable profile; no complete answers lead to what it asks for",
        "{surface: asphalt, tyres: broad}",
        "badly",
    ),
    add_rule(
        "it contradicts itself",
        "never-fires",
        "fit: the condition of F11 can hold of nothing",
        "{all: [{surface: sand}, {surface: gravel}]}",
        "badly",
    ),
    several(
        "every reading replaces it",
        "never-fires",
        "workshop: W1 is replaced under every reading",
        (D, "{rule: W1,", "¦{rule: W1,"),
        (
            D,
            "text: As it stands., because: [S01]}",
            "text: As it stands., because: [S01], replaces: [W1], rules: "
            "[{rule: W1w, decision: workshop, when: {booked: yes}, then: booked, because: [S03]}]}",
        ),
        (
            D,
            "    replaces: [F2]\n    rules:\n",
            "    replaces: [F2, W1]\n    rules:\n"
            "      - {rule: W1s, decision: workshop, when: {booked: yes}, then: booked, because: [S03]}\n",
        ),
        also=("case-fails", "rule-without-case"),
    ),
    add_rule(
        "another says the same more widely",
        "subsumed",
        "fit: wherever F11 fires, F10 fires too and gives badly as well",
        "{surface: sand, tyres: broad}",
        "badly",
    ),
    add_rule("a copy", "subsumed", "wherever F11 fires, F10 fires too", "{surface: sand}", "badly"),
    several(
        "two others together say the same",
        "changes-nothing",
        "hints: without H3 every value stays the same, given by H1, H2",
        (D, "reads: [tyres]", "reads: [surface, tyres]"),
        (
            D,
            HINT,
            f"{HINT}      - {{rule: H2, when: {{surface: sand}}, then: pump, because: [S01]}}\n"
            f"      - ¦{{rule: H3, when: {EITHER}\n",
        ),
        also=("case-fails", "rule-without-case"),
    ),
)

PARTS = (
    one("nobody asks it", "idle-question", "no decision depends on hue", Q, BOOKED, ASKED + BOOKED),
    one(
        "read in vain",
        "idle-read",
        "hints: whatever booked can be beside the other reads, the same rules fire",
        D,
        "[tyres]",
        "[tyres, ¦booked]",
    ),
    several(
        "only a rule that never fires asks it",
        "idle-read",
        "hints: whatever surface can be beside the other reads, the same rules fire",
        (D, "[tyres]", "[tyres, ¦surface]"),
        (D, HINT, f"{HINT}      - {{rule: H2, when: {{surface: asphalt, tyres: broad}}, then: pump, because: [S01]}}\n"),
        also=("never-fires",),
    ),
    one(
        "a question that is only read in vain",
        "idle-question",
        "no decision depends on hue",
        Q,
        BOOKED,
        ASKED + BOOKED,
    )._replace(
        edits=(Edit(Q, BOOKED, ASKED + BOOKED), Edit(D, "[tyres]", "[tyres, hue]")),
        also=("idle-read",),
    ),
    one(
        "nothing reads it",
        "unused-decision",
        "nothing reads extra",
        D,
        "constraints:\n",
        "  - ¦{decision: extra, reads: [tyres], hit_policy: collect, rules: "
        "[{rule: Z1, when: {tyres: broad}, then: pump, because: [S01]}]}\nconstraints:\n",
        "rule-without-case",
    ),
    several(
        "no rule gives it",
        "unreachable-outcome",
        "no complete answers lead to the outcome gone of choice, under any reading",
        (
            P,
            "procedures:\n  - {procedure: road",
            "  - ¦{outcome: gone, procedures: [], headline: G.}\nprocedures:\n  - {procedure: road",
        ),
        (D, "nothing: nothing}", "nothing: nothing, gone: gone}"),
    ),
    one(
        "a value that no rule gives",
        "unreachable-value",
        "no complete answers lead to the value never of fit",
        D,
        "    reads: [surface, tyres]\n    hit_policy: unique\n",
        "    reads: [surface, tyres]\n    hit_policy: unique\n"
        "    values:\n      badly: b\n      partly: p\n      well: w\n      ¦never: n\n",
    ),
    several(
        "a level that no rule gives",
        "unreachable-value",
        "no complete answers lead to the level slow of brakes",
        (P, "    - {level: go,", "    - ¦{level: slow, text: Ride slowly.}\n    - {level: go,"),
        (D, "{stop: stop, go: go}", "{stop: stop, slow: slow, go: go}"),
    ),
    several(
        "a standing that no rule gives",
        "unreachable-value",
        "no complete answers lead to the standing gone of workshop",
        (P, "  texts: {booked: Booked.,", "  texts: {¦gone: Gone., booked: Booked.,"),
        (D, "waiting: waiting}", "waiting: waiting, gone: gone}"),
    ),
    one(
        "another excludes as much",
        "idle-constraint",
        "X2 excludes no answers that the other constraints do not exclude",
        D,
        "readings:\n",
        "  - ¦{constraint: X2, never: {surface: asphalt, tyres: broad, booked: yes}, text: T.}\nreadings:\n",
    ),
    one(
        "of two equal ones the later",
        "idle-constraint",
        "X2 excludes no answers",
        D,
        "readings:\n",
        "  - ¦{constraint: X2, never: {tyres: broad, surface: asphalt}, text: T.}\nreadings:\n",
    ),
    several(
        "it excludes nothing at all",
        "idle-constraint",
        "X2 excludes no answers",
        (D, "readings:\n", "  - ¦{constraint: X2, never: {all: [{tyres: broad}, {tyres: narrow}]}, text: T.}\nreadings:\n"),
    ),
    several(
        "nothing is left",
        "excludes-all",
        "the constraints on surface, tyres exclude every answer; take one of them back",
        (D, "  - constraint: X1", "  - ¦constraint: X1"),
        (D, "readings:\n", "  - {constraint: X2, never: {tyres: [broad, narrow]}, text: T.}\nreadings:\n"),
    ),
    several(
        "the same outcomes",
        "readings-alike",
        "strict gives the same outcome as wide on all complete answers",
        (D, "- reading: strict", "- ¦reading: strict"),
        (D, "{surface: gravel, tyres: broad}, then: badly", "{surface: gravel, tyres: broad}, then: partly"),
        also=("case-fails",),
    ),
    several(
        "more than can be gone through",
        "too-large",
        "fit rests on 3 questions with 120,000 completions; 20,000 are the most",
        (
            Q,
            BOOKED,
            QUESTION.format("size", "").replace("yes, no", MANY) + BOOKED,
        ),
        (D, "reads: [surface, tyres]", "reads: [surface, tyres, size]"),
        (D, "  - decision: fit", "  - ¦decision: fit"),
        also=("too-large",),
    ),
)

CITATIONS = (
    one(
        "nothing cites it",
        "unused-statement",
        "nothing cites S06, of class logistics",
        S,
        STATEMENT,
        f"  - ¦{{statement: S06, segment: 4, sha256: {DIGEST(4)}, class: logistics, text: It is open, use: u}}\n{STATEMENT}",
    ),
    one(
        "no line says that it is not repeated",
        "unused-statement",
        "S06 is of class withheld, and neither a line of the sheet nor a tension says that it is not repeated",
        S,
        STATEMENT,
        f"  - ¦{{statement: S06, segment: 4, sha256: {DIGEST(4)}, class: withheld, text: It is open, use: u}}\n{STATEMENT}",
    ),
    several(
        "a line uses it and none says that it is not repeated",
        "unused-statement",
        "S06 is of class claim, and neither a line of the sheet nor a tension",
        (
            S,
            STATEMENT,
            f"  - ¦{{statement: S06, segment: 4, sha256: {DIGEST(4)}, class: claim, text: It is open, use: u}}\n{STATEMENT}",
        ),
        (P, "because: [S03]}", "because: [S03, S06]}"),
    ),
    several(
        "a statement for a source under a reading",
        "unsourced-sign",
        "B2s is a rule of the safety net and cites no source",
        (
            D,
            "    replaces: [F2]\n    rules:\n",
            "    replaces: [F2, B2]\n    rules:\n"
            "      - ¦{rule: B2s, decision: brakes, when: {brake_fault: no}, then: go, because: [S04]}\n",
        ),
        also=("rule-without-case",),
    ),
    one(
        "a statement for a source",
        "unsourced-sign",
        "B2 is a rule of the safety net and cites no source",
        D,
        "{rule: B2, when: {brake_fault: no}, then: go, because: [LAW]}",
        "¦{rule: B2, when: {brake_fault: no}, then: go, because: [S04]}",
    ),
    several(
        "another sign lowers the level",
        "silenced-sign",
        "brake_fault: yes gives stop alone, yet slow together with other answers",
        (P, "    - {level: go,", "    - {level: slow, text: Ride slowly.}\n    - {level: go,"),
        (Q, "    warning: yes\n", "    ¦warning: yes\n"),
        (Q, BOOKED, QUESTION.format("bell", ", warning: yes") + BOOKED),
        (D, "{stop: stop, go: go}", "{stop: stop, slow: slow, go: go}"),
        (D, "reads: [brake_fault]", "reads: [brake_fault, bell]"),
        (D, "when: {brake_fault: yes}", "when: {brake_fault: yes, bell: no}"),
        (
            D,
            "      - {rule: B2, when: {brake_fault: no}",
            "      - {rule: B3, when: {bell: yes}, then: slow, because: [LAW]}\n"
            "      - {rule: B2, when: {brake_fault: no, bell: no}",
        ),
        also=("case-fails", "rule-without-case"),
    ),
    several(
        "it gives the level without a sign",
        "silenced-sign",
        "brake_fault: yes is reported, yet the level is go",
        (Q, "    warning: yes\n", "    ¦warning: yes\n"),
        (D, "when: {brake_fault: yes}, then: stop", "when: {brake_fault: yes}, then: go"),
        also=("case-fails", "unreachable-value"),
    ),
)

TEXTS = (
    say("a text", "banned-wording", 'says "best"', "The best of it."),
    say("in capitals", "banned-wording", 'says "you should"', "YOU SHOULD go."),
    say("over a line end", "banned-wording", 'says "can wait"', ">-\n      It can\n      wait."),
    say("in other forms of the letters", "banned-wording", 'says "safe"', "\uff33\uff41\uff46\uff45 enough."),
    say("an exception that is not whole", "banned-wording", 'says "best"', "The best one of all."),
    one(
        "a label",
        "banned-wording",
        'says "fine"',
        Q,
        "values: [narrow, broad]",
        "values: [narrow, broad]\n    labels:\n      ¦broad: fine",
    ),
    one("a case", "banned-wording", 'says "likely"', C, "  - case: Sand\n", "  - ¦case: Likely sand\n"),
    several(
        "an id",
        "banned-wording",
        'says "safe"',
        (P, "  - {id: lock,", "  - {¦id: safe_lock,"),
    ),
    several(
        "two texts together",
        "banned-wording",
        'the sheet of these answers says "you need", which no text may say',
        (P, "  - {outcome: both,", "  - ¦{outcome: both,"),
        (Q, "values: [narrow, broad]", "values: [narrow, broad]\n    labels: {narrow: need}"),
        (H, "text: The shop has locks., because", "text: Locks., question: tyres, text_known: 'Tyres you {answer}.', because"),
    ),
    say("a letter of another script", "look-alike", 'has "\u043ef" (\\u043ef), in which', "Most \u043ef it."),
    say("a banned wording in disguise", "look-alike", 'has "b\u00e9st" (b\\xe9st), in which', "The b\u00e9st of it."),
    one(
        "nobody says it",
        "unused-exception",
        "no text has this sentence",
        P,
        "wording_exceptions:\n",
        "wording_exceptions:\n  - {¦sentence: Nobody says this., reason: None.}\n",
    ),
    one(
        "no whole sentence",
        "unused-exception",
        "this is no whole sentence",
        P,
        "wording_exceptions:\n",
        "wording_exceptions:\n  - {¦sentence: best, reason: None.}\n",
    ),
    say("in other letters", "claim-repeated", "repeats the statement S05, which is of class claim", "Look, all will SMILE!"),
    several(
        "as it stands there",
        "shared-sentence",
        "has the sentence of segment 2 of the document",
        (S, DIGEST(2), digest_segment("Wide tyres are for gravel.")),
        (Q, HELP, "    ¦help: As said. Wide  tyres are for gravel.\n"),
    ),
    several(
        "but for the full stop",
        "shared-sentence",
        "has the sentence of segment 1 of the document",
        (P, DIGEST(1), digest_segment("Which bicycle is for which road")),
        (Q, HELP, "    ¦help: Which bicycle is for which road.\n"),
    ),
    several(
        "a title that is as long as a sentence",
        "shared-sentence",
        "has the sentence of segment 1 of the document",
        (P, DIGEST(1), digest_segment("Which bicycle is for which road")),
        (Q, HELP, "    ¦help: Which bicycle is for which road\n"),
    ),
    say("the author's mark", "to-do", "say what counts", '"TODO: say what counts"'),
)

CASES = (
    one(
        "outcome",
        "case-fails",
        '"Asphalt": outcome: expected racer, given both; possible_outcomes: expected racer, given both',
        C,
        "  - case: Asphalt\n",
        "  - ¦case: Asphalt\n",
    )._replace(
        edits=(
            Edit(C, "  - case: Asphalt\n", "  - ¦case: Asphalt\n"),
            Edit(C, "    outcome: both\n", "    outcome: racer\n"),
            Edit(C, "    possible_outcomes: [both]\n", "    possible_outcomes: [racer]\n"),
        )
    ),
    several(
        "rule",
        "case-fails",
        '"Asphalt": the rule F10 does not fire',
        (C, "  - case: Asphalt\n", "  - ¦case: Asphalt\n"),
        (C, "rules: [B2, F1, C1]", "rules: [B2, F1, F10, C1]"),
    ),
    several(
        "notes",
        "case-fails",
        '"Asphalt": notes: expected pump, given none',
        (C, "  - case: Asphalt\n", "  - ¦case: Asphalt\n"),
        (C, "standing: open\n    notes: []", "standing: open\n    notes: [pump]"),
    ),
    several(
        "no case lists it",
        "rule-without-case",
        "no case lists C1 among the rules that fire",
        (C, "rules: [B2, F1, C1]", "rules: [B2, F1]"),
        (D, "{rule: C1,", "¦{rule: C1,"),
    ),
    one("a fault of the cases", "unknown-rule", 'no rule is called "F11"', C, "rules: [B2, F1, C1]", "rules: [B2, F1, ¦F11, C1]"),
    one("a fault of the pack", "unknown-value", 'fit has no value "wel"', D, "{fit: well}", "{¦fit: wel}"),
)

SHOWN = (*RULES, *PARTS, *CITATIONS, *TEXTS, *CASES)


def check_clean(folder: Path, *edits: Edit, mutate: bool = False) -> Checkup:
    """Check the small pack with these edits on top of those that make it clean."""
    write_pack(folder, *CLEAN, *edits)
    return check_pack(folder, mutate=mutate)


def find(folder: Path, *edits: Edit) -> Finding:
    """The first finding in the rules after these edits."""
    return next(finding for finding in check_clean(folder, *edits).findings if finding.code != "case-fails")


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_a_finding_is_told_once_at_its_place_with_what_is_wrong(tmp_path: Path, shown: Shown) -> None:
    (place,) = write_pack(tmp_path, *CLEAN, *shown.edits).values()
    findings = check_pack(tmp_path, mutate=False).findings
    told = [finding for finding in findings if finding.code == shown.code and finding.place == place]
    assert len(told) == 1, "\n".join(map(str, findings))
    assert shown.message in told[0].message
    assert {finding.code for finding in findings if finding is not told[0]} == set(shown.also), "\n".join(map(str, findings))


def test_every_code_is_brought_about_by_a_test() -> None:
    elsewhere = {"no-cases", "example-fails", "surviving-mutant", "uncovered-condition", "unread-file"}
    assert {shown.code for shown in SHOWN} & CODES.keys() == CODES.keys() - elsewhere


def test_the_small_pack_made_clean_gives_no_finding_and_says_what_was_gone_through(tmp_path: Path) -> None:
    checkup = check_clean(tmp_path, mutate=True)
    assert checkup.findings == ()
    pack = load_pack(tmp_path)
    assert (checkup.pack, checkup.version, checkup.digest) == (pack.id, pack.version, pack.digest)
    assert checkup.deferral == pack.header.deferral.text
    # brakes 2, fit 5 under either reading, choice 3 and 2 of them, workshop 2, hints 2; choice has the same rules under both.
    assert (checkup.decisions, checkup.readings, checkup.profiles) == (5, 2, 19)
    assert checkup.cases == Score(12, 12)
    assert checkup.mutants is not None
    assert checkup.mutants.reached == checkup.mutants.of > 100
    assert checkup.conditions is not None
    assert checkup.conditions.reached == checkup.conditions.of > 20


@pytest.mark.parametrize("name", bundled_packs())
def test_a_bundled_pack_gives_no_finding(name: str) -> None:
    checkup = check_pack(name)
    assert checkup.findings == ()
    assert checkup.mutants is not None
    assert checkup.mutants.reached == checkup.mutants.of > 100
    assert checkup.conditions is not None
    assert checkup.conditions.reached == checkup.conditions.of > 20


HUE = Edit(Q, BOOKED, QUESTION.format("hue", "") + BOOKED)


@pytest.mark.parametrize(
    "edits",
    [
        (HUE, Edit(D, "readings:\n", "  - {constraint: X2, never: {hue: yes, surface: sand}, text: T.}\nreadings:\n")),
        (
            HUE,
            Edit(H, "text: The shop has locks., because", "text: Lock., question: hue, text_known: 'Is {answer}.', because"),
        ),
        (Edit(P, "reported: [brakes, choice, workshop]", "reported: [choice]"),),
        (Edit(P, DIGEST(1), digest_segment("A lamp")), Edit(Q, HELP, "    help: A lamp\n")),
        (Edit(Q, HELP, "    help: Look, all smile.\n"),),
    ],
    ids=["asked by a constraint", "shown on the sheet", "parts of the sheet", "a title shared", "words of a claim"],
)
def test_what_is_of_use_is_not_told(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    assert check_clean(tmp_path, *edits).findings == ()


def test_the_profiles_counted_are_those_that_were_fired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.proofs.checks.fire_all", lambda pack, under: 4321)
    assert check_clean(tmp_path).profiles == 4321


def test_a_pack_without_cases_is_told_once_and_not_for_every_rule(tmp_path: Path) -> None:
    pack = make_bare_pack(tmp_path / "bare")
    (finding,) = check_pack(pack.folder).findings
    assert (finding.code, finding.place) == ("no-cases", (f"{pack.folder}/cases.yaml", 1, 1))


def test_an_example_that_cannot_be_assessed_is_told(tmp_path: Path) -> None:
    examples = tmp_path / "examples"
    examples.mkdir()
    (examples / "one.yaml").write_text("answers: {surface: mud}\n", encoding="utf-8")
    (examples / "two.yaml").write_text("answers: {surface: sand, tyres: broad}\n", encoding="utf-8")
    (finding,) = check_clean(tmp_path).findings
    assert (finding.code, finding.place) == ("example-fails", (str(examples / "one.yaml"), 1, 11))
    assert finding.message.startswith('cannot be assessed: surface: "mud" is not an answer here')


def test_each_thing_wrong_with_an_example_is_told_at_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    text = "reference: a b\nanswers:\n  surface: mud\n  tyres: flat\nsources:\n  booked: me\n"
    (tmp_path / "examples" / "one.yaml").write_text(text, encoding="utf-8")
    findings = [finding for finding in check_clean(tmp_path).findings if finding.code == "example-fails"]
    assert [(finding.place.line, finding.place.column) for finding in findings] == [(1, 1), (3, 3), (4, 3), (6, 3)]
    (tmp_path / "examples" / "one.yaml").write_text("answers: {surface: mud\n", encoding="utf-8")
    broken = next(finding for finding in check_clean(tmp_path).findings if finding.code == "example-fails")
    assert (broken.place.file, broken.place.line) == (str(tmp_path / "examples" / "one.yaml"), 2)


@pytest.mark.parametrize("name", ["statments.yaml", "cases.yml", "examples/one.yml"])
def test_a_file_that_nothing_reads_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "examples").mkdir()
    for file in (name, ".hidden.yaml", "notes.txt"):
        (tmp_path / file).write_text("a: b\n", encoding="utf-8")
    (finding,) = check_clean(tmp_path).findings
    assert (finding.code, finding.place) == ("unread-file", (str(tmp_path / name), 1, 1))
    listed = "pack.yaml, statements.yaml, questions.yaml, decisions.yaml, sheet.yaml, cases.yaml"
    said = f"no part of a pack has this name; an example ends in .yaml, and the others are {listed}."
    near = {"statments.yaml": "statements.yaml", "cases.yml": "cases.yaml"}.get(name)
    assert finding.message == said + (f' Did you mean "{near}"?' if near else "")


def test_no_name_is_near_that_of_a_part_where_no_part_can_stand(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "cases.yml").write_text("a: b\n", encoding="utf-8")
    (finding,) = check_clean(tmp_path).findings
    assert finding.message.endswith("cases.yaml.")


def test_a_misnamed_file_is_told_beside_the_one_that_is_missing(tmp_path: Path) -> None:
    write_pack(tmp_path)
    (tmp_path / "sheet.yaml").rename(tmp_path / "sheets.yaml")
    assert [finding.code for finding in check_pack(tmp_path).findings] == ["unreadable-file", "unread-file"]


def test_a_rule_that_no_case_lists_comes_with_the_case_in_which_it_fires(tmp_path: Path) -> None:
    (finding,) = check_clean(tmp_path, Edit(C, "rules: [B2, F1, C1]", "rules: [B2, F1]")).findings
    assert finding.message == 'no case lists C1 among the rules that fire; it fires in "Asphalt"'
    assert finding.case == ""


def test_a_rule_that_fires_in_no_case_comes_with_one_that_is_ready(tmp_path: Path) -> None:
    gone = (
        "  - case: Strict\n    why: Gravel never fits here.\n    reading: strict\n    answers: {surface: gravel, tyres: broad}\n"
    )
    gone += "    outcome: nothing\n    settled: yes\n    notes: [pump]\n    rules: [F2s, H1]\n"
    finding = next(f for f in check_clean(tmp_path, Edit(C, gone, "")).findings if "F2s" in f.message)
    assert finding.case.startswith("  - case: Draft for F2s, strict, surface gravel, tyres broad\n    reading: strict\n")
    assert "    rules: [F2s, C3, H1]\n" in finding.case
    write_pack(tmp_path, *CLEAN, Edit(C, gone, finding.case))
    assert check_pack(tmp_path, mutate=False).findings == ()


def test_a_text_of_an_example_is_held_to_the_wording_rules(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "one.yaml").write_text("reference: best\nanswers: {surface: sand}\n", encoding="utf-8")
    (finding,) = check_clean(tmp_path).findings
    assert (finding.code, finding.place.line) == ("banned-wording", 1)


def test_a_change_that_no_case_notices_brings_a_case_that_does(tmp_path: Path) -> None:
    gone = "  - case: Broad tyres alone\n    answers: {tyres: broad}\n    outcome: not_enough_information\n    settled: no\n"
    gone += "    possible_outcomes: [racer, nothing]\n    notes: [pump]\n    rules: [H1]\n"
    checkup = check_clean(tmp_path, Edit("cases.yaml", gone, ""), mutate=True)
    assert {finding.code for finding in checkup.findings} == {"surviving-mutant"}
    assert checkup.mutants is not None
    assert checkup.mutants.of - checkup.mutants.reached == len(checkup.findings)
    drafts = dict.fromkeys(finding.case for finding in checkup.findings)
    write_pack(tmp_path, *CLEAN, Edit("cases.yaml", gone, "".join(drafts)))
    assert check_pack(tmp_path).findings == ()


def test_a_condition_that_no_case_shows_to_count_brings_a_case_that_does(tmp_path: Path) -> None:
    start = "  - case: Strict, sand on broad tyres\n"
    gone = start + "    reading: strict\n    answers: {surface: sand, tyres: broad}\n    outcome: nothing\n    settled: yes\n"
    gone += "    notes: [pump]\n    rules: [F10, C3, H1]\n"
    checkup = check_clean(tmp_path, Edit("cases.yaml", gone, ""), mutate=True)
    assert {finding.code for finding in checkup.findings} == {"uncovered-condition"}
    assert checkup.conditions is not None
    assert checkup.conditions.of - checkup.conditions.reached == len(checkup.findings)
    drafts = dict.fromkeys(finding.case for finding in checkup.findings)
    write_pack(tmp_path, *CLEAN, Edit("cases.yaml", gone, "".join(drafts)))
    assert check_pack(tmp_path).findings == ()


def test_a_gap_shows_the_smallest_profile_and_answers_that_lead_there(tmp_path: Path) -> None:
    finding = find(tmp_path, Edit(D, "{rule: C3, when: {not: {fit: [well, partly]}}", "{rule: C3, when: {fit: []}"))
    assert finding.code == "condition"
    finding = find(tmp_path, Edit(D, "{surface: sand}", "{all: [{surface: sand}, {surface: gravel}]}"))
    assert (finding.code, finding.message) == ("gap", "fit: no rule applies, on 2 of its reachable profiles")
    assert finding.profile == (("surface", "sand"),)
    assert finding.answers == (("surface", "sand"), ("tyres", "narrow"))


def test_a_gap_under_one_reading_names_it(tmp_path: Path) -> None:
    finding = find(tmp_path, Edit(D, "when: {surface: gravel, tyres: broad}, then: badly", "when: {surface: sand}, then: badly"))
    assert (finding.code, finding.message) == ("gap", "fit: no rule applies, under strict")
    assert finding.reading == "strict"
    assert finding.profile == (("surface", "gravel"), ("tyres", "broad"))


def test_a_gap_that_differs_between_readings_names_the_one_whose_profile_is_shown(tmp_path: Path) -> None:
    finding = find(
        tmp_path,
        Edit(D, "{surface: sand}", "{surface: sand, tyres: narrow}"),
        Edit(D, "when: {surface: gravel, tyres: broad}, then: badly", "when: {surface: sand, tyres: narrow}, then: badly"),
    )
    assert finding.message == "fit: no rule applies, on 2 of its reachable profiles, as shown under wide"
    assert (finding.code, finding.reading) == ("gap", "wide")
    assert finding.profile == (("surface", "sand"), ("tyres", "broad"))


def test_a_read_that_the_other_reads_settle_is_idle_though_a_rule_asks_it(tmp_path: Path) -> None:
    never = "never: {surface: asphalt, tyres: broad}"
    tied = "never: {any: [{surface: asphalt, tyres: broad}, {surface: gravel, tyres: narrow}, {surface: sand, tyres: narrow}]}"
    findings = check_clean(tmp_path, Edit(D, never, tied)).findings
    told = [finding.message.split(" can be")[0] for finding in findings if finding.code == "idle-read"]
    assert told == ["fit: whatever tyres"]


def test_an_example_that_is_no_readable_file_is_told_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "examples" / "one.yaml").mkdir(parents=True)
    (tmp_path / "examples" / "three.yaml").symlink_to("nowhere")
    (tmp_path / "examples" / "two.yaml").write_text("answers: {surface: mud}\n", encoding="utf-8")
    findings = check_clean(tmp_path).findings
    assert [(finding.code, finding.place) for finding in findings] == [
        ("example-fails", (str(tmp_path / "examples" / "one.yaml"), 1, 1)),
        ("example-fails", (str(tmp_path / "examples" / "three.yaml"), 1, 1)),
        ("example-fails", (str(tmp_path / "examples" / "two.yaml"), 1, 11)),
    ]
    assert findings[0].message == 'cannot be assessed: "one.yaml" is no file; move it out of the folder'


def test_too_many_changes_are_a_finding_with_their_number_and_none_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.proofs.mutation.MAX_COMPARED", 100)
    monkeypatch.setattr("triage.proofs.mutation._Mutation", None)
    checkup = check_clean(tmp_path, mutate=True)
    (finding,) = checkup.findings
    assert (finding.code, checkup.mutants, checkup.conditions) == ("too-large", None, None)
    assert "100 are the most" in finding.message
    assert "--quick" in finding.message
    assert check_pack(tmp_path, mutate=False).findings == ()


def test_a_rule_that_never_fires_shows_the_profile_that_it_waits_for(tmp_path: Path) -> None:
    rule = "      - {rule: F11, when: {surface: asphalt, tyres: broad}, then: badly, because: [S01]}\n"
    finding = next(f for f in check_clean(tmp_path, Edit(D, SAND, SAND + rule)).findings if f.code == "never-fires")
    assert finding.profile == (("surface", "asphalt"), ("tyres", "broad"))


def test_a_finding_on_a_claim_does_not_repeat_it(tmp_path: Path) -> None:
    (finding,) = check_clean(tmp_path, Edit(Q, HELP, "    help: And all will smile.\n")).findings
    assert finding.code == "claim-repeated"
    assert "smile" not in f"{finding.message} {finding.remedy}"


def test_every_fault_of_a_pack_that_cannot_be_loaded_is_a_finding_and_nothing_else_is_claimed(tmp_path: Path) -> None:
    checkup = check_clean(tmp_path, Edit(D, "{fit: well}", "{fit: wel}"), Edit(D, "{fit: partly}", "{fits: partly}"))
    assert [finding.code for finding in checkup.findings] == ["unknown-value", "unread-name"]
    assert (checkup.version, checkup.digest, checkup.profiles, checkup.cases, checkup.mutants) == (None,) * 5
    assert checkup.pack == str(tmp_path)


def test_faults_of_the_cases_leave_the_rest_to_be_checked(tmp_path: Path) -> None:
    checkup = check_clean(tmp_path, Edit(C, "rules: [B2, F1, C1]", "rules: [F11]"), Edit(Q, HELP, "    help: The best.\n"))
    assert {finding.code for finding in checkup.findings} == {"unknown-rule", "banned-wording"}
    assert checkup.profiles == 19
    assert checkup.cases is None


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"without a pack\.yaml"):
        check_pack(tmp_path)


def test_an_engine_that_disagrees_is_a_fault_and_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pack(tmp_path, *CLEAN)
    monkeypatch.setattr(FiredDecision, "_run", lambda self, profile: ())
    with pytest.raises(EngineFault, match="durable-rules fired"):
        check_pack(tmp_path)


def test_a_file_stands_for_the_pack_that_it_is_part_of(tmp_path: Path) -> None:
    write_pack(tmp_path / "bicycles")
    folder = tmp_path / "bicycles"
    assert find_folder(folder / "cases.yaml") == folder
    assert find_folder(folder / "examples" / "one.yaml") == folder
    assert find_folder(folder / "examples" / "old" / "one.yaml") is None
    assert find_folder(tmp_path / "cases.yaml") is None


def test_a_pack_loses_a_file_where_others_of_it_are_left_and_is_told_of_once(tmp_path: Path) -> None:
    write_pack(tmp_path / "bicycles")
    for name in ("pack.yaml", "cases.yaml"):
        (tmp_path / "bicycles" / name).unlink(missing_ok=True)
    gone = [tmp_path / "bicycles" / name for name in ("pack.yaml", "cases.yaml", "notes.txt")]
    assert find_losing(gone) == (tmp_path / "bicycles",)
    assert find_losing(gone[2:]) == ()
    assert find_losing(tmp_path / "whole" / name for name in NAMES) == ()


def test_a_case_that_fails_counts_as_one_that_does_not_hold(tmp_path: Path) -> None:
    checkup = check_clean(tmp_path, Edit(C, "    standing: waiting\n", "    standing: booked\n"))
    assert {finding.code for finding in checkup.findings} == {"case-fails"}
    assert checkup.cases == Score(12 - len(checkup.findings), 12)


def test_what_the_changes_show_is_told_beside_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.yaml").write_text("a: b\n", encoding="utf-8")
    gone = "  - case: Broad tyres alone\n    answers: {tyres: broad}\n    outcome: not_enough_information\n    settled: no\n"
    gone += "    possible_outcomes: [racer, nothing]\n    notes: [pump]\n    rules: [H1]\n"
    found = check_clean(tmp_path, Edit(C, gone, ""), mutate=True).findings
    assert {finding.code for finding in found} == {"surviving-mutant", "unread-file"}
    monkeypatch.setattr("triage.proofs.mutation.MAX_COMPARED", 100)
    assert {finding.code for finding in check_pack(tmp_path).findings} == {"too-large", "unread-file"}


def test_cases_that_one_conflict_leaves_without_an_answer_are_told_once(tmp_path: Path) -> None:
    conflict = Edit(D, SAND, SAND + RULE.format("{surface: sand, tyres: broad}", "partly"))
    found = [finding for finding in check_clean(tmp_path, conflict).findings if finding.code == "case-fails"]
    assert [re.sub('^".*?"', "", finding.message).partition(":")[0] for finding in found] == [
        " and 4 more cases",
        "",
    ]  # one for each reading
