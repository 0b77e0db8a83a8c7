"""What a rule says about a device: an alarm begins, changes its severity, ends, or was missed."""

from typing import Any, Literal, NamedTuple

EffectType = Literal["raised", "severity", "cleared", "historic"]


class Effect(NamedTuple):
    """One change of one alarm; times are microseconds since 1970.

    *ts_us* is event time: since when it is true, or when it ended. *reading_ts_us* is the time of
    the reading that showed it, None when the device never sent any, and *received_us* when that
    reading arrived, or the moment by our clock when no reading was needed.

    *key*, *value*, *limit* and *clear* are what was compared: *value* is None for silence, and the
    rate for a rate; *limit* is the value that a condition of equality waits for, None for a change,
    and seconds for silence. *what* says it in words without the device: "temperature 84.2 is above
    80", at the end "temperature is 74.9".

    *until_us* is the end of a historic one. *reason* is "" for a reading, otherwise "no data",
    "offline", "clock off" (readings come, but their times are wrong), "keep_for", "back", "back
    online".
    """

    type: EffectType
    severity: str
    ts_us: int
    reading_ts_us: int | None
    received_us: int
    key: str
    value: Any
    limit: Any
    clear: Any
    until_us: int | None = None
    reason: str = ""
    what: str = ""
