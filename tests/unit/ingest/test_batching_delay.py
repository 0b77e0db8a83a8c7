import pytest

from qlines.ingest.batching_delay import seconds_between_batches


@pytest.mark.parametrize(
    ("rate", "seconds"), [(1, 0.02), (500, 0.025), (1_000, 0.05), (25_000, 0.1)]
)
def test_the_delay_grows_with_the_message_rate(rate, seconds):
    assert seconds_between_batches(rate, 1.0) == pytest.approx(seconds)


def test_the_delay_is_short_after_a_pause():
    assert seconds_between_batches(1, float("inf")) == 0.02
