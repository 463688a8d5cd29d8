"""The pictures of the documents, made again from what the program says: `make pictures`

A sheet of every example, as its PDF looks, a terminal with the beginning and the end of an interview, and the desk in a browser.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import typst
from desk import draw_desk

from triage import assess, load_pack
from triage.intake import read_intake
from triage.page import typeset
from triage.report import compose

HERE = Path(__file__).parent
ANSWERS = ["n"] * 7 + [
    "yes by report",
    "yes by patient",
    "osteoporosis by clinician",
    "yes by report",
    "?",
    "no by clinician",
    "a",
    "skip",
]
SHOWN = 26


def draw_sheets() -> None:
    pack = load_pack()
    for example in sorted(Path(pack.folder, "examples").glob("*.yaml")):
        assessment = assess(pack, read_intake(example.read_bytes(), example.name))
        summary, parts = compose([assessment], pack)
        source, _ = typeset(pack.header.title, parts, summary)
        picture = typst.compile(source.encode(), format="png", ppi=130.0, ignore_system_fonts=True)
        (HERE / f"sheet-{example.stem}.png").write_bytes(picture[0] if isinstance(picture, list) else picture)


def draw_interview() -> None:
    talk = subprocess.run(
        [sys.executable, "-m", "triage", "interview"],
        input="\n".join(ANSWERS) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout
    questions = talk.split("\nanswer>")
    typed = [f"{question}\nanswer> {answer}" for question, answer in zip(questions, ANSWERS, strict=False)]
    chosen = "".join([typed[0], "\n\n[…]\n", typed[10], "\n\n[…]\n", *(questions[-1].splitlines(keepends=True)[:SHOWN])])
    wrapped = (textwrap.fill(line, 80, break_on_hyphens=False) if len(line) > 80 else line for line in chosen.split("\n"))
    literal = "\n".join(wrapped).strip("\n").replace("\\", "\\\\").replace('"', '\\"')
    source = f"""#set page(width: 172mm, height: auto, margin: 5mm, fill: rgb("#111"))
#set text(fill: rgb("#eee"), size: 9pt)
#raw("{literal}", block: true)"""
    picture = typst.compile(source.encode(), format="png", ppi=160.0, ignore_system_fonts=True)
    (HERE / "interview.png").write_bytes(picture[0] if isinstance(picture, list) else picture)


if __name__ == "__main__":
    draw_sheets()
    draw_interview()
    draw_desk()
