"""Runs on a Ray cluster of two nodes on loopback: the same bytes as one machine writes, whichever node dies on the way."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from test_runs import ODD, draw_rows, expected_cells, read_table, run, write, write_table

from triage.batch import tabular
from triage.batch.cells import COLUMNS, Cells
from triage.batch.tabular import QUIET, TableFormat
from triage.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.pack import Pack

pytest.importorskip("daft", reason="Daft is not installed; it comes with the extra `cluster`")
pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra `cluster`")

KEEPER = """
import sys
from ray.cluster_utils import Cluster

memory = 100 << 20
cluster = Cluster(True, head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": memory})
nodes = [cluster.add_node(num_cpus=1, object_store_memory=memory) for _ in range(2)]
print(cluster.address, flush=True)
for line in sys.stdin:
    cluster.remove_node(nodes.pop(0), allow_graceful=False)
    print("killed", flush=True)
    nodes.append(cluster.add_node(num_cpus=1, object_store_memory=memory))
    print("replaced", flush=True)
for node in [*nodes, cluster.head_node]:
    cluster.remove_node(node)
"""


class Nodes:
    """A cluster of a head without processors and two nodes, kept by a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address = self._hear()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill_one(self) -> None:
        assert self._process.stdin is not None
        print("kill", file=self._process.stdin, flush=True)
        assert self._hear() == "killed"

    def wait_for_another(self) -> None:
        assert self._hear() == "replaced"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    # Coverage would start in every process of Ray, and those that are killed would leave it broken files.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")} | QUIET
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=env,
    )
    with process:
        try:
            yield Nodes(process)
        finally:
            import ray

            ray.shutdown()
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.batch import cluster

    monkeypatch.setattr(cluster, "ROWS_A_PIECE", 200)


def run_on(nodes: Nodes, *arguments: object) -> tuple[int, str, str]:
    return run(*arguments, "--engine", "ray", "--address", nodes.address)


def write_groups(path: Path, rows: Any, *, size: int = 100) -> Path:
    parquet.write_table(
        pa.Table.from_pylist(rows, schema=pa.schema(dict.fromkeys(rows[0], pa.string()))), path, row_group_size=size
    )
    return path


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    ("source", "target", "reading"),
    [("parquet", "parquet", "broad"), ("csv", "csv", "narrow"), ("jsonl", "csv", "broad"), ("parquet", "jsonl", "narrow")],
)
def test_every_partial_intake_comes_out_as_one_machine_and_assess_have_it(
    source: str, target: str, reading: str, nodes: Nodes, pack: Pack, tmp_path: Path
) -> None:
    rows = draw_rows()
    table = tmp_path / f"in.{source}"
    table = write_groups(table, rows) if source == "parquet" else write_table(table, rows)
    here, there = tmp_path / f"here.{target}", tmp_path / f"there.{target}"
    assert run(table, here, "--reading", reading)[0] == 0
    assert run_on(nodes, table, there, "--reading", reading)[0] == 0
    # Row groups of Parquet follow the pieces; all else is the same to the letter.
    assert target == "parquet" or there.read_bytes() == here.read_bytes()
    told = read_table(there)
    assert told == read_table(here)
    assert len(told) == len(rows) == 1_215
    for row, result in zip(rows, told, strict=True):
        assert {name: result[name] for name in row} == row
        assert Cells(*(result[name] for name in COLUMNS)) == expected_cells(pack, row, reading)
    assert {path.name for path in tmp_path.iterdir()} == {table.name, here.name, there.name}


@pytest.mark.usefixtures("small_pieces")
def test_parts_are_the_same_table_in_order_and_its_rejects_are_told_alike(nodes: Nodes, tmp_path: Path) -> None:
    rows = draw_rows()
    rows[3] |= {"collapsed": "perhaps", "bladder_bowel": "yes"}
    rows[1_000]["reference"] = "a b"
    source = write_groups(tmp_path / "in.parquet", rows)
    here, there = tmp_path / "here.parquet", tmp_path / "parts"
    assert run(source, here, "--rejects", tmp_path / "here.csv", "--prefix", "now_")[0] == 3
    code, _, said = run_on(nodes, source, f"{there}/", "--rejects", tmp_path / "there.csv", "--prefix", "now_")
    assert (code, "1,213 rows, 2 rows rejected" in said) == (3, True)
    names = [path.name for path in sorted(there.iterdir())]
    assert names == [f"part-{number:05}.parquet" for number in range(len(names))]
    assert len(names) > 1
    assert [row for name in names for row in read_table(there / name)] == read_table(here)
    assert parquet.read_schema(there / names[-1]) == parquet.read_schema(here)
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    code, _, said = run_on(nodes, source, f"{there}/", "--force")
    assert (code, "is there already and stays as it is" in said) == (2, True)


def test_odd_rows_lists_and_summaries_come_out_alike(nodes: Nodes, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ODD)
    made = {}
    for name, call in (("here", run), ("there", partial(run_on, nodes))):
        folder = tmp_path / name
        folder.mkdir()
        options = ("--rejects", folder / "r.csv", "--call-list", folder / "c.md", "--summary", folder / "s.html")
        assert call(source, folder / "out.csv", *options, "--sheets", folder / "sheets", "--format", "text")[0] == 3
        made[name] = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert made["there"] == made["here"]
    assert len(made["here"]) == 6
    code, _, said = run_on(nodes, source, tmp_path / "out.csv", "--strict")
    assert (code, "nothing was written" in said, (tmp_path / "out.csv").exists()) == (2, True, False)


def test_types_that_nobody_asks_about_come_back_as_they_were(nodes: Nodes, tmp_path: Path) -> None:
    table = pa.table({
        "collapsed": pa.array([True, None, False]),
        "vertebrae": pa.array([1, 17, None], pa.int8()),
        "fracture": pa.array(["yes", "no", None]).dictionary_encode(),
        "seen": pa.array([1, 2, None], pa.date32()),
        "at": pa.array([1, 2, None], pa.timestamp("ms", "UTC")),
        "cost": pa.array([None, 1, 2], pa.decimal128(10, 2)),
        "tags": pa.array([["a"], [], None]),
        "raw": pa.array([b"\0", None, b""]),
        "long": pa.array(["x", None, ""], pa.large_string()),
        "time": pa.array([1, None, 2], pa.time32("s")),  # which Daft does not hold
        "row": pa.array([1.5, None, 2.5], pa.float32()),
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "in.parquet")
    for name, call in (("here", run), ("there", partial(run_on, nodes))):
        assert call(tmp_path / "in.parquet", tmp_path / f"{name}.parquet")[0] == 0
    assert parquet.read_table(tmp_path / "there.parquet").equals(parquet.read_table(tmp_path / "here.parquet"))


def test_several_tables_some_empty_are_read_in_their_order(nodes: Nodes, tmp_path: Path) -> None:
    rows = draw_rows(30)
    for number, part in enumerate((rows[:10], rows[10:10], rows[10:])):
        columns = dict.fromkeys(rows[0], pa.string())
        parquet.write_table(pa.Table.from_pylist(part, schema=pa.schema(columns)), tmp_path / f"{number}.parquet")
    # A name with :// is for Daft alone, which reads files by such names too.
    for name, pattern in (("files", str(tmp_path)), ("stored", f"file://{tmp_path}")):
        assert run_on(nodes, f"{pattern}/[0-9].parquet", tmp_path / f"{name}.csv")[0] == 0
        assert [row["reference"] for row in read_table(tmp_path / f"{name}.csv")] == [f"case-{place}" for place in range(30)]
    write_table(tmp_path / "3.csv", rows[:5])
    for name, call in (("here", run), ("there", partial(run_on, nodes))):  # two formats in one run
        assert call(tmp_path / "0.parquet", tmp_path / "3.csv", tmp_path / f"{name}.parquet")[0] == 0
    assert parquet.read_table(tmp_path / "there.parquet").equals(parquet.read_table(tmp_path / "here.parquet"))
    assert run_on(nodes, tmp_path / "1.parquet", f"{tmp_path}/none/")[0] == 0
    assert [len(read_table(path)) for path in (tmp_path / "none").iterdir()] == [0]


def test_what_cannot_be_read_leaves_nothing(nodes: Nodes, tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", "collapsed,note\nyes,\n")
    bad = write(tmp_path / "b.csv", 'collapsed,note\nyes,"\nno,\n')
    code, _, said = run_on(nodes, good, bad, f"{tmp_path}/out/")
    assert (code, f"{bad}: " in said and "quotation mark" in said) == (2, True)
    code, _, said = run_on(nodes, write(tmp_path / "c.csv", "colapsed\nyes\n"), tmp_path / "out.csv")
    assert (code, 'Did you mean "collapsed"?' in said) == (2, True)
    parquet.write_table(pa.table({"collapsed": ["yes"], "time": pa.array([1], pa.time32("s"))}), tmp_path / "d.parquet")
    code, _, said = run_on(nodes, f"file://{tmp_path}/d.parquet", tmp_path / "out.csv")
    assert (code, "d.parquet: cannot be read as Parquet" in said) == (2, True)
    code, _, said = run_on(nodes, f"file://{tmp_path}/none.parquet", tmp_path / "out.csv")
    assert code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "b.csv", "c.csv", "d.parquet"}


@pytest.mark.usefixtures("small_pieces")
def test_a_node_that_dies_midway_is_made_up_for_or_told_of(nodes: Nodes, tmp_path: Path) -> None:
    source = write_groups(tmp_path / "in.parquet", draw_rows() * 40, size=1_215)
    here, there = tmp_path / "here.parquet", tmp_path / "parts"
    assert run(source, here)[0] == 0
    killed = threading.Thread(target=kill_when_some_is_there, args=(nodes, tmp_path))
    killed.start()
    code, _, said = run_on(nodes, source, f"{there}/")
    killed.join()
    nodes.wait_for_another()
    if code == 0:
        assert [row for path in sorted(there.iterdir()) for row in read_table(path)] == read_table(here)
    else:
        assert (code, "the cluster did not come to an end" in said, there.exists()) == (2, True, False)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".triage-")]


def kill_when_some_is_there(nodes: Nodes, folder: Path) -> None:
    while len([*folder.glob(".triage-*.part/*")]) < 3 and not (folder / "parts").exists():
        time.sleep(0.01)
    nodes.kill_one()


def test_without_a_cluster_the_command_says_so_and_writes_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "collapsed\nyes\n")
    command = [sys.executable, "-m", "triage", "batch", str(source), str(tmp_path / "out.csv"), "--engine", "ray"]
    # Without an address Ray goes by this variable, and else by what it has noted of a cluster that may have ended.
    there = {**os.environ, "RAY_ADDRESS": "127.0.0.1:9"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=there)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, line.startswith("triage: no Ray cluster answers at")) == (2, True), done.stderr
    assert "Connection refused" in line
    assert not (tmp_path / "out.csv").exists()


def test_whoever_is_no_cluster_is_told_at_once_from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.batch import cluster

    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr(cluster, "WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, http_server() as other:
        for port, why in (
            (9, "Connection refused"),
            (silent.getsockname()[1], "no answer in 0.2 seconds"),
            (other, "no cluster"),
        ):
            with pytest.raises(RequestError, match=f"no Ray cluster answers at .*{why}"):
                cluster.connect(f"127.0.0.1:{port}")


@contextmanager
def http_server() -> Iterator[int]:
    """Something that listens and is no cluster."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out.csv", "--address", "auto"), "--address names a cluster"),
        (("-", "--engine", "ray"), "no standard input or output of yours"),
        (("out/", "--engine", "ray", "--summary", "s.html"), "name one file as OUTPUT"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    code, _, error = run(write(tmp_path / "in.csv", "collapsed\nyes\n"), *arguments)
    assert (code, said in error) == (2, True)


def test_without_the_extra_the_message_has_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, error = run(write(tmp_path / "in.csv", "collapsed\nyes\n"), tmp_path / "out.csv", "--engine", "ray")
    assert (code, error) == (2, tabular.INSTALL_CLUSTER)


def test_row_groups_make_pieces_of_enough_rows_and_lose_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.batch import cluster

    monkeypatch.setattr(cluster, "ROWS_A_PIECE", 10)
    assert [*cluster.cut_groups([4, 6, 0, 20, 3])] == [(0, (0, 1)), (10, (2, 3)), (30, (4,))]
    assert [*cluster.cut_groups([0, 0])] == []


def make_work(pack: Pack, place: Path, **changed: Any) -> Any:
    from importlib.metadata import version

    from triage.batch.workers import Asked, Piece, Work
    from triage.library import FILES

    files = {name: (Path(pack.folder) / name).read_bytes() for name in FILES}
    piece, shape = Piece(0, "in.parquet", 5), ("in.parquet", pa.schema({"collapsed": pa.string()}))
    work = Work(
        version("vcf-triage"), files, pack.digest, Asked(), (piece,), (shape,), "row", {}, str(place), None, TableFormat.csv
    )
    return work._replace(**changed)


def write_as_worker(work: Any, table: Any) -> list[Any]:
    from daft.recordbatch import MicroPartition

    from triage.batch.workers import Worker

    return [written.result for written in Worker(work).write(iter([MicroPartition.from_arrow(table)]))]


ARRIVED = pa.table(
    {"collapsed": pa.array(["yes", "no", "perhaps", None], pa.large_string()), "row": pa.array([7, 8, 3, 4], pa.uint64())}
)


def test_a_worker_keeps_rows_apart_that_do_not_follow_upon_each_other(pack: Pack, tmp_path: Path) -> None:
    from triage.batch import spool

    parts = write_as_worker(make_work(pack, tmp_path), ARRIVED)
    assert [(part.start, part.read, part.rows, part.rejected) for part in parts] == [(7, 2, 2, 0), (3, 2, 1, 1)]
    (batch,) = spool.take(tmp_path / parts[1].name)
    assert [(reject.row, reject.value) for reject in batch.rejects] == [(9, "perhaps")]
    assert (batch.batch.record.to_pylist(), batch.batch.number([0])) == ([{"collapsed": None}], [10])


@pytest.mark.parametrize(
    ("changed", "said", "of_engine"),
    [
        ({"version": "0"}, "install the same", False),
        ({"folder": "/none"}, "a worker does not see", False),
        ({"digest": "0" * 64}, "and it was sent as 0000", True),
    ],
)
def test_a_worker_that_is_not_as_it_has_to_be_says_so(
    changed: dict[str, Any], said: str, of_engine: object, pack: Pack, tmp_path: Path
) -> None:
    (failure,) = write_as_worker(make_work(pack, tmp_path, **changed), ARRIVED)
    assert (said in failure.message, failure.of_engine) == (True, of_engine)


def test_rows_that_are_missing_or_come_twice_end_the_run(pack: Pack, tmp_path: Path) -> None:
    from triage.batch.cluster import ClusterRun, Sites, open_inputs
    from triage.batch.workers import Asked, Part
    from triage.errors import EngineFault

    source = str(write_groups(tmp_path / "in.parquet", draw_rows(10), size=5))
    tables = open_inputs([source], pack)
    cluster_run = ClusterRun(pack, tables, Sites((source,), {}, tmp_path, None, TableFormat.csv), asked=Asked())
    pieces = cluster_run._cut()
    first, second = (Part(0, start, "name", 5, 5, 0, 0) for start in (0, 5))
    assert cluster_run._check_parts(pieces, [second, first]) == [first, second]
    for parts in ([first], [second], [first, first, second], []):
        with pytest.raises(EngineFault, match="the cluster brought"):
            cluster_run._check_parts(pieces, parts)
    tables[0].close()
