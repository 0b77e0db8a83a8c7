"""Render what programs and the container use, and how full the stores are."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from healthcheck.metrics.measurements import Container, Measurements, Table, Usage

T = TypeVar("T")
Family = type[GaugeMetricFamily] | type[CounterMetricFamily]

OF_PROGRAMS: dict[str, tuple[Family, str, Callable[[Usage], float]]] = {
    "start_time_seconds": (
        GaugeMetricFamily,
        "when the program was last started, in seconds since 1970; supervisord: the container",
        lambda usage: usage.started_at,
    ),
    "processes": (
        GaugeMetricFamily,
        "processes of the program: its own and those that it started",
        lambda usage: usage.processes,
    ),
    "memory_bytes": (
        GaugeMetricFamily,
        "proportional share (PSS) of the memory, child processes included",
        lambda usage: usage.memory_bytes,
    ),
    "cpu_seconds": (
        CounterMetricFamily,
        "CPU time in user and system mode, child processes included",
        lambda usage: usage.cpu_seconds,
    ),
    "open_fds": (
        GaugeMetricFamily,
        "open files and sockets of the program's process that is nearest to its limit",
        lambda usage: usage.open_files,
    ),
    "max_fds": (
        GaugeMetricFamily,
        "limit of open files and sockets of that process",
        lambda usage: usage.max_open_files,
    ),
}
OF_CONTAINER: dict[str, tuple[Family, str, Callable[[Container], float]]] = {
    "memory_working_set_bytes": (
        GaugeMetricFamily,
        "memory that the kernel cannot take back without swapping, as cAdvisor counts it",
        lambda container: container.working_set_bytes,
    ),
    "memory_limit_bytes": (
        GaugeMetricFamily,
        "memory that the container may use: its limit, or the machine's memory",
        lambda container: container.limit_bytes,
    ),
    "cpu_seconds": (
        CounterMetricFamily,
        "CPU time of all processes of the container",
        lambda container: container.cpu_seconds,
    ),
    "cpu_throttled_seconds": (
        CounterMetricFamily,
        "time for which the container was not run because it had used up its CPU limit",
        lambda container: container.throttled_seconds,
    ),
}
OF_TABLES: dict[str, tuple[str, Callable[[Table], float]]] = {
    "rows": ("rows in ClickHouse's table, duplicates included", lambda table: table.rows),
    "table_bytes": ("bytes of the table on the disk", lambda table: table.bytes),
    "parts": ("parts of the table, which ClickHouse merges", lambda table: table.parts),
    "max_parts_per_partition": (
        "parts of the table's partition that has the most",
        lambda table: table.max_parts_per_partition,
    ),
}


def collect(measured: Measurements) -> Iterator[Metric]:
    """Yield the metric families of the last round; what was not measured is left out."""
    for name, (family, meaning, value) in OF_PROGRAMS.items():
        yield labelled(
            family, f"qlines_program_{name}", meaning, "program", measured.programs, value
        )
    if measured.container:
        for name, (family, meaning, of_container) in OF_CONTAINER.items():
            yield family(f"qlines_container_{name}", meaning, of_container(measured.container))
    yield from _of_stores(measured)


def _of_stores(measured: Measurements) -> Iterator[Metric]:
    if measured.jobs is not None:
        meaning = "jobs of the RQ queue by state"
        yield labelled(GaugeMetricFamily, "qlines_jobs", meaning, "state", measured.jobs, float)
    if measured.tables is not None:
        for name, (meaning, value) in OF_TABLES.items():
            full_name = f"qlines_clickhouse_{name}"
            yield labelled(GaugeMetricFamily, full_name, meaning, "table", measured.tables, value)
    if measured.kafka_backlog is not None:
        meaning = "records in Kafka that the writer has not stored in ClickHouse yet"
        yield GaugeMetricFamily("qlines_kafka_backlog_records", meaning, measured.kafka_backlog)
    if measured.mongodb_connections is not None:
        meaning = "connections that are open, this checker's included"
        yield GaugeMetricFamily("qlines_mongodb_connections", meaning, measured.mongodb_connections)


def labelled(
    family: Family,
    name: str,
    meaning: str,
    label: str,
    items: Mapping[str, T],
    value: Callable[[T], float],
) -> Metric:
    """Return a family with one sample for each of the *items*, whose name is the label's value."""
    metric = family(name, meaning, labels=[label])
    for item, measured in items.items():
        metric.add_metric([item], value(measured))
    return metric
