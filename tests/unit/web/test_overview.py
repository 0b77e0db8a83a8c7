"""The overview's rules: when a device was seen, and in which order it comes."""

from datetime import UTC, datetime

import pytest

from qlines.store.presence import Presence
from qlines.web import overview
from qlines.web.overview import Seen, seen_of, sorted_ids

NOW_US = 1_800_000_000_000_000
SECOND_US = 1_000_000


def presence(seconds_ago, *, connected):
    changed = datetime.fromtimestamp(NOW_US / 1e6 - seconds_ago, tz=UTC)
    return Presence(connected, changed, "", "")


def test_a_device_that_spoke_is_online_for_ten_minutes():
    assert seen_of(None, NOW_US - 600 * SECOND_US, NOW_US).status == "online"
    assert seen_of(None, NOW_US - 601 * SECOND_US, NOW_US).status == "offline"


def test_a_connected_device_is_online_however_long_it_is_silent():
    seen = seen_of(presence(7200, connected=True), None, NOW_US)

    assert seen == Seen("online", NOW_US - 7200 * SECOND_US)


def test_a_device_that_left_was_last_seen_when_it_left():
    seen = seen_of(presence(900, connected=False), NOW_US - 1000 * SECOND_US, NOW_US)

    assert seen == Seen("offline", NOW_US - 900 * SECOND_US)


def test_a_device_without_any_sign_was_never_seen():
    assert seen_of(None, None, NOW_US) == Seen("never", None)


def test_nobody_says_never_while_readings_are_unknown():
    assert seen_of(None, None, NOW_US, readings_known=False) == Seen("offline", None)


def test_nothing_was_seen_in_the_future():
    assert seen_of(None, NOW_US + 3600 * SECOND_US, NOW_US).last_seen_us == NOW_US


SEEN = {
    "a": Seen("online", 30),
    "b": Seen("never", None),
    "c": Seen("offline", 10),
    "d": Seen("online", 20),
}
NAMED = [(device, device.upper()) for device in "abcd"]


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("last_seen", False, "cdab"),
        ("last_seen", True, "adcb"),
        ("status", False, "adcb"),
        ("status", True, "cadb"),
    ],
)
def test_it_sorts_and_puts_those_that_were_never_seen_last(sort, descending, expected):
    assert "".join(sorted_ids(NAMED, SEEN, sort, descending=descending)) == expected


def test_a_row_has_its_keys_in_order_and_times_in_milliseconds():
    device = {"_id": "1", "name": "pump"}
    latest = {"b": (1_999, True), "a": (2_000, 21.5)}

    row = overview.row(device, latest, Seen("online", 2_000))

    assert row == {
        "id": "1",
        "name": "pump",
        "status": "online",
        "last_seen": 2,
        "values": {"a": {"ts": 2, "value": 21.5}, "b": {"ts": 1, "value": True}},
    }
    assert list(row["values"]) == ["a", "b"]
