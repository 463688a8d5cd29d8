"""The bill of materials: what is not CycloneDX, or lists something else than what is locked, is not written."""

from __future__ import annotations

import json
import sysconfig
import venv
from pathlib import Path

import pytest

from supply.bom import BillError, compare, make_bom, validate


def test_a_bill_lists_what_is_installed_and_is_not_written_where_that_is_not_what_is_locked(tmp_path: Path) -> None:
    home = tmp_path / "home"
    venv.create(home, with_pip=False, symlinks=True)
    about = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages" / "thing-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.4\nName: Thing\nVersion: 1\n", encoding="utf-8")
    with pytest.raises(BillError, match=r"\(\+ only listed, - only locked\): \+thing 1, -annotated-doc "):
        make_bom(home / "bin" / "python", tmp_path / "bill.json")
    assert not (tmp_path / "bill.json").exists()


@pytest.mark.parametrize("change", [{"components": [{"name": "six"}]}, {"a": 1}])
def test_what_is_not_cyclonedx_is_refused_with_its_place(change: dict[str, object], tmp_path: Path) -> None:
    sound = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}
    (tmp_path / "bill.json").write_text(json.dumps(sound | change), encoding="utf-8")
    with pytest.raises(BillError, match=r"not CycloneDX 1\.6"):
        validate(tmp_path / "bill.json")


def test_what_a_bill_lists_too_many_or_too_few_is_named() -> None:
    with pytest.raises(BillError, match=r": \+b 2, -b 1$"):
        compare({("a", "1"), ("b", "2")}, {("a", "1"), ("b", "1")})
