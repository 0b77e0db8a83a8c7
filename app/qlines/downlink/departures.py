"""Choose which commands leave now, and to which clients. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import NamedTuple

import orjson

from qlines.downlink.flight import Attempt, Way
from qlines.downlink.listeners import Listener
from qlines.downlink.wire import MAX_ON_THE_WAY
from qlines.store.command_document import CommandDocument, device_of

# A device that disconnected before it acknowledged may have been about to: the first time it is
# asked again at once, later after 1, 2, 4 … seconds.
MAX_BACKOFF_SECONDS = 60


class Departure(NamedTuple):
    """A command that leaves, and the clients to which it goes."""

    command: CommandDocument
    to: list[Listener]


class Departures(NamedTuple):
    """What leaves now; more waits for the devices *full*, until something is acknowledged."""

    leaving: list[Departure]
    full: set[str]


def choose(
    commands: Iterable[CommandDocument],
    routes: Mapping[str, list[Listener]],
    on_the_way: Callable[[str], int],
) -> Departures:
    """Return the departures of *commands*, which are in order for each device.

    *routes* has who waits for them, by device; *on_the_way* returns how many are on the way to a
    client. A device's commands leave in order: behind one that finds no room the others wait.
    """
    leaving: list[Departure] = []
    full: set[str] = set()
    added: Counter[str] = Counter()
    for command in commands:
        device = device_of(command["_id"])
        if device in full:
            continue
        to = [
            listener
            for listener in routes.get(device, ())
            if on_the_way(listener.client_id) + added[listener.client_id] < MAX_ON_THE_WAY
        ]
        if not to:
            full.add(device)
            continue
        added.update(listener.client_id for listener in to)
        leaving.append(Departure(command, to))
    return Departures(leaving, full)


def ways(command: CommandDocument, attempt: Attempt, to: Iterable[Listener]) -> list[Way]:
    """Return the ways of an attempt, one for each listener."""
    return [_way(command, attempt, listener) for listener in to]


def _way(command: CommandDocument, attempt: Attempt, listener: Listener) -> Way:
    number, payload = command["number"], payload_of(command)
    if not listener.name:
        return Way(attempt, listener.client_id, f"{listener.topic}{number}", payload)
    # ThingsBoard's form for gateways: the number is in the message, beside method and params.
    name = orjson.dumps(listener.name)
    wrapped = b'{"device":%b,"data":{"id":%d,%b}' % (name, number, payload[1:])
    return Way(attempt, listener.client_id, listener.topic, wrapped)


def payload_of(command: CommandDocument) -> bytes:
    """Return what the device gets: ThingsBoard's ``{"method": …, "params": …}``, always both."""
    method = orjson.dumps(command["method"])
    return b'{"method":%b,"params":%b}' % (method, command["params"].encode())


def seconds_left(command: CommandDocument, now: datetime) -> int:
    """Return for how long the broker may keep the message, at least a second."""
    return max(1, ceil((command["expires_at"] - now).total_seconds()))


def backoff_seconds(attempt: int) -> float:
    """Return how long to wait after an attempt, counted from 1, that came back."""
    return 0.0 if attempt <= 1 else min(2.0 ** min(attempt - 2, 10), MAX_BACKOFF_SECONDS)
