"""The outcome of one iteration of ingest, sorted by destination."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from qlines.reading import Reading, Value
from qlines.spool.frame import Frame
from qlines.store.claim_rules import Terms
from qlines.store.claims import Claim
from qlines.store.command_delivery import Answer
from qlines.store.rejected import Rejected

MAX_EXCERPT_CHARACTERS = 1024
MAX_TOPIC_CHARACTERS = 255  # of a rejected message


class Attribute(NamedTuple):
    """One client attribute of one device; *ts_ms* is when its message was received."""

    device: str
    key: str
    ts_ms: int
    value: Value


class UnregisteredSighting(NamedTuple):
    """One sighting of an unregistered device: a gateway's message, or a rejected connection.

    *source* is ``gateway <device id>``, ``mqtt`` or ``http``; *name* is the device's name, or the
    start of the unknown token.
    """

    source: str
    name: str
    time_us: int
    sample: str


class ConnectionEventType(StrEnum):
    """What happened to a device's connection."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    CONNECTED_VIA_GATEWAY = "connected via gateway"
    DISCONNECTED_VIA_GATEWAY = "disconnected via gateway"
    BROKER_RESTARTED = "broker restarted"  # no device is connected


class ConnectionEvent(NamedTuple):
    """One change of a connection; *text* is the client's address, or why the connection ended.

    *gateway* is the gateway's device id in the two events that come from a gateway.
    """

    time_us: int
    type: ConnectionEventType
    device: str = ""
    text: str = ""
    gateway: str = ""


@dataclass
class Batch:
    """What a number of frames contain; nothing in it has taken effect yet."""

    frames: int = 0
    readings: list[Reading] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    sightings: list[UnregisteredSighting] = field(default_factory=list)
    connections: list[ConnectionEvent] = field(default_factory=list)
    arrivals: dict[str, int] = field(default_factory=dict)  # microseconds by MQTT client
    gateways: dict[str, str] = field(default_factory=dict)  # by device; empty: it disconnected
    counts: Counter[str] = field(default_factory=Counter)

    def add_attributes(self, device: str, values: dict[str, Value], time_us: int) -> None:
        """Add client attributes of *device* and count them."""
        ts_ms = time_us // 1000
        self.attributes.extend(
            Attribute(device, key, ts_ms, value) for key, value in values.items()
        )
        self.counts["attributes"] += len(values)

    def add_answer(self, device: str, number: int, text: str, time_us: int) -> None:
        """Add what *device* answered to its command with this number, and count it."""
        self.answers.append(Answer(device, number, text, time_us))
        self.counts["answers"] += 1

    def add_claim(
        self, device: str, terms: Terms, time_us: int, *, by_gateway: bool = False
    ) -> None:
        """Add that *device* can be claimed, and count it."""
        self.claims.append(Claim(device, time_us, *terms, by_gateway))
        self.counts["claims"] += 1

    def add_connection_event(
        self,
        frame: Frame,
        event_type: ConnectionEventType,
        device: str = "",
        text: str = "",
        gateway: str = "",
    ) -> None:
        """Add a connection event that happened at the frame's time."""
        self.connections.append(ConnectionEvent(frame.time_us, event_type, device, text, gateway))

    def reject(self, frame: Frame, reason: str, counter: str) -> None:
        """Record why a message, or keys of it, were dropped; count it under *counter*."""
        self.counts[counter] += 1
        self.rejected.append(
            Rejected(
                device=frame.device,
                ts_ms=frame.time_us // 1000,
                reason=reason,
                topic=frame.topic[:MAX_TOPIC_CHARACTERS],
                payload=excerpt(frame.payload),
            )
        )


def excerpt(payload: bytes) -> str:
    """Return the start of a payload as text; invalid UTF-8 is replaced."""
    return payload[: MAX_EXCERPT_CHARACTERS * 4].decode(errors="replace")[:MAX_EXCERPT_CHARACTERS]
