import pytest

from qlines.ingest.pace import seconds_between_turns


@pytest.mark.parametrize(
    ("rate", "seconds"), [(1, 0.02), (500, 0.025), (1_000, 0.05), (25_000, 0.1)]
)
def test_it_lets_batches_grow_with_the_load(rate, seconds):
    assert seconds_between_turns(rate, 1.0) == pytest.approx(seconds)


def test_it_does_not_wait_long_after_a_pause():
    assert seconds_between_turns(1, float("inf")) == 0.02
