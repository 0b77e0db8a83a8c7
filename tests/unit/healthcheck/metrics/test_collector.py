from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from healthcheck import backups
from healthcheck.canary import record
from healthcheck.heal import Healing
from healthcheck.metrics import collector
from healthcheck.metrics.measurements import Container, Measurements, Table, Usage
from healthcheck.observations import CanaryFailure
from healthcheck.ready import Readiness
from healthcheck.report import Loop, View, stopping
from qlines.backup_record import Record

DEEP: dict[str, Any] = {
    "backup": backups.document(Record(), None, 9.0),
    "status": "degraded",
    "version": "1.2.3",
    "oom_kills": {"count": 1, "victims": []},
    "components": [{"name": "cron", "status": "failed", "restarts_last_hour": 3}],
    "spool": {
        "writers": {"mqtt": {"bytes": 900, "unread_bytes": 400, "segments": 2}},
        "lag_ms": {"writer": 1500},
    },
    "disk": {"total_bytes": 34_000_000_000_001, "free_bytes": 500},
    "repairs": [{"at": 1, "program": "redis", "sentence": "set aside the log"}],
}
ITERATION = "qlines_healthd_iteration_duration_seconds"
MEASURED = Measurements(
    {"gunicorn": Usage(1_800_000_000.0, 2, 70_000_000, 12.5, 40, 1024)},
    Container(400_000_000, 1_000_000_000, 99.5, 0.5),
    {"waiting": 2, "failed": 1},
    {"points": Table(900, 5000, 12, 7)},
    17,
    300,
    0.015,
)


def families(
    counters: dict[str, dict[str, float]] | None = None, measured: Measurements = MEASURED
) -> dict[str, Any]:
    """Return what Prometheus reads, by name."""
    healing = Healing((), {"cron": 3}, ("cron was restarted 3 times",))
    view = View(DEEP, Readiness("ok"), counters or {}, healing, restarts={"cron": 4})
    text = collector.text(view, measured, Loop(0.5, 10, 0.02))
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(family: Any, **labels: str) -> float:
    return next(sample.value for sample in family.samples if sample.labels == labels)


def test_each_metric_has_help_and_a_type() -> None:
    read = families({"ingest": {"readings": 12}, "live": {"watched": 2}})

    assert [name for name, family in read.items() if not family.documentation] == []
    assert {family.type for family in read.values()} == {"gauge", "counter", "summary"}


def test_a_component_has_one_status_of_four() -> None:
    status = families()["qlines_program_status"]

    assert value(status, program="cron", status="failed") == 1
    assert value(status, program="cron", status="ok") == 0
    assert len(status.samples) == 4


def test_a_program_has_its_restarts_and_those_by_healing() -> None:
    read = families()

    assert value(read["qlines_healing_restarts"], program="cron") == 3
    assert value(read["qlines_healing_given_up_programs"]) == 1
    assert value(read["qlines_program_restarts"], program="cron") == 4


def test_it_says_which_version_runs() -> None:
    assert value(families()["qlines_build_info"], version="1.2.3") == 1


def test_the_checker_measures_itself() -> None:
    samples = {sample.name: sample.value for sample in families()[ITERATION].samples}

    assert samples == {f"{ITERATION}_count": 10, f"{ITERATION}_sum": 0.02}
    assert value(families()["qlines_healthd_silent_seconds"]) == 0.5


def test_it_has_what_each_program_uses() -> None:
    read = families()

    assert value(read["qlines_program_memory_bytes"], program="gunicorn") == 70_000_000
    assert value(read["qlines_program_cpu_seconds"], program="gunicorn") == 12.5
    assert value(read["qlines_program_start_time_seconds"], program="gunicorn") == 1_800_000_000
    assert value(read["qlines_program_open_fds"], program="gunicorn") == 40
    assert value(read["qlines_program_max_fds"], program="gunicorn") == 1024


def test_it_has_what_the_container_uses() -> None:
    read = families()

    assert value(read["qlines_container_memory_working_set_bytes"]) == 400_000_000
    assert value(read["qlines_container_memory_limit_bytes"]) == 1_000_000_000
    assert value(read["qlines_container_oom_kills"]) == 1
    assert value(read["qlines_container_cpu_throttled_seconds"]) == 0.5


def test_it_has_the_size_of_the_stores() -> None:
    read = families()

    assert value(read["qlines_jobs"], state="failed") == 1
    assert value(read["qlines_clickhouse_rows"], table="points") == 900
    assert value(read["qlines_clickhouse_max_parts_per_partition"], table="points") == 7
    assert value(read["qlines_mongodb_connections"]) == 17
    assert value(read["qlines_kafka_backlog_records"]) == 300


def test_what_was_not_measured_is_left_out() -> None:
    read = families(measured=Measurements())

    assert not [name for name in read if name.startswith(("qlines_jobs", "qlines_clickhouse"))]
    assert read["qlines_program_memory_bytes"].samples == []


def test_it_writes_base_units_and_all_digits() -> None:
    read = families()

    assert value(read["qlines_consumer_lag_seconds"], consumer="writer") == 1.5
    assert value(read["qlines_disk_size_bytes"]) == 34_000_000_000_001


def test_it_measures_the_spool_by_writer() -> None:
    read = families()

    assert value(read["qlines_spool_bytes"], writer="mqtt") == 900
    assert value(read["qlines_spool_unread_bytes"], writer="mqtt") == 400


def test_a_counter_of_a_program_is_a_counter_and_ends_with_total() -> None:
    family = families({"ingest": {"readings": 12}})["qlines_ingest_readings"]

    assert family.type == "counter"
    assert (family.samples[0].name, family.samples[0].value) == ("qlines_ingest_readings_total", 12)


def test_a_gauge_of_a_program_is_a_gauge() -> None:
    family = families({"live": {"watched": 2}})["qlines_live_watched"]

    assert family.type == "gauge"
    assert value(family) == 2


def test_a_counter_may_have_labels() -> None:
    read = families({"gunicorn": {'requests{area="page",status="2xx"}': 5}})

    assert value(read["qlines_gunicorn_requests"], area="page", status="2xx") == 5


def test_the_parts_of_a_histogram_are_one_metric() -> None:
    name = "request_duration_seconds"
    read = families(
        {
            "gunicorn": {
                f'{name}_bucket{{le="0.1"}}': 5, f'{name}_bucket{{le="+Inf"}}': 6,
                f"{name}_count": 6, f"{name}_sum": 1.5,
            }
        }
    )  # fmt: skip

    family = read[f"qlines_gunicorn_{name}"]
    assert family.type == "histogram"
    assert value(family, le="+Inf") == 6


def test_the_counters_of_the_broker_and_of_the_web_app_are_there_too() -> None:
    read = families({"mosquitto": {"accepted": 7}, "gunicorn": {"accepted": 8}})

    assert value(read["qlines_mosquitto_accepted"]) == 7
    assert value(read["qlines_gunicorn_accepted"]) == 8


def test_it_leaves_out_what_no_program_has_counted_yet() -> None:
    assert not [name for name in families() if name.startswith("qlines_ingest_")]


def test_the_canary_has_an_age_a_latency_and_failures_by_stage() -> None:
    written = record.read(record.sending(record.new(0.0), 7, 10.0), 7, 10.5)
    written = record.ended(written, CanaryFailure("api", "answers with HTTP status 500"))
    text = collector.text(
        View(DEEP, Readiness("ok"), {}, canary=record.observed(written, 14.0)), MEASURED, Loop(0.5)
    )
    read = {family.name: family for family in text_string_to_metric_families(text)}

    assert value(read["qlines_canary_age_seconds"]) == 4
    assert value(read["qlines_canary_latency_seconds"]) == 0.5
    assert value(read["qlines_canary_sent"]) == 1
    assert value(read["qlines_canary_failures"], stage="api") == 1
    assert value(read["qlines_canary_failures"], stage="broker") == 0


def test_a_canary_has_no_age_before_its_first_readable_message() -> None:
    text = collector.text(
        View(DEEP, Readiness("ok"), {}, canary=record.observed(record.new(0.0), 1.0)),
        MEASURED,
        Loop(0.5),
    )

    assert "qlines_canary_sent_total 0.0" in text
    assert "qlines_canary_age_seconds" not in text


def test_it_is_empty_when_the_appliance_is_stopped_before_the_first_view() -> None:
    assert collector.text(stopping(None), MEASURED, Loop(0.5)) == ""


def test_kills_are_unknown_where_the_kernel_does_not_say() -> None:
    deep = {**DEEP, "oom_kills": {"count": None, "victims": []}}

    text = collector.text(View(deep, Readiness("ok"), {}), MEASURED, Loop(0.5))

    assert "qlines_container_oom_kills" not in text


def test_it_is_not_ready_while_the_appliance_is_being_stopped() -> None:
    text = collector.text(stopping(View(DEEP, Readiness("ok"), {})), MEASURED, Loop(0.5))

    assert "qlines_ready 0.0\n" in text


def test_it_is_empty_before_the_first_view() -> None:
    assert collector.text(None, MEASURED, Loop(0.5)) == ""


def test_it_counts_the_repairs_of_the_last_day() -> None:
    assert value(families()["qlines_repairs_last_day"]) == 1
