"""Answers as a FHIR R4 QuestionnaireResponse, read and written; nothing but the answers, and who told them, gets through.

An answer is a coding of its question. "Not known" is the code `unknown`, or no value with a data-absent-reason that says so;
`not-asked`, an empty answer list or no item at all is a question not asked. Who told an answer stands in an extension of our own,
which others pass over. Anything else that could be meant is refused, all at once and each with its place; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from triage.fhir.elements import Answer, Coding, Item, Origin, Response, children, parse
from triage.fhir.problems import Issue, Json, ResourceError
from triage.fhir.questionnaire import canonical, code_answer, other_link_ids, question_system
from triage.intake import TELLERS, Intake
from triage.pack import Pack
from triage.parts import UNKNOWN, Question
from triage.syntax import MAX_DEPTH, Tree, read_json
from triage.urn import make_urn

ROOT = "QuestionnaireResponse"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
# What each reason means here. Any other (masked, not-applicable, error, …) says nothing that could be counted on.
REASONS = {
    "unknown": UNKNOWN,
    "asked-unknown": UNKNOWN,
    "asked-declined": UNKNOWN,
    "temp-unknown": UNKNOWN,
    "not-asked": "",
}

# So many problems are more than are told; whoever sends nothing else is not to keep others waiting while they are counted.
ENOUGH = 1000

_UNREADABLE = {
    "too-large": "is larger than 1 MiB, which is the most that is read",
    "too-deep": f"is nested deeper than {MAX_DEPTH} levels",
    "duplicate-key": "has a key that stands twice in one object; keep one",
    "not-utf-8": "is not UTF-8; send it as UTF-8",
}

E = TypeVar("E", bound=BaseModel)
# Parts of a response, each with its place.
Answers = tuple[tuple[object, str], ...]


def read_response(pack: Pack, given: bytes | Tree, *, at: str = ROOT) -> Intake:
    """The answers of a response, in its order, from its JSON or a tree of it. `at` is where it stands in what was sent.

    Raises ResourceError with everything that is wrong with it; a response to another questionnaire or version is.
    """
    reader = _Reader(pack, at)
    reader.read(read_resource(given) if isinstance(given, bytes) else given)
    if reader.issues:
        raise ResourceError(reader.issues)
    return Intake(reader.answers, reader.sources)


def read_resource(data: bytes) -> Tree:
    """JSON as a tree. Raises ResourceError with what is wrong with it."""
    source = read_json(data, "")
    if source.faults:
        found = dict.fromkeys(fault.code for fault in source.faults)
        raise ResourceError(Issue("structure", "", _UNREADABLE.get(code, "is not readable as JSON")) for code in found)
    return source.tree


def write_items(questions: list[Question], pack: Pack, answers: Mapping[str, str], sources: Mapping[str, str]) -> list[Json]:
    """The answers to these questions as items of a response, in this order."""
    items = []
    for question in questions:
        name = question.question
        teller = {"extension": [{"url": teller_url(pack), "valueCode": sources[name]}]} if name in sources else {}
        answer = {**teller, "valueCoding": code_answer(pack, question, answers[name])}
        items.append({"linkId": name, "text": question.text, "answer": [answer]})
    return items


def teller_url(pack: Pack) -> str:
    """The name of the extension that says who told an answer."""
    return make_urn(pack, "extension", "told-by")


class _Reader:
    """Walks through a response and keeps its answers, and what is wrong with it."""

    def __init__(self, pack: Pack, root: str) -> None:
        self.issues: list[Issue] = []
        self.answers: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self._pack = pack
        self._root = root
        self._texts = other_link_ids(pack)
        self._seen: set[str] = set()

    def read(self, tree: object) -> None:
        self._parse(Response, tree, self._root)
        if not isinstance(tree, dict) or tree.get("resourceType") != ROOT:
            return
        if isinstance(tree.get("questionnaire"), str):
            self._check_origin(tree["questionnaire"], tree)
        if tree.get("status") == "entered-in-error":
            self._tell("business-rule", f"{self._root}.status", "says that this was entered in error; nothing is read from it")
        for item, at in children(tree, "item", self._root):
            self._read_item(item, at)

    def _tell(self, code: str, at: str, message: str) -> None:
        self.issues.append(Issue(code, at, message))

    def _parse(self, kind: type[E], tree: object, at: str) -> E | None:
        found, issues = parse(kind, tree, at)
        self.issues += issues
        return found

    def _check_origin(self, named: str, tree: object) -> None:
        """The questionnaire and its version, named by the response or, one at a time, by the questionnaire that it contains."""
        at = f"{self._root}.questionnaire"
        if named.startswith("#"):
            contained = (parse(Origin, inner, place)[0] for inner, place in children(tree, "contained", self._root))
            origins = [origin.derivedFrom for origin in contained if origin is not None and f"#{origin.id}" == named]
            if len(origins) != 1 or len(origins[0]) != 1:
                self._tell("not-found", at, "leads to no contained Questionnaire that has one derivedFrom; contain one")
                return
            named = origins[0][0]
        known = (canonical(self._pack), canonical(self._pack, "adaptive"))
        if named not in known:
            same = named.partition("|")[0] in {name.partition("|")[0] for name in known}
            what = "is another version than the one here, or names none" if same else "is not here"
            self._tell("not-found", at, f"{what}; answer {known[0]}, or one question at a time {known[1]}")

    def _read_item(self, tree: object, at: str) -> None:
        if len(self.issues) >= ENOUGH:
            return
        item, answers = self._parse(Item, tree, at), tuple(children(tree, "answer", at))
        if item is not None:
            question = self._pack.question.get(item.linkId)
            if question is not None:
                self._read_question(question, item, answers, at)
            elif item.linkId not in self._texts:
                self._tell("not-found", f"{at}.linkId", "is no link id of this questionnaire; keep the link ids that it has")
            elif answers:
                self._tell("structure", f"{at}.answer", "stands at a group or a text, which take none; put it at its question")
        for inner, place in children(tree, "item", at):
            self._read_item(inner, place)
        for answer, above in answers:
            for inner, place in children(answer, "item", above):
                self._read_item(inner, place)

    def _read_question(self, question: Question, item: Item, answers: Answers, at: str) -> None:
        name = question.question
        if name in self._seen:
            self._tell("duplicate", at, "answers a question that was answered before; keep one")
        self._seen.add(name)
        if len(answers) > 1:
            self._tell("business-rule", f"{at}.answer", "gives more than one answer to a question that takes one; keep one")
        reason = self._read_reason(item.extension, at)
        if answers and any(_is_named(extension, ABSENT) for extension in item.extension):
            self._tell("business-rule", at, "gives an answer and a reason why there is none; keep one")
        if reason:
            self.answers[name] = reason
        for answer, place in answers:
            if len(self.issues) < ENOUGH:
                self._read_answer(question, answer, place)

    def _read_answer(self, question: Question, tree: object, at: str) -> None:
        known = len(self.issues)
        answer = self._parse(Answer, tree, at)
        given = Coding() if answer is None or answer.valueCoding is None else answer.valueCoding
        coding = given if isinstance(given, Coding) else self._parse(Coding, given, f"{at}.value")
        if answer is None or coding is None:
            return
        extensions = [*answer.extension, *coding.extension]
        has_reason = any(_is_named(extension, ABSENT) for extension in extensions)
        value = self._read_reason(extensions, at)
        if coding.system is not None or coding.code is not None:
            value = self._read_code(question, coding, f"{at}.value")
            if has_reason:
                self._tell("business-rule", at, "has a value and a reason why it has none; keep one")
        elif not has_reason and len(self.issues) == known:
            self._tell("required", at, "has no value; give its valueCoding, or leave the answer out where it was not asked")
        teller = self._read_extension(answer.extension, teller_url(self._pack), TELLERS, at)
        if value:
            self.answers[question.question] = value
        if value and teller:
            self.sources[question.question] = teller

    def _read_code(self, question: Question, coding: Coding, at: str) -> str | None:
        allowed = (*question.values, UNKNOWN)
        if coding.system is None or coding.code is None:
            self._tell("required", at, "has no system or no code; give both, as the questionnaire has them")
        elif coding.system != question_system(self._pack, question.question):
            self._tell(
                "code-invalid", f"{at}.system", "is not the system of this question's answers; copy it from the questionnaire"
            )
        elif coding.code not in allowed:
            self._tell("code-invalid", f"{at}.code", f"is no answer to this question; it takes {', '.join(allowed)}")
        else:
            return coding.code
        return None

    def _read_reason(self, extensions: list[Any], at: str) -> str | None:
        """What a data-absent-reason comes to: `unknown`, nothing for not asked; None if there is none that counts."""
        code = self._read_extension(extensions, ABSENT, REASONS, at)
        return None if code is None else REASONS[code]

    def _read_extension(self, extensions: list[Any], url: str, allowed: Collection[str], at: str) -> str | None:
        """The code of the extension of this name; None if there is none, or it cannot be used."""
        given = [extension.get("valueCode") for extension in extensions if _is_named(extension, url)]
        codes = [code if isinstance(code, str) else "" for code in given]
        if len(codes) > 1:
            self._tell("structure", f"{at}.extension", "has one extension twice; keep one")
        elif codes and codes[0] not in allowed:
            self._tell("code-invalid", f"{at}.extension", f"has no code that is read here; it takes {', '.join(allowed)}")
        return codes[0] if len(codes) == 1 and codes[0] in allowed else None


def _is_named(extension: object, url: str) -> bool:
    return isinstance(extension, dict) and extension.get("url") == url
