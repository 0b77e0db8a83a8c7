"""Buffer fetched readings until they are due in ClickHouse; pure."""

from collections.abc import Iterator

from kafka import TopicPartition

from qlines.reading import Reading
from qlines.writer.flush_schedule import POINTS_EVERY_SECONDS, FlushSchedule

MAX_POINTS = 60_000


class Buffer:
    """Readings that were fetched and are not committed yet, and when they are due.

    It is full with *max_points*: then nothing more may be added, and it is due at once. Otherwise
    it is due every *max_seconds*. A slice of it, which is what one insert takes, has about
    *max_points* too, because a single fetch may bring more than that.
    Without *has_latest* nothing is inserted into `latest` ahead of its points.
    """

    def __init__(
        self,
        *,
        max_points: int = MAX_POINTS,
        max_seconds: float = POINTS_EVERY_SECONDS,
        has_latest: bool = True,
    ) -> None:
        self._max_points = max_points
        self._has_latest = has_latest
        self._schedule = FlushSchedule(max_seconds)
        self._empty()

    def _empty(self) -> None:
        self._readings: list[Reading] = []
        self._added_readings = 0
        self._added_points = 0
        self._readings_in_latest = 0
        self._arrivals_ms: dict[str, int] = {}
        self.next_offsets: dict[TopicPartition, int] = {}
        self.written_ms = 0  # when the youngest record was written to Kafka, epoch milliseconds

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to commit, not even a record without readings."""
        return not self.next_offsets

    @property
    def is_full(self) -> bool:
        """Return whether nothing more may be added before the next clear()."""
        return self._added_points >= self._max_points

    def add(
        self, readings: list[Reading], partition: TopicPartition, offset: int, written_ms: int
    ) -> None:
        """Add the readings of the record at *offset*; an invalid record has none."""
        self._readings.extend(readings)
        for reading in readings:
            # The clocks of two nodes may differ; of two writers both must keep the same one.
            known_ms = self._arrivals_ms.get(reading.device, 0)
            self._arrivals_ms[reading.device] = max(known_ms, written_ms)
        self._added_readings += len(readings)
        self._added_points += sum(len(reading.values) for reading in readings)
        self.next_offsets[partition] = offset + 1
        self.written_ms = max(self.written_ms, written_ms)

    def is_due(self, now: float) -> bool:
        """Return whether everything is to be stored and committed."""
        return self.is_full or self._schedule.is_points_due(now)

    def is_latest_due(self, now: float) -> bool:
        """Return whether the latest values are to be inserted ahead of their points."""
        return self._has_latest and self._schedule.is_latest_due(now)

    def seconds_to_next(self, now: float) -> float:
        """Return how long until the next insert of what it holds is due, 0 when it is."""
        points_in = self._schedule.seconds_to_points(now)
        if not self._has_latest or self._readings_in_latest == len(self._readings):
            return points_in
        return min(points_in, self._schedule.seconds_to_latest(now))

    def slices(self) -> Iterator[list[Reading]]:
        """Yield the readings in slices, oldest first, and drop each when the next is asked for.

        So a slice whose insert raised an error stays, and the memory of the others is free.
        """
        while self._readings:
            slice_ = self._first_slice()
            yield slice_
            del self._readings[: len(slice_)]
            self._readings_in_latest = max(0, self._readings_in_latest - len(slice_))

    def clear(self, now: float) -> None:
        """Note that everything is stored and committed."""
        self._schedule.note_points(now, self._added_readings)
        self._empty()

    def not_in_latest(self) -> list[Reading]:
        """Return the readings whose values were not inserted into `latest` yet."""
        return self._readings[self._readings_in_latest :]

    def arrivals_ms(self) -> dict[str, int]:
        """Return when the newest record of each device came that is not in `latest` yet."""
        return self._arrivals_ms

    def note_latest(self, now: float) -> None:
        """Note that the values of all readings, and their arrival, are in `latest`."""
        self._schedule.note_latest(now, len(self._readings) - self._readings_in_latest)
        self._readings_in_latest = len(self._readings)
        self._arrivals_ms = {}

    def _first_slice(self) -> list[Reading]:
        points = 0
        for index, reading in enumerate(self._readings):
            points += len(reading.values)
            if points >= self._max_points:
                return self._readings[: index + 1]
        return self._readings[:]
