"""Waiting for a condition: the deadline, its reason, and failures of another kind."""

import pytest
import requests

from qlines.clock import FakeClock
from tests.harness import deadline
from tests.harness.deadline import DeadlineError, assert_none_lost, eventually, stays


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    """Test the same whatever QLINES_TEST_PATIENCE is."""
    monkeypatch.setattr(deadline, "PATIENCE", 1.0)


def test_the_first_true_value_is_returned():
    values = iter([None, "", "ready"])

    assert eventually(lambda: next(values), 5, "it is ready", pause_seconds=0) == "ready"


def test_a_missed_deadline_says_what_was_awaited_and_what_was_seen():
    with pytest.raises(DeadlineError, match="it is stored: not within 0 s; last seen: 0"):
        eventually(lambda: 0, 0, "it is stored")


def test_a_connection_error_is_not_yet():
    answers = iter([requests.ConnectionError("refused"), 200])

    def ask():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert eventually(ask, 5, "it answers", pause_seconds=0) == 200


def test_a_wrong_value_inside_the_condition_is_raised_at_once():
    def count():
        assert 1 == 2, "a duplicate"

    with pytest.raises(AssertionError, match="a duplicate") as raised:
        eventually(count, 5, "it is stored")

    assert not isinstance(raised.value, DeadlineError)


def test_a_deadline_is_shorter_than_a_test_may_take():
    assert deadline.MAX_DEADLINE_SECONDS < deadline.TEST_SECONDS
    with pytest.raises(ValueError, match="at most 240 s, got 241"):
        eventually(lambda: True, 241, "it is ready")


def test_patience_makes_a_deadline_longer_and_is_named(monkeypatch):
    monkeypatch.setattr(deadline, "PATIENCE", 3.0)

    with pytest.raises(DeadlineError, match=r"not within 0\.01 s × patience 3"):
        eventually(lambda: False, 0.01, "it is ready", pause_seconds=0)


def test_what_stays_is_looked_at_until_the_end(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr("tests.harness.deadline.time", clock)
    began_at = clock.monotonic()
    looks = []

    stays(lambda: looks.append(1) or True, 0.15, "it is running")

    assert len(looks) == 2
    assert clock.monotonic() > began_at + 0.15


def test_what_does_not_stay_fails_at_once():
    with pytest.raises(AssertionError, match="it is running: no longer true within 60 s"):
        stays(lambda: False, 60, "it is running")


def test_nothing_is_lost_when_every_number_is_stored():
    assert_none_lost({1, 2}, lambda: {1, 2, 3}, seconds=0)


def test_a_loss_is_counted_and_is_no_missed_deadline():
    with pytest.raises(AssertionError, match=r"2 of 3 .* after 0 s, among them \[1, 2\]") as raised:
        assert_none_lost({1, 2, 3}, lambda: {3}, seconds=0)

    assert not isinstance(raised.value, DeadlineError)
