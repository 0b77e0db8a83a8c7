"""The order of the overview when it is not sorted by name."""

import pytest

from qlines.store.device_search import NamedDevice
from qlines.store.status import Activity
from qlines.web.overview import sorted_ids

ACTIVITIES = {
    "a": Activity("online", 30),
    "b": Activity("never", None),
    "c": Activity("offline", 10),
    "d": Activity("online", 20),
}
NAMED = [NamedDevice(device, device.upper()) for device in "abcd"]


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("last_seen", False, "cdab"),
        ("last_seen", True, "adcb"),
        ("status", False, "adcb"),
        ("status", True, "cadb"),
    ],
)
def test_devices_that_were_never_seen_come_last_in_both_directions(sort, descending, expected):
    assert "".join(sorted_ids(NAMED, ACTIVITIES, sort, descending=descending)) == expected
