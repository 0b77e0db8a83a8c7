"""Where what is for a device goes: to its own clients, or to those of its gateway."""

from collections.abc import Callable, Iterable

from qlines.clients.mongodb import Documents
from qlines.downlink.listeners import Listener, Listeners
from qlines.store import gateway_devices

Routes = dict[str, list[Listener]]  # by device; one that nobody listens for is absent


def of_commands(db: Documents, listeners: Listeners, devices: Iterable[str]) -> Routes:
    """Return who waits for the commands of each device.

    Raise StoreUnavailableError when MongoDB must say which gateway speaks for one, and does not.
    """
    return _routes(db, devices, listeners.of, listeners.gateway_of)


def of_changes(db: Documents, listeners: Listeners, devices: Iterable[str]) -> Routes:
    """Return who waits for changes of the shared attributes of each device, as of_commands does."""
    return _routes(db, devices, listeners.of_changes, listeners.gateway_of_changes)


def _routes(
    db: Documents,
    devices: Iterable[str],
    own: Callable[[str], list[Listener]],
    of_gateway: Callable[[str], list[Listener]],
) -> Routes:
    routes = {device: own(device) for device in devices}
    others = [device for device, listeners in routes.items() if not listeners]
    behind = gateway_devices.behind(db, others) if others else {}
    for device, (gateway, name, _) in behind.items():
        routes[device] = [one._replace(name=name) for one in of_gateway(gateway)]
    return {device: listeners for device, listeners in routes.items() if listeners}
