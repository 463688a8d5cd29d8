"""The command line as people and programs meet it: real processes, their streams and their exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from triage import Intake, assess, load_pack
from triage.formats import FORMATS, render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.pack import Pack

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "rules" / "vertebral-fracture" / "examples"
BOTH = {"fracture": "yes", "painful": "yes", "cause": "trauma", "collapsed": "yes", "height_restoration": "yes", "stable": "yes"}
YAML = "answers: {stable: yes}\n"
MODULE = (sys.executable, "-m", "triage")

Run = subprocess.CompletedProcess[str]


def triage(
    *arguments: str | Path, at: Path, command: Sequence[str] = MODULE, stdin: str = "", env: Mapping[str, str] | None = None
) -> Run:
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=at,
        input=stdin,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def refused(run: Run, *told: str, code: int = 2) -> None:
    """A refusal: its exit code, nothing on standard output, its reasons on standard error, and no traceback."""
    assert (run.returncode, run.stdout) == (code, ""), run.stderr
    assert "Traceback" not in run.stderr
    for text in told:
        assert text in run.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Every command


def test_assess_gives_from_everywhere_what_the_library_gives(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(YAML)
    assessment = assess(pack, Intake({"stable": "yes"}))
    for layout in FORMATS:
        run = subprocess.run(
            [*MODULE, "assess", "case.yaml", "--format", layout], cwd=tmp_path, capture_output=True, check=False, timeout=60
        )
        assert (run.returncode, run.stderr) == (0, b"")
        assert run.stdout == render([assessment], pack, layout)


def test_the_installed_command_and_the_doorway_of_the_checkout_are_the_same(tmp_path: Path) -> None:
    installed = (str(Path(sys.executable).with_name("triage")),)
    runs = [
        triage("assess", "-a", "stable=yes", at=tmp_path, command=installed),
        triage("assess", "-a", "stable=yes", at=ROOT, command=(sys.executable, "cli.py")),
    ]
    assert [run.returncode for run in runs] == [0, 0]
    assert runs[0].stdout == runs[1].stdout != ""


def test_answers_on_the_command_line_add_to_every_file_or_take_the_place_of_its_answers(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("answers: {stable: no, painful: yes}\nsources: {stable: clinician, painful: patient}\n")
    (tmp_path / "two.json").write_text('{"reference": "two", "answers": {}}')
    answers = ("-a", "stable= Y", "--answer", "fracture=")
    run = triage("assess", "one.yaml", "two.json", "-", *answers, "--format", "json", at=tmp_path, stdin=YAML)
    assert run.returncode == 0
    assert run.stderr == '-a stable replaces "no" of one.yaml\n-a stable replaces "yes" of standard input\n'
    one, two, third = json.loads(run.stdout)
    assert (one["answers"], one["sources"]) == ({"painful": "yes", "stable": "yes"}, {"painful": "patient"})
    assert (two["answers"], two["reference"], third["answers"]) == ({"stable": "yes"}, "two", {"stable": "yes"})


def test_a_warning_sign_of_one_intake_holds_for_all_of_its_reference_in_every_format(tmp_path: Path) -> None:
    head = "reference: case-9\nsources: {fever: patient}\nanswers: {painful: no, "
    (tmp_path / "l1.yaml").write_text(head + "fever: no}")
    (tmp_path / "l2.yaml").write_text(head + "fever: no, chest_pain: yes}")
    (tmp_path / "l3.yaml").write_text(head.replace("case-9", "case-8") + "fever: no}")
    told = "Chest pain or fainting (chest_pain), which l2.yaml reports, holds for l1.yaml too, since both are about case-9\n"
    for layout in ("json", "text", "markdown", "html"):
        run = triage("assess", "l1.yaml", "l2.yaml", "l3.yaml", "--format", layout, at=tmp_path)
        assert (run.returncode, run.stderr) == (0, told)
        if layout == "json":
            assert [tree["outcome"] for tree in json.loads(run.stdout)] == [*["contact_clinician_now"] * 2, "outside_documents"]
        else:
            summary = re.sub(r"\\|<[^>]*>", "", run.stdout)
            assert len(re.findall(r"case-9 \(Intake \d of 3\): contact a clinician now", summary)) == 2
    replaced = triage("assess", "l1.yaml", "l2.yaml", "-a", "fever=yes", at=tmp_path)
    assert "fever)" not in replaced.stderr  # it stands in both by then


def test_answers_alone_are_an_intake_under_the_reading_asked_for(tmp_path: Path) -> None:
    options = [part for name, value in {**BOTH, "height_restoration": "no"}.items() for part in ("-a", f"{name}={value}")]
    run = triage("assess", *options, "--reading", "narrow", "--format", "json", at=tmp_path)
    tree = json.loads(run.stdout)
    assert (tree["reading"], tree["outcome"], tree["settled"]) == ("narrow", "vertebroplasty", True)


def test_a_json_intake_from_standard_input_is_told_from_a_yaml_one(tmp_path: Path) -> None:
    run = triage("assess", "-", "--format", "json", at=tmp_path, stdin='\ufeff {"answers": {"vertebrae": 2, "stable": true}}')
    assert json.loads(run.stdout)["answers"] == {"stable": "yes", "vertebrae": "2"}


def test_the_demo_shows_one_example_of_each_outcome(tmp_path: Path) -> None:
    run = triage("demo", at=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    examples = sorted(path.name for path in EXAMPLES.iterdir())
    assert re.findall(r"^(\S+\.yaml): ", run.stdout, re.MULTILINE) == examples
    assert run.stdout.count("Educational, not diagnostic.") == len(examples)
    closing = (
        f"{len(examples)} examples. `triage rules show CODE` says what a code stands for; "
        f"`triage assess FILE` says everything about one intake. They are in {EXAMPLES}"
    )
    assert " ".join(run.stdout.split()).endswith(closing)
    assert "\x1b" not in run.stdout
    as_json = triage("demo", "--format", "json", at=tmp_path)
    assert [tree["reference"] for tree in json.loads(as_json.stdout)] == [f"example-{Path(name).stem}" for name in examples]


def test_replay_says_the_same_a_difference_or_that_it_cannot(pack: Pack, tmp_path: Path) -> None:
    assert triage("assess", "-a", "stable=Y", "-a", "fever=unknown", "-o", "case.json", at=tmp_path).returncode == 0
    same = triage("replay", "case.json", at=tmp_path)
    assert (same.returncode, same.stdout, same.stderr) == (0, "the same, byte for byte (1 assessment)\n", "")
    data = (tmp_path / "case.json").read_text()
    found = triage("replay", "-", at=tmp_path, stdin=data.replace('"stable": "yes"', '"stable": "yes" '))
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.startswith("the content is the same, but not laid out as")
    shutil.copytree(pack.folder, tmp_path / "own")
    questions = tmp_path / "own" / "questions.yaml"
    questions.write_text(questions.read_text().replace("Fracture called stable", "Called stable"))
    other = triage("replay", "case.json", "--pack", "own", at=tmp_path)
    assert other.returncode == 1
    assert other.stdout.startswith(f"recorded with the pack digest {pack.digest}, this pack has ")
    elsewhere = triage("replay", "-", at=tmp_path, stdin=data.replace('"id": "vertebral-fracture"', '"id": "own"'))
    refused(elsewhere, 'the recorded pack "own" does not come with this tool; name its folder with --pack')
    refused(triage("replay", "-", at=tmp_path, stdin="{}"), "standard input: assessment 1: is not an assessment")
    refused(triage("replay", "none.json", at=tmp_path), '"none.json" cannot be read: No such file or directory')
    refused(triage("replay", at=tmp_path), "Missing argument 'ASSESSMENT'")


def test_packs_and_rules_show_give_what_maintainers_look_up(pack: Pack, tmp_path: Path) -> None:
    packs, other = triage("packs", at=tmp_path), load_pack("repair-cafe")
    listed = [f"{p.id} {p.version} · {p.header.title} · digest {p.digest[:16]} · {p.folder}" for p in (other, pack)]
    assert packs.stdout.splitlines() == listed
    whole = triage("rules", "show", "--format", "markdown", "-o", "pack.md", at=tmp_path)
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, "", "wrote pack.md\n")
    assert (
        "\n## Decision kyphoplasty, reads presentation, collapsed, height\\_restoration\n" in (tmp_path / "pack.md").read_text()
    )
    rule = triage("rules", "show", "K2n", at=tmp_path)
    assert rule.stdout.startswith("Rule K2n\n  Decision kyphoplasty: ")
    assert max(map(len, rule.stdout.splitlines())) <= 80
    refused(triage("rules", "show", "K99", at=tmp_path), 'nothing in this pack is called "K99".', "lists all ids")


def test_version_and_help_say_what_they_are_for(tmp_path: Path) -> None:
    assert re.fullmatch(r"triage \d+\.\d+\.\d+\n", triage("--version", at=tmp_path).stdout)
    short = triage("-h", at=tmp_path, env={"COLUMNS": "80"})
    assert short.stdout == triage("--help", at=tmp_path, env={"COLUMNS": "80"}).stdout
    for command in ("assess", "interview", "what-if", "demo", "replay", "packs", "rules"):
        assert re.search(rf"^  {command} ", short.stdout, re.MULTILINE)
    assert "Educational, not diagnostic." in short.stdout
    bare = triage(at=tmp_path)
    assert (bare.returncode, bare.stdout) == (2, "")
    assert bare.stderr.startswith("Usage: ")


def test_help_loads_neither_the_engine_nor_a_pack_and_assess_loads_no_rich(tmp_path: Path) -> None:
    def loaded(*arguments: str) -> set[str]:
        run = triage(*arguments, at=tmp_path, command=(sys.executable, "-X", "importtime", "-m", "triage"))
        assert run.returncode == 0
        return set(re.findall(r"^import time:.*\| +(\S+)$", run.stderr, re.MULTILINE))

    # Typer itself loads pydantic to describe the parameters of one command.
    few = {"triage.errors", "triage.files", "triage.formats", "triage.signals"}
    for modules, typers_own, needed in (
        (loaded("--help"), set(), few | {"triage.batch", "triage.batch.tabular"}),
        (loaded("--version"), set(), few),
        (loaded("assess", "--help"), {"pydantic"}, few),
    ):
        roots = {name.split(".")[0] for name in modules}
        assert "typer" in roots
        assert not (roots & {"durable", "durable_rules_engine", "yaml", "pydantic", "rich"}) - typers_own
        ours = {name for name in modules if name.startswith("triage.") and not name.startswith("triage.cli")}
        assert ours == needed
    assessing = loaded("assess", "-a", "stable=yes")
    assert {"durable.engine", "pydantic", "yaml", "triage.pack"} <= assessing
    assert not any(name.split(".")[0] in ("rich", "pygments", "markdown_it") for name in assessing)


# Formats and files


def test_the_name_of_the_output_gives_the_format_unless_one_is_asked_for(tmp_path: Path) -> None:
    firsts = {"a.json": "{", "a.JSON": "{", "a.md": "#", "a.txt": "W", "a": "W", "a.html": "<", "a.pdf": "%"}
    for name, first in firsts.items():
        run = triage("assess", "-a", "stable=yes", "-o", name, at=tmp_path)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", f"wrote {name}\n")
        assert (tmp_path / name).read_bytes()[:1] == first.encode()
    run = triage("assess", "-a", "stable=yes", "-o", "b.json", "--format", "markdown", at=tmp_path)
    assert (tmp_path / "b.json").read_text()[0] == "#"
    assert triage("assess", "-a", "stable=yes", "-o", "-", at=tmp_path).stdout.startswith("Warning signs\n")
    assert names(tmp_path) == sorted([*firsts, "b.json"])


def test_nothing_is_written_where_one_of_several_intakes_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(YAML)
    (tmp_path / "bad.yaml").write_text("answers: {stable: maybe, colapsed: yes}")
    (tmp_path / "worse.yaml").write_text("answers: {vertebrae: 18}\nreference: John Doe")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "old.json").write_text("old")
    before = names(tmp_path)
    for output in ("new.json", "old.json", "-"):
        run = triage("assess", "good.yaml", "bad.yaml", "worse.yaml", "--output", output, at=tmp_path)
        refused(
            run,
            'triage: bad.yaml: 1:11: stable: "maybe" is not an answer here; it takes yes, no or unknown.',
            'bad.yaml: 1:26: colapsed: this pack has no such question. Did you mean "collapsed"?',
            'worse.yaml: 1:11: vertebrae: "18" is not an answer here; it takes 1 to 17 or unknown.',
            'worse.yaml: 2:1: reference: "John Doe" cannot be used',
        )
    run = triage("assess", "good.yaml", "broken.json", "none.yaml", ".", "--output", "new.json", at=tmp_path)
    refused(run, "broken.json: 1:2: not readable as JSON", '"none.yaml" cannot be read: No such file', '"." cannot be read: Is a')
    assert (names(tmp_path), (tmp_path / "old.json").read_text()) == (before, "old")


def test_an_output_is_whole_or_as_it_was_and_never_one_of_the_inputs(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(YAML)
    (tmp_path / "again.yaml").symlink_to("case.yaml")
    (tmp_path / "sheet.txt").write_text("old")
    (tmp_path / "sheet.txt").chmod(0o604)
    for output in ("case.yaml", "./case.yaml", "again.yaml"):
        refused(
            triage("assess", "case.yaml", "-o", output, at=tmp_path),
            "is one of the files that are read; name another file to write",
        )
    refused(
        triage("assess", "case.yaml", "-o", "none/sheet.txt", at=tmp_path),
        "cannot be written: No such file",
        "nothing was changed",
    )
    refused(triage("assess", "case.yaml", "-o", ".", at=tmp_path), "cannot be written: Is a directory")
    assert (tmp_path / "case.yaml").read_text() == YAML
    assert triage("assess", "case.yaml", "-o", "sheet.txt", at=tmp_path).returncode == 0
    assert (tmp_path / "sheet.txt").read_text().startswith("Warning signs\n")
    assert (tmp_path / "sheet.txt").stat().st_mode & 0o777 == 0o604
    assert names(tmp_path) == ["again.yaml", "case.yaml", "sheet.txt"]


def test_a_file_name_that_a_terminal_would_obey_is_shown_safely(tmp_path: Path) -> None:
    (tmp_path / "\x1b[2J.yaml").write_text("answers: {stable: maybe}")
    run = triage("assess", "\x1b[2J.yaml", at=tmp_path)
    refused(run, 'triage: "\\u{1b}[2J.yaml": 1:11: stable: "maybe"')
    written = triage("assess", "-a", "stable=no", "-o", "\x1b[2J", at=tmp_path)
    assert (written.returncode, written.stderr) == (0, 'wrote "\\u{1b}[2J"\n')
    assert "\x1b" not in run.stderr + triage("assess", "-a", "\x1b=\x1b", "--pack", "\x1b", at=tmp_path).stderr


# Wrong use


def test_wrong_use_is_refused_with_the_way_out(pack: Pack, tmp_path: Path) -> None:
    for arguments, told in (
        (["assess"], ["nothing to assess; name a file, or give answers with -a QUESTION=VALUE. See `triage assess --help`."]),
        (["assess", "-", "-"], ["standard input (-) can be read once only"]),
        (
            ["assess", "-a", "stable", "-a", "fever=no", "-a", "fever=yes"],
            [
                '-a "stable": takes QUESTION=VALUE, the id of a question and one of its values',
                '-a "fever=yes": answers "fever" a second time',
            ],
        ),
        (["assess", "stable=yes"], ['"stable=yes" is no file; an answer is given by -a in front of it']),
        (["assess", "-a", "stabel=yes"], ['stabel: this pack has no such question. Did you mean "stable"?']),
        (["assess", "-a", "stable=yes", "--reading", "narow"], ['this pack has no reading "narow"; it has broad, narrow.']),
        (["assess", "-a", "stable=yes", "--pack", "vertebral"], ['no pack is called "vertebral"', 'mean "vertebral-fracture"?']),
        (["assess", "-a", "stable=yes", "--pack", str(tmp_path)], ["is a folder without a pack.yaml"]),
        (
            ["assess", "-a", "stable=yes", "--format", "docx"],
            [
                "triage: Invalid value for '--format': 'docx' is not one of 'text', 'json', 'markdown', 'html', 'pdf'.",
                "See `triage assess --help`.\nExample: triage assess intake.yaml",
            ],
        ),
        (["asess"], ["No such command 'asess'. Did you mean 'assess'? See `triage --help`."]),
        (["assess", "--anser", "a=b"], ["No such option: --anser"]),
        (["rules", "chek"], ["No such command 'chek'"]),
    ):
        refused(triage(*arguments, at=tmp_path), *told)


def test_a_pack_that_cannot_be_used_is_refused_with_every_fault(pack: Pack, tmp_path: Path) -> None:
    shutil.copytree(pack.folder, tmp_path / "own")
    for name, old, new in (("pack.yaml", "outcome: discussion", "outcome: discusion"), ("sheet.yaml", "[S01, ", "[S91, ")):
        text = (tmp_path / "own" / name).read_text()
        (tmp_path / "own" / name).write_text(text.replace(old, new, 1))
    refused(triage("assess", "-a", "stable=yes", "--pack", "own", at=tmp_path), "own/pack.yaml:", "own/sheet.yaml:", "S91")
    shutil.rmtree(tmp_path / "own" / "examples")
    (tmp_path / "own" / "pack.yaml").write_bytes(Path(pack.folder, "pack.yaml").read_bytes())
    (tmp_path / "own" / "sheet.yaml").write_bytes(Path(pack.folder, "sheet.yaml").read_bytes())
    refused(
        triage("demo", "--pack", "own", at=tmp_path), "the pack vertebral-fracture has no examples; put intakes into own/examples"
    )


def test_an_engine_fault_gives_no_answer_and_exit_code_4(tmp_path: Path) -> None:
    broken = "import triage.engine as e; e.holds = lambda *_: False; from triage.cli import main; main()"
    run = triage("assess", "-a", "stable=yes", "-o", "sheet.json", at=tmp_path, command=(sys.executable, "-c", broken))
    refused(run, "engine fault, no answer given; use the usual process without this tool.", "the reference finds", code=4)
    assert names(tmp_path) == []


# Streams


def start(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*MODULE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("arguments", [("assess", "-"), ("replay", "-")])
def test_an_interrupt_ends_the_command_with_130_and_nothing_written(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    process = start(*arguments, stdin=subprocess.PIPE, cwd=tmp_path)
    wait_until_blocked(process.pid)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (130, b"")
    assert b"Traceback" not in stderr
    assert names(tmp_path) == []


def wait_until_blocked(pid: int) -> None:
    """Until a process sleeps in a read of its standard input; where the kernel does not say, three seconds."""
    call = Path(f"/proc/{pid}/wchan")
    for _ in range(150):
        if call.exists() and "pipe" in call.read_text():
            return
        time.sleep(0.02)


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    run = subprocess.run(
        ["sh", "-c", f"{' '.join(MODULE)} rules show | head -n 1"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, len(run.stdout.splitlines()), run.stderr) == (0, 1, "")


def test_an_intake_of_another_bundled_pack_is_told_which(tmp_path: Path) -> None:
    run = triage("assess", "-a", "stable=yes", "-a", "collapsed=no", "--pack", "repair-cafe", at=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    last = "The pack repair-cafe asks none of these questions. Another pack does: try --pack vertebral-fracture"
    assert run.stderr.splitlines()[-1].removeprefix("triage: ") == last
    for mixed in (("stable=yes", "clean_item=yes"), ("stabel=yes",), ("stable=yes", "weather=wet")):
        answers = [part for answer in mixed for part in ("-a", answer)]
        assert "--pack" not in triage("assess", *answers, "--pack", "repair-cafe", at=tmp_path).stderr
    assert "--pack repair-cafe" in triage("demo", "--pack", "repair-cafe", at=tmp_path).stdout


@pytest.mark.parametrize(("arguments", "codes"), [(("demo",), {0}), (("assess", "-a", "stable=no"), {0}), (("--help",), {0, 1})])
def test_a_reader_that_has_gone_is_met_without_a_word(arguments: tuple[str, ...], codes: set[int]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        run = subprocess.run([*MODULE, *arguments], stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60)
    finally:
        os.close(theirs)
    assert run.stderr == b""
    assert run.returncode in codes  # Typer itself ends `--help` with 1


@pytest.mark.parametrize(
    ("redirection", "told"),
    [
        ("assess - <&-", "triage: standard input is closed; name a file instead of -\n"),
        ("demo >&-", "triage: standard output is closed; name a file to write\n"),
        ("demo >/dev/full", "triage: standard output cannot be written: No space left on device\n"),
        ("assess - <&- 2>&-", ""),
    ],
)
def test_a_stream_that_is_closed_or_full_is_refused_in_words(redirection: str, told: str) -> None:
    run = subprocess.run(
        ["sh", "-c", f"{' '.join(MODULE)} {redirection}"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (2, "", told)


def test_an_empty_standard_input_is_told_from_a_closed_one(tmp_path: Path) -> None:
    refused(triage("assess", "-", at=tmp_path), "standard input: is empty; an intake is a mapping with the key `answers`")


def test_a_locale_without_utf_8_gets_the_same_bytes(tmp_path: Path) -> None:
    plain = triage("rules", "show", "K1", at=tmp_path)
    env = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    encoded = triage("rules", "show", "K1", at=tmp_path, env=env)
    assert "·" in plain.stdout
    assert (encoded.returncode, encoded.stdout, encoded.stderr) == (0, plain.stdout, "")
    refused(triage("assess", "-a", "stable=\udcff\u2713", at=tmp_path, env=env), 'stable: "')


def on_a_terminal(arguments: list[str], env: Mapping[str, str]) -> str:
    """What a command shows on a pseudo-terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*MODULE, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env={**os.environ, **env})
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(60) == 0
    return shown.decode()


def test_a_terminal_shows_headings_in_bold_unless_it_wants_no_colour(tmp_path: Path) -> None:
    quiet = {"NO_COLOR": "", "TERM": "xterm"}
    bold = on_a_terminal(["assess", "-a", "stable=yes"], quiet)
    assert "\x1b[1mWarning signs\x1b[0m" in bold
    for env in ({**quiet, "NO_COLOR": "1"}, {**quiet, "TERM": "dumb"}):
        assert "\x1b" not in on_a_terminal(["assess", "-a", "stable=yes"], env)
    for arguments in (["--format", "json"], ["-o", str(tmp_path / "sheet.txt")]):
        assert "\x1b" not in on_a_terminal(["assess", "-a", "stable=yes", *arguments], quiet)
    assert "\x1b" not in (tmp_path / "sheet.txt").read_text()


# Inside the process, where a fault cannot be brought about from outside


@pytest.mark.parametrize("loaded", ["typer._click.core", "triage.cli", "pydantic.main", "triage.engine"])
def test_an_interrupt_while_modules_are_imported_leaves_no_traceback(loaded: str, tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "triage", "assess", "-a", "stable=yes", "-o", "sheet.json"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.split("|")[-1].strip() == loaded:
                process.send_signal(signal.SIGINT)
                break
        said = [line for line in process.stderr if not line.startswith("import time:")]
    assert (process.returncode, said, names(tmp_path)) == (130, [], [])


def test_a_missing_library_is_told_with_what_to_do(tmp_path: Path) -> None:
    without = "import sys; sys.modules['typer'] = None; from triage.__main__ import main; main()"
    run = triage("packs", at=tmp_path, command=(sys.executable, "-c", without))
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert run.stderr.startswith("triage: typer is not installed for this Python; in a checkout, `make demo` installs it")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "--pack", "own"),
        ("check", "own", "--quick"),
        ("trace", "--pack", "own"),
        ("diff", "repair-cafe", "own"),
        ("diff", "own", "repair-cafe"),
        ("table", "--pack", "own"),
        ("graph", "--pack", "own"),
        ("export", "--to", "dmn", "--pack", "own"),
    ],
    ids=" ".join,
)
def test_no_command_writes_over_a_file_of_the_pack_that_it_reads(arguments: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules" / "repair-cafe", tmp_path / "own")
    (tmp_path / "link").symlink_to(tmp_path / "own" / "pack.yaml")
    before = {path: path.read_bytes() for path in (tmp_path / "own").rglob("*.yaml")}
    for output in ("own/pack.yaml", "own/examples/wiring-only.yaml", "link"):
        run = triage("rules", *arguments, *own_format(arguments[0]), "-o", output, at=tmp_path)
        refused(run, "is one of the files that are read; name another file to write")
    assert {path: path.read_bytes() for path in before} == before


def own_format(command: str) -> tuple[str, ...]:
    """A layout named, since that of a name in .yaml is none."""
    return {"graph": ("--format", "svg"), "export": ()}.get(command, ("--format", "text"))


def test_an_export_is_refused_a_name_that_says_something_else(tmp_path: Path) -> None:
    run = triage("rules", "export", "--to", "dmn", "-o", "pack.json", at=tmp_path)
    refused(run, '".json" is no ending for dmn; it is .dmn or .xml')
    assert list(tmp_path.iterdir()) == []


LOSE = """
import time, weakref

class Lock: pass

def app(**_: object) -> None:
    lock = Lock()
    kept = weakref.ref(lock, lambda _: signal.raise_signal(int(sys.argv[1])))
    del lock
    time.sleep(60)
"""
# What hears of the loss takes its time, and the signal does not.
SLOW = """
import threading, time

class Timer(threading.Timer):
    def start(self) -> None:
        super().start()
        time.sleep(0.3)

threading.Timer = Timer
triage.cli._AGAIN = 0
"""
TWICE = """
def app(**_: object) -> None:
    try:
        signal.raise_signal(int(sys.argv[1]))
    finally:
        signal.raise_signal(int(sys.argv[1]))
        print("put away")
"""
CONVERT = """
class Attribute:
    def __set_name__(self, owner: type, name: str) -> None:
        signal.raise_signal(int(sys.argv[1]))  # what is raised here becomes a RuntimeError, as in a dataclass that is made

def app(**_: object) -> None:
    type("Model", (), {"attribute": Attribute()})
"""
ENDINGS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])


def run_as_command(app: str, number: int) -> subprocess.CompletedProcess[str]:
    """An `app` in place of the commands, which is told the number of a signal."""
    program = f"import signal, sys, triage.cli\n{app}\ntriage.cli.app = app\ntriage.cli.main()\n"
    command = [sys.executable, "-c", program, str(int(number))]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@ENDINGS
def test_a_signal_that_the_interpreter_drops_comes_again(number: int, code: int) -> None:
    done = run_as_command(LOSE, number)
    assert done.returncode == code
    assert ("Exception ignored" in done.stderr, "KeyboardInterrupt" in done.stderr) == (False, number == signal.SIGINT)


@ENDINGS
def test_a_signal_that_comes_again_too_early_to_be_heard_waits(number: int, code: int) -> None:
    done = run_as_command(SLOW + LOSE, number)
    assert (done.returncode, "Exception ignored" in done.stderr) == (code, False)


@ENDINGS
def test_what_is_put_away_is_not_broken_off_by_a_second_signal_unless_it_takes_long(number: int, code: int) -> None:
    for wish, told in (("", "put away\n"), ("triage.cli._ONE_WISH = 0", "")):
        done = run_as_command(f"{wish}\n{TWICE}", number)
        assert (done.returncode, done.stdout) == (code, told)


@ENDINGS
def test_an_interruption_that_python_makes_an_error_of_is_told_as_what_it_was(number: int, code: int) -> None:
    done = run_as_command(CONVERT, number)
    assert (done.returncode, "RuntimeError" in done.stderr) == (code, False)


# What is imported makes a class in the moment of a Ctrl-C, of which Python 3.11 makes a RuntimeError; or drops it.
MAKE_A_CLASS = """
class Named:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt

def import_more(name):
    class Made:
        part = Named()
"""
DROP_IT = """
import weakref

def interrupt(_):
    raise KeyboardInterrupt

def import_more(name):
    lock = types.ModuleType("lock")
    kept = weakref.ref(lock, interrupt)
    del lock
    return print
"""
IMPORT = """
import sys, types
{import_more}
sys.modules["triage.cli"] = module = types.ModuleType("triage.cli")
module.__getattr__ = import_more
from triage.__main__ import main
main()
"""


@pytest.mark.parametrize("import_more", [MAKE_A_CLASS, DROP_IT])
def test_an_interruption_that_python_changes_or_drops_while_it_imports_ends_with_130_in_silence(import_more: str) -> None:
    command = [sys.executable, "-c", IMPORT.format(import_more=import_more)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (130, "")
