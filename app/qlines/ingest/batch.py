"""What one turn of ingest takes out of the spool, sorted by where it goes."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from qlines.reading import Value
from qlines.store.rejected import Rejected

EXCERPT_CHARACTERS = 1024  # of a payload, in a record that a person reads


class Attribute(NamedTuple):
    """One client attribute of one device."""

    device: str
    key: str
    ts_ms: int
    value: Value


class Seen(NamedTuple):
    """Somebody named a device that is not registered, or came with an unknown token."""

    source: str
    name: str
    time_us: int
    sample: str


class Happening(StrEnum):
    """What can happen to a device's connection."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SPOKEN_FOR = "spoken for"  # its gateway said that it is there
    LEFT = "left"  # its gateway said that it went away
    RESTARTED = "restarted"  # the broker started: nobody is connected


class ConnectionEvent(NamedTuple):
    """One change of a connection; *text* is the client's address, or the reason of the end."""

    time_us: int
    happening: Happening
    device: str = ""
    text: str = ""
    gateway: str = ""


@dataclass
class Batch:
    """The outcome of some frames; nothing in it has taken effect yet."""

    readings: list[dict[str, Any]] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    connections: list[ConnectionEvent] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def excerpt(payload: bytes) -> str:
    """Return the start of a payload as text that a page can show, whatever its bytes are."""
    return payload[: EXCERPT_CHARACTERS * 4].decode(errors="replace")[:EXCERPT_CHARACTERS]
