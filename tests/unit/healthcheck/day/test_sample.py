"""A sample of a minute."""

from typing import Any

from healthcheck.day.sample import Sample, counts_of, document, rate, sample
from healthcheck.metrics.measurements import Container
from healthcheck.ready import Readiness
from healthcheck.report import View

DEEP: dict[str, Any] = {
    "disk": {"total_bytes": 1000, "free_bytes": 600},
    "spool": {"unread_bytes": 12, "lag_ms": {"ingest": 30, "writer": 1240}},
}
COUNTERS = {"mosquitto": {"accepted": 700.0}, "gunicorn": {"accepted": 20.0}, "ingest": {"a": 1.0}}
VIEW = View(DEEP, Readiness("ok"), COUNTERS)


def test_it_says_what_is_known_of_a_minute() -> None:
    before = {"mosquitto": 100.0, "gunicorn": 20.0}

    found = sample(1_800_000_000.4, VIEW, Container(300, 1200, 1.0, 0.0), before, 60.0)

    assert found == Sample(1_800_000_000, 10.0, 12, 1.2, 40.0, 25.0)


def test_it_says_honestly_what_is_not_known() -> None:
    found = sample(1_800_000_000, VIEW, None, {}, 60.0)

    assert (found.messages_per_second, found.memory_percent) == (None, None)


def test_only_what_comes_into_the_spool_is_counted() -> None:
    assert counts_of(VIEW) == {"mosquitto": 700.0, "gunicorn": 20.0}


def test_a_count_that_began_again_does_not_make_the_rate_negative() -> None:
    assert rate({"mosquitto": 5000.0}, {"mosquitto": 120.0}, 60.0) == 2.0


def test_a_program_that_has_just_come_is_left_out() -> None:
    assert rate({"mosquitto": 0.0}, {"mosquitto": 60.0, "gunicorn": 9000.0}, 60.0) == 1.0


def test_without_lag_files_there_is_no_lag() -> None:
    view = View({**DEEP, "spool": {"unread_bytes": 0, "lag_ms": {}}}, Readiness("ok"), {})

    assert sample(1.0, view, None, {}, 60.0).lag_seconds == 0


def test_the_document_has_a_list_for_each_name() -> None:
    found = document([Sample(1_800_000_000, 10.0, 12, 1.2, 40.0, None)])

    assert found["at"] == [1_800_000_000_000]
    assert found["memory_percent"] == [None]
    assert found["every_seconds"] == 60
