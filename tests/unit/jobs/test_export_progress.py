import pytest

from qlines.clock import FakeClock
from qlines.jobs.export_progress import ROWS_AT_A_TIME, noting_progress, percent_of
from qlines.store.points import Point


@pytest.mark.parametrize(
    ("ts_us", "percent"), [(1000, 0), (1500, 50), (1999, 99), (2000, 100), (5, 0), (9999, 100)]
)
def test_the_percentage_is_the_share_of_the_range_before_a_row(ts_us: int, percent: int) -> None:
    assert percent_of(ts_us, 1000, 2000) == percent


def test_a_range_of_no_length_has_a_percentage() -> None:
    assert percent_of(5, 5, 5) == 0


def test_progress_is_noted_at_most_once_a_second() -> None:
    clock, noted = FakeClock(), list[int]()
    total = 4 * ROWS_AT_A_TIME
    rows = (Point(number, "t", 1) for number in range(1, total + 1))

    for count, row in enumerate(noting_progress(rows, 0, total, noted.append, clock), 1):
        assert row.ts_us == count
        if count in (1, 3 * ROWS_AT_A_TIME - 1):
            clock.advance(1)

    assert noted == [25, 75]
