"""What earlier versions answered: replayed to the same bytes with the pack of then, refused with the reason by any other pack.

`tests/kept` holds it (see `keep.py`). The altered ones are made here: of each example every part is changed, taken out or
added to, one at a time, and the replay names the place.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from keep import KEPT, keep
from typer.testing import CliRunner

from triage import Pack, load_pack
from triage.assessment import SCHEMA
from triage.cli import app
from triage.cli.streams import ExitCode
from triage.errors import IntakeError, RequestError, TriageError, quote, show_name
from triage.intake import TELLERS
from triage.library import bundled_packs
from triage.parts import State
from triage.replay import NEEDED, SHOWN, read_records, recorded_pack, replay

Tree = dict[str, Any]
Place = tuple[Any, ...]
Change = Callable[[Any, Any], Place]
# What an intake gives. A change of it makes another assessment, which is found by what follows from it.
GIVEN = ("answers", "typed", "sources", "reading", "reference", "site")
WITHHELD = "assessment 1: the rest is withheld: in one of the two a warning sign calls for a clinician now"


class Kept(NamedTuple):
    """An archive: the pack of then, and what it answered, by file."""

    pack: Pack
    assessments: dict[str, bytes]


ARCHIVES = sorted(path.stem for path in KEPT.glob("*.zip"))


def answered(archive: str) -> dict[str, bytes]:
    with zipfile.ZipFile(KEPT / f"{archive}.zip") as files:
        return {name.partition("/")[2]: files.read(name) for name in files.namelist() if name.startswith("assessments/")}


def has_todays_form(archive: str) -> bool:
    """Whether it can be replayed; what is of an older form is refused, and no more is asked of it."""
    return all(f'"schema": "{SCHEMA}"'.encode() in data for data in answered(archive).values())


@pytest.fixture(scope="session", params=[name for name in ARCHIVES if has_todays_form(name)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    with zipfile.ZipFile(KEPT / f"{request.param}.zip") as archive:
        archive.extractall(folder)
    return Kept(load_pack(folder / "pack"), answered(request.param))


def run(pack: Pack, data: bytes) -> tuple[str, ...]:
    return replay(pack, read_records(data, "kept.json"), data)


def test_archives_of_five_packs_of_two_clinics_are_kept() -> None:
    assert len(ARCHIVES) >= 5
    named = {re.fullmatch(r"\d+\.\d+\.\d+-([a-z-]+)-[0-9a-f]{12}", name)[1] for name in ARCHIVES}  # type: ignore[index]
    assert named == set(bundled_packs())


def test_an_archive_has_the_pack_that_it_is_named_after(kept: Kept, request: pytest.FixtureRequest) -> None:
    assert f"[{ARCHIVES[0].split('-')[0]}-{kept.pack.id}-{kept.pack.digest[:12]}]" in request.node.name


def test_every_kept_assessment_replays_byte_for_byte_with_the_pack_of_then(kept: Kept) -> None:
    assert len(kept.assessments) >= 11
    for name, data in kept.assessments.items():
        records = read_records(data, name)
        assert {(record["schema"], record["pack"]["digest"]) for record in records} == {(SCHEMA, kept.pack.digest)}
        assert run(kept.pack, data) == (), name


def test_with_the_pack_of_today_it_replays_or_both_digests_are_named(kept: Kept) -> None:
    today = load_pack(kept.pack.id)
    refused = f"recorded with the pack digest {kept.pack.digest}, this pack has {today.digest}"
    for name, data in kept.assessments.items():
        assert recorded_pack(read_records(data, name), name) == today.id
        assert run(today, data)[:1] == (() if today.digest == kept.pack.digest else (refused,)), name


def test_with_a_pack_of_another_clinic_it_is_refused(kept: Kept) -> None:
    [other] = set(bundled_packs()) - {kept.pack.id}
    for data in kept.assessments.values():
        with pytest.raises((IntakeError, RequestError), match=r"assessment 1|has no reading"):
            run(load_pack(other), data)


def test_the_command_says_which_of_the_two_it_is_and_with_which_exit_code(kept: Kept, tmp_path: Path) -> None:
    def command(data: bytes, *options: str) -> tuple[int, str]:
        (tmp_path / "kept.json").write_bytes(data)
        told = CliRunner().invoke(app, ["replay", str(tmp_path / "kept.json"), *options])
        refused = isinstance(told.exception, TriageError)
        return (ExitCode.UNUSABLE, str(told.exception)) if refused else (told.exit_code, told.output)

    data = dict(alone(kept))["contact-clinician-now.json"]
    today = load_pack(kept.pack.id)
    same = (0, "the same, byte for byte (1 assessment)\n")
    assert command(data, "--pack", kept.pack.folder) == same
    code, told = command(data)
    refused = f"recorded with the pack digest {kept.pack.digest}, this pack has {today.digest}\n"
    assert (code, told) == same if today.digest == kept.pack.digest else code == 1 and told.startswith(refused)
    code, told = command(data.replace(SCHEMA.encode(), b"vcf-triage/assessment/2"))
    assert code == 2
    assert f'has the schema "vcf-triage/assessment/2"; this version replays {SCHEMA}' in " ".join(told.split())
    code, told = command(data.replace(f'"id": "{kept.pack.id}"'.encode(), b'"id": "of-another-clinic"'))
    assert code == 2
    assert 'the recorded pack "of-another-clinic" does not come with this tool; name its folder with --pack' in " ".join(
        told.split()
    )


@pytest.mark.parametrize("archive", ARCHIVES)
def test_once_the_form_changes_all_that_was_kept_is_refused_with_that_reason(
    archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.replay.SCHEMA", "vcf-triage/assessment/99")
    for name, data in answered(archive).items():
        with pytest.raises(IntakeError) as refused:
            read_records(data, name)
        form = json.loads(data)[0]["schema"] if data.startswith(b"[") else json.loads(data)["schema"]
        reason = f'has the schema "{form}"; this version replays vcf-triage/assessment/99'
        assert {problem.message for problem in refused.value.problems} == {reason}


# Altered ones.


def places_of(tree: Any, path: Place = ()) -> Iterator[Place]:
    """Every part of an assessment, from the outside in."""
    if path:
        yield path
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield from places_of(tree[key], (*path, key))


def another(value: Any) -> Any:
    """Something else of the same kind."""
    match value:
        case bool():
            return not value
        case str():
            return f"{value}x"
        case None:
            return "x"
        case list():
            return [*value, "x"]
        case _:
            return {**value, "x": "x"}


def put(tree: Tree, path: Place, change: Change) -> tuple[bytes, Place]:
    """The assessment with one part changed, and the part that differs by that."""
    changed = copy(tree)
    holder: Any = changed
    for key in path[:-1]:
        inner = holder[key] = copy(holder[key])
        holder = inner
    differs = change(holder, path[-1])
    return json.dumps(changed, ensure_ascii=False).encode(), (*path[:-1], *differs)


def lay_out(tree: Tree) -> bytes:
    """As the tool does it: what is the same in content is not told of then."""
    return (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode()


def replace(holder: Any, key: Any) -> Place:
    holder[key] = another(holder[key])
    return (key, "x") if isinstance(holder[key], dict) else (key,)


def remove(holder: Any, key: Any) -> Place:
    del holder[key]
    return () if isinstance(holder, list) else (key,)


def told_of(pack: Pack, data: bytes) -> tuple[str, ...]:
    """What the replay says: findings, or one refusal."""
    try:
        told = run(pack, data)
    except (IntakeError, RequestError) as error:
        return (str(error).removeprefix("kept.json: "),)
    # Of a mapping that is withheld this is said whatever differs; where nothing else is, it is what was found.
    return tuple(line for line in told if line != WITHHELD) or told


def begins(path: Place, tree: Tree) -> str:
    """How the one sentence begins that names a part; of what is withheld none is named."""
    if tree["outcome"] == State.CONTACT_CLINICIAN_NOW and path[0] not in SHOWN:
        return WITHHELD
    return f"assessment 1: {'.'.join(str(key + 1) if isinstance(key, int) else show_name(key) for key in path)}: recorded "


@pytest.mark.parametrize("change", [replace, remove])
def test_a_part_that_was_changed_or_taken_out_is_named_and_no_other(kept: Kept, change: Change) -> None:
    for name, data in alone(kept):
        tree = json.loads(data)
        for path in (path for path in places_of(tree) if path[0] not in (*GIVEN, "schema", "pack")):
            altered, differs = put(tree, path, change)
            [told] = told_of(kept.pack, altered)
            assert told.startswith(begins(differs, tree)), (name, path)


def test_what_was_added_is_named(kept: Kept) -> None:
    for name, data in alone(kept):
        tree = json.loads(data)
        assert told_of(kept.pack, lay_out({**tree, "more": "x"})) in (
            ('assessment 1: more: recorded "x", now nothing',),
            (WITHHELD,),
        ), name


def test_another_form_or_pack_is_refused_or_named(kept: Kept) -> None:
    for _, data in alone(kept):
        tree = json.loads(data)
        [told] = told_of(kept.pack, lay_out({**tree, "schema": f"{SCHEMA}1"}))
        assert told == f'assessment 1: has the schema "{SCHEMA}1"; this version replays {SCHEMA}'
        for key, value in tree["pack"].items():
            found = told_of(kept.pack, put(tree, ("pack", key), replace)[0])
            assert found[-1] == f"assessment 1: pack.{key}: recorded {quote(f'{value}x')}, now {quote(value)}"
        for key in NEEDED:
            [told] = told_of(kept.pack, put(tree, (key,), remove)[0])
            assert told.startswith("assessment 1: is not an assessment")


def test_an_answer_that_was_changed_is_found_by_the_digest_or_refused_by_name(kept: Kept) -> None:
    for name, data in alone(kept):
        tree = json.loads(data)
        for question in kept.pack.questions:
            allowed = (*kept.pack.values_of(question.question), "unknown")
            for value in (*(value for value in allowed if value != tree["answers"].get(question.question)), "maybe so"):
                altered = {**tree, "answers": {**tree["answers"], question.question: value}}
                told = told_of(kept.pack, lay_out(altered))
                as_typed = f"assessment 1: answers.{question.question}: recorded "
                found = ('assessment 1: assessment: recorded "', as_typed)
                refused = (f'assessment 1: {question.question}: "maybe so"', as_typed)
                assert told[0].startswith(found if value in allowed else refused), (name, question.question, value)
        for question in tree["answers"]:
            told = told_of(kept.pack, put(tree, ("answers", question), remove)[0])
            assert told[0].startswith(('assessment 1: assessment: recorded "', f"assessment 1: sources.{question}: ")), (
                name,
                question,
            )


def test_who_said_it_and_the_reading_are_found_by_the_digest_or_refused_by_name(kept: Kept) -> None:
    for name, data in alone(kept):
        tree = json.loads(data)
        for question, source in tree["sources"].items():
            for value in ({*TELLERS} - {source}) | {"hearsay"}:
                told = told_of(kept.pack, lay_out({**tree, "sources": {**tree["sources"], question: value}}))
                due = f"assessment 1: sources.{question}: " if value == "hearsay" else 'assessment 1: assessment: recorded "'
                assert told[0].startswith(due), (name, question, value)
        for reading in {*kept.pack.reading_names} - {tree["reading"]}:
            assert told_of(kept.pack, lay_out({**tree, "reading": reading}))[0].startswith('assessment 1: assessment: recorded "')
        [refused] = told_of(kept.pack, lay_out({**tree, "reading": "of our own"}))
        assert 'this pack has no reading "of our own"' in refused


def test_labels_and_spellings_of_the_same_answer_are_in_no_digest_and_replay_as_they_stand(kept: Kept) -> None:
    for _, data in alone(kept):
        tree = json.loads(data)
        assert told_of(kept.pack, lay_out({**tree, "reference": "another-case", "site": "L5"})) == ()
        [told] = told_of(kept.pack, lay_out({**tree, "reference": "Jane Doe"}))
        assert told.startswith('assessment 1: reference: "Jane Doe" cannot be used')
        for question, value in tree["answers"].items():
            assert told_of(kept.pack, lay_out({**tree, "typed": {question: f" {value.upper()} "}})) == ()


def alone(kept: Kept) -> Iterator[tuple[str, bytes]]:
    """What stands in a file of its own: the examples."""
    yield from ((name, data) for name, data in kept.assessments.items() if not name.startswith("cases-"))


def test_what_is_kept_today_can_be_replayed_and_is_not_kept_twice(tmp_path: Path) -> None:
    pack = load_pack()
    target = keep(pack, tmp_path)
    first = target.read_bytes()
    with zipfile.ZipFile(target) as archive:
        records = [archive.read(name) for name in archive.namelist() if name.startswith("assessments/")]
        assert {name.removeprefix("pack/") for name in archive.namelist()} >= {
            file.name for file in Path(pack.folder).glob("*.yaml")
        }
    assert [run(pack, data) for data in records] == [()] * len(records)
    target.write_bytes(b"what was kept before")
    assert keep(pack, tmp_path).read_bytes() == b"what was kept before"
    target.unlink()
    assert keep(pack, tmp_path).read_bytes() == first
