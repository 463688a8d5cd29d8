"""Whether every test that the hazard log names has passed, told at the end of a run of the whole suite.

So nothing runs twice. A test that is missing, was skipped or is expected to fail proves nothing, and neither does one of which
only some parameters passed. A run of a part of the suite is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest

from publish.hazards import Hazard


def is_whole(config: pytest.Config) -> bool:
    """Whether every test is run, in this process or in others that report to it."""
    chosen = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "failedfirst", "stepwise", "collectonly")
    is_reporting = not hasattr(config, "workerinput")
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return is_reporting and is_all and not any(config.getoption(name, None) for name in chosen)


def find_unproven(hazards: Iterable[Hazard], outcomes: Mapping[str, set[str]]) -> list[str]:
    """Each hazard and test of it that did not pass, with what became of it."""
    named = [(hazard, test) for hazard in hazards for control in hazard.controls for test in control.tests]
    return [
        f"{hazard.hazard}: {test} {', '.join(sorted(became - {'passed'}))}"
        for hazard, test in dict.fromkeys(named)
        if (became := outcomes.get(test, {"is not there"})) != {"passed"}
    ]


class Proof:
    """A plugin of pytest. The log is read when the tests are done, so that a broken one keeps none of them from running."""

    def __init__(self, read: Callable[[], Iterable[Hazard]]) -> None:
        self.read = read
        self.outcomes: dict[str, set[str]] = {}
        self.unproven: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            became = "is expected to fail" if hasattr(report, "wasxfail") else report.outcome
            self.outcomes.setdefault(report.nodeid.partition("[")[0], set()).add(became)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.unproven = find_unproven(self.read(), self.outcomes)
        if self.unproven and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.unproven:
            terminalreporter.section("hazards not proven", red=True)
            terminalreporter.write_line("\n".join(self.unproven))
