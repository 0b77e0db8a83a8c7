"""Look up which keys a device has in the stores, without ever blocking telemetry for long."""

import logging
from collections.abc import Set

import pymongo
from pymongo.errors import PyMongoError

from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.store import attributes

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2  # ClickHouse may be stopped: telemetry then waits this long
PAUSE_SECONDS = 60.0  # after a failure, for all devices
# Looking up takes at most one part in so many of ingest's time: many devices may need it at once,
# and when there are more keys than fit into memory, each message of some.
SHARE = 20


class StoredKeys:
    """The keys of readings in ClickHouse and of attributes in MongoDB."""

    def __init__(self, clickhouse: str, db: Documents, clock: Clock) -> None:
        self._address = clickhouse
        self._db = db
        self._clock = clock
        self._next_at = float("-inf")

    def __call__(self, device: str) -> Set[str] | None:
        """Return the device's keys, None while a store does not answer or others were looked up."""
        started = self._clock.monotonic()
        if started < self._next_at:
            return None
        try:
            with pymongo.timeout(ANSWER_SECONDS):
                of_attributes = set(attributes.of_device(self._db, device))
            keys = of_attributes | set(self._keys_of_readings(device))
        except (StoreUnavailableError, PyMongoError) as error:
            self._next_at = self._clock.monotonic() + PAUSE_SECONDS
            log.warning("keys of %s are not looked up for %.0f s: %s", device, PAUSE_SECONDS, error)
            return None
        now = self._clock.monotonic()
        self._next_at = now + (SHARE - 1) * (now - started)
        return keys

    def _keys_of_readings(self, device: str) -> list[str]:
        # The driver costs 8 MB, and few appliances have a device with so many new keys.
        from qlines.clients import clickhouse  # noqa: PLC0415 - see above
        from qlines.store import readings  # noqa: PLC0415 - see above

        client = clickhouse.connect(self._address, answer_seconds=ANSWER_SECONDS)
        try:
            return readings.keys_of_device(client, device)
        finally:
            client.disconnect()
