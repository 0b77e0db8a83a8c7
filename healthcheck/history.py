"""Remember since when each status has lasted and how often each program was restarted."""

from healthcheck.observations import Process

HOUR_SECONDS = 3600.0


class Since:
    """Since when each name has had its status, in epoch seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    def note(self, name: str, status: str, now: float) -> float:
        """Note the status and return since when it has lasted."""
        known = self._known.get(name)
        if known is None or known[0] != status:
            known = self._known[name] = (status, now)
        return known[1]


class Restarts:
    """How often each program was restarted within the last hour.

    The first start that the checker sees does not count. supervisord gives starts in whole
    seconds, so several within one second count once.
    """

    def __init__(self) -> None:
        self._last_start: dict[str, float] = {}
        self._restarts: dict[str, list[float]] = {}

    def note(self, processes: dict[str, Process], now: float) -> None:
        """Note when each process was started."""
        for name, process in processes.items():
            if not process.started_at:
                continue
            last = self._last_start.get(name)
            self._last_start[name] = process.started_at
            if last is not None and last != process.started_at:
                self._restarts.setdefault(name, []).append(now)

    def last_hour(self, name: str, now: float) -> int:
        """Return the count, and forget older restarts."""
        recent = [at for at in self._restarts.get(name, []) if now - at < HOUR_SECONDS]
        if recent:
            self._restarts[name] = recent
        return len(recent)
