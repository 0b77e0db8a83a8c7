"""The budgets: what is measured, ThingsBoard's value, the limit, and the aim."""

# ruff: noqa: E501 - a table is read across

from typing import NamedTuple


class Budget(NamedTuple):
    """One row of the table; *reach* must be met, *aim* is the goal; *better* is lower or higher."""

    what: str
    thingsboard: str
    unit: str
    reach: float | None
    aim: float | None
    better: str = "lower"


# The peer is ThingsBoard CE 4.3.1 with PostgreSQL and its in-memory queue, on 2 cores that it
# shares with the same generator: 500 connections, QoS 1, three points a message.
BUDGETS = {
    "acknowledged": Budget("QoS 1, 500 connections, 60 s: acknowledged", "12,000", "msg/s", 25_000, None, "higher"),
    "stored": Budget("… and stored in the same time", "12,000", "msg/s", 25_000, None, "higher"),
    "share_of_plain": Budget("… as a share of the broker without plugin", "–", "%", None, 50, "higher"),
    "plain": Budget("the same broker without plugin", "–", "msg/s", None, None, "higher"),
    "overload_lost": Budget("4 minutes at full speed: acknowledged, not stored", "82 %", "msg", 0, 0),
    "overload_rate": Budget("… acknowledged", "–", "msg/s", None, None, "higher"),
    "overload_whole_s": Budget("… whole again after", "never", "s", 60, 10),
    "overload_lag_s": Budget("… largest lag on the way", "–", "s", None, 10),
    "overload_memory_mb": Budget("… largest memory on the way", "out of memory", "MB", 1000, 700),
    "killed_lost": Budget("each process killed at 3,000 msg/s: lost", "438–2,147", "msg", 0, 0),
    "api_p50_ms": Budget("publish ▶ /api/data at 500 msg/s, p50", "81", "ms", 80, 30),
    "api_p95_ms": Budget("… p95", "128", "ms", 125, 60),
    "socket_p95_ms": Budget("publish ▶ Socket.IO at 500 msg/s, p95", "–", "ms", 100, 50),
    "command_wire_p50_ms": Budget("press ▶ the device has the command, at 500 msg/s, p50", "–", "ms", 15, None),
    "command_wire_p95_ms": Budget("… p95", "–", "ms", 50, None),
    "command_answered_p95_ms": Budget("press ▶ the API has the device's answer, p95", "–", "ms", 150, None),
    "commands_rate": Budget("20,000 commands inserted at once, 500 devices: answered", "–", "1/s", 1_000, None, "higher"),
    "commands_post_rate": Budget("… by single requests, to one web process", "–", "1/s", None, None, "higher"),
    "commands_lost": Budget("10,000 commands, each process killed: lost", "–", "", 0, 0),
    "commands_doubled": Budget("… executed twice, with another number", "–", "", 0, 0),
    "polls_memory_mb": Budget("10,000 HTTP long polls: memory", "–", "MB", 100, None),
    "polls_cpu": Budget("… CPU, nothing arrives, of one core", "–", "%", 5, None),
    "alarm_readings": Budget("1,000 alarm rules on 10,000 devices: readings in a second of CPU, from the log to the commit", "–", "1/s", 100_000, None, "higher"),
    "alarm_evaluated": Budget("… evaluated alone", "–", "1/s", None, None, "higher"),
    "alarm_page_p95_ms": Budget("a reading that is too high ▶ the alarm on the page, at 500 msg/s with 1,000 rules, p95", "–", "ms", 500, None),
    "alarm_webhook_p95_ms": Budget("… ▶ its webhook, p95", "–", "ms", 1_000, None),
    "storm_s": Budget("10,000 devices fall silent at once: from the first alarm to the last", "–", "s", 10, None),
    "storm_messages": Budget("… messages to their owner: the first at once, the others as one digest", "–", "", 2, None),
    "dry_run_s": Budget("a rule tried on 7 days of 100 devices, every 10 s", "–", "s", 5, None),
    "dry_run_share": Budget("… devices that were checked before its time was over", "–", "%", 100, None, "higher"),
    "cpu_busy": Budget("CPU at 1,000 msg/s, of one core", "38", "%", 38, 15),
    "cpu_idle": Budget("CPU idle, of one core", "5", "%", 5, 2),
    "message_us": Budget("CPU of a message at 5,000 msg/s, all programs", "–", "µs", None, None),
    "memory_idle_mb": Budget("memory idle", "1,130", "MB", 500, 350),
    "memory_connections_mb": Budget("5,000 idle connections cost", "–", "MB", 100, 50),
    "memory_busy_mb": Budget("memory after 10,000 msg/s", "2,980", "MB", 700, 450),
    "first_boot_s": Budget("docker run ▶ ready, first boot", "–", "s", 15, 8),
    "later_boot_s": Budget("… later boots", "31", "s", 10, 5),
    "image_mb": Budget("image", "–", "MB", 750, 450),
    "bytes_per_point": Budget("bytes a point on disk, every 10 s with jitter", "158", "B", 8, 4),
    "list_p50_ms": Budget("/api/data, 10,000 devices, p50", "11 (510 devices)", "ms", 15, 15),
    "list_p95_ms": Budget("… p95", "32 (510 devices)", "ms", 30, 30),
    "list_seen_p95_ms": Budget("… sorted by last seen, p95", "–", "ms", 30, 30),
    "list_search_p95_ms": Budget("… searched, p95", "–", "ms", 30, 30),
    "list_status_p95_ms": Budget("… filtered by status, p95", "–", "ms", 30, 30),
    "list_rested_p95_ms": Budget("… sorted by last seen, 3 s after the last request, p95", "–", "ms", 30, 30),
    "list_busy_p50_ms": Budget("… under 5,000 msg/s, p50", "–", "ms", None, 15),
    "list_busy_p95_ms": Budget("… under 5,000 msg/s, p95", "–", "ms", None, 30),
    "million_p95_ms": Budget("/api/data of 10,000 devices among a million, p95", "–", "ms", 60, None),
    "series_p95_ms": Budget("30 days of a series with its band out of 70 million rows, p95", "30,000", "ms", 300, 100),
    "page_p50_ms": Budget("click in the list ▶ the device's chart is drawn, 20 clicks, p50", "–", "ms", None, None),
    "page_p95_ms": Budget("… p95", "–", "ms", 700, 700),
    "press_p50_ms": Budget("press on a device's page ▶ the page shows the device's answer, p50", "–", "ms", None, None),
    "press_p95_ms": Budget("… p95", "–", "ms", 150, None),
    "watchers_missed": Budget("200 browsers, each on the page of one of 200 devices, 1,000 msg/s: values missed", "–", "", 0, 0),
    "watchers_cpu": Budget("… CPU of the web process, of one core", "–", "%", 50, None),
    "route_us": Budget("ingest: decode, check and sort one message", "–", "µs", None, 1.5),
    "beside_device": Budget("a neighbour's p95 beside one device at full speed, of the usual", "–", "×", 2, 1.5),
    "beside_queries": Budget("… beside one owner with eight queries at once", "–", "×", 2, 1.5),
    "beside_sign_ins": Budget("… beside twenty sign-ins at once", "–", "×", 2, 1.5),
    "backup_first_s": Budget("10 million readings, 1,000 devices: first backup", "–", "s", 60, None),
    "backup_next_s": Budget("… next one, 1 % new", "–", "s", 10, None),
    "backup_p95_times": Budget("p95 beside a backup at 1,000 msg/s, of the usual", "–", "×", 2, None),
    "backup_lost": Budget("… acknowledged, not stored", "–", "msg", 0, 0),
    "backup_memory_mb": Budget("memory of a backup on top of the idle appliance", "–", "MB", 150, None),
    "drill_memory_mb": Budget("memory of a drill on top of the idle appliance", "–", "MB", 300, None),
    "failover_page_s": Budget("active VM of twins killed ▶ first page, p95 of 10", "–", "s", 15, 5),
    "failover_mqtt_s": Budget("… ▶ first MQTT acknowledgement, p95 of 10", "–", "s", 15, 5),
    "failover_change_s": Budget("… ▶ first change of a device, p95 of 10", "–", "s", 15, 5),
    "failover_alarms": Budget("20 changes of the active side, half of them kills: alarms of devices that cross limits", "–", "", None, None, "higher"),
    "failover_alarms_lost": Budget("… alarms and their messages lost", "–", "", 0, 0),
    "failover_alarms_doubled": Budget("… doubled", "–", "", 0, 0),
    "drain_alarm_s": Budget("… drain ▶ the next alarm, p95 of 10", "–", "s", None, None),
    "failover_alarm_s": Budget("… kill ▶ the next alarm, p95 of 10", "–", "s", 15, None),
    "drain_failed": Budget("requests that failed in ten drains", "–", "", 0, 0),
    "drain_requests": Budget("… of so many", "–", "", None, None, "higher"),
    "twin_cpu_percent": Budget("being twins at 1,000 msg/s: CPU of a VM, more than alone", "–", "%", 40, None),
    "twin_memory_mb": Budget("… memory of a VM, more than alone", "–", "MB", 60, None),
    "union_p95_s": Budget("… publish at one VM ▶ ClickHouse of the other, p95", "–", "s", 2, None),
    "twin_caught_up_s": Budget("a new twin has 10 million readings after", "–", "s", 120, None),
    "witness_mb": Budget("memory of the witness", "–", "MB", 160, None),
    "nodes_share": Budget("two nodes, messages per CPU second, of those of one", "–", "×", 0.9, None, "higher"),
    "node_lost_pause_s": Budget("a node is killed: pause of a device at another one, p95", "–", "s", 15, 5),
    "restore_blank_s": Budget("blank machine, image built ▶ serving the 10 million", "–", "s", 120, 60),
}  # fmt: skip


def verdict(budget: Budget, value: float) -> str:
    """Return "aim reached", "reached", "MISSED" or "aim missed"; "" without a budget."""

    def is_within(limit: float) -> bool:
        return value >= limit if budget.better == "higher" else value <= limit

    if budget.aim is not None and is_within(budget.aim):
        return "aim reached"
    if budget.reach is None:
        return "" if budget.aim is None else "aim missed"
    return "reached" if is_within(budget.reach) else "MISSED"


def table(values: dict[str, float]) -> str:
    """Return the measured values beside their budgets, as a table for a terminal."""
    header = ("what", "ThingsBoard", "reach", "aim", "reached", "")
    rows = [header] + [_row(name, value) for name, value in values.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(name: str, value: float) -> tuple[str, ...]:
    budget = BUDGETS[name]
    return (
        budget.what,
        budget.thingsboard,
        _number(budget.reach),
        _number(budget.aim),
        f"{_number(value)} {budget.unit}",
        verdict(budget, value),
    )


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"
