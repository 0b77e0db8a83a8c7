"""What store/readings.py and series.py promise, on the fake and on both versions of ClickHouse.

*clickhouse* has ``put(device, {key: (microseconds, value)})``, one point per key, and the
functions of readings.py without their first argument.
"""

import pytest

from qlines.errors import FieldError

PUMP, FAN = "1" * 24, "2" * 24
T0 = 1_800_000_000_000_000
VALUES = {"a": (T0, 21.5), "b": (T0 + 1, True), "c": (T0 + 2, "text"), "d": (T0 + 3, {"x": [1]})}
KEYS = list(VALUES)


class ReadingsContract:
    @pytest.fixture(autouse=True)
    def _stored(self, clickhouse):
        clickhouse.put(PUMP, VALUES)

    def test_the_latest_values_have_the_types_they_were_sent_with(self, clickhouse):
        assert clickhouse.latest_of_devices([PUMP, FAN]) == {PUMP: (VALUES, T0 + 3)}

    def test_a_device_was_last_seen_at_its_newest_point(self, clickhouse):
        assert clickhouse.last_seen_of_devices([PUMP, FAN]) == {PUMP: T0 + 3}
        assert clickhouse.last_seen_of_devices([]) == {}

    def test_keys_are_sorted(self, clickhouse):
        assert clickhouse.keys_of_device(PUMP) == KEYS
        assert clickhouse.keys_of_device(FAN) == []

    def test_raw_points_are_paged_in_the_order_of_time(self, clickhouse):
        expected = [(ts_us, key, value) for key, (ts_us, value) in VALUES.items()]
        pages, cursor = [], None

        while cursor or not pages:
            page = clickhouse.raw(PUMP, KEYS, T0, T0 + 9, 3, cursor)
            pages.append(page.points)
            cursor = page.next_cursor

        assert pages == [expected[:3], expected[3:]]

    def test_a_range_includes_both_ends(self, clickhouse):
        points = clickhouse.raw(PUMP, KEYS, T0 + 1, T0 + 2, 10).points

        assert [point.key for point in points] == ["b", "c"]

    def test_it_refuses_a_cursor_that_no_page_returned(self, clickhouse):
        with pytest.raises(FieldError, match="cursor must come from the previous page"):
            clickhouse.raw(PUMP, KEYS, T0, T0 + 9, 3, "wrong")

    @pytest.mark.parametrize("agg", ["avg", "last"])
    def test_a_series_of_one_point_is_that_point(self, clickhouse, agg):
        series = clickhouse.series(PUMP, ["a", "b", "absent"], T0, T0 + 9, 10, agg)

        assert series == {"a": [(T0, 21.5)], "b": [(T0 + 1, True)]}

    def test_a_band_of_one_point_is_that_point(self, clickhouse):
        bands = clickhouse.bands(PUMP, ["a", "b", "c", "absent"], T0, T0 + 9, 10)

        assert bands == {
            "a": [(T0, 21.5, 21.5, 21.5)],
            "b": [(T0 + 1, True, 1, 1)],
            "c": [(T0 + 2, "text", None, None)],
        }
