from datetime import UTC, datetime

from qlines.reading import Reading
from qlines.writer.spread import spread

DAY_US = 86_400_000_000


def reading(ts_us):
    return Reading("d", "o", ts_us, {"a": 1})


def test_it_leaves_readings_of_some_months_together():
    readings = [reading(day * DAY_US) for day in range(0, 300, 10)]

    assert list(spread(readings)) == [readings]


def test_it_has_nothing_to_divide():
    assert list(spread([])) == []


def test_it_never_lets_a_group_touch_a_hundred_months():
    readings = [reading(day * DAY_US) for day in range(11_000, 21_000, 5)]

    groups = list(spread(readings))

    assert sorted(one.ts_us for group in groups for one in group) == [r.ts_us for r in readings]
    assert all(len({month_of(one) for one in group}) < 100 for group in groups)


def month_of(one):
    moment = datetime.fromtimestamp(one.ts_us / 1e6, tz=UTC)
    return moment.year, moment.month
