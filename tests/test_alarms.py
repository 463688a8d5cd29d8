"""What warning signs call for in something that cannot be used, for every set of them; and that one module alone says it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from bare_pack import make_bare_pack
from oracle import SIGNS, alert

from triage import Intake
from triage.alarms import NOW, find_alarm, find_alarm_of

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


def test_no_other_module_says_it_in_words_of_its_own() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".html")]
    saying = [path.name for path in files if NOW in path.read_text(encoding="utf-8")]
    assert saying == ["alarms.py"]
