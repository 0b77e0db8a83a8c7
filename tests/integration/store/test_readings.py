import math

import pytest

from qlines.reading import Reading
from qlines.store import readings
from tests.harness.deadline import eventually

PUMP, VALVE, FAN = "1" * 24, "2" * 24, "3" * 24
ALICE = "a" * 24
T0 = 1_800_000_000_123_456
SECOND = 1_000_000
DAY = 86_400 * SECOND

VALUES = {
    "float": 21.5,
    "whole": 21,
    "negative": -0.25,
    "tiny": 5e-324,
    "true": True,
    "false": False,
    "text": 'it\'s "<b>" \\ \t\n ü 水',
    "empty": "",
    "list": [1, {"a": None}],
    "object": {"b": [True, "x"]},
    "exact": 2**53 - 1,
    "large": 2**53 + 1,
    "largest": 2**64 - 1,
    "lowest": -(2**63),
}


def put(engine, *given):
    columns = readings.columns_of([Reading(d, ALICE, ts, values) for d, ts, values in given])
    return readings.insert(engine, columns)


def test_every_value_comes_back_with_the_type_it_was_sent_with(engine):
    assert put(engine, (PUMP, T0, VALUES)) == len(VALUES)

    found = readings.latest_of_devices(engine, [PUMP])[PUMP].values
    assert found == {key: (T0, value) for key, value in VALUES.items()}
    assert {key: type(value) for key, (_, value) in found.items()} == {
        key: type(value) for key, value in VALUES.items()
    }
    rows, _ = readings.raw(engine, PUMP, list(VALUES), T0, T0, 100)
    assert {key: value for _, key, value in rows} == VALUES


def test_inserting_nothing_is_not_an_error(engine):
    assert put(engine) == 0


def test_the_view_has_the_columns_that_other_programs_read(engine):
    put(engine, (PUMP, T0, {"a": 1.5, "b": True, "c": "x", "d": [1], "e": 2**60}))

    rows = engine.execute("SELECT device, key, ts, kind, number, text FROM readings ORDER BY key")
    described = engine.execute("DESCRIBE TABLE readings")

    assert [(*row[:4], row[5]) for row in rows] == [
        (PUMP, "a", T0, "number", ""),
        (PUMP, "b", T0, "bool", ""),
        (PUMP, "c", T0, "text", "x"),
        (PUMP, "d", T0, "json", "[1]"),
        (PUMP, "e", T0, "number", "1152921504606846976"),
    ]
    assert [rows[0][4], rows[1][4], rows[4][4]] == [1.5, 1.0, 2.0**60]
    assert math.isnan(rows[2][4])
    assert math.isnan(rows[3][4])
    assert [tuple(column[:2]) for column in described] == [
        ("device", "String"),
        ("key", "String"),
        ("ts", "Int64"),
        ("kind", "Enum8('number' = 1, 'bool' = 2, 'text' = 3, 'json' = 4)"),
        ("number", "Float64"),
        ("text", "String"),
    ]


@pytest.mark.parametrize(
    "ts",
    [946_684_800_000_000, T0, 2**50, 2**51 - 1, 2_250_000_000_000_001, 2_600_000_000_123_457],
)
def test_no_microsecond_is_lost(engine, ts):
    put(engine, (PUMP, ts, {"a": 1}))

    assert readings.raw(engine, PUMP, ["a"], ts, ts, 10)[0] == [(ts, "a", 1)]
    assert engine.execute("SELECT ts FROM readings") == [(ts,)]


def test_a_reading_that_arrives_twice_is_there_once_before_anything_is_merged(engine):
    for _ in range(3):
        put(engine, (PUMP, T0, {"a": 2, "b": "x"}), (PUMP, T0 + SECOND, {"a": 4}))

    rows, _ = readings.raw(engine, PUMP, ["a", "b"], T0, T0 + DAY, 100)
    assert rows == [(T0, "a", 2), (T0, "b", "x"), (T0 + SECOND, "a", 4)]
    assert list(readings.stream(engine, PUMP, ["a", "b"], T0, T0 + DAY)) == rows
    for agg, expected in {"avg": 3, "sum": 6, "count": 2, "min": 2, "max": 4, "last": 4}.items():
        found = readings.series(engine, PUMP, ["a"], T0, T0 + DAY, 1, agg)
        assert found == {"a": [(T0 + SECOND, expected)]}, agg
    assert engine.execute("SELECT count() FROM readings") == [(3,)]


def test_the_latest_reading_is_the_newest_by_its_own_time(engine):
    put(engine, (PUMP, T0 + SECOND, {"a": "new"}), (PUMP, T0, {"a": 1, "b": 2}))
    put(engine, (PUMP, T0 - SECOND, {"a": 0}), (VALVE, T0, {"a": True}))

    found = readings.latest_of_devices(engine, [PUMP, VALVE, "3" * 24])

    assert found == {
        PUMP: ({"a": (T0 + SECOND, "new"), "b": (T0, 2)}, T0 + SECOND),
        VALVE: ({"a": (T0, True)}, T0),
    }


def test_asking_for_the_latest_of_no_device_finds_none(engine):
    assert readings.latest_of_devices(engine, []) == {}
    assert readings.last_seen_of_devices(engine, []) == {}


def test_it_returns_when_devices_were_last_seen(engine):
    put(engine, (PUMP, T0, {"a": 1}), (PUMP, T0 + 5, {"b": 1}), (VALVE, T0 + 1, {"a": 1}))

    assert readings.last_seen_of_devices(engine, [PUMP]) == {PUMP: T0 + 5}
    assert readings.last_seen_of_devices(engine, [PUMP, VALVE, "none"]) == {
        PUMP: T0 + 5,
        VALVE: T0 + 1,
    }


def test_a_device_was_seen_when_it_arrived_whatever_its_clock_says(engine):
    put(engine, (PUMP, T0 + DAY, {"a": 1}), (VALVE, T0 - DAY, {"a": 2}), (FAN, T0, {"a": 3}))
    for arrived_us in (T0 + 7, T0 + 5):  # a replay brings an older one
        seen = [Reading(device, "", arrived_us, {readings.SEEN: 0}) for device in (PUMP, VALVE)]
        readings.insert_latest(engine, readings.columns_of(seen))

    last_seen = {PUMP: T0 + 7, VALVE: T0 + 7, FAN: T0}
    assert readings.last_seen_of_devices(engine, [PUMP, VALVE, FAN]) == last_seen
    many = [f"{number:024x}" for number in range(10_000)]
    assert readings.last_seen_of_devices(engine, [PUMP, VALVE, FAN, *many]) == last_seen
    latest = readings.latest_of_devices(engine, [PUMP, VALVE])
    assert latest == {PUMP: ({"a": (T0 + DAY, 1)}, T0 + 7), VALVE: ({"a": (T0 - DAY, 2)}, T0 + 7)}
    assert readings.keys_of_device(engine, PUMP) == ["a"]
    assert readings.newest_us(engine) == T0 + DAY
    assert engine.execute("SELECT count() FROM readings") == [(3,)]


def test_it_asks_for_more_devices_than_a_query_can_name(engine):
    put(engine, (PUMP, T0, {"a": 1}), (VALVE, T0 + 1, {"a": 2}))
    many = [f"{number:024x}" for number in range(10_000)]

    assert readings.last_seen_of_devices(engine, [*many, PUMP]) == {PUMP: T0}
    assert readings.latest_of_devices(engine, [*many, PUMP]) == {PUMP: ({"a": (T0, 1)}, T0)}


def test_it_lists_the_keys_of_a_device(engine):
    put(engine, (PUMP, T0, {"b": 1, "a": 2}), (PUMP, T0 + 1, {"c": 3}), (VALVE, T0, {"d": 1}))

    assert readings.keys_of_device(engine, PUMP) == ["a", "b", "c"]


def test_sql_in_names_keys_and_values_is_text(engine):
    nasty = "x') OR 1=1 -- %s %(device)s \\'"
    put(engine, (PUMP, T0, {nasty: nasty, "a": 1}), (VALVE, T0, {"a": 2}))

    assert readings.raw(engine, PUMP, [nasty], T0, T0, 10)[0] == [(T0, nasty, nasty)]
    assert readings.series(engine, PUMP, [nasty], T0, T0, 10, "avg") == {nasty: [(T0, nasty)]}
    assert readings.latest_of_devices(engine, [nasty]) == {}
    assert readings.keys_of_device(engine, nasty) == []


def test_pages_follow_each_other_without_gap_or_repetition(engine):
    given = [(PUMP, T0 + index // 2 * SECOND, {"a": index, "b": -index}) for index in range(20)]
    put(engine, *given)
    put(engine, *given[:7])

    pages, cursor = [], None
    while True:
        rows, cursor = readings.raw(engine, PUMP, ["a", "b"], T0, T0 + DAY, 3, cursor)
        pages += rows
        if cursor is None:
            break

    assert [row[:2] for row in pages] == [
        (T0 + index * SECOND, key) for index in range(10) for key in ("a", "b")
    ]


def test_the_range_includes_both_ends(engine):
    put(engine, *((PUMP, T0 + offset, {"a": offset}) for offset in range(5)))

    rows, _ = readings.raw(engine, PUMP, ["a"], T0 + 1, T0 + 3, 100)

    assert [value for _, _, value in rows] == [1, 2, 3]
    assert readings.series(engine, PUMP, ["a"], T0 + 1, T0 + 3, 1, "sum") == {"a": [(T0 + 3, 6)]}


def test_no_keys_and_an_empty_range_find_nothing(engine):
    put(engine, (PUMP, T0, {"a": 1}))

    assert readings.raw(engine, PUMP, [], T0, T0, 10) == ([], None)
    assert list(readings.stream(engine, PUMP, [], T0, T0)) == []
    assert readings.series(engine, PUMP, [], T0, T0, 10, "avg") == {}
    assert readings.series(engine, PUMP, ["a"], T0 + 1, T0, 10, "avg") == {}
    assert readings.raw(engine, PUMP, ["a"], -5, T0 - 1, 10) == ([], None)


def test_a_stream_goes_through_all_stretches_in_order(engine, monkeypatch):
    monkeypatch.setattr(readings, "STREAM_ROWS", 4)
    times = [T0 + index * DAY // 3 for index in range(30)]
    put(engine, *((PUMP, ts, {"a": index, "b": "x"}) for index, ts in enumerate(times)))

    rows = list(readings.stream(engine, PUMP, ["b", "a"], times[1], times[28]))

    assert [row[:2] for row in rows] == [(ts, key) for ts in times[1:29] for key in ("a", "b")]


def test_retention_drops_whole_weeks_and_before_2026_months(engine):
    january, noon = 1_767_225_600_000_000, DAY // 2
    put(engine, (PUMP, january - 2 * DAY, {"a": 1}))
    put(engine, *((PUMP, january + day * DAY + noon, {"a": day}) for day in (2, 5, 12)))

    assert readings.partitions_before(engine, january) == []
    expired = readings.partitions_before(engine, january + 11 * DAY + noon)
    assert expired == ["202512", "20251229", "20260105"]
    for name in expired:
        readings.drop_partition(engine, name)
    assert readings.partitions_before(engine, january + 11 * DAY + noon) == []

    assert engine.execute("SELECT number FROM readings") == [(12.0,)]


def test_retention_deletes_days_of_a_week_that_is_not_over(engine):
    noon_of_monday = 1_767_614_400_000_000
    put(engine, *((PUMP, noon_of_monday + day * DAY, {"a": day}) for day in range(7)))

    assert readings.delete_points_before(engine, noon_of_monday + 2 * DAY)
    eventually(
        lambda: engine.execute("SELECT min(number), count() FROM readings") == [(2.0, 5)],
        20,
        "the points of the first two days are deleted",
    )
    assert not readings.delete_points_before(engine, noon_of_monday + 2 * DAY)


def test_it_knows_the_newest_point_of_all(engine):
    assert readings.newest_us(engine) == 0

    put(engine, (PUMP, T0, {"a": 1}), (VALVE, T0 + 5, {"a": 1}), (PUMP, T0 + 1, {"b": 1}))

    assert readings.newest_us(engine) == T0 + 5


def test_a_batch_of_many_weeks_is_accepted(engine):
    weeks = [(PUMP, T0 - week * 7 * DAY, {"a": week}) for week in range(60)]

    put(engine, *weeks)

    assert engine.execute("SELECT count() FROM readings") == [(60,)]
