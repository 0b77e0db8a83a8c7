"""Push changes of shared attributes to the devices that are connected and want them.

As in ThingsBoard nothing waits for a device that is not: it asks for its attributes when it
connects, and what it is answered is the state that its owner wants.
"""

from collections.abc import Iterable, Mapping

import orjson

from qlines.downlink.announcements import Push
from qlines.downlink.listeners import Listener
from qlines.downlink.wire import MAX_PAYLOAD_BYTES, NO_TAG, Order

MAX_BYTES = MAX_PAYLOAD_BYTES - 2_000  # beside it a gateway gets the name of its device


def orders_of(pushes: Iterable[Push], routes: Mapping[str, list[Listener]]) -> list[Order]:
    """Return the orders that carry *pushes*, in their order, to every client that listens; pure.

    *routes* has who waits for the changes of a device. A change that is too large for a message is
    several messages.
    """
    return [
        Order(NO_TAG, listener.client_id, listener.topic, _payload(part, listener), listener.qos)
        for device, change in pushes
        for part in _parts(change)
        for listener in routes.get(device, ())
    ]


def _parts(change: str) -> list[bytes]:
    """Return a change as texts of at most MAX_BYTES, halved as often as that takes."""
    text = change.encode()
    document = orjson.loads(text) if len(text) > MAX_BYTES else {}
    if len(document) < 2:
        return [text]  # as nearly always; one key alone fits, or goes nowhere
    keys = list(document)
    halves = (keys[: len(keys) // 2], keys[len(keys) // 2 :])
    return [
        part
        for half in halves
        for part in _parts(orjson.dumps({key: document[key] for key in half}).decode())
    ]


def _payload(change: bytes, listener: Listener) -> bytes:
    if not listener.name:
        return change
    return b'{"device":%b,"data":%b}' % (orjson.dumps(listener.name), change)
