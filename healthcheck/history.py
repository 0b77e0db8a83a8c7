"""Remember what a single observation cannot show: since when, how often, silent for how long."""

from collections import Counter

from healthcheck.observations import MAX_STEP_SECONDS, Heartbeat, Process

HOUR_SECONDS = 3600.0


def step_seconds(since: float | None, now: float) -> float:
    """Return how much of the time since the last observation counts."""
    return 0.0 if since is None else min(max(0.0, now - since), MAX_STEP_SECONDS)


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


class Starts:
    """When each process was started, and how often each program was restarted.

    A program was restarted when its process has another id; the first that the checker sees does
    not count. Times are seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self._last: dict[str, Process] = {}
        self._restarts: dict[str, list[float]] = {}
        self._totals: Counter[str] = Counter()

    def note(self, processes: dict[str, Process], now: float) -> dict[str, Process]:
        """Note what runs; return the processes, each with the start that was seen first.

        supervisord computes a start from the wall clock, so it changes when that clock jumps.
        """
        return {name: self._steady(name, process, now) for name, process in processes.items()}

    def _steady(self, name: str, process: Process, now: float) -> Process:
        last = self._last.get(name)
        if not process.pid:
            return process
        if last is not None and last.pid == process.pid:
            return process._replace(started_at=last.started_at)
        if last is not None:
            self._restarts.setdefault(name, []).append(now)
            self._totals[name] += 1
        self._last[name] = process
        return process

    def last_hour(self, name: str, now: float) -> int:
        """Return how often the program was restarted, and forget older restarts."""
        recent = [at for at in self._restarts.get(name, []) if now - at < HOUR_SECONDS]
        if recent:
            self._restarts[name] = recent
        return len(recent)

    def total(self, name: str) -> int:
        """Return how often the program was restarted since this checker started."""
        return self._totals[name]


class Silences:
    """How long each heartbeat file has not changed, in seconds that the checker watched it."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Heartbeat, float]] = {}
        self._seconds: dict[str, float] = {}

    def note(self, program: str, heartbeat: Heartbeat | None, now: float) -> Heartbeat | None:
        """Return the heartbeat with its *silent_seconds*."""
        if heartbeat is None:
            self._seen.pop(program, None)
            return None
        last, last_at = self._seen.get(program, (None, None))
        is_same = last is not None and (last.pid, last.beat_at) == (
            heartbeat.pid,
            heartbeat.beat_at,
        )
        seconds = self._seconds.get(program, 0.0) + step_seconds(last_at, now) if is_same else 0.0
        self._seconds[program] = seconds
        self._seen[program] = (heartbeat, now)
        return heartbeat._replace(silent_seconds=seconds)
