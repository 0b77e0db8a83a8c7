"""Count each device's connections, so that a device with two stays online when one ends.

Pure. A device is online while it has a connection of its own, or while a gateway reports it as
connected. Transitions of a device:

=======  ==============================================  =========================================
state    event                                           next state
=======  ==============================================  =========================================
offline  connected, connected via gateway                online
online   disconnected, and no connection is left         offline
online   disconnected via gateway, or the gateway's      offline, unless it has a connection of
         last connection ended                           its own
any      broker restarted                                offline (one bulk update, no event per
                                                         device)
=======  ==============================================  =========================================

A replay of the spool must not count an event twice. All events come from one writer, the broker,
whose times rise strictly: an event that is not newer than the last counted one is a duplicate and
is skipped. ``broker restarted`` always counts, because it resets every count.
"""

from collections.abc import Iterable
from operator import index
from typing import Any, NamedTuple

from qlines.ingest.batch import ConnectionEvent, ConnectionEventType
from qlines.store.presence import GATEWAY_DISCONNECTED, Change


class Restart(NamedTuple):
    """The broker restarted: every presence from before this time is void."""

    time_us: int


class Connections:
    """How many connections each device has, and which gateway reports it as connected."""

    def __init__(self) -> None:
        self.as_of_us = 0  # the time of the latest counted event
        self._own: dict[str, int] = {}
        self._gateway_of: dict[str, str] = {}

    def count(self, events: Iterable[ConnectionEvent]) -> list[Change | Restart]:
        """Count *events* and return the changes of presence, in order."""
        changes: list[Change | Restart] = []
        for event in events:
            if event.type is ConnectionEventType.BROKER_RESTARTED:
                self._own.clear()
                self._gateway_of.clear()
                changes.append(Restart(event.time_us))
            elif event.time_us <= self.as_of_us:
                continue
            else:
                changes.extend(self._count_one(event))
            self.as_of_us = event.time_us
        return changes

    def to_json(self) -> dict[str, Any]:
        """Return the whole state, for the state file."""
        return {"as_of_us": self.as_of_us, "own": self._own, "gateway_of": self._gateway_of}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "Connections":
        """Return the state that to_json() described; raise KeyError, ValueError or TypeError."""
        connections = cls()
        connections.as_of_us = index(state["as_of_us"])  # a whole number, or TypeError
        connections._own = dict(state["own"])
        connections._gateway_of = dict(state["gateway_of"])
        return connections

    def _count_one(self, event: ConnectionEvent) -> list[Change]:
        device = event.device
        if event.type is ConnectionEventType.CONNECTED:
            self._own[device] = self._own.get(device, 0) + 1
            return [_change(event, is_connected=True)]
        if event.type is ConnectionEventType.CONNECTED_VIA_GATEWAY:
            self._gateway_of[device] = event.gateway
            return [_change(event, is_connected=True)]
        if event.type is ConnectionEventType.DISCONNECTED_VIA_GATEWAY:
            self._gateway_of.pop(device, None)
            return [] if device in self._own else [_change(event, is_connected=False)]
        return self._count_disconnect(event)

    def _count_disconnect(self, event: ConnectionEvent) -> list[Change]:
        left = self._own.get(event.device, 0) - 1
        if left > 0:
            self._own[event.device] = left
            return []
        self._own.pop(event.device, None)
        changes = self._disconnect_devices_of(event)
        if event.device not in self._gateway_of:
            changes.insert(0, _change(event, is_connected=False))
        return changes

    def _disconnect_devices_of(self, event: ConnectionEvent) -> list[Change]:
        """Drop the devices behind the gateway that disconnected; no-op for other devices."""
        devices = [name for name, gateway in self._gateway_of.items() if gateway == event.device]
        for device in devices:
            del self._gateway_of[device]
        return [
            _change(event._replace(device=device, text=GATEWAY_DISCONNECTED), is_connected=False)
            for device in devices
            if device not in self._own
        ]


def _change(event: ConnectionEvent, *, is_connected: bool) -> Change:
    return Change(
        device=event.device,
        connected=is_connected,
        changed_us=event.time_us,
        reason="" if is_connected else event.text,
        address=event.text if is_connected else "",
    )
