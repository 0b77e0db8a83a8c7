import pytest

from qlines.jobs.dispatch.attempts import DELAYS_SECONDS, next_delay_seconds


def test_the_attempts_are_those_of_standard_webhooks():
    delays = [next_delay_seconds(failed, 0, lambda: 0.0) for failed in range(1, 11)]

    hours = [3600 * hours for hours in (2, 5, 10, 14, 20, 24)]
    assert delays == [5, 300, 1800, *hours, None]
    assert len(DELAYS_SECONDS) == 9


def test_jitter_makes_them_up_to_a_tenth_longer():
    assert next_delay_seconds(2, 0, lambda: 1.0) == pytest.approx(330)


def test_what_the_receiver_asks_for_is_the_least():
    assert next_delay_seconds(1, 30, lambda: 0.0) == 30
    assert next_delay_seconds(2, 30, lambda: 0.0) == 300
