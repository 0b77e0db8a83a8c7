import orjson
import pytest

from qlines.live.pick import pick

WATCHED = frozenset({"d1"})


def record(*devices):
    return orjson.dumps(
        [{"device": device, "owner": "o", "ts": 5, "values": {"a": 1}} for device in devices]
    )


def test_it_picks_the_readings_of_watched_devices():
    assert list(pick(record("d1", "d2", "d1"), WATCHED)) == [("d1", 5, {"a": 1})] * 2


def test_it_does_not_read_a_record_without_a_watched_device():
    assert list(pick(b"not even JSON", WATCHED)) == []


def test_it_picks_the_same_when_many_are_watched():
    many = frozenset({"d1", *map(str, range(100))})

    assert list(pick(record("d2", "d1"), many)) == [("d1", 5, {"a": 1})]


def test_it_refuses_a_record_that_cannot_be_read():
    with pytest.raises(orjson.JSONDecodeError):
        list(pick(b"d1", WATCHED))
