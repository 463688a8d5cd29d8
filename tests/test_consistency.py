"""Every inconsistency of a pack, each brought about by an edit of the small pack: one code, at its place, with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_pack import DIGEST, Broken, Edit, check_broken, find_pack_faults, write_pack

P, S, Q, D, H, C = "pack.yaml", "statements.yaml", "questions.yaml", "decisions.yaml", "sheet.yaml", "cases.yaml"

FIRST_SEGMENT = f"segment: 2, sha256: {DIGEST(2)}"
LEVELS = "    - {level: go, text: No fault was reported.}\n"
BRAKES = "    reads: [brake_fault]\n"
HEADING = f"      - {{segment: 1, sha256: {DIGEST(1)}}}\n"


QUESTION = "  - {{{}, group: ride, label: L, text: T, help: H, values: [yes, no]}}\n"
DECISION = (
    "  - {{{}, reads: [tyres], hit_policy: collect, rules: [{{rule: Z1, when: {{tyres: broad}}, then: pump, because: [S01]}}]}}\n"
)


def one(name: str, code: str, message: str, file: str, old: str, new: str) -> Broken:
    return Broken(name, code, message, (Edit(file, old, new),))


def several(name: str, code: str, message: str, *edits: tuple[str, str, str]) -> Broken:
    return Broken(name, code, message, tuple(Edit(*edit) for edit in edits))


DUPLICATES = (
    one(
        "statement",
        "duplicate-id",
        'the statement "S01" stands above already',
        S,
        "  - {statement: S03",
        f"  - {{¦statement: S01, {FIRST_SEGMENT}, class: claim, text: T, use: u}}\n  - {{statement: S03",
    ),
    one("rule", "duplicate-id", 'the rule "F1" stands above already', D, "{rule: F3,", "{¦rule: F1,"),
    one("rule of a reading", "duplicate-id", 'the rule "C1"', D, "{rule: F2s,", "{¦rule: C1,"),
    one(
        "question",
        "duplicate-id",
        'the question "tyres"',
        Q,
        "  - question: booked\n",
        QUESTION.format("¦question: tyres") + "  - question: booked\n",
    ),
    one(
        "group",
        "duplicate-id",
        'the group "safety"',
        Q,
        "title: The ride}\n",
        "title: The ride}\n  - {¦group: safety, title: Again}\n",
    ),
    one(
        "decision",
        "duplicate-id",
        'the decision "brakes"',
        D,
        "constraints:\n",
        DECISION.format("¦decision: brakes") + "constraints:\n",
    ),
    one("note", "duplicate-id", 'the note "pump"', D, "Bring a pump.}\n", "Bring a pump.}\n  - {¦note: pump, text: Two.}\n"),
    one(
        "constraint",
        "duplicate-id",
        'the constraint "X1"',
        D,
        "readings:\n",
        "  - ¦constraint: X1\n    never: {surface: sand}\n    text: No.\nreadings:\n",
    ),
    one("reading", "duplicate-id", 'the reading "wide"', D, "- reading: strict", "- ¦reading: wide"),
    one(
        "outcome",
        "duplicate-id",
        'the outcome "racer"',
        P,
        "procedures:\n",
        "  - {¦outcome: racer, procedures: [], headline: R.}\nprocedures:\n",
    ),
    one(
        "procedure",
        "duplicate-id",
        'the procedure "road"',
        P,
        "headlines:\n",
        "  - {¦procedure: road, title: R, decision: fit}\nheadlines:\n",
    ),
    one(
        "source",
        "duplicate-id",
        'the source "LAW"',
        P,
        "outcome: choice\n",
        "  - {¦source: LAW, title: Again}\noutcome: choice\n",
    ),
    one(
        "source and statement",
        "duplicate-id",
        '"S01" is also a statement; rename one',
        P,
        "outcome: choice\n",
        "  - {¦source: S01, title: Again}\noutcome: choice\n",
    ),
    several(
        "question and decision",
        "duplicate-id",
        '"hints" is also a question; rename one',
        (Q, "  - question: booked\n", QUESTION.format("question: hints") + "  - question: booked\n"),
        (D, "- decision: hints", "- ¦decision: hints"),
    ),
    one(
        "tension",
        "duplicate-id",
        'the tension "tyres"',
        P,
        "wording_exceptions:",
        "  - {¦tension: tyres, statements: [S01], text: T.}\nwording_exceptions:",
    ),
    one(
        "thing to have ready",
        "duplicate-id",
        'the id "lock"',
        P,
        "tensions:",
        "  - {¦id: lock, text: Two., because: [S03]}\ntensions:",
    ),
    one(
        "document",
        "duplicate-id",
        'the document "leaflet"',
        P,
        "sources:",
        "  - {¦document: leaflet, title: L, segments: 1, headings: [{segment: 1, sha256: " + DIGEST(1) + "}]}\nsources:",
    ),
    one("heading", "duplicate-id", 'the heading "1"', P, HEADING, HEADING + HEADING.replace("segment", "¦segment")),
    one("level", "duplicate-id", 'the level "go"', P, LEVELS, LEVELS + LEVELS.replace("level", "¦level")),
    one("section", "duplicate-id", 'the section "shop"', H, "- section: not_repeated", "- ¦section: shop"),
    one(
        "line of a section",
        "duplicate-id",
        'the id "locks"',
        H,
        "  - section: not_",
        "      - {¦id: locks, text: T., because: [S03]}\n  - section: not_",
    ),
    one("value", "duplicate-id", 'the value "gravel"', Q, "gravel, sand]", "gravel, ¦gravel, sand]"),
    one("read", "duplicate-id", 'the read "surface"', D, "[surface, tyres]", "[surface, ¦surface, tyres]"),
    one("case", "duplicate-id", 'the case "Asphalt" stands above already', C, "- case: Strict", "- ¦case: Asphalt"),
)

REFERENCES = (
    one(
        "statement of a rule",
        "unknown-statement",
        'no statement is called "S1". Did you mean "S01"?',
        D,
        "partly, because: [S01]",
        "partly, because: [S01, ¦S1]",
    ),
    one("statement of a question", "unknown-statement", 'Did you mean "LAW"?', Q, "because: [LAW]", "because: [LAW, ¦LAWS]"),
    one(
        "statement of a reading", "unknown-statement", '"S99"', D, "because: [S02]\n    replaces", "because: [¦S99]\n    replaces"
    ),
    one("statement of the deferral", "unknown-statement", '"S99"', P, "because: [S04]", "because: [S04, ¦S99]"),
    one("statement of a thing to have ready", "unknown-statement", '"S99"', P, "because: [S03]", "because: [¦S99]"),
    one("statement of a tension", "unknown-statement", '"S99"', P, "[S01, S02]", "[S01, ¦S99]"),
    one("statement of the sheet", "unknown-statement", '"S99"', H, "because: [S03]", "because: [¦S99]"),
    one(
        "document",
        "unknown-document",
        'no document is called "leaflets". Did you mean "leaflet"?',
        S,
        "  - {statement: S03",
        f"  - {{statement: S06, {FIRST_SEGMENT}, class: claim, text: T, use: u, ¦document: leaflets}}\n  - {{statement: S03",
    ),
    one("group", "unknown-group", 'Did you mean "safety"?', Q, "group: safety\n", "¦group: safty\n"),
    one(
        "read",
        "unknown-question-or-decision",
        'no question or decision is called "surfaces". Did you mean "surface"?',
        D,
        "[surface, tyres]",
        "[surface, tyres, ¦surfaces]",
    ),
    one(
        "note",
        "unknown-note",
        'no note is called "pumps". Did you mean "pump"?',
        D,
        "because: [S01]}\nconstraints",
        "because: [S01]}\n      - {rule: H2, when: {tyres: narrow}, ¦then: pumps, because: [S01]}\nconstraints",
    ),
    one(
        "replaced rule",
        "unknown-rule",
        'no rule is called "F02". Did you mean "F2"?',
        D,
        "replaces: [F2]",
        "replaces: [F2, ¦F02]",
    ),
    one(
        "decision of a reading's rule",
        "unknown-decision",
        'Did you mean "fit"?',
        D,
        "{rule: F2s, decision: fit",
        "{rule: F2s, ¦decision: fits",
    ),
    one(
        "procedure of an outcome",
        "unknown-procedure",
        'Did you mean "road"?',
        P,
        "racer, procedures: [road]",
        "racer, procedures: [¦roads]",
    ),
    one(
        "decision of a procedure",
        "unknown-decision",
        'Did you mean "fit"?',
        P,
        "title: A racer, decision: fit",
        "title: A racer, ¦decision: fits",
    ),
    one("safety net", "unknown-decision", 'Did you mean "brakes"?', P, "  decision: brakes", "  ¦decision: brake"),
    one("standing", "unknown-decision", 'Did you mean "workshop"?', P, "decision: workshop", "¦decision: workshops"),
    one("reported decision", "unknown-decision", '"fits"', P, "choice, workshop]", "choice, workshop, ¦fits]"),
    one("decision of notes", "unknown-decision", 'Did you mean "hints"?', P, "notes: [hints]", "notes: [hints, ¦hint]"),
    one(
        "default reading",
        "unknown-reading",
        'no reading is called "wider". Did you mean "wide"? The pack has wide, strict; name one that is there, or add this one.',
        P,
        "default_reading: wide",
        "¦default_reading: wider",
    ),
)

VALUES = (
    one(
        "value of a rule",
        "unknown-value",
        'tyres has no value "wide"; it has narrow, broad.',
        D,
        "tyres: broad}, then: partly",
        "¦tyres: wide}, then: partly",
    ),
    one(
        "value in a list",
        "unknown-value",
        'fit has no value "wel"; it has well, partly, badly. Did you mean "well"?',
        D,
        "[well, partly]",
        "[¦wel, partly]",
    ),
    one("value under a negation", "unknown-value", "it has yes, no", D, "{booked: no}", "{not: {¦booked: maybe}}"),
    one(
        "value deep in a condition",
        "unknown-value",
        'Did you mean "gravel"?',
        D,
        "{surface: gravel, tyres: narrow}",
        "{all: [{surface: gravel}, {any: [{tyres: narrow}, {¦surface: gravl}]}]}",
    ),
    one(
        "value of a constraint",
        "unknown-value",
        'Did you mean "asphalt"?',
        D,
        "never: {surface: asphalt,",
        "never: {¦surface: asphat,",
    ),
    one(
        "value of a label",
        "unknown-value",
        'surface has no value "asfalt"; it has asphalt, gravel, sand. Did you mean "asphalt"?',
        Q,
        "labels: {asphalt:",
        "labels: {¦asfalt:",
    ),
    one("value of a warning", "unknown-value", 'brake_fault has no value "y"; it has yes, no.', Q, "warning: yes", "¦warning: y"),
    one("value of a spelling", "unknown-value", 'Did you mean "sand"?', Q, "spellings: {", "spellings: {¦sands: [beach], "),
    one(
        "value of a decision",
        "unknown-value",
        'choice has no value "racers"; it has both, racer, nothing. Did you mean "racer"?',
        D,
        "then: racer, ",
        "¦then: racers, ",
    ),
    one(
        "value of the outcome",
        "unknown-value",
        'choice has no value "tandem"; it has both, racer, nothing.',
        P,
        "procedures:\n",
        "  - ¦{outcome: tandem, procedures: [], headline: T.}\nprocedures:\n",
    ),
    one("value of the standing", "unknown-value", 'workshop has no value "lost"', P, "Booked.,", "Booked., ¦lost: Lost.,"),
    one(
        "value of the safety net",
        "unknown-value",
        'brakes has no value "slow"',
        P,
        LEVELS,
        "    - ¦{level: slow, text: Slow.}\n" + LEVELS,
    ),
    one(
        "unknown as a value",
        "unknown-as-value",
        '"unknown" can always be answered and is not a value',
        Q,
        "values: [narrow, broad]",
        "¦values: [narrow, broad, unknown]",
    ),
    one(
        "unknown in a rule",
        "unknown-in-rule",
        "a rule speaks of known values only",
        D,
        "{booked: no}",
        "{¦booked: [no, unknown]}",
    ),
    several(
        "outcome nobody named",
        "unnamed-value",
        'choice can be "tandem"; say here what that means',
        (P, "outcomes:\n", "¦outcomes:\n"),
        (D, "{both: both,", "{both: both, tandem: tandem,"),
    ),
    several(
        "level nobody named",
        "unnamed-value",
        'brakes can be "slow"',
        (P, "  levels:", "  ¦levels:"),
        (D, "stop: stop, go: go", "stop: stop, go: go, slow: slow"),
    ),
    several(
        "standing nobody named",
        "unnamed-value",
        'workshop can be "lost"',
        (P, "  texts:", "  ¦texts:"),
        (D, "waiting: waiting}", "waiting: waiting, lost: lost}"),
    ),
    one(
        "answer of a case",
        "unknown-value",
        '"asphat" is not an answer here; it takes asphalt, gravel, sand or unknown. Did you mean "asphalt"?',
        C,
        "{surface: tarmac,",
        "{¦surface: asphat,",
    ),
)

CITATIONS = (
    one(
        "rule that cites an empty list",
        "cites-nothing",
        "say in `because` which it rests on",
        D,
        "then: pump, because: [S01]}",
        "then: pump, ¦because: []}",
    ),
    one(
        "rule without because",
        "cites-nothing",
        "cites no statement",
        D,
        "{rule: H1, when: {tyres: broad}, then: pump, because: [S01]}",
        "¦{rule: H1, when: {tyres: broad}, then: pump}",
    ),
    one(
        "rule of a reading without because",
        "cites-nothing",
        "cites no statement",
        D,
        "{rule: F2s, decision: fit, when: {surface: gravel, tyres: broad}, then: badly, because: [S02]}",
        "¦{rule: F2s, decision: fit, when: {surface: gravel, tyres: broad}, then: badly}",
    ),
    one("deferral that cites nothing", "cites-nothing", "cites no statement", P, "because: [S04]", "¦because: []"),
    several(
        "guard that nothing cites",
        "uncited-statement",
        "S04 is of class guard, yet no rule, question or deferral cites it",
        (P, "because: [S04]", "because: [S03]"),
        (S, "{statement: S04", "¦{statement: S04"),
    ),
    one(
        "decision that nothing cites",
        "uncited-statement",
        "S06 is of class decision",
        S,
        "{statement: S03",
        f"¦{{statement: S06, {FIRST_SEGMENT}, class: decision, text: T, use: u}}\n  - {{statement: S03",
    ),
    one(
        "eligibility that nothing cites",
        "uncited-statement",
        "S06 is of class eligibility",
        S,
        "{statement: S03",
        f"¦{{statement: S06, {FIRST_SEGMENT}, class: eligibility, text: T, use: u}}\n  - {{statement: S03",
    ),
)

SEGMENTS = (
    one(
        "past the end",
        "unknown-segment",
        "segment 6 is past the end; leaflet has 5",
        S,
        "{statement: S03",
        f"{{statement: S06, ¦segment: 6, sha256: {DIGEST(6)}, class: claim, text: T, use: u}}\n  - {{statement: S03",
    ),
    one(
        "heading past the end",
        "unknown-segment",
        "segment 6 is past the end; leaflet has 5",
        P,
        HEADING,
        HEADING + HEADING.replace("segment: 1", "¦segment: 6"),
    ),
    one(
        "two digests",
        "two-digests",
        "segment 4 has another digest above",
        S,
        f"sha256: {DIGEST(4)}, class: guard",
        f"¦sha256: {DIGEST(9)}, class: guard",
    ),
    several(
        "heading that states something",
        "heading-stated",
        "a heading states nothing",
        (P, HEADING, HEADING + HEADING.replace("segment: 1", "segment: 2")),
        (S, FIRST_SEGMENT, "¦" + FIRST_SEGMENT),
    ),
    several(
        "nothing said of it",
        "segment-unaccounted",
        "no statement and no heading for segment 6; account",
        (P, "segments: 5", "segments: 6"),
        (P, "document: leaflet", "¦document: leaflet"),
    ),
    several(
        "nothing said of many",
        "segment-unaccounted",
        "for segment 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and more; account",
        (P, "segments: 5", "segments: 999999"),
        (P, "document: leaflet", "¦document: leaflet"),
    ),
)

ROLES = (
    one(
        "decision called like a combinator",
        "reserved-id",
        '"any" has a meaning of its own in conditions',
        D,
        "constraints:\n",
        DECISION.format("¦decision: any") + "constraints:\n",
    ),
    one(
        "question called like a fact's kind",
        "reserved-id",
        '"kind" has a meaning of its own',
        Q,
        "  - question: booked\n",
        QUESTION.format("¦question: kind") + "  - question: booked\n",
    ),
    several(
        "outcome called like a state",
        "reserved-id",
        '"contact_clinician_now" is a state of every pack',
        (P, "{outcome: nothing", "{¦outcome: contact_clinician_now"),
        (D, "nothing: nothing}", "contact_clinician_now: nothing}"),
        (D, "then: nothing,", "then: contact_clinician_now,"),
    ),
    one(
        "outcome not reported",
        "unreported-outcome",
        'add the outcome decision "choice" to this list',
        P,
        "reported: [brakes, choice, workshop]",
        "¦reported: [brakes, workshop]",
    ),
    one(
        "reported list",
        "hit-policy",
        '"hints" has the hit policy collect; what stands here needs unique',
        P,
        "choice, workshop]",
        "choice, workshop, ¦hints]",
    ),
    one(
        "notes that give one value",
        "hit-policy",
        '"choice" has the hit policy unique; what stands here needs collect',
        P,
        "notes: [hints]",
        "notes: [hints, ¦choice]",
    ),
    one(
        "procedure with a list",
        "hit-policy",
        '"hints" gives a list; this part needs the hit policy unique',
        P,
        "title: A racer, decision: fit",
        "title: A racer, ¦decision: hints",
    ),
    one(
        "read of a list",
        "reads-a-list",
        '"hints" gives a list; read the decisions behind it',
        D,
        "    reads: [booked]\n",
        "    reads: [booked, ¦hints]\n",
    ),
    one(
        "standing without a word for open",
        "missing-key",
        'say under "open" what is shown while it is open',
        P,
        "texts: {booked: Booked., waiting: Not yet booked., open: Not known.}",
        "¦texts: {booked: Booked., waiting: Not yet booked.}",
    ),
    several(
        "readings without a default",
        "missing-key",
        "name the `default_reading`; the pack has readings",
        (P, "default_reading: wide\n", ""),
        (P, "pack: bicycles", "¦pack: bicycles"),
    ),
    one(
        "note that nothing gives",
        "unused-note",
        'no rule gives "chain"',
        D,
        "notes:\n",
        "notes:\n  - ¦{note: chain, text: Oil it.}\n",
    ),
    one(
        "sign that says no warning",
        "sign-without-warning",
        'the safety net reads "brake_fault"; say in `warning` which value reports the sign',
        Q,
        "question: brake_fault\n    group: safety\n    label: Brakes\n    text: Is a brake broken?\n    help: Either brake.\n"
        "    values: [yes, no]\n    warning: yes\n",
        "¦question: brake_fault\n    group: safety\n    label: Brakes\n    text: Is a brake broken?\n    help: Either brake.\n"
        "    values: [yes, no]\n",
    ),
    one(
        "warning that the safety net does not read",
        "unread-sign",
        '"booked" warns, yet no safety net reads it',
        Q,
        "    help: By phone.\n    values: [yes, no]\n",
        "    help: By phone.\n    values: [yes, no]\n    ¦warning: yes\n",
    ),
    one(
        "text turned round by an invisible character",
        "control-character",
        'has the invisible or control character "\\u{202e}"; write plain text',
        P,
        "title: Which bicycle to try",
        "¦title: Which \u202ebicycle to try",
    ),
    one(
        "control character in a text",
        "control-character",
        "has the invisible or control character",
        P,
        "title: Which bicycle to try",
        '¦title: "\\e[31mred"',
    ),
    one(
        "constraint on a warning sign",
        "constrained-sign",
        'speaks of the warning sign "brake_fault", which no other answer may silence or raise',
        D,
        "constraints:\n",
        "constraints:\n  - ¦{constraint: X2, never: {brake_fault: no, booked: yes}, text: Never.}\n",
    ),
    one(
        "constraint without a condition",
        "empty-constraint",
        "a constraint without a condition excludes everything",
        D,
        "constraints:\n",
        "constraints:\n  - ¦{constraint: X2, never: {}, text: Never.}\n",
    ),
    one(
        "line of the sheet with an answer that it does not fill in",
        "sheet-answer",
        "`text_known` with {answer} in it",
        H,
        "{id: locks, text: The shop has locks.,",
        "¦{id: locks, text: The shop has locks., question: booked,",
    ),
    one(
        "unread question",
        "unread-name",
        '"booked" cannot be asked here; list it under `reads`.',
        D,
        "{tyres: broad}",
        "{¦booked: yes}",
    ),
    one(
        "neither question nor decision",
        "unread-name",
        'it is neither a question nor a decision. Did you mean "tyres"?',
        D,
        "{tyres: broad}",
        "{¦tires: broad}",
    ),
    one(
        "decision in a constraint",
        "unread-name",
        '"fit" cannot be asked here; a constraint speaks of questions only.',
        D,
        "never: {surface: asphalt, tyres: broad}",
        "never: {surface: asphalt, ¦fit: badly}",
    ),
    one(
        "nothing there in a constraint",
        "unread-name",
        'Did you mean "surface"?',
        D,
        "never: {surface: asphalt,",
        "never: {¦surfaces: asphalt,",
    ),
)

CYCLES = (
    one(
        "of one",
        "cycle",
        "this read closes a circle: brakes → brakes; take one of these reads out",
        D,
        BRAKES,
        "    reads: [brake_fault, ¦brakes]\n",
    ),
    several(
        "of two",
        "cycle",
        "fit → choice → fit; take one",
        (D, "[surface, tyres]", "[surface, tyres, choice]"),
        (D, "reads: [fit]", "reads: [¦fit]"),
    ),
    several(
        "reached from outside",
        "cycle",
        "circle: choice → fit → choice; take one",
        (D, BRAKES, "    reads: [brake_fault, choice]\n"),
        (D, "never: {surface: asphalt, tyres: broad}", "never: {booked: no}"),
        (D, "[surface, tyres]", "[surface, tyres, ¦choice]"),
    ),
)

SPELLINGS = (
    one("two meanings", "spelling", '"tarmac" already means "asphalt" here', Q, "unknown: [mixed]", "unknown: [¦tarmac]"),
    one("of another value", "spelling", '"sand" already means "sand" here', Q, "[tarmac]", "[tarmac, ¦sand]"),
    one(
        "of what is unknown everywhere",
        "spelling",
        '"not sure" already means "unknown" here; a spelling has one meaning',
        Q,
        "[tarmac]",
        "[¦not sure]",
    ),
    one("of unknown itself", "spelling", '"unknown" already means "unknown" here', Q, "[tarmac]", "[¦unknown]"),
    one(
        "of yes as no",
        "spelling",
        '"y" already means "yes" here',
        Q,
        "    warning: yes\n",
        "    warning: yes\n    spellings: {no: [¦y]}\n",
    ),
    one(
        "a command as a value",
        "command-as-value",
        '"stop" is a command in an interview',
        Q,
        "[narrow, broad]",
        "[narrow, broad, ¦stop]",
    ),
    one("a command as a spelling", "command-as-value", '"back" is a command', Q, "[tarmac]", "[tarmac, ¦back]"),
    one("capital", "spelling", 'write "Tarmac" in lower case', Q, "[tarmac]", "[¦Tarmac]"),
    one("space around", "spelling", 'write " tarmac" in lower case', Q, "[tarmac]", "[¦' tarmac']"),
    one("curly apostrophe", "spelling", "straight apostrophes", Q, "[tarmac]", "[tarmac, ¦macadam\u2019s]"),
)

MANY_TESTS = f"{{any: [{', '.join(['{tyres: broad}'] * 45)}]}}"
MANY_GROUPS = f"{{any: [{', '.join(['{surface: gravel, tyres: broad}'] * 13)}]}}"
COLLIDING = "".join(QUESTION.format(f"question: {name}") for name in ("costarring", "liquid"))
LIMITS = (
    several(
        "too many tests",
        "too-many-tests",
        "fit has 55 equality tests after expansion; at most 50",
        (D, "  - decision: fit", "  - ¦decision: fit"),
        (D, "{surface: sand}", MANY_TESTS),
    ),
    several(
        "too many tests under a reading",
        "too-many-tests",
        "fit has 54 equality tests after expansion; at most 50",
        (D, "  - decision: fit", "  - ¦decision: fit"),
        (D, "decision: fit, when: {surface: gravel, tyres: broad}", f"decision: fit, when: {MANY_TESTS}"),
    ),
    several(
        "too many groups",
        "too-many-groups",
        "fit has 18 and/or groups after expansion; at most 14",
        (D, "  - decision: fit", "  - ¦decision: fit"),
        (D, "{surface: sand}", MANY_GROUPS),
    ),
    several(
        "names that the engine confuses",
        "colliding-names",
        "hints reads liquid and costarring, which durable-rules takes for one name; rename one",
        (Q, "  - question: booked\n", COLLIDING + "  - question: booked\n"),
        (D, "reads: [tyres]", "reads: [tyres, costarring, liquid]"),
        (D, "  - decision: hints", "  - ¦decision: hints"),
        (D, "{tyres: broad}, then: pump", "{costarring: yes, liquid: no}, then: pump"),
    ),
)

CASES = (
    one("question", "unknown-question", 'Did you mean "surface"?', C, "{surface: tarmac,", "{¦surfaces: tarmac,"),
    one("rule", "unknown-rule", 'no rule is called "F11". Did you mean "F1', C, "rules: [B2, F1, C1]", "rules: [B2, ¦F11, C1]"),
    one(
        "outcome",
        "unknown-outcome",
        'no outcome or state is called "booth". Did you mean "both"?',
        C,
        "outcome: both",
        "¦outcome: booth",
    ),
    one(
        "possible outcome",
        "unknown-outcome",
        'no outcome is called "not_enough_information"',
        C,
        "[both]",
        "[both, ¦not_enough_information]",
    ),
    one("note", "unknown-note", '"pumps". Did you mean "pump"?', C, "notes: [pump]", "notes: [¦pumps]"),
    one("reading", "unknown-reading", 'Did you mean "strict"?', C, "reading: strict", "¦reading: stricter"),
    one("level", "unknown-level", 'no level is called "gone". Did you mean "go"?', C, "safety_net: go", "¦safety_net: gone"),
    one("standing", "unknown-standing", 'Did you mean "open"?', C, "standing: open", "¦standing: opened"),
)

BROKEN = (*DUPLICATES, *REFERENCES, *VALUES, *CITATIONS, *SEGMENTS, *ROLES, *CYCLES, *SPELLINGS, *LIMITS, *CASES)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_an_inconsistency_is_reported_once_with_its_place_and_remedy(tmp_path: Path, broken: Broken) -> None:
    check_broken(tmp_path, broken)


def test_the_small_pack_has_no_fault(tmp_path: Path) -> None:
    write_pack(tmp_path)
    assert find_pack_faults(tmp_path) == ()


def test_every_circle_is_reported(tmp_path: Path) -> None:
    write_pack(
        tmp_path,
        Edit(D, "[surface, tyres]", "[surface, tyres, choice, workshop]"),
        Edit(D, "reads: [booked]", "reads: [booked, fit]"),
    )
    assert [(fault.code, fault.message.split(";")[0]) for fault in find_pack_faults(tmp_path)] == [
        ("cycle", "this read closes a circle: fit → choice → fit"),
        ("cycle", "this read closes a circle: fit → workshop → fit"),
    ]


def test_a_chain_of_five_thousand_decisions_is_followed_without_recursion(tmp_path: Path) -> None:
    link = (
        "  - {{decision: d{0}, reads: [d{1}], hit_policy: unique, "
        "rules: [{{rule: R{0}, when: {{d{1}: v}}, then: v, because: [S01]}}]}}\n"
    )
    links = "".join(link.format(number, (number + 1) % 5001) for number in range(5001))
    write_pack(tmp_path, Edit(D, "decisions:\n", "decisions:\n" + links))
    (fault,) = find_pack_faults(tmp_path)
    assert fault.code == "cycle"
    assert fault.place.line == 5002


def test_a_rule_that_asks_for_what_is_not_there_is_reported_at_the_read_alone(tmp_path: Path) -> None:
    write_pack(
        tmp_path, Edit(D, "reads: [tyres]", "reads: [tyres, weight]"), Edit(D, "{tyres: broad}, then", "{weight: low}, then")
    )
    assert [fault.code for fault in find_pack_faults(tmp_path)] == ["unknown-question-or-decision"]


def test_a_fault_under_two_readings_is_told_once(tmp_path: Path) -> None:
    write_pack(tmp_path, Edit(D, "{surface: sand}", MANY_TESTS))
    assert len(find_pack_faults(tmp_path)) == 1


def test_a_pack_may_do_without_safety_net_standing_readings_and_all_that_is_optional(tmp_path: Path) -> None:
    write_pack(tmp_path)
    bare = {
        P: "pack: bare\nversion: 1.0.0\ntitle: T\nintended_use: U\ndeferral: {text: D, because: [S01]}\n"
        "documents: [{document: d, title: T, segments: 1}]\noutcome: c\n"
        "outcomes: [{outcome: a, procedures: [], headline: H}, {outcome: b, procedures: [], headline: H}]\n"
        "headlines: {not_enough_information: N, contradictory_answers: C, contact_clinician_now: X}\nreported: [c]\n",
        S: f"statements: [{{statement: S01, segment: 1, sha256: {DIGEST(1)}, class: guard, text: T, use: u}}]\n",
        Q: "groups: [{group: ride, title: R}]\nquestions:\n" + QUESTION.format("question: q"),
        D: "decisions:\n  - decision: c\n    reads: [q]\n    hit_policy: unique\n    rules:\n"
        "      - {rule: R1, when: {q: yes}, then: a, because: [S01]}\n"
        "      - {rule: R2, when: {q: no}, then: b, because: [S01]}\n",
        H: "sections: []\n",
        C: "cases:\n  - {case: One, answers: {q: yes}, outcome: a, settled: yes, rules: [R1]}\n",
    }
    for file, text in bare.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    assert find_pack_faults(tmp_path) == ()
