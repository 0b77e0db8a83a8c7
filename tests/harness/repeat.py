"""A pytest plugin: repeat a container test once when it missed a deadline, and for no other reason.

A busy machine makes a right answer late, never wrong. So a test of the folders integration/ and
scenarios/ is run a second time only when each of its failures is a DeadlineError, or Playwright's
for a click that came to nothing; or when the browser lost a part of the page because containers of
other tests had changed the machine's network, see note_lost_part(). What was repeated is printed at
the end of the run, with both outcomes; unit tests are never repeated.
"""

from collections.abc import Generator

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.harness.deadline import DeadlineError

MARKERS = ("integration", "scenario")
REPEATED = "repeated"
MISSED = (DeadlineError, PlaywrightTimeoutError)

_failures = pytest.StashKey[list[BaseException]]()
_seen = pytest.StashKey[list[BaseException]]()
_lost_parts = pytest.StashKey[list[str]]()


def note_lost_part(item: pytest.Item, address: str) -> None:
    """Note that the browser lost what it was loading from this address, by no fault of ours."""
    item.stash.setdefault(_lost_parts, []).append(address)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember why a phase of a test failed: a report holds the text only."""
    report = yield
    if report.failed and call.excinfo is not None:
        item.stash.setdefault(_failures, []).append(call.excinfo.value)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a container test, and run it again when it only missed a deadline or a part of a page."""
    if not any(item.get_closest_marker(name) for name in MARKERS):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports, is_late = _run(item, nextitem)
    if is_late:
        for report in reports:
            if report.failed:
                report.outcome = REPEATED  # type: ignore[assignment]  # a category of our own
        _publish(item, reports)
        _finish_failed_fixtures(item)
        reports, _ = _run(item, nextitem)
    _publish(item, reports)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _run(item: pytest.Item, nextitem: pytest.Item | None) -> tuple[list[pytest.TestReport], bool]:
    """Run a test; return its reports, and whether it only missed deadlines that are new.

    pytest raises the same exception for each test of a shared fixture that failed. Such a fixture
    is set up again once, not once for each of its tests.
    """
    failures = item.stash[_failures] = []
    item.stash[_lost_parts] = []
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    seen = item.config.stash.setdefault(_seen, [])
    reasons = (*MISSED, AssertionError) if item.stash[_lost_parts] else MISSED
    is_late = bool(failures) and all(
        isinstance(failure, reasons) and failure not in seen for failure in failures
    )
    seen += failures
    return reports, is_late


def _finish_failed_fixtures(item: pytest.Item) -> None:
    """Make pytest forget the fixtures that failed, so that it sets them up again."""
    item._initrequest()  # type: ignore[attr-defined]  # the request of the first run is gone
    fixtures = item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
    for fixture in [fixture for definitions in fixtures for fixture in definitions]:
        if fixture.cached_result and fixture.cached_result[2]:
            fixture.finish(item._request)  # type: ignore[attr-defined]


def _publish(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Give a failure that was not the last word a letter and a category of its own."""
    if str(report.outcome) != REPEATED:
        return None
    return REPEATED, "R", ("REPEATED", {"yellow": True})


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why tests were repeated, and their names as the last thing before pytest's summary."""
    repeated = terminalreporter.getreports(REPEATED)
    if not repeated:
        return
    terminalreporter.write_sep("=", "REPEATED")
    for report in repeated:
        terminalreporter.write_sep("_", report.head_line or report.nodeid, yellow=True)
        report.toterminal(terminalreporter._tw)
    failed = {
        report.nodeid
        for name in ("failed", "error")
        for report in terminalreporter.getreports(name)
    }
    terminalreporter.write_sep("=", f"{len(repeated)} repeated because of a deadline", yellow=True)
    for report in repeated:
        outcome = "FAILED AGAIN" if report.nodeid in failed else "passed then"
        terminalreporter.write_line(f"REPEATED {report.nodeid}: {outcome}")
