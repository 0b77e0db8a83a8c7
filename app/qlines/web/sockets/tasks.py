"""Background tasks: renew watches, end sockets and polls that must end, sync the spool, beat."""

import logging
from collections.abc import Callable, Mapping

from qlines.errors import QLinesError
from qlines.heartbeat import Heartbeat
from qlines.store import devices, sessions
from qlines.web.deps import Deps
from qlines.web.device.polls import Polls
from qlines.web.device.spool_handle import SpoolHandle
from qlines.web.extensions import sockets
from qlines.web.sockets.events import renew_watches
from qlines.web.sockets.watching import Watching

log = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = 5
CHECK_SESSIONS_EVERY_SECONDS = 2  # so that sockets are closed within 5 seconds of a revocation
TIDY_POLLS_EVERY_SECONDS = 1
DROP_POLLS_EVERY_SECONDS = 10  # it takes 20 ms when 10,000 devices poll
SYNC_EVERY_SECONDS = 0.5
HEARTBEAT_EVERY_SECONDS = 1


def close_sockets_of_ended_sessions(deps: Deps, watching: Watching) -> int:
    """Close the sockets whose session has ended, by any worker; return how many."""
    open_sessions = watching.sessions()
    if not open_sessions:
        return 0
    # A session whose first socket opens while MongoDB answers was not asked for.
    ended = open_sessions - sessions.not_ended(deps.db, open_sessions)
    closed = watching.sockets_of(ended)
    for socket in closed:
        sockets.emit("signed-out", to=socket)
        sockets.server.disconnect(socket)
        watching.disconnected(socket)
    if closed:
        log.info("closed %s sockets of ended sessions", len(closed))
    return len(closed)


def leave_devices_of_others(deps: Deps, watching: Watching) -> int:
    """Let no socket watch a device that another user has claimed, or that is gone.

    Return how many sockets have lost one.
    """
    watched = watching.watched()
    if not watched:
        return 0
    lost = watching.of_others(watched, devices.owners_of(deps.db, sorted(watched)))
    for socket, ids in lost:
        for device in ids:
            sockets.server.leave_room(socket, watching.room_of(device))
        watching.unwatch(socket, ids)
    return len(lost)


def start(
    deps: Deps,
    watching: Watching,
    following: Watching,
    spool: SpoolHandle,
    polls: Polls,
    counters: Callable[[], Mapping[str, float]],
    heartbeat: Heartbeat,
) -> None:
    """Start the background tasks; only in the process that serves requests."""

    def renew() -> None:
        renew_watches(deps, sorted(watching.watched()))

    def check() -> None:
        close_sockets_of_ended_sessions(deps, watching)
        for kind in (watching, following):
            leave_devices_of_others(deps, kind)

    def beat() -> None:
        of_people = {
            "refused_queries": deps.query_turns.refused,
            "refused_sign_ins": deps.hash_turns.refused,
            "sockets": watching.open_sockets(),
        }
        counted = {**counters(), **of_people, "polls": len(polls)}
        heartbeat.beat("serves pages and devices", counters=counted)

    for task, seconds in (
        (renew, RENEW_EVERY_SECONDS),
        (check, CHECK_SESSIONS_EVERY_SECONDS),
        (polls.tidy, TIDY_POLLS_EVERY_SECONDS),
        (polls.drop_who_left, DROP_POLLS_EVERY_SECONDS),
        (spool.sync, SYNC_EVERY_SECONDS),
        (beat, HEARTBEAT_EVERY_SECONDS),
    ):
        sockets.start_background_task(_repeat, task, seconds)


def _repeat(task: Callable[[], object], seconds: float) -> None:
    """Run the task every *seconds*; after an outage the next run is the retry."""
    while True:
        try:
            task()
        except (QLinesError, OSError) as error:
            log.warning("a background task failed, retrying in %s s: %s", seconds, error)
        sockets.sleep(seconds)
