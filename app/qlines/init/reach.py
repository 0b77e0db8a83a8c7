"""Ask whether anybody listens at an address, without the patience of a store's own client."""

import socket

from qlines.errors import StoreUnavailableError


def reach(store: str, address: str) -> None:
    """Raise StoreUnavailableError when *address*, host:port, takes no connection."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
    except OSError as error:
        raise StoreUnavailableError(store, error) from error
