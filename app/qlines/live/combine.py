"""Combine what a device sends in quick succession into one event; at once when it is quiet."""

from typing import Any

# Twenty pictures a second are enough for an eye; a device that sends every 20 ms costs no more.
PAUSE_SECONDS = 0.05
# Of one key in one event. A device that sends its backlog must not flood the page, which reads
# history by itself; the newest are kept.
MOST_POINTS = 500

Points = dict[str, list[tuple[int, Any]]]  # (milliseconds since 1970, value) by key


class Combiner:
    """Holds points by device until each device's next event is due."""

    def __init__(self) -> None:
        self._points: dict[str, Points] = {}
        self._sent_at: dict[str, float] = {}

    def add(self, device: str, ts_us: int, values: dict[str, Any]) -> None:
        """Take in one reading."""
        points = self._points.setdefault(device, {})
        for key, value in values.items():
            series = points.setdefault(key, [])
            series.append((ts_us // 1000, value))
            if len(series) > 2 * MOST_POINTS:
                del series[:-MOST_POINTS]

    def due(self, now: float) -> list[tuple[str, Points]]:
        """Return, and forget, the points of each device whose last event is long enough ago."""
        ready = [
            device
            for device in self._points
            if now - self._sent_at.get(device, float("-inf")) >= PAUSE_SECONDS
        ]
        for device in ready:
            self._sent_at[device] = now
        return [
            (
                device,
                {key: series[-MOST_POINTS:] for key, series in self._points.pop(device).items()},
            )
            for device in ready
        ]

    def seconds_to_next(self, now: float) -> float | None:
        """Return how long until something is due, None when nothing is held."""
        if not self._points:
            return None
        earliest = min(self._sent_at.get(device, now - PAUSE_SECONDS) for device in self._points)
        return max(0.0, earliest + PAUSE_SECONDS - now)

    def keep_only(self, watched: frozenset[str]) -> None:
        """Forget devices that nobody watches any more."""
        for held in (self._points, self._sent_at):
            for device in [device for device in held if device not in watched]:
                del held[device]
