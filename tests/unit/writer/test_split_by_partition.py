from datetime import UTC, datetime

from qlines.reading import Reading
from qlines.writer.split_by_partition import split_by_partition

DAY_US = 86_400_000_000


def reading(ts_us):
    return Reading("d", "o", ts_us, {"a": 1})


def test_readings_of_a_few_months_stay_together():
    readings = [reading(day * DAY_US) for day in range(0, 300, 10)]

    assert list(split_by_partition(readings)) == [readings]


def test_no_readings_make_no_group():
    assert list(split_by_partition([])) == []


def test_no_group_touches_a_hundred_months():
    readings = [reading(day * DAY_US) for day in range(11_000, 21_000, 5)]

    groups = list(split_by_partition(readings))

    assert sorted(r.ts_us for group in groups for r in group) == [r.ts_us for r in readings]
    assert all(len({month_of(r) for r in group}) < 100 for group in groups)


def month_of(reading):
    moment = datetime.fromtimestamp(reading.ts_us / 1e6, tz=UTC)
    return moment.year, moment.month
