"""Flush pending writes to MongoDB, without blocking telemetry while MongoDB is away."""

import logging

import pymongo
from pymongo.errors import PyMongoError

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.ingest.notify import (
    GATEWAY_PAUSE_SECONDS,
    UNKNOWN_TOKEN_PAUSE_SECONDS,
    Notifier,
    Notify,
)
from qlines.ingest.pending_writes import PendingWrites
from qlines.store import presence, unregistered

log = logging.getLogger(__name__)

FLUSH_EVERY_SECONDS = 0.1
REJECTED_EVERY_SECONDS = 1.0  # ten messages of each device at most: a flood must not flood MongoDB
RETRY_SECONDS = 2.0
# Of a whole flush. A MongoDB that hangs blocks telemetry for one second in three, not forever.
TIMEOUT_SECONDS = 1.0


class MongoFlusher:
    """Flushes at most ten times a second, and about every two seconds while MongoDB is away."""

    def __init__(
        self, db: Documents, notify: Notify, clock: Clock, side: str = presence.SIDE
    ) -> None:
        self._db = db
        self._side = side
        self._clock = clock
        self._next_at = float("-inf")
        self._rejected_at = float("-inf")
        self._backoff = Backoff(first_seconds=RETRY_SECONDS, max_seconds=RETRY_SECONDS)
        self._gateways = Notifier(notify, clock, GATEWAY_PAUSE_SECONDS)
        self._unknown_tokens = Notifier(notify, clock, UNKNOWN_TOKEN_PAUSE_SECONDS)

    @property
    def is_available(self) -> bool:
        """Return whether the latest flush succeeded."""
        return not self._backoff.attempts

    @property
    def has_notification(self) -> bool:
        """Return whether a notification has waited for its time, which has come."""
        return self._gateways.is_due or self._unknown_tokens.is_due

    def flush(self, pending: PendingWrites) -> None:
        """Flush *pending* when it is due; what cannot be written stays in it."""
        if self._clock.monotonic() < self._next_at:
            return
        try:
            with pymongo.timeout(TIMEOUT_SECONDS):
                ids = pending.unregistered_ids
                pending.flush(self._db, with_rejected=self._is_rejected_due(), side=self._side)
                self._notify(ids)
        except (StoreUnavailableError, PyMongoError) as error:
            # PyMongoError: no error of MongoDB, such as a missing right, may stop telemetry.
            self._back_off(error)
            return
        if self._backoff.attempts:
            log.info("mongodb is reachable again, flushing pending writes")
            self._backoff.reset()
        self._next_at = self._clock.monotonic() + FLUSH_EVERY_SECONDS

    def _is_rejected_due(self) -> bool:
        now = self._clock.monotonic()
        if now - self._rejected_at < REJECTED_EVERY_SECONDS:
            return False
        self._rejected_at = now
        return True

    def _back_off(self, error: Exception) -> None:
        if not self._backoff.attempts:
            log.warning("mongodb is away, writes to it are pending: %s", error)
        self._next_at = self._clock.monotonic() + self._backoff.next_seconds()

    def _notify(self, ids: list[str]) -> None:
        if ids:
            now = utc_datetime(self._clock.now_us())
            for record in unregistered.due_for_notification(self._db, ids, now):
                is_by_gateway = record["source"].startswith("gateway ")
                (self._gateways if is_by_gateway else self._unknown_tokens).add([record])
        self._gateways.send_due(self._db)
        self._unknown_tokens.send_due(self._db)
