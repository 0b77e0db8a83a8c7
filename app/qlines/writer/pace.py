"""Decide when the writer inserts: at once when it is quiet, less often the more there is; pure.

An insert into `points` starts merges that rewrite millions of rows: 35 ms of CPU each (measured,
1.6 million rows; 75 % of a core at 21 inserts a second). One into `latest` rewrites a few
thousand. So `latest`, which /api/data shows, is written as soon as anything came, and `points`,
which the charts read, once a second, or sooner when many have gathered.
"""

POINTS_EVERY_SECONDS = 1.0
POINTS_AN_INSERT = 60_000
LATEST_EVERY_SECONDS = 0.015  # at the least; ingest hands on every 20 ms at the most
# 500 readings a second are shown every 20 ms, 2,000 every 80 ms: each insert costs about the same.
LATEST_SECONDS_A_RATE = 40e-6


class Pace:
    """Remembers when the last inserts were."""

    def __init__(self) -> None:
        self._stored_at = float("-inf")
        self._shown_at = float("-inf")
        self._show_every = LATEST_EVERY_SECONDS

    def is_time_to_store(self, now: float, points: int) -> bool:
        """Tell whether the gathered *points* belong into the tables now."""
        return points >= POINTS_AN_INSERT or now - self._stored_at >= POINTS_EVERY_SECONDS

    def is_time_to_show(self, now: float) -> bool:
        """Tell whether the newest values belong into `latest` now."""
        return now - self._shown_at >= self._show_every

    def note_stored(self, now: float, readings: int) -> None:
        """Remember an insert into the tables of all that came since the last one.

        It shows the newest values too.
        """
        self._adapt(now - self._stored_at, readings)
        self._stored_at = now
        self._shown_at = now

    def note_shown(self, now: float, readings: int) -> None:
        """Remember an insert into `latest` of what came since the last one."""
        self._adapt(now - self._shown_at, readings)
        self._shown_at = now

    def seconds_to_next(self, now: float, *, is_shown: bool) -> float:
        """Return how long until gathered readings are due."""
        store_in = self._stored_at + POINTS_EVERY_SECONDS - now
        show_in = self._shown_at + self._show_every - now
        return max(0.0, store_in if is_shown else min(store_in, show_in))

    def _adapt(self, seconds: float, readings: int) -> None:
        wish = readings / max(seconds, 0.001) * LATEST_SECONDS_A_RATE
        self._show_every = min(max(wish, LATEST_EVERY_SECONDS), POINTS_EVERY_SECONDS)
