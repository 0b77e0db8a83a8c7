"""Check that a server listens, before a store's client spends seconds on finding out."""

import socket

CONNECT_TIMEOUT_SECONDS = 2


def tcp_check(addresses: str) -> None:
    """Raise OSError when none of *addresses* accepts a connection.

    *addresses* are host:port, separated by commas; an IPv6 host is in brackets. The clients of
    Kafka and MongoDB try for seconds, and kafka-python's leave a thread behind when they fail.
    """
    cause: OSError | None = None
    for address in addresses.split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection(
                (host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT_SECONDS
            ).close()
        except OSError as error:
            cause = error
        else:
            return
    if cause is not None:
        raise cause
