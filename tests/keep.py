"""Keep what this version answers, with the packs it answers by, for later versions to replay: `make keep`

One archive for each bundled pack: the pack, its examples assessed, and all its cases assessed under every reading. An archive
that is there stays as it is: what was answered once does not change. `test_kept.py` replays them.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import yaml

from triage import Intake, Pack, assess, load_pack
from triage.intake import read_intake
from triage.report import render_json

KEPT = Path(__file__).parent / "kept"


def keep(pack: Pack, folder: Path) -> Path:
    """Write the archive of a pack, unless it is there; the same pack and answers give the same bytes."""
    target = folder / f"{version('vcf-triage')}-{pack.id}-{pack.digest[:12]}.zip"
    if not target.exists():
        files = {f"pack/{name}": text for name, text in _files_of(Path(pack.folder))} | dict(_answer(pack))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_LZMA)
    return target


def _files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    yield from ((path.name, path.read_bytes()) for path in sorted(folder.glob("*.yaml")))


def _answer(pack: Pack) -> Iterator[tuple[str, str]]:
    folder = Path(pack.folder)
    for example in sorted(folder.glob("examples/*.yaml")):
        intake = read_intake(example.read_bytes(), example.name)
        yield f"assessments/{example.stem}.json", render_json([assess(pack, intake)])
    given = [case["answers"] or {} for case in yaml.load(folder.joinpath("cases.yaml").read_bytes(), yaml.BaseLoader)["cases"]]
    # Under every second reading as somebody might type them, so that `typed` is kept, too.
    for number, reading in enumerate(pack.reading_names):
        typed = [{name: f" {value.upper()}" if number % 2 else value for name, value in answers.items()} for answers in given]
        found = [assess(pack, Intake(answers), reading=reading) for answers in typed]
        yield f"assessments/cases-{reading}.json", render_json(found)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        keep(load_pack(name), KEPT)
