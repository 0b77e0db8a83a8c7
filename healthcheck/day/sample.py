"""What a sample of the last day holds, and how it follows from what healthd knows; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from healthcheck.metrics.measurements import Container
from healthcheck.report import View

EVERY_SECONDS = 60.0
KEPT = 1440  # a day
# Each counts what it has put into the spool; the canary's message every 10 s is among them.
SENDERS = ("mosquitto", "gunicorn")

Counts = Mapping[str, float]


class Sample(NamedTuple):
    """A minute that ended at *at* (epoch seconds); what was not known then is None.

    *lag_seconds* is that of the slower consumer, *unread_bytes* what Kafka does not have yet.
    """

    at: int
    messages_per_second: float | None
    unread_bytes: int
    lag_seconds: float
    disk_percent: float
    memory_percent: float | None


def counts_of(view: View) -> Counts:
    """Return how many messages each program has accepted since it started."""
    return {name: view.counters[name]["accepted"] for name in SENDERS if _counts(view, name)}


def _counts(view: View, name: str) -> bool:
    return "accepted" in view.counters.get(name, {})


def sample(
    at: float,
    view: View,
    container: Container | None,
    before: Counts,
    elapsed_seconds: float,
) -> Sample:
    """Return the sample of a minute that began with the counts *before*."""
    disk, spool = view.deep["disk"], view.deep["spool"]
    used = disk["total_bytes"] - disk["free_bytes"]
    return Sample(
        round(at),
        rate(before, counts_of(view), elapsed_seconds),
        spool["unread_bytes"],
        round(max(spool["lag_ms"].values(), default=0) / 1000, 1),
        _percent(used, disk["total_bytes"]),
        _percent(container.working_set_bytes, container.limit_bytes) if container else None,
    )


def rate(before: Counts, now: Counts, elapsed_seconds: float) -> float | None:
    """Return how many messages came per second; None when no program has counted all the time.

    A count that is smaller than before began again at 0, with the start of its program.
    """
    both = before.keys() & now.keys()
    if not both or elapsed_seconds <= 0:
        return None
    more = sum(
        now[name] - before[name] if now[name] >= before[name] else now[name] for name in both
    )
    return round(more / elapsed_seconds, 1)


def document(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the samples as `/health/day` promises them: a list for each name, the oldest first.

    *at* is milliseconds there.
    """
    return {
        "every_seconds": EVERY_SECONDS,
        "at": [one.at * 1000 for one in samples],
        "messages_per_second": [one.messages_per_second for one in samples],
        "unread_bytes": [one.unread_bytes for one in samples],
        "lag_seconds": [one.lag_seconds for one in samples],
        "disk_percent": [one.disk_percent for one in samples],
        "memory_percent": [one.memory_percent for one in samples],
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(whole, 1), 1)
