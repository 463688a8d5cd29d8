"""Every case as a command of its own, and every call over a socket: `make hostile`. Says what came of each category."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from served import body_of, served, status_of

from hostile.calls import Call, list_calls
from hostile.case import Case
from hostile.collection import CASES
from hostile.running import find_wrong, run_apart


def judge(case: Case) -> tuple[str, str, list[str]]:
    if reason := case.needs():
        return case.category, f"{case}: {reason}", ["passed over"]
    with tempfile.TemporaryDirectory() as folder:
        return case.category, str(case), find_wrong(case, run_apart(case, Path(folder)), Path(folder))


def judge_calls(calls: list[Call]) -> list[tuple[str, str, list[str]]]:
    """The calls to the interface for programs, whose answers say what was read."""
    found = []
    with served("--limit", "rate=100000", "--limit", "burst=100000") as service:
        for call in calls:
            lines = [f"Content-Type: {call.kind}"] if call.kind else []
            answer = service.request(
                "POST", call.path, *lines, *(f"{name}: {value}" for name, value in call.headers), body=call.body
            )
            status = status_of(answer)
            is_right = (
                400 <= status < 500
                if call.answers is None
                else status == 200 and f'"answers": {{{"}" if not call.answers else ""}'.encode() in body_of(answer)
            )
            found.append(("HTTP", str(call), [] if is_right else [f"status {status}"]))
    return found


def main() -> int:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(judge, CASES))
    found += judge_calls([call for call in list_calls() if call.path == "/api/assess" and not call.headers])
    counts, wrong = (
        Counter(category for category, _, _ in found),
        Counter(category for category, _, what in found if what and what != ["passed over"]),
    )
    skipped = [name for _, name, what in found if what == ["passed over"]]
    for category, count in sorted(counts.items()):
        print(f"{category:28} {count:5} {wrong[category]:4} wrong")
    print(f"{'all':28} {counts.total():5} {wrong.total():4} wrong, {len(skipped)} passed over")
    for _, name, what in found:
        if what and what != ["passed over"]:
            print(f"\n{name}\n{what[0]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
