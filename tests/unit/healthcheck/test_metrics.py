from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from healthcheck import metrics
from healthcheck.canary import record
from healthcheck.heal import Healing
from healthcheck.observations import CanaryFailure
from healthcheck.ready import Readiness
from healthcheck.report import View

DEEP: dict[str, Any] = {
    "status": "degraded",
    "components": [{"name": "cron", "status": "failed", "restarts_last_hour": 3}],
    "spool": {
        "writers": {"mqtt": {"bytes": 900, "unread_bytes": 400, "segments": 2}},
        "lag_ms": {"writer": 1500},
    },
    "disk": {"total_bytes": 34_000_000_000_001, "free_bytes": 500},
    "repairs": [{"at": 1, "program": "redis", "sentence": "set aside the log"}],
}


NOTHING_HEALED = Healing()


def families(
    counters: dict[str, dict[str, float]] | None = None, healing: Healing = NOTHING_HEALED
) -> dict[str, Any]:
    """Return what Prometheus reads, by name."""
    text = metrics.text(View(DEEP, Readiness("ok"), counters or {}, healing))
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(family: Any, **labels: str) -> float:
    return next(sample.value for sample in family.samples if sample.labels == labels)


def test_each_metric_has_help_and_a_type() -> None:
    read = families({"ingest": {"readings": 12}, "live": {"watched": 2}})

    assert [name for name, family in read.items() if not family.documentation] == []
    assert {family.type for family in read.values()} == {"gauge", "counter"}


def test_a_component_has_one_status_of_four() -> None:
    read = families()

    status = read["qlines_component_status"]
    assert value(status, name="cron", status="failed") == 1
    assert value(status, name="cron", status="ok") == 0
    assert len(status.samples) == 4
    assert value(read["qlines_component_restarts_last_hour"], name="cron") == 3


def test_it_writes_base_units_and_all_digits() -> None:
    read = families()

    assert value(read["qlines_consumer_lag_seconds"], consumer="writer") == 1.5
    assert value(read["qlines_disk_total_bytes"]) == 34_000_000_000_001


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


def test_the_counters_of_the_broker_and_of_the_web_app_are_there_too() -> None:
    read = families({"mosquitto": {"accepted": 7}, "gunicorn": {"accepted": 8}})

    assert value(read["qlines_mosquitto_accepted"]) == 7
    assert value(read["qlines_gunicorn_accepted"]) == 8


def test_it_leaves_out_what_no_program_has_counted_yet() -> None:
    assert not [name for name in families() if name.startswith("qlines_ingest_")]


def test_the_canary_has_an_age_a_latency_and_failures_by_stage() -> None:
    written = record.read(record.sending(record.new(0.0), 7, 10.0), 7, 10.5)
    written = record.ended(written, CanaryFailure("api", "answers with HTTP status 500"))
    text = metrics.text(View(DEEP, Readiness("ok"), {}, canary=record.observed(written, 14.0)))
    read = {family.name: family for family in text_string_to_metric_families(text)}

    assert value(read["qlines_canary_age_seconds"]) == 4
    assert value(read["qlines_canary_latency_seconds"]) == 0.5
    assert value(read["qlines_canary_sent"]) == 1
    assert value(read["qlines_canary_failures"], stage="api") == 1
    assert value(read["qlines_canary_failures"], stage="broker") == 0


def test_a_canary_has_no_age_before_its_first_readable_message() -> None:
    text = metrics.text(
        View(DEEP, Readiness("ok"), {}, canary=record.observed(record.new(0.0), 1.0))
    )

    assert "qlines_canary_sent_total 0.0" in text
    assert "qlines_canary_age_seconds" not in text


def test_it_is_empty_before_the_first_view() -> None:
    assert metrics.text(None) == ""


def test_restarts_by_healing_are_counted_by_program() -> None:
    read = families(healing=Healing((), {"kafka": 2}, ("live is given up",)))

    assert value(read["qlines_healing_restarts"], name="kafka") == 2
    assert value(read["qlines_healing_given_up"]) == 1


def test_it_counts_the_repairs_of_the_last_day() -> None:
    assert value(families()["qlines_repairs_last_day"]) == 1
