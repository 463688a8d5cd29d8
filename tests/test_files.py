"""Reading within a bound, and files that appear whole or not at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import triage.publication
from triage.errors import RequestError
from triage.files import read_bounded
from triage.publication import alone_beside, check_writable, write_folder_whole, write_whole

as_root = os.geteuid() == 0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_read_up_to_one_byte_past_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "case"
    path.write_bytes(b"12345")
    assert [read_bounded(str(path), limit) for limit in (6, 5, 4, 3)] == [b"12345", b"12345", b"12345", b"1234"]


def test_standard_input_is_read_within_the_same_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"12345")))
    assert read_bounded("-", 3) == b"1234"


def test_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(RequestError, match="standard input is closed; name a file instead of -"):
        read_bounded("-", 3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "Is a directory"), (".", "Is a directory"), ("none", "No such file"), ("a\0b", "null byte")],
)
def test_what_cannot_be_read_is_refused_with_its_name_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=reason) as refused:
        read_bounded(name, 3)
    assert str(refused.value).isprintable()


def test_a_new_file_gets_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "sheet.txt", "é\n")
    finally:
        os.umask(before)
    assert (tmp_path / "sheet.txt").read_bytes() == "é\n".encode()
    assert (tmp_path / "sheet.txt").stat().st_mode & 0o777 == 0o640


def test_an_existing_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "sheet.txt"
    path.write_text("something much longer than what follows")
    path.chmod(0o604)
    write_whole(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o604)
    assert names(tmp_path) == ["sheet.txt"]


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("a" * 255), "new")
    assert names(tmp_path) == ["a" * 255]


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latest.txt").symlink_to(Path("folder/sheet.txt"))
    for text in ("one", "two"):
        write_whole(tmp_path / "latest.txt", text)
        assert (tmp_path / "folder/sheet.txt").read_text() == text
    assert (tmp_path / "latest.txt").is_symlink()


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "new")
    reader.join(10)
    assert seen == ["new"]
    assert pipe.is_fifo()


def test_a_device_is_written_and_stays_a_device() -> None:
    write_whole(Path(os.devnull), "new")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "Is a directory"),
        ("none/sheet.txt", "No such file or directory"),
        ("file/sheet.txt", "Not a directory"),
        ("loop", "loop|Too many levels"),
        ("a" * 256, "File name too long"),
        ("a\0b", "null byte"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing_behind(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RequestError, match=f"cannot be written: .*(?i:{reason}).*; nothing was changed"):
        write_whole(tmp_path / name, "new")
    assert names(tmp_path) == ["file", "folder", "loop"]
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.skipif(as_root, reason="root may write everywhere")
def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RequestError, match="Permission denied; nothing was changed"):
        write_whole(tmp_path / "sheet.txt", "new")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_a_failure_in_the_middle_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def fail(_: int) -> None:
        raise fault

    path = tmp_path / "sheet.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RequestError if isinstance(fault, OSError) else type(fault)):
        write_whole(path, "new")
    assert (names(tmp_path), path.read_text()) == (["sheet.txt"], "old")


def test_a_folder_appears_with_all_its_files_and_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_folder_whole(tmp_path / "pack", {"a.yaml": "é\n", "examples/b.yaml": ""})
    finally:
        os.umask(before)
    assert names(tmp_path) == ["pack"]
    assert (tmp_path / "pack").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "pack" / "a.yaml").read_bytes() == "é\n".encode()
    assert names(tmp_path / "pack" / "examples") == ["b.yaml"]


@pytest.mark.parametrize("there", ["file", "folder", "dangling"])
def test_a_folder_is_never_written_over(there: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(RequestError, match="is there already and stays as it is; choose another name"):
        write_folder_whole(tmp_path / there, {"a": ""})
    assert names(tmp_path) == ["dangling", "file", "folder"]
    assert names(tmp_path / "folder") == []
    assert (tmp_path / "file").read_bytes() == b"kept"


@pytest.mark.parametrize("files", [{"a": "", "a/b": ""}, {"a": "\ud800"}], ids=["file as folder", "no UTF-8"])
def test_a_folder_that_fails_in_the_middle_leaves_nothing(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"cannot be made: .*; nothing was changed"):
        write_folder_whole(tmp_path / "pack", files)
    assert names(tmp_path) == []
    with pytest.raises(RequestError, match="cannot be made: No such file or directory"):
        write_folder_whole(tmp_path / "none" / "pack", {"a": ""})


def test_what_could_not_be_written_is_refused_beforehand_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("old.json", "new.json"):
        check_writable(tmp_path / name)
    check_writable(Path("/dev/null"))
    for path, told in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none" / "x", "No such file"),
        (tmp_path / "loop", "Symlink loop"),
    ):
        with pytest.raises(RequestError, match=f"cannot be written: {told}.*; nothing was asked"):
            check_writable(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loop", "old.json"]
    assert (tmp_path / "old.json").read_text() == "old"


def test_standard_output_is_written_and_a_link_to_it_is_never_replaced(tmp_path: Path) -> None:
    # The link of the system was once replaced by a file, where standard output was one. Here a link of our own stands for it.
    link = tmp_path / "stdout"
    link.symlink_to("/proc/self/fd/1")
    (tmp_path / "there").mkdir()
    told = tmp_path / "there" / "told"
    code = "import pathlib, sys; from triage.publication import write_whole; write_whole(pathlib.Path(sys.argv[1]), 'told')"
    for name in ("-", str(link)):
        with told.open("wb") as output:
            subprocess.run([sys.executable, "-c", code, name], stdout=output, check=True)
        assert told.read_text() == "told"
        assert (names(told.parent), link.is_symlink()) == (["told"], True)


def test_what_is_done_alone_beside_a_file_is_done_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage.publication, "PATIENCE", 1_000)
    counted = tmp_path / "counted"
    counted.write_text("0")

    def count() -> None:
        for _ in range(10):
            with alone_beside(counted):
                write_whole(counted, str(int(counted.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counted.read_text(), names(tmp_path)) == ("40", ["counted"])


def test_where_a_folder_cannot_be_locked_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage.publication, "PATIENCE", 0)
    with alone_beside(tmp_path / "a"), alone_beside(tmp_path / "b"):
        write_whole(tmp_path / "b", "written")
    with pytest.raises(RequestError, match="cannot be written: No such file"), alone_beside(tmp_path / "none" / "a"):
        write_whole(tmp_path / "none" / "a", "")
    assert names(tmp_path) == ["b"]
