"""Which clients of the broker listen, by what the broker said of their sessions. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from paho.mqtt.client import topic_matches_sub

from qlines.downlink.wire import Ended, Event, Hello, Session

# By the filter to which a device subscribes for commands: the topic in front of their numbers.
COMMAND_TOPICS = {
    "v1/devices/me/rpc/request/+": "v1/devices/me/rpc/request/",
    "v2/r/req/+": "v2/r/req/",
    "v2/r/req/j/+": "v2/r/req/j/",
}
# A gateway gets the commands of its devices where it answers them.
GATEWAY_COMMANDS = {"v1/gateway/rpc": "v1/gateway/rpc"}
GATEWAY_CHANGES = {"v1/gateway/attributes": "v1/gateway/attributes"}
# By the filter to which a device subscribes for its shared attributes: where changes of them go.
CHANGE_TOPICS = {topic: topic for topic in ("v1/devices/me/attributes", "v2/a", "v2/a/j")}


class Listener(NamedTuple):
    """A client that waits for changes at *topic*, or for commands at *topic* and their number."""

    client_id: str
    topic: str
    qos: int  # 0 or 1: the highest that it wants
    name: str = ""  # of the device, when the client is of its gateway


class Changed(NamedTuple):
    """What an event changed: a session began or ended to wait for commands, or was said again."""

    device: str
    client_id: str
    listens_now: bool  # and did not before, or in another way
    speaks_now: bool = False  # likewise for the devices behind it
    waits: bool = True  # for commands of either


class Listeners:
    """The clients that are connected, and those of them that wait for commands."""

    def __init__(self) -> None:
        self._filters: dict[str, dict[str, int]] = {}  # of each client that is connected
        self._by_device: dict[str, dict[str, Listener]] = {}
        self._of_changes: dict[str, dict[str, Listener]] = {}
        self._gateways: dict[str, dict[str, Listener]] = {}
        self._gateways_of_changes: dict[str, dict[str, Listener]] = {}
        self._tables = (
            (self._by_device, COMMAND_TOPICS),
            (self._of_changes, CHANGE_TOPICS),
            (self._gateways, GATEWAY_COMMANDS),
            (self._gateways_of_changes, GATEWAY_CHANGES),
        )

    @property
    def clients(self) -> int:
        """Return how many clients with a filter are connected."""
        return len(self._filters)

    def of(self, device: str) -> list[Listener]:
        """Return the clients of a device that wait for commands."""
        return list(self._by_device.get(device, {}).values())

    def of_changes(self, device: str) -> list[Listener]:
        """Return the clients of a device that wait for changes of its shared attributes."""
        return list(self._of_changes.get(device, {}).values())

    def gateway_of(self, gateway: str) -> list[Listener]:
        """Return the clients of a gateway that wait for commands of its devices."""
        return list(self._gateways.get(gateway, {}).values())

    def gateway_of_changes(self, gateway: str) -> list[Listener]:
        """Return the clients of a gateway that wait for changes of its devices' attributes."""
        return list(self._gateways_of_changes.get(gateway, {}).values())

    def qos_of_answer(self, client_id: str, topic: str) -> int:
        """Return with which quality a client wants what is sent to it at *topic*.

        That of its first filter that matches, at most 1; without any it is 1, as in ThingsBoard: an
        answer needs no subscription.
        """
        for topic_filter, qos in self._filters.get(client_id, {}).items():
            if topic_matches_sub(topic_filter, topic):
                return min(qos, 1)
        return 1

    def apply(self, event: Event) -> Changed | None:
        """Take an event in; return what a session's event changed."""
        if isinstance(event, Hello):
            self._filters.clear()
            for table, _ in self._tables:
                table.clear()
        elif isinstance(event, Ended):
            self._filters.pop(event.client_id, None)
            for table, _ in self._tables:
                _put(table, event.client_id, None)
        elif isinstance(event, Session):
            return self._note(event)
        return None

    def _note(self, session: Session) -> Changed:
        device, client_id = device_of(session.client_id), session.client_id
        if session.filters:
            self._filters[client_id] = session.filters
        else:  # its end is not said
            self._filters.pop(client_id, None)
        before = self._waits(device, client_id)
        for table, topics in self._tables:
            _put(table, client_id, listener_in(session, topics))
        own, gateway = self._waits(device, client_id)
        return Changed(
            device,
            client_id,
            listens_now=own is not None and own != before[0],
            speaks_now=gateway is not None and gateway != before[1],
            waits=own is not None or gateway is not None,
        )

    def _waits(self, device: str, client_id: str) -> tuple[Listener | None, Listener | None]:
        """Return how a client waits for commands of its own, and of the devices behind it."""
        own, gateway = (
            table.get(device, {}).get(client_id) for table in (self._by_device, self._gateways)
        )
        return own, gateway


def device_of(client_id: str) -> str:
    """Return the device id that the broker puts in front of a client's own id."""
    return client_id.partition("/")[0]


def listener_in(session: Session, topics: Mapping[str, str]) -> Listener | None:
    """Return how a session listens, by its first filter that *topics* has; None without one."""
    for topic_filter, qos in session.filters.items():
        if topic := topics.get(topic_filter):
            return Listener(session.client_id, topic, min(qos, 1))
    return None


def _put(
    listeners: dict[str, dict[str, Listener]], client_id: str, listener: Listener | None
) -> None:
    """Keep a client's listener under its device, or remove the one that it had."""
    device = device_of(client_id)
    if listener:
        listeners.setdefault(device, {})[client_id] = listener
        return
    clients = listeners.get(device, {})
    clients.pop(client_id, None)
    if not clients:
        listeners.pop(device, None)
