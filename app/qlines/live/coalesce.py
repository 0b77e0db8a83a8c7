"""Coalesce the readings of a device that follow each other quickly into one event; pure."""

from qlines.reading import Reading, Value

# 20 events/s are enough for an eye, and a device that sends every 20 ms costs no more.
PAUSE_SECONDS = 0.05
# Of one key in one event: a device that uploads its backlog must not flood the page, which loads
# the history by itself.
MAX_POINTS_PER_KEY = 500

Points = dict[str, list[tuple[int, Value]]]  # by key: (epoch milliseconds, value), as they came


class Coalescer:
    """Holds points by device until the device's next event is due.

    The first reading after a quiet time is due at once, the next event *pause_seconds* later.
    Of each key an event holds the last *max_points_per_key*. Times are monotonic seconds.
    """

    def __init__(
        self,
        *,
        pause_seconds: float = PAUSE_SECONDS,
        max_points_per_key: int = MAX_POINTS_PER_KEY,
    ) -> None:
        self._pause_seconds = pause_seconds
        self._max_points_per_key = max_points_per_key
        self._points: dict[str, Points] = {}
        self._published_at: dict[str, float] = {}

    def add(self, reading: Reading) -> None:
        """Add the points of one reading."""
        points = self._points.setdefault(reading.device, {})
        for key, value in reading.values.items():
            series = points.setdefault(key, [])
            series.append((reading.ts_us // 1000, value))
            if len(series) > 2 * self._max_points_per_key:  # trimmed now and then: it costs less
                del series[: -self._max_points_per_key]

    def take_due(self, now: float) -> list[tuple[str, Points]]:
        """Return and remove the points of each device that is due."""
        due = [device for device in self._points if self._due_at(device) <= now]
        for device in due:
            self._published_at[device] = now
        return [(device, self._trimmed(self._points.pop(device))) for device in due]

    def seconds_to_next(self, now: float) -> float | None:
        """Return how long until a device is due, None when it holds no points."""
        if not self._points:
            return None
        return max(0.0, min(map(self._due_at, self._points)) - now)

    def retain_only(self, watched: frozenset[str]) -> None:
        """Remove the devices that are no longer watched."""
        for by_device in (self._points, self._published_at):
            for device in [device for device in by_device if device not in watched]:
                del by_device[device]

    def _due_at(self, device: str) -> float:
        return self._published_at.get(device, float("-inf")) + self._pause_seconds

    def _trimmed(self, points: Points) -> Points:
        return {key: series[-self._max_points_per_key :] for key, series in points.items()}
