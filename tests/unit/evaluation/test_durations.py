import pytest

from qlines.evaluation.durations import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (0.5, "0.5 seconds"),
        (1, "1 second"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (90, "1 minute 30 seconds"),
        (300, "5 minutes"),
        (5_400, "1 hour 30 minutes"),
        (3_601, "1 hour"),
        (86_400, "1 day"),
        (604_800, "7 days"),
        (90_000, "1 day 1 hour"),
        (90_061, "1 day 1 hour"),
    ],
)
def test_it_says_a_duration_in_at_most_two_units(seconds, words):
    assert duration(seconds) == words
