"""The JSON Schema of pack files: it takes what the tool takes, however YAML is read, and refuses what the tool refuses."""

from __future__ import annotations

import copy
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import ruamel.yaml
import yaml
from bare_pack import FILES as BARE
from jsonschema import Draft202012Validator
from small_pack import FILES

from triage.exports.schema import MODELS, TOLD_BY, build_schema, export_schema
from triage.library import bundled_packs
from triage.parts import Part
from triage.syntax import Source, read_yaml
from triage.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
VALIDATOR = Draft202012Validator(build_schema())
# What may stand by mistake where something else belongs; of each, only what differs from what stands there.
MISTAKES: tuple[Any, ...] = (None, "", "two words!", "x", [], ["x"], ["x", "x"], {}, {"x": "y"}, [{"x": "y"}], {"any": ["x"]})
Tree = Any
At = tuple[str | int, ...]


def as_yaml_1_1(text: str) -> Tree:
    return json.loads(json.dumps(yaml.load(text, Loader=yaml.CSafeLoader)))


def as_yaml_1_2(text: str) -> Tree:
    return json.loads(json.dumps(ruamel.yaml.YAML(typ="safe", pure=True).load(text)))


def as_text(text: str) -> Tree:
    """As the tool reads it."""
    return read_yaml(text.encode(), "text").tree


READERS = {"yaml 1.1": as_yaml_1_1, "yaml 1.2": as_yaml_1_2}


def check(*files: Path, schema: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    (tmp_path / "pack.schema.json").write_text(export_schema(), encoding="utf-8")
    return tmp_path / "pack.schema.json"


def takes(file: str, tree: Tree) -> bool:
    """Whether the structure of a file is one that the tool can use."""
    source = Source(file, tree=tree)
    return validate(MODELS[file], source) is not None and not source.faults


def nodes(tree: Tree, at: At = ()) -> Iterator[At]:
    yield at
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from nodes(value, (*at, key))


def find(tree: Tree, at: At) -> Tree:
    for key in at:
        tree = tree[key]
    return tree


def put(tree: Tree, at: At, value: Tree) -> Tree:
    changed = copy.deepcopy(tree)
    find(changed, at[:-1])[at[-1]] = value
    return changed


def rename(tree: Tree, at: At, name: str) -> Tree:
    changed = copy.deepcopy(tree)
    find(changed, at[:-1])[name] = find(changed, at[:-1]).pop(at[-1])
    return changed


def drop(tree: Tree, at: At) -> Tree:
    changed = copy.deepcopy(tree)
    del find(changed, at[:-1])[at[-1]]
    return changed


# In the tool that many projects run


def test_check_jsonschema_takes_every_file_of_every_bundled_pack(schema: Path) -> None:
    files = [folder / file for folder in bundled_packs().values() for file in MODELS]
    done = check(*files, schema=schema)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout


def test_check_jsonschema_takes_the_schema_itself(schema: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--check-metaschema", str(schema)]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def test_check_jsonschema_names_a_mistake_by_its_place(schema: Path, tmp_path: Path) -> None:
    text = (
        FILES["decisions.yaml"]
        .replace("hit_policy: collect", "hit_policy: colect")
        .replace("then: stop, because", "then: stop, becuase")
    )
    (tmp_path / "decisions.yaml").write_text(text, encoding="utf-8")
    done = check(tmp_path / "decisions.yaml", schema=schema)
    assert done.returncode == 1
    assert "$.decisions[4].hit_policy: 'colect' is not one of ['unique', 'collect']" in done.stdout
    assert "$.decisions[0].rules[0]: Additional properties are not allowed ('becuase' was unexpected)" in done.stdout


# Against what the tool itself makes of a structure


@pytest.mark.parametrize("reader", READERS)
def test_whatever_way_yaml_is_read_a_usable_file_is_taken(reader: str) -> None:
    texts = [text for files in (FILES, BARE) for text in files.values()]
    texts += [(folder / file).read_text(encoding="utf-8") for folder in bundled_packs().values() for file in MODELS]
    for text in texts:
        VALIDATOR.validate(READERS[reader](text))


@pytest.mark.parametrize("file", MODELS)
@pytest.mark.parametrize("reader", READERS)
def test_a_key_that_is_mistyped_or_left_out_is_refused_wherever_the_tool_refuses_it(file: str, reader: str) -> None:
    tree, seen = as_text(FILES[file]), READERS[reader](FILES[file])
    refused = 0
    for at in nodes(seen):
        if at and isinstance(at[-1], str):
            in_condition = {"when", "never"} & set(at[:-1])
            for change in (lambda tree, at: rename(tree, at, f"{at[-1]}x"), lambda tree, at: rename(tree, at, "No Key"), drop):
                usable = takes(file, change(tree, at))
                assert VALIDATOR.is_valid(change(seen, at)) == usable or (in_condition and usable), at
                refused += not usable
    assert refused >= 3


@pytest.mark.parametrize("file", MODELS)
def test_a_value_of_the_wrong_kind_is_refused_wherever_the_tool_refuses_it(file: str) -> None:
    tree, seen = as_text(FILES[file]), as_yaml_1_2(FILES[file])
    refused = 0
    for at in nodes(seen):
        for mistake in MISTAKES if at else ():
            usable = takes(file, put(tree, at, mistake))
            # Inside a condition the schema knows ids, of which the structure alone knows nothing.
            in_condition = {"when", "never"} & set(at)
            assert VALIDATOR.is_valid(put(seen, at, mistake)) == usable or (in_condition and usable), (at, mistake)
            refused += not usable
    assert refused > 10


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("file", "at", "words"),
    [
        (
            "statements.yaml",
            ("statements", 0, "segment"),
            ("1", "3", "'3'", "0", "1000000", "999999", "yes", "1.5", "'03'", "-1"),
        ),
        ("pack.yaml", ("safety_net", "levels", 0, "withholds"), ("yes", "no", "'yes'", "maybe", "1", "Yes")),
        ("pack.yaml", ("version",), ("1.0.0", "10.20.30", "1.0", "'1'", "v1.0.0")),
        ("pack.yaml", ("sources", 0, "year"), ("2020", "'2020'", "'no date'", "yes", "1.5", "''")),
        ("pack.yaml", ("title",), ("A title", "1984", "yes", "''", "3.5e3")),
        (
            "questions.yaml",
            ("questions", 0, "values"),
            ("[yes, no]", "[1, 2]", "['1', 17]", "[1]", "[a, B]", "[a, '']", "[on, off]"),
        ),
        ("questions.yaml", ("questions", 1, "labels"), ("{sand: 1}", "{1: one}", "{sand: ''}", "{'A b': c}", "[]", "{}")),
    ],
)
def test_what_the_tool_reads_as_text_is_taken_however_an_editor_reads_it(
    file: str, at: At, words: tuple[str, ...], reader: str
) -> None:
    # The schema may take a little more, as `true` for yes: what an editor has read does not show how it was written.
    verdicts = []
    for word in words:
        written = as_text(f"[{word}]")[0]
        usable = takes(file, put(as_text(FILES[file]), at, written))
        taken = VALIDATOR.is_valid(put(READERS[reader](FILES[file]), at, READERS[reader](f"[{word}]")[0]))
        assert taken or not usable, word
        verdicts.append((usable, taken))
    assert (True, True) in verdicts
    assert (False, False) in verdicts


def test_every_mix_of_conditions_is_described() -> None:
    validator = Draft202012Validator({"$ref": "#/$defs/Condition", "$defs": build_schema()["$defs"]})
    for good in (
        {"a": "yes", "b": ["x", 1, True]},
        {"any": [{"a": "yes"}, {"all": [{"b": "no"}, {"not": {"c": 3}}]}], "d": "e"},
        {"not": {"not": {"any": [{"a": "b"}]}}},
    ):
        validator.validate(good)
    bad: tuple[Any, ...] = ([], "yes", {"a": []}, {"a": ["x", "x"]}, {"a": {"b": "c"}}, {"a": None}, {"A": "b"})
    bad += ({"any": []}, {"any": {"a": "b"}}, {"not": []}, {"all": ["a"]})
    for condition in bad:
        assert not validator.is_valid(condition), condition


# What an editor shows


def test_a_file_is_told_by_a_key_that_no_other_file_has() -> None:
    for file, key in TOLD_BY.items():
        assert [other for other, model in MODELS.items() if key in {f.alias or n for n, f in model.model_fields.items()}] == [
            file
        ]
    assert not VALIDATOR.is_valid({})
    assert not VALIDATOR.is_valid({"statments": []})
    assert not VALIDATOR.is_valid({**as_yaml_1_2(FILES["sheet.yaml"]), **as_yaml_1_2(FILES["cases.yaml"])})


def test_an_intake_is_taken_and_its_mistakes_are_refused() -> None:
    for folder in bundled_packs().values():
        for file in (folder / "examples").glob("*.yaml"):
            for read in READERS.values():
                VALIDATOR.validate(read(file.read_text(encoding="utf-8")))
    bad: tuple[Tree, ...] = ({"answer": {}}, {"answers": []}, {"answers": {"A b": "yes"}}, {"answers": {"a": ["yes"]}})
    bad += ({"answers": {}, "sources": {"a": "nobody"}}, {"answers": {}, "name": "x"}, {"answers": {}, "site": "two words"})
    for tree in bad:
        assert not VALIDATOR.is_valid(tree), tree


def test_editors_are_told_of_a_key_what_the_part_or_the_word_is_that_it_takes() -> None:
    parts = build_schema()["$defs"]
    assert parts["Header"]["properties"]["safety_net"]["description"] == parts["SafetyNet"]["description"]
    assert parts["Header"]["properties"]["outcomes"]["description"] == parts["Outcome"]["description"]
    assert parts["Condition"]["description"].startswith("A mapping is")
    assert parts["Header"]["properties"]["version"]["description"].startswith("Takes three numbers")


def test_editors_are_told_what_each_part_is_and_which_words_a_closed_list_has() -> None:
    parts = build_schema()["$defs"]
    documented = {part.__name__: inspect.cleandoc(part.__doc__) for part in all_parts(Part) if part.__doc__}
    assert {name: part["description"] for name, part in parts.items() if name in documented} == {
        name: text for name, text in documented.items() if name in parts
    }
    assert parts["Decision"]["properties"]["hit_policy"]["enum"] == ["unique", "collect"]
    assert {"decision", "guard", "claim", "withheld"} <= set(parts["Statement"]["properties"]["class"]["enum"])
    assert "Condition" in parts


def all_parts(kind: type[Part]) -> Iterator[type[Part]]:
    for part in kind.__subclasses__():
        yield part
        yield from all_parts(part)


def test_the_published_schema_is_the_one_of_this_state() -> None:
    published = (ROOT / "docs" / "pack.schema.json").read_text(encoding="utf-8")
    assert published == export_schema(), "write it anew: make golden"
