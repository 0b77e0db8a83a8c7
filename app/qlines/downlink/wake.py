"""What ends another thread's wait in `select`."""

import socket
from contextlib import suppress


class Wake:
    """A pair of sockets: a thread that waits for it in `select` goes on after `set`."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._receiver.fileno()

    def set(self) -> None:
        """Wake who waits, or who waits next; any thread may call it."""
        with suppress(BlockingIOError):  # so many are on the way: it wakes anyway
            self._sender.send(b"\0")

    def clear(self) -> None:
        """Forget all calls of `set` so far."""
        with suppress(BlockingIOError):
            while self._receiver.recv(4096):
                pass
