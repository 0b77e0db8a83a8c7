"""Socket.IO: watch devices and receive their readings. Sockets only read; writing is HTTP's."""

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from qlines.clients.redis import raising_unavailable
from qlines.errors import StoreUnavailableError
from qlines.redis_names import WATCHED_CHANGED, WATCHED_DEVICES, device_room
from qlines.store import devices
from qlines.web.auth.identity import SESSION_COOKIE, of_session
from qlines.web.deps import Deps
from qlines.web.extensions import sockets
from qlines.web.light_socketio import flask_socketio
from qlines.web.sockets.watching import MOST_DEVICES, Watching

WATCHED_SECONDS = 15  # renewed every 5 s: a web app that dies is forgotten soon

DEVICE_ID = re.compile(r"[0-9a-f]{24}")


def asked_for(message: Any) -> list[str] | None:
    """Return the ids in ``{"device": id}`` or ``{"devices": [id, …]}``, None for anything else."""
    if not isinstance(message, Mapping):
        return None
    ids = message.get("devices", [message.get("device")])
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_DEVICES:
        return None
    is_id = [isinstance(one, str) and bool(DEVICE_ID.fullmatch(one)) for one in ids]
    return list(dict.fromkeys(ids)) if all(is_id) else None


class Events:
    """The handlers; each returns what the browser gets as acknowledgement."""

    def __init__(self, found: Deps, watching: Watching) -> None:
        self._deps = found
        self._watching = watching

    def register(self) -> None:
        """Let Socket.IO call the handlers."""
        sockets.on_event("connect", self.connect)
        sockets.on_event("disconnect", self.disconnect)
        sockets.on_event("watch", self.watch)
        sockets.on_event("unwatch", self.unwatch)

    def connect(self, _auth: Any = None) -> None:
        """Take the socket of a session that has not ended; it joins no room yet."""
        try:
            identity = of_session(request.cookies.get(SESSION_COOKIE, ""), self._deps)
        except StoreUnavailableError as error:
            raise flask_socketio.ConnectionRefusedError("unavailable") from error
        if identity is None or identity.session is None:
            raise flask_socketio.ConnectionRefusedError("signed out")
        self._watching.connected(_socket(), identity.session)

    def disconnect(self, _reason: Any = None) -> None:
        """Forget the socket; what it watched runs out within 15 seconds."""
        self._watching.disconnected(_socket())

    def watch(self, message: Any = None) -> dict[str, Any]:
        """Send the readings of these devices from now on, if all are the user's own."""
        ids = asked_for(message)
        if ids is None:
            return {"ok": False, "error": f"a message must name 1 to {MOST_DEVICES} devices by id"}
        if len(ids) > self._watching.room_left(_socket()):
            return {"ok": False, "error": f"a page can watch at most {MOST_DEVICES} devices"}
        try:
            # The session is looked up anew: it may have ended since the socket was opened.
            identity = of_session(request.cookies.get(SESSION_COOKIE, ""), self._deps)
            if identity is None:
                return {"ok": False, "error": "signed out"}
            if devices.owned(self._deps.db, identity.user_id, ids) != set(ids):
                return {"ok": False, "error": "there is no such device"}
        except StoreUnavailableError as error:
            return {"ok": False, "error": str(error)}
        for device in ids:
            flask_socketio.join_room(device_room(device))
        self._watching.watch(_socket(), ids)
        tell_live(self._deps, ids)
        return {"ok": True}

    def unwatch(self, message: Any = None) -> dict[str, Any]:
        """Send these devices' readings no longer."""
        ids = asked_for(message) or []
        for device in ids:
            flask_socketio.leave_room(device_room(device))
        self._watching.unwatch(_socket(), ids)
        return {"ok": True}


def tell_live(found: Deps, ids: list[str]) -> None:
    """Ask the program live for these devices' readings, for the next 15 seconds.

    Without Redis nothing is asked now; the renewal does so as soon as Redis is back.
    """
    if not ids:
        return
    until = found.clock.now_us() / 1e6 + WATCHED_SECONDS
    try:
        with raising_unavailable():
            found.redis.zadd(WATCHED_DEVICES, dict.fromkeys(ids, until))
            found.redis.publish(WATCHED_CHANGED, "")
    except StoreUnavailableError:
        return


def _socket() -> str:
    socket: str = request.sid  # type: ignore[attr-defined] # Flask-SocketIO adds it
    return socket
