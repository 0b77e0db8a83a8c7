"""What is known about the twin's Kafka, for the writer's heartbeat."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from qlines.clock import Clock
from qlines.heartbeat import Beats
from qlines.peer import KAFKA_NAME
from qlines.writer.counters import COUNTERS

LATE_MS = 10_000  # below that the twin's readings are on time for everybody


class PeerStatus:
    """Written by the thread that reads the twin's Kafka, read by the writer's own loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waits_for = KAFKA_NAME
        self._since_us: int | None = clock.now_us()  # nothing has answered yet
        self._behind = 0
        self._lag_ms = 0
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def beat(
        self,
        sentence: str,
        *,
        waiting_for: str | None = None,
        counters: Mapping[str, Any] | None = None,
        lag_ms: int | None = None,
    ) -> None:
        """Note one iteration of the thread's loop; it may have waited for an answer in vain."""
        if waiting_for:
            self._waits_for = waiting_for
            self._since_us = self._since_us or self._clock.now_us()
        elif lag_ms is not None:
            self._lag_ms = lag_ms

    def note_answer(self, behind: int) -> None:
        """Note that the twin's Kafka answers, and has *behind* records that were not fetched."""
        self._since_us = None
        self._behind = behind

    def sentence(self) -> str:
        """Return what an operator should know, empty when all is well."""
        behind = f", {self._behind} records are waiting there" if self._behind else ""
        since_us = self._since_us
        if since_us is not None:
            since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(since_us // 1_000_000))
            return f"{self._waits_for} has not answered since {since}{behind}"
        if self._lag_ms > LATE_MS:
            return f"{self._lag_ms // 1000} s behind {KAFKA_NAME}{behind}"
        return ""

    def numbers(self) -> dict[str, float]:
        """Return counters and gauges under names that tell them from the writer's own."""
        since_us = self._since_us
        away_us = self._clock.now_us() - since_us if since_us is not None else None
        return {
            "twin_readings": self.counters["readings"],
            "twin_points": self.counters["points"],
            "twin_inserts": self.counters["inserts"],
            "twin_invalid_records": self.counters["invalid_records"],
            "twin_refused_readings": self.counters["refused_readings"],
            "twin_lag_seconds": self._lag_ms / 1000,
            "twin_behind_records": self._behind,
            # 0 is for an answer, not for the first second without one.
            "twin_unanswered_seconds": 0 if away_us is None else max(1, away_us // 1_000_000),
        }


class WithPeer:
    """Adds what is known about the twin's Kafka to the beats of the writer's own loop."""

    def __init__(self, heartbeat: Beats, status: PeerStatus) -> None:
        self._heartbeat = heartbeat
        self._status = status

    def beat(
        self,
        sentence: str,
        *,
        waiting_for: str | None = None,
        counters: Mapping[str, Any] | None = None,
        lag_ms: int | None = None,
    ) -> None:
        """Pass an iteration on; the lag stays the own log's, because it slows the own senders."""
        also = self._status.sentence()
        self._heartbeat.beat(
            f"{sentence}; {also}" if also else sentence,
            waiting_for=waiting_for,
            counters={**(counters or {}), **self._status.numbers()},
            lag_ms=lag_ms,
        )
