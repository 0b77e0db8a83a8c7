"""Render the last view as Prometheus metrics.

The numbers are counted in other processes, so this is a custom collector: each scrape builds the
metric families again from the view.
"""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from healthcheck.disk import disk_metrics
from healthcheck.metrics import backups
from healthcheck.metrics.measurements import Measurements
from healthcheck.metrics.programs import PROGRAM_METRICS
from healthcheck.metrics.usage import collect
from healthcheck.observations import Canary
from healthcheck.report import Loop, View
from qlines import counter_name

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
STATUSES = ("ok", "starting", "blocked", "failed")


def text(view: View | None, measured: Measurements, loop: Loop) -> str:
    """Return every metric in the text format 0.0.4; an empty text before anything was checked."""
    if view is None or "version" not in view.deep:
        return ""
    return generate_latest(_ViewCollector(view, measured, loop)).decode()


class _ViewCollector(Collector):
    """Gives prometheus-client the metric families of one view."""

    def __init__(self, view: View, measured: Measurements, loop: Loop) -> None:
        self._view = view
        self._measured = measured
        self._loop = loop

    def collect(self) -> Iterable[Metric]:
        """Yield every metric family, as prometheus-client asks for them."""
        yield from _of_appliance(self._view)
        yield from disk_metrics.families(self._view.deep["disk"])
        yield from _of_checker(self._loop, self._measured)
        yield from _of_processes(self._view)
        yield from _of_healing(self._view)
        yield from _of_spool(self._view)
        yield from _of_canary(self._view.canary)
        yield from backups.families(self._view.deep["backup"])
        yield from _of_programs(self._view)
        yield from collect(self._measured)


def _of_appliance(view: View) -> Iterator[Metric]:
    disk = view.deep["disk"]
    build = GaugeMetricFamily("qlines_build_info", "1, by version", labels=["version"])
    build.add_metric([view.deep["version"]], 1)
    yield build
    yield _gauge(
        "qlines_repairs_last_day",
        "files that were repaired or set aside within 24 hours, at most 50",
        len(view.deep["repairs"]),
    )
    yield _gauge("qlines_ok", "1 while nothing is wrong", float(view.deep["status"] == "ok"))
    yield _gauge(
        "qlines_ready", "1 while users may be sent here", float(view.readiness.status == "ok")
    )
    yield _gauge(
        "qlines_draining",
        "1 while the operator has drained this appliance",
        float(view.readiness.status == "draining"),
    )
    if view.deep["oom_kills"]["count"] is not None:
        yield CounterMetricFamily(
            "qlines_container_oom_kills",
            "processes that the kernel killed because the memory was used up",
            view.deep["oom_kills"]["count"],
        )
    yield _gauge(
        "qlines_disk_size_bytes", "size of the data folder's file system", disk["total_bytes"]
    )
    yield _gauge(
        "qlines_disk_free_bytes", "free bytes of the data folder's file system", disk["free_bytes"]
    )


def _of_checker(loop: Loop, measured: Measurements) -> Iterator[Metric]:
    yield SummaryMetricFamily(
        "qlines_healthd_iteration_duration_seconds",
        "time that the health checker needs to check everything once",
        count_value=loop.iterations,
        sum_value=loop.busy_seconds,
    )
    yield _gauge(
        "qlines_healthd_silent_seconds",
        "time since the health checker's loop last ended an iteration; more than 30 is a hang",
        loop.silent_seconds,
    )
    yield _gauge(
        "qlines_healthd_measuring_duration_seconds",
        "time that the last round of measurements needed: memory, CPU and the stores' sizes",
        measured.seconds,
    )


def _of_processes(view: View) -> Iterator[Metric]:
    status = GaugeMetricFamily(
        "qlines_program_status", "1 for the program's status of four", labels=["program", "status"]
    )
    for component in view.deep["components"]:
        for one_of_four in STATUSES:
            is_it = float(component["status"] == one_of_four)
            status.add_metric([component["name"], one_of_four], is_it)
    restarts = CounterMetricFamily(
        "qlines_program_restarts",
        "restarts of the program since the health checker started",
        labels=["program"],
    )
    for name, count in view.restarts.items():
        restarts.add_metric([name], count)
    yield from (status, restarts)


def _of_healing(view: View) -> Iterator[Metric]:
    restarts = CounterMetricFamily(
        "qlines_healing_restarts",
        "restarts by the health checker of programs that were stopped, hung or did not answer",
        labels=["program"],
    )
    for name in view.restarts:
        restarts.add_metric([name], view.healing.counts.get(name, 0))
    yield restarts
    yield _gauge(
        "qlines_healing_given_up_programs",
        "programs that need a restart and have used up their budget",
        len(view.healing.given_up),
    )


def _of_spool(view: View) -> Iterator[Metric]:
    spool = view.deep["spool"]
    size = GaugeMetricFamily(
        "qlines_spool_bytes", "bytes in the spool's segments", labels=["writer"]
    )
    unread = GaugeMetricFamily(
        "qlines_spool_unread_bytes",
        "bytes of the spool that Kafka does not have yet",
        labels=["writer"],
    )
    lag = GaugeMetricFamily(
        "qlines_consumer_lag_seconds",
        "age of the oldest message that the consumer has not dealt with",
        labels=["consumer"],
    )
    for writer, usage in spool["writers"].items():
        size.add_metric([writer], usage["bytes"])
        unread.add_metric([writer], usage["unread_bytes"])
    for consumer, lag_ms in spool["lag_ms"].items():
        lag.add_metric([consumer], lag_ms / 1000)
    yield from (size, unread, lag)


def _of_canary(canary: Canary | None) -> Iterator[Metric]:
    if canary is None:
        return
    if canary.age_seconds is not None and canary.latency_seconds is not None:
        yield _gauge(
            "qlines_canary_age_seconds",
            "age of the newest message of the canary that /api/data shows",
            canary.age_seconds,
        )
        yield _gauge(
            "qlines_canary_latency_seconds",
            "time from that message's publication until /api/data showed it",
            canary.latency_seconds,
        )
    yield CounterMetricFamily("qlines_canary_sent", "messages sent by the canary", canary.sent)
    failures = CounterMetricFamily(
        "qlines_canary_failures",
        "messages of the canary that /api/data did not show in time, by the stage that failed",
        labels=["stage"],
    )
    for stage, count in canary.failures.items():
        failures.add_metric([stage], count)
    yield failures


def _of_programs(view: View) -> Iterator[Metric]:
    """Yield what each program counts; a name that is not declared is left out."""
    for program, declared in PROGRAM_METRICS.items():
        families = {
            name: Metric(f"qlines_{program}_{name}", meaning, kind)
            for kind, meanings in declared.by_kind().items()
            for name, meaning in meanings.items()
        }
        for counter, value in view.counters.get(program, {}).items():
            name, labels = counter_name.split(counter)
            name, part = declared.split_part(name)
            if name in families:
                families[name].add_sample(families[name].name + part, labels, value)
        yield from (family for family in families.values() if family.samples)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value)
