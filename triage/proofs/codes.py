"""Every code that a check of a pack can give: what it is called, and what to do about it.

A code is a contract: people filter by it, and code hosts group by it. The first table is of findings that need the answers gone
through, causes before what may follow from them; the second of faults that keep a pack from being loaded, whose messages say
themselves what to do.
"""

from __future__ import annotations

from typing import NamedTuple

from triage.citations import UNUSED, UNUSED_REMEDY


class Code(NamedTuple):
    """What a code means. Without a remedy here, the message says what to do."""

    title: str
    remedy: str = ""


CODES = {
    "unread-file": Code(
        "A file that nothing reads",
        "Give it the name of a file of a pack, or move it out of the folder.",
    ),
    "to-do": Code("A text is still to be written", "Write it, and take the mark away."),
    "excludes-all": Code("Constraints exclude every answer"),
    "too-large": Code("Too much to go through"),
    "gap": Code(
        "No rule applies",
        "Add a rule that applies here; if no real case is like this, say so in a constraint.",
    ),
    "conflict": Code(
        "Rules give different values",
        "Make their conditions exclude each other; nothing is settled by the order of rules.",
    ),
    "never-fires": Code("A rule never fires", "Correct its condition, or take the rule out."),
    "subsumed": Code("A rule is contained in another", "Take it out, or make one of the two narrower."),
    "changes-nothing": Code("A rule changes nothing", "Take it out, or give it a value of its own."),
    "idle-question": Code(
        "A question decides nothing",
        "Take the question out, let a rule ask it, or show its answer in a line of sheet.yaml.",
    ),
    "idle-read": Code(
        "A decision reads what changes nothing",
        "Take it out of `reads` and of what rules ask, or let a rule depend on it.",
    ),
    "unused-decision": Code("A decision is used nowhere", "Let another read it, report it, or take it out."),
    "unreachable-outcome": Code("An outcome is never reached", "Correct the rules that give it, or take the outcome out."),
    "unreachable-value": Code("A value is never reached", "Correct the rules that give it, or take the value out."),
    "idle-constraint": Code("A constraint excludes nothing more", "Take it out, or correct what it says of answers."),
    "readings-alike": Code("Two readings give the same", "Correct what the reading replaces, or take one of the two out."),
    UNUSED: Code("A statement is used nowhere", UNUSED_REMEDY),
    "unsourced-sign": Code(
        "A rule of the safety net has no source",
        "Cite one of the `sources` of pack.yaml: warning signs are not taken from the documents.",
    ),
    "silenced-sign": Code(
        "A warning sign can be silenced",
        "Let the sign give its level whatever else is answered: no answer may lower it.",
    ),
    "banned-wording": Code(
        "A wording that no text may have",
        "Say what the documents say, without advice, promise or judgment; a sentence that has to stay needs an exception.",
    ),
    "look-alike": Code(
        "Letters that look like others",
        "Type the word anew, in letters of one script; a sentence that has to stay needs an exception.",
    ),
    "unused-exception": Code(
        "An exception that no text uses",
        "Take it out of `wording_exceptions`, or give there the exact sentence, with its full stop.",
    ),
    "claim-repeated": Code("A claim is repeated", "Say only what the claim is about, and that it is not passed on."),
    "shared-sentence": Code("A sentence of the document", "Say it in words of your own."),
    "case-fails": Code(
        "A case gives something else",
        "Find out which of the two is wrong, and correct the rules or what the case expects.",
    ),
    "example-fails": Code("An example that cannot be assessed"),
    "rule-without-case": Code(
        "A rule without a case",
        "List it under `rules` of a case in which it fires, or add one.",
    ),
    "no-cases": Code("A pack without cases", "Add worked examples to cases.yaml, one for each outcome at least."),
    "surviving-mutant": Code(
        "A change of the rules that no case notices",
        "Read the case that is given, correct what it expects if it is wrong, and add it to cases.yaml.",
    ),
    "uncovered-condition": Code(
        "A condition that no case decides alone",
        "Read the case that is given, correct what it expects if it is wrong, and add it to cases.yaml.",
    ),
}  # fmt: skip

LOAD_CODES = {
    "alias": Code("An alias of YAML"),
    "anchor": Code("An anchor of YAML"),
    "cites-nothing": Code("Something cites no statement"),
    "colliding-names": Code("Names that the engine takes for one"),
    "command-as-value": Code("A value that is a command of an interview"),
    "condition": Code("A condition that cannot be read"),
    "constrained-sign": Code("A constraint on the safety net"),
    "control-character": Code("An invisible or control character"),
    "cycle": Code("Decisions that read each other"),
    "duplicate-id": Code("An id that stands twice"),
    "duplicate-key": Code("A key that stands twice"),
    "empty-constraint": Code("A constraint without a condition"),
    "empty-file": Code("A file without content"),
    "heading-stated": Code("A statement from a heading"),
    "hit-policy": Code("A hit policy that does not fit the part"),
    "key-not-text": Code("A key that is not text"),
    "missing-key": Code("A key that is missing"),
    "not-an-id": Code("Something that cannot be an id"),
    "not-utf-8": Code("A file that is not UTF-8"),
    "reads-a-list": Code("A decision that reads a list"),
    "reserved-id": Code("An id with a meaning of its own"),
    "second-document": Code("A second document of YAML"),
    "segment-unaccounted": Code("A segment that is not accounted for"),
    "sheet-answer": Code("A line that fills in no answer"),
    "sign-without-warning": Code("A sign that says not which value warns"),
    "spelling": Code("A spelling with two meanings, or none"),
    "structure": Code("A part of another kind than it takes"),
    "tag": Code("A tag of YAML"),
    "too-deep": Code("Nested too deeply"),
    "too-many-groups": Code("More groups than the engine fires"),
    "too-many-tests": Code("More tests than the engine fires"),
    "two-digests": Code("Two digests of one segment"),
    "uncited-statement": Code("A statement that has to be cited and is not"),
    "unknown-as-value": Code("Unknown as a value"),
    "unknown-decision": Code("A decision that is not there"),
    "unknown-document": Code("A document that is not there"),
    "unknown-group": Code("A group that is not there"),
    "unknown-in-rule": Code("A rule that speaks of unknown"),
    "unknown-key": Code("A key that is not known"),
    "unknown-level": Code("A level that is not there"),
    "unknown-note": Code("A note that is not there"),
    "unknown-outcome": Code("An outcome that is not there"),
    "unknown-procedure": Code("A procedure that is not there"),
    "unknown-question": Code("A question that is not there"),
    "unknown-question-or-decision": Code("A question or decision that is not there"),
    "unknown-reading": Code("A reading that is not there"),
    "unknown-rule": Code("A rule that is not there"),
    "unknown-segment": Code("A segment past the end"),
    "unknown-standing": Code("A standing that is not there"),
    "unknown-statement": Code("A statement that is not there"),
    "unknown-value": Code("A value that is not there"),
    "unnamed-value": Code("A value without a meaning"),
    "unread-name": Code("A condition on what is not read"),
    "unread-sign": Code("A sign that no safety net reads"),
    "unreadable-file": Code("A file that cannot be read"),
    "unreported-outcome": Code("An outcome that is not reported"),
    "unusable-word": Code("A word that the engine cannot hold"),
    "unused-note": Code("A note that no rule gives"),
    "yaml-syntax": Code("Not readable as YAML"),
}
