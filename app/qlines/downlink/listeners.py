"""Which clients of the broker listen, by what the broker said of their sessions. Pure."""

from typing import NamedTuple

from qlines.downlink.wire import Ended, Event, Hello, Session

# By the filter to which a device subscribes for commands: the topic in front of their numbers.
COMMAND_TOPICS = {
    "v1/devices/me/rpc/request/+": "v1/devices/me/rpc/request/",
    "v2/r/req/+": "v2/r/req/",
    "v2/r/req/j/+": "v2/r/req/j/",
}


class Listener(NamedTuple):
    """A client that waits for commands at *topic* followed by their number."""

    client_id: str
    topic: str
    qos: int  # the highest that it wants


class Changed(NamedTuple):
    """What an event changed: a session began to wait for commands, or was said again."""

    device: str
    client_id: str
    listens_now: bool  # and did not before, or in another way


class Listeners:
    """The clients that are connected, and those of them that wait for commands."""

    def __init__(self) -> None:
        self._connected: set[str] = set()
        self._by_device: dict[str, dict[str, Listener]] = {}

    @property
    def devices(self) -> set[str]:
        """Return the ids of the devices of which a client waits for commands."""
        return set(self._by_device)

    def of(self, device: str) -> list[Listener]:
        """Return the clients of a device that wait for commands."""
        return list(self._by_device.get(device, {}).values())

    def is_connected(self, client_id: str) -> bool:
        """Return whether the broker has said this client, and not its end."""
        return client_id in self._connected

    def apply(self, event: Event) -> Changed | None:
        """Take an event in; return what a session's event changed."""
        if isinstance(event, Hello):
            self._connected.clear()
            self._by_device.clear()
        elif isinstance(event, Ended):
            self._connected.discard(event.client_id)
            self._remove(event.client_id)
        elif isinstance(event, Session):
            return self._note(event)
        return None

    def _note(self, session: Session) -> Changed:
        device = device_of(session.client_id)
        self._connected.add(session.client_id)
        before = self._by_device.get(device, {}).get(session.client_id)
        listener = listener_in(session)
        if listener is None:
            self._remove(session.client_id)
        else:
            self._by_device.setdefault(device, {})[session.client_id] = listener
        is_new = listener is not None and listener != before
        return Changed(device, session.client_id, listens_now=is_new)

    def _remove(self, client_id: str) -> None:
        device = device_of(client_id)
        clients = self._by_device.get(device, {})
        clients.pop(client_id, None)
        if not clients:
            self._by_device.pop(device, None)


def device_of(client_id: str) -> str:
    """Return the device id that the broker puts in front of a client's own id."""
    return client_id.partition("/")[0]


def listener_in(session: Session) -> Listener | None:
    """Return how a session waits for commands, by the first filter of theirs; None without one."""
    for topic_filter, qos in session.filters.items():
        if topic := COMMAND_TOPICS.get(topic_filter):
            return Listener(session.client_id, topic, min(qos, 1))
    return None
