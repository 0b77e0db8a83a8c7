"""A port that leads to the first of several addresses that accepts, as a name with two of them."""

import socket
import threading
from contextlib import suppress
from typing import Self

Address = tuple[str, int]
CONNECT_SECONDS = 2.0
CHUNK_BYTES = 65_536


class Relay:
    """Passes TCP connections on; use it as a context manager.

    A connection that an address has accepted stays there, and ends when either end does. Port 0 is
    any that is free. While *flows* is cleared nothing is passed on, as when a cable is cut: neither
    end hears of it.
    """

    def __init__(self, *addresses: Address, port: int = 0) -> None:
        self.flows = threading.Event()
        self.flows.set()
        self._addresses = addresses
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        self.flows.set()
        for end in list(self._open):
            _shut(end)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client:
            server = self._first_that_accepts()
            if server is None:
                return
            with server:
                self._open |= {client, server}
                back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                back.start()
                self._copy(client, server)
                back.join()
                self._open -= {client, server}

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self.flows.wait()
                target.sendall(data)
        # Both directions end together.
        _shut(source)
        _shut(target)

    def _first_that_accepts(self) -> socket.socket | None:
        for address in self._addresses:
            with suppress(OSError):
                server = socket.create_connection(address, CONNECT_SECONDS)
                server.settimeout(None)
                return server
        return None


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
