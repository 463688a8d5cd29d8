"""The block for Spark in the documents, run as it stands: it is right where it agrees with `assess`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_runs import draw_rows, expected_cells

from triage.batch.cells import COLUMNS, Cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack

pytest.importorskip("pyspark", reason="pyspark is not installed; `make spark` installs it and runs this")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not here"),
    pytest.mark.filterwarnings("default"),
]
PAGE = Path(__file__).parent.parent.parent / "docs" / "cluster.md"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[2]")
    quiet = {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    for name, value in quiet.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def block() -> dict[str, Any]:
    """What the block defines, as it would in a notebook: Spark sends what is defined there along by value."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    defined: dict[str, Any] = {"__name__": "__main__"}
    exec(code, defined)
    return defined


def test_the_documented_block_gives_what_assess_gives(spark: Any, block: dict[str, Any], pack: Pack) -> None:
    rows = draw_rows()
    frame = spark.createDataFrame(rows, ", ".join(f"{name} string" for name in rows[0])).repartition(3)
    told = {row["reference"]: row.asDict() for row in block["assess_frame"](frame).collect()}
    assert len(told) == len(rows) == 1_215
    for row in rows:
        result = told[str(row["reference"])]
        assert tuple(result) == (*row, *COLUMNS)
        assert Cells(*(result[name] for name in COLUMNS)) == expected_cells(pack, row)
