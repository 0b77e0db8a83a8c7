"""Count each device's connections, so that the end of one does not make it offline.

Pure. A device is connected while it has a connection of its own, or while its gateway speaks for
it. States of a device, and what leads on:

=============  ======================================  =======================================
state          event                                   next
=============  ======================================  =======================================
offline        connected, spoken for                   online
online         disconnected, and none is left          offline
online         left, or its gateway's last connection  offline, unless connected by itself
               ended
any            restarted                               offline, without a word about each: one
                                                       update makes all of them offline
=============  ======================================  =======================================

The spool may be read twice after a kill, and counting twice would be wrong. All events come from
one writer, the broker, whose times rise strictly: an event that is not younger than the last one
counted is a repetition. ``restarted`` always counts, since it begins the count anew.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from qlines.ingest.batch import ConnectionEvent, Happening
from qlines.store.presence import Change

GATEWAY_GONE = "its gateway disconnected"


class Restart(NamedTuple):
    """Every presence before this time is void."""

    time_us: int


class Connections:
    """How many connections each device has, and which gateway speaks for it."""

    def __init__(self) -> None:
        self._as_of_us = 0
        self._own: dict[str, int] = {}
        self._gateway_of: dict[str, str] = {}

    def count(self, events: Iterable[ConnectionEvent]) -> list[Change | Restart]:
        """Take *events* in, and return what changed, in order."""
        changes: list[Change | Restart] = []
        for event in events:
            if event.happening is Happening.RESTARTED:
                self._own.clear()
                self._gateway_of.clear()
                changes.append(Restart(event.time_us))
            elif event.time_us <= self._as_of_us:
                continue
            else:
                changes.extend(self._count_one(event))
            self._as_of_us = event.time_us
        return changes

    def to_json(self) -> dict[str, Any]:
        """Return the whole state, for the file that outlives this process."""
        return {"as_of_us": self._as_of_us, "own": self._own, "gateway_of": self._gateway_of}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "Connections":
        """Return what to_json() described."""
        connections = cls()
        connections._as_of_us = int(state["as_of_us"])
        connections._own = dict(state["own"])
        connections._gateway_of = dict(state["gateway_of"])
        return connections

    def _count_one(self, event: ConnectionEvent) -> list[Change]:
        device = event.device
        if event.happening is Happening.CONNECTED:
            self._own[device] = self._own.get(device, 0) + 1
            return [_change(event, connected=True)]
        if event.happening is Happening.SPOKEN_FOR:
            self._gateway_of[device] = event.gateway
            return [_change(event, connected=True)]
        if event.happening is Happening.LEFT:
            self._gateway_of.pop(device, None)
            return [] if device in self._own else [_change(event, connected=False)]
        return self._disconnected(event)

    def _disconnected(self, event: ConnectionEvent) -> list[Change]:
        left = self._own.get(event.device, 0) - 1
        if left > 0:
            self._own[event.device] = left
            return []
        self._own.pop(event.device, None)
        gone = [name for name, gateway in self._gateway_of.items() if gateway == event.device]
        for name in gone:
            del self._gateway_of[name]
        changes = [
            _change(event._replace(device=name, text=GATEWAY_GONE), connected=False)
            for name in gone
            if name not in self._own
        ]
        if event.device not in self._gateway_of:
            changes.insert(0, _change(event, connected=False))
        return changes


def _change(event: ConnectionEvent, *, connected: bool) -> Change:
    return Change(
        device=event.device,
        connected=connected,
        changed_us=event.time_us,
        reason="" if connected else event.text,
        address=event.text if connected else "",
    )
