"""A pytest plugin: with CI=true a skipped test fails, because everything it needs must be there."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped, but not one that failed as expected (xfail)."""
    report = yield
    return report if hasattr(report, "wasxfail") else _failed_where_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that was skipped as a whole."""
    return _failed_where_skipped((yield))


def _failed_where_skipped(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With CI=true no test may be skipped. {reason}"
    return report
