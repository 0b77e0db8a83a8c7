"""Name every metric, with its meaning above it, and write them as Prometheus reads them.

The format is https://prometheus.io/docs/instrumenting/exposition_formats (text, 0.0.4). The
official client keeps its numbers where they are counted; here they are counted in other
processes and only passed on, so writing the lines is all there is to do.
"""

from collections.abc import Iterator
from typing import NamedTuple

from healthcheck.report import View

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metric(NamedTuple):
    """A metric's name, its type for Prometheus, its meaning."""

    name: str
    kind: str
    help: str


# 1 while the whole appliance has no trouble at all, else 0.
OK = Metric("qlines_ok", "gauge", "1 while nothing at all is wrong.")
# 1 while traffic may come: every essential program is well.
READY = Metric("qlines_ready", "gauge", "1 while every essential program is well.")
# 1 for the status that a component has, 0 for the three it has not.
COMPONENT = Metric("qlines_component_status", "gauge", "1 for the status that the component has.")
# How often supervisord started the component again within the last hour.
RESTARTS = Metric(
    "qlines_component_restarts_last_hour", "gauge", "Starts after the first, last hour."
)
# Bytes in the segments of the spool, those too that Kafka has and that are not deleted yet.
SPOOL = Metric("qlines_spool_bytes", "gauge", "Bytes in the spool's segments.")
# Bytes in the spool that Kafka does not have yet: what waits.
UNREAD = Metric("qlines_spool_unread_bytes", "gauge", "Bytes that Kafka does not have yet.")
# By how much a consumer is behind while it makes progress.
LAG = Metric("qlines_consumer_lag_seconds", "gauge", "How far the consumer is behind.")
# Size and free space of the data folder's file system.
DISK_TOTAL = Metric("qlines_disk_total_bytes", "gauge", "Size of the data's file system.")
DISK_FREE = Metric("qlines_disk_free_bytes", "gauge", "What is free on it.")
# What a program counted since it was started; the label says what.
EVENTS = Metric("qlines_program_events_total", "counter", "Counted since the program's start.")

STATUSES = ("ok", "starting", "blocked", "failed")

Labels = dict[str, str]


def text(seen: View | None) -> str:
    """Return all metrics of the last look; nothing before the first."""
    return "".join(f"{line}\n" for line in _lines(seen)) if seen else ""


def _lines(seen: View) -> Iterator[str]:
    deep = seen.deep
    yield from _written(OK, [({}, float(deep["status"] == "ok"))])
    yield from _written(READY, [({}, float(not seen.not_ready))])
    yield from _written(
        COMPONENT,
        [
            ({"name": part["name"], "status": status}, float(part["status"] == status))
            for part in deep["components"]
            for status in STATUSES
        ],
    )
    yield from _written(
        RESTARTS,
        [({"name": part["name"]}, part["restarts_last_hour"]) for part in deep["components"]],
    )
    writers = deep["spool"]["writers"].items()
    yield from _written(SPOOL, [({"writer": name}, part["bytes"]) for name, part in writers])
    yield from _written(
        UNREAD, [({"writer": name}, part["unread_bytes"]) for name, part in writers]
    )
    lags = deep["spool"]["lag_ms"].items()
    yield from _written(LAG, [({"consumer": name}, late_ms / 1000) for name, late_ms in lags])
    yield from _written(DISK_TOTAL, [({}, deep["disk"]["total_bytes"])])
    yield from _written(DISK_FREE, [({}, deep["disk"]["free_bytes"])])
    yield from _written(
        EVENTS,
        [
            ({"program": program, "event": event}, count)
            for program, counters in seen.counters.items()
            for event, count in counters.items()
            if isinstance(count, int | float)
        ],
    )


def _written(metric: Metric, samples: list[tuple[Labels, float]]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in samples:
        yield f"{metric.name}{_label_text(labels)} {value:.17g}"


def _label_text(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items()) + "}"


def escaped(value: str) -> str:
    """Escape what the format asks for within a label's value."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
