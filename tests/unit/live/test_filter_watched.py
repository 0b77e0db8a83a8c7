import pytest

from qlines.live.filter_watched import filter_watched
from qlines.reading import Reading
from qlines.telemetry_record import InvalidRecordError, encode

WATCHED = frozenset({"d1"})
HEADERS = [("version", b"1")]


def reading(device):
    return Reading(device, "o", 5, {"a": 1})


def record(*devices):
    ((value, headers),) = encode([reading(device) for device in devices])
    return value, headers


def test_it_returns_the_readings_of_watched_devices():
    assert filter_watched(*record("d1", "d2", "d1"), WATCHED) == [reading("d1"), reading("d1")]


def test_a_record_without_a_watched_id_is_not_decoded():
    assert filter_watched(b"not even JSON", HEADERS, WATCHED) == []


def test_it_returns_the_same_when_many_devices_are_watched():
    many = frozenset({"d1", *map(str, range(100))})

    assert filter_watched(*record("d2", "d1"), many) == [reading("d1")]


def test_it_refuses_a_record_that_cannot_be_decoded():
    with pytest.raises(InvalidRecordError):
        filter_watched(b"d1", HEADERS, WATCHED)


@pytest.mark.parametrize("value", [b"d1 in another format", b"another format", None])
def test_it_refuses_another_version_whatever_the_record_holds(value):
    with pytest.raises(InvalidRecordError, match="version"):
        filter_watched(value, [("version", b"2")], WATCHED)
