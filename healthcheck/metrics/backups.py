"""Render the report's *backup* as Prometheus metrics; what is unknown or off has no sample."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric


def families(backup: dict[str, Any]) -> Iterator[Metric]:
    """Yield the metrics of backups, then those of restore drills."""
    for name, meaning, value in (*_of_backups(backup), *_of_drills(backup)):
        if value is not None:
            yield GaugeMetricFamily(f"qlines_{name}", meaning, float(value))


def _of_backups(backup: dict[str, Any]) -> Iterator[tuple[str, str, float | None]]:
    good = backup["last_good"] or {}
    at = good.get("at")
    yield (
        "backup_last_good_timestamp_seconds",
        "when the newest good backup began",
        None if at is None else at / 1000,
    )
    yield "backup_age_seconds", "time since the newest good backup began", good.get("age_seconds")
    yield "backup_seconds", "time that the newest good backup took", good.get("seconds")
    yield "backup_bytes", "size of what the newest good backup holds", good.get("bytes")
    yield "backup_failed", "1 while the newest backup is one that failed", _has_failed(backup)
    yield "backup_interval_seconds", "interval of backups, as set", backup["every_seconds"]


def _of_drills(backup: dict[str, Any]) -> Iterator[tuple[str, str, float | None]]:
    proven, last = backup["proven"] or {}, backup["last_drill"]
    at = proven.get("at")
    yield (
        "restore_proven_timestamp_seconds",
        "when the newest restore drill began that was good",
        None if at is None else at / 1000,
    )
    yield "restore_proven_seconds", "time that this restore took", proven.get("seconds")
    yield "drill_failed", "1 while the newest restore drill is one that failed", _is_bad(last)
    yield "drill_interval_seconds", "interval of drills, as set", backup["drill_every_seconds"]


def _has_failed(backup: dict[str, Any]) -> float | None:
    """Return whether the newest run failed, a drill aside; None before the first run ended."""
    failure = backup["last_failure"]
    if failure and failure["verb"] != "drill":
        return 1.0
    return 0.0 if backup["last_good"] else None


def _is_bad(drill: dict[str, Any] | None) -> float | None:
    return None if drill is None else float(not drill["ok"])
