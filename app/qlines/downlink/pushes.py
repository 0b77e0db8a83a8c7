"""Push changes of shared attributes to the devices that are connected and want them.

As in ThingsBoard nothing waits for a device that is not: it asks for its attributes when it
connects, and what it is answered is the state that its owner wants.
"""

from collections.abc import Iterable, Mapping

import orjson

from qlines.downlink.announcements import Push
from qlines.downlink.listeners import Listener
from qlines.downlink.wire import NO_TAG, Order


def orders_of(pushes: Iterable[Push], routes: Mapping[str, list[Listener]]) -> list[Order]:
    """Return the orders that carry *pushes*, in their order, to every client that listens; pure.

    *routes* has who waits for the changes of a device.
    """
    return [
        Order(NO_TAG, listener.client_id, listener.topic, _payload(change, listener), listener.qos)
        for device, change in pushes
        for listener in routes.get(device, ())
    ]


def _payload(change: str, listener: Listener) -> bytes:
    if not listener.name:
        return change.encode()
    return b'{"device":%b,"data":%b}' % (orjson.dumps(listener.name), change.encode())
