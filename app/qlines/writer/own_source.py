"""Read the own Kafka into ClickHouse, from the last commits on, and again when partitions move."""

import logging
from collections import Counter
from collections.abc import Callable

from kafka import KafkaConsumer

from qlines.clients import kafka
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.writer.counters import COUNTERS
from qlines.writer.loop import Commit, Writer

log = logging.getLogger(__name__)


class OwnSource:
    """The state of the writer's loop; the caller repeats run_once()."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        resume: Callable[[KafkaConsumer], Commit],
        make_writer: Callable[[KafkaConsumer, Commit, Counter[str]], Writer],
    ) -> None:
        self._consumer = consumer
        self._resume = resume
        self._make_writer = make_writer
        self._counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
        self._writer: Writer | None = None

    @property
    def lag_ms(self) -> int:
        """Return how far the writer is behind what was published."""
        return self._writer.lag_ms if self._writer else 0

    def run_once(self) -> bool:
        """Run one iteration; always return True, because fetching waits by itself.

        Raise StoreUnavailableError when Kafka or ClickHouse does not answer; nothing is lost then.
        """
        try:
            return self._current_writer().run_once()
        except AssignmentChangedError as change:
            log.info("%s", change)
            self._writer = None  # the member that has the partition now reads the rest
            return True

    def _current_writer(self) -> Writer:
        if self._writer is None:
            kafka.stay(self._consumer)  # a member that lost its partitions joins again
            commit = self._resume(self._consumer)
            self._writer = self._make_writer(self._consumer, commit, self._counters)
        return self._writer

    def close(self) -> None:
        """Flush the buffer, so that the next start replays less.

        Raise StoreUnavailableError or AssignmentChangedError when that is not possible now.
        """
        if self._writer is not None:
            self._writer.close()
