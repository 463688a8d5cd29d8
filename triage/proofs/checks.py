"""Everything that can be known of a pack without an intake, found by going through all that is reachable.

A pack that cannot be loaded has its faults for findings. Where a decision is too large to go through, what needs that is left
out and said; the rest is looked at all the same. An engine that disagrees with the reference is a fault of ours, and raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from triage.citations import UNUSED, say_unused
from triage.errors import Fault, PackError, Place, RequestError, did_you_mean, quote
from triage.files import read_bounded
from triage.library import FILES, find_pack, load_pack, read_cases
from triage.pack import Pack
from triage.proofs.evidence import Evidence, find_failing, find_uncovered, find_unnoticed, find_unproven
from triage.proofs.findings import Checkup, Finding, Score
from triage.proofs.relevance import (
    find_alike_readings,
    find_idle_constraints,
    find_idle_questions,
    find_unreached,
    find_unused_decisions,
)
from triage.proofs.samples import find_banned_on_sheets, find_unusable, read_examples
from triage.proofs.signs import find_silenced, find_unsourced
from triage.proofs.soundness import Under, find_unsound, fire_all, read_under
from triage.proofs.texts import (
    find_repeated,
    find_shared_sentences,
    find_to_dos,
    find_unused_exceptions,
    find_wordings,
    list_texts,
)
from triage.syntax import MAX_BYTES, Source, read_yaml

NAMES = (*FILES, "cases.yaml")


def check_pack(name_or_folder: str | Path, *, mutate: bool = True) -> Checkup:
    """Check a pack; `mutate` says whether its cases are held against every single change of its rules, which takes longest.

    Raises RequestError if there is no such pack, EngineFault if durable-rules fails or disagrees with the reference.
    """
    folder = find_pack(name_or_folder)
    try:
        pack = load_pack(folder)
    except PackError as error:
        found = (*_as_findings(error.faults), *_find_unread(folder))
        return Checkup(str(folder), None, None, None, _in_order(found))
    return _Check(pack).run(mutate=mutate)


def find_folder(file: Path) -> Path | None:
    """The folder of the pack that a file is part of, as one of its files or of its examples; None if it is of none."""
    return next((folder for folder in list(file.parents)[:2] if (folder / "pack.yaml").is_file()), None)


def find_losing(removed: Iterable[Path]) -> tuple[Path, ...]:
    """The folders of packs of which these files were removed; none that is gone as a whole."""
    parts = (file.parent for file in removed if file.name in NAMES)
    return tuple(dict.fromkeys(folder for folder in parts if any((folder / name).is_file() for name in NAMES)))


def _as_findings(faults: Iterable[Fault]) -> Iterator[Finding]:
    return (Finding(*fault) for fault in faults)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the files, each once."""
    return tuple(sorted(dict.fromkeys(findings)))


class _Check:
    """One check of one pack, which collects as it goes."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._found: list[Finding] = []

    def run(self, *, mutate: bool) -> Checkup:
        pack = self._pack
        evidence, source = self._read_cases()
        self._look_at_parts()
        under, profiles = self._go_through()
        self._look_at_texts([*pack.sources.values(), *([source] if source else [])], under)
        cases = mutants = conditions = None
        if evidence is not None:
            self._found += find_unproven(pack, evidence, under)
        if evidence is not None and under is not None:
            failing = tuple(find_failing(pack, evidence))
            self._found += failing
            cases = Score(len(evidence.cases) - len(failing), len(evidence.cases))
            if mutate and evidence.cases:
                mutants, conditions = self._mutate(evidence)
        return Checkup(
            pack=pack.id,
            version=pack.version,
            digest=pack.digest,
            deferral=pack.header.deferral.text,
            findings=_in_order(self._found),
            decisions=len(pack.decisions),
            readings=len(pack.readings),
            profiles=profiles,
            cases=cases,
            mutants=mutants,
            conditions=conditions,
        )

    def _read_cases(self) -> tuple[Evidence | None, Source | None]:
        try:
            cases, source = read_cases(self._pack)
        except PackError as error:
            self._found += _as_findings(error.faults)
            return None, None
        places = tuple(source.place(("cases", index)) for index in range(len(cases)))
        return Evidence(source.file, cases, places), source

    def _look_at_parts(self) -> None:
        self._found += find_unused_decisions(self._pack)
        self._found += find_unsourced(self._pack)
        self._found += _find_unused_statements(self._pack)
        self._found += _find_unread(Path(self._pack.folder))

    def _go_through(self) -> tuple[Under | None, int | None]:
        """Whatever needs the reachable profiles; None where they are too many, or there are none."""
        pack = self._pack
        try:
            under = read_under(pack)
            fired = fire_all(pack, under)
        except PackError as error:
            self._found += _as_findings(error.faults)
            return None, None
        unsound = tuple(find_unsound(pack, under))
        self._found += unsound
        idle = {finding.place for finding in unsound if finding.code == "idle-read"}
        self._found += find_idle_questions(pack, idle)
        self._found += find_unreached(pack, under)
        self._found += find_idle_constraints(pack)
        self._found += find_alike_readings(pack, under)
        self._found += find_silenced(pack, under)
        return under, fired

    def _look_at_texts(self, sources: list[Source], under: Under | None) -> None:
        pack = self._pack
        examples = self._read_examples()
        texts = list_texts([*sources, *examples.values()])
        worded = tuple(find_wordings(pack, texts))
        self._found += worded
        self._found += find_unused_exceptions(pack, texts)
        self._found += find_repeated(pack, texts)
        self._found += find_shared_sentences(pack, texts)
        self._found += find_to_dos(texts)
        if under is not None:
            usable = read_examples(pack, examples)
            self._found += find_unusable(usable)
            self._found += find_banned_on_sheets(pack, under, usable, {finding.message for finding in worded})

    def _read_examples(self) -> dict[Path, Source]:
        """The files of the examples; one that cannot be read is told, and keeps nothing else from being looked at."""
        found = {}
        for file in sorted(Path(self._pack.folder, "examples").glob("*.yaml")):
            try:
                if file.exists() and not file.is_file():
                    raise RequestError(f"{quote(file.name)} is no file; move it out of the folder")
                found[file] = read_yaml(read_bounded(str(file), MAX_BYTES), str(file))
            except RequestError as error:
                self._found.append(Finding(Place(str(file), 1, 1), "example-fails", f"cannot be assessed: {error}"))
        return found

    def _mutate(self, evidence: Evidence) -> tuple[Score | None, Score | None]:
        pack = self._pack
        try:
            noticed, survivors = find_unnoticed(pack, evidence)
            covered, uncovered = find_uncovered(pack, evidence)
        except PackError as error:
            self._found += _as_findings(error.faults)
            return None, None
        self._found += [*survivors, *uncovered]
        return noticed, covered


def _find_unread(folder: Path) -> Iterator[Finding]:
    """Files of YAML, hidden ones apart, that stand where those of a pack do and are none."""
    for file in sorted((*folder.glob("*.y*ml"), *folder.glob("examples/*.yml"))):
        if file.name not in NAMES and not file.name.startswith("."):
            near = did_you_mean(file.name, NAMES) if file.parent == folder else ""
            said = f"no part of a pack has this name; an example ends in .yaml, and the others are {', '.join(NAMES)}.{near}"
            yield Finding(Place(str(file), 1, 1), "unread-file", said)


def _find_unused_statements(pack: Pack) -> Iterator[Finding]:
    """Statements that nothing cites; of those that are not repeated, the ones that no line says so of."""
    for code in pack.statement:
        said = say_unused(pack, code)
        if said is not None:
            yield Finding(pack.place("statement", code), UNUSED, said)
