"""Changes of the tiny pack about bicycles, each with what stands behind a difference that it makes."""

from __future__ import annotations

from small_pack import FILES, Edit

QUESTIONS, DECISIONS, HEADER = "questions.yaml", "decisions.yaml", "pack.yaml"


def asked(old: str, new: str) -> Edit:
    return Edit(QUESTIONS, old, new)


def ruled(old: str, new: str) -> Edit:
    return Edit(DECISIONS, old, new)


def headed(old: str, new: str) -> Edit:
    return Edit(HEADER, old, new)


def cut(file: str, begin: str, end: str) -> Edit:
    """What stands between two texts taken out."""
    text = FILES[file]
    return Edit(file, text[text.index(begin) : text.index(end)], "")


RAIN = "  - {question: rain, group: ride, label: Rain, text: Rain or not., help: Now., values: [yes, no]}\n"
SAND_FITS = "F10, when: {surface: sand}, then: well"
NOTHING_IS_A_RACER = "outcome: nothing, procedures: [road]"
NARROW_ON_ASPHALT = "F1, when: {surface: asphalt, tyres: narrow}"
# Each a change of the bicycles, with the ids that stand behind a difference of the outcome, the safety net or the standing.
EDITS: dict[str, tuple[tuple[Edit, ...], set[str]]] = {
    "nothing": ((), set()),
    "a value of a rule": ((ruled("narrow}, then: badly", "narrow}, then: partly"),), {"F3"}),
    "a condition and a rule beside it": (
        (
            ruled("F10, when: {surface: sand}", "F10, when: {surface: sand, tyres: narrow}"),
            ruled(
                "- {rule: F2,",
                "- {rule: F4, when: {surface: sand, tyres: broad}, then: well, because: [S01]}\n      - {rule: F2,",
            ),
        ),
        {"F4", "F10"},
    ),
    "two rules": (
        (ruled("narrow}, then: badly", "narrow}, then: partly"), ruled("F10, when: {surface: sand}, then: badly", SAND_FITS)),
        {"F3", "F10"},
    ),
    "a rule of the last decision": ((ruled("{fit: partly}, then: racer", "{fit: partly}, then: nothing"),), {"C2"}),
    "a constraint less": ((cut(DECISIONS, "constraints:", "readings:"),), {"X1"}),
    "a constraint that says otherwise": ((ruled("never: {surface: asphalt,", "never: {surface: sand,"),), {"X1"}),
    "a constraint under another name": ((ruled("constraint: X1", "constraint: X9"),), set()),
    "a value more": (
        (asked("[asphalt, gravel, sand]", "[asphalt, gravel, sand, clay]"), ruled("{surface: sand}", "{surface: [sand, clay]}")),
        {"F10", "surface"},
    ),
    "a value renamed": ((asked("[narrow, broad]", "[slim, broad]"), ruled("tyres: narrow", "tyres: slim")), {"F3", "tyres"}),
    "a question more": (
        (
            asked("  - question: tyres\n", f"{RAIN}  - question: tyres\n"),
            ruled("reads: [surface, tyres]", "reads: [surface, tyres, rain]"),
            ruled("when: {surface: asphalt}, then: well", "when: {surface: asphalt, rain: no}, then: well"),
            ruled("{surface: sand}", "{any: [{surface: sand}, {surface: asphalt, rain: yes}]}"),
        ),
        {"F1", "F10", "rain"},
    ),
    "an outcome that names other procedures": ((headed("outcome: nothing, procedures: []", NOTHING_IS_A_RACER),), {"nothing"}),
    "a level that no longer withholds": ((headed("withholds: yes", "withholds: no"),), {"stop"}),
    "no safety net": (
        (
            cut(HEADER, "safety_net:", "standing:"),
            headed("[brakes, choice, workshop]", "[choice, workshop]"),
            asked("    warning: yes\n", ""),
        ),
        {"stop", "go"},
    ),
    "a safety net that always withholds": ((ruled("{brake_fault: no}, then: go", "{brake_fault: no}, then: stop"),), {"B2"}),
    "no standing": ((cut(HEADER, "standing:", "reported:"),), {""}),
    "a rule of the standing": ((ruled("{booked: no}, then: waiting", "{booked: no}, then: booked"),), {"W2"}),
    "a reading that replaces nothing": (
        (ruled("    replaces: [F2]\n", ""), cut(DECISIONS, "    rules:\n      - {rule: F2s", "notes:")),
        {"F2", "F2s"},
    ),
    "a condition that leaves out what does not occur": ((ruled("F1, when: {surface: asphalt}", NARROW_ON_ASPHALT),), set()),
    "a note": ((ruled("H1, when: {tyres: broad}", "H1, when: {tyres: narrow}"),), set()),
    "texts": ((asked("Which tyres are liked?", "Which tyres?"), headed("headline: A racer.", "headline: One racer.")), set()),
    "a rule under another name": ((ruled("rule: F3", "rule: F33"),), set()),
    "what a rule cites": ((ruled("then: well, because: [S02]", "then: well, because: [S01, S02]"),), set()),
}
