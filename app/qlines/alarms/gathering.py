"""In which order two logs are evaluated when a term begins: as they were written.

Until then each had readings that nobody has evaluated. A device that moved from the twin to this
side has its older ones in the twin's log, which answers later: evaluated after the newer ones they
would change nothing, and what they say would never have been an alarm.
"""

import heapq
from collections.abc import Iterable

from qlines.alarms.kafka_log import Fetched, KafkaLog
from qlines.alarms.twin_feed import TwinFeed
from qlines.clock import Clock

MAX_READINGS = 20_000  # they are in memory: of a longer backlog the order is not kept
MAX_SECONDS = 10.0


class Gathering:
    """Holds what was fetched until both logs are near their ends, or nobody waits any longer."""

    def __init__(self, own: KafkaLog, twin: TwinFeed, clock: Clock) -> None:
        self._own = own
        self._twin = twin
        self._clock = clock
        self._until = clock.monotonic() + MAX_SECONDS
        self._fetched: list[Fetched] = []
        self._readings = 0

    def add(self, fetched: Iterable[Fetched]) -> list[Fetched] | None:
        """Take more; return all of it, in order, once that is enough, and None before.

        Whatever the twin has handed over by the last take() is to be among it.
        """
        for one in fetched:
            self._fetched.append(one)
            self._readings += len(one.readings)
        return in_order(self._fetched) if self._is_enough() else None

    @property
    def oldest_ms(self) -> int | None:
        """Return when the oldest of what is held was written, epoch milliseconds."""
        return min((one.position.written_ms for one in self._fetched), default=None)

    def _is_enough(self) -> bool:
        if self._readings > MAX_READINGS or self._clock.monotonic() > self._until:
            return True
        progress = self._twin.progress
        return self._own.is_level and (progress.has_failed or progress.is_level)


def in_order(fetched: Iterable[Fetched]) -> list[Fetched]:
    """Return records as they were written, those of one partition as they are in its log; pure.

    Those without a reading that matters, such as a place in a log alone, keep none waiting.
    """
    by_log: dict[str, list[Fetched]] = {}
    for one in fetched:
        by_log.setdefault(one.position.id, []).append(one)
    return list(heapq.merge(*by_log.values(), key=_moment))


def _moment(one: Fetched) -> int:
    return one.position.written_ms if one.readings else 0
