"""Queue in the target what still waits in the source: exports, and mails that were not sent.

No queue may keep what another one does: jobs that were left in one would run after the way back.
"""

import logging

from qlines.clients import redis
from qlines.clients.mongodb import Documents
from qlines.errors import StoreUnavailableError
from qlines.jobs import queue
from qlines.settings import Settings
from qlines.store import exports

log = logging.getLogger(__name__)


def queue_again(source: Settings, target: Settings, db: Documents) -> None:
    """Queue each waiting job; *db* is the target's. An export that is queued twice is made once.

    Raise StoreUnavailableError when a store does not answer.
    """
    into = redis.connect(target.redis)
    try:
        if "redis" in target.roles:  # this container's own, which nobody else uses
            queue.empty(into)
        for export_id in exports.unfinished(db):
            queue.enqueue_export(into, export_id)
        for arguments in _notifications(source):
            queue.enqueue_notification(into, *arguments)
    finally:
        into.close()


def forget(source: Settings) -> None:
    """Empty the source's queue; without its Redis the next queue_again() into it does so."""
    client = redis.connect(source.redis)
    try:
        queue.empty(client)
    except StoreUnavailableError as error:
        log.warning("jobs that have moved are still queued at the old place: %s", error)
    finally:
        client.close()


def _notifications(source: Settings) -> list[tuple[str, ...]]:
    client = redis.connect(source.redis)
    try:
        return queue.waiting_notifications(client)
    finally:
        client.close()
