"""Push changes of shared attributes to the devices that are connected and want them.

As in ThingsBoard nothing waits for a device that is not: it asks for its attributes when it
connects, and what it is answered is the state that its owner wants.
"""

from collections.abc import Callable, Iterable

from qlines.downlink.announcements import Push
from qlines.downlink.listeners import Listener
from qlines.downlink.wire import NO_TAG, Order


def orders_of(pushes: Iterable[Push], listeners_of: Callable[[str], list[Listener]]) -> list[Order]:
    """Return the orders that carry *pushes*, in their order, to every client that listens; pure."""
    return [
        Order(NO_TAG, listener.client_id, listener.topic, change.encode(), listener.qos)
        for device, change in pushes
        for listener in listeners_of(device)
    ]
