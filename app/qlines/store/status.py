"""When a device was last seen, and whether it is online: pure rules."""

from typing import Literal

Status = Literal["online", "offline", "never"]

# ThingsBoard's default inactivity: a device that spoke within ten minutes counts as online.
ONLINE_FOR_US = 600 * 1_000_000


def last_seen_us(
    newest_reading_us: int | None, presence_changed_us: int | None, now_us: int
) -> int | None:
    """Return when the device gave its last sign of life, or None when it never did.

    A device's own clock may run up to a day ahead (reading.MAX_AHEAD_US); nothing was seen in
    the future, so the time is cut at *now_us*.
    """
    signs = [sign for sign in (newest_reading_us, presence_changed_us) if sign is not None]
    return min(max(signs), now_us) if signs else None


def status_of(*, connected: bool, seen_us: int | None, now_us: int) -> Status:
    """Return online for a device that is connected by MQTT or spoke within ten minutes."""
    if connected:
        return "online"
    if seen_us is None:
        return "never"
    return "online" if now_us - seen_us <= ONLINE_FOR_US else "offline"
