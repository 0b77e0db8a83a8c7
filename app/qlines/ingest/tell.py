"""Tell MongoDB what ingest learned, without ever holding up telemetry."""

import logging
from typing import Any

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from qlines.clock import Clock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.ingest.notify import GATEWAY_PAUSE_SECONDS, STRANGER_PAUSE_SECONDS, Notifier, Notify
from qlines.ingest.waiting import Waiting
from qlines.store import unregistered

log = logging.getLogger(__name__)

PAUSE_SECONDS = (
    0.1  # between two rounds of writes: a storm of bad messages costs ten of them a second
)
AWAY_PAUSE_SECONDS = 2.0
# All of a round. A MongoDB that hangs thus holds up telemetry for a second in three, not for ever.
TIMEOUT_SECONDS = 1.0


class Teller:
    """Writes what waits, at most ten times a second, and rarely while MongoDB is away."""

    def __init__(self, db: Database[dict[str, Any]], notify: Notify, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._next_at = float("-inf")
        self._gateways = Notifier(notify, clock, GATEWAY_PAUSE_SECONDS)
        self._strangers = Notifier(notify, clock, STRANGER_PAUSE_SECONDS)
        self.is_answering = True

    def tell(self, waiting: Waiting) -> None:
        """Write what waits when it is time to; what could not be written goes on waiting."""
        if self._clock.monotonic() < self._next_at:
            return
        try:
            with pymongo.timeout(TIMEOUT_SECONDS):
                names = waiting.names
                waiting.flush(self._db)
                self._notify(names)
        except (StoreUnavailableError, PyMongoError) as error:
            # Whatever MongoDB finds wrong, a right or a schema, must not stop telemetry.
            if self.is_answering:
                log.warning("mongodb is away, what it is to be told waits: %s", error)
            self.is_answering = False
            self._next_at = self._clock.monotonic() + AWAY_PAUSE_SECONDS
            return
        if not self.is_answering:
            log.info("mongodb answers again")
        self.is_answering = True
        self._next_at = self._clock.monotonic() + PAUSE_SECONDS

    def _notify(self, names: list[str]) -> None:
        if names:
            now = utc_datetime(self._clock.now_us())
            for record in unregistered.due_for_notification(self._db, names, now):
                by_gateway = str(record["source"]).startswith("gateway ")
                (self._gateways if by_gateway else self._strangers).hear([record])
        self._gateways.tell(self._db)
        self._strangers.tell(self._db)
