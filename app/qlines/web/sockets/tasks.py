"""What the web app does in the background: renew what is watched, end sockets of ended sessions."""

import logging
from collections.abc import Callable

from qlines.errors import QLinesError
from qlines.heartbeat import Heartbeat
from qlines.store import sessions
from qlines.web.deps import Deps
from qlines.web.device.api import DeviceApi
from qlines.web.device.spool_door import SpoolDoor
from qlines.web.extensions import sockets
from qlines.web.sockets.events import tell_live
from qlines.web.sockets.watching import Watching

log = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = 5
CHECK_SESSIONS_EVERY_SECONDS = 2  # a revoked session's sockets end within 5 seconds
SYNC_EVERY_SECONDS = 0.5
SIGN_OF_LIFE_EVERY_SECONDS = 1


def end_sockets_of_ended_sessions(found: Deps, watching: Watching) -> int:
    """End the sockets whose session has ended, whoever ended it; return how many."""
    open_sessions = watching.sessions()
    if not open_sessions:
        return 0
    ended = watching.sockets_outside(sessions.alive(found.db, open_sessions))
    for socket in ended:
        sockets.emit("signed-out", to=socket)
        sockets.server.disconnect(socket)
        watching.disconnected(socket)
    if ended:
        log.info("ended %s sockets of ended sessions", len(ended))
    return len(ended)


def start(
    found: Deps, watching: Watching, spool: SpoolDoor, device_api: DeviceApi, heartbeat: Heartbeat
) -> None:
    """Start the background tasks; only in the process that serves."""

    def renew() -> None:
        tell_live(found, sorted(watching.watched()))

    def check() -> None:
        end_sockets_of_ended_sessions(found, watching)

    def sign_of_life() -> None:
        heartbeat.beat("serves pages and devices", counters=device_api.counters)

    for task, seconds in (
        (renew, RENEW_EVERY_SECONDS),
        (check, CHECK_SESSIONS_EVERY_SECONDS),
        (spool.sync, SYNC_EVERY_SECONDS),
        (sign_of_life, SIGN_OF_LIFE_EVERY_SECONDS),
    ):
        sockets.start_background_task(_for_ever, task, seconds)


def _for_ever(task: Callable[[], object], seconds: float) -> None:
    """Do the task every so many seconds; a store that is away is tried again the next time."""
    while True:
        try:
            task()
        except (QLinesError, OSError) as error:
            log.warning("tries again in %s s: %s", seconds, error)
        sockets.sleep(seconds)
