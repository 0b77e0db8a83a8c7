"""Which socket watches which devices, in memory."""

from collections.abc import Callable, Iterable, Mapping

from bson import ObjectId

MAX_DEVICES = 200  # per socket: as many as a page of the overview shows


class Watching:
    """Sockets by their id, each with its session, its user and the devices that it watches.

    *room_of* names the room of Socket.IO in which what is of a device is sent.
    """

    def __init__(self, room_of: Callable[[str], str]) -> None:
        self.room_of = room_of
        self._sessions: dict[str, str] = {}
        self._users: dict[str, ObjectId] = {}
        self._devices: dict[str, set[str]] = {}

    def connected(self, socket: str, session: str, user: ObjectId) -> None:
        """Add a new socket of a user's session."""
        self._sessions[socket] = session
        self._users[socket] = user
        self._devices[socket] = set()

    def disconnected(self, socket: str) -> None:
        """Forget a socket with everything that it watches."""
        self._sessions.pop(socket, None)
        self._users.pop(socket, None)
        self._devices.pop(socket, None)

    def has_room(self, socket: str, devices: Iterable[str]) -> bool:
        """Return whether the socket may watch these devices too; one watched already needs none."""
        return len(self._devices.get(socket, set()).union(devices)) <= MAX_DEVICES

    def watch(self, socket: str, devices: Iterable[str]) -> None:
        """Add devices that the socket watches; an unknown socket is ignored."""
        if socket in self._devices:
            self._devices[socket].update(devices)

    def unwatch(self, socket: str, devices: Iterable[str]) -> None:
        """Remove devices that the socket watched."""
        if socket in self._devices:
            self._devices[socket].difference_update(devices)

    def watched(self) -> set[str]:
        """Return every device that any socket watches."""
        return set().union(*self._devices.values())

    def users(self) -> set[str]:
        """Return the ids of the users who have a socket."""
        return set(map(str, list(self._users.values())))  # sockets open in other threads

    def of_others(
        self, asked: set[str], owners: Mapping[str, ObjectId]
    ) -> list[tuple[str, set[str]]]:
        """Return the sockets that watch devices which are not their user's, with these devices.

        *owners* are the owners of the devices *asked* for; one that was removed has none.
        """
        lost = [
            (socket, {one for one in asked & devices if owners.get(one) != self._users[socket]})
            for socket, devices in list(self._devices.items())  # sockets open in other threads
        ]
        return [(socket, devices) for socket, devices in lost if devices]

    def open_sockets(self) -> int:
        """Return how many sockets are open."""
        return len(self._sessions)

    def sessions(self) -> set[str]:
        """Return the sessions that have a socket."""
        return set(self._sessions.values())

    def sockets_of(self, sessions: set[str]) -> list[str]:
        """Return the sockets of these sessions."""
        known = list(self._sessions.items())  # sockets open in other threads
        return [socket for socket, session in known if session in sessions]
