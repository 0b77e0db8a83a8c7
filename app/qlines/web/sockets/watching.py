"""Which socket watches which devices: plain bookkeeping, no network."""

from collections.abc import Iterable

MOST_DEVICES = 200  # of one socket: as many as a page of the overview shows


class Watching:
    """Sockets by their id, each with its session and the devices that it watches."""

    def __init__(self) -> None:
        self._sessions: dict[str, str] = {}
        self._devices: dict[str, set[str]] = {}

    def connected(self, socket: str, session: str) -> None:
        """Note a new socket of a session."""
        self._sessions[socket] = session
        self._devices[socket] = set()

    def disconnected(self, socket: str) -> None:
        """Forget a socket."""
        self._sessions.pop(socket, None)
        self._devices.pop(socket, None)

    def room_left(self, socket: str) -> int:
        """Return how many more devices the socket may watch."""
        return MOST_DEVICES - len(self._devices.get(socket, ()))

    def watch(self, socket: str, devices: Iterable[str]) -> None:
        """Note that the socket watches these devices too."""
        if socket in self._devices:
            self._devices[socket].update(devices)

    def unwatch(self, socket: str, devices: Iterable[str]) -> None:
        """Note that the socket watches these devices no longer."""
        if socket in self._devices:
            self._devices[socket].difference_update(devices)

    def watched(self) -> set[str]:
        """Return every device that somebody watches."""
        return set().union(*self._devices.values())

    def sessions(self) -> set[str]:
        """Return the sessions that have a socket."""
        return set(self._sessions.values())

    def sockets_outside(self, alive: set[str]) -> list[str]:
        """Return the sockets whose session is not among these."""
        return [socket for socket, session in self._sessions.items() if session not in alive]
