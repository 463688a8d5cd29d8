"""What warning signs call for in something that cannot be used, for every set of them; and that one module alone says it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bare_pack import make_bare_pack
from oracle import SIGNS, alert
from typer.testing import CliRunner

from triage import Intake, IntakeError
from triage.alarms import NOW, find_alarm, find_alarm_of
from triage.cli import app
from triage.desk.form import Spot
from triage.desk.opening import open_files
from triage.errors import RequestError
from triage.intake import read_intake

if TYPE_CHECKING:
    from triage.pack import Pack

PACKAGE = Path(__file__).parent.parent / "triage"


def test_every_set_of_signs_calls_for_what_its_level_says_and_none_for_nothing(pack: Pack) -> None:
    assert pack.header.safety_net is not None
    texts = {level.level: level.text for level in pack.header.safety_net.levels}
    for count in range(len(SIGNS) + 1):
        for reported in combinations(SIGNS, count):
            level = alert({sign: "yes" if sign in reported else "no" for sign in SIGNS})
            answers = dict.fromkeys(reversed(reported), "YES ")
            for alarm in (
                find_alarm(pack, [*reported, *reported]),
                find_alarm_of(pack, Intake({"collapsed": "perhaps", **answers})),
            ):
                if not reported:
                    assert alarm is None
                    continue
                assert alarm is not None
                assert (alarm.level, alarm.signs) == (level, tuple(sign for sign in pack.question if sign in reported))
                labels = ", ".join(pack.question[sign].label for sign in alarm.signs)
                assert str(alarm) == f"{labels}: {texts[level]} Do not wait for the correction."


def test_what_is_no_sign_calls_for_nothing_and_so_does_a_pack_without_a_safety_net(pack: Pack, tmp_path: Path) -> None:
    assert find_alarm(pack, ["collapsed", "no-such-question"]) is None
    bare = make_bare_pack(tmp_path / "bare")
    assert find_alarm(bare, bare.question) is None


SLIPS = {
    "another key": b'{"answers": {"leg_weakness": "yes"}, "note": "x"}',
    "two answers": b'{"answers": {"stable": ["yes", "no"], "leg_weakness": "Yes"}}',
    "a reference that is none": b"answers: {leg_weakness: yes}\nreference: [a]\n",
    "sources that are none": b"answers: {leg_weakness: y}\nsources: patient\n",
}


@pytest.mark.parametrize("data", SLIPS.values(), ids=SLIPS)
def test_a_sign_in_a_file_that_has_not_the_form_of_an_intake_is_said(pack: Pack, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(IntakeError) as caught:
        read_intake(data, "intake")
    alarm = find_alarm_of(pack, Intake(caught.value.at("elsewhere").answers))
    assert alarm is not None
    file = tmp_path / "intake"
    file.write_bytes(data)
    said = CliRunner().invoke(app, ["assess", str(file)])
    assert isinstance(said.exception, RequestError)
    assert str(alarm) in str(said.exception)
    form, _ = open_files(pack, [("intake", data)])
    assert form.troubles
    assert form.answers == {Spot("leg_weakness"): "yes"}


def test_no_other_module_says_it_in_words_of_its_own() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".html")]
    saying = [path.name for path in files if NOW in path.read_text(encoding="utf-8")]
    assert saying == ["alarms.py"]
