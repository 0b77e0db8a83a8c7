import pytest

from qlines.ingest.batching_delay import seconds_between_batches


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        (1, 0.02),
        (500, 0.025),
        (1_000, 0.05),
        (5_000, 0.05),
        (7_500, 0.075),
        (10_000, 0.1),
        (65_000, 0.1),
    ],
)
def test_the_delay_grows_with_the_message_rate(rate, seconds):
    assert seconds_between_batches(rate, 1.0) == pytest.approx(seconds)


def test_a_device_at_its_limit_beside_others_at_most_doubles_the_delay():
    assert seconds_between_batches(500 + 2_000, 1.0) <= 2 * seconds_between_batches(500, 1.0)


def test_the_delay_is_short_after_a_pause():
    assert seconds_between_batches(1, float("inf")) == 0.02
