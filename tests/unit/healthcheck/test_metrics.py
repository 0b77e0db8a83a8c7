from typing import Any

from healthcheck import metrics
from healthcheck.report import View

DEEP: dict[str, Any] = {
    "status": "degraded",
    "components": [{"name": "cron", "status": "failed", "restarts_last_hour": 3}],
    "spool": {
        "writers": {"mqtt": {"bytes": 900, "unread_bytes": 400, "segments": 2}},
        "lag_ms": {"writer": 1500},
    },
    "disk": {"total_bytes": 34_000_000_000_001, "free_bytes": 500},
}


def lines(seen: View | None) -> list[str]:
    return metrics.text(seen).splitlines()


def test_each_metric_says_what_it_means_before_its_values() -> None:
    written = lines(View(DEEP, [], {}))

    first = written.index("# HELP qlines_ok 1 while nothing at all is wrong.")
    assert written[first + 1 : first + 3] == ["# TYPE qlines_ok gauge", "qlines_ok 0"]


def test_a_component_has_one_status_of_four() -> None:
    written = lines(View(DEEP, [], {}))

    assert 'qlines_component_status{name="cron",status="failed"} 1' in written
    assert 'qlines_component_status{name="cron",status="ok"} 0' in written
    assert 'qlines_component_restarts_last_hour{name="cron"} 3' in written


def test_it_writes_base_units_and_all_digits() -> None:
    written = lines(View(DEEP, [], {}))

    assert 'qlines_consumer_lag_seconds{consumer="writer"} 1.5' in written
    assert "qlines_disk_total_bytes 34000000000001" in written


def test_it_passes_on_the_programs_counters() -> None:
    written = lines(View(DEEP, [], {"ingest": {"readings": 12}}))

    assert 'qlines_program_events_total{program="ingest",event="readings"} 12' in written


def test_it_leaves_out_a_metric_without_values() -> None:
    assert not [line for line in lines(View(DEEP, [], {})) if "program_events" in line]


def test_it_escapes_label_values() -> None:
    assert metrics.escaped('a"b\\c\nd') == 'a\\"b\\\\c\\nd'


def test_it_is_empty_before_the_first_look() -> None:
    assert metrics.text(None) == ""
