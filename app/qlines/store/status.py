"""When a device was last seen, and whether it is online: pure rules."""

from typing import Literal, NamedTuple, get_args

from qlines.store.presence import Presence

Status = Literal["online", "offline", "never"]
STATUSES: tuple[Status, ...] = get_args(Status)

# ThingsBoard's default inactivity timeout: a device that sent within ten minutes is online.
ONLINE_FOR_US = 600 * 1_000_000
# Reasons of appliance/broker/disconnect_reason.c with which a device is gone. One that ends its
# connection itself may sleep until it sends again, and one that only restarts is back soon.
LOST = frozenset(
    {"connection lost", "connection lost in the middle of a packet", "keepalive exceeded"}
)
# What a reading may take from the broker to Kafka, by whose time it has arrived.
DELAY_US = 2_000_000


class Activity(NamedTuple):
    """Whether a device is online, and when it was last seen in microseconds since 1970."""

    status: Status
    last_seen_us: int | None


def activity_of(
    presence: Presence | None, arrived_us: int | None, now_us: int, *, readings_known: bool = True
) -> Activity:
    """Return a device's activity from its presence and when its newest reading arrived.

    1. It was last seen when a reading arrived or its presence changed, whichever is later; never
       after *now_us*: of readings of version 0.1 only the device's own time is known, whose clock
       may run up to a day ahead (reading.MAX_AHEAD_US).
    2. It is online while it is connected, and for ten minutes after it was last seen, unless its
       connection was LOST since.
    3. Its status is "never" only when it was never seen. Without *readings_known* that is
       uncertain, and it is "offline".
    """
    times = [us for us in (arrived_us, presence and presence.changed_us) if us is not None]
    if not times:
        return Activity("never" if readings_known else "offline", None)
    last_seen_us = min(max(times), now_us)
    is_connected = presence is not None and presence.connected
    is_recent = now_us - last_seen_us <= ONLINE_FOR_US and not _is_lost(presence, arrived_us)
    return Activity("online" if is_connected or is_recent else "offline", last_seen_us)


def _is_lost(presence: Presence | None, arrived_us: int | None) -> bool:
    """Return whether the connection was lost, and nothing came by another way since."""
    if presence is None or presence.reason not in LOST:
        return False
    return (arrived_us or 0) <= presence.changed_us + DELAY_US
