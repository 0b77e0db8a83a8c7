from qlines.reading import Reading
from qlines.writer.latest import latest_of, seen_of


def test_it_returns_the_latest_value_of_each_device_and_key():
    readings = [
        Reading("d1", "o", 2, {"a": 2, "b": 2}),
        Reading("d1", "o", 1, {"a": 1, "c": 1}),
        Reading("d2", "o", 1, {"a": 5}),
    ]

    assert latest_of(readings) == [
        Reading("d1", "o", 2, {"a": 2}),
        Reading("d1", "o", 2, {"b": 2}),
        Reading("d1", "o", 1, {"c": 1}),
        Reading("d2", "o", 1, {"a": 5}),
    ]


def test_the_later_of_two_at_the_same_time_wins():
    readings = [Reading("d", "o", 1, {"a": 1}), Reading("d", "o", 1, {"a": 2})]

    assert latest_of(readings) == [Reading("d", "o", 1, {"a": 2})]


def test_a_device_is_seen_at_the_time_of_arrival():
    assert seen_of({"d": 5}) == [Reading("d", "", 5_000, {"": 0})]
