"""Collect what each program counts, with its meaning: `/metrics` shows these and nothing else.

Python programs declare their counters and gauges beside the code that counts; the broker's plugin
is C, so its table is here. tests/unit/healthcheck/test_program_metrics.py compares them with what
the programs write.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from qlines.alarms import counters as alarms
from qlines.downlink import counters as downlink
from qlines.ingest import counters as ingest
from qlines.jobs import counters as jobs
from qlines.live import counters as live
from qlines.node import counters as node
from qlines.registry import counters as registry
from qlines.twin import counters as twin
from qlines.web.device import counters as web
from qlines.writer import counters as writer

Meanings = Mapping[str, str]  # help by name
NONE: Meanings = MappingProxyType({})
HISTOGRAM_PARTS = ("_bucket", "_count", "_sum")


class ProgramMetrics(NamedTuple):
    """One program's counters, which only rise until it restarts, gauges and histograms."""

    counters: Meanings
    gauges: Meanings = NONE
    histograms: Meanings = NONE

    def by_kind(self) -> dict[str, Meanings]:
        """Return all of them by Prometheus' word for their type."""
        return {
            "counter": self.counters,
            "gauge": self.gauges,
            "histogram": self.histograms,
        }

    def split_part(self, name: str) -> tuple[str, str]:
        """Return the metric that a heartbeat's *name* belongs to, and the ending of its samples.

        Programs write a counter without Prometheus' `_total`, a histogram in its three parts.
        """
        for part in HISTOGRAM_PARTS:
            if name.removesuffix(part) in self.histograms:
                return name.removesuffix(part), part
        return name, "_total" if name in self.counters else ""


BROKER = ProgramMetrics(
    counters={
        "accepted": "messages written to the spool",
        "accepted_bytes": "bytes of the payloads of accepted messages",
        "session_limits_answers": "answers to ThingsBoard's getSessionLimits",
        "time_answers": "answers to ThingsBoard's getTime and getCurrentTime",
        "requests": "other requests of devices, passed on to the program that answers them",
        "requests_dropped": "requests that nobody could take: no such program, or too many",
        "deduplicated": "QoS 2 messages sent again that were in the spool already",
        "unknown_tokens": "connections refused because the token is unknown, expired or missing",
        "refused_no_registry": "connections refused because there is no registry file yet",
        "refused_over_quota": "messages refused because the spool is full",
        "refused_write_errors": "messages refused because writing to the spool failed",
        "refused_too_large": "messages refused because their payload was too large",
        "kicked": "sessions ended because the device was removed, or its token replaced or expired",
        "moved": "sessions ended because this side is drained: the device goes to the other side",
        "taken_over": "sessions ended because their client connected to another broker",
        "limited_by_device": "times a device was paused because it had sent too much",
        "limited_by_owner": "times a device was paused because its owner's had sent too much",
        "refused_connections": "connections refused because the device had too many of them",
        "refused_subscriptions": "subscriptions refused because the connection had too many",
        "sessions_not_kept": "sessions not kept for later because the device had too many",
        "provision_requests": "requests for a token, passed on to the program that answers them",
        "refused_provisioning": "connections and requests for a token refused by their limits",
        "downlinks": "messages sent to devices",
        "downlinks_delivered": "messages to devices that were acknowledged, or sent with QoS 0",
        "downlinks_refused": "messages to devices not sent: not connected, busy, or too large",
        "slowed": "messages after which the broker slept because ingest or the writer lags",
        "invalid_lags": "times a lag file was read that did not hold whole milliseconds",
    },
    gauges={
        "connections": "sessions of devices that are open now",
        "remote_connections": "of these, those from outside this container, which a drain moves",
        "provisioning": "connections that ask for a token now",
        "paused": "connections that are not read now, because a limit was reached",
        "lag_seconds": "lag by which the broker slows senders: the larger of the two consumers'",
        "spool_bytes": "bytes in the spool's segments, of all writers",
    },
)

PROGRAM_METRICS = {
    "twin": ProgramMetrics(twin.COUNTERS),
    "node": ProgramMetrics({}, node.GAUGES),
    "registry": ProgramMetrics({**registry.COUNTERS, **downlink.COUNTERS}),
    "mosquitto": BROKER,
    "ingest": ProgramMetrics(ingest.COUNTERS),
    "writer": ProgramMetrics({**writer.COUNTERS, **writer.TWIN_COUNTERS}, writer.TWIN_GAUGES),
    "live": ProgramMetrics(live.COUNTERS, live.GAUGES),
    "alarms": ProgramMetrics(
        {**alarms.COUNTERS, **jobs.DISPATCH_COUNTERS}, {**alarms.GAUGES, **jobs.DISPATCH_GAUGES}
    ),
    "rqworker": ProgramMetrics(jobs.WORKER_COUNTERS),
    "messenger": ProgramMetrics(jobs.WORKER_COUNTERS),
    "cron": ProgramMetrics(jobs.CRON_COUNTERS),
    "gunicorn": ProgramMetrics(
        {**web.COUNTERS, **web.REQUEST_COUNTERS}, web.GAUGES, web.HISTOGRAMS
    ),
}
