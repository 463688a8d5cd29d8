"""`triage batch --engine ray` on two workers, against Daft on Ray reading and writing alone: `python benchmarks/cluster.py`

A cluster of a head without processors and two nodes of one processor each is started on loopback and kept. The floor reads the
same pieces of the same file and writes it with one constant column more, as parts; so does the batch. Each side is a process of
its own that joins the cluster, lets the workers start, and is measured from then on; the sides take turns. CPU is that of all
processes of the cluster and of the side. A ratio is the median of the ratios within a round. What more nodes do not shorten is
the time by the clock that the batch takes for a thousandth of the rows: planning, loading the pack and finding the profiles on
each worker, naming the parts. `--whole` adds one file, which this machine alone writes, and `--stored` parts of what Daft reads,
as it does from an object store; elsewhere the workers read files themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from batch import make

QUIET = {"DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "DAFT_PROGRESS_BAR": "0"}
FLOOR, PARTS = "floor: Daft on Ray", "triage batch, parts"
WHOLE, STORED = "triage batch, one file", "triage batch, stored"
TICKS = os.sysconf("SC_CLK_TCK")


def count_cpu(root: int) -> float:
    """Seconds that a process and all below it have used, those among them that have ended and were waited for."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(map(int, fields[11:15])) / TICKS
    below = {root}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(used.get(pid, 0.0) for pid in below)


def run_floor(source: Path, target: str) -> None:
    import daft
    from pyarrow import parquet

    from triage.batch.cluster import cut_groups

    metadata = parquet.ParquetFile(source).metadata
    pieces = [*cut_groups([metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)])]
    frame = daft.read_parquet([str(source)] * len(pieces), row_groups=[[*groups] for _, groups in pieces])
    frame.with_column("constant", daft.lit("constant")).write_parquet(target)


def run_side(name: str, source: Path, target: str, address: str, root: int) -> None:
    """One side, and what it cost, on standard output."""
    import daft

    from triage.batch.cluster import connect
    from triage.cli import app

    connect(address)
    daft.from_pydict({"number": [0, 1]}).into_partitions(2).with_column("one", daft.lit(1)).collect()  # the workers start
    used, begun = count_cpu(root), time.perf_counter()
    if name == FLOOR:
        run_floor(source, target)
    else:
        read = f"file://{source}" if name == STORED else str(source)
        app(
            ["batch", "--quiet", read, target, "--engine", "ray", "--output-format", "parquet"],
            standalone_mode=False,
        )
    print(json.dumps({"cpu": count_cpu(root) - used, "wall": time.perf_counter() - begun}))


def keep_cluster() -> None:
    """Starts the cluster, says where it is, and ends it when standard input ends."""
    from ray.cluster_utils import Cluster

    memory = 512 << 20
    cluster = Cluster(True, head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": memory})
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=memory)
    print(cluster.address, flush=True)
    sys.stdin.read()
    for node in [*cluster.worker_nodes, cluster.head_node]:
        cluster.remove_node(node)


def measure(names: list[str], source: Path, folder: Path, address: str, round_: int) -> dict[str, dict[str, float]]:
    costs = {}
    for name in names:
        target = folder / f"{round_}-{names.index(name)}{'.parquet' if name == WHOLE else ''}"
        shown = str(target) if name == WHOLE else f"{target}/"
        command = [sys.executable, __file__, "--side", name, str(source), shown, address, str(os.getpid())]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        costs[name] = json.loads(said.splitlines()[-1])
        subprocess.run(["rm", "-rf", str(target)], check=True)
    return costs


def render(rounds: list[dict[str, dict[str, float]]]) -> str:
    lines = [f"{'':28}{'CPU s':>9}{'x floor':>9}{'wall s':>9}{'x floor':>9}"]
    for name in rounds[0]:
        line = f"{name:28}"
        for kind in ("cpu", "wall"):
            line += f"{statistics.median(costs[name][kind] for costs in rounds):9.2f}"
            line += f"{statistics.median(costs[name][kind] / costs[FLOOR][kind] for costs in rounds):9.2f}"
        lines.append(line)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="The cost of a batch on a cluster, beside reading and writing alone.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--kind", default="skewed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="also one file, written from what comes back")
    parser.add_argument("--stored", action="store_true", help="also parts of what Daft reads")
    parser.add_argument("--folder", type=Path, help="where files are kept, for another time")
    parser.add_argument("--side", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.update(QUIET)
    if options.keep:
        keep_cluster()
        return
    if options.side:
        name, source, target, address, root = options.side
        run_side(name, Path(source), target, address, int(root))
        return
    names = [FLOOR, PARTS, *([WHOLE] if options.whole else []), *([STORED] if options.stored else [])]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        source = folder / f"{options.kind}-{options.rows}.parquet"
        if not source.exists():
            make(source, options.rows, options.kind)
        keeper = subprocess.Popen([sys.executable, __file__, "--keep"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        address = keeper.stdout.readline().strip()
        rounds: list[Any] = []
        fixed: list[float] = []
        small = folder / f"{options.kind}-{options.rows // 1000}.parquet"
        if not small.exists():
            make(small, options.rows // 1000, options.kind)
        for number in range(options.rounds):
            rounds.append(measure(names, source, Path(temporary), address, number))
            fixed.append(measure([PARTS], small, Path(temporary), address, number)[PARTS]["wall"])
            print(json.dumps(rounds[-1]), fixed[-1], file=sys.stderr, flush=True)
        keeper.stdin.close()
        keeper.wait()
    print(f"{options.rows:,} rows, {options.kind}, Parquet, two workers, median of {options.rounds}\n{render(rounds)}")
    alone, wall = statistics.median(fixed), statistics.median(costs[PARTS]["wall"] for costs in rounds)
    grown = ", ".join(f"{nodes} nodes {alone + (wall - alone) * 2 / nodes:.1f} s" for nodes in (4, 8, 16))
    print(f"more nodes do not shorten {alone:.1f} s of {wall:.1f} s ({alone / wall:.0%}); at that rate: {grown}")


if __name__ == "__main__":
    main()
