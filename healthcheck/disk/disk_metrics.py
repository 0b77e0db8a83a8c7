"""Render the guard's part of the report as Prometheus metrics."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from healthcheck.disk.guard import LEVELS

DAY_SECONDS = 86_400


def families(disk: dict[str, Any]) -> Iterator[Metric]:
    """Yield the metrics of the report's *disk*; none before the guard has measured it."""
    if not disk.get("guard"):
        return
    level = GaugeMetricFamily(
        "qlines_disk_guard_level", "1 for the level of the disk's guard", labels=["level"]
    )
    for name in LEVELS:
        level.add_metric([name], float(disk["guard"]["level"] == name))
    yield level
    yield CounterMetricFamily(
        "qlines_disk_guard_dropped_partitions",
        "partitions of readings that the guard dropped to make room",
        disk["guard"]["dropped_partitions"],
    )
    yield CounterMetricFamily(
        "qlines_disk_guard_dropped_bytes",
        "bytes of the partitions that the guard dropped",
        disk["guard"]["dropped_bytes"],
    )
    # Absent without a forecast: a number would say that it is known.
    if disk["forecast"]["growth_bytes_per_day"] is not None:
        yield GaugeMetricFamily(
            "qlines_disk_growth_bytes_per_second",
            "by how much the disk's use grew each second, in the last week",
            disk["forecast"]["growth_bytes_per_day"] / DAY_SECONDS,
        )
    if disk["forecast"]["days"] is not None:
        yield GaugeMetricFamily(
            "qlines_disk_forecast_seconds",
            "time until the disk's guard begins to make room",
            disk["forecast"]["days"] * DAY_SECONDS,
        )
