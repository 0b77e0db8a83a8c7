from qlines.reading import Reading
from qlines.writer.split_by_partition import split_by_partition

DAY_US = 86_400_000_000


def reading(ts_us):
    return Reading("d", "o", ts_us, {"a": 1})


def test_readings_of_a_year_stay_together():
    readings = [reading(day * DAY_US) for day in range(0, 365, 10)]

    assert list(split_by_partition(readings)) == [readings]


def test_no_readings_make_no_group():
    assert list(split_by_partition([])) == []


def test_no_group_touches_a_hundred_weeks():
    readings = [reading(day * DAY_US) for day in range(20_000, 26_000, 5)]

    groups = list(split_by_partition(readings))

    assert sorted(r.ts_us for group in groups for r in group) == [r.ts_us for r in readings]
    assert all(len({r.ts_us // (7 * DAY_US) for r in group}) < 100 for group in groups)
