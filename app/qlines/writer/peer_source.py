"""Read the twin's Kafka into the own ClickHouse, in a thread of its own.

The own log must neither stop nor be late because of the twin's: so this has a consumer, a buffer
and a connection to ClickHouse of its own, and rests while the own loop is behind. Nothing that
happens here ends the program; it connects again.
"""

import logging
from collections.abc import Callable

from kafka import KafkaConsumer

from qlines.clients import kafka
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.peer import KAFKA_NAME
from qlines.writer.loop import Commit, Writer
from qlines.writer.peer_status import PeerStatus

log = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 5.0
# While the own loop is further behind than that (the broker slows senders from 2 s on) it rests
# between two fetches; never for good, because the twin's Kafka does not wait.
GIVE_WAY_MS = 1_000
REST_SECONDS = 0.2


class PeerSource:
    """The state of the thread's loop; the caller repeats run_once()."""

    def __init__(
        self,
        connect: Callable[[], KafkaConsumer],
        resume: Callable[[KafkaConsumer], Commit],
        make_writer: Callable[[KafkaConsumer, Commit], Writer],
        *,
        own_lag_ms: Callable[[], int],
        status: PeerStatus,
        clock: Clock,
    ) -> None:
        self._connect = connect
        self._resume = resume
        self._make_writer = make_writer
        self._own_lag_ms = own_lag_ms
        self._status = status
        self._clock = clock
        self._consumer: KafkaConsumer | None = None
        self._writer: Writer | None = None
        self._asked_at = float("-inf")

    def run_once(self) -> bool:
        """Run one iteration; always return True, because fetching waits by itself.

        Raise StoreUnavailableError when a store does not answer, or for any other trouble.
        """
        if self._own_lag_ms() > GIVE_WAY_MS:
            self._clock.sleep(REST_SECONDS)
        try:
            self._iterate()
        except StoreUnavailableError as error:
            if error.store != "kafka":
                raise
            raise StoreUnavailableError(KAFKA_NAME, error.__cause__ or error) from error
        except Exception as error:
            log.exception("reading the twin's Kafka failed; it connects again")
            self._disconnect()
            raise StoreUnavailableError(KAFKA_NAME, error) from error
        return True

    def close(self) -> None:
        """Flush the buffer, so that the next start replays less.

        Raise StoreUnavailableError when that is not possible now.
        """
        if self._writer is not None:
            self._writer.close()

    def _iterate(self) -> None:
        if self._consumer is None:
            self._consumer = self._connect()
        if self._writer is None:
            self._writer = self._make_writer(self._consumer, self._resume(self._consumer))
        try:
            self._writer.run_once()
        except (kafka.PositionLostError, AssignmentChangedError) as error:
            log.warning("looking for the place in the twin's Kafka again: %s", error)
            self._writer.close()  # or the buffer would later commit what the new log does not have
            self._writer = None
            return
        self._ask()

    def _ask(self) -> None:
        """Ask how far the log is: a fetch from a Kafka that is away returns nothing, as any may."""
        now = self._clock.monotonic()
        if self._consumer is None or now - self._asked_at < ASK_EVERY_SECONDS:
            return
        self._status.note_answer(kafka.behind(self._consumer))
        self._asked_at = now

    def _disconnect(self) -> None:
        consumer, self._consumer, self._writer = self._consumer, None, None
        if consumer is not None:
            try:
                consumer.close(autocommit=False)
            except Exception:  # noqa: BLE001 - it is given up in any case
                log.warning("the connection to the twin's Kafka did not close")
