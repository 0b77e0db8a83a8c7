"""Collect what each program counts, with its meaning: `/metrics` shows these and nothing else.

Python programs declare their counters and gauges beside the code that counts; the broker's plugin
is C, so its table is here. tests/unit/healthcheck/test_program_metrics.py compares them with what
the programs write.
"""

from collections.abc import Mapping
from typing import NamedTuple

from qlines.ingest import counters as ingest
from qlines.jobs import counters as jobs
from qlines.live import counters as live
from qlines.registry import counters as registry
from qlines.web.device import counters as web
from qlines.writer import counters as writer


class ProgramMetrics(NamedTuple):
    """One program's counters, which only rise until it restarts, and gauges: help by name."""

    counters: Mapping[str, str]
    gauges: Mapping[str, str] = {}


BROKER = ProgramMetrics(
    counters={
        "accepted": "messages that are in the spool",
        "accepted_bytes": "bytes of the payloads of accepted messages",
        "answered": "questions for the session's limits that were answered",
        "repeated": "QoS 2 messages sent again, deduplicated",
        "refused_tokens": "connections with an unknown token",
        "refused_unready": "connections refused because the registry file did not exist yet",
        "refused_limit": "messages refused at the spool quota",
        "refused_failed": "messages refused because they could not be written to the spool",
        "refused_size": "messages refused because their payload was too large",
        "kicked": "sessions ended because the device was removed, or its token replaced or expired",
        "delayed": "pauses that slowed senders, because the pipeline lagged",
    },
    gauges={
        "connections": "sessions of devices that are open now",
        "lag_ms": "lag of the pipeline that the broker slows senders by, in milliseconds",
        "spool_bytes": "bytes in the spool's segments, of all writers",
    },
)

PROGRAM_METRICS = {
    "registry": ProgramMetrics(registry.COUNTERS),
    "mosquitto": BROKER,
    "ingest": ProgramMetrics(ingest.COUNTERS),
    "writer": ProgramMetrics(writer.COUNTERS),
    "live": ProgramMetrics(live.COUNTERS, live.GAUGES),
    "rqworker": ProgramMetrics(jobs.WORKER_COUNTERS),
    "cron": ProgramMetrics(jobs.CRON_COUNTERS),
    "gunicorn": ProgramMetrics(web.COUNTERS),
}
