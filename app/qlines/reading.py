"""A reading, and the limits of a device's message."""

from typing import Any, NamedTuple

MAX_PAYLOAD_BYTES = 65_536  # ThingsBoard's default (NETTY_MAX_PAYLOAD_SIZE in its thingsboard.yml)
MAX_KEYS = 1_000  # in one message; a message with more is rejected as a whole
MAX_KEY_CHARACTERS = 255  # a longer key is dropped, the others are kept
MAX_DEPTH = 16  # of nested values; a deeper message is rejected as a whole
MIN_TS_US = 946_684_800_000_000  # 2000-01-01; earlier is a clock that was never set, or seconds
MAX_AHEAD_US = 86_400_000_000  # a day; later is a clock that is wrong

Value = float | int | bool | str | list[Any] | dict[str, Any]


class Reading(NamedTuple):
    """What one device measured at one moment.

    *device* and *owner* are ids (24 hex digits), *ts_us* is microseconds since 1970 in UTC,
    *values* are valid JSON values by key. *received_us* is when QLines got it, if not at *ts_us*:
    0 then, as for a device that sends no time of its own.
    """

    device: str
    owner: str
    ts_us: int
    values: dict[str, Value]
    received_us: int = 0
