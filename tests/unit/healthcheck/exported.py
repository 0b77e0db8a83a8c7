"""What `/metrics` has when everything has been counted and measured: labels by sample's name."""

import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from healthcheck import backups
from healthcheck.canary import record
from healthcheck.metrics import collector
from healthcheck.metrics.measurements import Container, Measurements, Table, Usage
from healthcheck.metrics.programs import PROGRAM_METRICS
from healthcheck.ready import Readiness
from healthcheck.report import Loop, View
from qlines.backup_record import Backup, Drill, Record
from qlines.backup_schedule import Plan
from qlines.clock import FakeClock
from qlines.programs import NAMES
from qlines.web.request_metrics import RequestMetrics

# Prometheus itself adds these to every sample.
OF_PROMETHEUS = {"job", "instance"}
PROVEN = Drill("1f", 3.0, ok=True, seconds=41.0, data_age_seconds=1.0)
DEEP: dict[str, Any] = {
    "status": "ok",
    "version": "1.2.3",
    "oom_kills": {"count": 0, "victims": []},
    "components": [{"name": "writer", "status": "ok", "restarts_last_hour": 0}],
    "spool": {
        "writers": {"mqtt": {"bytes": 1, "unread_bytes": 1, "segments": 1}},
        "lag_ms": {"writer": 1},
    },
    "repairs": [],
    "backup": backups.document(
        Record(
            Backup("1f", 2.0, 9.0, 18_000_000, 1_000),
            last_drill=PROVEN,
            proven=PROVEN,
        ),
        Plan(21_600.0, 604_800.0),
        9.0,
    ),
    "disk": {
        "total_bytes": 2,
        "free_bytes": 1,
        "forecast": {"days": 1.0, "growth_bytes_per_day": 1.0},
        "guard": {"level": "none", "dropped_partitions": 0, "dropped_bytes": 0},
    },
}
MEASURED = Measurements(
    {"writer": Usage(1.0, 1, 1, 1.0, 1, 1)},
    Container(1, 2, 1.0, 0.0),
    {"waiting": 0},
    {"points": Table(1, 1, 1, 1)},
    1,
    1,
)


def text() -> str:
    """Return all of /metrics."""
    counted = {
        program: dict.fromkeys({**declared.counters, **declared.gauges}, 1.0)
        for program, declared in PROGRAM_METRICS.items()
    }
    # The only counters with labels so far.
    del counted["gunicorn"]["requests"]
    counted["gunicorn"] |= RequestMetrics(lambda *_: [], FakeClock(0)).counters()
    restarts = dict.fromkeys(NAMES, 0)
    canary = record.observed(record.read(record.sending(record.new(0.0), 7, 10.0), 7, 10.5), 14.0)
    view = View(
        DEEP,
        Readiness("ok"),
        counted,
        canary=canary,
        pids=dict.fromkeys(NAMES, 1),
        restarts=restarts,
    )
    return collector.text(view, MEASURED, Loop(0.1, 1, 0.1))


def exported() -> dict[str, set[str]]:
    """Return the labels of each sample's name."""
    found: dict[str, set[str]] = {"up": set(OF_PROMETHEUS)}
    for family in text_string_to_metric_families(text()):
        for sample in family.samples:
            found.setdefault(sample.name, set(OF_PROMETHEUS)).update(sample.labels)
    return found


EXPORTED = exported()


def metrics_used(expression: str) -> set[str]:
    """Return the metrics that a PromQL expression names; ours begin with qlines_."""
    return set(re.findall(r"\bqlines_\w+|\bup\b", re.sub(r'"[^"]*"', '""', expression)))


def labels_used(expression: str) -> set[str]:
    """Return the labels that it selects or groups by."""
    selected = re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', expression)
    lists = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
    return {*selected, *(word for names in lists for word in re.findall(r"\w+", names))}
