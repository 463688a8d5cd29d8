"""The columns of a batch: which are questions, which are carried through, and which have to be put right before anything is read.

A column that nobody looks at is how a misspelled question is lost in silence, and how a name travels into a list where it has no
business. So a name that is close to a question's is refused, and so is one that looks as if it identified a person, unless it is
named as carried.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import NamedTuple

from triage.batch.cells import COLUMNS
from triage.errors import IntakeError, Problem, RequestError, quote
from triage.pack import Pack
from triage.wording import show, to_latin

LABELS = ("reference", "site")
NEAR = 0.8
# What elsewhere stands above references, folded.
CASES = frozenset(map(to_latin, ("case", "caseid", "caseno", "casenumber", "caseref", "casereference")))
# Parts of a header, without case and what stands between its words; what else a header says does not count.
PERSONAL = frozenset({
    "name", "names", "surname", "forename", "lastname", "firstname", "middlename", "maidenname", "fullname", "initials", "dob",
    "birth", "birthday", "birthdate", "born", "death", "phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "email",
    "mail", "mrn", "ssn", "nhs", "nino", "address", "street", "postcode", "postal", "zip", "zipcode", "city", "town", "county",
    "passport", "license", "licence", "insured", "subscriber", "policy", "beneficiary", "account", "iban", "patient", "patientid",
    "person", "personid", "guardian", "spouse", "photo", "url", "device", "serial", "plate", "vin", "fingerprint",
    "medicalrecord", "recordnumber", "socialsecurity", "healthplan", "medicarenumber", "medicareid", "memberid", "memberno",
    "membernumber", "insurancenumber", "insuranceid", "nextofkin", "emergencycontact", "phoneno", "chartnumber", "chartno",
    "hospitalnumber", "hospitalno", "nationalid", "ipaddress",
})  # fmt: skip


class Columns(NamedTuple):
    """The columns of a table by what they are for; `labels` are `reference` and `site` where they are there."""

    questions: tuple[str, ...]
    labels: tuple[str, ...]
    carried: tuple[str, ...]


def check_columns(names: Sequence[str], pack: Pack, *, origin: str, carry: Collection[str] = (), prefix: str = "") -> Columns:
    """Tell the columns of a table apart. Raises IntakeError with everything that is wrong with them."""
    return _tell_apart(names, (pack,), [*_find_problems(names, pack, carry, prefix)], origin)


def check_read_columns(names: Sequence[str], packs: Sequence[Pack], *, origin: str, carry: Collection[str] = ()) -> Columns:
    """Tell the columns of a table apart that several packs read and nobody writes: its questions are those of any of them.

    Nothing is carried, so a column may be named like a result, or as if it identified a person. Raises as `check_columns` does.
    """
    known = {name for pack in packs for name in pack.question} | {*LABELS, *carry}
    problems = []
    for name, count in Counter(names).items():
        unusable = _find_unusable(name, count, names)
        near = None if unusable or name in known else next(filter(None, (find_near(name, pack) for pack in packs)), None)
        problems += [unusable] if unusable else [_say_near(name, near, packs)] if near else []
    return _tell_apart(names, packs, problems, origin)


def _tell_apart(names: Sequence[str], packs: Sequence[Pack], problems: list[Problem], origin: str) -> Columns:
    questions = tuple(name for name in names if any(name in pack.question for pack in packs))
    if not questions and not problems:
        shown = ", ".join(tuple(packs[0].question)[:3])
        message = f"no column is a question of {_call(packs)}, such as {shown}; `triage rules show` lists them"
        nested = "; each answer is a column of its own, not a part of one called answers" if "answers" in names else ""
        problems = [Problem("", f"{message}; the columns are {', '.join(map(quote, names[:8])) or 'none'}{nested}")]
    if problems:
        raise IntakeError(problems, origin=origin)
    labels = tuple(name for name in names if name in LABELS)
    return Columns(questions, labels, tuple(name for name in names if name not in questions and name not in labels))


def check_prefix(prefix: str, carry: Collection[str]) -> None:
    """Raise RequestError for a prefix that no column can begin with, or for a column to carry that has no name."""
    if prefix and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,30}", prefix):
        raise RequestError(f"--prefix takes letters, digits, _, - and dots, a letter first; {quote(prefix)} cannot be used")
    if "" in carry:
        raise RequestError("--carry takes the name of a column")


def _find_problems(names: Sequence[str], pack: Pack, carry: Collection[str], prefix: str) -> Iterator[Problem]:
    outputs = {prefix + name for name in COLUMNS}
    for name, count in Counter(names).items():
        unusable = _find_unusable(name, count, names)
        if unusable:
            yield unusable
        elif name in outputs:
            yield Problem(f"column {quote(name)}", "has the name of a result; give the results others with --prefix now_")
        elif name not in pack.question and name not in LABELS and name not in carry:
            yield from _find_suspicion(name, pack)


def _find_unusable(name: str, count: int, names: Sequence[str]) -> Problem | None:
    if count > 1:
        shown = f"column {quote(name)}" if name else "a column without a name"
        return Problem(shown, f"is there {count} times; give each column a name of its own")
    return None if name.strip() else Problem(f"column {names.index(name) + 1}", "has no name; name it or take it out")


def _say_near(name: str, near: str, packs: Sequence[Pack]) -> Problem:
    message = f"is not a question of {_call(packs)}. Did you mean {quote(near)}? If it is something else: --carry {quote(name)}"
    return Problem(f"column {quote(name)}", message)


def _call(packs: Sequence[Pack]) -> str:
    return "this pack" if len(packs) == 1 else "either pack"


def _find_suspicion(name: str, pack: Pack) -> Iterator[Problem]:
    near = find_near(name, pack)
    if near is not None:
        yield _say_near(name, near, (pack,))
    elif any(unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\t\r\n" for sign in name):
        message = "holds a sign that cannot be seen; write the name without it, or let it through knowingly with"
        yield Problem(f"column {quote(name)}", f"{message} --carry NAME")
    elif looks_personal(name):
        message = "looks as if it identified a person; take it out, or let it through knowingly with"
        yield Problem(f"column {quote(name)}", f"{message} --carry {quote(name)}")


def find_near(name: str, pack: Pack) -> str | None:
    """The question, `reference` or `site` that a column was probably meant to be."""
    told = _fold(name)
    spelled, by_words = _fold_names(pack)
    if told in spelled or told in by_words:
        return spelled.get(told) or by_words[told]
    if told in CASES:
        return LABELS[0]
    matcher = SequenceMatcher(b=told)
    ratios = []
    for known in spelled:
        matcher.set_seq1(known)
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= NEAR:
            ratios.append((matcher.ratio(), known))
    ratio, known = max(ratios, default=(0.0, ""))
    return spelled[known] if ratio >= NEAR else None


def _fold_names(pack: Pack) -> tuple[dict[str, str], dict[str, str]]:
    """What each name and each label of the pack is without all that tells spellings apart; found once a pack."""
    found: tuple[dict[str, str], dict[str, str]] | None = pack.remembered.get("folded names")
    if found is None:
        spelled = {_fold(known): known for known in (*pack.question, *LABELS)}
        by_words = {_fold(question.label): question.question for question in pack.questions}
        found = pack.remembered.setdefault("folded names", (spelled, by_words))
    return found


def looks_personal(name: str) -> bool:
    """Whether the name of a column speaks of something that identifies a person."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", _plain(name))]
    runs = {to_latin("".join(words[start:end])) for start in range(len(words)) for end in range(start + 1, len(words) + 1)}
    return not runs.isdisjoint(_list_personal())


@cache
def _list_personal() -> frozenset[str]:
    return frozenset(map(to_latin, PERSONAL))


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", to_latin(show(name)))


def _plain(name: str) -> str:
    """A name in Latin letters without marks, where it looks as if it were written in them; capitals stay."""
    if name.isascii():
        return name
    return "".join(to_latin(letter).upper() if letter.isupper() else to_latin(letter) for letter in show(name))
