"""Limit the backlog: publish nothing while Kafka might delete what ClickHouse does not have yet.

The topic keeps RETENTION_BYTES (init/stores.py) and deletes the oldest records beyond that, stored
or not. During a long outage of ClickHouse new messages must therefore stay in the spool, whose
quota ends in refusals and never in a loss. Kafka reports records, not bytes, so the bytes are
estimated by the mean of what this process sent, before compression: too high rather than too low.
"""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import BackPressureError

MAX_BACKLOG_BYTES = 1024**3  # half of what the topic keeps
ASK_EVERY_SECONDS = 5.0  # some 20 MB in between at 25,000 messages/s


class Backlog:
    """What is in Kafka and not yet in ClickHouse; *lag* returns it in records."""

    def __init__(
        self, lag: Callable[[], int], clock: Clock, max_bytes: int = MAX_BACKLOG_BYTES
    ) -> None:
        self._lag = lag
        self._clock = clock
        self._max_bytes = max_bytes
        self._asked_at = float("-inf")
        self._records = 0
        self._sent_records = 0
        self._sent_bytes = 0

    def note_sent(self, record_bytes: int) -> None:
        """Include one record that was sent in the mean."""
        self._sent_records += 1
        self._sent_bytes += record_bytes

    def check(self) -> None:
        """Raise BackPressureError while the backlog is at its limit.

        Raise StoreUnavailableError when Kafka does not report the lag.
        """
        backlog_bytes = self._estimated_bytes()
        if backlog_bytes >= self._max_bytes:
            raise BackPressureError(
                "writer",
                f"{backlog_bytes >> 20} MB in Kafka are not in ClickHouse yet (at most "
                f"{self._max_bytes >> 20} MB), new messages stay in the spool",
            )

    def _estimated_bytes(self) -> int:
        now = self._clock.monotonic()
        if now - self._asked_at >= ASK_EVERY_SECONDS:
            self._asked_at = now
            self._records = self._lag()
        return self._records * self._sent_bytes // max(self._sent_records, 1)
