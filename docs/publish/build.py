"""The site, from sources to HTML: gathers the pages, makes the others, and has Zensical build them.

Zensical checks every link and anchor and stops at the first thing that does not resolve. The folder of the site is replaced only
once all of it is there.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from publish.commands import describe_commands
from publish.findings import describe_findings
from publish.formats import SCHEMA_FILE, describe_format
from publish.hazards import describe_hazards, read_hazards
from publish.keys import describe_keys
from publish.markdown import bullets, link, page
from publish.packs import PAGES, describe_pack
from triage.exports.schema import export_schema
from triage.library import DEFAULT_PACK, bundled_packs, load_pack

DOCS = Path(__file__).resolve().parent.parent
ROOT = DOCS.parent
# Pages that stand at the top of the checkout, and where they stand on the site.
FROM_ROOT = {"ARCHITECTURE.md": "architecture.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
KEPT = ("*.md", "decisions/*.md", "safety/*.md", "examples/*", "pictures/*.png", "assets/*")
# What is addressed in a page and stays in the checkout is named there and no link.
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]+)?\)")

Nav = list[Any]


class BuildError(Exception):
    """The site could not be built; what Zensical said is the message."""


def build(folder: Path) -> None:
    """Build the site into a folder, in the place of what is there. Raises BuildError, and changes nothing then."""
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as work:
        staged = Path(work)
        nav = write_sources(staged / "docs")
        settings = (
            (DOCS / "zensical.toml").read_text(encoding="utf-8").replace("[project]\n", f"[project]\nnav = {say_nav(nav)}\n")
        )
        (staged / "zensical.toml").write_text(settings, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "zensical", "build", "--strict"],
            cwd=staged,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BuildError(done.stdout)
        if folder.exists():
            shutil.rmtree(folder)
        (staged / "site").rename(folder)


def write_sources(folder: Path) -> Nav:
    """Write every page of the site as Markdown, and what stands beside it; gives the order in which they are listed."""
    written = {f"reference/{name}": text for name, text in make_reference().items()}
    packs: Nav = [{"Packs": "packs/index.md"}]
    told = []
    for name in sorted(bundled_packs(), key=lambda name: name != DEFAULT_PACK):
        pack = load_pack(name)
        pages = describe_pack(pack)
        written |= {f"packs/{name}/{file}": text for file, text in pages.items()}
        listed = [{title: f"packs/{name}/{file}"} for file, title, _ in PAGES if file in pages]
        packs.append({pack.header.title: [f"packs/{name}/index.md", *listed]})
        told.append(f"{link(pack.header.title, f'{name}/index.md')} (`{name}` {pack.version})")
    written["packs/index.md"] = page("# Packs\n", "The packs that come with the tool, each described by itself.\n", bullets(told))
    written["safety/hazard-log.md"] = describe_hazards(read_hazards())
    copied = copy_sources(folder)
    decisions = sorted(path for path in copied if path.startswith("decisions/"))
    about = "The few choices that a reader will question.\n"
    written["decisions/index.md"] = page("# Decisions\n", about, bullets(map(_listed, decisions)))
    for path, text in written.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    return make_nav(packs, decisions, copied)


def make_reference() -> dict[str, str]:
    """The pages read off the program, by file."""
    return {
        "commands.md": describe_commands(),
        "json.md": describe_keys(),
        "pack-format.md": describe_format(),
        "findings.md": describe_findings(),
        SCHEMA_FILE: export_schema(),
    }


def copy_sources(folder: Path) -> set[str]:
    """Copy the pages written by hand, with links that hold on the site; gives their paths there."""
    sources = {path: path.relative_to(DOCS).as_posix() for pattern in KEPT for path in sorted(DOCS.glob(pattern))}
    sources |= {ROOT / name: target for name, target in FROM_ROOT.items()}
    places = {path.resolve(): target for path, target in sources.items()} | {DOCS / SCHEMA_FILE: f"reference/{SCHEMA_FILE}"}
    for path, target in sources.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = relink(path.read_text(encoding="utf-8"), path, target, places)
            (folder / target).write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, folder / target)
    return set(sources.values())


def relink(text: str, source: Path, target: str, places: dict[Path, str]) -> str:
    """Links from a file of the checkout as they are on the site; one to what is not on the site becomes its text."""

    def place(found: re.Match[str]) -> str:
        mark, words, address, anchor = found.groups(default="")
        aimed = (source.parent / address).resolve()
        if aimed in places:
            return f"{mark}[{words}]({relative(places[aimed], target)}{anchor})"
        if aimed == DOCS / "decisions":
            return f"[{words}]({relative('decisions/index.md', target)})"
        generated = (DOCS / target).parent / address
        if generated.resolve().is_relative_to(DOCS) and not aimed.exists():
            return found[0]
        return words

    return LINK.sub(place, text)


def relative(path: str, page_path: str) -> str:
    """The address of one file of the site from the page of another."""
    here, there = PurePosixPath(page_path).parent.parts, PurePosixPath(path).parts
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "/".join((*[".."] * (len(here) - same), *there[same:]))


def make_nav(packs: Nav, decisions: list[str], copied: set[str]) -> Nav:
    """What stands in the navigation, in order; a page that is not written yet is left out."""
    listed = {"index.md": "Home", "tutorial.md": "Tutorial", "how-to.md": "How to", "writing-a-pack.md": "Write a pack"}
    listed |= {"exporting.md": "Export a pack", "cluster.md": "Batches on a cluster", "interfaces.md": "Interfaces"}
    listed |= {"deploy.md": "Deploy", "explanation.md": "What an answer means"}
    listed |= {"reliability.md": "Reliability", "comparison.md": "Beside other tools"}
    guide = [{title: file} for file, title in listed.items() if file in copied]
    reference = [
        {"Commands": "reference/commands.md"},
        {"Intake and assessment": "reference/json.md"},
        {"Pack format": "reference/pack-format.md"},
        {"Findings": "reference/findings.md"},
    ]
    safety = [
        {"Intended use": "safety/intended-use.md"},
        {"Hazard log": "safety/hazard-log.md"},
        {"Safety case": "safety/safety-case.md"},
    ]
    project = [
        {"Architecture": "architecture.md"},
        {"Add to it": "extending.md"},
        {"Contributing": "contributing.md"},
        {"Changelog": "changelog.md"},
        {"Dependencies": "dependencies.md"},
        {"Licences": "licences.md"},
        {"Decisions": ["decisions/index.md", *({_title(path): path} for path in decisions)]},
    ]
    return [{"Guide": guide}, {"Reference": reference}, {"Packs": packs}, {"Safety": safety}, {"Project": project}]


def say_nav(value: Any) -> str:
    """Lists, tables and texts as TOML on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {say_nav(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(say_nav, value))}]"
    return json.dumps(value)


def _listed(path: str) -> str:
    return link(_title(path), path.removeprefix("decisions/"))


def _title(path: str) -> str:
    return (DOCS / path).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
