"""Socket.IO events: a browser watches devices for their readings, and follows them for changes.

Sockets are read-only; every change is an HTTP request.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from qlines.clients.redis import raising_unavailable
from qlines.errors import StoreUnavailableError
from qlines.redis_names import (
    WATCHED_CHANGED,
    WATCHED_DEVICES,
    owner_room,
)
from qlines.store import devices
from qlines.store.device_changes import DeviceChange
from qlines.web.auth.identity import SESSION_COOKIE, of_session
from qlines.web.deps import Deps
from qlines.web.extensions import sockets
from qlines.web.light_socketio import flask_socketio
from qlines.web.sockets.alarm_changes import AlarmChanges
from qlines.web.sockets.page_changes import EVERYTHING, PageChanges
from qlines.web.sockets.watching import MAX_DEVICES, Watching

WATCHED_SECONDS = 15  # renewed every 5 s, so a killed web app's watches expire soon

DEVICE_ID = re.compile(r"[0-9a-f]{24}")


def device_ids(message: Any) -> list[str] | None:
    """Return the ids in ``{"device": id}`` or ``{"devices": [id, …]}``; None if malformed."""
    if not isinstance(message, Mapping):
        return None
    ids = message.get("devices", [message.get("device")])
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_DEVICES:
        return None
    is_valid = all(isinstance(item, str) and DEVICE_ID.fullmatch(item) for item in ids)
    return list(dict.fromkeys(ids)) if is_valid else None


class Events:
    """The event handlers; each returns its acknowledgement to the browser.

    *following* has what sockets follow; *changes* follows those devices in MongoDB, and *alarms*
    the alarms of everybody who has a socket.
    """

    def __init__(
        self,
        deps: Deps,
        watching: Watching,
        following: Watching,
        changes: PageChanges,
        alarms: AlarmChanges,
    ) -> None:
        self._deps = deps
        self._watching = watching
        self._following = following
        self._changes = changes
        self._alarms = alarms

    def register(self) -> None:
        """Register the handlers with Socket.IO."""
        sockets.on_event("connect", self.connect)
        sockets.on_event("disconnect", self.disconnect)
        sockets.on_event("watch", self.watch)
        sockets.on_event("unwatch", self.unwatch)
        sockets.on_event("follow", self.follow)
        sockets.on_event("unfollow", self.unfollow)

    def connect(self, _auth: Any = None) -> None:
        """Accept the socket if its session has not ended; it watches no devices yet.

        It is sent the changes of its user's alarms from now on. Before that any may have changed.
        Raise Socket.IO's ConnectionRefusedError otherwise.
        """
        try:
            identity = of_session(request.cookies.get(SESSION_COOKIE, ""), self._deps)
        except StoreUnavailableError as error:
            raise flask_socketio.ConnectionRefusedError("unavailable") from error
        if identity is None or identity.session is None:
            raise flask_socketio.ConnectionRefusedError("signed out")
        for kind in (self._watching, self._following):
            kind.connected(_socket(), identity.session, identity.user_id)
        owner = str(identity.user_id)
        flask_socketio.join_room(owner_room(owner))
        self._alarms.wake()
        if self._alarms.hears(owner):
            flask_socketio.emit("alarms", {"changed": []})

    def disconnect(self, _reason: Any = None) -> None:
        """Forget the socket; its watches expire within 15 seconds."""
        for kind in (self._watching, self._following):
            kind.disconnected(_socket())

    def watch(self, message: Any = None) -> dict[str, Any]:
        """Start sending the readings of these devices, if all of them are the user's."""
        ids = device_ids(message) or []
        if error := self._refusal(ids, self._watching):
            return {"ok": False, "error": error}
        for device in ids:
            flask_socketio.join_room(self._watching.room_of(device))
        self._watching.watch(_socket(), ids)
        renew_watches(self._deps, ids)
        return {"ok": True}

    def unwatch(self, message: Any = None) -> dict[str, Any]:
        """Stop sending the readings of these devices."""
        ids = device_ids(message) or []
        for device in ids:
            flask_socketio.leave_room(self._watching.room_of(device))
        self._watching.unwatch(_socket(), ids)
        return {"ok": True}

    def follow(self, message: Any = None) -> dict[str, Any]:
        """Start sending ``changed`` for these devices, if all of them are the user's.

        The first one comes at once, or as soon as changes are heard of: the page fetches then.
        """
        ids = device_ids(message) or []
        if error := self._refusal(ids, self._following):
            return {"ok": False, "error": error}
        for device in ids:
            flask_socketio.join_room(self._following.room_of(device))
        self._following.watch(_socket(), ids)
        self._changes.wake()
        for device in filter(self._changes.hears, ids):
            for what in EVERYTHING:
                flask_socketio.emit("changed", DeviceChange(device, what)._asdict())
        return {"ok": True}

    def unfollow(self, message: Any = None) -> dict[str, Any]:
        """Stop sending the changes of these devices."""
        ids = device_ids(message) or []
        for device in ids:
            flask_socketio.leave_room(self._following.room_of(device))
        self._following.unwatch(_socket(), ids)
        return {"ok": True}

    def _refusal(self, ids: list[str], kind: Watching) -> str | None:
        """Return why the socket may not watch or follow these devices, None when it may."""
        if not ids:
            return f"a message must name 1 to {MAX_DEVICES} devices by id"
        if not kind.has_room(_socket(), ids):
            return f"a page can watch at most {MAX_DEVICES} devices"
        try:
            # The session may have ended since the socket was opened.
            identity = of_session(request.cookies.get(SESSION_COOKIE, ""), self._deps)
            if identity is None:
                return "signed out"
            is_own = devices.owned(self._deps.db, identity.user_id, ids) == set(ids)
        except StoreUnavailableError as error:
            return str(error)
        return None if is_own else "there is no such device"


def renew_watches(deps: Deps, ids: list[str]) -> None:
    """Have the program live publish these devices' readings for the next 15 seconds.

    While Redis does not answer this does nothing; the next renewal repeats it.
    """
    if not ids:
        return
    until = deps.clock.now_us() / 1e6 + WATCHED_SECONDS
    try:
        with raising_unavailable():
            deps.redis.zadd(WATCHED_DEVICES, dict.fromkeys(ids, until))
            deps.redis.publish(WATCHED_CHANGED, "")
    except StoreUnavailableError:
        return


def _socket() -> str:
    socket: str = request.sid  # type: ignore[attr-defined] # Flask-SocketIO adds it
    return socket
