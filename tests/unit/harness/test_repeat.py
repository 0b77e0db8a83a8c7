"""Only a missed deadline is repeated, once, and the log says so."""

import pytest

HEADER = """
import pytest
from tests.harness.deadline import DeadlineError, eventually

pytestmark = pytest.mark.{marker}
runs = []
"""
LATE_ONCE = """
def test_it():
    runs.append(1)
    eventually(lambda: len(runs) > 1, 0, "the message is stored")
"""


@pytest.fixture
def run(pytester):
    """Return a function that runs one test file with the plugin."""

    def run_file(text, *, marker="scenario"):
        pytester.makeini("[pytest]\nmarkers =\n    integration\n    scenario\n    slow\n")
        pytester.makepyfile(HEADER.format(marker=marker) + text)
        return pytester.runpytest_inprocess("-p", "tests.harness.repeat", "-p", "no:randomly")

    return run_file


@pytest.mark.parametrize("marker", ["integration", "scenario"])
def test_a_missed_deadline_is_repeated_once(run, marker):
    result = run(LATE_ONCE, marker=marker)

    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 1, "repeated": 1}


def test_a_click_that_came_to_nothing_is_repeated_once(run):
    result = run("""
from playwright.sync_api import TimeoutError as ClickTimeoutError

def test_it():
    runs.append(1)
    if len(runs) == 1:
        raise ClickTimeoutError("Locator.click: Timeout 15000ms exceeded.")
""")

    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 1, "repeated": 1}


LOST_ONCE = """
from tests.harness.repeat import note_lost_part

def test_it(request):
    runs.append(1)
    if len(runs) == {lost}:
        note_lost_part(request.node, "/static/js/controls.js")
    assert len(runs) > 1, "the controls are shown"
"""


def test_a_page_of_which_a_part_was_lost_on_the_way_is_repeated_once(run):
    result = run(LOST_ONCE.replace("{lost}", "1"))

    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 1, "repeated": 1}


def test_a_page_that_was_whole_and_wrong_is_not_repeated(run):
    result = run(LOST_ONCE.replace("{lost}", "0"))

    assert result.ret == 1
    assert result.parseoutcomes() == {"failed": 1}


def test_the_last_lines_name_what_was_repeated_and_why(run):
    result = run(LATE_ONCE)

    result.stdout.fnmatch_lines(
        [
            "*DeadlineError: the message is stored: not within 0 s*",
            "*1 repeated because of a deadline*",
            "REPEATED *::test_it: passed then",
            "*1 passed, 1 repeated*",
        ]
    )
    assert any("REPEATED" in line for line in result.outlines[-2:])


def test_two_missed_deadlines_fail(run):
    result = run("def test_it():\n    eventually(lambda: False, 0, 'it is stored')\n")

    assert result.ret == 1
    assert result.parseoutcomes() == {"failed": 1, "repeated": 1}
    result.stdout.fnmatch_lines(["REPEATED *::test_it: FAILED AGAIN"])


@pytest.mark.parametrize(
    "failure",
    [
        "assert 1 == 2",
        "raise RuntimeError('broken')",
        "pytest.fail('not within 5 s')",
        "eventually(lambda: pytest.fail('a wrong answer'), 5, 'it is stored')",
    ],
)
def test_a_wrong_value_is_never_repeated(run, failure):
    result = run(f"def test_it():\n    runs.append(1)\n    if len(runs) == 1:\n        {failure}\n")

    assert result.ret == 1
    assert result.parseoutcomes() == {"failed": 1}


def test_a_loss_is_never_repeated(run):
    result = run(
        """
from tests.harness.deadline import assert_none_lost

def test_it():
    runs.append(1)
    assert_none_lost({1, 2}, lambda: {1} if len(runs) == 1 else {1, 2}, seconds=0)
"""
    )

    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*1 of 2 acknowledged messages are not stored*[[]2[]]*"])


def test_a_wrong_value_after_the_deadline_counts(run):
    result = run(
        """
@pytest.fixture
def broker():
    yield
    assert len(runs) > 1, "the sanitizer found something"

def test_it(broker):
    runs.append(1)
    eventually(lambda: len(runs) > 1, 0, "it is stored")
"""
    )

    assert result.parseoutcomes() == {"failed": 1, "errors": 1}


def test_a_unit_test_is_never_repeated(run):
    result = run(LATE_ONCE, marker="slow")

    assert result.parseoutcomes() == {"failed": 1}


def test_a_shared_fixture_that_was_late_is_set_up_again_once(run):
    result = run(
        """
@pytest.fixture(scope="session")
def appliance():
    runs.append(1)
    eventually(lambda: len(runs) > 1, 0, "it is ready")

def test_one(appliance):
    assert len(runs) == 2

def test_two(appliance):
    assert len(runs) == 2
"""
    )

    assert result.parseoutcomes() == {"passed": 2, "repeated": 1}


def test_a_shared_fixture_that_is_late_twice_is_not_waited_for_again(run):
    result = run(
        """
@pytest.fixture(scope="session")
def appliance():
    runs.append(1)
    eventually(lambda: False, 0, "it is ready")

def test_one(appliance):
    pass

def test_two(appliance):
    pass

def teardown_module():
    assert len(runs) == 2
"""
    )

    assert result.parseoutcomes() == {"errors": 2, "repeated": 1}
