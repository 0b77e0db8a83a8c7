"""What a rule is asked about: a reading of a device, and whether the device is connected."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """A reading: *ts_us* by the device's clock, *received_us* by ours; microseconds since 1970.

    *values* are JSON values by key. The readings of one message come in the order of *ts_us*.
    """

    ts_us: int
    received_us: int
    values: Mapping[str, Any]


class Presence(NamedTuple):
    """Whether a device is connected, since *changed_us* by our clock."""

    connected: bool
    changed_us: int
