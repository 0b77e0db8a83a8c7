"""Queue in the target what still waits in the source: exports, and mails that were not sent."""

from qlines.clients import redis
from qlines.clients.mongodb import Documents
from qlines.jobs import queue
from qlines.settings import Settings
from qlines.store import exports


def queue_again(source: Settings, target: Settings, db: Documents) -> None:
    """Queue each waiting job; *db* is the target's. An export that is queued twice is made once.

    Raise StoreUnavailableError when a store does not answer.
    """
    into = redis.connect(target.redis)
    try:
        for export_id in exports.unfinished(db):
            queue.enqueue_export(into, export_id)
        for arguments in _notifications(source):
            queue.enqueue_notification(into, *arguments)
    finally:
        into.close()


def _notifications(source: Settings) -> list[tuple[str, ...]]:
    client = redis.connect(source.redis)
    try:
        return queue.waiting_notifications(client)
    finally:
        client.close()
