"""Files that appear together: all of them or none, whatever comes in between, and never over what has appeared meanwhile."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest

from triage.errors import RequestError
from triage.publication import publishing


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files appear; messages name them as they were named."""
    monkeypatch.chdir(tmp_path)
    return Path()


each_way = pytest.mark.parametrize("link", [os.link, None], ids=["links", "no links"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refuse(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def fill(folder: Path, *, replaces: bool = True) -> None:
    """Three files and a folder that are to appear together, with "new" in each."""
    with publishing(replaces=replaces) as publication:
        for name in ("a", "b", "c"):
            publication.open(folder / name).write(b"new")
        (publication.make_folder(folder / "d") / "e").write_bytes(b"new")


def test_files_and_folders_appear_together(folder: Path) -> None:
    fill(folder)
    assert names(folder) == ["a", "b", "c", "d"]
    assert [path.read_text() for path in (*sorted(folder.glob("[abc]")), folder / "d" / "e")] == ["new"] * 4


@pytest.mark.parametrize("name", ["a", "b", "c"])
@each_way
def test_what_has_appeared_meanwhile_stays_and_nothing_else_appears(
    name: str, link: object, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if link is None:
        monkeypatch.setattr(os, "link", refuse)

    def appear() -> None:
        with publishing(replaces=False) as publication:
            for each in ("a", "b", "c"):
                publication.open(folder / each).write(b"new")
            (folder / name).write_text("other")

    with pytest.raises(RequestError, match=f'"{name}" has appeared meanwhile, and stays as it is; nothing was written'):
        appear()
    assert names(folder) == [name]
    assert (folder / name).read_text() == "other"


def test_a_folder_that_has_appeared_meanwhile_stays_and_nothing_else_appears(folder: Path) -> None:
    def appear() -> None:
        with publishing(replaces=False) as publication:
            publication.open(folder / "a").write(b"new")
            publication.make_folder(folder / "d")
            (folder / "d").mkdir()

    with pytest.raises(RequestError, match='"d" has appeared meanwhile'):
        appear()
    assert names(folder) == ["d"]


@each_way
def test_new_files_appear_with_and_without_links(link: object, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if link is None:
        monkeypatch.setattr(os, "link", refuse)
    fill(folder, replaces=False)
    assert names(folder) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_between_the_renames_waits_for_the_last(
    number: signal.Signals, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def disturb(path: Path, target: Path) -> Path:
        signal.raise_signal(number)
        return replace(path, target)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", disturb)
    before = signal.signal(number, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            fill(folder)
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)
    assert names(folder) == ["a", "b", "c", "d"]


def test_where_a_rename_fails_the_message_says_which_files_stand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError(errno.EIO, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    (folder / "b").write_text("old")
    with pytest.raises(RequestError) as raised:
        fill(folder)
    assert str(raised.value) == '"b" cannot be written: Input/output error; written already: "a"'
    assert names(folder) == ["a", "b"]
    assert (folder / "b").read_text() == "old"


def test_a_failing_write_names_the_file_that_it_befell(folder: Path) -> None:
    def fail() -> None:
        with publishing() as publication:
            publication.open(folder / "a").write(b"new")
            full = publication.open(folder / "b")
            publication.open(folder / "c")
            device = os.open("/dev/full", os.O_WRONLY)
            os.dup2(device, full.fileno())
            os.close(device)
            full.write(b"x" * 100_000)

    with pytest.raises(RequestError) as raised:
        fail()
    assert str(raised.value) == '"b" cannot be written: No space left on device; nothing was changed'
    assert names(folder) == []
