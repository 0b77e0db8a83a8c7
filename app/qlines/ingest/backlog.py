"""Hold back before Kafka would delete what ClickHouse does not have yet.

The topic keeps RETENTION_BYTES (init/stores.py) and deletes the oldest beyond that, stored or not.
While ClickHouse is away for long, what comes in must stay in the spool, whose own limit ends in
refusals and never in a loss. Kafka tells records, not bytes, so the bytes are reckoned by the mean
of what this process sent, before compression: it holds back rather early than late.
"""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

MAX_BACKLOG_BYTES = 1024**3  # half of what the topic keeps
ASK_EVERY_SECONDS = 5.0  # at 25,000 messages a second some 20 MB in between


class Backlog:
    """What Kafka holds and the writer has not stored; *ask* returns it in records."""

    def __init__(
        self, ask: Callable[[], int], clock: Clock, max_bytes: int = MAX_BACKLOG_BYTES
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._most_bytes = max_bytes
        self._asked_at = float("-inf")
        self._records = 0
        self._sent_records = 0
        self._sent_bytes = 0

    def note_sent(self, record_bytes: int) -> None:
        """Take one record that was sent into the mean."""
        self._sent_records += 1
        self._sent_bytes += record_bytes

    def check(self) -> None:
        """Raise StoreUnavailableError while no more may be handed on."""
        now = self._clock.monotonic()
        if now - self._asked_at >= ASK_EVERY_SECONDS:
            self._asked_at = now
            self._records = self._ask()
        held_bytes = self._records * self._sent_bytes // max(self._sent_records, 1)
        if held_bytes >= self._most_bytes:
            raise StoreUnavailableError(
                "writer",
                BufferError(
                    f"Kafka holds {held_bytes >> 20} MB that ClickHouse does not have, "
                    "the spool keeps what comes in"
                ),
            )
