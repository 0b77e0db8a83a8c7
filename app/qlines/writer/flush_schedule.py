"""Decide when the writer inserts: at once when it is quiet, less often under load; pure.

An insert into `points` starts merges that rewrite millions of rows: 35 ms of CPU each (measured
with 1.6 million rows; 75 % of a core at 21 inserts a second). An insert into `latest` rewrites a
few thousand. So `latest`, which /api/data reads, is written as soon as readings arrive, and
`points`, which the charts read, once a second.
"""

POINTS_EVERY_SECONDS = 1.0
MIN_LATEST_EVERY_SECONDS = 0.015  # ingest publishes every 20 ms at most
CALM_LATEST_EVERY_SECONDS = 0.04
CALM_RATE = 5_000  # readings/s; up to here one device at its limit does not delay the others
LATEST_SECONDS_PER_RATE = 40e-6  # 500 readings/s go into `latest` every 20 ms, 1,000 every 40 ms
LATEST_SECONDS_PER_RATE_ABOVE_CALM = 50e-6  # 10,000 every 290 ms, 25,000 together with `points`


class FlushSchedule:
    """When the tables `points` and `latest` are due; times are monotonic seconds.

    `points` is due every *points_every_seconds*. `latest` is due at an interval that grows with
    the rate of readings, up to the same.
    """

    def __init__(self, points_every_seconds: float = POINTS_EVERY_SECONDS) -> None:
        self._points_every = points_every_seconds
        self._latest_every = MIN_LATEST_EVERY_SECONDS
        self._points_at = float("-inf")
        self._latest_at = float("-inf")

    def is_points_due(self, now: float) -> bool:
        """Return whether readings are to be inserted into `points`."""
        return now - self._points_at >= self._points_every

    def is_latest_due(self, now: float) -> bool:
        """Return whether the latest values are to be inserted into `latest`."""
        return now - self._latest_at >= self._latest_every

    def note_points(self, now: float, readings: int) -> None:
        """Note an insert of *readings* into `points`, from which ClickHouse fills `latest` too."""
        self._adapt_to(readings, now - self._points_at)
        self._points_at = now
        self._latest_at = now

    def note_latest(self, now: float, readings: int) -> None:
        """Note an insert into `latest` of the values of *readings*."""
        self._adapt_to(readings, now - self._latest_at)
        self._latest_at = now

    def seconds_to_points(self, now: float) -> float:
        """Return how long until `points` is due, 0 when it is."""
        return max(0.0, self._points_at + self._points_every - now)

    def seconds_to_latest(self, now: float) -> float:
        """Return how long until `latest` is due, 0 when it is."""
        return max(0.0, self._latest_at + self._latest_every - now)

    def _adapt_to(self, readings: int, seconds: float) -> None:
        interval = latest_seconds(readings / max(seconds, 0.001))
        self._latest_every = min(interval, self._points_every)


def latest_seconds(rate: float) -> float:
    """Return how far apart inserts into `latest` should be at so many readings a second."""
    calm = min(rate * LATEST_SECONDS_PER_RATE, CALM_LATEST_EVERY_SECONDS)
    busy = CALM_LATEST_EVERY_SECONDS + (rate - CALM_RATE) * LATEST_SECONDS_PER_RATE_ABOVE_CALM
    return max(calm, busy, MIN_LATEST_EVERY_SECONDS)
